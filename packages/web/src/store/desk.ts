/**
 * What lies about while the app runs: texts that were begun, what one just sent, where one stopped reading in rooms. On no
 * disk, but for what each part says.
 *
 * @module
 */
import type { UndoManager } from "yjs";
import type { RoomLifetimes } from "./room-lifetimes.ts";
import type { RoomUnread } from "./room-unread.ts";

/** Pictures and recordings that we sent and still show. */
const SENT_MAX = 32;

export class Desk {
  /** Begun and not sent, by talk. */
  readonly drafts: Map<string, string> = new Map();
  /** What one did to documents of rooms and can undo, also after one was elsewhere. */
  readonly undos: WeakMap<object, UndoManager> = new WeakMap();
  readonly unread: RoomUnread;
  readonly lifetimes: RoomLifetimes;
  readonly #sent = new Map<string, Blob>();

  constructor(unread: RoomUnread, lifetimes: RoomLifetimes) {
    [this.unread, this.lifetimes] = [unread, lifetimes];
  }

  sent(reference: string): Blob | undefined {
    return this.#sent.get(reference);
  }

  /** The oldest gives way. */
  putSent(reference: string, blob: Blob): void {
    this.#sent.set(reference, blob);
    const [oldest] = this.#sent.keys();
    if (this.#sent.size > SENT_MAX && oldest !== undefined) this.#sent.delete(oldest);
  }
}
