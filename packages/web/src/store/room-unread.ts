/**
 * What was said in rooms and nobody has seen here yet. With a home the ids of what was seen are remembered, and no words:
 * after a reload a room's history comes again from its members, and is not new.
 *
 * @module
 */
import { bytesToHex, hexToBytes } from "@kith/core";
import {
  type KeyValueStore,
  type Observable,
  type RoomChatMessage,
  type RoomId,
  type RoomView,
  Subject,
} from "@kith/sdk";

const PREFIX = "room-seen/";
/** Of an id, in the store. */
const ID_BYTES = 16;
/** Ids per room, twice what its history holds: of more, those that were seen first are forgotten. */
const SEEN_MAX = 2_000;

export type Unread = ReadonlyMap<RoomId, number>;

type Said = Pick<RoomChatMessage, "id" | "isOurs" | "isDeleted">;

/** What it needs of `Rooms`. */
export interface RoomsToRead {
  readonly all: Observable<readonly Pick<RoomView, "id" | "state">[]>;
  get(id: RoomId): { readonly chat: { readonly history: Observable<readonly Said[]> } } | undefined;
}

export class RoomUnread {
  readonly #rooms: RoomsToRead;
  readonly #store: KeyValueStore | undefined;
  readonly #counts = new Subject<Unread>(new Map());
  /** By room, what somebody saw; a room that nobody looked at has nothing here. */
  readonly #seen: Map<RoomId, ReadonlySet<string>>;
  readonly #followed = new Map<RoomId, () => void>();

  private constructor(
    rooms: RoomsToRead,
    store: KeyValueStore | undefined,
    seen: readonly (readonly [RoomId, ReadonlySet<string>])[],
  ) {
    [this.#rooms, this.#store, this.#seen] = [rooms, store, new Map(seen)];
    rooms.all.subscribe(() => this.#follow());
    this.#follow();
  }

  static async open(rooms: RoomsToRead, store?: KeyValueStore): Promise<RoomUnread> {
    const kept = (await store?.list(PREFIX)) ?? [];
    const seen = kept.map(({ key, value }) => [key.slice(PREFIX.length) as RoomId, idsOf(value)] as const);
    return new RoomUnread(rooms, store, seen);
  }

  /** Rooms with something unread alone. */
  get counts(): Observable<Unread> {
    return this.#counts;
  }

  /** Somebody sees all that is there. */
  see(room: RoomId): void {
    const ids = this.#messages(room).map(({ id }) => id);
    const before = this.#seen.get(room);
    if (before !== undefined && ids.every((id) => before.has(id))) return;
    const here = new Set(ids);
    const gone = [...(before ?? [])].filter((id) => !here.has(id)); // or members have yet to tell it again
    const seen = [...gone, ...ids].slice(-SEEN_MAX);
    this.#seen.set(room, new Set(seen));
    if (this.#store === undefined) return this.#count(room);
    const kept = this.#store.set(PREFIX + room, bytesOf(seen)).catch(() => undefined); // worth a number that is too high later
    void kept.then(() => this.#count(room)); // what is shown as seen is so after a reload
  }

  /** `undefined` where nobody looked yet: then nothing is newer than anything else. */
  firstUnseen(room: RoomId): string | undefined {
    return this.#seen.has(room) ? this.#unseen(room)[0]?.id : undefined;
  }

  #follow(): void {
    const here = new Set(this.#rooms.all.get().flatMap(({ id, state }) => (state === "in" ? [id] : [])));
    for (const [id, stop] of this.#followed) {
      if (here.has(id)) continue;
      stop();
      this.#followed.delete(id);
      this.#count(id);
      const view = this.#rooms.all.get().find((each) => each.id === id);
      if (view === undefined) continue; // we are closing, and will be back
      this.#seen.delete(id);
      void this.#store?.delete(PREFIX + id).catch(() => undefined);
    }
    for (const id of here) {
      const room = this.#rooms.get(id);
      if (room === undefined || this.#followed.has(id)) continue;
      this.#followed.set(
        id,
        room.chat.history.subscribe(() => this.#count(id)),
      );
      this.#count(id);
    }
  }

  #messages(room: RoomId): readonly Said[] {
    return this.#followed.has(room) ? (this.#rooms.get(room)?.chat.history.get() ?? []) : [];
  }

  #unseen(room: RoomId): readonly Said[] {
    const seen = this.#seen.get(room);
    return this.#messages(room).filter(({ id, isOurs, isDeleted }) => !isOurs && !isDeleted && seen?.has(id) !== true);
  }

  #count(room: RoomId): void {
    const count = this.#unseen(room).length;
    if ((this.#counts.get().get(room) ?? 0) === count) return;
    const counts = new Map(this.#counts.get());
    if (count === 0) counts.delete(room);
    else counts.set(room, count);
    this.#counts.set(counts);
  }
}

const bytesOf = (ids: readonly string[]): Uint8Array => hexToBytes(ids.join(""));

function idsOf(bytes: Uint8Array): ReadonlySet<string> {
  const count = Math.floor(bytes.length / ID_BYTES);
  return new Set(
    Array.from({ length: count }, (_, at) => bytesToHex(bytes.subarray(at * ID_BYTES, (at + 1) * ID_BYTES))),
  );
}
