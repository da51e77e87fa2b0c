// The source's flow as one acceptance test (p2p-idea §5) with the server that it speaks of: a relay, real nodes on five
// machines that see each other nowhere else, and everything written down that the relay gets to see.
import assert from "node:assert/strict";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import type { JoinCodeStep, JoinCodeView } from "../join-codes-api.ts";
import type { LabNode } from "../testing/lab-node.ts";
import { whyNoLab } from "../testing/net-lab.ts";
import { ADDRESS, hears, invite, isGap, type Name, Street } from "../testing/street.ts";

const AGENT = new URL("../../../relay/src/testing/relay-agent.ts", import.meta.url).pathname;
const TAP = new URL("../testing/relay-tap.ts", import.meta.url).pathname;
const RELAY = { host: "relay", address: "10.9.0.9" } as const;
const PORT = 8_420;
/** Words that must be nowhere in what the relay sees. */
const MARKERS = ["Room-Marker", "text-marker"] as const;

const noLab = whyNoLab(["nft"]);
if (noLab !== undefined) console.log(`a room of five machines and a relay: skipped, ${noLab}`);

class RelayHost {
  readonly #street: Street;
  readonly #taps: string;
  #port = 0;
  #child: ReturnType<ReturnType<Street["other"]>["node"]> | undefined;

  constructor(street: Street) {
    this.#street = street;
    this.#taps = join(street.folder, "taps");
  }

  /** Its address, with its key. */
  async start(): Promise<string> {
    const data = join(this.#street.folder, "relay");
    const flags = { data, port: this.#port, metrics: "off", trustedProxies: [] };
    this.#child = this.#street.other(RELAY.host).node(AGENT, [JSON.stringify(flags)]);
    const { port, relayKey } = JSON.parse(await line(this.#child)) as { port: number; relayKey: string }; // our own
    if (this.#port === 0) {
      await mkdir(this.#taps);
      const tap = { listen: RELAY.address, port: PORT, to: port, folder: this.#taps };
      await line(this.#street.other(RELAY.host).node(TAP, [JSON.stringify(tap)]));
    }
    this.#port = port;
    return `ws://${RELAY.address}:${PORT}#${relayKey}`;
  }

  async kill(): Promise<void> {
    const child = this.#child;
    await new Promise((resolve) => child?.once("exit", resolve).kill("SIGKILL"));
  }

  /** What went to (`down`) or came from (`up`) a machine, message by message. */
  async seen(way: "up" | "down", name?: Name): Promise<Buffer[]> {
    const files = (await readdir(this.#taps)).filter((file) =>
      file.startsWith(name === undefined ? `${way}-` : `${way}-${ADDRESS[name]}-`),
    );
    return (await Promise.all(files.map((file) => readFile(join(this.#taps, file))))).flatMap(messagesOf);
  }
}

async function line(child: ReturnType<ReturnType<Street["other"]>["node"]>): Promise<string> {
  child.stderr?.pipe(process.stderr);
  assert.ok(child.stdout);
  const lines = createInterface(child.stdout);
  return await new Promise((resolve) => lines.once("line", resolve));
}

/** The messages in one direction of a WebSocket (RFC 6455 §5.2), unmasked. */
function messagesOf(bytes: Buffer): Buffer[] {
  const messages: Buffer[] = [];
  for (let at = bytes.indexOf("\r\n\r\n") + 4; at + 2 <= bytes.length; ) {
    const [opcode, second] = [(bytes[at] ?? 0) & 15, bytes[at + 1] ?? 0];
    const short = second & 127;
    at += 2;
    if (at + 8 > bytes.length && short > 125) break;
    const length = short === 126 ? bytes.readUInt16BE(at) : short === 127 ? Number(bytes.readBigUInt64BE(at)) : short;
    at += short === 126 ? 2 : short === 127 ? 8 : 0;
    const mask = second > 127 ? bytes.subarray(at, at + 4) : Buffer.alloc(4);
    at += second > 127 ? 4 : 0;
    if (opcode <= 2)
      messages.push(bytes.subarray(at, at + length).map((byte, i) => byte ^ (mask[i % 4] ?? 0)) as Buffer);
    at += length;
  }
  return messages;
}

const stepAt =
  <At extends JoinCodeStep["at"]>(at: At) =>
  (all: readonly JoinCodeView[]) =>
    all.map(({ step }) => step).find((step): step is Extract<JoinCodeStep, { at: At }> => step.at === at);

/** By a code that is said aloud. Returns it, and the invitation that came of it. */
async function joinByCode(host: LabNode, guest: LabNode, room: string): Promise<{ code: string; invitation: string }> {
  await host.call("joinCodes.create", { for: "room", room });
  const { code } = await host.until("joinCodes", stepAt("show"));
  await guest.call("joinCodes.join", code);
  const { invitation } = await guest.until("joinCodes", stepAt("done"));
  assert.ok(invitation);
  assert.equal(await guest.call("rooms.join", invitation), room);
  return { code, invitation };
}

/** All of a node's sessions go straight. */
const straight = (node: LabNode, count: number): Promise<boolean> =>
  node.until("sessions", (all) => all.filter(({ path }) => path?.kind === "tcp").length >= count, 60_000);

test("R7 R8 R23 R24 R25 R26: the flow of p2p-idea with a relay, which is killed in the middle and sees nothing", {
  skip: noLab ?? false,
  timeout: 300_000,
}, async (t) => {
  await using street = await Street.build([RELAY]);
  const relay = new RelayHost(street);
  const options = { relays: [await relay.start()], discovery: false };
  const began = performance.now();
  const say = (what: string): void => t.diagnostic(`${((performance.now() - began) / 1_000).toFixed(1)} s: ${what}`);

  // 1, 2: Ada is alone. Xan, in a room of its own, is at the same relay.
  const ada = await street.start("Ada", options);
  const room = String(await ada.call("rooms.create", MARKERS[0]));
  const xan = await street.start("Xan", options);
  await xan.call("rooms.create", "another");
  assert.equal((ada.get("members") ?? []).length, 1);

  // 3: Ben joins with a code.
  const ben = await street.start("Ben", options);
  await joinByCode(ada, ben, room);
  await street.sees(ada, "Ada-Ben");
  say("3");

  // 4, 5: so does Cem with Ben's, which Ada learns over the mesh: all are linked, and straight.
  const cem = await street.start("Cem", options);
  const { code, invitation } = await joinByCode(ben, cem, room);
  for (const node of [ada, ben, cem]) await street.sees(node, "Ada-Ben Ada-Cem Ben-Cem");
  await Promise.all([ada, ben, cem].map((node) => straight(node, 2)));
  say("5");

  // [R7] Of all this nothing went to Xan, who was at the relay the whole time.
  const types = new Set((await relay.seen("down", "Xan")).map(([type]) => type));
  for (const type of [0x90, 0x93, 0x94, 0xa1, 0xb0]) assert.ok(!types.has(type), `Xan got 0x${type.toString(16)}`);
  assert.ok(types.has(0x83), "it was logged in");

  // 6, 7: the same code, the same invitation, and one that nobody made.
  await assert.rejects(xan.call("joinCodes.join", code), { code: "ERR_JOIN_CODE" });
  await assert.rejects(xan.call("rooms.join", invitation));
  const forged = `${invitation.slice(0, 80)}${invitation[80] === "A" ? "B" : "A"}${invitation.slice(81)}`;
  await assert.rejects(xan.call("rooms.join", forged));
  for (const node of [ada, ben, cem])
    assert.deepEqual((node.get("members") ?? []).map(({ name }) => name).sort(), ["Ada", "Ben", "Cem"]);
  say("7");

  // 8: [R23] [R25] the relay stops; links stay, and what is said reaches all.
  const before = ada.get("sessions")?.map(({ peer, openedAt }) => `${peer} ${openedAt}`);
  await relay.kill();
  await Promise.all([ada, ben, cem].map((node) => node.until("relays", ([one]) => one?.state !== "ready")));
  for (const [node, name] of [
    [cem, "Cem"],
    [ada, "Ada"],
    [ben, "Ben"],
  ] as const)
    await node.call("room.chat.send", room, `${MARKERS[1]} of ${name}`);
  for (const node of [ada, ben, cem])
    for (const name of ["Ada", "Ben", "Cem"]) await hears(node, `${MARKERS[1]} of ${name}`);
  say("8");

  // 9: [R24] [R26] Ben and Cem lose each other, and what they say goes through Ada. The relay is back, and all three are
  // there by themselves: the two have a link over it, for nothing else leads from one to the other, and later a straight one.
  await street.wall("Ben", "Cem", true);
  await street.sees(ada, "Ada-Ben Ada-Cem", 60_000);
  await cem.call("room.chat.send", room, `${MARKERS[1]} around the wall`);
  await hears(ben, `${MARKERS[1]} around the wall`);
  say("9: walled off");
  await relay.start();
  await Promise.all([ada, ben, cem].map((node) => node.until("relays", ([one]) => one?.state === "ready", 70_000)));
  say("9: all are at the relay");
  await street.sees(ada, "Ada-Ben Ada-Cem Ben-Cem", 10_000);
  assert.ok(ben.get("sessions")?.some(({ peer, path }) => peer === cem.id && path?.kind === "relayed"));
  say("9: over the relay");
  await street.wall("Ben", "Cem", false);
  await Promise.all([ben, cem].map((node) => straight(node, 2)));
  say("9");
  assert.deepEqual(
    ada.get("sessions")?.map(({ peer, openedAt }) => `${peer} ${openedAt}`),
    before,
    "none of Ada's ended",
  );

  // 10: Yve, who uses no relay, comes in through Cem alone.
  const yve = await street.start("Yve", { discovery: false });
  await street.wall("Ada", "Yve", true);
  await street.wall("Ben", "Yve", true);
  await yve.call("rooms.join", await invite(cem, room));
  const named = await yve.until("relays", (all) => (all.length > 0 ? all : undefined)); // by Cem's invitation
  for (const { host } of named) await yve.call("relays.remove", host);
  for (const node of [ada, ben]) {
    await street.sees(node, "Ada-Ben Ada-Cem Ben-Cem Cem-Yve");
    await node.until("gaps", isGap({ kind: "hangs-on", peer: yve.id, neighbour: cem.id }));
  }
  say("10");

  // 11: Ada and Ben cut Cem off.
  for (const node of [ada, ben]) await node.call("room.cut", room, cem.id, true);
  await Promise.all(
    [ada, ben].map((node) => node.until("members", (all) => all.some(({ peer, isCut }) => peer === cem.id && isCut))),
  );
  await ada.call("room.chat.send", room, "between us");
  await hears(ben, "between us");
  const heard = (yve.get("roomChat") ?? []).concat(cem.get("roomChat") ?? []);
  assert.ok(!heard.some(({ text }) => text === "between us"));
  say("11");

  // [R8] The relay had no word, name, key or room before its eyes.
  const all = Buffer.concat([...(await relay.seen("up")), ...(await relay.seen("down"))]);
  assert.ok(all.length > 10_000, `${all.length} bytes were written down`);
  const [, ...words] = code.split("-");
  const secrets = [...MARKERS, "between us", "Ada", "Ben", "Cem", room, code, ...words, invitation.slice(-40)];
  for (const text of secrets.filter((one) => one.length > 4)) assert.ok(!all.includes(text), `the relay saw ${text}`);
  for (const id of [room, ...[ada, ben, cem, xan].map((node) => node.id)])
    assert.ok(!all.includes(Buffer.from(id, "hex")) && !all.includes(id), `the relay saw ${id}`);
});
