import assert from "node:assert/strict";
import { test } from "node:test";
import type { RelayAddress } from "./relay-address.ts";
import { RelayPins } from "./relay-pins.ts";

const key = (value: number): Uint8Array => new Uint8Array(32).fill(value);
const at = (relayKey?: Uint8Array): RelayAddress => ({
  host: "r.example",
  address: "wss://r.example",
  url: "wss://r.example/kith/1",
  relayKey,
  pass: undefined,
});

test("[REL-17] what was pinned comes back, with the key of the first time", () => {
  for (const pin of [
    { relayKey: key(1), firstKey: key(1) },
    { relayKey: key(2), firstKey: key(1) },
  ]) {
    const [pins, later] = [new RelayPins(), new RelayPins()];
    later.restore("r.example", pins.set("r.example", pin));
    assert.deepEqual([pins.of(at()), later.of(at())], [pin, pin]);
    assert.equal(pins.of({ ...at(), host: "other.example" }), undefined);
  }
});

test("a key in the address counts, unless the pinned relay went by it", () => {
  const pins = new RelayPins();
  const pin = { relayKey: key(2), firstKey: key(1) };
  pins.set("r.example", pin);
  for (const known of [key(1), key(2)]) assert.deepEqual(pins.of(at(known)), pin);
  assert.deepEqual(pins.of(at(key(3))), { relayKey: key(3), firstKey: key(3) });
  // Said by a person now, it counts as it is: the relay may have been put back to the key of before.
  assert.deepEqual(pins.told("r.example", key(2)), pin);
  assert.deepEqual(pins.told("r.example", key(1)), { relayKey: key(1), firstKey: key(1) });
});

test("what is no pin is none", () => {
  const pins = new RelayPins();
  for (const length of [0, 31, 33, 63, 65]) pins.restore("r.example", new Uint8Array(length));
  assert.equal(pins.of(at()), undefined);
});
