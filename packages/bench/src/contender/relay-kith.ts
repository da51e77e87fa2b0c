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
import type { RelayContender } from "./relay-contender.ts";
import { clientFrame, LoadSocket } from "./websocket-load.ts";

const MANY = 1_000_000;

export const kithRelay: RelayContender = {
  async serve() {
    const data = mkdtempSync(join(process.env["KITH_BENCH_FOLDER"] ?? ".", "relay-"));
    const config = readConfig({
      flags: { host: "127.0.0.1", port: 0, data, log: "off", connectionsPerSource: MANY },
    });
    const bounds = { unreadyPerSource: MANY, loginsPerMinute: MANY, toll: { quiet: 0, busy: 0 } };
    const relay = await startRelay(config, { bounds });
    return `ws://127.0.0.1:${relay.port}${RELAY_PATH}`;
  },
  async join(address) {
    const socket = await LoadSocket.open(address);
    const answers: ((message: Buffer) => void)[] = [];
    socket.onMessage = (message) => answers.shift()?.(message);
    const answer = (): Promise<Buffer> => new Promise((resolve) => answers.push(resolve));

    const welcomed = answer();
    socket.send(encodeClientMessage({ type: "hello", version: 1, nonce: randomBytes(32) }));
    const welcome = decodeServerMessage(Buffer.from(await welcomed));
    if (welcome.type !== "welcome") throw new Error(`${welcome.type} instead of welcome`);
    const { key, signature } = login(welcome.relayKey, welcome.nonce);
    const entered = answer();
    socket.send(encodeClientMessage({ type: "login", key, signature, pass: new Uint8Array(0) }));
    const ready = decodeServerMessage(Buffer.from(await entered));
    if (ready.type !== "ready") throw new Error(`${ready.type} instead of ready`);
    return {
      name: key.toString("hex"),
      sender(to, payload) {
        const keys = to.map((name) => Buffer.from(name, "hex"));
        const [only] = keys;
        const isOne = keys.length === 1 && only !== undefined;
        const message = isOne
          ? encodeClientMessage({ type: "forward", to: only, payload })
          : encodeClientMessage({ type: "spread", to: keys, payload });
        const frame = clientFrame(message);
        return () => socket.write(frame);
      },
      onMessage(handler) {
        socket.onMessage = (message) => {
          if (message[0] === FORWARDED) handler();
        };
      },
    };
  },
};

const FORWARDED = 0x90;

function login(relayKey: Uint8Array, nonce: Uint8Array): { readonly key: Buffer; readonly signature: Buffer } {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const der = publicKey.export({ format: "der", type: "spki" });
  return { key: der.subarray(-32), signature: sign(null, loginBytes(relayKey, nonce), privateKey) };
}
