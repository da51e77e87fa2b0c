import assert from "node:assert/strict";
import { test } from "node:test";
import { nobleProvider } from "../crypto/noble-provider.ts";
import { type Duration, millis, minutes, seconds } from "../lib/time.ts";
import { loginBytes, tollChallenge, welcomeBytes } from "./relay-login.ts";
import { READY_FLAG } from "./relay-message.ts";
import { type RelayGuest, RelayRig } from "./relay-server-fixture.test.ts";
import type { RelayQuestion } from "./relay-state.ts";
import { TollMeter } from "./toll.ts";

const filled = (value: number): Uint8Array => new Uint8Array(32).fill(value);

/** What is heard after *hello*. */
function greet(guest: RelayGuest): { relayKey: Uint8Array; nonce: Uint8Array; wall: number; signature: Uint8Array } {
  guest.say({ type: "hello", version: 1, nonce: filled(1) });
  const [welcome] = guest.take("welcome");
  assert.ok(welcome !== undefined);
  return welcome;
}

function login(guest: RelayGuest, seed: Uint8Array, nonce: Uint8Array, relayKey: Uint8Array): void {
  const key = nobleProvider.ed25519PublicKey(seed);
  const signature = nobleProvider.ed25519Sign(seed, loginBytes(relayKey, nonce));
  guest.say({ type: "login", key, signature, pass: new Uint8Array(0) });
}

test("[REL-3] the welcome is signed for what the client said", () => {
  const rig = new RelayRig();
  const { relayKey, nonce, wall, signature } = greet(rig.connect());
  assert.deepEqual(relayKey, rig.server.relayKey);
  assert.ok(nobleProvider.ed25519Verify(relayKey, welcomeBytes(filled(1), nonce, wall), signature));
});

test("[REL-5] a login is signed for this relay and this connection", () => {
  const rig = new RelayRig();
  const [first, second, third] = [rig.connect(), rig.connect(), rig.connect()];
  const { nonce, relayKey } = greet(first);
  greet(second);
  login(second, filled(2), nonce, relayKey);
  assert.equal(second.closing, 1002);
  const fresh = greet(third);
  login(third, filled(2), fresh.nonce, filled(3));
  assert.equal(third.closing, 1002);
  const asked = rig.asked.map(({ type }) => type);
  assert.deepEqual(asked, ["attempt", "attempt"]); // nobody who is not who they say is asked about, but counted
  login(first, filled(2), nonce, relayKey);
  assert.equal(first.take("toll").length, 1);
});

test("[REL-5] a stranger pays for its key and its connection, and then is known", () => {
  const rig = new RelayRig({ toll: { quiet: 6, busy: 10 } });
  const guest = rig.connect();
  const { nonce, relayKey } = greet(guest);
  login(guest, filled(2), nonce, relayKey);
  const [toll] = guest.take("toll");
  assert.ok(toll !== undefined);
  assert.equal(toll.bits, 6);
  const key = nobleProvider.ed25519PublicKey(filled(2));
  assert.deepEqual(toll.challenge, tollChallenge(nobleProvider, relayKey, nonce, key));
  assert.deepEqual(guest.heard, []);
  guest.pay(toll);
  const [ready] = guest.take("ready");
  assert.deepEqual([ready?.flags, ready?.keptMax], [0, 14 * 86_400]);
  rig.drop(guest);
  const again = rig.login(filled(2));
  assert.deepEqual(again.take("toll"), []);
  assert.equal(rig.server.counters.tolls, 1);
});

test("a wrong toll, or none in time, is refused", () => {
  const rig = new RelayRig({ toll: { quiet: 20, busy: 20 } });
  for (const pays of [true, false]) {
    const guest = rig.connect();
    const { nonce, relayKey } = greet(guest);
    login(guest, filled(2), nonce, relayKey);
    if (pays) guest.say({ type: "pay", counter: 1 });
    else {
      rig.pass(seconds(29));
      assert.equal(guest.closing, undefined);
      rig.pass(seconds(2));
    }
    assert.equal(guest.take("refused")[0]?.reason, "wrongToll");
    assert.equal(guest.closing, 1008);
  }
});

test("[REL-2] who is not ready within ten seconds is closed, however far it came", () => {
  const rig = new RelayRig();
  const [silent, greeted] = [rig.connect(), rig.connect()];
  rig.pass(seconds(5));
  greet(greeted);
  rig.pass(seconds(4));
  assert.deepEqual([silent.closing, greeted.closing], [undefined, undefined]);
  rig.pass(seconds(1));
  assert.deepEqual([silent.closing, greeted.closing], [1008, 1008]);
  assert.deepEqual(rig.server.gauges.connections, 0);
  const ready = rig.login();
  rig.pass(minutes(10));
  assert.equal(ready.closing, undefined);
});

test("bits grow as strangers come faster, and fall when they do not", () => {
  const at = (time: number): Parameters<TollMeter["ask"]>[0] => time as Parameters<TollMeter["ask"]>[0];
  const meter = new TollMeter({ quiet: 14, busy: 22 }, at(0));
  for (let i = 0; i < 100; i++) assert.equal(meter.ask(at(i)), 14);
  assert.equal(meter.ask(at(100)), 15);
  for (let i = 0; i < 200; i++) meter.ask(at(200));
  assert.equal(meter.ask(at(200)), 16);
  for (let i = 0; i < 100_000; i++) meter.ask(at(300));
  assert.equal(meter.ask(at(300)), 22);
  assert.equal(meter.ask(at(15_000)), 22);
  assert.equal(meter.ask(at(40_000)), 14);
});

test("[REL-6] a second login of a key replaces the first, and gets what is forwarded from then on", () => {
  const rig = new RelayRig();
  const [ada, ben] = [rig.login(), rig.login(filled(4))];
  ben.isReading = false;
  ada.forward(ben, 1);
  const again = rig.login(filled(4));
  ben.isReading = true;
  ben.pull();
  assert.equal(ben.take("refused")[0]?.reason, "replaced");
  assert.equal(ben.closing, 1008);
  assert.equal(ada.take("away").length, 1);
  ada.forward(again, 2);
  assert.deepEqual(again.take("forwarded")[0]?.payload, Uint8Array.of(2));
  ben.forward(ada, 3);
  assert.deepEqual(ada.take("forwarded"), []);
  rig.drop(ben);
  ada.forward(again, 4);
  assert.equal(again.take("forwarded").length, 1);
});

test("[REL-11] one source has 64 connections, eight of them not logged in, and an IPv6 /48 is one", () => {
  const rig = new RelayRig({ loginsPerMinute: 1_000 });
  for (let i = 0; i < 8; i++) assert.equal(rig.connect(`2001:db8:1:${i}::1`).closing, undefined);
  const ninth = rig.connect("2001:db8:1:ffff::1");
  assert.equal(ninth.take("refused")[0]?.reason, "crowded");
  assert.equal(ninth.closing, 1008);
  assert.equal(rig.connect("2001:db8:2::1").closing, undefined);
  for (let i = 0; i < 64; i++) rig.login();
  assert.equal(rig.connect().take("refused").length, 1);
  assert.equal(rig.connect("::ffff:192.0.2.1").take("refused").length, 1);
  assert.equal(rig.connect("192.0.2.2").take("refused").length, 0);
});

test("[REL-11] one source logs in 30 times a minute", () => {
  const rig = new RelayRig();
  for (let i = 0; i < 30; i++) rig.drop(rig.login());
  const guest = rig.connect();
  guest.login(filled(5));
  const [refused] = guest.take("refused");
  assert.deepEqual([refused?.reason, refused?.wait], ["crowded", 2_000]);
  rig.pass(millis(2_000));
  rig.login();
  rig.login(undefined, "192.0.2.2");
});

test("a newcomer has the place of the oldest that says nothing, and nobody else's", () => {
  const rig = new RelayRig({ unreadyMax: 3, unreadyPerSource: 100 });
  const ready = rig.login();
  const [one, two, three] = [rig.connect(), rig.connect(), rig.connect()];
  greet(one);
  rig.connect();
  assert.deepEqual([one.closing, two.closing, three.closing], [undefined, 1008, undefined]);
  assert.equal(two.take("refused")[0]?.reason, "crowded");
  assert.equal(ready.closing, undefined);
  assert.equal(rig.server.gauges.unready, 3);
});

test("a full relay turns everybody away", () => {
  const rig = new RelayRig({ connectionsMax: 2 });
  const [one, two] = [rig.login(), rig.login()];
  const third = rig.connect();
  assert.equal(third.take("refused")[0]?.reason, "crowded");
  assert.deepEqual([one.closing, two.closing], [undefined, undefined]);
  rig.drop(one);
  rig.login();
});

test("a state that cannot answer refuses a login, and one that answers late does not hold others up", () => {
  const rig = new RelayRig();
  for (const type of ["attempt", "login"] as const) {
    const held: { ask: number; question: RelayQuestion }[] = [];
    /** Up to the question of that type, which is not answered. */
    const ask = (seed: number): [RelayGuest, { ask: number; question: RelayQuestion }] => {
      const guest = rig.connect();
      rig.held = held;
      guest.login(filled(seed));
      for (let next = held.shift(); next !== undefined; next = held.shift()) {
        if (next.question.type === type) return [guest, next];
        rig.answer(next);
        rig.run();
      }
      return assert.fail(`no ${type}`);
    };
    const [guest, asked] = ask(2);
    rig.server.handleAnswer(asked.ask, { type: "storage" }, rig.at);
    rig.run();
    assert.equal(guest.take("refused")[0]?.reason, "storage");
    assert.ok(rig.events.some((event) => event.type === "trouble" && event.question === type));
    rig.server.handleAnswer(asked.ask, { type: "storage" }, rig.at); // once is enough
    const [late, other] = ask(3);
    rig.drop(late);
    rig.held = undefined;
    const next = rig.login(filled(4));
    const questions = rig.asked.length;
    rig.answer(other);
    rig.run();
    assert.equal(rig.asked.length, questions, "nothing more is asked about who has gone");
    assert.equal(next.closing, undefined);
    rig.drop(next);
  }
});

test("who is invited comes in where others do not, and the flags say how things are", () => {
  const rig = new RelayRig({ toll: { quiet: 0, busy: 0 } });
  rig.state.answer({ type: "policy", invitedOnly: true });
  const stranger = rig.connect();
  stranger.login(filled(2));
  assert.equal(stranger.take("refused")[0]?.reason, "unwelcome");
  const pass = new Uint8Array(16).fill(9);
  const until = (rig.at.wall + 1_000) as typeof rig.at.wall;
  rig.state.answer({ type: "admit", pass: nobleProvider.sha256(pass), uses: 1, until, wall: rig.at.wall });
  const guest = rig.connect();
  guest.login(filled(2), pass);
  assert.equal(guest.take("ready")[0]?.flags, READY_FLAG.invitedOnly);
});

test("who sends more than its share is not read for a while", () => {
  const rig = new RelayRig({ bytesPerSecond: 1_000 });
  const [ada, ben] = [rig.login(), rig.login()];
  for (let i = 0; i < 5; i++) ada.say({ type: "forward", to: ben.key, payload: new Uint8Array(500) });
  const [pause, ...more] = rig.others;
  assert.ok(pause?.type === "pause");
  assert.deepEqual([pause.connection, more.length], [ada.id, 0]);
  assert.ok(pause.until > rig.now && pause.until < rig.now + 2_000, `until ${pause.until}`);
  assert.equal(ben.take("forwarded").length, 5);
  rig.pass((pause.until - rig.now) as Duration);
  ben.forward(ada, 1);
  assert.equal(rig.others.length, 1);
});
