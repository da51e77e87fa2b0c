/** Giving a card nearby: both machines over a channel. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { streamBytes } from "../../channel/message-assembler.ts";
import { nobleProvider } from "../../crypto/noble-provider.ts";
import { bytesToHex, hexToBytes } from "../../lib/hex.ts";
import { type Instant, instant } from "../../lib/time.ts";
import {
  CARD_ANSWER_TIMEOUT,
  CARD_BYTES_MAX,
  CARD_KEEP_TIMEOUT,
  CARD_PHOTO_BYTES_MAX,
  CARD_PHOTO_PART_BYTES,
  CARD_STEP_TIMEOUT,
} from "../../wire/card-limits.ts";
import { CARD_MESSAGE } from "../../wire/card-registry.ts";
import { cardField } from "./card-field.ts";
import { CardGiver } from "./card-giver.ts";
import type { CardHandover, CardHandoverOutput } from "./card-handover.ts";
import { type CardMessage, decodeCardMessage, encodeCardMessage } from "./card-message.ts";
import { photoField } from "./card-photo.ts";
import { CardTaker } from "./card-taker.ts";
import { ADA, CARD_ID, ENDS_AT, SIGNED_AT } from "./card-world.test.ts";
import { signCard } from "./signed-card.ts";

const T0 = instant(0);
const PHOTO = new Uint8Array(CARD_PHOTO_PART_BYTES * 2 + 5);
PHOTO.set([0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0, 100, 0, 100]);
const NAMED = photoField(nobleProvider, PHOTO);
assert.ok(typeof NAMED === "object");
const CARD = signCard(nobleProvider, ADA, {
  id: CARD_ID,
  level: "personal",
  revision: 1,
  signedAt: SIGNED_AT,
  endsAt: ENDS_AT,
  isPrivate: false,
  fields: [cardField("name", { text: "Ada" }), NAMED],
});

/** All that a machine says; what it transmits goes into `to`. */
function drain(of: CardHandover, to: CardHandover | undefined, now: Instant): readonly CardHandoverOutput[] {
  const told: CardHandoverOutput[] = [];
  for (let output = of.poll(now); output !== undefined; output = of.poll(now)) {
    if (output.type === "transmit") to?.handleMessages([output.bytes], now);
    if (output.type !== "transmit" && output.type !== "consumed") told.push(output);
  }
  return told;
}

const pair = (photo: Uint8Array | undefined = PHOTO): readonly [CardGiver, CardTaker] => [
  new CardGiver(CARD, photo, T0),
  new CardTaker(nobleProvider, T0),
];

test("[CARD-19] [CARD-20] offer, yes, card and photo, receipt", () => {
  const [giver, taker] = pair();
  assert.deepEqual(drain(giver, taker, T0), []);
  const offer = { level: "personal", bytes: CARD.bytes.length, photoBytes: PHOTO.length };
  assert.deepEqual(drain(taker, giver, T0), [{ type: "offered", offer }]);
  taker.accept(true, T0);
  assert.deepEqual(drain(taker, giver, T0), []);
  assert.deepEqual(drain(giver, taker, T0), [{ type: "accepted" }]);
  assert.deepEqual(drain(taker, giver, T0), [{ type: "received", card: CARD, photo: PHOTO }]);
  assert.deepEqual([giver.phase, taker.phase], ["given", "shown"]);
  taker.keep();
  assert.deepEqual(drain(taker, giver, T0), [{ type: "ended", end: "kept" }]);
  assert.deepEqual(drain(giver, taker, T0), [{ type: "ended", end: "kept" }]);
  assert.deepEqual([giver.nextTimeout(), taker.nextTimeout()], [undefined, undefined]);
});

test("[CARD-20] without the photo, not kept, declined, cancelled: each is told to the other side, once", () => {
  const runs: readonly (readonly [(giver: CardGiver, taker: CardTaker) => void, string])[] = [
    [(_, taker) => taker.decline(), "declined"],
    [(giver) => giver.cancel(), "cancelled"],
    [
      (giver, taker) => {
        taker.accept(false, T0);
        drain(taker, giver, T0);
        drain(giver, taker, T0);
        assert.deepEqual(drain(taker, giver, T0), [{ type: "received", card: CARD, photo: undefined }]);
        taker.discard();
      },
      "not-kept",
    ],
    [
      (giver, taker) => {
        taker.accept(true, T0);
        taker.cancel();
        drain(taker, giver, T0);
      },
      "cancelled",
    ],
  ];
  for (const [act, end] of runs) {
    const [giver, taker] = pair();
    drain(giver, taker, T0);
    drain(taker, giver, T0);
    act(giver, taker);
    const told = [...drain(taker, giver, T0), ...drain(giver, taker, T0), ...drain(taker, giver, T0)].filter(
      ({ type }) => type === "ended",
    );
    assert.ok(
      told.every((output) => output.type === "ended" && output.end === end),
      end,
    );
    assert.deepEqual([giver.end, taker.end], [end, end]);
    for (const machine of [giver, taker]) {
      machine.handleChannelClosed(T0);
      machine.handleTimeout(instant(1e9));
    }
    assert.deepEqual(
      [giver.end, taker.end, drain(giver, undefined, T0), drain(taker, undefined, T0)],
      [end, end, [], []],
    );
  }
});

test("[CARD-19] whatever comes over the channel, no byte of the card leaves before a yes came", () => {
  const message: fc.Arbitrary<Uint8Array> = fc.oneof(
    fc
      .constantFrom<CardMessage>(
        { type: "receipt", isKept: true },
        { type: "stop", reason: "declined" },
        { type: "offer", level: "public", bytes: 9, photoBytes: 0 },
        { type: "card", bytes: CARD.bytes },
        { type: "accept", wantsPhoto: true },
      )
      .map(encodeCardMessage),
    fc.uint8Array({ maxLength: 12 }),
  );
  fc.assert(
    fc.property(fc.array(message, { maxLength: 6 }), fc.nat(200_000), (messages, pause) => {
      const giver = new CardGiver(CARD, PHOTO, T0);
      let isYes = false;
      let now = 0;
      for (const bytes of [...messages, new Uint8Array(0)]) {
        for (let output = giver.poll(instant(now)); output !== undefined; output = giver.poll(instant(now)))
          if (
            output.type === "transmit" &&
            [CARD_MESSAGE.card, CARD_MESSAGE.photo].some((type) => type === output.bytes[0])
          )
            assert.ok(isYes);
        isYes ||=
          giver.end === undefined && bytes.length === 2 && bytes[0] === CARD_MESSAGE.accept && (bytes[1] ?? 2) < 2;
        giver.handleMessages([bytes], instant(now));
        now += pause;
        giver.handleTimeout(instant(now));
      }
    }),
  );
});

test("[CARD-20] who does not answer in time is not waited for, and is told", () => {
  const waits = (
    machine: CardHandover & { nextTimeout(): Instant | undefined; handleTimeout(now: Instant): void },
    wait: number,
    from: Instant,
  ) => {
    assert.equal(machine.nextTimeout(), from + wait);
    machine.handleTimeout(instant(from + wait - 1));
    assert.equal(machine.end, undefined);
    machine.handleTimeout(instant(from + wait));
    assert.equal(machine.end, "timeout");
    const [stop] = [machine.poll(from)];
    assert.deepEqual(stop, { type: "transmit", bytes: encodeCardMessage({ type: "stop", reason: "timeout" }) });
  };
  const stages: readonly (readonly [number, "giver" | "taker", number])[] = [
    [0, "taker", CARD_STEP_TIMEOUT],
    [1, "giver", CARD_ANSWER_TIMEOUT],
    [1, "taker", CARD_ANSWER_TIMEOUT],
    [2, "taker", CARD_STEP_TIMEOUT],
    [3, "giver", CARD_KEEP_TIMEOUT],
    [3, "taker", CARD_KEEP_TIMEOUT],
  ];
  for (const [stage, who, wait] of stages) {
    const [giver, taker] = pair();
    if (stage >= 1) drain(giver, taker, T0);
    drain(taker, giver, T0);
    if (stage >= 2) taker.accept(true, T0);
    if (stage >= 2) drain(taker, giver, T0);
    if (stage >= 3) drain(giver, taker, T0);
    if (stage >= 3) drain(taker, giver, T0);
    waits(who === "giver" ? giver : taker, wait, T0);
  }
});

test("[CARD-21] what is not what was offered is not shown", () => {
  const small = signCard(nobleProvider, ADA, {
    ...CARD.content,
    level: "public",
    fields: [cardField("name", { text: "Ada" })],
  });
  const wrong = PHOTO.slice();
  wrong[1_000] = 1;
  const forged = CARD.bytes.slice();
  forged[120] = (forged[120] ?? 0) ^ 1;
  const offer = { type: "offer", level: "personal", bytes: CARD.bytes.length, photoBytes: PHOTO.length } as const;
  const parts = (of: Uint8Array): readonly CardMessage[] =>
    [0, 1, 2].map((at) => ({
      type: "photo",
      offset: at * CARD_PHOTO_PART_BYTES,
      content: of.subarray(at * CARD_PHOTO_PART_BYTES, (at + 1) * CARD_PHOTO_PART_BYTES),
    }));
  const card = { type: "card", bytes: CARD.bytes } as const;
  const cases: readonly (readonly [string, string, readonly CardMessage[]])[] = [
    [
      "another level",
      "unfit",
      [
        { ...offer, bytes: small.bytes.length },
        { type: "card", bytes: small.bytes },
      ],
    ],
    ["another level of the same size", "unfit", [{ ...offer, level: "professional" }, card]],
    ["another size", "unfit", [{ ...offer, bytes: CARD.bytes.length - 1 }, card]],
    ["another photo's size", "unfit", [{ ...offer, photoBytes: 5 }, card]],
    [
      "a photo that the card does not name",
      "unfit",
      [
        { ...offer, level: "public", bytes: small.bytes.length },
        { type: "card", bytes: small.bytes },
      ],
    ],
    ["a photo of other bytes", "unfit", [offer, card, ...parts(wrong)]],
    ["a photo in other pieces", "unfit", [offer, card, { type: "photo", offset: 0, content: PHOTO.subarray(0, 9) }]],
    ["a photo out of order", "unfit", [offer, card, parts(PHOTO)[1]!]],
    ["a card that was changed", "violation", [offer, { type: "card", bytes: forged }]],
    ["a photo before the card", "violation", [offer, parts(PHOTO)[0]!]],
    ["two cards", "violation", [offer, card, card]],
    ["two offers", "violation", [offer, offer]],
    ["a receipt", "violation", [offer, { type: "receipt", isKept: true }]],
  ];
  for (const [name, end, messages] of cases) {
    const taker = new CardTaker(nobleProvider, T0);
    for (const message of messages) {
      taker.handleMessages([encodeCardMessage(message)], T0);
      const told = drain(taker, undefined, T0);
      assert.ok(
        told.every(({ type }) => type !== "received"),
        name,
      );
      if (taker.phase === "offered" && !name.startsWith("two offers")) taker.accept(true, T0);
    }
    assert.equal(taker.end, end, name);
  }
  const early = new CardTaker(nobleProvider, T0);
  early.handleMessages([offer, card].map(encodeCardMessage), T0);
  assert.equal(early.end, "violation", "a card that nobody said yes to");
});

test("a channel that is full gets no second message, and every byte that came is given back", () => {
  const [giver, taker] = pair();
  drain(giver, taker, T0);
  drain(taker, giver, T0);
  taker.accept(true, T0);
  drain(taker, giver, T0);
  assert.equal(giver.poll(T0)?.type, "transmit");
  giver.handleFull(T0);
  const types = [giver.poll(T0), giver.poll(T0), giver.poll(T0)].map((output) => output?.type);
  assert.deepEqual(types, ["consumed", "accepted", undefined]);
  giver.handleWritable(T0);
  assert.equal(giver.poll(T0)?.type, "transmit");
  const message = encodeCardMessage({ type: "stop", reason: "cancelled" });
  const other = new CardTaker(nobleProvider, T0);
  other.handleMessages([message, message], T0);
  const consumed = [other.poll(T0), other.poll(T0), other.poll(T0)].filter((output) => output?.type === "consumed");
  assert.deepEqual(
    consumed,
    [0, 1].map(() => ({ type: "consumed", bytes: streamBytes(message.length) })),
  );
});

test("[CARD-21] a giver that hears yes twice, or a receipt before its card left, is spoken to by something else", () => {
  const yes = encodeCardMessage({ type: "accept", wantsPhoto: true });
  const receipt = encodeCardMessage({ type: "receipt", isKept: true });
  for (const messages of [[yes, yes], [yes, receipt], [receipt]]) {
    const giver = new CardGiver(CARD, PHOTO, T0);
    giver.handleMessages(messages, T0);
    assert.equal(giver.end, "violation");
    assert.deepEqual(drain(giver, undefined, T0).at(-1), { type: "ended", end: "violation" });
  }
});

test("a channel that goes away ends it", () => {
  for (const machine of pair()) {
    machine.handleChannelClosed(T0);
    assert.deepEqual([machine.end, drain(machine, undefined, T0)], ["lost", [{ type: "ended", end: "lost" }]]);
  }
});

test("[CARD-19] messages of card/1 are as in spec/vectors/app-card.json, both ways", () => {
  const file = new URL("../../../../../spec/vectors/app-card.json", import.meta.url);
  const {
    messages,
  }: { messages: readonly { name: string; bytes: string; message?: Record<string, unknown>; error?: string }[] } =
    JSON.parse(readFileSync(file, "utf8"));
  for (const { name, bytes, message, error } of messages) {
    const wire = hexToBytes(bytes);
    if (error !== undefined) {
      assert.throws(() => decodeCardMessage(wire), { code: error }, name);
      continue;
    }
    const seen = decodeCardMessage(wire);
    assert.deepEqual(
      Object.fromEntries(
        Object.entries(seen).map(([key, value]) => [key, value instanceof Uint8Array ? bytesToHex(value) : value]),
      ),
      message,
      name,
    );
    assert.equal(bytesToHex(encodeCardMessage(seen)), bytes, name);
  }
  const sized = (type: number, length: number) => decodeCardMessage(Uint8Array.of(type, ...new Uint8Array(length)));
  assert.equal(sized(CARD_MESSAGE.card, CARD_BYTES_MAX).type, "card");
  assert.throws(() => sized(CARD_MESSAGE.card, CARD_BYTES_MAX + 1), { code: "ERR_TOO_LARGE" });
  assert.equal(sized(CARD_MESSAGE.photo, 4 + CARD_PHOTO_PART_BYTES).type, "photo");
  assert.throws(() => sized(CARD_MESSAGE.photo, 5 + CARD_PHOTO_PART_BYTES), { code: "ERR_TOO_LARGE" });
  const offered = (photoBytes: number) =>
    decodeCardMessage(encodeCardMessage({ type: "offer", level: "public", bytes: 1, photoBytes }));
  assert.equal(offered(CARD_PHOTO_BYTES_MAX).type, "offer");
  assert.throws(() => offered(CARD_PHOTO_BYTES_MAX + 1), { code: "ERR_TOO_LARGE" });
});
