/**
 * One file of a room: what it is, who has it, and how much of it is here.
 *
 *     offered ──fetch──▶ preparing ──▶ listing ──▶ checking ──▶ fetching ──▶ placing ──▶ have
 *                          (part)      (leaves)    (what is        (chunks)
 *                                                   here)
 *
 * A file of ours begins at `have`. After a restart the leaves of what is here are not known until somebody
 * asks: then it is read and hashed again, and only if the root is the same it is served.
 *
 * @module
 */
import type { PeerId } from "../../identity/peer-id.ts";
import { SWARM_SOURCES_MAX } from "../../wire/room-app-limits.ts";
import { chunkBytes, chunkCount } from "../file/manifest.ts";
import type { ChunkRelease } from "./chunk-release.ts";
import { ChunkSet } from "./chunk-set.ts";
import type { FileFetch } from "./file-fetch.ts";
import type { LeafList } from "./leaf-list.ts";
import type { SwarmFileId, SwarmOffer } from "./swarm-message.ts";
import type { SwarmFailure, SwarmPlace } from "./swarm-output.ts";

export type SwarmStage =
  | { readonly at: "offered" }
  | { readonly at: "preparing" }
  /** `from`: who was asked for the list. */
  | { readonly at: "listing"; readonly list: LeafList; from: PeerId | undefined }
  /** `claimed`: chunks that the store says are here, still to be read and hashed. */
  | { readonly at: "checking"; readonly claimed: ChunkSet }
  | { readonly at: "fetching"; readonly fetch: FileFetch }
  | { readonly at: "placing" }
  | { readonly at: "have"; readonly source: Uint8Array }
  | { readonly at: "failed"; readonly reason: SwarmFailure };

/** A member that has a file: all of it, or what it has fetched so far. */
export type SourceKind = "whole" | "part";

export class SwarmFile {
  readonly id: SwarmFileId;
  readonly offer: SwarmOffer;
  readonly from: PeerId;
  readonly isOurs: boolean;
  stage: SwarmStage = { at: "offered" };
  /** Verified, and on disk. */
  readonly chunks: ChunkSet;
  /** All leaf hashes, once they are known to be right. */
  leaves: Uint8Array | undefined;
  /** Of a file of ours: what is shown to whom. */
  release: ChunkRelease | undefined;
  readonly sources: Map<PeerId, SourceKind> = new Map();
  bytesServed = 0;
  /** Of one that is fetched, or was to be: where it goes, in the driver's words. */
  target: Uint8Array = new Uint8Array();

  constructor(options: {
    readonly id: SwarmFileId;
    readonly offer: SwarmOffer;
    readonly from: PeerId;
    readonly isOurs: boolean;
  }) {
    [this.id, this.offer, this.from, this.isOurs] = [options.id, options.offer, options.from, options.isOurs];
    this.chunks = new ChunkSet(chunkCount(options.offer.bytes));
  }

  /** Fetched, or to be fetched, or here. */
  get isHeld(): boolean {
    return this.stage.at !== "offered" && this.stage.at !== "failed";
  }

  /** Whether we want chunks, or the list of them. */
  get isWanted(): boolean {
    return this.stage.at === "listing" || this.stage.at === "checking" || this.stage.at === "fetching";
  }

  /** Whether what is here can be read and given to others now. */
  get canServe(): boolean {
    return this.leaves !== undefined && (this.stage.at === "fetching" || this.stage.at === "have");
  }

  get place(): SwarmPlace {
    const { bytes, modified } = this.offer;
    return this.stage.at === "have"
      ? { kind: "whole", source: this.stage.source, bytes, modified }
      : { kind: "part", file: this.id };
  }

  /** Somebody says that it, or another, has some of the file. One that has all replaces one that may have a part. */
  noteSource(peer: PeerId, kind: SourceKind): void {
    if (this.sources.get(peer) === "whole") return;
    if (!this.sources.has(peer) && this.sources.size >= SWARM_SOURCES_MAX) {
      const [part] = [...this.sources].find(([, other]) => other === "part") ?? [];
      if (part === undefined) return;
      this.sources.delete(part);
    }
    this.sources.set(peer, kind);
  }

  get bytesDone(): number {
    const { size, count } = this.chunks;
    if (this.stage.at === "have" || count === size) return this.stage.at === "offered" ? 0 : this.offer.bytes;
    const last = size > 0 && this.chunks.has(size - 1) ? 1 : 0;
    const full = size > 1 || last === 0 ? chunkBytes(this.offer.bytes, 0) : 0;
    return (count - last) * full + last * chunkBytes(this.offer.bytes, size - 1);
  }
}
