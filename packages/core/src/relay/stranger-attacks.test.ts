/**
 * What strangers with many codes to guess at, many items or many logins get out of a relay that is honest: the rows of
 * docs/threat-model-relay.md about them, each with what it achieved.
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { seconds } from "../lib/time.ts";
import {
  RELAY_ENTER_MISSES_MAX,
  RELAY_ITEM_BYTES_MAX,
  RELAY_ITEMS_BYTES_PER_PAIR_MAX,
  RELAY_ITEMS_PER_SENDER_MAX,
  RELAY_LOGINS_PER_MINUTE,
  RELAY_MAILBOXES_MAX,
  RELAY_TOLL_BITS_BUSY,
} from "../wire/relay-limits.ts";
import { type RelayGuest, RelayRig } from "./relay-server-fixture.test.ts";
import { TOLL_BITS, TollMeter } from "./toll.ts";

const filled = (value: number, length = 32): Uint8Array => new Uint8Array(length).fill(value);

function enter(guest: RelayGuest, mailbox: number): "met" | "unknown" | "paused" | "other" {
  guest.say({ type: "enter", request: mailbox, mailbox });
  if (guest.take("met").length > 0) return "met";
  const [failed] = guest.take("failed");
  return failed?.reason === "unknown" || failed?.reason === "paused" ? failed.reason : "other";
}

test("who enumerates mailboxes that are not there names ten a minute, and others of other places are not held up", () => {
  const rig = new RelayRig();
  const [eve, ben] = [rig.login(filled(1), "192.0.2.1"), rig.login(filled(2), "192.0.2.2")];
  const tried = Array.from({ length: 40 }, (_, index) => enter(eve, 100 + index));
  assert.equal(tried.filter((each) => each === "unknown").length, RELAY_ENTER_MISSES_MAX);
  const twin = rig.login(filled(3), "192.0.2.1");
  assert.equal(enter(twin, 200), "paused", "another key of that place");
  assert.equal(enter(ben, 200), "unknown");
});

test("[MEE-5] who takes mailboxes that are there ends one code a login, thirty at once and thirty a minute from one place: that much it achieves, and one guess at the words of each", () => {
  const rig = new RelayRig();
  const people = Array.from({ length: 9 }, (_, index) => rig.login(filled(20 + index), `198.51.100.${index}`));
  const open = people.flatMap((guest) =>
    Array.from({ length: RELAY_MAILBOXES_MAX }, (_, request) => {
      guest.say({ type: "open", request, lifetime: 600 });
      return guest.take("opened")[0]?.mailbox ?? 0;
    }),
  );
  const take = (mailbox: number): boolean => {
    const eve = rig.connect("192.0.2.1");
    eve.login(new Uint8Array(randomBytes(32)));
    if (eve.take("ready").length === 0) return false;
    const isTaken = enter(eve, mailbox) === "met";
    for (const other of open) if (other !== mailbox) assert.equal(enter(eve, other), "other", "it has entered one");
    return isTaken;
  };
  const atOnce = open.filter(take);
  assert.equal(atOnce.length, RELAY_LOGINS_PER_MINUTE);
  rig.pass(seconds(60));
  const later = open.slice(atOnce.length).filter(take);
  assert.equal(later.length, RELAY_LOGINS_PER_MINUTE);
  const taken = [...atOnce, ...later];
  const told = people.flatMap((guest) => guest.take("met"));
  assert.deepEqual(told.map(({ mailbox }) => mailbox).sort(), taken.sort(), "each is told once");
  const late = rig.login(filled(2), "192.0.2.2");
  assert.equal(enter(late, taken[0] ?? 0), "unknown", "and nobody else comes in");
  assert.equal(enter(late, open.find((mailbox) => !taken.includes(mailbox)) ?? 0), "met");
});

test("[MEE-5] one login enters one mailbox, also while the answer takes its time; a wrong number is no mailbox", () => {
  const rig = new RelayRig();
  const [ada, ben] = [rig.login(filled(1), "192.0.2.1"), rig.login(filled(2), "192.0.2.2")];
  const [first, second] = [1, 2].map((request) => {
    ada.say({ type: "open", request, lifetime: 600 });
    return ada.take("opened")[0]?.mailbox ?? 0;
  });
  assert.equal(enter(ben, 999), "unknown");
  rig.held = [];
  ben.say({ type: "enter", request: 1, mailbox: first ?? 0 });
  ben.say({ type: "enter", request: 2, mailbox: second ?? 0 });
  for (const held of rig.held) rig.answer(held);
  rig.held = undefined;
  rig.run();
  assert.deepEqual(ben.take("failed"), [{ type: "failed", request: 2, reason: "full", wait: 0 }]);
  assert.deepEqual(
    ben.take("met").map(({ mailbox }) => mailbox),
    [first],
  );
  rig.drop(ben);
  const again = rig.login(filled(2), "192.0.2.2");
  assert.equal(again.take("met").length, 1, "told at its next login");
  assert.equal(enter(again, second ?? 0), "met", "which is another");
});

test("who knows a key leaves 64 items and 1 MiB for it and no more; four that do fill its box, until it comes and takes them", () => {
  const rig = new RelayRig({ toll: { quiet: 0, busy: 0 } });
  const [ada, ben, eve] = [rig.login(filled(1)), rig.login(filled(2)), rig.login(filled(3))];
  rig.drop(ada);
  let last = 0;
  const deposit = (from: RelayGuest, bytes: number): boolean => {
    rig.pass(seconds(1));
    last += 1;
    const what = { request: last, to: ada.key, id: filled(last, 16), lifetime: 86_400, sealed: filled(1, bytes) };
    from.say({ type: "deposit", ...what });
    return from.take("done").length === 1;
  };
  const keptOf = (from: RelayGuest, tries: number, bytes: number): number =>
    Array.from({ length: tries }, () => deposit(from, bytes)).filter((isKept) => isKept).length;
  assert.equal(keptOf(eve, 100, 100), RELAY_ITEMS_PER_SENDER_MAX);
  const [large, ...others] = [4, 5, 6, 7].map((seed) => rig.login(filled(seed)));
  assert.ok(large !== undefined);
  assert.equal(keptOf(large, 20, RELAY_ITEM_BYTES_MAX), RELAY_ITEMS_BYTES_PER_PAIR_MAX / RELAY_ITEM_BYTES_MAX);
  assert.ok(deposit(ben, RELAY_ITEM_BYTES_MAX), "and others theirs");

  for (const other of others) assert.ok(keptOf(other, 20, RELAY_ITEM_BYTES_MAX) >= 14);
  assert.ok(!deposit(ben, RELAY_ITEM_BYTES_MAX), "it is full");
  const back = rig.login(filled(1));
  for (let items = back.take("item"); items.length > 0; items = back.take("item"))
    back.say({ type: "taken", items: items.map(({ from, id }) => ({ from, id })).slice(0, 64) });
  assert.ok(deposit(ben, RELAY_ITEM_BYTES_MAX), "until she was there");
});

test("the toll of a flood: 22 bits at 25,600 strangers in ten seconds, which is work for a moment each and no wall", () => {
  const meter = new TollMeter(TOLL_BITS, 0 as Parameters<TollMeter["ask"]>[0]);
  const at = (ms: number): Parameters<TollMeter["ask"]>[0] => ms as Parameters<TollMeter["ask"]>[0];
  const bits: number[] = [];
  let hashes = 0;
  for (let stranger = 0; stranger < 30_000; stranger++) {
    const asked = meter.ask(at(Math.floor(stranger / 3)));
    hashes += 2 ** asked;
    bits.push(asked);
  }
  assert.deepEqual([bits[0], bits[99], bits[100], bits.at(-1)], [14, 14, 15, RELAY_TOLL_BITS_BUSY]);
  // 15.9 million hashes a second and core, tuned: what this flood costs whoever makes it.
  const coreSeconds = hashes / 15.9e6;
  assert.ok(coreSeconds > 3_000 && coreSeconds < 8_000, `${coreSeconds.toFixed(0)} s of one core`);
});
