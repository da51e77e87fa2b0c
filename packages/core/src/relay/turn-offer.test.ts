/** What a relay says of its TURN server, as a client reads it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { seconds } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import { decodeTurnOffer, encodeTurnOffer, TURN_URLS_MAX } from "./turn-offer.ts";

const OFFER = {
  user: "1800000000:ab",
  password: "c2VjcmV0",
  lifetime: seconds(43_200),
  urls: ["turn:turn.example:3478"],
};

test("an offer of TURN servers survives the way there and back", () => {
  const url = fc.constantFrom("stun:[2001:db8::1]:3478", "turns:turn.example:443?transport=tcp", "turn:a");
  fc.assert(
    fc.property(
      fc.string({ maxLength: 60 }),
      fc.nat(0xffff),
      fc.array(url, { maxLength: TURN_URLS_MAX }),
      (user, s, urls) => {
        const offer = { ...OFFER, user, lifetime: seconds(s), urls };
        assert.deepEqual(decodeTurnOffer(encodeTurnOffer(offer)), offer);
      },
    ),
  );
});

test("[REL-1] what is no offer of TURN servers is refused", () => {
  const codeOf = (bytes: Uint8Array): string | undefined => {
    try {
      decodeTurnOffer(bytes);
      return undefined;
    } catch (error) {
      return error instanceof WireError ? error.code : "other";
    }
  };
  const good = encodeTurnOffer(OFFER);
  for (let length = 0; length < good.length; length++) assert.equal(codeOf(good.subarray(0, length)), "ERR_TRUNCATED");
  assert.equal(codeOf(Uint8Array.of(...good, 0)), "ERR_TRAILING");
  for (const url of ["http://turn.example", "", "turn:", "turn:a b", "turn:\u00e9"])
    assert.equal(codeOf(encodeTurnOffer({ ...OFFER, urls: [url] })), "ERR_VALUE", url);
  const many = (count: number): Uint8Array =>
    encodeTurnOffer({ ...OFFER, urls: Array.from({ length: count }, () => "turn:a") });
  assert.equal(codeOf(many(TURN_URLS_MAX)), undefined);
  assert.equal(codeOf(many(TURN_URLS_MAX + 1)), "ERR_LIMIT");
  fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => assert.notEqual(codeOf(bytes), "other")));
});
