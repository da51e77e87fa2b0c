/** Debian's mosquitto, MQTT 3.1.1 over WebSocket: a topic for each client and one for all, nothing acknowledged (QoS 0). */
import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LoadSocket } from "./load-socket.ts";
import { clientFrame, openWebSocket, payloadOf } from "./load-websocket.ts";
import type { RelayContender } from "./relay-contender.ts";
import { freePort, serveByProgram } from "./relay-process.ts";

/** Types of packets with their flags (§2.2). */
const PACKET = { connect: 0x10, connack: 0x20, publish: 0x30, subscribe: 0x82, suback: 0x90, unsubscribe: 0xa2 };
const UNSUBACK = 0xb0;
const CLEAN_SESSION = 0x02;
const LEVEL = 4;
const ALL = "all";

let joined = 0;

export const mosquitto: RelayContender = {
  async serve() {
    const port = await freePort();
    const config = join(mkdtempSync(join(process.env["KITH_BENCH_FOLDER"] ?? ".", "mosquitto-")), "mosquitto.conf");
    const settings = [
      // With a WebSocket listener alone, 2.0 finds that it has none and ends.
      ...[`listener ${await freePort()} 127.0.0.1`, `listener ${port} 127.0.0.1`, "protocol websockets"],
      ...["allow_anonymous true", "persistence false", "set_tcp_nodelay true", "log_type none"],
    ];
    writeFileSync(config, `${settings.join("\n")}\n`);
    return await serveByProgram("mosquitto", ["-c", config], {
      ...{ port, address: `ws://127.0.0.1:${port}/`, advice: "apt-get install mosquitto" },
    });
  },
  async join(address) {
    const socket = await openWebSocket(address, {
      isMessage: (bytes, _at, payload) => bytes[payload] === PACKET.publish,
      subprotocol: "mqtt",
    });
    const name = `p${++joined}`;
    const say = (type: number, ...parts: Uint8Array[]): void => socket.write(clientFrame(packet(type, ...parts)));
    say(PACKET.connect, text("MQTT"), Uint8Array.of(LEVEL, CLEAN_SESSION, 0, 0), text(name));
    await expect(socket, PACKET.connack);
    say(PACKET.subscribe, u16(1), text(name), Uint8Array.of(0), text(ALL), Uint8Array.of(0));
    await expect(socket, PACKET.suback);
    return {
      name,
      async sender([first = "", ...others], payload) {
        if (others.length > 0) {
          say(PACKET.unsubscribe, u16(2), text(ALL)); // it would get its own
          await expect(socket, UNSUBACK);
        }
        const frame = clientFrame(packet(PACKET.publish, text(others.length === 0 ? first : ALL), payload));
        return socket.repeat(frame);
      },
      onMessages: (handler) => socket.count(handler),
    };
  },
};

async function expect(socket: LoadSocket, type: number): Promise<void> {
  const [got] = payloadOf(await socket.next());
  if (got !== type) throw new Error(`a packet of type ${got} instead of ${type}`);
}

function packet(type: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const length: number[] = [];
  let rest = body.length;
  do {
    length.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>= 7;
  } while (rest > 0);
  return Buffer.concat([Uint8Array.of(type, ...length), body]);
}

const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff]);
const text = (value: string): Buffer => Buffer.concat([u16(Buffer.byteLength(value)), Buffer.from(value)]);
