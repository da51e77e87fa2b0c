/** Tickets for calls by HTTP. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { nobleProvider } from "../crypto/noble-provider.ts";
import { Secret } from "../crypto/secret.ts";
import { base64urlToBytes } from "../lib/base64url.ts";
import { bytesToHex, hexToBytes } from "../lib/hex.ts";
import { wallTime } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import { RELAY_TICKET_LIFETIME } from "../wire/relay-limits.ts";
import { RelayRig } from "./relay-server-fixture.test.ts";
import { readTicket, signTicket, TICKET_BYTES } from "./relay-ticket.ts";

const SEED = new Secret(new Uint8Array(32).fill(1));
const RELAY_KEY = nobleProvider.ed25519PublicKey(SEED.reveal());

test("[RHT-1] [RHT-2] tickets are as in spec/vectors/relay-ticket.json", () => {
  const file = new URL("../../../../spec/vectors/relay-ticket.json", import.meta.url);
  const vectors = JSON.parse(readFileSync(file, "utf8"));
  const seed = new Secret(hexToBytes(vectors.relaySeed));
  const relayKey = nobleProvider.ed25519PublicKey(seed.reveal());
  assert.equal(bytesToHex(relayKey), vectors.relayKey);
  const bytes = signTicket(nobleProvider, seed, hexToBytes(vectors.key), wallTime(vectors.until));
  assert.equal(bytesToHex(bytes), vectors.ticket);
  const read = readTicket(nobleProvider, relayKey, base64urlToBytes(vectors.text));
  assert.deepEqual([bytesToHex(read.key), read.until, read.ticket], [vectors.key, vectors.until, vectors.text]);
  for (const { why, ticket } of vectors.refused)
    assert.throws(() => readTicket(nobleProvider, relayKey, hexToBytes(ticket)), WireError, why);
});

test("readTicket takes nothing but what that relay signed", () => {
  const ticket = signTicket(nobleProvider, SEED, new Uint8Array(32).fill(2), wallTime(1_800_000_000_000));
  fc.assert(
    fc.property(fc.nat(TICKET_BYTES - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const changed = ticket.map((byte, index) => (index === at ? byte ^ change : byte));
      assert.throws(() => readTicket(nobleProvider, RELAY_KEY, changed), WireError);
    }),
    { numRuns: 40 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      assert.throws(() => readTicket(nobleProvider, RELAY_KEY, bytes), WireError);
    }),
  );
});

test("[RHT-1] a relay gives a ticket to a key that is logged in, for an hour, and asks its store nothing", () => {
  const rig = new RelayRig();
  const ada = rig.login();
  const asked = rig.asked.length;
  ada.say({ type: "ticket", request: 9 });
  const [done] = ada.take("done");
  assert.ok(done);
  const { key, until } = readTicket(nobleProvider, rig.server.relayKey, done.answer);
  assert.deepEqual([key, until, done.request], [ada.key, rig.at.wall + RELAY_TICKET_LIFETIME, 9]);
  assert.equal(rig.asked.length, asked);
});
