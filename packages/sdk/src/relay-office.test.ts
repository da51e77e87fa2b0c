import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesToText, type RelayOrder } from "@kith/core";
import type { Endpoint } from "./api.ts";
import { createEndpoint } from "./create-endpoint.ts";
import { nodeProvider } from "./node/node-crypto.ts";
import { parseRelayAddress } from "./relay-address.ts";
import { MemoryRelay } from "./testing/memory-relay.ts";
import { until } from "./testing/until.ts";

const CODE = "claim me";
const ORDERS: readonly RelayOrder[] = [
  { type: "status" },
  { type: "backup" },
  { type: "policy", policy: "invited" },
  { type: "admit", uses: 1, seconds: 60 },
];
const start = (relay: MemoryRelay, relays: readonly string[] = [relay.address]): Promise<Endpoint> =>
  createEndpoint({ provider: nodeProvider, name: "Ada", transports: [], relays, webSocket: relay.open });
const readyOn = (endpoint: Endpoint): Promise<true> =>
  until(endpoint.relays, ([view]) => (view?.state === "ready" ? true : undefined));

test("who claims a relay owns it, others do not, and the recovery key hands it over", async () => {
  const relay = new MemoryRelay({ claimCode: CODE });
  const [ada, ben] = [await start(relay), await start(relay)];
  await Promise.all([readyOn(ada), readyOn(ben)]);
  const { relays } = ada;
  await assert.rejects(relays.manage(relay.address, { type: "claim", code: "another" }), { code: "ERR_WRONG_CODE" });
  const { recoveryKey } = await relays.manage("relay.localhost", { type: "claim", code: CODE });
  assert.equal(recoveryKey.length, 32);
  for (const order of ORDERS)
    await assert.rejects(ben.relays.manage(relay.address, order), { code: "ERR_NOT_AUTHORIZED" });
  assert.deepEqual(await relays.manage(relay.address, { type: "status" }), { numbers: {} });
  await ben.relays.manage(relay.address, { type: "claim", code: recoveryKey });
  await assert.rejects(relays.manage(relay.address, { type: "status" }), { code: "ERR_NOT_AUTHORIZED" });
  await Promise.all([ada.close(), ben.close()]);
  relay.stop();
});

test("a pass in the address lets in where strangers are not welcome, for who only comes to ask too", async () => {
  const relay = new MemoryRelay({ claimCode: CODE });
  const ada = await start(relay);
  await readyOn(ada);
  await ada.relays.manage(relay.address, { type: "claim", code: CODE });
  await ada.relays.manage(relay.address, { type: "policy", policy: "invited" });
  const { pass } = await ada.relays.manage(relay.address, { type: "admit", uses: 2, seconds: 60 });
  const [view] = ada.relays.get();
  const invited = `${relay.address}#${view?.key}.${pass}`;
  const visitor = await start(relay, []);
  const visit = (address: string): Promise<object> => visitor.relays.manage(address, { type: "status" });
  await assert.rejects(visit(relay.address), { code: "ERR_NOT_AUTHORIZED", message: /invited/ });
  await assert.rejects(visit(invited), { code: "ERR_NOT_AUTHORIZED", message: /does not own/ });
  const ben = await start(relay, [invited]);
  await readyOn(ben);
  const cem = await start(relay, [invited]);
  await until(cem.relays, ([one]) => (one?.problem === "unwelcome" ? true : undefined));
  await Promise.all([ada, ben, cem, visitor].map((one) => one.close()));
  relay.stop();
});

test("nothing is waited for that cannot come: no relay, one that stops, somebody who gives up", async () => {
  const relay = new MemoryRelay({ claimCode: CODE });
  const ada = await start(relay);
  await readyOn(ada);
  const gaveUp = AbortSignal.abort(new Error("enough"));
  await assert.rejects(ada.relays.manage(relay.address, { type: "status" }, { signal: gaveUp }), /enough/);
  await assert.rejects(ada.relays.manage("no address", { type: "status" }), { code: "ERR_ARGUMENT" });
  relay.stop();
  await assert.rejects(ada.relays.manage("ws://other.localhost", { type: "status" }), { code: "ERR_RELAY" });
  await ada.close();
});

test("a pass stands behind the key", () => {
  const [key, pass] = ["6e".repeat(32), "0f".repeat(16)];
  assert.equal(
    bytesToText(parseRelayAddress(`wss://relay.example#${key}`)?.relayKey ?? new Uint8Array(0)),
    "n".repeat(32),
  );
  assert.equal(parseRelayAddress(`relay.example#${key}.${pass}`)?.pass?.length, 16);
  for (const wrong of [`#${pass}`, `#.${pass}`, `#${key}.`, `#${key}.${pass}0`])
    assert.equal(parseRelayAddress(`relay.example${wrong}`), undefined);
});
