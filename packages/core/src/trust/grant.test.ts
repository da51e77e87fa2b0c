import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { bytesToHex, hexToBytes } from "../lib/hex.ts";
import { GRANT_BYTES_MAX, GRANT_DELEGATIONS_MAX } from "../wire/limits.ts";
import { covers, decodeGrant, GRANT_NO_END, type Grant, type GrantTerms, isGrantGenuine, issueGrant } from "./grant.ts";
import {
  assertStrict,
  codeOf,
  peer,
  person,
  provider,
  seeded,
  unspaced,
  vectors,
  WALL,
  wallAt,
} from "./trust-fixture.test.ts";

const TERMS: GrantTerms = {
  operations: ["chat", "file.send"],
  resource: "",
  limits: {},
  notBefore: WALL,
  notAfter: wallAt(3_600_000),
  delegations: 0,
};
const issue = (terms: Partial<GrantTerms> = {}, by = 1, to = 2, parent?: Grant): Grant =>
  issueGrant(provider, seeded(by), person(by), person(to).peerId, { ...TERMS, ...terms }, parent);

test("decodeGrant gives what issueGrant was told, and isGrantGenuine that it was signed", () => {
  const grant = issue({
    resource: "photos",
    limits: { perMinute: 3, uses: 10, bytes: 1_000_000 },
    notAfter: GRANT_NO_END,
  });
  const read = decodeGrant(grant.bytes);
  assert.deepEqual(read, grant);
  assert.deepEqual(read.limits, { perMinute: 3, uses: 10, bytes: 1_000_000 });
  assert.equal(read.issuer, person(1).peerId);
  assert.ok(isGrantGenuine(provider, read));
});

test("[TRU-5] isGrantGenuine is false after any one changed byte", () => {
  const { bytes } = issue({ resource: "a" });
  for (let i = 0; i < bytes.length; i++) {
    const broken = bytes.slice();
    broken[i]! ^= 1;
    let isTaken = false;
    codeOf(() => {
      isTaken = isGrantGenuine(provider, decodeGrant(broken));
    });
    assert.equal(isTaken, false, `byte ${i}`);
  }
});

test("a holder may pass a grant on, narrower, as often as delegations say", () => {
  const root = issue({ delegations: 2, limits: { uses: 10 } }, 1, 2);
  const child = issue({ delegations: 1, limits: { uses: 5 }, operations: ["chat"] }, 2, 3, root);
  const leaf = issue({ delegations: 0, limits: { uses: 5 }, operations: ["chat"] }, 3, 4, child);
  assert.ok(isGrantGenuine(provider, decodeGrant(leaf.bytes)));
  assert.ok(leaf.bytes.length <= GRANT_BYTES_MAX);
  assert.throws(() => issue({ operations: ["chat"], limits: { uses: 5 } }, 4, 5, leaf), { code: "ERR_LIMIT" });
});

test("[TRU-6] no derived grant is wider than its parent in anything", () => {
  const root = issue({ delegations: 1, resource: "photos", limits: { perMinute: 3, uses: 10, bytes: 100 } }, 1, 2);
  const narrow = { resource: "photos/2026", limits: { perMinute: 3, uses: 10, bytes: 100 } };
  assert.ok(issue(narrow, 2, 3, root));
  const wider: Partial<GrantTerms>[] = [
    { operations: ["chat", "pair"] },
    { resource: "" },
    { resource: "photosynthesis" },
    { limits: { perMinute: 4, uses: 10, bytes: 100 } },
    { limits: { perMinute: 3, uses: 11, bytes: 100 } },
    { limits: { perMinute: 3, uses: 10 } },
    { notBefore: wallAt(-1) },
    { notAfter: wallAt(3_600_001) },
    { delegations: 1 },
  ];
  for (const terms of wider)
    assert.throws(() => issue({ ...narrow, ...terms }, 2, 3, root), { name: "AssertionError" });
  assert.throws(() => issue(narrow, 3, 4, root), { name: "AssertionError" }, "by one who does not hold it");
});

test("covers matches whole parts of a resource", () => {
  const grant = { ...TERMS, resource: "photos/2026" };
  assert.ok(covers(grant, "chat", "photos/2026"));
  assert.ok(covers(grant, "chat", "photos/2026/may"));
  assert.equal(covers(grant, "chat", "photos/2026x"), false);
  assert.equal(covers(grant, "chat", "photos"), false);
  assert.equal(covers(grant, "pair", "photos/2026"), false);
  assert.ok(covers(TERMS, "chat", "anything"));
});

test("grants round-trip whatever their terms", () => {
  const name = fc.stringMatching(/^[a-z0-9][a-z0-9./_-]{0,20}$/);
  const terms = fc.record({
    operations: fc.uniqueArray(name, { minLength: 1, maxLength: 8 }).map((names) => names.sort()),
    resource: fc.string({ maxLength: 30 }),
    notBefore: fc.nat().map((ms) => wallAt(ms - 1_000)),
    delegations: fc.nat(GRANT_DELEGATIONS_MAX),
  });
  fc.assert(
    fc.property(terms, (each) => {
      const grant = issue({ ...each, notAfter: GRANT_NO_END });
      assert.deepEqual(decodeGrant(grant.bytes).operations, each.operations);
      assert.equal(decodeGrant(grant.bytes).resource, each.resource);
    }),
    { numRuns: 20 },
  );
});

test("decodeGrant takes nothing but what issueGrant makes", () => {
  assertStrict(issue({ resource: "x", delegations: 1 }).bytes, decodeGrant);
  assert.equal(
    codeOf(() => decodeGrant(new Uint8Array(GRANT_BYTES_MAX + 1))),
    "ERR_TOO_LARGE",
  );
  assert.notEqual(
    codeOf(() => decodeGrant(new Uint8Array(GRANT_BYTES_MAX))),
    "ERR_TOO_LARGE",
  );
  assert.equal(peer(1).length, 64);
});

interface GrantCase {
  name: string;
  grant: string;
  genuine?: boolean;
  error?: string;
}
for (const { name, grant, genuine, error } of vectors<GrantCase>("grant.json")) {
  test(`grant vector: ${name}`, () => {
    const bytes = hexToBytes(unspaced(grant));
    if (error !== undefined) assert.throws(() => decodeGrant(bytes), { code: error });
    else {
      assert.equal(isGrantGenuine(provider, decodeGrant(bytes)), genuine);
      assert.equal(bytesToHex(decodeGrant(bytes).bytes), unspaced(grant));
    }
  });
}
