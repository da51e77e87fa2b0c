/** What the tests of room keys share: a KEM that costs nothing, people, and a log of a few lines. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { CryptoProvider } from "../crypto/provider.ts";
import { Secret } from "../crypto/secret.ts";
import type { PeerId } from "../identity/peer-id.ts";
import { bytesToHex } from "../lib/hex.ts";
import { type Instant, instant, type WallTime, wallTime } from "../lib/time.ts";
import { createPrekey, type PrekeySecret } from "../trust/prekey.ts";
import { person, provider, seeded } from "../trust/trust-fixture.test.ts";
import { sealEpoch } from "./epoch.ts";
import { EpochKeys } from "./epoch-keys.ts";
import type { EpochShare } from "./epoch-ring.ts";
import type { KeyRoster, RoomAdmission, RoomRotation } from "./key-roster.ts";
import { roomPrekeys } from "./prekey-scope.ts";
import { type RoomId, roomIdFromBytes } from "./room-id.ts";

export const ROOM: RoomId = roomIdFromBytes(new Uint8Array(32).fill(0xab));
export const OTHER_ROOM: RoomId = roomIdFromBytes(new Uint8Array(32).fill(0xcd));
export const T0: Instant = instant(5_000_000);
export const W0: WallTime = wallTime(1_800_000_000_000);
export const later = (ms: number): Instant => instant(T0 + ms);
export const wallLater = (ms: number): WallTime => wallTime(W0 + ms);
export const MINUTE = 60_000;
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** ML-KEM replaced by hashes of what is public: for tests of everything but it. */
export const quick: CryptoProvider = {
  ...provider,
  mlKemGenerate: (random) => quick.mlKemFromSeed(random(64)),
  mlKemFromSeed(seed) {
    const publicKey = new Uint8Array(1_184);
    publicKey.set(provider.sha256(seed));
    return { secretKey: { publicKey }, publicKey };
  },
  mlKemEncapsulate(publicKey, random) {
    if (publicKey.length !== 1_184 || publicKey.subarray(32).some((byte) => byte !== 0)) return undefined;
    const ciphertext = new Uint8Array(1_088);
    ciphertext.set(random(32));
    return { ciphertext, shared: provider.sha256(publicKey, ciphertext) };
  },
  mlKemDecapsulate(secretKey, ciphertext) {
    assert.ok("publicKey" in secretKey && secretKey.publicKey instanceof Uint8Array);
    return provider.sha256(secretKey.publicKey, ciphertext);
  },
};

export const prekeyOf = (number: number, version = 1, crypto: CryptoProvider = quick, room = ROOM): PrekeySecret =>
  createPrekey(crypto, seeded(number * 1_000 + version), person(number), roomPrekeys(room), version, W0);

/** A new epoch by person `author` for `members`, ready to be held by its author. */
export function makeEpoch(author: number, members: readonly number[], seed = 1): Made {
  const key = seeded(900 + seed)(32).slice();
  const check = new EpochKeys(quick, ROOM, 0, new Secret(key.slice())).check();
  const bundle = sealEpoch({
    provider: quick,
    random: seeded(700 + seed),
    room: ROOM,
    author: person(author).peerId,
    members: new Map(members.map((number) => [person(number).peerId, prekeyOf(number).prekey])),
    key: new Secret(key.slice()),
    check,
  });
  const share = (epoch: string, generation = 0): EpochShare => {
    const chain = new EpochKeys(quick, ROOM, 0, new Secret(key.slice()));
    const at = chain.at(generation)?.reveal().slice();
    assert.ok(at);
    return { epoch, generation, key: new Secret(at), parcelsHash: bundle.parcelsHash, head: bundle.head };
  };
  return { bundle, share };
}
export interface Made {
  readonly bundle: ReturnType<typeof sealEpoch>;
  readonly share: (epoch: string, generation?: number) => EpochShare;
}

export const idOf = (number: number): string => bytesToHex(provider.sha256(Uint8Array.of(number >> 8, number)));

type Act =
  | { readonly kind: "found" }
  | { readonly kind: "admit" | "expel"; readonly subject: PeerId }
  | { readonly kind: "leave" }
  | { readonly kind: "rotate"; readonly bundleHash: Uint8Array; readonly recipientCount: number };

export type TestOperation = Act & {
  readonly id: string;
  readonly author: PeerId;
  readonly date: WallTime;
  readonly past: ReadonlySet<string>;
};

/** Every operation of a world, and what a replica that has some of them thinks. Far simpler than the real rules. */
export class TestLog {
  readonly all = new Map<string, TestOperation>();

  /** Made by `author`, who knows `known`, and adds it there. */
  append(known: Set<string>, author: PeerId, act: Act, wall: WallTime = W0): TestOperation {
    const operation = { ...act, id: idOf(this.all.size), author, date: wall, past: new Set(known) };
    this.all.set(operation.id, operation);
    known.add(operation.id);
    return operation;
  }

  /** `known` is closed: with an operation goes its past. */
  roster(known: ReadonlySet<string>): KeyRoster {
    const operations = [...this.all.values()].filter(({ id }) => known.has(id));
    const removals: { readonly id: string; readonly subject: PeerId; readonly at: TestOperation }[] = [];
    for (const at of operations) {
      if (at.kind === "expel") removals.push({ id: at.id, subject: at.subject, at });
      if (at.kind === "leave") removals.push({ id: at.id, subject: at.author, at });
    }
    const admits = operations.flatMap((operation) => (operation.kind === "admit" ? [operation] : []));
    const removalOf = (peer: PeerId) =>
      removals.find(
        ({ id, subject }) => subject === peer && !admits.some((admit) => admit.subject === peer && admit.past.has(id)),
      );
    const isVoid = (operation: TestOperation): boolean => {
      const removal = removalOf(operation.author);
      return removal !== undefined && !removal.at.past.has(operation.id) && removal.id !== operation.id;
    };
    const members = new Set<PeerId>();
    for (const operation of operations) {
      if (operation.kind === "found") members.add(operation.author);
      if (operation.kind === "admit" && !isVoid(operation)) members.add(operation.subject);
    }
    const left = new Map<PeerId, WallTime>();
    for (const { subject, at } of removals) {
      if (removalOf(subject) === undefined) continue;
      members.delete(subject);
      if (at.kind === "leave") left.set(subject, at.date);
    }
    const rotations: RoomRotation[] = operations.flatMap((operation) =>
      operation.kind === "rotate" && !isVoid(operation) ? [operation] : [],
    );
    const admissions: RoomAdmission[] = admits;
    const isAncestor = (earlier: string, of: string): boolean => this.all.get(of)?.past.has(earlier) === true;
    return { members, left, rotations, admissions, isAncestor };
  }

  rotate(known: Set<string>, author: number, made: Made, wall: WallTime = W0): string {
    const { hash, head } = made.bundle;
    const recipientCount = head.recipients.length + head.others.length;
    return this.append(known, person(author).peerId, { kind: "rotate", bundleHash: hash, recipientCount }, wall).id;
  }

  /** Person 1 founds, and admits the others up to `count`. */
  static of(count: number): { readonly log: TestLog; readonly known: Set<string> } {
    const log = new TestLog();
    const known = new Set<string>();
    log.append(known, person(1).peerId, { kind: "found" });
    for (let number = 2; number <= count; number++) {
      log.append(known, person(1).peerId, { kind: "admit", subject: person(number).peerId });
    }
    return { log, known };
  }
}

test("the fixture's log forgets the expelled, and what they did that the expulsion does not know", () => {
  const { log, known } = TestLog.of(3);
  const fork = new Set(known);
  log.append(known, person(1).peerId, { kind: "expel", subject: person(2).peerId });
  log.append(fork, person(2).peerId, { kind: "admit", subject: person(4).peerId });
  assert.deepEqual(
    [...log.roster(fork).members.keys()],
    [1, 2, 3, 4].map((number) => person(number).peerId),
  );
  const merged = log.roster(new Set([...known, ...fork]));
  assert.deepEqual(
    [...merged.members.keys()],
    [1, 3].map((number) => person(number).peerId),
  );
  assert.equal(merged.admissions.length, 3);
});
