/**
 * Documents of rooms, each opened once and kept open as long as we are in the room: whoever closes the view goes on
 * serving it to others. With a home they stay, earlier versions too, sealed as everything there.
 *
 * @module
 */
import type { KeyValueStore, MemberView, Room } from "@kith/sdk";
import type { CursorUser, KithProvider } from "@kith/sdk/yjs";
import { hueOf } from "./hue.ts";

export class RoomDocs {
  readonly #store: KeyValueStore | undefined;
  readonly #open = new Map<string, Promise<KithProvider>>(); // one a room and name, until the room is left

  constructor(store: KeyValueStore | undefined) {
    this.#store = store;
  }

  open(room: Room, name: string): Promise<KithProvider> {
    const key = `${room.id}/${name}`;
    const known = this.#open.get(key);
    if (known !== undefined) return known;
    const opened = this.#begin(room, name);
    this.#open.set(key, opened);
    void room.closed.then(() => this.#close(key));
    return opened;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.keys()].map((key) => this.#close(key)));
  }

  async #begin(room: Room, name: string): Promise<KithProvider> {
    const [{ KithProvider }, { Doc }] = await Promise.all([import("@kith/sdk/yjs"), import("yjs")]);
    const store = this.#store;
    const provider = await KithProvider.open(room, new Doc(), {
      ...{ name, keepsHistory: true, userOf: (peer) => userOf(room, peer) },
      ...(store !== undefined && { store }),
    });
    const self = room.members.get().find(({ isSelf }) => isSelf);
    if (self !== undefined) provider.awareness.setLocalStateField("user", userOf(room, self.peer));
    return provider;
  }

  async #close(key: string): Promise<void> {
    const opened = this.#open.get(key);
    this.#open.delete(key);
    await (await opened)?.[Symbol.asyncDispose]();
  }
}

function userOf(room: Room, peer: MemberView["peer"]): CursorUser {
  const name = room.members.get().find((member) => member.peer === peer)?.name ?? "?";
  const color = hueOf(peer);
  return { name, color, colorLight: `${color}44` };
}
