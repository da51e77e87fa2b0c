/** Envelopes and messages of a mesh: frozen vectors, round trips, damage. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { nobleProvider } from "../crypto/noble-provider.ts";
import type { PeerId } from "../identity/peer-id.ts";
import { bytesToHex, hexToBytes } from "../lib/hex.ts";
import { WireError } from "../lib/wire-error.ts";
import { parseRoomId } from "../room/room-id.ts";
import { ENVELOPE_PAYLOAD_BYTES_MAX } from "../wire/mesh-limits.ts";
import {
  decodeBroadcast,
  decodeUnicast,
  encodeBroadcast,
  encodeUnicast,
  isBroadcastGenuine,
  isUnicastGenuine,
  readdressed,
  roomTagOf,
  streamNameOf,
} from "./envelope.ts";
import { cheapProvider, memberId, memberIdentity } from "./mesh-fixture.test.ts";
import { DIGEST_BYTES, decodeMeshMessage, encodeHave, encodeMeshMessage, type MeshMessage } from "./mesh-message.ts";

interface Case {
  readonly name: string;
  readonly bytes: string;
  readonly error?: string;
  readonly broadcast?: object;
  readonly unicast?: object;
  readonly message?: object;
}

interface File {
  readonly room: string;
  readonly roomTag: string;
  readonly streamNames: readonly { readonly key: string; readonly name: string }[];
  readonly broadcasts: readonly Case[];
  readonly unicasts: readonly Case[];
  readonly messages: readonly Case[];
}

const file: File = JSON.parse(readFileSync(join(import.meta.dirname, "../../../../spec/vectors/mesh.json"), "utf8"));

const wireOf = (text: string): Uint8Array => hexToBytes(text.replace(/[| ]/g, ""));

function codeOf(act: () => unknown): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (error instanceof WireError) return error.code;
    throw error;
  }
}

/** Bytes as hexadecimal text. */
const shown = (value: object): unknown =>
  JSON.parse(JSON.stringify(value, (_, item) => (item instanceof Uint8Array ? bytesToHex(item) : item)));

test("[MSH-2] the room tag of the vectors", () => {
  const room = parseRoomId(file.room);
  assert.ok(room !== undefined);
  assert.equal(bytesToHex(roomTagOf(nobleProvider, room)), file.roomTag);
});

test("the stream names of the vectors", () => {
  for (const { key: of, name } of file.streamNames)
    assert.equal(bytesToHex(streamNameOf(nobleProvider, wireOf(of))), name);
});

for (const { name, bytes, error, broadcast } of file.broadcasts) {
  test(`[MSH-2] [MSH-3] broadcast vector: ${name}`, () => {
    const wire = wireOf(bytes);
    if (error !== undefined) return assert.equal(codeOf(() => decodeBroadcast(wire)), error); // biome-ignore format: one line
    const { roomTag, ...fields } = decodeBroadcast(wire);
    assert.equal(bytesToHex(roomTag), file.roomTag);
    const genuine = isBroadcastGenuine(nobleProvider, fields.origin, wire);
    assert.deepEqual(shown({ ...fields, genuine }), broadcast);
  });
}

for (const { name, bytes, error, unicast } of file.unicasts) {
  test(`[MSH-2] [MSH-3] unicast vector: ${name}`, () => {
    const wire = wireOf(bytes);
    if (error !== undefined) return assert.equal(codeOf(() => decodeUnicast(wire)), error); // biome-ignore format: one line
    const { roomTag, ...fields } = decodeUnicast(wire);
    assert.equal(bytesToHex(roomTag), file.roomTag);
    assert.deepEqual(shown({ ...fields, genuine: isUnicastGenuine(nobleProvider, fields.origin, wire) }), unicast);
  });
}

for (const { name, bytes, error, message } of file.messages) {
  test(`[MSH-1] mesh message vector: ${name}`, () => {
    const wire = wireOf(bytes);
    if (error !== undefined) return assert.equal(codeOf(() => decodeMeshMessage(wire)), error); // biome-ignore format: one line
    const decoded = decodeMeshMessage(wire);
    assert.deepEqual(shown(decoded), message);
    assert.deepEqual(encodeMeshMessage(decoded), wire);
  });
}

const bytesOf = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const key = bytesOf(48);
const stream = bytesOf(8);
const sequence = fc.oneof(fc.maxSafeNat(), fc.nat(300));
const range = fc.tuple(key, fc.maxSafeNat(), fc.nat(1_000)).map(([of, from, length]) => {
  const start = Math.min(from, Number.MAX_SAFE_INTEGER - 1_001);
  return { key: of, from: start, to: start + length + 1 };
});
const peer = fc.nat(255).map((number): PeerId => memberId(number));
const message: fc.Arbitrary<MeshMessage> = fc.oneof(
  fc.record({
    type: fc.constant("lists" as const),
    lists: fc.array(fc.uint8Array({ maxLength: 99 }), { maxLength: 15 }),
  }),
  fc.record({
    type: fc.constant("greet" as const),
    links: fc.nat(255),
    wantsAnswer: fc.boolean(),
    digest: bytesOf(DIGEST_BYTES),
  }),
  fc.record({ type: fc.constant("full" as const), members: fc.array(peer, { maxLength: 8 }) }),
  fc.record({
    type: fc.constant("have" as const),
    ids: fc.array(fc.record({ hops: fc.nat(16), stream, sequence }), { maxLength: 9 }),
  }),
  fc.record({ type: fc.constant("graft" as const), ids: fc.array(fc.record({ stream, sequence }), { maxLength: 9 }) }),
  fc.record({ type: fc.constant("prune" as const) }),
  fc.record({
    type: fc.constantFrom("vector" as const, "pull" as const, "gone" as const),
    ranges: fc.array(range, { maxLength: 9 }),
  }),
);

test("mesh messages survive the way there and back", () => {
  fc.assert(
    fc.property(message, (value) => {
      assert.deepEqual(shown(decodeMeshMessage(encodeMeshMessage(value))), shown(value));
    }),
  );
});

test("ids written straight are those written field by field", () => {
  const entry = fc.record({ stream: fc.record({ name: stream }), sequence, hops: fc.integer({ min: -1, max: 16 }) });
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 200 }), (entries) => {
      const ids = entries.map(({ stream: { name }, hops, ...rest }) => ({
        ...rest,
        stream: name,
        hops: Math.min(hops + 1, 16),
      }));
      assert.deepEqual(encodeHave(entries), encodeMeshMessage({ type: "have", ids }));
    }),
  );
});

test("[MSH-1] damaged messages and envelopes give a value or a WireError, and nothing else", () => {
  const signer = { provider: cheapProvider, identity: memberIdentity(1) };
  const tag = new Uint8Array(16);
  const broadcast = encodeBroadcast(signer, tag, new Uint8Array(16), 5, new Uint8Array(30));
  const unicast = encodeUnicast(signer, tag, memberId(2), new Uint8Array(16), new Uint8Array(30));
  const decodeAny = (bytes: Uint8Array): void => {
    for (const decode of [decodeBroadcast, decodeUnicast, decodeMeshMessage]) codeOf(() => decode(bytes));
  };
  const whole = fc.oneof(message.map(encodeMeshMessage), fc.constantFrom(broadcast, unicast));
  fc.assert(
    fc.property(whole, fc.nat(), fc.integer({ min: 1, max: 255 }), fc.nat(), (bytes, at, flip, cut) => {
      const broken = bytes.slice();
      broken[at % bytes.length] = (broken[at % bytes.length] ?? 0) ^ flip;
      decodeAny(broken);
      decodeAny(bytes.subarray(0, cut % bytes.length));
    }),
  );
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), decodeAny));
});

test("[MSH-1] every message is refused when its end is missing, or something follows it", () => {
  fc.assert(
    fc.property(message, (value) => {
      const bytes = encodeMeshMessage(value);
      assert.notEqual(codeOf(() => decodeMeshMessage(bytes.subarray(0, bytes.length - 1))), undefined); // biome-ignore format: one line
      assert.notEqual(
        codeOf(() => decodeMeshMessage(Uint8Array.of(...bytes, 0))),
        undefined,
      );
    }),
  );
});

test("[MSH-3] a payload of the maximum passes, one byte more does not", () => {
  const [head, max] = [142, ENVELOPE_PAYLOAD_BYTES_MAX];
  assert.equal(
    codeOf(() => decodeBroadcast(new Uint8Array(head + max))),
    undefined,
  );
  assert.equal(
    codeOf(() => decodeBroadcast(new Uint8Array(head + max + 1))),
    "ERR_TOO_LARGE",
  );
  assert.equal(
    codeOf(() => decodeUnicast(new Uint8Array(166 + max))),
    undefined,
  );
  assert.equal(
    codeOf(() => decodeUnicast(new Uint8Array(166 + max + 1))),
    "ERR_TOO_LARGE",
  );
});

test("[MSH-2] passing on changes type, hops and age, and nothing that is signed", () => {
  const signer = { provider: cheapProvider, identity: memberIdentity(1) };
  const envelope = encodeBroadcast(signer, new Uint8Array(16), new Uint8Array(16), 5, new Uint8Array(30));
  fc.assert(
    fc.property(fc.nat(16), fc.nat(0xffff_ffff), (hops, age) => {
      const copy = readdressed(envelope, 0x31, hops, age);
      assert.ok(isBroadcastGenuine(cheapProvider, memberId(1), copy));
      const { hopsLeft, ageMs, sequence: number } = decodeBroadcast(copy);
      assert.deepEqual({ hopsLeft, ageMs, number }, { hopsLeft: hops, ageMs: age, number: 5 });
      assert.deepEqual(copy.subarray(6), envelope.subarray(6));
    }),
  );
});
