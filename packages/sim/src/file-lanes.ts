/**
 * File jobs of one process, carried out some time later: reads in any order, what is written for a
 * transfer one after the other.
 *
 * @module
 */
import type { Endpoint, FileJob, WallTime } from "@kith/core";
import type { FileAnswers, SimDisk } from "./sim-disk.ts";
import type { SimRandom } from "./sim-random.ts";

export interface LanesParts {
  readonly disk: SimDisk;
  readonly endpoint: Endpoint;
  readonly wall: () => WallTime;
  /** Runs it when the disk is that far, if the process still lives. */
  readonly plan: (run: () => void) => void;
  readonly whenAwake: (run: () => void) => void;
}

interface Waiting {
  readonly key: string;
  readonly job: FileJob;
  readonly source: Uint8Array | undefined;
}

export class FileLanes {
  readonly #parts: LanesParts;
  readonly #lanes = new Map<string, Waiting[]>();

  constructor(parts: LanesParts) {
    this.#parts = parts;
  }

  add(key: string, job: FileJob, source: Uint8Array | undefined): void {
    const lane = `${key} ${job.type === "read" ? job.token : "write"}`;
    const waiting = this.#lanes.get(lane) ?? [];
    this.#lanes.set(lane, waiting);
    waiting.push({ key, job, source });
    if (waiting.length === 1) this.#parts.plan(() => this.#next(lane));
  }

  /** The process dies: what is being written may be torn. */
  tear(random: SimRandom): void {
    for (const [first] of this.#lanes.values()) {
      if (first !== undefined) this.#parts.disk.tear(first.key, first.job, random.float());
    }
  }

  #next(lane: string): void {
    const waiting = this.#lanes.get(lane);
    const first = waiting?.shift();
    if (waiting === undefined || first === undefined) return;
    const { key, job, source } = first;
    const { disk, whenAwake, plan } = this.#parts;
    whenAwake(() => disk.run(key, job, source, this.#answers(key)));
    if (waiting.length === 0) this.#lanes.delete(lane);
    else plan(() => this.#next(lane));
  }

  #answers(key: string): FileAnswers {
    const { endpoint, wall } = this.#parts;
    const { transfers } = endpoint;
    const receiver = transfers.receiverOf(key);
    transfers.touch(key);
    return {
      read: (token, bytes) => (receiver ?? transfers.senderOf(key))?.handleRead(token, bytes),
      written: (token) => receiver?.handleWritten(token),
      prepared: (parts) => receiver?.handlePrepared(parts),
      placed: (names) => receiver?.handlePlaced(names, wall()),
      failed: (reason) => receiver?.handleFailed(reason),
    };
  }
}
