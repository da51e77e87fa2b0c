/**
 * The rooms of an endpoint while it may have none: then their code is not needed. It comes before the endpoint begins
 * where rooms are kept, else with the first that is made or joined.
 *
 * @module
 */
import type { RoomId } from "@kith/core";
import type { Channel } from "./api.ts";
import { endpointClosed } from "./endpoint-error.ts";
import type { LatePart } from "./late-part.ts";
import { Subject } from "./observable.ts";
import type { RoomEvent } from "./room-event.ts";
import type { Room, Rooms, RoomView } from "./rooms-api.ts";
import type { RoomsHandle } from "./rooms-handle.ts";
import type { beginRooms, RoomsGround } from "./rooms-part.ts";
import type { FlowEvent } from "./routed-flows.ts";

/** `beginRooms`, as whoever makes endpoints has it. */
export type RoomsCode = LatePart<typeof beginRooms>;

export class LateRooms implements Rooms {
  readonly all: Subject<readonly RoomView[]> = new Subject<readonly RoomView[]>([]);
  readonly #code: RoomsCode;
  readonly #ground: Omit<RoomsGround, "all">;
  #handle: RoomsHandle | undefined;
  #isOver = false;

  constructor(code: RoomsCode, ground: Omit<RoomsGround, "all">) {
    [this.#code, this.#ground] = [code, ground];
  }

  /** If their code is there. */
  beginAtOnce(): void {
    const begin = this.#code.value;
    if (begin !== undefined) this.#handle ??= begin({ ...this.#ground, all: this.all });
  }

  get(id: RoomId): Room | undefined {
    return this.#handle?.get(id);
  }

  async create(...args: Parameters<Rooms["create"]>): Promise<Room> {
    return (await this.#begun()).create(...args);
  }

  async join(...args: Parameters<Rooms["join"]>): Promise<Room> {
    args[1]?.signal?.throwIfAborted();
    return (await this.#begun()).join(...args);
  }

  async forget(id: RoomId): Promise<void> {
    return (await this.#begun()).forget(id);
  }

  // --- from the driver ------------------------------------------------------------------------

  handle(output: RoomEvent): void {
    this.#handle?.handle(output);
  }

  handleFlow(event: FlowEvent): void {
    this.#handle?.flows.handle(event);
  }

  handleChannel(room: RoomId, protocol: string, channel: Channel): boolean {
    return this.#handle?.handleChannel(room, protocol, channel) ?? false;
  }

  touchAll(): void {
    this.#handle?.touchAll();
  }

  refresh(): void {
    this.#handle?.refresh();
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await this.#handle?.end();
  }

  async #begun(): Promise<RoomsHandle> {
    if (this.#handle === undefined) await this.#code.take();
    if (this.#isOver) throw endpointClosed();
    this.beginAtOnce();
    if (this.#handle === undefined) throw endpointClosed();
    return this.#handle;
  }
}
