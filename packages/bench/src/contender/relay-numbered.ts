/**
 * What the forwarders written by hand speak, on `ws` and on Bun: clients are numbered, and are told their number first.
 * A message begins with how many receivers it has and their numbers, u16 each; without any it is for all others.
 *
 * @module
 */
import { clientFrame, openWebSocket, payloadOf } from "./load-websocket.ts";
import type { RelayPeer } from "./relay-contender.ts";

export async function joinNumbered(address: string, isAllKnown: boolean): Promise<RelayPeer> {
  const socket = await openWebSocket(address);
  const number = payloadOf(await socket.next()).readUInt16BE();
  return {
    name: String(number),
    async sender(to, payload) {
      const named = isAllKnown && to.length > 1 ? [] : to;
      const head = Buffer.alloc(1 + 2 * named.length);
      head[0] = named.length;
      for (const [i, name] of named.entries()) head.writeUInt16BE(Number(name), 1 + 2 * i);
      const frame = clientFrame(Buffer.concat([head, payload]));
      return socket.repeat(frame);
    },
    onMessages: (handler) => socket.count(handler),
  };
}
