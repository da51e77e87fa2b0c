import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { bytesToHex, hexToBytes } from "../lib/hex.ts";
import { nobleBbs as bbs } from "./bbs.ts";
import { generatorsFor } from "./bbs-generators.ts";

const ROOT = join(import.meta.dirname, "../../../..");
const vectors = JSON.parse(readFileSync(join(ROOT, "spec/vectors/bbs.json"), "utf8"));
const bytesOf = (hexes: readonly string[]): Uint8Array[] => hexes.map(hexToBytes);

const { keyGen, signature, proof } = vectors;
const keys = bbs.keyGen(hexToBytes(keyGen.keyMaterial), hexToBytes(keyGen.keyInfo));
const [header, messages] = [hexToBytes(signature.header), bytesOf(signature.messages)];
const claim = {
  publicKey: keys.publicKey,
  header,
  presentationHeader: hexToBytes(proof.presentationHeader),
  shown: proof.shown.map((place: number): [number, Uint8Array] => [place, messages[place]!]),
};

test("[CRE-1] BBS gives the frozen figures of the draft", () => {
  assert.equal(bytesToHex(keys.secretKey), keyGen.secretKey);
  assert.equal(bytesToHex(keys.publicKey), keyGen.publicKey);
  const points = generatorsFor(messages.length).points;
  assert.deepEqual(
    points.map((point) => point.toHex()),
    vectors.generators,
  );
  assert.equal(bytesToHex(bbs.sign(keys, header, messages)), signature.signature);
  assert.ok(bbs.verify(keys.publicKey, hexToBytes(signature.signature), header, messages));
  const left = bytesOf(proof.scalars.map((scalar: string) => scalar.padStart(96, "0")));
  const random = (length: number): Uint8Array => left.shift() ?? crypto.getRandomValues(new Uint8Array(length));
  const statement = { ...claim, signature: hexToBytes(signature.signature), messages, shown: proof.shown };
  assert.equal(bytesToHex(bbs.proofGen(statement, random)), proof.proof);
  assert.ok(bbs.proofVerify(claim, hexToBytes(proof.proof)));
});

test("[CRE-1] BBS refuses the frozen proofs that are not canonical", () => {
  for (const each of vectors.refused) assert.ok(!bbs.proofVerify(claim, hexToBytes(each.proof)), each.name);
  assert.equal(vectors.refused.length, 14);
});
