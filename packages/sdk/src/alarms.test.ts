import assert from "node:assert/strict";
import { test } from "node:test";
import { createIdentity } from "@kith/core";
import type { Endpoint } from "./api.ts";
import { nodeProvider } from "./node/node-crypto.ts";
import { Lab } from "./testing/lab.ts";
import { until } from "./testing/until.ts";

const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));
const quick = { provider: nodeProvider, endOfTurn: (run: () => void) => process.nextTick(run) };
const addressOf = (endpoint: Endpoint): string => endpoint.addresses.get()[0] ?? "";

test("alarms: an identity that runs twice raises one at the peer, and one at itself [SES-28]", async () => {
  const lab = new Lab();
  await using ben = await lab.endpoint("Ben", quick);
  const identity = createIdentity(nodeProvider, random);
  await ben.trust.add(identity.peerId, { name: "Ada" });
  await using one = await lab.endpoint("Ada", { ...quick, identity });
  await using two = await lab.endpoint("Ada", { ...quick, identity });
  for (const turn of [one, two, one, two, one, two]) {
    await until(turn.openSessions, (open) => (open.length === 0 ? true : undefined)); // it was thrown out
    await turn.connect(addressOf(ben), { expect: ben.id });
  }
  const kinds = ({ alarms }: Endpoint): Promise<string> =>
    until(alarms, (all) => (all.length > 0 ? all.map(({ kind }) => kind).join() : undefined));
  assert.equal(await kinds(ben), "runs-twice");
  assert.equal(await kinds(one), "runs-elsewhere");
});
