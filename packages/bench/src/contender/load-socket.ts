/**
 * A client that costs little, so that a server is measured and not its load; the same for all contenders that speak
 * over TCP. Frames are made once, those of one turn leave in one write, all sockets read into the same memory, and
 * messages are only counted: of each, nothing is looked at but where it ends.
 *
 * @module
 */
import { connect, type Socket } from "node:net";

/** How units of a protocol (frames, packets, lines) lie one behind the other. */
export interface Protocol {
  /** Bytes of the unit at `at`; 0 while too little is there to tell that, or whether it is a message. */
  size(bytes: Buffer, at: number, end: number): number;
  /** One of those that are measured. */
  isMessage(bytes: Buffer, at: number): boolean;
  /** What a unit that is no message is answered with at once: signs of life. */
  reply(unit: Buffer): Uint8Array | undefined;
  /** What is spoken after the first unit. */
  readonly next?: Protocol;
}

const READ_BYTES = 262_144;
/** Of all sockets: what was read is dealt with before the next one reads. */
const incoming = Buffer.allocUnsafeSlow(READ_BYTES);
const NOTHING = Buffer.alloc(0);
/** Of a unit in one write. */
const REPEATS = 16;

export class LoadSocket {
  readonly #socket: Socket;
  #protocol: Protocol;
  /** The beginning of a unit. */
  #kept: Buffer = NOTHING;
  /** Bytes to come of a message that has begun. */
  #missing = 0;
  #outgoing: Uint8Array[] = [];
  #onMessages: ((count: number) => void) | undefined;
  /** Units that nobody has asked for, and those who ask; nothing is kept once messages are counted. */
  readonly #units: Buffer[] = [];
  readonly #asking: ((unit: Buffer) => void)[] = [];

  private constructor(port: number, host: string, protocol: Protocol) {
    this.#protocol = protocol;
    this.#socket = connect({
      ...{ host, port, noDelay: true },
      onread: {
        buffer: incoming,
        callback: (length) => {
          this.#read(length);
          return true;
        },
      },
    });
    this.#socket.on("error", () => {});
  }

  static open(url: URL, protocol: Protocol): Promise<LoadSocket> {
    const socket = new LoadSocket(Number(url.port), url.hostname, protocol);
    return new Promise((resolve, reject) => {
      socket.#socket.once("error", reject);
      socket.#socket.once("connect", () => resolve(socket));
    });
  }

  /** The next unit that came. */
  next(): Promise<Buffer> {
    const first = this.#units.shift();
    return first !== undefined ? Promise.resolve(first) : new Promise((resolve) => this.#asking.push(resolve));
  }

  /** From now on: how many messages each read brought, if any. */
  count(handler: (count: number) => void): void {
    this.#onMessages = handler;
    this.#units.length = 0;
  }

  /** Sends a unit each time it is called; those of a turn in one write, from memory in which it lies many times. */
  repeat(unit: Uint8Array): () => void {
    const many = Buffer.allocUnsafeSlow(REPEATS * unit.length);
    for (let i = 0; i < REPEATS; i++) many.set(unit, i * unit.length);
    let wanted = 0;
    const flush = (): void => {
      for (; wanted > 0; wanted -= Math.min(wanted, REPEATS))
        this.#socket.write(many.subarray(0, Math.min(wanted, REPEATS) * unit.length));
    };
    return () => {
      if (++wanted === 1) setImmediate(flush);
    };
  }

  write(bytes: Uint8Array): void {
    if (this.#outgoing.push(bytes) > 1) return;
    setImmediate(() => {
      const all = this.#outgoing;
      this.#outgoing = [];
      this.#socket.write(all.length === 1 ? bytes : Buffer.concat(all));
    });
  }

  #read(length: number): void {
    let [bytes, at, end, count] = [incoming, 0, length, 0];
    if (this.#missing > 0) {
      at = Math.min(this.#missing, length);
      this.#missing -= at;
      if (this.#missing > 0) return;
      count = 1;
    }
    if (this.#kept.length > 0) {
      bytes = Buffer.concat([this.#kept, incoming.subarray(at, end)]);
      [at, end] = [0, bytes.length];
      this.#kept = NOTHING;
    }
    while (at < end) {
      const size = this.#protocol.size(bytes, at, end);
      if (size === 0) break;
      const isCounted = this.#onMessages !== undefined && this.#protocol.isMessage(bytes, at);
      if (isCounted && at + size > end) {
        this.#missing = at + size - end;
        at = end;
        break;
      }
      if (at + size > end) break;
      if (isCounted) count += 1;
      else this.#take(Buffer.from(bytes.subarray(at, at + size)));
      at += size;
    }
    if (at < end) this.#kept = Buffer.from(bytes.subarray(at, end));
    if (count > 0) this.#onMessages?.(count);
  }

  #take(unit: Buffer): void {
    const reply = this.#protocol.reply(unit);
    if (reply !== undefined) return this.write(reply);
    this.#protocol = this.#protocol.next ?? this.#protocol;
    const asking = this.#asking.shift();
    if (asking !== undefined) asking(unit);
    else if (this.#onMessages === undefined) this.#units.push(unit);
  }
}
