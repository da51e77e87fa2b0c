/**
 * Envelopes that neighbours announced and that did not come: how long they are waited for, and who is asked then
 * (spec/mesh.md §6). Each announcer is asked once. Names are not proof of anything, so who was the first to announce
 * one pays with its own share of the room here.
 *
 * @module
 */

import { Deadlines } from "../lib/deadlines.ts";
import { bytesToHex } from "../lib/hex.ts";
import { type RandomSource, randomBelow } from "../lib/random.ts";
import { after, type Instant, millis, since } from "../lib/time.ts";
import {
  ANNOUNCED_MAX,
  ANNOUNCED_PER_NEIGHBOUR_MAX,
  GRAFT_PATIENCE,
  GRAFT_PATIENCE_MAX,
  GRAFT_PATIENCE_SPREAD,
} from "../wire/mesh-limits.ts";
import type { EnvelopeName } from "./mesh-message.ts";
import type { Neighbour } from "./neighbour.ts";
import type { Entry } from "./stream.ts";

/** Patience, in usual delays; and of how many envelopes those are the mean. */
const USUAL_DELAYS = 4;
const DELAYS_AVERAGED = 16;

interface Awaited extends EnvelopeName {
  readonly streamName: string;
  readonly first: Neighbour;
  /** Who was not asked yet. */
  readonly announcers: Neighbour[];
  readonly since: Instant;
  /** Whom we asked for it last. */
  asked: Neighbour | undefined;
}

export class AwaitedEnvelopes {
  readonly #random: RandomSource;
  readonly #byId = new Map<string, Awaited>();
  readonly #waiting = new Deadlines<Awaited>();
  /** How long after its first announcement an envelope came by itself, of late: long where all have much to do. */
  #usualDelay = 0;

  constructor(random: RandomSource) {
    this.#random = random;
  }

  /** A neighbour announced what is not here. False: no room. `streamName` is that of `id` in hexadecimal. */
  add(neighbour: Neighbour, streamName: string, id: EnvelopeName, now: Instant): boolean {
    const { stream, sequence } = id;
    const known = this.#byId.get(idOf(streamName, sequence));
    if (known !== undefined) {
      if (!known.announcers.includes(neighbour)) known.announcers.push(neighbour);
      return true;
    }
    if (this.#byId.size >= ANNOUNCED_MAX || neighbour.awaited >= ANNOUNCED_PER_NEIGHBOUR_MAX) return false;
    const awaited: Awaited = {
      ...{ stream: stream.slice(), streamName, sequence },
      ...{ first: neighbour, announcers: [neighbour], since: now, asked: undefined },
    };
    neighbour.awaited += 1;
    this.#byId.set(idOf(streamName, sequence), awaited);
    this.#waiting.set(awaited, this.#soon(now));
    return true;
  }

  handleArrived(entry: Entry, now: Instant): void {
    const awaited = this.#byId.size === 0 ? undefined : this.forget(bytesToHex(entry.stream.name), entry.sequence);
    if (awaited?.asked?.peer === entry.from) return; // it came because we asked
    const delay = awaited === undefined ? 0 : since(awaited.since, now);
    this.#usualDelay += (delay - this.#usualDelay) / DELAYS_AVERAGED;
  }

  forget(streamName: string, sequence: number): Awaited | undefined {
    const awaited = this.#byId.get(idOf(streamName, sequence));
    if (awaited !== undefined) this.#remove(awaited);
    return awaited;
  }

  /** Whom to ask for what, for what was waited for long enough. What nobody is left to be asked for is forgotten. */
  take(has: (streamName: string, sequence: number) => boolean, now: Instant): ReadonlyMap<Neighbour, EnvelopeName[]> {
    const questions = new Map<Neighbour, EnvelopeName[]>();
    for (const awaited of this.#waiting.take(now)) {
      const announcer = has(awaited.streamName, awaited.sequence) ? undefined : takeLinked(awaited.announcers);
      if (announcer === undefined) {
        this.#remove(awaited);
        continue;
      }
      const ids = questions.get(announcer) ?? [];
      ids.push(awaited);
      questions.set(announcer, ids);
      awaited.asked = announcer;
      this.#waiting.set(awaited, this.#soon(now));
    }
    return questions;
  }

  nextTimeout(): Instant | undefined {
    return this.#waiting.next();
  }

  // --- inside ---------------------------------------------------------------------------------

  #remove(awaited: Awaited): void {
    this.#byId.delete(idOf(awaited.streamName, awaited.sequence));
    this.#waiting.set(awaited, undefined);
    awaited.first.awaited -= 1;
  }

  /**
   * Not all at once: what one asked for goes on to the others behind the same cut. And not before what is late
   * for all: in a room that is busy, asking would make it busier.
   */
  #soon(now: Instant): Instant {
    const usual = Math.min(GRAFT_PATIENCE_MAX, USUAL_DELAYS * this.#usualDelay);
    const patience = Math.max(GRAFT_PATIENCE, Math.floor(usual));
    return after(now, millis(patience + randomBelow(this.#random, GRAFT_PATIENCE_SPREAD)));
  }
}

const idOf = (streamName: string, sequence: number): string => `${streamName}${sequence}`;

function takeLinked(announcers: Neighbour[]): Neighbour | undefined {
  for (let next = announcers.shift(); next !== undefined; next = announcers.shift()) if (!next.isOver) return next;
  return undefined;
}
