/** Neighbours that lie, forge, repeat, flood, keep things to themselves, or read nothing. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { textToBytes } from "../lib/utf8.ts";
import { roomIdFromBytes } from "../room/room-id.ts";
import {
  ANNOUNCED_MAX,
  ANNOUNCED_PER_NEIGHBOUR_MAX,
  ENVELOPE_PAYLOAD_BYTES_MAX,
  HAVE_IDS_MAX,
  NEIGHBOUR_MESSAGES_BURST,
  NEIGHBOUR_ODDITIES_BURST,
  NEIGHBOUR_QUEUE_BYTES_MAX,
  ORIGIN_BROADCASTS_BURST,
  ORIGIN_UNICASTS_BURST,
  OWN_BROADCASTS_BURST,
} from "../wire/mesh-limits.ts";
import { MESH_MESSAGE } from "../wire/registry.ts";
import {
  decodeBroadcast,
  encodeBroadcast,
  encodeUnicast,
  ORIGIN_AT,
  roomTagOf,
  STREAM_KEY_BYTES,
  streamNameOf,
} from "./envelope.ts";
import { cheapProvider, type Host, MeshWorld, memberId, memberIdentity, ROOM } from "./mesh-fixture.test.ts";
import { type Announcement, decodeMeshMessage, type EnvelopeName, encodeMeshMessage } from "./mesh-message.ts";

const TAG = roomTagOf(cheapProvider, ROOM);
const STREAM = new Uint8Array(16).fill(9);

const said = (number: number, sequence: number, text: string, tag = TAG, stream = STREAM): Uint8Array =>
  encodeBroadcast(
    { provider: cheapProvider, identity: memberIdentity(number) },
    tag,
    stream,
    sequence,
    textToBytes(text),
  );

const toOne = (number: number, to: number, id: number, text: string): Uint8Array => {
  const unique = new Uint8Array(16);
  new DataView(unique.buffer).setUint32(0, id);
  const signer = { provider: cheapProvider, identity: memberIdentity(number) };
  return encodeUnicast(signer, TAG, memberId(to), unique, textToBytes(text));
};

const changed = (bytes: Uint8Array, at: number): Uint8Array => {
  const copy = bytes.slice();
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
};

/** What announces a broadcast. */
const idOf = (bytes: Uint8Array): Announcement => {
  const stream = streamNameOf(cheapProvider, bytes.subarray(ORIGIN_AT, ORIGIN_AT + STREAM_KEY_BYTES));
  return { hops: 0, stream, sequence: decodeBroadcast(bytes).sequence };
};

const idsOf = (graft: Uint8Array): readonly EnvelopeName[] => {
  const message = decodeMeshMessage(graft);
  return message.type === "graft" ? message.ids : [];
};

const invented = (...numbers: number[]): Uint8Array => {
  const name = new Uint8Array(8);
  for (const [at, number] of numbers.entries()) new DataView(name.buffer).setUint32(4 * at, number);
  return name;
};

/** Of three members, the second one is the liar; the first one listens. */
function room(members = 3, options = {}): { world: MeshWorld; us: Host; liar: Host; third: Host } {
  const world = new MeshWorld({ members, ...options });
  world.run(8_000);
  return { world, us: world.host(0), liar: world.host(1), third: world.host(2) };
}

function assertThrownOut({ world, us, liar }: ReturnType<typeof room>, reason: string): void {
  assert.deepEqual(us.misbehaved, [{ type: "misbehaved", peer: liar.peer, reason }]);
  assert.ok(!us.mesh.neighbours.includes(liar.peer));
  world.run(50_000);
  assert.ok(!us.mesh.neighbours.includes(liar.peer), "for a minute");
  world.run(45_000);
  assert.ok(us.mesh.neighbours.includes(liar.peer), "then it may try again");
}

for (const [name, bytes] of [
  ["an unknown type", Uint8Array.of(0x4f)],
  ["a message cut short", Uint8Array.of(MESH_MESSAGE.greet, 1)],
  ["an envelope cut short", said(1, 0, "x").subarray(0, 100)],
  ["an envelope of another room", said(1, 0, "x", roomTagOf(cheapProvider, roomIdFromBytes(new Uint8Array(32))))],
  ["an oversize payload", new Uint8Array(142 + ENVELOPE_PAYLOAD_BYTES_MAX + 1).fill(MESH_MESSAGE.broadcast, 0, 1)],
  ["a forged neighbour list", encodeMeshMessage({ type: "lists", lists: [new Uint8Array(200)] })],
] as const) {
  test(`[MSH-1] ${name}: the neighbour goes for a minute, and nobody else`, () => {
    const all = room();
    all.world.inject(all.liar, all.us, bytes.slice());
    assert.ok(all.us.mesh.neighbours.includes(all.third.peer));
    assertThrownOut(all, "garbage");
  });
}

for (const [name, bytes] of [
  ["origin", (() => { const copy = said(1, 0, "x"); copy.set(said(2, 0, "x").subarray(22, 54), 22); return copy; })()], // biome-ignore format: one line
  ["sequence", changed(said(2, 0, "x"), 77)],
  ["payload", changed(said(2, 0, "x"), 78)],
  ["signature", changed(said(2, 0, "x"), 80)],
  ["unicast", changed(toOne(2, 0, 1, "x"), 102)],
] as const) {
  test(`[MSH-2] a forged ${name} is not delivered, not passed on, and whoever brought it goes`, () => {
    const all = room();
    all.third.received.clear();
    all.world.inject(all.liar, all.us, bytes.slice());
    all.world.run(500);
    assert.deepEqual([all.us.delivered, all.third.delivered, all.us.unicasts], [[], [], []]);
    assert.equal(all.third.received.get(MESH_MESSAGE.broadcast), undefined);
    assertThrownOut(all, "forged");
  });
}

test("[MSH-4] a stranger's envelope is dropped, the neighbour stays, and it comes when the roster knows the stranger", () => {
  const world = new MeshWorld({ members: 4 });
  world.run(5_000);
  const [a, b, stranger] = [world.host(0), world.host(1), world.host(3)];
  a.mesh.setRoster(world.roster.filter((peer) => peer !== stranger.peer), world.instant); // biome-ignore format: one line
  world.turn(a);
  world.run(1_000);
  assert.ok(!a.mesh.neighbours.includes(stranger.peer));
  b.mesh.handleMessage(stranger.peer, said(3, 0, "early"), world.instant, world.wall);
  world.turn(b);
  world.run(8_000);
  assert.deepEqual([b.texts(), a.texts(), a.misbehaved], [["early"], [], []]);
  world.inject(b, a, said(3, 0, "early"));
  assert.deepEqual([a.texts(), a.misbehaved], [[], []]);
  a.mesh.setRoster(world.roster, world.instant);
  world.turn(a);
  world.run(3_000);
  assert.deepEqual(a.texts(), ["early"]);
});

test("[MSH-9] [MSH-11] who goes and comes back is not heard twice by those who heard it before, and is heard on", () => {
  const world = new MeshWorld({ members: 3 });
  world.run(5_000);
  const [a, b, c] = [world.host(0), world.host(1), world.host(2)];
  for (const text of ["one", "two"]) world.say(c, text);
  world.run(3_000);
  for (const roster of [[a.peer, b.peer], world.roster]) {
    a.mesh.setRoster(roster, world.instant); // b never hears that c was gone
    world.turn(a);
    world.run(40_000);
  }
  world.say(c, "three");
  world.run(3_000);
  assert.deepEqual(
    [a.texts(), b.texts()],
    [
      ["one", "two", "three"],
      ["one", "two", "three"],
    ],
  );
  assert.deepEqual([a.missed, a.misbehaved], [[], []]);
});

test("[MSH-2] [MSH-19] what is replayed is delivered once; who replays without end goes", () => {
  const all = room();
  const { world, us, liar } = all;
  for (let i = 0; i < NEIGHBOUR_ODDITIES_BURST; i++) {
    world.inject(liar, us, said(1, 0, "x"));
    world.inject(liar, us, toOne(1, 0, 1, "y"));
    if (us.misbehaved.length > 0) break;
  }
  assert.deepEqual([us.texts(), us.unicasts.length], [["x"], 1]);
  assertThrownOut(all, "odd");
});

test("[MSH-19] who brings as much first as again is not thrown out, however much that is", () => {
  const world = new MeshWorld({ members: 20 });
  world.run(20_000);
  const us = world.host(0);
  const [first, second] = world.hosts.filter(({ peer }) => us.mesh.neighbours.includes(peer));
  assert.ok(first !== undefined && second !== undefined);
  for (let i = 0; i < 2 * NEIGHBOUR_ODDITIES_BURST; i++) {
    const [once, twice] = i % 2 === 0 ? [first, second] : [second, first];
    for (const host of [once, twice]) world.inject(host, us, said(first.number, i, `${i}`));
    world.run(10);
  }
  assert.equal(us.texts(first.peer).length, 2 * NEIGHBOUR_ODDITIES_BURST);
  assert.deepEqual(us.misbehaved, []);
});

test("[MSH-18] an origin that floods is passed on up to its quota; the rest is asked for in peace", () => {
  const world = new MeshWorld({ members: 3, laneMax: 1_000 });
  world.mayLink = (a, b) => Math.abs(a.number - b.number) === 1; // 0 - 1 - 2
  world.applyCuts();
  world.run(15_000);
  const [flooder, middle, far] = [world.host(0), world.host(1), world.host(2)];
  far.received.clear();
  const extra = 100;
  for (let i = 0; i < ORIGIN_BROADCASTS_BURST + extra; i++) world.inject(flooder, middle, said(0, i, `${i}`));
  world.run(500);
  assert.equal(middle.texts().length, ORIGIN_BROADCASTS_BURST);
  assert.deepEqual(middle.misbehaved, [], "a few too many are no crime");
  assert.ok((far.received.get(MESH_MESSAGE.broadcast) ?? 0) <= ORIGIN_BROADCASTS_BURST);
  for (let i = 0; i < 1_000 && middle.misbehaved.length === 0; i++)
    world.inject(flooder, middle, said(0, 10_000 + i, "x"));
  assert.deepEqual(middle.misbehaved, [{ type: "misbehaved", peer: flooder.peer, reason: "flood" }]);
});

test("[MSH-18] ours: so many at once, and the machine says when it takes more", () => {
  const { world, us } = room();
  for (let i = 0; i < OWN_BROADCASTS_BURST; i++) {
    assert.ok(us.mesh.canBroadcast(10, world.instant));
    assert.deepEqual(us.mesh.broadcast(textToBytes(`${i}`), world.instant), { stream: us.mesh.stream, sequence: i });
  }
  assert.ok(!us.mesh.canBroadcast(10, world.instant));
  assert.equal(us.mesh.broadcast(textToBytes("x"), world.instant), "full");
  assert.equal(us.mesh.nextSequence, OWN_BROADCASTS_BURST);
  world.turn(us);
  world.run(us.mesh.canBroadcastAt(10, world.instant) - world.now + 1);
  assert.notEqual(us.mesh.broadcast(textToBytes("x"), world.instant), "full");
});

test("[MSH-18] unicasts of an origin up to its quota", () => {
  const { world, us, liar } = room();
  for (let i = 0; i < ORIGIN_UNICASTS_BURST + 50; i++) world.inject(liar, us, toOne(2, 0, i, "x"));
  assert.equal(us.unicasts.length, ORIGIN_UNICASTS_BURST);
  assert.deepEqual(us.misbehaved, []);
});

test("R33 [MSH-19] a neighbour that sends without end goes", () => {
  const all = room();
  const prune = encodeMeshMessage({ type: "prune" });
  for (let i = 0; i <= NEIGHBOUR_MESSAGES_BURST; i++) all.world.inject(all.liar, all.us, prune);
  assertThrownOut(all, "flood");
});

test("[MSH-13] a neighbour that claims to have everything, or that nobody has anything, moves nothing", () => {
  const { world, us, liar, third } = room();
  world.say(third, "0");
  world.run(500);
  const key = said(2, 0, "x").subarray(22, 70);
  const range = { key, from: 0, to: 2 ** 40 };
  for (const type of ["vector", "gone"] as const) world.inject(liar, us, encodeMeshMessage({ type, ranges: [range] }));
  const stream = streamNameOf(cheapProvider, key);
  const ids = Array.from({ length: 512 }, (_, sequence) => ({ hops: 0, stream, sequence: 2 ** 40 + sequence }));
  for (let i = 0; i < 8; i++) world.inject(liar, us, encodeMeshMessage({ type: "have", ids }));
  world.run(30_000);
  world.say(third, "1");
  world.run(1_000);
  assert.deepEqual([us.texts(), us.missed], [["0", "1"], []]);
});

test("[MSH-21] who announces names that it invented is asked once for each that it has room for, and others as before", () => {
  const { world, us, liar, third } = room();
  let asked = 0;
  let isKept = false;
  world.onWay = (from, to, bytes) => {
    if (from === us && to === liar && bytes[0] === MESH_MESSAGE.graft) asked += idsOf(bytes).length;
    if (from !== third || to !== us || bytes[0] !== MESH_MESSAGE.broadcast || isKept) return bytes;
    isKept = true;
    return encodeMeshMessage({ type: "have", ids: [idOf(bytes)] });
  };
  for (let i = 0; i < ANNOUNCED_MAX / HAVE_IDS_MAX; i++) {
    const ids = Array.from({ length: HAVE_IDS_MAX }, (_, j) => ({ hops: 0, stream: invented(i, j), sequence: 0 }));
    world.inject(liar, us, encodeMeshMessage({ type: "have", ids }));
  }
  world.say(third, "true");
  world.run(1_700);
  assert.ok(isKept);
  assert.deepEqual(us.texts(), ["true"]);
  world.run(20_000);
  assert.equal(asked, ANNOUNCED_PER_NEIGHBOUR_MAX);
  assert.ok(us.mesh.neighbours.includes(liar.peer));
  const ids = [{ hops: 0, stream: invented(9, 9), sequence: 0 }];
  world.inject(liar, us, encodeMeshMessage({ type: "have", ids }));
  world.run(5_000);
  assert.equal(asked, ANNOUNCED_PER_NEIGHBOUR_MAX + 1, "there is room again");
});

test("[MSH-4] what a stranger says is asked for once, not for each envelope, until the roster changes", () => {
  const { world, us, liar: friend, third } = room();
  let asked = 0;
  world.onWay = (from, _to, bytes) => {
    if (from === us && bytes[0] === MESH_MESSAGE.graft) asked += idsOf(bytes).length;
    return bytes;
  };
  const announce = (sequence: number, from: Host): void => {
    const ids = [idOf(said(7, sequence, "x"))];
    world.inject(from, us, encodeMeshMessage({ type: "have", ids }));
  };
  for (const host of [friend, third]) announce(0, host);
  world.inject(friend, us, said(7, 0, "x"));
  for (let i = 1; i < 20; i++) announce(i, third);
  world.run(10_000);
  assert.equal(asked, 0, "it came before it was asked for, and the others are of the same stream");
  us.mesh.setRoster([...world.roster, memberId(7)], world.instant);
  announce(20, third);
  world.run(10_000);
  assert.equal(asked, 1);
});

test("[MSH-13] a repair that nobody asked for counts as a broadcast", () => {
  const { world, us, liar } = room();
  for (let i = 0; i < ORIGIN_BROADCASTS_BURST + 50; i++) {
    const envelope = said(2, i, `${i}`);
    envelope[0] = MESH_MESSAGE.repair;
    world.inject(liar, us, envelope);
  }
  assert.equal(us.texts().length, ORIGIN_BROADCASTS_BURST);
});

test("[MSH-12] [MSH-15] a member that keeps what it should pass on: others bring it", () => {
  const world = new MeshWorld({ members: 30, seed: 3 });
  world.run(20_000);
  const liar = world.host(7);
  world.onWay = (from, _to, bytes) =>
    from === liar && bytes[0] === MESH_MESSAGE.broadcast && decodeBroadcast(bytes).origin !== liar.peer
      ? encodeMeshMessage({ type: "prune" })
      : bytes;
  for (let i = 0; i < 20; i++) {
    world.say(world.host((i * 3) % 7), `${i}`);
    world.run(300);
  }
  world.run(5_000);
  for (const host of world.hosts.slice(8)) assert.equal(host.texts().length, 20);
});

test("R33 [MSH-20] a neighbour that reads nothing costs so much and no more, and is given up", () => {
  const world = new MeshWorld({ members: 3, laneMax: 4 });
  world.run(8_000);
  const [us, deaf, third] = [world.host(0), world.host(1), world.host(2)];
  world.stall(us, deaf);
  const payload = new Uint8Array(60_000);
  let sent = 0;
  for (let i = 0; i < 60; i++) {
    if (us.mesh.broadcast(payload, world.instant) !== "full") sent += 1;
    world.turn(us);
    world.run(100);
  }
  assert.ok(sent * payload.length > 2 * NEIGHBOUR_QUEUE_BYTES_MAX);
  assert.equal(third.delivered.length, sent, "the others go on");
  assert.ok(us.mesh.neighbours.includes(deaf.peer));
  world.run(31_000);
  assert.ok(!us.mesh.neighbours.includes(deaf.peer));
  world.unstall();
  world.run(90_000);
  assert.ok(us.mesh.neighbours.includes(deaf.peer));
  assert.equal(deaf.delivered.length, sent, "what it missed it has by asking");
});
