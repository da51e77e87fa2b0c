/** Files in a room whose members hash as pages do: leaves are jobs, and answers come late and in any order. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { textToBytes } from "../../lib/utf8.ts";
import { FILE_CHUNK_BYTES } from "../../wire/limits.ts";
import { SWARM_REQUESTS_ALL_MAX } from "../../wire/room-app-limits.ts";
import { content, DATE, type Member, provider, room, type Traits } from "./swarm-member.test.ts";
import type { SwarmFileId } from "./swarm-message.ts";
import { World } from "./swarm-world.test.ts";

const MIB = 1_048_576;

const pages = (count: number, special: Readonly<Record<number, Traits>> = {}): Traits[] =>
  room(count, special).map((traits) => ({ ...traits, hashesLater: true }));

const isDone = (members: readonly Member[], id: SwarmFileId): boolean =>
  members.every((member) => member.file(id)?.state === "have");

const isSame = (member: Member, bytes: Uint8Array): boolean =>
  Buffer.compare(member.wholes.get("/inbox/photo.jpg") ?? new Uint8Array(), bytes) === 0;

const hashesOf = (member: Member): number => member.outputs.filter(({ type }) => type === "hash").length;

test("[SWA-7] no leaf is made at once, wrong data is written nowhere, and who sent it is named when it is hashed", () => {
  for (const seed of [1, 2, 3]) {
    const world = new World(pages(6, { 3: { lies: true } }), seed);
    const bytes = content(12 * MIB + 7, seed);
    const id = world.offer(world.at(0), bytes);
    assert.equal(hashesOf(world.at(0)), 49, "each chunk once, to announce it");
    const others = world.members.slice(1);
    for (const member of others) world.fetch(member, id);
    assert.ok(
      world.run(120_000, () => isDone(others, id)),
      `seed ${seed}`,
    );
    for (const member of others) {
      assert.ok(isSame(member, bytes));
      assert.ok(hashesOf(member) >= 49);
      assert.deepEqual(
        [...new Set(member.named().map(({ peer }) => peer))].filter((peer) => peer !== world.at(3).peer),
        [],
      );
    }
    assert.ok(others.some((member) => member.named().some(({ reason }) => reason === "corrupt")));
  }
});

test("[SWA-14] [SWA-13] restarts in the middle and files that change, hashed later, end as they do at once", () => {
  const world = new World(pages(3, { 0: { rate: 1_000_000 } }));
  const [sender, member, third] = [world.at(0), world.at(1), world.at(2)];
  const bytes = content(6 * MIB + 5, 1);
  const id = world.offer(sender, bytes.slice());
  world.fetch(member, id);
  assert.ok(world.run(60_000, () => member.chunksHere(id).length === 15));
  world.run(1_100); // the set is stored with the next tick
  member.parts.get(id)?.fill(0, 0, 100);
  const before = sender.chunkBytesSent;
  world.restart(member, 7);
  assert.ok(world.run(60_000, () => isDone([member], id)));
  assert.ok(isSame(member, bytes));
  assert.ok(sender.chunkBytesSent - before <= bytes.length - 13 * FILE_CHUNK_BYTES);
  sender.wholes.get("/photo.jpg")?.fill(1);
  world.leave(member);
  world.fetch(third, id);
  world.run(30_000, () => sender.file(id)?.failure === "changed");
  assert.equal(sender.file(id)?.failure, "changed");
  assert.deepEqual([third.file(id)?.bytesDone, third.named()], [0, []]);
});

test("[SWA-9] partners that go while their chunks are hashed, and who gives up meanwhile, leave nothing behind", () => {
  for (const seed of [1, 2, 3, 4]) {
    const world = new World(pages(5, { 2: { breaks: 0.05 }, 3: { breaks: 0.05 } }), seed);
    const bytes = content(8 * MIB, seed);
    const id = world.offer(world.at(0), bytes);
    const others = world.members.slice(1);
    for (const member of others) world.fetch(member, id);
    const [first] = others;
    if (first === undefined) return assert.fail("somebody fetches");
    assert.ok(world.run(60_000, () => first.chunksHere(id).length > 8));
    assert.ok(world.cancel(first, id));
    const written = first.chunksHere(id).length;
    world.run(500);
    assert.ok(first.chunksHere(id).length - written <= 4, "what was being written, and nothing that was hashed since");
    world.fetch(first, id);
    assert.ok(
      world.run(120_000, () => isDone(others, id)),
      `seed ${seed}`,
    );
    for (const member of others) assert.ok(isSame(member, bytes));
  }
});

/** A member that was given chunks of which no leaf was answered yet; `answer` does, in the order in which they were asked for. */
function slowPage(): { world: World; member: Member; id: SwarmFileId; waiting: () => number; answer: () => void } {
  const world = new World(pages(4));
  const [sender, member, ...holders] = [world.at(0), world.at(1), world.at(2), world.at(3)];
  const id = world.offer(sender, content(48 * MIB, 1));
  for (const holder of holders) world.fetch(holder, id);
  assert.ok(world.run(120_000, () => isDone(holders, id)));
  const { swarm } = member;
  const handleHashed = swarm.handleHashed.bind(swarm);
  const tokens = new Set<number>();
  swarm.handleHashed = (token) => void tokens.add(token);
  world.fetch(member, id);
  world.run(30_000);
  const answer = (): void => {
    swarm.handleHashed = handleHashed;
    const jobs = member.outputs.flatMap((output) => (output.type === "hash" ? [output] : []));
    for (const { token, parts } of jobs) handleHashed(token, provider.sha256(...parts), world.instant);
  };
  return { world, member, id, waiting: () => tokens.size, answer };
}

test("[SWA-8] no more chunks wait to be hashed than may be asked for", () => {
  const { world, member, id, waiting, answer } = slowPage();
  assert.deepEqual([waiting(), member.chunksHere(id).length], [SWARM_REQUESTS_ALL_MAX, 0]);
  answer();
  assert.ok(world.run(120_000, () => isDone([member], id)));
});

test("[SWA-15] chunks that are hashed when the disk has failed are not written, and it goes on when it is wanted again", () => {
  const { world, member, id, answer } = slowPage();
  member.swarm.handleDiskFailed(id, "diskFull", world.instant);
  answer();
  world.run(1_000);
  assert.equal(member.chunksHere(id).length, 0);
  assert.ok(world.fetch(member, id));
  assert.ok(world.run(120_000, () => isDone([member], id)));
});

test("an answer that nobody waits for any more changes nothing", () => {
  const world = new World(pages(1));
  const [member] = [world.at(0)];
  const bytes = content(4 * MIB, 1);
  member.wholes.set("/photo.jpg", bytes);
  const offer = { name: "photo.jpg", bytes: bytes.length, modified: DATE, source: textToBytes("/photo.jpg") };
  member.swarm.offer({ ...offer, request: 5 }, world.instant);
  world.run(1);
  member.swarm.cancelOffer(5);
  for (const token of [0, 1, 2, 3, 3_000]) member.swarm.handleHashed(token, new Uint8Array(32), world.instant);
  member.swarm.offer({ ...offer, request: 6 }, world.instant);
  world.meet();
  world.run(2_000);
  const ended = member.outputs.flatMap((each) =>
    each.type === "offered" || each.type === "offerFailed" ? [each] : [],
  );
  assert.deepEqual(
    ended.map(({ type, request }) => [type, request]),
    [
      ["offerFailed", 5],
      ["offered", 6],
    ],
  );
});
