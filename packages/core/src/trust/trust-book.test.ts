import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { hexToBytes } from "../lib/hex.ts";
import { CONTACTS_MAX, HINTS_PER_KEY_MAX, KEYS_PER_CONTACT_MAX } from "../wire/limits.ts";
import { type Contact, decodeContact, encodeContact, isVerified, VERIFIED_BY } from "./contact.ts";
import { ROLES } from "./roles.ts";
import { type NewPin, TrustBook } from "./trust-book.ts";
import { assertStrict, Disk, drain, peer, seeded, unspaced, vectors, WALL, wallAt } from "./trust-fixture.test.ts";

const pin = (number: number, more: Partial<NewPin> = {}): NewPin => ({
  peer: peer(number),
  name: `peer ${number}`,
  contactKey: new Uint8Array(32).fill(number),
  verifiedBy: "pin",
  role: "member",
  ...more,
});
const book = (disk = new Disk()): TrustBook => new TrustBook({ random: seeded(1), restored: disk.restored });

test("TrustBook.pin keeps a contact across a restart, with all that is known of it", () => {
  const disk = new Disk();
  const before = book(disk);
  before.pin(pin(1, { verifiedBy: "vouched", vouchedBy: peer(9), hint: "[fe80::1%eth0]:4000" }), WALL);
  before.annotate(peer(1), "met at the café");
  before.seen(peer(1), wallAt(5), { hint: "192.168.1.2:4000" });
  before.rename(peer(1), "Ada");
  disk.keep(drain(before));
  const after = book(disk);
  assert.deepEqual(after.contacts, before.contacts);
  const key = after.keyOf(peer(1));
  assert.deepEqual(key?.hints, ["192.168.1.2:4000", "[fe80::1%eth0]:4000"]);
  assert.equal(key?.vouchedBy, peer(9));
  assert.equal(key?.lastSeenAt, wallAt(5));
  assert.equal(after.contactOf(peer(1))?.notes, "met at the café");
});

test("[TRU-1] TrustBook.meet stops loudly when a dialled contact answers with another key", () => {
  const trust = book();
  trust.pin(pin(1), WALL);
  drain(trust);
  const meeting = trust.meet({ peer: peer(2), expected: peer(1) });
  assert.equal(meeting.at, "changed");
  assert.deepEqual(meeting.at === "changed" && meeting.pinned, [peer(1)]);
  const [audit] = drain(trust);
  assert.deepEqual(audit, {
    type: "audit",
    record: { event: "keyChanged", peer: peer(2), detail: `pinned ${peer(1).slice(0, 16)}` },
  });
});

test("[TRU-1] TrustBook.meet stops when a pinned name at its address comes with another key, and warns of either alone", () => {
  const trust = book();
  trust.pin(pin(1, { name: "Ada", hint: "10.0.0.1:4000" }), WALL);
  assert.equal(trust.meet({ peer: peer(2), name: "ａｄａ ", hint: "10.0.0.1:4000" }).at, "changed");
  const contact = trust.contactOf(peer(1));
  assert.deepEqual(trust.meet({ peer: peer(2), name: "Ada", hint: "10.0.0.9:1" }), {
    at: "stranger",
    resembles: contact,
  });
  assert.deepEqual(trust.meet({ peer: peer(2), hint: "10.0.0.1:4000" }), { at: "stranger", resembles: contact });
  assert.deepEqual(trust.meet({ peer: peer(2), name: "Bob", hint: "10.0.0.9:1" }), { at: "stranger" });
  assert.equal(trust.meet({ peer: peer(1), name: "Mallory", hint: "10.0.0.9:1" }).at, "known");
});

test("TrustBook.meet knows every device of a contact, whichever was dialled", () => {
  const trust = book();
  const contact = trust.pin(pin(1), WALL);
  assert.ok(contact);
  trust.pin(pin(2), WALL, { contact: contact.id });
  assert.equal(trust.meet({ peer: peer(2), expected: peer(1) }).at, "known");
  assert.equal(trust.contacts.length, 1);
});

test("TrustBook.pin replaces a key in one transaction and ends trust in the old one", () => {
  const disk = new Disk();
  const trust = book(disk);
  trust.pin(pin(1, { name: "Ada" }), WALL);
  disk.keep(drain(trust));
  trust.pin(pin(2, { name: "whatever" }), WALL, { replaces: peer(1) });
  const outputs = disk.keep(drain(trust));
  assert.deepEqual(
    outputs.map(({ type }) => type),
    ["store", "revoked", "audit"],
  );
  assert.equal(trust.contactOf(peer(1)), undefined);
  assert.equal(trust.contactOf(peer(2))?.name, "Ada");
  assert.deepEqual(book(disk).contacts, trust.contacts);
});

test("TrustBook.pin never weakens how a key was verified", () => {
  const trust = book();
  trust.pin(pin(1, { verifiedBy: "qr" }), WALL);
  trust.pin(pin(1, { verifiedBy: "first-use", role: "guest" }), wallAt(9));
  assert.equal(trust.keyOf(peer(1))?.verifiedBy, "qr");
  assert.equal(trust.keyOf(peer(1))?.pinnedAt, WALL);
  assert.equal(trust.roleOf(peer(1)), "guest");
  trust.pin(pin(2, { verifiedBy: "first-use" }), WALL);
  trust.pin(pin(2, { verifiedBy: "words" }), wallAt(9));
  assert.equal(trust.keyOf(peer(2))?.verifiedBy, "words");
});

test("TrustBook.revoke forgets the key, tells to close its sessions, and the contact goes with the last", () => {
  const disk = new Disk();
  const trust = book(disk);
  const contact = trust.pin(pin(1), WALL);
  trust.pin(pin(2), WALL, { contact: contact!.id });
  disk.keep(drain(trust));
  trust.revoke(peer(1));
  const outputs = disk.keep(drain(trust));
  assert.ok(outputs.some((output) => output.type === "revoked" && output.peer === peer(1)));
  assert.equal(book(disk).contactOf(peer(1)), undefined);
  assert.equal(book(disk).contacts.length, 1);
  trust.revoke(peer(2));
  disk.keep(drain(trust));
  assert.equal(disk.entries.size, 0);
  trust.revoke(peer(2));
  assert.deepEqual(drain(trust), [], "twice is nothing");
});

test("[TRU-2] TrustBook.pin takes CONTACTS_MAX contacts and refuses one more, forgetting nobody", () => {
  const trust = book();
  for (let i = 0; i < CONTACTS_MAX; i++) assert.ok(trust.pin(pin(i), WALL));
  drain(trust);
  assert.equal(trust.pin(pin(CONTACTS_MAX), WALL), undefined);
  assert.deepEqual(drain(trust), [
    { type: "audit", record: { event: "limitHit", peer: peer(CONTACTS_MAX), detail: "contacts" } },
  ]);
  assert.equal(trust.contacts.length, CONTACTS_MAX);
  assert.ok(trust.pin(pin(0, { role: "admin" }), WALL), "one that is there may change");
});

test("TrustBook.pin takes KEYS_PER_CONTACT_MAX keys of a contact and HINTS_PER_KEY_MAX hints of a key, not one more", () => {
  const trust = book();
  const contact = trust.pin(pin(0), WALL);
  for (let i = 1; i < KEYS_PER_CONTACT_MAX; i++) assert.ok(trust.pin(pin(i), WALL, { contact: contact!.id }));
  assert.equal(trust.pin(pin(99), WALL, { contact: contact!.id }), undefined);
  for (let i = 0; i <= HINTS_PER_KEY_MAX; i++) trust.seen(peer(0), WALL, { hint: `10.0.0.${i}:1` });
  assert.equal(trust.keyOf(peer(0))?.hints.length, HINTS_PER_KEY_MAX);
  assert.equal(trust.keyOf(peer(0))?.hints[0], `10.0.0.${HINTS_PER_KEY_MAX}:1`, "the oldest went");
});

test("TrustBook says which stored contact is damaged, and knows the others", () => {
  const disk = new Disk();
  const before = book(disk);
  before.pin(pin(1), WALL);
  before.pin(pin(2), WALL);
  disk.keep(drain(before));
  const [key] = disk.entries.keys();
  disk.entries.set(key!, Uint8Array.of(1, 2, 3));
  const after = book(disk);
  assert.deepEqual(drain(after), [{ type: "damaged", key }]);
  assert.equal(after.contactOf(peer(1)), undefined);
  assert.ok(after.contactOf(peer(2)));
});

test("isVerified is true of what people proved, and of nothing else", () => {
  assert.deepEqual(VERIFIED_BY.filter(isVerified), ["qr", "pin", "code", "words"]);
});

const contact: fc.Arbitrary<Contact> = fc
  .record({
    id: fc.constant("00".repeat(16)),
    name: fc.string({ maxLength: 30 }),
    notes: fc.string({ maxLength: 100 }),
    role: fc.constantFrom(...ROLES),
    keys: fc.array(
      fc
        .record({
          peer: fc.nat(1_000).map(peer),
          verifiedBy: fc.constantFrom(...VERIFIED_BY),
          pinnedAt: fc.nat().map((ms) => wallAt(ms)),
          hints: fc.array(fc.string({ minLength: 1, maxLength: 20 }), { maxLength: HINTS_PER_KEY_MAX }),
        })
        .map((key) => ({ ...key, ...(key.verifiedBy === "vouched" && { vouchedBy: peer(7) }) })),
      { minLength: 1, maxLength: KEYS_PER_CONTACT_MAX },
    ),
  })
  .map((each) => ({ ...each }));

test("decodeContact is the inverse of encodeContact, and takes nothing else", () => {
  fc.assert(fc.property(contact, (each) => assert.deepEqual(decodeContact(each.id, encodeContact(each)), each)));
  const trust = book();
  const sample = trust.pin(pin(1, { hint: "10.0.0.1:1" }), WALL);
  assertStrict(encodeContact(sample!), (bytes) => decodeContact("00", bytes));
});

for (const { name, entry, error } of vectors<{ name: string; entry: string; error?: string }>("contact.json")) {
  test(`contact vector: ${name}`, () => {
    const bytes = hexToBytes(unspaced(entry));
    if (error !== undefined) assert.throws(() => decodeContact("id", bytes), { code: error });
    else assert.deepEqual(encodeContact(decodeContact("id", bytes)), bytes);
  });
}
