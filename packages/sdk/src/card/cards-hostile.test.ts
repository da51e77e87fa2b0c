import assert from "node:assert/strict";
import { test } from "node:test";
import type { Channel, Endpoint } from "../api.ts";
import { nodeProvider } from "../node/node-crypto.ts";
import { Lab } from "../testing/lab.ts";
import { until } from "../testing/until.ts";

const quick = { provider: nodeProvider, endOfTurn: (run: () => void) => process.nextTick(run) };

/** Messages of card/1 as a peer that follows no rule makes them (wire/card-registry.ts). */
const offerOf = (bytes: number, photoBytes = 0, level = 0): Uint8Array => {
  const view = new DataView(new ArrayBuffer(8));
  view.setUint8(0, 0x01);
  view.setUint8(1, level);
  view.setUint16(2, bytes);
  view.setUint32(4, photoBytes);
  return new Uint8Array(view.buffer);
};
function messageOf(type: number, bytes: Uint8Array): Uint8Array {
  const message = new Uint8Array(1 + bytes.length);
  message[0] = type;
  message.set(bytes, 1);
  return message;
}

async function open(mallory: Endpoint, ben: Endpoint): Promise<Channel> {
  const [hint = ""] = ben.addresses.get();
  const session = await mallory.connect(hint);
  return session.open("card/1");
}

test("[CARD-19] Cards: a card that nobody offered, or nobody said yes to, is a violation, and no person sees it", async () => {
  const lab = new Lab();
  const pair = await lab.pair(quick);
  await using mallory = pair[0];
  await using ben = pair[1];
  for (const first of [[messageOf(0x02, new Uint8Array(200))], [offerOf(200), messageOf(0x02, new Uint8Array(200))]]) {
    const channel = await open(mallory, ben);
    for (const message of first) await channel.send(message);
    assert.equal((await channel.closed).reason, "reset");
  }
  assert.deepEqual(ben.cards.received.get(), []);
  assert.deepEqual(
    ben.cards.offers.get().map(({ at, end, card }) => [at, end, card]),
    [["ended", "violation", undefined]],
  );
});

test("[CARD-5] [CARD-21] Cards: 10 MB offered, or sent, are refused on their length, and nothing is shown", async () => {
  const lab = new Lab();
  const pair = await lab.pair(quick);
  await using mallory = pair[0];
  await using ben = pair[1];
  for (const offer of [offerOf(4_097), offerOf(65_535), offerOf(200, 10_000_000)]) {
    const channel = await open(mallory, ben);
    await channel.send(offer);
    assert.equal((await channel.closed).reason, "reset");
  }
  assert.deepEqual(ben.cards.offers.get(), []);

  const channel = await open(mallory, ben);
  await channel.send(offerOf(4_096));
  const { id } = await until(ben.cards.offers, ([each]) => each);
  const accepted = assert.rejects(ben.cards.accept(id), { code: "ERR_CARD" });
  const flood = async (): Promise<void> => {
    for (let sent = 0; sent < 10_000_000; sent += 500_000) await channel.send(messageOf(0x02, new Uint8Array(500_000)));
  };
  await assert.rejects(flood(), { code: "ERR_CHANNEL_CLOSED" });
  await accepted;
  assert.equal(ben.cards.offers.get()[0]?.end, "violation");
});

test("[CARD-26] Cards: offers that nobody answers are bounded, of one peer and of all", async () => {
  const lab = new Lab();
  await using all = new AsyncDisposableStack();
  const ben = all.use(await lab.endpoint("Ben", quick));
  for (let number = 0; number < 5; number++) {
    const peer = all.use(await lab.endpoint(`Peer${number}`, quick));
    await ben.trust.add(peer.id, { name: peer.name, role: "guest" });
    await peer.trust.add(ben.id, { name: "Ben" });
    for (let each = 0; each < (number < 4 ? 4 : 0); each++) {
      const channel = await open(peer, ben);
      await channel.send(offerOf(200));
    }
    await assert.rejects(open(peer, ben), { code: "ERR_CHANNEL_REFUSED" });
  }
  await until(ben.cards.offers, (offers) => (offers.length === 16 ? offers : undefined));

  for (const { id } of ben.cards.offers.get()) await ben.cards.decline(id);
  assert.deepEqual(new Set(ben.cards.offers.get().map(({ end }) => end)), new Set(["declined"]));
});

test("[CARD-26] Cards: strangers and blocked peers cannot offer anything", async () => {
  const lab = new Lab();
  const pair = await lab.pair(quick);
  await using mallory = pair[0];
  await using ben = pair[1];
  await using eve = await lab.endpoint("Eve", quick);
  await assert.rejects(open(eve, ben), { code: "ERR_NOT_AUTHORIZED" });

  const card = await mallory.cards.create({ label: "M", fields: [{ field: { kind: "name", text: "Mallory" } }] });
  const [hint = ""] = ben.addresses.get();
  await mallory.connect(hint);
  await mallory.cards.give(ben.id, card.id, "public");
  const { id } = await until(ben.cards.offers, ([each]) => each);
  const shown = await ben.cards.accept(id);
  assert.equal(shown.judgement.standing, "known");
  // Blocked while the card is in hand: it is not saved any more.
  await ben.trust.block(mallory.id);
  await assert.rejects(ben.cards.save(shown.id), { code: "ERR_CARD" });
  assert.deepEqual(ben.cards.received.get(), []);
  await assert.rejects(mallory.cards.give(ben.id, card.id, "public"), (error: { code: string }) =>
    ["ERR_NOT_AUTHORIZED", "ERR_PEER_UNREACHABLE", "ERR_HANDSHAKE_FAILED", "ERR_SESSION_CLOSED"].includes(error.code),
  );
  const { text } = await mallory.cards.link(card.id, "public");
  const read = await ben.cards.read(text);
  assert.equal(read.type === "card" && read.card.judgement.standing, "refused");
});
