// A login for one mailbox: what a stranger with a code may do at a relay that is for invited ones, and what not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { seconds } from "../lib/time.ts";
import { RELAY_LOGIN_TIMEOUT } from "../wire/relay-limits.ts";
import { mailboxOfPass, mailboxPass } from "./mailbox-callers.ts";
import type { ClientMessage } from "./relay-message.ts";
import { type RelayGuest, RelayRig } from "./relay-server-fixture.test.ts";

const filled = (byte: number, length = 32): Uint8Array => new Uint8Array(length).fill(byte);

interface Hall {
  readonly rig: RelayRig;
  readonly member: RelayGuest;
  readonly mailbox: number;
  call(seed: number, mailbox?: number, source?: string): RelayGuest;
}

/** A relay for invited ones, and a member of it who has opened a mailbox. */
function hall(bounds: ConstructorParameters<typeof RelayRig>[0] = {}): Hall {
  const rig = new RelayRig({ toll: { quiet: 0, busy: 0 }, ...bounds });
  const member = rig.login(filled(1));
  rig.state.answer({ type: "policy", invitedOnly: true });
  member.say({ type: "open", request: 1, lifetime: 600 });
  const [opened] = member.take("opened");
  assert.ok(opened !== undefined);
  const call = (seed: number, mailbox = opened.mailbox, source?: string): RelayGuest => {
    const caller = rig.connect(source);
    caller.login(filled(seed), mailboxPass(mailbox));
    return caller;
  };
  return { rig, member, mailbox: opened.mailbox, call };
}

/** What it got wrong, if it was ended for it. */
const isEnded = (caller: RelayGuest): boolean => caller.closing === 1_002;

test("[MEE-13] a stranger with a code meets a member, and the two forward to each other, also after a break", () => {
  const { rig, member, mailbox, call } = hall();
  const plain = rig.connect();
  plain.login(filled(2));
  assert.equal(plain.take("refused")[0]?.reason, "unwelcome");
  const caller = call(2);
  assert.equal(caller.take("ready").length, 1);
  caller.say({ type: "enter", request: 7, mailbox });
  assert.deepEqual([caller.take("met")[0]?.key, caller.take("done")[0]?.request], [member.key, 7]);
  assert.deepEqual(member.take("met")[0]?.key, caller.key);
  caller.forward(member, 1, 2, 3);
  member.forward(caller, 4);
  assert.deepEqual([...(member.take("forwarded")[0]?.payload ?? [])], [1, 2, 3]);
  assert.deepEqual([...(caller.take("forwarded")[0]?.payload ?? [])], [4]);
  caller.say({ type: "ping", request: 8 });
  assert.equal(caller.take("done")[0]?.request, 8);
  rig.drop(caller);
  const back = call(2);
  assert.deepEqual(back.take("met")[0]?.key, member.key);
  back.forward(member, 5);
  assert.equal(member.take("forwarded").length, 1);
  rig.pass(seconds(60));
  assert.equal(back.isGone, false, "who is in a mailbox may stay");
});

test("[MEE-13] a login for one mailbox is for nothing else: no other mailbox, key, tag, item or question", () => {
  const { rig, member, mailbox, call } = hall();
  const other = rig.login(filled(1)); // the member again: its first login is over
  assert.ok(other.key.length > 0);
  member.key = other.key;
  other.say({ type: "open", request: 2, lifetime: 600 });
  const [second] = other.take("opened");
  assert.ok(second !== undefined);
  const tags = [filled(9, 16)];
  const endings: readonly ClientMessage[] = [
    { type: "watch", tags },
    { type: "unwatch", tags },
    { type: "shut", mailbox },
    { type: "taken", items: [] },
    { type: "forward", to: filled(5), payload: filled(1, 9) },
    { type: "forward", to: other.key, payload: filled(1, 9) }, // before it is in the mailbox
    { type: "spread", to: [other.key], payload: filled(1, 9) },
  ];
  for (const [index, message] of endings.entries()) {
    const caller = call(20 + index, mailbox, `198.51.100.${index}`);
    caller.say(message);
    assert.ok(isEnded(caller), message.type);
  }
  assert.equal(other.take("forwarded").length, 0);
  const caller = call(3);
  const request = 5;
  const refused: readonly ClientMessage[] = [
    { type: "enter", request, mailbox: second.mailbox },
    { type: "open", request, lifetime: 600 },
    { type: "deposit", request, to: other.key, id: filled(1, 16), lifetime: 60, sealed: filled(1, 9) },
    { type: "claim", request, code: filled(1, 9) },
    { type: "manage", request, verb: 1, argument: filled(1, 0) },
    { type: "purge", request },
    { type: "turn", request },
  ];
  for (const message of refused) {
    caller.say(message);
    assert.equal(caller.take("failed")[0]?.reason, "forbidden", message.type);
  }
  caller.say({ type: "enter", request, mailbox });
  assert.equal(caller.take("met").length, 1, "what it came for still works");
  other.say({ type: "deposit", request: 3, to: caller.key, id: filled(1, 16), lifetime: 60, sealed: filled(1, 9) });
  assert.equal(other.take("done").length, 1);
  assert.equal(caller.take("item").length, 0, "nor what is left for it now");
  caller.say({ type: "spread", to: [other.key], payload: filled(1, 9) });
  assert.ok(isEnded(caller));
  const deposits = rig.asked.filter(({ type }) => type === "deposit" || type === "items");
  assert.equal(deposits.filter((asked) => "key" in asked && asked.key[0] === caller.key[0]).length, 0);
});

test("[MEE-13] in a mailbox a caller forwards to the one who opened it, and to nobody else", () => {
  const { rig, mailbox, call } = hall();
  const caller = call(2);
  caller.say({ type: "enter", request: 1, mailbox });
  const stranger = call(3, 99);
  caller.forward(stranger, 1);
  assert.ok(isEnded(caller));
  assert.equal(stranger.take("forwarded").length, 0);
  rig.pass(seconds(1));
});

test("[MEE-13] who comes for a mailbox and enters none is turned away after ten seconds", () => {
  const { rig, call } = hall();
  const [idle, wrong] = [call(2), call(3, 99)];
  wrong.say({ type: "enter", request: 1, mailbox: 99 });
  assert.equal(wrong.take("failed")[0]?.reason, "unknown");
  rig.pass(seconds(9));
  assert.deepEqual([idle.isGone, wrong.isGone], [false, false]);
  rig.pass(seconds(2));
  assert.deepEqual([idle.isGone, wrong.isGone], [true, true]);
  assert.ok(RELAY_LOGIN_TIMEOUT === seconds(10));
});

test("[MEE-13] callers that are not let in otherwise are so many and no more; members are not held up", () => {
  const { rig, mailbox, call } = hall({ callersMax: 2 });
  const [first, second, third] = [call(2), call(3), call(4)];
  assert.deepEqual(
    [first, second, third].map((caller) => caller.take("ready").length),
    [1, 1, 0],
  );
  assert.equal(third.take("refused")[0]?.reason, "crowded");
  assert.equal(call(1, mailbox).take("ready").length, 1, "a member with a code");
  rig.drop(first);
  assert.equal(call(4).take("ready").length, 1);
  const open = new RelayRig({ toll: { quiet: 0, busy: 0 }, callersMax: 0 });
  const joiner = open.connect();
  joiner.login(filled(2), mailboxPass(1));
  assert.equal(joiner.take("ready").length, 1, "where everybody may, callers are as others");
});

test("what is shown for a mailbox is told from a pass by its length", () => {
  for (const mailbox of [0, 1, 17, 0xffff_ffff]) assert.equal(mailboxOfPass(mailboxPass(mailbox)), mailbox);
  for (const length of [0, 3, 5, 16, 64]) assert.equal(mailboxOfPass(filled(1, length)), undefined);
});
