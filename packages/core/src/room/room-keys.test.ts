import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesToHex } from "../lib/hex.ts";
import { instant } from "../lib/time.ts";
import { codeOf, person } from "../trust/trust-fixture.test.ts";
import { KEY_MESSAGE } from "../wire/registry.ts";
import { EPOCH_ASKS_BURST, PREKEY_LISTS_BURST } from "../wire/room-key-limits.ts";
import { encodeKeyMessage } from "./key-message.ts";
import { KeyWorld } from "./key-world.test.ts";
import { DAY, HOUR, later, MINUTE, OTHER_ROOM, prekeyOf, quick, T0, wallLater } from "./keys-fixture.test.ts";

const ID = (number: number) => person(number).peerId;
const rotationsIn = (world: KeyWorld): number =>
  [...world.log.all.values()].filter(({ kind }) => kind === "rotate").length;

test("[KEY-13] who founds a room begins the first epoch at once, and newcomers cause none", () => {
  const world = KeyWorld.of(4);
  assert.equal(rotationsIn(world), 1);
  for (const number of [1, 2, 3, 4]) assert.ok(world.say(number, `by ${number}`));
  assert.deepEqual(world.the(4).read, ["by 1", "by 2", "by 3"]);
  assert.deepEqual(world.the(1).read, ["by 2", "by 3", "by 4"]);
  assert.equal(rotationsIn(world), 1);
});

test("[KEY-5] a newcomer reads nothing that was sent before it came in", () => {
  const world = KeyWorld.of(2);
  const before = world.seal(1, "before");
  assert.ok(before);
  const cyd = world.join(3, 2);
  world.give(3, before);
  world.settle();
  assert.deepEqual([cyd.read, cyd.unreadable], [[], ["before"]]);
  assert.ok(world.say(1, "after"));
  assert.deepEqual(cyd.read, ["after"]);
});

test("[KEY-17] batches from before a newcomer came hold nothing up, of whichever epoch they are", () => {
  const world = KeyWorld.of(3);
  const old = world.seal(1, "in the first epoch");
  for (let number = 4; number < 10; number++) {
    world.admit(1, number);
    world.expel(1, number);
  }
  const recent = world.seal(1, "in the seventh");
  const dan = world.join(10, 1);
  const fresh = world.seal(1, "after");
  assert.ok(old && recent && fresh);
  for (const batch of [old, recent, fresh]) world.give(10, batch);
  world.settle();
  assert.deepEqual([dan.unreadable, dan.read], [["before", "before"], ["after"]]);
});

test("[KEY-13] whoever expels begins a new epoch at once, and the expelled reads nothing of it", () => {
  const world = KeyWorld.of(3);
  world.expel(1, 3);
  assert.ok(world.say(1, "secret"));
  assert.equal(rotationsIn(world), 2);
  assert.deepEqual(world.the(2).read, ["secret"]);
  assert.deepEqual(world.the(3).read, []);
});

test("[KEY-13] others rotate when they want to send, the first within two seconds, and once is enough", () => {
  const world = KeyWorld.of(4);
  for (const other of [2, 3, 4]) world.cut(1, other);
  world.log.append(world.the(2).known, ID(2), { kind: "expel", subject: ID(1) });
  world.settle();
  assert.equal(rotationsIn(world), 1);
  for (const number of [2, 3, 4]) assert.equal(world.seal(number, "x"), undefined);
  world.advance(2_000);
  assert.equal(rotationsIn(world), 2);
  for (const number of [2, 3, 4]) {
    assert.ok(world.the(number).noted.some(({ type }) => type === "ready"));
    assert.ok(world.say(number, `by ${number}`));
  }
  assert.deepEqual(world.the(4).read, ["by 2", "by 3"]);
  assert.deepEqual(world.the(1).read, []);
});

test("[KEY-12] after somebody left, a new epoch begins within ten minutes though nobody writes", () => {
  const world = KeyWorld.of(3);
  const leaver = world.the(3);
  world.log.append(leaver.known, leaver.id, { kind: "leave" }, wallLater(world.ms));
  world.settle();
  assert.ok(world.say(1, "goodbye"));
  assert.equal(rotationsIn(world), 1);
  for (const other of [1, 2]) world.cut(3, other);
  world.advance(10 * MINUTE);
  assert.equal(rotationsIn(world), 2);
  assert.ok(world.say(1, "among us"));
  assert.deepEqual(world.the(2).read, ["goodbye", "among us"]);
  assert.deepEqual(leaver.read, ["goodbye"]);
});

test("[KEY-11] an epoch in use is replaced before it is a day old; a quiet room stays as it is", () => {
  const world = KeyWorld.of(2, 2);
  world.advance(22 * HOUR - 1);
  assert.ok(world.say(1, "still here"));
  world.advance(1);
  assert.equal(rotationsIn(world), 1);
  for (let quarter = 0; quarter < 8; quarter++) {
    assert.ok(world.say(1, "still here"));
    world.advance(15 * MINUTE);
  }
  assert.equal(rotationsIn(world), 2);
  const quiet = KeyWorld.of(2);
  quiet.advance(3 * DAY);
  assert.equal(rotationsIn(quiet), 1);
  assert.ok(!quiet.say(2, "x"));
  quiet.advance(2_000);
  assert.equal(rotationsIn(quiet), 2);
  assert.ok(quiet.say(2, "good morning"));
  assert.deepEqual(quiet.the(1).read, ["good morning"]);
});

test("[KEY-16] a member that was away fetches the bundle from whoever has it, not from its author alone", () => {
  const world = KeyWorld.of(4);
  world.cut(3, 1);
  world.cut(3, 2);
  world.cut(3, 4);
  world.expel(1, 4);
  world.settle();
  const batch = world.seal(1, "while you were away");
  assert.ok(batch);
  for (const other of [2, 3, 4]) world.cut(1, other);
  world.link(2, 3);
  world.give(3, batch);
  world.settle();
  assert.deepEqual(world.the(3).read, ["while you were away"]);
});

test("[KEY-16] a large bundle comes in parts", () => {
  const world = KeyWorld.of(2);
  // 60 members that are not here: 60 parcels are 72 kB.
  for (let number = 10; number < 70; number++) {
    world.admit(1, number);
    world.look(world.the(1));
    world.the(1).keys.offerPrekey(prekeyOf(number).prekey.bytes, world.now);
  }
  world.settle();
  let parts = 0;
  world.tap = (_from, _to, bytes) => {
    if (bytes[0] === KEY_MESSAGE.bundlePart) parts += 1;
    return true;
  };
  world.expel(1, 69);
  assert.ok(world.say(1, "to all"));
  assert.deepEqual(world.the(2).read, ["to all"]);
  assert.equal(parts, 2);
});

test("[KEY-4] a member without a usable parcel asks a neighbour for the key", () => {
  const world = KeyWorld.of(3);
  // Ada knows no prekey of Cyd's any more: it is over by her clock.
  const disk = world.stop(3);
  world.advance(22 * DAY);
  world.log.append(world.the(1).known, ID(1), { kind: "admit", subject: ID(4) }, wallLater(world.ms));
  world.expel(1, 4);
  world.settle();
  const cyd = world.start(3, world.the(2).known, disk);
  world.link(2, 3);
  const batch = world.seal(1, "hello");
  assert.ok(batch);
  world.give(3, batch);
  world.advance(1_000);
  assert.deepEqual(cyd.read, ["hello"]);
});

test("[KEY-6] the expelled asks in vain", () => {
  const world = KeyWorld.of(3);
  const asked: number[] = [];
  world.tap = (from, _to, bytes) => {
    if (bytes[0] === KEY_MESSAGE.keyGiven) asked.push(from);
    return true;
  };
  world.expel(1, 3);
  world.advance(5 * MINUTE);
  const epoch = [...world.log.all.values()].at(-1)?.id ?? "";
  for (const other of [1, 2]) {
    world.the(other).keys.handleMessage(ID(3), encodeKeyMessage({ type: "keyWanted", epoch }), world.now, wallLater(0));
  }
  world.settle();
  assert.deepEqual(asked, []);
});

test("[KEY-15] prekeys reach members that were away, both ways, and a new one all of them", () => {
  const world = KeyWorld.of(3);
  for (const other of [1, 2]) world.cut(3, other);
  world.advance(7 * DAY);
  const [ada, cyd] = [world.the(1).keys.ownPrekey, world.the(3).keys.ownPrekey];
  assert.deepEqual([ada.version, cyd.version], [2, 2]);
  world.link(3, 2);
  world.settle();
  world.expel(1, 2); // sealed to what Ada has: Cyd's second
  for (const other of [1, 3]) world.cut(2, other);
  world.link(1, 3);
  world.settle();
  assert.ok(world.say(1, "sealed to the latest"));
  assert.deepEqual(world.the(3).read, ["sealed to the latest"]);
});

test("[KEY-15] a quiet net compares digests and is done: no lists, no prekeys", () => {
  const world = KeyWorld.of(3);
  const types = new Set<number>();
  world.tap = (_from, _to, bytes) => {
    types.add(bytes[0] ?? 0);
    return true;
  };
  world.advance(HOUR);
  assert.deepEqual([...types], [KEY_MESSAGE.prekeyDigest]);
});

test("[KEY-15] a prekey that its member did not sign, a wrong bundle and a wrong key end the neighbourhood", () => {
  const misbehaviour = (bytes: Uint8Array, prepare: (world: KeyWorld) => void = () => {}): unknown => {
    const world = KeyWorld.of(2);
    prepare(world);
    world.the(1).keys.handleMessage(ID(2), bytes, world.now, wallLater(0));
    world.settle();
    return world.the(1).noted.flatMap((output) => (output.type === "misbehaved" ? [output.code] : []));
  };
  const forged = encodeKeyMessage({ type: "prekeys", prekeys: [prekeyOf(2, 9, quick, OTHER_ROOM).prekey] });
  assert.deepEqual(
    misbehaviour(forged, (world) => world.advance(2 * MINUTE)),
    ["ERR_CRYPTO"],
  );
  assert.deepEqual(misbehaviour(Uint8Array.of(0x2f)), ["ERR_UNKNOWN_TYPE"]);
  const unasked = {
    type: "bundlePart",
    epoch: "00".repeat(32),
    total: 9,
    offset: 3,
    bytes: new Uint8Array(3),
  } as const;
  assert.deepEqual(misbehaviour(encodeKeyMessage(unasked)), []);
});

test("[KEY-16] a neighbour that serves another bundle, or gives another key, is found out, and the next one asked", () => {
  for (const type of [KEY_MESSAGE.bundlePart, KEY_MESSAGE.keyGiven]) {
    const world = KeyWorld.of(4);
    for (const other of [1, 2, 4]) world.cut(3, other);
    world.expel(1, 4);
    world.settle();
    world.tap = (from, _to, bytes) => {
      // Ben lies wherever he can; Ada has restarted and has no bundle, but the key.
      if (from === 2 && bytes[0] === type) bytes[100] = (bytes[100] ?? 0) ^ 1;
      return !(type === KEY_MESSAGE.keyGiven && bytes[0] === KEY_MESSAGE.bundlePart);
    };
    world.link(2, 3);
    world.advance(20_000);
    assert.ok(
      world.the(3).noted.some((output) => output.type === "misbehaved"),
      `${type}`,
    );
    world.link(1, 3);
    world.advance(20_000);
    assert.ok(world.say(1, "at last"));
    assert.deepEqual(world.the(3).read, ["at last"]);
  }
});

test("[KEY-16] parts of a bundle come in order, and none larger than its members can be", () => {
  for (const [total, offset, code] of [
    [0, 0, undefined], // as it is
    [2_400, 1, "ERR_UNEXPECTED"],
    [2_478, 0, "ERR_LIMIT"],
  ] as const) {
    const world = KeyWorld.of(3);
    for (const other of [1, 3]) world.cut(2, other);
    world.expel(1, 3);
    world.tap = (_from, to, bytes) => {
      if (to !== 2 || bytes[0] !== KEY_MESSAGE.bundlePart || code === undefined) return true;
      const view = new DataView(bytes.buffer, bytes.byteOffset);
      view.setUint32(33, total);
      view.setUint32(37, offset);
      return true;
    };
    world.link(1, 2);
    world.settle();
    const codes = world.the(2).noted.flatMap((output) => (output.type === "misbehaved" ? [output.code] : []));
    assert.deepEqual(codes, code === undefined ? [] : [code]);
  }
});

test("[KEY-16] a neighbour may ask for 32 keys at once, and one a second", () => {
  const world = KeyWorld.of(2);
  const { keys } = world.the(1);
  const ask = encodeKeyMessage({ type: "keyWanted", epoch: "00".repeat(32) });
  const answers = (count: number): number => {
    let answered = 0;
    world.tap = (_from, _to, bytes) => {
      if (bytes[0] === KEY_MESSAGE.lacking) answered += 1;
      return true;
    };
    for (let left = count; left > 0; left--) {
      keys.handleMessage(ID(2), ask, world.now, world.wall);
      world.settle();
    }
    return answered;
  };
  world.advance(MINUTE);
  assert.equal(answers(EPOCH_ASKS_BURST), EPOCH_ASKS_BURST);
  assert.equal(answers(1), 0);
  world.advance(1_000);
  assert.equal(answers(2), 1);
});

test("[KEY-15] a neighbour may have 16 digests and lists answered at once, and one in five seconds", () => {
  const world = KeyWorld.of(2);
  const { keys } = world.the(1);
  const digest = encodeKeyMessage({ type: "prekeyDigest", digest: new Uint8Array(32) });
  const list = encodeKeyMessage({ type: "prekeyList", entries: [] });
  const answers = (bytes: Uint8Array, count: number): number => {
    let answered = 0;
    for (let left = count; left > 0; left--) {
      keys.handleMessage(ID(2), bytes, world.now, world.wall);
      for (let output = keys.poll(); output !== undefined; output = keys.poll()) answered += 1;
    }
    return answered;
  };
  world.advance(2 * MINUTE);
  assert.equal(answers(digest, PREKEY_LISTS_BURST / 2), PREKEY_LISTS_BURST / 2);
  assert.equal(answers(list, PREKEY_LISTS_BURST / 2), PREKEY_LISTS_BURST / 2);
  assert.equal(answers(digest, 1) + answers(list, 1), 0);
  world.ms += 5_000;
  assert.equal(answers(list, 2), 1);
});

test("[KEY-16] a full channel gets nothing until it takes messages again", () => {
  const world = KeyWorld.of(2);
  const { keys } = world.the(1);
  keys.handleFull(ID(2));
  world.ms += 10 * MINUTE;
  keys.handleTimeout(world.now, wallLater(world.ms));
  assert.equal(keys.poll(), undefined);
  keys.handleWritable(ID(2));
  assert.equal(keys.poll()?.type, "send");
});

test("[KEY-6] adopt refuses keys that are not of their epoch, too many, and other bytes", () => {
  const world = KeyWorld.of(2);
  world.admit(1, 3);
  world.look(world.the(1));
  const bytes = world.the(1).keys.keysForJoiner(ID(3));
  const adopt = (changed: Uint8Array): string | undefined => {
    const cyd = world.start(3, world.the(1).known);
    world.look(cyd);
    return codeOf(() => cyd.keys.adopt(changed, world.now, wallLater(0)));
  };
  assert.equal(adopt(bytes), undefined);
  const wrong = bytes.slice();
  wrong[40] = (wrong[40] ?? 0) ^ 1; // in the key
  assert.equal(adopt(wrong), "ERR_CRYPTO");
  assert.equal(adopt(Uint8Array.of(5)), "ERR_LIMIT");
  assert.equal(adopt(bytes.subarray(0, -1)), "ERR_TRUNCATED");
  assert.equal(adopt(new Uint8Array(0)), "ERR_TRUNCATED");
  assert.deepEqual([...world.the(1).keys.keysForJoiner(ID(9))], [0]);
});

test("[KEY-13] a rotation that the log did not take is made again, with another key", () => {
  const world = KeyWorld.of(1);
  const { keys, known } = world.the(1);
  world.log.append(known, ID(1), { kind: "admit", subject: ID(2) });
  world.log.append(known, ID(1), { kind: "expel", subject: ID(2) });
  keys.handleRoster(world.log.roster(known), T0, wallLater(0));
  keys.rotateSoon(T0, wallLater(0));
  const rotation = (): string => {
    for (let output = keys.poll(); output !== undefined; output = keys.poll()) {
      if (output.type === "rotate") return bytesToHex(output.bundleHash);
    }
    return "";
  };
  const first = rotation();
  assert.notEqual(first, "");
  keys.handleTimeout(later(9_999), wallLater(0));
  assert.equal(rotation(), "");
  keys.handleTimeout(instant(T0 + 10_000), wallLater(0));
  assert.notEqual(rotation(), first);
});
