/**
 * One room as a replica has it: the log of who is a member, what that comes down to, and the keys. It knows
 * neighbours by the messages of their channels, and nothing of how they are reached.
 *
 *     messages 0x10… ─▶ LogExchange ─▶ OperationLog ─▶ Membership ─▶ RoomKeys ◀─ messages 0x20…
 *
 *     "room/<room id>/log/<operation id>" = the operation
 *
 * @module
 */
import type { CryptoProvider } from "../crypto/provider.ts";
import type { LocalIdentity } from "../identity/keys.ts";
import type { PeerId } from "../identity/peer-id.ts";
import { bytesToHex } from "../lib/hex.ts";
import type { RandomSource } from "../lib/random.ts";
import type { StoreEntry } from "../lib/store-entry.ts";
import { after, type Instant, millis, sooner, type WallTime } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import { CheckpointClock } from "./checkpoint-clock.ts";
import type { BatchArrival } from "./held-batches.ts";
import type { JoinPart } from "./join-message.ts";
import { LogExchange } from "./log-exchange.ts";
import { packOperations } from "./log-message.ts";
import { keyRosterOf } from "./log-roster.ts";
import type { Membership } from "./membership.ts";
import type { Operation } from "./operation.ts";
import type { OperationBody } from "./operation-body.ts";
import { OperationLog } from "./operation-log.ts";
import type { RoomId } from "./room-id.ts";
import { RoomKeys, type RoomKeysOutput, type UnreadableReason } from "./room-keys.ts";
import { packRoom, type RoomHints, readPart } from "./room-package.ts";
import type { RoomPolicy } from "./room-policy.ts";
import type { RoomMessage } from "./room-stream.ts";

export type RoomEffect =
  /** One message for the mesh channel with a neighbour. */
  | { readonly type: "send"; readonly peer: PeerId; readonly bytes: Uint8Array }
  /** The neighbour broke the protocol of the log or of the keys: close its channel. */
  | { readonly type: "misbehaved"; readonly peer: PeerId }
  | { readonly type: "store"; readonly puts: readonly StoreEntry[]; readonly deletes: readonly string[] }
  /** What was stored could not be read, and is left out. */
  | { readonly type: "damaged" }
  /** {@link Room.membership} is another. */
  | { readonly type: "membership" }
  /** An operation of ours, or about us, came in, and counts. */
  | { readonly type: "deed"; readonly operation: Operation }
  /** `seal` would work again. */
  | { readonly type: "ready" }
  | { readonly type: "heard"; readonly arrival: BatchArrival; readonly messages: readonly RoomMessage[] }
  | { readonly type: "unreadable"; readonly from: PeerId; readonly reason: UnreadableReason };

export interface RoomOptions {
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  readonly identity: LocalIdentity;
}

/** Both clocks. */
export interface RoomMoment {
  readonly now: Instant;
  readonly wall: WallTime;
}

const LOG_MESSAGES_END = 0x20;
const INCARNATION_BYTES = 16;

export class Room {
  readonly id: RoomId;
  /** 16 bytes of this process: of our operations and of our neighbour lists. */
  readonly incarnation: Uint8Array;
  readonly #options: RoomOptions;
  readonly #self: PeerId;
  readonly #log: OperationLog;
  readonly #exchange: LogExchange;
  readonly #keys: RoomKeys;
  readonly #checkpoints: CheckpointClock;
  readonly #effects: RoomEffect[] = [];
  /** False of one whose log comes in parts: what it says of earlier stays is no news. */
  #isIn: boolean;
  /** Of the last turn: dates ahead of us come due by the other clock. */
  #at: RoomMoment;
  readonly #hints = new Map<PeerId, readonly string[]>();
  /** What the member that let us in gave us, until we know the log that it is for. */
  #givenKeys: Uint8Array | undefined;
  #givenPrekeys: readonly Uint8Array[] = []; // at most as many as members whose addresses a newcomer is told

  /** A room whose log is in `restored`, or comes in parts. */
  constructor(
    options: RoomOptions & {
      readonly id: RoomId;
      readonly restored: readonly StoreEntry[];
      /** Of a room that we found. */
      readonly log?: OperationLog;
      readonly incarnation?: Uint8Array;
    },
    at: RoomMoment,
  ) {
    const { provider, random, identity, id, restored } = options;
    [this.id, this.#options, this.#self, this.#at] = [id, options, identity.peerId, at];
    this.incarnation = options.incarnation ?? random(INCARNATION_BYTES).slice();
    this.#log = options.log ?? this.#restore(restored);
    this.#isIn = this.isFounded;
    this.#exchange = new LogExchange({ log: this.#log, now: at.now });
    this.#keys = new RoomKeys({ provider, random, identity, room: id, restored, now: at.now, wall: at.wall });
    this.#checkpoints = new CheckpointClock(this.#self);
    this.#checkpoints.handleLog(at.now);
    if (this.isFounded && options.log === undefined) this.#tellKeys(at);
  }

  /** A new room of ours. */
  static found(
    options: RoomOptions,
    terms: { readonly name: string; readonly policy: RoomPolicy; readonly founder: string },
    at: RoomMoment,
  ): Room {
    const { provider, identity, random } = options;
    const incarnation = random(INCARNATION_BYTES).slice();
    const fields = { ...terms, incarnation: bytesToHex(incarnation) };
    const log = OperationLog.found(provider, identity, random, fields, at.wall);
    const room = new Room({ ...options, id: log.room, restored: [], log, incarnation }, at);
    room.#refresh(at);
    return room;
  }

  // --- read -----------------------------------------------------------------------------------

  /** As of the last {@link settle} or {@link act}. Only of a room whose founding is here. */
  get membership(): Membership {
    return this.#log.membership;
  }

  /** 16 bytes of this process: the stream of what we say. */
  get stream(): Uint8Array {
    return this.#keys.stream;
  }

  /** Whether its log begins with its founding. */
  get isFounded(): boolean {
    return this.#log.size > 0;
  }

  /** What members seal keys for us to. */
  get prekey(): Uint8Array {
    return this.#keys.ownPrekey.bytes;
  }

  /** Another number whenever {@link contactKeys} may be others. */
  get contactsVersion(): number {
    return this.#keys.book.version;
  }

  /** By which members are recognised, as far as they told. */
  contactKeys(): Iterable<readonly [PeerId, Uint8Array]> {
    return this.#keys.book.contactKeys();
  }

  /** By which those are recognised that are members no more, and may not know it. */
  get formerKeys(): ReadonlyMap<PeerId, Uint8Array> {
    return this.#keys.book.former.keys;
  }

  /** Where the member that let us in said that others are. */
  get givenHints(): ReadonlyMap<PeerId, readonly string[]> {
    return this.#hints;
  }

  // --- commands -------------------------------------------------------------------------------

  /** Puts an operation of ours into the log. What it changes shows at once. */
  act(body: OperationBody, at: RoomMoment): "limit" | undefined {
    const incarnation = bytesToHex(this.incarnation);
    if (this.#log.write(this.#options.identity, incarnation, body, at.wall) === undefined) return "limit";
    this.#refresh(at);
    if (body.kind === "expel") this.#keys.rotateSoon(at.now, at.wall);
    this.#drainKeys(at);
    return undefined;
  }

  /** Seals what fits of `messages` as our broadcast `sequence`; `undefined`: no key fits now, and `ready` will tell. */
  seal(
    messages: readonly RoomMessage[],
    sequence: number,
    { now, wall }: RoomMoment,
  ): { readonly bytes: Uint8Array; readonly count: number } | undefined {
    const sealed = this.#keys.seal(messages, sequence, now, wall);
    return typeof sealed === "string" ? undefined : sealed;
  }

  /** What makes `guest` a member over there, once our log counts it as one. */
  packageFor(guest: PeerId, prekey: Uint8Array, hints: RoomHints, { now }: RoomMoment): readonly JoinPart[] {
    this.#keys.offerPrekey(prekey, now);
    const operations = this.#log.operations();
    const prekeys = [...new Set([this.#self, ...hints.keys()])].flatMap(
      (peer) => this.#keys.book.get(peer)?.bytes ?? [],
    );
    return packRoom({ operations, epochKey: this.#keys.keysForJoiner(guest), prekeys, hints });
  }

  /**
   * What shows somebody who was a member that it is none any more, and how that came: nothing that it could not know,
   * for all of it comes before its removal. Messages for a neighbour's channel; none where there is nothing to show.
   */
  farewellFor(peer: PeerId): readonly Uint8Array[] {
    const { removed, awaiting } = this.membership;
    const admitter = awaiting.get(peer)?.admittedBy;
    const removal = removed.get(peer) ?? (admitter === undefined ? undefined : removed.get(admitter));
    if (removal === undefined) return [];
    const { operation: last } = removal;
    return packOperations(this.#log.operations().filter(({ id }) => id === last || this.#log.isAncestor(id, last)));
  }

  /** One part of what a member packed for us. @throws {WireError} */
  takePart(part: JoinPart, at: RoomMoment): void {
    const { operations, epochKey, prekeys, hints } = readPart(part);
    for (const bytes of operations) {
      const { outcome } = this.#log.add(bytes, at.wall);
      if (outcome === "refused") throw new WireError("ERR_VALUE", "operation of another room, or forged");
    }
    for (const [peer, all] of hints) this.#hints.set(peer, all);
    if (epochKey !== undefined) this.#givenKeys = epochKey;
    if (prekeys.length > 0) this.#givenPrekeys = prekeys;
  }

  /** All parts are here: whether the log begins with its founding, and both are members by it. @throws {WireError} */
  isWhole(host: PeerId, at: RoomMoment): boolean {
    if (!this.isFounded) return false;
    this.#refresh(at);
    const own = this.membership.members.get(this.#self);
    if (own === undefined || !this.membership.isMember(host)) return false;
    this.#isIn = true;
    this.#tellDeeds(this.#log.operations().filter(({ id }) => id === own.operation));
    if (this.#givenKeys !== undefined) this.#keys.adopt(this.#givenKeys, at.now, at.wall);
    for (const prekey of this.#givenPrekeys) this.#keys.offerPrekey(prekey, at.now);
    [this.#givenKeys, this.#givenPrekeys] = [undefined, []];
    return true;
  }

  /** We are out: nothing that was said there can be read here any more. */
  wipe(): void {
    this.#keys.wipe();
  }

  // --- what the world did ---------------------------------------------------------------------

  handleNeighbourUp(peer: PeerId, { now }: RoomMoment): void {
    this.#exchange.handleNeighbourUp(peer, now);
    this.#keys.handleNeighbourUp(peer, now);
  }

  handleNeighbourDown(peer: PeerId, now: Instant): void {
    this.#exchange.handleNeighbourDown(peer);
    this.#keys.handleNeighbourDown(peer, now);
  }

  /** Its channel takes no more for now; or does again. */
  handleFlow(peer: PeerId, isFull: boolean): void {
    for (const exchange of [this.#exchange, this.#keys]) {
      if (isFull) exchange.handleFull(peer);
      else exchange.handleWritable(peer);
    }
  }

  /** One message of a neighbour's channel whose first byte is below 0x30. */
  handleMessage(peer: PeerId, bytes: Uint8Array, at: RoomMoment): void {
    if ((bytes[0] ?? 0) < LOG_MESSAGES_END) return this.#exchange.handleMessage(peer, bytes, at.now, at.wall);
    this.#refresh(at); // who came in just before: a prekey of a stranger is not taken
    this.#keys.handleMessage(peer, bytes, at.now, at.wall);
  }

  /** What the mesh delivered: answered by `heard` or `unreadable`, in the order of its stream. */
  handleBatch(arrival: BatchArrival, now: Instant): void {
    this.#keys.handleBatch(arrival, now);
  }

  /** `isPresent`: whether another member can hear of what we do now. */
  handleTimeout(at: RoomMoment, isPresent: (peer: PeerId) => boolean): void {
    this.#log.release(at.wall);
    this.#exchange.handleTimeout(at.now);
    this.#keys.handleTimeout(at.now, at.wall);
    this.#refresh(at);
    if (this.#checkpoints.isDue(this.#log, isPresent, at.now)) this.act({ kind: "checkpoint" }, at);
  }

  nextTimeout(): Instant | undefined {
    const due = this.#log.nextRelease;
    const release = due && after(this.#at.now, millis(Math.max(0, due - this.#at.wall)));
    const others = sooner(this.#keys.nextTimeout(), this.#checkpoints.nextTimeout());
    return sooner(sooner(release, this.#exchange.nextTimeout()), others);
  }

  /** Before {@link poll}, once for all that happened in a turn: what came into the log takes effect. */
  settle(at: RoomMoment): void {
    this.#at = at;
    this.#refresh(at);
    this.#drainExchange();
    this.#drainKeys(at);
  }

  poll(): RoomEffect | undefined {
    return this.#effects.shift();
  }

  // --- inside ---------------------------------------------------------------------------------

  #restore(restored: readonly StoreEntry[]): OperationLog {
    const prefix = `room/${this.id}/log/`;
    const kept = restored.flatMap(({ key, value }) => (key.startsWith(prefix) ? [value] : []));
    const { log, damaged } = OperationLog.restore({ provider: this.#options.provider, room: this.id }, kept);
    if (damaged > 0) this.#effects.push({ type: "damaged" });
    return log;
  }

  /** What was added since the last time: kept, told, and taken into account. */
  #refresh(at: RoomMoment): void {
    const added = this.#log.takeAdded();
    if (added.length === 0) return;
    const puts = added.map(({ id, bytes }) => ({ key: `room/${this.id}/log/${id}`, value: bytes }));
    this.#effects.push({ type: "store", puts, deletes: [] });
    this.#exchange.announce(added);
    this.#checkpoints.handleLog(at.now);
    this.#drainExchange();
    this.#tellKeys(at);
    this.#effects.push({ type: "membership" });
    if (this.#isIn) this.#tellDeeds(added);
  }

  #tellDeeds(operations: readonly Operation[]): void {
    const { ineffective } = this.membership;
    for (const operation of operations) {
      const { id, author, body } = operation;
      const isOurs = author === this.#self || ("subject" in body && body.subject === this.#self);
      if (isOurs && !ineffective.has(id)) this.#effects.push({ type: "deed", operation });
    }
  }

  #tellKeys({ now, wall }: RoomMoment): void {
    this.#keys.handleRoster(keyRosterOf(this.#log), now, wall);
  }

  #drainExchange(): void {
    for (let output = this.#exchange.poll(); output !== undefined; output = this.#exchange.poll())
      this.#effects.push(output);
  }

  #drainKeys(at: RoomMoment): void {
    for (let output = this.#keys.poll(); output !== undefined; output = this.#keys.poll()) this.#carryOut(output, at);
  }

  #carryOut(output: RoomKeysOutput, at: RoomMoment): void {
    switch (output.type) {
      case "rotate":
        this.act({ kind: "rotate", bundle: output.bundleHash, recipients: output.recipientCount }, at);
        break;
      case "misbehaved":
        this.#effects.push({ type: "misbehaved", peer: output.peer });
        break;
      case "opened":
        this.#effects.push({ type: "heard", arrival: output.arrival, messages: output.messages });
        break;
      case "unreadable":
        this.#effects.push({ type: "unreadable", from: output.arrival.origin, reason: output.reason });
        break;
      case "store":
        this.#effects.push({ type: "store", puts: output.puts, deletes: output.deletes });
        break;
      case "damaged":
        this.#effects.push({ type: "damaged" });
        break;
      default:
        this.#effects.push(output);
    }
  }
}
