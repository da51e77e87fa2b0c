/**
 * As much of a TURN client (RFC 8656 §7, RFC 8489 §9.2) as shows whether a server takes somebody's credentials: an
 * allocation is asked for, and given back.
 *
 * @module
 */
import { createHash, createHmac, randomBytes } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";

const COOKIE = Buffer.from([0x21, 0x12, 0xa4, 0x42]);
const TYPE = { allocate: 0x0003, refresh: 0x0004, allocated: 0x0103 } as const;
const ATTRIBUTE = {
  user: 0x0006,
  integrity: 0x0008,
  error: 0x0009,
  lifetime: 0x000d,
  realm: 0x0014,
  nonce: 0x0015,
  transport: 0x0019,
} as const;
const UDP = Buffer.from([17, 0, 0, 0]);
const RETRY_MS = 500;

interface Answer {
  readonly type: number;
  readonly attributes: ReadonlyMap<number, Buffer>;
}

/** `undefined`: it took them; otherwise the number of the error. */
export async function tryTurn(port: number, user: string, password: string): Promise<number | undefined> {
  const socket = createSocket("udp4");
  try {
    const first = await ask(socket, port, message(TYPE.allocate, [[ATTRIBUTE.transport, UDP]]));
    const [realm, nonce] = [first.attributes.get(ATTRIBUTE.realm), first.attributes.get(ATTRIBUTE.nonce)];
    if (realm === undefined || nonce === undefined) throw new Error("it wants no credentials");
    const key = createHash("md5").update(`${user}:${realm}:${password}`).digest();
    const proof: [number, Buffer][] = [
      [ATTRIBUTE.user, Buffer.from(user)],
      [ATTRIBUTE.realm, realm],
      [ATTRIBUTE.nonce, nonce],
    ];
    const { type, attributes } = await ask(
      socket,
      port,
      message(TYPE.allocate, [[ATTRIBUTE.transport, UDP], ...proof], key),
    );
    if (type !== TYPE.allocated) return errorOf(attributes);
    await ask(socket, port, message(TYPE.refresh, [[ATTRIBUTE.lifetime, Buffer.alloc(4)], ...proof], key));
    return undefined;
  } finally {
    socket.close();
  }
}

function errorOf(attributes: ReadonlyMap<number, Buffer>): number {
  const value = attributes.get(ATTRIBUTE.error);
  return (value?.[2] ?? 0) * 100 + (value?.[3] ?? 0);
}

/** With `key` it ends with a proof of integrity. */
function message(type: number, attributes: readonly (readonly [number, Buffer])[], key?: Buffer): Buffer {
  const parts = attributes.map(([name, value]) => attribute(name, value));
  const build = (more: number): Buffer => {
    const body = Buffer.concat(parts);
    const head = Buffer.alloc(4);
    head.writeUInt16BE(type, 0);
    head.writeUInt16BE(body.length + more, 2);
    return Buffer.concat([head, COOKIE, transaction, body]);
  };
  const transaction = randomBytes(12);
  if (key === undefined) return build(0);
  parts.push(attribute(ATTRIBUTE.integrity, createHmac("sha1", key).update(build(24)).digest()));
  return build(0);
}

function attribute(name: number, value: Buffer): Buffer {
  const bytes = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4);
  bytes.writeUInt16BE(name, 0);
  bytes.writeUInt16BE(value.length, 2);
  value.copy(bytes, 4);
  return bytes;
}

async function ask(socket: Socket, port: number, request: Buffer): Promise<Answer> {
  const timer = setInterval(() => socket.send(request, port, "127.0.0.1"), RETRY_MS);
  try {
    socket.send(request, port, "127.0.0.1");
    for (;;) {
      const [bytes] = (await once(socket, "message")) as [Buffer]; // what a datagram socket tells
      if (bytes.subarray(8, 20).equals(request.subarray(8, 20))) return read(bytes);
    }
  } finally {
    clearInterval(timer);
  }
}

function read(bytes: Buffer): Answer {
  const attributes = new Map<number, Buffer>();
  for (let at = 20; at + 4 <= bytes.length; ) {
    const length = bytes.readUInt16BE(at + 2);
    attributes.set(bytes.readUInt16BE(at), bytes.subarray(at + 4, at + 4 + length));
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return { type: bytes.readUInt16BE(0), attributes };
}
