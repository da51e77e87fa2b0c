/**
 * A WebSocket client that costs little, so that a server is measured and not its load: frames are made once, and of
 * what comes only the lengths are looked at once a handler wants no more.
 *
 * @module
 */
import { connect, type Socket } from "node:net";

const FIN = 0x80;
const MASKED = 0x80;
export const TEXT = 1;
export const BINARY = 2;
const PING = 9;

/** A masked client frame, its mask zero (RFC 6455 §5.2): the server unmasks as always. */
export function clientFrame(payload: Uint8Array, opcode = BINARY): Buffer {
  const extended = payload.length < 126 ? 0 : payload.length < 65_536 ? 2 : 8;
  const frame = Buffer.alloc(6 + extended + payload.length);
  frame[0] = FIN | opcode;
  frame[1] = MASKED | (extended === 0 ? payload.length : extended === 2 ? 126 : 127);
  if (extended === 2) frame.writeUInt16BE(payload.length, 2);
  if (extended === 8) frame.writeBigUInt64BE(BigInt(payload.length), 2);
  frame.set(payload, 6 + extended);
  return frame;
}

export class LoadSocket {
  readonly #socket: Socket;
  #kept: Buffer = Buffer.alloc(0);
  #pending: Buffer[] = [];
  /** For each message; the view changes after the call. */
  onMessage: (payload: Buffer) => void = () => {};

  private constructor(socket: Socket, rest: Buffer) {
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => this.#read(chunk));
    socket.on("error", () => {});
    if (rest.length > 0) setImmediate(() => this.#read(rest)); // whoever opened it says first what to do with messages;
  }

  static open(url: string): Promise<LoadSocket> {
    const { hostname, port, pathname, search } = new URL(url);
    return new Promise((resolve, reject) => {
      const socket = connect({ host: hostname, port: Number(port), noDelay: true });
      let head = Buffer.alloc(0);
      socket.once("error", reject);
      socket.once("connect", () =>
        socket.write(
          `GET ${pathname}${search} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        ),
      );
      const onHead = (chunk: Buffer): void => {
        head = Buffer.concat([head, chunk]);
        const end = head.indexOf("\r\n\r\n");
        if (end < 0) return;
        socket.off("data", onHead);
        if (!head.toString("latin1", 0, 12).startsWith("HTTP/1.1 101"))
          return reject(new Error(head.toString("latin1", 0, end)));
        resolve(new LoadSocket(socket, head.subarray(end + 4)));
      };
      socket.on("data", onHead);
    });
  }

  send(payload: Uint8Array): void {
    this.write(clientFrame(payload));
  }

  /** One write for all frames of a turn. */
  write(frame: Buffer): void {
    if (this.#pending.push(frame) > 1) return;
    setImmediate(() => {
      const frames = this.#pending;
      this.#pending = [];
      this.#socket.write(frames.length === 1 ? (frames[0] ?? frame) : Buffer.concat(frames));
    });
  }

  #read(chunk: Buffer): void {
    const bytes = this.#kept.length === 0 ? chunk : Buffer.concat([this.#kept, chunk]);
    let at = 0;
    while (bytes.length - at >= 2) {
      const short = (bytes[at + 1] ?? 0) & 0x7f;
      const head = short < 126 ? 2 : short === 126 ? 4 : 10;
      if (bytes.length - at < head) break;
      const length = head === 2 ? short : head === 4 ? bytes.readUInt16BE(at + 2) : bytes.readUInt32BE(at + 6);
      if (bytes.length - at < head + length) break;
      const opcode = (bytes[at] ?? 0) & 0x0f;
      if (opcode === TEXT || opcode === BINARY) this.onMessage(bytes.subarray(at + head, at + head + length));
      else if (opcode === PING) this.write(clientFrame(bytes.subarray(at + head, at + head + length), 10));
      at += head + length;
    }
    this.#kept = at === bytes.length ? Buffer.alloc(0) : Buffer.from(bytes.subarray(at));
  }
}
