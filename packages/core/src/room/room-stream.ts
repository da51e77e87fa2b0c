/**
 * Group sending: what one member says to all in one turn, sealed once (spec/room-keys.md §5).
 *
 *     batch     = u8 1 · 8 B first of the epoch's id · u16 generation · ciphertext · 16 B tag
 *     plaintext = (text protocol · var message)*, at least one
 *     key       = HKDF(key of the generation, epoch id, "kith/1 room stream" ‖ 0 ‖ sender ‖ 16 B stream id, 32)
 *     AES-256-GCM, nonce u32 0 · u64 sequence, associated data = room ‖ the 11 bytes before the ciphertext
 *
 * Stream id and sequence are those of the envelope that carries the batch; the stream id is new in each process
 * and never stored, so that no restored disk repeats a (key, nonce). The key shows that a member wrote it, the
 * envelope's signature which one.
 *
 * @module
 */
import { LABEL, labelBytes } from "../crypto/labels.ts";
import type { AeadKey, CryptoProvider } from "../crypto/provider.ts";
import type { Secret } from "../crypto/secret.ts";
import { type PeerId, peerIdToBytes } from "../identity/peer-id.ts";
import { assert } from "../lib/assert.ts";
import { concatBytes } from "../lib/bytes.ts";
import { bytesToHex, hexToBytes } from "../lib/hex.ts";
import { Reader } from "../lib/reader.ts";
import { textToBytes } from "../lib/utf8.ts";
import { WireError } from "../lib/wire-error.ts";
import { varintBytes, Writer } from "../lib/writer.ts";
import { PROTOCOL_NAME_BYTES_MAX } from "../wire/limits.ts";
import {
  ROOM_BATCH_BYTES_MAX,
  ROOM_BATCH_MESSAGES_MAX,
  ROOM_MESSAGE_BYTES_MAX,
  ROOM_STREAM_KEYS_MAX,
} from "../wire/room-key-limits.ts";
import { isGeneration } from "./epoch-keys.ts";
import { type RoomId, roomIdToBytes } from "./room-id.ts";

const VERSION = 1;
/** 16 hexadecimal digits. */
const EPOCH_PREFIX_CHARS = 16;
const HEADER_BYTES = 1 + 8 + 2;
const TAG_BYTES = 16;
/** By how much a batch is longer than its plaintext. */
export const BATCH_OVERHEAD_BYTES: number = HEADER_BYTES + TAG_BYTES;

export interface RoomMessage {
  /** 1 to 64 bytes. */
  readonly protocol: string;
  readonly bytes: Uint8Array;
}

/** Which key a batch is sealed under. */
export interface BatchHeader {
  /** The first 16 digits of the epoch's id. */
  readonly epochPrefix: string;
  readonly generation: number;
}

/** An epoch's id (64 hexadecimal digits) with the key of one of its generations. */
export interface GenerationKey {
  readonly epoch: string;
  readonly generation: number;
  readonly key: Secret;
}

/** How many of `messages`, from the first on, fit one batch; at least one. */
export function batchLength(messages: readonly RoomMessage[]): number {
  let bytes = 0;
  let count = 0;
  for (const message of messages) {
    bytes += messageBytes(message);
    if (count > 0 && (bytes > ROOM_BATCH_BYTES_MAX || count >= ROOM_BATCH_MESSAGES_MAX)) break;
    count++;
  }
  return count;
}

function messageBytes({ protocol, bytes }: RoomMessage): number {
  const name = textToBytes(protocol).length;
  assert(name > 0 && name <= PROTOCOL_NAME_BYTES_MAX, `protocol name of ${name} bytes`);
  assert(bytes.length <= ROOM_MESSAGE_BYTES_MAX, `room message of ${bytes.length} bytes`);
  return varintBytes(name) + name + varintBytes(bytes.length) + bytes.length;
}

export class RoomStream {
  readonly #provider: CryptoProvider;
  readonly #room: Uint8Array;
  readonly #self: PeerId;
  readonly #stream: string;
  /** By epoch, generation, sender and stream; the one used last at the end. */
  readonly #keys = new Map<string, AeadKey>();
  #next = 0;

  /** `stream`: 16 random bytes of this process, for what we say ourselves. */
  constructor(provider: CryptoProvider, room: RoomId, self: PeerId, stream: Uint8Array) {
    assert(stream.length === 16, `stream id of ${stream.length} bytes`);
    [this.#provider, this.#room, this.#self] = [provider, roomIdToBytes(room), self];
    this.#stream = bytesToHex(stream);
  }

  /** Seals all of `messages` (see {@link batchLength}) as our batch `sequence`: each number once, ascending. */
  seal(under: GenerationKey, sequence: number, messages: readonly RoomMessage[]): Uint8Array {
    assert(sequence >= this.#next, `batch ${sequence} after ${this.#next - 1}`);
    assert(messages.length > 0 && messages.length === batchLength(messages), `batch of ${messages.length} messages`);
    this.#next = sequence + 1;
    const plaintext = new Writer(1_024);
    for (const { protocol, bytes } of messages) plaintext.text(protocol).varBytes(bytes);
    const header = encodeHeader(under);
    const key = this.#keyOf(under, this.#self, this.#stream);
    const sealed = this.#provider.seal(key, nonceOf(sequence), this.#aad(header), plaintext.finish());
    return concatBytes(header, ...sealed);
  }

  /**
   * What `sender` said: its messages, in order; new arrays. `stream` has 32 hexadecimal digits.
   * @throws {WireError} `ERR_CRYPTO` when it was not sealed under this key for this place; others for its form.
   */
  open(
    under: GenerationKey,
    sender: PeerId,
    stream: string,
    sequence: number,
    batch: Uint8Array,
  ): readonly RoomMessage[] {
    const header = batch.subarray(0, HEADER_BYTES);
    const key = this.#keyOf(under, sender, stream);
    const sealed = batch.subarray(HEADER_BYTES);
    const plaintext = this.#provider.open(key, nonceOf(sequence), this.#aad(header), sealed);
    if (plaintext === undefined) throw new WireError("ERR_CRYPTO", "Cannot open batch: another key or changed bytes");
    return readMessages(plaintext);
  }

  /** Forgets derived keys of an epoch: it was erased. */
  forget(epoch: string): void {
    for (const name of this.#keys.keys()) if (name.startsWith(epoch)) this.#keys.delete(name);
  }

  #keyOf({ epoch, generation, key }: GenerationKey, sender: PeerId, stream: string): AeadKey {
    const name = `${epoch} ${generation} ${sender} ${stream}`;
    let handle = this.#keys.get(name);
    if (handle === undefined) {
      const info = new Writer(96).bytes(labelBytes(LABEL.roomStream)).u8(0).bytes(peerIdToBytes(sender));
      info.bytes(hexToBytes(stream));
      const bytes = this.#provider.hkdfSha256(key.reveal(), hexToBytes(epoch), info.finish(), 32);
      handle = this.#provider.importAeadKey(bytes);
      bytes.fill(0);
    } else this.#keys.delete(name);
    this.#keys.set(name, handle);
    if (this.#keys.size > ROOM_STREAM_KEYS_MAX) {
      for (const oldest of this.#keys.keys()) {
        this.#keys.delete(oldest);
        break;
      }
    }
    return handle;
  }

  #aad(header: Uint8Array): Uint8Array {
    return concatBytes(this.#room, header);
  }
}

/** @throws {WireError} for bytes that are no batch. Says nothing about what is in it. */
export function decodeBatchHeader(batch: Uint8Array): BatchHeader {
  const reader = new Reader(batch);
  if (reader.u8() !== VERSION) throw new WireError("ERR_VERSION", "room batch");
  const epochPrefix = bytesToHex(reader.bytes(8));
  const generation = reader.u16();
  if (!isGeneration(generation)) throw new WireError("ERR_VALUE", `generation ${generation}`);
  if (reader.left < TAG_BYTES) throw new WireError("ERR_TRUNCATED", "room batch without a tag");
  if (reader.left > ROOM_BATCH_BYTES_MAX + TAG_BYTES)
    throw new WireError("ERR_TOO_LARGE", `batch of ${batch.length} bytes`);
  return { epochPrefix, generation };
}

export const isEpochOf = (header: BatchHeader, epoch: string): boolean => epoch.startsWith(header.epochPrefix);

const encodeHeader = ({ epoch, generation }: GenerationKey): Uint8Array =>
  new Writer(HEADER_BYTES)
    .u8(VERSION)
    .bytes(hexToBytes(epoch.slice(0, EPOCH_PREFIX_CHARS)))
    .u16(generation)
    .finish();

const nonceOf = (sequence: number): Uint8Array => new Writer(12).u32(0).u64(sequence).finish();

function readMessages(plaintext: Uint8Array): readonly RoomMessage[] {
  const reader = new Reader(plaintext);
  const messages: RoomMessage[] = [];
  do {
    if (messages.length === ROOM_BATCH_MESSAGES_MAX) throw new WireError("ERR_LIMIT", "messages of one batch");
    const protocol = reader.text(PROTOCOL_NAME_BYTES_MAX);
    if (protocol === "") throw new WireError("ERR_TEXT", "protocol name of a room message");
    messages.push({ protocol, bytes: reader.varBytes(ROOM_MESSAGE_BYTES_MAX).slice() });
  } while (reader.left > 0);
  return messages;
}
