/** Ways and cut vertices against the plain definition, over random graphs; slots of members that come and go. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type PeerId, peerIdToBytes } from "../identity/peer-id.ts";
import { concatBytes } from "../lib/bytes.ts";
import { ListTable } from "./list-table.ts";
import { MemberSlots, NO_SLOT } from "./member-slots.ts";
import { NetGraph } from "./net-graph.ts";

const peer = (number: number): PeerId => number.toString(16).padStart(64, "0") as PeerId;

/** `claims[i]` are whom member `i` names; 0 is ourselves. */
function graphOf(claims: readonly (readonly number[])[]): NetGraph {
  const slots = new MemberSlots();
  slots.replace(claims.map((_, i) => peer(i)));
  const table = new ListTable(slots);
  table.reconcile([]);
  for (const [i, named] of claims.entries()) {
    const links = [...new Set(named)].filter((j) => j !== i && j < claims.length).map((j) => slots.slotOf(peer(j)));
    table.setLinks(slots.slotOf(peer(i)), links);
  }
  return new NetGraph(table, slots.capacity, slots.slotOf(peer(0)));
}

const claims = fc
  .integer({ min: 1, max: 12 })
  .chain((n) => fc.array(fc.uniqueArray(fc.nat(n - 1), { maxLength: 4 }), { minLength: n, maxLength: n }));

const isLink = (of: readonly (readonly number[])[], a: number, b: number): boolean =>
  a !== b && of[a]?.includes(b) === true && of[b]?.includes(a) === true;

/** Hops from `start` over what `isWay` allows. */
function walk(n: number, start: number, isWay: (a: number, b: number) => boolean): Map<number, number> {
  const hops = new Map([[start, 0]]);
  for (const [at, count] of hops) for (let b = 0; b < n; b++) if (!hops.has(b) && isWay(at, b)) hops.set(b, count + 1);
  return hops;
}

test("[TOP-7] hops are those of a breadth-first search over links that both claim, or that are ours", () => {
  fc.assert(
    fc.property(claims, (of) => {
      const graph = graphOf(of);
      const isWay = (a: number, b: number): boolean => isLink(of, a, b) || (a === 0 && b !== 0 && !!of[0]?.includes(b));
      const hops = walk(of.length, 0, isWay);
      const within = walk(of.length, 0, (a, b) => a !== b && of[a]?.includes(b) === true);
      for (let slot = 0; slot < of.length; slot++) {
        assert.equal(graph.hops(slot), hops.get(slot));
        assert.equal(graph.isWithin(slot), within.has(slot));
        if (slot === 0 || !hops.has(slot)) continue;
        assert.equal(graph.hops(graph.before(slot)), (hops.get(slot) ?? 0) - 1);
        assert.equal(graph.hops(graph.first(slot)), 1);
      }
      for (let a = 0; a < of.length; a++)
        for (let b = 0; b < of.length; b++) assert.equal(graph.isLinked(a, b), isLink(of, a, b));
    }),
  );
});

test("[TOP-9] cut vertices are those without which others no longer reach each other", () => {
  const parts = (n: number, without: number | undefined, of: readonly (readonly number[])[], among: Uint8Array) => {
    const seen = new Set<number>();
    let count = 0;
    for (let start = 0; start < n; start++) {
      if (start === without || seen.has(start) || among[start] !== 1) continue;
      count += 1;
      const isWay = (a: number, b: number): boolean => b !== without && among[b] === 1 && isLink(of, a, b);
      for (const slot of walk(n, start, isWay).keys()) seen.add(slot);
    }
    return count;
  };
  fc.assert(
    fc.property(claims, fc.uint8Array({ minLength: 12, maxLength: 12, max: 9 }), (of, chance) => {
      const among = Uint8Array.from(of, (_, i) => ((chance[i] ?? 0) > 0 ? 1 : 0));
      const whole = parts(of.length, undefined, of, among);
      const expected = of.map((_, i) => i).filter((i) => among[i] === 1 && parts(of.length, i, of, among) > whole);
      assert.deepEqual(graphOf(of).cutVertices(among), expected);
    }),
    { numRuns: 300 },
  );
});

test("slots: members keep theirs, are found by text and by bytes, and nobody else is", () => {
  const roster = fc.uniqueArray(fc.nat(60), { maxLength: 40 });
  fc.assert(
    fc.property(fc.array(roster, { minLength: 1, maxLength: 6 }), (rosters) => {
      const slots = new MemberSlots();
      let before = new Map<number, number>();
      for (const numbers of rosters) {
        const { added, removed } = slots.replace(numbers.map(peer));
        const after = new Map(numbers.map((number) => [number, slots.slotOf(peer(number))]));
        assert.equal(slots.size, numbers.length);
        assert.equal(new Set(after.values()).size, numbers.length);
        assert.equal(added.length, numbers.filter((number) => !before.has(number)).length);
        assert.equal(removed.length, [...before.keys()].filter((number) => !after.has(number)).length);
        for (let number = 0; number <= 60; number++) {
          const slot = after.get(number) ?? NO_SLOT;
          assert.equal(slots.slotOf(peer(number)), slot);
          assert.equal(slots.slotAt(concatBytes(Uint8Array.of(9), peerIdToBytes(peer(number))), 1), slot);
          if (slot !== NO_SLOT) assert.equal(slots.peerOf(slot), peer(number));
          if (before.has(number) && slot !== NO_SLOT) assert.equal(slot, before.get(number));
        }
        before = after;
      }
    }),
  );
  assert.equal(new MemberSlots().slotOf(peer(1)), NO_SLOT);
  assert.equal(new MemberSlots().slotAt(peerIdToBytes(peer(1)), 0), NO_SLOT);
});
