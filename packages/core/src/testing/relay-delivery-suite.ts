/**
 * What everything that finds keys for a relay must do, as tests. It knows no test runner.
 *
 * @module
 */
import { assert } from "../lib/assert.ts";
import type { RelayDelivery } from "../relay/key-table.ts";

export interface RelayDeliveryCase {
  readonly open: () => RelayDelivery<object>;
  readonly test: (name: string, run: () => void) => void;
}

const keyOf = (number: number): Uint8Array => {
  const key = new Uint8Array(32).fill(3);
  key[5] = number >> 8;
  key[17] = number & 255;
  return key;
};

/** Registers the tests of one way to deliver, under its name. */
export function relayDeliverySuite(name: string, { open, test }: RelayDeliveryCase): void {
  const [here, there] = [{ at: "here" }, { at: "there" }];

  test(`${name} relay delivery: a key is where it logged in last`, () => {
    const delivery = open();
    assert(delivery.seatAt(keyOf(40), 0) === undefined, "nowhere at first");
    assert(delivery.attach(keyOf(40), here) === undefined, "nobody was there before");
    assert(delivery.seatAt(keyOf(40), 0) === here, "here");
    assert(delivery.attach(keyOf(40), there) === here, "it was here");
    assert(delivery.seatAt(keyOf(40), 0) === there, "there");
  });

  test(`${name} relay delivery: only who has a key's place gives it up`, () => {
    const delivery = open();
    delivery.attach(keyOf(40), here);
    delivery.attach(keyOf(40), there);
    delivery.detach(keyOf(40), here);
    assert(delivery.seatAt(keyOf(40), 0) === there, "still there");
    delivery.detach(keyOf(40), there);
    delivery.detach(keyOf(40), there);
    assert(delivery.seatAt(keyOf(40), 0) === undefined, "nowhere");
  });

  test(`${name} relay delivery: a key is found within a message, and is copied`, () => {
    const delivery = open();
    const key = keyOf(70);
    delivery.attach(key, here);
    key.fill(9);
    const message = new Uint8Array(100);
    message.set(keyOf(70), 33);
    assert(delivery.seatAt(message, 33) === here, "found");
    assert(delivery.seatAt(message, 32) === undefined, "one byte before is another key");
  });

  test(`${name} relay delivery: a thousand keys are told apart`, () => {
    const delivery = open();
    const seats = Array.from({ length: 1_000 }, (_, number) => ({ number }));
    for (const seat of seats) delivery.attach(keyOf(32 + seat.number), seat);
    for (const seat of seats) assert(delivery.seatAt(keyOf(32 + seat.number), 0) === seat, `key ${seat.number}`);
    for (const seat of seats.slice(0, 500)) delivery.detach(keyOf(32 + seat.number), seat);
    for (const seat of seats) {
      const is = delivery.seatAt(keyOf(32 + seat.number), 0);
      assert(is === (seat.number < 500 ? undefined : seat), `key ${seat.number} after half have gone`);
    }
  });
}
