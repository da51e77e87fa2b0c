import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { nobleBbs as bbs } from "../../crypto/bbs.ts";
import { nobleProvider as provider } from "../../crypto/noble-provider.ts";
import { Secret } from "../../crypto/secret.ts";
import { identityFromSeed } from "../../identity/keys.ts";
import { bytesToHex, hexToBytes } from "../../lib/hex.ts";
import { instant, wallTime } from "../../lib/time.ts";
import { checkShow } from "./check-show.ts";
import {
  credentialHeader,
  decodeCredential,
  encodeCredential,
  holderSecret,
  isCredentialGenuine,
  issueCredential,
} from "./credential.ts";
import { messagesOf } from "./fact.ts";
import { IssuerBook } from "./issuer-book.ts";
import { showFromText, showLive, showSession, showStatic, showToText } from "./show.ts";
import { ShowMemory } from "./show-memory.ts";
import { openIssuer } from "./statement.ts";

const ROOT = join(import.meta.dirname, "../../../../..");
const vectors = JSON.parse(readFileSync(join(ROOT, "spec/vectors/credential.json"), "utf8"));

const issuerIdentity = identityFromSeed(provider, new Secret(hexToBytes(vectors.issuer.seed)));
const ada = identityFromSeed(provider, new Secret(hexToBytes(vectors.holder.seed)));
const { edition, name, epochSeconds } = vectors.issuer;
const issuer = openIssuer(provider, bbs, issuerIdentity, { edition, name, epochSeconds });
const holder = { peer: ada.peerId, secret: holderSecret(provider, ada, issuerIdentity.peerId) };
const { epoch } = vectors.credential;
const facts = vectors.credential.facts.map(([slot, label, value]: [number, string, string]) => ({
  slot,
  label,
  value,
}));
const credential = issueCredential(bbs, issuer, holder, epoch, facts);

test("[CRE-3] [CRE-4] [CRE-6] [CRE-7] issuer, holder and credential give the frozen bytes", () => {
  assert.equal(bytesToHex(issuer.statement.bytes), vectors.issuer.statement);
  assert.equal(bytesToHex(issuer.statement.hash), vectors.issuer.hash);
  assert.equal(bytesToHex(issuer.keys.publicKey), vectors.issuer.publicKey);
  assert.equal(holder.peer, vectors.holder.peerId);
  assert.equal(bytesToHex(holder.secret.reveal()), vectors.holder.secret);
  assert.equal(bytesToHex(credentialHeader(issuer.statement, epoch)), vectors.credential.header);
  assert.deepEqual(messagesOf(holder.secret.reveal(), holder.peer, facts).map(bytesToHex), vectors.credential.messages);
  assert.equal(bytesToHex(credential.signature), vectors.credential.signature);
  assert.equal(bytesToHex(encodeCredential(credential)), vectors.credential.kept);
  const kept = decodeCredential(provider, bbs, hexToBytes(vectors.credential.kept));
  assert.ok(isCredentialGenuine(bbs, kept, holder));
});

test("[CRE-9] the session's name is the frozen one, and another for other parties", () => {
  const { transcript, holder: asked, verifier, session } = vectors.session;
  assert.equal(bytesToHex(showSession(provider, hexToBytes(transcript), asked, verifier)), session);
  assert.notEqual(bytesToHex(showSession(provider, hexToBytes(transcript), verifier, asked)), session);
});

test("[CRE-8] [CRE-9] [CRE-10] shows of frozen scalars are the frozen bytes", () => {
  for (const each of vectors.shows) {
    const drawn: Uint8Array[] = [...(each.id === undefined ? [] : [each.id]), ...each.scalars].map(hexToBytes);
    const random = (length: number): Uint8Array => drawn.shift() ?? crypto.getRandomValues(new Uint8Array(length));
    const choice = { slots: each.slots, withHolder: each.withHolder };
    const bytes =
      each.id === undefined
        ? showLive(bbs, random, credential, holder, choice, {
            nonce: hexToBytes(each.nonce),
            session: hexToBytes(each.session),
          })
        : showStatic(bbs, random, credential, holder, choice, wallTime(each.ends));
    assert.equal(bytesToHex(bytes), each.bytes, each.name);
    if (each.text !== undefined) assert.equal(showToText(bytes), each.text);
    if (each.text !== undefined) assert.deepEqual(showFromText(each.text), bytes);
  }
  assert.equal(vectors.shows.length, 4);
});

test("[CRE-11] [CRE-12] [CRE-13] the check list comes to the frozen faults", () => {
  for (const each of vectors.checks) {
    const issuers = new IssuerBook(provider, bbs);
    issuers.pin(issuer.statement);
    const memory = new ShowMemory();
    const now = instant(0);
    if (each.nonce !== undefined) memory.nonce(() => hexToBytes(each.nonce), now);
    const question = {
      ...(each.session !== undefined && { session: hexToBytes(each.session) }),
      ...(each.peer !== undefined && { peer: each.peer }),
    };
    const moment = { now, wall: wallTime(each.wall) };
    const verdict = checkShow({ bbs, issuers, memory }, hexToBytes(each.show), question, moment);
    assert.deepEqual(
      verdict.checks.flatMap(({ fault }) => fault ?? []),
      each.faults,
      each.name,
    );
    assert.equal(verdict.shown === undefined, each.faults.length > 0, each.name);
  }
  assert.equal(vectors.checks.length, 22);
});
