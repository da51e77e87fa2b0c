/**
 * The numbers beside nearby peers in `kith peers` and `kith up`, so that one can type `kith pair 2`.
 * A number must mean tomorrow's screen what it meant on today's: they are kept in the home folder,
 * stick to their peer while it is in sight, and are not given to another until nobody can have the
 * old screen in mind.
 *
 * @module
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { NearbyPeer } from "@kith/sdk";

/** How long a number stays with a peer that is out of sight, in milliseconds. */
export const NUMBER_KEPT_MS = 600_000;
/** How old the saved time of a peer in sight may get, in milliseconds. */
const SAVED_EVERY_MS = 60_000;
const NUMBERS_MAX = 1_000;

interface Entry {
  readonly number: number;
  readonly seenAt: number;
}

const identityOf = (nearby: NearbyPeer): string => nearby.peer ?? nearby.key;

export class PeerNumbers {
  readonly #path: string;
  #entries: Map<string, Entry>;

  private constructor(path: string, entries: Map<string, Entry>) {
    this.#path = path;
    this.#entries = entries;
  }

  static load(home: string): PeerNumbers {
    const path = join(home, "peer-numbers.json");
    return new PeerNumbers(path, readEntries(path));
  }

  /** Numbers for all of `nearby`, in its order; remembers new ones. */
  assign(nearby: readonly NearbyPeer[], now: number): readonly number[] {
    const inSight = new Set(nearby.map(identityOf));
    const kept = [...this.#entries].filter(([id, { seenAt }]) => inSight.has(id) || now - seenAt < NUMBER_KEPT_MS);
    const entries = new Map(kept);
    const used = new Set(kept.map(([, { number }]) => number));
    let hasNew =
      kept.length !== this.#entries.size ||
      kept.some(([id, { seenAt }]) => inSight.has(id) && now - seenAt > SAVED_EVERY_MS);
    for (const one of nearby.slice(0, NUMBERS_MAX)) {
      const id = identityOf(one);
      const moved = one.peer === undefined ? undefined : entries.get(one.key); // recognised meanwhile: same number
      let number = entries.get(id)?.number ?? moved?.number;
      if (number === undefined) {
        number = 1;
        while (used.has(number)) number++;
        hasNew = true;
      }
      used.add(number);
      if (moved !== undefined) entries.delete(one.key);
      entries.set(id, { number, seenAt: now });
    }
    this.#entries = entries;
    if (hasNew) this.#save();
    return nearby.map((one) => entries.get(identityOf(one))?.number ?? 0);
  }

  /** Which of `nearby` was shown as `number`. */
  find(number: number, nearby: readonly NearbyPeer[]): NearbyPeer | undefined {
    return nearby.find((one) => this.#entries.get(identityOf(one))?.number === number);
  }

  #save(): void {
    try {
      const draft = `${this.#path}.${process.pid}`;
      mkdirSync(join(this.#path, ".."), { recursive: true, mode: 0o700 });
      writeFileSync(draft, JSON.stringify([...this.#entries].map(([id, entry]) => [id, entry.number, entry.seenAt])), {
        mode: 0o600,
      });
      renameSync(draft, this.#path);
    } catch {
      // Numbers are a convenience; a home that cannot be written to is reported by whoever needs it.
    }
  }
}

function readEntries(path: string): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  try {
    const rows: unknown = JSON.parse(readFileSync(path, "utf8"));
    for (const row of Array.isArray(rows) ? rows.slice(0, NUMBERS_MAX) : []) {
      const [id, number, seenAt]: readonly unknown[] = Array.isArray(row) ? row : [];
      if (typeof id === "string" && typeof number === "number" && typeof seenAt === "number") {
        entries.set(id, { number, seenAt });
      }
    }
  } catch {
    // Missing or damaged: numbering starts afresh.
  }
  return entries;
}
