/**
 * Rooms in `kith up`: a line for each below, and above what happens in them: who came and went, who
 * wants to come in, what is said and offered, what does not fit together.
 *
 * @module
 */
import type { RoomId } from "@kith/core";
import type { RoomFileView } from "@kith/sdk";
import { verdictOf } from "./exit-code.ts";
import type { Kith, KithRoom } from "./kith.ts";
import { roomMessageLines } from "./render/message-view.ts";
import { nameIn, roomLine } from "./render/room-view.ts";
import { safeText } from "./render/terminal-text.ts";
import { bytesInWords } from "./render/units.ts";
import { roomName, shortRoomId } from "./resolve-room.ts";
import { isGrave, momentOf, type RoomMoment, roomChangeInWords, roomChanges } from "./room-changes.ts";
import type { Shell } from "./shell.ts";
import { follow } from "./waiting.ts";

/** Rooms with a line of their own; more are counted. */
const LINES_MAX = 4;

interface Screen {
  readonly say: (line: string) => void;
  readonly draw: () => void;
}

export class UpRooms {
  readonly #shell: Shell;
  readonly #kith: Kith;
  readonly #screen: Screen;
  readonly #followed = new Set<RoomId>(); // as many as an endpoint is in, or was in this run

  constructor(shell: Shell, kith: Kith, screen: Screen) {
    this.#shell = shell;
    this.#kith = kith;
    this.#screen = screen;
  }

  /** Until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    let isFirst = true;
    const { promise: failed, reject } = Promise.withResolvers<never>();
    const look = (): void => {
      for (const { id, state } of this.#kith.rooms.all.get()) {
        if (this.#followed.has(id) || state === "left" || state === "expelled") continue;
        this.#followed.add(id);
        this.#follow(id, { isNew: !isFirst, signal }).catch(reject);
      }
      isFirst = false;
      this.#screen.draw();
    };
    await Promise.race([follow([this.#kith.rooms.all], look, signal), failed]);
  }

  /** What stands below: rooms that we are in. */
  lines(): readonly string[] {
    const { style } = this.#shell;
    const all = this.#kith.rooms.all.get().filter(({ state }) => state === "in" || state === "joining");
    const more = all.length > LINES_MAX ? [style.dim(`… and ${all.length - LINES_MAX} more rooms: kith room`)] : [];
    return [...all.slice(0, LINES_MAX).map((view) => roomLine(view, style)), ...more];
  }

  async #follow(id: RoomId, { isNew, signal }: { isNew: boolean; signal: AbortSignal }): Promise<void> {
    const room = await this.#kith.rooms.get(id);
    if (room === undefined) return; // forgotten at once
    const over = new AbortController();
    const both = AbortSignal.any([signal, over.signal]);
    this.#shell.record({ type: "room", ...room.view.get() });
    if (!isNew && (!this.#shell.terminal.isInteractive || this.#shell.isJson))
      this.#screen.say(`  room         ${roomLine(room.view.get(), this.#shell.style)}`);
    let last = isNew ? beginningOf(room) : undefined;
    const knownFiles = new Set(room.files.all.get().map((file) => file.id));
    const tellChanges = (): void => {
      last = this.#tellChanges(room, last);
      if (last.view.state === "left" || last.view.state === "expelled") over.abort();
    };
    const { view, members, requests, gaps, challenges, files } = room;
    await Promise.all([
      follow([view, members, requests, gaps, challenges], tellChanges, both),
      follow([files.all], () => this.#tellFiles(room, knownFiles), both),
      this.#tellMessages(room, both),
    ]);
    this.#followed.delete(id); // somebody may be invited again
  }

  #tellChanges(room: KithRoom, before: RoomMoment | undefined): RoomMoment {
    const { style } = this.#shell;
    const moment = momentOf(room);
    for (const change of roomChanges(before, moment)) {
      const words = roomChangeInWords(change, moment);
      this.#shell.record({ type: "room-event", room: room.id, ...change });
      if (words === undefined) continue;
      this.#screen.say(isGrave(change) ? style.bad(words) : change.what === "gap" ? style.warn(words) : words);
    }
    return moment;
  }

  #tellFiles(room: KithRoom, known: Set<string>): void {
    for (const file of room.files.all.get()) {
      if (known.has(file.id)) continue;
      known.add(file.id);
      this.#shell.record({ type: "room-file", room: room.id, ...file });
      if (!file.isOurs) this.#screen.say(this.#offerInWords(room, file));
    }
  }

  #offerInWords(room: KithRoom, file: RoomFileView): string {
    const { style } = this.#shell;
    const who = nameIn(room.members.get(), file.from);
    const what = `${style.strong(safeText(file.name, 40))} (${bytesInWords(file.bytes)})`;
    return `${who} offers ${what} in ${roomName(room.view.get())}. Take it: kith room fetch ${shortRoomId(file)}`;
  }

  async #tellMessages(room: KithRoom, signal: AbortSignal): Promise<void> {
    const { style, terminal } = this.#shell;
    try {
      for await (const message of room.chat.watch({ signal })) {
        if (message.isOurs) continue;
        this.#shell.record({ type: "room-message", room: room.id, ...message });
        const lines = roomMessageLines(message, style, terminal.now(), { inRoom: roomName(room.view.get()) });
        for (const line of lines) this.#screen.say(line);
      }
    } catch (error) {
      if (!signal.aborted && verdictOf(error).code !== "ERR_ROOM_LEFT") throw error;
    }
  }
}

/** A room before one was in it. */
const beginningOf = (room: KithRoom): RoomMoment => ({
  view: { ...room.view.get(), state: "joining" },
  members: [],
  requests: [],
  gaps: [],
  challenges: [],
});
