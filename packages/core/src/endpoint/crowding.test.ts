/** Who yields when more peers come than an endpoint takes (docs/threat-model.md §3). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CLOSE } from "../wire/registry.ts";
import { acquaint, TestNet, type TestNode } from "./endpoint-fixture.test.ts";

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
