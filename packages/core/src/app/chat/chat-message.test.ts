/** The codec of chat/1: frozen vectors, round trips, damage. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { bytesToHex, hexToBytes } from "../../lib/hex.ts";
import { wallTime } from "../../lib/time.ts";
import { WireError } from "../../lib/wire-error.ts";
import { CHAT_RECEIPT_IDS_MAX, CHAT_REVISIONS_MAX, CHAT_TEXT_BYTES_MAX } from "../../wire/limits.ts";
import type { ChatMessageId } from "./chat-id.ts";
import type { ChatMessage } from "./chat-message.ts";
import { decodeChatMessage, encodeChatMessage } from "./chat-message.ts";

interface Case {
  readonly name: string;
  readonly bytes: string;
  readonly message?: ChatMessage;
  readonly error?: string;
}

const file = new URL("../../../../../spec/vectors/app-chat.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(file, "utf8")) as { cases: readonly Case[] };

test("[CHAT-9] chat messages are as in spec/vectors/app-chat.json, both ways", () => {
  for (const { name, bytes, message, error } of cases) {
    const wire = hexToBytes(bytes.replaceAll(/[| ]/g, ""));
    if (error !== undefined) assert.throws(() => decodeChatMessage(wire), { code: error }, name);
    else {
      assert.deepEqual(decodeChatMessage(wire), message, name);
      assert.equal(bytesToHex(encodeChatMessage(message as ChatMessage)), bytesToHex(wire), name);
    }
  }
  assert.ok(cases.length >= 18, `${cases.length} cases`);
});

const id = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => bytesToHex(bytes) as ChatMessageId);
const ids = fc.array(id, { minLength: 1, maxLength: 40 });
const state = fc.constantFrom("stored" as const, "read" as const);
const sentAt = fc.maxSafeNat().map(wallTime);
const text = fc.string({ unit: "binary", minLength: 1, maxLength: 200 });
const revision = fc.integer({ min: 1, max: CHAT_REVISIONS_MAX });
const symbol = fc.string({ unit: "binary", maxLength: 8 });
const seconds = fc.integer({ min: 60, max: 86_400 });
const place = fc.oneof(
  id.map((reference) => ({ source: "transfer" as const, reference: String(reference) })),
  id.map((half) => ({ source: "content" as const, reference: half + half })),
);
const attachment = fc
  .record({
    kind: fc.constantFrom("image" as const, "voice" as const, "file" as const),
    size: fc.maxSafeNat(),
    name: fc.string({ unit: "binary", minLength: 1, maxLength: 60 }),
    mediaType: fc.constantFrom("", "image/png", "audio/ogg;codecs=opus"),
    ...{ width: fc.nat(), height: fc.nat(), duration: fc.maxSafeNat() },
  })
  .chain((rest) => place.map((where) => ({ ...rest, ...where })));
const message: fc.Arbitrary<ChatMessage> = fc.oneof(
  fc.record({ type: fc.constant("text" as const), id, sentAt, text }),
  fc.record({ type: fc.constant("text" as const), id, sentAt, text, replyTo: id }),
  fc.record({ type: fc.constant("text" as const), id, sentAt, text: fc.oneof(text, fc.constant("")), attachment }),
  fc.record({ type: fc.constant("text" as const), id, sentAt, text, lifetime: fc.oneof(fc.constant(1), seconds) }),
  fc.record({ type: fc.constant("propose" as const), id, sentAt, revision, lifetime: seconds }),
  fc.record({
    ...{ type: fc.constant("answer" as const), id, sentAt, proposal: id, revision },
    ...{ lifetime: fc.oneof(fc.constant(0), seconds), isAccepted: fc.boolean() },
  }),
  fc.record({ type: fc.constant("close" as const), id, sentAt }),
  fc.record({ type: fc.constant("edit" as const), id, sentAt, target: id, revision, text }),
  fc.record({ type: fc.constant("delete" as const), id, sentAt, target: id }),
  fc.record({ type: fc.constant("react" as const), id, sentAt, target: id, revision, symbol }),
  fc.record({ type: fc.constantFrom("receipt" as const, "settled" as const), state, ids }),
  fc.record({ type: fc.constant("typing" as const), isTyping: fc.boolean() }),
);

test("chat messages survive the way there and back", () => {
  fc.assert(
    fc.property(message, (value) => {
      assert.deepEqual(decodeChatMessage(encodeChatMessage(value)), { ...value });
    }),
  );
});

test("decodeChatMessage gives a message or a WireError for any damaged bytes, and re-encodes what it accepts", () => {
  fc.assert(
    fc.property(message, fc.nat(), fc.integer({ min: 1, max: 255 }), fc.nat(), (value, at, flip, cut) => {
      const bytes = encodeChatMessage(value);
      const index = at % bytes.length;
      bytes[index] = (bytes[index] ?? 0) ^ flip;
      for (const damaged of [bytes, bytes.subarray(0, cut % (bytes.length + 1))]) {
        try {
          assert.deepEqual(encodeChatMessage(decodeChatMessage(damaged)), Uint8Array.from(damaged));
        } catch (error) {
          assert.ok(error instanceof WireError, String(error));
        }
      }
    }),
    { numRuns: 1_000 },
  );
});

test("decodeChatMessage takes text and receipts at their limit, and refuses one more", () => {
  const longest = encodeChatMessage({
    type: "text",
    id: "00".repeat(16) as ChatMessageId,
    sentAt: wallTime(0),
    text: "x".repeat(CHAT_TEXT_BYTES_MAX),
  });
  assert.equal(decodeChatMessage(longest).type, "text");
  const longer = Uint8Array.from([...longest, 0x78]);
  longer[25] = (longer[25] ?? 0) + 1; // lowest byte of the length
  assert.throws(() => decodeChatMessage(longer), { code: "ERR_TOO_LARGE" });
  const receipt = (count: number): Uint8Array =>
    Uint8Array.from([2, 1, (count % 128) | 128, count >> 7, ...new Uint8Array(16 * count)]);
  assert.equal(decodeChatMessage(receipt(CHAT_RECEIPT_IDS_MAX)).type, "receipt");
  assert.throws(() => decodeChatMessage(receipt(CHAT_RECEIPT_IDS_MAX + 1)), { code: "ERR_LIMIT" });
});
