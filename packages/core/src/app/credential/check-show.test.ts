import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeCbor, encodeCbor } from "../../lib/cbor.ts";
import { wallTime } from "../../lib/time.ts";
import { STATIC_SHOW_LIFETIME_MAX } from "../../wire/credential-limits.ts";
import { checkShow, SHOW_CHECKS, type ShowFault, type ShowVerdict } from "./check-show.ts";
import { credentialHeader, issueCredential } from "./credential.ts";
import {
  ada,
  answer,
  bbs,
  choose,
  code,
  credential,
  DAY_SECONDS,
  FACTS,
  holder,
  identity,
  issuer,
  issuerIdentity,
  later,
  NOON,
  newVerifier,
  provider,
  QUESTION,
  random,
  SESSION,
  TERMS,
  TODAY,
} from "./credential-world.test.ts";
import { messagesOf } from "./fact.ts";
import { IssuerBook } from "./issuer-book.ts";
import { decodeShow, encodeShow, type Show, showLive, showStatic } from "./show.ts";
import { ShowMemory } from "./show-memory.ts";
import { openIssuer } from "./statement.ts";

const faultsOf = ({ checks }: ShowVerdict): ShowFault[] => checks.flatMap(({ fault }) => (fault ? [fault] : []));

/** That exactly `faults` came out, and that nothing is given on. */
function assertRefused(verdict: ShowVerdict, ...faults: ShowFault[]): void {
  assert.deepEqual(faultsOf(verdict), faults);
  assert.equal(verdict.shown, undefined);
}

test("[CRE-11] a live show passes every check, and gives what was chosen and no more", () => {
  const verifier = newVerifier();
  const verdict = checkShow(verifier, answer(verifier, choose([3, 6])), QUESTION, NOON);
  assert.deepEqual(
    verdict.checks,
    SHOW_CHECKS.map((name) => ({ name, state: "passed" })),
  );
  assert.deepEqual(verdict.shown, {
    issuer: issuerIdentity.peerId,
    issuerName: "Analytical Engines",
    facts: [FACTS[1], FACTS[4]],
    isLive: true,
    epochEnds: wallTime(1_000 * DAY_SECONDS * (TODAY + 1)),
  });
});

test("[CRE-11] a group is shown without saying who: nothing but the group's fact is in the bytes", () => {
  const bytes = answer(newVerifier(), choose([6]));
  const text = new TextDecoder("latin1").decode(bytes);
  assert.ok(text.includes("Chess Club"));
  for (const secret of ["Ada", "Engineer", "Analytical", "PeerConf", "floor"])
    assert.ok(!text.includes(secret), secret);
  const key = new TextDecoder("latin1").decode(Uint8Array.from(Buffer.from(ada.peerId, "hex")));
  assert.ok(!text.includes(key));
});

/** A show that was changed on its way. */
const changed = (bytes: Uint8Array, change: (show: Show) => Partial<Show>): Uint8Array => {
  const show = decodeShow(bytes);
  return encodeShow({ ...show, ...change(show) });
};

test("[CRE-11] what was changed on its way is refused by the check that it concerns", () => {
  const facts = (show: Show) => [...show.facts];
  const cases: readonly [string, (show: Show) => Partial<Show>, ...ShowFault[]][] = [
    ["values of two facts swapped", (s) => ({ facts: swapValues(facts(s)) }), "notProven"],
    ["another value", (s) => ({ facts: facts(s).map((f) => ({ ...f, value: "Owner" })) }), "notProven"],
    ["facts in another order", (s) => ({ facts: facts(s).reverse() }), "factsOutOfOrder"],
    ["one fact twice", (s) => ({ facts: [s.facts[0]!, ...facts(s)] }), "factsOutOfOrder"],
    ["a fact left out", (s) => ({ facts: s.facts.slice(1) }), "notProven"],
    ["a fact put in", (s) => ({ facts: [...s.facts, { slot: 8, label: "rank", value: "1" }] }), "notProven"],
    ["the holder put in", () => ({ holder: ada.peerId }), "notProven"],
    ["the next epoch", (s) => ({ epoch: s.epoch + 1 }), "notYetValid"],
    ["an epoch before", (s) => ({ epoch: s.epoch - 1 }), "expired"],
    ["the next edition", () => ({ edition: 2 }), "statementOutdated"],
    ["another issuer", () => ({ issuerRef: random(16) }), "issuerNotPinned"],
    ["a proof of another length", (s) => ({ proof: s.proof.subarray(0, -32) }), "notProven"],
    ["an empty proof", () => ({ proof: new Uint8Array(0) }), "notProven"],
  ];
  for (const [name, change, ...faults] of cases) {
    const verifier = newVerifier();
    const bytes = changed(answer(verifier, choose([3, 4])), change);
    const verdict = checkShow(verifier, bytes, QUESTION, NOON);
    assert.deepEqual(faultsOf(verdict), faults, name);
    assert.equal(verdict.shown, undefined, name);
  }
});

const swapValues = ([one, two]: Show["facts"][number][]): Show["facts"] => [
  { ...one!, value: two!.value },
  { ...two!, value: one!.value },
];

test("[CRE-9] a live show answers one nonce, once, in time, over one session", () => {
  const verifier = newVerifier();
  const bytes = answer(verifier, choose([3]));
  assert.ok(checkShow(verifier, bytes, QUESTION, NOON).shown);
  assertRefused(checkShow(verifier, bytes, QUESTION, NOON), "replayed");
  assertRefused(checkShow(newVerifier(), bytes, QUESTION, NOON), "nonceUnknown");
  const slow = answer(verifier, choose([3]));
  assertRefused(checkShow(verifier, slow, QUESTION, later(120_000)), "nonceLate");
  const inTime = answer(verifier, choose([3]));
  assert.ok(checkShow(verifier, inTime, QUESTION, later(119_999)).shown);
  const elsewhere = answer(verifier, choose([3]), new Uint8Array(32).fill(8));
  assertRefused(checkShow(verifier, elsewhere, QUESTION, NOON), "notProven");
  assertRefused(checkShow(verifier, answer(verifier, choose([3])), {}, NOON), "nonceUnknown");
});

test("[CRE-9] who is asked by one verifier cannot be passed on to another as the answer", () => {
  const [mallory, victor] = [newVerifier(), newVerifier()];
  const nonce = victor.memory.nonce(random, NOON.now); // Mallory asks Ada what Victor asked Mallory
  const withMallory = { nonce, session: new Uint8Array(32).fill(9) };
  const bytes = showLive(bbs, random, credential, holder, choose([3]), withMallory);
  assertRefused(checkShow(victor, bytes, QUESTION, NOON), "notProven");
  assert.equal(mallory.issuers.pinned.length, 1);
});

test("[CRE-10] a code is good until it ends, is seen once, and is called what it is", () => {
  const verifier = newVerifier();
  const bytes = code(choose([2, 3]));
  const verdict = checkShow(verifier, bytes, {}, NOON);
  assert.equal(verdict.shown?.isLive, false);
  assertRefused(checkShow(verifier, bytes, {}, NOON), "replayed");
  assert.ok(checkShow(newVerifier(), bytes, {}, later(3_600_000 + 599_999)).shown, "within the skew");
  assertRefused(checkShow(newVerifier(), bytes, {}, later(3_600_000 + 600_000)), "showEnded");
  assertRefused(checkShow(newVerifier(), bytes, { ...QUESTION, liveOnly: true }, NOON), "notLive");
  const longer = changed(bytes, ({ use }) => ({
    use: use.at === "static" ? { ...use, ends: wallTime(use.ends + 60_000) } : use,
  }));
  assertRefused(checkShow(newVerifier(), longer, {}, NOON), "notProven");
  const tooLong = wallTime(NOON.wall + STATIC_SHOW_LIFETIME_MAX + 660_000);
  const long = showStatic(bbs, random, credential, holder, choose([3]), tooLong);
  assertRefused(checkShow(newVerifier(), long, {}, NOON), "showTooLong");
});

test("[CRE-10] a code that was refused is not remembered as seen", () => {
  const verifier = newVerifier();
  const bytes = code(choose([3]));
  assertRefused(checkShow(verifier, bytes, { wanted: [{ label: "name" }] }, NOON), "factMissing");
  assert.ok(checkShow(verifier, bytes, {}, NOON).shown);
});

test("[CRE-5] a credential holds for its epoch, and no longer than clocks may differ", () => {
  const check = (at: number): ShowVerdict => {
    const verifier = newVerifier();
    const moment = later(at);
    const nonce = verifier.memory.nonce(random, moment.now);
    return checkShow(
      verifier,
      showLive(bbs, random, credential, holder, choose([3]), { nonce, session: SESSION }),
      QUESTION,
      moment,
    );
  };
  const half = (DAY_SECONDS * 1_000) / 2; // from noon to either end
  assert.ok(check(half + 599_999).shown);
  assertRefused(check(half + 600_000), "expired");
  assert.ok(check(-half - 600_000).shown);
  assertRefused(check(-half - 600_001), "notYetValid");
});

test("[CRE-4] a later edition revokes what was issued before, wherever it is known", () => {
  const verifier = newVerifier();
  const second = openIssuer(provider, bbs, issuerIdentity, { ...TERMS, edition: 2 });
  assert.equal(verifier.issuers.take(second.statement), "newer");
  assertRefused(checkShow(verifier, answer(verifier, choose([3])), QUESTION, NOON), "revoked");
  const renewed = issueCredential(bbs, second, holder, TODAY, FACTS);
  const nonce = verifier.memory.nonce(random, NOON.now);
  const bytes = showLive(bbs, random, renewed, holder, choose([3]), { nonce, session: SESSION });
  assert.ok(checkShow(verifier, bytes, QUESTION, NOON).shown);
});

test("[CRE-13] a credential of an issuer that nobody here pinned is not verified, whatever it calls itself", () => {
  const impostor = openIssuer(provider, bbs, identity(9), TERMS);
  const forged = issueCredential(bbs, impostor, holder, TODAY, FACTS);
  const verifier = newVerifier();
  const nonce = verifier.memory.nonce(random, NOON.now);
  const bytes = showLive(bbs, random, forged, holder, choose([3]), { nonce, session: SESSION });
  assertRefused(checkShow(verifier, bytes, QUESTION, NOON), "issuerNotPinned");
  const claimed = changed(bytes, () => ({ issuerRef: decodeShow(answer(verifier, choose([3]))).issuerRef }));
  assertRefused(checkShow(verifier, claimed, QUESTION, NOON), "replayed");
  const again = showLive(bbs, random, forged, holder, choose([3]), {
    nonce: verifier.memory.nonce(random, NOON.now),
    session: SESSION,
  });
  const { issuerRef } = decodeShow(answer(verifier, choose([3])));
  assertRefused(
    checkShow(
      verifier,
      changed(again, () => ({ issuerRef })),
      QUESTION,
      NOON,
    ),
    "notProven",
  );
  const nobody = { bbs, issuers: new IssuerBook(provider, bbs), memory: new ShowMemory() };
  assertRefused(checkShow(nobody, code(choose([3])), {}, NOON), "issuerNotPinned");
});

test("[CRE-8] a credential of more or fewer than sixteen messages is none, though its issuer signed it", () => {
  for (const count of [15, 17]) {
    const messages = [...messagesOf(holder.secret.reveal(), holder.peer, FACTS), SESSION].slice(0, count);
    const header = credentialHeader(issuer.statement, TODAY);
    const signed = { signature: bbs.sign(issuer.keys, header, messages), publicKey: issuer.keys.publicKey, header };
    const real = decodeShow(code(choose([3])));
    const minutes = real.use.at === "static" ? [real.use.id, real.use.ends / 60_000] : [];
    const label = new TextEncoder().encode("kith/1 credential show\0");
    const presentationHeader = Uint8Array.from([...label, ...encodeCbor([1, ...minutes])]);
    const proof = bbs.proofGen({ ...signed, presentationHeader, messages, shown: [3] }, random);
    const shown: [number, Uint8Array][] = [[3, messages[3]!]];
    assert.ok(bbs.proofVerify({ ...signed, presentationHeader, shown }, proof), "the proof itself holds");
    assertRefused(checkShow(newVerifier(), encodeShow({ ...real, proof }), {}, NOON), "notProven");
  }
});

test("[CRE-7] a holder is named if it chooses to be, and then it must be who shows", () => {
  const verifier = newVerifier();
  const named = (): Uint8Array => answer(verifier, choose([3], true));
  assert.equal(checkShow(verifier, named(), { ...QUESTION, peer: ada.peerId }, NOON).shown?.holder, ada.peerId);
  assertRefused(checkShow(verifier, named(), { ...QUESTION, peer: identity(5).peerId }, NOON), "anotherHolder");
  const unnamed = answer(verifier, choose([3]));
  assertRefused(checkShow(verifier, unnamed, { ...QUESTION, mustNameHolder: true }, NOON), "holderNotShown");
});

test("[CRE-11] what is asked for must be shown, with the value that is asked for", () => {
  const verifier = newVerifier();
  const ask = (label: string, value?: string): ShowVerdict => {
    const wanted = [value === undefined ? { label } : { label, value }];
    return checkShow(verifier, answer(verifier, choose([6, 7])), { ...QUESTION, wanted }, NOON);
  };
  assert.ok(ask("memberOf", "Chess Club").shown);
  assert.ok(ask("floor").shown);
  assertRefused(ask("memberOf", "Golf Club"), "factDiffers");
  assertRefused(ask("role"), "factMissing");
});

test("[CRE-11] several faults are all named, and the proof is not looked at", () => {
  const verifier = newVerifier();
  const bytes = answer(verifier, choose([3]));
  const counting = { ...verifier, bbs: { ...bbs, proofVerify: () => assert.fail("the proof was looked at") } };
  const question = { ...QUESTION, wanted: [{ label: "name" }], mustNameHolder: true };
  const verdict = checkShow(counting, bytes, question, later(2 * DAY_SECONDS * 1_000));
  assertRefused(verdict, "expired", "nonceLate", "holderNotShown", "factMissing");
  assert.deepEqual(verdict.checks.at(-1), { name: "proof", state: "notChecked" });
});

test("[CRE-8] rubbish, and a show that is cut, padded or encoded otherwise, is malformed and never an exception", () => {
  const verifier = newVerifier();
  const bytes = code(choose([2, 7]));
  const isMalformed = (input: Uint8Array): boolean => {
    const verdict = checkShow(verifier, input, {}, NOON);
    return verdict.shown === undefined && faultsOf(verdict).length > 0;
  };
  for (let length = 0; length < bytes.length; length += 7)
    assert.ok(isMalformed(bytes.subarray(0, length)), `${length}`);
  assert.ok(isMalformed(Uint8Array.from([...bytes, 0])));
  fc.assert(fc.property(fc.uint8Array({ maxLength: 900 }), isMalformed));
  const flipped = (bit: number): Uint8Array =>
    bytes.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
  fc.assert(
    fc.property(fc.nat(8 * bytes.length - 1), (bit) => isMalformed(flipped(bit))),
    { numRuns: 25 },
  );
  const parts = decodeCbor(bytes) as unknown[];
  const put = (at: number, part: unknown): Uint8Array => encodeCbor(parts.with(at, part) as never);
  const others: readonly [string, Uint8Array][] = [
    ["another version", put(0, 2)],
    ["an issuer of 15 bytes", put(1, random(15))],
    ["an edition of 33 bits", put(2, 2 ** 32)],
    ["an epoch that is text", put(3, "1")],
    ["facts that are no list", put(4, 1)],
    ["a fact that is empty", put(4, [[]])],
    ["a fact without a value", put(4, [[3]])],
    ["a fact with a label that its slot has not", put(4, [[3, "role", "x"]])],
    ["a free fact without a label", put(4, [[7, "x"]])],
    ["the secret", put(4, [[0, random(32)]])],
    ["a slot past the last", put(4, [[16, "a", "b"]])],
    ["a holder of 31 bytes", put(4, [[1, random(31)]])],
    [
      "a holder after a fact",
      put(4, [
        [2, "x"],
        [1, random(32)],
      ]),
    ],
    ["a value with a line", put(4, [[3, "a\nb"]])],
    ["a value that turns text", put(4, [[3, "a\u202eb"]])],
    ["a value of 129 bytes", put(4, [[3, "a".repeat(129)]])],
    ["a free label that passes for ours", put(4, [[7, "Role", "x"]])],
    ["a nonce of 31 bytes", put(5, random(31))],
    ["an id of 7 bytes", put(5, [random(7), 1])],
    ["a use of three", put(5, [random(8), 1, 1])],
    ["a proof that is a number", put(6, 1)],
    ["one part more", encodeCbor([...parts, 1] as never)],
    ["one part less", encodeCbor(parts.slice(0, -1) as never)],
    ["a map", encodeCbor(new Map([[1, 1]]))],
  ];
  for (const [name, input] of others)
    assert.deepEqual(faultsOf(checkShow(verifier, input, {}, NOON)), ["malformed"], name);
  assert.ok(checkShow(verifier, put(0, 1), {}, NOON).shown, "the same parts put together again are the show");
  assert.equal(issuer.statement.edition, 1);
});
