/** A member of a room with files, in tests: its machine, its disk, and what it is like. */
import { createHash } from "node:crypto";
import { nobleProvider } from "../../crypto/noble-provider.ts";
import type { CryptoProvider } from "../../crypto/provider.ts";
import { type PeerId, peerIdFromBytes } from "../../identity/peer-id.ts";
import type { RandomSource } from "../../lib/random.ts";
import { type Instant, instant, wallTime } from "../../lib/time.ts";
import { Swarm } from "./swarm.ts";
import type { SwarmFileId } from "./swarm-message.ts";
import type { SwarmFileState, SwarmOutput } from "./swarm-output.ts";

/** The real hash, not ours: the tests hash gigabytes. */
export const provider: CryptoProvider = {
  ...nobleProvider,
  sha256: (...parts) => {
    const hash = createHash("sha256");
    for (const part of parts) hash.update(part);
    return new Uint8Array(hash.digest());
  },
};

export const DATE = wallTime(1_800_000_000_000);
/** Mulberry32: neighbouring seeds have nothing to do with each other. */
export function seededRandom(seed: number): RandomSource {
  let state = seed;
  return (length) => {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      bytes[i] = (mixed ^ (mixed >>> 14)) >>> 12;
    }
    return bytes;
  };
}

export function content(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0, x = seed + 1; i < length; i += 97) {
    x = (x * 1_103_515_245 + 12_345) % 2_147_483_648;
    bytes[i] = x >> 16;
  }
  return bytes;
}

export interface Traits {
  /** Bytes a second. */
  rate?: number;
  /** Sends chunks with a wrong byte. */
  lies?: boolean;
  /** Never sends a chunk. */
  isSilent?: boolean;
  /** Its channels break with this probability at each message. */
  breaks?: number;
  /** Says that it has everything, of whatever file. */
  boasts?: boolean;
  /** As a page does: leaves are jobs. */
  hashesLater?: boolean;
}

export const room = (count: number, special: Readonly<Record<number, Traits>> = {}): Traits[] =>
  Array.from({ length: count }, (_, at) => special[at] ?? {});

export class Member {
  readonly peer: PeerId;
  readonly traits: Traits;
  readonly store = new Map<string, Uint8Array>();
  readonly wholes = new Map<string, Uint8Array>();
  readonly parts = new Map<SwarmFileId, Uint8Array>();
  /** What its disk answers to writes. */
  fault: "diskFull" | "notPermitted" | undefined;
  readonly outputs: SwarmOutput[] = [];
  readonly #written = new Map<SwarmFileId, Set<number>>();
  swarm: Swarm;
  isOnline = true;
  uplinkFree = 0;
  chunkBytesSent = 0;
  bytesSent = 0;
  duplicates = 0;

  constructor(number: number, traits: Traits, seed: number) {
    this.peer = peerIdFromBytes(new Uint8Array(32).fill(number));
    this.traits = traits;
    this.swarm = this.start(seed + number, instant(0));
  }

  start(seed: number, now: Instant): Swarm {
    const restored = [...this.store].map(([key, value]) => ({ key, value }));
    const own = this.traits.hashesLater === true ? { ...provider, hashesFilesLater: true as const } : provider;
    this.swarm = new Swarm({ provider: own, random: seededRandom(seed), self: this.peer, restored, now });
    return this.swarm;
  }

  file(id: SwarmFileId): SwarmFileState | undefined {
    return this.swarm.files.find((file) => file.id === id);
  }

  /** Chunks that were written here. */
  chunksHere(id: SwarmFileId): number[] {
    return [...(this.#written.get(id) ?? [])];
  }

  noteWritten(id: SwarmFileId, chunk: number): void {
    const chunks = this.#written.get(id) ?? new Set();
    this.#written.set(id, chunks.add(chunk));
  }

  named(): { readonly peer: PeerId; readonly reason: string }[] {
    return this.outputs.filter((output) => output.type === "misbehaved");
  }
}
