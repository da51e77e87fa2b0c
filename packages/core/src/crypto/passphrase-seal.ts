/**
 * Seals a few bytes, a key or an identity, under a passphrase (spec/identity.md §8).
 *
 *     sealed = u8 version (1) · u32 memory in KiB · u8 passes · u8 lanes · 32 B salt · ciphertext · 16 B tag
 *     key    = Argon2id(NFC of the passphrase as UTF-8, salt, cost, 32)
 *     AES-256-GCM, nonce of zeros, associated data = label ‖ 0 ‖ everything before the ciphertext
 *
 * The cost stands in the file so that it can grow, and is bounded on reading: a hostile file must not
 * make us take a gigabyte, nor offer our passphrase at a price that can be searched.
 *
 * @module
 */
import { assert } from "../lib/assert.ts";
import { concatBytes } from "../lib/bytes.ts";
import type { RandomSource } from "../lib/random.ts";
import { Reader } from "../lib/reader.ts";
import { textToBytes } from "../lib/utf8.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import { type Label, labelBytes } from "./labels.ts";
import type { Argon2Cost, CryptoProvider } from "./provider.ts";

/** RFC 9106 §4, second recommendation, with one lane because there is one thread: about 0.3 s native, 2 s in noble. */
export const PASSPHRASE_COST: Argon2Cost = { memoryKiB: 65_536, passes: 3, lanes: 1 };
/** What a file may ask for. The least is OWASP's smallest advice; the most takes a few seconds anywhere. */
export const PASSPHRASE_COST_MIN: Argon2Cost = { memoryKiB: 7_168, passes: 1, lanes: 1 };
export const PASSPHRASE_COST_MAX: Argon2Cost = { memoryKiB: 262_144, passes: 8, lanes: 4 };
/** Sealed by passphrase: a key or an identity, never a document. */
export const PASSPHRASE_PLAINTEXT_BYTES_MAX = 4_096;
export const PASSPHRASE_SALT_BYTES = 32;
export const PASSPHRASE_OVERHEAD_BYTES: number = 1 + 4 + 1 + 1 + PASSPHRASE_SALT_BYTES + 16;

const PASSPHRASE_VERSION = 1;
const ONCE: Uint8Array = new Uint8Array(12);

interface PassphraseOptions {
  readonly provider: CryptoProvider;
  readonly passphrase: string;
  readonly label: Label;
}

/** A new array. The passphrase is not judged here: that is a matter of the interface. */
export function sealWithPassphrase(
  options: PassphraseOptions & {
    readonly random: RandomSource;
    /** Default {@link PASSPHRASE_COST}; tests take less. */
    readonly cost?: Argon2Cost;
  },
  plaintext: Uint8Array,
): Uint8Array {
  const cost = options.cost ?? PASSPHRASE_COST;
  assert(isAcceptableCost(cost), "a passphrase cost that every reader accepts");
  assert(plaintext.length <= PASSPHRASE_PLAINTEXT_BYTES_MAX, `${plaintext.length} bytes under a passphrase`);
  const salt = options.random(PASSPHRASE_SALT_BYTES);
  assert(salt.length === PASSPHRASE_SALT_BYTES, "a salt of 32 bytes");
  const head = new Writer(64).u8(PASSPHRASE_VERSION).u32(cost.memoryKiB).u8(cost.passes).u8(cost.lanes).bytes(salt);
  const bytes = head.finish();
  const aad = associatedData(options.label, bytes);
  return concatBytes(bytes, ...options.provider.seal(keyFor(options, cost, salt), ONCE, aad, plaintext));
}

/**
 * A new array which the caller owns.
 * @throws {WireError} `ERR_TRUNCATED`, `ERR_VERSION`, `ERR_TOO_LARGE`; `ERR_VALUE` for a cost out of bounds, before
 * anything is computed; `ERR_CRYPTO` for a wrong passphrase or changed bytes, which cannot be told apart.
 */
export function openWithPassphrase(options: PassphraseOptions, sealed: Uint8Array): Uint8Array {
  const { cost, salt, head, ciphertext } = readSealed(sealed);
  const aad = associatedData(options.label, head);
  const plaintext = options.provider.open(keyFor(options, cost, salt), ONCE, aad, ciphertext);
  if (plaintext === undefined)
    throw new WireError("ERR_CRYPTO", "Cannot open with passphrase: wrong passphrase or changed bytes");
  return plaintext;
}

/**
 * Whether it has the form of what {@link sealWithPassphrase} makes: said at once, and without a passphrase.
 * @throws {WireError} as {@link openWithPassphrase}, but `ERR_CRYPTO`
 */
export const checkSealedForm = (sealed: Uint8Array): void => void readSealed(sealed);

interface Sealed {
  readonly cost: Argon2Cost;
  readonly salt: Uint8Array;
  /** All before the ciphertext. */
  readonly head: Uint8Array;
  readonly ciphertext: Uint8Array;
}

function readSealed(sealed: Uint8Array): Sealed {
  if (sealed.length > PASSPHRASE_PLAINTEXT_BYTES_MAX + PASSPHRASE_OVERHEAD_BYTES)
    throw new WireError("ERR_TOO_LARGE", "Cannot open with passphrase: too many bytes");
  const reader = new Reader(sealed);
  if (reader.u8() !== PASSPHRASE_VERSION)
    throw new WireError("ERR_VERSION", "Cannot open with passphrase: unknown version");
  const cost = { memoryKiB: reader.u32(), passes: reader.u8(), lanes: reader.u8() };
  const salt = reader.bytes(PASSPHRASE_SALT_BYTES);
  const head = sealed.subarray(0, reader.offset);
  const ciphertext = reader.rest();
  if (!isAcceptableCost(cost)) throw new WireError("ERR_VALUE", "Cannot open with passphrase: cost out of bounds");
  if (ciphertext.length < 16) throw new WireError("ERR_TRUNCATED", "Cannot open with passphrase: no tag");
  return { cost, salt, head, ciphertext };
}

const COST_FIELDS = ["memoryKiB", "passes", "lanes"] as const;

const isAcceptableCost = (cost: Argon2Cost): boolean =>
  COST_FIELDS.every((field) => cost[field] >= PASSPHRASE_COST_MIN[field] && cost[field] <= PASSPHRASE_COST_MAX[field]);

const associatedData = (label: Label, head: Uint8Array): Uint8Array =>
  concatBytes(labelBytes(label), Uint8Array.of(0), head);

/** NFC, because one keyboard composes an accent and another does not (RFC 8265 §4.2.2). */
function keyFor({ provider, passphrase }: PassphraseOptions, cost: Argon2Cost, salt: Uint8Array): object {
  const typed = textToBytes(passphrase.normalize("NFC"));
  const key = provider.argon2id(typed, salt, cost, 32);
  const handle = provider.importAeadKey(key);
  typed.fill(0);
  key.fill(0);
  return handle;
}
