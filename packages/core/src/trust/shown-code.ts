/**
 * A code or QR secret that a person shows: how long it lives and how often it may be guessed
 * (spec/pairing.md §6). One may be tried from several sessions; the tries are the code's, not theirs.
 * It works once.
 *
 *     "trust/code/<id, 16 hexadecimal digits>" = u8 1 · u8 tries left · u64 wall time of its end
 *
 * The code itself is never stored.
 *
 * @module
 */
import { Secret } from "../crypto/secret.ts";
import { randomWords, readWords } from "../identity/words.ts";
import { assert } from "../lib/assert.ts";
import { bytesToHex } from "../lib/hex.ts";
import { type RandomSource, randomBelow } from "../lib/random.ts";
import { Reader } from "../lib/reader.ts";
import type { StoreEntry } from "../lib/store-entry.ts";
import { after, type Duration, type Instant, type WallTime, wallAfter } from "../lib/time.ts";
import { textToBytes } from "../lib/utf8.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import { PAIRING_CODE_CHARS_MAX, PAIRING_CODE_TTL, PAIRING_QR_TTL, PAIRING_TRIES } from "../wire/limits.ts";
import type { CodeLeadsTo } from "./pairing-message.ts";
import { entriesUnder } from "./stored.ts";

const PREFIX = "trust/code/";
const VERSION = 1;
const CODE_WORDS = 2;

export type ShownMethod = "pin" | "code" | "qr";

export interface ShownCodeOptions {
  readonly method: ShownMethod;
  /** What {@link normalizeCode} gives, or the 16 bytes of a QR. Taken over. */
  readonly secret: Secret;
  readonly random: RandomSource;
  readonly now: Instant;
  readonly wall: WallTime;
  /** How often it may be tried, and for how long, if not as usual for its method: a join code once. */
  readonly tries?: number;
  readonly lifetime?: Duration;
  /** What a right one is for; `contacts` unless told. */
  readonly leadsTo?: CodeLeadsTo;
  /** Of one that was shown before a restart: its tries and its end go on. */
  readonly again?: { readonly id: string; readonly restored: Iterable<StoreEntry> };
}

export class ShownCode {
  readonly id: string;
  readonly method: ShownMethod;
  readonly leadsTo: CodeLeadsTo;
  readonly expiresAt: Instant;
  /** The same moment for people, and for the store. */
  readonly expires: WallTime;
  readonly #secret: Secret;
  #triesLeft: number;

  constructor(options: ShownCodeOptions) {
    const { method, now, wall, again, tries = PAIRING_TRIES, leadsTo = "contacts" } = options;
    assert(tries >= 1 && tries <= PAIRING_TRIES, `${tries} tries`);
    const ttl = options.lifetime ?? (method === "qr" ? PAIRING_QR_TTL : PAIRING_CODE_TTL);
    const before = again === undefined ? undefined : readEntry(again.restored, again.id);
    // A clock that was set back cannot make it live longer than it would have from now.
    const left = before === undefined ? ttl : Math.max(0, Math.min(ttl, before.expires - wall));
    this.id = again?.id ?? bytesToHex(options.random(8));
    this.method = method;
    this.leadsTo = leadsTo;
    this.expiresAt = after(now, left as Duration);
    this.expires = wallAfter(wall, left as Duration);
    this.#secret = options.secret;
    this.#triesLeft = before === undefined ? tries : Math.min(tries, before.triesLeft);
  }

  get triesLeft(): number {
    return this.#triesLeft;
  }

  isUsable(now: Instant): boolean {
    return this.#triesLeft > 0 && now < this.expiresAt && !this.#secret.isWiped;
  }

  /** For CPace or the QR's keys. Not after it was used up. */
  get secret(): Secret {
    return this.#secret;
  }

  /** Store this when it is first shown. */
  begin(): StoreEntry {
    return this.#entry();
  }

  /** Counts a wrong try at once; what to store before the answer goes out. */
  wrong(): StoreEntry {
    assert(this.#triesLeft > 0, "no tries left");
    this.#triesLeft--;
    if (this.#triesLeft === 0) this.#secret.wipe();
    return this.#entry();
  }

  /** It was right, or is no longer wanted: nobody can use it again. Entries to delete. */
  spend(): readonly string[] {
    this.#triesLeft = 0;
    this.#secret.wipe();
    return [PREFIX + this.id];
  }

  #entry(): StoreEntry {
    return { key: PREFIX + this.id, value: new Writer(10).u8(VERSION).u8(this.#triesLeft).u64(this.expires).finish() };
  }
}

/** Stored codes whose time is over, or of a process that is no more: to be deleted at start. */
export function* staleCodes(restored: Iterable<StoreEntry>, shown: ReadonlySet<string>): Iterable<string> {
  for (const { key } of entriesUnder(restored, PREFIX)) if (!shown.has(key)) yield PREFIX + key;
}

/** Six digits: 1 in 1,000,000 per try. */
export const newPin = (random: RandomSource): string => randomBelow(random, 1_000_000).toString().padStart(6, "0");

/** Two words of the list, ten bits each: 1 in 1,048,576 per try. */
export const newWordCode = (random: RandomSource): string => randomWords(random, CODE_WORDS).join("-");

/**
 * A typed code as both sides hash it: a PIN's digits alone, or the words that were meant, joined by
 * "-". `undefined` for what can be no code: spelling is checked here and costs no try.
 */
export function normalizeCode(method: "pin" | "code", text: string): Secret | undefined {
  if (text.length > PAIRING_CODE_CHARS_MAX) return undefined;
  if (method === "pin") {
    const digits = text.replace(/[\s-]/gu, "");
    return /^[0-9]{6}$/.test(digits) ? new Secret(textToBytes(digits)) : undefined;
  }
  const words = readWords(text);
  return words?.length === CODE_WORDS ? new Secret(textToBytes(words.join("-"))) : undefined;
}

function readEntry(restored: Iterable<StoreEntry>, id: string): { triesLeft: number; expires: number } | undefined {
  for (const { key, value } of entriesUnder(restored, PREFIX)) {
    if (key !== id) continue;
    try {
      const reader = new Reader(value);
      if (reader.u8() !== VERSION) throw new WireError("ERR_VERSION", "shown code");
      const [triesLeft, expires] = [reader.u8(), reader.u64()];
      reader.end();
      return { triesLeft: Math.min(triesLeft, PAIRING_TRIES), expires };
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      return { triesLeft: 0, expires: 0 }; // damage may deny, never permit
    }
  }
  return undefined;
}
