import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { nobleProvider, nobleSessionProvider } from "@kith/core";
import fc from "fast-check";
import { cryptoSuite } from "../testing/crypto-suite.ts";
import { createNodeProvider, nodeProvider } from "./node-crypto.ts";

const ROOT = join(import.meta.dirname, "../../../..");
const folders = {
  frozen: join(ROOT, "spec/vectors"),
  published: process.env["KITH_VECTORS"] ?? join(ROOT, "../shared/vectors"),
};
const seeded = createNodeProvider({ isSeeded: true });
/** With the one thing that it leaves out, so that the suite is whole. */
const light = { ...nobleSessionProvider, argon2id: nobleProvider.argon2id };

cryptoSuite("nobleProvider", nobleProvider, { ...folders, isSeeded: true });
cryptoSuite("nobleSessionProvider", light, { ...folders, isSeeded: true });
cryptoSuite("nodeProvider", nodeProvider, { ...folders, isSeeded: false });
cryptoSuite("seeded node provider", seeded, { ...folders, isSeeded: true });

const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));

test("providers understand each other's keys, signatures, ciphertexts and records", () => {
  for (const [one, two] of [
    [nobleProvider, nodeProvider],
    [nodeProvider, nobleProvider],
    [seeded, nobleProvider],
    [light, nodeProvider],
    [nobleProvider, light],
  ] as const) {
    const [a, b] = [one.x25519Generate(random), two.x25519Generate(random)];
    assert.deepEqual(one.x25519(a.secretKey, b.publicKey), two.x25519(b.secretKey, a.publicKey));
    const pair = one.mlKemGenerate(random);
    const made = two.mlKemEncapsulate(pair.publicKey, random);
    assert.ok(made !== undefined);
    assert.deepEqual(one.mlKemDecapsulate(pair.secretKey, made.ciphertext), made.shared);
    const [seed, message] = [random(32), random(70)];
    assert.ok(two.ed25519Verify(one.ed25519PublicKey(seed), message, one.ed25519Sign(seed, message)));
    const [key, nonce] = [random(32), random(12)];
    const sealed = Buffer.concat(one.seal(one.importAeadKey(key), nonce, seed, message));
    assert.deepEqual(two.open(two.importAeadKey(key), nonce, seed, sealed), message);
  }
});

test("a seeded provider repeats itself, byte for byte, and agrees with noble", () => {
  const run = (provider: typeof seeded): unknown[] => {
    let next = 0;
    const counting = (length: number): Uint8Array => Uint8Array.from({ length }, () => next++ & 0xff);
    const pair = provider.x25519Generate(counting);
    const kem = provider.mlKemGenerate(counting);
    return [pair, kem.publicKey, provider.mlKemEncapsulate(kem.publicKey, counting)];
  };
  assert.deepEqual(run(seeded), run(seeded));
  assert.deepEqual(run(seeded), run(nobleProvider));
  assert.deepEqual(run(seeded), run(light));
});

test("all providers give one verdict on Ed25519 signatures with bits changed anywhere", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.uint8Array({ maxLength: 40 }),
      fc.nat(767),
      fc.constantFrom(0, 1, 0x80, 0xff),
      (seed, message, bit, flip) => {
        const whole = Buffer.concat([nodeProvider.ed25519PublicKey(seed), nodeProvider.ed25519Sign(seed, message)]);
        whole[bit >> 3] = (whole[bit >> 3] ?? 0) ^ (flip & (1 << (bit & 7)) || flip);
        const [key, signature] = [whole.subarray(0, 32), whole.subarray(32)];
        const verdict = nodeProvider.ed25519Verify(key, message, signature);
        assert.equal(nobleProvider.ed25519Verify(key, message, signature), verdict);
        assert.equal(light.ed25519Verify(key, message, signature), verdict);
        assert.equal(verdict, flip === 0);
      },
    ),
    { numRuns: 60 },
  );
});

test("whatever keys were seen before, each signature is checked with its own", () => {
  const seeds = Array.from({ length: 2_100 }, (_, i) => nobleProvider.sha256(Uint8Array.of(i, i >> 8)));
  const message = Uint8Array.of(1, 2, 3);
  const [first = random(32)] = seeds;
  const key = nodeProvider.ed25519PublicKey(first).slice();
  const signature = nodeProvider.ed25519Sign(first, message);
  const other = nodeProvider.ed25519PublicKey(random(32)).slice();
  assert.ok(nodeProvider.ed25519Verify(key, message, signature));
  assert.ok(!nodeProvider.ed25519Verify(other, message, signature));
  key.set(other); // the same array, another key
  assert.ok(!nodeProvider.ed25519Verify(key, message, signature));
  // More keys than are remembered.
  for (const each of seeds) nodeProvider.ed25519Verify(nodeProvider.ed25519PublicKey(each), message, signature);
  assert.ok(nodeProvider.ed25519Verify(nodeProvider.ed25519PublicKey(first), message, signature));
});

test("all providers give one result of X25519 for any public key, reduced or not", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.oneof(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.constantFrom(0x7f, 0xff).map((last) => new Uint8Array(32).fill(0xff).fill(last, 31)),
        fc.nat(40).map((low) =>
          new Uint8Array(32)
            .fill(0xff)
            .fill(0xd8 + low, 0, 1)
            .fill(0x7f, 31),
        ),
      ),
      (secret, publicKey) => {
        const shared = nodeProvider.x25519(secret, publicKey);
        assert.deepEqual(nobleProvider.x25519(secret, publicKey), shared);
        assert.deepEqual(light.x25519(secret, publicKey), shared);
        assert.deepEqual(light.x25519PublicKey(secret), nodeProvider.x25519PublicKey(secret));
      },
    ),
    { numRuns: 60 },
  );
});

test("keys of one provider are refused by the other: a bug of ours, not a peer's", () => {
  const [nonce, none] = [new Uint8Array(12), new Uint8Array(0)];
  assert.throws(() => nodeProvider.seal(nobleProvider.importAeadKey(random(32)), nonce, none, none));
  assert.throws(() => nobleProvider.seal(nodeProvider.importAeadKey(random(32)), nonce, none, none));
  assert.throws(() => nodeProvider.open(nobleProvider.importAeadKey(random(32)), nonce, none, random(16)));
  assert.throws(() => nobleProvider.mlKemDecapsulate({}, random(1_088)));
});
