import assert from "node:assert/strict";
import { test } from "node:test";
import { nobleProvider } from "../crypto/noble-provider.ts";
import { Secret } from "../crypto/secret.ts";
import { bytesToHex } from "../lib/hex.ts";
import { isTollPaid, loginBytes, relaySeed, tollChallenge, welcomeBytes } from "./relay-login.ts";

const filled = (value: number): Uint8Array => new Uint8Array(32).fill(value);

test("[REL-4] an identity has another key at each relay", () => {
  const at = (relay: number): string =>
    bytesToHex(relaySeed(nobleProvider, new Secret(filled(1)), filled(relay)).reveal());
  assert.notEqual(at(2), at(3));
  assert.equal(at(2), at(2));
  assert.notEqual(at(2), bytesToHex(filled(1)));
});

test("what is signed begins with its label and ends with what it binds", () => {
  const welcome = welcomeBytes(filled(1), filled(2), 258);
  assert.equal(new TextDecoder().decode(welcome.subarray(0, 21)), "kith/1 relay welcome\0");
  assert.equal(bytesToHex(welcome.subarray(21)), `${"01".repeat(32)}${"02".repeat(32)}0000000000000102`);
  const login = loginBytes(filled(1), filled(2));
  assert.equal(new TextDecoder().decode(login.subarray(0, 19)), "kith/1 relay login\0");
  assert.equal(bytesToHex(login.subarray(19)), `${"01".repeat(32)}${"02".repeat(32)}`);
});

test("a toll is paid to one relay, by one key, on one connection", () => {
  const of = (...parts: [number, number, number]): string => {
    const [relay, nonce, client] = parts.map(filled);
    assert.ok(relay !== undefined && nonce !== undefined && client !== undefined);
    return bytesToHex(tollChallenge(nobleProvider, relay, nonce, client));
  };
  const all = [of(1, 2, 3), of(1, 2, 4), of(1, 5, 3), of(6, 2, 3)];
  assert.equal(new Set(all).size, all.length);
});

test("bits are counted from the front", () => {
  const challenge = filled(9);
  for (let counter = 0; counter < 300; counter++) {
    const hash = nobleProvider.sha256(challenge, new Uint8Array([0, 0, 0, 0, 0, 0, counter >> 8, counter & 255]));
    const binary = [...hash.subarray(0, 4)].map((byte) => byte.toString(2).padStart(8, "0")).join("");
    const zeros = binary.indexOf("1") < 0 ? 32 : binary.indexOf("1");
    for (const bits of [0, 1, 2, 7, 8, 9, 16, 32])
      assert.equal(isTollPaid(nobleProvider, challenge, counter, bits), bits <= zeros);
  }
});
