/**
 * Gives chunks to partners that ask: reads them, a few at once and each partner in its turn, and sends none
 * whose hash is not the right one: a file that was edited since does not make a liar of us.
 *
 * @module
 */
import type { CryptoProvider } from "../../crypto/provider.ts";
import type { PeerId } from "../../identity/peer-id.ts";
import { bytesEqual } from "../../lib/bytes.ts";
import type { Instant } from "../../lib/time.ts";
import { WireError } from "../../lib/wire-error.ts";
import { FILE_CHUNK_BYTES } from "../../wire/limits.ts";
import { SWARM_ASKS_MAX, SWARM_READS_MAX } from "../../wire/room-app-limits.ts";
import type { HashOutput } from "../file/file-hash.ts";
import { chunkBytes } from "../file/manifest.ts";
import { leafOf } from "./leaf-list.ts";
import { LeafWork } from "./leaf-work.ts";
import { type Ask, askKey, type Partner } from "./partner.ts";
import type { SwarmFile } from "./swarm-file.ts";
import { SWARM_CHUNK_HEADER_BYTES, type SwarmFileId, writeSwarmChunkHeader } from "./swarm-message.ts";
import type { SwarmPlace } from "./swarm-output.ts";

export interface ServiceRead {
  readonly token: number;
  readonly place: SwarmPlace;
  readonly offset: number;
  readonly length: number;
  readonly headroom: number;
}

/** A read that is under way, or was read and is being hashed. */
type Reading = Ask & { readonly partner: Partner };

interface ReadMessage {
  readonly token: number;
  readonly message: Uint8Array;
}

export class ChunkService {
  readonly #leaves: LeafWork<ReadMessage>;
  readonly #files: ReadonlyMap<SwarmFileId, SwarmFile>;
  readonly #partners: ReadonlyMap<PeerId, Partner>;
  readonly #reads = new Map<number, Reading>();
  #token = 0;
  #turn = 0; // whose

  constructor(options: {
    readonly provider: CryptoProvider;
    readonly files: ReadonlyMap<SwarmFileId, SwarmFile>;
    readonly partners: ReadonlyMap<PeerId, Partner>;
  }) {
    this.#leaves = new LeafWork(options.provider);
    [this.#files, this.#partners] = [options.files, options.partners];
  }

  /** @throws {WireError} if there is no such chunk. */
  handleAsk(partner: Partner, file: SwarmFile | undefined, ask: Ask): void {
    if (file !== undefined && ask.chunk >= file.chunks.size) throw new WireError("ERR_VALUE", "chunk beyond the file");
    const isHere = file !== undefined && file.leaves !== undefined && file.chunks.has(ask.chunk);
    const isShown = file?.release === undefined || file.release.mayAsk(partner.peer, ask.chunk);
    if (!isHere || !isShown || partner.asks.length >= SWARM_ASKS_MAX) {
      partner.say({ type: "cannot", ...ask });
      return;
    }
    partner.asks.push(ask);
    file.release?.handleAsked(partner.peer, ask.chunk);
  }

  /** It wants the chunk no longer. One that is being read is still sent. */
  handleDrop(partner: Partner, { file, chunk }: Ask): void {
    const at = partner.asks.findIndex((ask) => ask.file === file && ask.chunk === chunk);
    if (at >= 0) partner.asks.splice(at, 1);
  }

  /** The next read to begin, if there is room for one. */
  nextRead(): ServiceRead | undefined {
    if (this.#reads.size >= SWARM_READS_MAX) return undefined;
    const partners = [...this.#partners.values()];
    for (let i = 0; i < partners.length; i++) {
      const at = (this.#turn + i) % partners.length;
      const read = this.#readFor(partners[at]);
      if (read === undefined) continue;
      this.#turn = at + 1;
      return read;
    }
    return undefined;
  }

  /** What was read and is to be hashed; nothing where that is done at once. */
  nextHash(): HashOutput | undefined {
    return this.#leaves.next();
  }

  /** Returns the file if its content is not what it was. */
  handleRead(token: number, message: Uint8Array, now: Instant): SwarmFile | undefined {
    if (!this.#reads.has(token)) return undefined;
    const leaf = this.#leaves.leaf(message.subarray(SWARM_CHUNK_HEADER_BYTES), { token, message });
    return leaf && this.#give(token, message, leaf, now);
  }

  /** As {@link handleRead}, when the leaf came later. */
  handleHashed(token: number, leaf: Uint8Array, now: Instant): SwarmFile | undefined {
    const read = this.#leaves.take(token);
    return read && this.#give(read.token, read.message, leaf, now);
  }

  /** Returns the file that could not be read. */
  handleReadFailed(token: number): SwarmFile | undefined {
    const read = this.#reads.get(token);
    this.#reads.delete(token);
    if (read === undefined) return undefined;
    read.partner.reading.delete(askKey(read.file, read.chunk));
    read.partner.say({ type: "cannot", file: read.file, chunk: read.chunk });
    return this.#files.get(read.file);
  }

  #give(token: number, message: Uint8Array, leaf: Uint8Array, now: Instant): SwarmFile | undefined {
    const read = this.#reads.get(token);
    this.#reads.delete(token);
    const file = read && this.#files.get(read.file);
    if (read === undefined || file?.leaves === undefined) return undefined;
    const length = message.length - SWARM_CHUNK_HEADER_BYTES;
    const isWhole = length === chunkBytes(file.offer.bytes, read.chunk);
    const { partner } = read;
    partner.reading.delete(askKey(file.id, read.chunk));
    if (!isWhole || !bytesEqual(leaf, leafOf(file.leaves, read.chunk))) {
      partner.say({ type: "cannot", file: file.id, chunk: read.chunk });
      return file;
    }
    writeSwarmChunkHeader(message, file.id, read.chunk);
    partner.give(message);
    partner.usefulAt = now;
    file.bytesServed += length;
    file.release?.handleSent(partner.peer, read.chunk, now);
    return undefined;
  }

  #readFor(partner: Partner | undefined): ServiceRead | undefined {
    if (partner?.canRead !== true) return undefined;
    for (const [at, ask] of partner.asks.entries()) {
      const file = this.#files.get(ask.file);
      if (file?.stage.at === "placing") continue; // it is being moved: a moment later
      partner.asks.splice(at, 1);
      if (file?.canServe !== true) {
        partner.say({ type: "cannot", ...ask });
        return this.#readFor(partner);
      }
      partner.reading.add(askKey(ask.file, ask.chunk));
      const token = this.#token++;
      this.#reads.set(token, { ...ask, partner });
      const length = chunkBytes(file.offer.bytes, ask.chunk);
      const headroom = SWARM_CHUNK_HEADER_BYTES;
      return { token, place: file.place, offset: ask.chunk * FILE_CHUNK_BYTES, length, headroom };
    }
    return undefined;
  }
}
