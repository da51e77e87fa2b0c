/** The codec of signal/1: frozen vectors, hostile ones among them; round trips; damage. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { bytesToHex, hexToBytes } from "../lib/hex.ts";
import { textToBytes } from "../lib/utf8.ts";
import { WireError } from "../lib/wire-error.ts";
import {
  SIGNAL_CANDIDATE_BYTES_MAX,
  SIGNAL_CANDIDATES_MAX,
  SIGNAL_SDP_BYTES_MAX,
  SIGNAL_SDP_LINES_MAX,
} from "../wire/signal-limits.ts";
import {
  decodeSignalMessage,
  encodeSignalMessage,
  isDescription,
  type SignalMessage,
  withoutCandidates,
} from "./signal-message.ts";

interface Case {
  readonly name: string;
  readonly bytes: string;
  /** Text that follows `bytes`. */
  readonly text?: string;
  readonly message?: SignalMessage;
  readonly error?: string;
}

const file: { readonly cases: readonly Case[] } = JSON.parse(
  readFileSync(new URL("../../../../spec/vectors/signaling.json", import.meta.url), "utf8"),
);

function codeOf(act: () => unknown): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (error instanceof WireError) return error.code;
    throw error;
  }
}

for (const { name, bytes, text = "", message, error } of file.cases)
  test(`[SIG-3] [SIG-4] signal message vector: ${name}`, () => {
    const wire = Uint8Array.of(...hexToBytes(bytes.replace(/[\s|]/g, "")), ...textToBytes(text));
    if (error !== undefined)
      return assert.equal(
        codeOf(() => decodeSignalMessage(wire)),
        error,
      );
    const decoded = decodeSignalMessage(wire);
    assert.deepEqual(decoded, message);
    assert.equal(bytesToHex(encodeSignalMessage(decoded)), bytesToHex(wire));
  });

const HEAD = "v=0\r\na=fingerprint:sha-256 AB:CD\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n";
const ascii = (maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)), maxLength });
const connection = fc.nat(0xffff_ffff);
const message: fc.Arbitrary<SignalMessage> = fc.oneof(
  fc.record({
    type: fc.constantFrom("offer" as const, "answer" as const),
    connection,
    canRestart: fc.boolean(),
    sdp: fc.array(ascii(40), { maxLength: 20 }).map((lines) => HEAD + lines.map((line) => `a=x${line}\r\n`).join("")),
  }),
  fc.record({
    type: fc.constant("candidate" as const),
    connection,
    mid: fc.constantFrom("", "0", "data"),
    candidate: fc.oneof(
      fc.constant(""),
      ascii(400).map((rest) => `candidate:1${rest}`),
    ),
  }),
  fc.record({ type: fc.constant("restart" as const), connection }),
  fc.record({
    type: fc.constant("end" as const),
    connection,
    reason: fc.constantFrom("failed" as const, "busy" as const, "closed" as const),
  }),
);

test("signal messages survive the way there and back", () => {
  fc.assert(
    fc.property(message, (value) => assert.deepEqual(decodeSignalMessage(encodeSignalMessage(value)), { ...value })),
  );
});

test("[SIG-3] decodeSignalMessage takes nothing but what encodeSignalMessage makes", () => {
  fc.assert(
    fc.property(message, fc.nat(), fc.integer({ min: 1, max: 255 }), (value, at, flip) => {
      const whole = encodeSignalMessage(value);
      for (const cut of [0, at % whole.length]) assert.ok(codeOf(() => decodeSignalMessage(whole.subarray(0, cut))));
      assert.ok(codeOf(() => decodeSignalMessage(Uint8Array.of(...whole, 0))));
      const broken = whole.slice();
      broken[at % whole.length] = (broken[at % whole.length] ?? 0) ^ flip;
      codeOf(() => assert.deepEqual(encodeSignalMessage(decodeSignalMessage(broken)), broken));
    }),
  );
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => void codeOf(() => decodeSignalMessage(bytes))));
});

test("[SIG-3] a description is as large as it may be, and not larger", () => {
  const padded = (bytes: number): string => `${HEAD}a=${"x".repeat(bytes - HEAD.length - 4)}\r\n`;
  assert.ok(isDescription(padded(SIGNAL_SDP_BYTES_MAX)));
  assert.ok(!isDescription(padded(SIGNAL_SDP_BYTES_MAX + 1)));
  const lined = (lines: number): string => HEAD + "a=x\r\n".repeat(lines - 3);
  assert.ok(isDescription(lined(SIGNAL_SDP_LINES_MAX)));
  assert.ok(!isDescription(lined(SIGNAL_SDP_LINES_MAX + 1)));
  const known = (candidates: number): string => HEAD + "a=candidate:1\r\n".repeat(candidates);
  assert.ok(isDescription(known(SIGNAL_CANDIDATES_MAX)));
  assert.ok(!isDescription(known(SIGNAL_CANDIDATES_MAX + 1)));
});

test("[SIG-4] a candidate is as long as it may be, and not longer", () => {
  const of = (bytes: number): string | undefined => {
    const candidate = `candidate:${"x".repeat(bytes - 10)}`;
    return codeOf(() =>
      decodeSignalMessage(encodeSignalMessage({ type: "candidate", connection: 1, mid: "", candidate })),
    );
  };
  assert.equal(of(SIGNAL_CANDIDATE_BYTES_MAX), undefined);
  assert.equal(of(SIGNAL_CANDIDATE_BYTES_MAX + 1), "ERR_TOO_LARGE");
});

test("[SIG-8] withoutCandidates leaves a description that says no address", () => {
  const known = `${HEAD}a=candidate:1 1 UDP 1 10.0.0.1 9 typ host\r\na=mid:0\r\na=end-of-candidates\r\na=CANDIDATE:2\r\n`;
  assert.equal(withoutCandidates(known), `${HEAD}a=mid:0\r\n`);
});
