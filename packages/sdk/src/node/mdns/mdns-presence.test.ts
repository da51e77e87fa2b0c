import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Discovery } from "../../discovery.ts";
import { FakeClock } from "../../testing/fake-clock.ts";
import { decodeDnsMessage, encodeDnsMessage } from "./dns-message.ts";
import { serviceRecords } from "./dns-service.ts";
import { mdnsPresence } from "./mdns-presence.ts";
import { HINTS_MAX, readPresence, writePresence } from "./presence-txt.ts";

const hint = (seed: number): Uint8Array => new Uint8Array(8).fill(seed);

test("readPresence reads what writePresence writes, up to HINTS_MAX hints", () => {
  const hints = fc.array(fc.uint8Array({ minLength: 8, maxLength: 8 }), { maxLength: HINTS_MAX });
  fc.assert(
    fc.property(hints, fc.constantFrom(undefined, "Ada", "Küche ☕"), (all, name) => {
      assert.deepEqual(readPresence(writePresence({ name, hints: all })), { name, hints: all });
    }),
  );
  const many = Array.from({ length: HINTS_MAX + 1 }, (_, i) => hint(i));
  assert.deepEqual(readPresence(writePresence({ name: undefined, hints: many })).hints, many.slice(0, HINTS_MAX));
});

test("the most that writePresence writes still makes a record that can be sent", () => {
  const txt = writePresence({ name: "ü".repeat(64), hints: Array.from({ length: HINTS_MAX }, (_, i) => hint(i)) });
  const { unique } = serviceRecords({ instance: "i", host: "h", port: 1, txt }, []);
  assert.ok(unique.length === 2);
});

for (const [what, txt] of [
  ["another version", { v: "2", id: "AAAAAAAAAAA", n: "x" }],
  ["no version", { id: "AAAAAAAAAAA", n: "x" }],
  ["half a hint", { v: "1", id: "AAAAAAA" }],
  ["what is no base64url", { v: "1", id: "!!!!" }],
  ["a name of nothing but controls", { v: "1", n: "\u0007\u202e" }],
] as const) {
  test(`[DIS-6] readPresence takes nothing from ${what}`, () => {
    assert.deepEqual(readPresence(txt), { name: undefined, hints: [] });
  });
}

test("in open mode the name is shown, and stays while hints change", async () => {
  const lan = lanOf();
  const [a, b] = [lan.node("10.0.0.1"), lan.node("10.0.0.2")];
  a.announce({ name: "Ada", hints: [hint(1)], port: 4_000 });
  await lan.advance(3_000);
  const [seen] = b.nearby.get();
  assert.deepEqual([seen?.name, seen?.presence, seen?.addresses], ["Ada", [hint(1)], ["10.0.0.1:4000"]]);
  a.announce({ name: "Ada", hints: [hint(2)], port: 4_000 });
  await lan.advance(2_000);
  assert.deepEqual(
    b.nearby.get().map(({ key, presence, seenAt }) => [key, presence, seenAt]),
    [[seen?.key, [hint(2)], seen?.seenAt]],
  );
  await lan.close(a, b);
});

test("[DIS-7] in contacts mode nothing on the wire but the address links one announcement to the next", async () => {
  const lan = lanOf();
  const [a, b] = [lan.node("10.0.0.1"), lan.node("10.0.0.2")];
  a.announce({ name: undefined, hints: [hint(1)], port: 4_000 });
  await lan.advance(3_000);
  const [first] = b.nearby.get();
  assert.equal(first?.name, undefined);
  const before = lan.names();
  const hosts = [...before].filter((name) => /^kith-/.test(name)); // [DIS-4] not the machine's own
  assert.match(hosts.join(" "), /^kith-[0-9a-f]{16}\.local$/);
  a.announce({ name: undefined, hints: [hint(1)], port: 4_000 }); // nothing new: nothing said
  a.announce({ name: undefined, hints: [hint(2)], port: 4_000 });
  lan.forget();
  await lan.advance(3_000);
  const after = lan.names();
  assert.deepEqual(
    b.nearby.get().map(({ presence }) => presence),
    [[hint(2)]],
  );
  assert.notEqual(b.nearby.get()[0]?.key, first?.key);
  const shared = [...after].filter((name) => before.has(name) && !name.startsWith("_"));
  assert.deepEqual(shared, []);
  await lan.close(a, b);
});

test("announcing nothing says goodbye", async () => {
  const lan = lanOf();
  const [a, b] = [lan.node("10.0.0.1"), lan.node("10.0.0.2")];
  a.announce({ name: "Ada", hints: [], port: 4_000 });
  await lan.advance(3_000);
  assert.equal(b.nearby.get().length, 1);
  a.announce(undefined);
  await lan.advance(1_000);
  assert.equal(b.nearby.get().length, 0);
  await lan.close(a, b);
});

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** One link, a fake clock, and what was said on it. */
function lanOf() {
  const clock = new FakeClock();
  const members: { address: string; hear: (bytes: Uint8Array, from: string) => void }[] = [];
  let said: Uint8Array[] = [];
  let seed = 0;
  const node = (address: string): Discovery =>
    mdnsPresence({
      clock,
      random: (length) => new Uint8Array(length).fill(++seed),
      look: () => [{ link: "eth0", address, family: "ipv4", cidr: `${address}/24`, isLoopback: false, scope: 0 }],
      open: (_link, handlers) => {
        members.push({ address, hear: (bytes, from) => handlers.onDatagram(bytes, { address: from, port: 5_353 }) });
        return {
          send(bytes) {
            said.push(bytes);
            clock.schedule(0 as never, () => {
              for (const member of members) if (member.address !== address) member.hear(bytes, address);
            });
          },
          async close() {},
        };
      },
    });
  return {
    async advance(ms: number): Promise<void> {
      for (let i = 0; i < ms; i += 50) clock.advance(50);
      await turn(); // observables tell at the end of the turn
    },
    node,
    names(): Set<string> {
      const messages = said.map((bytes) => decodeDnsMessage(encodeDnsMessage(decodeDnsMessage(bytes))));
      return new Set(
        messages.flatMap(({ questions, answers, authorities }) =>
          [...questions, ...answers, ...authorities].map(({ name }) => name),
        ),
      );
    },
    forget(): void {
      said = [];
    },
    async close(...nodes: Discovery[]): Promise<void> {
      for (const each of nodes) await each.close();
    },
  };
}
