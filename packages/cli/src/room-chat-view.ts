/**
 * A room's conversation in the terminal: what is said and what happens scrolls, who is there stays at
 * the bottom.
 *
 * @module
 */
import type { PeerId } from "@kith/core";
import type { RoomChatMessage } from "@kith/sdk";
import type { KithRoom, RoomChatChange } from "./kith.ts";
import { changeLines, erasedInWords, roomMessageLines, saidInRoom } from "./render/message-view.ts";
import { nameIn, roomLine } from "./render/room-view.ts";
import type { Screen } from "./render/screen.ts";
import type { Style } from "./render/style.ts";
import { isGrave, momentOf, type RoomMoment, roomChangeInWords, roomChanges } from "./room-changes.ts";

/** Messages that are remembered: what came while the history was read is in both. */
const SHOWN_MAX = 1_000;

export class RoomChatView {
  readonly #room: KithRoom;
  readonly #screen: Screen;
  readonly #style: Style;
  readonly #now: () => number;
  readonly #shown = new Map<string, RoomChatMessage>();
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
    this.#shown.set(message.id, message);
    for (const oldest of this.#shown.keys()) {
      if (this.#shown.size <= SHOWN_MAX) break;
      this.#shown.delete(oldest);
    }
    const answered = message.replyTo === undefined ? undefined : this.#shown.get(message.replyTo)?.text;
    const around = { nameOf: this.#nameOf, answered };
    for (const line of roomMessageLines(message, this.#style, this.#now(), around)) this.#screen.print(line);
  }

  /** Tells what became of messages that stand here: what was printed is the terminal's. */
  handle(change: RoomChatChange): void {
    if (change.type === "changed") return this.#tellChange(change.message);
    const gone = change.ids.filter((id) => this.#shown.delete(id));
    if (gone.length > 0) this.#screen.print(this.#style.dim(erasedInWords(gone.length)));
  }

  #tellChange(message: RoomChatMessage): void {
    const before = this.#shown.get(message.id);
    if (before === undefined) return; // scrolled away long ago
    this.#shown.set(message.id, message);
    const [was, is] = [saidInRoom(before, this.#nameOf), saidInRoom(message, this.#nameOf)];
    const writer = message.isOurs ? "you" : this.#nameOf(message.from);
    for (const line of changeLines(was, is, writer, this.#style)) this.#screen.print(line);
  }

  readonly #nameOf = (peer: PeerId): string => nameIn(this.#room.members.get(), peer);

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
