/** Watches that no key meets a nonce twice, whichever process or object holds it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesToHex } from "../lib/hex.ts";
import { nobleProvider } from "./noble-provider.ts";
import type { AeadKey, CryptoProvider } from "./provider.ts";

export class NonceLedger {
  readonly #keys = new WeakMap<AeadKey, string>();
  readonly #used = new Set<string>();

  get size(): number {
    return this.#used.size;
  }

  watch(base: CryptoProvider): CryptoProvider {
    return {
      ...base,
      importAeadKey: (bytes) => {
        const key = base.importAeadKey(bytes);
        this.#keys.set(key, bytesToHex(bytes));
        return key;
      },
      seal: (key, nonce, aad, plaintext) => {
        const use = `${this.#keys.get(key)} ${bytesToHex(nonce)}`;
        assert.ok(!this.#used.has(use), "a key met the same nonce twice");
        this.#used.add(use);
        return base.seal(key, nonce, aad, plaintext);
      },
    };
  }
}

test("NonceLedger notices a key that meets a nonce again, also through another handle", () => {
  const provider = new NonceLedger().watch(nobleProvider);
  const seal = (key: number, nonce: number): unknown =>
    provider.seal(
      provider.importAeadKey(new Uint8Array(32).fill(key)),
      new Uint8Array(12).fill(nonce),
      new Uint8Array(0),
      new Uint8Array(1),
    );
  seal(1, 1);
  seal(1, 2);
  seal(2, 1);
  assert.throws(() => seal(1, 1), /twice/);
});
