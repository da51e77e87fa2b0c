import assert from "node:assert/strict";
import { test } from "node:test";
import { hours, minutes } from "../lib/time.ts";
import { DEPOSIT_TIMEOUT, MAIL_PATIENCE } from "../wire/mail-limits.ts";
import type { TestNode } from "./endpoint-fixture.test.ts";
import { village } from "./mail-world.test.ts";

const statesOf = (node: TestNode): string[] =>
  node.of("chat").flatMap(({ event }) => (event.type === "state" ? [event.state] : []));
const write = (from: TestNode, to: TestNode, text: string): void => {
  from.endpoint.conversations.sendText(to.id, text, from.at);
};

test("[ITEM-13] what a relay kept is left at a second one too, and comes once, whichever of them is there", () => {
  for (const isFirstLost of [true, false]) {
    const { ada, ben, offices, run, leave, come } = village(3);
    const [first, second, third] = offices;
    assert.ok(first !== undefined && second !== undefined && third !== undefined);
    leave(ben);
    write(ada, ben, "twice is safe");
    run(MAIL_PATIENCE + 2_000);
    assert.deepEqual([first.items.length, second.items.length, third.items.length], [1, 1, 0]);
    assert.deepEqual(statesOf(ada), ["queued", "kept"]);
    const [one, other] = [first.items[0], second.items[0]];
    assert.notDeepEqual(one?.id, other?.id, "by its name two relays cannot tell that it is the same");
    assert.notDeepEqual(one?.sealed, other?.sealed, "nor by its bytes");
    leave(ada);
    if (isFirstLost) first.items = [];
    run(hours(1));
    come(ben);
    assert.deepEqual(ben.textsFrom(ada), ["twice is safe"]);
    run(1_000);
    assert.deepEqual([first.items.length, second.items.length], [0, 0], "taken at both");
    run(MAIL_PATIENCE + 3_000);
    assert.deepEqual([first.items.length, second.items.length], [1, 1], "the receipt, and no second one for the copy");
  }
});

test("[ITEM-13] a copy goes to the next relay that takes it, each is tried once, and holds up nothing new", () => {
  const { ada, ben, offices, run, leave } = village(3);
  const [first, second, third] = offices;
  assert.ok(first !== undefined && second !== undefined && third !== undefined);
  second.mood = "silent";
  leave(ben);
  write(ada, ben, "one");
  run(MAIL_PATIENCE + 2_000);
  write(ada, ben, "two");
  run(MAIL_PATIENCE + 2_000);
  assert.deepEqual([first.items.length, third.items.length], [2, 0]);
  assert.deepEqual(statesOf(ada), ["queued", "kept", "queued", "kept"]);
  run(DEPOSIT_TIMEOUT);
  assert.deepEqual([first.deposits, second.deposits, third.items.length], [2, 2, 2]);
  third.mood = "fails";
  write(ada, ben, "three");
  run(2 * DEPOSIT_TIMEOUT);
  assert.deepEqual([first.deposits, second.deposits, third.deposits], [3, 3, 3]);
  run(hours(5));
  assert.deepEqual([first.deposits, second.deposits, third.deposits], [3, 3, 3], "no copy, and no more tries");
});

test("[ITEM-13] no copy is made for who is back, or is no contact any more", () => {
  for (const isBack of [true, false]) {
    const { ada, ben, offices, run, leave, come, net } = village(3);
    const [first, second, third] = offices;
    assert.ok(first !== undefined && second !== undefined && third !== undefined);
    second.mood = "silent";
    leave(ben);
    write(ada, ben, "one");
    run(MAIL_PATIENCE + 2_000);
    assert.deepEqual([first.deposits, second.deposits], [1, 1]);
    if (isBack) come(ben);
    else ada.endpoint.trust.revoke(ben.id, net.at);
    run(minutes(5));
    assert.equal(third.deposits, 0);
  }
});

test("[CHAT-13] texts come in the order in which they were written, but for those of a relay that was away; each says when", () => {
  for (const way of ["session", "both relays", "the second relay first"] as const) {
    const { ada, ben, offices, run, leave, come, meet } = village(2);
    const [first, second] = offices;
    assert.ok(first !== undefined && second !== undefined);
    leave(ben);
    for (const [text, away] of [
      ["one", second],
      ["two", first],
    ] as const) {
      away.mood = "fails";
      write(ada, ben, text);
      run(MAIL_PATIENCE + 5_000);
      away.mood = "keeps";
    }
    assert.deepEqual([first.items.length, second.items.length], [1, 1]);
    if (way === "session") {
      for (const office of offices) office.items = [];
      come(ben);
      meet();
    } else {
      leave(ada);
      const kept = first.items;
      if (way === "the second relay first") first.items = [];
      come(ben);
      assert.equal(ben.textsFrom(ada).length, way === "both relays" ? 2 : 1, "nothing is held back");
      first.items = kept;
      first.enter(ben);
      run(1_000);
    }
    const order = way === "the second relay first" ? ["two", "one"] : ["one", "two"];
    assert.deepEqual(ben.textsFrom(ada), order, way);
    const times = ben.of("chat").flatMap(({ event }) => (event.type === "message" ? [event.sentAt] : []));
    assert.equal((times[0] ?? 0) < (times[1] ?? 0), way !== "the second relay first");
  }
});
