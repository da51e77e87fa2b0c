/** {@link LoadSocket} for WebSocket (RFC 6455). */
import { LoadSocket, type Protocol } from "./load-socket.ts";

const FIN = 0x80;
const MASKED = 0x80;
export const TEXT = 1;
export const BINARY = 2;
const PING = 9;
const PONG = 10;

export interface WebSocketOptions {
  /** Which frames are messages; all of text and bytes if absent. `at` is the frame's, `payload` that of its first byte. */
  readonly isMessage?: (bytes: Buffer, at: number, payload: number) => boolean;
  /** What another frame is answered with. */
  readonly reply?: (payload: Buffer) => Uint8Array | undefined;
  readonly subprotocol?: string;
}

/** Resolves when the server has agreed. */
export async function openWebSocket(address: string, options: WebSocketOptions = {}): Promise<LoadSocket> {
  const url = new URL(address);
  const socket = await LoadSocket.open(url, { ...HEAD, next: webSocket(options) });
  socket.write(
    Buffer.from(
      `GET ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n` +
        `${options.subprotocol === undefined ? "" : `Sec-WebSocket-Protocol: ${options.subprotocol}\r\n`}\r\n`,
    ),
  );
  const head = (await socket.next()).toString("latin1");
  if (!head.startsWith("HTTP/1.1 101")) throw new Error(head);
  return socket;
}

/** A masked client frame, its mask zero (§5.2): the server unmasks as always. */
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

/** What a whole frame carries. */
export const payloadOf = (frame: Buffer): Buffer => frame.subarray(headBytes(frame, 0));

/** The server's answer to the upgrade. */
const HEAD: Protocol = {
  size(bytes, at, end) {
    const blank = bytes.subarray(0, end).indexOf("\r\n\r\n", at);
    return blank < 0 ? 0 : blank + 4 - at;
  },
  isMessage: () => false,
  reply: () => undefined,
};

function webSocket({ isMessage, reply }: WebSocketOptions): Protocol {
  return {
    size(bytes, at, end) {
      if (end - at < 2) return 0;
      const short = (bytes[at + 1] ?? 0) & 0x7f;
      const head = headBytes(bytes, at);
      if (end - at < head) return 0;
      const length = head === 2 ? short : head === 4 ? bytes.readUInt16BE(at + 2) : bytes.readUInt32BE(at + 6);
      return length > 0 && end - at === head ? 0 : head + length;
    },
    isMessage(bytes, at) {
      const opcode = (bytes[at] ?? 0) & 0x0f;
      if (opcode !== TEXT && opcode !== BINARY) return false;
      return isMessage === undefined || isMessage(bytes, at, at + headBytes(bytes, at));
    },
    reply(frame) {
      if (((frame[0] ?? 0) & 0x0f) === PING) return clientFrame(payloadOf(frame), PONG);
      return reply?.(payloadOf(frame));
    },
  };
}

function headBytes(bytes: Buffer, at: number): number {
  const short = (bytes[at + 1] ?? 0) & 0x7f;
  return short < 126 ? 2 : short === 126 ? 4 : 10;
}
