/**
 * The edits of one long text, letter by letter, from a seed: as many as the well-known trace of a paper that was written in
 * Automerge (259,778, of which 182,315 put a letter and 77,463 take one away, 104,852 are left), in runs of typing and of deleting,
 * mostly near to one another. Yjs keeps it in 208 kB. That trace itself is in no package.
 *
 * @module
 */
export const INSERTS = 182_315;
export const DELETES = 77_463;

export interface Edit {
  readonly at: number;
  /** `undefined`: the letter there goes. */
  readonly letter: string | undefined;
}

const LETTERS = "etaoin shrdlu cmfwyp vbgkqj xz e t a o i n";
const RUN_MEAN = 50;
const ERASE_MEAN = 21;
/** Of runs, so many in a hundred begin where the last one ended, so many elsewhere but near; the others anywhere. */
const STAYS = 70;
const NEAR = 27;
const NEAR_LETTERS = 400;

/** All of them, the same each time. */
export function* paperTrace(): Generator<Edit> {
  const random = randomFrom(259_778);
  const below = (count: number): number => Math.floor(random() * count);
  const about = (mean: number): number => 1 + Math.floor(-Math.log(1 - random()) * mean);
  let [inserts, deletes, length, cursor] = [INSERTS, DELETES, 0, 0];
  while (inserts + deletes > 0) {
    const moves = below(100);
    if (moves >= STAYS + NEAR) cursor = below(length + 1);
    else if (moves >= STAYS) cursor = Math.max(0, Math.min(length, cursor + below(2 * NEAR_LETTERS) - NEAR_LETTERS));
    const erases = length > 0 && below(ERASE_MEAN * inserts + RUN_MEAN * deletes) < RUN_MEAN * deletes;
    if (erases || inserts === 0) {
      for (let left = Math.min(about(ERASE_MEAN), deletes, cursor); left > 0; left--, deletes--, length--)
        yield { at: --cursor, letter: undefined };
    } else {
      for (let left = Math.min(about(RUN_MEAN), inserts); left > 0; left--, inserts--, length++)
        yield { at: cursor++, letter: LETTERS[below(LETTERS.length)] };
    }
  }
}

/** Mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
