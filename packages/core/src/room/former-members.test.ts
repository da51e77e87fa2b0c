import assert from "node:assert/strict";
import { test } from "node:test";
import { codeOf, peer } from "../trust/trust-fixture.test.ts";
import { FORMER_MEMBERS_MAX } from "../wire/room-key-limits.ts";
import { FormerMembers } from "./former-members.ts";

const key = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);

/** `1` to `count`, in this order. */
function of(count: number): FormerMembers {
  const former = new FormerMembers();
  for (let number = 1; number <= count; number++) former.add(peer(number), key(number));
  return former;
}

test("[RSE-8] so many former members are known, and of one more the one that went longest ago is forgotten", () => {
  const full = of(FORMER_MEMBERS_MAX);
  assert.equal(full.keys.size, FORMER_MEMBERS_MAX);
  assert.ok(full.keys.has(peer(1)));
  full.add(peer(2), key(200)); // went again
  full.add(peer(FORMER_MEMBERS_MAX + 1), key(9));
  assert.equal(full.keys.size, FORMER_MEMBERS_MAX);
  assert.equal(full.keys.has(peer(1)), false);
  assert.deepEqual(full.keys.get(peer(2)), key(200));
});

test("[RSE-8] former members are known after a restart, in their order", () => {
  const full = of(FORMER_MEMBERS_MAX);
  const { bytes } = full.takeUnsaved() ?? {};
  assert.ok(bytes !== undefined);
  assert.equal(full.takeUnsaved(), undefined);
  const again = new FormerMembers();
  again.restore(bytes);
  assert.deepEqual([...again.keys], [...full.keys]);
  assert.equal(again.takeUnsaved(), undefined);
  again.clear();
  assert.deepEqual(again.takeUnsaved(), { bytes: undefined });
});

test("[RSE-8] stored former members: cut short, twice or too many are refused", () => {
  const bytes = of(2).takeUnsaved()?.bytes ?? key(0);
  assert.equal(
    codeOf(() => new FormerMembers().restore(bytes.subarray(0, 127))),
    "ERR_TRUNCATED",
  );
  const twice = new Uint8Array([...bytes, ...bytes.subarray(0, 64)]);
  assert.equal(
    codeOf(() => new FormerMembers().restore(twice)),
    "ERR_VALUE",
  );
  const many = new Uint8Array(64 * (FORMER_MEMBERS_MAX + 1));
  for (let i = 0; i <= FORMER_MEMBERS_MAX; i++) many[64 * i] = i;
  assert.equal(
    codeOf(() => new FormerMembers().restore(many)),
    "ERR_VALUE",
  );
  new FormerMembers().restore(many.subarray(64));
});
