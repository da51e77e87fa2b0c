/**
 * The same frozen bytes, computed a second time: in a straight line, as spec/handshake.md and
 * spec/resume.md have it, with node:crypto and none of the classes of noise/ and session/.
 */
import assert from "node:assert/strict";
import {
  createCipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  sign,
} from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js";

const VECTORS = join(import.meta.dirname, "../../../../spec/vectors");
const bytes = (hex: string): Buffer => Buffer.from(hex, "hex");
const cat = (...parts: (Uint8Array | string)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));
const u32 = (value: number): Buffer => cat(Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value));
const sha256 = (...parts: Uint8Array[]): Buffer =>
  createHash("sha256")
    .update(cat(...parts))
    .digest();
const hmac = (key: Uint8Array, data: Uint8Array): Buffer => createHmac("sha256", key).update(data).digest();

const PKCS8 = { x25519: "302e020100300506032b656e04220420", ed25519: "302e020100300506032b657004220420" };
const privateKey = (kind: keyof typeof PKCS8, raw: Buffer) =>
  createPrivateKey({ key: cat(bytes(PKCS8[kind]), raw), format: "der", type: "pkcs8" });
const publicOf = (kind: keyof typeof PKCS8, raw: Buffer): Buffer =>
  createPublicKey(privateKey(kind, raw)).export({ format: "der", type: "spki" }).subarray(-32);
const dh = (secret: Buffer, theirs: Buffer): Buffer => {
  const key = createPublicKey({ key: cat(bytes("302a300506032b656e032100"), theirs), format: "der", type: "spki" });
  return diffieHellman({ privateKey: privateKey("x25519", secret), publicKey: key });
};

/** Noise §4.3, spelled out. */
function hkdf(ck: Uint8Array, input: Uint8Array): [Buffer, Buffer, Buffer] {
  const temp = hmac(ck, input);
  const one = hmac(temp, Uint8Array.of(1));
  const two = hmac(temp, cat(one, Uint8Array.of(2)));
  return [one, two, hmac(temp, cat(two, Uint8Array.of(3)))];
}

function transcript(name: string, prologue: Buffer) {
  let h: Buffer = sha256(Buffer.from(name));
  let ck: Buffer = h;
  let k: Buffer = Buffer.alloc(0);
  let n = 0;
  const mixHash = (data: Uint8Array) => {
    h = sha256(h, data);
  };
  mixHash(prologue);
  return {
    h: () => h,
    ck: () => ck,
    mixHash,
    mixKey(input: Uint8Array) {
      [ck, k] = hkdf(ck, input);
      n = 0;
    },
    mixKeyAndHash(input: Uint8Array) {
      let temp: Buffer;
      [ck, temp, k] = hkdf(ck, input);
      mixHash(temp);
      n = 0;
    },
    seal(plaintext: Uint8Array): Buffer {
      const cipher = createCipheriv("aes-256-gcm", k, cat(new Uint8Array(8), u32(n++)));
      cipher.setAAD(h);
      const sealed = cat(cipher.update(plaintext), cipher.final(), cipher.getAuthTag());
      mixHash(sealed);
      return sealed;
    },
  };
}

function secretsOf(ck: Uint8Array, h: Uint8Array) {
  const [initiatorToResponder, responderToInitiator] = hkdf(ck, new Uint8Array(0));
  const named = (label: string, length: number) =>
    Buffer.from(hkdfSync("sha256", ck, h, label, length)).toString("hex");
  return {
    initiatorToResponder: initiatorToResponder.toString("hex"),
    responderToInitiator: responderToInitiator.toString("hex"),
    resumeSecret: named("kith/1 resume secret", 32),
    resumeId: named("kith/1 resume id", 16),
    transcript: Buffer.from(h).toString("hex"),
  };
}

const { cases } = JSON.parse(readFileSync(join(VECTORS, "handshake.json"), "utf8"));
for (const vector of cases) {
  test(`handshake vector, in a straight line: ${vector.name}`, () => {
    const { initiator: a, responder: b } = vector;
    const tag = bytes(vector.tag ?? "00".repeat(16));
    const range = Uint8Array.of(a.versions.min, a.versions.max);
    const t = transcript("Noise_XXhfs_25519+MLKEM768_AESGCM_SHA256", cat("kith/1 handshake\0", range, tag));
    const [ea, eb, sa, sb] = [a.ephemeralSecret, b.ephemeralSecret, a.staticSecret, b.staticSecret].map(bytes) as [
      Buffer,
      Buffer,
      Buffer,
      Buffer,
    ];
    const kem = ml_kem768.keygen(bytes(a.kemRandom));
    const payload = (side: typeof a, role: string, staticKey: Buffer): Buffer => {
      const seed = bytes(side.identitySeed);
      const contactSecret = Buffer.from(hkdfSync("sha256", seed, "", "kith/1 contact key", 32));
      const versions = Uint8Array.of(vector.version, side.versions.min, side.versions.max);
      const keys = cat(publicOf("ed25519", seed), publicOf("x25519", contactSecret));
      const fields = cat(versions, keys, bytes(side.incarnation), u32(side.index));
      const signed = cat(`kith/1 handshake ${role}\0`, t.h(), staticKey, fields);
      return cat(fields, sign(null, signed, privateKey("ed25519", seed)));
    };

    t.mixHash(publicOf("x25519", ea)); //                                           e
    t.mixHash(kem.publicKey); //                                                    e1
    t.mixHash(new Uint8Array(0)); //                                                payload
    const cookie = bytes(vector.cookie ?? "");
    const head = cat("\x01kith", range, Uint8Array.of(cookie.length), cookie, tag);
    assert.equal(cat(head, publicOf("x25519", ea), kem.publicKey).toString("hex"), vector.hello);

    t.mixHash(publicOf("x25519", eb)); //                                           e
    t.mixKey(dh(eb, publicOf("x25519", ea))); //                                    ee
    const { cipherText, sharedSecret } = ml_kem768.encapsulate(kem.publicKey, bytes(b.kemRandom));
    const ekem1 = t.seal(cipherText); //                                            ekem1
    t.mixKey(sharedSecret);
    const sealedB = t.seal(publicOf("x25519", sb)); //                              s
    t.mixKey(dh(sb, publicOf("x25519", ea))); //                                    es
    const two = t.seal(payload(b, "responder", publicOf("x25519", sb)));
    assert.equal(cat("\x03", publicOf("x25519", eb), ekem1, sealedB, two).toString("hex"), vector.answer);

    const sealedA = t.seal(publicOf("x25519", sa)); //                              s
    t.mixKey(dh(sa, publicOf("x25519", eb))); //                                    se
    const three = t.seal(payload(a, "initiator", publicOf("x25519", sa)));
    assert.equal(cat("\x04", sealedA, three).toString("hex"), vector.confirm);
    const secrets = secretsOf(t.ck(), t.h());
    for (const [name, value] of Object.entries(secrets)) assert.equal(value, vector[name], name);
  });
}

const resumptions = JSON.parse(readFileSync(join(VECTORS, "resume.json"), "utf8"));
for (const vector of resumptions.cases) {
  test(`resume vector, in a straight line: ${vector.name}`, () => {
    const { initiator: a, responder: b } = vector;
    const id = bytes(vector.id);
    const who = [a.peerId, a.incarnation, b.peerId, b.incarnation].map(bytes);
    const prologue = cat("kith/1 resume\0", Uint8Array.of(vector.version), id, ...who);
    const t = transcript("Noise_NNhfs+psk0_25519+MLKEM768_AESGCM_SHA256", prologue);
    const [ea, eb] = [bytes(a.ephemeralSecret), bytes(b.ephemeralSecret)];
    const kem = ml_kem768.keygen(bytes(a.kemRandom));
    const mixEphemeral = (key: Buffer): Buffer => {
      t.mixHash(key);
      t.mixKey(key); // Noise §9.2
      return key;
    };

    t.mixKeyAndHash(bytes(vector.psk)); //                                          psk
    const one = cat(mixEphemeral(publicOf("x25519", ea)), t.seal(kem.publicKey)); // e, e1
    const request = cat(one, t.seal(u32(a.index)));
    assert.equal(cat("\x05", Uint8Array.of(vector.version), id, request).toString("hex"), vector.resume);

    const answer = mixEphemeral(publicOf("x25519", eb)); //                         e
    t.mixKey(dh(eb, publicOf("x25519", ea))); //                                    ee
    const { cipherText, sharedSecret } = ml_kem768.encapsulate(kem.publicKey, bytes(b.kemRandom));
    const ekem1 = t.seal(cipherText); //                                            ekem1
    t.mixKey(sharedSecret);
    const received = bytes(vector.received);
    const reply = t.seal(cat(u32(b.index), Uint8Array.of(received.length), received));
    assert.equal(cat("\x06", id, answer, ekem1, reply).toString("hex"), vector.resumed);
    const secrets = secretsOf(t.ck(), t.h());
    for (const [name, value] of Object.entries(secrets)) assert.equal(value, vector[name], name);
  });
}
