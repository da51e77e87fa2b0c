/** Exchanges of `credential/1`: both machines over a channel, and hostile ones. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Secret } from "../../crypto/secret.ts";
import type { Moment } from "../../lib/moment.ts";
import {
  CREDENTIAL_ANSWER_TIMEOUT,
  CREDENTIAL_EXCHANGES_MAX,
  CREDENTIAL_STEP_TIMEOUT,
} from "../../wire/credential-limits.ts";
import { encodeCredential, holderSecret } from "./credential.ts";
import { type CredentialExchange, type ExchangeEnd, exchangeRole, isBroken } from "./credential-exchange.ts";
import { type CredentialMessage, decodeCredentialMessage, encodeCredentialMessage } from "./credential-message.ts";
import {
  ada,
  bbs,
  choose,
  credential,
  FACTS,
  holder,
  identity,
  issuer,
  issuerIdentity,
  later,
  NOON,
  newVerifier,
  provider,
  random,
  SESSION,
  TERMS,
  TODAY,
} from "./credential-world.test.ts";
import { fact } from "./fact.ts";
import { HolderExchange, type HolderTold } from "./holder-exchange.ts";
import { IssuerBook } from "./issuer-book.ts";
import { IssuerExchange, type IssuerTold } from "./issuer-exchange.ts";
import { IssuerRoll } from "./issuer-roll.ts";
import { decodeShow, encodeShow, type Show } from "./show.ts";
import { openIssuer } from "./statement.ts";
import { type LiveQuestion, VerifierExchange, type VerifierTold } from "./verifier-exchange.ts";

const ROLE = choose([3]);
const peer = ada.peerId;

/** What an exchange told its owner, and how it ended. */
interface Said<Told> {
  readonly told: Told[];
  readonly ends: ExchangeEnd[];
}

type Way = (message: Uint8Array) => readonly Uint8Array[];
const straight: Way = (message) => [message];

/** Both say what they have until neither has more; `way` is what becomes of each message of `a`. */
function talk<A, B>(a: CredentialExchange<A>, b: CredentialExchange<B>, moment: Moment = NOON, way: Way = straight) {
  const said: [Said<A>, Said<B>] = [
    { told: [], ends: [] },
    { told: [], ends: [] },
  ];
  for (let isQuiet = false; !isQuiet; ) {
    const fromA = say(a, said[0]).flatMap(way);
    b.handleMessages(fromA, moment);
    const fromB = say(b, said[1]);
    a.handleMessages(fromB, moment);
    isQuiet = fromA.length + fromB.length === 0;
  }
  return said;
}

function say<Told>(of: CredentialExchange<Told>, said: Said<Told>): Uint8Array[] {
  const messages: Uint8Array[] = [];
  for (let output = of.poll(); output !== undefined; output = of.poll()) {
    if (output.type === "transmit") messages.push(output.bytes);
    else if (output.type === "told") said.told.push(output.told);
    else if (output.type === "ended") said.ends.push(output.end);
  }
  return messages;
}

const newHolder = (of = issuerIdentity.peerId, session = SESSION): HolderExchange =>
  new HolderExchange({ provider, bbs, random, peer: of, session }, NOON);
const newAsker = (question: Partial<LiveQuestion> = {}, verifier = newVerifier()): VerifierExchange =>
  new VerifierExchange({ provider, random, verifier, question: { session: SESSION, peer, ...question } }, NOON);
const vouching = (facts = FACTS): IssuerRoll => {
  const roll = new IssuerRoll();
  roll.admit(peer, facts);
  return roll;
};
const newIssuer = (roll = vouching(), by = issuer): IssuerExchange =>
  new IssuerExchange({ bbs, issuer: by, roll, peer }, NOON);
const secret = (): Secret => holderSecret(provider, ada, issuerIdentity.peerId);
const send = (to: CredentialExchange<unknown>, ...messages: readonly CredentialMessage[]): void =>
  to.handleMessages(messages.map(encodeCredentialMessage), NOON);
const endOf = (of: CredentialExchange<unknown>): ExchangeEnd | undefined => of.end;
const faults = ({ told }: Said<VerifierTold>): readonly string[] =>
  told.flatMap(({ verdict }) => verdict.checks.flatMap(({ fault }) => fault ?? []));

/** Ada's machine was asked, and shows her role; what the verifier says of it. */
function shown(asker: VerifierExchange, session = SESSION, way = straight): Said<VerifierTold> {
  const shows = newHolder(undefined, session);
  asker.ask(NOON);
  talk(asker, shows);
  shows.show(credential, holder, ROLE);
  return talk(shows, asker, NOON, way)[1];
}

test("[CRE-9] [CRE-14] a question is answered once a person said yes, and the answer is checked", () => {
  const asker = newAsker({ wanted: [{ label: "role", value: "Engineer" }] });
  const shows = newHolder();
  asker.ask(NOON);
  const [, asked] = talk(asker, shows);
  const wanted = [{ label: "role", value: "Engineer" }];
  assert.deepEqual(asked.told, [{ type: "asked", mustNameHolder: false, wanted }]);
  assert.deepEqual([asker.phase, shows.phase], ["asked", "asked"]);
  shows.show(credential, holder, ROLE);
  const [there, here] = talk(shows, asker);
  assert.deepEqual([faults(here), here.ends, there.ends], [[], ["done"], ["done"]]);
  assert.deepEqual(here.told[0]?.verdict.shown?.facts, [fact("role", "Engineer")]);
  assert.equal(here.told[0]?.claim?.outcome, "same");
  assert.equal(asker.nextTimeout(), undefined);
});

test("[CRE-16] a wish to show is answered with a question for nothing in particular", () => {
  const [shows, checks] = [newHolder(), newAsker()];
  shows.present();
  const [there] = talk(shows, checks);
  assert.deepEqual(there.told, [{ type: "asked", mustNameHolder: false, wanted: [] }]);
  shows.show(credential, holder, choose([6], true));
  const [, here] = talk(shows, checks);
  assert.deepEqual([faults(here), here.told[0]?.verdict.shown?.holder], [[], peer]);
});

test("[CRE-15] what is offered is seen before anything is given, and given for a yes alone", () => {
  const [gives, takes] = [newIssuer(), newHolder()];
  assert.ok(gives.offer(NOON));
  const [here, there] = talk(gives, takes);
  assert.deepEqual(there.told, [{ type: "offered", statement: issuer.statement, epoch: TODAY, facts: FACTS }]);
  assert.deepEqual([here.told, endOf(gives), endOf(takes)], [[], undefined, undefined]);
  takes.accept(secret(), NOON);
  const [took, gave] = talk(takes, gives);
  assert.deepEqual([took.ends, gave.ends, gave.told], [["done"], ["done"], [{ type: "issued", epoch: TODAY }]]);
  const [received] = took.told;
  assert.ok(received?.type === "received");
  assert.deepEqual(received.credential.facts, FACTS);
});

test("[CRE-15] a no, or nobody on the roll, gives nothing; the next epoch is applied for without an offer", () => {
  const [gives, takes] = [newIssuer(), newHolder()];
  gives.offer(NOON);
  talk(gives, takes);
  takes.decline();
  assert.deepEqual(talk(takes, gives)[1].ends, ["declined"]);

  assert.equal(newIssuer(new IssuerRoll()).offer(NOON), false);
  for (const [at, epoch, end] of [
    [newIssuer(), TODAY + 1, "done"],
    [newIssuer(), TODAY + 9, "notIssuable"],
    [newIssuer(new IssuerRoll()), TODAY, "notOnRoll"],
    [new IssuerExchange({ bbs, issuer: undefined, roll: vouching(), peer }, NOON), TODAY, "notOnRoll"],
  ] as const) {
    const applies = newHolder();
    applies.apply(secret(), epoch, NOON);
    const [there, here] = talk(applies, at);
    assert.deepEqual([there.ends, here.ends], [[end], [end]]);
    assert.equal(there.told.length, end === "done" ? 1 : 0);
  }
});

test("[CRE-15] what the roll says otherwise since the offer is not given, and what is given otherwise is not taken", () => {
  const roll = vouching();
  const [gives, takes] = [newIssuer(roll), newHolder()];
  gives.offer(NOON);
  talk(gives, takes);
  roll.admit(peer, [fact("role", "Owner")]);
  takes.accept(secret(), NOON);
  assert.deepEqual(talk(takes, gives)[0].ends, ["declined"]);

  const other = openIssuer(provider, bbs, issuerIdentity, { ...TERMS, edition: 2 });
  const stranger = openIssuer(provider, bbs, identity(9), TERMS);
  for (const given of [
    { ...credential, facts: [fact("role", "Owner")] },
    { ...credential, epoch: TODAY + 1 },
    { ...credential, statement: other.statement },
    { ...credential, statement: stranger.statement },
  ]) {
    const [offers, holds] = [newIssuer(), newHolder()];
    offers.offer(NOON);
    talk(offers, holds);
    holds.accept(secret(), NOON);
    send(holds, { type: "credential", bytes: encodeCredential(given) });
    assert.equal(endOf(holds), "violation");
  }
});

test("[CRE-7] the secret goes to nobody but the issuer of the offer, who wipes it", () => {
  const inBetween = newHolder(identity(9).peerId);
  const gives = newIssuer();
  gives.offer(NOON);
  assert.deepEqual(talk(gives, inBetween)[1].ends, ["violation"]);

  const roll = vouching();
  let seen: Secret | undefined;
  const issue = roll.issue.bind(roll);
  roll.issue = (...args) => {
    seen = args[2].secret;
    return issue(...args);
  };
  const applies = newHolder();
  applies.apply(secret(), TODAY, NOON);
  talk(applies, newIssuer(roll));
  assert.equal(seen?.isWiped, true);
});

test("[CRE-9] dropped, replayed, swapped, from elsewhere: no show passes but the answer itself", () => {
  const verifier = newVerifier();
  const answers: Uint8Array[] = [];
  const keep: Way = (message) => {
    answers.push(message);
    return [message];
  };
  assert.deepEqual(faults(shown(newAsker({}, verifier), SESSION, keep)), []);
  const [statement, show] = answers;
  assert.ok(statement && show);

  // The answer to one question, for the next one: of this verifier, and of another one.
  for (const other of [verifier, newVerifier()])
    assert.deepEqual(faults(shown(newAsker({}, other), SESSION, (m) => (m[0] === show[0] ? [show] : [m]))), [
      "nonceUnknown",
    ]);
  // A show that was made for another session, passed on with the right nonce.
  assert.deepEqual(faults(shown(newAsker(), new Uint8Array(32).fill(8))), ["notProven"]);
  // Without the statement it is judged by what is pinned; twice is once too often.
  assert.deepEqual(faults(shown(newAsker(), SESSION, (m) => (m[0] === show[0] ? [m] : []))), []);
  assert.deepEqual(shown(newAsker(), SESSION, (m) => (m[0] === show[0] ? [m] : [m, m])).ends, ["violation"]);
  // A show that never comes is no show.
  const silent = newAsker();
  assert.deepEqual(shown(silent, SESSION, (m) => (m[0] === show[0] ? [] : [m])).ends, []);
  silent.handleTimeout(later(CREDENTIAL_ANSWER_TIMEOUT));
  assert.equal(endOf(silent), "timeout");
});

test("[CRE-11] facts that were swapped, moved or changed on the way are not given on", () => {
  const swap = (change: (show: Show) => Show): Way => {
    return (bytes) => {
      const message = decodeCredentialMessage(bytes);
      if (message.type !== "show") return [bytes];
      return [encodeCredentialMessage({ type: "show", bytes: encodeShow(change(decodeShow(message.bytes))) })];
    };
  };
  for (const change of [
    (show: Show): Show => ({ ...show, facts: [fact("role", "Owner")] }),
    (show: Show): Show => ({ ...show, facts: [fact("employeeOf", "Engineer")] }),
    (show: Show): Show => ({ ...show, facts: [...show.facts, fact("memberOf", "Chess Club")] }),
    (show: Show): Show => ({ ...show, epoch: show.epoch, facts: [] }),
    (show: Show): Show => ({ ...show, holder: peer }),
  ]) {
    const said = shown(newAsker(), SESSION, swap(change));
    assert.deepEqual([faults(said), said.told[0]?.verdict.shown], [["notProven"], undefined]);
  }
});

test("[CRE-13] a statement that comes with a show pins nobody; a later one of a pinned issuer ends the earlier", () => {
  const nobody = { ...newVerifier(), issuers: new IssuerBook(provider, bbs) };
  const said = shown(newAsker({}, nobody));
  assert.deepEqual([faults(said), said.told[0]?.claim?.outcome], [["issuerNotPinned"], "notPinned"]);
  assert.deepEqual(nobody.issuers.pinned, []);

  const second = openIssuer(provider, bbs, issuerIdentity, { ...TERMS, edition: 2 });
  const newer = shown(newAsker(), SESSION, (m) =>
    decodeCredentialMessage(m).type === "statement"
      ? [encodeCredentialMessage({ type: "statement", bytes: second.statement.bytes })]
      : [m],
  );
  assert.deepEqual([faults(newer), newer.told[0]?.claim?.outcome], [["revoked"], "newer"]);
});

test("[CRE-14] out of turn, of another form, unclean, late, cancelled, gone: each ends it once, and nothing after counts", () => {
  const wants: CredentialMessage = { type: "ask", nonce: new Uint8Array(32), mustNameHolder: false, wanted: [] };
  const unclean = { ...wants, wanted: [{ label: "role", value: "a\u202eb" }] };
  const cases: readonly (readonly [CredentialExchange<unknown>, CredentialMessage])[] = [
    [newAsker(), wants],
    [newAsker(), { type: "show", bytes: new Uint8Array(3) }],
    [newIssuer(), { type: "decline" }],
    [newIssuer(), { type: "present" }],
    [newHolder(), { type: "offer", epoch: TODAY, facts: FACTS }],
    [newHolder(), { type: "credential", bytes: encodeCredential(credential) }],
    [newHolder(), unclean],
  ];
  for (const [at, message] of cases) {
    send(at, message, message);
    const said: Said<unknown> = { told: [], ends: [] };
    assert.deepEqual([say(at, said), said], [[], { told: [], ends: ["violation"] }]);
    at.cancel();
    at.handleChannelClosed();
    at.handleTimeout(later(1e9));
    assert.deepEqual([endOf(at), at.poll()], ["violation", undefined]);
  }
  const gone = newHolder();
  gone.handleTimeout(later(CREDENTIAL_STEP_TIMEOUT - 1));
  assert.equal(endOf(gone), undefined);
  gone.handleChannelClosed();
  assert.equal(endOf(gone), "lost");
  const late = newHolder();
  late.handleTimeout(later(CREDENTIAL_STEP_TIMEOUT));
  assert.equal(endOf(late), "timeout");
  const cancelled = newAsker();
  cancelled.ask(NOON);
  cancelled.cancel();
  assert.deepEqual([say(cancelled, { told: [], ends: [] }), isBroken("cancelled")], [[], true]);
});

test("a full channel has one message at a time, in order", () => {
  const gives = newIssuer();
  gives.offer(NOON);
  const first = gives.poll();
  gives.handleFull();
  assert.equal(gives.poll(), undefined);
  gives.handleWritable();
  const second = gives.poll();
  assert.ok(first?.type === "transmit" && second?.type === "transmit");
  assert.deepEqual(
    [first, second].map(({ bytes }) => decodeCredentialMessage(bytes).type),
    ["statement", "offer"],
  );
});

test("the first message says who we are in it", () => {
  const role = (message: CredentialMessage) => exchangeRole(encodeCredentialMessage(message));
  assert.equal(role({ type: "ask", nonce: new Uint8Array(32), mustNameHolder: false, wanted: [] }), "holder");
  assert.equal(role({ type: "statement", bytes: issuer.statement.bytes }), "holder");
  assert.equal(role({ type: "apply", secret: new Secret(new Uint8Array(32)), epoch: 1 }), "issuer");
  assert.equal(role({ type: "present" }), "verifier");
  assert.equal(role({ type: "decline" }), undefined);
  assert.equal(exchangeRole(Uint8Array.of(0xff)), undefined);
});

test("[CRE-14] whatever a peer says, in whatever order, no exchange throws, and nothing is shown or taken without a yes", () => {
  const message = fc.oneof(
    fc
      .constantFrom<CredentialMessage>(
        { type: "ask", nonce: new Uint8Array(32), mustNameHolder: true, wanted: [{ label: "role" }] },
        { type: "statement", bytes: issuer.statement.bytes },
        { type: "offer", epoch: TODAY, facts: FACTS },
        { type: "credential", bytes: encodeCredential(credential) },
        { type: "refuse", reason: "declined" },
        { type: "decline" },
        { type: "present" },
      )
      .map(encodeCredentialMessage),
    fc.uint8Array({ maxLength: 80 }),
  );
  fc.assert(
    fc.property(fc.array(message, { maxLength: 6 }), fc.nat(CREDENTIAL_EXCHANGES_MAX), (messages, cut) => {
      for (const at of [newHolder(), newAsker(), newIssuer()]) {
        at.handleMessages(messages.slice(0, cut), NOON);
        at.handleMessages(messages.slice(cut), NOON);
        const said: Said<HolderTold | VerifierTold | IssuerTold> = { told: [], ends: [] };
        const sent = say<HolderTold | VerifierTold | IssuerTold>(at, said).map((m) => decodeCredentialMessage(m).type);
        assert.ok(!sent.includes("show") && !sent.includes("apply") && !sent.includes("credential"));
        assert.ok(said.ends.length <= 1 && !said.told.some(({ type }) => type === "received" || type === "issued"));
      }
    }),
    { numRuns: 60 },
  );
});
