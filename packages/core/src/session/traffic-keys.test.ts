import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { nobleProvider } from "../crypto/noble-provider.ts";
import { Secret } from "../crypto/secret.ts";
import { concatBytes } from "../lib/bytes.ts";
import { bytesToHex, hexToBytes } from "../lib/hex.ts";
import { instant } from "../lib/time.ts";
import { OLD_KEYS_LIFETIME, REKEY_AGE, REKEY_BYTES } from "../wire/limits.ts";
import { encodeRecordHeader, recordNonce } from "../wire/record-header.ts";
import { ReceiveKeys, SendKeys } from "./traffic-keys.ts";

interface RecordCase {
  readonly name: string;
  readonly secret: string;
  readonly phase: number;
  readonly path: number;
  readonly index: number;
  readonly counter: number;
  readonly plaintext: string;
  readonly packet: string;
}
const vectors = new URL("../../../../spec/vectors/records.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(vectors, "utf8")) as { cases: RecordCase[] };

const secret = (fill = 7): Secret => new Secret(new Uint8Array(32).fill(fill));
const t = instant;

/** Send keys that have stepped to `phase`, each step by age and followed by the peer. */
function sendKeysAt(phase: number, start: Secret): SendKeys {
  const keys = new SendKeys(nobleProvider, start, t(0));
  for (let i = 1; i <= phase; i++) {
    keys.handleAcked(keys.phase);
    keys.prepare(1, t(i * REKEY_AGE));
  }
  assert.equal(keys.phase, phase);
  return keys;
}

for (const vector of cases) {
  test(`[SES-3] record vector: ${vector.name}`, () => {
    const keys = sendKeysAt(vector.phase, new Secret(hexToBytes(vector.secret)));
    const header = encodeRecordHeader(vector);
    const nonce = recordNonce(vector.path, vector.counter);
    const sealed = nobleProvider.seal(keys.key, nonce, header, hexToBytes(vector.plaintext));
    assert.equal(bytesToHex(concatBytes(header, ...sealed)), vector.packet);
  });
}

test("record vectors were there", () => assert.ok(cases.length >= 4));

test("[SES-7] send keys: step by age and by bytes, at the limit and not one before", () => {
  const byAge = new SendKeys(nobleProvider, secret(), t(0));
  byAge.prepare(100, t(REKEY_AGE - 1));
  assert.equal(byAge.phase, 0);
  byAge.prepare(100, t(REKEY_AGE));
  assert.equal(byAge.phase, 1);

  const byBytes = new SendKeys(nobleProvider, secret(), t(0));
  byBytes.prepare(REKEY_BYTES - 17, t(1)); // and its tag of 16
  byBytes.prepare(1, t(1));
  assert.equal(byBytes.phase, 0);
  byBytes.prepare(1, t(1));
  assert.equal(byBytes.phase, 1);
});

test("[SES-8] send keys: no second step before the peer followed the first", () => {
  const keys = sendKeysAt(1, secret());
  keys.prepare(1, t(3 * REKEY_AGE));
  assert.equal(keys.phase, 1);
  keys.handleAcked(0);
  keys.prepare(1, t(3 * REKEY_AGE));
  assert.equal(keys.phase, 1);
  keys.handleAcked(1);
  keys.prepare(1, t(3 * REKEY_AGE));
  assert.equal(keys.phase, 2);
});

test("receive keys: follow a phase once a record opened under it, and keep the one before for a while", () => {
  const keys = new ReceiveKeys(nobleProvider, secret());
  const first = keys.find(0, t(0));
  assert.equal(first?.phase, 0);
  assert.equal(keys.find(0xff, t(0)), undefined, "nothing before the first");
  assert.equal(keys.find(2, t(0)), undefined, "out of reach");
  const next = keys.find(1, t(0));
  assert.equal(next?.phase, 1);
  assert.equal(keys.find(0, t(0))?.phase, 0, "a claim alone changes nothing");

  keys.handleOpened(1, t(10));
  assert.equal(keys.find(1, t(10))?.key, next?.key);
  assert.equal(keys.find(0, t(10 + OLD_KEYS_LIFETIME - 1))?.key, first?.key);
  assert.equal(keys.find(0, t(10 + OLD_KEYS_LIFETIME)), undefined);
});

test("receive keys: the phase byte wraps", () => {
  const start = secret(9);
  const send = sendKeysAt(300, secret(9));
  const receive = new ReceiveKeys(nobleProvider, start);
  for (let phase = 1; phase <= 300; phase++) {
    assert.equal(receive.find(phase & 0xff, t(phase))?.phase, phase);
    receive.handleOpened(phase, t(phase));
  }
  const header = encodeRecordHeader({ phase: 300, path: 0, index: 1, counter: 5 });
  const nonce = recordNonce(0, 5);
  const sealed = nobleProvider.seal(send.key, nonce, header, Uint8Array.of(1));
  const key = receive.find(header[1]!, t(301))!.key;
  assert.deepEqual(nobleProvider.open(key, nonce, header, concatBytes(...sealed)), Uint8Array.of(1));
});

test("traffic keys: stepping on and wiping erase the secrets", () => {
  const start = secret();
  const bytes = start.reveal();
  const keys = new SendKeys(nobleProvider, start, t(0));
  keys.prepare(1, t(REKEY_AGE));
  assert.ok(start.isWiped);
  assert.deepEqual(bytes, new Uint8Array(32));
  const other = secret();
  new ReceiveKeys(nobleProvider, other).wipe();
  assert.ok(other.isWiped);
});
