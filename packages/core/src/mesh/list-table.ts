/**
 * The newest neighbour list of each member, by slot. Arrays of numbers rather than objects: a room of a
 * thousand takes some 300 KB, and a list that says what the one before said leaves nothing behind.
 *
 * @module
 */
import { PEER_ID_BYTES, type PeerId, peerIdFromBytes } from "../identity/peer-id.ts";
import { SIGNATURE_BYTES } from "../identity/signed.ts";
import { type Instant, instant } from "../lib/time.ts";
import {
  LIST_BURST_MAX,
  LIST_FORGOTTEN_PERIODS,
  LIST_NEIGHBOURS_MAX,
  LIST_PERIOD_LARGE,
  LIST_PERIOD_PER_MEMBER,
  LIST_REGAIN,
  LIST_SMALL_ROOM,
  LIST_STALE_PERIODS,
} from "../wire/limits.ts";
import { u32 } from "./envelope.ts";
import { type MemberSlots, NO_SLOT } from "./member-slots.ts";
import {
  INCARNATION_BYTES,
  LIST_INCARNATION_AT,
  LIST_SEQUENCE_AT,
  type NeighbourList,
  readHints,
} from "./neighbour-list.ts";

const NONE: readonly PeerId[] = [];
/** Of a roster digest, what is compared: a liar could name ours anyway. */
const DIGEST_BYTES = 8;
const TOLERANCE = (LIST_BURST_MAX - 1) * LIST_REGAIN;

/** In a large room somebody is silent for long all the time. */
const SWEEP_INTERVAL = 1_000;

const RATE_SPAN = 2 ** 40;
const rateOf = (period: number): number => Math.round(RATE_SPAN / period);
/** Periods below say little of how many are heard of. */
const PERIOD_TELLING = 1.25 * LIST_PERIOD_LARGE;

/** How a list stands to the one that is known of its member. */
export type ListOrder = "newer" | "older" | "same" | "contradiction";

export class ListTable {
  readonly #slots: MemberSlots;
  #capacity = 0;
  #known = new Uint8Array(0); //       1: there is a list
  #leaving = new Uint8Array(0);
  #degree = new Uint8Array(0);
  #links = new Int16Array(0); //       LIST_NEIGHBOURS_MAX slots for each
  #sequence = new Uint32Array(0);
  #date = new Float64Array(0); //      latest of any incarnation; outlives the list
  #heardAt = new Float64Array(0);
  #period = new Float64Array(0);
  #regained = new Float64Array(0); //  when all of its burst is there again
  #incarnation = new Uint8Array(0);
  #signature = new Uint8Array(0);
  #digest = new Uint8Array(0);
  /** Few have any of these. */
  readonly #outsiders = new Map<number, readonly PeerId[]>();
  readonly #hints = new Map<number, Uint8Array>();
  readonly #before = new Int16Array(LIST_NEIGHBOURS_MAX);
  #count = 0;
  /** Lists to come of all together in {@link RATE_SPAN}: whole numbers, so that what is added is taken off again. */
  #rate = 0;

  constructor(slots: MemberSlots) {
    this.#slots = slots;
  }

  /** Members with a list. */
  get count(): number {
    return this.#count;
  }

  /**
   * How large the room is, ourselves counted. Who has just come has heard of few, but what those promise says how
   * many they hear of: no more is taken for it than what a quarter of them could make up.
   */
  get roomSize(): number {
    const heard = this.#count + 1;
    if (heard <= LIST_SMALL_ROOM) return heard;
    const period = (RATE_SPAN * this.#count) / this.#rate;
    return period < PERIOD_TELLING ? heard : Math.max(heard, Math.floor(period / LIST_PERIOD_PER_MEMBER));
  }

  has(slot: number): boolean {
    return this.#known[slot] === 1;
  }

  /** Whether there ever was one of this member, since it is one. */
  wasHeard(slot: number): boolean {
    return (this.#date[slot] ?? 0) > 0;
  }

  isLeaving(slot: number): boolean {
    return this.#leaving[slot] === 1;
  }

  heardAt(slot: number): Instant {
    return (this.#heardAt[slot] ?? 0) as Instant;
  }

  /** So many of its periods have passed since it was heard. */
  dueAt(slot: number, periods: number): Instant {
    return ((this.#heardAt[slot] ?? 0) + periods * (this.#period[slot] ?? 0)) as Instant;
  }

  degree(slot: number): number {
    return this.#degree[slot] ?? 0;
  }

  /** The `index`th neighbour that `slot` names. */
  link(slot: number, index: number): number {
    return this.#links[slot * LIST_NEIGHBOURS_MAX + index] ?? NO_SLOT;
  }

  /** Whether `slot` says that it is linked to `other`. */
  names(slot: number, other: number): boolean {
    const start = slot * LIST_NEIGHBOURS_MAX;
    for (let i = start + this.degree(slot) - 1; i >= start; i--) if (this.#links[i] === other) return true;
    return false;
  }

  /** Whom `slot` names, and who is no member. */
  outsiders(slot: number): readonly PeerId[] {
    return this.#outsiders.get(slot) ?? NONE;
  }

  hints(slot: number): readonly string[] {
    const hints = this.#hints.get(slot);
    return hints === undefined ? [] : readHints(hints);
  }

  hasDigest(slot: number, digest: Uint8Array): boolean {
    for (let i = 0; i < DIGEST_BYTES; i++) if (this.#digest[slot * DIGEST_BYTES + i] !== digest[i]) return false;
    return true;
  }

  /** Whether `bytes` are the list that is known, by where its name and signature lie. */
  isKnown(slot: number, bytes: Uint8Array): boolean {
    if (!this.has(slot) || u32(bytes, LIST_SEQUENCE_AT) !== this.#sequence[slot]) return false;
    return (
      isAt(this.#incarnation, slot, INCARNATION_BYTES, bytes, LIST_INCARNATION_AT) &&
      isAt(this.#signature, slot, SIGNATURE_BYTES, bytes, bytes.length - SIGNATURE_BYTES)
    );
  }

  /** Of another incarnation, a list counts only if it is later than all before: an old one never comes back. */
  order(slot: number, list: NeighbourList): ListOrder {
    const isNewer = list.date > (this.#date[slot] ?? 0);
    if (!this.has(slot) || !isAt(this.#incarnation, slot, INCARNATION_BYTES, list.incarnation))
      return isNewer ? "newer" : "older";
    const sequence = this.#sequence[slot] ?? 0;
    if (list.sequence !== sequence) return list.sequence > sequence ? "newer" : "older";
    return isAt(this.#signature, slot, SIGNATURE_BYTES, list.signature) ? "same" : "contradiction";
  }

  /** Whether one more list of this member is looked at: a member that says ever new things is heard now and then. */
  take(slot: number, now: Instant): boolean {
    const from = Math.max(this.#regained[slot] ?? 0, now);
    if (from - now > TOLERANCE) return false;
    this.#regained[slot] = from + LIST_REGAIN;
    return true;
  }

  /** Takes what `list` says; whether that is anything new but its date. */
  adopt(slot: number, list: NeighbourList, now: Instant): boolean {
    const isFirst = !this.has(slot);
    if (isFirst) this.#count += 1;
    this.#rate += rateOf(list.period) - (isFirst ? 0 : rateOf(this.#period[slot] ?? 0));
    let isChanged = isFirst || this.isLeaving(slot) !== list.isLeaving || !this.hasDigest(slot, list.rosterDigest);
    this.#known[slot] = 1;
    this.#leaving[slot] = list.isLeaving ? 1 : 0;
    this.#sequence[slot] = list.sequence;
    this.#date[slot] = Math.max(this.#date[slot] ?? 0, list.date);
    this.#heardAt[slot] = now;
    this.#period[slot] = list.period;
    this.#incarnation.set(list.incarnation, slot * INCARNATION_BYTES);
    this.#signature.set(list.signature, slot * SIGNATURE_BYTES);
    this.#digest.set(list.rosterDigest.subarray(0, DIGEST_BYTES), slot * DIGEST_BYTES);
    if (this.#adoptHints(slot, list.hints)) isChanged = true;
    if (this.#adoptNeighbours(slot, list.neighbours)) isChanged = true;
    return isChanged;
  }

  /** Our own links: known without a list. Whether they changed. */
  setLinks(slot: number, links: readonly number[]): boolean {
    const isSame = this.degree(slot) === links.length && links.every((link, i) => this.link(slot, i) === link);
    this.#degree[slot] = links.length;
    this.#links.set(links, slot * LIST_NEIGHBOURS_MAX);
    return !isSame;
  }

  /** Its date stays, so that nothing old comes back. */
  forget(slot: number): void {
    if (this.has(slot)) {
      this.#count -= 1;
      this.#rate -= rateOf(this.#period[slot] ?? 0);
    }
    this.#known[slot] = 0;
    this.#leaving[slot] = 0;
    this.#degree[slot] = 0;
    this.#outsiders.delete(slot);
    this.#hints.delete(slot);
  }

  /** Forgets those that have been silent for long; and when there is something to do again, a second from now at least. */
  sweep(now: Instant): { readonly forgotten: readonly number[]; readonly next: Instant | undefined } {
    const forgotten: number[] = [];
    let next = Number.POSITIVE_INFINITY;
    for (let slot = 0; slot < this.#capacity; slot++) {
      if (this.#known[slot] !== 1) continue;
      const [heardAt, period] = [this.#heardAt[slot] ?? 0, this.#period[slot] ?? 0];
      const forgetAt = heardAt + LIST_FORGOTTEN_PERIODS * period;
      const staleAt = heardAt + LIST_STALE_PERIODS * period;
      if (forgetAt <= now) {
        this.forget(slot);
        forgotten.push(slot);
      } else next = Math.min(next, staleAt <= now ? forgetAt : staleAt);
    }
    return {
      forgotten,
      next: next === Number.POSITIVE_INFINITY ? undefined : instant(Math.max(next, now + SWEEP_INTERVAL)),
    };
  }

  /** After the roster changed: whoever came is no outsider any more, whoever went is one. */
  reconcile(removed: readonly { readonly slot: number; readonly peer: PeerId }[]): void {
    this.#reserve(this.#slots.capacity);
    for (const { slot } of removed) {
      this.forget(slot);
      this.#date[slot] = 0;
      this.#regained[slot] = 0;
    }
    const gone = new Map(removed.map(({ slot, peer }) => [slot, peer]));
    for (let slot = 0; slot < this.#capacity; slot++) {
      if (!this.has(slot)) continue;
      const outsiders: PeerId[] = [];
      const links: number[] = [];
      for (let i = 0; i < this.degree(slot); i++) {
        const link = this.link(slot, i);
        const peer = gone.get(link);
        if (peer === undefined) links.push(link);
        else outsiders.push(peer);
      }
      if (outsiders.length === 0 && !this.#outsiders.has(slot)) continue;
      for (const peer of this.outsiders(slot)) outsiders.push(peer);
      const strangers = outsiders.filter((peer) => {
        const known = this.#slots.slotOf(peer);
        if (known !== NO_SLOT) links.push(known);
        return known === NO_SLOT;
      });
      this.setLinks(slot, links);
      this.#setOutsiders(slot, strangers);
    }
  }

  #adoptNeighbours(slot: number, bytes: Uint8Array): boolean {
    const start = slot * LIST_NEIGHBOURS_MAX;
    const degreeBefore = this.degree(slot);
    const outsidersBefore = this.outsiders(slot);
    let degree = 0;
    let isChanged = false;
    let outsiders: PeerId[] | undefined;
    // Most are those of the list before, in the same order: then nothing has to be looked up.
    const before = this.#before;
    for (let i = 0; i < degreeBefore; i++) before[i] = this.#links[start + i] ?? NO_SLOT;
    let same = 0;
    for (let at = 0; at < bytes.length; at += PEER_ID_BYTES) {
      let order = -1;
      while (same < degreeBefore) {
        order = this.#slots.compareAt(before[same] ?? NO_SLOT, bytes, at);
        if (order >= 0) break;
        same += 1;
      }
      const link = order === 0 ? (before[same] ?? NO_SLOT) : this.#slots.slotAt(bytes, at);
      if (link === NO_SLOT) {
        outsiders ??= [];
        outsiders.push(peerIdFromBytes(bytes.subarray(at, at + PEER_ID_BYTES)));
        continue;
      }
      if (this.#links[start + degree] !== link) isChanged = true;
      this.#links[start + degree++] = link;
    }
    this.#degree[slot] = degree;
    const strangers = outsiders ?? NONE;
    const isSame =
      strangers.length === outsidersBefore.length && strangers.every((peer, i) => outsidersBefore[i] === peer);
    if (!isSame) this.#setOutsiders(slot, strangers);
    return isChanged || degree !== degreeBefore || !isSame;
  }

  #setOutsiders(slot: number, outsiders: readonly PeerId[]): void {
    if (outsiders.length === 0) this.#outsiders.delete(slot);
    else this.#outsiders.set(slot, outsiders);
  }

  #adoptHints(slot: number, hints: Uint8Array): boolean {
    const before = this.#hints.get(slot);
    if (hints[0] === 0) return this.#hints.delete(slot);
    if (before?.length === hints.length && before.every((byte, i) => byte === hints[i])) return false;
    this.#hints.set(slot, hints.slice());
    return true;
  }

  #reserve(capacity: number): void {
    if (capacity <= this.#capacity) return;
    const size = Math.max(16, capacity, Math.min(2 * this.#capacity, this.#capacity + 256));
    this.#capacity = size;
    this.#known = grown(new Uint8Array(size), this.#known);
    this.#leaving = grown(new Uint8Array(size), this.#leaving);
    this.#degree = grown(new Uint8Array(size), this.#degree);
    this.#links = grown(new Int16Array(size * LIST_NEIGHBOURS_MAX), this.#links);
    this.#sequence = grown(new Uint32Array(size), this.#sequence);
    this.#date = grown(new Float64Array(size), this.#date);
    this.#heardAt = grown(new Float64Array(size), this.#heardAt);
    this.#period = grown(new Float64Array(size), this.#period);
    this.#regained = grown(new Float64Array(size), this.#regained);
    this.#incarnation = grown(new Uint8Array(size * INCARNATION_BYTES), this.#incarnation);
    this.#signature = grown(new Uint8Array(size * SIGNATURE_BYTES), this.#signature);
    this.#digest = grown(new Uint8Array(size * DIGEST_BYTES), this.#digest);
  }
}

function grown<Numbers extends { set(from: ArrayLike<number>): void }>(
  into: Numbers,
  from: ArrayLike<number>,
): Numbers {
  into.set(from);
  return into;
}

/** Whether row `slot` of `rows`, of `length` bytes each, stands at `at` of `bytes`. */
function isAt(rows: Uint8Array, slot: number, length: number, bytes: Uint8Array, at = 0): boolean {
  const start = slot * length;
  for (let i = 0; i < length; i++) if (rows[start + i] !== bytes[at + i]) return false;
  return true;
}
