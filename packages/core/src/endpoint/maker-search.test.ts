import assert from "node:assert/strict";
import { test } from "node:test";
import { after, instant } from "../lib/time.ts";
import { JOIN_CANDIDATES_MAX, JOIN_MEET_TIMEOUT } from "../wire/limits.ts";
import { MakerSearch } from "./maker-search.ts";

const NOW = instant(1_000);
const relays = [{ scheme: "wss", host: "relay.example", key: new Uint8Array(32) }] as const;
const begun = (): MakerSearch => {
  const search = new MakerSearch();
  search.begin({ relays }, NOW);
  return search;
};

test("MakerSearch: keys are dialled one at a time, each once a round, JOIN_CANDIDATES_MAX of them", () => {
  const search = begun();
  const flood = Array.from({ length: 100 }, (_, index) => `relay:1/${index}`);
  for (let round = 0; round < 2; round++) {
    const dialled: string[] = [];
    for (const newest of flood) {
      search.handleMet([newest, ...flood.slice(0, 3)]);
      const hint = search.next();
      if (hint === undefined) continue;
      dialled.push(hint);
      assert.equal(search.next(), undefined, "one at a time");
      search.handleDialled();
    }
    assert.equal(dialled.length, JOIN_CANDIDATES_MAX);
    assert.equal(new Set(dialled).size, JOIN_CANDIDATES_MAX);
    search.beginRound();
  }
});

test("MakerSearch: it ends in time, and does not begin for a link that names no relay", () => {
  const search = begun();
  const end = after(NOW, JOIN_MEET_TIMEOUT);
  assert.equal(search.nextTimeout(), end);
  assert.equal(search.handleTimeout(instant(end - 1)), false);
  assert.equal(search.handleTimeout(end), true);
  assert.equal(search.handleTimeout(end), false);
  search.handleMet(["relay:1/0"]);
  assert.equal(search.next(), undefined);
  assert.equal(search.nextTimeout(), undefined);
  const none = new MakerSearch();
  none.begin({ relays: [] }, NOW);
  none.handleMet(["relay:1/0"]);
  assert.equal(none.next(), undefined);
});
