/**
 * What every state of a relay must do, as tests: the one in memory and the one in SQLite run it.
 *
 * It knows no test runner: whoever calls it says how a test is registered.
 *
 * @module
 */
import { assert } from "../lib/assert.ts";
import { bytesToHex } from "../lib/hex.ts";
import { days, minutes, seconds, type WallTime, wallAfter, wallTime } from "../lib/time.ts";
import type { RelayAnswer, RelayAnswers, RelayQuestions, StateQuestion } from "../relay/relay-state.ts";

export interface RelayStateCase {
  /** An empty state whose claim code has that SHA-256. */
  readonly open: (claimHash: Uint8Array) => RelayStateUnderTest | Promise<RelayStateUnderTest>;
  readonly test: (name: string, run: () => Promise<void>) => void;
}

export interface RelayStateUnderTest {
  answer(question: StateQuestion): RelayAnswer | Promise<RelayAnswer>;
  close?(): void | Promise<void>;
}

const START = wallTime(1_700_000_000_000);
const filled = (value: number, length = 32): Uint8Array => new Uint8Array(length).fill(value);
const [ADA, BEN, EVE] = [filled(1), filled(2), filled(3)];
const CLAIM = filled(200);
const HERE = "192.0.2.1";
const ELSEWHERE = "198.51.100.7";

/** Asks a state, and fails the test if it answers something else or nothing. */
class Asked {
  readonly #state: RelayStateUnderTest;
  wall: WallTime = START;

  constructor(state: RelayStateUnderTest) {
    this.#state = state;
  }

  async ask<Type extends StateQuestion["type"]>(question: RelayQuestions[Type]): Promise<RelayAnswers[Type]> {
    const answer = await this.#state.answer(question as StateQuestion);
    assert(isAnswerTo(question.type as Type, answer), `${question.type} is answered by ${answer.type}`);
    return answer;
  }

  login(key: Uint8Array, how: { paid?: boolean; pass?: Uint8Array | undefined } = {}): Promise<RelayAnswers["login"]> {
    return this.ask<"login">({ type: "login", key, paid: how.paid ?? true, pass: how.pass, wall: this.wall });
  }

  claim(key: Uint8Array, proof: Uint8Array, recovery: Uint8Array, source = HERE): Promise<RelayAnswers["claim"]> {
    return this.ask<"claim">({ type: "claim", key, source, proof, recovery, wall: this.wall });
  }

  async open(key: Uint8Array, pick = 0, lifetime = minutes(10)): Promise<number> {
    const until = wallAfter(this.wall, lifetime);
    const answer = await this.ask<"open">({ type: "open", key, pick, until, wall: this.wall });
    return answer.verdict === "opened" ? answer.mailbox : -1;
  }

  enter(key: Uint8Array, mailbox: number, source = HERE): Promise<RelayAnswers["enter"]> {
    return this.ask<"enter">({ type: "enter", key, source, mailbox, wall: this.wall });
  }

  async deposit(from: Uint8Array, to: Uint8Array, id: number, bytes = 10, lifetime = days(1)): Promise<string> {
    const until = wallAfter(this.wall, lifetime);
    const item = { from, to, id: idOf(id), sealed: filled(id & 255, bytes), until, wall: this.wall };
    return (await this.ask<"deposit">({ type: "deposit", ...item })).verdict;
  }

  items(key: Uint8Array, after = 0, count = 64, bytes = 10_000_000): Promise<RelayAnswers["items"]> {
    return this.ask<"items">({ type: "items", key, after, count, bytes, wall: this.wall });
  }

  async ids(key: Uint8Array): Promise<string> {
    return (await this.items(key)).items.map(({ id }) => id[15]).join(" ");
  }

  async taken(key: Uint8Array, from: Uint8Array, id: number): Promise<void> {
    await this.ask<"taken">({ type: "taken", key, items: [{ from, id: idOf(id) }] });
  }

  async admit(pass: Uint8Array, uses: number): Promise<void> {
    const until = wallAfter(this.wall, days(1));
    const answer = await this.ask<"admit">({ type: "admit", pass, uses, until, wall: this.wall });
    equal(answer.verdict, "admitted");
  }

  async invitedOnly(invitedOnly: boolean): Promise<void> {
    await this.ask<"policy">({ type: "policy", invitedOnly });
  }

  pass(time: number): void {
    this.wall = wallTime(this.wall + time);
  }
}

/** Registers the tests of one state, under its name. */
export function relayStateSuite(name: string, { open, test }: RelayStateCase): void {
  const claim = (what: string, run: (state: Asked) => Promise<void>): void => {
    test(`${name} relay state: ${what}`, async () => {
      const state = await open(CLAIM);
      try {
        await run(new Asked(state));
      } finally {
        await state.close?.();
      }
    });
  };

  claim("[REL-5] a stranger pays, is known for 30 days, and again from its last login on", async (state) => {
    equal((await state.login(ADA, { paid: false })).verdict, "stranger");
    equal((await state.login(ADA, { paid: false })).verdict, "stranger");
    const first = await state.login(ADA);
    equal(first.verdict, "welcome");
    equal(first.standing.known, false);
    for (const _ of [1, 2, 3]) {
      state.pass(days(29));
      const again = await state.login(ADA, { paid: false });
      equal(again.verdict, "welcome");
      equal(again.standing.known, true);
    }
    state.pass(days(31));
    equal((await state.login(ADA, { paid: false })).verdict, "stranger");
    equal((await state.login(BEN, { paid: false })).verdict, "stranger");
  });

  claim("[REL-15] a pass lets in as many keys as it says, each once", async (state) => {
    await state.login(EVE);
    await state.invitedOnly(true);
    const pass = filled(50);
    equal((await state.login(ADA)).verdict, "unwelcome");
    equal((await state.login(ADA, { pass })).verdict, "unwelcome");
    await state.admit(pass, 2);
    equal((await state.login(ADA, { pass: filled(51) })).verdict, "unwelcome");
    equal((await state.login(ADA, { pass, paid: false })).verdict, "stranger");
    equal((await state.login(ADA, { pass })).verdict, "welcome");
    equal((await state.login(ADA, { pass, paid: false })).verdict, "welcome"); // not counted again
    equal((await state.login(filled(4), { pass })).verdict, "welcome");
    equal((await state.login(BEN, { pass })).verdict, "unwelcome");
    equal((await state.login(EVE, { paid: false })).verdict, "welcome"); // known from before
    state.pass(days(60));
    equal((await state.login(ADA, { paid: false })).verdict, "welcome"); // admitted for good
    equal((await state.login(EVE, { paid: false })).verdict, "unwelcome");
    await state.invitedOnly(false);
    const { standing } = await state.login(BEN);
    equal(standing.invitedOnly, false);
  });

  claim("a pass ends", async (state) => {
    await state.invitedOnly(true);
    await state.admit(filled(50), 2);
    state.pass(days(1));
    equal((await state.login(ADA, { pass: filled(50) })).verdict, "unwelcome");
    equal((await state.login(ADA)).standing.invitedOnly, true);
  });

  claim("the first with the code owns it, and with the recovery key another", async (state) => {
    equal((await state.login(ADA)).standing.claimed, false);
    equal((await state.claim(ADA, filled(9), filled(60))).verdict, "wrong");
    equal((await state.claim(ADA, CLAIM, filled(60))).verdict, "claimed");
    const { standing } = await state.login(ADA);
    equal(standing.owner && standing.claimed && standing.known, true);
    equal((await state.login(BEN)).standing.owner, false);
    equal((await state.claim(BEN, CLAIM, filled(61), ELSEWHERE)).verdict, "wrong");
    equal((await state.claim(ADA, CLAIM, filled(62))).verdict, "claimed"); // its answer may have been lost
    equal((await state.claim(BEN, filled(60), filled(63), ELSEWHERE)).verdict, "wrong");
    equal((await state.claim(BEN, filled(62), filled(63), ELSEWHERE)).verdict, "claimed");
    equal((await state.ask<"owner">({ type: "owner", key: BEN })).owner, true);
    equal((await state.ask<"owner">({ type: "owner", key: ADA })).owner, false);
    equal((await state.claim(ADA, CLAIM, filled(64))).verdict, "wrong");
  });

  claim("five wrong codes pause their source for ten minutes, and nobody else", async (state) => {
    for (const _ of [1, 2, 3, 4, 5]) equal((await state.claim(EVE, filled(9), filled(60))).verdict, "wrong");
    const paused = await state.claim(EVE, CLAIM, filled(60));
    equal(paused.verdict, "paused");
    assert(paused.verdict === "paused" && paused.until === wallAfter(START, minutes(10)), "until then");
    equal((await state.claim(BEN, CLAIM, filled(60))).verdict, "paused");
    equal((await state.claim(ADA, CLAIM, filled(60), ELSEWHERE)).verdict, "claimed");
    state.pass(minutes(10));
    equal((await state.claim(EVE, filled(60), filled(61))).verdict, "claimed");
  });

  claim("[MEE-5] mailboxes have low numbers, as few as may be, and are met once", async (state) => {
    equal(await state.open(ADA, 0), 1);
    equal(await state.open(ADA, 15), 17);
    equal(await state.open(ADA, 0), 2);
    const met = await state.enter(BEN, 17);
    assert(met.verdict === "met" && bytesToHex(met.other) === bytesToHex(ADA), "met");
    equal((await state.enter(EVE, 17)).verdict, "unknown");
    equal((await state.enter(EVE, 3)).verdict, "unknown");
    equal((await state.enter(ADA, 2)).verdict, "unknown"); // nobody meets oneself
    equal((await state.enter(BEN, 17)).verdict, "met"); // its answer may have been lost
    equal((await state.login(ADA)).met.map(({ mailbox }) => mailbox).join(), "17");
    const [told] = (await state.login(BEN)).met;
    assert(told !== undefined && bytesToHex(told.other) === bytesToHex(ADA), "told again");
    equal((await state.login(EVE)).met.length, 0);
    await state.ask<"shut">({ type: "shut", key: BEN, mailbox: 17 });
    equal((await state.login(ADA)).met.length, 1);
    await state.ask<"shut">({ type: "shut", key: ADA, mailbox: 17 });
    equal((await state.login(ADA)).met.length, 0);
    equal(await state.open(EVE, 14), 17);
  });

  claim("a mailbox ends, and one key has eight", async (state) => {
    for (let i = 0; i < 8; i++) equal(await state.open(ADA), i + 1);
    equal(await state.open(ADA), -1);
    equal(await state.open(BEN), 9);
    state.pass(minutes(10));
    equal((await state.enter(BEN, 1)).verdict, "unknown");
    equal(await state.open(ADA), 1);
  });

  claim("[MEE-5] ten unknown mailboxes within a minute pause key and source for 30 s", async (state) => {
    equal(await state.open(BEN), 1);
    for (let i = 0; i < 10; i++) equal((await state.enter(EVE, 100 + i)).verdict, "unknown");
    const paused = await state.enter(EVE, 1);
    assert(paused.verdict === "paused" && paused.until === wallAfter(START, seconds(30)), "paused");
    equal((await state.enter(EVE, 1, ELSEWHERE)).verdict, "paused");
    equal((await state.enter(ADA, 1)).verdict, "paused");
    equal((await state.enter(filled(4), 1, "203.0.113.1")).verdict, "met");
    state.pass(seconds(30));
    for (let i = 0; i < 9; i++) equal((await state.enter(EVE, 100 + i)).verdict, "unknown");
    state.pass(minutes(1));
    for (let i = 0; i < 9; i++) equal((await state.enter(EVE, 100 + i)).verdict, "unknown");
    equal((await state.enter(EVE, 100)).verdict, "unknown");
    equal((await state.enter(EVE, 100)).verdict, "paused");
  });

  claim("[MEE-8] [MEE-9] items are kept once, given in order, and gone when taken", async (state) => {
    for (const id of [1, 2, 3]) equal(await state.deposit(ADA, BEN, id), "kept");
    equal(await state.deposit(EVE, BEN, 1), "kept");
    equal(await state.deposit(ADA, BEN, 2), "kept");
    equal(await state.ids(BEN), "1 2 3 1");
    equal((await state.items(ADA)).items.length, 0);
    const first = await state.items(BEN, 0, 2);
    equal(first.items.length, 2);
    equal(first.more, true);
    const [one, two] = first.items;
    assert(one !== undefined && two !== undefined && one.place < two.place, "places rise");
    equal(bytesToHex(one.from) + bytesToHex(one.sealed), bytesToHex(ADA) + bytesToHex(filled(1, 10)));
    equal(one.wall, START);
    const rest = await state.items(BEN, two.place);
    equal(rest.items.map(({ id }) => id[15]).join(" "), "3 1");
    equal(rest.more, false);
    await state.taken(ADA, ADA, 3);
    await state.taken(BEN, ADA, 3);
    equal(await state.ids(BEN), "1 2 1");
    const places = rest.items.map(({ place }) => place);
    await state.taken(BEN, EVE, 1);
    equal(await state.deposit(ADA, BEN, 3), "kept");
    const last = (await state.items(BEN)).items.at(-1);
    assert(last !== undefined && last.place > Math.max(...places), "places are not used again");
  });

  claim("batches are cut by bytes, and are at least one item", async (state) => {
    for (const id of [1, 2, 3]) equal(await state.deposit(ADA, BEN, id, 1_000), "kept");
    const counts = [1, 999, 1_999, 2_000, 3_000].map(
      async (bytes) => (await state.items(BEN, 0, 64, bytes)).items.length,
    );
    equal((await Promise.all(counts)).join(" "), "1 1 1 2 3");
    equal((await state.items(BEN, 0, 64, 3_000)).more, false);
  });

  claim("[MEE-8] items end by the relay's clock", async (state) => {
    equal(await state.deposit(ADA, BEN, 1, 10, seconds(60)), "kept");
    equal(await state.deposit(ADA, BEN, 2), "kept");
    state.pass(59_999);
    equal(await state.ids(BEN), "1 2");
    state.pass(1);
    equal(await state.ids(BEN), "2");
    await state.ask<"sweep">({ type: "sweep", wall: state.wall });
    equal(await state.ids(BEN), "2");
    equal(await state.deposit(ADA, BEN, 1), "kept");
    equal(await state.ids(BEN), "2 1");
  });

  claim("[MEE-10] one key's items are bounded in number, bytes and by sender", async (state) => {
    for (let id = 0; id < 64; id++) equal(await state.deposit(ADA, BEN, id), "kept");
    equal(await state.deposit(ADA, BEN, 64), "full");
    equal(await state.deposit(ADA, EVE, 64), "kept");
    for (const sender of [10, 11, 12])
      for (let id = 0; id < 64; id++) equal(await state.deposit(filled(sender), BEN, id), "kept");
    equal(await state.deposit(filled(13), BEN, 1), "full");
    await state.taken(BEN, ADA, 0);
    equal(await state.deposit(filled(13), BEN, 1), "kept");
    const big = 65_536;
    for (let id = 0; id < 64; id++) equal(await state.deposit(filled(14), ADA, id, big), "kept");
    equal(await state.deposit(filled(15), ADA, 1, 1), "full");
    for (let id = 0; id < 192; id++) equal(await state.deposit(filled(14), filled(20 + (id >> 6)), id, big), "kept");
    equal(await state.deposit(filled(14), filled(30), 1, 1), "full"); // 16 MiB of one sender
  });

  claim("[MEE-11] what is purged is forgotten, and nothing else", async (state) => {
    await state.login(ADA);
    await state.login(BEN);
    const mailbox = await state.open(ADA);
    equal((await state.enter(BEN, mailbox)).verdict, "met");
    equal(await state.open(EVE, 15), 17);
    equal((await state.enter(ADA, 17)).verdict, "met");
    for (const [from, to] of [
      [ADA, BEN],
      [BEN, ADA],
      [EVE, BEN],
    ] as const)
      equal(await state.deposit(from, to, 1), "kept");
    await state.ask<"purge">({ type: "purge", key: ADA });
    equal((await state.login(ADA, { paid: false })).verdict, "stranger");
    equal((await state.login(BEN, { paid: false })).met.length, 0);
    equal((await state.login(EVE)).met.length, 0);
    equal((await state.items(ADA)).items.length, 0);
    const left = (await state.items(BEN)).items;
    equal(left.map(({ from }) => bytesToHex(from)).join(), bytesToHex(EVE));
    await state.ask<"purge">({ type: "purge", key: ADA });
  });

  claim("sweeping forgets what has ended", async (state) => {
    await state.login(ADA);
    await state.open(ADA);
    await state.deposit(ADA, BEN, 1);
    state.pass(days(40));
    await state.ask<"sweep">({ type: "sweep", wall: state.wall });
    equal((await state.login(ADA, { paid: false })).verdict, "stranger");
    equal(await state.ids(BEN), "");
    equal(await state.open(BEN), 1);
  });
}

const idOf = (id: number): Uint8Array => {
  const bytes = filled(0, 16);
  bytes[15] = id;
  return bytes;
};

function equal<Value extends string | number | boolean>(actual: Value, expected: Value): void {
  assert(actual === expected, `${String(actual)} instead of ${String(expected)}`);
}

const isAnswerTo = <Type extends StateQuestion["type"]>(
  type: Type,
  answer: RelayAnswer,
): answer is RelayAnswers[Type] => answer.type === type;
