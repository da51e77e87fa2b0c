import assert from "node:assert/strict";
import { Socket } from "node:net";
import { test } from "node:test";
import { instant, RelayServer, Secret, seconds, wallTime } from "@kith/core";
import { relayProvider, systemRandom } from "./relay-crypto.ts";
import { RelayDriver } from "./relay-driver.ts";

const SILENT = 1_000;
const STEP_MS = 250;

test("[REL-2] a thousand who fell silent together are asked one after the other, each once in time", async (context) => {
  context.mock.timers.enable({ apis: ["setInterval"] });
  const driver = new RelayDriver({
    machine: new RelayServer({
      ...{ crypto: relayProvider, random: systemRandom, seed: new Secret(new Uint8Array(32)) },
      at: { now: instant(0), wall: wallTime(0) },
    }),
    ...{ answerAll: () => [], handleEvent() {}, handleClose() {}, handleDrained() {} },
  });
  context.after(() => driver.stop(1001));
  const asked = new Map<Socket, number>();
  for (let i = 0; i < SILENT; i++) {
    const socket = new Socket();
    socket.write = () => {
      asked.set(socket, (asked.get(socket) ?? 0) + 1);
      return true;
    };
    driver.addSocket(socket, `source ${i}`);
  }
  let most = 0;
  for (let time = 0; time < seconds(30); time += STEP_MS) {
    const before = asked.size;
    context.mock.timers.tick(STEP_MS);
    most = Math.max(most, asked.size - before);
    if (time < seconds(20) - STEP_MS) assert.equal(asked.size, 0);
  }
  assert.equal(asked.size, SILENT);
  assert.deepEqual(new Set(asked.values()), new Set([1]));
  assert.ok(most <= SILENT / 10, `${most} were asked at once`);
});
