/**
 * Wrong passphrases are answered more and more slowly. That holds against somebody at the keyboard; who has copied the
 * database is held by the price of Argon2id alone.
 *
 * @module
 */

export const TRIES_KEY = "vault/tries";
/** So many in a row are answered at once. */
const FREE_TRIES = 3;
const PAUSE_MS = 2_000;
const PAUSE_MAX_MS = 15 * 60_000;

export interface Tries {
  readonly wrong: number;
  /** Milliseconds since 1970. */
  readonly lastAt: number;
}

/** From when on the next one is answered. */
export function tryAgainAt({ wrong, lastAt }: Tries): number {
  if (wrong < FREE_TRIES) return 0;
  return lastAt + Math.min(PAUSE_MAX_MS, PAUSE_MS * 2 ** Math.min(wrong - FREE_TRIES, 20));
}

export function writeTries({ wrong, lastAt }: Tries): Uint8Array {
  const bytes = new Uint8Array(12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, wrong);
  view.setBigUint64(4, BigInt(lastAt));
  return bytes;
}

/** A clock that was set back begins the pause anew: it neither ends it nor makes it longer. */
export function readTries(bytes: Uint8Array | undefined, now: number): Tries {
  if (bytes?.length !== 12) return { wrong: 0, lastAt: 0 };
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return { wrong: view.getUint32(0), lastAt: Math.min(now, Number(view.getBigUint64(4))) };
}
