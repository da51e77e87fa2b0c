/**
 * What neighbours in a room say to each other about keys, over their own session (spec/room-keys.md §7).
 * Layouts: registry.ts, `KEY_MESSAGE`. Decoding checks the form alone.
 *
 * @module
 */
import type { CryptoProvider } from "../crypto/provider.ts";
import { type PeerId, peerIdFromBytes, peerIdToBytes } from "../identity/peer-id.ts";
import { bytesToHex, hexToBytes } from "../lib/hex.ts";
import { Reader } from "../lib/reader.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import { decodePrekey, PREKEY_BYTES, PREKEY_MARK_BYTES, type Prekey } from "../trust/prekey.ts";
import { KEY_MESSAGE } from "../wire/registry.ts";
import {
  BUNDLE_PART_BYTES_MAX,
  EPOCH_BUNDLES_MAX,
  PREKEY_LIST_MAX,
  PREKEYS_PER_MESSAGE_MAX,
} from "../wire/room-key-limits.ts";
import { EPOCH_BUNDLE_BYTES_MAX } from "./epoch.ts";
import { type EpochShare, readShare, writeShare } from "./epoch-ring.ts";

const EPOCH_ID_BYTES = 32;

/** Of a prekey that somebody has. */
export interface PrekeyEntry {
  readonly member: PeerId;
  readonly version: number;
  readonly mark: string;
}

export type KeyMessage =
  /** Over all prekeys that its sender has: see `PrekeyBook.digest`. */
  | { readonly type: "prekeyDigest"; readonly digest: Uint8Array }
  | { readonly type: "prekeyList"; readonly entries: readonly PrekeyEntry[] }
  | { readonly type: "prekeys"; readonly prekeys: readonly Prekey[] }
  | { readonly type: "bundlesHeld"; readonly epochs: readonly string[] }
  | { readonly type: "bundleWanted" | "keyWanted"; readonly epoch: string }
  | {
      readonly type: "bundlePart";
      readonly epoch: string;
      /** Bytes of the whole bundle. */
      readonly total: number;
      readonly offset: number;
      readonly bytes: Uint8Array;
    }
  | { readonly type: "keyGiven"; readonly share: EpochShare }
  | { readonly type: "lacking"; readonly epoch: string; readonly wanted: "bundleWanted" | "keyWanted" };

export function encodeKeyMessage(message: KeyMessage): Uint8Array {
  const writer = new Writer(256).u8(KEY_MESSAGE[message.type]);
  switch (message.type) {
    case "prekeyDigest":
      return writer.bytes(message.digest).finish();
    case "prekeyList":
      writer.varint(message.entries.length);
      for (const { member, version, mark } of message.entries)
        writer.bytes(peerIdToBytes(member)).u32(version).bytes(hexToBytes(mark));
      return writer.finish();
    case "prekeys":
      writer.varint(message.prekeys.length);
      for (const { bytes } of message.prekeys) writer.bytes(bytes);
      return writer.finish();
    case "bundlesHeld":
      writer.varint(message.epochs.length);
      for (const epoch of message.epochs) writer.bytes(hexToBytes(epoch));
      return writer.finish();
    case "bundleWanted":
    case "keyWanted":
      return writer.bytes(hexToBytes(message.epoch)).finish();
    case "bundlePart":
      writer.bytes(hexToBytes(message.epoch)).u32(message.total).u32(message.offset);
      return writer.bytes(message.bytes).finish();
    case "keyGiven":
      writeShare(writer.bytes(hexToBytes(message.share.epoch)), message.share);
      return writer.finish();
    case "lacking":
      return writer.bytes(hexToBytes(message.epoch)).u8(KEY_MESSAGE[message.wanted]).finish();
  }
}

/** Views of `bytes` where messages carry bytes. @throws {WireError} */
export function decodeKeyMessage(provider: CryptoProvider, bytes: Uint8Array): KeyMessage {
  const reader = new Reader(bytes);
  const message = readMessage(provider, reader);
  reader.end();
  return message;
}

function readMessage(provider: CryptoProvider, reader: Reader): KeyMessage {
  const type = reader.u8();
  switch (type) {
    case KEY_MESSAGE.prekeyDigest:
      return { type: "prekeyDigest", digest: reader.bytes(32) };
    case KEY_MESSAGE.prekeyList:
      return { type: "prekeyList", entries: readEntries(reader) };
    case KEY_MESSAGE.prekeys:
      return {
        type: "prekeys",
        prekeys: readMany(reader, PREKEYS_PER_MESSAGE_MAX, () => decodePrekey(provider, reader.bytes(PREKEY_BYTES))),
      };
    case KEY_MESSAGE.bundlesHeld:
      return { type: "bundlesHeld", epochs: readMany(reader, EPOCH_BUNDLES_MAX, () => readEpoch(reader)) };
    case KEY_MESSAGE.bundleWanted:
      return { type: "bundleWanted", epoch: readEpoch(reader) };
    case KEY_MESSAGE.keyWanted:
      return { type: "keyWanted", epoch: readEpoch(reader) };
    case KEY_MESSAGE.bundlePart:
      return readPart(reader);
    case KEY_MESSAGE.keyGiven:
      return { type: "keyGiven", share: readShare(reader, readEpoch(reader)) };
    case KEY_MESSAGE.lacking:
      return readLacking(reader);
    default:
      throw new WireError("ERR_UNKNOWN_TYPE", `key message ${type}`);
  }
}

function readEntries(reader: Reader): readonly PrekeyEntry[] {
  let before = "";
  return readMany(reader, PREKEY_LIST_MAX, () => {
    const member = peerIdFromBytes(reader.bytes(32));
    if (member <= before) throw new WireError("ERR_VALUE", "list of prekeys not ascending");
    before = member;
    return { member, version: reader.u32(), mark: bytesToHex(reader.bytes(PREKEY_MARK_BYTES)) };
  });
}

function readPart(reader: Reader): KeyMessage {
  const epoch = readEpoch(reader);
  const [total, offset] = [reader.u32(), reader.u32()];
  const bytes = reader.rest();
  if (total > EPOCH_BUNDLE_BYTES_MAX) throw new WireError("ERR_TOO_LARGE", `bundle of ${total} bytes`);
  if (bytes.length > BUNDLE_PART_BYTES_MAX) throw new WireError("ERR_TOO_LARGE", `part of ${bytes.length} bytes`);
  if (bytes.length === 0 || offset + bytes.length > total) throw new WireError("ERR_VALUE", "part outside its bundle");
  return { type: "bundlePart", epoch, total, offset, bytes };
}

function readLacking(reader: Reader): KeyMessage {
  const epoch = readEpoch(reader);
  const wanted = reader.u8();
  if (wanted === KEY_MESSAGE.bundleWanted) return { type: "lacking", epoch, wanted: "bundleWanted" };
  if (wanted === KEY_MESSAGE.keyWanted) return { type: "lacking", epoch, wanted: "keyWanted" };
  throw new WireError("ERR_VALUE", `answer to ${wanted}`);
}

const readEpoch = (reader: Reader): string => bytesToHex(reader.bytes(EPOCH_ID_BYTES));

function readMany<Item>(reader: Reader, max: number, read: () => Item): readonly Item[] {
  const count = reader.varint();
  if (count > max) throw new WireError("ERR_LIMIT", `${count} entries, at most ${max}`);
  const items: Item[] = [];
  while (items.length < count) items.push(read());
  return items;
}
