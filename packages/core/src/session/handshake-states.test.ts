/** Each packet in each state of each machine of a handshake: the table is the protocol (spec/handshake.md §4). */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { encodeRefuse, encodeResume, encodeResumed, encodeRetry } from "../wire/handshake-packet.ts";
import { PACKET, REFUSAL } from "../wire/registry.ts";
import type { HandshakeOutput } from "./handshake.ts";
import {
  ALICE,
  BOB,
  drain,
  initiatorOf,
  meet,
  outcomes,
  packetOf,
  responderOf,
  START,
} from "./handshake-fixture.test.ts";

const { hello, answer, confirm } = meet();
const id = "00112233445566778899aabbccddeeff";
const PACKETS = {
  hello,
  retry: encodeRetry(Uint8Array.of(1, 2, 3)),
  answer,
  confirm,
  resume: encodeResume({ version: 1, id, noise: new Uint8Array(1_256) }),
  resumed: encodeResumed(id, new Uint8Array(1_200)),
  refuse: encodeRefuse(REFUSAL.busy),
  record: new Uint8Array(64).fill(0x11).fill(PACKET.record, 0, 1),
  unknown: Uint8Array.of(0xee, 1, 2),
  empty: new Uint8Array(0),
} as const;
type Name = keyof typeof PACKETS;
const NAMES = Object.keys(PACKETS) as Name[];

interface Machine {
  handleMessage(packet: Uint8Array, now: typeof START): void;
  poll(): HandshakeOutput | undefined;
}

/** What comes out, per state, for the packets that mean something; `failed: protocol` for all others. */
const TABLE: Record<
  string,
  { make: (isReliable: boolean) => Machine; reliable: Row; lossy: Row; rest: readonly string[] }
> = {
  "initiator, waiting": {
    make: (isReliable) => started(initiatorOf(ALICE, { isReliable })),
    reliable: { retry: ["transmit"], answer: ["transmit", "done"], refuse: ["failed: refused"] },
    lossy: {},
    rest: ["failed: protocol"],
  },
  "initiator, waiting with a cookie": {
    make: (isReliable) => fed(initiatorOf(ALICE, { isReliable }), PACKETS.retry),
    reliable: { answer: ["transmit", "done"], refuse: ["failed: refused"] },
    lossy: { retry: [] },
    rest: ["failed: protocol"],
  },
  "initiator, done": {
    make: (isReliable) => fed(initiatorOf(ALICE, { isReliable }), answer),
    reliable: {},
    lossy: { answer: ["transmit"] },
    rest: [],
  },
  "initiator, failed": {
    make: (isReliable) => fed(initiatorOf(ALICE, { isReliable }), PACKETS.refuse),
    reliable: {},
    lossy: {},
    rest: [],
  },
  "responder, listening": {
    make: (isReliable) => started(responderOf(BOB, { isReliable })),
    reliable: { hello: ["transmit"] },
    lossy: {},
    rest: ["failed: protocol"],
  },
  "responder, answered": {
    make: (isReliable) => fed(responderOf(BOB, { isReliable }), hello),
    reliable: { confirm: ["done"] },
    lossy: { hello: ["transmit"], record: [] },
    rest: ["failed: protocol"],
  },
  "responder, done": {
    make: (isReliable) => fed(responderOf(BOB, { isReliable }), hello, confirm),
    reliable: {},
    lossy: {},
    rest: [],
  },
  "responder, failed": {
    make: (isReliable) => fed(responderOf(BOB, { isReliable }), PACKETS.unknown),
    reliable: {},
    lossy: {},
    rest: [],
  },
};
type Row = Partial<Record<Name, readonly string[]>>;

for (const [state, { make, reliable, lossy, rest }] of Object.entries(TABLE)) {
  for (const isReliable of [true, false]) {
    test(`[HS-10] each packet for ${state}, on a link that ${isReliable ? "is reliable" : "loses"}`, () => {
      for (const name of NAMES) {
        const machine = make(isReliable);
        machine.handleMessage(PACKETS[name], START);
        const row = isReliable ? reliable : { ...reliable, ...lossy };
        assert.deepEqual(outcomes(machine), row[name] ?? rest, name);
      }
    });
  }
}

test("a failed machine stays failed, an abandoned one says nothing", () => {
  for (const make of [initiatorOf, responderOf]) {
    const machine = make();
    drain(machine);
    machine.handleMessage(PACKETS.unknown, START);
    assert.deepEqual(outcomes(machine), ["failed: protocol"]);
    assert.equal(machine.phase, "failed");
    for (const name of NAMES) machine.handleMessage(PACKETS[name], START);
    assert.deepEqual(drain(machine), []);

    const abandoned = make();
    abandoned.abandon();
    for (const name of NAMES) abandoned.handleMessage(PACKETS[name], START);
    assert.deepEqual(drain(abandoned), []);
    assert.equal(abandoned.nextTimeout(), undefined);
  }
});

test("whatever bytes come, a machine answers with an outcome and never throws", () => {
  const type = fc.constantFrom(...Object.values(PACKET), 0, 0xff);
  const bytes = fc.tuple(type, fc.uint8Array({ maxLength: 1_500, size: "max" }));
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.values(TABLE)),
      fc.boolean(),
      bytes,
      ({ make }, isReliable, [first, rest]) => {
        const machine = make(isReliable);
        machine.handleMessage(Uint8Array.from([first, ...rest]), START);
        for (const outcome of outcomes(machine))
          assert.match(outcome, /^(transmit|failed: (crypto|protocol|refused))$/);
      },
    ),
    { numRuns: 60 }, // most of the time goes into making a machine of the state
  );
});

test("a confirm replayed to a responder of the same identity opens nothing", () => {
  const responder = responderOf(BOB, { random: (length) => new Uint8Array(length).fill(5) });
  responder.handleMessage(hello, START); // replayed as well
  const other = packetOf(responder);
  assert.notDeepEqual(other, answer);
  responder.handleMessage(confirm, START);
  assert.deepEqual(outcomes(responder), ["failed: crypto"]);
});

function started<M extends Machine>(machine: M): M {
  drain(machine);
  return machine;
}

function fed<M extends Machine>(machine: M, ...packets: readonly Uint8Array[]): M {
  drain(machine);
  for (const packet of packets) machine.handleMessage(packet, START);
  drain(machine);
  return machine;
}
