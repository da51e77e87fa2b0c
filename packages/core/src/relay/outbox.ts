/**
 * What waits for one connection, and in which order it leaves (spec/relay.md §5).
 *
 * What the relay itself says comes first. What others forward waits in one {@link Flow} for each of them, and they
 * take turns by bytes (deficit round robin, Shreedhar and Varghese 1995), so that nobody waits for somebody's backlog.
 *
 * A flow holds at most a window; the relay's own words are bounded by whoever puts them here.
 *
 * @module
 */
import { RELAY_MESSAGE } from "../wire/registry.ts";

/** Bytes of one turn. */
const QUANTUM_BYTES = 16_384;
/** Frames gone from the front of a queue before it is moved up. */
const SHIFT_FROM = 64;

/** What one connection forwards to another and how much of its window that takes. */
export class Flow<Party> {
  readonly sender: Party;
  readonly receiver: Party;
  /** Bytes accepted and not yet given back. */
  used = 0;
  /** Those of them that have left for the receiver. */
  owed = 0;
  /** It is in the list of those that are given back after a while. */
  isOwing = false;
  /** In the receiver's round; undefined: nothing waits. */
  next: Flow<Party> | undefined;
  deficit = 0;
  readonly frames: Frames = new Frames();

  constructor(sender: Party, receiver: Party) {
    this.sender = sender;
    this.receiver = receiver;
  }
}

/** A queue of messages. */
export class Frames {
  #frames: Uint8Array[] = [];
  #head = 0;

  get isEmpty(): boolean {
    return this.#head === this.#frames.length;
  }

  push(frame: Uint8Array): void {
    this.#frames.push(frame);
  }

  peek(): Uint8Array | undefined {
    return this.#frames[this.#head];
  }

  /** Drops the first. */
  shift(): void {
    const [frames, head] = [this.#frames, this.#head + 1];
    if (head === frames.length) {
      frames.length = 0;
      this.#head = 0;
    } else if (head >= SHIFT_FROM && 2 * head >= frames.length) {
      this.#frames = frames.slice(head);
      this.#head = 0;
    } else {
      this.#head = head;
      frames[head - 1] = NOTHING; // so that nothing is held longer than it waits
    }
  }
}

const NOTHING = new Uint8Array(0);

export class Outbox<Party> {
  readonly #own = new Frames();
  #ownBytes = 0;
  #forwardedBytes = 0;
  #last: Flow<Party> | undefined; // of the round: the next one's turn is now

  /** Of the relay's own messages that wait. */
  get ownBytes(): number {
    return this.#ownBytes;
  }

  /** Of forwarded messages that wait. */
  get forwardedBytes(): number {
    return this.#forwardedBytes;
  }

  get isEmpty(): boolean {
    return this.#ownBytes === 0 && this.#last === undefined;
  }

  pushOwn(message: Uint8Array): void {
    this.#own.push(message);
    this.#ownBytes += message.length;
  }

  /** Behind what waits in that flow. */
  pushForwarded(flow: Flow<Party>, message: Uint8Array): void {
    flow.frames.push(message);
    this.#forwardedBytes += message.length;
    if (flow.next !== undefined) return;
    flow.next = this.#last?.next ?? flow;
    if (this.#last !== undefined) this.#last.next = flow;
    this.#last = flow;
  }

  takeOwn(): Uint8Array | undefined {
    if (this.#ownBytes === 0) return undefined;
    const message = this.#own.peek();
    if (message === undefined) return undefined;
    this.#own.shift();
    this.#ownBytes -= message.length;
    return message;
  }

  /** The flow whose turn it is. Its first message is the one to send, with {@link takeForwarded}. */
  turn(): Flow<Party> | undefined {
    for (let last = this.#last; last !== undefined; last = this.#last) {
      const flow = last.next;
      if (flow === undefined || flow === last) return flow;
      if ((flow.frames.peek()?.length ?? 0) <= flow.deficit) return flow;
      flow.deficit += QUANTUM_BYTES;
      this.#last = flow;
    }
    return undefined;
  }

  /** The first message of the flow whose turn it is. */
  takeForwarded(flow: Flow<Party>): Uint8Array | undefined {
    const message = flow.frames.peek();
    if (message === undefined) return undefined;
    flow.frames.shift();
    this.#forwardedBytes -= message.length;
    const last = this.#last;
    if (flow === last) flow.deficit = 0;
    else flow.deficit -= message.length;
    if (!flow.frames.isEmpty) return message;
    if (flow === last) this.#last = undefined;
    else if (last !== undefined) last.next = flow.next;
    flow.next = undefined;
    flow.deficit = 0;
    return message;
  }

  /** Nobody will take what was forwarded. */
  dropForwarded(): void {
    this.#last = undefined;
    this.#forwardedBytes = 0;
  }
}

/** What of a message counts against the window of its flow: what a sender forwarded does, what the relay put there not. */
export const windowBytes = (message: Uint8Array): number =>
  message[0] === RELAY_MESSAGE.forwarded ? message.length : 0;
