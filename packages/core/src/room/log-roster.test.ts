import assert from "node:assert/strict";
import { test } from "node:test";
import type { PeerId } from "../identity/peer-id.ts";
import { bytesToHex } from "../lib/hex.ts";
import { person, seeded, WALL } from "../trust/trust-fixture.test.ts";
import { holdersOf } from "./key-roster.ts";
import { later, makeEpoch, quick, T0 } from "./keys-fixture.test.ts";
import { keyRosterOf } from "./log-roster.ts";
import { founded, type Replica } from "./log-world.test.ts";
import { RoomKeys, type RoomKeysOutput } from "./room-keys.ts";

const ID = (number: number): PeerId => person(number).peerId;
const numbersOf = (peers: Iterable<PeerId>): number[] =>
  [...peers].flatMap((peer) => [1, 2, 3, 4, 5].filter((number) => ID(number) === peer)).sort();

test("[KEY-9] keyRosterOf names members, rotations in causal order, and every admission, void or not", () => {
  const ada = founded();
  for (const number of [2, 3]) ada.admit(number, "admin");
  const cyd = ada.copy(3);
  const { head, hash } = makeEpoch(1, [1, 2, 3]).bundle;
  const rotation = ada.do({ kind: "rotate", bundle: hash, recipients: 3 });
  cyd.take([rotation]);
  cyd.admit(4);
  assert.deepEqual(numbersOf(keyRosterOf(cyd.log).members.keys()), [1, 2, 3, 4]);
  ada.expel(3);
  ada.meet(cyd);
  const roster = keyRosterOf(ada.log);
  assert.deepEqual(numbersOf(roster.members.keys()), [1, 2]);
  assert.deepEqual(
    roster.rotations.map(({ id, author, bundleHash, recipientCount }) => [id, author, bundleHash, recipientCount]),
    [[rotation.id, ID(1), hash, 3]],
  );
  assert.deepEqual(
    roster.admissions.map(({ subject }) => subject),
    [2, 3, 4].map(ID),
  );
  const holders = holdersOf(rotation.id, head, roster);
  assert.deepEqual([numbersOf(holders.peers), holders.generation], [[1, 2, 3, 4], 1]);
});

test("[KEY-9] an approval by role counts among the admissions", () => {
  const ada = founded();
  ada.admit(2, "admin");
  ada.role(2, "member");
  assert.deepEqual(
    keyRosterOf(ada.log).admissions.map(({ subject }) => subject),
    [ID(2), ID(2)],
  );
});

test("[KEY-12] who left has left, unless it was expelled at the same time", () => {
  const ada = founded();
  for (const number of [2, 3]) ada.admit(number);
  const [ben, cyd] = [ada.copy(2), ada.copy(3)];
  ben.do({ kind: "leave" });
  cyd.do({ kind: "leave" });
  ada.expel(3);
  ada.meet(ben, cyd);
  const { left } = keyRosterOf(ada.log);
  assert.deepEqual([...left], [[ID(2), WALL]]);
});

test("a room's keys stand on a room's log: found, admit, speak, expel, speak", () => {
  const ada = founded();
  const keys = (replica: Replica): RoomKeys => {
    const identity = person(replica.number);
    const random = seeded(77 + replica.number);
    const facts = { provider: quick, random, identity, room: ada.log.room, restored: [], now: T0, wall: WALL };
    return new RoomKeys(facts);
  };
  const adasKeys = keys(ada);
  const opened: string[] = [];
  let ben: { readonly replica: Replica; readonly keys: RoomKeys } | undefined;
  const turn = (replica: Replica, machine: RoomKeys): RoomKeysOutput[] => {
    machine.handleRoster(keyRosterOf(replica.log), T0, WALL);
    const others: RoomKeysOutput[] = [];
    for (let output = machine.poll(); output !== undefined; output = machine.poll()) {
      if (output.type === "rotate") {
        const { bundleHash, recipientCount } = output;
        replica.do({ kind: "rotate", bundle: bundleHash, recipients: recipientCount });
        machine.handleRoster(keyRosterOf(replica.log), T0, WALL);
      } else if (output.type === "opened") opened.push(...output.messages.map(({ protocol }) => protocol));
      else others.push(output);
    }
    return others;
  };
  const say = (sequence: number, protocol: string): void => {
    const sealed = adasKeys.seal([{ protocol, bytes: new Uint8Array(1) }], sequence, T0, WALL);
    assert.ok(typeof sealed !== "string", `${sealed}`);
    const stream = bytesToHex(adasKeys.stream);
    const batch = { origin: ID(1), stream, sequence, payload: sealed.bytes, hops: 0, sentAt: WALL };
    ben?.keys.handleBatch(batch, T0);
    if (ben !== undefined) turn(ben.replica, ben.keys);
  };
  turn(ada, adasKeys);
  ada.admit(2);
  turn(ada, adasKeys);
  const replica = ada.copy(2);
  ben = { replica, keys: keys(replica) };
  turn(replica, ben.keys);
  ben.keys.adopt(adasKeys.keysForJoiner(ID(2)), T0, WALL);
  say(0, "to-both");
  assert.deepEqual(opened, ["to-both"]);
  ada.expel(2);
  turn(ada, adasKeys);
  adasKeys.rotateSoon(T0, WALL);
  turn(ada, adasKeys);
  assert.equal(ada.log.membership.rotations.length, 2);
  say(1, "to-herself");
  ben.keys.handleTimeout(later(60_000), WALL);
  turn(replica, ben.keys);
  assert.deepEqual(opened, ["to-both"]);
});
