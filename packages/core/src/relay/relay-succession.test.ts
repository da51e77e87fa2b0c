// A relay whose key was rotated, and clients that knew it under one key or another.
import assert from "node:assert/strict";
import { test } from "node:test";
import { nobleProvider } from "../crypto/noble-provider.ts";
import { Secret } from "../crypto/secret.ts";
import { bytesEqual } from "../lib/bytes.ts";
import { filled, RELAY_KEY, RELAY_SEED, RelayRig, type Spoken } from "./relay-fixture.test.ts";
import { relaySeed } from "./relay-login.ts";
import type { ServerMessage, Succession } from "./relay-message.ts";
import { RelayRig as ServerRig } from "./relay-server-fixture.test.ts";
import { formerKeys, succession } from "./relay-succession.ts";

/** The relay's keys, oldest first; the present one is the last. */
const SEEDS = [filled(71), filled(72), filled(73), filled(74), RELAY_SEED];
const KEYS = SEEDS.map((seed) => nobleProvider.ed25519PublicKey(seed));
const keyOf = (seed: Uint8Array): Uint8Array => nobleProvider.ed25519PublicKey(seed);
const step = (from: Uint8Array, to: Uint8Array): Succession => succession(nobleProvider, new Secret(from), keyOf(to));
const chainOf = (seeds: readonly Uint8Array[]): Succession[] =>
  seeds.slice(1).map((next, index) => step(seeds[index] ?? next, next));
const CHAIN = chainOf(SEEDS);
const told = (chain: readonly Succession[]): ServerMessage => ({ type: "successor", chain });
const types = (all: readonly Spoken[]): string[] =>
  all.map((spoken) => (spoken.type === "said" ? spoken.message.type : spoken.type));

/** What a client does that knew the relay as `relayKey`. */
function met(relayKey: Uint8Array | undefined, chain: readonly Succession[], seed = RELAY_SEED): Spoken[] {
  const rig = new RelayRig({ relayKey });
  rig.welcome(seed, [told(chain)]);
  return rig.take();
}

test("[REL-16] [REL-17] who pinned any key of the chain follows to the present one, and stays who it was", () => {
  for (const pinned of KEYS.slice(0, 4)) {
    const rig = new RelayRig({ relayKey: pinned });
    rig.welcome(RELAY_SEED, [told(CHAIN)]);
    const all = rig.take();
    assert.deepEqual(types(all), ["pin", "login"]);
    assert.deepEqual(all[0], { type: "pin", relayKey: RELAY_KEY, firstKey: pinned });
    rig.ready();
    const own = relaySeed(nobleProvider, new Secret(filled(1)), pinned).reveal();
    assert.deepEqual(rig.client.key, keyOf(own), "the key of before");
    assert.deepEqual(
      [...KEYS, filled(3)].map((key) => rig.client.isOf(key)),
      [true, true, true, true, true, false],
    );
    // From now on the old key is another relay's.
    rig.client.handleDown(rig.now);
    rig.waitOut();
    rig.take();
    rig.welcome(SEEDS[3]);
    assert.deepEqual(types(rig.take()), ["close", "keyChanged"]);
  }
});

test("[REL-17] what a client pinned and where it began are kept apart, over one more rotation", () => {
  const [first = RELAY_KEY, second = RELAY_KEY] = KEYS;
  const rig = new RelayRig({ relayKey: second, firstKey: first });
  rig.welcome(RELAY_SEED, [told(CHAIN)]);
  assert.deepEqual(rig.take()[0], { type: "pin", relayKey: RELAY_KEY, firstKey: first });
  rig.ready();
  assert.deepEqual(rig.client.key, keyOf(relaySeed(nobleProvider, new Secret(filled(1)), first).reveal()));
});

test("[REL-16] who knows the present key, or none yet, is not bothered by the chain", () => {
  assert.deepEqual(types(met(RELAY_KEY, CHAIN)), ["login"]);
  const [pin] = met(undefined, CHAIN);
  assert.deepEqual(pin, { type: "pin", relayKey: RELAY_KEY, firstKey: RELAY_KEY });
});

test("[REL-16] a chain that does not hold, or leads back, is a loud stop", () => {
  const [a = RELAY_SEED, b = RELAY_SEED, c = RELAY_SEED] = SEEDS;
  const [first = RELAY_KEY, second = RELAY_KEY] = KEYS;
  const forged = { ...step(a, RELAY_SEED), signature: filled(1, 64) };
  const cases: readonly [string, Uint8Array, readonly Succession[], Uint8Array][] = [
    ["nobody signed", first, [forged], RELAY_SEED],
    ["another key signed", first, [{ ...step(b, RELAY_SEED), old: first }], RELAY_SEED],
    ["a link is missing", first, [step(a, b), step(c, RELAY_SEED)], RELAY_SEED],
    ["a later link is forged", first, [step(a, b), { ...step(b, RELAY_SEED), signature: filled(2, 64) }], RELAY_SEED],
    ["it ends elsewhere", first, [step(a, b)], RELAY_SEED],
    ["newest first", first, [...chainOf([a, b, RELAY_SEED])].reverse(), RELAY_SEED],
    ["the old key is back, with the chain of its own end", second, [step(a, b)], a],
    ["the old key is back, and signs itself", second, [step(a, a)], a],
    ["both keys sign a way back", second, [step(a, b), step(b, a)], a],
    ["it was never this relay's", filled(9), CHAIN, RELAY_SEED],
  ];
  for (const [why, pinned, chain, seed] of cases)
    assert.deepEqual(types(met(pinned, chain, seed)), ["close", "keyChanged"], why);
});

test("[REL-16] a chain is told once, before the welcome", () => {
  const twice = new RelayRig({ relayKey: RELAY_KEY });
  twice.welcome(RELAY_SEED, [told(CHAIN), told(CHAIN)]);
  assert.ok(twice.take().some((spoken) => spoken.type === "lost" && spoken.why === "misbehaved"));
  const late = new RelayRig();
  late.welcome();
  late.take();
  late.says(told(CHAIN));
  assert.ok(late.take().some((spoken) => spoken.type === "lost" && spoken.why === "misbehaved"));
});

test("[REL-16] a relay tells the newest four, and nothing while it has its first key", () => {
  const rig = new ServerRig();
  const successions = [step(filled(70), filled(71)), ...CHAIN];
  const others = new ServerRig({}, { seed: new Secret(RELAY_SEED), successions });
  for (const [one, expected] of [
    [rig, []],
    [others, [CHAIN]],
  ] as const) {
    const guest = one.connect();
    guest.say({ type: "hello", version: 1, nonce: filled(1) });
    assert.equal(guest.heard.at(-1)?.type, "welcome");
    assert.deepEqual(
      guest.take("successor").map(({ chain }) => chain),
      expected,
    );
  }
  assert.equal(formerKeys(nobleProvider, CHAIN, RELAY_KEY).length, 4);
  assert.ok(formerKeys(nobleProvider, CHAIN, RELAY_KEY).every((key, index) => bytesEqual(key, KEYS[index] ?? key)));
});
