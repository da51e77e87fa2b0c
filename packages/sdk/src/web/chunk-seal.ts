/**
 * One chunk of a received file, sealed at rest as every stored value is (spec/identity.md §8), by the platform: its calls
 * run on other threads, and the key of the file never is in the page's own memory once it was imported.
 *
 *     sealed  = u8 version (1) · 32 B salt · ciphertext · 16 B tag
 *     key     = HKDF-SHA-256(key of the file, salt, "kith/1 page file" ‖ 0 ‖ "at rest", 32): a new one each time
 *     context = path ‖ 0 ‖ u32 index: no chunk opens in another's place
 *
 * @module
 */
import {
  AT_REST_OVERHEAD_BYTES,
  AT_REST_SALT_BYTES,
  FILE_CHUNK_BYTES,
  LABEL,
  labelBytes,
  textToBytes,
} from "@kith/core";

/** Where a chunk of a file stands. */
export interface ChunkPlace {
  readonly path: string;
  readonly index: number;
}

/** So much of a file is in each chunk: what its machines write at once. */
export const CHUNK_BYTES: number = FILE_CHUNK_BYTES;
export const SEALED_CHUNK_BYTES: number = CHUNK_BYTES + AT_REST_OVERHEAD_BYTES;

const VERSION = 1;
const HEAD_BYTES = 1 + AT_REST_SALT_BYTES;
const ONCE = new Uint8Array(12);
const INFO = join(labelBytes(LABEL.pageFile), Uint8Array.of(0), textToBytes("at rest"));

export const importFileKey = (bytes: Uint8Array): Promise<CryptoKey> =>
  crypto.subtle.importKey("raw", join(bytes), "HKDF", false, ["deriveKey"]);

/** A new array. `plaintext` must not change before it resolves. */
export async function sealChunk(key: CryptoKey, place: ChunkPlace, plaintext: Uint8Array): Promise<Uint8Array> {
  const head = join(Uint8Array.of(VERSION), crypto.getRandomValues(new Uint8Array(AT_REST_SALT_BYTES)));
  const once = await keyOnce(key, head, "encrypt");
  const sealed = await crypto.subtle.encrypt(gcm(head, place), once, plaintext as Uint8Array<ArrayBuffer>);
  return join(head, new Uint8Array(sealed));
}

/** A new array; `undefined` if it was changed, or belongs to another place or key. */
export async function openChunk(
  key: CryptoKey,
  place: ChunkPlace,
  sealed: Uint8Array,
): Promise<Uint8Array | undefined> {
  if (sealed.length < AT_REST_OVERHEAD_BYTES || sealed[0] !== VERSION) return undefined;
  const head = join(sealed.subarray(0, HEAD_BYTES));
  const once = await keyOnce(key, head, "decrypt");
  const rest = sealed.subarray(HEAD_BYTES) as Uint8Array<ArrayBuffer>;
  return crypto.subtle.decrypt(gcm(head, place), once, rest).then(
    (plaintext) => new Uint8Array(plaintext),
    () => undefined,
  );
}

/** How long a file of that size is on the disk. */
export const sealedBytes = (bytes: number): number => {
  const last = bytes % CHUNK_BYTES;
  return Math.floor(bytes / CHUNK_BYTES) * SEALED_CHUNK_BYTES + (last === 0 ? 0 : last + AT_REST_OVERHEAD_BYTES);
};

/** What a file of that size on the disk holds; a chunk that was cut before its content counts as none. */
export const openedBytes = (sealed: number): number =>
  Math.floor(sealed / SEALED_CHUNK_BYTES) * CHUNK_BYTES +
  Math.max(0, (sealed % SEALED_CHUNK_BYTES) - AT_REST_OVERHEAD_BYTES);

const keyOnce = (key: CryptoKey, head: Uint8Array<ArrayBuffer>, usage: KeyUsage): Promise<CryptoKey> =>
  crypto.subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt: head.subarray(1), info: INFO },
    ...([key, { name: "AES-GCM", length: 256 }, false, [usage]] as const),
  );

function gcm(head: Uint8Array, { path, index }: ChunkPlace): AesGcmParams {
  const at = new Uint8Array(4);
  new DataView(at.buffer).setUint32(0, index);
  const additionalData = join(head, textToBytes(path), Uint8Array.of(0), at);
  return { name: "AES-GCM", tagLength: 128, iv: ONCE, additionalData };
}

function join(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
