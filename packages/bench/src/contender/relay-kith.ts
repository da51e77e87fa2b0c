/**
 * Kith's relay as `kith relay` runs it, with its store in a fresh folder. Limits of one address are lifted, for all
 * clients come from one here, and so is the toll. Clients log in with a key each.
 *
 * @module
 */
import { generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { decodeServerMessage, encodeClientMessage, loginBytes } from "@kith/core";
import { RELAY_PATH, readConfig, startRelay } from "@kith/relay";
import { clientFrame, openWebSocket, payloadOf } from "./load-websocket.ts";
import type { RelayContender } from "./relay-contender.ts";

const MANY = 1_000_000;
const FORWARDED = 0x90;

export const kithRelay: RelayContender = {
  async serve() {
    const data = mkdtempSync(join(process.env["KITH_BENCH_FOLDER"] ?? ".", "relay-"));
    const config = readConfig({
      flags: { host: "127.0.0.1", port: 0, data, log: "off", connectionsPerSource: MANY },
    });
    const bounds = { unreadyPerSource: MANY, loginsPerMinute: MANY, toll: { quiet: 0, busy: 0 } };
    const relay = await startRelay(config, { bounds });
    return { address: `ws://127.0.0.1:${relay.port}${RELAY_PATH}`, pid: process.pid };
  },
  async join(address) {
    const socket = await openWebSocket(address, {
      isMessage: (bytes, _at, payload) => bytes[payload] === FORWARDED,
    });
    const say = (message: Parameters<typeof encodeClientMessage>[0]): void =>
      socket.write(clientFrame(encodeClientMessage(message)));
    say({ type: "hello", version: 1, nonce: randomBytes(32) });
    const welcome = decodeServerMessage(payloadOf(await socket.next()));
    if (welcome.type !== "welcome") throw new Error(`${welcome.type} instead of welcome`);
    const { key, signature } = login(welcome.relayKey, welcome.nonce);
    say({ type: "login", key, signature, pass: new Uint8Array(0) });
    const ready = decodeServerMessage(payloadOf(await socket.next()));
    if (ready.type !== "ready") throw new Error(`${ready.type} instead of ready`);
    return {
      name: key.toString("hex"),
      async sender(to, payload) {
        const keys = to.map((name) => Buffer.from(name, "hex"));
        const [only] = keys;
        const isOne = keys.length === 1 && only !== undefined;
        const message = isOne
          ? encodeClientMessage({ type: "forward", to: only, payload })
          : encodeClientMessage({ type: "spread", to: keys, payload });
        return socket.repeat(clientFrame(message));
      },
      onMessages: (handler) => socket.count(handler),
    };
  },
};

function login(relayKey: Uint8Array, nonce: Uint8Array): { readonly key: Buffer; readonly signature: Buffer } {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const der = publicKey.export({ format: "der", type: "spki" });
  return { key: der.subarray(-32), signature: sign(null, loginBytes(relayKey, nonce), privateKey) };
}
