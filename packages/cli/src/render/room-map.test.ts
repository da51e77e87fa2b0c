import assert from "node:assert/strict";
import { test } from "node:test";
import type { PeerId } from "@kith/core";
import type { GapView, MemberView, TopologyView } from "@kith/sdk";
import fc from "fast-check";
import { fakePeer, HOSTILE_NAME } from "../testing/fake-people.ts";
import { fakeMember } from "../testing/fake-rooms.ts";
import { gapInWords, gapLines } from "./gap-words.ts";
import { roomMap } from "./room-map.ts";
import { RoomNet } from "./room-net.ts";
import { styleOf } from "./style.ts";
import { widthOf } from "./terminal-text.ts";

const plain = styleOf({ color: false, unicode: false });
const peers = Array.from({ length: 60 }, (_, at) => fakePeer(at.toString(16).padStart(4, "0")));
const nameAt = (at: number): string => ["Ada", "Ben", "Cem", "Max"][at] ?? `Member ${at}`;

function members(count: number): readonly MemberView[] {
  return peers.slice(0, count).map((peer, at) => fakeMember(peer, nameAt(at), { isSelf: at === 0 }));
}

const everybody = (count: number): readonly MemberView[] => members(count);

function topology(all: readonly MemberView[], edges: TopologyView["edges"]): TopologyView {
  return { nodes: all.map(({ peer, name }) => ({ peer, name, state: "online" })), edges };
}

const allEdges = (all: readonly MemberView[]): TopologyView["edges"] =>
  all.flatMap(({ peer: a }) =>
    all.filter(({ peer }) => a < peer).map(({ peer: b }) => ({ a, b, claimed: "both" as const })),
  );

function draw(
  all: readonly MemberView[],
  edges: TopologyView["edges"],
  look: { isPlain: boolean; columns?: number; gaps?: readonly GapView[] },
): readonly string[] {
  const net = new RoomNet(topology(all, edges), all, look.gaps ?? []);
  return roomMap(net, { style: plain, columns: look.columns ?? 79, isPlain: look.isPlain });
}

test("every drawing has every member, and fits the window", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 40, max: 160 }),
      fc.boolean(),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (count, columns, isPlain, share) => {
        const all = everybody(count);
        const edges = allEdges(all).filter((_, at) => (at * 7919) % 1000 < share * 1000);
        const lines = draw(all, edges, { isPlain, columns });
        for (const line of lines) assert.ok(widthOf(line) <= columns, `${widthOf(line)} > ${columns}: ${line}`);
        const drawing = lines.join("\n");
        for (const { name } of all) assert.ok(drawing.includes(name), name);
        if (isPlain) assert.match(drawing, /^[\x20-\x7e\n…]*$/);
      },
    ),
    { numRuns: 60 },
  );
});

test("the table says of each two what is between them", () => {
  const all = members(4);
  const [ada, ben, cem, max] = all.map(({ peer }) => peer) as [PeerId, PeerId, PeerId, PeerId];
  const edges: TopologyView["edges"] = [
    { a: ada, b: cem, claimed: "both" },
    { a: ben, b: cem, claimed: "a" },
    { a: cem, b: max, claimed: "both" },
  ];
  const gaps: readonly GapView[] = [{ kind: "not-connected", a: ada, b: ben }];
  assert.deepEqual(draw(all, edges, { isPlain: true, gaps }), [
    "1 * Ada (you)",
    "2 * Ben          x",
    "3 * Cem          o  ?",
    "4 * Max          .  .  o",
    "                 1  2  3",
    "o linked   x not connected   ? only one of them says so",
  ]);
});

test("the ring has a line between two that are linked, and a mark where one is missing", () => {
  const two = members(2);
  assert.match(draw(two, allEdges(two), { isPlain: false }).join("\n"), /^ +Ada \(you\) ●⠤{20,}● Ben$/);
  assert.match(draw(two, [], { isPlain: false }).join("\n"), /^ +Ada \(you\) ● {20,}● Ben$/);
  const [a, b] = peers as [PeerId, PeerId];
  const gapped = draw(two, [], { isPlain: false, gaps: [{ kind: "not-connected", a, b }] });
  assert.match(gapped.join("\n"), /●.*×.*● Ben\n× not connected$/);
  const eight = draw(members(8), allEdges(members(8)), { isPlain: false });
  assert.ok(eight.length <= 16, "a ring of eight fits a window of 24 lines");
});

test("a member's own name for itself does not draw over others", () => {
  const all = [fakeMember(peers[0] as PeerId, "Ada", { isSelf: true }), fakeMember(peers[1] as PeerId, HOSTILE_NAME)];
  for (const isPlain of [true, false]) {
    for (const line of draw(all, allEdges(all), { isPlain })) assert.doesNotMatch(line, /[\p{Cc}\u202e\u2066]/u);
  }
});

test("gaps are told as facts; a router may be the reason", () => {
  const all = members(4);
  const [ada, ben, cem, max] = all.map(({ peer }) => peer) as [PeerId, PeerId, PeerId, PeerId];
  const say = (gap: GapView): string => gapInWords(gap, all);
  assert.equal(say({ kind: "not-connected", a: ben, b: cem }), "Ben and Cem are not connected.");
  assert.equal(say({ kind: "not-connected", a: ben, b: ada }), "You and Ben are not connected.");
  assert.equal(say({ kind: "not-connected", a: cem, b: ben }), "Ben and Cem are not connected.");
  const you = all.map((one) => (one.peer === max ? { ...one, name: "You" } : one));
  assert.equal(gapInWords({ kind: "hangs-on", peer: max, neighbour: cem }, you), '"You" hangs on Cem alone.');
  assert.equal(say({ kind: "hangs-on", peer: max, neighbour: cem }), "Max hangs on Cem alone.");
  assert.equal(say({ kind: "hangs-on", peer: ada, neighbour: cem }), "You hang on Cem alone.");
  assert.equal(say({ kind: "cut-vertex", peer: cem }), "Without Cem the room would fall apart.");
  assert.equal(
    say({ kind: "one-sided", peer: max, other: ben }),
    "Max says that it is linked to Ben, who does not say so.",
  );
  assert.match(
    say({ kind: "outsider", peer: max, other: peers[9] as PeerId }),
    /^Max names a neighbour that is no member: 0009/,
  );
  assert.match(say({ kind: "roster-differs", peer: max }), /^Max has another list of members than you/);
  assert.match(say({ kind: "contradiction", peer: max }), /^Max signed two statements that contradict/);
  assert.match(say({ kind: "invitation-reused", peer: max }), /used twice: Max came second/);
  const router = /router or firewall/;
  assert.match(gapLines([{ kind: "not-connected", a: ben, b: cem }], all).join(" "), router);
  assert.doesNotMatch(gapLines([{ kind: "contradiction", peer: max }], all).join(" "), router);
  const many = gapLines(
    Array.from({ length: 30 }, () => ({ kind: "roster-differs" as const, peer: max })),
    all,
  );
  assert.deepEqual([many.length, many.at(-1)], [21, "… and 10 more"]);
});
