import assert from "node:assert/strict";
import { test } from "node:test";
import { OwnPrekeys } from "../trust/own-prekeys.ts";
import {
  decodePrekey,
  decodePrekeySecret,
  encodePrekeySecret,
  isNewerPrekey,
  isPrekeyGenuine,
  isPrekeyOver,
  PREKEY_BYTES,
  type Prekey,
} from "../trust/prekey.ts";
import { assertStrict, codeOf, person, seeded } from "../trust/trust-fixture.test.ts";
import { PREKEY_SECRETS_MAX } from "../wire/room-key-limits.ts";
import { DAY, later, MINUTE, OTHER_ROOM, prekeyOf, quick, ROOM, T0, W0, wallLater } from "./keys-fixture.test.ts";
import { PrekeyBook } from "./prekey-book.ts";
import { roomPrekeys } from "./prekey-scope.ts";

const ID = (number: number) => person(number).peerId;
const members = (...numbers: number[]): Set<ReturnType<typeof ID>> => new Set(numbers.map(ID));
const own = (seed = 1): OwnPrekeys =>
  new OwnPrekeys({ provider: quick, random: seeded(seed), identity: person(1), scope: roomPrekeys(ROOM) });

test("[KEY-1] a prekey is read as it was made, and says who signed it for which room", () => {
  const { prekey } = prekeyOf(1, 7);
  const read = decodePrekey(quick, prekey.bytes);
  assert.deepEqual(read, prekey);
  assert.equal(read.version, 7);
  assert.equal(read.bytes.length, PREKEY_BYTES);
  assert.deepEqual(read.contactKey, person(1).contactPublicKey);
  assert.ok(isPrekeyGenuine(quick, roomPrekeys(ROOM), read));
  assert.ok(!isPrekeyGenuine(quick, roomPrekeys(OTHER_ROOM), read));
});

test("[KEY-1] a damaged prekey is refused, or not genuine", () => {
  const { bytes } = prekeyOf(1).prekey;
  assertStrict(bytes, (damaged) => decodePrekey(quick, damaged));
  for (let at = 0; at < bytes.length; at += 97) {
    const broken = bytes.slice();
    broken[at] = (broken[at] ?? 0) ^ 1;
    codeOf(() => assert.ok(!isPrekeyGenuine(quick, roomPrekeys(ROOM), decodePrekey(quick, broken)), `byte ${at}`));
  }
});

test("[KEY-1] a prekey lives for at most three weeks, and is sealed to no longer", () => {
  const { prekey } = prekeyOf(1);
  assert.equal(prekey.expires - prekey.made, 21 * DAY);
  assert.ok(!isPrekeyOver(prekey, wallLater(21 * DAY + 10 * MINUTE)));
  assert.ok(isPrekeyOver(prekey, wallLater(21 * DAY + 10 * MINUTE + 1)));
  const longer = prekey.bytes.slice();
  const view = new DataView(longer.buffer);
  view.setUint32(49, view.getUint32(49) + 1); // the low half of `expires`
  assert.equal(
    codeOf(() => decodePrekey(quick, longer)),
    "ERR_VALUE",
  );
});

test("[KEY-1] of two prekeys the later version counts, of one version the greater mark, for everybody", () => {
  assert.ok(isNewerPrekey(prekeyOf(1, 2).prekey, prekeyOf(1, 1).prekey));
  assert.ok(!isNewerPrekey(prekeyOf(1, 1).prekey, prekeyOf(1, 2).prekey));
  const [low, high] = [
    { version: 1, mark: "01" },
    { version: 1, mark: "02" },
  ];
  assert.ok(isNewerPrekey(high, low) && !isNewerPrekey(low, high) && !isNewerPrekey(low, low));
});

test("[KEY-2] a prekey is renewed after a week, and its secret erased after three", () => {
  const prekeys = own();
  assert.ok(prekeys.ensure(T0, W0));
  const [first] = prekeys.secrets;
  assert.ok(first);
  assert.ok(!prekeys.ensure(later(7 * DAY - 1), wallLater(7 * DAY - 1)));
  assert.equal(prekeys.nextTimeout(), later(7 * DAY));
  assert.ok(prekeys.ensure(later(7 * DAY), wallLater(7 * DAY)));
  assert.equal(prekeys.latest?.version, 2);
  prekeys.handleTimeout(later(21 * DAY - 1));
  assert.equal(prekeys.secrets.length, 2);
  prekeys.handleTimeout(later(21 * DAY));
  assert.ok(first.x25519.isWiped && first.mlKemSeed.isWiped);
  assert.deepEqual([...prekeys.takeUnsaved()].map(([version, bytes]) => [version, bytes === undefined]).sort(), [
    [1, true],
    [2, false],
  ]);
});

test("[KEY-2] over restarts wall time counts, and a clock that was set back erases nothing later than this process", () => {
  const prekeys = own();
  prekeys.ensure(T0, W0);
  const bytes = prekeys.takeUnsaved().get(1);
  assert.ok(bytes);
  const again = own(2);
  again.restore("1", bytes, T0, wallLater(20 * DAY));
  assert.equal(again.latest?.mark, prekeys.latest?.mark);
  again.handleTimeout(later(DAY));
  assert.equal(again.latest, undefined);
  const back = own(3);
  back.restore("1", bytes, T0, wallLater(-20 * DAY));
  back.handleTimeout(later(21 * DAY));
  assert.equal(back.latest, undefined);
  const late = own(4);
  late.restore("1", bytes, T0, wallLater(30 * DAY));
  assert.equal(late.secrets.length, 0);
});

test("[KEY-2] a stored prekey of another version, another member or with changed bytes is not taken", () => {
  const bytes = encodePrekeySecret(prekeyOf(1));
  assert.deepEqual(decodePrekeySecret(quick, bytes).prekey, prekeyOf(1).prekey);
  assert.equal(
    codeOf(() => own().restore("2", bytes, T0, W0)),
    "ERR_VALUE",
  );
  assert.equal(
    codeOf(() => own().restore("1", encodePrekeySecret(prekeyOf(2)), T0, W0)),
    "ERR_VALUE",
  );
  assertStrict(bytes, (damaged) => decodePrekeySecret(quick, damaged));
});

test("[KEY-2] whoever sees a later prekey of its own, from before it was restored, makes a later one still", () => {
  const prekeys = own();
  prekeys.ensure(T0, W0);
  prekeys.handleSeen(prekeyOf(1, 5).prekey);
  assert.ok(prekeys.ensure(T0, W0));
  assert.equal(prekeys.latest?.version, 6);
  prekeys.handleSeen(prekeyOf(1, 6).prekey);
  const twin = prekeyOf(1, 6).prekey;
  const isOvertaken = isNewerPrekey(twin, prekeys.latest);
  assert.equal(prekeys.ensure(T0, W0), isOvertaken);
  prekeys.handleSeen({ ...twin, version: 0xffff_ffff });
  assert.ok(!prekeys.ensure(T0, W0)); // nothing is later
});

test("[KEY-2] no more than six secrets are kept, whatever the clock does", () => {
  const prekeys = own();
  for (let week = 0; week <= PREKEY_SECRETS_MAX; week++) {
    prekeys.ensure(later(week * 7 * DAY), W0);
  }
  assert.equal(prekeys.secrets.length, PREKEY_SECRETS_MAX);
  prekeys.wipe();
  assert.equal(prekeys.secrets.length, 0);
});

test("[KEY-1] PrekeyBook takes prekeys of members that they signed, the latest of each", () => {
  const book = new PrekeyBook(quick, ROOM);
  book.handleMembers(members(1, 2));
  assert.ok(book.isIncomplete);
  assert.equal(book.offer(prekeyOf(1).prekey, T0), "new");
  assert.equal(book.offer(prekeyOf(1).prekey, T0), "old");
  assert.equal(book.offer(prekeyOf(3).prekey, T0), "stranger");
  assert.equal(book.offer(prekeyOf(2, 1, quick, OTHER_ROOM).prekey, T0), "forged");
  assert.equal(book.offer(prekeyOf(1, 3).prekey, later(MINUTE - 1)), "early");
  assert.equal(book.offer(prekeyOf(1, 3).prekey, later(MINUTE)), "new");
  assert.equal(book.offer(prekeyOf(1, 2).prekey, later(DAY)), "old");
  assert.equal(book.get(ID(1))?.version, 3);
  assert.equal(book.usable(ID(1), wallLater(30 * DAY)), undefined);
  assert.deepEqual([...book.takeUnsaved().keys()], [ID(1)]);
  book.handleMembers(members(2));
  assert.equal(book.size, 0);
  assert.deepEqual([...book.takeUnsaved()], [[ID(1), undefined]]);
});

test("[KEY-1] equal books have equal digests whatever came first, and tell what the other lacks", () => {
  const [one, two] = [new PrekeyBook(quick, ROOM), new PrekeyBook(quick, ROOM)];
  const all: Prekey[] = [1, 2, 3].map((number) => prekeyOf(number).prekey);
  for (const book of [one, two]) book.handleMembers(members(1, 2, 3));
  for (const prekey of all) one.put(prekey);
  for (const prekey of [...all].reverse()) two.put(prekey);
  assert.deepEqual(one.digest, two.digest);
  two.put(prekeyOf(2, 9).prekey);
  assert.notDeepEqual(one.digest, two.digest);
  assert.deepEqual(two.newerThan(one.list()), [ID(2)]);
  assert.deepEqual(one.newerThan(two.list()), []);
  assert.deepEqual(one.newerThan([]).sort(), [...members(1, 2, 3)].sort());
});

test("[KEY-14] PrekeyBook takes nothing from the store that does not belong there", () => {
  const book = new PrekeyBook(quick, ROOM);
  book.restore(ID(1), prekeyOf(1).prekey);
  assert.equal(
    codeOf(() => book.restore(ID(1), prekeyOf(2).prekey)),
    "ERR_VALUE",
  );
  assert.equal(
    codeOf(() => book.restore(ID(2), prekeyOf(2, 1, quick, OTHER_ROOM).prekey)),
    "ERR_VALUE",
  );
  assert.equal(book.size, 1);
  assert.equal(book.takeUnsaved().size, 0);
});
