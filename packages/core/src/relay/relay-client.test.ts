import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { nobleProvider } from "../crypto/noble-provider.ts";
import { Secret } from "../crypto/secret.ts";
import { RELAY_MESSAGE } from "../wire/registry.ts";
import { filled, RELAY_KEY, RelayRig, type Spoken } from "./relay-fixture.test.ts";
import { loginBytes, relaySeed } from "./relay-login.ts";
import type { ClientMessage, ServerMessage } from "./relay-message.ts";

const types = (all: readonly Spoken[]): string[] =>
  all.map((spoken) => (spoken.type === "said" ? spoken.message.type : spoken.type));
const saidOf = <Type extends ClientMessage["type"]>(
  all: readonly Spoken[],
  type: Type,
): (ClientMessage & { type: Type })[] =>
  all.flatMap((spoken) =>
    spoken.type === "said" && spoken.message.type === type ? [spoken.message as ClientMessage & { type: Type }] : [],
  );
const why = (all: readonly Spoken[]): string | undefined =>
  all.flatMap((spoken) => (spoken.type === "lost" ? [spoken.why] : []))[0];

test("[REL-3] a client logs in with its key for this relay, and pins the relay's", () => {
  const rig = new RelayRig();
  assert.deepEqual(types(rig.take()), ["connect"]);
  rig.welcome();
  const all = rig.take();
  assert.deepEqual(types(all), ["pin", "login"]);
  assert.deepEqual(all[0], { type: "pin", relayKey: RELAY_KEY, firstKey: RELAY_KEY });
  const [login] = saidOf(all, "login");
  const own = relaySeed(nobleProvider, new Secret(filled(1)), RELAY_KEY).reveal();
  assert.ok(login !== undefined);
  assert.deepEqual(Uint8Array.from(login.key), nobleProvider.ed25519PublicKey(own));
  assert.ok(nobleProvider.ed25519Verify(login.key, loginBytes(RELAY_KEY, filled(5)), login.signature));
  rig.ready();
  assert.deepEqual(types(rig.take()), ["ready"]);
  assert.deepEqual(rig.client.key, Uint8Array.from(login.key));
});

test("[REL-3] another key than the pinned one is a loud stop, for good", () => {
  const rig = new RelayRig({ relayKey: RELAY_KEY });
  rig.take();
  rig.welcome(filled(78));
  const all = rig.take();
  assert.deepEqual(types(all), ["close", "keyChanged"]);
  rig.wait(10_000_000);
  rig.client.hurry(rig.now);
  assert.equal(rig.client.nextTimeout(), undefined);
  assert.deepEqual([types(rig.take()), rig.client.phase], [[], "over"]);
});

test("[REL-3] a pinned relay comes back under its key; a welcome that it did not sign is no welcome", () => {
  const rig = new RelayRig({ relayKey: RELAY_KEY });
  rig.enter();
  assert.equal(rig.client.phase, "ready");
  const other = new RelayRig();
  other.client.handleUp(other.now);
  other.take();
  const signature = filled(1, 64);
  other.says({ type: "welcome", version: 1, relayKey: RELAY_KEY, nonce: filled(5), wall: 0, signature });
  assert.equal(why(other.take()), "misbehaved");
});

test("a toll is searched for this login alone, and paid", () => {
  const rig = new RelayRig();
  rig.welcome();
  const [login] = saidOf(rig.take(), "login");
  assert.ok(login !== undefined);
  const challenge = rig.challengeFor(login.key);
  rig.says({ type: "toll", bits: 14, challenge });
  assert.deepEqual(rig.take(), [{ type: "solve", challenge, bits: 14 }]);
  rig.client.handleSolved(1_234, rig.now);
  assert.deepEqual(
    saidOf(rig.take(), "pay").map(({ counter }) => counter),
    [1_234],
  );
  rig.ready();
  assert.deepEqual(types(rig.take()), ["ready"]);

  for (const [message, loss] of [
    [{ type: "toll", bits: 14, challenge: filled(9) }, "misbehaved"],
    [{ type: "toll", bits: 25, challenge }, "expensive"],
  ] as [ServerMessage, string][]) {
    const another = new RelayRig();
    another.welcome();
    another.take();
    another.says(message);
    assert.equal(why(another.take()), loss);
  }
});

test("[REL-14] tries come after 0.5 s, doubling to 60 s, with jitter; a steady login begins anew, and tags are watched again", () => {
  const rig = new RelayRig();
  rig.client.watch([filled(1, 16), filled(2, 16)]);
  const waits: number[] = [];
  for (let round = 0; round < 10; round++) {
    rig.take();
    rig.client.handleDown(rig.now);
    assert.equal(why(rig.take()), "unreachable");
    waits.push(rig.waitOut());
    assert.deepEqual(types(rig.take()), ["connect"]);
  }
  for (const [round, wait] of waits.entries()) {
    const whole = Math.min(60_000, 500 * 2 ** round);
    assert.ok(wait > whole / 2 && wait <= whole, `${round}: ${wait}`);
  }
  rig.welcome();
  rig.take();
  rig.ready();
  const [watch] = saidOf(rig.take(), "watch");
  assert.deepEqual(
    watch?.tags.map((tag) => tag[0]),
    [1, 2],
  );
  rig.wait(11_000);
  rig.client.handleDown(rig.now);
  rig.take();
  assert.ok(rig.waitOut() <= 500);
});

test("whoever is thrown out by its own key, or is not wanted, does not come back at once", () => {
  for (const reason of ["replaced", "unwelcome"] as const) {
    const rig = new RelayRig().enter();
    rig.says({ type: "refused", reason, wait: 0 });
    assert.equal(why(rig.take()), reason);
    assert.equal(rig.waitOut(), 60_000);
  }
  const rig = new RelayRig().enter();
  rig.says({ type: "refused", reason: "crowded", wait: 7_000 });
  rig.take();
  assert.equal(rig.waitOut(), 7_000);
});

test("[REL-2] after 25 s of silence the relay is asked whether it is there, after 60 s it is given up", () => {
  const rig = new RelayRig().enter();
  assert.equal(rig.waitOut(), 25_000);
  const [ping] = saidOf(rig.take(), "ping");
  assert.ok(ping !== undefined);
  rig.says({ type: "done", request: ping.request, answer: new Uint8Array(0) });
  assert.deepEqual(types(rig.take()), []);
  assert.equal(rig.waitOut(), 25_000);
  rig.take();
  assert.equal(rig.waitOut(), 35_000);
  assert.equal(why(rig.take()), "silent");
});

test("in a hurry a relay that does not answer within 5 s is given up, and one that waits is tried", () => {
  const rig = new RelayRig().enter();
  rig.client.hurry(rig.now);
  assert.deepEqual(types(rig.take()), ["ping"]);
  rig.client.hurry(rig.now);
  assert.deepEqual(types(rig.take()), []);
  assert.equal(rig.waitOut(), 5_000);
  assert.equal(why(rig.take()), "silent");
  rig.client.hurry(rig.now);
  assert.equal(rig.waitOut(), 0);
  assert.deepEqual(types(rig.take()), ["connect"]);
});

test("a request is answered once: by the relay, by the end of the connection, or at once", () => {
  const rig = new RelayRig();
  const early = rig.client.ask({ type: "turn" });
  assert.deepEqual(rig.take().at(-1), { type: "failed", request: early, reason: "disconnected", wait: 0 });
  rig.enter();
  const [open, enter, purge] = [
    rig.client.ask({ type: "open", lifetime: 60 }),
    rig.client.ask({ type: "enter", mailbox: 7 }),
    rig.client.ask({ type: "purge" }),
  ];
  assert.deepEqual(types(rig.take()), ["open", "enter", "purge"]);
  rig.says({ type: "opened", request: open, mailbox: 3, lifetime: 60 });
  rig.says({ type: "failed", request: enter, reason: "unknown", wait: 5 });
  assert.deepEqual(rig.take(), [
    { type: "opened", request: open, mailbox: 3, lifetime: 60 },
    { type: "failed", request: enter, reason: "unknown", wait: 5 },
  ]);
  rig.client.handleDown(rig.now);
  assert.deepEqual(rig.take()[0], { type: "failed", request: purge, reason: "disconnected", wait: 0 });
});

test("an answer that nobody asked for, or of the wrong kind, ends the connection", () => {
  const wrong: ((rig: RelayRig) => ServerMessage)[] = [
    () => ({ type: "done", request: 99, answer: new Uint8Array(0) }),
    (rig) => ({ type: "done", request: rig.client.ask({ type: "open", lifetime: 1 }), answer: new Uint8Array(0) }),
    (rig) => ({ type: "opened", request: rig.client.ask({ type: "turn" }), mailbox: 1, lifetime: 1 }),
    () => ({ type: "window", to: filled(3), bytes: 1 }),
    () => ({ type: "toll", bits: 1, challenge: filled(3) }),
  ];
  for (const message of wrong) {
    const rig = new RelayRig().enter();
    rig.says(message(rig));
    const all = rig.take();
    assert.equal(why(all), "misbehaved");
    assert.ok(all.some((spoken) => spoken.type === "close" && spoken.code === 1_002));
  }
});

test("who arrives and leaves is told for tags that are watched", () => {
  const rig = new RelayRig().enter();
  rig.client.watch([filled(1, 16)]);
  rig.take();
  rig.says({ type: "arrived", tag: filled(1, 16), key: filled(8) });
  rig.says({ type: "arrived", tag: filled(2, 16), key: filled(8) });
  rig.says({ type: "left", tag: filled(1, 16), key: filled(8) });
  assert.deepEqual(types(rig.take()), ["arrived", "left"]);
  rig.client.unwatch([filled(1, 16), filled(5, 16)]);
  assert.deepEqual(saidOf(rig.take(), "unwatch")[0]?.tags.length, 1);
});

test("no bytes in any state do more than end the connection", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc
      .tuple(fc.constantFrom(...Object.values(RELAY_MESSAGE)), fc.uint8Array({ maxLength: 200 }))
      .map(([type, rest]) => Uint8Array.of(type, ...rest)),
  );
  fc.assert(
    fc.property(fc.constantFrom("connecting", "greeting", "entering", "ready"), fc.array(bytes), (state, all) => {
      const rig = new RelayRig();
      if (state === "greeting") rig.client.handleUp(rig.now);
      if (state === "entering") rig.welcome();
      if (state === "ready") rig.enter();
      for (const each of all) rig.client.handleMessage(each, rig.now);
      assert.notEqual(rig.client.nextTimeout(), undefined);
    }),
    { numRuns: 200 },
  );
});
