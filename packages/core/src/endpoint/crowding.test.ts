/** Who yields when more peers come than an endpoint takes (docs/threat-model.md §3). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { MEMBER_SESSIONS_MAX } from "../wire/limits.ts";
import { CLOSE } from "../wire/registry.ts";
import { type CrowdRules, whoYields } from "./crowding.ts";
import { acquaint, TestNet, type TestNode } from "./endpoint-fixture.test.ts";
import type { SessionEntry } from "./session-table.ts";
import type { Standing } from "./switchboard-output.ts";

const MAX = 3;

function dial(from: TestNode, to: TestNode): void {
  from.endpoint.connect({ peer: undefined, hints: [to.hint] }, 1, from.at);
  from.net.run(50);
}

const linkedTo = (node: TestNode, others: readonly TestNode[]): string[] =>
  others.filter((other) => node.endpoint.stateOf(other.id) === "open").map(({ name }) => name);

test("Endpoint: however many strangers come, they yield to each other and no contact yields to them", () => {
  const net = new TestNet();
  const host = net.node("host", { directLinksMax: MAX });
  const friends = ["ada", "ben"].map((name) => net.node(name));
  const strangers = Array.from({ length: MAX + 2 }, (_, i) => net.node(`stranger ${i}`));
  for (const friend of friends) acquaint(host, friend);
  for (const friend of friends) dial(friend, host);
  for (const stranger of strangers) dial(stranger, host);
  assert.deepEqual(linkedTo(host, friends), ["ada", "ben"]);
  assert.deepEqual(linkedTo(host, strangers), ["stranger 2", "stranger 3", "stranger 4"]);
  assert.deepEqual(
    host.of("sessionOver").map(({ reason }) => reason),
    [CLOSE.idle, CLOSE.idle],
  );
});

test("Endpoint: of contacts the one idle longest yields, at one over the limit and not at it", () => {
  const net = new TestNet();
  const host = net.node("host", { directLinksMax: MAX });
  const friends = ["ada", "ben", "cy", "dora"].map((name) => net.node(name));
  for (const friend of friends) acquaint(host, friend);
  for (const friend of friends.slice(0, MAX)) dial(friend, host);
  assert.deepEqual(linkedTo(host, friends), ["ada", "ben", "cy"]);
  dial(friends[MAX] as TestNode, host);
  assert.deepEqual(linkedTo(host, friends), ["ben", "cy", "dora"]);
});

/** Sessions with a link each, the first idle longest, whose peers stand as told. */
function crowd(standings: readonly Standing[]): { readonly entries: SessionEntry[]; readonly rules: CrowdRules } {
  const entries = standings.map(
    (standing, i) =>
      ({ stack: { linkCount: 1, isOver: false, peer: standing }, lastUsedAt: i }) as unknown as SessionEntry,
  );
  const standingOf = ({ stack }: SessionEntry): Standing => stack.peer as string as Standing;
  const max = { contact: 8, member: MEMBER_SESSIONS_MAX, stranger: 8 };
  return { entries, rules: { max, standingOf, isBusy: () => false } };
}

test("[RSE-6] whoYields: members by themselves, at the limit nobody and at one above it the idlest of them", () => {
  const members = new Array<Standing>(MEMBER_SESSIONS_MAX).fill("member");
  const full = crowd(["contact", "stranger", ...members]);
  const newest = full.entries.at(-1) as SessionEntry;
  assert.equal(whoYields(full.entries, newest, full.rules), undefined);
  const over = crowd(["contact", "stranger", ...members, "member"]);
  const last = over.entries.at(-1) as SessionEntry;
  assert.equal(whoYields(over.entries, last, over.rules)?.entry, over.entries[2]);
  assert.equal(whoYields(over.entries, over.entries[0] as SessionEntry, over.rules), undefined);
});
