import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Secret } from "../crypto/secret.ts";
import { base64urlToBytes, bytesToBase64url } from "../lib/base64url.ts";
import { bytesToHex } from "../lib/hex.ts";
import {
  CLOCK_SKEW,
  QR_HINT_BYTES_MAX,
  QR_HINTS_MAX,
  QR_RELAYS_MAX,
  QR_TEXT_CHARS_MAX,
  RELAY_PLACE_HOST_BYTES_MAX,
} from "../wire/limits.ts";
import { decodeQrPayload, encodeQrPayload, isQrExpired, QR_PREFIX, type QrPayload } from "./qr-payload.ts";
import { assertStrict, codeOf, peer, vectors, WALL, wallAt } from "./trust-fixture.test.ts";

const payload = (more: Partial<QrPayload> = {}): QrPayload => ({
  peer: peer(1),
  isOneTime: false,
  secret: new Secret(new Uint8Array(16).fill(7)),
  expires: WALL,
  hints: ["192.168.1.2:4000", "[fe80::1%eth0]:4000"],
  relays: [{ scheme: "wss", host: "relay.example:8443", key: new Uint8Array(32).fill(9) }],
  ...more,
});
const seen = ({ secret, relays, ...rest }: QrPayload) => ({
  ...rest,
  secret: bytesToHex(secret.reveal()),
  ...(relays.length > 0 && { relays: relays.map((relay) => ({ ...relay, key: bytesToHex(relay.key) })) }),
});

test("a QR payload round-trips", () => {
  const hint = fc.stringMatching(/^[0-9a-z.:]{1,30}$/);
  const each = fc.record({
    peer: fc.nat(9).map(peer),
    isOneTime: fc.boolean(),
    secret: fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => new Secret(bytes)),
    expires: fc.nat().map((ms) => wallAt(ms)),
    hints: fc.array(hint, { maxLength: QR_HINTS_MAX }),
    relays: fc.array(
      fc.record({
        scheme: fc.constantFrom("wss" as const, "ws" as const),
        host: fc.stringMatching(/^[0-9a-z.:[\]-]{1,72}$/),
        key: fc.uint8Array({ minLength: 32, maxLength: 32 }),
      }),
      { maxLength: QR_RELAYS_MAX },
    ),
  });
  fc.assert(
    fc.property(each, (made) => {
      const text = encodeQrPayload(made);
      assert.ok(text.length <= QR_TEXT_CHARS_MAX);
      assert.deepEqual(seen(decodeQrPayload(text)), seen({ ...made }));
    }),
  );
});

test("encodeQrPayload takes QR_HINTS_MAX hints and leaves out what is too long or no address", () => {
  const long = `${"a".repeat(QR_HINT_BYTES_MAX - 2)}:1`;
  const hints = ["a b:1", `${long}2`, long, "b:1", "c:1", "d:1", "e:1"];
  assert.deepEqual(decodeQrPayload(encodeQrPayload(payload({ hints }))).hints, [long, "b:1", "c:1", "d:1"]);
  const relay = (host: string) => ({ scheme: "ws" as const, host, key: new Uint8Array(32) });
  const relays = [
    ...["UPPER.example", "r".repeat(RELAY_PLACE_HOST_BYTES_MAX + 1)],
    ...["r".repeat(RELAY_PLACE_HOST_BYTES_MAX), "second.example"],
  ].map(relay);
  assert.deepEqual(decodeQrPayload(encodeQrPayload(payload({ relays }))).relays, [relays[2]]);
  const longest = encodeQrPayload(payload({ hints: Array.from({ length: QR_HINTS_MAX }, () => long), relays }));
  assert.ok(longest.length <= QR_TEXT_CHARS_MAX);
  assert.equal(decodeQrPayload(longest).hints.length, QR_HINTS_MAX);
});

test("decodeQrPayload takes nothing but what encodeQrPayload makes", () => {
  const bytes = base64urlToBytes(encodeQrPayload(payload()).slice(QR_PREFIX.length));
  assertStrict(bytes, (broken) => decodeQrPayload(QR_PREFIX + bytesToBase64url(broken)));
  fc.assert(
    fc.property(fc.string(), (text) =>
      assert.notEqual(
        codeOf(() => decodeQrPayload(text)),
        undefined,
      ),
    ),
  );
  fc.assert(fc.property(fc.string(), (text) => void codeOf(() => decodeQrPayload(QR_PREFIX + text))));
  assert.equal(
    codeOf(() => decodeQrPayload(QR_PREFIX + "A".repeat(QR_TEXT_CHARS_MAX))),
    "ERR_TOO_LARGE",
  );
  assert.equal(
    codeOf(() => decodeQrPayload("https://kith:pair/")),
    "ERR_UNKNOWN_TYPE",
  );
});

test("[PAI-13] a scanned code expires with the skew, and a QR payload never prints its secret", () => {
  assert.equal(isQrExpired(payload(), wallAt(CLOCK_SKEW)), false);
  assert.equal(isQrExpired(payload(), wallAt(CLOCK_SKEW + 1)), true);
  assert.ok(!JSON.stringify(payload()).includes("7,7") && JSON.stringify(payload()).includes("<secret>"));
});

interface QrCase {
  name: string;
  text: string;
  peer?: string;
  secret?: string;
  isOneTime?: boolean;
  expires?: number;
  hints?: string[];
  relays?: { scheme: string; host: string; key: string }[];
  error?: string;
}
for (const { name, text, error, ...expected } of vectors<QrCase>("qr.json")) {
  test(`QR vector: ${name}`, () => {
    if (error !== undefined) assert.throws(() => decodeQrPayload(text), { code: error });
    else {
      const decoded = decodeQrPayload(text);
      assert.deepEqual(seen(decoded), expected);
      assert.equal(encodeQrPayload(decoded), text);
    }
  });
}
