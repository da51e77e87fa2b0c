/**
 * The keys of one room, as one machine (spec/room-keys.md): prekeys and epochs, who gets which, when a new one
 * begins, and the batches sealed under them. It knows the log by {@link KeyRoster} alone, and neighbours by the
 * messages of their mesh channels from 0x20 to 0x2f.
 *
 * @module
 */
import type { CryptoProvider } from "../crypto/provider.ts";
import type { LocalIdentity } from "../identity/keys.ts";
import type { PeerId } from "../identity/peer-id.ts";
import { assert } from "../lib/assert.ts";
import { bytesToHex, hexToBytes } from "../lib/hex.ts";
import type { RandomSource } from "../lib/random.ts";
import { Reader } from "../lib/reader.ts";
import type { StoreEntry } from "../lib/store-entry.ts";
import { type Instant, sooner, type WallTime } from "../lib/time.ts";
import { WireError, type WireErrorCode } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import { OwnPrekeys } from "../trust/own-prekeys.ts";
import { decodePrekey, type Prekey } from "../trust/prekey.ts";
import type { DamagedOutput, StoreOutput } from "../trust/stored.ts";
import { EPOCH_BUNDLES_MAX } from "../wire/room-key-limits.ts";
import { EpochExchange } from "./epoch-exchange.ts";
import { EpochRing, readShare, writeShare } from "./epoch-ring.ts";
import { type BatchArrival, HeldBatches } from "./held-batches.ts";
import { decodeKeyMessage, encodeKeyMessage } from "./key-message.ts";
import type { KeyRoster } from "./key-roster.ts";
import { KeyStore } from "./key-store.ts";
import { PrekeyBook } from "./prekey-book.ts";
import { PrekeyExchange } from "./prekey-exchange.ts";
import { roomPrekeys } from "./prekey-scope.ts";
import type { RoomId } from "./room-id.ts";
import {
  type BatchHeader,
  batchLength,
  decodeBatchHeader,
  isEpochOf,
  type RoomMessage,
  RoomStream,
} from "./room-stream.ts";
import { Rotations, type RotationsOutput } from "./rotations.ts";

/** Why a batch cannot be read. `before`: it was sent before we came in. `no-key`: nobody gave us its key in time. */
export type UnreadableReason = "before" | "no-key" | "damaged";

export type RoomKeysOutput =
  | StoreOutput
  | DamagedOutput
  /** One message for the mesh channel with a neighbour. If the channel does not take it, keep it, and say `handleFull`. */
  | { readonly type: "send"; readonly peer: PeerId; readonly bytes: Uint8Array }
  /** The neighbour broke the protocol. We ignore it until it is up again. */
  | { readonly type: "misbehaved"; readonly peer: PeerId; readonly code: WireErrorCode }
  | RotationsOutput
  | { readonly type: "opened"; readonly arrival: BatchArrival; readonly messages: readonly RoomMessage[] }
  | { readonly type: "unreadable"; readonly arrival: BatchArrival; readonly reason: UnreadableReason };

export interface RoomKeysOptions {
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  readonly identity: LocalIdentity;
  readonly room: RoomId;
  /** Every entry of an earlier process, in any order; others are ignored. */
  readonly restored: Iterable<StoreEntry>;
  readonly now: Instant;
  readonly wall: WallTime;
}

export class RoomKeys {
  readonly #options: RoomKeysOptions;
  readonly #self: PeerId;
  /** 16 random bytes of this process: the stream id of our broadcasts. Never stored. */
  readonly stream: Uint8Array;
  readonly #ring: EpochRing;
  /** Of members, as far as they are here; ours too. Only read. */
  readonly book: PrekeyBook;
  readonly #prekeys: OwnPrekeys;
  readonly #prekeyExchange: PrekeyExchange;
  readonly #epochExchange: EpochExchange;
  readonly #store: KeyStore;
  readonly #sealer: RoomStream;
  readonly #held = new HeldBatches();
  readonly #rotations: Rotations;
  readonly #outputs: RoomKeysOutput[] = [];
  /** Neighbours, and whether their channel takes messages. */
  readonly #neighbours = new Map<PeerId, "writable" | "full">();
  #roster: KeyRoster | undefined;
  /** Epochs from before we came in whose keys we were not given. */
  #past: ReadonlySet<string> = new Set();
  #isOver = false;

  constructor(options: RoomKeysOptions) {
    const { provider, random, identity, room, restored, now, wall } = options;
    this.#options = options;
    this.#self = identity.peerId;
    this.stream = random(16).slice();
    this.#ring = new EpochRing(provider, room);
    this.book = new PrekeyBook(provider, room);
    this.#prekeys = new OwnPrekeys({ provider, random, identity, scope: roomPrekeys(room) });
    this.#prekeyExchange = new PrekeyExchange(this.book, now);
    this.#epochExchange = new EpochExchange({ provider, room, ring: this.#ring, prekeys: this.#prekeys });
    this.#sealer = new RoomStream(provider, room, this.#self, this.stream);
    const [exchange, self] = [this.#epochExchange, this.#self];
    this.#rotations = new Rotations({ provider, random, room, self, ring: this.#ring, book: this.book, exchange });
    const stores = { ring: this.#ring, book: this.book, prekeys: this.#prekeys };
    this.#store = new KeyStore({ provider, random, identity, room, ...stores });
    this.#outputs.push(...this.#store.restore(restored, now, wall));
    const seen = this.book.get(this.#self);
    if (seen !== undefined) this.#prekeys.handleSeen(seen);
    this.#prekeys.ensure(now, wall);
  }

  /** Ours, as it goes to the member that lets us in, and to all others. */
  get ownPrekey(): Prekey {
    const { latest } = this.#prekeys;
    assert(latest !== undefined, "keys of a room that is over");
    return latest;
  }

  /** Whether {@link seal} would work. */
  canSeal(now: Instant, wall: WallTime): boolean {
    return this.#ring.choose(now, wall) !== undefined;
  }

  // --- commands -------------------------------------------------------------------------------

  /**
   * Seals the first `count` of `messages`, as many as fit a batch, as broadcast `sequence` of {@link stream}. No number
   * twice. `no-key`: an epoch is there and its key is not here yet; `needs-rotation`: there is none. Both: wait for
   * `ready`, and keep the number.
   */
  seal(
    messages: readonly RoomMessage[],
    sequence: number,
    now: Instant,
    wall: WallTime,
  ): { readonly bytes: Uint8Array; readonly count: number } | "needs-rotation" | "no-key" {
    const isIn = this.#roster?.members.has(this.#self) === true;
    const choice = isIn ? this.#ring.choose(now, wall) : undefined;
    if (choice === undefined) {
      this.#rotations.starve();
      this.#plan(now, wall);
      return this.#epochExchange.isFetching(now) ? "no-key" : "needs-rotation";
    }
    if (this.#rotations.handleUse(choice)) this.#plan(now, wall);
    const count = batchLength(messages);
    return { bytes: this.#sealer.seal(choice, sequence, messages.slice(0, count)), count };
  }

  /** We expelled somebody: if no epoch fits now, begin one at once. Call after `handleRoster`. */
  rotateSoon(now: Instant, wall: WallTime): void {
    this.#rotations.hurry();
    this.#plan(now, wall);
  }

  /** What the newcomer `peer` may have, once our log counts it a member: for {@link adopt} over there. May be none. */
  keysForJoiner(peer: PeerId): Uint8Array {
    const shares = this.#ring.ids.flatMap((epoch) => this.#ring.shareFor(peer, epoch) ?? []).slice(-EPOCH_BUNDLES_MAX);
    const writer = new Writer(1_024).varint(shares.length);
    for (const share of shares) {
      writeShare(writer.bytes(hexToBytes(share.epoch)), share);
      share.key.wipe();
    }
    return writer.finish();
  }

  /**
   * Takes what {@link keysForJoiner} gave at the member that let us in; once, after the first `handleRoster`. What
   * was sent before, or under epochs that even that member had not, may never be readable here.
   * @throws {WireError} for bytes of another form, or a key that is not that of its epoch
   */
  adopt(bytes: Uint8Array, now: Instant, wall: WallTime): void {
    const reader = new Reader(bytes);
    const given: string[] = [];
    const count = reader.varint();
    if (count > EPOCH_BUNDLES_MAX) throw new WireError("ERR_LIMIT", `keys of ${count} epochs`);
    for (let left = count; left > 0; left--) {
      const share = readShare(reader, bytesToHex(reader.bytes(32)));
      given.push(share.epoch);
      if (this.#ring.add(share, now) === "wrong") throw new WireError("ERR_CRYPTO", "key of another epoch");
    }
    reader.end();
    const known = this.#roster?.rotations.map(({ id }) => id) ?? [];
    this.#past = new Set(known.filter((id) => !given.includes(id)));
    this.#handleLearned(now, wall);
  }

  /** A newcomer's prekey, as it came with its wish to join. False: not one that its member signed, or of nobody. */
  offerPrekey(bytes: Uint8Array, now: Instant): boolean {
    try {
      const prekey = decodePrekey(this.#options.provider, bytes);
      const verdict = this.book.offer(prekey, now);
      if (verdict === "new") this.#prekeyExchange.spread(prekey.member);
      return verdict === "new" || verdict === "old";
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      return false;
    }
  }

  /** Erases every key, here and in the store: we are out, or forget the room. The machine is of no use then. */
  wipe(): void {
    this.#ring.wipe();
    this.#prekeys.wipe();
    this.book.wipe();
    const flushed = this.#store.flush();
    if (flushed !== undefined) this.#outputs.push(flushed);
    this.#rotations.wipe();
    this.#store.wipe();
    this.#neighbours.clear();
    this.#isOver = true;
  }

  // --- what the world did ---------------------------------------------------------------------

  /** The log says this now. To be called on every change of it, also on those that bring no other members. */
  handleRoster(roster: KeyRoster, now: Instant, wall: WallTime): void {
    if (this.#isOver) return;
    this.#roster = roster;
    this.#ring.handleRoster(roster, now);
    this.book.handleMembers(roster.members, roster.left);
    const own = this.#rotations.takeOwn(roster, now);
    this.#epochExchange.handleRoster(roster, this.#self, now, wall);
    if (own !== undefined) this.#epochExchange.addOwn(own.epoch, own.bundle);
    const seen = this.book.get(this.#self);
    if (seen !== undefined) this.#prekeys.handleSeen(seen);
    this.#renew(now, wall);
    this.#prekeyExchange.handleMembers(now);
    // Who founds a room has nobody to wait for.
    if (roster.rotations.length === 0 && roster.members.size === 1) this.#rotations.starve();
    this.#handleLearned(now, wall);
  }

  handleNeighbourUp(peer: PeerId, now: Instant): void {
    if (this.#isOver) return;
    this.#neighbours.set(peer, "writable");
    this.#prekeyExchange.handleNeighbourUp(peer, now);
    this.#epochExchange.handleNeighbourUp(peer, now);
  }

  handleNeighbourDown(peer: PeerId, now: Instant): void {
    this.#neighbours.delete(peer);
    this.#prekeyExchange.handleNeighbourDown(peer);
    this.#epochExchange.handleNeighbourDown(peer, now);
  }

  handleFull(peer: PeerId): void {
    if (this.#neighbours.has(peer)) this.#neighbours.set(peer, "full");
  }

  handleWritable(peer: PeerId): void {
    if (this.#neighbours.has(peer)) this.#neighbours.set(peer, "writable");
  }

  /** One message of a neighbour's mesh channel whose first byte is 0x20 to 0x2f. */
  handleMessage(peer: PeerId, bytes: Uint8Array, now: Instant, wall: WallTime): void {
    if (!this.#neighbours.has(peer)) return;
    try {
      this.#receive(peer, bytes, now, wall);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.handleNeighbourDown(peer, now);
      this.#outputs.push({ type: "misbehaved", peer, code: error.code });
    }
  }

  /** A broadcast that the mesh delivered: answers `opened` or `unreadable`, in the order of its stream. */
  handleBatch(arrival: BatchArrival, now: Instant): void {
    const verdict = this.#held.holdsUp(arrival) ? undefined : this.#judge(arrival);
    if (verdict !== undefined) {
      this.#outputs.push(verdict);
      return;
    }
    for (const dropped of this.#held.add(arrival, now)) this.#outputs.push(unreadable(dropped, "no-key"));
  }

  handleTimeout(now: Instant, wall: WallTime): void {
    if (this.#isOver) return;
    this.#ring.handleTimeout(now, wall);
    this.#prekeys.handleTimeout(now);
    this.#renew(now, wall);
    this.#prekeyExchange.handleTimeout(now);
    this.#epochExchange.handleTimeout(now);
    this.#handleLearned(now, wall);
  }

  nextTimeout(): Instant | undefined {
    if (this.#isOver) return undefined;
    let next = sooner(this.#ring.nextTimeout(), this.#prekeys.nextTimeout());
    next = sooner(next, sooner(this.#prekeyExchange.nextTimeout(), this.#epochExchange.nextTimeout()));
    return sooner(next, sooner(this.#held.nextTimeout(), this.#rotations.nextTimeout()));
  }

  poll(): RoomKeysOutput | undefined {
    const output = this.#store.flush() ?? this.#rotations.poll() ?? this.#outputs.shift();
    if (output !== undefined) return output;
    for (const [peer, state] of this.#neighbours) {
      if (state === "full") continue;
      const message = this.#prekeyExchange.next(peer) ?? this.#epochExchange.next(peer);
      if (message === undefined) continue;
      const bytes = encodeKeyMessage(message);
      if (message.type === "keyGiven") message.share.key.wipe();
      return { type: "send", peer, bytes };
    }
    return undefined;
  }

  // --- prekeys, keys --------------------------------------------------------------------------

  #receive(peer: PeerId, bytes: Uint8Array, now: Instant, wall: WallTime): void {
    const message = decodeKeyMessage(this.#options.provider, bytes);
    switch (message.type) {
      case "prekeyDigest":
        return this.#prekeyExchange.handleDigest(peer, message.digest, now);
      case "prekeyList":
        return this.#prekeyExchange.handleList(peer, message.entries, now);
      case "prekeys":
        for (const prekey of this.#prekeyExchange.handlePrekeys(peer, message.prekeys, now)) {
          if (prekey.member === this.#self) this.#prekeys.handleSeen(prekey);
        }
        return this.#renew(now, wall);
      default:
        if (this.#epochExchange.handleMessage(peer, message, now)) this.#handleLearned(now, wall);
        // A neighbour's no may be the last word on a batch that waits.
        else if (message.type === "lacking") this.#release(now);
    }
  }

  /** A prekey of ours for others, a new one if it is time; once we are a member. */
  #renew(now: Instant, wall: WallTime): void {
    this.#prekeys.ensure(now, wall);
    const isKnown = this.book.get(this.#self)?.mark === this.ownPrekey.mark;
    if (isKnown || this.#roster?.members.has(this.#self) !== true) return;
    this.book.put(this.ownPrekey);
    this.#prekeyExchange.spread(this.#self);
  }

  /** Keys, or what the log says of them, are others now. */
  #handleLearned(now: Instant, wall: WallTime): void {
    for (const epoch of this.#ring.takeErased()) this.#sealer.forget(epoch);
    this.#release(now);
    this.#plan(now, wall);
  }

  #plan(now: Instant, wall: WallTime): void {
    this.#rotations.plan(this.#roster?.members.has(this.#self) === true ? this.#roster : undefined, now, wall);
  }

  // --- batches --------------------------------------------------------------------------------

  #release(now: Instant): void {
    for (const { arrival, verdict } of this.#held.release(now, (each) => this.#judge(each))) {
      this.#outputs.push(verdict ?? unreadable(arrival, "no-key"));
    }
  }

  /** `undefined`: its key may still come. */
  #judge(arrival: BatchArrival): RoomKeysOutput | undefined {
    const { origin, stream, sequence, payload } = arrival;
    let header: BatchHeader;
    try {
      header = decodeBatchHeader(payload);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      return unreadable(arrival, "damaged");
    }
    const keys = this.#ring.keysFor(header);
    for (const key of keys) {
      try {
        return { type: "opened", arrival, messages: this.#sealer.open(key, origin, stream, sequence, payload) };
      } catch (error) {
        if (!(error instanceof WireError)) throw error;
      }
    }
    if (keys.length > 0) return unreadable(arrival, "damaged");
    if (this.#ring.isBefore(header)) return unreadable(arrival, "before");
    if (this.#roster === undefined || this.#epochExchange.mayCome(header, this.#roster)) return undefined;
    const isPast = [...this.#past].some((epoch) => isEpochOf(header, epoch));
    return unreadable(arrival, isPast ? "before" : "no-key");
  }
}

const unreadable = (arrival: BatchArrival, reason: UnreadableReason): RoomKeysOutput => ({
  type: "unreadable",
  arrival,
  reason,
});
