/**
 * What everything that delivers for a relay must do, as tests: that a key is found where it is logged in, and that
 * those who watch a tag are told of each other. It knows no test runner.
 *
 * @module
 */
import { assert } from "../lib/assert.ts";
import { bytesToHex } from "../lib/hex.ts";
import { after, type Duration, type Instant, instant, minutes, seconds } from "../lib/time.ts";
import type { RelayDelivery } from "../relay/relay-delivery.ts";
import type { TagLimits } from "../relay/tag-table.ts";
import { RELAY_TAGS_MAX, RELAY_WATCHERS_MAX, RELAY_WATCHERS_TOLD_MAX } from "../wire/relay-limits.ts";

export interface RelayDeliveryCase {
  readonly open: (limits: TagLimits) => RelayDelivery<object>;
  readonly test: (name: string, run: () => void) => void;
}

const LIMITS: TagLimits = { watchesMax: 20_000, watchesPerSourceMax: 20_000 };
const SOURCE = "192.0.2.1";

const keyOf = (number: number): Uint8Array => {
  const key = new Uint8Array(32).fill(3);
  key[5] = number >> 8;
  key[17] = number & 255;
  return key;
};
const tagOf = (number: number): Uint8Array => keyOf(number).slice(4, 20);
const [ADA, BEN, EVE] = [keyOf(1), keyOf(2), keyOf(3)];

/** Somewhere a key is logged in, and what was told there: `arrived` or `left`, tag and key as numbers. */
class Seat {
  told: string[] = [];

  take(): string {
    const told = this.told.sort().join(", ");
    this.told = [];
    return told;
  }
}

/** A delivery with its time, and what it tells given to whom it is for. */
class Meeting {
  readonly #delivery: RelayDelivery<object>;
  now: Instant = instant(0);

  constructor(delivery: RelayDelivery<object>) {
    this.#delivery = delivery;
  }

  watch(key: Uint8Array, seat: Seat, tags: readonly number[], source = SOURCE): Duration | undefined {
    const wait = this.#delivery.watch({ key, seat, source }, tags.map(tagOf), this.now);
    this.tell();
    return wait;
  }

  unwatch(key: Uint8Array, seat: Seat, ...tags: number[]): void {
    this.#delivery.unwatch(key, seat, tags.map(tagOf), this.now);
    this.tell();
  }

  attach(key: Uint8Array, seat: Seat): void {
    this.#delivery.attach(key, seat);
  }

  detach(key: Uint8Array, seat: Seat): void {
    this.#delivery.detach(key, seat, this.now);
    this.tell();
  }

  get watches(): string {
    return `${this.#delivery.watches} of ${this.#delivery.tags}`;
  }

  /** To each timeout on the way. */
  pass(time: Duration): void {
    const end = after(this.now, time);
    for (let next = this.#delivery.nextTimeout(); next !== undefined && next <= end; ) {
      if (next > this.now) this.now = next;
      this.tell();
      const then = this.#delivery.nextTimeout();
      assert(then === undefined || then > this.now, "what is due is told");
      next = then;
    }
    this.now = end;
  }

  tell(): void {
    for (let told = this.#delivery.poll(this.now); told !== undefined; told = this.#delivery.poll(this.now)) {
      assert(told.type === "arrived" || told.type === "left", "of watchers");
      for (const seat of told.seats) {
        assert(seat instanceof Seat, "a seat that was given");
        for (const key of told.keys) seat.told.push(`${told.type} ${numberOf(told.tag, 1)} ${numberOf(key, 5)}`);
      }
    }
  }
}

const numberOf = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 12] ?? 0);

/** Registers the tests of one way to deliver, under its name. */
export function relayDeliverySuite(name: string, { open, test }: RelayDeliveryCase): void {
  const [here, there] = [new Seat(), new Seat()];
  const NOW = instant(0);
  const meet = (what: string, run: (meeting: Meeting) => void, limits: Partial<TagLimits> = {}): void =>
    test(`${name} relay delivery: ${what}`, () => run(new Meeting(open({ ...LIMITS, ...limits }))));

  test(`${name} relay delivery: a key is where it logged in last`, () => {
    const delivery = open(LIMITS);
    assert(delivery.seatAt(keyOf(40), 0) === undefined, "nowhere at first");
    delivery.attach(keyOf(40), here);
    delivery.attach(keyOf(40), here);
    assert(delivery.seatAt(keyOf(40), 0) === here, "here");
    assert(delivery.poll(NOW) === undefined, "nobody was there before");
    delivery.attach(keyOf(40), there);
    assert(delivery.seatAt(keyOf(40), 0) === there, "there");
    const told = delivery.poll(NOW);
    assert(told?.type === "replaced" && told.seat === here, "where it was is told");
    assert(delivery.poll(NOW) === undefined, "once");
  });

  test(`${name} relay delivery: what concerns a key is told where it is, if it is anywhere`, () => {
    const delivery = open(LIMITS);
    delivery.notify(keyOf(40), { type: "kept" });
    assert(delivery.poll(NOW) === undefined, "nowhere");
    delivery.attach(keyOf(40), here);
    delivery.attach(keyOf(41), there);
    delivery.notify(keyOf(40), { type: "kept" });
    delivery.notify(keyOf(41), { type: "met", mailbox: 7, key: keyOf(9) });
    const [kept, met] = [delivery.poll(NOW), delivery.poll(NOW)];
    assert(kept?.type === "kept" && kept.seat === here, "kept");
    assert(met?.type === "met" && met.seat === there && met.mailbox === 7, "met");
    equal(bytesToHex(met.key), bytesToHex(keyOf(9)));
    delivery.detach(keyOf(40), here, NOW);
    delivery.notify(keyOf(40), { type: "kept" });
    assert(delivery.poll(NOW) === undefined, "gone, and told once");
  });

  test(`${name} relay delivery: only who has a key's place gives it up`, () => {
    const delivery = open(LIMITS);
    delivery.attach(keyOf(40), here);
    delivery.attach(keyOf(40), there);
    delivery.detach(keyOf(40), here, NOW);
    assert(delivery.seatAt(keyOf(40), 0) === there, "still there");
    delivery.detach(keyOf(40), there, NOW);
    delivery.detach(keyOf(40), there, NOW);
    assert(delivery.seatAt(keyOf(40), 0) === undefined, "nowhere");
  });

  test(`${name} relay delivery: a key is found within a message, and is copied`, () => {
    const delivery = open(LIMITS);
    const key = keyOf(70);
    delivery.attach(key, here);
    key.fill(9);
    const message = new Uint8Array(100);
    message.set(keyOf(70), 33);
    assert(delivery.seatAt(message, 33) === here, "found");
    assert(delivery.seatAt(message, 32) === undefined, "one byte before is another key");
  });

  test(`${name} relay delivery: a thousand keys are told apart`, () => {
    const delivery = open(LIMITS);
    const seats = Array.from({ length: 1_000 }, (_, number) => ({ number }));
    for (const seat of seats) delivery.attach(keyOf(32 + seat.number), seat);
    for (const seat of seats) assert(delivery.seatAt(keyOf(32 + seat.number), 0) === seat, `key ${seat.number}`);
    for (const seat of seats.slice(0, 500)) delivery.detach(keyOf(32 + seat.number), seat, NOW);
    for (const seat of seats) {
      const is = delivery.seatAt(keyOf(32 + seat.number), 0);
      assert(is === (seat.number < 500 ? undefined : seat), `key ${seat.number} after half have gone`);
    }
  });

  meet("[MEE-1] who watches a tag and those who do are told of each other, of other tags nothing", (meeting) => {
    const [ada, ben, eve] = [new Seat(), new Seat(), new Seat()];
    const [key, tag] = [ADA.slice(), [1, 2]];
    meeting.watch(key, ada, tag);
    key.fill(0); // it was copied
    meeting.watch(EVE, eve, [3]);
    equal(ada.take() + eve.take(), "");
    meeting.watch(BEN, ben, [2, 4]);
    equal(ben.take(), "arrived 2 1");
    equal(ada.take(), "arrived 2 2");
    equal(eve.take(), "");
    equal(meeting.watches, "5 of 4");
  });

  meet("who watches once more at its seat is told again, and nobody else", (meeting) => {
    const [ada, ben] = [new Seat(), new Seat()];
    meeting.watch(ADA, ada, [1]);
    meeting.watch(BEN, ben, [1]);
    ada.take();
    ben.take();
    for (let i = 0; i < 3; i++) {
      meeting.unwatch(BEN, ben, 1);
      meeting.watch(BEN, ben, [1]);
      equal(ben.take(), "arrived 1 1");
    }
    meeting.pass(minutes(2));
    equal(ada.take() + ben.take(), "");
  });

  meet(
    "[MEE-1] who does not watch any more, or has gone, has left after a minute, and is not named meanwhile",
    (meeting) => {
      const [ada, ben, eve] = [new Seat(), new Seat(), new Seat()];
      meeting.attach(BEN, ben);
      for (const [key, seat] of [[ADA, ada] as const, [BEN, ben] as const]) meeting.watch(key, seat, [1, 2]);
      ada.take();
      meeting.unwatch(BEN, ben, 1, 9);
      meeting.pass(seconds(30));
      meeting.detach(BEN, ben);
      meeting.pass(seconds(29));
      equal(ada.take(), "");
      meeting.watch(EVE, eve, [1, 2]);
      equal(eve.take(), "arrived 1 1, arrived 2 1");
      ada.take();
      meeting.pass(seconds(1));
      equal(ada.take(), "left 1 2");
      equal(eve.take(), "left 1 2");
      meeting.pass(seconds(30));
      equal(ada.take(), "left 2 2");
      meeting.unwatch(EVE, ada, 1); // it is not there
      meeting.detach(ADA, ada);
      meeting.detach(EVE, eve);
      ben.take();
      meeting.pass(minutes(1));
      equal(meeting.watches, "0 of 0");
      equal(ada.take() + ben.take(), "");
    },
  );

  meet("who goes twice at a moment leaves once, and takes nobody along", (meeting) => {
    const [ada, ben, eve] = [new Seat(), new Seat(), new Seat()];
    meeting.watch(BEN, ben, [1]);
    meeting.watch(ADA, ada, [1]);
    meeting.watch(EVE, eve, [1]);
    meeting.unwatch(BEN, ben, 1);
    meeting.watch(BEN, ben, [1]);
    meeting.unwatch(BEN, ben, 1);
    for (const seat of [ada, ben, eve]) seat.take();
    meeting.pass(minutes(2));
    equal(ada.take(), "left 1 2");
    equal(eve.take(), "left 1 2");
    equal(meeting.watches, "2 of 1");
    meeting.watch(BEN, ben, [1]);
    equal(ben.take(), "arrived 1 1, arrived 1 3");
  });

  meet("who comes back within a minute, there or elsewhere, has not left", (meeting) => {
    const [ada, ben, elsewhere] = [new Seat(), new Seat(), new Seat()];
    meeting.watch(ADA, ada, [1, 2]);
    meeting.attach(BEN, ben);
    meeting.watch(BEN, ben, [1, 2]);
    ada.take();
    meeting.detach(BEN, ben);
    meeting.pass(seconds(59));
    meeting.attach(BEN, elsewhere);
    meeting.watch(BEN, elsewhere, [1]);
    equal(elsewhere.take(), "arrived 1 1");
    equal(ada.take(), "arrived 1 2"); // for it may have been lost to it
    meeting.detach(BEN, ben); // nothing of it is there any more
    meeting.pass(minutes(2));
    equal(ada.take(), "left 2 2");
    ben.take();
    meeting.watch(BEN, ben, [1]); // without having gone from the other
    meeting.detach(BEN, elsewhere);
    meeting.watch(EVE, elsewhere, [1]);
    equal(elsewhere.take(), "arrived 1 1, arrived 1 2");
    equal(ben.take(), "arrived 1 1, arrived 1 3");
    ada.take();
    meeting.pass(minutes(2));
    equal(ada.take() + ben.take(), "");
  });

  meet(
    "[MEE-2] of a thousand a newcomer is told of 32, at random, and they of it; no more watch one tag",
    (meeting) => {
      const crowd = Array.from({ length: RELAY_WATCHERS_MAX }, (_, index) => ({
        key: keyOf(100 + index),
        seat: new Seat(),
      }));
      for (const { key, seat } of crowd) meeting.watch(key, seat, [1]);
      equal(meeting.watches, `${RELAY_WATCHERS_MAX} of 1`);
      const told = [0, 1].map((index) => {
        for (const { seat } of crowd) seat.take();
        const newcomer = new Seat();
        meeting.watch(keyOf(index), newcomer, [1]);
        const those = crowd.filter(({ seat }) => seat.take() === `arrived 1 ${index}`);
        equal(
          those
            .map(({ key }) => `arrived 1 ${numberOf(key, 5)}`)
            .sort()
            .join(", "),
          newcomer.take(),
        );
        return new Set(those.map(({ key }) => bytesToHex(key)));
      });
      const [first, second] = told;
      assert(first !== undefined && second !== undefined, "two of them");
      equal(first.size, RELAY_WATCHERS_TOLD_MAX);
      equal(second.size, RELAY_WATCHERS_TOLD_MAX);
      assert([...first].filter((key) => second.has(key)).length < RELAY_WATCHERS_TOLD_MAX / 2, "others each time");
      equal(meeting.watches, `${RELAY_WATCHERS_MAX} of 1`);
    },
  );

  meet("[REL-11] one key watches 4,096 tags and not many more a minute, wherever it is", (meeting) => {
    const ada = new Seat();
    const some = (from: number): number[] => Array.from({ length: RELAY_TAGS_MAX / 4 }, (_, index) => from + index);
    for (let i = 0; i < 4; i++) equal(meeting.watch(ADA, ada, some((i * RELAY_TAGS_MAX) / 4)), undefined);
    assert((meeting.watch(ADA, ada, [RELAY_TAGS_MAX]) ?? 0) > 0, "too many at once");
    equal(meeting.watch(BEN, new Seat(), [RELAY_TAGS_MAX]), undefined);
    const wait = (seat: Seat): Duration | undefined => {
      for (let i = 0; i < 5; i++) {
        const crowded = meeting.watch(ADA, seat, some((i % 4) * 1_024));
        if (crowded !== undefined) return crowded;
      }
      return undefined;
    };
    meeting.detach(ADA, ada);
    const again = new Seat();
    const crowded = wait(again);
    assert(crowded !== undefined, "too many a minute");
    meeting.pass(crowded);
    equal(meeting.watch(ADA, again, some(0)), undefined);
  });

  meet(
    "watches of one source are bounded, and in all; those that have gone count until they have left",
    (meeting) => {
      const [ada, ben, eve] = [new Seat(), new Seat(), new Seat()];
      const elsewhere = "198.51.100.7";
      equal(meeting.watch(ADA, ada, [1, 2, 3, 4]), undefined);
      equal(meeting.watch(BEN, ben, [1, 2]), undefined);
      assert((meeting.watch(BEN, ben, [3]) ?? 0) > 0, "six of a source");
      equal(meeting.watch(EVE, eve, [1, 2, 3, 4], elsewhere), undefined);
      assert((meeting.watch(EVE, eve, [5], elsewhere) ?? 0) > 0, "ten in all");
      meeting.detach(ADA, ada);
      meeting.pass(seconds(59));
      assert((meeting.watch(EVE, eve, [5], elsewhere) ?? 0) > 0, "they have not left");
      meeting.pass(seconds(1));
      equal(meeting.watch(EVE, eve, [5, 6], elsewhere), undefined);
      equal(meeting.watch(BEN, ben, [3, 4]), undefined);
    },
    { watchesMax: 10, watchesPerSourceMax: 6 },
  );
}

function equal(actual: string | number | undefined, expected: string | number | undefined): void {
  assert(actual === expected, `${actual} instead of ${expected}`);
}
