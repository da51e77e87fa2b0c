/**
 * The epochs whose keys we hold, and which of them we may send under (spec/room-keys.md §6).
 *
 * We send under an epoch only if its holders are the members, all of them and nobody else, as far as we know; if
 * it is not too old, and not hashed forward to its end. Of several, one that is in nobody's past, and of those the
 * one with the smallest id. To read, we keep all for two days.
 *
 * @module
 */
import type { CryptoProvider } from "../crypto/provider.ts";
import { Secret } from "../crypto/secret.ts";
import type { PeerId } from "../identity/peer-id.ts";
import { bytesEqual } from "../lib/bytes.ts";
import { Reader } from "../lib/reader.ts";
import { after, type Duration, type Instant, since, sooner, type WallTime } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import { CLOCK_SKEW } from "../wire/limits.ts";
import {
  EPOCH_AGE_MAX,
  EPOCH_KEPT_AFTER,
  EPOCHS_HELD_MAX,
  GENERATION_KEPT_AFTER,
  ROTATION_AFTER_LEAVE,
} from "../wire/room-key-limits.ts";
import { bundleHash, decodeHead, EPOCH_HEAD_BYTES_MAX, type EpochHead, recipientCount } from "./epoch.ts";
import { EpochKeys, isGeneration } from "./epoch-keys.ts";
import { type Holders, holdersOf, isWithin, type KeyRoster, type RoomRotation } from "./key-roster.ts";
import type { RoomId } from "./room-id.ts";
import { type BatchHeader, type GenerationKey, isEpochOf } from "./room-stream.ts";

/** A key of an epoch, with what shows that it is the right one. */
export interface EpochShare {
  /** 64 hexadecimal digits. */
  readonly epoch: string;
  readonly generation: number;
  /** 32 bytes; whoever gets the share owns it. */
  readonly key: Secret;
  readonly parcelsHash: Uint8Array;
  readonly head: EpochHead;
}

interface HeldEpoch {
  readonly id: string;
  readonly head: EpochHead;
  readonly parcelsHash: Uint8Array;
  readonly keys: EpochKeys;
  readonly learnedAt: Instant;
  readonly date: WallTime;
  /** The one we send in; never lower than before. */
  generation: number;
  /** Generations that ended the one before, and when that one is erased. Ascending. */
  raises: { readonly generation: number; readonly at: Instant }[];
  /** For the roster that we have now. */
  holders: Holders | undefined;
}

export interface EpochChoice extends GenerationKey {
  /** How long we have used it. */
  readonly age: Duration;
  /** It is also known to somebody who has left. */
  readonly isKnownToLeaver: boolean;
}

export class EpochRing {
  readonly #provider: CryptoProvider;
  readonly #room: RoomId;
  readonly #epochs = new Map<string, HeldEpoch>(); // in the order in which we learned them
  /** When we first heard that somebody had left. */
  readonly #leftSeen = new Map<PeerId, Instant>();
  #roster: KeyRoster | undefined;
  #rotations: ReadonlyMap<string, RoomRotation> = new Map();
  /** Ids whose stored entry is out of date; the entry is deleted where we hold no such epoch. */
  #unsaved = new Set<string>();
  readonly #erased: string[] = [];

  constructor(provider: CryptoProvider, room: RoomId) {
    [this.#provider, this.#room] = [provider, room];
  }

  get size(): number {
    return this.#epochs.size;
  }

  holds(epoch: string): boolean {
    return this.#epochs.has(epoch);
  }

  /** The rotation of that id, while the log counts it. */
  rotation(epoch: string): RoomRotation | undefined {
    return this.#rotations.get(epoch);
  }

  // --- the log --------------------------------------------------------------------------------

  handleRoster(roster: KeyRoster, now: Instant): void {
    this.#roster = roster;
    this.#rotations = new Map(roster.rotations.map((rotation) => [rotation.id, rotation]));
    for (const peer of this.#leftSeen.keys()) if (!roster.left.has(peer)) this.#leftSeen.delete(peer);
    for (const peer of roster.left.keys()) if (!this.#leftSeen.has(peer)) this.#leftSeen.set(peer, now);
    for (const epoch of this.#epochs.values()) {
      epoch.holders = undefined;
      if (this.#rotations.has(epoch.id)) this.#step(epoch, now);
    }
  }

  /**
   * Takes a share that we made, opened or were given; wipes it where it is of no use. `wrong`: it is not what the
   * rotation names, which whoever gave it could have seen. `unknown`: our log has no such rotation. When full, the
   * epoch learned longest ago goes.
   */
  add(share: EpochShare, now: Instant): "added" | "known" | "wrong" | "unknown" {
    const { epoch: id, head, parcelsHash, generation } = share;
    const rotation = this.#rotations.get(id);
    if (rotation === undefined) return drop(share, "unknown");
    const held = this.#epochs.get(id);
    if (held !== undefined && held.keys.floor <= generation) return drop(share, "known");
    const hash = bundleHash(this.#provider, head.bytes, parcelsHash);
    const isNamed = bytesEqual(hash, rotation.bundleHash) && head.author === rotation.author;
    const isSound = recipientCount(head) === rotation.recipientCount && isGeneration(generation);
    if (!isNamed || !isSound) return drop(share, "wrong");
    const keys = new EpochKeys(this.#provider, this.#room, generation, share.key);
    if (!keys.isThat(head.check)) {
      keys.wipe();
      return "wrong";
    }
    held?.keys.wipe();
    this.#hold({ id, head, parcelsHash, keys, date: rotation.date }, held?.learnedAt ?? now, held?.generation ?? 0);
    for (const oldest of this.#epochs.keys()) {
      if (this.#epochs.size <= EPOCHS_HELD_MAX) break;
      this.#erase(oldest);
    }
    const added = this.#epochs.get(id);
    if (added !== undefined) this.#step(added, now);
    return "added";
  }

  // --- use ------------------------------------------------------------------------------------

  /** What to send under; `undefined`: nothing fits. */
  choose(now: Instant, wall: WallTime): EpochChoice | undefined {
    const roster = this.#roster;
    if (roster === undefined) return undefined;
    const fitting = [...this.#epochs.values()].filter((epoch) => this.#fits(epoch, roster, now, wall));
    let best: HeldEpoch | undefined;
    for (const epoch of fitting) {
      if (fitting.some(({ id }) => roster.isAncestor(epoch.id, id))) continue;
      if (best === undefined || epoch.id < best.id) best = epoch;
    }
    const key = best?.keys.at(best.generation);
    if (best === undefined || key === undefined) return undefined;
    const { id, generation, learnedAt } = best;
    const isKnownToLeaver = !isWithin(this.#holdersOf(best, roster).peers, roster.members);
    return { epoch: id, generation, key, age: since(learnedAt, now), isKnownToLeaver };
  }

  /** What a batch of this header may be sealed under: several only if the first bytes of ids are alike. */
  keysFor(header: BatchHeader): readonly GenerationKey[] {
    const found: GenerationKey[] = [];
    for (const { id, keys } of this.#epochs.values()) {
      const key = isEpochOf(header, id) ? keys.at(header.generation) : undefined;
      if (key !== undefined) found.push({ epoch: id, generation: header.generation, key });
    }
    return found;
  }

  /** Whether we hold that epoch, but only later generations of it. */
  isBefore(header: BatchHeader): boolean {
    for (const { id, keys } of this.#epochs.values()) {
      if (isEpochOf(header, id) && header.generation < keys.floor) return true;
    }
    return false;
  }

  /** What `peer` may be given of that epoch; `undefined`: nothing. A copy. */
  shareFor(peer: PeerId, epoch: string): EpochShare | undefined {
    const held = this.#epochs.get(epoch);
    const roster = this.#roster;
    if (held === undefined || roster === undefined || !this.#rotations.has(epoch)) return undefined;
    if (!roster.members.has(peer) || !this.#holdersOf(held, roster).peers.has(peer)) return undefined;
    const { head, parcelsHash, keys } = held;
    // Whom the head names was there when it began; others came later.
    const isNamed = head.recipients.some((recipient) => recipient.peer === peer) || head.others.includes(peer);
    const generation = isNamed ? keys.floor : held.generation;
    const key = keys.at(generation);
    if (key === undefined) return undefined;
    return { epoch, generation, key: new Secret(key.reveal().slice()), parcelsHash, head };
  }

  /** Ids of what members send under now or sent under before, newest last. */
  get ids(): readonly string[] {
    return [...this.#epochs.keys()];
  }

  // --- time -----------------------------------------------------------------------------------

  /** Epochs of which we erased something since the last call: what was derived from it must go too. */
  takeErased(): readonly string[] {
    return this.#erased.splice(0);
  }

  handleTimeout(now: Instant, wall: WallTime): void {
    for (const epoch of [...this.#epochs.values()]) {
      if (now >= endOf(epoch) || isEpochOver(epoch, wall)) {
        this.#erase(epoch.id);
        continue;
      }
      for (let raise = epoch.raises[0]; raise !== undefined && now >= raise.at; raise = epoch.raises[0]) {
        epoch.raises.shift();
        epoch.keys.raise(raise.generation);
        this.#unsaved.add(epoch.id);
        this.#erased.push(epoch.id);
      }
    }
  }

  nextTimeout(): Instant | undefined {
    let next: Instant | undefined;
    for (const epoch of this.#epochs.values()) next = sooner(sooner(next, endOf(epoch)), epoch.raises[0]?.at);
    return next;
  }

  // --- store ----------------------------------------------------------------------------------

  /** What changed since the last call: an entry's plaintext by epoch, or `undefined` where it is to be deleted. */
  takeUnsaved(): ReadonlyMap<string, Uint8Array | undefined> {
    const entries = new Map<string, Uint8Array | undefined>();
    for (const id of this.#unsaved) entries.set(id, this.#encode(id));
    this.#unsaved = new Set();
    return entries;
  }

  /** @throws {WireError} for bytes that {@link takeUnsaved} did not give. */
  restore(id: string, bytes: Uint8Array, now: Instant): void {
    if (!/^[0-9a-f]{64}$/.test(id)) throw new WireError("ERR_TEXT", "id of a stored epoch");
    const reader = new Reader(bytes);
    const date = reader.u64() as WallTime;
    const share = readShare(reader, id);
    reader.end();
    const keys = new EpochKeys(this.#provider, this.#room, share.generation, share.key);
    this.#hold({ id, head: share.head, parcelsHash: share.parcelsHash, keys, date }, now, 0);
    this.#unsaved.delete(id);
  }

  wipe(): void {
    for (const id of [...this.#epochs.keys()]) this.#erase(id);
  }

  // --- parts ----------------------------------------------------------------------------------

  #fits(epoch: HeldEpoch, roster: KeyRoster, now: Instant, wall: WallTime): boolean {
    const { peers, generation } = this.#holdersOf(epoch, roster);
    return (
      this.#rotations.has(epoch.id) &&
      isGeneration(Math.max(generation, epoch.generation)) &&
      since(epoch.learnedAt, now) < EPOCH_AGE_MAX &&
      wall < epoch.date + EPOCH_AGE_MAX + CLOCK_SKEW &&
      isWithin(roster.members, peers) &&
      isWithin(peers, { has: (peer) => roster.members.has(peer) || this.#isLeaving(peer, roster, now, wall) })
    );
  }

  /** Left of its own accord, and so lately that it may still read. */
  #isLeaving(peer: PeerId, { left }: KeyRoster, now: Instant, wall: WallTime): boolean {
    const [date, seen] = [left.get(peer), this.#leftSeen.get(peer)];
    if (date === undefined || seen === undefined) return false;
    return since(seen, now) < ROTATION_AFTER_LEAVE && wall < date + ROTATION_AFTER_LEAVE;
  }

  #holdersOf(epoch: HeldEpoch, roster: KeyRoster): Holders {
    epoch.holders ??= holdersOf(epoch.id, epoch.head, roster);
    return epoch.holders;
  }

  /** To the generation that the log asks for. */
  #step(epoch: HeldEpoch, now: Instant): void {
    if (this.#roster === undefined) return;
    const { generation } = this.#holdersOf(epoch, this.#roster);
    if (generation <= epoch.generation || !isGeneration(generation)) return;
    epoch.generation = generation;
    epoch.raises.push({ generation, at: after(now, GENERATION_KEPT_AFTER) });
  }

  #hold(
    facts: Pick<HeldEpoch, "id" | "head" | "parcelsHash" | "keys" | "date">,
    learnedAt: Instant,
    generation: number,
  ): void {
    const floor = Math.max(generation, facts.keys.floor);
    this.#epochs.set(facts.id, { ...facts, learnedAt, generation: floor, raises: [], holders: undefined });
    this.#unsaved.add(facts.id);
  }

  #erase(id: string): void {
    this.#epochs.get(id)?.keys.wipe();
    this.#epochs.delete(id);
    this.#unsaved.add(id);
    this.#erased.push(id);
  }

  #encode(id: string): Uint8Array | undefined {
    const held = this.#epochs.get(id);
    const key = held?.keys.at(held.keys.floor);
    if (held === undefined || key === undefined) return undefined;
    const { head, parcelsHash, keys, date } = held;
    const writer = new Writer(256 + head.bytes.length).u64(date);
    writeShare(writer, { epoch: id, generation: keys.floor, key, parcelsHash, head });
    return writer.finish();
  }
}

/** u16 generation · 32 B key · 32 B hash of the parcels · var head. */
export function writeShare(writer: Writer, { generation, key, parcelsHash, head }: EpochShare): void {
  writer.u16(generation).bytes(key.reveal()).bytes(parcelsHash).varBytes(head.bytes);
}

/** @throws {WireError} */
export function readShare(reader: Reader, epoch: string): EpochShare {
  const generation = reader.u16();
  if (!isGeneration(generation)) throw new WireError("ERR_VALUE", `generation ${generation}`);
  const key = new Secret(reader.bytes(32).slice());
  const parcelsHash = reader.bytes(32).slice();
  const head = decodeHead(reader.varBytes(EPOCH_HEAD_BYTES_MAX));
  return { epoch, generation, key, parcelsHash, head };
}

/** Its key is of no more use to anybody: erased, and not asked for. */
export const isEpochOver = ({ date }: { readonly date: WallTime }, wall: WallTime): boolean =>
  wall > date + EPOCH_AGE_MAX + EPOCH_KEPT_AFTER + CLOCK_SKEW;

const endOf = (epoch: HeldEpoch): Instant => after(epoch.learnedAt, (EPOCH_AGE_MAX + EPOCH_KEPT_AFTER) as Duration);

function drop<Verdict>(share: EpochShare, verdict: Verdict): Verdict {
  share.key.wipe();
  return verdict;
}
