import assert from "node:assert/strict";
import { test } from "node:test";
import { concatBytes } from "../lib/bytes.ts";
import { createPrekey } from "../trust/prekey.ts";
import { at, drain, NOW, person, provider, seeded, WALL } from "../trust/trust-fixture.test.ts";
import { CARDS_BURST_MAX, MAIL_HINTS_BURST_MAX } from "../wire/mail-limits.ts";
import { MAIL_MESSAGE } from "../wire/registry.ts";
import { type CardBytes, CardExchange } from "./card-exchange.ts";
import { EMPTY_CARD, encodeCard } from "./relay-card.ts";
import { MAIL_PREKEYS } from "./sealed-item.ts";

const PLACE = { address: "wss://relay.example/", relayKey: new Uint8Array(32).fill(1), ownKey: new Uint8Array(32) };

function cardBytes(who: number, version = 1, address = PLACE.address): CardBytes {
  const { prekey } = createPrekey(provider, seeded(version), person(who), MAIL_PREKEYS, version, WALL);
  const bytes = encodeCard({ relays: [{ ...PLACE, address }], prekey });
  return { bytes, hash: provider.sha256(bytes) };
}

const say = (type: number, bytes: Uint8Array): Uint8Array => concatBytes(Uint8Array.of(type), bytes);
const sent = (machine: CardExchange): Uint8Array[] =>
  drain(machine).flatMap((output) => (output.type === "transmit" ? [output.bytes] : []));

test("[ITEM-2] a card is given on every channel until it is held, and then no more", () => {
  const machine = new CardExchange(provider, person(2).peerId, NOW);
  assert.ok(!machine.wantsChannel);
  const own = cardBytes(1);
  machine.give(own);
  assert.ok(machine.wantsChannel);
  for (let time = 0; time < 2; time++) {
    machine.handleChannelOpened(NOW);
    assert.deepEqual(sent(machine), [say(MAIL_MESSAGE.card, own.bytes)]);
    assert.deepEqual(sent(machine), []);
    machine.handleChannelClosed(NOW);
  }
  machine.handleChannelOpened(NOW);
  machine.handleMessages([say(MAIL_MESSAGE.held, new Uint8Array(32))], NOW);
  machine.handleChannelClosed(NOW);
  assert.ok(machine.wantsChannel, "something else is held");
  machine.handleChannelOpened(NOW);
  machine.handleMessages([say(MAIL_MESSAGE.held, own.hash)], NOW);
  assert.deepEqual(sent(machine), []);
  machine.handleChannelClosed(NOW);
  assert.ok(!machine.wantsChannel);
  machine.give(cardBytes(1, 2));
  assert.ok(machine.wantsChannel);
});

test("a channel that is full gets one message, and the next when it has room", () => {
  const machine = new CardExchange(provider, person(2).peerId, NOW);
  machine.give(cardBytes(1));
  machine.handleChannelOpened(NOW);
  machine.handleMessages([say(MAIL_MESSAGE.card, cardBytes(2).bytes)], NOW);
  machine.handleFull(NOW);
  assert.deepEqual(sent(machine), []);
  machine.handleWritable(NOW);
  assert.deepEqual(
    sent(machine).map(([type]) => type),
    [MAIL_MESSAGE.held, MAIL_MESSAGE.card],
  );
});

test("[ITEM-1] a card counts if its prekey is signed by whoever gave it; all else ends the channel", () => {
  const good = cardBytes(2);
  const damaged = good.bytes.slice();
  damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 1;
  const cases: Record<string, Uint8Array> = {
    "somebody else's": say(MAIL_MESSAGE.card, cardBytes(3).bytes),
    "ours, given back": say(MAIL_MESSAGE.card, cardBytes(1).bytes),
    "another signature": say(MAIL_MESSAGE.card, damaged),
    "cut short": say(MAIL_MESSAGE.card, good.bytes.subarray(0, 100)),
    "no hash": say(MAIL_MESSAGE.held, new Uint8Array(31)),
    "a hash and more": say(MAIL_MESSAGE.held, new Uint8Array(33)),
    "an unknown type": Uint8Array.of(0x04),
    "more hints than may be": Uint8Array.of(MAIL_MESSAGE.hints, 9),
    nothing: new Uint8Array(0),
  };
  for (const [name, bytes] of Object.entries(cases)) {
    const machine = new CardExchange(provider, person(2).peerId, NOW);
    machine.handleChannelOpened(NOW);
    machine.handleMessages([bytes, say(MAIL_MESSAGE.card, good.bytes)], NOW);
    assert.deepEqual(
      drain(machine).map(({ type }) => type),
      ["violation"],
      name,
    );
  }
  const machine = new CardExchange(provider, person(2).peerId, NOW);
  machine.handleChannelOpened(NOW);
  machine.handleMessages([say(MAIL_MESSAGE.card, good.bytes), say(MAIL_MESSAGE.card, encodeCard(EMPTY_CARD))], NOW);
  const outputs = drain(machine);
  assert.deepEqual(
    outputs.flatMap((output) => (output.type === "card" ? [output.card.relays.length] : [])),
    [1, 0],
  );
  assert.deepEqual(
    outputs.flatMap((output) => (output.type === "transmit" ? [output.bytes] : [])),
    [say(MAIL_MESSAGE.held, provider.sha256(encodeCard(EMPTY_CARD)))],
  );
});

test("cards that come too fast are not looked at, and come again", () => {
  const machine = new CardExchange(provider, person(2).peerId, NOW);
  machine.handleChannelOpened(NOW);
  const { bytes } = cardBytes(2);
  const many = Array.from({ length: CARDS_BURST_MAX + 3 }, () => say(MAIL_MESSAGE.card, bytes));
  machine.handleMessages(many, NOW);
  const count = (): number => drain(machine).filter(({ type }) => type === "card").length;
  assert.equal(count(), CARDS_BURST_MAX);
  machine.handleMessages(many, at(300_000));
  assert.equal(count(), 1);
});

test("[ITEM-12] addresses are told once, and again when they are others; too often is passed over", () => {
  const [machine, other] = [
    new CardExchange(provider, person(2).peerId, NOW),
    new CardExchange(provider, person(1).peerId, NOW),
  ];
  assert.ok(!machine.wantsChannel);
  machine.tell(["192.0.2.1:1", "[2001:db8::1]:2"]);
  assert.ok(machine.wantsChannel);
  machine.handleChannelOpened(NOW);
  other.handleChannelOpened(NOW);
  const heard = (): (readonly string[])[] => {
    other.handleMessages(sent(machine), NOW);
    return drain(other).flatMap((output) => (output.type === "hints" ? [output.hints] : []));
  };
  assert.deepEqual(heard(), [["192.0.2.1:1", "[2001:db8::1]:2"]]);
  machine.tell(["192.0.2.1:1", "[2001:db8::1]:2"]);
  assert.deepEqual(heard(), []);
  for (let port = 1; port < MAIL_HINTS_BURST_MAX; port++) {
    machine.tell([`192.0.2.9:${port}`]);
    assert.equal(heard().length, 1);
  }
  machine.tell(["192.0.2.9:99"]);
  assert.deepEqual(heard(), []);
});
