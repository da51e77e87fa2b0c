/**
 * A room's conversation in the terminal: what is said and what happens scrolls, who is there stays at
 * the bottom.
 *
 * @module
 */
import type { RoomChatMessage } from "@kith/sdk";
import type { KithRoom } from "./kith.ts";
import { roomMessageLines } from "./render/message-view.ts";
import { roomLine } from "./render/room-view.ts";
import type { Screen } from "./render/screen.ts";
import type { Style } from "./render/style.ts";
import { isGrave, momentOf, type RoomMoment, roomChangeInWords, roomChanges } from "./room-changes.ts";

/** Messages whose ids are remembered: what came while the history was read is in both. */
const SHOWN_MAX = 1_000;

export class RoomChatView {
  readonly #room: KithRoom;
  readonly #screen: Screen;
  readonly #style: Style;
  readonly #now: () => number;
  readonly #shown = new Set<string>();
  #last: RoomMoment | undefined;

  constructor(parts: { room: KithRoom; screen: Screen; style: Style; now: () => number }) {
    this.#room = parts.room;
    this.#screen = parts.screen;
    this.#style = parts.style;
    this.#now = parts.now;
  }

  /** Prints a message, once. */
  show(message: RoomChatMessage): void {
    if (this.#shown.has(message.id)) return;
    this.#shown.add(message.id);
    for (const oldest of this.#shown) {
      if (this.#shown.size <= SHOWN_MAX) break;
      this.#shown.delete(oldest);
    }
    for (const line of roomMessageLines(message, this.#style, this.#now())) this.#screen.print(line);
  }

  /** Prints what became different since the last time, and draws who is there. */
  tellChanges(): void {
    const moment = momentOf(this.#room);
    for (const change of roomChanges(this.#last, moment)) {
      const words = roomChangeInWords(change, moment);
      const paint = isGrave(change) ? this.#style.bad : this.#style.dim;
      if (words !== undefined) this.#screen.print(paint(words));
    }
    this.#last = moment;
    this.#screen.show([roomLine(moment.view, this.#style)]);
  }
}
