/** The codec of neighbour lists: frozen vectors, round trips, damage, bounds. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { nobleProvider } from "../crypto/noble-provider.ts";
import { type PeerId, parsePeerId, peerIdToBytes } from "../identity/peer-id.ts";
import { concatBytes } from "../lib/bytes.ts";
import { bytesToHex, hexToBytes } from "../lib/hex.ts";
import { seconds, wallTime } from "../lib/time.ts";
import { assertStrict, codeOf, person, unspaced, vectors } from "../trust/trust-fixture.test.ts";
import { LIST_BYTES_MAX, LIST_HINTS_MAX, LIST_NEIGHBOURS_MAX, LIST_PERIOD_MAX } from "../wire/limits.ts";
import {
  decodeNeighbourList,
  listCheck,
  type NeighbourList,
  type NeighbourListFields,
  readHints,
  readPeers,
  signNeighbourList,
} from "./neighbour-list.ts";
import { cheapProvider, forge, idOf, member, WALL } from "./topology-world.test.ts";

interface Case {
  readonly name: string;
  readonly list: string;
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly seed?: number;
  readonly genuine?: boolean;
  readonly error?: string;
}

const shown = (list: NeighbourList): Record<string, unknown> => ({
  roomTag: bytesToHex(list.roomTag),
  member: bytesToHex(list.member),
  incarnation: bytesToHex(list.incarnation),
  sequence: list.sequence,
  date: list.date,
  periodSeconds: list.period / 1_000,
  isLeaving: list.isLeaving,
  rosterDigest: bytesToHex(list.rosterDigest),
  neighbours: readPeers(list.neighbours),
  hints: readHints(list.hints),
});

const fieldsOf = (list: NeighbourList): NeighbourListFields => ({
  ...{ roomTag: list.roomTag, incarnation: list.incarnation, sequence: list.sequence, date: list.date },
  ...{ period: list.period, isLeaving: list.isLeaving, rosterDigest: list.rosterDigest },
  ...{ neighbours: readPeers(list.neighbours), hints: readHints(list.hints) },
});

for (const { name, list, fields, seed, genuine, error } of vectors<Case>("neighbour-lists.json")) {
  test(`[TOP-1] [TOP-2] neighbour list vector: ${name}`, () => {
    const bytes = hexToBytes(unspaced(list));
    if (error !== undefined) {
      assert.equal(
        codeOf(() => decodeNeighbourList(bytes)),
        error,
      );
      return;
    }
    const decoded = decodeNeighbourList(bytes);
    assert.deepEqual(shown(decoded), fields);
    assert.equal(listCheck(nobleProvider)(decoded), genuine);
    if (seed === undefined) return;
    // Ed25519 as in RFC 8032 gives the same signature each time.
    assert.deepEqual(signNeighbourList(nobleProvider, person(seed), fieldsOf(decoded)), bytes);
  });
}

const peer = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => {
  const id = parsePeerId(bytesToHex(bytes));
  assert.ok(id !== undefined);
  return id;
});
const hint = fc.string({ unit: fc.integer({ min: 0x21, max: 0x7e }).map((c) => String.fromCharCode(c)), minLength: 1 });
const fields: fc.Arbitrary<NeighbourListFields> = fc.record({
  roomTag: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  incarnation: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  sequence: fc.nat(0xffff_ffff),
  date: fc.maxSafeNat().map(wallTime),
  period: fc.integer({ min: 5, max: 300 }).map(seconds),
  isLeaving: fc.constant(false),
  rosterDigest: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  neighbours: fc.uniqueArray(peer, { maxLength: LIST_NEIGHBOURS_MAX }),
  hints: fc.array(hint, { maxLength: LIST_HINTS_MAX }),
});

const isGenuine = listCheck(cheapProvider);

test("[TOP-1] a list says what was signed, whatever order the neighbours were named in", () => {
  fc.assert(
    fc.property(fields, (value) => {
      const list = decodeNeighbourList(signNeighbourList(cheapProvider, member(1), value));
      assert.deepEqual(fieldsOf(list), { ...value, neighbours: [...value.neighbours].sort() });
      assert.ok(isGenuine(list));
      assert.ok(!isGenuine({ ...list, member: peerIdToBytes(idOf(2)) }));
    }),
    { numRuns: 50 },
  );
});

test("[TOP-1] decodeNeighbourList takes nothing but what signNeighbourList makes", () => {
  const sample = forge(1, { neighbours: [idOf(2), idOf(3)], hints: ["10.0.0.1:9000", "[fe80::1%eth0]:9000"] });
  assertStrict(sample, decodeNeighbourList);
  fc.assert(
    fc.property(fc.nat(sample.length - 65), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const broken = sample.slice();
      broken[at] = (broken[at] ?? 0) ^ flip;
      const code = codeOf(() => assert.ok(!isGenuine(decodeNeighbourList(broken)), `byte ${at}`));
      assert.ok(code === undefined || code.startsWith("ERR_"));
    }),
  );
});

/** A list with other bytes at `at`; the signature is not looked at by a decoder. */
function withBytes(list: Uint8Array, at: number, ...bytes: readonly number[]): Uint8Array {
  const changed = list.slice();
  changed.set(bytes, at);
  return changed;
}
const refusal = (list: Uint8Array): string | undefined => codeOf(() => decodeNeighbourList(list));

const PERIOD_AT = 1 + 16 + 32 + 16 + 4 + 8;
const FLAGS_AT = PERIOD_AT + 2;
const COUNT_AT = FLAGS_AT + 1 + 32;

test("[TOP-1] bounds: 16 neighbours and 4 hints of 255 bytes are a list, one more is not", () => {
  const many = Array.from({ length: LIST_NEIGHBOURS_MAX }, (_, i) => `${"0".repeat(62)}${10 + i}` as PeerId);
  const hints = Array.from({ length: LIST_HINTS_MAX }, () => "x".repeat(255));
  const largest = forge(1, { neighbours: many, hints });
  assert.equal(largest.length, LIST_BYTES_MAX);
  assert.equal(refusal(largest), undefined);
  assert.equal(refusal(concatBytes(largest, new Uint8Array(1))), "ERR_TOO_LARGE");
  assert.equal(refusal(withBytes(largest, COUNT_AT, LIST_NEIGHBOURS_MAX + 1)), "ERR_LIMIT");
  const hintsAt = COUNT_AT + 1 + 32 * LIST_NEIGHBOURS_MAX;
  assert.equal(refusal(withBytes(largest, hintsAt, LIST_HINTS_MAX + 1)), "ERR_LIMIT");
  assert.equal(refusal(withBytes(largest, hintsAt + 1, 0x80, 0x02)), "ERR_TOO_LARGE"); // 256 bytes
});

test("[TOP-1] a list of 10,000 neighbours is refused by its length alone", () => {
  const head = forge(1).subarray(0, COUNT_AT);
  const huge = concatBytes(head, Uint8Array.of(255), new Uint8Array(10_000 * 32), new Uint8Array(65));
  assert.equal(refusal(huge), "ERR_TOO_LARGE");
});

test("[TOP-1] hints with control characters, spaces or other scripts are refused, and empty ones", () => {
  const list = forge(1, { hints: ["abc"] });
  const at = COUNT_AT + 1 + 1 + 1;
  for (const byte of [0x00, 0x07, 0x0a, 0x1b, 0x20, 0x7f, 0x80, 0xc3, 0xff])
    assert.equal(refusal(withBytes(list, at + 1, byte)), "ERR_TEXT", `byte ${byte}`);
  assert.equal(refusal(withBytes(list, at - 1, 0)), "ERR_VALUE");
});

test("[TOP-1] period, flags, version and order of neighbours", () => {
  const list = forge(1, { neighbours: [idOf(2), idOf(3)] });
  const [first, second] = [COUNT_AT + 1, COUNT_AT + 33];
  assert.equal(refusal(withBytes(list, 0, 2)), "ERR_VERSION");
  assert.equal(refusal(withBytes(list, PERIOD_AT, 0, 4)), "ERR_VALUE");
  assert.equal(refusal(withBytes(list, PERIOD_AT, 0, 5)), undefined);
  const longest = LIST_PERIOD_MAX / 1_000;
  assert.equal(refusal(withBytes(list, PERIOD_AT, longest >> 8, longest & 255)), undefined);
  assert.equal(refusal(withBytes(list, PERIOD_AT, (longest + 1) >> 8, (longest + 1) & 255)), "ERR_VALUE");
  assert.equal(refusal(withBytes(list, FLAGS_AT, 2)), "ERR_VALUE");
  assert.equal(refusal(withBytes(list, FLAGS_AT, 1)), "ERR_VALUE"); // leaves, and names neighbours
  assert.equal(refusal(withBytes(list, second, ...list.subarray(first, first + 32))), "ERR_VALUE"); // twice
  assert.equal(refusal(withBytes(list, first, ...hexToBytes("ff".repeat(32)))), "ERR_VALUE");
  assert.equal(refusal(withBytes(list, first, ...list.subarray(17, 49))), "ERR_VALUE"); // itself
  assert.equal(decodeNeighbourList(forge(1, { isLeaving: true })).isLeaving, true);
  assert.equal(decodeNeighbourList(list).date, WALL);
});
