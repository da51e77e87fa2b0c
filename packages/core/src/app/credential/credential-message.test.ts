import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Secret } from "../../crypto/secret.ts";
import { AssertionError } from "../../lib/assert.ts";
import { bytesToHex, hexToBytes } from "../../lib/hex.ts";
import { WireError } from "../../lib/wire-error.ts";
import { type CredentialMessage, decodeCredentialMessage, encodeCredentialMessage } from "./credential-message.ts";
import { fact } from "./fact.ts";

const zeros = (count: number): string => "00".repeat(count);
const codeOf = (hex: string): string | undefined => {
  try {
    decodeCredentialMessage(hexToBytes(hex));
    return undefined;
  } catch (error) {
    if (error instanceof WireError) return error.code;
    throw error;
  }
};

test("[CRE-14] every message of credential/1 has its frozen bytes, both ways", () => {
  const nonce = new Uint8Array(32);
  const all: readonly [string, CredentialMessage][] = [
    [`01${zeros(32)}0000`, { type: "ask", nonce, mustNameHolder: false, wanted: [] }],
    [
      `01${zeros(32)}010204726f6c6500036167650133`,
      { type: "ask", nonce, mustNameHolder: true, wanted: [{ label: "role" }, { label: "age", value: "3" }] },
    ],
    ["02aabb", { type: "show", bytes: hexToBytes("aabb") }],
    ["03", { type: "decline" }],
    ["04cc", { type: "statement", bytes: hexToBytes("cc") }],
    ["11dd", { type: "credential", bytes: hexToBytes("dd") }],
    ["1201", { type: "refuse", reason: "notOnRoll" }],
    ["1202", { type: "refuse", reason: "notIssuable" }],
    ["1203", { type: "refuse", reason: "declined" }],
    ["05", { type: "present" }],
    ["130000516181820363446576", { type: "offer", epoch: 20_833, facts: [fact("role", "Dev")] }],
  ];
  for (const [hex, message] of all) {
    assert.equal(bytesToHex(encodeCredentialMessage(message)), hex);
    assert.deepEqual(decodeCredentialMessage(hexToBytes(hex)), message);
  }
  const apply = `10${"07".repeat(32)}00005161`;
  const read = decodeCredentialMessage(hexToBytes(apply));
  assert.ok(read.type === "apply" && read.epoch === 20_833);
  assert.deepEqual(read.secret.reveal(), new Uint8Array(32).fill(7));
  assert.equal(bytesToHex(encodeCredentialMessage(read)), apply);
  assert.ok(!JSON.stringify(read).includes("7,7"), "a secret does not print");
});

test("[CRE-14] what is cut, longer, out of range or over its bound is refused", () => {
  const cases: readonly [string, string | undefined][] = [
    ["", "ERR_TRUNCATED"],
    ["00", "ERR_UNKNOWN_TYPE"],
    ["06", "ERR_UNKNOWN_TYPE"],
    ["14", "ERR_UNKNOWN_TYPE"],
    ["0500", "ERR_TRAILING"],
    ["1300005161", "ERR_TRUNCATED"],
    ["130000516181820360", "ERR_TEXT"],
    [`1300005161818201${"5820"}${zeros(32)}`, "ERR_VALUE"],
    [`1300005161${zeros(2_561)}`, "ERR_TOO_LARGE"],
    [`01${zeros(31)}`, "ERR_TRUNCATED"],
    [`01${zeros(32)}0200`, "ERR_VALUE"],
    [`01${zeros(32)}000f`, "ERR_LIMIT"],
    [`01${zeros(32)}000e${"016100".repeat(14)}`, undefined],
    [`01${zeros(32)}00010000`, "ERR_VALUE"],
    [`01${zeros(32)}000121${"61".repeat(33)}00`, "ERR_TOO_LARGE"],
    [`01${zeros(32)}00010161${"8101"}${"61".repeat(129)}`, "ERR_TOO_LARGE"],
    [`01${zeros(32)}000101ff00`, "ERR_TEXT"],
    [`01${zeros(32)}000000`, "ERR_TRAILING"],
    ["02", "ERR_TRUNCATED"],
    [`02${zeros(2_816)}`, undefined],
    [`02${zeros(2_817)}`, "ERR_TOO_LARGE"],
    ["0300", "ERR_TRAILING"],
    [`04${zeros(320)}`, undefined],
    [`04${zeros(321)}`, "ERR_TOO_LARGE"],
    [`10${zeros(35)}`, "ERR_TRUNCATED"],
    [`10${zeros(37)}`, "ERR_TRAILING"],
    [`11${zeros(2_560)}`, undefined],
    [`11${zeros(2_561)}`, "ERR_TOO_LARGE"],
    ["1200", "ERR_VALUE"],
    ["1204", "ERR_VALUE"],
  ];
  for (const [hex, code] of cases) assert.equal(codeOf(hex), code, hex.slice(0, 80));
  const long = { type: "show", bytes: new Uint8Array(2_817) } as const;
  assert.throws(() => encodeCredentialMessage(long), AssertionError);
  assert.throws(
    () => encodeCredentialMessage({ type: "apply", secret: new Secret(new Uint8Array(31)), epoch: 0 }),
    AssertionError,
  );
});

test("[CRE-14] rubbish is a WireError or reads back as the same bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      try {
        assert.deepEqual(encodeCredentialMessage(decodeCredentialMessage(bytes)), bytes);
      } catch (error) {
        assert.ok(error instanceof WireError);
      }
    }),
    { numRuns: 1_000 },
  );
});
