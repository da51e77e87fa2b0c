// One scan, whichever way leads to the other: an address, a relay that only one of the two knows, or both.
import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeQrPayload, encodeQrPayload } from "@kith/core";
import type { Endpoint, PairingStep } from "./api.ts";
import { nodeProvider } from "./node/node-crypto.ts";
import { Lab } from "./testing/lab.ts";
import { MemoryRelay } from "./testing/memory-relay.ts";
import { until } from "./testing/until.ts";

const quick = { provider: nodeProvider, endOfTurn: (run: () => void) => process.nextTick(run) };

const stepAt = <A extends PairingStep["at"]>(
  endpoint: Endpoint,
  at: A,
): Promise<{ id: string; step: PairingStep & { at: A } }> =>
  until(endpoint.pairing.all, (views) => {
    for (const { id, step } of views) if (step.at === at) return { id, step: step as PairingStep & { at: A } };
    return undefined;
  });
const isReady = (endpoint: Endpoint): Promise<true> =>
  until(endpoint.relays, ([relay]) => (relay?.state === "ready" ? true : undefined));
const pathOf = (endpoint: Endpoint): string | undefined => endpoint.openSessions.get()[0]?.path?.kind;
const hostsOf = (endpoint: Endpoint): readonly string[] => endpoint.relays.get().map(({ host }) => host);

async function show(endpoint: Endpoint): Promise<string> {
  await endpoint.pairing.offer("qr");
  return (await stepAt(endpoint, "show-qr")).step.uri;
}

/** Both people say yes, the one who scanned last. */
async function agree(scanner: Endpoint, pairing: string, shower: Endpoint): Promise<void> {
  const asked = await stepAt(shower, "consent");
  await shower.pairing.answer(asked.id, { type: "consent", accept: true });
  await stepAt(scanner, "consent");
  await scanner.pairing.answer(pairing, { type: "consent", accept: true });
  await Promise.all([stepAt(scanner, "done"), stepAt(shower, "done")]);
}

/** Ben has a relay, Ada none; nothing else joins them unless told. */
async function street(isJoined: boolean) {
  const relay = new MemoryRelay();
  const lab = new Lab();
  if (!isJoined) lab.network.cut("ada", "ben");
  const ada = await lab.endpoint("Ada", { ...quick, webSocket: relay.open });
  const ben = await lab.endpoint("Ben", { ...quick, relays: [relay.address], webSocket: relay.open });
  await isReady(ben);
  const end = async (): Promise<void> => {
    await Promise.all([ada.close(), ben.close()]);
    relay.stop();
  };
  return { relay, lab, ada, ben, end };
}

test("[PAI-15] a QR leads over the relay that it names where no address does; that relay is kept, for there the two meet", async () => {
  const { ada, ben, end } = await street(false);
  const uri = await show(ben);
  assert.equal(decodeQrPayload(uri).relays[0]?.host, "relay.localhost");
  assert.ok(decodeQrPayload(uri).hints.length > 0, "addresses stand beside it");
  const id = await ada.pairing.start(uri, "qr");
  assert.equal(pathOf(ada), "relayed");
  await agree(ada, id, ben);
  assert.deepEqual([ada.trust.contacts.get()[0]?.verifiedBy, ben.trust.contacts.get()[0]?.verifiedBy], ["qr", "qr"]);
  assert.deepEqual(hostsOf(ada), ["relay.localhost"]);
  await ada.chat.send(ben.id, "over the relay");
  assert.equal(await until(ben.chat.unread, ([message]) => message?.text), "over the relay");
  await end();
});

test("a QR leads to an address where one is in reach, and the relay that it names is not kept", async () => {
  const { ada, ben, end } = await street(true);
  const id = await ada.pairing.start(await show(ben), "qr");
  await until(ada.openSessions, ([session]) => (session?.path?.kind === "memory" ? true : undefined));
  await agree(ada, id, ben);
  await until(ada.relays, (relays) => (relays.length === 0 ? true : undefined));
  await end();
});

test("a QR names a relay as soon as it is there, and none that is away", async () => {
  const relay = new MemoryRelay();
  await using ben = await new Lab().endpoint("Ben", { ...quick, relays: [relay.address], webSocket: relay.open });
  await isReady(ben);
  assert.equal(decodeQrPayload(await show(ben)).relays.length, 1);
  await ben.relays.remove(relay.address);
  const relaysShown = (count: number): Promise<true> =>
    until(ben.pairing.all, ([view]) =>
      view?.step.at === "show-qr" && decodeQrPayload(view.step.uri).relays.length === count ? true : undefined,
    );
  await relaysShown(0);
  await ben.relays.add(relay.address);
  await relaysShown(1);
  relay.stop();
});

test("[PAI-15] who else scanned the same QR stands at the relay too, and is no session; our own code is refused", async () => {
  const { relay, lab, ada, ben, end } = await street(false);
  const uri = await show(ben);
  // Eve stands under the QR's tags before Ada does: she scanned it too, and waits for a consent that does not come.
  lab.network.cut("eve", "ben");
  lab.network.cut("eve", "ada");
  const eve = await lab.endpoint("Eve", { ...quick, webSocket: relay.open });
  const eves = await eve.pairing.start(uri, "qr");
  await stepAt(ben, "consent");
  const refused = assert.rejects(
    ada.pairing.start(encodeQrPayload({ ...decodeQrPayload(uri), peer: ada.id, relays: [] }), "qr"),
    { code: "ERR_ARGUMENT" },
  );
  await refused;
  const id = await ada.pairing.start(uri, "qr");
  assert.deepEqual(
    ada.openSessions.get().map(({ peer }) => peer),
    [ben.id],
    "never with Eve, though she was there",
  );
  assert.deepEqual(
    eve.openSessions.get().map(({ peer }) => peer),
    [ben.id],
  );
  await ada.pairing.answer(id, { type: "cancel" });
  await eve.pairing.answer(eves, { type: "cancel" });
  await until(ada.relays, (relays) => (relays.length === 0 ? true : undefined));
  await eve.close();
  await end();
});

test("a QR whose relay and addresses are gone: it is said after a while, an abort at once, and the relay is given back", async () => {
  const { ada, ben, relay, end } = await street(false);
  const uri = await show(ben);
  await ben.close();
  const stop = new AbortController();
  const started = ada.pairing.start(uri, "qr", { signal: stop.signal });
  await until(ada.relays, ([view]) => (view?.state === "ready" ? true : undefined));
  stop.abort(new Error("enough"));
  await assert.rejects(started, { message: "enough" });
  assert.deepEqual(hostsOf(ada), []);
  relay.stop();
  await end();
});
