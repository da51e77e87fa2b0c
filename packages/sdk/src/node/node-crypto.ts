/**
 * {@link CryptoProvider} over `node:crypto`, for every Node from 22.12 on; what a Node lacks (ML-KEM and
 * Argon2 before 24) comes from noble. Figures: one thread of a two-core machine, Node 24.21, best of many.
 *
 *     sha256, 64 B        0.9 µs     crypto.hash in one shot; createHash takes 1.3
 *     hmacSha256, 64 B    2.1 µs     two crypto.hash over a reused block; createHmac takes 5 with its key import
 *     hkdfSha256, 32 B    4.5 µs     from those; hkdfSync takes 15
 *     x25519Generate      45 µs      OpenSSL's own generation; importing 32 random bytes takes 70
 *     x25519              41 µs      + 31 when the public key, + 70 when the secret key is new to us
 *     ed25519Sign         41 µs      + 60 when the seed is new to us
 *     ed25519Verify       110 µs     + 28 when the public key is new to us
 *     ML-KEM-768          50, 75, 38 µs      generate, encapsulate (48 of it for the import), decapsulate
 *     seal, open          3.5, 2.8 µs for 100 B; 16, 15 µs for 64 KiB; raw keys instead of KeyObjects cost 8 more
 *     argon2id            0.3 s for 64 MiB, three passes
 *
 * Imports are dear, so the KeyObject of an array is remembered for as long as the array lives.
 *
 * @module
 */
import crypto, { type KeyObject } from "node:crypto";
import {
  type AeadKey,
  type Argon2Cost,
  type CryptoProvider,
  isAdmissibleSignature,
  type KeyPair,
  nobleProvider,
  type RandomSource,
} from "@kith/core";

const TAG_BYTES = 16;
const NONCE_BYTES = 12;
const SCRATCH_BYTES = 4_096;
const ML_KEM_PUBLIC_BYTES = 1_184;
const ML_KEM_CIPHERTEXT_BYTES = 1_088;
const ED25519_PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");
const X25519_PKCS8 = Buffer.from("302e020100300506032b656e04220420", "hex");
/** The form of RFC 9935 that holds the seed alone. */
const ML_KEM_PKCS8 = Buffer.from("3054020100300b060960864801650304040204428040", "hex");
const ML_KEM_SPKI = Buffer.from("308204b2300b0609608648016503040402038204a100", "hex");

type MlKem = Pick<CryptoProvider, "mlKemGenerate" | "mlKemFromSeed" | "mlKemEncapsulate" | "mlKemDecapsulate">;

const nobleMlKem: MlKem = {
  mlKemGenerate: nobleProvider.mlKemGenerate,
  mlKemFromSeed: nobleProvider.mlKemFromSeed,
  mlKemEncapsulate: nobleProvider.mlKemEncapsulate,
  mlKemDecapsulate: nobleProvider.mlKemDecapsulate,
};

export interface NodeProviderOptions {
  /**
   * `false`: key material comes from OpenSSL's generator and the `random` argument is not asked,
   * which halves the cost of a key pair. `true`: from `random` alone, so that a seed repeats a run.
   */
  readonly isSeeded: boolean;
}

/** Every provider shares the caches and the scratch space below: one thread has one use for them at a time. */
export function createNodeProvider(options: NodeProviderOptions): CryptoProvider {
  return {
    sha256: (...parts) => digest("sha256", parts),
    sha512: (...parts) => digest("sha512", parts),
    hmacSha256: (key, ...parts) => hmacSha256(key, parts),
    hkdfSha256,
    x25519Generate: options.isSeeded ? x25519FromRandom : x25519Generate,
    x25519PublicKey,
    x25519,
    ed25519PublicKey,
    ed25519Sign,
    ed25519Verify,
    ...(hasNativeMlKem() ? nativeMlKem(options) : nobleMlKem),
    importAeadKey: (key) => crypto.createSecretKey(key),
    seal,
    open,
    argon2id: typeof crypto.argon2Sync === "function" ? nativeArgon2id : nobleProvider.argon2id,
  };
}

/** The provider of `@kith/sdk/node`. */
export const nodeProvider: CryptoProvider = createNodeProvider({ isSeeded: false });

// --- hashes ---------------------------------------------------------------------------------

const inner = new Uint8Array(SCRATCH_BYTES);
const outer = new Uint8Array(64 + 32);

function digest(algorithm: "sha256" | "sha512", parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return asBytes(crypto.hash(algorithm, only, "buffer"));
  const end = gather(parts, 0);
  if (end !== undefined) return asBytes(crypto.hash(algorithm, inner.subarray(0, end), "buffer"));
  const hash = crypto.createHash(algorithm);
  for (const part of parts) hash.update(part);
  return asBytes(hash.digest());
}

/** RFC 2104. */
function hmacSha256(key: Uint8Array, parts: readonly Uint8Array[]): Uint8Array {
  const block = key.length > 64 ? digest("sha256", [key]) : key;
  inner.fill(0x36, 0, 64);
  outer.fill(0x5c, 0, 64);
  for (let i = 0; i < block.length; i++) {
    const byte = block[i] ?? 0;
    inner[i] = byte ^ 0x36;
    outer[i] = byte ^ 0x5c;
  }
  const end = gather(parts, 64);
  if (end !== undefined) outer.set(crypto.hash("sha256", inner.subarray(0, end), "buffer"), 64);
  else {
    const hash = crypto.createHash("sha256").update(inner.subarray(0, 64));
    for (const part of parts) hash.update(part);
    outer.set(hash.digest(), 64);
  }
  const mac = asBytes(crypto.hash("sha256", outer, "buffer"));
  inner.fill(0, 0, 64); // the key, masked, does not stay behind
  outer.fill(0);
  return mac;
}

/** Puts `parts` one after the other into the scratch block from `start` on; `undefined` if they do not fit. */
function gather(parts: readonly Uint8Array[], start: number): number | undefined {
  let end = start;
  for (const part of parts) end += part.length;
  if (end > SCRATCH_BYTES) return undefined;
  let at = start;
  for (const part of parts) {
    inner.set(part, at);
    at += part.length;
  }
  return end;
}

/** RFC 5869. */
function hkdfSha256(key: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  if (length > 255 * 32) throw new RangeError(`HKDF of ${length} bytes`);
  const pseudoRandom = hmacSha256(salt, [key]);
  const output = new Uint8Array(length);
  let block: Uint8Array = new Uint8Array(0);
  for (let at = 0, index = 1; at < length; at += 32, index++) {
    block = hmacSha256(pseudoRandom, [block, info, Uint8Array.of(index)]);
    output.set(block.subarray(0, Math.min(32, length - at)), at);
  }
  return output;
}

// --- X25519 ---------------------------------------------------------------------------------

/** KeyObjects by the array they were imported from, with what shows whether its bytes are still the same. */
const secretKeys = new WeakMap<Uint8Array, { readonly key: KeyObject; readonly digest: Buffer }>();
const publicKeys = new WeakMap<Uint8Array, { readonly key: KeyObject; readonly bytes: Buffer }>();

function x25519Generate(): KeyPair {
  const { privateKey } = crypto.generateKeyPairSync("x25519");
  const { d, x } = privateKey.export({ format: "jwk" });
  const pair = { secretKey: fromBase64(d), publicKey: fromBase64(x) };
  secretKeys.set(pair.secretKey, { key: privateKey, digest: crypto.hash("sha256", pair.secretKey, "buffer") });
  return pair;
}

function x25519FromRandom(random: RandomSource): KeyPair {
  const secretKey = random(32);
  return { secretKey, publicKey: x25519PublicKey(secretKey) };
}

function x25519PublicKey(secretKey: Uint8Array): Uint8Array {
  return fromBase64(crypto.createPublicKey(secretKeyObject(secretKey, X25519_PKCS8)).export({ format: "jwk" }).x);
}

function x25519(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined {
  if (publicKey.length !== 32) throw new RangeError(`X25519 public key of ${publicKey.length} bytes`);
  const privateObject = secretKeyObject(secretKey, X25519_PKCS8);
  const publicObject = x25519PublicObject(publicKey);
  try {
    return asBytes(crypto.diffieHellman({ privateKey: privateObject, publicKey: publicObject }));
  } catch {
    return undefined; // OpenSSL refuses an all-zero result, its only failure with two good keys
  }
}

function x25519PublicObject(publicKey: Uint8Array): KeyObject {
  const known = publicKeys.get(publicKey);
  if (known?.bytes.equals(publicKey)) return known.key;
  const key = okpPublicKey("X25519", publicKey);
  publicKeys.set(publicKey, { key, bytes: Buffer.from(publicKey) });
  return key;
}

/**
 * PKCS #8 around 32 bytes. An array that was imported before is recognised by its digest, so that one
 * which was overwritten since is imported anew.
 */
function secretKeyObject(secretKey: Uint8Array, prefix: Buffer): KeyObject {
  if (secretKey.length !== 32) throw new RangeError(`secret key of ${secretKey.length} bytes`);
  const known = secretKeys.get(secretKey);
  const now = crypto.hash("sha256", secretKey, "buffer");
  if (known?.digest.equals(now) && known.key.asymmetricKeyType === keyTypeOf(prefix)) return known.key;
  const der = Buffer.concat([prefix, secretKey]);
  const key = untraced(() => crypto.createPrivateKey({ key: der, format: "der", type: "pkcs8" }));
  der.fill(0);
  secretKeys.set(secretKey, { key, digest: now });
  return key;
}

const keyTypeOf = (prefix: Buffer): string => (prefix === ED25519_PKCS8 ? "ed25519" : "x25519");

/** JWK is the cheapest import that every supported Node has. */
function okpPublicKey(crv: "X25519" | "Ed25519", publicKey: Uint8Array): KeyObject {
  const key = { kty: "OKP", crv, x: toBase64(publicKey) };
  return untraced(() => crypto.createPublicKey({ key, format: "jwk" }));
}

// --- Ed25519 --------------------------------------------------------------------------------

function ed25519PublicKey(seed: Uint8Array): Uint8Array {
  return fromBase64(crypto.createPublicKey(secretKeyObject(seed, ED25519_PKCS8)).export({ format: "jwk" }).x);
}

function ed25519Sign(seed: Uint8Array, message: Uint8Array): Uint8Array {
  return asBytes(crypto.sign(null, message, secretKeyObject(seed, ED25519_PKCS8)));
}

/** Keys of those who signed lately: a room's members sign all the time, in ever new arrays. The oldest import goes. */
const signersKeys = new Map<string, KeyObject>();
const SIGNERS_KEYS_MAX = 2_048;

function signersKey(publicKey: Uint8Array): KeyObject {
  const id = Buffer.from(publicKey.buffer, publicKey.byteOffset, publicKey.length).toString("latin1");
  const known = signersKeys.get(id);
  if (known !== undefined) return known;
  const key = okpPublicKey("Ed25519", publicKey);
  const oldest = signersKeys.size < SIGNERS_KEYS_MAX ? undefined : signersKeys.keys().next().value;
  if (oldest !== undefined) signersKeys.delete(oldest);
  signersKeys.set(id, key);
  return key;
}

/** OpenSSL checks the equation as our rule wants it: no cofactor, R compared as bytes. */
function ed25519Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (!isAdmissibleSignature(publicKey, signature)) return false;
  try {
    return crypto.verify(null, message, signersKey(publicKey), signature);
  } catch {
    return false; // a public key that is no point of the curve, in versions that check at import
  }
}

// --- ML-KEM-768 -----------------------------------------------------------------------------

function hasNativeMlKem(): boolean {
  try {
    return typeof crypto.encapsulate === "function" && crypto.generateKeyPairSync("ml-kem-768") !== undefined;
  } catch {
    return false; // Node with an OpenSSL before 3.5
  }
}

/** OpenSSL takes a seed for a key pair, none for an encapsulation. */
function nativeMlKem(options: NodeProviderOptions): MlKem {
  return options.isSeeded
    ? { mlKemGenerate: mlKemFromRandom, mlKemFromSeed, mlKemEncapsulate: nobleMlKem.mlKemEncapsulate, mlKemDecapsulate }
    : { mlKemGenerate, mlKemFromSeed, mlKemEncapsulate, mlKemDecapsulate };
}

function mlKemGenerate(): { readonly secretKey: object; readonly publicKey: Uint8Array } {
  return mlKemPair(crypto.generateKeyPairSync("ml-kem-768").privateKey);
}

const mlKemFromRandom = (random: RandomSource): { readonly secretKey: object; readonly publicKey: Uint8Array } =>
  mlKemFromSeed(random(64));

function mlKemFromSeed(seed: Uint8Array): { readonly secretKey: object; readonly publicKey: Uint8Array } {
  if (seed.length !== 64) throw new RangeError(`ML-KEM seed of ${seed.length} bytes`);
  const der = Buffer.concat([ML_KEM_PKCS8, seed]);
  const pair = mlKemPair(untraced(() => crypto.createPrivateKey({ key: der, format: "der", type: "pkcs8" })));
  der.fill(0);
  return pair;
}

function mlKemPair(secretKey: KeyObject): { readonly secretKey: object; readonly publicKey: Uint8Array } {
  const { pub } = crypto.createPublicKey(secretKey).export({ format: "jwk" }); // 4 µs; DER takes 35
  return { secretKey, publicKey: fromBase64(typeof pub === "string" ? pub : undefined) };
}

function mlKemEncapsulate(publicKey: Uint8Array): { ciphertext: Uint8Array; shared: Uint8Array } | undefined {
  if (publicKey.length !== ML_KEM_PUBLIC_BYTES) return undefined;
  let key: KeyObject;
  try {
    const der = Buffer.concat([ML_KEM_SPKI, publicKey]);
    key = untraced(() => crypto.createPublicKey({ key: der, format: "der", type: "spki" }));
  } catch {
    return undefined; // FIPS 203 §7.2: a coefficient is not below q
  }
  const { ciphertext, sharedKey } = crypto.encapsulate(key);
  return { ciphertext: asBytes(ciphertext), shared: asBytes(sharedKey) };
}

function mlKemDecapsulate(secretKey: object, ciphertext: Uint8Array): Uint8Array | undefined {
  if (!(secretKey instanceof crypto.KeyObject)) throw new TypeError("ML-KEM key of another provider");
  if (ciphertext.length !== ML_KEM_CIPHERTEXT_BYTES) return undefined;
  return asBytes(crypto.decapsulate(secretKey, ciphertext));
}

// --- AES-256-GCM ----------------------------------------------------------------------------

function seal(key: AeadKey, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): readonly Uint8Array[] {
  if (!(key instanceof crypto.KeyObject)) throw new TypeError("AEAD key of another provider");
  if (nonce.length !== NONCE_BYTES) throw new RangeError(`AES-GCM nonce of ${nonce.length} bytes`);
  const cipher = crypto.createCipheriv("aes-256-gcm", key, nonce);
  cipher.setAAD(aad);
  const ciphertext = cipher.update(plaintext);
  cipher.final();
  return [asBytes(ciphertext), asBytes(cipher.getAuthTag())]; // two arrays: joining them would be a copy
}

function open(key: AeadKey, nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
  if (!(key instanceof crypto.KeyObject)) throw new TypeError("AEAD key of another provider");
  if (nonce.length !== NONCE_BYTES) throw new RangeError(`AES-GCM nonce of ${nonce.length} bytes`);
  const end = sealed.length - TAG_BYTES;
  if (end < 0) return undefined;
  const decipher = crypto.createDecipheriv("aes-256-gcm", key, nonce);
  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(end));
  const plaintext = decipher.update(sealed.subarray(0, end));
  try {
    decipher.final();
  } catch {
    return undefined;
  }
  return asBytes(plaintext);
}

// --- Argon2id -------------------------------------------------------------------------------

function nativeArgon2id(passphrase: Uint8Array, salt: Uint8Array, cost: Argon2Cost, length: number): Uint8Array {
  return asBytes(
    crypto.argon2Sync("argon2id", {
      message: passphrase,
      nonce: salt,
      memory: cost.memoryKiB,
      passes: cost.passes,
      parallelism: cost.lanes,
      tagLength: length,
    }),
  );
}

// --- Node's habits --------------------------------------------------------------------------

/**
 * Node 24 finds out that an argument is no KeyObject by throwing and catching, twice an import; without a
 * stack trace that costs 12 to 50 µs less.
 */
function untraced<T>(importKey: () => T): T {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return importKey();
  } finally {
    Error.stackTraceLimit = before;
  }
}

/** The same memory as a plain array: a Buffer's `slice` does not copy, and nobody outside expects that. */
const asBytes = (buffer: Buffer): Uint8Array => new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);

const toBase64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64url");

/** Copies out of Node's shared pool and clears the place there. */
function fromBase64(text: string | undefined): Uint8Array {
  const pooled = Buffer.from(text ?? "", "base64url");
  const bytes = new Uint8Array(pooled);
  pooled.fill(0);
  return bytes;
}
