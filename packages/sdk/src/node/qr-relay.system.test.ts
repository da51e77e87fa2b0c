// A QR that is scanned where nothing but a relay joins the two, which one of them alone knew; and where a network does.
import assert from "node:assert/strict";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import type { PathView } from "../api.ts";
import type { LabNode } from "../testing/lab-node.ts";
import { type LabHost, whyNoLab } from "../testing/net-lab.ts";
import { Street } from "../testing/street.ts";

const RELAY = new URL("../../../relay/src/testing/relay-agent.ts", import.meta.url).pathname;
const RELAY_ADDRESS = "10.9.0.9";

const noLab = whyNoLab();
if (noLab !== undefined) console.log(`a QR over a relay in namespaces: skipped, ${noLab}`);

async function startRelay(host: LabHost, data: string): Promise<string> {
  const child = host.node(RELAY, [JSON.stringify({ data, host: RELAY_ADDRESS, port: 0, metrics: "off" })]);
  child.stderr?.pipe(process.stderr);
  assert.ok(child.stdout);
  for await (const line of createInterface(child.stdout)) {
    const { port, relayKey } = JSON.parse(line) as { port: number; relayKey: string }; // of our own program
    return `ws://${RELAY_ADDRESS}:${port}#${relayKey}`;
  }
  throw new Error("the relay ended");
}

async function show(node: LabNode): Promise<string> {
  await node.call("pairing.offer", "qr");
  return node.until("pairings", (views) => {
    for (const { step } of views) if (step.at === "show-qr") return step.uri;
    return undefined;
  });
}

/** Both people say yes; who shows it first, as it is asked first. */
async function pair(scanner: LabNode, shower: LabNode): Promise<void> {
  await scanner.call("pairing.start", await show(shower), "qr");
  for (const node of [shower, scanner]) {
    const id = await node.until("pairings", (views) => views.find(({ step }) => step.at === "consent")?.id);
    await node.call("pairing.answer", id, { type: "consent", accept: true });
  }
  for (const [node, other] of [
    [shower, scanner],
    [scanner, shower],
  ] as const)
    await node.until("contacts", (all) => all.find(({ peer }) => peer === other.id)?.verifiedBy === "qr");
}

const onPath = (node: LabNode, other: LabNode, isWanted: (kind: PathView["kind"] | undefined) => boolean) =>
  node.until("sessions", (all) => isWanted(all.find(({ peer }) => peer === other.id)?.path?.kind));

test("[PAI-15] one scan where only a relay joins the two, and one where a network does", {
  skip: noLab ?? false,
  timeout: 180_000,
}, async () => {
  await using street = await Street.build([{ host: "relay", address: RELAY_ADDRESS }]);
  const relay = await startRelay(street.other("relay"), join(street.folder, "relay"));
  await street.wall("Ada", "Ben", true);
  const [ada, ben, cem] = [
    await street.start("Ada"),
    await street.start("Ben", { relays: [relay] }),
    await street.start("Cem"),
  ];
  await ben.until("relays", ([view]) => view?.state === "ready");

  await pair(ada, ben);
  await Promise.all([onPath(ada, ben, (kind) => kind === "relayed"), onPath(ben, ada, (kind) => kind === "relayed")]);
  assert.equal(ada.get("relays")?.length, 1, "where the two meet from now on");
  await ada.call("chat.send", ben.id, "behind the wall");
  await ben.until("chat", (event) => event.type === "message" && event.message.text === "behind the wall");

  await pair(cem, ben);
  await onPath(cem, ben, (kind) => kind === "tcp");
  await cem.until("relays", (relays) => relays.length === 0);

  await street.wall("Ada", "Ben", false);
  await onPath(ada, ben, (kind) => kind === "tcp");
});
