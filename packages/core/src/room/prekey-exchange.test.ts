import assert from "node:assert/strict";
import { test } from "node:test";
import { person } from "../trust/trust-fixture.test.ts";
import { PREKEY_COMPARISON_SOON } from "../wire/room-key-limits.ts";
import { later, prekeyOf, quick, ROOM, T0 } from "./keys-fixture.test.ts";
import { PrekeyBook } from "./prekey-book.ts";
import { PrekeyExchange } from "./prekey-exchange.ts";

const ID = (number: number) => person(number).peerId;

/** A member, which knows of the members `numbers`, and has prekeys of those. */
function memberOf(...numbers: number[]) {
  const book = new PrekeyBook(quick, ROOM);
  const know = (...all: number[]): void => book.handleMembers(new Set(all.map(ID)));
  know(...numbers);
  for (const number of numbers) book.put(prekeyOf(number).prekey);
  return { book, exchange: new PrekeyExchange(book, T0), know };
}

type Side = ReturnType<typeof memberOf>;

/** All that 1 and 2 say to each other, by sender and type. */
function talk(sides: readonly [Side, Side], ms: number): string[] {
  const said: string[] = [];
  for (let isQuiet = false; !isQuiet; ) {
    isQuiet = true;
    for (const [from, to] of [[0, 1] as const, [1, 0] as const]) {
      const message = sides[from].exchange.next(ID(to + 1));
      if (message === undefined) continue;
      isQuiet = false;
      said.push(`${from + 1} ${message.type}`);
      const [{ exchange }, sender] = [sides[to], ID(from + 1)];
      if (message.type === "prekeyDigest") exchange.handleDigest(sender, message.digest, later(ms));
      else if (message.type === "prekeyList") exchange.handleList(sender, message.entries, later(ms));
      else if (message.type === "prekeys") exchange.handlePrekeys(sender, message.prekeys, later(ms));
    }
  }
  return said;
}

test("[KEY-15] a prekey that came before its member was known is asked for once it is", () => {
  const sides = [memberOf(1, 2, 3), memberOf(1, 2)] as const;
  for (const [index, { exchange }] of sides.entries()) exchange.handleNeighbourUp(ID(2 - index), T0);
  talk(sides, 0);
  assert.equal(sides[1].book.get(ID(3)), undefined, "not taken: of a stranger");
  sides[1].know(1, 2, 3);
  sides[1].exchange.handleMembers(T0);
  sides[1].exchange.handleTimeout(later(PREKEY_COMPARISON_SOON));
  const said = talk(sides, PREKEY_COMPARISON_SOON);
  assert.deepEqual(said, ["2 prekeyDigest", "1 prekeyList", "2 prekeyList", "1 prekeys"]);
  assert.deepEqual(sides[0].book.digest, sides[1].book.digest);
});

test("[KEY-15] two that differ for good, by members that only one knows, are done after one round", () => {
  const sides = [memberOf(1, 2, 3), memberOf(1, 2, 4)] as const;
  for (const [index, { exchange }] of sides.entries()) exchange.handleNeighbourUp(ID(2 - index), T0);
  const said = talk(sides, 0);
  assert.equal(said.filter((each) => each.endsWith("prekeyList")).length, 2);
});
