/** Attested facts between real endpoints: issued after a yes, shown after a yes, checked, revoked. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../testing/until.ts";
import { FACTS, faults, issue, MEMBER, meet, pin, ROLE, shows, three } from "./facts-world.test.ts";

test("Facts: issued, shown and checked, each after a yes; revoked, and refused when the epoch is over", async () => {
  await using world = await three();
  const { org, ada, victor, clock } = world;
  const own = await org.facts.becomeIssuer({ name: "Analytical Engines" });
  assert.deepEqual([own.issuer, own.epochSeconds, own.isPinned], [org.id, 604_800, false]);
  await org.facts.vouch(ada.id, FACTS);
  assert.deepEqual(ada.facts.held.get(), []);
  await org.facts.offer(ada.id);
  const offer = await until(ada.facts.offers, ([each]) => each);
  assert.equal(offer.at, "offered");
  assert.deepEqual(
    offer.facts.map(({ slot, label, value }) => [slot, label, value]),
    [
      [2, "name", "Ada Lovelace"],
      [ROLE, "role", "Engineer"],
      [MEMBER, "memberOf", "Chess Club"],
      [7, "floor", "3"],
    ],
  );
  assert.deepEqual(ada.facts.held.get(), [], "nothing is kept by itself");
  const kept = await ada.facts.accept(offer.id);
  assert.deepEqual([kept.facts, kept.isCurrent, kept.issuer.name], [offer.facts, true, "Analytical Engines"]);
  assert.deepEqual(ada.facts.held.get(), [kept]);
  assert.equal(ada.facts.offers.get()[0]?.end, "done");

  // Nobody is believed before a person pinned the issuer.
  const choice = { issuer: org.id, slots: [ROLE] };
  const unpinned = await shows(victor, ada, choice);
  assert.deepEqual(faults(unpinned), ["issuerNotPinned"]);
  assert.equal(unpinned.shown, undefined);
  assert.equal(unpinned.claimed?.fingerprint, org.fingerprint);

  await victor.facts.pin(org.id);
  const good = await shows(victor, ada, choice);
  assert.deepEqual(
    good.checks.map(({ state }) => state),
    Array(8).fill("passed"),
  );
  assert.deepEqual(good.shown?.facts, [{ slot: ROLE, label: "role", value: "Engineer" }]);
  assert.deepEqual([good.shown?.isLive, good.shown?.holder, good.shown?.issuer.isPinned], [true, undefined, true]);

  const { endsAt } = await org.facts.revoke(ada.id);
  assert.equal(endsAt, kept.endsAt);
  await assert.rejects(org.facts.offer(ada.id), { code: "ERR_FACT_UNKNOWN" });
  clock.advance(endsAt - clock.wall() + 11 * 60_000);
  await meet(ada, org);
  await meet(ada, victor);
  await assert.rejects(ada.facts.renew(org.id), { code: "ERR_FACT", message: /do not vouch/ });
  assert.equal(ada.facts.held.get()[0]?.isCurrent, false);
  await assert.rejects(ada.facts.present(victor.id, choice), { code: "ERR_FACT" });
});

test("Facts: what nobody asked for is shown as well, at the holder's wish, and says the same", async () => {
  await using world = await three();
  const { org, ada, victor } = world;
  await issue(org, ada);
  await pin(victor, org);
  await ada.facts.present(victor.id, { issuer: org.id, slots: [MEMBER], namesHolder: true });
  const seen = await until(victor.facts.checks, ([each]) => each);
  assert.deepEqual([seen.cameBy, seen.peer, seen.name, seen.at], ["presented", ada.id, "Ada", "ended"]);
  assert.deepEqual(seen.shown?.facts, [{ slot: MEMBER, label: "memberOf", value: "Chess Club" }]);
  assert.equal(seen.shown?.holder, ada.id);
});
