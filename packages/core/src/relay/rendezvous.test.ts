import assert from "node:assert/strict";
import { test } from "node:test";
import { nobleProvider } from "../crypto/noble-provider.ts";
import { Secret } from "../crypto/secret.ts";
import { bytesToHex } from "../lib/hex.ts";
import { wallTime } from "../lib/time.ts";
import { nextRendezvousDay, rendezvousDay, rendezvousTag, rendezvousTags } from "./rendezvous.ts";

const secret = (value: number): Secret => new Secret(new Uint8Array(32).fill(value));
const RELAY = new Uint8Array(32).fill(7);
const DAY = 86_400_000;

test("[MEE-1] the tags of three days in a row are watched, so that clocks up to a day apart have two in common", () => {
  const of = (wall: number): string[] =>
    rendezvousTags(nobleProvider, secret(1), RELAY, wallTime(wall)).map(bytesToHex);
  const today = of(100 * DAY + 5);
  assert.equal(new Set(today).size, 3);
  assert.deepEqual(of(101 * DAY).slice(0, 2), today.slice(1));
  assert.deepEqual(of(100 * DAY + DAY - 1), today);
  assert.equal(of(0).length, 2);
});

test("a tag says neither whose it is nor where else it is used", () => {
  const all = [1, 2].flatMap((value) =>
    [RELAY, new Uint8Array(32)].flatMap((relay) =>
      [3, 4].map((day) => bytesToHex(rendezvousTag(nobleProvider, secret(value), relay, day))),
    ),
  );
  assert.equal(new Set(all).size, 8);
  for (const tag of all) assert.equal(tag.length, 32);
});

test("the next day begins where this one ends", () => {
  const wall = wallTime(100 * DAY + 77);
  assert.equal(nextRendezvousDay(wall), 101 * DAY);
  assert.equal(rendezvousDay(nextRendezvousDay(wall)), 101);
});
