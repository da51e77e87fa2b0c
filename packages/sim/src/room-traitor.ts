/**
 * A member that betrays its room: an endpoint like any other, whose neighbours hear what somebody else wants them
 * to hear. Whatever it says it can sign with its own key, and with no other.
 *
 * @module
 */
import {
  bytesToHex,
  type CryptoProvider,
  decodeBroadcast,
  decodeMeshMessage,
  decodeNeighbourList,
  decodeOperation,
  encodeBroadcast,
  encodeLogMessage,
  encodeMeshMessage,
  encodeUnicast,
  LOG_MESSAGE,
  type LocalIdentity,
  MESH_MESSAGE,
  type NeighbourListFields,
  type Operation,
  type OperationBody,
  type OperationFields,
  type OperationId,
  type PeerId,
  peerIdFromBytes,
  type RoomId,
  readPeers,
  roomTagOf,
  seconds,
  signNeighbourList,
  signOperation,
} from "@kith/core";
import { createNodeProvider } from "@kith/sdk/node";
import { RoomTap, type TapHandlers } from "./room-tap.ts";
import type { RoomPerson, RoomWorld } from "./room-world.ts";
import { SimRandom } from "./sim-random.ts";

const provider: CryptoProvider = createNodeProvider({ isSeeded: true });

/** What a traitor writes into a neighbour list of its own; the rest is as its endpoint has it. */
export type ListLie = Partial<Pick<NeighbourListFields, "neighbours" | "sequence" | "rosterDigest" | "hints">>;

export class RoomTraitor {
  readonly person: RoomPerson;
  readonly room: RoomId;
  readonly tap: RoomTap;
  readonly tag: Uint8Array;
  /** What it heard and said on mesh channels, to be said again; the oldest go. */
  readonly records: { readonly from: PeerId; readonly message: Uint8Array }[] = [];
  readonly #random: SimRandom;
  #handlers: TapHandlers = {};

  /** From now on. */
  constructor(world: RoomWorld, name: string, room: RoomId) {
    [this.person, this.room] = [world.person(name), room];
    world.watch.traitors.add(this.person.id);
    this.#random = new SimRandom(`traitor ${name}`);
    this.tag = roomTagOf(provider, room);
    this.tap = new RoomTap({
      outgoing: (peer, message, channel) => {
        this.#record(this.person.id, message);
        return this.#handlers.outgoing?.(peer, message, channel) ?? [message];
      },
      incoming: (peer, message) => {
        this.#record(peer, message);
        return this.#handlers.incoming?.(peer, message) ?? true;
      },
      joining: (peer, message, from) => this.#handlers.joining?.(peer, message, from) ?? [message],
    });
    this.resume();
  }

  /** Its endpoint is another process now. */
  resume(): void {
    this.tap.install(this.person.endpoint);
  }

  get identity(): LocalIdentity {
    return this.person.host.identity;
  }

  get signer(): { readonly provider: CryptoProvider; readonly identity: LocalIdentity } {
    return { provider, identity: this.identity };
  }

  /** What it does from now on to what goes through its hands. */
  betray(handlers: TapHandlers): void {
    this.#handlers = handlers;
  }

  /** As any honest member. */
  behave(): void {
    this.#handlers = {};
  }

  random(bytes: number): Uint8Array {
    return this.#random.bytes(bytes);
  }

  // --- saying -----------------------------------------------------------------------------------

  /** A message of a mesh channel to one neighbour, or to all. How many took it. */
  say(message: Uint8Array, to: readonly PeerId[] = this.tap.peers): number {
    const taken = to.filter((peer) => this.tap.say(peer, message)).length;
    this.person.host.touch();
    return taken;
  }

  sayOperations(operations: readonly Pick<Operation, "bytes">[], to?: readonly PeerId[]): number {
    return this.say(encodeLogMessage({ type: "operations", operations: operations.map(({ bytes }) => bytes) }), to);
  }

  sayLists(lists: readonly Uint8Array[], to?: readonly PeerId[]): number {
    return this.say(encodeMeshMessage({ type: "lists", lists }), to);
  }

  // --- making -----------------------------------------------------------------------------------

  /** The room's log as its disk has it. */
  get log(): readonly Operation[] {
    return this.person.host.store.under(`room/${this.room}/log/`).map(({ value }) => decodeOperation(provider, value));
  }

  /** What nothing of its log descends from. */
  get heads(): readonly Operation[] {
    const operations = this.log;
    const parents = new Set(operations.flatMap((operation) => operation.parents));
    return operations.filter(({ id }) => !parents.has(id));
  }

  /** An operation of its own, on its heads unless told; `lies` take the place of what is so. */
  operation(
    body: OperationBody,
    lies: Partial<OperationFields> = {},
    known: readonly Operation[] = this.log,
  ): Operation {
    const parents = lies.parents ?? this.#headsOf(known);
    const depths = parents.map((id) => known.find((each) => each.id === id)?.depth ?? 0);
    return signOperation(provider, this.identity, {
      ...{ room: this.room, incarnation: bytesToHex(this.random(16)), sequence: 0, parents },
      ...{ depth: Math.max(...depths) + 1, date: this.person.at.wall, body, ...lies },
    });
  }

  broadcast(stream: Uint8Array, sequence: number, payload: Uint8Array): Uint8Array {
    return encodeBroadcast(this.signer, this.tag, stream, sequence, payload);
  }

  unicast(to: PeerId, payload: Uint8Array): Uint8Array {
    return encodeUnicast(this.signer, this.tag, to, this.random(16), payload);
  }

  /** One of its endpoint's lists, changed and signed anew. */
  relist(bytes: Uint8Array, lie: ListLie): Uint8Array {
    const list = decodeNeighbourList(bytes);
    const { roomTag, incarnation, sequence, date, period, isLeaving, rosterDigest } = list;
    return signNeighbourList(provider, this.identity, {
      ...{ roomTag, incarnation, sequence, date, period, isLeaving, rosterDigest, hints: [] },
      ...{ neighbours: readPeers(list.neighbours), ...lie },
    });
  }

  /** A list of a process that there never was. */
  list(lie: ListLie): Uint8Array {
    const digest = this.person.endpoint.rooms.membershipOf(this.room)?.digest ?? new Uint8Array(32);
    return signNeighbourList(provider, this.identity, {
      ...{
        roomTag: this.tag,
        incarnation: this.random(16),
        sequence: 0,
        date: this.person.at.wall,
        period: seconds(5),
      },
      ...{ isLeaving: false, rosterDigest: digest, neighbours: [], hints: [], ...lie },
    });
  }

  // --- changing what goes through ----------------------------------------------------------------

  /** Says `lie` in each of its own lists, to everybody or as the neighbour is. */
  lieInLists(lie: (to: PeerId, neighbours: readonly PeerId[]) => ListLie): void {
    this.betray({
      outgoing: (peer, message) => [this.#relisted(message, (neighbours) => lie(peer, neighbours))],
    });
  }

  /** Passes no broadcast of others on, and says nothing of them. */
  keepBroadcasts(): void {
    const kept: readonly number[] = [MESH_MESSAGE.repair, MESH_MESSAGE.have, MESH_MESSAGE.vector, MESH_MESSAGE.gone];
    this.betray({
      outgoing: (_, message) => {
        const type = message[0] ?? 0;
        const isOthers = type === MESH_MESSAGE.broadcast && decodeBroadcast(message).origin !== this.person.id;
        return isOthers || kept.includes(type) ? [] : [message];
      },
    });
  }

  /** Tells nothing of the log to these; and of itself what `lie` says. */
  keepLogFrom(peers: readonly PeerId[], lie?: ListLie): void {
    const types: readonly number[] = Object.values(LOG_MESSAGE);
    this.betray({
      outgoing: (peer, message) => {
        if (peers.includes(peer) && types.includes(message[0] ?? 0)) return [];
        return lie === undefined ? [message] : [this.#relisted(message, () => lie)];
      },
    });
  }

  /** Broadcasts that it heard, as they came. */
  get heardBroadcasts(): readonly Uint8Array[] {
    return this.records.flatMap(({ message }) => (message[0] === MESH_MESSAGE.broadcast ? [message] : []));
  }

  #relisted(message: Uint8Array, lie: (neighbours: readonly PeerId[]) => ListLie): Uint8Array {
    if (message[0] !== MESH_MESSAGE.lists) return message;
    const decoded = decodeMeshMessage(message);
    if (decoded.type !== "lists") return message;
    const lists = decoded.lists.map((bytes) => {
      const list = decodeNeighbourList(bytes);
      if (peerIdFromBytes(list.member) !== this.person.id) return bytes;
      return this.relist(bytes, lie(readPeers(list.neighbours)));
    });
    return encodeMeshMessage({ type: "lists", lists });
  }

  #headsOf(known: readonly Operation[]): readonly OperationId[] {
    const parents = new Set(known.flatMap((operation) => operation.parents));
    return known.flatMap(({ id }) => (parents.has(id) ? [] : [id])).sort();
  }

  #record(from: PeerId, message: Uint8Array): void {
    this.records.push({ from, message: message.slice() });
    if (this.records.length > RECORDS_MAX) this.records.shift();
  }
}

const RECORDS_MAX = 5_000;
