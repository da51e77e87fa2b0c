/** A client that can misbehave: raw bytes on a socket, and frames as a client sends them. */
import { connect, type Socket } from "node:net";

export interface RawClient {
  readonly socket: Socket;
  /** Everything received so far, as Latin-1. */
  text(): string;
  /** Fulfils when the other side has closed, or cut it off. */
  readonly closed: Promise<void>;
  /** Fulfils when `is` holds for what was received. */
  until(is: (text: string) => boolean): Promise<string>;
}

export async function rawClient(port: number, localAddress = "127.0.0.1"): Promise<RawClient> {
  const socket = connect({ port, host: "127.0.0.1", localAddress });
  let received = "";
  let check = (): void => {};
  socket.on("data", (chunk: Buffer) => {
    received += chunk.toString("latin1");
    check();
  });
  socket.on("error", () => {});
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject));
  return {
    ...{ socket, closed, text: () => received },
    until: (is) =>
      new Promise((resolve, reject) => {
        check = () => {
          if (is(received)) resolve(received);
        };
        void closed.then(() => reject(new Error(`closed after ${JSON.stringify(received.slice(0, 200))}`)));
        check();
      }),
  };
}

export const UPGRADE: string =
  "GET /kith/1 HTTP/1.1\r\nHost: relay\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";

export async function upgradedClient(port: number, localAddress?: string): Promise<RawClient> {
  const client = await rawClient(port, localAddress);
  client.socket.write(UPGRADE);
  await client.until((text) => text.includes("\r\n\r\n"));
  return client;
}

export interface FrameFields {
  readonly opcode?: number;
  readonly isFinal?: boolean;
  readonly mask?: Uint8Array | undefined;
  /** What the header says, where it lies. */
  readonly length?: number;
  readonly reserved?: number;
}

/** A frame as a client sends it: masked unless `mask` is `undefined` on purpose. */
export function clientFrame(payload: Uint8Array, fields: FrameFields = {}): Buffer {
  const { opcode = 2, isFinal = true, length = payload.length, reserved = 0 } = fields;
  const mask = "mask" in fields ? fields.mask : Uint8Array.of(0x11, 0xa5, 0x00, 0xff);
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  head[0] = (isFinal ? 0x80 : 0) | reserved | opcode;
  head[1] = (mask === undefined ? 0 : 0x80) | (length < 126 ? length : length < 65_536 ? 126 : 127);
  if (head.length === 4) head.writeUInt16BE(length, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2);
  if (mask === undefined) return Buffer.concat([head, payload]);
  return Buffer.concat([head, mask, payload.map((byte, index) => byte ^ (mask[index & 3] ?? 0))]);
}
