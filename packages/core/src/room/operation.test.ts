import assert from "node:assert/strict";
import { test } from "node:test";
import { concatBytes } from "../lib/bytes.ts";
import { hexToBytes } from "../lib/hex.ts";
import { wallTime } from "../lib/time.ts";
import { assertStrict, codeOf, peer, person, provider, seeded, vectors, WALL } from "../trust/trust-fixture.test.ts";
import { OPERATION_BYTES_MAX, OPERATION_DEPTH_MAX, OPERATION_PARENTS_MAX } from "../wire/limits.ts";
import { newInvitationKey, signInvitation } from "./invitation.ts";
import {
  decodeOperation,
  type Operation,
  type OperationFields,
  type OperationId,
  signOperation,
  verifyOperation,
} from "./operation.ts";
import type { OperationBody } from "./operation-body.ts";
import type { RoomId } from "./room-id.ts";
import { type RoomPolicy, roomPolicy } from "./room-policy.ts";

const ROOM = "ab".repeat(32) as RoomId;
const id = (number: number): OperationId => number.toString(16).padStart(64, "0") as OperationId;
const key = newInvitationKey(provider, seeded(1));
const keyHex = Buffer.from(key.publicKey).toString("hex");
const subject = person(2).peerId;
const signature = signInvitation(provider, key.seed, ROOM, subject);

const FOUND: OperationBody = {
  kind: "found",
  name: "Garden",
  policy: roomPolicy(),
  nonce: new Uint8Array(16).fill(7),
  founder: "Ada",
};
const BODIES: readonly OperationBody[] = [
  { kind: "invite", invitation: "0a".repeat(16), keys: [keyHex], role: "member", expires: wallTime(WALL + 1_000) },
  { kind: "revoke", invitation: "0a".repeat(16) },
  { kind: "admit", subject, name: "Ben", role: "guest", how: { by: "invitation", publicKey: keyHex, signature } },
  { kind: "admit", subject, name: "", role: "admin", how: { by: "challenge" } },
  { kind: "role", subject, role: "owner" },
  { kind: "grant", subject, operation: "chat", expires: wallTime(WALL) },
  { kind: "expel", subject },
  { kind: "leave" },
  { kind: "rotate", bundle: new Uint8Array(32).fill(1), recipients: 1_000 },
  { kind: "policy", policy: roomPolicy({ ways: "challenge", challengedBy: "admin" }), name: "Shed" },
  { kind: "checkpoint" },
];
const sign = (body: OperationBody, more: Partial<OperationFields> = {}): Operation =>
  signOperation(provider, person(1), {
    room: body.kind === "found" ? undefined : ROOM,
    incarnation: "01".repeat(16),
    sequence: body.kind === "found" ? 0 : 3,
    parents: body.kind === "found" ? [] : [id(1), id(2)],
    depth: body.kind === "found" ? 0 : 9,
    date: WALL,
    body,
    ...more,
  });

test("[ROM-1] every operation round-trips, its signature holds, and nothing else decodes", () => {
  for (const body of [FOUND, ...BODIES]) {
    const made = sign(body);
    const read = decodeOperation(provider, made.bytes);
    assert.deepEqual(read, made);
    assert.deepEqual(read.body, body);
    assert.ok(verifyOperation(provider, read), body.kind);
  }
  for (const body of [FOUND, BODIES[0] ?? FOUND, BODIES[2] ?? FOUND])
    assertStrict(sign(body).bytes, (bytes) => decodeOperation(provider, bytes));
});

test("[ROM-2] [R18] an operation with one byte changed, or of somebody else's voucher, does not verify", () => {
  for (const [number, body] of BODIES.entries()) {
    const { bytes, id: ours } = sign(body);
    for (let i = number; i < bytes.length; i += 11) {
      const broken = bytes.slice();
      broken[i]! ^= 1;
      let read: Operation | undefined;
      codeOf(() => {
        read = decodeOperation(provider, broken);
      });
      if (read === undefined) continue;
      assert.ok(!verifyOperation(provider, read), `${body.kind}, byte ${i}`);
      if (i < bytes.length - 64) assert.notEqual(read.id, ours);
    }
  }
  const forAnother = { by: "invitation", publicKey: keyHex, signature } as const;
  assert.ok(
    !verifyOperation(provider, sign({ kind: "admit", subject: peer(9), name: "", role: "member", how: forAnother })),
  );
});

const refuses = (code: string, body: OperationBody, more: Partial<OperationFields> = {}): void =>
  assert.throws(() => sign(body, more), { name: "AssertionError", message: new RegExp(code) });

/** Bytes as `sign` would make them, with the body replaced: nobody checks signatures here. */
const withBody = (kind: number, body: Uint8Array): Uint8Array => {
  const head = sign({ kind: "leave" }).bytes.slice(0, -64);
  head[1] = kind;
  return concatBytes(head, body, new Uint8Array(64));
};
const code = (bytes: Uint8Array): string | undefined => codeOf(() => decodeOperation(provider, bytes));

test("[ROM-1] an operation of each limit is taken, and one above refused", () => {
  const parents = (count: number): OperationId[] => Array.from({ length: count }, (_, i) => id(i + 1));
  assert.equal(sign({ kind: "leave" }, { parents: parents(OPERATION_PARENTS_MAX) }).parents.length, 16);
  refuses("ERR_LIMIT", { kind: "leave" }, { parents: parents(OPERATION_PARENTS_MAX + 1) });
  assert.ok(sign({ kind: "leave" }, { depth: OPERATION_DEPTH_MAX }));
  refuses("ERR_LIMIT", { kind: "leave" }, { depth: OPERATION_DEPTH_MAX + 1 });
  refuses("ERR_VALUE", { kind: "leave" }, { depth: 0 });
  refuses("ERR_VALUE", { kind: "leave" }, { parents: [] });
  refuses("ERR_VALUE", FOUND, { depth: 1 });
  refuses("ERR_VALUE", { kind: "expel", subject: person(1).peerId });
  assert.equal(code(new Uint8Array(OPERATION_BYTES_MAX + 1)), "ERR_TOO_LARGE");
  assert.equal(code(new Uint8Array(OPERATION_BYTES_MAX)), "ERR_VERSION");
  assert.equal(code(withBody(0x7f, new Uint8Array(0))), "ERR_UNKNOWN_TYPE");
});

test("[ROM-1] invitations are for 1 to 64 people, whatever is claimed", () => {
  const keys = (count: number): string[] => Array.from({ length: count }, (_, i) => id(i + 1));
  const invite = (count: number): OperationBody => ({
    kind: "invite",
    invitation: "0a".repeat(16),
    keys: keys(count),
    role: "member",
    expires: WALL,
  });
  const all = Array.from({ length: OPERATION_PARENTS_MAX }, (_, i) => id(i + 1));
  assert.ok(sign(invite(64), { parents: all }).bytes.length <= OPERATION_BYTES_MAX);
  refuses("ERR_LIMIT", invite(65));
  refuses("ERR_LIMIT", invite(0));
  // 2^53 uses: the count has one byte, and a larger number is other fields and bytes left over.
  const huge = concatBytes(new Uint8Array(16), Uint8Array.of(3), new Uint8Array(8), Uint8Array.of(255, 255, 255, 255));
  assert.equal(code(withBody(2, huge)), "ERR_LIMIT");
  const twice = concatBytes(
    new Uint8Array(16),
    Uint8Array.of(3),
    new Uint8Array(8),
    Uint8Array.of(2),
    new Uint8Array(64),
  );
  assert.equal(code(withBody(2, twice)), "ERR_VALUE");
});

test("[ROM-1] a date beyond 2^53, as of before 1970, is refused", () => {
  const { bytes } = sign({ kind: "leave" });
  const at = bytes.length - 64 - 8;
  const before1970 = bytes.slice();
  before1970.fill(0xff, at, at + 3);
  assert.equal(code(before1970), "ERR_VALUE");
});

test("[ROM-1] names of 5,000 code points, with controls or what turns text are refused", () => {
  const named = (name: string): OperationBody => ({
    kind: "admit",
    subject,
    name,
    role: "member",
    how: { by: "code" },
  });
  assert.ok(sign(named("a".repeat(128))));
  refuses("ERR_TOO_LARGE", named("a".repeat(5_000)));
  for (const name of ["a\u001b[2J", "ada\u202egnp", " Ada", "a\nb"]) refuses("ERR_TEXT", named(name));
  refuses("ERR_TEXT", { ...FOUND, name: "" });
  assert.ok(sign({ ...FOUND, founder: "" }));
});

test("[ROM-1] a policy has one form", () => {
  for (const ways of ["open", "strict", "approval", "challenge", "peers"] as const)
    for (const inviters of ["owner", "admin", "member"] as const)
      for (const challengedBy of ["any", "admin", "every"] as const) {
        const policy: RoomPolicy = roomPolicy({ ways, inviters, challengedBy });
        assert.deepEqual(sign({ kind: "policy", policy, name: "x" }).body, { kind: "policy", policy, name: "x" });
      }
  const policy = (...bytes: number[]): string | undefined => code(withBody(10, Uint8Array.of(...bytes, 1, 0x61)));
  assert.equal(policy(1, 0, 3), undefined);
  for (const bytes of [
    [0, 0, 3],
    [6, 0, 3],
    [1, 1, 3],
    [4, 0, 3],
    [4, 4, 3],
    [5, 0, 3],
    [5, 3, 1],
    [1, 0, 4],
    [1, 9, 3],
  ])
    assert.equal(policy(...bytes), "ERR_VALUE", String(bytes));
});

type OperationCase =
  | { kind: "operation"; name: string; operation: string; id: string; genuine: boolean }
  | { kind: "refused"; name: string; operation: string; error: string }
  | { kind: "log" };
for (const each of vectors<OperationCase>("room-operations.json")) {
  if (each.kind === "log") continue;
  test(`room operation vector: ${each.name}`, () => {
    const bytes = hexToBytes(each.operation);
    if (each.kind === "refused") assert.throws(() => decodeOperation(provider, bytes), { code: each.error });
    else {
      const read = decodeOperation(provider, bytes);
      assert.equal(read.id, each.id);
      assert.equal(verifyOperation(provider, read), each.genuine);
    }
  });
}
