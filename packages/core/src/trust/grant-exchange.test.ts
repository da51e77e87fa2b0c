import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  CLOCK_SKEW,
  GRANT_CLAIMS_BURST_MAX,
  GRANT_CLAIMS_PER_MINUTE_MAX,
  GRANTS_PER_PEER_MAX,
  REVOCATIONS_PER_PEER_MAX,
} from "../wire/limits.ts";
import { GRANT_NO_END, type Grant, type GrantTerms, issueGrant } from "./grant.ts";
import { GrantExchange, type GrantExchangeOutput } from "./grant-exchange.ts";
import { decodeGrantMessage, encodeGrantMessage, type GrantMessage } from "./grant-message.ts";
import { at, Disk, drain, NOW, person, provider, seeded, WALL, wallAt } from "./trust-fixture.test.ts";

let made = 0;
const HOUR = 3_600_000;

function grant(by: number, to: number, terms: Partial<GrantTerms> = {}, parent?: Grant): Grant {
  const all = {
    operations: ["game/1"],
    resource: "",
    limits: {},
    notBefore: WALL,
    notAfter: wallAt(HOUR),
    delegations: 0,
    ...terms,
  };
  return issueGrant(provider, seeded(1_000 + made++), person(by), person(to).peerId, all, parent);
}

/** Of person 1 with person 2; whatever is stored is durable at once. */
class Side {
  readonly disk: Disk;
  readonly machine: GrantExchange;
  readonly seen: GrantExchangeOutput[] = [];

  constructor(self = 1, peer = 2, disk = new Disk()) {
    this.disk = disk;
    const parties = { self: person(self).peerId, peer: person(peer).peerId };
    this.machine = new GrantExchange({ provider, ...parties, restored: disk.restored, now: NOW, wall: WALL });
  }

  open(): this {
    this.machine.handleChannelOpened(NOW);
    return this;
  }

  hear(...messages: GrantMessage[]): readonly GrantMessage[] {
    this.machine.handleMessages(messages.map(encodeGrantMessage), NOW, WALL);
    return this.said();
  }

  /** What it says now, once everything it asked to keep is kept. */
  said(): readonly GrantMessage[] {
    const said: GrantMessage[] = [];
    for (let outputs = drain(this.machine); outputs.length > 0; outputs = drain(this.machine)) {
      this.seen.push(...this.disk.keep(outputs));
      for (const output of outputs) {
        if (output.type === "transmit") said.push(decodeGrantMessage(output.bytes));
        if (output.type === "keep") this.machine.handleKept(output.word);
      }
    }
    return said;
  }

  of<Type extends GrantExchangeOutput["type"]>(type: Type): Extract<GrantExchangeOutput, { type: Type }>[] {
    return this.seen.filter((output): output is Extract<GrantExchangeOutput, { type: Type }> => output.type === type);
  }

  details(): (string | undefined)[] {
    return this.of("audit").map(({ record }) => `${record.event} ${record.detail}`);
  }
}

test("[GRA-4] GrantExchange tells a grant on every channel until it is held, and its revocation until it ended", () => {
  const side = new Side();
  const given = grant(1, 2);
  assert.ok(side.machine.tell("give", given, NOW, WALL));
  assert.equal(side.machine.wantsChannel, false, "it is not durable yet");
  assert.deepEqual(side.said(), [], "no channel");
  assert.ok(side.machine.wantsChannel);
  assert.deepEqual(side.open().said(), [{ type: "grant", grant: given }]);
  assert.deepEqual(side.said(), [], "once a channel");
  side.machine.handleChannelClosed(NOW);
  const again = new Side(1, 2, side.disk).open();
  assert.deepEqual(again.said(), [{ type: "grant", grant: given }], "and after a restart");
  again.hear({ type: "held", id: given.id });
  again.machine.handleChannelClosed(NOW);
  assert.equal(again.machine.wantsChannel, false);
  assert.equal(new Side(1, 2, again.disk).machine.stateOf(given.id), "taken");
  again.machine.revoke(given, NOW, WALL);
  assert.deepEqual(again.open().said(), [{ type: "revoke", grant: given }]);
  again.hear({ type: "held", id: given.id });
  assert.equal(again.machine.stateOf(given.id), "said", "that was for the grant, not for its end");
  again.hear({ type: "ended", id: given.id });
  assert.equal(again.disk.entries.size, 0);
});

test("[GRA-4] GrantExchange tells what was refused again on the next session, and not before", () => {
  const side = new Side();
  const given = grant(1, 2);
  side.machine.tell("give", given, NOW, WALL);
  side.open().said();
  side.hear({ type: "refused", id: given.id, why: "full" });
  side.machine.handleChannelClosed(NOW);
  assert.equal(side.machine.wantsChannel, false);
  side.machine.handleReachable();
  assert.deepEqual(side.open().said(), [{ type: "grant", grant: given }]);
});

test("[GRA-2] GrantExchange ignores answers to what it did not say", () => {
  const side = new Side();
  const given = grant(1, 2);
  side.machine.tell("give", given, NOW, WALL);
  side.open();
  side.hear({ type: "ended", id: given.id }, { type: "refused", id: "00".repeat(16), why: "rate" });
  side.hear({ type: "held", id: "11".repeat(16) });
  assert.equal(side.machine.stateOf(given.id), "said");
  side.hear({ type: "held", id: given.id }, { type: "refused", id: given.id, why: "rate" });
  assert.equal(side.machine.stateOf(given.id), "taken");
  assert.equal(side.of("consumed").length, 5);
});

test("[GRA-2] GrantExchange resets a channel on what it cannot read, and hears nothing after it", () => {
  const side = new Side().open();
  const good = encodeGrantMessage({ type: "grant", grant: grant(2, 1) });
  side.machine.handleMessages([Uint8Array.of(9), good], NOW, WALL);
  side.said();
  assert.deepEqual(
    side.of("violation").map(({ code }) => code),
    ["ERR_UNKNOWN_TYPE"],
  );
  assert.deepEqual(side.details(), ["misbehaved grant message"]);
  assert.deepEqual(side.machine.received, []);
  side.machine.handleMessages([good], NOW, WALL);
  assert.deepEqual(side.machine.received, [], "no channel is open");
});

test("[GRA-4] GrantExchange says held only when the grant is durable, and on that channel only", () => {
  const side = new Side().open();
  const got = grant(2, 1);
  side.machine.handleMessages([encodeGrantMessage({ type: "grant", grant: got })], NOW, WALL);
  const outputs = drain(side.machine);
  assert.deepEqual(
    outputs.map(({ type }) => type),
    ["store", "audit", "received", "keep"],
  );
  const keep = outputs.find((output) => output.type === "keep");
  assert.ok(keep !== undefined);
  side.machine.handleKept(keep.word);
  const [answer, consumed] = drain(side.machine);
  assert.deepEqual(answer?.type === "transmit" && decodeGrantMessage(answer.bytes), { type: "held", id: got.id });
  assert.equal(consumed?.type, "consumed", "the credit goes back with the answer");
  side.open();
  side.machine.handleKept(keep.word);
  assert.deepEqual(drain(side.machine), [], "another channel owes nothing");
});

test("[GRA-3] GrantExchange takes a grant only from its issuer for us, or from its subject", () => {
  const side = new Side().open();
  const root = grant(3, 2, { delegations: 1 });
  const forged = grant(2, 1);
  const broken = { ...forged, bytes: forged.bytes.map((byte, i) => (i === forged.bytes.length - 1 ? byte ^ 1 : byte)) };
  const refused = (message: GrantMessage): void => {
    const [answer] = side.hear(message);
    assert.ok(answer?.type === "refused");
    assert.equal(answer.why, "notHonoured");
  };
  refused({ type: "grant", grant: broken });
  refused({ type: "grant", grant: grant(3, 1) }); // ours, but it is not its issuer
  refused({ type: "grant", grant: grant(3, 4) });
  refused({ type: "grant", grant: grant(2, 3) }); // it issued it, but not to us
  refused({ type: "grant", grant: grant(2, 1, { notBefore: wallAt(-2 * HOUR), notAfter: wallAt(-CLOCK_SKEW - 1) }) });
  refused({ type: "revoke", grant: grant(3, 1) });
  refused({ type: "revoke", grant: root }); // as a subject it cannot
  assert.deepEqual(side.machine.received, []);
  assert.deepEqual(side.of("claimed"), []);
  assert.deepEqual(side.details(), [
    "denied grant.exchange not-genuine",
    ...Array<string>(3).fill("denied grant.exchange party"),
    "denied grant.exchange expired",
    ...Array<string>(2).fill("denied grant.exchange party"),
  ]);
  const [answer] = side.hear({ type: "grant", grant: root }); // shown: the grant book decides
  assert.equal(answer, undefined);
  assert.deepEqual(
    side.of("claimed").map(({ claim }) => claim.grant.id),
    [root.id],
  );
  side.hear({ type: "grant", grant: grant(2, 1, {}, root) });
  assert.equal(side.machine.received.length, 1, "derived for us");
});

test("[GRA-3] GrantExchange looks at so many claims at once, and so many a minute", () => {
  const side = new Side().open();
  const bytes = encodeGrantMessage({ type: "grant", grant: grant(2, 1) });
  const verdicts = (count: number, ms: number): number => {
    side.machine.handleMessages(Array<Uint8Array>(count).fill(bytes), at(ms), wallAt(ms));
    return side.said().filter(({ type }) => type === "held").length;
  };
  assert.equal(verdicts(GRANT_CLAIMS_BURST_MAX, 0), GRANT_CLAIMS_BURST_MAX);
  assert.equal(verdicts(1, 0), 0);
  assert.equal(side.details().at(-1), "denied grant.exchange rate");
  assert.equal(verdicts(GRANT_CLAIMS_PER_MINUTE_MAX + 1, 60_000), GRANT_CLAIMS_PER_MINUTE_MAX);
});

test("[GRA-5] GrantExchange keeps so many grants of one issuer, and one more is refused as full", () => {
  const side = new Side().open();
  const first = grant(2, 1);
  for (let i = 1; i < GRANTS_PER_PEER_MAX; i++) side.hear({ type: "grant", grant: grant(2, 1) });
  assert.equal(side.hear({ type: "grant", grant: first })[0]?.type, "held");
  const over = grant(2, 1);
  assert.deepEqual(side.hear({ type: "grant", grant: over }), [{ type: "refused", id: over.id, why: "full" }]);
  assert.deepEqual(side.hear({ type: "grant", grant: first }), [{ type: "held", id: first.id }], "it is here");
  assert.equal(side.details().at(-1), "limitHit received grants");
  side.hear({ type: "revoke", grant: first });
  assert.equal(side.hear({ type: "grant", grant: over })[0]?.type, "held");
  assert.equal(new Side(1, 2, side.disk).machine.received.length, GRANTS_PER_PEER_MAX);
});

test("[GRA-5] GrantExchange drops what it received when its time is over, and keeps what has not begun", () => {
  const side = new Side().open();
  const early = grant(2, 1, { notBefore: wallAt(CLOCK_SKEW + 1), notAfter: GRANT_NO_END });
  side.hear({ type: "grant", grant: grant(2, 1) }, { type: "grant", grant: early });
  const end = side.machine.nextTimeout();
  assert.equal(end, at(HOUR + CLOCK_SKEW));
  side.machine.handleTimeout(at(HOUR + CLOCK_SKEW - 1));
  assert.equal(side.machine.received.length, 2);
  side.machine.handleTimeout(at(HOUR + CLOCK_SKEW));
  side.said();
  assert.deepEqual(side.machine.received, [early]);
  assert.equal(side.of("expired").length, 1);
  assert.equal(side.disk.entries.size, 1);
});

test("[GRA-4] GrantExchange gives and shows so many grants to one peer, and no more", () => {
  const side = new Side();
  for (const [what, make] of [
    ["give", () => grant(1, 2)],
    ["show", () => grant(3, 1)],
  ] as const) {
    for (let i = 0; i < GRANTS_PER_PEER_MAX; i++) assert.ok(side.machine.tell(what, make(), NOW, WALL));
    assert.equal(side.machine.tell(what, make(), NOW, WALL), false);
  }
});

test("[GRA-4] GrantExchange forgets the oldest revocation above the most it keeps, and says so in the log", () => {
  const side = new Side();
  const grants = Array.from({ length: REVOCATIONS_PER_PEER_MAX + 1 }, () => grant(1, 2));
  for (const each of grants.slice(0, -1)) side.machine.revoke(each, NOW, WALL);
  side.said();
  assert.equal(side.disk.entries.size, REVOCATIONS_PER_PEER_MAX);
  assert.deepEqual(side.details(), []);
  const last = grants.at(-1);
  assert.ok(last !== undefined);
  side.machine.revoke(last, NOW, WALL);
  side.said();
  assert.equal(side.disk.entries.size, REVOCATIONS_PER_PEER_MAX);
  assert.equal(side.machine.stateOf(grants[0]?.id ?? ""), undefined);
  assert.deepEqual(side.details(), ["limitHit revocations"]);
});

test("GrantExchange sends nothing more to a full channel until it is writable", () => {
  const kept = new Side();
  for (let i = 0; i < 3; i++) kept.machine.tell("give", grant(1, 2), NOW, WALL);
  kept.said();
  const side = new Side(1, 2, kept.disk).open();
  const transmits: string[] = [];
  for (let output = side.machine.poll(); output !== undefined; output = side.machine.poll()) {
    if (output.type !== "transmit") continue;
    transmits.push(output.type);
    side.machine.handleFull(NOW);
  }
  assert.equal(transmits.length, 1);
  side.machine.handleWritable(NOW);
  assert.equal(side.said().length, 2);
});

test("[GRA-4] GrantExchange says a revocation only when that is durable, whatever became durable before", () => {
  const side = new Side().open();
  const given = grant(1, 2);
  side.machine.tell("give", given, NOW, WALL);
  const first = drain(side.machine).find((output) => output.type === "keep");
  side.machine.revoke(given, NOW, WALL);
  const second = drain(side.machine).find((output) => output.type === "keep");
  assert.ok(first !== undefined && second !== undefined);
  side.machine.handleKept(first.word);
  assert.deepEqual(drain(side.machine), []);
  side.machine.handleKept(second.word);
  assert.deepEqual(side.said(), [{ type: "revoke", grant: given }]);
});

test("[GRA-3] GrantExchange holds its bounds and throws nothing, whatever comes in whatever state", () => {
  const ours = [grant(1, 2), grant(1, 2)];
  const theirs = [grant(2, 1), grant(2, 1), grant(3, 1), grant(3, 2), grant(1, 2)];
  const ids = [...ours, ...theirs].map(({ id }) => id);
  const message: fc.Arbitrary<GrantMessage> = fc.oneof(
    fc.record({
      type: fc.constantFrom("grant" as const, "revoke" as const),
      grant: fc.constantFrom(...ours, ...theirs),
    }),
    fc.record({ type: fc.constantFrom("held" as const, "ended" as const), id: fc.constantFrom(...ids) }),
    fc.record({
      type: fc.constant("refused" as const),
      id: fc.constantFrom(...ids),
      why: fc.constant("rate" as const),
    }),
  );
  const act = fc.oneof(
    fc.record({ do: fc.constant("bytes" as const), bytes: fc.uint8Array({ maxLength: 40 }) }),
    fc.record({ do: fc.constant("hear" as const), message }),
    fc.record({ do: fc.constantFrom("open", "close", "full", "writable", "reach", "tell", "revoke", "wait") }),
  );
  fc.assert(
    fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
      const side = new Side();
      let now = 0;
      for (const each of acts) {
        const { machine } = side;
        if ("bytes" in each) machine.handleMessages([each.bytes], at(now), wallAt(now));
        else if ("message" in each) machine.handleMessages([encodeGrantMessage(each.message)], at(now), wallAt(now));
        else if (each.do === "open") machine.handleChannelOpened(at(now));
        else if (each.do === "close") machine.handleChannelClosed(at(now));
        else if (each.do === "full") machine.handleFull(at(now));
        else if (each.do === "writable") machine.handleWritable(at(now));
        else if (each.do === "reach") machine.handleReachable();
        else if (each.do === "tell") machine.tell("give", ours[0] ?? grant(1, 2), at(now), wallAt(now));
        else if (each.do === "revoke") machine.revoke(ours[0] ?? grant(1, 2), at(now), wallAt(now));
        else {
          now += HOUR / 2;
          machine.handleTimeout(at(now));
        }
        side.said();
        assert.ok(
          machine.received.every(({ issuer, subject }) => issuer === person(2).peerId && subject === person(1).peerId),
        );
        assert.ok(machine.received.length <= 2 && machine.given.length <= 1);
      }
    }),
    { numRuns: 60 },
  );
});

test("GrantExchange drops stored entries that are damaged, and says so", () => {
  const disk = new Disk();
  const foreign = grant(3, 1);
  disk.entries.set(`in/${foreign.id}`, foreign.bytes); // not by this peer
  disk.entries.set("in/zz", Uint8Array.of(1));
  disk.entries.set("out/zz", Uint8Array.of(1, 9, 0));
  disk.entries.set(`out/${foreign.id}`, Uint8Array.of(1, 1, 2, ...foreign.bytes));
  const side = new Side(1, 2, disk);
  side.said();
  assert.equal(side.of("damaged").length, 4);
  assert.equal(disk.entries.size, 0);
});

test("GrantExchange.forget leaves nothing on the disk", () => {
  const side = new Side().open();
  side.hear({ type: "grant", grant: grant(2, 1) });
  side.machine.tell("give", grant(1, 2), NOW, WALL);
  side.machine.tell("show", grant(3, 1), NOW, WALL);
  side.machine.revoke(grant(1, 2), NOW, WALL);
  side.said();
  assert.equal(side.disk.entries.size, 4);
  side.machine.forget();
  side.said();
  assert.equal(side.disk.entries.size, 0);
});
