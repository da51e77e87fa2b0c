import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { AssertionError } from "../lib/assert.ts";
import { instant } from "../lib/time.ts";
import type { PathStats } from "../session/session-output.ts";
import { LINKS_PER_SESSION_MAX, PATH_BYTES_IN_FLIGHT_MAX, STANDBY_LINGER, STRIPE_FROM_BYTES } from "../wire/limits.ts";
import { type LinkKind, LinkSet, type LinkSetOutput } from "./link-set.ts";

const t = instant;
const PATH_MAX = 8;

function stats(overrides: Partial<PathStats> = {}): PathStats {
  const zero = { bytesInFlight: 0, bytesAcked: 0, bytesLost: 0, recordsUnopenable: 0, recordsAcked: 0 };
  return { ...zero, srtt: undefined, rttMin: undefined, isValidated: true, trafficAt: t(0), ...overrides };
}

function drain(set: LinkSet): LinkSetOutput[] {
  const outputs: LinkSetOutput[] = [];
  for (let output = set.poll(); output !== undefined; output = set.poll()) outputs.push(output);
  return outputs;
}

/** A set whose path 0 of `kind` is proven and in use. */
function using(kind: LinkKind, srtt = 50, leads = true): LinkSet {
  const set = new LinkSet({ leads });
  set.add(0, kind, t(0));
  set.handleStats(0, stats({ srtt, recordsAcked: 1 }), t(0));
  assert.deepEqual(drain(set), [{ type: "use", path: 0 }]);
  return set;
}

test("link set: the first that works is used at once, proven or not", () => {
  const set = new LinkSet({ leads: true });
  set.add(0, "routed", t(0));
  assert.equal(set.active, undefined);
  set.handleValidated(0, t(1));
  assert.deepEqual(drain(set), [{ type: "use", path: 0 }]);
  assert.equal(set.active, 0);
});

test("[SES-25] link set: a better link is used once acknowledgements came over it, and not before", () => {
  const set = using("relayed");
  set.add(2, "tcp", t(10));
  set.handleValidated(2, t(20));
  set.handleStats(2, stats(), t(20));
  assert.deepEqual(drain(set), [], "make before break");
  set.handleStats(2, stats({ recordsAcked: 1 }), t(30));
  assert.deepEqual(drain(set), [{ type: "use", path: 2 }]);
});

test("link set: straight before WebRTC before relayed before routed, however fast", () => {
  const order: LinkKind[] = ["routed", "relayed", "webrtc", "tcp"];
  const set = using(order[0]!, 1);
  for (const [i, kind] of order.entries()) {
    if (i === 0) continue;
    set.add(i, kind, t(i));
    set.handleStats(i, stats({ srtt: 900, recordsAcked: 1 }), t(i));
    assert.equal(set.active, i);
  }
  set.remove(1, t(8)); // room for one more
  set.add(9, "relayed", t(9));
  set.handleStats(9, stats({ srtt: 1, recordsAcked: 5 }), t(9));
  assert.equal(set.active, 3);
});

test("link set: within a class only a clearly faster one", () => {
  const set = using("tcp", 100);
  set.add(2, "tcp", t(1));
  set.handleStats(2, stats({ srtt: 45, recordsAcked: 1 }), t(1));
  assert.equal(set.active, 0, "2 × 45 + 10 is not below 100");
  set.handleStats(2, stats({ srtt: 44, recordsAcked: 1 }), t(1));
  assert.equal(set.active, 2);
  set.handleStats(0, stats({ srtt: 43, recordsAcked: 1 }), t(1));
  assert.equal(set.active, 2, "no flapping");
});

test("link set: when the one in use goes, any usable one takes over at once; none is left without a word", () => {
  const set = using("tcp");
  set.add(2, "relayed", t(1));
  set.handleValidated(2, t(1));
  set.remove(0, t(2));
  assert.deepEqual(drain(set), [{ type: "use", path: 2 }]);
  set.remove(2, t(3));
  assert.equal(set.active, undefined);
  assert.deepEqual(drain(set), []);
  set.remove(2, t(3));
});

test("link set: the leader lets a quiet standby go, the other never does", () => {
  for (const leads of [true, false]) {
    const set = using("tcp", 50, leads);
    set.add(2, "relayed", t(100));
    set.handleStats(2, stats({ recordsAcked: 1, trafficAt: t(500) }), t(500));
    assert.equal(set.nextTimeout(), leads ? t(500 + STANDBY_LINGER) : undefined);
    set.handleTimeout(t(500 + STANDBY_LINGER - 1));
    assert.deepEqual(drain(set), []);
    set.handleTimeout(t(500 + STANDBY_LINGER));
    assert.deepEqual(drain(set), leads ? [{ type: "drop", path: 2 }] : []);
    set.handleTimeout(t(1e9));
    assert.equal(set.active, 0, "never the last that works");
  }
});

test("link set: a move leaves the link before time to be of use to the peer", () => {
  const set = using("relayed");
  set.add(2, "tcp", t(90_000));
  set.handleStats(2, stats({ recordsAcked: 1 }), t(90_000));
  assert.deepEqual(drain(set), [{ type: "use", path: 2 }]);
  set.handleTimeout(t(90_000 + STANDBY_LINGER - 1));
  assert.deepEqual(drain(set), []);
  set.handleTimeout(t(90_000 + STANDBY_LINGER));
  assert.deepEqual(drain(set), [{ type: "drop", path: 0 }]);
});

test("link set: at the limit and one above: the worst goes, never the one in use", () => {
  const set = using("routed");
  for (let path = 2; set.count < LINKS_PER_SESSION_MAX; path += 2) {
    set.add(path, "tcp", t(path));
    set.handleValidated(path, t(path));
  }
  assert.deepEqual(drain(set), []);
  set.add(100, "relayed", t(100));
  assert.deepEqual(drain(set), [{ type: "drop", path: 100 }]);
  assert.equal(set.count, LINKS_PER_SESSION_MAX);
  assert.equal(set.active, 0);
});

test("link set: after a new keying everything is new", () => {
  const set = using("tcp");
  set.clear();
  assert.equal(set.active, undefined);
  set.add(0, "tcp", t(5));
  assert.throws(() => set.add(0, "tcp", t(5)), AssertionError);
  set.handleStats(7, stats(), t(5)); // of a path that is gone
  assert.deepEqual(drain(set), []);
});

test("link set: always uses a link that works if there is one, and none that is gone", () => {
  const kinds = fc.constantFrom<LinkKind>("tcp", "webrtc", "websocket", "memory", "relayed", "routed");
  const step = fc.oneof(
    fc.record({ type: fc.constant("add" as const), path: fc.nat(PATH_MAX), kind: kinds }),
    fc.record({ type: fc.constant("remove" as const), path: fc.nat(PATH_MAX) }),
    fc.record({ type: fc.constant("validated" as const), path: fc.nat(PATH_MAX) }),
    fc.record({
      type: fc.constant("stats" as const),
      path: fc.nat(PATH_MAX),
      srtt: fc.nat(200),
      recordsAcked: fc.nat(2),
    }),
    fc.record({ type: fc.constant("wait" as const), span: fc.nat(40_000) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.boolean(), (steps, leads) => {
      const set = new LinkSet({ leads });
      const present = new Map<number, boolean>(); // path → works
      let now = 0;
      let used: number | undefined;
      for (const act of steps) {
        if (act.type === "add" && !present.has(act.path)) {
          present.set(act.path, false);
          set.add(act.path, act.kind, t(now));
        } else if (act.type === "remove") {
          present.delete(act.path);
          set.remove(act.path, t(now));
        } else if (act.type === "validated" && present.has(act.path)) {
          present.set(act.path, true);
          set.handleValidated(act.path, t(now));
        } else if (act.type === "stats" && present.get(act.path) === true) {
          set.handleStats(
            act.path,
            stats({
              srtt: act.srtt,
              recordsAcked: act.recordsAcked,
              bytesInFlight: STRIPE_FROM_BYTES,
              trafficAt: t(now),
            }),
            t(now),
          );
        } else if (act.type === "wait") {
          now += act.span;
          set.handleTimeout(t(now));
        }
        set.settle(t(now));
        for (const output of drain(set)) {
          if (output.type === "use") used = output.path;
          else if (output.type === "drop")
            assert.ok(present.delete(output.path) && output.path !== set.active, "drops what is not in use");
        }
        assert.ok(present.size <= LINKS_PER_SESSION_MAX);
        for (let path = 0; path <= PATH_MAX; path++)
          assert.ok(!set.carries(path) || present.get(path) === true, "carries what works");
        const works = [...present.values()].includes(true);
        assert.equal(set.active !== undefined, works);
        if (works) assert.ok(set.active === used && present.get(set.active ?? -1) === true);
      }
    }),
    { numRuns: 500 },
  );
});

test("[SES-31] link set: proven WebRTC links carry with the one in use while that is busy, and share what may be under way", () => {
  const set = using("webrtc");
  for (const path of [1, 3, 5]) set.add(path, path === 5 ? "relayed" : "webrtc", t(0));
  const settle = (bytesInFlight: number): void => {
    set.handleStats(0, stats({ srtt: 50, recordsAcked: 1, bytesInFlight }), t(1));
    set.handleStats(1, stats({ srtt: 50, recordsAcked: 1 }), t(1));
    set.handleStats(3, stats({ srtt: 50 }), t(1));
    set.handleStats(5, stats({ srtt: 50, recordsAcked: 1 }), t(1));
    set.settle(t(1));
  };
  const carrying = (): number[] => [0, 1, 3, 5].filter((path) => set.carries(path));
  settle(STRIPE_FROM_BYTES - 1);
  assert.deepEqual(carrying(), [0]);
  settle(STRIPE_FROM_BYTES);
  assert.deepEqual([carrying(), set.bytesInFlightMax], [[0, 1], PATH_BYTES_IN_FLIGHT_MAX / 2]);
  const straight = using("tcp");
  straight.add(1, "tcp", t(0));
  straight.handleStats(1, stats({ srtt: 50, recordsAcked: 1 }), t(1));
  straight.handleStats(0, stats({ srtt: 50, recordsAcked: 1, bytesInFlight: STRIPE_FROM_BYTES }), t(1));
  straight.settle(t(1));
  assert.deepEqual([straight.carries(1), straight.bytesInFlightMax], [false, PATH_BYTES_IN_FLIGHT_MAX]);
});
