/**
 * WebSocket connections of a server (RFC 6455), without extensions and for binary messages alone.
 *
 * What one turn of the event loop brought for a connection leaves in one write: its messages are copied with their
 * headers into one array. For small messages a write costs ten times what a copy does. The array is used again by
 * the next connection when the system took all of it at once, which it does unless a client reads slowly; and when the
 * next one gets the same messages, as in a room, it is written as it is.
 *
 * Nothing of HTTP is kept for a connection that became one: an idle connection is a socket, a reader and this.
 *
 * @module
 */
import type { Socket } from "node:net";
import { type Duration, seconds } from "@kith/core";
import { CLOSE, closeFrame, frameHeadBytes, frameOf, OPCODE, writeFrameHead } from "./frame.ts";
import { FrameReader, type FrameSink } from "./frame-reader.ts";

/** Between two calls of {@link Connection.tick}. */
export const TICK: Duration = seconds(5);
/** Silence of a client after which it is asked whether it is there, and after which it is gone, in ticks (REL-2). */
const PING_AFTER_TICKS = 5;
const GONE_AFTER_TICKS = 12;
/** For the other side's end, and for what was written before ours. */
const CLOSING_TICKS = 1;
/** Bytes that may wait in one socket; more messages are taken only when there is room. */
export const SOCKET_ROOM_BYTES = 262_144;
const SCRATCH_BYTES = 65_536;

/** What happens to a connection, told to whoever serves it. */
export interface ConnectionSink {
  handleMessage(connection: Connection, message: Uint8Array): void;
  /** It can take messages again. */
  handleRoom(connection: Connection): void;
  /** It gives and takes no more messages; told once, whoever ended it. */
  handleEnded(connection: Connection): void;
  /** Its socket is closed too; told once, after that. */
  handleGone(connection: Connection): void;
}

/** What one write was made of. */
export interface Written {
  readonly messages: readonly Uint8Array[];
  readonly bytes: Uint8Array;
}

type Phase = "open" | "closing" | "gone";

interface RelaySocket extends Socket {
  kith?: Connection;
}

export class Connection implements FrameSink {
  readonly id: number;
  /** Where it is from, as limits count it. */
  readonly source: string;
  #phase: Phase = "open";
  /** Ticks without anything received; after closing, ticks since then. */
  #silence = 0;
  readonly #sink: ConnectionSink;
  readonly #socket: RelaySocket;
  readonly #reader: FrameReader;

  constructor(id: number, source: string, socket: Socket, sink: ConnectionSink, bytesMax: number) {
    this.id = id;
    this.source = source;
    this.#sink = sink;
    this.#socket = socket;
    this.#reader = new FrameReader(this, bytesMax);
    this.#socket.kith = this;
    socket.setNoDelay(true);
    socket.setTimeout(0);
    socket.on("data", onData);
    socket.on("drain", onDrain);
    socket.on("end", onEnd);
    socket.on("error", onError);
    socket.on("close", onClose);
  }

  get isOpen(): boolean {
    return this.#phase === "open";
  }

  /** Bytes of messages that it takes now. */
  get room(): number {
    return this.#phase === "open" ? Math.max(0, SOCKET_ROOM_BYTES - this.#socket.writableLength) : 0;
  }

  /** Takes what a read brought. */
  receive(chunk: Uint8Array): void {
    if (this.#phase !== "open") return;
    this.#silence = 0;
    this.#reader.read(chunk);
  }

  /**
   * One write. The messages may be used again at once, unless what is returned is given to the call after this one, of
   * any connection: then they are still as they were.
   */
  send(messages: readonly Uint8Array[], before?: Written): Written | undefined {
    if (this.#phase !== "open" || messages.length === 0) return before;
    const isSame = before !== undefined && areSame(before.messages, messages);
    const written = isSame ? before : { messages, bytes: this.#framed(messages) };
    this.#socket.write(written.bytes);
    // The socket still needs it.
    if (this.#socket.writableLength > 0 && written.bytes.buffer === scratch?.buffer) scratch = undefined;
    return written;
  }

  #framed(messages: readonly Uint8Array[]): Uint8Array {
    let total = 0;
    for (const message of messages) total += frameHeadBytes(message.length) + message.length;
    const isShared = total <= SCRATCH_BYTES && this.#socket.writableLength === 0;
    const into = isShared ? sharedArray() : Buffer.allocUnsafe(total);
    let at = 0;
    for (const message of messages) {
      at = writeFrameHead(into, at, OPCODE.binary, message.length);
      into.set(message, at);
      at += message.length;
    }
    return into.subarray(0, at);
  }

  /** Reads nothing until {@link resume}: what the client sends waits at its own end. */
  pause(): void {
    if (this.#phase === "open") this.#socket.pause();
  }

  resume(): void {
    if (this.#phase === "open") this.#socket.resume();
  }

  /** Says why and closes, after what was sent; a client that does not answer is cut off by {@link tick}. */
  close(code: number): void {
    if (this.#phase !== "open") return;
    this.#leave("closing");
    this.#socket.end(closeFrame(code));
    this.#socket.resume(); // what still comes is thrown away, so that its end is seen
  }

  /** Cuts it off. */
  destroy(): void {
    this.#socket.destroy();
  }

  /** Asks for a sign of life, or gives up. */
  tick(): void {
    this.#silence++;
    if (this.#phase === "closing" ? this.#silence > CLOSING_TICKS : this.#silence >= GONE_AFTER_TICKS) this.destroy();
    else if (this.#phase === "open" && this.#silence === PING_AFTER_TICKS) this.#socket.write(PING);
  }

  handleMessage(message: Uint8Array): void {
    this.#sink.handleMessage(this, message);
  }

  /** Answers at once, unless the client does not read its answers: then the latest ping is one too many (§5.5.3). */
  handlePing(payload: Uint8Array): void {
    if (this.#phase === "open" && this.#socket.writableLength < SOCKET_ROOM_BYTES)
      this.#socket.write(frameOf(OPCODE.pong, payload));
  }

  handleClose(code: number): void {
    this.close(code === 1005 ? CLOSE.normal : isSendable(code) ? code : CLOSE.protocolError);
  }

  handleViolation(code: number): void {
    this.close(code);
  }

  /** The client sends nothing more: without a word, that is as good as gone. */
  handleSocketEnded(): void {
    if (this.#phase === "open") this.#leave("closing");
    this.#socket.end();
  }

  handleSocketClosed(): void {
    if (this.#phase === "gone") return;
    this.#leave("gone");
    this.#sink.handleGone(this);
  }

  handleDrain(): void {
    if (this.#phase === "open") this.#sink.handleRoom(this);
  }

  #leave(phase: "closing" | "gone"): void {
    const wasOpen = this.#phase === "open";
    this.#phase = phase;
    this.#silence = 0;
    this.#reader.end();
    if (wasOpen) this.#sink.handleEnded(this);
  }
}

/** Codes that may stand in a frame (RFC 6455 §7.4). */
const isSendable = (code: number): boolean =>
  (code >= 1000 && code <= 1014 && (code < 1004 || code > 1006)) || (code >= 3000 && code <= 4999);

function areSame(some: readonly Uint8Array[], others: readonly Uint8Array[]): boolean {
  if (some.length !== others.length) return false;
  for (let i = 0; i < some.length; i++) if (some[i] !== others[i]) return false;
  return true;
}

let scratch: Buffer | undefined;

function sharedArray(): Buffer {
  scratch ??= Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  return scratch;
}

const PING = frameOf(OPCODE.ping, new Uint8Array(0));

function onData(this: RelaySocket, chunk: Buffer): void {
  this.kith?.receive(chunk);
}
function onDrain(this: RelaySocket): void {
  this.kith?.handleDrain();
}
function onEnd(this: RelaySocket): void {
  this.kith?.handleSocketEnded();
}
function onError(this: RelaySocket): void {
  this.destroy();
}
function onClose(this: RelaySocket): void {
  this.kith?.handleSocketClosed();
}
