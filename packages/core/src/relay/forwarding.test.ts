import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { bytesToHex } from "../lib/hex.ts";
import { seconds } from "../lib/time.ts";
import { FORWARD_HEAD_BYTES } from "./relay-message.ts";
import { type RelayGuest, RelayRig } from "./relay-server-fixture.test.ts";

const WINDOW = 2_000;

test("[REL-7] what is forwarded arrives with the sender's key, and to nobody away is the answer", () => {
  const rig = new RelayRig();
  const [ada, ben] = [rig.login(), rig.login()];
  ada.forward(ben, 1, 2);
  ada.forward(ada, 3);
  ada.forward(ben);
  assert.deepEqual(
    ben.take("forwarded").map(({ from, payload }) => [bytesToHex(from), ...payload]),
    [[bytesToHex(ada.key), 1, 2], [bytesToHex(ada.key)]],
  );
  assert.deepEqual(ada.take("forwarded"), [{ type: "forwarded", from: ada.key, payload: Uint8Array.of(3) }]);
  const nobody = new Uint8Array(32).fill(8);
  ada.say({ type: "forward", to: nobody, payload: new Uint8Array(100) });
  assert.deepEqual(ada.heard, [
    { type: "away", to: nobody },
    { type: "window", to: nobody, bytes: 133 },
  ]);
});

test("[REL-8] more than a window on the way is a violation, and what has left is given back", () => {
  const rig = new RelayRig({ window: WINDOW });
  const [ada, ben] = [rig.login(), rig.login()];
  ben.isReading = false;
  const forward = (): void => ada.say({ type: "forward", to: ben.key, payload: new Uint8Array(467) }); // 500 in all
  for (let i = 0; i < 4; i++) forward();
  assert.deepEqual(ada.heard, []);
  assert.equal(rig.server.gauges.waitingBytes, WINDOW);
  ben.pull(3);
  rig.run();
  assert.equal(
    ada.take("window").reduce((sum, { bytes }) => sum + bytes, 0),
    1_500,
  );
  for (let i = 0; i < 3; i++) forward();
  assert.equal(ada.closing, undefined);
  forward();
  assert.equal(ada.closing, 1002);
  ben.isReading = true;
  ben.pull();
  const heard = ben.heard.map(({ type }) => type); // what was accepted arrives, and after it, that its sender has gone
  assert.deepEqual(heard, [...Array<string>(7).fill("forwarded"), "away"]);
  const { waitingBytes, flows } = rig.server.gauges;
  assert.deepEqual([waitingBytes, flows], [0, 0]);
});

test("[REL-7] away comes after what the one that left had said, also to whoever had forwarded to it", () => {
  const rig = new RelayRig();
  const [ada, ben] = [rig.login(), rig.login()];
  ben.forward(ada, 1);
  rig.run();
  ben.isReading = false;
  ada.forward(ben, 2);
  rig.run();
  rig.drop(ada);
  ben.isReading = true;
  ben.pull();
  rig.run();
  assert.deepEqual(
    ben.heard.map(({ type }) => type).filter((type) => type !== "window"),
    ["forwarded", "away"],
  );
  assert.equal(ben.take("window").length, 1);
});

test("[REL-8] however little has left is given back within two seconds", () => {
  const rig = new RelayRig();
  const [ada, ben] = [rig.login(), rig.login()];
  for (let i = 0; i < 3; i++) ada.forward(ben, i);
  rig.pass(seconds(1));
  assert.deepEqual(ada.heard, []);
  rig.pass(seconds(1));
  assert.deepEqual(ada.heard, [{ type: "window", to: ben.key, bytes: 3 * (FORWARD_HEAD_BYTES + 1) }]);
});

test("[REL-9] senders take turns by bytes, so that one's backlog is not the other's", () => {
  const rig = new RelayRig();
  const [ada, ben, eve] = [rig.login(), rig.login(), rig.login()];
  ben.isReading = false;
  for (let i = 0; i < 4; i++) eve.say({ type: "forward", to: ben.key, payload: new Uint8Array(60_000) });
  for (let i = 0; i < 40; i++) ada.forward(ben, i);
  ben.pull(50);
  const order = ben.take("forwarded").map(({ payload }) => payload.length);
  assert.equal(order.length, 44);
  assert.ok(order.lastIndexOf(1) <= 41, `Ada's 40 small ones came at ${order.lastIndexOf(1)} of 44`);
});

test("[REL-9] who takes nothing for 30 s is disconnected, and who forwards to it told", () => {
  const rig = new RelayRig();
  const [ada, ben] = [rig.login(), rig.login()];
  ben.isReading = false;
  ada.forward(ben, 1);
  rig.pass(seconds(29));
  assert.equal(ben.closing, undefined);
  rig.pass(seconds(6));
  assert.equal(ben.closing, 1008);
  assert.deepEqual(ada.heard, [
    { type: "away", to: ben.key },
    { type: "window", to: ben.key, bytes: FORWARD_HEAD_BYTES + 1 },
  ]);
  assert.equal(rig.events.at(-1)?.type, "stalled");
});

test("what is forwarded to a key that comes back goes to where it is now", () => {
  const rig = new RelayRig();
  const seed = new Uint8Array(32).fill(5);
  const [ada, first] = [rig.login(), rig.login(seed)];
  ada.forward(first, 1);
  rig.drop(first);
  ada.forward(first, 2);
  assert.equal(ada.take("away").length, 2);
  const again = rig.login(seed);
  ada.forward(again, 3);
  assert.deepEqual(again.take("forwarded")[0]?.payload, Uint8Array.of(3));
  assert.equal(rig.server.gauges.flows, 1);
});

test("who takes slowly stays", () => {
  const rig = new RelayRig();
  const [ada, ben] = [rig.login(), rig.login()];
  ben.isReading = false;
  for (let i = 0; i < 12; i++) ada.forward(ben, i);
  for (let i = 0; i < 12; i++) {
    rig.pass(seconds(9));
    ben.pull(1);
  }
  rig.pass(seconds(60));
  assert.equal(ben.closing, undefined);
  assert.equal(ben.take("forwarded").length, 12);
});

test("[REL-10] a spread is one array for all that are there, and names those that are not", () => {
  const rig = new RelayRig();
  const [ada, ben, eve] = [rig.login(), rig.login(), rig.login()];
  for (const guest of [ben, eve]) guest.isReading = false;
  const [nobody, neither] = [new Uint8Array(32).fill(8), new Uint8Array(32).fill(9)];
  ada.say({ type: "spread", to: [nobody, ben.key, eve.key, neither], payload: Uint8Array.of(5, 6) });
  assert.deepEqual(
    ada.take("away").map(({ to }) => to[0]),
    [8, 9],
  );
  assert.equal(ada.take("window").length, 2);
  const [first, second] = [ben, eve].map(({ id }) => rig.server.pollTransmit(id, 1));
  assert.ok(first !== undefined && first === second, "the same array");
  for (const guest of [ben, eve]) ada.forward(guest, 1);
  assert.deepEqual(bytesToHex(first), `90${bytesToHex(ada.key)}0506`);
  const some = { type: "spread", to: [ben.key], payload: new Uint8Array(0) } as const;
  ada.say(some);
  ben.pull(9);
  assert.equal(ben.take("forwarded").length, 2);
});

test("[REL-10] a spread counts against each window", () => {
  const rig = new RelayRig({ window: WINDOW });
  const [ada, ben, eve] = [rig.login(), rig.login(), rig.login()];
  for (const guest of [ben, eve]) guest.isReading = false;
  ada.say({ type: "forward", to: eve.key, payload: new Uint8Array(1_000) });
  ada.say({ type: "spread", to: [ben.key, eve.key], payload: new Uint8Array(900) });
  assert.equal(ada.closing, undefined);
  ada.say({ type: "spread", to: [ben.key, eve.key], payload: new Uint8Array(900) });
  assert.equal(ada.closing, 1002);
});

test("a key forwards to 256 at a time: one that is idle yields, and one too many is told away", () => {
  const rig = new RelayRig({ connectionsPerSource: 1_000, loginsPerMinute: 1_000, toll: { quiet: 0, busy: 0 } });
  const ada = rig.login();
  const others = Array.from({ length: 258 }, () => rig.login());
  for (const other of others) other.isReading = false;
  for (const other of others.slice(0, 256)) ada.forward(other, 1);
  const [one, two] = others.slice(256);
  assert.ok(one !== undefined && two !== undefined);
  assert.deepEqual(ada.heard, []);
  ada.forward(one, 1);
  assert.deepEqual(ada.take("away")[0]?.to, one.key);
  assert.equal(ada.take("window").length, 1);
  others[7]?.pull(9);
  ada.forward(one, 1);
  assert.deepEqual(ada.take("away"), []);
  assert.deepEqual(ada.take("window")[0]?.to, others[7]?.key); // given back before it is forgotten
});

test("more than the relay holds for one receiver is told away", () => {
  const rig = new RelayRig({ waitingBytesMax: 10_000 });
  const [ada, ben] = [rig.login(), rig.login()];
  ben.isReading = false;
  for (let i = 0; i < 4; i++) ada.say({ type: "forward", to: ben.key, payload: new Uint8Array(3_000) });
  assert.equal(ada.take("away").length, 1);
  assert.equal(rig.server.gauges.waitingBytes, 3 * 3_033);
});

/** One thing that happens in a run of the property below. */
type Step =
  | { readonly does: "send"; readonly from: number; readonly to: number; readonly bytes: number }
  | { readonly does: "spread"; readonly from: number; readonly bytes: number }
  | { readonly does: "pull"; readonly who: number; readonly count: number }
  | { readonly does: "leave" | "return"; readonly who: number }
  | { readonly does: "wait"; readonly time: number };

const GUESTS = 4;
const who = fc.nat(GUESTS - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ does: fc.constant("send"), from: who, to: who, bytes: fc.nat(700) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant("spread"), from: who, bytes: fc.nat(300) }) },
  { weight: 4, arbitrary: fc.record({ does: fc.constant("pull"), who, count: fc.nat(6) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constantFrom("leave", "return"), who }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("wait"), time: fc.nat(3_000) }) },
);

/** A client that keeps to its windows, and what it knows of them. */
class Honest {
  readonly seed: Uint8Array;
  guest: RelayGuest | undefined;
  readonly #used = new Map<string, number>();

  constructor(number: number) {
    this.seed = new Uint8Array(32).fill(number + 1);
  }

  used(to: string): number {
    return this.#used.get(to) ?? 0;
  }

  use(to: string, bytes: number): void {
    this.#used.set(to, this.used(to) + bytes);
    assert.ok(this.used(to) >= 0, "more given back than used");
  }

  forget(): void {
    this.#used.clear();
  }
}

test("[REL-7] [REL-8] nothing is lost in silence, doubled or out of order, and all bytes come back", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const rig = new RelayRig({ window: WINDOW, loginsPerMinute: 10_000, toll: { quiet: 0, busy: 0 } });
      const all = Array.from({ length: GUESTS }, (_, number) => new Honest(number));
      let next = 0;
      /** Each message's number, by the logins of its sender and receiver then. */
      const accepted = new Map<string, number[]>();
      const arrived = new Map<string, number[]>();
      const maybeLost = new Set<string>();
      const push = (map: Map<string, number[]>, name: string, number: number): void => {
        map.set(name, [...(map.get(name) ?? []), number]);
      };
      const enter = (honest: Honest): void => {
        honest.forget();
        honest.guest = rig.login(honest.seed);
        honest.guest.isReading = false;
      };
      const read = (honest: Honest, count: number): void => {
        const { guest } = honest;
        if (guest === undefined) return;
        guest.pull(count);
        rig.run();
        for (const message of guest.heard.splice(0)) {
          if (message.type === "window") honest.use(bytesToHex(message.to), -message.bytes);
          else if (message.type === "away") maybeLost.add(`${guest.id}>${bytesToHex(message.to)}`);
          else if (message.type === "forwarded") {
            const [a = 0, b = 0, sender = 0] = message.payload;
            push(arrived, `${sender}>${guest.id}`, a * 256 + b);
          }
        }
      };
      const payloadOf = (sender: RelayGuest, number: number, bytes: number): Uint8Array =>
        new Uint8Array([number >> 8, number & 255, sender.id, ...new Uint8Array(bytes)]);
      for (const honest of all) enter(honest);
      for (const now of steps) {
        if (now.does === "wait") rig.pass(now.time as Parameters<RelayRig["pass"]>[0]);
        else if (now.does === "send" || now.does === "spread") {
          const sender = all[now.from];
          const targets = now.does === "send" ? all.slice(now.to, now.to + 1) : all;
          if (sender?.guest === undefined) continue;
          const { guest } = sender;
          const cost = now.bytes + 3 + FORWARD_HEAD_BYTES;
          const keys = targets.map(({ seed, guest: target }) => target?.key ?? seed);
          if (keys.some((key) => sender.used(bytesToHex(key)) + cost > WINDOW)) continue;
          const number = next++;
          const payload = payloadOf(guest, number, now.bytes);
          for (const [i, key] of keys.entries()) {
            sender.use(bytesToHex(key), cost);
            const target = targets[i]?.guest;
            if (target !== undefined) push(accepted, `${guest.id}>${target.id}`, number);
          }
          const [to] = keys;
          if (now.does === "spread") guest.say({ type: "spread", to: keys, payload });
          else if (to !== undefined) guest.say({ type: "forward", to, payload });
          assert.equal(guest.closing, undefined, "an honest client is never a violator");
        } else {
          const honest = all[now.who];
          if (honest === undefined) continue;
          if (now.does === "pull") read(honest, now.count);
          else if (now.does === "return" && honest.guest === undefined) enter(honest);
          else if (now.does === "leave" && honest.guest !== undefined) {
            rig.drop(honest.guest);
            honest.guest = undefined;
          }
        }
        assert.ok(rig.server.gauges.waitingBytes <= GUESTS * GUESTS * (WINDOW + 40));
      }
      for (const _ of [1, 2, 3]) {
        for (const honest of all) read(honest, 10_000);
        rig.pass(seconds(3));
      }
      for (const honest of all) read(honest, 10_000);
      const there = all.flatMap(({ guest }) => guest ?? []);
      for (const [pair, numbers] of arrived) {
        const sent = accepted.get(pair) ?? [];
        let at = -1;
        for (const number of numbers) {
          const found = sent.indexOf(number);
          assert.ok(found > at, "in order, and once");
          at = found;
        }
      }
      for (const sender of there)
        for (const receiver of there) {
          const pair = `${sender.id}>${receiver.id}`;
          if (maybeLost.has(`${sender.id}>${bytesToHex(receiver.key)}`)) continue;
          assert.deepEqual(arrived.get(pair) ?? [], accepted.get(pair) ?? [], "all of it");
        }
      for (const honest of all)
        if (honest.guest !== undefined)
          for (const other of all) {
            if (other.guest !== undefined)
              assert.equal(honest.used(bytesToHex(other.guest.key)), 0, "all is given back");
          }
      assert.equal(rig.server.gauges.waitingBytes, 0);
    }),
    { numRuns: 150 },
  );
});
