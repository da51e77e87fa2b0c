import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { nobleProvider } from "../crypto/noble-provider.ts";
import { after, type Instant, instant, millis } from "../lib/time.ts";
import { decodeRetry, encodeRefuse, HELLO_NOISE_BYTES, type Hello } from "../wire/handshake-packet.ts";
import {
  COOKIE_SECRET_LIFETIME,
  HALF_OPEN_COOKIE_FROM,
  HALF_OPEN_MAX,
  HALF_OPEN_PER_SOURCE_MAX,
  HANDSHAKE_TIMEOUT,
  RECENT_TAGS_MAX,
  SILENT_LINKS_MAX,
  SILENT_LINKS_PER_SOURCE_MAX,
} from "../wire/limits.ts";
import { REFUSAL } from "../wire/registry.ts";
import { drain, START, seededRandom } from "./handshake-fixture.test.ts";
import { HandshakeGate, type Ticket } from "./handshake-gate.ts";

const BUSY = { answer: "refuse", bytes: encodeRefuse(REFUSAL.busy) };

const gateOf = (): HandshakeGate =>
  new HandshakeGate({ provider: nobleProvider, random: seededRandom("gate"), now: START });

let ephemeral = 0;
function helloOf(changed: Partial<Hello> = {}): Hello {
  const noise = new Uint8Array(HELLO_NOISE_BYTES);
  new DataView(noise.buffer).setUint32(0, ++ephemeral);
  return { versionMin: 1, versionMax: 1, cookie: new Uint8Array(0), tag: new Uint8Array(16), noise, ...changed };
}

/** A new link from `source` that says hello at once. */
function knock(gate: HandshakeGate, source: string, hello: Hello = helloOf(), knownAs?: string, now = START) {
  const ticket = gate.arrive(source, now);
  return { ticket, hello, verdict: gate.admit(ticket, { hello, knownAs }, now) };
}

/** Opens `count` handshakes of strangers, with the cookie where it is asked for. */
function crowd(gate: HandshakeGate, count: number): Ticket[] {
  return Array.from({ length: count }, (_, index) => {
    const first = knock(gate, `10.0.0.${index}`);
    if (first.verdict.answer !== "retry") return first.ticket;
    const hello = { ...first.hello, cookie: decodeRetry(first.verdict.bytes) };
    assert.equal(gate.admit(first.ticket, { hello, knownAs: undefined }, START).answer, "go");
    return first.ticket;
  });
}

test("[HS-11] HALF_OPEN_PER_SOURCE_MAX handshakes of one source, not one more until one is over", () => {
  const gate = gateOf();
  const tickets = Array.from({ length: HALF_OPEN_PER_SOURCE_MAX }, () => knock(gate, "10.0.0.1"));
  assert.ok(tickets.every(({ verdict }) => verdict.answer === "go"));
  assert.deepEqual(knock(gate, "10.0.0.1").verdict, BUSY);
  assert.equal(knock(gate, "10.0.0.2").verdict.answer, "go");
  gate.release(tickets[0]!.ticket);
  gate.release(tickets[0]!.ticket);
  assert.equal(knock(gate, "10.0.0.1").verdict.answer, "go");
  assert.deepEqual(knock(gate, "10.0.0.1").verdict, BUSY);
});

test("[HS-11] HALF_OPEN_MAX in all, cookie or not", () => {
  const gate = gateOf();
  const tickets = crowd(gate, HALF_OPEN_MAX);
  assert.equal(gate.halfOpen, HALF_OPEN_MAX);
  assert.deepEqual(knock(gate, "10.9.9.9").verdict, BUSY);
  gate.release(tickets[0]!);
  assert.equal(knock(gate, "10.9.9.9").verdict.answer, "retry");
});

test("[HS-12] from HALF_OPEN_COOKIE_FROM on, a stranger echoes a cookie first", () => {
  const gate = gateOf();
  crowd(gate, HALF_OPEN_COOKIE_FROM - 1);
  assert.equal(knock(gate, "10.1.0.1").verdict.answer, "go");
  const { ticket, hello, verdict } = knock(gate, "10.1.0.2");
  assert.ok(verdict.answer === "retry");
  const cookie = decodeRetry(verdict.bytes);
  const admit = (changed: Partial<Hello>, of = ticket) =>
    gate.admit(of, { hello: { ...hello, ...changed }, knownAs: undefined }, START).answer;
  assert.equal(admit({ cookie: cookie.map((byte, index) => (index === 15 ? byte ^ 1 : byte)) }), "retry");
  assert.equal(admit({ cookie, noise: helloOf().noise }), "retry", "another ephemeral");
  assert.equal(admit({ cookie }, gate.arrive("10.1.0.3", START)), "retry", "another source");
  assert.equal(admit({ cookie }), "go");
  assert.equal(admit({ cookie }), "refuse", "its handshake runs already");
});

test("[HS-12] a cookie counts for its secret's lifetime and the next one, no longer", () => {
  const cases: readonly (readonly [number, string])[] = [
    [COOKIE_SECRET_LIFETIME - 1, "go"],
    [COOKIE_SECRET_LIFETIME, "go"],
    [2 * COOKIE_SECRET_LIFETIME - 1, "go"],
    [2 * COOKIE_SECRET_LIFETIME, "retry"],
    [20 * COOKIE_SECRET_LIFETIME, "retry"],
  ];
  for (const [age, answer] of cases) {
    const gate = gateOf();
    crowd(gate, HALF_OPEN_COOKIE_FROM);
    const { ticket, hello, verdict } = knock(gate, "10.1.0.2");
    assert.ok(verdict.answer === "retry");
    const later = { hello: { ...hello, cookie: decodeRetry(verdict.bytes) }, knownAs: undefined };
    assert.equal(gate.admit(ticket, later, after(START, millis(age))).answer, answer, `${age}`);
  }
});

test("[HS-13] a contact's tag passes every limit, once, and HALF_OPEN_PER_SOURCE_MAX times at once", () => {
  const gate = gateOf();
  crowd(gate, HALF_OPEN_MAX);
  const tagged = (byte: number) => helloOf({ tag: new Uint8Array(16).fill(byte) });
  for (let i = 0; i < HALF_OPEN_PER_SOURCE_MAX; i++) {
    assert.equal(knock(gate, "10.0.0.1", tagged(i + 1), "bob").verdict.answer, "go");
  }
  assert.deepEqual(knock(gate, "10.0.0.1", tagged(9), "bob").verdict, BUSY);
  const carol = knock(gate, "10.0.0.1", tagged(10), "carol");
  assert.equal(carol.verdict.answer, "go");
  gate.release(carol.ticket);
  assert.deepEqual(knock(gate, "10.0.0.1", tagged(10), "carol").verdict, BUSY, "the tag was heard before");
  assert.equal(gate.halfOpen, HALF_OPEN_MAX, "contacts take no stranger's place");
});

test("RECENT_TAGS_MAX tags are remembered, and then the oldest is forgotten", () => {
  const gate = gateOf();
  crowd(gate, HALF_OPEN_MAX);
  const tagOf = (index: number) => {
    const tag = new Uint8Array(16).fill(1);
    new DataView(tag.buffer).setUint32(0, index);
    return tag;
  };
  const show = (index: number) => {
    const { ticket, verdict } = knock(gate, "10.0.0.1", helloOf({ tag: tagOf(index) }), "bob");
    gate.release(ticket);
    return verdict.answer;
  };
  for (let i = 0; i < RECENT_TAGS_MAX; i++) assert.equal(show(i), "go");
  assert.equal(show(0), "refuse");
  assert.equal(show(RECENT_TAGS_MAX), "go");
  assert.equal(show(0), "go");
});

test("a link that says nothing, or does not finish, is expired after HANDSHAKE_TIMEOUT", () => {
  const gate = gateOf();
  const silent = gate.arrive("10.0.0.1", START);
  const { ticket } = knock(gate, "10.0.0.2");
  const deadline = after(START, HANDSHAKE_TIMEOUT);
  assert.equal(gate.nextTimeout(), deadline);
  gate.handleTimeout(after(START, millis(HANDSHAKE_TIMEOUT - 1)));
  assert.deepEqual(drain(gate), []);
  gate.handleTimeout(deadline);
  assert.deepEqual(drain(gate), [
    { type: "expired", ticket: silent, reason: "timeout" },
    { type: "expired", ticket, reason: "timeout" },
  ]);
  assert.equal(gate.halfOpen, 0);
  assert.equal(gate.nextTimeout(), undefined);
  assert.deepEqual(gate.admit(silent, { hello: helloOf(), knownAs: "bob" }, deadline), BUSY);
});

test("SILENT_LINKS_PER_SOURCE_MAX and SILENT_LINKS_MAX: the oldest silent link gives way", () => {
  const gate = gateOf();
  const mine = Array.from({ length: SILENT_LINKS_PER_SOURCE_MAX }, () => gate.arrive("10.0.0.1", START));
  assert.deepEqual(drain(gate), []);
  gate.arrive("10.0.0.1", START);
  assert.deepEqual(drain(gate), [{ type: "expired", ticket: mine[0], reason: "crowded" }]);
  for (let i = SILENT_LINKS_PER_SOURCE_MAX; i < SILENT_LINKS_MAX; i++) gate.arrive(`10.1.0.${i}`, START);
  assert.deepEqual(drain(gate), []);
  gate.arrive("10.2.0.1", START);
  assert.deepEqual(drain(gate), [{ type: "expired", ticket: mine[1], reason: "crowded" }]);
});

test("whatever strangers do, no limit is passed and every ticket ends", () => {
  const step = fc.record({ source: fc.nat(40), wait: fc.nat(3_000), echo: fc.boolean(), tag: fc.option(fc.nat(5)) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const gate = gateOf();
      let now: Instant = instant(START);
      const open = new Set<Ticket>();
      for (const { source, wait, echo, tag } of steps) {
        now = after(now, millis(wait));
        gate.handleTimeout(now);
        const hello = helloOf(tag === null ? {} : { tag: new Uint8Array(16).fill(tag) });
        const { ticket, verdict } = knock(gate, `${source}`, hello, tag === null ? undefined : `peer ${tag}`, now);
        open.add(ticket);
        if (verdict.answer === "retry" && echo) {
          gate.admit(ticket, { hello: { ...hello, cookie: decodeRetry(verdict.bytes) }, knownAs: undefined }, now);
        }
        for (const output of drain(gate)) assert.ok(open.delete(output.ticket));
        assert.ok(gate.halfOpen <= HALF_OPEN_MAX);
        assert.ok(open.size <= SILENT_LINKS_MAX + HALF_OPEN_MAX + 6 * HALF_OPEN_PER_SOURCE_MAX);
      }
      gate.handleTimeout(after(now, HANDSHAKE_TIMEOUT));
      for (const output of drain(gate)) open.delete(output.ticket);
      assert.equal(open.size, 0);
    }),
  );
});
