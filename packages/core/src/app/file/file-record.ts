/**
 * What transfers keep on disk, by key (spec/app-file.md §7). Keys are relative to the peer's files.
 *
 *     out/<id>             u64 offered at · var source · manifest     until complete, declined or cancelled
 *     in/<id>/manifest     manifest                                   from acceptance until complete
 *     in/<id>/verified     u64 accepted at · u32 entries verified
 *     done/<id>            u64 completed at                           so that it is not received twice
 *
 * `<id>` is the transfer's, in hexadecimal. `source` is the driver's own: where the files are.
 *
 * @module
 */
import { Reader } from "../../lib/reader.ts";
import type { WallTime } from "../../lib/time.ts";
import { wallTime } from "../../lib/time.ts";
import { WireError } from "../../lib/wire-error.ts";
import { Writer } from "../../lib/writer.ts";
import { DONE_TRANSFERS_MAX, OUTBOX_LIFETIME, SEEN_IDS_LIFETIME } from "../../wire/limits.ts";
import type { StoreEntry } from "../store-queue.ts";
import type { TransferId } from "./file-message.ts";
import { parseTransferId } from "./file-message.ts";
import type { Manifest } from "./manifest.ts";
import { decodeManifest, encodeManifest } from "./manifest.ts";

const SOURCE_BYTES_MAX = 16_777_216;

export interface OutgoingRecord {
  readonly id: TransferId;
  readonly offeredAt: WallTime;
  readonly source: Uint8Array;
  readonly manifest: Manifest;
}

export interface IncomingRecord {
  readonly id: TransferId;
  readonly acceptedAt: WallTime;
  readonly manifest: Manifest;
  /** Entries at the start of the manifest that are whole, checked and on disk. */
  readonly verified: number;
}

export interface FileArchive {
  readonly outgoing: readonly OutgoingRecord[];
  readonly incoming: readonly IncomingRecord[];
  readonly done: ReadonlySet<TransferId>;
  /** Transfers whose time is over: delete {@link staleKeys}, and discard what was received of the incoming ones. */
  readonly stale: readonly TransferId[];
  readonly staleKeys: readonly string[];
  /** Keys that could not be read: damaged, or from another version. They are left alone. */
  readonly unreadable: readonly string[];
}

export const outgoingKey = (id: TransferId): string => `out/${id}`;
export const manifestKey = (id: TransferId): string => `in/${id}/manifest`;
export const verifiedKey = (id: TransferId): string => `in/${id}/verified`;
export const doneKey = (id: TransferId): string => `done/${id}`;

export const encodeOutgoing = (record: OutgoingRecord): Uint8Array =>
  new Writer(256)
    .u64(Math.max(0, record.offeredAt))
    .varBytes(record.source)
    .bytes(encodeManifest(record.manifest))
    .finish();

export const encodeVerified = (acceptedAt: WallTime, verified: number): Uint8Array =>
  new Writer(12).u64(Math.max(0, acceptedAt)).u32(verified).finish();

export const encodeDone = (completedAt: WallTime): Uint8Array => new Writer(8).u64(Math.max(0, completedAt)).finish();

/** Reads everything the transfers with one peer stored. Total: a damaged entry is listed, not thrown. */
export function readFileArchive(entries: Iterable<StoreEntry>, wall: WallTime): FileArchive {
  const outgoing: OutgoingRecord[] = [];
  const manifests = new Map<TransferId, Manifest>();
  const progress = new Map<TransferId, { acceptedAt: WallTime; verified: number }>();
  const done: { id: TransferId; at: WallTime }[] = [];
  const unreadable: string[] = [];
  for (const { key, value } of entries) {
    try {
      const reader = new Reader(value);
      const [kind, name = "", part] = key.split("/");
      const id = parseTransferId(name);
      if (id === undefined) throw new WireError("ERR_VALUE", "not a transfer id");
      if (kind === "out") outgoing.push(readOutgoing(id, reader));
      else if (part === "manifest") manifests.set(id, decodeManifest(reader.rest()));
      else if (part === "verified") progress.set(id, { acceptedAt: wallTime(reader.u64()), verified: reader.u32() });
      else if (kind === "done") done.push({ id, at: wallTime(reader.u64()) });
      else throw new WireError("ERR_UNKNOWN_TYPE", "no such entry");
      reader.end();
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      unreadable.push(key);
    }
  }
  const incoming: IncomingRecord[] = [];
  for (const [id, manifest] of manifests) {
    const known = progress.get(id);
    if (known !== undefined && known.verified <= manifest.length) incoming.push({ id, manifest, ...known });
  }
  done.sort((a, b) => b.at - a.at);
  const isOld = (at: WallTime): boolean => wall - at > SEEN_IDS_LIFETIME;
  const staleOut = outgoing.filter((record) => wall - record.offeredAt > OUTBOX_LIFETIME);
  const staleIn = incoming.filter((record) => isOld(record.acceptedAt));
  const staleDone = done.filter(({ at }, index) => isOld(at) || index >= DONE_TRANSFERS_MAX);
  const stale = new Set([...staleOut, ...staleIn, ...staleDone].map((record) => record.id));
  return {
    outgoing: outgoing.filter((record) => !stale.has(record.id)),
    incoming: incoming.filter((record) => !stale.has(record.id)),
    done: new Set(done.map((record) => record.id).filter((id) => !stale.has(id))),
    stale: [...stale],
    staleKeys: [
      ...staleOut.map((record) => outgoingKey(record.id)),
      ...staleIn.flatMap((record) => [manifestKey(record.id), verifiedKey(record.id)]),
      ...staleDone.map((record) => doneKey(record.id)),
    ],
    unreadable,
  };
}

function readOutgoing(id: TransferId, reader: Reader): OutgoingRecord {
  const offeredAt = wallTime(reader.u64());
  const source = reader.varBytes(SOURCE_BYTES_MAX).slice();
  return { id, offeredAt, source, manifest: decodeManifest(reader.rest()) };
}
