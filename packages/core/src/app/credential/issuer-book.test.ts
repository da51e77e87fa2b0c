import assert from "node:assert/strict";
import { test } from "node:test";
import { PINNED_ISSUERS_MAX } from "../../wire/credential-limits.ts";
import { bbs, identity, issuer, issuerIdentity, provider, random, TERMS } from "./credential-world.test.ts";
import { IssuerBook } from "./issuer-book.ts";
import { type IssuerStatement, openIssuer } from "./statement.ts";

const edition = (number: number, name = TERMS.name): IssuerStatement =>
  openIssuer(provider, bbs, issuerIdentity, { ...TERMS, edition: number, name }).statement;

test("[CRE-13] issuers come in by a person's wish, then only newer statements of theirs", () => {
  const book = new IssuerBook(provider, bbs);
  const [first, second] = [issuer.statement, edition(2)];
  assert.equal(book.take(first), "notPinned");
  assert.deepEqual(book.pinned, []);
  assert.equal(book.pin(first), "pinned");
  assert.equal(book.pin(first), "same");
  assert.equal(book.take(edition(1, "Another name")), "contradicts");
  assert.equal(book.take(second), "newer");
  assert.equal(book.pin(first), "older");
  assert.deepEqual(book.pinned, [second]);
  assert.equal(book.find(Buffer.from(issuerIdentity.peerId.slice(0, 32), "hex")), second);
  assert.equal(book.find(random(16)), undefined);
});

test("[CRE-13] a book comes back from its entries, without those that are not its own", () => {
  const book = new IssuerBook(provider, bbs);
  book.pin(issuer.statement);
  const entry = book.entryOf(issuerIdentity.peerId)!;
  const foreign = { key: `credential/issuer/${identity(3).peerId}`, value: entry.value };
  const broken = { key: "credential/issuer/x", value: random(40) };
  const again = new IssuerBook(provider, bbs, [entry, foreign, broken, { key: "trust/clock", value: random(9) }]);
  assert.deepEqual(again.pinned, [issuer.statement]);
  assert.deepEqual(again.damaged, [foreign.key, broken.key]);
  assert.equal(again.unpin(issuerIdentity.peerId), entry.key);
  assert.equal(again.unpin(issuerIdentity.peerId), undefined);
  assert.equal(again.entryOf(issuerIdentity.peerId), undefined);
});

test("[CRE-13] a full book takes nobody, and drops nobody", () => {
  const book = new IssuerBook(provider, bbs);
  const like = (number: number): IssuerStatement => {
    const id = number.toString(16).padStart(64, "0");
    return { ...issuer.statement, issuer: id as IssuerStatement["issuer"], bytes: Uint8Array.of(number) };
  };
  for (let i = 0; i < PINNED_ISSUERS_MAX; i++) assert.equal(book.pin(like(i)), "pinned");
  assert.equal(book.pin(like(PINNED_ISSUERS_MAX)), "full");
  assert.equal(book.take({ ...like(3), edition: 2 }), "newer");
  assert.equal(book.pinned.length, PINNED_ISSUERS_MAX);
});
