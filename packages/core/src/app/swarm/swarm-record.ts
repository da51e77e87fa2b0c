/**
 * What the files of a room keep on disk, by key (spec/app-swarm.md §7). Keys are relative to the room's files.
 *
 *     file/<id>      u8 kind · u64 bytes · u64 modified · 32 B root · var name · 32 B from · var place
 *     chunks/<id>    chunk set: what is in the part of a file that is being fetched
 *
 * `place` is the driver's own: where the file is, or is to go.
 *
 * @module
 */
import type { CryptoProvider } from "../../crypto/provider.ts";
import { PEER_ID_BYTES, type PeerId, peerIdFromBytes, peerIdToBytes } from "../../identity/peer-id.ts";
import { Reader } from "../../lib/reader.ts";
import type { StoreEntry } from "../../lib/store-entry.ts";
import { WireError } from "../../lib/wire-error.ts";
import { Writer } from "../../lib/writer.ts";
import { chunkCount } from "../file/manifest.ts";
import { ChunkSet } from "./chunk-set.ts";
import { decodeOffer, encodeOffer, type SwarmFileId, type SwarmOffer, swarmFileId } from "./swarm-message.ts";

const PLACE_BYTES_MAX = 65_536;
const KINDS = ["ours", "fetching", "have"] as const;

export interface SwarmRecord {
  readonly kind: (typeof KINDS)[number];
  readonly offer: SwarmOffer;
  readonly from: PeerId;
  readonly place: Uint8Array;
}

export const fileKey = (id: SwarmFileId): string => `file/${id}`;
export const chunksKey = (id: SwarmFileId): string => `chunks/${id}`;

export function encodeSwarmRecord(record: SwarmRecord): Uint8Array {
  const writer = new Writer(256).u8(KINDS.indexOf(record.kind));
  encodeOffer(writer, record.offer);
  return writer.bytes(peerIdToBytes(record.from)).varBytes(record.place).finish();
}

/** Everything the files of one room stored. Total: what is damaged is left out. */
export function readSwarmRecords(
  provider: CryptoProvider,
  entries: Iterable<StoreEntry>,
): { readonly id: SwarmFileId; readonly record: SwarmRecord; readonly chunks: ChunkSet | undefined }[] {
  const values = new Map([...entries].map(({ key, value }) => [key, value]));
  const records = [];
  for (const [key, value] of values) {
    if (!key.startsWith("file/")) continue;
    try {
      const record = decodeRecord(value);
      const id = swarmFileId(provider, record.offer.bytes, record.offer.root);
      if (key !== fileKey(id)) continue;
      records.push({ id, record, chunks: readChunks(record, values.get(chunksKey(id))) });
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
    }
  }
  return records;
}

function decodeRecord(value: Uint8Array): SwarmRecord {
  const reader = new Reader(value);
  const kind = KINDS[reader.u8()];
  if (kind === undefined) throw new WireError("ERR_VALUE", "kind of record");
  const offer = decodeOffer(reader);
  const record = { kind, offer, from: peerIdFromBytes(reader.bytes(PEER_ID_BYTES)), place: placeOf(reader) };
  reader.end();
  return record;
}

const placeOf = (reader: Reader): Uint8Array => reader.varBytes(PLACE_BYTES_MAX).slice();

/** A damaged set is as none. */
function readChunks({ offer }: SwarmRecord, bytes: Uint8Array | undefined): ChunkSet | undefined {
  try {
    return bytes === undefined ? undefined : ChunkSet.fromBytes(chunkCount(offer.bytes), bytes);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return undefined;
  }
}
