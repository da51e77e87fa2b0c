/** Coming in by somebody's yes, and the list of those who wait for one. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seconds } from "../lib/time.ts";
import { NOW, person, wallAt } from "../trust/trust-fixture.test.ts";
import { JOIN_REQUEST_INTERVAL, JOIN_REQUEST_LIFETIME, JOIN_REQUESTS_PER_ROOM_MAX } from "../wire/limits.ts";
import { assertIn, Desk, invitationTicket, Joining, knockTicket, PARTS, ROOM, Room, start } from "./join-world.test.ts";

test("[R2] [JOI-17] who knocks is listed and waits; a person's yes admits it, and a no is said", () => {
  const asked = start({ ticket: knockTicket });
  assert.equal(asked.step, "waiting");
  assert.deepEqual(asked.said.at(-1), { type: "waiting", wants: "approval" });
  assert.equal(asked.ofHost("admit"), undefined);
  const { room, guest, wants, askedAt, name } = asked.ofHost("request")?.request ?? assert.fail();
  assert.deepEqual([room, guest, wants, askedAt, name], [ROOM, person(1).peerId, "approval", asked.wall, "Ada"]);
  assert.ok(asked.host.approve(asked.now, asked.wall));
  assertIn(asked.run());
  assert.deepEqual(asked.wish?.how, { by: "approval" });
  assert.equal(asked.host.approve(asked.now, asked.wall), false);

  const refused = start({ ticket: knockTicket });
  refused.host.refuse();
  assert.equal(refused.run().failure, "denied");
  assert.equal(refused.ofHost("request")?.change, "gone");
  assert.equal(refused.desk.requests.waitingIn(ROOM), 0);
});

test("[JOI-17] a yes of another member comes by the log: the guest's channel goes on, or it is served when it comes again", () => {
  const waiting = start({ ticket: knockTicket });
  waiting.room.members.add(person(1).peerId);
  waiting.host.admitted(PARTS, waiting.now);
  assertIn(waiting.run());
  assert.equal(waiting.wish, undefined);

  const room = new Room();
  const gone = start({ ticket: knockTicket, room });
  gone.host.handleClosed();
  gone.guest.handleClosed();
  assert.equal(gone.run().failure, "closed");
  room.members.add(person(1).peerId);
  const again = start({ ticket: knockTicket, room });
  assertIn(again);
  assert.ok(again.ofHost("serve"));
});

test("[JOI-17] where a member may not approve, its yes admits nobody", () => {
  const asked = start({ ticket: knockTicket });
  asked.room.admits.delete("approval");
  assert.equal(asked.host.approve(asked.now, asked.wall), false);
  asked.run();
  assert.equal(asked.wish, undefined);
  assert.equal(asked.failure, undefined, "it waits on, for somebody who may");
});

test("[JOI-18] with an invitation that does not suffice, a yes uses it up; one that is gone meanwhile is a plain yes", () => {
  for (const gone of [undefined, { state: "used" }, { expires: wallAt(-1) }] as const) {
    const room = new Room();
    room.verdicts = { answer: "wait", wants: "approval" };
    const { seed, publicKey } = room.invite();
    const asked = start({ ticket: invitationTicket(seed), room });
    assert.deepEqual(asked.host.request?.invitation?.publicKey, publicKey);
    room.change(publicKey, gone ?? {});
    asked.host.approve(asked.now, asked.wall);
    assertIn(asked.run());
    assert.equal(asked.wish?.how.by, gone === undefined ? "invitation" : "approval");
  }
});

test("[JOI-17] a knock lets nobody in by itself, whatever the room's rule says", () => {
  const room = new Room();
  room.knocks = { answer: "admit" };
  const joining = start({ ticket: knockTicket, room });
  assert.equal(joining.failure, "policy");
  assert.equal(joining.wish, undefined);
});

test("[JOI-19] a request that nobody answers is gone after ten minutes, and its guest told to come later", () => {
  const asked = start({ ticket: knockTicket });
  asked.pass(JOIN_REQUEST_LIFETIME - 1);
  assert.equal(asked.failure, undefined);
  asked.pass(1);
  assert.equal(asked.failure, "tryLater");
  assert.equal(asked.ofHost("request")?.change, "gone");

  const alone = start({ ticket: knockTicket });
  alone.change = () => undefined;
  alone.pass(JOIN_REQUEST_LIFETIME);
  alone.pass(seconds(10));
  assert.equal(alone.failure, "timeout", "a member that is silent then does not keep the guest for ever");
});

test("[JOI-19] JOIN_REQUESTS_PER_ROOM_MAX guests wait in a room, and not one more", () => {
  const [room, desk] = [new Room(), new Desk()];
  const knock = (guest: number): Joining =>
    start({ ticket: knockTicket, room, desk, guest: person(guest), isKnown: true });
  const waiting = Array.from({ length: JOIN_REQUESTS_PER_ROOM_MAX }, (_, index) => knock(index + 3));
  assert.ok(waiting.every(({ step }) => step === "waiting"));
  assert.equal(desk.requests.waitingIn(ROOM), JOIN_REQUESTS_PER_ROOM_MAX);
  const over = knock(1);
  assert.equal(over.failure, "full");
  assert.equal(over.ofHost("request"), undefined);
  waiting[0]?.host.refuse();
  waiting[0]?.run();
  assert.equal(knock(1).step, "waiting");
});

test("[JOI-19] one source makes one request in JOIN_REQUEST_INTERVAL; a contact's are not held up", () => {
  const [room, desk] = [new Room(), new Desk()];
  const knock = (guest: number, ms: number, more = {}): Joining =>
    start({ ticket: knockTicket, room, desk, guest: person(guest), now: (NOW + ms) as typeof NOW, ...more });
  assert.equal(knock(1, 0).step, "waiting");
  const soon = knock(3, 1_000);
  assert.equal(soon.failure, "tryLater");
  assert.equal(soon.wait, JOIN_REQUEST_INTERVAL - 1_000);
  assert.equal(knock(3, 1_000, { source: "10.0.0.9" }).step, "waiting");
  assert.equal(knock(4, 1_000, { isKnown: true }).step, "waiting");
  assert.equal(knock(5, JOIN_REQUEST_INTERVAL).step, "waiting");
});

test("[JOI-17] a guest's name of 5,000 code points or with controls never reaches the list", () => {
  const long = "\u{1f469}".repeat(5_000);
  for (const name of [long, "a\u001b[2J", "ada\u202egnp"]) {
    assert.throws(() => new Joining({ ticket: knockTicket, name }), { name: "AssertionError" });
  }
});
