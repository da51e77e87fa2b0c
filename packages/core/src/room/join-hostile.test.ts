/** Whatever the other side says, in whatever state: a machine fails with a reason, and never throws. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { NOW, person, seeded, WALL } from "../trust/trust-fixture.test.ts";
import { JOIN_PACKAGE_TIMEOUT, JOIN_PART_BYTES_MAX, JOIN_PARTS_MAX, PACKET_BYTES_MAX } from "../wire/limits.ts";
import { JOIN_MESSAGE } from "../wire/registry.ts";
import { decodeJoinMessage, encodeJoinMessage, type JoinMessage, type JoinPart } from "./join-message.ts";
import { SAMPLES } from "./join-samples.test.ts";
import { assertIn, invitationTicket, Joining, knockTicket, PARTS, Room, start } from "./join-world.test.ts";
import { newRoomCode, parseRoomCode, roomCodeText } from "./room-code.ts";

/** Joinings brought into each of their states, by name. */
const STATES: Readonly<Record<string, () => Joining>> = {
  asking: () => stopAt({ ticket: "invitation" }, "ask"),
  known: () => stopAt({ ticket: "invitation" }, "present"),
  asked: () => stopAt({ ticket: "invitation" }, "known"),
  "known by a knock": () => stopAt({ ticket: "knock" }, "present"),
  admitting: () => holding(made("invitation")),
  sending: () => stopAt({ ticket: "invitation" }, "end"),
  sent: () => stopAt({ ticket: "invitation" }, "done"),
  waiting: () => made("knock").start(),
  challenging: () => challenged(),
  coding: () => stopAt({ ticket: "code" }, "proof"),
  "told of the code": () => stopAt({ ticket: "code" }, "room"),
  coded: () => stopAt({ ticket: "code" }, "present"),
  joined: () => made("invitation").start(),
};

function made(ticket: "invitation" | "knock" | "code"): Joining {
  const room = new Room();
  if (ticket === "knock") return new Joining({ ticket: knockTicket, room });
  if (ticket === "invitation") return new Joining({ ticket: invitationTicket(room.invite().seed), room });
  const code = newRoomCode({ random: seeded(1), taken: new Set(), now: NOW, wall: WALL });
  room.codes = [code];
  return new Joining({ ticket: parseRoomCode(roomCodeText(code)) ?? assert.fail(), room });
}

/** Everything up to the first message of this type, which is lost. */
function stopAt(options: { ticket: "invitation" | "knock" | "code" }, type: JoinMessage["type"]): Joining {
  const joining = made(options.ticket);
  let isStopped = false;
  joining.change = (bytes) => {
    isStopped ||= decodeJoinMessage(bytes).type === type;
    return isStopped ? undefined : bytes;
  };
  return joining.start();
}

function holding(joining: Joining): Joining {
  joining.admits = false;
  return joining.start();
}

function challenged(): Joining {
  const joining = made("knock");
  joining.room.knocks = { answer: "wait", wants: "challenge" };
  joining.start().host.challenge(NOW, WALL);
  return joining.run();
}

test("[JOI-4] every message in every state: taken where it belongs, else the machine fails as protocol, for good", () => {
  for (const [state, make] of Object.entries(STATES)) {
    for (const message of SAMPLES) {
      for (const side of ["guest", "host"] as const) {
        const joining = make();
        joining.change = () => undefined;
        const before = side === "guest" ? joining.guest.isOver : joining.host.isOver;
        const bytes = encodeJoinMessage(message);
        const hear = (): void =>
          side === "guest" ? joining.guest.handleMessage(bytes, NOW) : joining.host.handleMessage(bytes, NOW, WALL);
        hear();
        joining.run();
        const place = `${message.type} to the ${side} in state ${state}`;
        if (before) {
          // Over is over: nothing is said or told any more.
          assert.ok(side === "guest" ? joining.guest.isOver : joining.host.isOver, place);
          continue;
        }
        const own = side === "guest" ? HOST_SAYS : GUEST_SAYS;
        if (own.has(message.type)) continue;
        assert.equal(side === "guest" ? joining.failure : joining.end, "protocol", place);
        const count = joining.guestOutputs.length + joining.hostOutputs.length;
        hear();
        joining.run();
        assert.equal(joining.guestOutputs.length + joining.hostOutputs.length, count, `${place}: failed for good`);
      }
    }
  }
});

const HOST_SAYS = new Set<string>(["known", "unknown", "room", "waiting", "part", "end", "refused", "proof"]);
const GUEST_SAYS = new Set<string>(["ask", "code", "present", "done", "proof"]);

test("[JOI-4] messages of the right side in the wrong state fail the machine", () => {
  const fails = (joining: Joining, side: "guest" | "host", message: JoinMessage): void => {
    joining.change = () => undefined;
    const bytes = encodeJoinMessage(message);
    if (side === "guest") joining.guest.handleMessage(bytes, NOW);
    else joining.host.handleMessage(bytes, NOW, WALL);
    joining.run();
    assert.equal(side === "guest" ? joining.failure : joining.end, "protocol", message.type);
  };
  const state = (name: string): Joining => STATES[name]?.() ?? assert.fail(name);
  const sample = (type: JoinMessage["type"]): JoinMessage =>
    SAMPLES.find((each) => each.type === type) ?? assert.fail();
  for (const type of ["part", "end", "room", "waiting", "proof"] as const) fails(state("asked"), "guest", sample(type));
  for (const type of ["known", "unknown", "room", "waiting"] as const) {
    fails(state("waiting"), "guest", sample(type));
    fails(state("challenging"), "guest", sample(type));
    fails(state("sending"), "guest", sample(type));
  }
  fails(state("sending"), "guest", sample("refused"));
  fails(state("told of the code"), "guest", sample("part"));
  for (const type of ["present", "done", "proof"] as const) fails(state("asking"), "host", sample(type));
  for (const type of ["ask", "code", "done", "proof"] as const) {
    fails(state("known"), "host", sample(type));
    fails(state("waiting"), "host", sample(type));
    fails(state("admitting"), "host", sample(type));
  }
  for (const type of ["ask", "present", "code"] as const) fails(state("sent"), "host", sample(type));
  const half = holding(made("invitation"));
  half.host.admitted(PARTS, NOW);
  half.host.handleFull();
  fails(half.run(), "host", sample("done")); // before the end was said
  fails(state("known by a knock"), "host", { type: "present", way: "code", name: "", prekey: new Uint8Array(0) });
  fails(state("known"), "host", { type: "present", way: "knock", name: "", prekey: new Uint8Array(0) });
  fails(state("coded"), "host", { type: "present", way: "knock", name: "", prekey: new Uint8Array(0) });
  fails(state("sending"), "guest", { type: "end", parts: PARTS.length + 1 });
  // A share that is no group element, and a room that does not open.
  fails(state("challenging"), "host", {
    type: "proof",
    message: { type: "share", share: new Uint8Array(32).fill(0xff) },
  });
  fails(state("told of the code"), "guest", { type: "room", sealed: new Uint8Array(49) });
});

test("[JOI-4] damaged, cut and random bytes in any state end in a typed reason or change nothing", () => {
  const names = Object.keys(STATES);
  const damage = fc.oneof(
    fc.uint8Array({ maxLength: 80 }),
    fc
      .tuple(fc.constantFrom(...Object.values(JOIN_MESSAGE)), fc.uint8Array({ maxLength: 300 }))
      .map(([type, rest]) => Uint8Array.of(type, ...rest)),
    fc.tuple(fc.constantFrom(...SAMPLES), fc.nat(400), fc.nat(255)).map(([message, index, value]) => {
      const bytes = encodeJoinMessage(message);
      bytes[index % bytes.length] = value;
      return bytes;
    }),
  );
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.array(damage, { maxLength: 3 }), (name, heard) => {
      const joining = STATES[name]?.() ?? assert.fail();
      for (const bytes of heard) {
        joining.guest.handleMessage(bytes, NOW);
        joining.host.handleMessage(bytes, NOW, WALL);
        joining.run();
      }
      assert.ok(joining.wish === undefined || joining.room.members.size <= 1);
    }),
    { numRuns: 150 },
  );
  const huge = new Joining({ ticket: knockTicket });
  huge.host.handleMessage(new Uint8Array(PACKET_BYTES_MAX).fill(JOIN_MESSAGE.part), NOW, WALL);
  assert.equal(huge.run().end, "protocol");
});

test("[JOI-20] a package leaves as the channel takes it, in order, and one that stalls is given up", () => {
  const joining = made("invitation");
  joining.admits = false;
  joining.start();
  joining.host.admitted(PARTS, NOW);
  const sent: JoinMessage[] = [];
  for (let output = joining.host.poll(); output !== undefined; output = joining.host.poll()) {
    if (output.type !== "send") continue;
    sent.push(decodeJoinMessage(output.bytes));
    joining.guest.handleMessage(output.bytes, NOW);
    joining.host.handleFull();
    assert.equal(joining.host.poll(), undefined, "full: nothing more");
    joining.host.handleWritable(NOW);
  }
  assert.deepEqual(sent, [...PARTS.map((part) => ({ type: "part", part })), { type: "end", parts: PARTS.length }]);
  assertIn(joining.run());

  const stalled = holding(made("invitation"));
  stalled.host.admitted(PARTS, NOW);
  stalled.host.handleFull();
  stalled.run().pass(JOIN_PACKAGE_TIMEOUT);
  assert.equal(stalled.end, "timeout");
});

test("[JOI-20] a package is bounded, at either end", () => {
  const part = (bytes: number): JoinPart => ({ kind: "operations", bytes: new Uint8Array(bytes) });
  const whole = holding(made("invitation"));
  whole.host.admitted(
    Array.from({ length: JOIN_PARTS_MAX }, () => part(1)),
    NOW,
  );
  whole.run();
  assert.ok(whole.isIn);
  const waiting = holding(made("invitation"));
  const over = Array.from({ length: JOIN_PARTS_MAX + 1 }, () => part(1));
  assert.throws(() => waiting.host.admitted(over, NOW), { name: "AssertionError" });
  assert.throws(() => waiting.host.admitted([part(JOIN_PART_BYTES_MAX + 1)], NOW), { name: "AssertionError" });
  for (const [count, bytes] of [
    [JOIN_PARTS_MAX + 1, 1],
    [1_025, JOIN_PART_BYTES_MAX],
  ] as const) {
    const flooded = holding(made("invitation"));
    const message = encodeJoinMessage({ type: "part", part: part(bytes) });
    for (let i = 0; i < count; i++) flooded.guest.handleMessage(message, NOW);
    assert.equal(flooded.run().failure, "protocol", `${count} parts of ${bytes} bytes`);
  }
});

test("[JOI-21] a guest whose own log says otherwise refuses the room, and is not in it", () => {
  const joining = made("invitation");
  joining.accepts = false;
  joining.start();
  assert.equal(joining.isIn, false);
  joining.guest.reject();
  assert.equal(joining.run().failure, "badRoom");
  joining.guest.accept();
  assert.equal(joining.run().failure, "badRoom", "for good");
  assert.ok(!joining.wire.some(({ bytes }) => decodeJoinMessage(bytes).type === "done"));
});

test("a person or a channel that gives up ends both machines", () => {
  const given = start({ ticket: knockTicket });
  given.guest.cancel();
  given.host.handleClosed();
  given.run();
  assert.equal(given.failure, "cancelled");
  assert.equal(given.end, "closed");
  assert.equal(given.ofHost("request")?.change, "gone");
  assert.throws(() => new Joining({ ticket: knockTicket, guest: person(2) }), { name: "AssertionError" });
});
