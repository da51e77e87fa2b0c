/** What is thought of a card that came. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { nobleProvider } from "../../crypto/noble-provider.ts";
import { wallTime } from "../../lib/time.ts";
import type { Contact, VerifiedBy } from "../../trust/contact.ts";
import { CLOCK_SKEW } from "../../wire/limits.ts";
import type { CardId } from "./card.ts";
import { cardField } from "./card-field.ts";
import { type CardContext, type CardJudgement, changesOf, judgeCard } from "./card-judgement.ts";
import { cardTime } from "./card-time.ts";
import { ADA, BEN, CARD_ID, ENDS_AT, identityOf, SIGNED_AT } from "./card-world.test.ts";
import { type CardContent, type SignedCard, signCard } from "./signed-card.ts";

const EVE = identityOf(3);
const name = cardField("name", { text: "Ada" });
const title = cardField("title", { text: "Analyst" });
const cardOf = (over: Partial<CardContent> = {}, by = ADA): SignedCard =>
  signCard(nobleProvider, by, {
    id: CARD_ID,
    level: "public",
    revision: 5,
    signedAt: SIGNED_AT,
    endsAt: ENDS_AT,
    isPrivate: false,
    fields: [name],
    ...over,
  });
const NOW = wallTime(SIGNED_AT + 1_000);
const context = (over: Partial<CardContext> = {}): CardContext => ({
  wall: NOW,
  cameBy: "nearby",
  own: BEN.peerId,
  isBlocked: false,
  kept: [],
  ...over,
});
const contactOf = (verifiedBy: VerifiedBy): Contact => ({
  id: "c",
  name: "Ada",
  notes: "",
  role: "guest",
  keys: [{ peer: ADA.peerId, verifiedBy, pinnedAt: SIGNED_AT, hints: [] }],
});
const judge = (over: Partial<CardContext> = {}, card = cardOf()): CardJudgement => judgeCard(card, context(over));

test("[CARD-16] verified is a key that was verified with its person, or by a pinned issuer, and nothing else", () => {
  for (const how of ["qr", "pin", "code", "words"] as const)
    assert.deepEqual(
      [judge({ contact: contactOf(how) }).standing, judge({ contact: contactOf(how) }).reasons],
      ["verified", [{ by: "in-person", how, contact: "c" }]],
    );
  for (const how of ["vouched", "pinned", "first-use"] as const)
    assert.deepEqual(
      [judge({ contact: contactOf(how) }).standing, judge({ contact: contactOf(how) }).reasons],
      ["known", [{ by: "pinned", how, contact: "c" }]],
    );
  const fact = { issuer: "Acme", says: "works there" };
  assert.deepEqual(
    [judge({ facts: [fact] }).standing, judge({ facts: [fact] }).reasons],
    ["verified", [{ by: "issuer", fact }]],
  );
  assert.deepEqual(
    [judge({ giver: ADA.peerId }).standing, judge({ giver: ADA.peerId }).reasons],
    ["unknown", [{ by: "giver" }]],
  );
  assert.equal(judge().standing, "unknown", "a full card, with a name and a number, is nobody's for that");
  assert.equal(judge({ kept: [cardOf({ revision: 4 })] }).standing, "known");
});

test("[CARD-16] a name, a contact with another key, or a kept card of another key verify nothing", () => {
  const other = contactOf("qr");
  const theirs = { ...other, keys: [{ ...other.keys[0]!, peer: EVE.peerId }] };
  assert.deepEqual(judge({ contact: theirs }).reasons, []);
  const kept = judge({ kept: [cardOf({}, EVE)] });
  assert.deepEqual([kept.relation, kept.standing], ["new", "unknown"], "a card's id does not take another's place");
});

test("[CARD-17] dates are heeded, within what clocks differ by", () => {
  const at = (wall: number) => cardTime({ signedAt: SIGNED_AT, endsAt: ENDS_AT }, wallTime(wall));
  assert.deepEqual(
    [
      at(SIGNED_AT - CLOCK_SKEW - 1),
      at(SIGNED_AT - CLOCK_SKEW),
      at(ENDS_AT + CLOCK_SKEW),
      at(ENDS_AT + CLOCK_SKEW + 1),
    ],
    ["not-yet", "valid", "valid", "expired"],
  );
  for (const [wall, doubt] of [
    [SIGNED_AT - CLOCK_SKEW - 1, "not-yet"],
    [ENDS_AT + CLOCK_SKEW + 1, "expired"],
  ] as const) {
    const result = judge({ wall: wallTime(wall), contact: contactOf("qr") });
    assert.deepEqual([result.standing, result.offer, result.doubts], ["refused", "none", [doubt]]);
  }
});

test("[CARD-17] a blocked key's card, and our own, are not offered; one that was passed on or can be shown again says so", () => {
  for (const [over, doubt] of [
    [{ isBlocked: true }, "blocked"],
    [{ own: ADA.peerId }, "own"],
  ] as const)
    assert.deepEqual([judge(over).standing, judge(over).offer, judge(over).doubts], ["refused", "none", [doubt]]);
  const passed = judge({ giver: EVE.peerId }, cardOf({ isPrivate: true }));
  assert.deepEqual([passed.doubts, passed.reasons, passed.offer], [["passed-on", "private"], [], "save"]);
  assert.deepEqual(
    [judge({ cameBy: "code" }).doubts, judge({ cameBy: "link" }).doubts, judge({ cameBy: "file" }).doubts],
    [["shown-again"], ["shown-again"], []],
  );
});

test("[CARD-18] what a card is to the one that is kept, and what may be offered", () => {
  const day = (number: number) => wallTime(SIGNED_AT + 86_400_000 * number);
  const rows: readonly (readonly [Partial<CardContent>, string, string])[] = [
    [{}, "same", "none"],
    [{ endsAt: day(3), signedAt: day(1) }, "older", "none"], // ends sooner: nothing is won
    [{ signedAt: day(1), endsAt: wallTime(ENDS_AT + 86_400_000) }, "renewal", "update"],
    [{ revision: 6, fields: [name, title] }, "update", "update"],
    [{ revision: 4, fields: [name, title] }, "older", "none"],
    [{ level: "professional" }, "wider", "update"],
    [{ id: "1111111111111111" as CardId }, "another", "save"],
    [{ signedAt: day(1), fields: [name, title] }, "update", "update"],
    [{ signedAt: wallTime(SIGNED_AT - 86_400_000), fields: [name, title] }, "older", "none"],
  ];
  for (const [over, relation, offer] of rows) {
    const result = judge({ kept: [cardOf()], wall: day(2) }, cardOf(over));
    assert.deepEqual([result.relation, result.offer], [relation, offer], JSON.stringify(over));
    const isOneRevision = over.fields !== undefined && over.revision === undefined;
    assert.equal(result.doubts.includes("contradicts"), isOneRevision, JSON.stringify(over));
  }
  const narrower = judge({ kept: [cardOf({ level: "personal", fields: [name, title] })] });
  assert.deepEqual([narrower.relation, narrower.offer], ["narrower", "none"]);
});

test("[CARD-18] what changed is told field by field, before anybody says yes", () => {
  const result = judge(
    { kept: [cardOf({ fields: [name, title] })] },
    cardOf({ revision: 6, fields: [name, cardField("title", { text: "Countess" })] }),
  );
  assert.deepEqual(result.changes, { added: [cardField("title", { text: "Countess" })], removed: [title] });
  assert.deepEqual(changesOf([name], [name]), { added: [], removed: [] });
});
