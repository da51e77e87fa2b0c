// `kith relay` on one machine, two people on two others that only it connects, each with the real program: a join code,
// talk over the relay, the path that says so, and what its owner sees.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { NetLab, whyNoLab } from "@kith/sdk/testing";
import { Person, Transcript, until } from "./testing/tour-guide.ts";

const PORT = "8420";
const [NEAR_ADA, NEAR_BEN] = [`10.9.1.1:${PORT}`, `10.9.2.1:${PORT}`];

const noLab = whyNoLab();
if (noLab !== undefined) console.log(`kith relay in namespaces: skipped, ${noLab}`);

test("two whom only a relay connects become contacts, talk over it, and see that they do", {
  skip: noLab ?? false,
  timeout: 120_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), "kith-relay-"));
  await using lab = new NetLab();
  const transcript = new Transcript(() => {}, []);
  try {
    const [ada, ben, host] = await threeMachines(lab, folder, transcript);

    const relay = host.kith("relay", "--data", "relay", "--drain-seconds", "2");
    const [, code = ""] = await relay.shows(/kith relay claim \S+ (\S+)/);
    const [adasNode, bensNode] = [
      ada.kith("up", "--name", "Ada", "--relay", NEAR_ADA),
      ben.kith("up", "--name", "Ben", "--relay", NEAR_BEN),
    ];
    await Promise.all([adasNode, bensNode].map((node) => node.shows(/relay {8}10\.9\.\d\.1:8420: ready/)));

    const shower = ada.kith("join-code", "--yes");
    const [, words = ""] = await shower.shows(/kith join (\S+)/);
    const joiner = ben.kith("join", words.replace(/@.*/, `@${NEAR_BEN}`), "--yes");
    assert.deepEqual(await Promise.all([shower.ended, joiner.ended]), [0, 0], shower.shown + joiner.shown);
    assert.match(shower.shown, /Ben is your contact now/);
    assert.match(joiner.shown, /Ada is your contact now/);

    await until(
      () => ada.asks("peers"),
      (peers) => peers.some(({ name, session }) => name === "Ben" && session === "open"),
    );
    assert.match(await ada.does("peers"), /Ben +contact +relayed by 10\.9\.1\.1:8420/);
    assert.match(await ben.does("peers"), /Ada +contact +relayed by 10\.9\.2\.1:8420/);
    await ada.does("chat", "Ben", "-m", "lunch at one?");
    assert.match(await ben.does("inbox", "read"), /lunch at one\?/);

    assert.match(await ada.does("relay", "claim", NEAR_ADA, code), /Recovery key: {2}\S{32}\n/);
    const [status] = await ada.asks("relay", "status");
    const { kith_relay_keys: keys } = (status?.["numbers"] ?? {}) as Record<string, unknown>; // of our own program
    assert.ok(Number(keys) >= 2, `${keys} are logged in`); // and, for a while, those of the join code
    const refused = ben.kith("relay", "drain");
    assert.equal(await refused.ended, 5, refused.shown);

    assert.equal(await relay.interrupt(), 0, relay.shown);
    assert.deepEqual(await Promise.all([adasNode.interrupt(), bensNode.interrupt()]), [0, 0]);
    assert.match((await ada.asks("relays"))[0]?.["host"] as string, /^10\.9\.1\.1/, "remembered");
  } finally {
    await lab[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  }
});

/** Ada and Ben have a cable to the relay each, and nothing to each other. */
async function threeMachines(
  lab: NetLab,
  folder: string,
  transcript: Transcript,
): Promise<readonly [Person, Person, Person]> {
  const [a, b, r] = [await lab.host("a"), await lab.host("b"), await lab.host("r")];
  await lab.cable(a, r, "eth0", ["10.9.1.2/24", "10.9.1.1/24"]);
  await lab.cable(b, r, "eth1", ["10.9.2.2/24", "10.9.2.1/24"]);
  await r.run("sh", ["-c", "echo 0 > /proc/sys/net/ipv4/ip_forward"]);
  const person = (name: string, host: typeof a): Person =>
    new Person(name, { host, folder: join(folder, name), transcript });
  const people = [person("ada", a), person("ben", b), person("relay", r)] as const;
  for (const one of people) await mkdir(one.folder);
  return people;
}
