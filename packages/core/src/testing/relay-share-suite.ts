/**
 * What every state of a relay must do with shares (spec/relay-http.md §3): a part of the suite of relay states.
 *
 * @module
 */
import { assert } from "../lib/assert.ts";
import { bytesEqual } from "../lib/bytes.ts";
import { type Duration, days, hours, millis, minutes, seconds, wallAfter } from "../lib/time.ts";
import { type Asked, equal, filled, HERE } from "./relay-state-asked.ts";

const [ADA, BEN] = [filled(1), filled(2)];
const ELSEWHERE = "198.51.100.7";
const BYTES = 1_024;

interface Put {
  readonly key?: Uint8Array;
  readonly source?: string;
  readonly uses?: number;
  readonly bytes?: number;
  readonly fill?: number;
  readonly lifetime?: Duration;
}

/** 16 bytes. */
const idOf = (id: number): Uint8Array => filled(id & 255, 16).fill(id >> 8, 0, 8);

async function keep(state: Asked, id: number, put: Put = {}): Promise<string> {
  const { key = ADA, source = HERE, uses = 0, bytes = BYTES, fill = id & 255, lifetime = days(1) } = put;
  const share = { key, source, id: idOf(id), sealed: filled(fill, bytes), uses };
  const until = wallAfter(state.wall, lifetime);
  return (await state.ask<"keepShare">({ type: "keepShare", ...share, until, wall: state.wall })).verdict;
}

/** `given` only with the bytes that were put there. */
async function take(state: Asked, id: number, source: string = HERE): Promise<string> {
  const answer = await state.ask<"takeShare">({ type: "takeShare", id: idOf(id), source, wall: state.wall });
  if (answer.verdict === "given")
    assert(bytesEqual(answer.sealed, filled(id & 255, answer.sealed.length)), "what was put there");
  return answer.verdict;
}

const end = async (state: Asked, id: number, key: Uint8Array = ADA): Promise<string> =>
  (await state.ask<"endShare">({ type: "endShare", key, id: idOf(id), wall: state.wall })).verdict;

/** No faster than one key may. */
function keepSlowly(state: Asked, id: number, put?: Put): Promise<string> {
  state.pass(seconds(2));
  return keep(state, id, { lifetime: days(20), ...put });
}

export function relayShareSuite(claim: (what: string, run: (state: Asked) => Promise<void>) => void): void {
  claim("[RHT-4] a share is kept for a key that is known, until its time is up", async (state) => {
    equal(await keep(state, 1), "stranger");
    await state.login(ADA);
    equal(await take(state, 1), "unknown");
    equal(await keep(state, 1, { lifetime: hours(1) }), "kept");
    for (let times = 0; times < 5; times++) equal(await take(state, 1), "given");
    state.pass(hours(1) - 1);
    equal(await take(state, 1), "given");
    state.pass(millis(1));
    equal(await take(state, 1), "unknown");
    equal(await end(state, 1), "unknown");
    equal(await keep(state, 1, { lifetime: hours(1) }), "kept"); // nobody has that id any more
    state.pass(days(31));
    equal(await keep(state, 2), "stranger");
  });

  claim("[RHT-5] a share is given out as often as it may be, and its id stays taken", async (state) => {
    await state.login(ADA);
    await state.login(BEN);
    equal(await keep(state, 1, { uses: 3 }), "kept");
    equal(await take(state, 1), "given");
    equal(await keep(state, 1, { uses: 3 }), "kept"); // its answer may have been lost: counted on, not anew
    equal(await keep(state, 1, { uses: 3, fill: 9 }), "taken");
    equal(await keep(state, 1, { uses: 3, key: BEN }), "taken");
    equal(await take(state, 1), "given");
    equal(await take(state, 1), "given");
    equal(await take(state, 1), "ended");
    equal(await keep(state, 1, { uses: 3 }), "taken"); // one that came late brings nothing back
    equal(await take(state, 1), "ended");
    await state.ask<"sweep">({ type: "sweep", wall: state.wall });
    equal(await take(state, 1), "ended");
  });

  claim("[RHT-6] who put a share there ends it, nobody else", async (state) => {
    await state.login(ADA);
    equal(await keep(state, 1), "kept");
    equal(await end(state, 1, BEN), "unknown");
    equal(await take(state, 1), "given");
    equal(await end(state, 2), "unknown");
    equal(await end(state, 1), "ended");
    equal(await end(state, 1), "ended");
    equal(await take(state, 1), "ended");
    equal(await keep(state, 1), "taken");
    state.pass(days(1));
    await state.ask<"sweep">({ type: "sweep", wall: state.wall });
    equal(await take(state, 1), "unknown");
  });

  claim("[RHT-7] a key keeps so many shares and so many bytes, and puts so many a minute", async (state) => {
    await state.login(ADA);
    await state.login(BEN);
    for (let id = 0; id < 32; id++) equal(await keep(state, id, { lifetime: minutes(1) }), "kept");
    equal(await keep(state, 32), "paused");
    equal(await keep(state, 33, { key: BEN, lifetime: minutes(1) }), "kept");
    state.pass(minutes(1));
    for (let id = 0; id < 256; id++) equal(await keepSlowly(state, id, { uses: 1 }), "kept");
    equal(await keepSlowly(state, 256), "full");
    equal(await take(state, 7), "given");
    equal(await end(state, 8), "ended");
    equal(await keepSlowly(state, 256), "full"); // those that ended count until their time is up
    equal(await keepSlowly(state, 300, { key: BEN }), "kept");
    state.pass(days(21));
    for (const key of [ADA, BEN]) await state.login(key);
    for (let id = 0; id < 59; id++) equal(await keepSlowly(state, id, { bytes: 70_656 }), "kept");
    equal(await keepSlowly(state, 59, { bytes: 70_656 }), "full"); // 4 MiB
    equal(await end(state, 3), "ended");
    equal(await keepSlowly(state, 59, { bytes: 70_656 }), "kept"); // bytes are free at once
  });

  claim("[RHT-7] one source puts and takes so often a minute, and holds up nobody else", async (state) => {
    const keys = [ADA, BEN, filled(3)];
    for (const key of keys) await state.login(key);
    for (let id = 0; id < 64; id++) equal(await keep(state, id, { key: id % 2 === 0 ? ADA : BEN }), "kept");
    const third = { key: filled(3) };
    equal(await keep(state, 64, third), "paused");
    equal(await keep(state, 64, { ...third, source: ELSEWHERE }), "kept");
    for (let times = 0; times < 120; times++)
      equal(await take(state, times % 2 === 0 ? 1 : 250), ["given", "unknown"][times % 2] ?? "");
    equal(await take(state, 1), "paused");
    equal(await take(state, 1, ELSEWHERE), "given");
    state.pass(millis(500));
    equal(await take(state, 1), "given");
    equal(await take(state, 1), "paused");
  });

  claim("[MEE-11] shares of a key that is purged are forgotten, and nobody else's", async (state) => {
    await state.login(ADA);
    await state.login(BEN);
    equal(await keep(state, 1), "kept");
    equal(await keep(state, 2, { key: BEN }), "kept");
    await state.ask<"purge">({ type: "purge", key: ADA });
    equal(await take(state, 1), "unknown");
    equal(await take(state, 2), "given");
    equal(await keep(state, 1), "stranger");
  });
}
