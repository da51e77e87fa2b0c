// The tour of rooms: five people at five terminals of one machine, in a network namespace of its own, using
// the real program. KITH_ROOM_TOUR=FILE writes what was typed and shown there, as docs/room-tour.md is made.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { NetLab, whyNoLab } from "@kith/sdk/testing";
import { Person, type Program, Transcript, tourPage, until } from "./testing/tour-guide.ts";

const MIB = 1_048_576;
const FILM_BYTES = 8 * MIB;
const NAMES = ["ada", "ben", "cem", "dora", "emil"] as const;

/** Plain text, but with all letters: maps are drawn. */
const TERMINAL = { NO_COLOR: "", FORCE_COLOR: "0", LC_ALL: "C.UTF-8" };

type People = Readonly<Record<(typeof NAMES)[number], Person>>;
type Nodes = Record<(typeof NAMES)[number], Program>;

const noLab = whyNoLab();
if (noLab !== undefined) console.log(`the tour of rooms: skipped, ${noLab}`);

test("a tour of rooms with five processes", { skip: noLab ?? false, timeout: 240_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), "kith-rooms-"));
  await using lab = new NetLab();
  const transcript = new Transcript((line) => console.log(line), [[folder, "…"]]);
  try {
    await tour(await fivePeople(lab, folder, transcript), transcript);
    const file = process.env["KITH_ROOM_TOUR"];
    if (file !== undefined) await writeFile(file, tourPage(INTRODUCTION, transcript.lines));
  } finally {
    await lab[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  }
});

async function tour(people: People, transcript: Transcript): Promise<void> {
  const nodes = await comeUp(people, transcript);
  await comeIn(people, nodes, transcript);
  await talkAndShare(people, nodes, transcript);
  await loseSight(people, nodes, transcript);
  await partWays(people, nodes, transcript);

  transcript.step("They leave");
  for (const name of ["ben", "cem", "dora", "emil"] as const) {
    assert.equal(await nodes[name].interrupt(), 0, nodes[name].shown);
    transcript.write(`(Ctrl-C in ${name}'s \`kith up\`)`);
  }
}

async function comeUp(people: People, transcript: Transcript): Promise<Nodes> {
  transcript.step("Five nodes come up; Ada makes a room");
  const up = (name: (typeof NAMES)[number]): Promise<Program> => start(people[name], "--name", capital(name));
  const nodes: Nodes = {
    ada: await up("ada"),
    ben: await up("ben"),
    cem: await up("cem"),
    dora: await up("dora"),
    emil: await up("emil"),
  };
  assert.match(await people.ada.does("room", "create", "Family"), /you are +owner/);
  return nodes;
}

async function comeIn({ ada, ben, cem, dora, emil }: People, nodes: Nodes, transcript: Transcript): Promise<void> {
  transcript.step("Ben comes in by a link");
  assert.match(
    await ben.does("room", "join", linkIn(await ada.does("room", "invite"))),
    /You are in Family, as member/,
  );

  transcript.step("Cem comes in by a code that Ada says on the phone");
  const shower = ada.kith("room", "invite", "--code");
  const [, code = ""] = await shower.shows(/room code is {2}(\S+)/);
  shower.leave();
  assert.match(await cem.does("room", "join", ...code.split("-")), /You are in Family/);
  assert.equal(await shower.ended, 0, shower.shown);
  transcript.write("(Ada's screen)");
  shower.leave();

  transcript.step("Dora knocks; Ben's link lets nobody in by itself, Ada says yes");
  const knocking = dora.kith("room", "join", linkIn(await ben.does("room", "invite", "--knock")));
  await knocking.shows(/to let you in/);
  knocking.leave();
  await until(
    () => ada.asks("room", "requests"),
    (all) => all.some(({ name }) => name === "Dora"),
  );
  assert.match(await ada.does("room", "requests"), /Dora/);
  await ada.does("room", "approve", "Dora");
  assert.equal(await knocking.ended, 0, knocking.shown);
  transcript.write("(Dora's screen)");
  knocking.leave();

  transcript.step("Any member may invite: Emil has his link from Dora, and everybody sees him come");
  const link = await until(
    () => dora.does("room", "invite"),
    (shown) => /#\S+/.test(shown),
  );
  await emil.does("room", "join", linkIn(link));
  await nodes.ada.shows(/Emil is in Family now, let in by/);
  await until(
    () => ada.asks("room", "members"),
    (all) => all.length === 5 && all.every(({ isOnline }) => isOnline === true),
  );
  assert.match(await ada.does("room", "members"), /Emil +member +invitation, by/);
}

async function talkAndShare({ ada, ben, cem }: People, nodes: Nodes, transcript: Transcript): Promise<void> {
  transcript.step("They talk");
  await ada.does("room", "chat", "Family", "lunch at one?");
  await nodes.emil.shows(/Family, Ada: lunch at one\?/);
  await ben.does("room", "chat", "-m", "one it is");
  for (const name of ["ada", "cem", "dora", "emil"] as const) await nodes[name].shows(/Family, Ben: one it is/);
  transcript.write("(what Cem's `kith up` shows)");
  nodes.cem.leave();

  transcript.step("Ada offers a film to all; who has it passes it on");
  await ada.runs("sh", "-c", `head -c ${FILM_BYTES} /dev/urandom > film.bin`);
  await ada.does("room", "send", "film.bin");
  await nodes.ben.shows(/Ada offers film\.bin/);
  await ben.does("room", "fetch", "film.bin");
  await cem.does("room", "fetch", "film.bin");
  const [here] = (await ada.runs("sha256sum", "film.bin")).split(" ");
  for (const person of [ben, cem]) {
    const [file] = await person.asks("room", "files");
    const [there] = (await person.runs("sha256sum", String(file?.["path"]))).split(" ");
    assert.equal(there, here);
  }
  assert.match(await cem.does("room", "files"), /film\.bin .* have it/);
}

async function loseSight({ ada, ben, emil }: People, nodes: Nodes, transcript: Transcript): Promise<void> {
  transcript.step("Emil's machine loses power; what is said meanwhile waits for him");
  await nodes.emil.kill();
  transcript.write("(killed)");
  await until(
    () => ben.asks("room", "members"),
    (all) => all.some(({ name, isOnline }) => name === "Emil" && isOnline === false),
  );
  assert.match(await ben.does("room", "members"), /Emil .* away/);
  await ben.does("room", "chat", "-m", "where is Emil?");
  nodes.emil = await start(emil);
  await nodes.emil.shows(/Family, Ben: where is Emil\?/);
  transcript.write("(Emil's `kith up`)");
  nodes.emil.leave();
  await until(
    () => ben.asks("room", "members"),
    (all) => all.every(({ isOnline }) => isOnline === true),
  );

  transcript.step("Ada cuts Dora off: the others see the gap, and messages go round");
  await ada.does("room", "cut", "Dora");
  const gapsOf = async (person: Person): Promise<readonly unknown[]> =>
    (await person.asks("room", "map")).filter(({ type }) => type === "gap");
  await until(
    () => gapsOf(ben),
    (gaps) => gaps.length === 1,
  );
  assert.match(await ben.does("room", "map"), /(Ada and Dora|Dora and Ada) are not connected\./);
  await ada.does("room", "chat", "-m", "can you hear me, Dora?");
  await nodes.dora.shows(/Family, Ada: can you hear me, Dora\?/);
  assert.match(await ada.does("room", "members"), /Dora .* cut off by you/);
  await ada.does("room", "uncut", "Dora");
  await until(
    () => gapsOf(ben),
    (gaps) => gaps.length === 0,
  );
}

async function partWays({ ada, ben, cem, emil }: People, nodes: Nodes, transcript: Transcript): Promise<void> {
  transcript.step("Ada expels Emil");
  const expelling = ada.kith("room", "expel", "Emil");
  await expelling.shows(/\[y\/n\]/);
  expelling.types("y");
  assert.equal(await expelling.ended, 0, expelling.shown);
  expelling.leave();
  await nodes.emil.shows(/You were expelled from Family\./);
  transcript.write("(Emil's `kith up`)");
  nodes.emil.leave();
  await ben.does("room", "chat", "-m", "now among us");
  await nodes.cem.shows(/Family, Ben: now among us/);
  const refused = emil.kith("room", "chat", "Family", "hello?");
  assert.notEqual(await refused.ended, 0);
  refused.leave();
  assert.doesNotMatch(nodes.emil.shown, /now among us/);

  transcript.step("The founder leaves, and the room goes on");
  const leaving = ada.kith("room", "leave");
  await leaving.shows(/\[y\/n\]/);
  leaving.types("y");
  assert.equal(await leaving.ended, 0, leaving.shown);
  leaving.leave();
  assert.equal(await nodes.ada.interrupt(), 0, nodes.ada.shown);
  transcript.write("(Ctrl-C in ada's `kith up`)");
  await until(
    () => cem.asks("room", "members"),
    (all) => all.length === 3 && all.some(({ name, role }) => name === "Ben" && role === "owner"),
  );
  await cem.does("room", "members");
  await cem.does("room", "chat", "-m", "still here");
  await nodes.ben.shows(/Family, Cem: still here/);
  await until(
    () => cem.asks("room", "map"),
    (all) => all.every(({ type }) => type !== "gap"),
  );
  assert.match(await cem.does("room", "map"), /No gaps\./);
}

async function fivePeople(lab: NetLab, folder: string, transcript: Transcript): Promise<People> {
  const [machine, far] = [await lab.host("m"), await lab.host("n")];
  await lab.cable(machine, far, "eth0", ["10.9.1.1/24", "10.9.1.2/24"]);
  const person = async (name: string): Promise<Person> => {
    const one = new Person(name, { host: machine, folder: join(folder, name), transcript, env: TERMINAL });
    await mkdir(one.folder);
    return one;
  };
  return {
    ada: await person("ada"),
    ben: await person("ben"),
    cem: await person("cem"),
    dora: await person("dora"),
    emil: await person("emil"),
  };
}

/** `kith up` in a terminal of its own. */
async function start(person: Person, ...args: readonly string[]): Promise<Program> {
  const node = person.kith("up", ...args);
  await node.shows(/privacy .*\n/);
  node.leave();
  return node;
}

function linkIn(shown: string): string {
  const [link] = /\S+#\S+/.exec(shown) ?? [];
  assert.ok(link, shown);
  return link;
}

const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

const INTRODUCTION = `# A tour of rooms

Five people, one room, no server. What follows was typed and shown by the program itself:
\`packages/cli/src/room-tour.system.test.ts\` does all of it with five processes on one machine whenever the tests
run, and checks what it says here. This page is a recording of one run; with root on Linux you make your own:

    KITH_ROOM_TOUR=docs/room-tour.md node_modules/.bin/node -C @kith/source --test packages/cli/src/room-tour.system.test.ts

Everybody's \`kith up\` runs in a terminal of its own; the other commands speak to it. [The tour of
kith](tour.md) begins earlier: how two people find each other, pair, talk and send.`;
