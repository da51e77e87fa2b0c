// WebRTC between two machines behind routers that translate addresses: straight through them where that is possible, by
// a TURN server that their relay lends where it is not, and by the relay itself where there is neither. Real time: ICE's.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { PathView } from "../api.ts";
import { LabNode, pairByCode } from "../testing/lab-node.ts";
import { NatLab, SERVER, type Side, type Translation } from "../testing/nat-lab.ts";
import { whyNoLab } from "../testing/net-lab.ts";
import { nodeWebRtc } from "./node-webrtc.ts";

const noLab = nodeWebRtc() === undefined ? "node-datachannel is not installed" : whyNoLab(["nft", "turnserver"]);
if (noLab !== undefined) console.log(`WebRTC through NAT, in namespaces: skipped, ${noLab}`);
const options = { skip: noLab ?? false, timeout: 180_000 };

const FILE_BYTES = 3_000_000;
/** Checks, and what of a file went by the relay before there was another way. */
const STRAY_BYTES = 200_000;
/** A path that is silent so long is given up, another tried, and then with pauses that double. */
const CHANGE_LIMIT_MS = 60_000;

interface Story extends AsyncDisposable {
  readonly nat: NatLab;
  readonly nodes: Readonly<Record<Side, LabNode>>;
}

/** Two contacts, whose session a relay carries at first. */
async function begin(
  translation: Readonly<Record<Side, Translation>>,
  { lendsTurn, asksStun }: { readonly lendsTurn: boolean; readonly asksStun: boolean },
): Promise<Story> {
  await using stack = new AsyncDisposableStack();
  const nat = stack.use(await NatLab.build(translation));
  await nat.startTurn();
  const relays = [await nat.startRelay({ lendsTurn })];
  const webRtc = { iceServers: asksStun ? [{ urls: `stun:${SERVER}:3478` }] : [] };
  const start = (side: Side): Promise<LabNode> =>
    LabNode.start(nat[side], { name: side, home: join(nat.folder, side), relays, webRtc });
  const nodes = { ada: await start("ada"), ben: await start("ben") };
  await Promise.all(Object.values(nodes).map((node) => node.until("relays", ([relay]) => relay?.state === "ready")));
  await pairByCode(nodes.ben, nodes.ada);
  const all = stack.move();
  return { nat, nodes, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

const bothOn = ({ nodes }: Story, kind: PathView["kind"]): Promise<unknown> =>
  Promise.all(
    Object.values(nodes).map((node) =>
      node.until("sessions", ([session]) => session?.path?.kind === kind, CHANGE_LIMIT_MS),
    ),
  );

/** A file from Ada to Ben, whole. */
async function sendFile({ nat, nodes: { ada, ben } }: Story): Promise<void> {
  const content = randomBytes(FILE_BYTES);
  const path = join(nat.folder, "film.bin");
  await writeFile(path, content);
  await ada.call("files.send", ben.id, [path]);
  const offer = await ben.until("transfers", (all) => all.find(({ state }) => state === "offered"));
  await ben.call("files.accept", offer.id);
  const done = await ben.until("transfers", (all) => all.find(({ id, state }) => id === offer.id && state === "done"));
  const got = await readFile(join(done.directory ?? "", "film.bin"));
  assert.equal(createHash("sha256").update(got).digest("hex"), createHash("sha256").update(content).digest("hex"));
}

const CONE = { ada: "cone", ben: "cone" } as const;
const SYMMETRIC = { ada: "symmetric", ben: "symmetric" } as const;

test("through two routers that keep ports: straight, with what a STUN server says", options, async () => {
  await using story = await begin(CONE, { lendsTurn: false, asksStun: true });
  await bothOn(story, "webrtc");
  await sendFile(story);
  assert.ok((await story.nat.seen("ben")) > FILE_BYTES, "router to router");
  assert.equal(await story.nat.seen("relayed"), 0);
});

test("through two routers with ports of chance: by TURN, with the relay's credentials", options, async () => {
  await using story = await begin(SYMMETRIC, { lendsTurn: true, asksStun: false });
  await bothOn(story, "webrtc");
  await sendFile(story);
  const [relayed, paths] = [await story.nat.seen("relayed"), JSON.stringify(story.nodes.ada.get("sessions"))];
  assert.ok(relayed > FILE_BYTES, `by the TURN server: ${relayed} bytes, then on ${paths}`);
  assert.ok((await story.nat.seen("ben")) < STRAY_BYTES, "checks alone came straight");
});

test("when TURN goes away the relay carries on, nothing lost or doubled, and it is taken again", options, async () => {
  await using story = await begin(SYMMETRIC, { lendsTurn: true, asksStun: false });
  const { nat, nodes } = story;
  await bothOn(story, "webrtc");
  const streaming = nodes.ada.call("stream", nodes.ben.id, 3_000, 10);
  const goesOn = async (): Promise<void> => {
    const received = nodes.ben.get("stream")?.received ?? 0;
    await nodes.ben.until("stream", (stream) => stream.received > received);
  };
  await goesOn();
  await nat.stopTurn();
  await bothOn(story, "relayed");
  await goesOn();
  await nat.startTurn();
  await bothOn(story, "webrtc");
  await goesOn();
  await streaming;
  const { received } = await nodes.ben.until("stream", (stream) => stream.end !== undefined && stream, 60_000);
  assert.equal(received, 3_000);
  assert.deepEqual([nodes.ben.wrong, nodes.ada.closed, nodes.ben.closed], [[], [], []]);
});
