import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { millis, minutes, type WallTime, wallAfter, wallTime } from "../lib/time.ts";
import { RateBook } from "./rate-book.ts";

const START = wallTime(1_700_000_000_000);

test("so many at once and as many a minute, whatever comes when; who waits as told may", () => {
  const steps = fc.array(fc.nat(3_000), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), steps, (perMinute, waits) => {
      const book = new RateBook();
      const granted: WallTime[] = [];
      let wall = START;
      for (const wait of waits) {
        wall = wallAfter(wall, millis(wait));
        const until = book.take("ada", perMinute, wall);
        if (until === undefined) granted.push(wall);
        else {
          assert.ok(until > wall && until <= wallAfter(wall, millis(Math.ceil(60_000 / perMinute) + 1)));
          assert.notEqual(book.take("ada", perMinute, wall), undefined, "it was not counted");
          wall = until;
          assert.equal(book.take("ada", perMinute, wall), undefined);
          granted.push(wall);
        }
      }
      for (const [index, from] of granted.entries()) {
        const within = granted.slice(index).filter((at) => at < wallAfter(from, minutes(1)));
        assert.ok(within.length <= 2 * perMinute, `${within.length} within a minute, for ${perMinute}`);
      }
    }),
  );
});

test("one is counted apart from another, and forgotten after a minute", () => {
  const book = new RateBook();
  assert.equal(book.take("ada", 1, START), undefined);
  assert.equal(book.take("ada", 1, START), wallAfter(START, minutes(1)));
  assert.equal(book.take("ben", 1, START), undefined);
  book.sweep(wallAfter(START, millis(59_999)));
  assert.equal(book.size, 2);
  book.sweep(wallAfter(START, minutes(1)));
  assert.equal(book.size, 0);
});

test("of too many names the one not counted for longest is forgotten", () => {
  const book = new RateBook();
  for (let i = 0; i < 65_536; i++) book.take(`n${i}`, 1, START);
  assert.notEqual(book.take("n0", 1, START), undefined); // and so it is the newest
  book.take("one more", 1, START);
  assert.equal(book.size, 65_536);
  assert.notEqual(book.take("n0", 1, START), undefined);
  assert.equal(book.take("n1", 1, START), undefined);
});

test("a clock that is set back holds nobody up for longer", () => {
  const book = new RateBook();
  const later = wallAfter(START, minutes(600));
  assert.equal(book.take("ada", 1, later), undefined);
  assert.notEqual(book.take("ada", 1, wallAfter(later, millis(-1_000))), undefined, "a little is nothing");
  assert.equal(book.take("ada", 1, START), undefined);
  assert.equal(book.take("ada", 1, START), wallAfter(START, minutes(1)));
});
