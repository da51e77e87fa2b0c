import assert from "node:assert/strict";
import { test } from "node:test";
import { concatBytes } from "../lib/bytes.ts";
import { hexToBytes } from "../lib/hex.ts";
import { textToBytes } from "../lib/utf8.ts";
import { Writer } from "../lib/writer.ts";
import { encodePairingMessage } from "../trust/pairing-message.ts";
import { assertStrict, codeOf, unspaced, vectors } from "../trust/trust-fixture.test.ts";
import {
  JOIN_MESSAGE_BYTES_MAX,
  JOIN_PART_BYTES_MAX,
  JOIN_PARTS_MAX,
  JOIN_PREKEY_BYTES_MAX,
  NAME_BYTES_MAX,
  ROOM_CODE_NUMBER_MAX,
} from "../wire/limits.ts";
import { JOIN_MESSAGE, JOIN_WAY } from "../wire/registry.ts";
import { decodeJoinMessage, encodeJoinMessage } from "./join-message.ts";
import { present, proof, SAMPLES } from "./join-samples.test.ts";

test("[JOI-4] every join message round-trips, and nothing else decodes", () => {
  for (const message of SAMPLES) {
    const bytes = encodeJoinMessage(message);
    assert.deepEqual(decodeJoinMessage(bytes), message);
    // A part's bytes are all that is left: whether they are whole is for who reads them to see.
    if (message.type !== "part") assertStrict(bytes, decodeJoinMessage);
  }
});

const refuses = (code: string, bytes: Uint8Array): void =>
  assert.equal(
    codeOf(() => decodeJoinMessage(bytes)),
    code,
  );

test("[JOI-4] join messages are taken at each limit and not one above", () => {
  const part = (length: number): Uint8Array =>
    encodeJoinMessage({ type: "part", part: { kind: "operations", bytes: new Uint8Array(length) } });
  assert.equal(decodeJoinMessage(part(JOIN_PART_BYTES_MAX)).type, "part");
  refuses("ERR_TOO_LARGE", part(JOIN_PART_BYTES_MAX + 1));
  assert.equal(
    decodeJoinMessage(encodeJoinMessage({ ...present, prekey: new Uint8Array(JOIN_PREKEY_BYTES_MAX) })).type,
    "present",
  );
  refuses("ERR_TOO_LARGE", encodeJoinMessage({ ...present, prekey: new Uint8Array(JOIN_PREKEY_BYTES_MAX + 1) }));
  refuses("ERR_TOO_LARGE", encodeJoinMessage({ type: "room", sealed: new Uint8Array(JOIN_MESSAGE_BYTES_MAX) }));
  refuses("ERR_LIMIT", encodeJoinMessage({ type: "end", parts: JOIN_PARTS_MAX + 1 }));
  refuses("ERR_VALUE", encodeJoinMessage({ type: "code", number: ROOM_CODE_NUMBER_MAX + 1 }));
  refuses("ERR_VALUE", encodeJoinMessage({ type: "code", number: 0 }));
});

test("[JOI-4] names of 5,000 code points, with controls or what turns text are refused", () => {
  const named = (name: Uint8Array): Uint8Array =>
    new Writer().u8(JOIN_MESSAGE.present).u8(JOIN_WAY.knock).varBytes(name).varBytes(new Uint8Array(3)).finish();
  assert.equal(decodeJoinMessage(named(new Uint8Array(NAME_BYTES_MAX).fill(97))).type, "present");
  refuses("ERR_TOO_LARGE", named(new Uint8Array(NAME_BYTES_MAX + 1).fill(97)));
  refuses("ERR_TOO_LARGE", named(textToBytes("a".repeat(5_000)).subarray(0, 3_000)));
  for (const name of ["a\u001b[2J", "ada\u202egnp", " Ada", "a\nb"]) refuses("ERR_TEXT", named(textToBytes(name)));
});

test("[JOI-4] of pair/1 only the messages of codes travel in a joining", () => {
  for (const message of [
    { type: "match" },
    { type: "verdict", role: "owner" },
    { type: "request", method: "pin", senderShows: true },
    { type: "introduce", introduction: new Uint8Array(2) },
  ] as const)
    refuses("ERR_VALUE", concatBytes(Uint8Array.of(JOIN_MESSAGE.proof), encodePairingMessage(message)));
  refuses("ERR_TRUNCATED", Uint8Array.of(JOIN_MESSAGE.proof));
  refuses("ERR_UNKNOWN_TYPE", Uint8Array.of(0x7f));
  refuses("ERR_VALUE", Uint8Array.of(JOIN_MESSAGE.ask, JOIN_WAY.code, ...proof));
});

interface MessageCase {
  kind: string;
  name: string;
  message: string;
  error?: string;
}
for (const { name, message, error } of vectors<MessageCase>("room-joining.json").filter(
  ({ kind }) => kind === "message",
)) {
  test(`room joining vector: ${name}`, () => {
    const bytes = hexToBytes(unspaced(message));
    if (error !== undefined) assert.throws(() => decodeJoinMessage(bytes), { code: error });
    else assert.deepEqual(encodeJoinMessage(decodeJoinMessage(bytes)), bytes);
  });
}
