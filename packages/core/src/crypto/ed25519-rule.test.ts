import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ED25519_TORSION_SUBGROUP, ed25519 } from "@noble/curves/ed25519.js";
import fc from "fast-check";
import { bytesToHex, hexToBytes } from "../lib/hex.ts";
import { isAdmissiblePoint, isAdmissibleSignature } from "./ed25519-rule.ts";
import { nobleProvider as provider } from "./noble-provider.ts";
import { nobleReaderProvider as reader } from "./noble-reader-provider.ts";
import { nobleSessionProvider as light } from "./noble-session-provider.ts";

const P = 2n ** 255n - 19n;
const L = ed25519.Point.Fn.ORDER;

const littleEndian = (value: bigint): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));

const honestKey = provider.ed25519PublicKey(new Uint8Array(32).fill(7));

/** An admissible signature but for its S. */
const withS = (s: bigint): Uint8Array => Uint8Array.of(...honestKey, ...littleEndian(s));

// [ID-5]
test("isAdmissiblePoint refuses the eight small-order points in every encoding, reduced or not, either sign", () => {
  assert.equal(ED25519_TORSION_SUBGROUP.length, 8);
  for (const hex of ED25519_TORSION_SUBGROUP) {
    const point = hexToBytes(hex);
    const flipped = point.slice();
    flipped[31] = (flipped[31] ?? 0) ^ 0x80;
    assert.equal(isAdmissiblePoint(point), false, hex);
    assert.equal(isAdmissiblePoint(flipped), false, hex);
  }
});

// [ID-5]
test("isAdmissiblePoint draws its line at p", () => {
  assert.equal(isAdmissiblePoint(littleEndian(P - 2n)), true);
  for (let above = 0n; above < 19n; above++) {
    assert.equal(isAdmissiblePoint(littleEndian(P + above)), false);
    assert.equal(isAdmissiblePoint(littleEndian(P + above + 2n ** 255n)), false);
  }
  assert.equal(isAdmissiblePoint(littleEndian(2n)), true); // off the curve: that is the equation's business
});

// [ID-5]
test("isAdmissibleSignature draws its line at L", () => {
  for (const s of [0n, 1n, L - 1n]) assert.equal(isAdmissibleSignature(honestKey, withS(s)), true, `${s}`);
  for (const s of [L, L + 1n, 2n * L - 1n, 2n ** 253n, 2n ** 255n, 2n ** 256n - 1n])
    assert.equal(isAdmissibleSignature(honestKey, withS(s)), false, `${s}`);
});

test("isAdmissibleSignature is total, and wants 32 and 64 bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 80 }), (key, signature) => {
      const verdict = isAdmissibleSignature(key, signature);
      if (key.length !== 32 || signature.length !== 64) assert.equal(verdict, false);
      assert.equal(provider.ed25519Verify(key, signature, signature), false);
      assert.equal(light.ed25519Verify(key, signature, signature), false);
    }),
  );
});

// [ID-5] [ID-6]
test("no frozen signature that is valid fails the rule, and none with bad bytes passes it", () => {
  const path = join(import.meta.dirname, "../../../../spec/vectors/ed25519.json");
  const {
    cases,
  }: { cases: { name: string; publicKey: string; message: string; signature: string; isValid: boolean }[] } =
    JSON.parse(readFileSync(path, "utf8"));
  for (const { name, publicKey, message, signature, isValid } of cases) {
    const [key, bytes] = [hexToBytes(publicKey), hexToBytes(signature)];
    if (isValid || name.includes("only a cofactored check")) {
      const isSmallR = name.startsWith("R of order 8");
      assert.equal(isAdmissibleSignature(key, bytes), !isSmallR, name);
    }
    if (/not reduced|sign bit|y = p|torsion point|S \+ L|neutral/.test(name))
      assert.equal(isAdmissibleSignature(key, bytes), false, name);
    assert.equal(provider.ed25519Verify(key, hexToBytes(message), bytes), isValid, name);
    assert.equal(light.ed25519Verify(key, hexToBytes(message), bytes), isValid, name);
    assert.equal(reader.ed25519Verify(key, hexToBytes(message), bytes), isValid, name);
  }
});

// [ID-6]
test("ed25519Verify uses no cofactor: adding a torsion point to R or A of an honest signature spoils it", () => {
  const { Point } = ed25519;
  const torsion = ED25519_TORSION_SUBGROUP.map((hex) => Point.fromHex(hex, true)).filter((point) => !point.is0());
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.uint8Array({ maxLength: 20 }),
      fc.constantFrom(...torsion),
      (seed, message, extra) => {
        const [key, signature] = [provider.ed25519PublicKey(seed), provider.ed25519Sign(seed, message)];
        assert.ok(provider.ed25519Verify(key, message, signature));
        const moved = signature.slice();
        moved.set(Point.fromBytes(signature.subarray(0, 32)).add(extra).toBytes());
        assert.equal(provider.ed25519Verify(key, message, moved), false);
        assert.equal(light.ed25519Verify(key, message, moved), false);
      },
    ),
    { numRuns: 30 },
  );
});

// [ID-5] [ID-6]
test("two libraries come to one verdict on keys and signatures made of crafted points and scalars", () => {
  const { Point } = ed25519;
  const torsion = ED25519_TORSION_SUBGROUP.map((hex) => Point.fromHex(hex, true));
  const scalar = fc.bigInt({ min: 1n, max: L - 1n });
  const crafted = fc.record({
    a: scalar,
    r: scalar,
    ofKey: fc.constantFrom(...torsion),
    ofR: fc.constantFrom(...torsion),
    above: fc.constantFrom(0n, 0n, 0n, L, 2n * L),
    message: fc.uint8Array({ maxLength: 8 }),
  });
  const seen = { valid: 0, invalid: 0 };
  fc.assert(
    fc.property(crafted, ({ a, r, ofKey, ofR, above, message }) => {
      const [key, point] = [Point.BASE.multiply(a).add(ofKey).toBytes(), Point.BASE.multiply(r).add(ofR).toBytes()];
      const k = BigInt(`0x${bytesToHex(provider.sha512(point, key, message).reverse())}`) % L;
      const signature = Uint8Array.of(...point, ...littleEndian(((r + k * a) % L) + above));
      // [S]B - [k]A is R where what k makes of A's torsion is what R's is the opposite of.
      const isValid = above === 0n && ofR.add(ofKey.multiplyUnsafe(k % 8n)).is0();
      seen[isValid ? "valid" : "invalid"]++;
      assert.equal(provider.ed25519Verify(key, message, signature), isValid);
      assert.equal(light.ed25519Verify(key, message, signature), isValid);
      assert.equal(reader.ed25519Verify(key, message, signature), isValid);
    }),
    { numRuns: 150 },
  );
  assert.ok(seen.valid > 0 && seen.invalid > 0);
});
