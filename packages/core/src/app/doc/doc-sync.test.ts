/** One document at all members of a room: who joins, who edits, who was away (R27 to R33 of the requirements). */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { randomBelow } from "../../lib/random.ts";
import { DOC_MESSAGE_BYTES_MAX } from "../../wire/room-app-limits.ts";
import { type DocMemberInTest, DocWorld } from "./doc-world.test.ts";

const hashOf = (member: DocMemberInTest): string =>
  createHash("sha256").update(JSON.stringify(member.replica.content())).digest("hex");

/** About this many bytes of text, in pieces that do not merge into one. */
function write(member: DocMemberInTest, bytes: number): void {
  const { replica } = member;
  replica.doc.transact(() => {
    for (let at = 0; at < bytes; at += 4_096) replica.text.insert(replica.text.length, `${at}:`.padEnd(4_096, "x"));
  });
}

test("R27: who joins a room with a state of 1 MiB has all of it, from a member, before it is ready [DOC-4]", () => {
  const world = new DocWorld(3);
  write(world.at(0), 1_048_576);
  assert.ok(world.at(0).replica.bytes() > 1_000_000);
  world.publish(world.at(0));
  assert.ok(world.run(10_000, () => world.isEqual()));
  const joiner = world.join(false);
  assert.equal(joiner.isReady, false);
  assert.ok(world.run(10_000, () => joiner.isReady));
  assert.equal(hashOf(joiner), hashOf(world.at(0)), "equal at the moment when it is ready");
  assert.equal(joiner.outputs.filter(({ type }) => type === "ready").length, 1);
});

test("R27: whose person waits for the document asks for it at once [DOC-4]", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const world = new DocWorld(2, seed);
    world.run(5_000);
    const joiner = world.join(false);
    assert.ok(
      world.run(60, () => joiner.isReady), // the channel takes 20 ms, each message 10
      `seed ${seed}`,
    );
  }
});

test("R27: with nobody there who is ready, a joiner waits; the founder does not [DOC-4]", () => {
  const world = new DocWorld(1);
  assert.equal(world.at(0).isReady, true);
  world.at(0).isOnline = false;
  const joiner = world.join(false);
  world.run(60_000);
  assert.equal(joiner.isReady, false);
  world.at(0).isOnline = true;
  world.meet();
  assert.ok(world.run(5_000, () => joiner.isReady));
});

test("R28: any member's edit reaches all, with 2 to 8 members, in under a second [DOC-3]", () => {
  for (let count = 2; count <= 8; count++) {
    const world = new DocWorld(count, count);
    world.run(5_000);
    for (const [at, member] of world.members.entries()) {
      member.replica.files.set(`file ${at}`, at);
      world.publish(member);
    }
    assert.ok(
      world.run(1_000, () => world.isEqual()),
      `${count} members`,
    );
    assert.equal(Object.keys(world.at(0).replica.files.toJSON()).length, count);
  }
});

test("a joiner does not take another joiner's empty document for the whole one [DOC-4]", () => {
  const world = new DocWorld(1);
  const founder = world.at(0);
  write(founder, 10_000);
  world.publish(founder);
  founder.isOnline = false;
  const joiners = Array.from({ length: 6 }, () => world.join(false));
  world.run(30_000);
  assert.ok(joiners.every(({ isReady }) => !isReady));
  founder.isOnline = true;
  world.meet();
  assert.ok(world.run(60_000, () => joiners.every(({ isReady }) => isReady)));
  assert.ok(joiners.every((joiner) => hashOf(joiner) === hashOf(founder)));
});

test("a joiner becomes ready over a channel that a member opened, too [DOC-4]", () => {
  const world = new DocWorld(1);
  write(world.at(0), 10_000);
  const joiner = world.join(false);
  joiner.cannotOpen = true;
  assert.ok(world.run(60_000, () => joiner.isReady));
  assert.equal(hashOf(joiner), hashOf(world.at(0)));
});

test("a document of which nobody has anything begins where a person says so [DOC-4]", () => {
  const world = new DocWorld(0);
  const [first, second] = [world.join(false), world.join(false)];
  world.run(5_000);
  first.machine.begin();
  world.drain(first);
  assert.ok(world.run(60_000, () => second.isReady));
});

type Step = readonly [who: number, what: number, where: number];

function edit({ replica }: DocMemberInTest, what: number, where: number, mark: string): void {
  if (what === 0) replica.text.insert(where % (replica.text.length + 1), mark);
  else if (what === 1) replica.files.set(`file ${where % 5}`, mark);
  else if (what === 2) replica.drawing.push([mark]);
  else if (what === 3 && replica.text.length > 3) replica.text.delete(where % (replica.text.length - 3), 2);
  else if (what === 4) replica.files.delete(`file ${where % 5}`);
  else replica.doc.transact(() => replica.drawing.push([mark, { line: [where, what] }]));
}

test("R29: edits by anybody, delayed, repeated, lost and through partitions: in the end all are equal, and nothing is lost [DOC-1]", () => {
  const steps = fc.array(fc.tuple(fc.nat(5), fc.nat(8), fc.nat(1_000)), { maxLength: 40 });
  fc.assert(
    fc.property(fc.integer({ min: 3, max: 6 }), fc.nat(1_000), steps, (count, seed, plan: readonly Step[]) => {
      const world = new DocWorld(count, seed);
      world.delayMax = 400;
      world.repeats = 20;
      world.losses = 5;
      const pushed: string[] = [];
      for (const [at, [who, what, where]] of plan.entries()) {
        const member = world.at(who % count);
        const mark = `<${at}>`;
        if (what === 6) {
          for (const each of world.members) each.group = randomBelow(world.random, 2);
          world.meet();
        } else if (what === 7) {
          for (const each of world.members) each.group = 0;
          world.meet();
        } else {
          edit(member, what, where, mark);
          world.publish(member);
          if (what === 2 || what === 5) pushed.push(mark);
        }
        world.run(where % 300);
      }
      for (const each of world.members) each.group = 0;
      [world.losses, world.repeats] = [0, 0];
      world.meet();
      assert.ok(
        world.run(300_000, () => world.isEqual()),
        "equal after healing",
      );
      const [first, ...others] = world.members.map(({ replica }) => JSON.stringify(replica.content()));
      for (const other of others) assert.equal(other, first);
      for (const mark of pushed) assert.ok(first?.includes(`"${mark}"`), `${mark} is there`);
    }),
    { numRuns: 60 },
  );
});

test("R30: after a partition with one edit, under 4 kB go over the wire with a state of 1 MiB [DOC-5]", () => {
  const world = new DocWorld(2);
  write(world.at(0), 1_048_576);
  world.publish(world.at(0));
  assert.ok(world.run(10_000, () => world.isEqual()));
  world.run(300_000);
  world.at(1).group = 1;
  world.meet();
  world.at(1).replica.text.insert(5, "an edit");
  world.publish(world.at(1));
  world.run(10_000);
  assert.equal(world.isEqual(), false);
  world.bytes = 0;
  world.at(1).group = 0;
  world.meet();
  assert.ok(world.run(5_000, () => world.isEqual()));
  world.run(300_000);
  assert.ok(world.bytes < 4_000, `${world.bytes} bytes`);
});

test("R31: an update is heard only from a member, under that member's name [DOC-6]", () => {
  const world = new DocWorld(3);
  const [member, other] = [world.at(0), world.at(1)];
  const stranger = new DocWorld(9).at(8);
  stranger.replica.files.set("theirs", 1);
  stranger.machine.handleEdit(stranger.replica.edits[0] ?? new Uint8Array(), world.instant);
  const message = [];
  for (let output = stranger.machine.poll(); output !== undefined; output = stranger.machine.poll()) {
    if (output.type === "broadcast") message.push(output.bytes);
  }
  const [update] = message;
  assert.ok(update !== undefined);
  member.outputs.length = 0;
  member.machine.handleBroadcast(stranger.peer, update, world.instant);
  world.drain(member);
  assert.equal(member.outputs.length, 0, "an uninvited author");
  member.machine.handleBroadcast(other.peer, update, world.instant);
  world.drain(member);
  const applied = member.outputs.filter((output) => output.type === "apply");
  assert.deepEqual(
    applied.map(({ from, isAuthor }) => ({ from, isAuthor })),
    [{ from: other.peer, isAuthor: true }],
    "whoever signed it is its author",
  );
  const joiner = world.join(false);
  assert.ok(world.run(5_000, () => joiner.isReady));
  const brought = joiner.outputs.filter((output) => output.type === "apply");
  assert.ok(brought.length > 0 && brought.every(({ isAuthor }) => !isAuthor), "a diff is no word of its authors");
});

test("R32: a peer that is no member gets no answer on any channel, and one that is none any more loses it [DOC-6]", () => {
  const world = new DocWorld(2);
  const [member, other] = [world.at(0), world.at(1)];
  const stranger = new DocWorld(9).at(8).peer;
  member.machine.handleChannelUp(stranger, false, world.instant);
  assert.deepEqual(member.machine.poll(), { type: "closeChannel", peer: stranger });
  assert.equal(member.machine.poll(), undefined);
  member.machine.handleChannelUp(other.peer, false, world.instant);
  member.machine.setMembers([], world.instant);
  const said = [];
  for (let output = member.machine.poll(); output !== undefined; output = member.machine.poll()) said.push(output.type);
  assert.deepEqual(said, ["state", "closeChannel"]);
});

test("R33: every message is at most 16 KiB, whatever the size of an edit or of the state [DOC-2]", () => {
  const world = new DocWorld(2);
  write(world.at(0), 700_000);
  world.publish(world.at(0));
  assert.ok(world.run(10_000, () => world.isEqual()));
  const joiner = world.join(false);
  assert.ok(world.run(10_000, () => joiner.isReady));
  const sizes = world.members.flatMap(({ outputs }) =>
    outputs.flatMap((output) => (output.type === "broadcast" || output.type === "send" ? [output.bytes.length] : [])),
  );
  assert.ok(sizes.length > 80 && Math.max(...sizes) === DOC_MESSAGE_BYTES_MAX, `${Math.max(...sizes)}`);
});
