/**
 * What one key forwards to another (spec/relay.md §5).
 *
 * A *forward* that came is the *forwarded* that leaves: the same array, its first 33 bytes written anew. A *spread*
 * becomes one array for all its receivers. A window is kept for each (sender, receiver): {@link Flow}.
 *
 * Bounded: a flow by its window; flows by {@link RELAY_RECEIVERS_MAX} and {@link SENDERS_MAX} for one connection, of
 * which the oldest idle one yields; what waits for one receiver, and for all, by bytes. Over a bound the answer is
 * *away* and the bytes are given back: nothing is dropped in silence.
 *
 * @module
 */

import { after, type Instant } from "../lib/time.ts";
import { RELAY_MESSAGE } from "../wire/registry.ts";
import {
  RELAY_GIVE_BACK_WITHIN,
  RELAY_MESSAGE_BYTES_MAX,
  RELAY_RECEIVERS_MAX,
  RELAY_SPREAD_MAX,
} from "../wire/relay-limits.ts";
import { Flow, windowBytes } from "./outbox.ts";
import type { RelayConnection, RelayFlow } from "./relay-connection.ts";
import { encodeServerMessage, FORWARD_HEAD_BYTES, RELAY_KEY_BYTES, turnIntoForwarded } from "./relay-message.ts";
import type { Switchboard } from "./switchboard.ts";

/** Keys that forward to one key at a time. */
export const SENDERS_MAX = 4_096;
/** Of forwarded messages that wait for one receiver. */
const RECEIVER_BYTES_MAX = 16_777_216;

export interface ForwardingLimits {
  readonly window: number;
  /** Of forwarded messages that wait, for all receivers together. */
  readonly waitingBytesMax: number;
}

/** What came of a message. */
export type Verdict = "ok" | "violation";

export class Forwarding {
  readonly #board: Switchboard;
  readonly #limits: ForwardingLimits;
  readonly #giveBackAt: number;
  #waitingBytes = 0;
  #owing: RelayFlow[] = []; // each once
  #oweUntil: Instant | undefined;

  constructor(board: Switchboard, limits: ForwardingLimits) {
    this.#board = board;
    this.#limits = limits;
    this.#giveBackAt = limits.window >> 2;
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** `message` is a *forward*, and becomes what its receiver gets. */
  forward(sender: RelayConnection, key: Uint8Array, message: Uint8Array): Verdict {
    const flow = this.#flowTo(sender, message, 1);
    if (flow !== undefined && flow.used + message.length > this.#limits.window) return "violation";
    if (flow === undefined || !this.#hasRoom(flow, message.length)) {
      this.#away(sender, message.slice(1, FORWARD_HEAD_BYTES), message.length);
      return "ok";
    }
    turnIntoForwarded(message, key);
    this.#accept(flow, message);
    return "ok";
  }

  /** `message` begins as a *spread* does; what is after its keys is for each of them. */
  spread(sender: RelayConnection, key: Uint8Array, message: Uint8Array): Verdict {
    const count = message[1] ?? 0;
    const head = 2 + count * RELAY_KEY_BYTES;
    if (count === 0 || count > RELAY_SPREAD_MAX || message.length < head) return "violation";
    if (message.length > RELAY_MESSAGE_BYTES_MAX) return "violation";
    const frame = message.subarray(head - FORWARD_HEAD_BYTES);
    const absent: Uint8Array[] = [];
    for (let at = 2; at < head; at += RELAY_KEY_BYTES) {
      const flow = this.#flowTo(sender, message, at);
      if (flow !== undefined && flow.used + frame.length > this.#limits.window) return "violation";
      if (flow !== undefined && this.#hasRoom(flow, frame.length)) this.#accept(flow, frame);
      else absent.push(message.slice(at, at + RELAY_KEY_BYTES));
    }
    // Over the last key, which has been looked at.
    frame[0] = RELAY_MESSAGE.forwarded;
    frame.set(key, 1);
    this.#board.counters.spreads += 1;
    for (const to of absent) this.#away(sender, to, frame.length);
    return "ok";
  }

  /** The next forwarded message for it. */
  take(receiver: RelayConnection): Uint8Array | undefined {
    const flow = receiver.outbox.turn();
    if (flow === undefined) return undefined;
    const message = receiver.outbox.takeForwarded(flow);
    if (message === undefined) return undefined;
    const bytes = windowBytes(message);
    this.#waitingBytes -= message.length;
    flow.owed += bytes;
    if (flow.owed >= this.#giveBackAt) this.#giveBack(flow);
    else if (!flow.isOwing && bytes > 0) this.#owe(flow);
    return message;
  }

  nextTimeout(): Instant | undefined {
    return this.#oweUntil;
  }

  /** Little is owed to those who forward little: it is given back all the same, so that they can forget the receiver. */
  handleTimeout(): void {
    if (this.#oweUntil === undefined || this.#board.at.now < this.#oweUntil) return;
    const owing = this.#owing;
    this.#owing = [];
    this.#oweUntil = undefined;
    for (const flow of owing) {
      flow.isOwing = false;
      if (flow.owed > 0) this.#giveBack(flow);
    }
  }

  /** It has gone: those who forwarded to it are told, and so are those to whom it did, after what it said. */
  leave(connection: RelayConnection): void {
    const key = connection.key;
    this.#waitingBytes -= connection.outbox.forwardedBytes;
    connection.outbox.dropForwarded();
    for (const flow of connection.incoming?.values() ?? []) {
      const { sender } = flow;
      sender.outgoing?.delete(connection);
      if (sender.lastFlow === flow) sender.lastFlow = undefined;
      const isTold = sender !== connection && sender.phase.at === "ready";
      if (key === undefined || !isTold) continue;
      // What the one that left had said to it comes first, and that it has gone after that: below, and once.
      if (connection.outgoing?.has(sender)) this.#returnWindow(sender, key, flow.used);
      else this.#away(sender, key, flow.used);
    }
    connection.incoming = undefined;
    for (const flow of connection.outgoing?.values() ?? []) {
      flow.receiver.incoming?.delete(connection);
      if (key !== undefined) this.#sayGone(flow, key);
    }
    connection.outgoing = undefined;
    connection.lastFlow = undefined;
  }

  /** In order with what it forwarded: *away* ends the receiver's links with it. */
  #sayGone(flow: RelayFlow, key: Uint8Array): void {
    const { receiver } = flow;
    if (receiver.phase.at !== "ready") return;
    this.#board.counters.aways += 1;
    const message = encodeServerMessage({ type: "away", to: key });
    if (flow.frames.isEmpty) {
      this.#board.sendBytes(receiver, message);
      return;
    }
    receiver.outbox.pushForwarded(flow, message);
    this.#waitingBytes += message.length;
  }

  #accept(flow: RelayFlow, message: Uint8Array): void {
    const { receiver } = flow;
    flow.used += message.length;
    this.#waitingBytes += message.length;
    receiver.outbox.pushForwarded(flow, message);
    if (!receiver.isAnnounced) this.#board.announce(receiver);
    const { counters } = this.#board;
    counters.forwards += 1;
    counters.forwardedBytes += message.length;
  }

  #hasRoom(flow: RelayFlow, bytes: number): boolean {
    return (
      flow.receiver.outbox.forwardedBytes + bytes <= RECEIVER_BYTES_MAX &&
      this.#waitingBytes + bytes <= this.#limits.waitingBytesMax
    );
  }

  /** Undefined: that key is not there, or there are too many of them. */
  #flowTo(sender: RelayConnection, bytes: Uint8Array, offset: number): RelayFlow | undefined {
    const last = sender.lastFlow;
    if (last !== undefined && isKeyAt(last.receiver, bytes, offset)) return last;
    const receiver = this.#board.delivery.seatAt(bytes, offset);
    if (receiver === undefined) return undefined;
    const flow = sender.outgoing?.get(receiver) ?? this.#openFlow(sender, receiver);
    sender.lastFlow = flow;
    return flow;
  }

  #openFlow(sender: RelayConnection, receiver: RelayConnection): RelayFlow | undefined {
    sender.outgoing ??= new Map();
    receiver.incoming ??= new Map();
    if (sender.outgoing.size >= RELAY_RECEIVERS_MAX && !this.#forgetIdle(sender.outgoing)) return undefined;
    if (receiver.incoming.size >= SENDERS_MAX && !this.#forgetIdle(receiver.incoming)) return undefined;
    const flow: RelayFlow = new Flow(sender, receiver);
    sender.outgoing.set(receiver, flow);
    receiver.incoming.set(sender, flow);
    return flow;
  }

  #forgetIdle(flows: ReadonlyMap<RelayConnection, RelayFlow>): boolean {
    for (const flow of flows.values()) {
      if (!flow.frames.isEmpty) continue;
      if (flow.owed > 0) this.#giveBack(flow);
      const { sender, receiver } = flow;
      sender.outgoing?.delete(receiver);
      receiver.incoming?.delete(sender);
      if (sender.lastFlow === flow) sender.lastFlow = undefined;
      return true;
    }
    return false;
  }

  #owe(flow: RelayFlow): void {
    flow.isOwing = true;
    this.#owing.push(flow);
    this.#oweUntil ??= after(this.#board.at.now, RELAY_GIVE_BACK_WITHIN);
  }

  #giveBack(flow: RelayFlow): void {
    const { sender, receiver, owed } = flow;
    flow.used -= owed;
    flow.owed = 0;
    if (receiver.key !== undefined) this.#board.send(sender, { type: "window", to: receiver.key, bytes: owed });
  }

  #away(sender: RelayConnection, to: Uint8Array, bytes: number): void {
    this.#board.counters.aways += 1;
    this.#board.send(sender, { type: "away", to });
    this.#returnWindow(sender, to, bytes);
  }

  #returnWindow(sender: RelayConnection, to: Uint8Array, bytes: number): void {
    if (bytes > 0) this.#board.send(sender, { type: "window", to, bytes });
  }
}

function isKeyAt(connection: RelayConnection, bytes: Uint8Array, offset: number): boolean {
  const key = connection.key;
  if (key === undefined) return false;
  for (let i = 0; i < RELAY_KEY_BYTES; i++) if (key[i] !== bytes[offset + i]) return false;
  return true;
}
