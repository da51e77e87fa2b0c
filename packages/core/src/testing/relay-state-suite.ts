/**
 * What every state of a relay must do, as tests: the one in memory and the one in SQLite run it.
 *
 * It knows no test runner: whoever calls it says how a test is registered.
 *
 * @module
 */
import { assert } from "../lib/assert.ts";
import { bytesToHex } from "../lib/hex.ts";
import { days, minutes, seconds, wallAfter } from "../lib/time.ts";
import { relayShareSuite } from "./relay-share-suite.ts";
import { Asked, equal, filled, HERE, type RelayStateUnderTest, START } from "./relay-state-asked.ts";

export interface RelayStateCase {
  /** An empty state whose claim code has that SHA-256. */
  readonly open: (claimHash: Uint8Array) => RelayStateUnderTest | Promise<RelayStateUnderTest>;
  readonly test: (name: string, run: () => Promise<void>) => void;
}

const [ADA, BEN, EVE] = [filled(1), filled(2), filled(3)];
const CLAIM = filled(200);
const ELSEWHERE = "198.51.100.7";

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

  relayShareSuite(claim);

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

  claim(
    "[MEE-13] who comes for one mailbox alone may, is told whom it met there, and is not remembered",
    async (state) => {
      await state.login(ADA);
      await state.invitedOnly(true);
      equal(await state.open(ADA), 1);
      equal((await state.login(BEN)).verdict, "unwelcome");
      equal((await state.login(BEN, { isCaller: true, paid: false })).verdict, "stranger");
      equal((await state.login(BEN, { isCaller: true })).verdict, "welcome");
      equal((await state.enter(BEN, 1)).verdict, "met");
      const again = await state.login(BEN, { isCaller: true });
      equal(again.verdict, "welcome");
      equal(again.standing.known, false);
      equal(again.met.map(({ mailbox }) => mailbox).join(), "1");
      equal((await state.login(BEN)).verdict, "unwelcome");
      equal((await state.login(ADA, { isCaller: true, paid: false })).verdict, "welcome");
      await state.invitedOnly(false);
      equal((await state.login(BEN, { paid: false })).verdict, "stranger");
    },
  );

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

  claim("[REL-11] one source tries to log in so often a minute, and holds up nobody else", async (state) => {
    const attempt = async (source: string, perMinute = 30): Promise<number> => {
      const answer = await state.ask<"attempt">({ type: "attempt", source, perMinute, wall: state.wall });
      return answer.verdict === "welcome" ? 0 : answer.until - state.wall;
    };
    for (let i = 0; i < 30; i++) equal(await attempt(HERE), 0);
    equal(await attempt(HERE), 2_000);
    equal((await state.enter(EVE, 1, HERE)).verdict, "unknown"); // it counts alone
    equal((await state.claim(EVE, filled(9), filled(60), HERE)).verdict, "wrong");
    equal(await attempt(ELSEWHERE, 7), 0);
    state.pass(1_999);
    equal(await attempt(HERE), 1);
    state.pass(1);
    equal(await attempt(HERE), 0);
    equal(await attempt(HERE), 2_000);
    await state.ask<"sweep">({ type: "sweep", wall: state.wall });
    equal(await attempt(HERE), 2_000);
    state.pass(minutes(1));
    await state.ask<"sweep">({ type: "sweep", wall: state.wall });
    for (let i = 0; i < 30; i++) equal(await attempt(HERE), 0);
    equal(await attempt(HERE), 2_000);
    for (let i = 0; i < 7; i++) equal(await attempt(ELSEWHERE, 7), 0);
    assert((await attempt(ELSEWHERE, 7)) > 8_000, "seven a minute");
    state.pass(-days(1)); // a clock that was set right
    equal(await attempt(HERE), 0);
  });

  claim("[REL-11] one key deposits 64 times a minute, whatever comes of it", async (state) => {
    for (let id = 0; id < 64; id++) equal(await state.deposit(ADA, id % 2 === 0 ? BEN : EVE, 1), "kept");
    equal(await state.deposit(ADA, BEN, 1), "paused");
    equal(await state.deposit(ADA, BEN, 2), "paused");
    equal(await state.ids(BEN), "1");
    equal(await state.deposit(EVE, BEN, 2), "kept");
    await state.ask<"purge">({ type: "purge", key: ADA });
    equal(await state.deposit(ADA, BEN, 2), "paused"); // forgetting is no way around it
    state.pass(seconds(1));
    equal(await state.deposit(ADA, BEN, 3), "kept");
    equal(await state.deposit(ADA, BEN, 4), "paused");
    state.pass(minutes(1));
    for (let id = 0; id < 64; id++) equal(await state.deposit(ADA, EVE, 1), "kept");
    equal(await state.deposit(ADA, EVE, 1), "paused");
  });

  claim("[MEE-10] one key's items are bounded in number, bytes and by sender", async (state) => {
    for (let id = 0; id < 64; id++) equal(await state.depositSlowly(ADA, BEN, id), "kept");
    equal(await state.depositSlowly(ADA, BEN, 64), "full");
    equal(await state.depositSlowly(ADA, EVE, 64), "kept");
    for (const sender of [10, 11, 12])
      for (let id = 0; id < 64; id++) equal(await state.deposit(filled(sender), BEN, id), "kept");
    equal(await state.deposit(filled(13), BEN, 1), "full");
    await state.taken(BEN, ADA, 0);
    equal(await state.deposit(filled(13), BEN, 1), "kept");
  });

  claim(
    "[MEE-10] bytes are bounded of one sender for one key, for one key, and of one sender in all",
    async (state) => {
      const big = 65_536;
      const put = (from: Uint8Array, to: Uint8Array, id: number, bytes: number): Promise<string> =>
        state.depositSlowly(from, to, id, bytes);
      for (let id = 0; id < 16; id++) equal(await put(filled(14), ADA, id, big), "kept");
      equal(await put(filled(14), ADA, 16, 1), "full"); // 1 MiB of one sender for one key
      await state.taken(ADA, filled(14), 0);
      equal(await put(filled(14), ADA, 16, big - 1), "kept");
      equal(await put(filled(14), ADA, 17, 1), "kept");
      equal(await put(filled(14), ADA, 18, 1), "full");
      for (let id = 0; id < 48; id++) equal(await put(filled(15 + (id >> 4)), ADA, id, big), "kept");
      equal(await put(filled(18), ADA, 1, 1), "full"); // 4 MiB for one key
      for (let id = 0; id < 240; id++) equal(await put(filled(14), filled(20 + (id >> 4)), id, big), "kept");
      equal(await put(filled(14), filled(40), 1, 1), "full"); // 16 MiB of one sender
    },
  );

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
