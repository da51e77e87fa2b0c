/** The codec of grant/1: frozen vectors, round trips, damage. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { bytesToHex, hexToBytes } from "../lib/hex.ts";
import { GRANT_BYTES_MAX } from "../wire/limits.ts";
import { GRANT_REFUSAL } from "../wire/registry.ts";
import { decodeGrant, issueGrant } from "./grant.ts";
import { decodeGrantMessage, encodeGrantMessage, type GrantMessage, type GrantRefusalWord } from "./grant-message.ts";
import {
  assertStrict,
  codeOf,
  person,
  provider,
  seeded,
  unspaced,
  vectors,
  WALL,
  wallAt,
} from "./trust-fixture.test.ts";

interface Case {
  readonly name: string;
  readonly bytes: string;
  readonly message?: {
    readonly type: GrantMessage["type"];
    readonly grant?: string;
    readonly id?: string;
    readonly why?: string;
  };
  readonly error?: string;
}

for (const { name, bytes, message, error } of vectors<Case>("grant-messages.json")) {
  test(`[GRA-2] grant message vector: ${name}`, () => {
    const wire = hexToBytes(unspaced(bytes));
    if (error !== undefined) {
      assert.equal(
        codeOf(() => decodeGrantMessage(wire)),
        error,
      );
      return;
    }
    const decoded = decodeGrantMessage(wire);
    const shown = "grant" in decoded ? { ...decoded, grant: bytesToHex(decoded.grant.bytes) } : decoded;
    assert.deepEqual(shown, message);
    assert.equal(bytesToHex(encodeGrantMessage(decoded)), bytesToHex(wire));
  });
}

const GRANT = issueGrant(provider, seeded(1), person(1), person(2).peerId, {
  operations: ["chat"],
  resource: "",
  limits: {},
  notBefore: WALL,
  notAfter: wallAt(3_600_000),
  delegations: 0,
});
const id = fc.uint8Array({ minLength: 16, maxLength: 16 }).map(bytesToHex);
const why = fc.constantFrom(...(Object.keys(GRANT_REFUSAL) as GrantRefusalWord[]));
const message: fc.Arbitrary<GrantMessage> = fc.oneof(
  fc.record({ type: fc.constantFrom("grant" as const, "revoke" as const), grant: fc.constant(GRANT) }),
  fc.record({ type: fc.constantFrom("held" as const, "ended" as const), id }),
  fc.record({ type: fc.constant("refused" as const), id, why }),
);

test("grant messages survive the way there and back", () => {
  fc.assert(
    fc.property(message, (value) => {
      assert.deepEqual(decodeGrantMessage(encodeGrantMessage(value)), { ...value });
    }),
  );
});

test("[GRA-2] decodeGrantMessage takes nothing but what encodeGrantMessage makes", () => {
  for (const type of ["grant", "revoke"] as const)
    assertStrict(encodeGrantMessage({ type, grant: GRANT }), decodeGrantMessage);
  assertStrict(encodeGrantMessage({ type: "refused", id: GRANT.id, why: "full" }), decodeGrantMessage);
  fc.assert(
    fc.property(message, fc.nat(), fc.integer({ min: 1, max: 255 }), (value, at, flip) => {
      const bytes = encodeGrantMessage(value);
      const index = at % bytes.length;
      bytes[index] = (bytes[index] ?? 0) ^ flip;
      codeOf(() => assert.deepEqual(encodeGrantMessage(decodeGrantMessage(bytes)), bytes));
    }),
  );
});

test("a grant in a message is as large as a grant may be, and not larger", () => {
  const of = (length: number): string | undefined =>
    codeOf(() => decodeGrantMessage(Uint8Array.of(1, (length & 127) | 128, length >> 7, ...new Uint8Array(length))));
  assert.equal(of(GRANT_BYTES_MAX), "ERR_VERSION");
  assert.equal(of(GRANT_BYTES_MAX + 1), "ERR_TOO_LARGE");
  assert.equal(decodeGrant(GRANT.bytes).id, GRANT.id);
});
