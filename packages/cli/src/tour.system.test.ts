// The tour: two people on two machines with a cable, using the real program for everything that it
// promises. Runs by itself; KITH_TOUR=FILE writes what was typed and shown there, as docs/tour.md is made.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, mkdtemp, open, rm, statfs, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { NetLab, whyNoLab } from "@kith/sdk/testing";
import { Person, type Program, pause, Transcript, tourPage, until } from "./testing/tour-guide.ts";

const MIB = 1_048_576;
/** Slow enough to do something while it goes on. */
const SEND_RATE = "48MB";

const noLab = whyNoLab();
if (noLab !== undefined) console.log(`the tour: skipped, ${noLab}`);

test("a tour of kith in two namespaces", { skip: noLab ?? false, timeout: 240_000 }, async () => {
  const { folder, bytes } = await roomFor(1_024 * MIB);
  await using lab = new NetLab();
  const transcript = new Transcript((line) => console.log(line), [[folder, "…"]]);
  try {
    const [ada, ben] = await twoPeople(lab, folder, transcript);
    await tour(ada, ben, transcript, bytes);
    const file = process.env["KITH_TOUR"];
    if (file !== undefined) await writeFile(file, tourPage(INTRODUCTION, transcript.lines));
  } finally {
    await lab[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  }
});

async function tour(ada: Person, ben: Person, transcript: Transcript, bytes: number): Promise<void> {
  transcript.step("Two nodes come up and see each other");
  let adasNode = await up(ada, "--name", "Ada", "--send-rate", SEND_RATE);
  let bensNode = await up(ben, "--name", "Ben");
  await until(
    () => ada.asks("peers"),
    (peers) => peers.some(({ name }) => name === "Ben"),
  );
  assert.match(await ada.does("peers"), /Ben/);

  transcript.step("They pair by PIN: Ben's screen shows it, Ada types it, both agree");
  const shower = ben.kith("pair", "--pin");
  const [, code = ""] = await shower.shows(/(\d{3}[ -]?\d{3})/);
  shower.leave();
  const typer = ada.kith("pair", "Ben");
  await typer.shows(/digits|code|PIN/i);
  typer.types(code);
  await shower.shows(/\?/);
  shower.types("y");
  await typer.shows(/Ben[\s\S]*\?/);
  typer.types("y");
  assert.deepEqual(await Promise.all([typer.ended, shower.ended]), [0, 0], typer.shown + shower.shown);
  typer.leave();
  transcript.write("(Ben's screen)");
  shower.leave();
  assert.match(await ada.does("trust", "list"), /Ben/);

  transcript.step("They talk");
  await ada.does("chat", "Ben", "-m", "lunch at one?");
  assert.match(await ben.does("inbox", "read"), /lunch at one\?/);
  await ben.does("chat", "Ada", "-m", "one it is");
  assert.match(await ada.does("inbox", "read"), /one it is/);

  transcript.step(`Ada sends a film of ${bytes / MIB} MiB`);
  const film = join(ada.folder, "film.bin");
  const sum = await writeNoise(film, bytes);
  const sending = ada.kith("send", "Ben", "film.bin");
  await until(
    () => ben.asks("inbox"),
    (all) => all.some(({ type }) => type === "transfer"),
  );
  await ben.does("inbox");
  await ben.does("inbox", "accept", "--all", "--detach");

  transcript.step("Somebody pulls the plug, and puts it back");
  await received(ben, bytes * 0.15);
  await ben.runs("ip", "link", "set", "eth0", "down");
  await pause(6_000);
  const before = await bytesDone(ben);
  await pause(500);
  assert.equal(await bytesDone(ben), before, "nothing comes without a cable");
  assert.match(await ben.does("transfers"), /waiting/);
  await ben.runs("ip", "link", "set", "eth0", "up");
  await received(ben, bytes * 0.35);
  await ben.does("transfers");

  transcript.step("Ben's machine loses power, and comes back");
  await bensNode.kill();
  transcript.write("(killed)");
  bensNode = await up(ben);
  assert.ok((await received(ben, 1)) > bytes * 0.35, "it goes on where it was");

  transcript.step("So does Ada's");
  await adasNode.kill(); // at once: however slow the machine is, the film must not be there yet
  await sending.ended;
  transcript.write("(killed)");
  sending.leave();
  await ben.does("transfers");
  adasNode = await up(ada, "--send-rate", SEND_RATE);
  await received(ben, bytes);
  await until(
    () => ada.asks("transfers"),
    (all) => all.some(({ state }) => state === "done"),
  );
  await ada.does("transfers");
  const [there] = (await ben.runs("sha256sum", ".kith/inbox/film.bin")).split(" ");
  const [here] = (await ada.runs("sha256sum", "film.bin")).split(" ");
  assert.deepEqual([there, here], [sum, sum]);

  transcript.step("Ada trusts Ben no longer");
  const revoking = ada.kith("trust", "revoke", "Ben");
  await revoking.shows(/\?/);
  revoking.types("y");
  assert.equal(await revoking.ended, 0);
  revoking.leave();
  const refused = ada.kith("chat", "Ben", "-m", "are you there?");
  assert.notEqual(await refused.ended, 0);
  refused.leave();
  const unheard = ben.kith("chat", "Ada", "-m", "are you there?", "--wait", "2s");
  assert.notEqual(await unheard.ended, 0);
  unheard.leave();
  assert.doesNotMatch(await ada.does("inbox"), /are you there/);

  transcript.step("What happened is on record, and the network is well");
  assert.match(await ada.does("audit", "verify"), /intact|good/i);
  await ben.does("audit", "verify");
  const doctor = ada.kith("doctor");
  assert.ok([0, 10].includes(await doctor.ended), doctor.shown);
  doctor.leave();

  transcript.step("They leave");
  for (const [person, node] of [
    [ada, adasNode],
    [ben, bensNode],
  ] as const) {
    assert.equal(await node.interrupt(), 0, node.shown);
    transcript.write(`(Ctrl-C in ${person.name}'s \`kith up\`)`);
    node.leave();
  }
}

async function twoPeople(lab: NetLab, folder: string, transcript: Transcript): Promise<[Person, Person]> {
  const [a, b] = [await lab.host("a"), await lab.host("b")];
  await lab.cable(a, b, "eth0", ["10.9.0.1/24", "10.9.0.2/24"]);
  const people = [
    new Person("ada", { host: a, folder: join(folder, "ada"), transcript }),
    new Person("ben", { host: b, folder: join(folder, "ben"), transcript }),
  ] as const;
  for (const person of people) await mkdir(person.folder);
  return [...people];
}

/** `kith up` in a terminal of its own. */
async function up(person: Person, ...args: readonly string[]): Promise<Program> {
  const node = person.kith("up", ...args);
  await node.shows(/privacy .*\n/);
  node.leave();
  return node;
}

async function bytesDone(person: Person): Promise<number> {
  const [transfer] = await person.asks("transfers");
  return Number(transfer?.["bytesDone"] ?? 0);
}

async function received(person: Person, bytes: number): Promise<number> {
  return until(
    () => bytesDone(person),
    (done) => done >= bytes,
  );
}

/** In memory if there is enough for the file twice, else on disk; smaller where neither has room. */
async function roomFor(wanted: number): Promise<{ folder: string; bytes: number }> {
  for (const [place, bytes] of [
    ["/dev/shm", wanted],
    [tmpdir(), wanted],
    [tmpdir(), wanted / 8],
  ] as const) {
    const { bavail, bsize } = await statfs(place).catch(() => ({ bavail: 0, bsize: 0 }));
    if (bavail * bsize > 2.5 * bytes) return { folder: await mkdtemp(join(place, "kith-tour-")), bytes };
    console.log(`the tour: no room for ${bytes / MIB} MiB twice in ${place}`);
  }
  throw new Error("the tour needs disk space");
}

/** Returns its SHA-256. */
async function writeNoise(path: string, bytes: number): Promise<string> {
  const file = await open(path, "w");
  const noise = Buffer.alloc(MIB);
  for (let written = 0; written < bytes; written += MIB) {
    for (let at = 0; at < MIB; at += 65_536) crypto.getRandomValues(noise.subarray(at, at + 65_536));
    await file.write(noise);
  }
  await file.close();
  const hash = createHash("sha256");
  for await (const part of createReadStream(path)) hash.update(part);
  return hash.digest("hex");
}

const INTRODUCTION = `# A tour of kith

Two people, two machines, one cable, no server. What follows was typed and shown by the program itself:
\`packages/cli/src/tour.system.test.ts\` does all of it in two network namespaces whenever the tests run, and
checks what it says here. This page is a recording of one run; with root on Linux you make your own:

    KITH_TOUR=docs/tour.md node_modules/.bin/node -C @kith/source --test packages/cli/src/tour.system.test.ts

Everybody's \`kith up\` runs in a terminal of its own; the other commands speak to it.`;
