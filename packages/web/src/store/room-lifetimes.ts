/**
 * How long what one writes in a room stays there: one's own choice for each room, for nobody speaks for all
 * (spec/app-chat.md §9). With a home it is remembered: who chose that words go does not write lasting ones after a reload.
 *
 * @module
 */
import { type KeyValueStore, type Observable, type RoomId, Subject } from "@kith/sdk";

const PREFIX = "room-lifetime/";
const BYTES = 4;

/** In seconds; a room that is not here has none: words stay as long as the chat. */
export type Lifetimes = ReadonlyMap<string, number>;

export class RoomLifetimes {
  readonly #store: KeyValueStore | undefined;
  readonly #all: Subject<Lifetimes>;

  private constructor(store: KeyValueStore | undefined, all: Lifetimes) {
    this.#store = store;
    this.#all = new Subject(all);
  }

  static async open(store: KeyValueStore | undefined): Promise<RoomLifetimes> {
    const kept = (await store?.list(PREFIX)) ?? [];
    const all = kept.flatMap(({ key, value }) =>
      value.length === BYTES ? [[key.slice(PREFIX.length), viewOf(value).getUint32(0)] as const] : [],
    );
    return new RoomLifetimes(store, new Map(all));
  }

  get all(): Observable<Lifetimes> {
    return this.#all;
  }

  async choose(room: RoomId, seconds: number | undefined): Promise<void> {
    const all = new Map(this.#all.get());
    if (seconds === undefined) all.delete(room);
    else all.set(room, seconds);
    this.#all.set(all);
    if (seconds === undefined) return this.#store?.delete(PREFIX + room);
    const value = new Uint8Array(BYTES);
    viewOf(value).setUint32(0, seconds);
    await this.#store?.set(PREFIX + room, value);
  }
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength);
