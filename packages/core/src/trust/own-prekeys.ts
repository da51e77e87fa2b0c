/**
 * Our own prekeys for one purpose, with their secret halves (spec/room-keys.md §2): a new one every week, each
 * secret erased three weeks after it was made, by whichever clock says so first.
 *
 * A process that was restored from a backup may have lost its latest. It learns of that from others, who
 * have seen it, and makes a later one.
 *
 * @module
 */
import type { CryptoProvider } from "../crypto/provider.ts";
import type { LocalIdentity } from "../identity/keys.ts";
import type { RandomSource } from "../lib/random.ts";
import { after, type Duration, type Instant, sooner, type WallTime } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import { PREKEY_LIFETIME, PREKEY_RENEWAL, PREKEY_SECRETS_MAX } from "../wire/room-key-limits.ts";
import {
  createPrekey,
  decodePrekeySecret,
  encodePrekeySecret,
  isNewerPrekey,
  isPrekeyGenuine,
  type Prekey,
  type PrekeyScope,
  type PrekeySecret,
  wipePrekeySecret,
} from "./prekey.ts";

const PREKEY_VERSION_MAX = 0xffff_ffff;

export interface OwnPrekeysOptions {
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  readonly identity: LocalIdentity;
  readonly scope: PrekeyScope;
}

interface Held {
  readonly secret: PrekeySecret;
  readonly renewAt: Instant;
  readonly eraseAt: Instant;
}

export class OwnPrekeys {
  readonly #options: OwnPrekeysOptions;
  #held: Held[] = []; // by version, ascending
  /** The latest version of ours that anybody has seen. */
  #seen = 0;
  #unsaved = new Set<number>();

  constructor(options: OwnPrekeysOptions) {
    this.#options = options;
  }

  /** The one to seal to now; `undefined` before {@link ensure}. */
  get latest(): Prekey | undefined {
    return this.#held.at(-1)?.secret.prekey;
  }

  /** Those that something may still be sealed to. */
  get secrets(): readonly PrekeySecret[] {
    return this.#held.map(({ secret }) => secret);
  }

  /** Makes a new one if there is none, or the last is a week old or was overtaken. True: {@link latest} is new. */
  ensure(now: Instant, wall: WallTime): boolean {
    const last = this.#held.at(-1);
    const version = Math.max(this.#seen, last?.secret.prekey.version ?? 0);
    const isFresh = last !== undefined && now < last.renewAt && last.secret.prekey.version > this.#seen;
    if (isFresh || version >= PREKEY_VERSION_MAX) return false;
    const { provider, random, identity, scope } = this.#options;
    this.#hold(createPrekey(provider, random, identity, scope, version + 1, wall), now, wall);
    return true;
  }

  /** Others have a genuine prekey of ours. If it is not our latest, or older, a later one is due: {@link ensure}. */
  handleSeen(prekey: Prekey): void {
    const { latest } = this;
    if (latest !== undefined && !isNewerPrekey(prekey, latest)) return;
    this.#seen = Math.max(this.#seen, prekey.version);
  }

  // --- time -----------------------------------------------------------------------------------

  /** Erases; renewing is {@link ensure}'s. */
  handleTimeout(now: Instant): void {
    for (const held of this.#held.filter(({ eraseAt }) => now >= eraseAt)) this.#erase(held);
  }

  nextTimeout(): Instant | undefined {
    let next = this.#held.at(-1)?.renewAt;
    for (const { eraseAt } of this.#held) next = sooner(next, eraseAt);
    return next;
  }

  // --- store ----------------------------------------------------------------------------------

  /** What changed since the last call: an entry's plaintext by version, or `undefined` where it is to be deleted. */
  takeUnsaved(): ReadonlyMap<number, Uint8Array | undefined> {
    const entries = new Map<number, Uint8Array | undefined>();
    for (const version of this.#unsaved) {
      const held = this.#held.find(({ secret }) => secret.prekey.version === version);
      entries.set(version, held && encodePrekeySecret(held.secret));
    }
    this.#unsaved = new Set();
    return entries;
  }

  /** @throws {WireError} for bytes that {@link takeUnsaved} did not give under this name. */
  restore(version: string, bytes: Uint8Array, now: Instant, wall: WallTime): void {
    const { provider, identity, scope } = this.#options;
    const secret = decodePrekeySecret(provider, bytes);
    const { prekey } = secret;
    const isOurs = prekey.member === identity.peerId && isPrekeyGenuine(provider, scope, prekey);
    if (!isOurs || version !== `${prekey.version}`) throw new WireError("ERR_VALUE", "stored prekey of somebody else");
    this.#hold(secret, now, wall);
    this.#unsaved.delete(prekey.version);
    this.handleTimeout(now);
  }

  wipe(): void {
    for (const held of [...this.#held]) this.#erase(held);
  }

  // --- parts ----------------------------------------------------------------------------------

  #hold(secret: PrekeySecret, now: Instant, wall: WallTime): void {
    const { made } = secret.prekey;
    // A clock that was set back makes it no younger than it is in this process, and no older than new.
    const age = Math.max(0, wall - made);
    const at = (lifetime: Duration): Instant => after(now, Math.max(0, lifetime - age) as Duration);
    this.#held.push({ secret, renewAt: at(PREKEY_RENEWAL), eraseAt: at(PREKEY_LIFETIME) });
    this.#held.sort((a, b) => a.secret.prekey.version - b.secret.prekey.version);
    this.#unsaved.add(secret.prekey.version);
    const [oldest] = this.#held;
    if (this.#held.length > PREKEY_SECRETS_MAX && oldest !== undefined) this.#erase(oldest);
  }

  #erase(held: Held): void {
    wipePrekeySecret(held.secret);
    this.#held = this.#held.filter((each) => each !== held);
    this.#unsaved.add(held.secret.prekey.version);
  }
}
