/**
 * What is stored is sealed under a key that is used once (spec/identity.md §8): a restored snapshot or
 * a cloned disk cannot make a (key, nonce) pair happen twice, because no counter is stored.
 *
 *     sealed = u8 version (1) · 32 B salt · ciphertext · 16 B tag
 *     key    = HKDF-SHA-256(master key, salt, label ‖ 0 ‖ "at rest", 32)
 *     AES-256-GCM, nonce of zeros, associated data = version ‖ salt ‖ context
 *
 * `context` says where the thing belongs, its key in a store for example, so that one sealed value
 * cannot be put in the place of another.
 *
 * @module
 */
import { assert } from "../lib/assert.ts";
import { concatBytes } from "../lib/bytes.ts";
import type { RandomSource } from "../lib/random.ts";
import { Reader } from "../lib/reader.ts";
import { textToBytes } from "../lib/utf8.ts";
import { WireError } from "../lib/wire-error.ts";
import { type Label, labelBytes } from "./labels.ts";
import type { CryptoProvider } from "./provider.ts";
import type { Secret } from "./secret.ts";

export const AT_REST_SALT_BYTES = 32;
/** By how much a sealed value is longer than what it holds. */
export const AT_REST_OVERHEAD_BYTES: number = 1 + AT_REST_SALT_BYTES + 16;
const AT_REST_VERSION = 1;
const ONCE: Uint8Array = new Uint8Array(12);

interface AtRestOptions {
  readonly provider: CryptoProvider;
  /** 32 bytes, of full entropy: a passphrase goes through crypto/passphrase-seal.ts. */
  readonly key: Secret;
  readonly label: Label;
  readonly context: Uint8Array;
}

/** A new array; the same plaintext never gives the same bytes twice. */
export function sealAtRest(
  options: AtRestOptions & { readonly random: RandomSource },
  plaintext: Uint8Array,
): Uint8Array {
  const head = concatBytes(Uint8Array.of(AT_REST_VERSION), options.random(AT_REST_SALT_BYTES));
  assert(head.length === 1 + AT_REST_SALT_BYTES, "a salt of 32 bytes");
  const { provider, context } = options;
  return concatBytes(head, ...provider.seal(keyFor(options, head), ONCE, concatBytes(head, context), plaintext));
}

/**
 * A new array which the caller owns.
 * @throws {WireError} `ERR_TRUNCATED`, `ERR_VERSION`, or `ERR_CRYPTO` for another key, another context or one changed bit.
 */
export function openAtRest(options: AtRestOptions, sealed: Uint8Array): Uint8Array {
  const reader = new Reader(sealed);
  if (reader.u8() !== AT_REST_VERSION) throw new WireError("ERR_VERSION", "Cannot open stored value: unknown version");
  reader.bytes(AT_REST_SALT_BYTES);
  const head = sealed.subarray(0, reader.offset);
  const { provider, context } = options;
  const plaintext = provider.open(keyFor(options, head), ONCE, concatBytes(head, context), reader.rest());
  if (plaintext === undefined)
    throw new WireError("ERR_CRYPTO", "Cannot open stored value: wrong key or changed bytes");
  return plaintext;
}

function keyFor({ provider, key, label }: AtRestOptions, head: Uint8Array): object {
  assert(key.reveal().length === 32, "a master key of 32 bytes");
  const info = concatBytes(labelBytes(label), Uint8Array.of(0), textToBytes("at rest"));
  const once = provider.hkdfSha256(key.reveal(), head.subarray(1), info, 32);
  const handle = provider.importAeadKey(once);
  once.fill(0);
  return handle;
}
