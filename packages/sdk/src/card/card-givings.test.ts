/** How long an offer waits for somebody who is away. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { identityFromSeed, REACH_TIMEOUT, Secret, wallTime } from "@kith/core";
import { cardField, cardIdFromBytes, type SignedCard, signCard } from "@kith/core/card";
import { nodeProvider } from "../node/node-crypto.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { CardGivings, type GivingGround } from "./card-givings.ts";

const ADA = identityFromSeed(nodeProvider, new Secret(new Uint8Array(32).fill(1)));
const BEN = identityFromSeed(nodeProvider, new Secret(new Uint8Array(32).fill(2))).peerId;

const card = (): SignedCard =>
  signCard(nodeProvider, ADA, {
    ...{ id: cardIdFromBytes(new Uint8Array(8)), level: "public", revision: 1, isPrivate: false },
    ...{ signedAt: wallTime(1_790_000_000_000), endsAt: wallTime(1_800_000_000_000) },
    fields: [cardField("name", { text: "Ada" })],
  });

/** As a relay that is asked for somebody who never comes. */
const nobody: GivingGround["open"] = (_peer, _protocol, { signal }) =>
  new Promise((_resolve, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));

function givings(): { readonly clock: FakeClock; readonly givings: CardGivings } {
  const clock = new FakeClock();
  return { clock, givings: new CardGivings({ clock, open: nobody, random: (n) => new Uint8Array(n) }, () => {}) };
}

test("[CARD-20] who is not there in time is said to be away, and nothing is left of the offer", async () => {
  const { clock, givings: all } = givings();
  const given = all.give(BEN, card(), undefined, {});
  clock.advance(REACH_TIMEOUT - 1);
  assert.notEqual(clock.next, undefined); // still waiting
  clock.advance(1);
  await assert.rejects(given, { code: "ERR_PEER_UNREACHABLE" });
  assert.deepEqual(all.views, []);
  assert.equal(clock.next, undefined);
});

test("Who stops waiting gets their own reason, and no clock goes on", async () => {
  const { clock, givings: all } = givings();
  const stop = new AbortController();
  const given = all.give(BEN, card(), undefined, { signal: stop.signal });
  stop.abort(new Error("enough"));
  await assert.rejects(given, /enough/);
  assert.equal(clock.next, undefined);
});
