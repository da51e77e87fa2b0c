/**
 * Two endpoints that resume over links which lose, delay and repeat, in any order of asking,
 * answering and being cut off: a model of what the endpoint does around `ResumeBook`.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { nobleProvider } from "../crypto/noble-provider.ts";
import { Secret } from "../crypto/secret.ts";
import type { PeerId } from "../identity/peer-id.ts";
import { bytesToHex } from "../lib/hex.ts";
import { PACKET } from "../wire/registry.ts";
import { ALICE, BOB, drain, meet, type Party, START, seededRandom } from "./handshake-fixture.test.ts";
import type { Keying } from "./keying.ts";
import { ResumeBook } from "./resume-book.ts";
import type { ResumeInitiator } from "./resume-initiator.ts";

const MET = meet();

class Side {
  readonly peer: PeerId;
  readonly book: ResumeBook;
  readonly out: Uint8Array[] = [];
  current: Keying;
  attempt: ResumeInitiator | undefined;
  refusals = 0;

  constructor(who: Party, met: Keying) {
    const random = seededRandom(`${who.name} world`);
    this.peer = met.peer;
    this.book = new ResumeBook({ provider: nobleProvider, random, self: who.identity.peerId });
    this.current = { ...met, resumeSecret: new Secret(met.resumeSecret.reveal().slice()) };
    this.book.hold(this.current);
  }

  begin(): void {
    const id = this.book.idFor(this.peer);
    assert.ok(id !== undefined, "there is always something to resume");
    this.attempt = this.book.begin(id, { localIndex: 1, now: START });
    this.#drain();
  }

  receive(packet: Uint8Array): void {
    if (packet[0] !== PACKET.resume) {
      this.attempt?.handleMessage(packet, START);
      return this.#drain();
    }
    const verdict = this.book.answer(packet, { localIndex: 2, received: new Uint8Array(0), now: START });
    if (verdict.type === "overruled") return this.#drain();
    this.out.push(verdict.bytes);
    if (verdict.type === "repeated") assert.equal(verdict.keying, this.current, "never an older keying");
    if (verdict.type === "answered") this.#adopt(verdict.keying);
  }

  /** A record of the other side arrives: it opens if it was sealed under our newest keying. */
  hear(sender: Keying): void {
    if (transcript(sender) === transcript(this.current)) this.book.confirm(this.current.resumeId);
  }

  #adopt(keying: Keying): void {
    this.current = keying;
    this.book.hold(keying);
  }

  #drain(): void {
    for (const output of this.attempt === undefined ? [] : drain(this.attempt)) {
      if (output.type === "transmit") this.out.push(output.bytes);
      if (output.type === "done") this.#adopt(output.keying);
      if (output.type === "failed") this.refusals++;
    }
  }
}

const transcript = (keying: Keying): string => bytesToHex(keying.transcript);

const STEP = fc.record({
  what: fc.constantFrom("begin", "deliver", "deliver", "repeat", "lose", "record", "cut"),
  isAlice: fc.boolean(),
  pick: fc.nat(7),
});

test("[RES-6] however two ask, answer and lose, the next undisturbed round trip gives both one keying, or a handshake follows", () => {
  let runs = 0;
  let refused = 0;
  fc.assert(
    fc.property(fc.array(STEP, { maxLength: 14 }), fc.boolean(), (steps, isAliceLast) => {
      const alice = new Side(ALICE, MET.initiator);
      const bob = new Side(BOB, MET.responder);
      for (const { what, isAlice, pick } of steps) {
        const [here, there] = isAlice ? [alice, bob] : [bob, alice];
        const at = here.out.length === 0 ? 0 : pick % here.out.length;
        if (what === "begin") here.begin();
        if (what === "record") there.hear(here.current);
        if (what === "cut") for (const side of [alice, bob]) side.out.length = 0;
        const [packet] =
          what === "repeat"
            ? here.out.slice(at, at + 1)
            : ["deliver", "lose"].includes(what)
              ? here.out.splice(at, 1)
              : [];
        if (packet !== undefined && what !== "lose") there.receive(packet);
        assert.ok(here.book.size <= 6 && there.book.size <= 6, "what lingers is bounded");
      }
      for (const side of [alice, bob]) side.out.length = 0;
      const before = alice.refusals + bob.refusals;
      (isAliceLast ? alice : bob).begin();
      flush(alice, bob);
      runs++;
      if (alice.refusals + bob.refusals > before) {
        // Both asked, and what was answered is not what is asked again; or whoever answered was heard,
        // but has not heard. A handshake follows, on the same link (spec/resume.md §3).
        refused++;
        return;
      }
      assert.equal(transcript(alice.current), transcript(bob.current));
      for (const [here, there] of [
        [alice, bob],
        [bob, alice],
      ] as const) {
        here.hear(there.current);
        assert.equal(here.book.size, 1, "what was replaced is erased");
      }
    }),
    { numRuns: 200 },
  );
  assert.ok(refused <= runs / 50, `${refused} of ${runs} needed a handshake`);
});

function flush(alice: Side, bob: Side): void {
  for (let packets = 0; alice.out.length + bob.out.length > 0; packets++) {
    assert.ok(packets < 20, "falls idle");
    const [here, there] = alice.out.length > 0 ? [alice, bob] : [bob, alice];
    const packet = here.out.shift();
    if (packet !== undefined) there.receive(packet);
  }
}
