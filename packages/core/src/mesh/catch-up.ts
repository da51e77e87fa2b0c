/**
 * What neighbours have and we miss (spec/mesh.md §5): digests are compared on each new link and now and then,
 * one neighbour at a time is asked what it has, and for what is missing of that; and holes in streams are
 * asked for one by one.
 *
 *     a neighbour's greet differs ── we: greet, answer wanted ── it: vector* · greet ── we: pull
 *       ── it: repair* · gone ── if that brought anything, the other neighbours get our greet
 *
 * What a neighbour claims to have changes nothing here but what it is asked for. Only envelopes, whose
 * signatures hold, move a stream.
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import { Deadlines } from "../lib/deadlines.ts";
import { type RandomSource, randomBelow } from "../lib/random.ts";
import { after, type Duration, type Instant, millis, sooner } from "../lib/time.ts";
import {
  GAP_PATIENCE,
  GAP_RETRY,
  HELD_BACK_MAX,
  PULL_RANGES_MAX,
  SYNC_INTERVAL,
  SYNC_PATIENCE,
  VECTOR_STREAMS_MAX,
} from "../wire/mesh-limits.ts";
import { isAt } from "./envelope.ts";
import type { Ground } from "./ground.ts";
import type { StreamRange } from "./mesh-message.ts";
import type { Neighbour, Sending } from "./neighbour.ts";
import { Answer } from "./pull-answer.ts";
import type { OpenHole, Stream } from "./stream.ts";
import { bucketOf, type StreamTable } from "./stream-table.ts";

/** Every neighbour that could be asked is busy: look again. */
const BUSY_WAIT: Duration = millis(200);
const HOLES_PER_STREAM = 16;

interface Pull {
  readonly ranges: readonly StreamRange[];
  readonly isSync: boolean;
  /** More was missing than fits one message. */
  readonly isPart: boolean;
  /** The range that its answer has come to. */
  index: number;
  brought: number;
  giveUpAt: Instant;
}

/** The exchange with one neighbour that is under way. */
interface Exchange {
  readonly neighbour: Neighbour;
  readonly wants: StreamRange[];
  at: "asked" | "pulling";
  giveUpAt: Instant;
}

export class CatchUp {
  readonly #streams: StreamTable;
  readonly #neighbours: ReadonlyMap<PeerId, Neighbour>;
  readonly #sending: Sending;
  readonly #random: RandomSource;
  readonly #holes = new Deadlines<Stream>();
  readonly #pulls = new Map<Neighbour, Pull>();
  #exchange: Exchange | undefined;
  #nextSyncAt: Instant;

  constructor(ground: Ground, streams: StreamTable, now: Instant) {
    this.#streams = streams;
    [this.#neighbours, this.#sending, this.#random] = [ground.neighbours, ground.sending, ground.random];
    this.#nextSyncAt = this.#jittered(now);
  }

  // --- what the world did ---------------------------------------------------------------------

  /** Tells a neighbour how many links we have, and what of the streams. */
  greet(neighbour: Neighbour, wantsAnswer: boolean): void {
    const links = Math.min(0xff, this.#neighbours.size - (this.#neighbours.has(neighbour.peer) ? 1 : 0));
    this.#sending.say(neighbour, { type: "greet", links, wantsAnswer, digest: this.#streams.digest() });
  }

  handleGreet(neighbour: Neighbour, digest: Uint8Array, wantsAnswer: boolean, now: Instant): void {
    const differing = this.#streams.differing(digest);
    if (wantsAnswer) {
      this.#tellStreams(neighbour, differing, now);
      this.greet(neighbour, false);
      return;
    }
    const exchange = this.#exchange;
    if (exchange?.neighbour === neighbour && exchange.at === "asked") return this.#pullWanted(exchange, now);
    if (differing !== 0) neighbour.isSyncDue = true;
    this.#beginExchange(now);
  }

  /** Asks it what it has, when its turn comes. */
  syncWith(neighbour: Neighbour, now: Instant): void {
    neighbour.isSyncDue = true;
    this.#beginExchange(now);
  }

  handleVector(neighbour: Neighbour, ranges: readonly StreamRange[]): void {
    const exchange = this.#exchange;
    if (exchange?.neighbour !== neighbour || exchange.at !== "asked") return; // nobody asked
    for (const { key, from, to } of ranges) {
      if (exchange.wants.length > PULL_RANGES_MAX) return;
      const stream = this.#streams.find(key);
      if (stream === undefined) {
        if (this.#streams.isRetired(key)) continue;
        exchange.wants.push({ key, from: Math.max(from, to - HELD_BACK_MAX), to });
      } else {
        const holes = stream.holes(from, to, HOLES_PER_STREAM);
        for (const hole of holes) exchange.wants.push({ key, ...hole });
      }
    }
  }

  handlePull(neighbour: Neighbour, ranges: readonly StreamRange[]): void {
    neighbour.answer = new Answer(ranges, this.#streams); // one at a time: a second one replaces the first
    this.#sending.mark(neighbour);
  }

  /** The end of an answer, and what of it the neighbour does not have. */
  handleGone(neighbour: Neighbour, ranges: readonly StreamRange[], now: Instant): void {
    const pull = this.#pulls.get(neighbour);
    if (pull === undefined) return;
    this.#pulls.delete(neighbour);
    for (const { key, from, to } of ranges) {
      const stream = this.#streams.find(key);
      if (stream?.hole === undefined || stream.next < from || stream.next >= to) continue;
      stream.hole.denied.add(neighbour.peer);
      this.#holes.set(stream, now); // ask the next one
    }
    if (pull.isSync) this.#endExchange(pull, now);
  }

  /** Whether we asked this neighbour for the envelope that lies in `bytes`, whose key is at `at`. */
  wasAsked(neighbour: Neighbour, bytes: Uint8Array, at: number, sequence: number, now: Instant): boolean {
    const pull = this.#pulls.get(neighbour);
    if (pull === undefined) return false;
    for (let index = pull.index; index < pull.ranges.length; index++) {
      const range = pull.ranges[index];
      if (range === undefined || sequence < range.from || sequence >= range.to || !isAt(bytes, at, range.key)) continue;
      pull.index = index; // answers come in the order of the question
      pull.giveUpAt = after(now, SYNC_PATIENCE);
      if (pull.isSync && this.#exchange !== undefined) this.#exchange.giveUpAt = pull.giveUpAt;
      return true;
    }
    return false;
  }

  /** What was asked for came, and was new. */
  handleRepaired(neighbour: Neighbour): void {
    const pull = this.#pulls.get(neighbour);
    if (pull !== undefined) pull.brought += 1;
  }

  handleNeighbourDown(neighbour: Neighbour, now: Instant): void {
    this.#pulls.delete(neighbour);
    if (this.#exchange?.neighbour === neighbour) this.#exchange = undefined;
    this.#beginExchange(now);
  }

  /** Something of the stream waits for something that did not come. */
  noteHole(stream: Stream, isRepair: boolean, now: Instant): void {
    const isNew = stream.hole === undefined;
    stream.hole ??= { since: now, asked: new Set(), denied: new Set() };
    if (isRepair)
      this.#holes.set(stream, now); // nothing of it is on its way by itself
    else if (isNew) this.#holes.set(stream, after(now, GAP_PATIENCE));
  }

  /** Asks what is due. The streams whose holes nobody here can fill are the caller's to go on with. */
  handleTimeout(now: Instant): readonly Stream[] {
    for (const [neighbour, pull] of this.#pulls) if (now >= pull.giveUpAt) this.#pulls.delete(neighbour);
    if (this.#exchange !== undefined && now >= this.#exchange.giveUpAt) this.#exchange = undefined;
    if (now >= this.#nextSyncAt) {
      this.#nextSyncAt = this.#jittered(now);
      const greeted = [...this.#neighbours.values()].filter(({ isGreeted }) => isGreeted);
      const chosen = greeted[greeted.length === 0 ? 0 : randomBelow(this.#random, greeted.length)];
      if (chosen !== undefined) chosen.isSyncDue = true;
    }
    this.#beginExchange(now);
    return this.#askForHoles(now);
  }

  nextTimeout(): Instant | undefined {
    let next = sooner(this.#holes.next(), sooner(this.#nextSyncAt, this.#exchange?.giveUpAt));
    for (const { giveUpAt } of this.#pulls.values()) next = sooner(next, giveUpAt);
    return next;
  }

  // --- exchanges ------------------------------------------------------------------------------

  #beginExchange(now: Instant): void {
    if (this.#exchange !== undefined) return;
    for (const neighbour of this.#neighbours.values()) {
      if (!neighbour.isSyncDue || !neighbour.isGreeted || this.#pulls.has(neighbour)) continue;
      neighbour.isSyncDue = false;
      this.#exchange = { neighbour, wants: [], at: "asked", giveUpAt: after(now, SYNC_PATIENCE) };
      return this.greet(neighbour, true);
    }
  }

  #tellStreams(neighbour: Neighbour, buckets: number, now: Instant): void {
    if (buckets === 0) return;
    let ranges: StreamRange[] = [];
    for (const stream of this.#streams.live()) {
      if ((buckets & (1 << bucketOf(stream))) === 0) continue;
      const settled = stream.settled(now);
      if (settled === undefined) continue;
      ranges.push({ key: stream.key, ...settled });
      if (ranges.length < VECTOR_STREAMS_MAX) continue;
      this.#sending.say(neighbour, { type: "vector", ranges });
      ranges = [];
    }
    if (ranges.length > 0) this.#sending.say(neighbour, { type: "vector", ranges });
  }

  #pullWanted(exchange: Exchange, now: Instant): void {
    const { neighbour, wants } = exchange;
    if (wants.length === 0) {
      this.#exchange = undefined;
      return this.#beginExchange(now);
    }
    exchange.at = "pulling";
    exchange.giveUpAt = after(now, SYNC_PATIENCE);
    this.#pull(neighbour, wants.slice(0, PULL_RANGES_MAX), wants.length > PULL_RANGES_MAX ? "part" : "whole", now);
  }

  #endExchange(pull: Pull, now: Instant): void {
    const neighbour = this.#exchange?.neighbour;
    this.#exchange = undefined;
    if (pull.brought > 0) {
      if (neighbour !== undefined && pull.isPart) neighbour.isSyncDue = true;
      for (const other of this.#neighbours.values())
        if (other !== neighbour && other.isGreeted) this.greet(other, false);
    }
    this.#beginExchange(now);
  }

  // --- holes ----------------------------------------------------------------------------------

  #askForHoles(now: Instant): readonly Stream[] {
    const due = this.#holes.take(now);
    if (due.length === 0) return due;
    const lost: Stream[] = [];
    const questions = new Map<Neighbour, StreamRange[]>();
    for (const stream of due) {
      if (stream.hole === undefined || stream.held === 0) continue; // filled
      const candidate = this.#whoMayHave(stream.hole.asked, questions);
      if (stream.isHoleLost(now) || (candidate === "nobody" && this.#isDenied(stream.hole))) {
        lost.push(stream);
      } else if (candidate === "nobody") {
        stream.hole.asked.clear(); // they may have it by then
        this.#holes.set(stream, after(now, GAP_RETRY));
      } else if (candidate === "busy") {
        this.#holes.set(stream, after(now, BUSY_WAIT));
      } else {
        stream.hole.asked.add(candidate.peer);
        const ranges = questions.get(candidate) ?? [];
        for (const hole of stream.holes(stream.next, stream.end, HOLES_PER_STREAM))
          if (ranges.length < PULL_RANGES_MAX) ranges.push({ key: stream.key, ...hole });
        questions.set(candidate, ranges);
        this.#holes.set(stream, after(now, GAP_RETRY));
      }
    }
    for (const [neighbour, ranges] of questions) this.#pull(neighbour, ranges, "hole", now);
    return lost;
  }

  #whoMayHave(asked: ReadonlySet<PeerId>, questions: ReadonlyMap<Neighbour, readonly StreamRange[]>) {
    let found: Neighbour | "busy" | "nobody" = "nobody";
    for (const neighbour of this.#neighbours.values()) {
      if (!neighbour.isGreeted || asked.has(neighbour.peer)) continue;
      const isFull = (questions.get(neighbour)?.length ?? 0) >= PULL_RANGES_MAX;
      if (!this.#pulls.has(neighbour) && !isFull) return neighbour;
      found = "busy";
    }
    return found;
  }

  /** Whether nobody here has it, or hopes for it. */
  #isDenied(hole: OpenHole): boolean {
    if (hole.denied.size === 0) return false;
    for (const { peer, isGreeted } of this.#neighbours.values()) if (isGreeted && !hole.denied.has(peer)) return false;
    return true;
  }

  #pull(neighbour: Neighbour, ranges: readonly StreamRange[], kind: "hole" | "part" | "whole", now: Instant): void {
    const giveUpAt = after(now, SYNC_PATIENCE);
    const isSync = kind !== "hole";
    this.#pulls.set(neighbour, { ranges, isSync, isPart: kind === "part", index: 0, brought: 0, giveUpAt });
    this.#sending.say(neighbour, { type: "pull", ranges });
  }

  #jittered(now: Instant): Instant {
    return after(now, millis(SYNC_INTERVAL * 0.75 + randomBelow(this.#random, SYNC_INTERVAL / 2)));
  }
}
