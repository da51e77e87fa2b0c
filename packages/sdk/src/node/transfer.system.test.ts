// Files on a cable that is pulled, between processes that are killed: what arrives is whole, and what
// had arrived before is not sent again.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { FILE_CHUNK_BYTES } from "@kith/core";
import type { TransferView } from "../api.ts";
import { type LabNode, withNodes } from "../testing/lab-node.ts";
import { type LabHost, whyNoLab } from "../testing/net-lab.ts";

const MIB = 1_048_576;
/** Slow enough that a kill comes in the middle. */
const RATE_BYTES = 24 * MIB;

const noLab = whyNoLab();
const options = { skip: noLab ?? false, timeout: 120_000 };
if (noLab !== undefined) console.log(`transfers in namespaces: skipped, ${noLab}`);

describe("transfers", { concurrency: 2 }, () => {
  test(
    "[FILE-7] a receiver, a sender and both killed in the middle of a file: no whole chunk on disk is sent again",
    options,
    async () => {
      await withNodes({ ada: { sendRateMax: RATE_BYTES } }, async (pair) => {
        let { ada, ben } = pair;
        const { b, folder } = pair;
        const file = join(folder, "film.bin");
        await writeNoise(file, 120 * MIB);
        await ada.call("files.send", ben.id, [file]);
        await acceptFirst(ben);
        for (const [i, victims] of [["ben"], ["ada"], ["ada", "ben"]].entries()) {
          const { bytesDone: told } = await ben.until("transfers", done(20 * MIB * (i + 1)));
          if (victims.includes("ada")) await ada.kill();
          else ada.freeze(true); // sends nothing before we have looked
          if (victims.includes("ben")) await ben.kill();
          else await pause(300); // what the dead sender's kernel still holds arrives
          const had = await bytesOnDisk(folder);
          assert.ok(had >= told, `${victims}: ${told} bytes were told, ${had} are on disk`);
          if (victims.includes("ben")) ben = await ben.restart();
          const { bytesDone: kept } = await ben.until("transfers", done(1));
          // All that was written counts but the chunk that the kill tore.
          assert.equal(kept, had - (had % FILE_CHUNK_BYTES), `${victims}: of ${had} bytes on disk ${kept} count`);
          const before = await bytesReceived(b);
          if (victims.includes("ada")) ada = await ada.restart();
          else ada.freeze(false);
          await ben.until("transfers", done(kept + 10 * MIB));
          const [{ bytesDone } = { bytesDone: 0 }] = ben.get("transfers") ?? [];
          const more = (await bytesReceived(b)) - before - (bytesDone - kept);
          // On the cable there is also what is under way, and what packets and records add.
          assert.ok(more < 4 * MIB, `${victims}: ${more} bytes too many; kept ${kept}, has ${bytesDone}`);
        }
        const whole = await ben.until("transfers", (all) => all.find(({ state }) => state === "done"), 60_000);
        assert.equal(await sha256(join(whole.directory ?? "", "film.bin")), await sha256(file));
        await ada.until("transfers", (all) => all.some(({ state }) => state === "done"));
        assert.deepEqual(await readdir(whole.directory ?? ""), ["film.bin"]);
      });
    },
  );

  test("the receiver moves to another address, then the sender; the file arrives whole", options, async () => {
    await withNodes({ ada: { sendRateMax: RATE_BYTES }, isIpv6: false }, async ({ a, b, ada, ben, folder }) => {
      const file = join(folder, "film.bin");
      await writeNoise(file, 150 * MIB);
      await ada.call("files.send", ben.id, [file]);
      await acceptFirst(ben);
      await ben.until("transfers", done(20 * MIB));
      await move(b, "10.9.0.2/24", "10.9.0.77/24");
      await ada.until("sessions", ([session]) => session?.path?.remote.startsWith("10.9.0.77") === true);
      const { bytesDone } = await ben.until("transfers", done(60 * MIB));
      await move(a, "10.9.0.1/24", "10.9.0.66/24");
      await ben.until("transfers", done(bytesDone + 20 * MIB));
      const whole = await ben.until("transfers", (all) => all.find(({ state }) => state === "done"), 60_000);
      assert.equal(await sha256(join(whole.directory ?? "", "film.bin")), await sha256(file));
      assert.deepEqual([ada.closed, ben.closed], [[], []], "the session never ended");
    });
  });
});

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const done =
  (bytes: number) =>
  (all: readonly TransferView[]): TransferView | undefined =>
    all.find(({ bytesDone }) => bytesDone >= bytes);

async function acceptFirst(node: LabNode): Promise<void> {
  const offer = await node.until("transfers", (all) => all.find(({ state }) => state === "offered"));
  await node.call("files.accept", offer.id);
}

async function move(host: LabHost, from: string, to: string): Promise<void> {
  await host.ip("addr", "del", from, "dev", "eth0");
  await host.ip("addr", "add", to, "dev", "eth0");
}

/** What the quarantine holds, wherever it keeps it. */
async function bytesOnDisk(folder: string): Promise<number> {
  const quarantine = join(folder, "ben", "inbox", ".kith-partial");
  const entries = await readdir(quarantine, { recursive: true, withFileTypes: true });
  const sizes = entries.filter((entry) => entry.isFile()).map((entry) => stat(join(entry.parentPath, entry.name)));
  return (await Promise.all(sizes)).reduce((sum, { size }) => sum + size, 0);
}

/** Bytes that came in over the cable, as the kernel counts them. */
async function bytesReceived(host: LabHost): Promise<number> {
  const counted = await host.run("cat", ["/sys/class/net/eth0/statistics/rx_bytes"]);
  return Number(counted);
}

async function writeNoise(path: string, bytes: number): Promise<void> {
  const file = await open(path, "w");
  for (let written = 0; written < bytes; written += MIB) {
    const noise = Buffer.alloc(MIB);
    for (let at = 0; at < MIB; at += 65_536) crypto.getRandomValues(noise.subarray(at, at + 65_536));
    await file.write(noise);
  }
  await file.close();
}

async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const part of createReadStream(path)) hash.update(part);
  return hash.digest("hex");
}
