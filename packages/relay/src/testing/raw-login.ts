/** A client that is logged in and then does as little as a test wants: it has a bare socket. */
import { decodeServerMessage, encodeClientMessage, loginBytes, type ServerMessage, searchToll } from "@kith/core";
import { relayProvider, systemRandom } from "../relay-crypto.ts";
import { clientFrame, type RawClient, upgradedClient } from "./raw-client.ts";

export async function rawLogin(port: number, localAddress?: string): Promise<RawClient & { readonly key: Uint8Array }> {
  const client = await upgradedClient(port, localAddress);
  const seed = systemRandom(32);
  const key = relayProvider.ed25519PublicKey(seed);
  let count = 0;
  const next = async (): Promise<ServerMessage> => {
    count++;
    const text = await client.until((received) => messagesIn(received).length >= count);
    const bytes = messagesIn(text)[count - 1];
    if (bytes === undefined) throw new Error("no message");
    return decodeServerMessage(bytes);
  };
  const say = (message: Parameters<typeof encodeClientMessage>[0]): void => {
    client.socket.write(clientFrame(encodeClientMessage(message)));
  };
  say({ type: "hello", version: 1, nonce: systemRandom(32) });
  const welcome = await next();
  if (welcome.type !== "welcome") throw new Error(welcome.type);
  const signature = relayProvider.ed25519Sign(seed, loginBytes(welcome.relayKey, welcome.nonce));
  say({ type: "login", key, signature, pass: new Uint8Array(0) });
  let answer = await next();
  if (answer.type === "toll") {
    say({ type: "pay", counter: searchToll(answer.challenge, answer.bits, 0, 2 ** 30) ?? 0 });
    answer = await next();
  }
  if (answer.type !== "ready") throw new Error(answer.type);
  return { ...client, key };
}

/** Whole frames of fewer than 64 KiB after the answer to the handshake. */
function messagesIn(text: string): Uint8Array[] {
  const bytes = Buffer.from(text.slice(text.indexOf("\r\n\r\n") + 4), "latin1");
  const messages: Uint8Array[] = [];
  for (let at = 0; at + 2 <= bytes.length; ) {
    const short = bytes[at + 1] ?? 0;
    const head = short < 126 ? 2 : 4;
    if (at + head > bytes.length) break;
    const end = at + head + (short < 126 ? short : bytes.readUInt16BE(at + 2));
    if (end > bytes.length) break;
    messages.push(new Uint8Array(bytes.subarray(at + head, end)));
    at = end;
  }
  return messages;
}
