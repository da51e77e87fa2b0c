/** Files in a room: disks that are full or change, restarts in the middle, and members that ask for too much. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { instant } from "../../lib/time.ts";
import { textToBytes } from "../../lib/utf8.ts";
import { FILE_CHUNK_BYTES } from "../../wire/limits.ts";
import { SWARM_MESSAGE } from "../../wire/registry.ts";
import {
  SWARM_ASKS_MAX,
  SWARM_FILES_MAX,
  SWARM_HELD_MAX,
  SWARM_OFFERS_PER_MEMBER_MAX,
  SWARM_OUTBOX_MAX,
} from "../../wire/room-app-limits.ts";
import { content, DATE, type Member, room } from "./swarm-member.test.ts";
import { encodeSwarmBroadcast, encodeSwarmMessage, type SwarmFileId } from "./swarm-message.ts";
import { World } from "./swarm-world.test.ts";

const MIB = 1_048_576;

const isDone = (members: readonly Member[], id: SwarmFileId): boolean =>
  members.every((member) => member.file(id)?.state === "have");

const isSame = (member: Member, bytes: Uint8Array): boolean => {
  const there = member.wholes.get("/inbox/photo.jpg");
  return there !== undefined && Buffer.compare(there, bytes) === 0;
};

test("[SWA-14] a restart in the middle: what is in the part is hashed, kept and not fetched again", () => {
  const world = new World(room(2, { 0: { rate: 1_000_000 } }));
  const [sender, member] = [world.at(0), world.at(1)];
  const bytes = content(8 * MIB + 5, 1);
  const id = world.offer(sender, bytes);
  world.fetch(member, id);
  assert.ok(world.run(60_000, () => member.chunksHere(id).length === 20));
  world.run(1_100); // the set is stored with the next tick
  const here = member.file(id)?.bytesDone ?? 0;
  // One chunk of the part is not what it was: a page that never reached the disk.
  member.parts.get(id)?.fill(0, 0, 100);
  const before = sender.chunkBytesSent;
  world.restart(member, 7);
  assert.ok(world.run(60_000, () => isDone([member], id)));
  assert.ok(isSame(member, bytes));
  const again = sender.chunkBytesSent - before;
  assert.ok(again <= bytes.length - here + 4 * FILE_CHUNK_BYTES, `${again} bytes again, ${here} were here`);
  assert.deepEqual(member.named(), []);
});

test("[SWA-14] after a restart a file that is whole is hashed again before anybody gets it", () => {
  const world = new World(room(4));
  const bytes = content(4 * MIB, 1);
  const id = world.offer(world.at(0), bytes);
  world.fetch(world.at(1), id);
  assert.ok(world.run(60_000, () => isDone([world.at(1)], id)));
  world.leave(world.at(0));
  world.run(100); // until that is stored
  world.restart(world.at(1), 9);
  assert.equal(world.at(1).file(id)?.state, "have");
  world.run(10_000);
  world.fetch(world.at(2), id);
  assert.ok(world.run(60_000, () => isDone([world.at(2)], id)));
  assert.ok(isSame(world.at(2), bytes));
  // Our own file too, after a restart of its sender; one that was edited meanwhile is not given any more.
  world.restart(world.at(0), 10);
  world.leave(world.at(1));
  world.leave(world.at(2));
  world.at(0).wholes.get("/photo.jpg")?.fill(1, 0, 10);
  world.fetch(world.at(3), id);
  world.run(30_000);
  assert.equal(world.at(0).file(id)?.failure, "changed");
  assert.deepEqual([world.at(3).file(id)?.bytesDone, world.at(3).named()], [0, []]);
});

test("[SWA-13] a file that is edited while others fetch it: what changed is not sent, and nobody is blamed", () => {
  const world = new World(room(3, { 0: { rate: 1_000_000 } }));
  const bytes = content(4 * MIB, 1);
  const id = world.offer(world.at(0), bytes.slice());
  for (const number of [1, 2]) world.fetch(world.at(number), id);
  assert.ok(world.run(60_000, () => world.at(1).chunksHere(id).length > 2));
  world.at(0).wholes.get("/photo.jpg")?.fill(1);
  world.run(60_000);
  assert.equal(world.at(0).file(id)?.failure, "changed");
  assert.deepEqual(
    world.members.flatMap((member) => member.named()),
    [],
  );
  assert.equal(world.at(1).file(id)?.state, "fetching");
});

test("[SWA-15] a full disk and one that may not be written are failures of their own, after which it goes on", () => {
  for (const fault of ["diskFull", "notPermitted"] as const) {
    const world = new World(room(2));
    const [sender, member] = [world.at(0), world.at(1)];
    const bytes = content(4 * MIB, 1);
    const id = world.offer(sender, bytes);
    world.fetch(member, id);
    assert.ok(world.run(60_000, () => member.chunksHere(id).length > 5));
    member.fault = fault;
    assert.ok(world.run(60_000, () => member.file(id)?.state === "failed"));
    assert.equal(member.file(id)?.failure, fault);
    world.run(5_000);
    const before = sender.chunkBytesSent;
    world.run(30_000);
    assert.equal(sender.chunkBytesSent, before, "nothing more was asked for");
    member.fault = undefined;
    assert.ok(world.fetch(member, id));
    assert.ok(world.run(60_000, () => isDone([member], id)));
    assert.ok(isSame(member, bytes));
    assert.ok(sender.chunkBytesSent <= 2 * bytes.length);
  }
});

test("[SWA-15] whoever cancels loses the part, and may begin anew; a sender that cancels gives no more", () => {
  const world = new World(room(2, { 0: { rate: 1_000_000 } }));
  const [sender, member] = [world.at(0), world.at(1)];
  const bytes = content(4 * MIB, 1);
  const id = world.offer(sender, bytes);
  world.fetch(member, id);
  assert.ok(world.run(60_000, () => member.chunksHere(id).length > 5));
  assert.ok(world.cancel(member, id));
  assert.deepEqual([member.file(id)?.state, member.file(id)?.bytesDone, member.parts.size], ["offered", 0, 0]);
  world.run(5_000);
  assert.equal([...member.store.keys()].length, 0, "nothing of it is kept");
  world.fetch(member, id);
  assert.ok(world.run(60_000, () => isDone([member], id)));
  assert.ok(isSame(member, bytes));
  assert.ok(world.cancel(sender, id));
  assert.equal(sender.wholes.has("/photo.jpg"), true, "the file itself stays");
  assert.equal(sender.file(id)?.state, "offered", "the other has it");
});

test("an empty file has no chunks and arrives", () => {
  const world = new World(room(2));
  const id = world.offer(world.at(0), new Uint8Array());
  world.fetch(world.at(1), id);
  assert.ok(world.run(5_000, () => isDone([world.at(1)], id)));
  assert.equal(world.at(1).wholes.get("/inbox/photo.jpg")?.length, 0);
});

test("hashing can be watched and cancelled, and a file that cannot be read is not announced", () => {
  const world = new World(room(1));
  const { swarm, outputs } = world.at(0);
  const file = { name: "a", bytes: 4 * MIB, modified: DATE, source: textToBytes("/a") };
  swarm.offer({ request: 4, ...file }, instant(0));
  assert.deepEqual(swarm.hashProgress(4), { done: 0, total: 4 * MIB });
  for (let output = swarm.poll(); output !== undefined; output = swarm.poll()) {
    if (output.type === "read" && output.offset === 0) {
      swarm.handleRead(output.token, new Uint8Array(output.length), instant(0));
    }
  }
  assert.deepEqual(swarm.hashProgress(4), { done: FILE_CHUNK_BYTES, total: 4 * MIB });
  swarm.cancelOffer(4);
  assert.equal(swarm.hashProgress(4), undefined);
  assert.deepEqual(swarm.poll(), { type: "offerFailed", request: 4, reason: "cancelled" });
  swarm.offer({ request: 5, ...file }, instant(0));
  world.run(0);
  world.meet();
  world.run(100);
  assert.deepEqual(
    outputs.filter(({ type }) => type === "offerFailed"),
    [{ type: "offerFailed", request: 5, reason: "unreadable" }],
  );
});

test("[SWA-16] announcements are bounded for each member and in all; what is held stays", () => {
  const world = new World(room(12));
  const member = world.at(0);
  const say = (from: Member, number: number): void => {
    const offer = { bytes: number, modified: DATE, root: new Uint8Array(32).fill(1), name: "x" };
    member.swarm.handleBroadcast(from.peer, encodeSwarmBroadcast({ type: "offers", offers: [offer] }), instant(0));
  };
  for (let number = 0; number < SWARM_OFFERS_PER_MEMBER_MAX; number++) say(world.at(1), number);
  assert.equal(member.swarm.files.length, SWARM_OFFERS_PER_MEMBER_MAX);
  const [oldest, second] = member.swarm.files;
  assert.ok(oldest !== undefined && second !== undefined);
  world.fetch(member, oldest.id);
  say(world.at(1), 1_000);
  assert.equal(member.swarm.files.length, SWARM_OFFERS_PER_MEMBER_MAX);
  assert.ok(member.file(oldest.id) !== undefined && member.file(second.id) === undefined, "the oldest idle one went");
  for (const from of world.members.slice(2)) {
    for (let number = 0; number < SWARM_OFFERS_PER_MEMBER_MAX; number++)
      say(from, 10_000 * from.uplinkFree + Number.parseInt(from.peer.slice(0, 2), 16) * 100 + number);
  }
  assert.equal(member.swarm.files.length, SWARM_FILES_MAX);
  const begun = member.swarm.files.filter(({ id }) => member.swarm.fetch(id, textToBytes("/inbox"), instant(0)));
  assert.equal(begun.length, SWARM_HELD_MAX - 1);
  member.swarm.offer({ request: 1, name: "a", bytes: 1, modified: DATE, source: textToBytes("/a") }, instant(0));
  const outputs = [];
  for (let output = member.swarm.poll(); output !== undefined; output = member.swarm.poll()) outputs.push(output);
  assert.deepEqual(
    outputs.find(({ type }) => type === "offerFailed"),
    { type: "offerFailed", request: 1, reason: "full" },
  );
});

test("[SWA-16] a partner waits for 16 chunks at most; one that asks and does not read is given up", () => {
  const world = new World(room(2));
  const [sender, member] = [world.at(0), world.at(1)];
  const id = world.offer(sender, content(8 * MIB, 1));
  const { swarm } = sender;
  swarm.handlePartnerUp(member.peer, false, world.instant);
  swarm.handleFull(member.peer);
  const say = (message: Parameters<typeof encodeSwarmMessage>[0]): void =>
    swarm.handleMessage(member.peer, encodeSwarmMessage(message), world.instant);
  say({ type: "want", file: id });
  for (let chunk = 0; chunk < 32; chunk++) say({ type: "ask", file: id, chunk });
  swarm.handleWritable(member.peer, world.instant);
  const refused = [];
  for (let output = swarm.poll(); output !== undefined; output = swarm.poll()) {
    if (output.type === "send" && output.bytes[0] === SWARM_MESSAGE.cannot) refused.push(output);
  }
  assert.ok(refused.length >= 32 - SWARM_ASKS_MAX, "nor what it was not shown");
  swarm.handleFull(member.peer);
  for (let count = 0; count <= SWARM_OUTBOX_MAX + 1; count++) say({ type: "askList", file: id, first: 0 });
  const last = [];
  for (let output = swarm.poll(); output !== undefined; output = swarm.poll()) last.push(output);
  assert.deepEqual(
    last.filter(({ type }) => type === "misbehaved"),
    [{ type: "misbehaved", peer: member.peer, reason: "ERR_LIMIT" }],
  );
  assert.deepEqual(swarm.partners, []);
});

test("[SWA-11] the sender gives only what it showed", () => {
  const world = new World(room(2));
  const [sender, member] = [world.at(0), world.at(1)];
  const id = world.offer(sender, content(8 * MIB, 1));
  const { swarm } = sender;
  swarm.handlePartnerUp(member.peer, false, world.instant);
  const say = (message: Parameters<typeof encodeSwarmMessage>[0]): void =>
    swarm.handleMessage(member.peer, encodeSwarmMessage(message), world.instant);
  say({ type: "want", file: id });
  for (const chunk of [0, 31]) say({ type: "ask", file: id, chunk });
  const offsets = [];
  for (let output = swarm.poll(); output !== undefined; output = swarm.poll()) {
    if (output.type === "read") offsets.push(output.offset);
  }
  assert.deepEqual(offsets, [0]);
});

test("[SWA-17] whoever is no member is not heard, is no partner, and loses its channel when it is none any more", () => {
  const world = new World(room(3));
  const [sender, member, other] = [world.at(0), world.at(1), world.at(2)];
  const id = world.offer(sender, content(MIB, 1));
  const only = [{ peer: other.peer, isOnline: true, isNeighbour: true }];
  sender.swarm.handlePartnerUp(member.peer, false, world.instant);
  assert.deepEqual(sender.swarm.partners, [member.peer]);
  sender.swarm.setMembers(only, world.instant);
  assert.deepEqual(sender.swarm.partners, []);
  sender.swarm.handlePartnerUp(member.peer, false, world.instant);
  assert.deepEqual(sender.swarm.partners, []);
  sender.swarm.handleMessage(member.peer, encodeSwarmMessage({ type: "want", file: id }), world.instant);
  const offer = { bytes: 1, modified: DATE, root: new Uint8Array(32), name: "x" };
  const broadcast = encodeSwarmBroadcast({ type: "offers", offers: [offer] });
  sender.swarm.handleBroadcast(member.peer, broadcast, world.instant);
  assert.equal(sender.swarm.files.length, 1);
  const told = [];
  for (let output = sender.swarm.poll(); output !== undefined; output = sender.swarm.poll()) told.push(output);
  assert.ok(told.every((output) => output.type !== "send" || output.bytes[0] === SWARM_MESSAGE.busy));
});

test("[SWA-6] a list that does not give the root is the fault of who gave it, and another is asked", () => {
  const world = new World(room(3));
  const [sender, liar, member] = [world.at(0), world.at(1), world.at(2)];
  const bytes = content(2 * MIB, 1);
  const id = world.offer(sender, bytes);
  world.leave(sender);
  world.fetch(member, id);
  // A partner that says it has all, and gives leaves of something else.
  world.isCut = () => true;
  member.swarm.handlePartnerUp(liar.peer, false, world.instant);
  const say = (message: Parameters<typeof encodeSwarmMessage>[0]): void =>
    member.swarm.handleMessage(liar.peer, encodeSwarmMessage(message), world.instant);
  world.run(100);
  say({ type: "have", file: id, extent: "all", chunks: new Uint8Array() });
  say({ type: "list", file: id, first: 0, leaves: new Uint8Array(8 * 32) });
  world.run(100);
  world.meet();
  assert.deepEqual(
    member.named().map(({ peer, reason }) => [peer, reason]),
    [[liar.peer, "corrupt"]],
  );
  world.isCut = () => false;
  world.restart(sender, 5);
  assert.ok(world.run(60_000, () => isDone([member], id)));
  assert.ok(isSame(member, bytes));
});

test("[SWA-4] holders answer a seek more and more, whoever announced it only the second", () => {
  const world = new World(room(3));
  const id = world.offer(world.at(0), content(MIB, 1));
  world.fetch(world.at(1), id);
  assert.ok(world.run(60_000, () => isDone([world.at(1)], id)));
  world.run(60_000);
  const opened = (member: Member, attempt: number): number => {
    const before = member.outputs.length;
    member.swarm.handleBroadcast(
      world.at(2).peer,
      encodeSwarmBroadcast({ type: "seek", file: id, attempt }),
      world.instant,
    );
    world.meet();
    return member.outputs.slice(before).filter(({ type }) => type === "openPartner").length;
  };
  assert.equal(opened(world.at(0), 0), 0, "it knows of us");
  assert.equal(opened(world.at(1), 0), 1);
  assert.equal(opened(world.at(0), 1), 1);
});

test("[SWA-8] whatever a partner sends, nothing breaks, and no more is asked or kept than there may be", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(11), fc.nat(40), fc.nat(3)), { maxLength: 60 }), (steps) => {
      const world = new World(room(3));
      const [sender, member, liar] = [world.at(0), world.at(1), world.at(2)];
      const bytes = content(8 * FILE_CHUNK_BYTES + 1, 1);
      const id = world.offer(sender, bytes);
      world.fetch(member, id);
      world.run(30);
      member.swarm.handlePartnerUp(liar.peer, false, world.instant);
      for (const [type, chunk, wait] of steps) {
        const message = hostile(type, id, chunk);
        member.swarm.handleMessage(liar.peer, message, world.instant);
        sender.swarm.handleMessage(liar.peer, message, world.instant);
        world.run(10 * wait);
      }
      assert.ok(world.run(120_000, () => isDone([member], id)));
      assert.ok(isSame(member, bytes));
    }),
    { numRuns: 30 },
  );
});

function hostile(type: number, file: SwarmFileId, chunk: number): Uint8Array {
  const messages: Parameters<typeof encodeSwarmMessage>[0][] = [
    { type: "want", file },
    { type: "unwant", file },
    { type: "plea", file },
    { type: "have", file, extent: "all", chunks: new Uint8Array() },
    { type: "have", file, extent: "none", chunks: new Uint8Array() },
    { type: "have", file, extent: "some", chunks: Uint8Array.of(chunk, chunk % 2) },
    { type: "got", file, chunks: [chunk % 10, 0] },
    { type: "askList", file, first: chunk % 10 },
    { type: "list", file, first: 0, leaves: new Uint8Array(32 * (1 + (chunk % 9))) },
    { type: "ask", file, chunk },
    { type: "cannot", file, chunk },
    { type: "drop", file, chunk },
  ];
  return encodeSwarmMessage(messages[type] ?? { type: "busy", others: [] });
}
