// Strangers on the network: who say nothing, read nothing, send rubbish, come in hundreds, or only
// look. Two contacts notice nothing, and a third still gets in.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { test } from "node:test";
import type { AuditEntry } from "../api.ts";
import type { Crowd } from "../testing/crowd-agent.ts";
import { LabNode, pairByPin, withNodes } from "../testing/lab-node.ts";
import { whyNoLab } from "../testing/net-lab.ts";
import { nodeProvider } from "./node-crypto.ts";

const CROWD_AGENT = new URL("../testing/crowd-agent.ts", import.meta.url).pathname;
/** What 512 connections and 256 sessions' beginnings may hold, in memory that is in use after a collection. */
const MEMORY_GROWTH_BYTES_MAX = 16 * 1_048_576;

/** By then discovery has told whom there is. */
const SHOWN_WITHIN_MS = 2_500;

const noLab = whyNoLab();
const options = { skip: noLab ?? false, timeout: 90_000 };
if (noLab !== undefined) console.log(`strangers on the network: skipped, ${noLab}`);

test(
  "silence, rubbish, lies about lengths, a flood of half-open handshakes: contacts notice nothing",
  options,
  async () => {
    await withNodes({ isIpv6: false }, async ({ c, ada, ben, folder }) => {
      const cyd = await LabNode.start(c, { name: "Cyd", home: join(folder, "cyd") });
      await pairByPin(cyd, ben);
      await cyd.call("setPrivacy", "hidden"); // so that it is Cyd who must get in
      await cyd.stop();

      const port = Number(/:(\d+)$/.exec(ben.get("addresses")?.[0] ?? "")?.[1]);
      let host = 10;
      const send = async (addresses: number, each: number, hex: string, reads = true): Promise<void> => {
        const own = Array.from({ length: addresses }, () => `10.9.0.${host++}`);
        for (const address of own) await c.ip("addr", "add", `${address}/24`, "dev", "eth0");
        const crowd: Crowd = { host: "10.9.0.2", port, addresses: own, each, hex, reads };
        c.node(CROWD_AGENT, [JSON.stringify(crowd)]);
      };
      const memoryBefore = Number(await ben.call("memory"));
      await send(2, 40, ""); //                                        says nothing
      await send(1, 20, randomBytes(3_000).toString("hex")); //        rubbish
      await send(1, 20, "7fffffff01"); //                              announces two gigabytes
      await send(1, 20, "00000000"); //                                announces nothing
      await send(2, 20, framed(hello()), false); //                    shakes hands and reads nothing
      await send(40, 12, framed(hello())); //                          half-open, by the hundred

      const streaming = ada.call("stream", ben.id, 500, 10);
      await ben.until("stream", ({ received }) => received >= 200);
      const back = await cyd.restart();
      await back.until("sessions", (all) => all.some(({ peer, path }) => peer === ben.id && path !== undefined));
      await back.call("chat.send", ben.id, "through the crowd");
      await ben.until("chat", (event) => event.type === "message" && event.message.text === "through the crowd");
      await streaming;
      await ben.until("stream", ({ received }) => received === 500);
      assert.deepEqual([ben.wrong, ada.closed], [[], []]);
      assert.ok(
        back.get("sessions")?.every(({ path }) => path?.remote === `10.9.0.2:${port}`),
        "it was Cyd who dialled",
      );
      const grown = Number(await ben.call("memory")) - memoryBefore;
      assert.ok(grown < MEMORY_GROWTH_BYTES_MAX, `${grown} bytes more`);
      const entries = (await ben.call("audit.entries", { limit: 5_000 })) as AuditEntry[]; // of our own program
      const refused = entries.filter(({ event }) => event === "refused");
      assert.ok(refused.length > 10, "the log tells of it");
      assert.equal(((await ben.call("audit.verify")) as { isIntact: boolean }).isIntact, true);
    });
  },
);

test(
  "privacy contacts and hidden: a stranger sees nobody and is answered nothing, a contact is recognised",
  options,
  async () => {
    await withNodes({ ada: { privacy: "contacts" } }, async ({ c, ada, ben, folder }) => {
      const eve = await LabNode.start(c, { name: "Eve", home: join(folder, "eve") });
      await eve.until("nearby", (all) => all.some(({ name }) => name === "Ben"));
      const seen = await ben.until("nearby", (all) => all.find(({ peer }) => peer === ada.id));
      assert.deepEqual([seen.isContact, seen.name], [true, "Ada"]);
      const toEve = await eve.until("nearby", (all) =>
        all.find(({ hints }) => hints.some((hint) => hint.startsWith("10.9.0.1:"))),
      );
      assert.deepEqual([toEve.isContact, toEve.peer, toEve.name], [false, undefined, undefined]);
      await assert.rejects(eve.call("connect", toEve.key), { code: "ERR_NOT_AUTHORIZED" });
      assert.ok(ada.get("sessions")?.every(({ peer }) => peer === ben.id));

      await ada.call("setPrivacy", "hidden");
      for (const node of [eve, ben]) {
        await node.until("nearby", (all) =>
          all.every(({ hints }) => hints.every((hint) => !hint.startsWith("10.9.0.1:"))),
        );
      }
      await ada.stop();
      await ben.until("sessions", (all) => all.length === 0);
      const hidden = await LabNode.start(ada.host, { name: "Ada", home: join(folder, "ada") });
      await hidden.until("sessions", (all) => all.some(({ peer, path }) => peer === ben.id && path !== undefined));
      assert.equal(await hidden.call("privacy.get"), "hidden");
      await hidden.call("chat.send", ben.id, "still here");
      await ben.until("chat", (event) => event.type === "message" && event.message.text === "still here");
      await new Promise((resolve) => setTimeout(resolve, SHOWN_WITHIN_MS));
      assert.deepEqual(
        [eve, ben].map((node) => node.get("nearby")?.map(({ name }) => name)),
        [["Ben"], ["Eve"]],
      );
    });
  },
);

test("an anonymous node pairs under a one-time identity, and is gone with its process", options, async () => {
  await withNodes({ ada: { anonymous: true } }, async ({ ada, ben }) => {
    await ada.call("chat.send", ben.id, "nobody you know");
    await ben.until("chat", (event) => event.type === "message" && event.message.text === "nobody you know");
    await ada.stop();
    const other = await ada.restart();
    assert.notEqual(other.id, ada.id);
    assert.deepEqual(other.get("contacts"), []);
  });
});

/** A first message as a real one, of somebody who has nothing more to say. */
function hello(): Buffer {
  const random = (length: number): Uint8Array => randomBytes(length);
  return Buffer.concat([
    Uint8Array.of(0x01), // hello
    Buffer.from("kith"),
    Uint8Array.of(1, 1, 0), // versions 1 to 1, no cookie
    Buffer.alloc(16), // no contact tag
    nodeProvider.x25519Generate(random).publicKey,
    nodeProvider.mlKemGenerate(random).publicKey,
  ]);
}

function framed(packet: Buffer): string {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(packet.length);
  return Buffer.concat([length, packet]).toString("hex");
}
