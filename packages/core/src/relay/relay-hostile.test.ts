/** Clients that keep to nothing: whatever they say and whenever, a relay ends them at most, and holds nothing of them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { nobleProvider } from "../crypto/noble-provider.ts";
import { type Duration, minutes, seconds } from "../lib/time.ts";
import { RELAY_MESSAGE } from "../wire/registry.ts";
import { RELAY_MESSAGE_BYTES_MAX } from "../wire/relay-limits.ts";
import { loginBytes } from "./relay-login.ts";
import { type ClientMessage, encodeClientMessage } from "./relay-message.ts";
import { type RelayGuest, RelayRig } from "./relay-server-fixture.test.ts";

const filled = (value: number, length = 32): Uint8Array => new Uint8Array(length).fill(value);
const SEED = filled(2);
const free = {
  toll: { quiet: 0, busy: 0 },
  loginsPerMinute: 100_000,
  unreadyPerSource: 1_000,
  connectionsPerSource: 1_000,
};

const MESSAGES: readonly ClientMessage[] = [
  { type: "hello", version: 1, nonce: filled(1) },
  { type: "login", key: filled(1), signature: filled(2, 64), pass: filled(3, 16) },
  { type: "pay", counter: 7 },
  { type: "forward", to: filled(9), payload: filled(1, 50) },
  { type: "spread", to: [filled(9), filled(8)], payload: filled(1, 50) },
  { type: "watch", tags: [filled(1, 16), filled(2, 16)] },
  { type: "unwatch", tags: [filled(1, 16)] },
  { type: "open", request: 1, lifetime: 60 },
  { type: "enter", request: 2, mailbox: 3 },
  { type: "shut", mailbox: 1 },
  { type: "deposit", request: 3, to: filled(9), id: filled(1, 16), lifetime: 60, sealed: filled(1, 9) },
  { type: "taken", items: [{ from: filled(1), id: filled(1, 16) }] },
  { type: "claim", request: 4, code: filled(1, 8) },
  { type: "manage", request: 5, verb: 1, argument: filled(0, 0) },
  { type: "purge", request: 6 },
  { type: "turn", request: 7 },
  { type: "ping", request: 8 },
];

type At = "silent" | "greeted" | "asking" | "tolled" | "ready" | "ended";

/** A connection that has come so far. */
function guestAt(rig: RelayRig, at: At): RelayGuest {
  const guest = rig.connect();
  if (at === "silent") return guest;
  guest.say({ type: "hello", version: 1, nonce: filled(1) });
  const [welcome] = guest.take("welcome");
  assert.ok(welcome !== undefined);
  if (at === "greeted") return guest;
  const key = nobleProvider.ed25519PublicKey(SEED);
  const signature = nobleProvider.ed25519Sign(SEED, loginBytes(welcome.relayKey, welcome.nonce));
  if (at === "asking") rig.held = [];
  guest.say({ type: "login", key, signature, pass: filled(0, 0) });
  if (at === "asking") return guest;
  const [toll] = guest.take("toll");
  assert.ok(toll !== undefined);
  if (at === "tolled") return guest;
  guest.pay(toll);
  assert.equal(guest.take("ready").length, 1);
  if (at === "ended") guest.sayBytes(Uint8Array.of(0xff));
  return guest;
}

/** What may be said when; everything may be said, without an effect, by who has been ended. */
const ALLOWED: Readonly<Record<Exclude<At, "ready" | "ended">, readonly string[]>> = {
  silent: ["hello"],
  greeted: [], // a login whose signature is right; this one's is not
  asking: [],
  tolled: ["pay"],
};

test("[REL-1] each message in each state is served, or is a violation that closes with 1002", () => {
  for (const at of ["silent", "greeted", "asking", "tolled", "ready", "ended"] as const) {
    for (const message of MESSAGES) {
      const rig = new RelayRig({ toll: { quiet: 8, busy: 8 } });
      const guest = guestAt(rig, at);
      const before = guest.heard.length;
      guest.say(message);
      const isLogin = ["hello", "login", "pay"].includes(message.type);
      const isServed = at === "ready" ? !isLogin : at !== "ended" && ALLOWED[at].includes(message.type);
      if (at === "ended") assert.equal(guest.heard.length, before, `${message.type} after the end is heard`);
      else if (isServed) assert.notEqual(guest.closing, 1002, `${message.type} while ${at}`);
      else assert.equal(guest.closing, 1002, `${message.type} while ${at}`);
      if (!guest.isGone) rig.drop(guest);
      for (const held of rig.held ?? []) rig.answer(held); // an answer about who has gone
      rig.run();
      assertEmpty(rig);
    }
  }
});

test("[REL-1] a message cut short, too long or of a relay is a violation", () => {
  for (const message of MESSAGES) {
    if (["hello", "login", "pay"].includes(message.type)) continue;
    const whole = encodeClientMessage(message).slice();
    const cut = message.type === "forward" || message.type === "spread" ? 30 : whole.length - 1;
    const shorts = [whole.subarray(0, 0), whole.subarray(0, 1), whole.subarray(0, cut)];
    if (message.type === "deposit") shorts.splice(2, 1, whole.subarray(0, 57));
    const long = new Uint8Array(RELAY_MESSAGE_BYTES_MAX + 1);
    long.set(whole);
    for (const bytes of [...shorts, long]) {
      const rig = new RelayRig();
      const guest = rig.login();
      guest.sayBytes(bytes.slice());
      assert.equal(guest.closing, 1002, `${message.type}, ${bytes.length} bytes`);
    }
  }
  for (const type of Object.values(RELAY_MESSAGE).filter((number) => number >= 0x80)) {
    const rig = new RelayRig();
    const guest = rig.login();
    guest.sayBytes(Uint8Array.of(type, ...filled(0, 64)));
    assert.equal(guest.closing, 1002);
  }
});

test("a version that we do not speak is a violation", () => {
  const guest = new RelayRig().connect();
  guest.say({ type: "hello", version: 2, nonce: filled(1) });
  assert.equal(guest.closing, 1002);
});

test("who asks and never reads is ended when too much waits for it", () => {
  const rig = new RelayRig();
  const guest = rig.login();
  guest.isReading = false;
  let asked = 0;
  for (; guest.closing === undefined && asked < 1_000_000; asked++) {
    guest.say({ type: "forward", to: filled(9), payload: filled(0, 0) });
  }
  assert.equal(guest.closing, 1008);
  assert.ok(asked * 70 < 2_200_000, `${asked} were answered`);
  guest.isReading = true;
  guest.pull();
  rig.drop(guest);
  assertEmpty(rig);
});

test("requests come at a rate, and no more wait for the state than may", () => {
  const rig = new RelayRig();
  const guest = rig.login();
  rig.held = [];
  for (let request = 0; request < 100; request++) guest.say({ type: "turn", request });
  const failed = guest.take("failed");
  assert.equal(rig.held.length, 64);
  assert.deepEqual([failed.length, failed[0]?.reason], [36, "crowded"]);
  rig.pass(seconds(60));
  guest.say({ type: "turn", request: 100 });
  assert.equal(guest.take("failed")[0]?.reason, "crowded");
  for (let i = 0; i < 100; i++) guest.say({ type: "shut", mailbox: i });
  assert.ok(rig.held.filter(({ question }) => question.type !== "sweep").length <= 64);
});

const COUNT = 4;
const bytes = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...MESSAGES).map((message) => encodeClientMessage(message).slice()) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constantFrom(...MESSAGES), fc.nat(), fc.nat(255)).map(([message, place, value]) => {
      const changed = encodeClientMessage(message).slice();
      changed[place % changed.length] = value;
      return changed;
    }),
  },
);
const guests = fc.nat(COUNT - 1);
const action = fc.oneof(
  { weight: 8, arbitrary: fc.record({ does: fc.constant("say"), who: guests, bytes }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant("forward"), who: guests, to: guests, length: fc.nat(3_000) }) },
  {
    weight: 2,
    arbitrary: fc.record({ does: fc.constantFrom("pull", "come", "go", "hold", "answer", "fail"), who: guests }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("wait"), time: fc.nat(40_000) }) },
);

test("whatever is said in whatever order, nothing breaks and nothing stays", () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 120, size: "max" }), (actions) => {
      const rig = new RelayRig({ ...free, window: 10_000, waitingBytesMax: 40_000, watchesMax: 50 });
      const all: RelayGuest[] = [];
      const come = (who: number): void => {
        const guest = rig.connect();
        guest.login(filled(who + 1));
        guest.isReading = false;
        all[who] = guest;
      };
      for (let who = 0; who < COUNT; who++) come(who);
      for (const now of actions) {
        if (now.does === "wait") {
          rig.pass(now.time as Duration);
          continue;
        }
        const guest = all[now.who];
        const isThere = guest !== undefined && !guest.isGone;
        if (now.does === "hold") rig.held ??= [];
        else if (now.does === "answer" || now.does === "fail") {
          const held = rig.held ?? [];
          rig.held = undefined;
          for (const asked of held) {
            if (now.does === "answer") rig.answer(asked);
            else rig.server.handleAnswer(asked.ask, { type: "storage" }, rig.at);
            rig.run();
          }
        } else if (now.does === "come" && !isThere) {
          come(now.who);
        } else if (!isThere) continue;
        else if (now.does === "go") rig.drop(guest);
        else if (now.does === "pull") {
          guest.pull(20);
          rig.run();
        } else if (now.does === "say") guest.sayBytes(now.bytes.slice());
        else if (now.does === "forward") {
          const to = all[now.to];
          if (to !== undefined) guest.say({ type: "forward", to: to.key, payload: filled(7, now.length) });
        }
        const { waitingBytes, watches, connections } = rig.server.gauges;
        assert.ok(waitingBytes <= 40_000 + 40 * COUNT && watches <= 50 && connections <= COUNT);
      }
      for (const guest of all) if (guest !== undefined && !guest.isGone) rig.drop(guest);
      for (const asked of rig.held ?? []) rig.answer(asked);
      rig.held = undefined;
      rig.run();
      assertEmpty(rig);
    }),
    { numRuns: 200 },
  );
});

/** Once all have gone, a minute later nothing of them is left. */
function assertEmpty(rig: RelayRig): void {
  rig.held = undefined;
  rig.pass(minutes(2));
  const nothing = { connections: 0, unready: 0, flows: 0, waitingBytes: 0, watches: 0, tags: 0 };
  assert.deepEqual(rig.server.gauges, nothing);
  const next = rig.server.nextTimeout();
  assert.ok(next !== undefined && next > rig.now, "nothing is due");
}
