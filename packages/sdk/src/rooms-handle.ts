/**
 * All rooms of an endpoint as the SDK gives them out, and the way into one.
 *
 * @module
 */
import {
  decodeTicket,
  type RoomCommands,
  type RoomId,
  type RoomJoinFailure,
  type RoomState,
  type TicketRelay,
  WireError,
} from "@kith/core";
import type { Channel, Waiting } from "./api.ts";
import { EndpointError, type EndpointErrorCode, endpointClosed } from "./endpoint-error.ts";
import type { Observable, Subject } from "./observable.ts";
import type { Relays } from "./relays.ts";
import type { RoomEvent } from "./room-event.ts";
import { RoomHandle, type RoomParts } from "./room-handle.ts";
import { refusal } from "./room-refusal.ts";
import type { JoinStep, Room, RoomPolicy, Rooms, RoomView } from "./rooms-api.ts";
import type { RoutedFlows } from "./routed-flows.ts";

export interface RoomsParts extends RoomParts {
  /** Endpoints on this network that may be members of the room, each by its addresses. */
  readonly nearby: () => readonly (readonly string[])[];
  readonly relays: Pick<Relays, "borrow">;
  readonly flows: RoutedFlows;
  /** Where all of them are seen. */
  readonly all: Subject<readonly RoomView[]>;
  /** Removes what is kept of the files of a room. */
  readonly forgetFiles: (room: RoomId) => Promise<void>;
}

interface Joining extends PromiseWithResolvers<Room> {
  readonly onStep: ((step: JoinStep, room: Room | undefined) => void) | undefined;
}

export class RoomsHandle implements Rooms {
  /** Links through meshes. */
  readonly flows: RoutedFlows;
  readonly #parts: RoomsParts;
  readonly #commands: RoomCommands;
  readonly #all: Subject<readonly RoomView[]>;
  readonly #handles = new Map<RoomId, RoomHandle>();
  readonly #joining = new Map<number, Joining>();
  readonly #stale = new Set<RoomId | undefined>();
  #nextRequest = 1;

  constructor(parts: RoomsParts) {
    this.#parts = parts;
    this.#all = parts.all;
    this.flows = parts.flows;
    this.#commands = parts.commands;
    this.#stale.add(undefined);
    this.refresh();
  }

  get all(): Observable<readonly RoomView[]> {
    return this.#all;
  }

  get(id: RoomId): RoomHandle | undefined {
    const known = this.#handles.get(id);
    if (known !== undefined) return known;
    const state = this.#commands.stateOf(id);
    if (state === undefined) return undefined;
    const handle = new RoomHandle(id, viewOf(state), this.#parts);
    this.#handles.set(id, handle);
    return handle;
  }

  async create(name: string, policy: Partial<RoomPolicy> = {}): Promise<Room> {
    const { kept } = this.#parts;
    const created = this.#commands.create(name, policy, kept.moment());
    if (typeof created === "string") throw refusal("create the room", created);
    await kept.all();
    return this.#demand(created.room);
  }

  async join(
    ticket: string,
    options: Waiting & { readonly onStep?: (step: JoinStep, room: Room | undefined) => void } = {},
  ): Promise<Room> {
    const { signal, onStep } = options;
    signal?.throwIfAborted();
    const { kept, nearby, relays } = this.#parts;
    const request = this.#nextRequest++;
    const joining: Joining = { ...Promise.withResolvers<Room>(), onStep };
    this.#joining.set(request, joining);
    const abort = (): void => {
      this.#commands.cancelJoin(request, kept.moment());
      kept.touch();
      joining.reject(signal?.reason);
    };
    signal?.addEventListener("abort", abort, { once: true });
    const giveBack = relays.borrow(relaysOf(ticket));
    let isIn = false;
    this.#commands.join(ticket, nearby(), request, kept.moment());
    kept.touch();
    try {
      const room = await joining.promise;
      isIn = true;
      await kept.all();
      return room;
    } finally {
      await giveBack(isIn);
      this.#joining.delete(request);
      signal?.removeEventListener("abort", abort);
    }
  }

  async forget(id: RoomId): Promise<void> {
    await this.#parts.kept.do("forget the room", (commands, at) => commands.forget(id, at));
    await this.#handles.get(id)?.end();
    this.#handles.delete(id);
    await this.#parts.forgetFiles(id);
  }

  // --- from the driver ------------------------------------------------------------------------

  handle(output: RoomEvent): void {
    switch (output.type) {
      case "roomChanged":
        this.#stale.add(output.room);
        break;
      case "roomMessage":
        this.get(output.room)?.handleMessage(output);
        break;
      case "roomMissed":
        this.get(output.room)?.handleMissed(output.from, output.count);
        break;
      case "roomWritable":
        this.#handles.get(output.room)?.handleWritable();
        break;
      case "roomJoinStep": {
        const room = output.room === undefined ? undefined : this.get(output.room);
        this.#joining.get(output.request)?.onStep?.(output.step, room);
        break;
      }
      case "roomJoined":
        this.#joining.get(output.request)?.resolve(this.#demand(output.room));
        break;
      case "roomJoinFailed":
        this.#joining.get(output.request)?.reject(joinError(output.reason));
        break;
      case "roomChallengeAnswered":
        this.#handles.get(output.room)?.handleAnswered(output.member, output.result);
        break;
      case "roomOver":
        this.get(output.room)?.handleOver(output.reason);
    }
  }

  /** A member opened a channel of a room; false if nobody takes it. */
  handleChannel(room: RoomId, protocol: string, channel: Channel): boolean {
    return this.#handles.get(room)?.handleChannel(protocol, channel) ?? false;
  }

  /** Names, paths or contacts are others than before. */
  touchAll(): void {
    for (const { id } of this.#commands.all) this.#stale.add(id);
  }

  /** Once a turn: views that are out of date are made anew when somebody looks. */
  refresh(): void {
    this.#parts.kept.settle();
    if (this.#stale.size === 0) return;
    const stale = [...this.#stale];
    this.#stale.clear();
    this.#all.set(this.#commands.all.map(viewOf));
    for (const { id, state } of this.#all.get()) if (state === "in") this.get(id); // it hears and serves from now on
    for (const id of stale) {
      const handle = id === undefined ? undefined : this.#handles.get(id);
      const state = id === undefined ? undefined : this.#commands.stateOf(id);
      if (state !== undefined) handle?.refresh(viewOf(state));
    }
  }

  async end(): Promise<void> {
    for (const { reject } of this.#joining.values()) reject(endpointClosed());
    this.#parts.kept.end();
    await Promise.all([...this.#handles.values()].map((handle) => handle.end()));
  }

  #demand(id: RoomId): RoomHandle {
    const room = this.get(id);
    if (room === undefined) throw refusal("open the room", "unknown");
    return room;
  }
}

/** Of a link; codes name none, and what is no link is the core's to refuse. */
function relaysOf(ticket: string): readonly TicketRelay[] {
  try {
    return decodeTicket(ticket).relays;
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return [];
  }
}

const viewOf = ({ ...state }: RoomState): RoomView => state;

const JOIN_FAILURES: Readonly<Record<RoomJoinFailure, readonly [EndpointErrorCode, string]>> = {
  ticket: ["ERR_TICKET", "that is no invitation or room code of Kith"],
  unreachable: [
    "ERR_PEER_UNREACHABLE",
    "no member of the room answers; is whoever made the link online, at a relay or on one network with you?",
  ],
  unknown: ["ERR_TICKET", "nobody who answers knows of it; ask for a new invitation or code"],
  used: ["ERR_TICKET", "this invitation was used by somebody else; ask for a new one"],
  expired: ["ERR_TICKET", "this invitation is over; ask for a new one"],
  revoked: ["ERR_TICKET", "this invitation was taken back; ask for a new one"],
  full: ["ERR_LIMIT", "the room has as many members as a room may have"],
  tryLater: ["ERR_TRY_LATER", "too many tries a short while ago; wait a little"],
  wrongCode: ["ERR_WRONG_CODE", "the code is not the one that is shown"],
  clock: ["ERR_TICKET", "your clock and the other one differ too much; set them right"],
  denied: ["ERR_NOT_AUTHORIZED", "a member said no"],
  cancelled: ["ERR_NOT_AUTHORIZED", "it was given up"],
  protocol: ["ERR_HANDSHAKE_FAILED", "what answered does not keep to the protocol, or is no member of that room"],
  limit: ["ERR_LIMIT", "you are in as many rooms as one endpoint may be"],
};

function joinError(reason: RoomJoinFailure): EndpointError {
  const [code, why] = JOIN_FAILURES[reason];
  return new EndpointError(code, `Cannot join: ${why}`);
}
