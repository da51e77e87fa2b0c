import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { nobleProvider } from "../crypto/noble-provider.ts";
import { Secret } from "../crypto/secret.ts";
import { identityFromSeed, type LocalIdentity } from "../identity/keys.ts";
import { bytesToHex } from "../lib/hex.ts";
import { after, type Instant, instant, minutes, seconds } from "../lib/time.ts";
import type { Keying } from "../session/keying.ts";
import { GLARE_WINDOW } from "../wire/limits.ts";
import { CLOSE } from "../wire/registry.ts";
import { createPersona, type Persona } from "./persona.ts";
import { SessionTable } from "./session-table.ts";

const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));
const START = instant(1_000);
const secret = (): Secret => new Secret(random(32));
const identity = (seed: number): LocalIdentity =>
  identityFromSeed(nobleProvider, new Secret(new Uint8Array(32).fill(seed)));
/** The smaller PeerId first. */
const [ada, ben] = [identity(1), identity(2)].sort((a, b) => (a.peerId < b.peerId ? -1 : 1)) as [
  LocalIdentity,
  LocalIdentity,
];
const personas = { ada: createPersona(nobleProvider, random, ada), ben: createPersona(nobleProvider, random, ben) };

/** Both ends of one handshake between Ada's process and Ben's. */
function handshake(initiator: "ada" | "ben", incarnations: { ada?: Uint8Array; ben?: Uint8Array } = {}) {
  const of = (who: "ada" | "ben"): string => bytesToHex(incarnations[who] ?? personas[who].incarnation);
  const [resumeId, transcript] = [bytesToHex(random(16)), random(32)];
  const side = (who: "ada" | "ben", other: "ada" | "ben"): Keying => ({
    role: who === initiator ? "initiator" : "responder",
    peer: personas[other].identity.peerId,
    remoteContactKey: personas[other].identity.contactPublicKey,
    localIncarnation: of(who),
    remoteIncarnation: of(other),
    version: 1,
    localIndex: 1,
    remoteIndex: 2,
    sendSecret: secret(),
    receiveSecret: secret(),
    resumeSecret: secret(),
    resumeId,
    transcript,
  });
  return { ada: side("ada", "ben"), ben: side("ben", "ada"), resumeId };
}

const table = (): SessionTable => new SessionTable({ provider: nobleProvider, random });
const adopt = (sessions: SessionTable, keying: Keying, persona: Persona, now: Instant, isByHandshake = true) =>
  sessions.adopt({ keying, persona, isByHandshake, source: "192.0.2.1" }, now);

test("SessionTable.adopt: keys of the same two processes renew the session, a resumption at any time [SES-10]", () => {
  const sessions = table();
  const first = adopt(sessions, handshake("ben").ada, personas.ada, START);
  assert.equal(first.outcome, "opened");
  const again = adopt(sessions, handshake("ben").ada, personas.ada, START, false);
  assert.ok(first.outcome === "opened" && again.outcome === "rekeyed");
  assert.equal(again.entry, first.entry);
});

test("SessionTable.adopt: another incarnation is another session, and the older one closes [SES-26]", () => {
  const sessions = table();
  const first = adopt(sessions, handshake("ben").ada, personas.ada, START);
  const second = adopt(sessions, handshake("ben", { ben: random(16) }).ada, personas.ada, after(START, seconds(1)));
  assert.ok(first.outcome === "opened" && second.outcome === "opened");
  assert.equal(second.replaced, first.entry);
  assert.equal(first.entry.stack.isOver, true);
  assert.equal(sessions.of(ben.peerId), second.entry);
});

test("SessionTable.adopt: of two handshakes at once both ends keep the smaller initiator's [SES-27]", () => {
  const order = fc.boolean();
  const apart = fc.integer({ min: 0, max: GLARE_WINDOW - 1 });
  fc.assert(
    fc.property(order, order, apart, apart, (adaFirst, benFirst, adaApart, benApart) => {
      const [byAda, byBen] = [handshake("ada"), handshake("ben")];
      for (const [who, isFirst, wait] of [
        ["ada", adaFirst, adaApart],
        ["ben", benFirst, benApart],
      ] as const) {
        const sessions = table();
        const [one, two] = isFirst ? [byAda, byBen] : [byBen, byAda];
        // Copies, since whoever loses wipes its keys.
        const copy = (keying: Keying): Keying => ({ ...keying, sendSecret: secret(), receiveSecret: secret() });
        adopt(sessions, copy(one[who]), personas[who], START);
        const outcome = adopt(sessions, copy(two[who]), personas[who], after(START, wait as typeof GLARE_WINDOW));
        assert.equal(outcome.outcome, isFirst ? "lost" : "rekeyed");
        const peer = who === "ada" ? ben.peerId : ada.peerId;
        assert.equal(sessions.of(peer)?.keying.resumeId, byAda.resumeId);
      }
    }),
  );
});

test("SessionTable.adopt: after the window the newer handshake counts, whoever began it [SES-27]", () => {
  const sessions = table();
  adopt(sessions, handshake("ada").ben, personas.ben, START);
  const later = handshake("ben");
  assert.equal(adopt(sessions, later.ben, personas.ben, after(START, GLARE_WINDOW)).outcome, "rekeyed");
  assert.equal(sessions.of(ada.peerId)?.keying.resumeId, later.resumeId);
});

test("SessionTable: a session that one end closed unheard is another one at both after the next handshake [SES-29]", () => {
  const here = { ada: createPersona(nobleProvider, random, ada), ben: createPersona(nobleProvider, random, ben) };
  const shake = () => handshake("ben", { ada: here.ada.incarnation, ben: here.ben.incarnation });
  const [atAda, atBen] = [table(), table()];
  const [first, crossing] = [shake(), shake()];
  const [a, b] = [adopt(atAda, first.ada, here.ada, START), adopt(atBen, first.ben, here.ben, START)];
  assert.ok(a.outcome === "opened" && b.outcome === "opened");
  a.entry.stack.close(CLOSE.idle, START); // nobody hears it
  atAda.handleClosed(a.entry, CLOSE.idle, "local");
  assert.equal(adopt(atAda, crossing.ada, here.ada, after(START, minutes(1))).outcome, "lost");
  const second = shake();
  const later = after(START, minutes(2));
  const [a2, b2] = [adopt(atAda, second.ada, here.ada, later), adopt(atBen, second.ben, here.ben, later)];
  assert.ok(a2.outcome === "opened" && b2.outcome === "opened");
  assert.equal(b2.replaced, b.entry);
  // The one before comes late over some other link: it is stale at Ben too.
  assert.equal(adopt(atBen, crossing.ben, here.ben, later).outcome, "lost");
});
