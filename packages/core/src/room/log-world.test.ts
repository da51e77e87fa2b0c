/** What the tests of a room's log share: replicas that write, and hand each other what they have. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { CryptoProvider } from "../crypto/provider.ts";
import type { PeerId } from "../identity/peer-id.ts";
import { bytesEqual } from "../lib/bytes.ts";
import { bytesToHex } from "../lib/hex.ts";
import { type WallTime, wallTime } from "../lib/time.ts";
import type { Role } from "../trust/roles.ts";
import { person, provider as real, seeded, WALL } from "../trust/trust-fixture.test.ts";
import { newInvitationKey, signInvitation } from "./invitation.ts";
import { type Operation, type OperationFields, signOperation } from "./operation.ts";
import type { OperationBody } from "./operation-body.ts";
import { OperationLog } from "./operation-log.ts";
import { type RoomPolicy, roomPolicy } from "./room-policy.ts";

/**
 * Signatures that anybody could make, so that thousands of histories take seconds. What they stand for is tested
 * with the real ones in operation.test.ts.
 */
export const provider: CryptoProvider = {
  ...real,
  ed25519Sign: (seed, message) => real.sha512(publicKeyOf(seed), message),
  ed25519Verify: (publicKey, message, signature) => bytesEqual(real.sha512(publicKey, message), signature),
};
const publicKeys = new Map<string, Uint8Array>();
function publicKeyOf(seed: Uint8Array): Uint8Array {
  const known = publicKeys.get(bytesToHex(seed));
  if (known !== undefined) return known;
  const made = real.ed25519PublicKey(seed);
  publicKeys.set(bytesToHex(seed), made);
  return made;
}

/** A process of one person: its log, and a hand to write with. */
export class Replica {
  readonly number: number;
  log: OperationLog;
  wall: WallTime = WALL;
  constructor(number: number, log: OperationLog) {
    [this.number, this.log] = [number, log];
  }

  get peer(): PeerId {
    return person(this.number).peerId;
  }

  get incarnation(): string {
    return this.number.toString(16).padStart(32, "0");
  }

  do(body: OperationBody): Operation {
    const operation = this.log.write(person(this.number), this.incarnation, body, this.wall);
    assert.ok(operation !== undefined);
    return operation;
  }

  admit(number: number, role: Role = "member"): Operation {
    const [subject, name] = [person(number).peerId, `P${number}`];
    return this.do({ kind: "admit", subject, name, role, how: { by: "approval" } });
  }

  role(number: number, role: Role): Operation {
    return this.do({ kind: "role", subject: person(number).peerId, role });
  }

  expel(number: number): Operation {
    return this.do({ kind: "expel", subject: person(number).peerId });
  }

  /** As if this person knew nothing later than `parents`. */
  fork(parents: readonly Operation[], body: OperationBody, more: Partial<OperationFields> = {}): Operation {
    const operation = this.sign(parents, body, more);
    this.take([operation]);
    return operation;
  }

  /** The same, and the log is not told. */
  sign(parents: readonly Operation[], body: OperationBody, more: Partial<OperationFields> = {}): Operation {
    return signOperation(provider, person(this.number), {
      room: this.log.room,
      incarnation: this.incarnation.replace("00", "ff"),
      sequence: this.log.size,
      parents: parents.map(({ id }) => id),
      depth: Math.max(...parents.map(({ depth }) => depth)) + 1,
      date: this.wall,
      body,
      ...more,
    });
  }

  take(operations: readonly Operation[]): void {
    for (const { bytes } of operations) {
      const answer = this.log.add(bytes, this.wall);
      const why = answer.outcome === "refused" ? answer.reason : answer.outcome;
      assert.ok(["added", "known", "waiting"].includes(why), why);
    }
  }

  /** Afterwards both have what either had. */
  meet(...others: Replica[]): void {
    for (const other of others) {
      this.take(other.log.operations());
      other.take(this.log.operations());
    }
    for (const other of others) other.take(this.log.operations());
  }

  /** A process of somebody else, which has all that this one has. */
  copy(number: number): Replica {
    const { log } = OperationLog.restore(
      { provider, room: this.log.room },
      this.log.operations().map(({ bytes }) => bytes),
    );
    return new Replica(number, log);
  }

  /** `number` and role of all members, by seniority. */
  get roster(): string {
    return [...this.log.membership.members.values()].map(({ peer, role }) => `${numberOf(peer)}:${role}`).join(" ");
  }

  why(operation: Operation): string | undefined {
    return this.log.membership.ineffective.get(operation.id);
  }
}

const numbers = new Map<PeerId, number>();
export const numberOf = (peer: PeerId): number => {
  if (numbers.size === 0) for (let i = 1; i <= 40; i++) numbers.set(person(i).peerId, i);
  return numbers.get(peer) ?? 0;
};

export function founded(policy: Partial<RoomPolicy> = {}, number = 1): Replica {
  const terms = { name: "Garden", policy: roomPolicy(policy), founder: `P${number}`, incarnation: "00".repeat(16) };
  return new Replica(number, OperationLog.found(provider, person(number), seeded(number), terms, WALL));
}

/** A room of 1 (owner) and the others, with these roles, each admitted by 1 in this order. */
export function roomOf(roles: readonly Role[], policy: Partial<RoomPolicy> = {}): Replica[] {
  const owner = founded(policy);
  for (const [i, role] of roles.entries()) owner.admit(i + 2, role);
  return [owner, ...roles.map((_, i) => owner.copy(i + 2))];
}

/** An invitation by `by` for one, and how to use it. */
export function invited(by: Replica, seed: number, role: Role = "member", lifetimeMs = 3_600_000) {
  const key = newInvitationKey(provider, seeded(seed));
  const publicKey = bytesToHex(key.publicKey);
  const invitation = seed.toString(16).padStart(32, "0");
  const expires = wallTime(by.wall + lifetimeMs);
  const invite = by.do({ kind: "invite", invitation, keys: [publicKey], role, expires });
  const admission = (number: number, as: Role = role): OperationBody => {
    const subject = person(number).peerId;
    const signature = signInvitation(provider, key.seed, by.log.room, subject);
    const how = { by: "invitation", publicKey, signature } as const;
    return { kind: "admit", subject, name: `P${number}`, role: as, how };
  };
  return { invite, publicKey, invitation, admission };
}

test("the fixture's replicas agree once they met", () => {
  const [ada, ben] = roomOf(["admin", "member"]);
  assert.ok(ada !== undefined && ben !== undefined);
  ben.admit(4);
  ada.meet(ben);
  assert.equal(ada.roster, "1:owner 2:admin 3:member 4:member");
  assert.deepEqual(ada.log.membership, ben.log.membership);
});
