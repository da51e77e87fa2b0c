/** Files in a room: who gives what to whom, when members are slow, silent, lie or leave. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { SWARM_PARTNERS_MAX } from "../../wire/room-app-limits.ts";
import { chunkCount } from "../file/manifest.ts";
import { content, type Member, room } from "./swarm-member.test.ts";
import type { SwarmFileId } from "./swarm-message.ts";
import { World } from "./swarm-world.test.ts";

const MIB = 1_048_576;
const FILE_BYTES = 8 * MIB - 1_000;

const isDone = (members: readonly Member[], id: SwarmFileId): boolean =>
  members.every((member) => member.file(id)?.state === "have");

function assertSame(members: readonly Member[], bytes: Uint8Array): void {
  for (const member of members) {
    const there = member.wholes.get("/inbox/photo.jpg");
    assert.ok(there !== undefined && Buffer.compare(there, bytes) === 0, "the file is what was sent");
  }
}

/** Copies of the file that left by this member's uplink. */
const copies = (member: Member, bytes = FILE_BYTES): number => member.chunkBytesSent / bytes;

test("[SWA-11] in a healthy room of 8 the sender gives at most 1.15 copies, whatever its uplink", () => {
  for (const [seed, rate] of [10_000_000, 1_000_000, 200_000].entries()) {
    const world = new World(room(8, { 0: { rate } }), seed);
    const length = 2 * FILE_BYTES; // more chunks than are shown at once
    const bytes = content(length, seed);
    const id = world.offer(world.at(0), bytes);
    const others = world.members.slice(1);
    for (const member of others) assert.ok(world.fetch(member, id));
    assert.ok(
      world.run(600_000, () => isDone(others, id)),
      `rate ${rate}`,
    );
    assertSame(others, bytes);
    assert.ok(copies(world.at(0), length) <= 1.15, `${copies(world.at(0), length)} copies at ${rate}`);
    // Not much slower than one copy takes on that uplink.
    assert.ok(world.now < 4_000 + (1_500 * length) / rate, `${world.now} ms at ${rate}`);
    // Nobody received more than the file, but for a few chunks near the end.
    const total = world.members.reduce((sum, member) => sum + copies(member, length), 0);
    assert.ok(total <= 7 * 1.03, `${total} copies in all`);
  }
});

test("[SWA-11] the sender leaves when one copy is out: everybody still completes", () => {
  for (const seed of [1, 2, 3]) {
    const world = new World(room(8, { 0: { rate: 4_000_000 } }), seed);
    const bytes = content(FILE_BYTES, seed);
    const id = world.offer(world.at(0), bytes);
    const others = world.members.slice(1);
    for (const member of others) world.fetch(member, id);
    const chunks = chunkCount(FILE_BYTES);
    const isOut = (): boolean => {
      const there = new Set(others.flatMap((member) => member.chunksHere(id)));
      return there.size === chunks;
    };
    assert.ok(world.run(600_000, isOut));
    assert.ok(!isDone(others, id), "somebody still lacks something");
    world.leave(world.at(0));
    assert.ok(
      world.run(600_000, () => isDone(others, id)),
      `seed ${seed}`,
    );
    assertSame(others, bytes);
  }
});

test("[SWA-7] one of 8 sends wrong data: everybody completes, and who got any drops and names it, and no other", () => {
  for (const seed of [1, 2, 3]) {
    const world = new World(room(8, { 3: { lies: true } }), seed);
    const bytes = content(FILE_BYTES, seed);
    const id = world.offer(world.at(0), bytes);
    const others = world.members.slice(1);
    for (const member of others) world.fetch(member, id);
    const honest = others.filter((member) => member !== world.at(3));
    assert.ok(
      world.run(600_000, () => isDone(honest, id)),
      `seed ${seed}`,
    );
    assertSame(honest, bytes);
    const named = honest.flatMap((member) => member.named());
    assert.ok(named.length > 0);
    for (const { peer, reason } of named) assert.deepEqual([peer, reason], [world.at(3).peer, "corrupt"]);
  }
});

test("[SWA-9] partners whose channels break, and one that gives nothing: what was asked of them others give", () => {
  for (const seed of [1, 2, 3]) {
    const world = new World(room(8, { 2: { breaks: 0.02 }, 4: { breaks: 0.02 }, 5: { isSilent: true } }), seed);
    const bytes = content(FILE_BYTES, seed);
    const id = world.offer(world.at(0), bytes);
    const others = world.members.slice(1);
    for (const member of others) world.fetch(member, id);
    assert.ok(
      world.run(600_000, () => isDone(others, id)),
      `seed ${seed}`,
    );
    assertSame(others, bytes);
    assert.deepEqual(
      world.members.flatMap((member) => member.named()),
      [],
      "who is slow or away does nothing wrong",
    );
  }
});

test("[SWA-10] a partner with a very slow uplink does not hold up the others, and few chunks are sent twice", () => {
  const world = new World(room(5, { 4: { rate: 20_000 } }));
  const bytes = content(FILE_BYTES, 1);
  const id = world.offer(world.at(0), bytes);
  const others = world.members.slice(1);
  for (const member of others) world.fetch(member, id);
  // The slow one's own requests stand behind what it gives, on its uplink.
  assert.ok(world.run(30_000, () => isDone(others.slice(0, -1), id)));
  assert.ok(world.run(300_000, () => isDone(others, id)));
  assert.deepEqual(
    world.members.flatMap((member) => member.named()),
    [],
  );
  const total = world.members.reduce((sum, member) => sum + copies(member), 0);
  assert.ok(total <= 4 * 1.25, `${total} copies`);
});

test("[SWA-12] a member that says it has everything and gives nothing does not stop the sender", () => {
  const world = new World(room(4, { 1: { boasts: true, isSilent: true } }));
  const bytes = content(FILE_BYTES, 1);
  const id = world.offer(world.at(0), bytes);
  const others = world.members.slice(1);
  for (const member of others) world.fetch(member, id);
  const honest = world.members.slice(2);
  assert.ok(world.run(120_000, () => isDone(honest, id)));
  assertSame(honest, bytes);
});

test("[SWA-12] a member that reaches the sender alone gets everything from the sender", () => {
  const world = new World(room(4));
  const [sender, lonely] = [world.at(0), world.at(3)];
  world.isCut = (a, b) => (a === lonely.peer || b === lonely.peer) && a !== sender.peer && b !== sender.peer;
  const bytes = content(FILE_BYTES, 1);
  const id = world.offer(sender, bytes);
  const others = world.members.slice(1);
  for (const member of others) world.fetch(member, id);
  assert.ok(world.run(120_000, () => isDone(others, id)));
  assertSame(others, bytes);
  assert.ok(copies(sender) <= 2.15, `${copies(sender)} copies`);
});

test("[SWA-4] the sender is gone: one who comes later finds whoever has it, and asks it for all", () => {
  const world = new World(room(4));
  const bytes = content(FILE_BYTES, 1);
  const id = world.offer(world.at(0), bytes);
  world.fetch(world.at(1), id);
  assert.ok(world.run(60_000, () => isDone([world.at(1)], id)));
  world.leave(world.at(0));
  world.run(60_000);
  assert.equal(world.at(3).file(id)?.sources, 1, "who fetched it said so");
  world.fetch(world.at(3), id);
  assert.ok(world.run(60_000, () => isDone([world.at(3)], id)));
  assertSame([world.at(3)], bytes);
});

test("[SWA-3] who comes online hears of the files again, from one of those who have them", () => {
  const world = new World(room(6));
  world.leave(world.at(5));
  const id = world.offer(world.at(0), content(MIB, 1));
  for (const number of [1, 2, 3]) world.fetch(world.at(number), id);
  assert.ok(world.run(60_000, () => isDone([world.at(1), world.at(2), world.at(3)], id)));
  world.leave(world.at(0));
  world.run(60_000);
  assert.equal(world.at(5).file(id), undefined);
  for (const member of world.members) member.outputs.length = 0;
  world.restart(world.at(5), 77);
  world.run(10_000);
  assert.equal(world.at(5).file(id)?.state, "offered");
  assert.equal(world.at(5).file(id)?.name, "photo.jpg");
  const said = world.members.flatMap(({ outputs }) => outputs.filter(({ type }) => type === "broadcast"));
  assert.equal(said.length, 1, "the others heard it, and need not say it again");
});

test("[SWA-3] neither what was announced before somebody came, nor what the room tells again, spares announcing it", () => {
  const world = new World(room(4));
  const [gone, holder, late] = [world.at(0), world.at(1), world.at(3)];
  world.leave(late);
  const id = world.offer(gone, content(MIB, 1));
  const [offers] = gone.outputs.flatMap((output) => (output.type === "broadcast" ? [output.bytes] : []));
  assert.ok(offers !== undefined);
  world.fetch(holder, id);
  assert.ok(world.run(60_000, () => isDone([holder], id)));
  world.leave(world.at(2));
  world.restart(world.at(2), 5); // so that an announcement is due, of what was announced already
  world.run(200);
  holder.swarm.handleBroadcast(gone.peer, offers, world.instant);
  world.leave(gone);
  world.restart(late, 6);
  holder.swarm.handleBroadcast(gone.peer, offers, world.instant); // from the room's history
  world.run(10_000);
  assert.deepEqual([late.file(id)?.state, late.file(id)?.sources], ["offered", 1]);
  assert.equal(holder.file(id)?.sources, 0, "who left has nothing to give");
});

test("[SWA-5] more members than a sender can serve at once: it refuses some, and they get it from others", () => {
  const world = new World(room(30));
  const bytes = content(4 * MIB, 1);
  const id = world.offer(world.at(0), bytes);
  const others = world.members.slice(1);
  for (const member of others) world.fetch(member, id);
  let most = 0;
  const watched = (): boolean => {
    most = Math.max(most, ...world.members.map(({ swarm }) => swarm.partners.length));
    return isDone(others, id);
  };
  assert.ok(world.run(600_000, watched));
  assertSame(others, bytes);
  assert.ok(most <= SWARM_PARTNERS_MAX, `${most} partners`);
  assert.ok(world.at(0).chunkBytesSent <= 1.5 * bytes.length, `${world.at(0).chunkBytesSent / bytes.length} copies`);
});

test("[SWA-5] when nobody wants anything, channels are closed", () => {
  const world = new World(room(3));
  const id = world.offer(world.at(0), content(MIB, 1));
  world.fetch(world.at(1), id);
  assert.ok(world.run(60_000, () => isDone([world.at(1)], id)));
  world.run(120_000);
  assert.deepEqual(
    world.members.map(({ swarm }) => swarm.partners.length),
    [0, 0, 0],
  );
  assert.ok(
    world.members.every(({ swarm }) => swarm.nextTimeout() === undefined),
    "and nobody wakes up any more",
  );
});
