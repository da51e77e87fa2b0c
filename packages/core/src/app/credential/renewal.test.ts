/** From epoch to epoch: the issuer's roll on one side, what the holder keeps on the other. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { PeerId } from "../../identity/peer-id.ts";
import type { WallTime } from "../../lib/time.ts";
import { ISSUER_ROLL_MAX, KEPT_ISSUERS_MAX } from "../../wire/credential-limits.ts";
import type { Credential } from "./credential.ts";
import { CredentialBook, type KeepOutcome } from "./credential-book.ts";
import {
  ada,
  bbs,
  credential,
  DAY_SECONDS,
  FACTS,
  holder,
  identity,
  issuer,
  issuerIdentity,
  later,
  NOON,
  provider,
  random,
  TERMS,
  TODAY,
} from "./credential-world.test.ts";
import { fact } from "./fact.ts";
import { IssuerRoll } from "./issuer-roll.ts";
import { openIssuer } from "./statement.ts";

const DAY_MS = 1_000 * DAY_SECONDS;
const issuerPeer = issuerIdentity.peerId;

/** What the roll gives to Ada, or the reason why not. */
const ask = (roll: IssuerRoll, epoch: number, wall: WallTime, by = issuer) => roll.issue(bbs, by, holder, epoch, wall);
const given = (outcome: ReturnType<typeof ask>): Credential => {
  if (typeof outcome === "string") assert.fail(outcome);
  return outcome;
};
const typeOf = ({ type }: KeepOutcome): string => type;

test("[CRE-5] who is on the roll is renewed for each epoch; who was struck off keeps the present one and gets no more", () => {
  const roll = new IssuerRoll();
  const book = new CredentialBook(provider, bbs);
  assert.equal(ask(roll, TODAY, NOON.wall), "notOnRoll");
  roll.admit(ada.peerId, FACTS);
  assert.equal(typeOf(book.keep(bbs, given(ask(roll, TODAY, NOON.wall)), holder, NOON.wall)), "kept");
  assert.deepEqual(book.due(NOON.wall), [], "half of the epoch is left");

  const evening = later(DAY_MS / 4).wall;
  assert.deepEqual(book.due(evening), [{ issuer: issuerPeer, epoch: TODAY + 1 }]);
  assert.equal(typeOf(book.keep(bbs, given(ask(roll, TODAY + 1, evening)), holder, evening)), "kept");
  assert.deepEqual(book.due(evening), []);
  assert.deepEqual(
    book.current(evening).map(({ epoch }) => epoch),
    [TODAY],
  );

  const tomorrow = later(DAY_MS).wall;
  assert.deepEqual(
    book.current(tomorrow).map(({ epoch }) => epoch),
    [TODAY + 1],
  );
  assert.ok(roll.strike(ada.peerId));
  assert.equal(ask(roll, TODAY + 2, tomorrow), "notOnRoll");
  const dayAfter = later(2 * DAY_MS).wall;
  assert.deepEqual(book.current(dayAfter), []);
  assert.deepEqual(book.due(dayAfter), [{ issuer: issuerPeer, epoch: TODAY + 2 }]);
});

test("[CRE-5] an issuer gives nothing for epochs that are over, nor for more than eight ahead", () => {
  const roll = new IssuerRoll();
  roll.admit(ada.peerId, FACTS);
  assert.equal(ask(roll, TODAY - 1, NOON.wall), "notIssuable");
  assert.equal(ask(roll, TODAY + 9, NOON.wall), "notIssuable");
  assert.equal(given(ask(roll, TODAY + 8, NOON.wall)).epoch, TODAY + 8);
});

test("[CRE-6] a holder keeps what is genuine, of its own, and of use; the rest changes nothing", () => {
  const book = new CredentialBook(provider, bbs);
  const changed = { ...credential, facts: [fact("role", "Owner")] };
  assert.equal(typeOf(book.keep(bbs, changed, holder, NOON.wall)), "notGenuine");
  assert.equal(typeOf(book.keep(bbs, credential, { ...holder, peer: identity(7).peerId }, NOON.wall)), "notGenuine");
  assert.equal(typeOf(book.keep(bbs, credential, holder, later(2 * DAY_MS).wall)), "old");
  const far = { ...credential, epoch: TODAY + 10 };
  assert.equal(typeOf(book.keep(bbs, far, holder, NOON.wall)), "tooFarAhead");
  assert.deepEqual(book.current(NOON.wall), []);
  assert.deepEqual(book.due(NOON.wall), []);
});

test("[CRE-4] [CRE-6] a later edition takes the place of those before, and an earlier one does not come back", () => {
  const roll = new IssuerRoll();
  roll.admit(ada.peerId, FACTS);
  const second = openIssuer(provider, bbs, issuerIdentity, { ...TERMS, edition: 2 });
  const book = new CredentialBook(provider, bbs);
  book.keep(bbs, credential, holder, NOON.wall);
  book.keep(bbs, given(ask(roll, TODAY + 1, NOON.wall)), holder, NOON.wall);
  const outcome = book.keep(bbs, given(ask(roll, TODAY, NOON.wall, second)), holder, NOON.wall);
  assert.ok(outcome.type === "kept");
  assert.deepEqual(outcome.forget, [`credential/kept/${issuerPeer}/${TODAY + 1}`]);
  assert.deepEqual(
    book.current(NOON.wall).map(({ statement }) => statement.edition),
    [2],
  );
  assert.equal(typeOf(book.keep(bbs, credential, holder, NOON.wall)), "old");
});

test("[CRE-6] both lists come back from what they stored, and what is damaged vouches for nobody", () => {
  const [roll, book] = [new IssuerRoll(), new CredentialBook(provider, bbs)];
  const rollEntry = roll.admit(ada.peerId, FACTS);
  const kept = book.keep(bbs, credential, holder, NOON.wall);
  assert.ok(typeof rollEntry === "object" && kept.type === "kept");
  const broken = [
    { key: `credential/roll/${identity(8).peerId}`, value: random(9) },
    { key: "credential/roll/x", value: rollEntry.value },
    { key: `credential/kept/${issuerPeer}/1`, value: kept.store.value },
    { key: `credential/kept/${issuerPeer}/2`, value: random(9) },
  ];
  const all = [rollEntry, kept.store, ...broken, { key: "trust/clock", value: random(3) }];
  const [again, bookAgain] = [new IssuerRoll(all), new CredentialBook(provider, bbs, all)];
  assert.deepEqual(again.entries, [{ holder: ada.peerId, facts: FACTS }]);
  assert.deepEqual(
    [...again.damaged, ...bookAgain.damaged],
    broken.map(({ key }) => key),
  );
  assert.deepEqual(bookAgain.current(NOON.wall), [credential]);
  assert.deepEqual(bookAgain.drop(issuerPeer), [kept.store.key]);
  assert.deepEqual(bookAgain.current(NOON.wall), []);
  assert.equal(again.strike(ada.peerId), rollEntry.key);
  assert.equal(again.strike(ada.peerId), undefined);
});

test("[CRE-6] neither the roll nor what is kept has a secret in it", () => {
  const kept = new CredentialBook(provider, bbs).keep(bbs, credential, holder, NOON.wall);
  const rollEntry = new IssuerRoll().admit(ada.peerId, FACTS);
  assert.ok(kept.type === "kept" && typeof rollEntry === "object");
  const secret = Buffer.from(holder.secret.reveal());
  assert.ok(!Buffer.from(kept.store.value).includes(secret));
  assert.ok(!Buffer.from(rollEntry.value).includes(secret));
});

test("[CRE-5] a full roll takes nobody new, and what no issuer signs is not put on it", () => {
  const roll = new IssuerRoll();
  const like = (number: number): PeerId => number.toString(16).padStart(64, "0") as PeerId;
  for (let i = 0; i < ISSUER_ROLL_MAX; i++) assert.equal(typeof roll.admit(like(i), []), "object");
  assert.equal(roll.admit(like(ISSUER_ROLL_MAX), []), "full");
  assert.equal(typeof roll.admit(like(5), FACTS), "object", "who is on it can be changed");
  assert.equal(roll.entries.length, ISSUER_ROLL_MAX);
  assert.equal(roll.admit(like(5), [fact("name", "")]), "value");
});

test("[CRE-6] a holder keeps credentials of 64 issuers, and no more", () => {
  const always = { ...bbs, verify: () => true };
  const book = new CredentialBook(provider, always);
  const like = (number: number): Credential => {
    const id = number.toString(16).padStart(64, "0") as PeerId;
    return { ...credential, statement: { ...issuer.statement, issuer: id } };
  };
  for (let i = 0; i < KEPT_ISSUERS_MAX; i++)
    assert.equal(typeOf(book.keep(always, like(i), holder, NOON.wall)), "kept");
  assert.equal(typeOf(book.keep(always, like(KEPT_ISSUERS_MAX), holder, NOON.wall)), "full");
  assert.equal(typeOf(book.keep(always, { ...like(1), epoch: TODAY + 1 }, holder, NOON.wall)), "kept");
});
