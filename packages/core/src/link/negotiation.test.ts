/** How two sides come to one connection, whatever order things happen in. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { instant } from "../lib/time.ts";
import {
  SIGNAL_CANDIDATES_MAX,
  SIGNAL_CONNECTIONS_PER_PEER_MAX,
  SIGNAL_MESSAGES_BURST,
  SIGNAL_NEGOTIATION_TIMEOUT,
  SIGNAL_OFFERS_BURST,
  SIGNAL_RESTART_AFTER,
} from "../wire/signal-limits.ts";
import { ADDRESS, Pair, SDP, type Side } from "./negotiation-fixture.test.ts";
import { encodeSignalMessage, type SignalMessage } from "./signal-message.ts";

const up = (side: Side): number => side.living.filter(({ isUp }) => isUp).length;
const says = (side: Side, message: SignalMessage, now = 0): void => {
  side.machine.handleMessage(encodeSignalMessage(message), instant(now));
  side.drain();
};
const offer = (connection: number): SignalMessage => ({ type: "offer", connection, canRestart: true, sdp: SDP });

/** One that is up, and both know it. */
function connected(options: ConstructorParameters<typeof Pair>[0] = {}): Pair {
  const pair = new Pair(options);
  pair.impolite.machine.offer(pair.now);
  pair.run();
  assert.deepEqual([up(pair.polite), up(pair.impolite)], [1, 1]);
  return pair;
}

test("[SIG-7] [SIG-8] in any order of steps, whoever offers, exactly one connection comes up, and both sides know the same", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("polite", "impolite", "both"),
      fc.array(fc.nat(3), { maxLength: 60 }),
      fc.nat(12),
      (who, choices, late) => {
        const pair = new Pair();
        let next = 0;
        const begin = (): void => {
          if (who !== "impolite") pair.polite.machine.offer(pair.now);
          if (who === "impolite") pair.impolite.machine.offer(pair.now);
        };
        begin();
        let isSecond = who === "both";
        pair.run((count) => {
          // The other side begins somewhere in between.
          if (isSecond && next >= late) {
            isSecond = false;
            if (up(pair.impolite) > 0) return 0; // a session with a direct link wants no other
            pair.impolite.machine.offer(pair.now);
            pair.impolite.drain();
          }
          return (choices[next++ % Math.max(1, choices.length)] ?? 0) % count;
        });
        assert.deepEqual([up(pair.polite), up(pair.impolite)], [1, 1]);
        assert.deepEqual([pair.polite.living.length, pair.impolite.living.length], [1, 1]);
        assert.deepEqual([pair.polite.machine.size, pair.impolite.machine.size], [1, 1]);
        assert.ok(!pair.polite.isViolated && !pair.impolite.isViolated);
        for (const side of pair.sides) {
          const [own] = side.living;
          const [other] = (side === pair.polite ? pair.impolite : pair.polite).living;
          assert.equal(own?.ownAddresses, other?.peerAddresses, "every address arrives");
        }
      },
    ),
  );
});

test("[SIG-7] of two offers that cross the smaller PeerId's stays, and the other side's dial has failed", () => {
  const pair = new Pair();
  pair.polite.machine.offer(pair.now);
  pair.impolite.machine.offer(pair.now);
  pair.run();
  assert.equal(pair.impolite.living[0]?.isOfferer, true);
  assert.deepEqual([pair.polite.failed, pair.impolite.failed], [[1], []]);
  assert.deepEqual([up(pair.polite), up(pair.impolite)], [1, 1]);
});

test("[SIG-6] a side joins the connection that is on its way, and numbers its own by its parity", () => {
  const pair = new Pair();
  assert.equal(pair.polite.machine.offer(pair.now), 1);
  assert.equal(pair.polite.machine.offer(pair.now), 1);
  pair.run();
  assert.equal(pair.polite.said[0]?.connection, 1);
  pair.impolite.machine.offer(pair.now);
  pair.run();
  assert.ok(pair.impolite.said.some(({ type, connection }) => type === "offer" && connection === 0));
  assert.deepEqual([up(pair.polite), up(pair.impolite)], [2, 2]);
});

test("[SIG-8] the offerer says no address before the answer is applied, and then all", () => {
  const pair = new Pair();
  const { impolite } = pair;
  impolite.machine.offer(pair.now);
  let isApplied = false;
  for (let turn = 0; turn < 100; turn++) {
    for (const side of pair.sides) side.drain();
    isApplied ||= (impolite.living[0]?.remote ?? 0) > 0;
    if (!isApplied)
      assert.deepEqual(
        impolite.said.filter(({ type }) => type === "candidate"),
        [],
      );
    const [next] = pair.possible();
    if (next === undefined) break;
    next();
  }
  const [first] = impolite.said;
  assert.ok(first?.type === "offer" && !first.sdp.includes("candidate"));
  assert.equal(impolite.said.filter(({ type }) => type === "candidate").length, 2);
});

test("[SIG-10] one that does not come up in time ends, on both sides, and another can be begun", () => {
  const pair = new Pair();
  pair.impolite.machine.offer(pair.now);
  pair.impolite.drain();
  assert.equal(pair.impolite.machine.nextTimeout(), SIGNAL_NEGOTIATION_TIMEOUT);
  pair.pass(SIGNAL_NEGOTIATION_TIMEOUT - 1);
  pair.impolite.drain();
  assert.equal(pair.impolite.living.length, 1);
  pair.pass(1);
  pair.impolite.drain();
  assert.deepEqual([pair.impolite.living.length, pair.impolite.failed], [0, [1]]);
  assert.equal(pair.impolite.machine.nextTimeout(), undefined);
  pair.impolite.machine.offer(pair.now);
  pair.run();
  assert.deepEqual([up(pair.polite), up(pair.impolite)], [1, 1]);
});

test("[SIG-10] so many connections with one peer, offers at once, and connections in all; the next is told that we are busy", () => {
  const { polite } = new Pair();
  const busy = (): number =>
    polite.said.filter((message) => message.type === "end" && message.reason === "busy").length;
  for (let i = 0; i < SIGNAL_OFFERS_BURST; i++) says(polite, offer(2 * i));
  assert.deepEqual([busy(), polite.living.length], [0, 1]);
  says(polite, offer(100));
  assert.equal(busy(), 1);
  says(polite, offer(102), 10_000);
  assert.deepEqual([busy(), polite.living.length], [1, 1]);

  const crowded = new Pair({ connectionsMax: 0 });
  says(crowded.polite, offer(0));
  assert.deepEqual(crowded.polite.said, [{ type: "end", connection: 0, reason: "busy" }]);
  assert.equal(crowded.impolite.machine.offer(instant(0)), undefined);

  const pair = new Pair();
  for (let i = 0; i < SIGNAL_CONNECTIONS_PER_PEER_MAX; i++) {
    pair.impolite.machine.offer(pair.now);
    pair.run();
  }
  assert.equal(up(pair.polite), SIGNAL_CONNECTIONS_PER_PEER_MAX);
  assert.equal(pair.impolite.machine.offer(pair.now), undefined);
  says(pair.polite, offer(1_000));
  assert.deepEqual(pair.polite.said.at(-1), { type: "end", connection: 1_000, reason: "busy" });
});

test("[SIG-5] what breaks the rules ends the talk; what comes after it is not looked at", () => {
  const broken: Record<string, (side: Side) => void> = {
    "an offer under a number of ours": (side) => says(side, offer(1)),
    "a second offer before the answer": (side) => {
      for (let i = 0; i < 2; i++) says(side, offer(0));
    },
    "one candidate too many": (side) => {
      says(side, offer(0));
      for (let i = 0; i <= SIGNAL_CANDIDATES_MAX; i++) says(side, { type: "candidate", connection: 0, ...ADDRESS });
    },
    "an answer to its own offer": (side) => {
      says(side, offer(0));
      says(side, { type: "answer", connection: 0, canRestart: true, sdp: SDP });
    },
    "too many messages at once": (side) => {
      for (let i = 0; i <= SIGNAL_MESSAGES_BURST; i++) says(side, { type: "restart", connection: 9 });
    },
    "bytes that are no message": (side) => side.machine.handleMessage(Uint8Array.of(9), instant(0)),
  };
  for (const [name, run] of Object.entries(broken)) {
    const { polite } = new Pair();
    run(polite);
    polite.drain();
    assert.ok(polite.isViolated, name);
    const { length } = polite.said;
    says(polite, offer(50));
    assert.equal(polite.said.length, length, name);
  }
  const { polite } = new Pair();
  says(polite, offer(0));
  for (let i = 0; i < SIGNAL_CANDIDATES_MAX; i++) says(polite, { type: "candidate", connection: 0, ...ADDRESS });
  for (let i = 0; i < SIGNAL_MESSAGES_BURST - SIGNAL_CANDIDATES_MAX - 1; i++)
    says(polite, { type: "restart", connection: 9 });
  assert.ok(!polite.isViolated, "at the limit");
});

test("[SIG-6] what is said of a connection that is not there is ignored; an old number is answered with its end", () => {
  const { polite } = new Pair();
  for (const type of ["answer", "candidate", "restart", "end"] as const)
    says(polite, { type, connection: 6, canRestart: true, sdp: SDP, reason: "closed", ...ADDRESS } as SignalMessage);
  assert.deepEqual(polite.said, []);
  says(polite, offer(4));
  says(polite, { type: "end", connection: 4, reason: "failed" });
  assert.equal(polite.living.length, 0);
  says(polite, offer(4));
  assert.deepEqual(polite.said.at(-1), { type: "end", connection: 4, reason: "closed" });
  assert.equal(polite.living.length, 0);
});

test("[SIG-11] a connection that stays disconnected is restarted by its offerer, or because its answerer asks", () => {
  for (const who of ["impolite", "polite"] as const) {
    const pair = connected();
    const [{ id } = { id: 0 }] = pair[who].living;
    pair[who].machine.handleState(id, "disconnected", pair.now);
    pair.pass(SIGNAL_RESTART_AFTER - 1);
    pair.run();
    assert.equal(pair.impolite.living[0]?.local, 1);
    pair.pass(1);
    pair.run();
    assert.deepEqual([pair.impolite.living[0]?.local, pair.impolite.living[0]?.remote], [2, 2]);
    assert.deepEqual([up(pair.polite), up(pair.impolite)], [1, 1]);
    assert.equal(
      pair.polite.said.some(({ type }) => type === "restart"),
      who === "polite",
    );
    pair.pass(SIGNAL_NEGOTIATION_TIMEOUT);
    pair.run();
    assert.deepEqual([up(pair.polite), up(pair.impolite)], [1, 1], "what was restarted stays");
  }
});

test("[SIG-11] one that is connected again in time is left alone, and so is one that cannot be restarted", () => {
  const pair = connected();
  const [{ id } = { id: 0 }] = pair.impolite.living;
  pair.impolite.machine.handleState(id, "disconnected", pair.now);
  pair.impolite.machine.handleState(id, "connected", pair.now);
  pair.pass(SIGNAL_RESTART_AFTER);
  pair.run();
  assert.equal(pair.impolite.living[0]?.local, 1);

  const stiff = connected({ canRestart: false });
  stiff.impolite.machine.handleState(id, "disconnected", stiff.now);
  stiff.pass(SIGNAL_RESTART_AFTER);
  stiff.run();
  assert.deepEqual([stiff.impolite.living[0]?.local, up(stiff.impolite)], [1, 1]);
  stiff.impolite.machine.handleState(id, "failed", stiff.now);
  stiff.run();
  assert.deepEqual([stiff.impolite.living.length, stiff.polite.living.length], [0, 0]);
  assert.deepEqual(stiff.impolite.failed, [], "it was a link, and the session knows");
});

test("[SIG-11] a restart that nobody answers ends the connection", () => {
  const pair = connected();
  const [{ id } = { id: 0 }] = pair.impolite.living;
  pair.impolite.machine.handleState(id, "failed", pair.now);
  pair.impolite.drain();
  pair.impolite.steps.splice(0);
  pair.pass(SIGNAL_NEGOTIATION_TIMEOUT);
  pair.impolite.drain();
  assert.equal(pair.impolite.living.length, 0);
});

test("[SIG-12] when the channel ends, connections that are up stay and the others end", () => {
  const pair = connected();
  pair.impolite.machine.offer(pair.now);
  pair.impolite.drain();
  assert.equal(pair.impolite.living.length, 2);
  pair.impolite.machine.stop();
  pair.impolite.drain();
  assert.deepEqual([pair.impolite.living.length, up(pair.impolite), pair.impolite.failed], [1, 1, [2]]);
  assert.equal(pair.impolite.machine.size, 0);
});

test("what a platform says of connections that ended, or out of turn, changes nothing", () => {
  const pair = connected();
  const [{ id } = { id: 0 }] = pair.impolite.living;
  const said = pair.impolite.said.length;
  const { machine } = pair.impolite;
  machine.handleApplied(id);
  machine.handleDescribed(id, { type: "answer", sdp: SDP, canRestart: true });
  machine.handleDescribed(id, { type: "offer", sdp: SDP, canRestart: true });
  for (const gone of [99, 0]) {
    machine.handleApplied(gone);
    machine.handleCandidate(gone, ADDRESS);
    machine.handleState(gone, "failed", pair.now);
    machine.handleEnded(gone);
    machine.handleUp(gone);
  }
  pair.impolite.drain();
  assert.equal(pair.impolite.said.length, said);
});

test("[SIG-3] a platform whose description we would refuse gets no connection", () => {
  const pair = new Pair();
  pair.impolite.machine.offer(pair.now);
  pair.impolite.drain();
  pair.impolite.machine.handleDescribed(1, { type: "offer", sdp: "v=0\r\n", canRestart: true });
  pair.impolite.drain();
  assert.deepEqual([pair.impolite.living.length, pair.impolite.failed], [0, [1]]);
});
