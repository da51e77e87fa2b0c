/**
 * A provider of Yjs: keeps a document the same at all members of a room, with who is there and where (awareness), and
 * if wanted on this device. It drops into whatever editor takes a `Y.Doc` and an `Awareness`.
 *
 * @module
 */
import type { PeerId } from "@kith/core";
import * as awarenessProtocol from "y-protocols/awareness";
import * as Y from "yjs";
import { type Clock, systemClock } from "../clock.ts";
import { MemoryStore } from "../memory-store.ts";
import type { Observable } from "../observable.ts";
import { type DocReplica, openRoomDoc, type RoomDoc } from "../room-doc.ts";
import type { Room, RoomBroadcast } from "../rooms-api.ts";
import type { KeyValueStore } from "../storage.ts";
import { DocChanges, isChange } from "./doc-changes.ts";
import { DocHistory } from "./doc-history.ts";
import { DocLog } from "./doc-log.ts";
import { PRESENCE_BYTES_MAX, readPresence, writePresence } from "./presence-message.ts";

export interface KithProviderOptions {
  /** Of several documents of one room, this one: at most 20 bytes. */
  readonly name?: string;
  /** Where this device keeps the document; nowhere unless told. Whoever wants it sealed gives a store that seals. */
  readonly store?: KeyValueStore;
  /** Whether earlier versions are kept, where the document is, or in memory; they are not unless told. */
  readonly keepsHistory?: boolean;
  /** When versions are made. */
  readonly clock?: Clock;
  /** Who is there and where; a new one unless told. */
  readonly awareness?: awarenessProtocol.Awareness;
  /** What editors show beside a member's cursor, in place of what the member says of itself: `user` of its state. */
  readonly userOf?: (peer: PeerId) => CursorUser;
}

/** As editors of Yjs show it; the colours are CSS. */
export interface CursorUser {
  readonly name: string;
  readonly color: string;
  readonly colorLight: string;
}

type RoomOfProvider = Pick<Room, "id" | "members" | "open" | "channels" | "broadcast">;

/** Cursors move no more often than people see. */
const PRESENCE_EVERY_MS = 100;
/** The first edit leaves at once, those that follow within so long together: less than people see. */
const EDITS_EVERY_MS = 15;
/** Who has heard of no document for so long begins it: with Yjs two beginnings merge. */
const BEGIN_AFTER_MS = 2_000;
/** Clients of one member: one a tab, and those that a reload left behind. */
const CLIENTS_PER_PEER_MAX = 8;

export class KithProvider implements AsyncDisposable {
  readonly doc: Y.Doc;
  readonly awareness: awarenessProtocol.Awareness;
  /** Earlier versions, if they are kept. */
  readonly history: DocHistory | undefined;
  readonly #room: RoomOfProvider;
  readonly #shared: RoomDoc;
  readonly #presence: RoomBroadcast;
  readonly #log: DocLog | undefined;
  readonly #self: PeerId | undefined;
  /** Who says what is merged just now. */
  #source: { readonly peer: PeerId; readonly isAuthor: boolean } | undefined;
  readonly #userOf: KithProviderOptions["userOf"];
  readonly #peerByClient = new Map<number, PeerId>(); // at most CLIENTS_PER_PEER_MAX of each member
  readonly #stops: (() => void)[] = [];
  readonly #edits = new DocChanges(); // that the others have not been told
  readonly #changes = new DocChanges(); // that are not kept
  #isDue = false; // at the end of this turn
  #whole: Uint8Array | undefined; // the document as the last joiner got it, until it changes
  #editsTimer: ReturnType<typeof setTimeout> | undefined;
  #presenceTimer: ReturnType<typeof setTimeout> | undefined;
  #writing: Promise<void> | undefined;

  private constructor(
    room: RoomOfProvider,
    doc: Y.Doc,
    options: KithProviderOptions,
    kept: { readonly log: DocLog | undefined; readonly history: DocHistory | undefined },
  ) {
    const { name, awareness, userOf } = options;
    const { log, history } = kept;
    [this.#room, this.doc, this.#log, this.history, this.#userOf] = [room, doc, log, history, userOf];
    this.#self = room.members.get().find(({ isSelf }) => isSelf)?.peer;
    this.awareness = awareness ?? new awarenessProtocol.Awareness(doc);
    const isAlone = room.members.get().every(({ isSelf }) => isSelf);
    const isKept = isAlone || (log?.isKept ?? false); // merging is harmless, so that nobody waits who is alone
    this.#shared = openRoomDoc(room, this.#replica(), { isKept, ...(name !== undefined && { name }) });
    this.#presence = room.broadcast(name === undefined ? "presence/1" : `presence/1/${name}`);
    const beginning = setTimeout(() => this.isReady.get() || this.#shared.begin(), BEGIN_AFTER_MS);
    this.#stops.push(() => clearTimeout(beginning));
    this.#listenToDoc();
    this.#listenToAwareness();
    void this.#hear();
  }

  /** @throws {EndpointError} `ERR_ARGUMENT` for a name that is too long, `ERR_ROOM_LEFT`, `ERR_STORAGE` */
  static async open(room: RoomOfProvider, doc: Y.Doc, options: KithProviderOptions = {}): Promise<KithProvider> {
    const { store, name = "", keepsHistory, clock = systemClock } = options;
    const place = `${room.id}/${name}/`;
    const log = store && (await DocLog.open(store, `doc/${place}`, doc));
    const history = keepsHistory
      ? await DocHistory.open(store ?? new MemoryStore(), `history/${place}`, doc, clock)
      : undefined;
    return new KithProvider(room, doc, options, { log, history });
  }

  /** Whether the document is as some member has it: before, an editor should show that it waits. */
  get isReady(): Observable<boolean> {
    return this.#shared.isReady;
  }

  get ready(): Promise<void> {
    return this.#shared.ready;
  }

  /** Whose cursor it is: the member that said so, not what the cursor calls itself. `undefined`: ours, or nobody's. */
  peerOf(client: number): PeerId | undefined {
    return this.#peerByClient.get(client);
  }

  /** Says goodbye, and waits until what was written here is kept. */
  async [Symbol.asyncDispose](): Promise<void> {
    awarenessProtocol.removeAwarenessStates(this.awareness, [this.doc.clientID], this);
    clearTimeout(this.#presenceTimer);
    this.#sayWhereWeAre();
    for (const stop of this.#stops) stop();
    clearTimeout(this.#editsTimer);
    this.#publish();
    this.#keep();
    await this.#shared[Symbol.asyncDispose]();
    await this.#presence[Symbol.asyncDispose]();
    this.awareness.destroy();
    await this.#writing;
    await this.history?.close();
  }

  // --- the document -----------------------------------------------------------------------------

  #replica(): DocReplica {
    const { doc } = this;
    return {
      stateVector: () => Y.encodeStateVector(doc),
      diffFor: (vector) => (isNothing(vector) ? this.#wholeDoc() : Y.encodeStateAsUpdate(doc, vector)),
      apply: (update, peer, isAuthor) => {
        this.#source = { peer, isAuthor };
        Y.applyUpdate(doc, update, this);
      },
      digest: () => Y.encodeSnapshot(Y.snapshot(doc)),
    };
  }

  #listenToDoc(): void {
    const handle = (transaction: Y.Transaction): void => {
      if (!isChange(transaction)) return;
      this.#whole = undefined;
      if (transaction.origin !== this) this.#edits.note(transaction);
      if (this.#log !== undefined) this.#changes.note(transaction);
      this.#remember(transaction.origin);
      if (this.#isDue) return;
      this.#isDue = true;
      queueMicrotask(() => this.#flush());
    };
    this.doc.on("afterTransactionCleanup", handle);
    this.#stops.push(() => this.doc.off("afterTransactionCleanup", handle));
  }

  #remember(origin: unknown): void {
    if (this.history === undefined) return;
    if (origin !== this) {
      if (this.#self !== undefined) this.history.note(this.#self, true);
    } else if (this.#source !== undefined) this.history.note(this.#source.peer, this.#source.isAuthor);
  }

  /** Made once for all who come in one after the other, as when a server is back. */
  #wholeDoc(): Uint8Array {
    this.#whole ??= Y.encodeStateAsUpdate(this.doc);
    return this.#whole;
  }

  #flush(): void {
    this.#isDue = false;
    if (this.#editsTimer === undefined) this.#publish();
    this.#keep();
  }

  /** What one turn brought leaves as one update, and so does all that comes soon after. */
  #publish(): void {
    this.#editsTimer = undefined;
    if (this.#edits.isEmpty) return;
    this.#shared.publish(this.#edits.take(this.doc));
    this.#editsTimer = setTimeout(() => this.#publish(), EDITS_EVERY_MS);
  }

  /** What comes while the device writes is kept as one, too. */
  #keep(): void {
    if (this.#log === undefined || this.#changes.isEmpty || this.#writing !== undefined) return;
    this.#writing = this.#log.append(this.#changes.take(this.doc)).then(() => {
      this.#writing = undefined;
      this.#keep();
      return this.#writing;
    });
    this.#writing.catch(() => {}); // whoever closes it is told
  }

  // --- who is there -------------------------------------------------------------------------------

  #listenToAwareness(): void {
    const { awareness, doc } = this;
    const handle = ({ added, updated, removed }: Record<"added" | "updated" | "removed", number[]>): void => {
      if (![...added, ...updated, ...removed].includes(doc.clientID)) return;
      this.#presenceTimer ??= setTimeout(() => this.#sayWhereWeAre(), PRESENCE_EVERY_MS);
    };
    awareness.on("update", handle);
    this.#stops.push(() => awareness.off("update", handle));
    this.#stops.push(this.#room.members.subscribe(() => this.#forgetThoseAway()));
  }

  #sayWhereWeAre(): void {
    this.#presenceTimer = undefined;
    const bytes = awarenessProtocol.encodeAwarenessUpdate(this.awareness, [this.doc.clientID]);
    if (bytes.length <= PRESENCE_BYTES_MAX) void this.#presence.send(bytes).catch(() => {}); // the room is left: nobody asks
  }

  async #hear(): Promise<void> {
    for await (const { from, bytes } of this.#presence.messages) {
      const said = readPresence(bytes);
      if (said === undefined || said.client === this.doc.clientID) continue;
      const { client, state } = said;
      const owner = this.#peerByClient.get(client);
      if (owner !== undefined && owner !== from) continue; // another member's: nobody moves somebody else's cursor
      if (owner === undefined && this.#clientsOf(from).length >= CLIENTS_PER_PEER_MAX) continue;
      this.#peerByClient.set(client, from);
      const shown = state === null ? null : { ...state, ...(this.#userOf && { user: this.#userOf(from) }) };
      awarenessProtocol.applyAwarenessUpdate(this.awareness, writePresence({ ...said, state: shown }), this);
      if (!this.awareness.states.has(client)) this.#peerByClient.delete(client);
    }
  }

  #forgetThoseAway(): void {
    for (const { peer, isOnline } of this.#room.members.get()) if (!isOnline) this.#forget(this.#clientsOf(peer));
    const members = new Set(this.#room.members.get().map(({ peer }) => peer));
    this.#forget([...this.#peerByClient].flatMap(([client, peer]) => (members.has(peer) ? [] : [client])));
  }

  #forget(clients: readonly number[]): void {
    if (clients.length === 0) return;
    for (const client of clients) this.#peerByClient.delete(client);
    awarenessProtocol.removeAwarenessStates(this.awareness, [...clients], this);
  }

  #clientsOf(peer: PeerId): number[] {
    return [...this.#peerByClient].flatMap(([client, owner]) => (owner === peer ? [client] : []));
  }
}

/** The vector of a document in which nothing stands: no clients. */
const isNothing = (vector: Uint8Array): boolean => vector.length === 1 && vector[0] === 0;
