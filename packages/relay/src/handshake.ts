/**
 * The opening handshake of WebSocket (RFC 6455 §4.2), server's side: no protocols, no extensions.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

/** The one path of the relay's protocol, version 1 (spec/relay.md). */
export const RELAY_PATH = "/kith/1";
/** RFC 6455 §1.3. */
const ACCEPT_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const KEY_SHAPE = /^[A-Za-z0-9+/]{22}==$/;

/** Why a request is no handshake: a status of HTTP, a sentence, and headers of the answer. */
export interface Rejection {
  readonly status: number;
  readonly reason: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** @returns what is wrong with it; `undefined` if it can be accepted. `isPath`: paths beside the relay's own. */
export function handshakeProblem(
  request: IncomingMessage,
  isPath: (path: string) => boolean = () => false,
): Rejection | undefined {
  const { method, url = "", headers } = request;
  if (url !== RELAY_PATH && !isPath(url)) return { status: 404, reason: "Not Found" };
  if (method !== "GET") return { status: 405, reason: "Method Not Allowed", headers: { Allow: "GET" } };
  if (headers.upgrade?.toLowerCase() !== "websocket") return { status: 400, reason: "Bad Request" };
  if (headers["sec-websocket-version"] !== "13")
    return { status: 426, reason: "Upgrade Required", headers: { "Sec-WebSocket-Version": "13" } };
  if (!KEY_SHAPE.test(headers["sec-websocket-key"] ?? "")) return { status: 400, reason: "Bad Request" };
  return undefined;
}

export function acceptHandshake(request: IncomingMessage, socket: Duplex): void {
  const key = request.headers["sec-websocket-key"] ?? "";
  const accept = createHash("sha1")
    .update(key + ACCEPT_SUFFIX)
    .digest("base64");
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
}

/** Answers an upgrade that is not accepted, and ends the connection. */
export function rejectUpgrade(socket: Duplex, { status, reason, headers = {} }: Rejection): void {
  const lines = [`HTTP/1.1 ${status} ${reason}`, "Connection: close", "Content-Length: 0"];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  socket.on("error", () => socket.destroy());
  socket.end(`${lines.join("\r\n")}\r\n\r\n`, () => socket.destroy());
}
