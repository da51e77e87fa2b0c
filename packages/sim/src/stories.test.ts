/** Every story from fixed seeds; the ones that once failed stand here by name. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isFailure, runSeed } from "./run-seed.ts";
import { STORIES, storyNamed } from "./story.ts";
import { Trace } from "./trace.ts";

const SEEDS_EACH = 10;

/** Seeds that found a bug, and which. */
const FOUND: readonly (readonly [story: string, seed: number, bug: string])[] = [
  ["chat", 9, "a chat channel that is refused is not tried again at once, for ever"],
  ["chat", 11, "a transaction of the audit log that failed is written again, in order"],
  ["crowd", 1, "who was closed for being idle does not come back for being nearby"],
  ["crowd", 1_012, "a session whose close was not heard does not go on under the next handshake"],
  ["resume", 992_679_610, "after sleep a session resumes, since the peer may have erased its keys"],
  ["pairing", 1, "a contact that is met too early does not look like one whose key changed"],
  ["pairing", 857, "a pairing does not outlive the handshake that it is bound to, and costs no tries for it"],
  ["pairing", 2_183, "whoever lost our trust is not heard in the very turn in which it did"],
  ["pairing", 5, "contacts who paired under a one-time identity meet again under their own"],
  ["crowd", 23710, "an offer made while a session had lost its links made nobody dial"],
  ["crowd", 28986, "a record that overtook the end of its handshake did not cost the link, again and again"],
  ["crowd", 179965414, "the same between others"],
  ["twins", 123208273, "the same, while an identity ran twice"],
  ["vandals", 95390, "a path whose link takes nothing more is given up though it was heard after the last record"],
  ["relay", 20_495, "a straight dial that a relay overtook was never over, and that way not tried again"],
  ["acts", 854448211, "a fifth proposal made the first be forgotten, which was accepted then by one end alone"],
  ["rollback", 361685095, "links that died as soon as they were up were dialled anew without a pause"],
];

for (const { name, tell } of STORIES) {
  test(`sim ${name}: ${SEEDS_EACH} seeds keep every promise`, () => {
    for (let seed = 1; seed <= SEEDS_EACH; seed++) tell(String(seed), new Trace(false));
  });
}

for (const [story, seed, bug] of FOUND) {
  test(`sim ${story} ${seed}: ${bug}`, () => {
    const told = storyNamed(story)?.tell(String(seed), new Trace(false));
    assert.ok(told !== undefined && told.packets > 0);
  });
}

test("sim: a seed tells the same story twice, packet by packet", () => {
  for (const { name, tell } of STORIES) {
    const [one, two] = [new Trace(true), new Trace(true)];
    assert.deepEqual(tell("7", one), tell("7", two), name);
    assert.equal(one.text(), two.text(), name);
    assert.notEqual(one.text().length, 0);
  }
});

test("sim: a failure has its seed and a trace", () => {
  const story = {
    name: "broken",
    tell: (_seed: string, trace: Trace): never => {
      trace.note(1, "a", () => "says something");
      throw new Error("broken");
    },
  };
  const result = runSeed(story, 42);
  assert.ok(isFailure(result));
  assert.equal(result.seed, 42);
  assert.match(result.trace, /says something/);
});
