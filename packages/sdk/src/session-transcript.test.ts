/** What two ends of a session share and nobody else has, and what it is for: a live show of an attested fact. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createIdentity, instant, nobleProvider as provider, wallTime } from "@kith/core";
import {
  nobleBbs as bbs,
  type CredentialMessage,
  checkShow,
  decodeCredentialMessage,
  encodeCredentialMessage,
  epochAt,
  fact,
  holderSecret,
  IssuerBook,
  issueCredential,
  openIssuer,
  ShowMemory,
  showLive,
  showSession,
} from "@kith/core/credential";
import type { Endpoint, PeerSession } from "./api.ts";
import { nodeProvider } from "./node/node-crypto.ts";
import { Lab } from "./testing/lab.ts";

/** Of an application, which here speaks `credential/1` by hand: that one the endpoint answers itself. */
const PROTOCOL = "facts-by-hand/1";
const options = {
  provider: nodeProvider,
  endOfTurn: (run: () => void) => process.nextTick(run),
  protocols: [PROTOCOL],
};
const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));

/** Both ends of one session, as contacts; the first one dials. */
async function meet(from: Endpoint, to: Endpoint): Promise<readonly [PeerSession, PeerSession]> {
  for (const [one, other] of [
    [from, to],
    [to, from],
  ] as const)
    await one.trust.add(other.id, { name: other.name, role: "member" });
  const incoming = to.sessions[Symbol.asyncIterator]();
  const session = await from.connect(to.addresses.get()[0] ?? "");
  const { value } = await incoming.next();
  return [session, value];
}

/** Takes one after the other from a stream that has one reader. */
function taker<T>(items: AsyncIterable<T>): () => Promise<T> {
  const reader = items[Symbol.asyncIterator]();
  return async () => {
    const { value, done } = await reader.next();
    if (done === true) throw new Error("nothing came");
    return value;
  };
}

test("both ends of a session have one transcript, and another session has another", async () => {
  const lab = new Lab();
  await using ada = await lab.endpoint("Ada", options);
  await using ben = await lab.endpoint("Ben", options);
  await using cyd = await lab.endpoint("Cyd", options);
  const [atAda, atBen] = await meet(ada, ben);
  const [, atCyd] = await meet(ada, cyd);
  assert.equal(atAda.transcript.length, 32);
  assert.deepEqual(atAda.transcript, atBen.transcript);
  assert.notDeepEqual(atCyd.transcript, atBen.transcript);
  assert.deepEqual([atAda.self, atBen.peer], [atBen.peer, atAda.self]);
  atAda.transcript.fill(0);
  assert.deepEqual(atAda.transcript, atBen.transcript, "what is given out is a copy");
});

test("[CRE-9] a fact is shown over a channel, and is worth nothing when its verifier passes it on", async () => {
  const lab = new Lab();
  await using ada = await lab.endpoint("Ada", options);
  await using ben = await lab.endpoint("Ben", options);
  await using cyd = await lab.endpoint("Cyd", options);
  const [adaToBen, benFromAda] = await meet(ada, ben);
  const [benToCyd, cydFromBen] = await meet(ben, cyd);

  const [organisation, identity] = [createIdentity(provider, random), createIdentity(provider, random)];
  const issuer = openIssuer(provider, bbs, organisation, { edition: 1, name: "Chess Club", epochSeconds: 86_400 });
  const holder = { peer: identity.peerId, secret: holderSecret(provider, identity, organisation.peerId) };
  const moment = { now: instant(0), wall: wallTime(Date.now()) };
  const facts = [fact("memberOf", "Chess Club")];
  const credential = issueCredential(bbs, issuer, holder, epochAt(moment.wall, 86_400), facts);
  const newVerifier = () => {
    const issuers = new IssuerBook(provider, bbs);
    issuers.pin(issuer.statement);
    return { bbs, issuers, memory: new ShowMemory() };
  };
  const [benChecks, cydChecks] = [newVerifier(), newVerifier()];

  // Ben asks Ada, once with a nonce of his own and once with that which Cyd asked him with.
  const asked = await adaToBen.open(PROTOCOL);
  const asking = await taker(benFromAda.channels)();
  const [atAda, atBen] = [taker(asked.messages), taker(asking.messages)];
  const answer = async (nonce: Uint8Array): Promise<Uint8Array> => {
    const wanted = [{ label: "memberOf", value: "Chess Club" }];
    await asking.send(encodeCredentialMessage({ type: "ask", nonce, mustNameHolder: false, wanted }));
    const ask = read(await atAda(), "ask");
    const question = { nonce: ask.nonce, session: name(adaToBen, adaToBen.self, adaToBen.peer) };
    const bytes = showLive(bbs, random, credential, holder, { slots: [6], withHolder: false }, question);
    await asked.send(encodeCredentialMessage({ type: "show", bytes }));
    return read(await atBen(), "show").bytes;
  };
  const toBen = await answer(benChecks.memory.nonce(random, moment.now));
  const inBensSession = { session: name(benFromAda, benFromAda.peer, benFromAda.self) };
  assert.deepEqual(checkShow(benChecks, toBen, inBensSession, moment).shown?.facts, facts);

  const forCyd = await answer(cydChecks.memory.nonce(random, moment.now));
  const passed = await benToCyd.open(PROTOCOL);
  await passed.send(encodeCredentialMessage({ type: "show", bytes: forCyd }));
  const got = read(await taker((await taker(cydFromBen.channels)()).messages)(), "show").bytes;
  const verdict = checkShow(cydChecks, got, { session: name(cydFromBen, cydFromBen.peer, cydFromBen.self) }, moment);
  assert.deepEqual(
    verdict.checks.flatMap(({ fault }) => fault ?? []),
    ["notProven"],
  );
});

const name = (session: PeerSession, holder: PeerSession["peer"], verifier: PeerSession["peer"]): Uint8Array =>
  showSession(provider, session.transcript, holder, verifier);

function read<T extends CredentialMessage["type"]>(bytes: Uint8Array, type: T): CredentialMessage & { type: T } {
  const message = decodeCredentialMessage(bytes);
  if (!isOf(message, type)) assert.fail(`${message.type} instead of ${type}`);
  return message;
}

const isOf = <T extends CredentialMessage["type"]>(
  message: CredentialMessage,
  type: T,
): message is CredentialMessage & { type: T } => message.type === type;
