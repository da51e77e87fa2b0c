/**
 * A document that all members of a room share: any CRDT that has the functions of {@link DocReplica}, kept the
 * same everywhere by the core's machine (spec/app-doc.md).
 *
 * @module
 */
import { type CryptoProvider, DocSync, nobleProvider, type PeerId, PROTOCOL, type RandomSource } from "@kith/core";
import { type Clock, systemClock } from "./clock.ts";
import { EndpointError } from "./endpoint-error.ts";
import { type Observable, Subject } from "./observable.ts";
import { PartnerChannels } from "./partner-channels.ts";
import type { Room, RoomBroadcast } from "./rooms-api.ts";

/**
 * The document, as its owner holds it. Updates merge in any order and any number of times. With Yjs:
 * `encodeStateVector(doc)`, `encodeStateAsUpdate(doc, vector)`, `applyUpdate(doc, update)` and
 * `encodeSnapshot(snapshot(doc))`. Functions may throw at bytes that are none of theirs.
 */
export interface DocReplica {
  /** Where the document stands; the same bytes for the same state. */
  stateVector(): Uint8Array;
  /** All that a document lacks that stands at `vector`. */
  diffFor(vector: Uint8Array): Uint8Array;
  /** Merges what `from` says. `isAuthor`: it made that edit; else it passes on what it has, whoever made it. */
  apply(update: Uint8Array, from: PeerId, isAuthor: boolean): void;
  /** Bytes that differ whenever two documents do, where the state vector does not say it all (deletions in Yjs). */
  digest?(): Uint8Array;
}

export interface RoomDocOptions {
  /** Of several documents of one room, this one: at most 30 bytes. */
  readonly name?: string;
  /** The replica is one already: we began the document, or kept it. Then it is ready at once. False unless told. */
  readonly isKept?: boolean;
  readonly provider?: CryptoProvider;
  readonly random?: RandomSource;
  readonly clock?: Clock;
}

export interface RoomDoc extends AsyncDisposable {
  /** Whether the document is as some member has it: before, an application should show that it waits. */
  readonly isReady: Observable<boolean>;
  /** Fulfils when it is; rejects with `ERR_ROOM_LEFT` if the document is closed before. */
  readonly ready: Promise<void>;
  /** Tells everybody of our person's edit, which is in the replica already. */
  publish(update: Uint8Array): void;
  /** The document begins here, as it is: nobody has another. */
  begin(): void;
}

type RoomOfDoc = Pick<Room, "members" | "open" | "channels" | "broadcast">;

const PROTOCOL_BYTES_MAX = 36;

/** @throws {EndpointError} `ERR_ARGUMENT` for a name that is too long, `ERR_ROOM_LEFT` */
export function openRoomDoc(room: RoomOfDoc, replica: DocReplica, options: RoomDocOptions = {}): RoomDoc {
  const protocol = options.name === undefined ? PROTOCOL.doc : `${PROTOCOL.doc}/${options.name}`;
  if (!/^[\x21-\x7e]+$/.test(protocol) || protocol.length > PROTOCOL_BYTES_MAX) {
    throw new EndpointError("ERR_ARGUMENT", "Cannot share the document: its name is too long, or not plain");
  }
  const self = room.members.get().find(({ isSelf }) => isSelf);
  if (self === undefined) throw left();
  return new RoomDocHandle(room, replica, { ...options, protocol, self: self.peer });
}

class RoomDocHandle implements RoomDoc {
  readonly isReady = new Subject(false);
  readonly ready: Promise<void>;
  readonly #room: RoomOfDoc;
  readonly #replica: DocReplica;
  readonly #clock: Clock;
  readonly #machine: DocSync;
  readonly #channels: PartnerChannels;
  readonly #broadcast: RoomBroadcast;
  readonly #settle: { readonly resolve: () => void; readonly reject: (error: unknown) => void };
  readonly #stopWatching: readonly (() => void)[];
  #isDue = false;
  #isClosed = false;
  #cancelAlarm: () => void = () => {};

  constructor(
    room: RoomOfDoc,
    replica: DocReplica,
    options: RoomDocOptions & { readonly protocol: string; readonly self: PeerId },
  ) {
    const { protocol, self, isKept = false, provider = nobleProvider, clock = systemClock } = options;
    const random = options.random ?? ((length: number) => crypto.getRandomValues(new Uint8Array(length)));
    [this.#room, this.#replica, this.#clock] = [room, replica, clock];
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    promise.catch(() => {}); // whoever awaits it still sees it; nobody must
    [this.ready, this.#settle] = [promise, { resolve, reject }];
    this.#machine = new DocSync({ provider, random, self, isKept });
    this.#broadcast = room.broadcast(protocol);
    const machine = this.#machine;
    this.#channels = new PartnerChannels({
      room,
      protocol,
      self,
      events: {
        up: (peer, isOurs) => this.#tell(() => machine.handleChannelUp(peer, isOurs, clock.now())),
        down: (peer) => this.#tell(() => machine.handleChannelDown(peer, clock.now())),
        message: (peer, bytes) => this.#tell(() => machine.handleMessage(peer, bytes, clock.now())),
        full: (peer) => machine.handleFull(peer),
        writable: (peer) => this.#tell(() => machine.handleWritable(peer, clock.now())),
      },
    });
    this.#stopWatching = [
      room.members.subscribe(() => this.#meet()),
      this.#broadcast.missed.subscribe(() => this.#tell(() => machine.handleMissed(clock.now()))),
    ];
    this.#meet();
    void this.#listen();
  }

  publish(update: Uint8Array): void {
    if (this.#isClosed) throw left();
    this.#tell(() => this.#machine.handleEdit(update.slice(), this.#clock.now()));
  }

  begin(): void {
    this.#tell(() => this.#machine.begin());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    if (this.#isDue) this.#turn(); // what was published in this turn still goes
    this.#isClosed = true;
    this.#cancelAlarm();
    for (const stop of this.#stopWatching) stop();
    this.#channels.close();
    this.#settle.reject(left());
    await this.#broadcast[Symbol.asyncDispose]();
  }

  async #listen(): Promise<void> {
    for await (const { from, bytes } of this.#broadcast.messages) {
      this.#tell(() => this.#machine.handleBroadcast(from, bytes, this.#clock.now()));
    }
  }

  #meet(): void {
    const others = this.#room.members.get().filter(({ isSelf }) => !isSelf);
    const members = others.map(({ peer, isOnline, path, isCut }) => ({
      peer,
      isOnline: isOnline && !isCut,
      isNeighbour: path.kind === "direct",
    }));
    this.#tell(() => this.#machine.setMembers(members, this.#clock.now()));
  }

  /** Gives the machine something, and does what it asks at the end of this turn. */
  #tell(input: () => void): void {
    if (this.#isClosed) return;
    input();
    if (this.#isDue) return;
    this.#isDue = true;
    queueMicrotask(() => this.#turn());
  }

  #turn(): void {
    this.#isDue = false;
    if (this.#isClosed) return;
    const now = this.#clock.now();
    const due = this.#machine.nextTimeout();
    if (due !== undefined && now >= due) this.#machine.handleTimeout(now);
    for (let output = this.#machine.poll(); output !== undefined; output = this.#machine.poll()) {
      this.#carryOut(output);
    }
    this.#cancelAlarm();
    const next = this.#machine.nextTimeout();
    if (next === undefined) return;
    const wait = Math.max(0, next - now);
    this.#cancelAlarm = this.#clock.schedule(wait as Parameters<Clock["schedule"]>[0], () => this.#tell(() => {}));
  }

  #carryOut(output: NonNullable<ReturnType<DocSync["poll"]>>): void {
    const now = this.#clock.now();
    switch (output.type) {
      case "ready":
        this.isReady.set(true);
        return this.#settle.resolve();
      case "broadcast":
        return this.#say(output.bytes);
      case "openChannel":
        return this.#channels.open(output.peer);
      case "closeChannel":
        return this.#channels.finish(output.peer);
      case "misbehaved":
        return this.#channels.reset(output.peer);
      case "send":
        return this.#channels.send(output.peer, output.bytes, () => {});
      case "state": {
        const digest = output.of === "digest" ? this.#replica.digest?.() : undefined;
        return this.#machine.handleState(output.token, digest ?? this.#replica.stateVector(), now);
      }
      case "diffFor": {
        const diff = attempt(() => this.#replica.diffFor(output.vector));
        return this.#machine.handleDiff(output.token, diff, now);
      }
      case "apply": {
        const isMerged = attempt(() => {
          this.#replica.apply(output.update, output.from, output.isAuthor);
          return true;
        });
        return this.#machine.handleApplied(output.token, isMerged ?? false, now);
      }
    }
  }

  #say(bytes: Uint8Array): void {
    this.#machine.handleBroadcastFull();
    this.#broadcast.send(bytes).then(
      () => this.#tell(() => this.#machine.handleBroadcastWritable()),
      () => {}, // left: there is nobody to tell
    );
  }
}

/** What came from a member may be nothing that the replica knows. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

const left = (): EndpointError => new EndpointError("ERR_ROOM_LEFT", "We are not in that room any more");
