/**
 * All that a room's files ask of a disk's content and of who hashes it, with answers brought back to whoever asked: reads
 * for hashing whole files and for partners that want chunks, leaves of these, and of chunks that come.
 *
 * @module
 */
import type { PeerId } from "../../identity/peer-id.ts";
import type { Instant } from "../../lib/time.ts";
import type { ChunkRequests, ChunkWrite } from "./chunk-requests.ts";
import type { ChunkService } from "./chunk-service.ts";
import type { HashWork } from "./hash-work.ts";
import type { SwarmFile } from "./swarm-file.ts";
import type { SwarmOutput } from "./swarm-output.ts";

/** What a leaf that came later says. */
export type HashedContent =
  | { readonly type: "write"; readonly write: ChunkWrite }
  | { readonly type: "corrupt"; readonly peer: PeerId }
  /** A file of ours is not what it was. */
  | { readonly type: "changed"; readonly file: SwarmFile }
  | undefined;

interface Machines {
  readonly hashing: HashWork;
  readonly service: ChunkService;
  readonly requests: ChunkRequests;
}

/** Each machine numbers its own jobs: so many share the numbers that leave. */
const READERS = 2;
const HASHERS = 3;

export class ContentWork {
  readonly #its: Machines;

  constructor(machines: Machines) {
    this.#its = machines;
  }

  next(): (SwarmOutput & { type: "read" | "hash" }) | undefined {
    const { hashing, service, requests } = this.#its;
    for (const [at, machine] of [hashing, service, requests].entries()) {
      const hash = machine.nextHash();
      if (hash !== undefined) return { ...hash, token: HASHERS * hash.token + at };
    }
    const whole = hashing.nextRead();
    if (whole !== undefined) return { type: "read", ...whole, token: READERS * whole.token, headroom: 0 };
    const read = service.nextRead();
    return read && { type: "read", ...read, token: READERS * read.token + 1 };
  }

  /** Returns a file whose content is not what it was. */
  handleRead(token: number, bytes: Uint8Array, now: Instant): SwarmFile | undefined {
    const own = Math.floor(token / READERS);
    if (token % READERS === 1) return this.#its.service.handleRead(own, bytes, now);
    this.#its.hashing.handleRead(own, bytes);
    return undefined;
  }

  /** Returns a file that cannot be given any more. */
  handleReadFailed(token: number, reason: "changed" | "unreadable"): SwarmFile | undefined {
    const own = Math.floor(token / READERS);
    if (token % READERS === 1) return this.#its.service.handleReadFailed(own);
    this.#its.hashing.handleReadFailed(own, reason);
    return undefined;
  }

  handleHashed(token: number, leaf: Uint8Array, now: Instant): HashedContent {
    const own = Math.floor(token / HASHERS);
    const { hashing, service, requests } = this.#its;
    switch (token % HASHERS) {
      case 0:
        hashing.handleHashed(own, leaf);
        return undefined;
      case 1: {
        const file = service.handleHashed(own, leaf, now);
        return file && { type: "changed", file };
      }
      default:
        return requests.handleHashed(own, leaf);
    }
  }
}
