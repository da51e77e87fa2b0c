import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { LABEL } from "../crypto/labels.ts";
import { nobleProvider } from "../crypto/noble-provider.ts";
import { sealWithPassphrase } from "../crypto/passphrase-seal.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import { AssertionError } from "../lib/assert.ts";
import { bytesToBase64url } from "../lib/base64url.ts";
import { concatBytes } from "../lib/bytes.ts";
import { bytesToHex } from "../lib/hex.ts";
import { WireError, type WireErrorCode } from "../lib/wire-error.ts";
import { EXPORT_NAME_BYTES_MAX, exportIdentity, importIdentity, isIdentityExport } from "./identity-export.ts";
import { createIdentity, oneTimeIdentity } from "./keys.ts";

const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));
const refuses = (code: WireErrorCode, run: () => unknown): void =>
  assert.throws(run, (error) => error instanceof WireError && error.code === code);

/** Argon2id is tested elsewhere; here a hash does, so that many tries take no time. */
const provider: CryptoProvider = {
  ...nobleProvider,
  argon2id: (passphrase, salt, _cost, length) => nobleProvider.sha256(passphrase, salt).slice(0, length),
};
const identity = createIdentity(provider, random);
const passphrase = "open sesame";
const exported = (name = "Ada"): string => exportIdentity({ provider, random, identity, name, passphrase });

test("importIdentity gives back the identity and its name", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 8 }), fc.string({ unit: "grapheme" }), (name, secret) => {
      fc.pre(Buffer.byteLength(name) <= EXPORT_NAME_BYTES_MAX);
      const text = exportIdentity({ provider, random, identity, name, passphrase: secret });
      const imported = importIdentity({ provider, text, passphrase: secret });
      assert.equal(imported.name, name);
      assert.equal(imported.identity.peerId, identity.peerId);
      assert.deepEqual(imported.identity.contactPublicKey, identity.contactPublicKey);
    }),
  );
});

test("an export says nothing but that it is one: no key, no name, never the same twice", () => {
  const text = exported("Unmistakable");
  assert.doesNotMatch(text, /Unmistakable/);
  assert.ok(!Buffer.from(text).toString("latin1").includes(bytesToHex(identity.seed.reveal())));
  assert.notEqual(exported("Unmistakable"), text);
  for (const line of text.split("\n")) assert.ok(line.length <= 64);
});

test("an import survives what mail does to white space, and no other change", () => {
  const text = exported();
  const mailed = `\r\n  ${text.replaceAll("\n", "\r\n\t")}  `;
  assert.equal(importIdentity({ provider, text: mailed, passphrase }).identity.peerId, identity.peerId);
  const body = text.indexOf("\n") + 1;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === "\n") continue;
    const changed = text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1);
    assert.throws(
      () => importIdentity({ provider, text: changed, passphrase }),
      (error) => error instanceof WireError && /^ERR_(TEXT|CRYPTO|VALUE|VERSION)$/.test(error.code),
      `at ${at - body}`,
    );
  }
});

test("importIdentity refuses what is no export, before it computes anything", () => {
  const none: CryptoProvider = { ...provider, argon2id: () => assert.fail("Argon2id ran") };
  const begin = "-----BEGIN KITH IDENTITY-----";
  const end = "-----END KITH IDENTITY-----";
  const attempt = (text: string) => () => importIdentity({ provider: none, text, passphrase });
  const text = exported();
  for (const each of [
    "",
    begin,
    end,
    `${begin}${end.slice(5)}`,
    text.replace("BEGIN", "BEGUN"),
    `${text}x`,
    `x${text}`,
    `${begin}\n!!!!\n${end}`,
  ])
    refuses("ERR_TEXT", attempt(each));
  refuses("ERR_TRUNCATED", attempt(`${begin}\n${end}`));
  refuses("ERR_TRUNCATED", attempt(`${begin}\nAQAA\n${end}`));
  refuses("ERR_TOO_LARGE", attempt("-".repeat(2_049)));
  refuses("ERR_TOO_LARGE", attempt(text + " ".repeat(2_048)));
});

test("importIdentity refuses a wrong passphrase as it refuses changed bytes", () => {
  for (const wrong of ["", "open sesam", "Open sesame", "open sesame "])
    refuses("ERR_CRYPTO", () => importIdentity({ provider, text: exported(), passphrase: wrong }));
});

test("importIdentity refuses rightly sealed nonsense", () => {
  const wrap = (plaintext: Uint8Array): string => {
    const sealed = sealWithPassphrase({ provider, random, passphrase, label: LABEL.identityExport }, plaintext);
    return `-----BEGIN KITH IDENTITY-----\n${bytesToBase64url(sealed)}\n-----END KITH IDENTITY-----`;
  };
  const seed = random(32);
  const attempt =
    (...parts: Uint8Array[]) =>
    () =>
      importIdentity({ provider, text: wrap(concatBytes(...parts)), passphrase });
  assert.equal(attempt(Uint8Array.of(1), seed, Uint8Array.of(1, 0x41))().name, "A");
  refuses("ERR_VERSION", attempt(Uint8Array.of(2), seed, Uint8Array.of(0)));
  refuses("ERR_TRUNCATED", attempt());
  refuses("ERR_TRUNCATED", attempt(Uint8Array.of(1), seed.subarray(1)));
  refuses("ERR_TRUNCATED", attempt(Uint8Array.of(1), seed, Uint8Array.of(2, 0x41)));
  refuses("ERR_TRAILING", attempt(Uint8Array.of(1), seed, Uint8Array.of(0, 0)));
  refuses("ERR_TOO_LARGE", attempt(Uint8Array.of(1), seed, Uint8Array.of(0x81, 0x01), new Uint8Array(129)));
  refuses("ERR_TEXT", attempt(Uint8Array.of(1), seed, Uint8Array.of(1, 0xff)));
});

// [ID-3]
test("a one-time identity cannot be exported, and no name over its limit", () => {
  const once = oneTimeIdentity(provider, random);
  assert.throws(() => exportIdentity({ provider, random, identity: once, name: "", passphrase }), AssertionError);
  assert.doesNotThrow(() => exported("n".repeat(EXPORT_NAME_BYTES_MAX)));
  assert.throws(() => exported("n".repeat(EXPORT_NAME_BYTES_MAX + 1)), AssertionError);
});

test("isIdentityExport tells what is whole without a passphrase, for every name, and what lost a part or is something else", () => {
  for (const name of ["", "A", "x".repeat(127), "x".repeat(EXPORT_NAME_BYTES_MAX)]) {
    const text = exported(name);
    assert.equal(isIdentityExport(text), true, name);
    assert.equal(isIdentityExport(text.replaceAll("\n", " ")), true);
  }
  const text = exported("");
  const end = text.indexOf("\n-----END");
  for (let lost = 1; lost < end; lost++)
    assert.equal(isIdentityExport(text.slice(0, end - lost) + text.slice(end)), false, `without ${lost} letters`);
  const long = exported("x".repeat(EXPORT_NAME_BYTES_MAX));
  assert.equal(isIdentityExport(long.replace("\n-----END", "AAAA\n-----END")), false);
  for (const other of ["", "hello", text.replace("KITH", "KIND"), text.slice(0, -10)])
    assert.equal(isIdentityExport(other), false);
  fc.assert(fc.property(fc.string(), (noise) => !isIdentityExport(noise)));
});
