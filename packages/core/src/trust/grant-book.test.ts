import assert from "node:assert/strict";
import { test } from "node:test";
import type { PeerId } from "../identity/peer-id.ts";
import { instant, type WallTime } from "../lib/time.ts";
import { CLOCK_SKEW, GRANTS_PER_PEER_MAX, REVOKED_BY_PEERS_MAX, REVOKED_GRANTS_MAX } from "../wire/limits.ts";
import { GRANT_NO_END, type Grant, type GrantTerms, issueGrant } from "./grant.ts";
import { GrantBook } from "./grant-book.ts";
import type { Role } from "./roles.ts";
import { at, Disk, drain, NOW, peer, person, provider, seeded, WALL, wallAt } from "./trust-fixture.test.ts";

const US = 1;
const random = seeded(77);
const TERMS: GrantTerms = {
  operations: ["chat"],
  resource: "",
  limits: {},
  notBefore: WALL,
  notAfter: wallAt(3_600_000),
  delegations: 0,
};
const issue = (terms: Partial<GrantTerms> = {}, by = US, to = 2, parent?: Grant): Grant =>
  issueGrant(provider, random, person(by), person(to).peerId, { ...TERMS, ...terms }, parent);

const roles = new Map<PeerId, Role>([
  [person(US).peerId, "owner"],
  [person(5).peerId, "admin"],
  [person(6).peerId, "member"],
]);
const book = (disk = new Disk(), wall: WallTime = WALL, roleOf = (id: PeerId) => roles.get(id)): GrantBook =>
  new GrantBook({ provider, roleOf, restored: disk.restored, now: NOW, wall });
const request = (to = 2, bytes = 0) => ({ peer: person(to).peerId, operation: "chat", resource: "", bytes });
const reasonOf = (use: ReturnType<GrantBook["use"]>): string => (use.ok ? "ok" : use.reason);

test("GrantBook.use permits what a held grant covers, and nothing else", () => {
  const trust = book();
  const grant = issue({ resource: "photos" });
  assert.equal(trust.admit(grant.bytes, NOW, WALL), "held");
  const on = (operation: string, resource: string, to = 2) =>
    reasonOf(trust.use({ peer: person(to).peerId, operation, resource, bytes: 0 }, NOW, WALL));
  assert.equal(on("chat", "photos/1"), "ok");
  assert.equal(on("chat", "letters"), "none");
  assert.equal(on("file.send", "photos"), "none");
  assert.equal(on("chat", "photos", 3), "none", "a grant is for its subject alone");
});

test("[TRU-7] GrantBook.use honours not-before and not-after with the skew, to the millisecond", () => {
  const grant = issue({ notBefore: wallAt(3_600_000), notAfter: wallAt(7_200_000) });
  const tryAt = (ms: number): string => {
    const trust = book();
    assert.equal(trust.admit(grant.bytes, NOW, WALL), "held", "one of the future is held");
    return reasonOf(trust.use(request(), at(ms), wallAt(ms)));
  };
  assert.equal(tryAt(3_600_000 - CLOCK_SKEW - 1), "not-yet");
  assert.equal(tryAt(3_600_000 - CLOCK_SKEW), "ok");
  assert.equal(tryAt(7_200_000 + CLOCK_SKEW - 1), "ok");
  assert.equal(tryAt(7_200_000 + CLOCK_SKEW), "expired");
  assert.equal(tryAt(7_200_000 + CLOCK_SKEW + 1), "expired");
});

test("[TRU-7] a grant's life runs on the monotonic clock: setting the wall clock back does not lengthen it", () => {
  const trust = book();
  trust.admit(issue().bytes, NOW, WALL);
  assert.equal(reasonOf(trust.use(request(), at(3_600_000 + CLOCK_SKEW - 1), WALL)), "ok");
  assert.equal(reasonOf(trust.use(request(), at(3_600_000 + CLOCK_SKEW), WALL)), "expired");
});

test("GrantBook.handleTimeout ends a grant when its time is over, and tells whose", () => {
  const disk = new Disk();
  const trust = book(disk);
  const grant = issue();
  trust.admit(grant.bytes, NOW, WALL);
  trust.use(request(), NOW, WALL);
  disk.keep(drain(trust));
  const end = trust.nextTimeout();
  assert.equal(end, at(3_600_000 + CLOCK_SKEW));
  trust.handleTimeout(instant(end! - 1));
  assert.deepEqual(drain(trust), []);
  trust.handleTimeout(end!);
  const outputs = disk.keep(drain(trust));
  assert.ok(
    outputs.some((each) => each.type === "grantEnded" && each.grant === grant.id && each.peer === grant.subject),
  );
  assert.equal(disk.entries.size, 0);
  assert.equal(trust.nextTimeout(), undefined);
});

test("[TRU-6] GrantBook.use counts uses and bytes to the limit, and refuses one above, across a restart", () => {
  const disk = new Disk();
  const trust = book(disk);
  trust.admit(issue({ limits: { uses: 3, bytes: 100 } }).bytes, NOW, WALL);
  assert.equal(reasonOf(trust.use(request(2, 101), NOW, WALL)), "limit", "a refused use is not counted");
  assert.equal(reasonOf(trust.use(request(2, 60), NOW, WALL)), "ok");
  assert.equal(reasonOf(trust.use(request(2, 41), NOW, WALL)), "limit");
  disk.keep(drain(trust));
  const again = book(disk);
  assert.equal(reasonOf(again.use(request(2, 40), NOW, WALL)), "ok");
  assert.equal(reasonOf(again.use(request(2, 1), NOW, WALL)), "limit");
  assert.equal(reasonOf(again.use(request(2, 0), NOW, WALL)), "ok");
  assert.equal(reasonOf(again.use(request(2, 0), NOW, WALL)), "limit");
});

test("[TRU-6] GrantBook.use keeps a rate a minute", () => {
  const trust = book();
  trust.admit(issue({ limits: { perMinute: 2 } }).bytes, NOW, WALL);
  assert.equal(reasonOf(trust.use(request(), NOW, WALL)), "ok");
  assert.equal(reasonOf(trust.use(request(), NOW, WALL)), "ok");
  assert.equal(reasonOf(trust.use(request(), NOW, WALL)), "rate");
  assert.equal(reasonOf(trust.use(request(), at(30_000), wallAt(30_000))), "ok");
});

test("[TRU-6] uses of derived grants count against what they are derived from", () => {
  const trust = book();
  const root = issue({ delegations: 1, limits: { uses: 2 } }, US, 2);
  const child = issue({ delegations: 0, limits: { uses: 2 } }, 2, 3, root);
  trust.admit(root.bytes, NOW, WALL);
  trust.admit(child.bytes, NOW, WALL);
  assert.equal(reasonOf(trust.use(request(3), NOW, WALL)), "ok");
  assert.equal(reasonOf(trust.use(request(2), NOW, WALL)), "ok");
  assert.equal(reasonOf(trust.use(request(3), NOW, WALL)), "limit");
});

test("[TRU-5] GrantBook.admit takes only grants whose root an owner or admin signed, within its own role", () => {
  const trust = book();
  assert.equal(trust.admit(issue({}, 5).bytes, NOW, WALL), "held");
  assert.equal(trust.admit(issue({}, 6).bytes, NOW, WALL), "issuer", "a member");
  assert.equal(trust.admit(issue({}, 7).bytes, NOW, WALL), "issuer", "a stranger");
  assert.equal(
    trust.admit(issue({ operations: ["file.unasked"] }, 5).bytes, NOW, WALL),
    "issuer",
    "more than an admin has",
  );
  assert.equal(trust.admit(issue({ operations: ["grant"] }).bytes, NOW, WALL), "issuer", "granting is for roles");
  assert.equal(trust.admit(issue({ notAfter: WALL }).bytes, NOW, wallAt(CLOCK_SKEW + 1)), "expired");
  assert.equal(trust.admit(Uint8Array.of(1, 2), NOW, WALL), "malformed");
  const broken = issue().bytes.slice();
  broken[20]! ^= 1;
  assert.equal(trust.admit(broken, NOW, WALL), "not-genuine");
});

test("[TRU-5] GrantBook.use asks for the issuer's role again at each use", () => {
  const changing = new Map(roles);
  const trust = book(new Disk(), WALL, (id) => changing.get(id));
  trust.admit(issue({}, 5).bytes, NOW, WALL);
  assert.equal(reasonOf(trust.use(request(), NOW, WALL)), "ok");
  changing.set(person(5).peerId, "member");
  assert.equal(reasonOf(trust.use(request(), NOW, WALL)), "issuer");
});

test("[TRU-5] GrantBook.revoke ends a grant and all derived from it, for good, also before it is shown", () => {
  const disk = new Disk();
  const trust = book(disk);
  const root = issue({ delegations: 1 }, US, 2);
  const child = issue({ delegations: 0 }, 2, 3, root);
  trust.admit(child.bytes, NOW, WALL);
  assert.equal(trust.revoke(root.id, WALL), true);
  assert.equal(reasonOf(trust.use(request(3), NOW, WALL)), "none");
  disk.keep(drain(trust));
  const again = book(disk);
  assert.equal(again.admit(root.bytes, NOW, WALL), "revoked");
  assert.equal(again.admit(child.bytes, NOW, WALL), "revoked");
});

test("GrantBook.forget revokes all that a peer holds, gave or passed on", () => {
  const trust = book();
  const root = issue({ delegations: 1 }, US, 2);
  const child = issue({}, 2, 3, root);
  const other = issue({}, US, 4);
  for (const grant of [root, child, other]) trust.admit(grant.bytes, NOW, WALL);
  trust.forget(person(2).peerId, WALL);
  assert.equal(reasonOf(trust.use(request(2), NOW, WALL)), "none");
  assert.equal(reasonOf(trust.use(request(3), NOW, WALL)), "none");
  assert.equal(reasonOf(trust.use(request(4), NOW, WALL)), "ok");
  assert.equal(trust.admit(root.bytes, NOW, WALL), "revoked");
});

test("[TRU-6] GrantBook.admit takes GRANTS_PER_PEER_MAX grants of a subject and refuses one more", () => {
  const trust = book();
  for (let i = 0; i < GRANTS_PER_PEER_MAX; i++) assert.equal(trust.admit(issue().bytes, NOW, WALL), "held");
  assert.equal(trust.admit(issue().bytes, NOW, WALL), "full");
  assert.equal(trust.admit(issue({}, US, 3).bytes, NOW, WALL), "held", "another subject has room");
});

test("[TRU-6] GrantBook.revoke remembers REVOKED_GRANTS_MAX ids; the ended make room, those that could return do not", () => {
  const trust = book();
  const ended = issue({ notAfter: wallAt(1) });
  trust.admit(ended.bytes, NOW, WALL);
  trust.revoke(ended.id, WALL);
  for (let i = 1; i < REVOKED_GRANTS_MAX; i++) assert.equal(trust.revoke(peer(i).slice(32), WALL), true);
  assert.equal(trust.revoke("f".repeat(32), WALL), false);
  assert.equal(trust.revoke("f".repeat(32), wallAt(CLOCK_SKEW + 2)), true, "the ended one was forgotten");
  assert.equal(trust.revoke("e".repeat(32), wallAt(CLOCK_SKEW + 2)), false);
});

test("[GRA-7] GrantBook.withdraw ends what a peer derived and takes back, shown before or not", () => {
  const trust = book();
  const root = issue({ delegations: 2 }, US, 2);
  const child = issue({ delegations: 1 }, 2, 3, root);
  const leaf = issue({}, 3, 4, child);
  assert.equal(trust.admit(leaf.bytes, NOW, WALL), "held");
  assert.equal(trust.withdraw(child, WALL), "withdrawn");
  assert.equal(reasonOf(trust.use(request(4), NOW, WALL)), "none");
  assert.deepEqual(
    [child, leaf].map(({ bytes }) => trust.admit(bytes, NOW, WALL)),
    ["revoked", "revoked"],
  );
  assert.equal(trust.admit(issue({}, 2, 3, root).bytes, NOW, WALL), "held", "another of the same root");
  assert.equal(trust.withdraw(issue({}, 6, 2), WALL), "issuer", "nobody could use it here");
});

test("[GRA-7] GrantBook.withdraw leaves half of the memory for revocations to our person", () => {
  const trust = book();
  const root = issue({ delegations: 1 }, US, 2);
  const [held, other] = [issue({}, 2, 3, root), issue({}, 2, 3, root)];
  trust.admit(held.bytes, NOW, WALL);
  for (let i = 1; i < REVOKED_BY_PEERS_MAX; i++) assert.equal(trust.revoke(peer(i).slice(32), WALL), true);
  assert.equal(trust.withdraw(other, WALL), "withdrawn");
  assert.equal(trust.withdraw(held, WALL), "full");
  assert.equal(reasonOf(trust.use(request(3), NOW, WALL)), "none", "it is gone all the same");
  assert.equal(trust.revoke("f".repeat(32), WALL), true, "ours is remembered");
});

test("[GRA-1] GrantBook admits no grant of what only a role gives", () => {
  const trust = book();
  for (const operation of ["grant", "grant.exchange"])
    assert.equal(trust.admit(issue({ operations: [operation] }).bytes, NOW, WALL), "issuer", operation);
});

test("GrantBook takes damage in the store for a no: a grant is dropped, usage is used up, a revocation stands", () => {
  const disk = new Disk();
  const before = book(disk);
  const [a, b, c] = [issue({ limits: { uses: 9 } }), issue({}, US, 3), issue({}, US, 4)];
  for (const grant of [a, b]) before.admit(grant.bytes, NOW, WALL);
  before.revoke(c.id, WALL);
  disk.keep(drain(before));
  disk.entries.set(`trust/usage/${a.id}`, Uint8Array.of(9));
  disk.entries.set(`trust/grant/${b.id}`, Uint8Array.of(9));
  disk.entries.set(`trust/revoked/${c.id}`, Uint8Array.of(9));
  const after = book(disk);
  assert.deepEqual(
    drain(after).map(({ type }) => type),
    ["damaged", "damaged"],
  );
  assert.equal(reasonOf(after.use(request(2), NOW, WALL)), "limit");
  assert.equal(reasonOf(after.use(request(3), NOW, WALL)), "none");
  assert.equal(after.admit(c.bytes, NOW, WALL), "revoked");
});

test("a grant without end has no timeout and works in a hundred years", () => {
  const trust = book();
  trust.admit(issue({ notAfter: GRANT_NO_END }).bytes, NOW, WALL);
  assert.equal(trust.nextTimeout(), undefined);
  assert.equal(reasonOf(trust.use(request(), at(3e12), wallAt(3e12))), "ok");
});
