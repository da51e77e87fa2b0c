// A real relay in a process of its own: what a page and a node do with shares of cards.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { identityFromSeed, minutes, Secret, seconds, wallTime } from "@kith/core";
import {
  cardField,
  encodeCardLink,
  newCard,
  openShare,
  readCardLink,
  sealShare,
  shareId,
  signCard,
  signShare,
} from "@kith/core/card";
import { createEndpoint } from "./create-endpoint.ts";
import { nodeProvider } from "./node/node-crypto.ts";
import { endShare, keepShare, takeShare } from "./relay-shares.ts";
import type { RelayOrder, RelayOrderAnswers } from "./relays-api.ts";
import { RelayProcess } from "./testing/relay-process.ts";
import { until } from "./testing/until.ts";

const TIMES = { timeout: 60_000 };
const SEALED = new Uint8Array(1_024).fill(5);

let folder: string;
let relay: RelayProcess;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "kith-shares-"));
  relay = await RelayProcess.start(folder);
});
after(async () => {
  await relay?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const endpointAt = async (address: string) => {
  const endpoint = await createEndpoint({ name: "Ada", transports: [], provider: nodeProvider, relays: [address] });
  await until(endpoint.relays, ([view]) => (view?.state === "ready" ? true : undefined));
  return endpoint;
};

const idOf = (id: number): Uint8Array => new Uint8Array(16).fill(id);

const HOUR_MS = 3_600_000;

test("a card is shared by a link, taken as often as allowed by somebody without an account", TIMES, async () => {
  await using ada = await endpointAt(relay.address);
  const identity = identityFromSeed(nodeProvider, new Secret(new Uint8Array(32).fill(1)));
  const signedAt = wallTime(Date.now());
  const name = cardField("name", { text: "Ada" });
  const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));
  const own = newCard({ random, label: "", fields: [], wall: signedAt });
  const card = signCard(nodeProvider, identity, {
    ...{ id: own.id, level: "public", revision: 1, fields: [name], isPrivate: false },
    ...{ signedAt, endsAt: wallTime(signedAt + HOUR_MS) },
  });
  const terms = { host: relay.host, madeAt: signedAt, endsAt: wallTime(signedAt + HOUR_MS), uses: 2 };
  const secret = new Secret(crypto.getRandomValues(new Uint8Array(16)));
  const sealed = sealShare(nodeProvider, secret, signShare(nodeProvider, identity, card, terms));
  const toKeep = { id: shareId(nodeProvider, secret), sealed, lifetime: minutes(60), uses: terms.uses };
  await keepShare(ada.relays, relay.host, toKeep);
  await keepShare(ada.relays, relay.address, toKeep); // the answer may have been lost

  const link = readCardLink(nodeProvider, encodeCardLink({ kind: "kept", host: relay.host, secret }));
  assert.ok(link.kind === "kept");
  for (let times = 0; times < 2; times++) {
    const taken = await takeShare(link.host, shareId(nodeProvider, link.secret));
    assert.ok(taken.state === "given");
    const { share } = openShare(nodeProvider, link, taken.sealed);
    assert.deepEqual([share.card.bytes, share.card.signer], [card.bytes, identity.peerId]);
  }
  assert.deepEqual(await takeShare(link.host, toKeep.id), { state: "ended" });
  assert.deepEqual(await takeShare(link.host, idOf(200)), { state: "unknown" });
});

test("who put a share there takes it back, and nobody else does", TIMES, async () => {
  await using ada = await endpointAt(relay.address);
  await using ben = await endpointAt(relay.address);
  const orders: string[] = [];
  const relays = {
    async manage<Order extends RelayOrder>(to: string, order: Order): Promise<RelayOrderAnswers[Order["type"]]> {
      orders.push(order.type);
      return ada.relays.manage(to, order);
    },
  };
  const share = { sealed: SEALED, lifetime: seconds(600), uses: 0 };
  await keepShare(relays, relay.host, { ...share, id: idOf(1) });
  await keepShare(relays, relay.host, { ...share, id: idOf(2) });
  assert.deepEqual(orders, ["ticket"], "one ticket serves");
  assert.equal(await endShare(ben.relays, relay.host, idOf(1)), false);
  assert.equal((await takeShare(relay.host, idOf(1))).state, "given");
  assert.equal(await endShare(relays, relay.host, idOf(1)), true);
  assert.equal((await takeShare(relay.host, idOf(1))).state, "ended");
  await assert.rejects(keepShare(relays, relay.host, { ...share, id: idOf(1) }), { code: "ERR_ARGUMENT" });
  await assert.rejects(keepShare(relays, relay.host, { ...share, id: idOf(3), sealed: SEALED.slice(1) }), {
    ...{ code: "ERR_ARGUMENT", message: /says no: size$/ },
  });
});

test("a ticket that the relay does not take any more is replaced by a new one, once", TIMES, async () => {
  await using ada = await endpointAt(relay.address);
  let asked = 0;
  /** Its first ticket is none of that relay's; the next ones are, or none is. */
  const relays = (isLost: boolean) => ({
    async manage<Order extends RelayOrder>(to: string, order: Order): Promise<RelayOrderAnswers[Order["type"]]> {
      const answer = await ada.relays.manage(to, order);
      asked += 1;
      if ("ticket" in answer && (asked === 1 || isLost)) return { ...answer, ticket: "A".repeat(answer.ticket.length) };
      return answer;
    },
  });
  const share = { sealed: SEALED, lifetime: seconds(600), uses: 0, id: idOf(9) };
  const lent = relays(false);
  await assert.rejects(keepShare(lent, relay.host, share), { code: "ERR_NOT_AUTHORIZED" });
  await keepShare(lent, relay.host, share);
  assert.equal(asked, 2, "the one that was refused is asked for anew at the next call");
  const lost = relays(true);
  for (let times = 0; times < 2; times++)
    await assert.rejects(keepShare(lost, relay.host, share), { code: "ERR_NOT_AUTHORIZED" });
  assert.equal(asked, 4);
});

test(
  "what is no relay, says nonsense, sends too much or elsewhere is ERR_RELAY; who gives up is heard",
  TIMES,
  async () => {
    const answers: Record<string, (response: ServerResponse) => void> = {
      "01": (response) => response.writeHead(200).end(new Uint8Array(200_000)),
      "02": (response) => response.writeHead(302, { Location: `http://${relay.host}/` }).end(),
      "03": (response) => response.writeHead(500).end("<script>"),
      "04": (response) => response.writeHead(429, { "Retry-After": "7" }).end('{"code":"busy","message":"x"}'),
      "05": (response) => response.destroy(),
      "06": () => {}, // never
    };
    const server = createServer(({ url = "" }, response) => answers[url.slice(-2)]?.(response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    for (const id of [1, 2, 3, 5]) await assert.rejects(takeShare(host, idOf(id)), { code: "ERR_RELAY" }, String(id));
    await assert.rejects(takeShare(host, idOf(4)), { code: "ERR_TRY_LATER", message: /says no: busy; again in 7 s$/ });
    const controller = new AbortController();
    const waiting = takeShare(host, idOf(6), { signal: controller.signal });
    controller.abort(new Error("enough"));
    await assert.rejects(waiting, /enough/);
    await assert.rejects(takeShare("no host", idOf(1)), { code: "ERR_ARGUMENT" });
    server.closeAllConnections();
    server.close();
  },
);
