/**
 * What the keys of a room need to know of its log, and no more: whoever keeps the log answers these few questions.
 * From them follows who may hold the key of an epoch (spec/room-keys.md §6).
 *
 *     holders(E) = those that E's head names, and the subject of every admission that is no ancestor of E and whose
 *                  author is a holder; the smallest such set
 *
 * It grows with the log alone, whatever becomes void: who was given a key once, by somebody who did not know
 * better, has it. A holder gives the key to holders only; so nobody outside of that set gets it from someone honest.
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import type { WallTime } from "../lib/time.ts";
import type { EpochHead } from "./epoch.ts";

/** An effective `rotate` operation. */
export interface RoomRotation {
  /** Of the operation, and of the epoch: 64 hexadecimal digits. */
  readonly id: string;
  readonly author: PeerId;
  readonly date: WallTime;
  readonly bundleHash: Uint8Array;
  readonly recipientCount: number;
}

/** An operation that may have made `subject` a member in somebody's eyes. */
export interface RoomAdmission {
  readonly id: string;
  readonly author: PeerId;
  readonly subject: PeerId;
}

/** As of one state of the log; a new object for a new state. */
export interface KeyRoster {
  readonly members: PeerSet;
  /** Who left of its own accord and is no member, and when, by its own clock. */
  readonly left: ReadonlyMap<PeerId, WallTime>;
  /** In causal order. */
  readonly rotations: readonly RoomRotation[];
  /**
   * All `admit`, and `role` where it can approve, also those that are void by now: whoever may have been believed a
   * member by an honest one at some time. Not those that nobody can ever have believed.
   */
  readonly admissions: readonly RoomAdmission[];
  /** Whether operation `earlier` is in the past of `later`: strictly. */
  readonly isAncestor: (earlier: string, later: string) => boolean;
}

/** A set of peers, or a map by peer. */
export interface PeerSet {
  readonly size: number;
  has(peer: PeerId): boolean;
  keys(): Iterable<PeerId>;
}

export interface Holders {
  readonly peers: ReadonlySet<PeerId>;
  /**
   * Admissions that made holders since the epoch began: the generation to send in. Who admits counts its own, and
   * everybody who knows of that admission counts at least as many.
   */
  readonly generation: number;
}

export function holdersOf(epoch: string, head: EpochHead, roster: KeyRoster): Holders {
  const peers = new Set<PeerId>(head.others);
  for (const { peer } of head.recipients) peers.add(peer);
  const admissionsBy = new Map<PeerId, PeerId[]>();
  for (const { id, author, subject } of roster.admissions) {
    if (roster.isAncestor(id, epoch)) continue;
    const subjects = admissionsBy.get(author);
    if (subjects === undefined) admissionsBy.set(author, [subject]);
    else subjects.push(subject);
  }
  let generation = 0;
  // A set that grows while it is walked: those added come up too.
  for (const holder of peers) {
    for (const subject of admissionsBy.get(holder) ?? []) {
      generation += 1;
      peers.add(subject);
    }
  }
  return { peers, generation };
}

/** Whether all of `inner` are in `outer`. */
export function isWithin(inner: PeerSet, outer: { has(peer: PeerId): boolean }): boolean {
  for (const peer of inner.keys()) if (!outer.has(peer)) return false;
  return true;
}
