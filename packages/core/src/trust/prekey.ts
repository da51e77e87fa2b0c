/**
 * Prekeys: what something is sealed to for somebody who is away: a member's share of an epoch key
 * (spec/room-keys.md §2), or an item that a relay keeps (spec/sealed-items.md §2).
 *
 *     prekey = u8 1 · 32 B member · u32 version · u64 made · u64 expires · 32 B X25519 · 1,184 B ML-KEM-768
 *              · 32 B contact key · 64 B signature of the member over the scope's label and context, and all before
 *
 * As in X3DH and PQXDH, minus one-time keys: an epoch is worth nothing after a day or two, a kept item after
 * two weeks, a prekey after three. The contact key lets members recognise each other later; nothing is sealed to it.
 *
 * @module
 */
import type { Label } from "../crypto/labels.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import { Secret } from "../crypto/secret.ts";
import type { LocalIdentity } from "../identity/keys.ts";
import { type PeerId, peerIdFromBytes, peerIdToBytes } from "../identity/peer-id.ts";
import { SIGNATURE_BYTES, signLabelled, verifyLabelled } from "../identity/signed.ts";
import { bytesToHex } from "../lib/hex.ts";
import type { RandomSource } from "../lib/random.ts";
import { Reader } from "../lib/reader.ts";
import { type WallTime, wallAfter } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import { CLOCK_SKEW } from "../wire/limits.ts";
import { PREKEY_LIFETIME } from "../wire/room-key-limits.ts";

const VERSION = 1;
const X25519_BYTES = 32;
const ML_KEM_PUBLIC_BYTES = 1_184;
const ML_KEM_SEED_BYTES = 64;
export const PREKEY_BYTES: number = 1 + 32 + 4 + 8 + 8 + X25519_BYTES + ML_KEM_PUBLIC_BYTES + 32 + SIGNATURE_BYTES;
/** Of the SHA-256 of a prekey: tells two of one version apart. */
export const PREKEY_MARK_BYTES = 8;

/** What prekeys are signed for: one made for one purpose counts for no other. */
export interface PrekeyScope {
  readonly label: Label;
  readonly context: Uint8Array;
}

export interface Prekey {
  readonly member: PeerId;
  /** Counts up by one with each of the member's. */
  readonly version: number;
  readonly made: WallTime;
  readonly expires: WallTime;
  readonly x25519: Uint8Array;
  readonly mlKem: Uint8Array;
  readonly contactKey: Uint8Array;
  /** 16 hexadecimal digits of the hash of {@link bytes}. */
  readonly mark: string;
  /** As received, signature included. */
  readonly bytes: Uint8Array;
}

/** The other half of one of our own. */
export interface PrekeySecret {
  readonly prekey: Prekey;
  /** 32 bytes. */
  readonly x25519: Secret;
  /** 64 bytes (FIPS 203: d ‖ z). */
  readonly mlKemSeed: Secret;
  readonly mlKemKey: object;
}

/** A new prekey of `identity` for one purpose. */
export function createPrekey(
  provider: CryptoProvider,
  random: RandomSource,
  identity: LocalIdentity,
  scope: PrekeyScope,
  version: number,
  wall: WallTime,
): PrekeySecret {
  const x25519 = random(32).slice();
  const seed = random(ML_KEM_SEED_BYTES).slice();
  const kem = provider.mlKemFromSeed(seed);
  const body = new Writer(PREKEY_BYTES)
    .u8(VERSION)
    .bytes(peerIdToBytes(identity.peerId))
    .u32(version)
    .u64(wall)
    .u64(wallAfter(wall, PREKEY_LIFETIME))
    .bytes(provider.x25519PublicKey(x25519))
    .bytes(kem.publicKey)
    .bytes(identity.contactPublicKey)
    .finish();
  const signature = signLabelled(provider, identity, scope.label, scope.context, body);
  const prekey = decodePrekey(provider, new Writer(PREKEY_BYTES).bytes(body).bytes(signature).finish());
  return { prekey, x25519: new Secret(x25519), mlKemSeed: new Secret(seed), mlKemKey: kem.secretKey };
}

/** @throws {WireError} on a form that no member of ours makes. Says nothing about the signature. Copies `bytes`. */
export function decodePrekey(provider: CryptoProvider, bytes: Uint8Array): Prekey {
  if (bytes.length > PREKEY_BYTES) throw new WireError("ERR_TRAILING", `prekey of ${bytes.length} bytes`);
  const own = bytes.slice();
  const reader = new Reader(own);
  if (reader.u8() !== VERSION) throw new WireError("ERR_VERSION", "prekey");
  const member = peerIdFromBytes(reader.bytes(32));
  const version = reader.u32();
  const made = reader.u64() as WallTime;
  const expires = reader.u64() as WallTime;
  const x25519 = reader.bytes(X25519_BYTES);
  const mlKem = reader.bytes(ML_KEM_PUBLIC_BYTES);
  const contactKey = reader.bytes(32);
  reader.bytes(SIGNATURE_BYTES);
  reader.end();
  // Longer, and secrets of lost devices would be worth something for longer than the threat model says.
  if (expires <= made || expires - made > PREKEY_LIFETIME) throw new WireError("ERR_VALUE", "lifetime of a prekey");
  const mark = bytesToHex(provider.sha256(own).subarray(0, PREKEY_MARK_BYTES));
  return { member, version, made, expires, x25519, mlKem, contactKey, mark, bytes: own };
}

/** Whether its member signed it for `scope`. */
export function isPrekeyGenuine(provider: CryptoProvider, scope: PrekeyScope, { member, bytes }: Prekey): boolean {
  const end = bytes.length - SIGNATURE_BYTES;
  const [body, signature] = [bytes.subarray(0, end), bytes.subarray(end)];
  return verifyLabelled(provider, member, scope.label, signature, scope.context, body);
}

/** Wall time may only deny: a clock that is behind seals to a prekey for at most the skew longer. */
export const isPrekeyOver = (prekey: Prekey, wall: WallTime): boolean => wall > prekey.expires + CLOCK_SKEW;

/**
 * Which of two of one member counts, the same for everybody: the later version. Two of one version are the work
 * of a restored backup; the greater mark counts until the member, who sees both, makes a later one.
 */
export const isNewerPrekey = (
  a: { readonly version: number; readonly mark: string },
  b: { readonly version: number; readonly mark: string },
): boolean => a.version > b.version || (a.version === b.version && a.mark > b.mark);

// --- at rest --------------------------------------------------------------------------------

/** 32 B X25519 secret · 64 B ML-KEM seed · prekey. To be sealed before it is stored. */
export const encodePrekeySecret = (secret: PrekeySecret): Uint8Array =>
  new Writer(96 + PREKEY_BYTES)
    .bytes(secret.x25519.reveal())
    .bytes(secret.mlKemSeed.reveal())
    .bytes(secret.prekey.bytes)
    .finish();

/** @throws {WireError} */
export function decodePrekeySecret(provider: CryptoProvider, bytes: Uint8Array): PrekeySecret {
  const reader = new Reader(bytes);
  const x25519 = reader.bytes(X25519_BYTES).slice();
  const seed = reader.bytes(ML_KEM_SEED_BYTES).slice();
  const prekey = decodePrekey(provider, reader.rest());
  const mlKemKey = provider.mlKemFromSeed(seed).secretKey;
  return { prekey, x25519: new Secret(x25519), mlKemSeed: new Secret(seed), mlKemKey };
}

export function wipePrekeySecret(secret: PrekeySecret): void {
  secret.x25519.wipe();
  secret.mlKemSeed.wipe();
}
