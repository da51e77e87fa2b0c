/** Offers and answers that people show each other: frozen vectors, hostile ones among them; round trips; damage. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { nobleProvider } from "../crypto/noble-provider.ts";
import { Secret } from "../crypto/secret.ts";
import type { PeerId } from "../identity/peer-id.ts";
import { base64urlToBytes, bytesToBase64url } from "../lib/base64url.ts";
import { bytesToHex, hexToBytes } from "../lib/hex.ts";
import { wallTime } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import { DIRECT_CANDIDATES_MAX, DIRECT_TEXT_CHARS_MAX } from "../wire/direct-limits.ts";
import {
  DIRECT_PREFIX,
  type DirectAnswer,
  type DirectCandidate,
  type DirectEnd,
  type DirectOffer,
  decodeDirectAnswer,
  decodeDirectOffer,
  directBinding,
  directOfferId,
  encodeDirectAnswer,
  encodeDirectOffer,
} from "./direct-code.ts";
import { directCandidateLines, directSdp } from "./direct-sdp.ts";
import { isCandidate, isDescription } from "./signal-message.ts";

interface Case {
  readonly name: string;
  readonly kind: "offer" | "answer";
  /** The payload; `text` where the text itself is the case. */
  readonly bytes?: string;
  readonly text?: string;
  readonly fields?: unknown;
  readonly sdp?: string;
  readonly candidates?: readonly string[];
  readonly error?: string;
}

const file: {
  readonly cases: readonly Case[];
  readonly binding: Record<"offer" | "answer" | "id" | "binding", string>;
} = JSON.parse(readFileSync(new URL("../../../../spec/vectors/direct.json", import.meta.url), "utf8"));

function codeOf(act: () => unknown): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (error instanceof WireError) return error.code;
    throw error;
  }
}

const seenEnd = ({ fingerprint, candidates, ...rest }: DirectEnd) => ({
  ...rest,
  fingerprint: bytesToHex(fingerprint),
  candidates: candidates.map(({ address, ...each }) => ({ ...each, address: bytesToHex(address) })),
});
const seenOffer = ({ secret, end, ...rest }: DirectOffer) => ({
  ...rest,
  secret: bytesToHex(secret.reveal()),
  end: seenEnd(end),
});
const seenAnswer = ({ offer, end }: DirectAnswer) => ({ offer: bytesToHex(offer), end: seenEnd(end) });
const seen = {
  offer: (text: string) => seenOffer(decodeDirectOffer(text)),
  answer: (text: string) => seenAnswer(decodeDirectAnswer(text)),
};
const again = {
  offer: (text: string) => encodeDirectOffer(decodeDirectOffer(text)),
  answer: (text: string) => encodeDirectAnswer(decodeDirectAnswer(text)),
};

for (const { name, kind, bytes = "", text: given, fields, sdp, candidates, error } of file.cases)
  test(`[DIR-1] [DIR-2] [DIR-3] direct code vector: ${name}`, () => {
    const text = given ?? DIRECT_PREFIX + bytesToBase64url(hexToBytes(bytes.replace(/[\s|]/g, "")));
    if (error !== undefined)
      return assert.equal(
        codeOf(() => seen[kind](text)),
        error,
      );
    assert.deepEqual(seen[kind](text), fields);
    assert.equal(again[kind](text), text);
    const { end } = kind === "offer" ? decodeDirectOffer(text) : decodeDirectAnswer(text);
    assert.equal(directSdp(kind, end), sdp);
    assert.deepEqual(directCandidateLines(end), candidates);
  });

test("[DIR-3] [DIR-6] vector: by what an answer names its offer, and what ends the prologue", () => {
  const { offer, answer, id, binding } = file.binding;
  assert.equal(bytesToHex(directOfferId(nobleProvider, offer)), id);
  assert.equal(bytesToHex(decodeDirectAnswer(answer).offer), id);
  assert.equal(bytesToHex(directBinding(nobleProvider, offer, answer)), binding);
});

const filled = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });
const candidate: fc.Arbitrary<DirectCandidate> = fc
  .constantFrom("mdns" as const, "ip4" as const, "ip6" as const)
  .chain((family) =>
    fc.record({
      type: fc.constantFrom("host" as const, "srflx" as const, "relay" as const),
      family: fc.constant(family),
      address: filled(family === "ip4" ? 4 : 16),
      port: fc.integer({ min: 1, max: 65_535 }),
    }),
  );
const end: fc.Arbitrary<DirectEnd> = fc.record({
  fingerprint: filled(32),
  ufrag: fc.stringMatching(/^[0-9A-Za-z+/]{4,16}$/),
  pwd: fc.stringMatching(/^[0-9A-Za-z+/]{22,40}$/),
  candidates: fc.array(candidate, { maxLength: DIRECT_CANDIDATES_MAX }),
});
const offer: fc.Arbitrary<DirectOffer> = fc.record({
  peer: filled(32).map((bytes) => bytesToHex(bytes) as PeerId),
  isOneTime: fc.boolean(),
  secret: filled(16).map((bytes) => new Secret(bytes)),
  expires: fc.nat().map((ms) => wallTime(ms)),
  end,
});

test("[DIR-1] offers and answers survive the way there and back, and fit", () => {
  fc.assert(
    fc.property(offer, filled(8), (made, id) => {
      const [shown, answered] = [encodeDirectOffer(made), encodeDirectAnswer({ offer: id, end: made.end })];
      assert.ok(shown.length <= DIRECT_TEXT_CHARS_MAX && answered.length < shown.length);
      assert.deepEqual(seenOffer(decodeDirectOffer(shown)), seenOffer(made));
      assert.deepEqual(seenAnswer(decodeDirectAnswer(answered)), { offer: bytesToHex(id), end: seenEnd(made.end) });
    }),
  );
});

test("[DIR-4] whatever is decoded becomes a description of one data channel, and candidates, that other documents allow", () => {
  fc.assert(
    fc.property(end, fc.constantFrom("offer" as const, "answer" as const), (value, type) => {
      assert.ok(isDescription(directSdp(type, value)));
      for (const line of directCandidateLines(value)) assert.ok(isCandidate({ mid: "0", candidate: line }), line);
    }),
  );
});

test("[DIR-1] [DIR-2] decoding takes nothing but what encoding makes", () => {
  fc.assert(
    fc.property(offer, filled(8), fc.nat(), fc.integer({ min: 1, max: 255 }), (made, id, at, flip) => {
      const texts = { offer: encodeDirectOffer(made), answer: encodeDirectAnswer({ offer: id, end: made.end }) };
      for (const kind of ["offer", "answer"] as const) {
        const whole = base64urlToBytes(texts[kind].slice(DIRECT_PREFIX.length));
        const act = (bytes: Uint8Array) => () => again[kind](DIRECT_PREFIX + bytesToBase64url(bytes));
        for (const cut of [0, at % whole.length]) assert.ok(codeOf(act(whole.subarray(0, cut))));
        assert.ok(codeOf(act(Uint8Array.of(...whole, 0))));
        const broken = whole.slice();
        broken[at % whole.length] = (broken[at % whole.length] ?? 0) ^ flip;
        codeOf(() => assert.equal(act(broken)(), DIRECT_PREFIX + bytesToBase64url(broken)));
      }
      assert.equal(
        codeOf(() => decodeDirectAnswer(texts.offer)),
        "ERR_UNEXPECTED",
      );
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      for (const kind of ["offer", "answer"] as const)
        void codeOf(() => seen[kind](DIRECT_PREFIX + bytesToBase64url(bytes)));
    }),
  );
});

test("[DIR-6] a binding is of both texts: another byte in either, or the secret, makes another", () => {
  fc.assert(
    fc.property(offer, filled(8), fc.nat(15), (made, id, at) => {
      const [shown, answered] = [encodeDirectOffer(made), encodeDirectAnswer({ offer: id, end: made.end })];
      const secret = made.secret.reveal().slice();
      secret[at] = (secret[at] ?? 0) ^ 1;
      const other = encodeDirectOffer({ ...made, secret: new Secret(secret) });
      const fingerprint = made.end.fingerprint.slice();
      fingerprint[at] = (fingerprint[at] ?? 0) ^ 1;
      const swapped = encodeDirectAnswer({ offer: id, end: { ...made.end, fingerprint } });
      const bindings = [
        [shown, answered],
        [other, answered],
        [shown, swapped],
      ].map(([one = "", two = ""]) => bytesToHex(directBinding(nobleProvider, one, two)));
      assert.equal(new Set(bindings).size, 3);
    }),
    { numRuns: 20 },
  );
  assert.ok(!JSON.stringify(decodeDirectOffer(file.binding.offer)).includes("7,7"), "a secret is never printed");
});
