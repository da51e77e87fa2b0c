/**
 * What was said in a room and done to it (spec/app-chat.md §9): which act stands, whatever the order in which
 * members' words come. Holds no clock and no way out: {@link RoomChatHandle} has them.
 *
 * @module
 */
import type { ChatAct, ChatMessageId, ChatText, PeerId } from "@kith/core";
import type { RoomChatMessage } from "./room-chat-api.ts";

const LINES_MAX = 1_000;
/** Acts whose text is not here yet: other members' words come by other ways. The oldest gives way. */
const EARLY_MAX = 256;
const REVISIONS_MAX = 1_000;
const EDITS_A_MINUTE_MAX = 10;
const MINUTE_MS = 60_000;

interface Line {
  readonly message: RoomChatMessage;
  /** By the monotonic clock. */
  readonly goneAt: number | undefined;
  readonly edits: number;
  readonly reactions: ReadonlyMap<PeerId, { readonly revision: number; readonly symbol: string }>;
}

export type SaidText = Pick<RoomChatMessage, "from" | "name" | "isOurs" | "sentAt" | "hops">;

export class RoomTimeline {
  readonly #self: PeerId;
  readonly #lines = new Map<string, Line>();
  #early: readonly { readonly act: ChatAct; readonly from: PeerId }[] = [];
  #edited: readonly { readonly id: string; readonly at: number }[] = [];

  constructor(self: PeerId) {
    this.#self = self;
  }

  get messages(): readonly RoomChatMessage[] {
    return [...this.#lines.values()].map(({ message }) => message);
  }

  get(id: string): RoomChatMessage | undefined {
    return this.#lines.get(id)?.message;
  }

  /** When the next text is gone. */
  get nextGoneAt(): number | undefined {
    const times = [...this.#lines.values()].flatMap(({ goneAt }) => (goneAt === undefined ? [] : [goneAt]));
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** `undefined`: it was here, by whoever came first. `goneAt`, `expiresAt`: the same moment by either clock. */
  add(
    { id, text, replyTo, attachment }: ChatText,
    said: SaidText,
    gone: { readonly goneAt: number; readonly expiresAt: number } | undefined,
  ): RoomChatMessage | undefined {
    if (this.#lines.has(id)) return undefined;
    const message: RoomChatMessage = {
      ...{ id, ...said, text, reactions: [], isEdited: false, isDeleted: false },
      ...(replyTo !== undefined && { replyTo }),
      ...(attachment !== undefined && { attachment }),
      ...(gone !== undefined && { expiresAt: gone.expiresAt }),
    };
    this.#lines.set(id, { message, goneAt: gone?.goneAt, edits: 0, reactions: new Map() });
    for (const [oldest] of this.#lines) {
      if (this.#lines.size <= LINES_MAX) break;
      this.#lines.delete(oldest);
    }
    const waiting = this.#early.filter(({ act }) => act.target === id);
    this.#early = this.#early.filter(({ act }) => act.target !== id);
    for (const { act, from } of waiting) this.apply(act, from);
    return this.get(id);
  }

  /** Whether anything is different. */
  apply(act: ChatAct, from: PeerId): boolean {
    const line = this.#lines.get(act.target);
    if (line === undefined) {
      this.#early = [...this.#early, { act, from }].slice(-EARLY_MAX);
      return false;
    }
    if (line.message.isDeleted) return false;
    if (act.type === "react") return this.#react(line, act, from);
    if (line.message.from !== from) return false; // only who wrote it
    if (act.type === "edit") {
      if (act.revision <= line.edits) return false;
      this.#set({ ...line, edits: act.revision, message: { ...line.message, text: act.text, isEdited: true } });
      return true;
    }
    const { attachment: _, replyTo: __, ...rest } = line.message;
    const message = { ...rest, text: "", reactions: [], isEdited: false, isDeleted: true };
    this.#set({ ...line, reactions: new Map(), message });
    return true;
  }

  /** Of our next act of this kind upon a text; `undefined`: there is no such text, or none may follow. */
  nextRevision(type: "react" | "edit", id: ChatMessageId, now: number): number | undefined {
    const line = this.#lines.get(id);
    if (line === undefined || line.message.isDeleted) return undefined;
    const last = type === "edit" ? line.edits : (line.reactions.get(this.#self)?.revision ?? 0);
    if (last >= REVISIONS_MAX) return undefined;
    if (type === "react") return last + 1;
    this.#edited = this.#edited.filter(({ at }) => at > now - MINUTE_MS);
    const isOften = this.#edited.filter((edit) => edit.id === id).length >= EDITS_A_MINUTE_MAX;
    if (isOften || !line.message.isOurs) return undefined;
    this.#edited = [...this.#edited, { id, at: now }];
    return last + 1;
  }

  /** Forgets what is due; whether there was anything. */
  expire(now: number): boolean {
    const due = [...this.#lines].filter(([, { goneAt }]) => goneAt !== undefined && goneAt <= now);
    for (const [id] of due) this.#lines.delete(id);
    return due.length > 0;
  }

  #react(line: Line, act: ChatAct & { type: "react" }, from: PeerId): boolean {
    if (act.revision <= (line.reactions.get(from)?.revision ?? 0)) return false;
    const all = new Map(line.reactions).set(from, { revision: act.revision, symbol: act.symbol });
    const reactions = [...all].flatMap(([peer, { symbol }]) =>
      symbol === "" ? [] : [{ from: peer, isOurs: peer === this.#self, symbol }],
    );
    this.#set({ ...line, reactions: all, message: { ...line.message, reactions } });
    return true;
  }

  #set(line: Line): void {
    this.#lines.set(line.message.id, line);
  }
}
