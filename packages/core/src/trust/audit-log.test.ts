import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { bytesToHex, hexToBytes } from "../lib/hex.ts";
import { AUDIT_ENTRIES_MAX, AUDIT_FLOOD_PER_MINUTE_MAX, AUDIT_SEGMENT_ENTRIES } from "../wire/limits.ts";
import { AUDIT_EVENT, type AuditEvent, decodeAuditEntry, encodeAuditEntry } from "./audit-event.ts";
import { auditEntryHash, decodeAuditHead } from "./audit-head.ts";
import { AUDIT_HEAD_KEY, AuditLog, auditEntryKey } from "./audit-log.ts";
import { exportAuditLog, verifyAuditExport, verifyAuditLog } from "./audit-verify.ts";
import {
  assertStrict,
  at,
  Disk,
  drain,
  NOW,
  peer,
  person,
  provider,
  seeded,
  unspaced,
  vectors,
  WALL,
  wallAt,
} from "./trust-fixture.test.ts";

const open = (disk: Disk, more: { entriesMax?: number; segmentEntries?: number } = {}): AuditLog =>
  new AuditLog({ provider, random: seeded(3), identity: person(1), restored: disk.restored, ...more });

const headOf = (disk: Disk): Uint8Array => disk.entries.get(AUDIT_HEAD_KEY)!;
const entriesOf = (disk: Disk): Uint8Array[] =>
  [...disk.entries.keys()]
    .filter((key) => key !== AUDIT_HEAD_KEY)
    .sort()
    .map((key) => disk.entries.get(key)!);

function filled(count: number): Disk {
  const disk = new Disk();
  const log = open(disk);
  for (let i = 0; i < count; i++) log.append({ event: "trusted", peer: peer(i), detail: `n ${i}` }, at(i), wallAt(i));
  disk.keep(drain(log));
  return disk;
}

test("AuditLog goes on after a restart, and the whole chain verifies", () => {
  const disk = filled(5);
  const log = open(disk);
  log.append({ event: "denied", source: "fe80::1%eth0", detail: "chat role" }, at(9), wallAt(9));
  disk.keep(drain(log));
  assert.deepEqual(log.range, { first: 0, next: 6 });
  assert.deepEqual(verifyAuditLog(provider, headOf(disk), entriesOf(disk)), {
    isIntact: true,
    entries: 6,
    peer: person(1).peerId,
  });
  const last = decodeAuditEntry(entriesOf(disk)[5]!);
  assert.equal(last.source, "fe80::1%eth0");
  assert.equal(last.at, wallAt(9));
});

test("AuditLog.poll gives the lines of a turn and one head over them as one transaction", () => {
  const log = open(new Disk());
  log.append({ event: "started" }, NOW, WALL);
  log.append({ event: "stopped" }, NOW, WALL);
  const [output, ...rest] = drain(log);
  assert.equal(rest.length, 0);
  assert.deepEqual(
    output?.puts.map(({ key }) => key),
    [auditEntryKey(log.logId, 0), auditEntryKey(log.logId, 1), AUDIT_HEAD_KEY],
  );
  assert.equal(log.poll(), undefined);
});

test("[TRU-9] verifyAuditLog finds any one changed byte, in any entry or the head", () => {
  const disk = filled(6);
  const [head, entries] = [headOf(disk), entriesOf(disk)];
  for (const [index, entry] of entries.entries()) {
    for (let i = 0; i < entry.length; i++) {
      const changed = entries.map((each) => each.slice());
      changed[index]![i]! ^= 1;
      const verdict = verifyAuditLog(provider, head, changed);
      assert.equal(verdict.isIntact, false, `entry ${index}, byte ${i}`);
      assert.ok(!verdict.isIntact && Math.abs((verdict.firstBad ?? -9) - index) <= 1, `entry ${index}, byte ${i}`);
    }
  }
  for (let i = 0; i < head.length; i++) {
    const changed = head.slice();
    changed[i]! ^= 1;
    assert.equal(verifyAuditLog(provider, changed, entries).isIntact, false, `head, byte ${i}`);
  }
});

test("[TRU-9] verifyAuditLog finds entries taken out, put in, doubled or moved, and a chain signed by another", () => {
  const disk = filled(5);
  const [head, entries] = [headOf(disk), entriesOf(disk)];
  const reason = (changed: Uint8Array[]): string | undefined => {
    const verdict = verifyAuditLog(provider, head, changed);
    return verdict.isIntact ? undefined : verdict.reason;
  };
  const [a, b, c, d, e] = entries as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  assert.equal(reason([a, b, d, e]), "order");
  assert.equal(reason([a, b, c, d]), "missing");
  assert.equal(reason([b, c, d, e]), "order");
  assert.equal(reason([a, c, b, d, e]), "order");
  assert.equal(reason([a, b, c, d, e, e]), "order");
  assert.equal(reason([]), "missing");
  assert.equal(reason([a, b, c, d, encodeAuditEntry({ ...decodeAuditEntry(e), event: "started" })]), "chain");
  const forged = head.slice();
  forged.set(hexToBytes(person(2).peerId), 9);
  assert.deepEqual(verifyAuditLog(provider, forged, entries), { isIntact: false, reason: "signature", entries: 0 });
});

test("[TRU-10] AuditLog keeps entriesMax entries, drops its oldest segment for one more, and still verifies", () => {
  const disk = new Disk();
  const log = open(disk, { entriesMax: 40, segmentEntries: 10 });
  for (let i = 0; i < 40; i++) log.append({ event: "trusted", detail: `n ${i}` }, NOW, wallAt(i));
  disk.keep(drain(log));
  assert.deepEqual(log.range, { first: 0, next: 40 });
  log.append({ event: "trusted", detail: "one above" }, NOW, wallAt(40));
  disk.keep(drain(log));
  assert.deepEqual(log.range, { first: 10, next: 42 });
  assert.equal(entriesOf(disk).length, 32);
  assert.equal(decodeAuditEntry(entriesOf(disk)[30]!).event, "rotated");
  for (let i = 0; i < 500; i++) {
    log.append({ event: "trusted", detail: `m ${i}` }, NOW, wallAt(100 + i));
    if (i % 7 === 0) disk.keep(drain(log));
  }
  disk.keep(drain(log));
  assert.ok(entriesOf(disk).length <= 40);
  assert.equal(verifyAuditLog(provider, headOf(disk), entriesOf(disk)).isIntact, true);
  const again = open(disk, { entriesMax: 40, segmentEntries: 10 });
  again.append({ event: "started" }, NOW, WALL);
  disk.keep(drain(again));
  assert.equal(verifyAuditLog(provider, headOf(disk), entriesOf(disk)).isIntact, true);
});

test("[TRU-10] AuditLog drops whole segments in one turn even if that turn wrote them", () => {
  const disk = new Disk();
  const log = open(disk, { entriesMax: 20, segmentEntries: 10 });
  for (let i = 0; i < 95; i++) log.append({ event: "trusted" }, NOW, WALL);
  disk.keep(drain(log));
  assert.equal(verifyAuditLog(provider, headOf(disk), entriesOf(disk)).isIntact, true);
  assert.ok(entriesOf(disk).length <= 20);
});

test("[TRU-10] the log holds AUDIT_ENTRIES_MAX entries at its real size", () => {
  const disk = new Disk();
  const log = open(disk);
  for (let i = 0; i < AUDIT_ENTRIES_MAX; i++) log.append({ event: "trusted" }, NOW, WALL);
  disk.keep(drain(log));
  assert.equal(entriesOf(disk).length, AUDIT_ENTRIES_MAX);
  log.append({ event: "trusted" }, NOW, WALL);
  disk.keep(drain(log));
  assert.equal(entriesOf(disk).length, AUDIT_ENTRIES_MAX - AUDIT_SEGMENT_ENTRIES + 2);
  assert.equal(verifyAuditLog(provider, headOf(disk), entriesOf(disk)).isIntact, true);
});

test("AuditLog.append writes AUDIT_FLOOD_PER_MINUTE_MAX lines a stranger caused, then counts, and never drops a person's act", () => {
  const disk = new Disk();
  const log = open(disk);
  for (let i = 0; i < AUDIT_FLOOD_PER_MINUTE_MAX; i++) log.append({ event: "refused" }, NOW, WALL);
  assert.equal(log.range.next, AUDIT_FLOOD_PER_MINUTE_MAX);
  assert.equal(log.nextTimeout(), undefined);
  for (let i = 0; i < 3; i++) log.append({ event: "authFailed" }, NOW, WALL);
  log.append({ event: "blocked", peer: peer(1) }, NOW, WALL);
  assert.equal(log.range.next, AUDIT_FLOOD_PER_MINUTE_MAX + 1);
  assert.equal(log.nextTimeout(), at(60_000));
  log.handleTimeout(at(59_999), WALL);
  assert.equal(log.range.next, AUDIT_FLOOD_PER_MINUTE_MAX + 1);
  log.handleTimeout(at(60_000), WALL);
  disk.keep(drain(log));
  const last = decodeAuditEntry(entriesOf(disk).at(-1)!);
  assert.deepEqual([last.event, last.detail], ["suppressed", "3"]);
  log.append({ event: "refused" }, at(60_001), WALL);
  assert.equal(log.range.next, AUDIT_FLOOD_PER_MINUTE_MAX + 3);
});

test("AuditLog begins a new chain when its head is damaged or another's, and says so", () => {
  for (const harm of [
    (head: Uint8Array) => head.subarray(1),
    (head: Uint8Array) => head.map((byte, i) => (i === head.length - 1 ? byte ^ 1 : byte)),
  ]) {
    const disk = filled(3);
    disk.entries.set(AUDIT_HEAD_KEY, harm(headOf(disk)));
    const log = new AuditLog({ provider, random: seeded(4), identity: person(1), restored: disk.restored });
    log.append({ event: "started" }, NOW, WALL);
    const [output] = drain(log);
    const events = output!.puts.slice(0, -1).map(({ value }) => decodeAuditEntry(value).event);
    assert.deepEqual(events, ["damaged", "started"]);
    assert.notEqual(log.logId, open(new Disk()).logId, "entries of the old chain are not overwritten");
  }
});

test("an export verifies by itself, and not when a person's or the signed part of a line was changed", () => {
  const disk = filled(4);
  const lines = [...exportAuditLog(headOf(disk), entriesOf(disk))];
  const text = `${lines.join("\n")}\n`;
  assert.equal(verifyAuditExport(provider, text).isIntact, true);
  assert.equal(verifyAuditExport(provider, text.replace('"detail":"n 2"', '"detail":"n 3"')).isIntact, false);
  assert.equal(verifyAuditExport(provider, text.replace('"event":"trusted"', '"event":"blocked"')).isIntact, false);
  assert.equal(verifyAuditExport(provider, lines.slice(0, -1).join("\n")).isIntact, false);
  assert.equal(verifyAuditExport(provider, lines.slice(1).join("\n")).isIntact, false);
  fc.assert(
    fc.property(fc.nat(text.length - 2), fc.constantFrom("0", "x", "}", " "), (index, character) => {
      const changed = text.slice(0, index) + character + text.slice(index + 1);
      assert.equal(verifyAuditExport(provider, changed).isIntact, changed === text);
    }),
  );
  fc.assert(fc.property(fc.string(), (junk) => assert.equal(verifyAuditExport(provider, junk).isIntact, false)));
});

test("encodeAuditEntry refuses text that could carry a secret, a message or an escape", () => {
  const entry = { sequence: 0, at: WALL, previous: new Uint8Array(32), event: "trusted" } as const;
  for (const detail of ["Hello", "a\u001b", "ä", "x".repeat(65), 'a"b']) {
    assert.throws(() => encodeAuditEntry({ ...entry, detail }), { name: "AssertionError" });
  }
  for (const source of ["a b", "x".repeat(65), "<a>"]) {
    assert.throws(() => encodeAuditEntry({ ...entry, source }), { name: "AssertionError" });
  }
  assert.ok(encodeAuditEntry({ ...entry, detail: "x".repeat(64), source: "x".repeat(64) }));
});

test("AuditLog.append writes any source, however odd: others choose it", () => {
  const disk = new Disk();
  const log = open(disk);
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), (source) => {
      log.append({ event: "trusted", source }, NOW, WALL);
    }),
  );
  log.append({ event: "trusted", source: "fe80:0:0:0/56%Ethernet 2\u001b[31m" }, NOW, WALL);
  disk.keep(drain(log));
  assert.equal(decodeAuditEntry(entriesOf(disk).at(-1)!).source, "fe80:0:0:0/56%Ethernet_2_[31m");
  assert.equal(verifyAuditLog(provider, headOf(disk), entriesOf(disk)).isIntact, true);
});

test("audit decoders take nothing but what their encoders make", () => {
  assertStrict(entriesOf(filled(1))[0]!, decodeAuditEntry);
  assertStrict(headOf(filled(1)), decodeAuditHead);
});

test("every audit event has a number of its own", () => {
  const numbers = Object.values(AUDIT_EVENT);
  assert.equal(new Set(numbers).size, numbers.length);
});

interface EntryCase {
  name: string;
  entry: string;
  hash?: string;
  event?: AuditEvent;
  error?: string;
}
for (const { name, entry, hash, event, error } of vectors<EntryCase>("audit.json")) {
  test(`audit vector: ${name}`, () => {
    const bytes = hexToBytes(unspaced(entry));
    if (error !== undefined) {
      assert.throws(() => decodeAuditEntry(bytes), { code: error });
      return;
    }
    const decoded = decodeAuditEntry(bytes);
    assert.equal(decoded.event, event);
    assert.deepEqual(encodeAuditEntry(decoded), bytes);
    assert.equal(bytesToHex(auditEntryHash(provider, bytes)), hash);
  });
}
