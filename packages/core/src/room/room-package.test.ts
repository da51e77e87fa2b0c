import assert from "node:assert/strict";
import { test } from "node:test";
import { peerIdToBytes } from "../identity/peer-id.ts";
import { Writer } from "../lib/writer.ts";
import { codeOf, peer } from "../trust/trust-fixture.test.ts";
import { PACKAGE_HINTS_MAX } from "../wire/limits.ts";
import { packRoom, readPart } from "./room-package.ts";

const hintsOf = (count: number): Map<ReturnType<typeof peer>, readonly string[]> =>
  new Map(Array.from({ length: count }, (_, i) => [peer(i + 1), [`192.0.2.1:${i + 1}`]]));

const EMPTY = { operations: [], epochKey: new Uint8Array(0), prekeys: [], hints: new Map() };

test("a package tells where so many members are met, and of one more it does not", () => {
  for (const count of [PACKAGE_HINTS_MAX, PACKAGE_HINTS_MAX + 1]) {
    const [part, ...more] = packRoom({ ...EMPTY, hints: hintsOf(count) });
    assert.ok(part !== undefined && more.length === 0);
    assert.deepEqual(readPart(part).hints, hintsOf(PACKAGE_HINTS_MAX));
  }
});

test("a package that tells of more is refused", () => {
  const writer = new Writer();
  for (const [each, [hint = ""]] of hintsOf(PACKAGE_HINTS_MAX + 1)) writer.bytes(peerIdToBytes(each)).u8(1).text(hint);
  assert.equal(
    codeOf(() => readPart({ kind: "hints", bytes: writer.finish() })),
    "ERR_LIMIT",
  );
});

test("a package has so many prekeys, and of one more it has not; with more it is refused", () => {
  const prekeys = Array.from({ length: PACKAGE_HINTS_MAX + 1 }, (_, i) => new Uint8Array(4).fill(i));
  for (const count of [PACKAGE_HINTS_MAX, PACKAGE_HINTS_MAX + 1]) {
    const [part] = packRoom({ ...EMPTY, prekeys: prekeys.slice(0, count) });
    assert.ok(part !== undefined);
    assert.deepEqual(readPart(part).prekeys, prekeys.slice(0, PACKAGE_HINTS_MAX));
  }
  const writer = new Writer();
  for (const prekey of prekeys) writer.varBytes(prekey);
  assert.equal(
    codeOf(() => readPart({ kind: "prekeys", bytes: writer.finish() })),
    "ERR_LIMIT",
  );
});
