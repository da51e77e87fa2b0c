/**
 * BBS against the published fixtures of draft-irtf-cfrg-bbs-signatures, BLS12-381-SHA-256, where they are at hand
 * (KITH_VECTORS, or `../shared/vectors`), and by properties that need none.
 */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { bls12_381 } from "@noble/curves/bls12-381.js";
import fc from "fast-check";
import { bytesToHex, hexToBytes } from "../lib/hex.ts";
import { type BbsClaim, nobleBbs as bbs } from "./bbs.ts";
import { FROZEN_POINTS } from "./bbs-frozen-points.ts";
import { generatorsFor, hashedPoint, links } from "./bbs-generators.ts";
import { DST, hashToScalar, readPoint, readScalar, scalarToBytes } from "./bbs-suite.ts";

const ROOT = join(import.meta.dirname, "../../../..");
const PUBLISHED = join(process.env["KITH_VECTORS"] ?? join(ROOT, "../shared/vectors"), "bbs");
const absent = existsSync(PUBLISHED) ? false : `no published vectors at ${PUBLISHED}`;

const read = (name: string) => JSON.parse(readFileSync(join(PUBLISHED, name), "utf8"));
const folder = (name: string) => readdirSync(join(PUBLISHED, name)).map((file) => read(`${name}/${file}`));
const bytesOf = (hexes: readonly string[]): Uint8Array[] => hexes.map(hexToBytes);
const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));

test("the published keys, scalars and generators", { skip: absent }, () => {
  const { keyMaterial, keyInfo, keyPair } = read("keypair.json");
  const keys = bbs.keyGen(hexToBytes(keyMaterial), hexToBytes(keyInfo));
  assert.equal(bytesToHex(keys.secretKey), keyPair.secretKey);
  assert.equal(bytesToHex(keys.publicKey), keyPair.publicKey);
  const { message, scalar } = read("h2s.json");
  assert.equal(bytesToHex(scalarToBytes(hashToScalar(hexToBytes(message), DST.hashToScalar))), scalar);
  for (const each of read("MapMessageToScalarAsHash.json").cases)
    assert.equal(bytesToHex(scalarToBytes(hashToScalar(hexToBytes(each.message), DST.message))), each.scalar);
  const { P1, Q1, MsgGenerators } = read("generators.json");
  assert.deepEqual(
    generatorsFor(MsgGenerators.length).points.map((point) => point.toHex()),
    [P1, Q1, ...MsgGenerators],
  );
});

test("[CRE-1] the generators that are frozen are those that the draft hashes, and more follow on them", () => {
  const hashed = links(20).map((link) => hashedPoint(link).toHex());
  const made = generatorsFor(19).points.map((point) => point.toHex());
  assert.deepEqual(made.slice(1), hashed);
  assert.equal(FROZEN_POINTS.length, 17);
});

test("the published signatures: made again where valid, refused where not", { skip: absent }, (t) => {
  const cases = folder("signature");
  for (const { caseName, signerKeyPair, header, messages, signature, result } of cases) {
    const [publicKey, secretKey] = bytesOf([signerKeyPair.publicKey, signerKeyPair.secretKey]) as [
      Uint8Array,
      Uint8Array,
    ];
    const list = bytesOf(messages);
    assert.equal(bbs.verify(publicKey, hexToBytes(signature), hexToBytes(header), list), result.valid, caseName);
    const made = bytesToHex(bbs.sign({ publicKey, secretKey }, hexToBytes(header), list));
    assert.equal(made === signature, result.valid, caseName);
  }
  assert.equal(cases.filter(({ result }) => !result.valid).length, 7);
  t.diagnostic(`${cases.length} published signatures ran`);
});

test("the published proofs: made again from their scalars where valid, refused where not", { skip: absent }, (t) => {
  const cases = folder("proof");
  for (const each of cases) {
    const [publicKey, header, presentationHeader, proof] = bytesOf([
      each.signerPublicKey,
      each.header,
      each.presentationHeader,
      each.proof,
    ]) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    const messages = bytesOf(each.messages);
    const shown: [number, Uint8Array][] = each.disclosedIndexes.map((place: number) => [place, messages[place]]);
    const claim = { publicKey, header, presentationHeader, shown };
    assert.equal(bbs.proofVerify(claim, proof), each.result.valid, each.caseName);
    if (!each.result.valid) continue;
    const { r1, r2, e_tilde, r1_tilde, r3_tilde, m_tilde_scalars } = each.trace.random_scalars;
    const drawn = [r1, r2, e_tilde, r1_tilde, r3_tilde, ...m_tilde_scalars];
    const replayed = (length: number): Uint8Array => {
      const next = drawn.shift();
      return next === undefined ? random(length) : hexToBytes(next.padStart(2 * length, "0"));
    };
    const statement = { ...claim, signature: hexToBytes(each.signature), messages, shown: each.disclosedIndexes };
    assert.equal(bytesToHex(bbs.proofGen(statement, replayed)), each.proof, each.caseName);
  }
  assert.equal(cases.filter(({ result }) => !result.valid).length, 10);
  t.diagnostic(`${cases.length} published proofs ran`);
});

const HEADER = hexToBytes("aa");
const PRESENTATION = hexToBytes("bb");
const MESSAGES = bytesOf(["01", "02", "03", "04"]);

/** One signature for all tests below: making it is dear. */
const keys = bbs.keyGen(random(32), new Uint8Array(0));
const signature = bbs.sign(keys, HEADER, MESSAGES);
const statement = {
  publicKey: keys.publicKey,
  signature,
  header: HEADER,
  presentationHeader: PRESENTATION,
  messages: MESSAGES,
};
const claimOf = (places: readonly number[]): BbsClaim => {
  const shown = places.map((place): [number, Uint8Array] => [place, MESSAGES[place]!]);
  return { publicKey: keys.publicKey, header: HEADER, presentationHeader: PRESENTATION, shown };
};

test("[CRE-2] a proof shows what was chosen, for any choice, and two have no scalar or point in common", () => {
  fc.assert(
    fc.property(fc.subarray([0, 1, 2, 3]), (shown) => {
      const [one, two] = [bbs.proofGen({ ...statement, shown }, random), bbs.proofGen({ ...statement, shown }, random)];
      assert.equal(one.length, 272 + 32 * (4 - shown.length));
      assert.ok(bbs.proofVerify(claimOf(shown), one));
      assert.ok(bbs.proofVerify(claimOf(shown), two));
      const parts = (proof: Uint8Array): string[] => bytesToHex(proof).match(/.{32}/g) ?? [];
      assert.ok(parts(one).every((part) => !parts(two).includes(part)));
    }),
    { numRuns: 6 },
  );
});

test("[CRE-2] a proof holds for its own claim alone", () => {
  const proof = bbs.proofGen({ ...statement, shown: [1, 2] }, random);
  const claim = claimOf([1, 2]);
  const [one, two] = [MESSAGES[1]!, MESSAGES[2]!];
  const other: Record<string, Partial<BbsClaim>> = {
    swapped: {
      shown: [
        [1, two],
        [2, one],
      ],
    },
    "out of order": {
      shown: [
        [2, two],
        [1, one],
      ],
    },
    "one twice": {
      shown: [
        [1, one],
        [1, one],
      ],
    },
    elsewhere: {
      shown: [
        [0, one],
        [2, two],
      ],
    },
    "past the end": {
      shown: [
        [1, one],
        [4, two],
      ],
    },
    "no place": {
      shown: [
        [1, one],
        [1.5, two],
      ],
    },
    "before the start": {
      shown: [
        [-1, one],
        [2, two],
      ],
    },
    fewer: { shown: [[1, one]] },
    more: {
      shown: [
        [1, one],
        [2, two],
        [3, MESSAGES[3]!],
      ],
    },
    "another header": { header: hexToBytes("ab") },
    "no header": { header: new Uint8Array(0) },
    "another use": { presentationHeader: hexToBytes("bc") },
    "another key": { publicKey: bbs.keyGen(random(32), HEADER).publicKey },
    "no key": { publicKey: new Uint8Array(96) },
  };
  assert.ok(bbs.proofVerify(claim, proof));
  for (const [name, change] of Object.entries(other)) assert.ok(!bbs.proofVerify({ ...claim, ...change }, proof), name);
});

test("[CRE-2] a proof of a signature that is none, or of another key's, does not hold", () => {
  const others = bbs.keyGen(random(32), HEADER);
  const foreign = bbs.sign({ secretKey: others.secretKey, publicKey: keys.publicKey }, HEADER, MESSAGES);
  const changed = bbs.sign(keys, HEADER, [...MESSAGES].reverse());
  for (const each of [foreign, changed]) {
    const proof = bbs.proofGen({ ...statement, signature: each, shown: [0] }, random);
    assert.ok(!bbs.proofVerify(claimOf([0]), proof)); // all but the pairing is as it should be
  }
});

/** r, and a point of the curve that is of no use: x = 4, outside of the subgroup. */
const ORDER = bls12_381.fields.Fr.ORDER;
const FIELD = bls12_381.fields.Fp.ORDER;
const hexOf = (value: bigint, bytes: number): string => value.toString(16).padStart(2 * bytes, "0");
const OUTSIDE = `80${hexOf(4n, 47)}`;
const BAD_POINTS: Readonly<Record<string, string>> = {
  identity: `c0${"00".repeat(47)}`,
  "identity with a rest": `c0${"00".repeat(46)}01`,
  "identity with a sign": `e0${"00".repeat(47)}`,
  zeros: "00".repeat(48),
  "not compressed": `00${hexOf(4n, 47)}`,
  "x of the field's order": hexOf(FIELD | (1n << 383n), 48),
  "off the curve": `80${hexOf(1n, 47)}`,
  "outside of the subgroup": OUTSIDE,
};

test("[CRE-1] points and scalars that are not canonical, of the subgroup and not the identity are refused everywhere", () => {
  const { Fp } = bls12_381.fields;
  assert.ok(Fp.eql(Fp.sqr(Fp.sqrt(Fp.create(68n))), 68n), "x = 4 is on the curve: 64 + 4 is a square");
  const proof = bytesToHex(bbs.proofGen({ ...statement, shown: [0] }, random));
  const claim = claimOf([0]);
  const put = (hex: string, at: number, part: string): Uint8Array =>
    hexToBytes(hex.slice(0, 2 * at) + part + hex.slice(2 * at + part.length));
  for (const [name, point] of Object.entries(BAD_POINTS)) {
    assert.equal(readPoint(hexToBytes(point)), undefined, name);
    for (const at of [0, 48, 96]) assert.ok(!bbs.proofVerify(claim, put(proof, at, point)), `${name} at ${at}`);
    assert.ok(!bbs.verify(keys.publicKey, put(bytesToHex(signature), 0, point), HEADER, MESSAGES), name);
  }
  for (let at = 144; at < proof.length / 2; at += 32) {
    const value = BigInt(`0x${proof.slice(2 * at, 2 * at + 64)}`);
    assert.ok(!bbs.proofVerify(claim, put(proof, at, "00".repeat(32))), `zero at ${at}`);
    assert.ok(!bbs.proofVerify(claim, put(proof, at, hexOf(ORDER, 32))), `r at ${at}`);
    if (value + ORDER < 1n << 256n)
      assert.ok(!bbs.proofVerify(claim, put(proof, at, hexOf(value + ORDER, 32))), "plus r");
  }
  for (const scalar of [0n, ORDER, ORDER + 1n]) assert.equal(readScalar(hexToBytes(hexOf(scalar, 32))), undefined);
  assert.equal(readScalar(hexToBytes(hexOf(ORDER - 1n, 32))), ORDER - 1n);
  const badKeys = [
    `c0${"00".repeat(95)}`,
    "00".repeat(96),
    `80${"00".repeat(94)}02`,
    bytesToHex(keys.publicKey.subarray(1)),
  ];
  for (const key of badKeys) assert.ok(!bbs.isPublicKey(hexToBytes(key)), key);
  assert.ok(bbs.isPublicKey(keys.publicKey));
});

test("[CRE-1] a damaged, cut or longer proof or signature is false, never an exception", () => {
  const proof = bbs.proofGen({ ...statement, shown: [3] }, random);
  const claim = claimOf([3]);
  for (const length of [0, 1, 47, 271, 272, proof.length - 32, proof.length - 1])
    assert.ok(!bbs.proofVerify(claim, proof.subarray(0, length)), `${length} bytes`);
  for (const extra of [1, 32, 32 * 40])
    assert.ok(!bbs.proofVerify(claim, new Uint8Array([...proof, ...random(extra)])));
  const flip = (bytes: Uint8Array, bit: number): Uint8Array =>
    bytes.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
  fc.assert(
    fc.property(fc.nat(8 * proof.length - 1), (bit) => !bbs.proofVerify(claim, flip(proof, bit))),
    { numRuns: 12 },
  );
  fc.assert(
    fc.property(
      fc.nat(8 * signature.length - 1),
      (bit) => !bbs.verify(keys.publicKey, flip(signature, bit), HEADER, MESSAGES),
    ),
    { numRuns: 8 },
  );
  for (const cut of [0, 79]) assert.ok(!bbs.verify(keys.publicKey, signature.subarray(0, cut), HEADER, MESSAGES));
  assert.ok(!bbs.verify(keys.publicKey, signature, HEADER, new Array(33).fill(HEADER)));
});
