/**
 * How the keys of epochs come to members (spec/room-keys.md §7). Of the newest rotations that the log counts and
 * whose keys we do not hold, we fetch the bundle from a neighbour that has it and open our parcel. Where there is
 * no bundle, or no parcel that opens, neighbours are asked for the key itself, one after the other.
 *
 *     wanted ── announced by a neighbour ──▶ bundle ── parcel opens ──▶ held
 *        └── nobody has it for a second ──▶ key ◀── no parcel ──┘
 *
 * What is given is checked against the rotation, so a neighbour can refuse, but not mislead.
 *
 * @module
 */
import type { CryptoProvider } from "../crypto/provider.ts";
import { Secret } from "../crypto/secret.ts";
import type { PeerId } from "../identity/peer-id.ts";
import { bytesEqual, concatBytes } from "../lib/bytes.ts";
import { after, type Instant, millis, since, sooner, type WallTime } from "../lib/time.ts";
import { TokenBucket } from "../lib/token-bucket.ts";
import { WireError } from "../lib/wire-error.ts";
import type { OwnPrekeys } from "../trust/own-prekeys.ts";
import {
  BUNDLE_PART_BYTES_MAX,
  BUNDLE_PATIENCE,
  BUNDLE_STALL,
  EPOCH_ASKS_BURST,
  EPOCH_ASKS_PER_MINUTE,
  EPOCH_BUNDLES_MAX,
  KEY_ANSWER_TIMEOUT,
  KEY_RETRY,
  ROTATION_PATIENCE,
} from "../wire/room-key-limits.ts";
import { bundleBytesMax, decodeBundle, type EpochBundle, encodeBundle, openParcel } from "./epoch.ts";
import { type EpochRing, type EpochShare, isEpochOver } from "./epoch-ring.ts";
import type { KeyMessage } from "./key-message.ts";
import type { KeyRoster } from "./key-roster.ts";
import type { RoomId } from "./room-id.ts";
import { type BatchHeader, isEpochOf } from "./room-stream.ts";

/** Rounds wait at most 2^4 times as long as the first: 80 s. */
const KEY_RETRY_DOUBLINGS = 4;

/** What we ask a neighbour for, or answer it. Bounded by what it may ask. */
interface Neighbour {
  /** Epochs whose bundle it announced: at most as many as one message names. */
  holds: ReadonlySet<string>;
  owesHeld: boolean;
  readonly asks: KeyMessage[];
  readonly answers: KeyMessage[];
  /** How far each bundle that it wants was sent. */
  readonly serving: Map<string, number>;
  readonly bucket: TokenBucket;
}

interface Want {
  readonly since: Instant;
  /** Asked already, in this round, for the bundle or for the key. */
  readonly askedBundle: Set<PeerId>;
  readonly askedKey: Set<PeerId>;
  /** Rounds in which no neighbour had anything for us: the next one waits longer. */
  rounds: number;
  /** The last round was one of those. */
  isDenied: boolean;
  at:
    | { readonly step: "idle"; readonly until: Instant }
    | { readonly step: "bundle"; readonly from: PeerId; until: Instant; readonly parts: Uint8Array[]; received: number }
    | { readonly step: "key"; readonly from: PeerId; readonly until: Instant };
}

export interface EpochExchangeOptions {
  readonly provider: CryptoProvider;
  readonly room: RoomId;
  readonly ring: EpochRing;
  readonly prekeys: OwnPrekeys;
}

export class EpochExchange {
  readonly #options: EpochExchangeOptions;
  readonly #neighbours = new Map<PeerId, Neighbour>();
  readonly #bundles = new Map<string, { readonly bundle: EpochBundle; readonly bytes: Uint8Array }>();
  readonly #wants = new Map<string, Want>();
  #newest: readonly string[] = [];

  constructor(options: EpochExchangeOptions) {
    this.#options = options;
  }

  get bundleCount(): number {
    return this.#bundles.size;
  }

  /** Whether a key is on its way that may be worth waiting for. */
  isFetching(now: Instant): boolean {
    for (const want of this.#wants.values()) {
      if (!want.isDenied && since(want.since, now) < ROTATION_PATIENCE) return true;
    }
    return false;
  }

  /** Whether the key of such a batch may still come. */
  mayCome(header: BatchHeader, roster: KeyRoster): boolean {
    for (const [epoch, want] of this.#wants) if (isEpochOf(header, epoch)) return !want.isDenied;
    return !roster.rotations.some(({ id }) => isEpochOf(header, id)); // else the log may bring it
  }

  // --- what the world did ---------------------------------------------------------------------

  handleRoster(roster: KeyRoster, self: PeerId, now: Instant, wall: WallTime): void {
    const rotations = roster.rotations.slice(-EPOCH_BUNDLES_MAX);
    const newest = rotations.filter((rotation) => !isEpochOver(rotation, wall)).map(({ id }) => id);
    this.#newest = newest;
    for (const epoch of this.#bundles.keys()) if (!newest.includes(epoch)) this.#bundles.delete(epoch);
    const isIn = roster.members.has(self);
    for (const epoch of this.#wants.keys()) if (!isIn || !newest.includes(epoch)) this.#wants.delete(epoch);
    for (const epoch of newest) if (isIn) this.#want(epoch, now);
  }

  /** A bundle of our own, whose key we hold. */
  addOwn(epoch: string, bundle: EpochBundle): void {
    this.#keep(epoch, bundle);
    this.#wants.delete(epoch);
  }

  handleNeighbourUp(peer: PeerId, now: Instant): void {
    this.#neighbours.set(peer, {
      holds: new Set(),
      owesHeld: this.#bundles.size > 0,
      asks: [],
      answers: [],
      serving: new Map(),
      bucket: new TokenBucket({ capacity: EPOCH_ASKS_BURST, perSecond: EPOCH_ASKS_PER_MINUTE / 60, now }),
    });
    for (const want of this.#wants.values()) want.isDenied = false;
    this.#advance(now);
  }

  handleNeighbourDown(peer: PeerId, now: Instant): void {
    const neighbour = this.#neighbours.get(peer);
    for (const answer of neighbour?.answers ?? []) if (answer.type === "keyGiven") answer.share.key.wipe();
    this.#neighbours.delete(peer);
    for (const want of this.#wants.values()) {
      if (want.at.step !== "idle" && want.at.from === peer) want.at = { step: "idle", until: now };
      want.askedBundle.delete(peer);
      want.askedKey.delete(peer);
    }
    this.#advance(now);
  }

  /** True: we hold a key that we did not. @throws {WireError} for what no honest neighbour says. */
  handleMessage(peer: PeerId, message: KeyMessage, now: Instant): boolean {
    const neighbour = this.#neighbours.get(peer);
    if (neighbour === undefined) return discard(message);
    switch (message.type) {
      case "bundlesHeld":
        neighbour.holds = new Set(message.epochs);
        this.#advance(now);
        return false;
      case "bundleWanted":
      case "keyWanted":
        if (neighbour.bucket.take(1, now)) this.#answer(peer, neighbour, message.type, message.epoch);
        return false;
      case "bundlePart":
        return this.#handlePart(peer, message, now);
      case "keyGiven":
        return this.#handleGiven(peer, message.share, now);
      case "lacking":
        this.#handleLacking(peer, message.epoch, message.wanted, now);
        return false;
      default:
        return false;
    }
  }

  handleTimeout(now: Instant): void {
    this.#advance(now);
  }

  nextTimeout(): Instant | undefined {
    if (this.#neighbours.size === 0) return undefined;
    let next: Instant | undefined;
    for (const { at } of this.#wants.values()) next = sooner(next, at.until);
    return next;
  }

  /** What to send to `peer` next. */
  next(peer: PeerId): KeyMessage | undefined {
    const neighbour = this.#neighbours.get(peer);
    if (neighbour === undefined) return undefined;
    if (neighbour.owesHeld) {
      neighbour.owesHeld = false;
      return { type: "bundlesHeld", epochs: [...this.#bundles.keys()] };
    }
    return neighbour.asks.shift() ?? neighbour.answers.shift() ?? this.#nextPart(neighbour);
  }

  // --- asking ---------------------------------------------------------------------------------

  #want(epoch: string, now: Instant): void {
    if (this.#wants.has(epoch) || this.#options.ring.holds(epoch)) return;
    const at = { step: "idle", until: after(now, BUNDLE_PATIENCE) } as const;
    this.#wants.set(epoch, { since: now, askedBundle: new Set(), askedKey: new Set(), rounds: 0, isDenied: false, at });
    this.#advance(now);
  }

  #advance(now: Instant): void {
    for (const [epoch, want] of this.#wants) {
      if (this.#options.ring.holds(epoch)) this.#wants.delete(epoch);
      else if (want.at.step === "idle" || now >= want.at.until) this.#ask(epoch, want, now);
    }
  }

  #ask(epoch: string, want: Want, now: Instant): void {
    const isDue = want.at.step !== "idle" || now >= want.at.until;
    const hasBundle = this.#bundles.has(epoch);
    for (const [peer, { holds, asks }] of this.#neighbours) {
      if (hasBundle || !holds.has(epoch) || want.askedBundle.has(peer)) continue;
      want.askedBundle.add(peer);
      want.at = { step: "bundle", from: peer, until: after(now, BUNDLE_STALL), parts: [], received: 0 };
      asks.push({ type: "bundleWanted", epoch });
      return;
    }
    if (!isDue && !hasBundle) return;
    for (const [peer, { asks }] of this.#neighbours) {
      if (want.askedKey.has(peer)) continue;
      want.askedKey.add(peer);
      want.at = { step: "key", from: peer, until: after(now, KEY_ANSWER_TIMEOUT) };
      asks.push({ type: "keyWanted", epoch });
      return;
    }
    want.isDenied = this.#neighbours.size > 0;
    want.askedBundle.clear();
    want.askedKey.clear();
    want.at = { step: "idle", until: after(now, millis(KEY_RETRY * 2 ** Math.min(want.rounds, KEY_RETRY_DOUBLINGS))) };
    want.rounds += 1;
  }

  #handlePart(peer: PeerId, part: KeyMessage & { type: "bundlePart" }, now: Instant): boolean {
    const want = this.#wants.get(part.epoch);
    const rotation = this.#options.ring.rotation(part.epoch);
    if (want?.at.step !== "bundle" || want.at.from !== peer || rotation === undefined) return false;
    if (part.offset !== want.at.received) throw new WireError("ERR_UNEXPECTED", "part of a bundle out of turn");
    if (part.total > bundleBytesMax(rotation.recipientCount)) throw new WireError("ERR_LIMIT", "bundle too large");
    want.at.parts.push(part.bytes.slice());
    want.at.received += part.bytes.length;
    want.at.until = after(now, BUNDLE_STALL);
    if (want.at.received < part.total) return false;
    const { provider } = this.#options;
    const bundle = decodeBundle(provider, concatBytes(...want.at.parts));
    if (bundle.head.author !== rotation.author || !bytesEqual(bundle.hash, rotation.bundleHash))
      throw new WireError("ERR_CRYPTO", "Cannot take bundle: not what its author signed");
    this.#keep(part.epoch, bundle);
    return this.#open(part.epoch, bundle, want, now);
  }

  #open(epoch: string, bundle: EpochBundle, want: Want, now: Instant): boolean {
    const { provider, room, ring, prekeys } = this.#options;
    const { head, parcelsHash } = bundle;
    for (const secret of prekeys.secrets) {
      const key = openParcel(provider, room, bundle, secret);
      if (key === undefined) continue;
      // Its author may have sealed another key to us than to others: then we ask for theirs.
      if (ring.add({ epoch, generation: 0, key: new Secret(key), head, parcelsHash }, now) !== "added") continue;
      this.#wants.delete(epoch);
      return true;
    }
    want.at = { step: "idle", until: now };
    this.#ask(epoch, want, now);
    return false;
  }

  #handleGiven(peer: PeerId, share: EpochShare, now: Instant): boolean {
    const want = this.#wants.get(share.epoch);
    if (want?.at.step !== "key" || want.at.from !== peer) return discard({ type: "keyGiven", share });
    const verdict = this.#options.ring.add(share, now);
    if (verdict === "wrong") throw new WireError("ERR_CRYPTO", "Cannot take key: not that of its epoch");
    this.#advance(now);
    return verdict === "added";
  }

  #handleLacking(peer: PeerId, epoch: string, wanted: "bundleWanted" | "keyWanted", now: Instant): void {
    const want = this.#wants.get(epoch);
    const step = wanted === "bundleWanted" ? "bundle" : "key";
    if (want?.at.step === step && want.at.from === peer) {
      want.at = { step: "idle", until: now };
      this.#ask(epoch, want, now);
    }
  }

  // --- answering ------------------------------------------------------------------------------

  #answer(peer: PeerId, neighbour: Neighbour, wanted: "bundleWanted" | "keyWanted", epoch: string): void {
    if (wanted === "bundleWanted" && this.#bundles.has(epoch)) {
      neighbour.serving.set(epoch, 0);
      return;
    }
    if (neighbour.answers.length >= EPOCH_ASKS_BURST) return; // it does not read; it may ask again
    const share = wanted === "keyWanted" ? this.#options.ring.shareFor(peer, epoch) : undefined;
    neighbour.answers.push(share === undefined ? { type: "lacking", epoch, wanted } : { type: "keyGiven", share });
  }

  #nextPart({ serving }: Neighbour): KeyMessage | undefined {
    for (const [epoch, offset] of serving) {
      const bytes = this.#bundles.get(epoch)?.bytes;
      const part = bytes?.subarray(offset, offset + BUNDLE_PART_BYTES_MAX);
      if (bytes === undefined || part === undefined || offset + part.length >= bytes.length) serving.delete(epoch);
      else serving.set(epoch, offset + part.length);
      if (bytes === undefined || part === undefined) return { type: "lacking", epoch, wanted: "bundleWanted" };
      return { type: "bundlePart", epoch, total: bytes.length, offset, bytes: part };
    }
    return undefined;
  }

  /** Keeps a bundle that is what its rotation says, for others; they are told. */
  #keep(epoch: string, bundle: EpochBundle): void {
    if (!this.#newest.includes(epoch)) return;
    this.#bundles.set(epoch, { bundle, bytes: encodeBundle(bundle) });
    for (const neighbour of this.#neighbours.values()) neighbour.owesHeld = true;
  }
}

function discard(message: KeyMessage): false {
  if (message.type === "keyGiven") message.share.key.wipe();
  return false;
}
