/**
 * Beginning new epochs (spec/room-keys.md §6): whether there is a reason, making the bundle, and taking over the
 * key once the log has the operation that names it.
 *
 * @module
 */
import type { CryptoProvider } from "../crypto/provider.ts";
import { Secret } from "../crypto/secret.ts";
import type { PeerId } from "../identity/peer-id.ts";
import { bytesEqual } from "../lib/bytes.ts";
import type { RandomSource } from "../lib/random.ts";
import { after, type Instant, millis, since, type WallTime } from "../lib/time.ts";
import type { Prekey } from "../trust/prekey.ts";
import { ROTATION_RETRY } from "../wire/room-key-limits.ts";
import { type EpochBundle, recipientCount, sealEpoch } from "./epoch.ts";
import type { EpochExchange } from "./epoch-exchange.ts";
import { EpochKeys } from "./epoch-keys.ts";
import type { EpochChoice, EpochRing } from "./epoch-ring.ts";
import type { KeyRoster } from "./key-roster.ts";
import type { PrekeyBook } from "./prekey-book.ts";
import type { RoomId } from "./room-id.ts";
import { RotationClock } from "./rotation-clock.ts";

/** While a newer epoch's bundle is on its way, we look again after so long. */
const FETCHING_LOOK = millis(250);

export interface RotationsOptions {
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  readonly room: RoomId;
  readonly self: PeerId;
  readonly ring: EpochRing;
  readonly book: PrekeyBook;
  readonly exchange: EpochExchange;
}

export type RotationsOutput =
  /** Append a `rotate` operation with this to the log, at once; then `handleRoster`. */
  | { readonly type: "rotate"; readonly bundleHash: Uint8Array; readonly recipientCount: number }
  /** There is an epoch to send under, and there was none when somebody wanted to. */
  | { readonly type: "ready" };

export class Rotations {
  readonly #options: RotationsOptions;
  readonly #clock: RotationClock;
  readonly #outputs: RotationsOutput[] = [];
  #pending: { readonly bundle: EpochBundle; readonly key: Secret; readonly at: Instant } | undefined;
  /** Somebody wanted to send and could not; or sent, in an epoch that is old; or we removed somebody. */
  readonly #reasons = new Set<"starving" | "aged" | "removal">();

  constructor(options: RotationsOptions) {
    this.#options = options;
    this.#clock = new RotationClock(options.random);
  }

  // --- reasons: each to be followed by {@link plan} ---------------------------------------------

  /** Somebody wants to send, and no epoch fits. */
  starve(): void {
    this.#reasons.add("starving");
  }

  /** We removed somebody. */
  hurry(): void {
    this.#reasons.add("removal");
  }

  /** Something was sent under `choice`. True: that made it a reason. */
  handleUse(choice: EpochChoice): boolean {
    if (choice.age < this.#clock.ageLimit || this.#reasons.has("aged")) return false;
    this.#reasons.add("aged");
    return true;
  }

  /** Looks at what there is, and rotates if that is due. `roster`: of which we are a member. */
  plan(roster: KeyRoster | undefined, now: Instant, wall: WallTime): void {
    if (roster === undefined) return this.#clock.set(undefined, now, false);
    const isAlone = roster.members.size === 1;
    const choice = this.#options.ring.choose(now, wall);
    if (choice === undefined) {
      const reason = this.#reasons.has("removal") ? "removal" : this.#reasons.has("starving") ? "starving" : undefined;
      this.#clock.set(reason, now, isAlone);
    } else {
      if (this.#reasons.delete("starving")) this.#outputs.push({ type: "ready" });
      this.#reasons.delete("removal");
      if (choice.age < this.#clock.ageLimit) this.#reasons.delete("aged");
      this.#clock.set(this.#reasons.has("aged") ? "age" : choice.isKnownToLeaver ? "leave" : undefined, now, isAlone);
    }
    this.#rotateIfDue(roster, now, wall);
  }

  /** The log took a rotation of ours: its epoch is in the ring then. To be called before the exchange looks. */
  takeOwn(
    { rotations }: KeyRoster,
    now: Instant,
  ): { readonly epoch: string; readonly bundle: EpochBundle } | undefined {
    const pending = this.#pending;
    if (pending === undefined) return undefined;
    const { bundle, key } = pending;
    const { self, ring } = this.#options;
    const rotation = rotations.find(({ author, bundleHash }) => author === self && bytesEqual(bundleHash, bundle.hash));
    if (rotation === undefined) return undefined;
    this.#pending = undefined;
    const { head, parcelsHash } = bundle;
    ring.add({ epoch: rotation.id, generation: 0, key, head, parcelsHash }, now);
    return { epoch: rotation.id, bundle };
  }

  nextTimeout(): Instant | undefined {
    return this.#clock.at;
  }

  poll(): RotationsOutput | undefined {
    return this.#outputs.shift();
  }

  wipe(): void {
    this.#pending?.key.wipe();
    this.#pending = undefined;
  }

  #rotateIfDue(roster: KeyRoster, now: Instant, wall: WallTime): void {
    const { at, reason } = this.#clock;
    if (at === undefined || now < at) return;
    if (this.#pending !== undefined && since(this.#pending.at, now) < ROTATION_RETRY) {
      this.#clock.postpone(after(this.#pending.at, ROTATION_RETRY));
    } else if (reason !== "removal" && this.#options.exchange.isFetching(now)) {
      this.#clock.postpone(after(now, FETCHING_LOOK));
    } else {
      this.#rotate(roster, now, wall);
      this.#clock.postpone(after(now, ROTATION_RETRY));
    }
  }

  #rotate(roster: KeyRoster, now: Instant, wall: WallTime): void {
    const { provider, random, room, self, book } = this.#options;
    this.wipe();
    const key = new Secret(random(32).slice());
    const chain = new EpochKeys(provider, room, 0, new Secret(key.reveal().slice()));
    const check = chain.check();
    chain.wipe();
    const members = new Map<PeerId, Prekey | undefined>();
    // We have it anyway: no parcel for ourselves.
    for (const peer of roster.members.keys()) members.set(peer, peer === self ? undefined : book.usable(peer, wall));
    const bundle = sealEpoch({ provider, random, room, author: self, members, key, check });
    this.#pending = { bundle, key, at: now };
    this.#outputs.push({ type: "rotate", bundleHash: bundle.hash, recipientCount: recipientCount(bundle.head) });
  }
}
