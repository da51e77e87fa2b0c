import assert from "node:assert/strict";
import { test } from "node:test";
import type { PeerId } from "../identity/peer-id.ts";
import { QUOTA_BUCKETS_MAX, SOURCES_MAX } from "../wire/limits.ts";
import { Authorizer, type Decision } from "./authorizer.ts";
import { BlockList } from "./block-list.ts";
import { ClockGuard } from "./clock-guard.ts";
import { issueGrant } from "./grant.ts";
import { GrantBook } from "./grant-book.ts";
import { Quota, quotaOf } from "./quota.ts";
import { OPERATION, operationOf, ROLES, type Role, rolePermits } from "./roles.ts";
import { at, drain, NOW, peer, person, provider, seeded, WALL, wallAt } from "./trust-fixture.test.ts";

function world() {
  const roles = new Map<PeerId, Role>([[person(1).peerId, "owner"]]);
  const roleOf = (id: PeerId): Role | undefined => roles.get(id);
  const blocked = new BlockList([]);
  const clock = new ClockGuard([]);
  const grants = new GrantBook({ provider, roleOf, restored: [], now: NOW, wall: WALL });
  return { roles, blocked, clock, grants, policy: new Authorizer({ roleOf, blocked, grants, clock }) };
}
const say = (decision: Decision): string => (decision.allowed ? decision.by : `no: ${decision.reason}`);
const use = (operation: string, id = peer(2), source = "10.0.0.2") => ({ peer: id, source, operation });

test("[TRU-4] roles permit what the table of the spec says", () => {
  const table = Object.fromEntries(
    [...ROLES, undefined].map((role) => [
      role ?? "stranger",
      Object.values(OPERATION).filter((operation) => rolePermits(role, operation)),
    ]),
  );
  assert.deepEqual(table, {
    owner: ["pair", "chat", "card", "file.send", "file.unasked", "application", "grant", "grant.exchange"],
    admin: ["pair", "chat", "card", "file.send", "application", "grant", "grant.exchange"],
    member: ["pair", "chat", "card", "file.send", "application", "grant.exchange"],
    guest: ["pair", "chat", "card", "grant.exchange"],
    stranger: ["pair"],
  });
  assert.equal(rolePermits("member", "game/1"), true);
  assert.equal(rolePermits("guest", "game/1"), false);
});

test("operationOf names the operation behind each protocol", () => {
  assert.deepEqual(["pair/1", "chat/1", "card/1", "file/1", "grant/1", "game/1"].map(operationOf), [
    "pair",
    "chat",
    "card",
    "file.send",
    "grant.exchange",
    "game/1",
  ]);
});

test("[TRU-4] Authorizer.openChannel lets a stranger pair and do nothing else, and writes each no down", () => {
  const { policy } = world();
  const open = (protocol: string) => say(policy.openChannel(peer(2), "10.0.0.2", protocol, NOW, WALL));
  assert.equal(open("pair/1"), "role");
  assert.equal(open("chat/1"), "no: stranger");
  assert.equal(open("\u001b[31mROOT"), "no: stranger");
  assert.deepEqual(
    drain(policy).map(({ record }) => record.detail),
    ["chat stranger", "unnamed stranger"],
  );
});

test("[TRU-3] Authorizer.use refuses a blocked key whatever its role or grants", () => {
  const { policy, roles, blocked } = world();
  roles.set(peer(2), "owner");
  assert.equal(say(policy.use(use("chat"), NOW, WALL)), "role");
  blocked.block(peer(2), WALL);
  assert.equal(say(policy.use(use("chat"), NOW, WALL)), "no: blocked");
  assert.equal(say(policy.use(use("pair"), NOW, WALL)), "no: blocked");
});

test("[TRU-4] files that a person is asked about were not denied: nothing goes to the log", () => {
  const { policy, roles } = world();
  roles.set(peer(2), "member");
  assert.equal(say(policy.use(use("file.unasked"), NOW, WALL)), "no: role");
  assert.deepEqual(drain(policy), []);
  roles.delete(peer(2));
  assert.equal(say(policy.use(use("file.unasked"), NOW, WALL)), "no: stranger");
  assert.equal(drain(policy).length, 1);
});

test("[TRU-4] Authorizer.use decides anew each time: a changed role counts at once", () => {
  const { policy, roles } = world();
  roles.set(peer(2), "member");
  assert.equal(say(policy.use(use("file.send"), NOW, WALL)), "role");
  roles.set(peer(2), "guest");
  assert.equal(say(policy.use(use("file.send"), NOW, WALL)), "no: role");
  roles.delete(peer(2));
  assert.equal(say(policy.use(use("file.send"), NOW, WALL)), "no: stranger");
});

test("[TRU-8] Authorizer.use fails grants closed while our clock is far behind, and roles not", () => {
  const { policy, roles, grants } = world();
  const grant = issueGrant(provider, seeded(9), person(1), peer(2), {
    operations: ["file.send"],
    resource: "",
    limits: {},
    notBefore: wallAt(-1e12),
    notAfter: wallAt(1e12),
    delegations: 0,
  });
  roles.set(peer(2), "guest");
  assert.equal(grants.admit(grant.bytes, NOW, WALL), "held");
  assert.deepEqual(policy.use(use("file.send"), NOW, WALL), { allowed: true, by: "grant", grant: grant.id });
  const tenYears = 3_650 * 86_400_000;
  assert.equal(say(policy.use(use("file.send"), at(1), wallAt(-tenYears))), "no: clock-behind");
  assert.equal(say(policy.use(use("chat"), at(1), wallAt(-tenYears))), "role");
  assert.equal(say(policy.use(use("file.send"), at(2), wallAt(2))), "grant");
});

test("[TRU-4] Authorizer.use keeps quotas: the burst, not one more, then as the rate allows", () => {
  const { policy, roles } = world();
  roles.set(peer(2), "member");
  const { burst, perMinute } = quotaOf("chat");
  for (let i = 0; i < burst; i++) assert.equal(say(policy.use(use("chat"), NOW, WALL)), "role");
  assert.equal(say(policy.use(use("chat"), NOW, WALL)), "no: quota");
  const wait = Math.ceil(60_000 / perMinute);
  assert.equal(say(policy.use(use("chat"), at(wait - 1), WALL)), "no: quota");
  assert.equal(say(policy.use(use("chat"), at(wait), WALL)), "role");
});

test("[TRU-4] strangers share the quota of their source, whatever keys they make; contacts have their own", () => {
  const { policy, roles } = world();
  const { burst } = quotaOf("pair");
  for (let i = 0; i < burst; i++) assert.equal(say(policy.use(use("pair", peer(100 + i)), NOW, WALL)), "role");
  assert.equal(say(policy.use(use("pair", peer(200)), NOW, WALL)), "no: quota");
  assert.equal(say(policy.use(use("pair", peer(200), "10.0.0.3"), NOW, WALL)), "role");
  roles.set(peer(200), "guest");
  assert.equal(say(policy.use(use("pair", peer(200)), NOW, WALL)), "role");
});

test("[TRU-4] Quota counts QUOTA_BUCKETS_MAX contacts and SOURCES_MAX sources at once, and lets nobody through uncounted", () => {
  const quota = new Quota();
  for (const [kind, max] of [
    ["contact", QUOTA_BUCKETS_MAX],
    ["stranger", SOURCES_MAX],
  ] as const) {
    const who = (i: number) => (kind === "contact" ? { contact: `${i}` } : { stranger: `${i}` });
    for (let i = 0; i < max; i++) assert.ok(quota.take(who(i), "chat", NOW));
    assert.equal(quota.take(who(max), "chat", NOW), false, kind);
    assert.ok(quota.take(who(0), "chat", NOW), "who is counted goes on");
    assert.ok(quota.take(who(max), "chat", at(60_000)), "those at rest made room");
  }
});
