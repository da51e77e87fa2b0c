import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { AssertionError } from "../../lib/assert.ts";
import { decodeCbor, encodeCbor } from "../../lib/cbor.ts";
import { wallTime } from "../../lib/time.ts";
import { WireError } from "../../lib/wire-error.ts";
import { CREDENTIAL_BYTES_MAX } from "../../wire/credential-limits.ts";
import {
  decodeCredential,
  encodeCredential,
  holderSecret,
  isCredentialGenuine,
  issueCredential,
} from "./credential.ts";
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
  provider,
  random,
  TODAY,
} from "./credential-world.test.ts";
import { fact } from "./fact.ts";
import { decodeShow, showFromText, showStatic, showToText } from "./show.ts";
import { openIssuer, readStatement } from "./statement.ts";

const codeOf = (act: () => unknown): string | undefined => {
  try {
    act();
    return undefined;
  } catch (error) {
    if (error instanceof WireError) return error.code;
    throw error;
  }
};

test("[CRE-6] a credential is kept and read again, and its holder sees that it is genuine", () => {
  const bytes = encodeCredential(credential);
  const read = decodeCredential(provider, bbs, bytes);
  assert.deepEqual(read, credential);
  assert.ok(isCredentialGenuine(bbs, read, holder));
  assert.ok(bytes.length <= CREDENTIAL_BYTES_MAX, `${bytes.length}`);
});

test("[CRE-6] a credential of somebody else, of other facts or of another epoch is not genuine", () => {
  const others = {
    "another secret": { ...holder, secret: holderSecret(provider, identity(3), issuerIdentity.peerId) },
    "another PeerId": { ...holder, peer: identity(3).peerId },
  };
  for (const [name, other] of Object.entries(others)) assert.ok(!isCredentialGenuine(bbs, credential, other), name);
  const changed = {
    "one fact less": { ...credential, facts: FACTS.slice(1) },
    "another value": { ...credential, facts: [fact("name", "Ada Byron"), ...FACTS.slice(1)] },
    "another epoch": { ...credential, epoch: TODAY + 1 },
    "another edition": { ...credential, statement: { ...issuer.statement, hash: random(32) } },
  };
  for (const [name, each] of Object.entries(changed)) assert.ok(!isCredentialGenuine(bbs, each, holder), name);
});

test("[CRE-7] the holder's secret is of one issuer and one identity, is not kept, and never shown", () => {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
  const mine = hex(holder.secret.reveal());
  assert.equal(hex(holderSecret(provider, ada, issuerIdentity.peerId).reveal()), mine);
  assert.notEqual(hex(holderSecret(provider, ada, identity(4).peerId).reveal()), mine);
  assert.notEqual(hex(holderSecret(provider, identity(4), issuerIdentity.peerId).reveal()), mine);
  assert.ok(!hex(encodeCredential(credential)).includes(mine));
  const all = showStatic(bbs, random, credential, holder, choose([2, 3, 4, 5, 6, 7], true), wallTime(1e12));
  assert.ok(!hex(all).includes(mine));
});

test("[CRE-6] a credential of every size that may be is read, and no larger one", () => {
  const largest = Array.from({ length: 14 }, (_, i) =>
    i < 5 ? { ...FACTS[i]!, value: "v".repeat(128) } : fact(`${i}`.padEnd(32, "l"), "v".repeat(128), i + 2),
  );
  const bytes = encodeCredential(issueCredential(bbs, issuer, holder, TODAY, largest));
  assert.equal(decodeCredential(provider, bbs, bytes).facts.length, 14);
  assert.ok(bytes.length <= CREDENTIAL_BYTES_MAX, `${bytes.length}`);
  const least = encodeCredential(issueCredential(bbs, issuer, holder, 0, []));
  assert.deepEqual(decodeCredential(provider, bbs, least).facts, []);
  assert.equal(
    codeOf(() => decodeCredential(provider, bbs, new Uint8Array(CREDENTIAL_BYTES_MAX + 1))),
    "ERR_TOO_LARGE",
  );
  assert.throws(() => issueCredential(bbs, issuer, holder, TODAY, [fact("name", "")]), AssertionError);
  const secret = holderSecret(provider, ada, issuerIdentity.peerId);
  assert.throws(
    () => showStatic(bbs, random, credential, { ...holder, secret }, choose([15]), wallTime(0)),
    AssertionError,
  );
});

test("[CRE-6] a kept credential that is cut, changed or of another form is refused", () => {
  const bytes = encodeCredential(credential);
  const read = (input: Uint8Array): string | undefined => codeOf(() => decodeCredential(provider, bbs, input));
  for (let length = 0; length < bytes.length; length += 11) assert.ok(read(bytes.subarray(0, length)), `${length}`);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (input) => read(input) !== undefined));
  const parts = decodeCbor(bytes) as unknown[];
  const put = (at: number, part: unknown): string | undefined => read(encodeCbor(parts.with(at, part) as never));
  assert.equal(put(0, 2), "ERR_VERSION");
  assert.equal(put(1, 1), "ERR_VALUE");
  assert.equal(put(1, new Uint8Array(321)), "ERR_TOO_LARGE");
  assert.equal(put(2, 2 ** 32), "ERR_VALUE");
  assert.equal(put(3, [[1, random(32)]]), "ERR_VALUE");
  assert.equal(
    put(3, [
      [3, "b"],
      [2, "a"],
    ]),
    "ERR_VALUE",
  );
  assert.equal(put(3, [[3, "a\nb"]]), "ERR_TEXT");
  assert.equal(put(4, random(79)), "ERR_VALUE");
  assert.equal(read(encodeCbor([...parts, 1] as never)), "ERR_VALUE");
});

test("[CRE-4] a statement is read as it was signed, and refused otherwise", () => {
  const { bytes } = issuer.statement;
  assert.deepEqual(readStatement(provider, bbs, bytes), issuer.statement);
  const read = (input: Uint8Array): string | undefined => codeOf(() => readStatement(provider, bbs, input));
  const flip = (at: number): Uint8Array => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));
  fc.assert(fc.property(fc.nat(bytes.length - 1), (at) => read(flip(at)) !== undefined));
  assert.equal(read(flip(bytes.length - 1)), "ERR_CRYPTO");
  assert.equal(read(new Uint8Array(321)), "ERR_TOO_LARGE");
  assert.ok(read(bytes.subarray(1)) !== undefined);
  const terms = { edition: 1, name: "n", epochSeconds: 3_600 };
  assert.ok(openIssuer(provider, bbs, ada, { ...terms, name: "n".repeat(64), edition: 0xffff_ffff }).statement);
  const bad = [{ name: "" }, { name: "n".repeat(65) }, { name: "a\nb" }, { edition: 0 }, { edition: 2 ** 32 }];
  for (const each of [...bad, { epochSeconds: 3_599 }, { epochSeconds: 92 * 86_400 + 1 }, { epochSeconds: 3_600.5 }])
    assert.throws(() => openIssuer(provider, bbs, ada, { ...terms, ...each }), AssertionError, JSON.stringify(each));
});

test("[CRE-4] an issuer is the same again from its identity, and has another key in each edition", () => {
  const terms = { edition: 1, name: "Analytical Engines", epochSeconds: 86_400 };
  assert.deepEqual(openIssuer(provider, bbs, issuerIdentity, terms).statement.bytes, issuer.statement.bytes);
  const second = openIssuer(provider, bbs, issuerIdentity, { ...terms, edition: 2 });
  assert.notDeepEqual(second.keys.publicKey, issuer.keys.publicKey);
});

test("[CRE-8] a code of five ordinary facts has at most 770 bytes, and goes through text unchanged", () => {
  const bytes = showStatic(bbs, random, credential, holder, choose([2, 3, 4, 5, 6]), wallTime(1_800_000_000_000));
  assert.ok(bytes.length <= 770, `${bytes.length} bytes`);
  const text = showToText(bytes);
  assert.match(text, /^[0-9A-Z $%*+\-./:]+$/);
  assert.deepEqual(showFromText(text), bytes);
  assert.equal(decodeShow(bytes).facts.length, 5);
  assert.equal(
    codeOf(() => showFromText(`HC1:${text}`)),
    "ERR_TEXT",
  );
  assert.equal(
    codeOf(() => showFromText(`KITHF1:${"A".repeat(4_300)}`)),
    "ERR_TOO_LARGE",
  );
  assert.equal(
    codeOf(() => showFromText("KITHF1:A")),
    "ERR_TEXT",
  );
});

test("[CRE-8] the largest show is read, and nothing larger", () => {
  const largest = Array.from({ length: 14 }, (_, i) =>
    i < 5 ? { ...FACTS[i]!, value: "v".repeat(128) } : fact(`${i}`.padEnd(32, "l"), "v".repeat(128), i + 2),
  );
  const whole = issueCredential(bbs, issuer, holder, 0xffff_ffff, largest);
  const slots = largest.map(({ slot }) => slot);
  const bytes = showStatic(bbs, random, whole, holder, choose(slots, true), wallTime(0xffff_ffff * 60_000));
  assert.equal(decodeShow(bytes).facts.length, 14);
  assert.ok(showToText(bytes).length <= 4_300, `${showToText(bytes).length}`);
  assert.equal(
    codeOf(() => decodeShow(new Uint8Array(2_817))),
    "ERR_TOO_LARGE",
  );
});
