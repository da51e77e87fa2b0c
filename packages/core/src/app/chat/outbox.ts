/**
 * Texts, and what was done to texts, that their receiver has not yet confirmed, in the order they were
 * written, and which of them are on their way (spec/app-chat.md §3). Plain data: {@link ChatMachine} decides.
 *
 *     storing ──durable──▶ queued ──take──▶ flying ──receipt──▶ gone
 *                            ▲                 │
 *                            └─────land all────┘    the channel closed: all go again
 *
 * A text that a relay keeps for the peer is here still, and may be in any place.
 *
 * @module
 */
import {
  CHAT_IN_FLIGHT_BYTES_MAX,
  CHAT_IN_FLIGHT_MAX,
  OUTBOX_BYTES_MAX,
  OUTBOX_LIFETIME,
  OUTBOX_MESSAGES_MAX,
} from "../../wire/limits.ts";
import type { ChatMessageId } from "./chat-id.ts";
import type { ChatItem } from "./chat-message.ts";

export interface OutgoingItem {
  readonly seq: number;
  readonly id: ChatMessageId;
  readonly message: ChatItem;
  readonly born: number;
  /** Size of the message. */
  readonly bytes: number;
}

interface Slot {
  entry: OutgoingItem;
  place: "storing" | "queued" | "flying";
  wasSent: boolean;
  /** A relay has it too. */
  isKept: boolean;
}

export class Outbox {
  readonly #slots = new Map<ChatMessageId, Slot>(); // in the order written, which is the order of birth
  #bytes = 0;
  #flying = 0;
  #flyingBytes = 0;
  #kept = 0;

  get size(): number {
    return this.#slots.size;
  }

  get(id: ChatMessageId): OutgoingItem | undefined {
    return this.#slots.get(id)?.entry;
  }

  /** All, in the order written, and whether a relay has them. */
  *items(): Iterable<{ readonly entry: OutgoingItem; readonly isKept: boolean }> {
    yield* this.#slots.values();
  }

  /** Whether a message of so many bytes still fits. */
  hasRoom(bytes: number): boolean {
    return this.#slots.size < OUTBOX_MESSAGES_MAX && this.#bytes + bytes <= OUTBOX_BYTES_MAX;
  }

  add(entry: OutgoingItem, place: "storing" | "queued", isKept = false): void {
    this.#slots.set(entry.id, { entry, place, wasSent: false, isKept });
    this.#bytes += entry.bytes;
    if (isKept) this.#kept += 1;
  }

  get hasUnkept(): boolean {
    return this.#slots.size > this.#kept;
  }

  /** Durable, and at no relay yet; in the order written. */
  *unkept(): Iterable<OutgoingItem> {
    for (const { entry, place, isKept } of this.#slots.values()) {
      if (place === "storing") return;
      if (!isKept) yield entry;
    }
  }

  /** `undefined` if it is not here any more, or was kept before. */
  markKept(id: ChatMessageId): OutgoingItem | undefined {
    const slot = this.#slots.get(id);
    if (slot === undefined || slot.isKept) return undefined;
    slot.isKept = true;
    this.#kept += 1;
    return slot.entry;
  }

  /** `undefined` for an id that is not here, or not durable yet: nobody else can know that one. */
  confirmable(id: ChatMessageId): OutgoingItem | undefined {
    const slot = this.#slots.get(id);
    return slot === undefined || slot.place === "storing" ? undefined : slot.entry;
  }

  stateOf(id: ChatMessageId): "queued" | "sent" | "kept" | undefined {
    const slot = this.#slots.get(id);
    if (slot === undefined) return undefined;
    if (slot.isKept) return "kept"; // which says more
    return slot.wasSent ? "sent" : "queued";
  }

  /** Whether it was still here. */
  isDurable(id: ChatMessageId): boolean {
    const slot = this.#slots.get(id);
    if (slot?.place === "storing") slot.place = "queued";
    return slot !== undefined;
  }

  /** The next text that may leave now, which is thereby flying; `isFirst`: from now on its state is `sent`. */
  take(): { readonly entry: OutgoingItem; readonly isFirst: boolean } | undefined {
    if (this.#flying === this.#slots.size || this.#flying >= CHAT_IN_FLIGHT_MAX) return undefined;
    for (const slot of this.#slots.values()) {
      if (slot.place === "flying") continue;
      if (slot.place === "storing") return undefined; // what was written later waits: order
      const isWindowFull = this.#flying > 0 && this.#flyingBytes + slot.entry.bytes > CHAT_IN_FLIGHT_BYTES_MAX;
      if (isWindowFull) return undefined;
      const isFirst = !slot.wasSent && !slot.isKept;
      slot.place = "flying";
      slot.wasSent = true;
      this.#flying += 1;
      this.#flyingBytes += slot.entry.bytes;
      return { entry: slot.entry, isFirst };
    }
    return undefined;
  }

  /** What is sent from now on under this id. */
  replace(id: ChatMessageId, message: ChatItem, bytes: number): void {
    const slot = this.#slots.get(id);
    if (slot === undefined) return;
    this.#bytes += bytes - slot.entry.bytes;
    if (slot.place === "flying") this.#flyingBytes += bytes - slot.entry.bytes;
    slot.entry = { ...slot.entry, message, bytes };
  }

  /** Nothing flies any more: the channel that carried it is gone. */
  landAll(): void {
    for (const slot of this.#slots.values()) if (slot.place === "flying") slot.place = "queued";
    this.#flying = 0;
    this.#flyingBytes = 0;
  }

  remove(id: ChatMessageId): void {
    const slot = this.#slots.get(id);
    if (slot === undefined) return;
    this.#slots.delete(id);
    if (slot.isKept) this.#kept -= 1;
    this.#bytes -= slot.entry.bytes;
    if (slot.place !== "flying") return;
    this.#flying -= 1;
    this.#flyingBytes -= slot.entry.bytes;
  }

  /** The oldest text that is durable, if its time is over. */
  expired(lived: number): OutgoingItem | undefined {
    const oldest = this.#oldest();
    if (oldest === undefined || oldest.place === "storing") return undefined;
    return lived - oldest.entry.born >= OUTBOX_LIFETIME ? oldest.entry : undefined;
  }

  /** Age of the chat at which the oldest text expires. */
  expiresAt(): number | undefined {
    const oldest = this.#oldest();
    return oldest === undefined ? undefined : oldest.entry.born + OUTBOX_LIFETIME;
  }

  #oldest(): Slot | undefined {
    for (const slot of this.#slots.values()) return slot;
    return undefined;
  }
}
