/**
 * The key chains of one keying, one for each direction (spec/session.md §3).
 *
 *     key(n)      = HKDF(secret(n), "", "kith/1 traffic key", 32)
 *     secret(n+1) = HKDF(secret(n), "", "kith/1 traffic next", 32)
 *
 * As key update in QUIC (RFC 9001 §6), except that each direction has a phase of its own. Stepping
 * forwards erases the secret before, so that a stolen memory opens nothing older. Counters go on.
 *
 * @module
 */
import { LABEL, labelBytes } from "../crypto/labels.ts";
import type { AeadKey, CryptoProvider } from "../crypto/provider.ts";
import { Secret } from "../crypto/secret.ts";
import { assert } from "../lib/assert.ts";
import { after, type Instant, since } from "../lib/time.ts";
import { OLD_KEYS_LIFETIME, RECORD_TAG_BYTES, REKEY_AGE, REKEY_BYTES } from "../wire/limits.ts";

/** Records one key may seal: with 96-bit nonces that never repeat, NIST SP 800-38D §8 leaves 2^32. */
const RECORDS_PER_KEY_MAX = 2 ** 32;

const EMPTY = new Uint8Array(0);

/** One link of a chain: the key of a phase, and how to get to the next. */
class Phase {
  readonly key: AeadKey;
  readonly #secret: Secret;
  readonly #provider: CryptoProvider;

  constructor(provider: CryptoProvider, secret: Secret) {
    const key = provider.hkdfSha256(secret.reveal(), EMPTY, labelBytes(LABEL.trafficKey), 32);
    this.key = provider.importAeadKey(key);
    key.fill(0);
    this.#secret = secret;
    this.#provider = provider;
  }

  next(): Phase {
    const secret = this.#provider.hkdfSha256(this.#secret.reveal(), EMPTY, labelBytes(LABEL.trafficNext), 32);
    return new Phase(this.#provider, new Secret(secret));
  }

  wipe(): void {
    this.#secret.wipe();
  }
}

/** Keys of what we send. Advances by bytes and age, but never two phases ahead of what the peer has shown to follow. */
export class SendKeys {
  #current: Phase;
  #phase = 0;
  #bytes = 0;
  #records = 0;
  #since: Instant;
  #isFollowed = true; // the peer opened a record of this phase; true at first: the handshake proved the keys

  /** Takes ownership of `secret`. */
  constructor(provider: CryptoProvider, secret: Secret, now: Instant) {
    this.#current = new Phase(provider, secret);
    this.#since = now;
  }

  get key(): AeadKey {
    return this.#current.key;
  }

  /** Counts key updates. The header carries it modulo 256. */
  get phase(): number {
    return this.#phase;
  }

  /** Call before sealing a record of `bytes`: steps to the next phase when this one is used up. */
  prepare(bytes: number, now: Instant): void {
    const isUsedUp = this.#bytes >= REKEY_BYTES || since(this.#since, now) >= REKEY_AGE;
    if (isUsedUp && this.#isFollowed) {
      const next = this.#current.next();
      this.#current.wipe();
      [this.#current, this.#since] = [next, now];
      [this.#bytes, this.#records, this.#isFollowed] = [0, 0, false];
      this.#phase++;
    }
    this.#bytes += bytes + RECORD_TAG_BYTES;
    this.#records++;
    assert(this.#records <= RECORDS_PER_KEY_MAX, "traffic key used up");
  }

  /** A record sealed in `phase` was acknowledged. */
  handleAcked(phase: number): void {
    if (phase === this.#phase) this.#isFollowed = true;
  }

  wipe(): void {
    this.#current.wipe();
  }
}

/** Keys of what we receive: of this phase, the one before for a while, and the one after once somebody claims it. */
export class ReceiveKeys {
  #current: Phase;
  #phase = 0;
  #next: Phase | undefined;
  #before: { readonly key: AeadKey; readonly until: Instant } | undefined;

  /** Takes ownership of `secret`. */
  constructor(provider: CryptoProvider, secret: Secret) {
    this.#current = new Phase(provider, secret);
  }

  /** The key for a header's phase byte, with the whole phase; `undefined` if that phase is out of reach. */
  find(phaseByte: number, now: Instant): { readonly key: AeadKey; readonly phase: number } | undefined {
    switch ((phaseByte - this.#phase) & 0xff) {
      case 0:
        return { key: this.#current.key, phase: this.#phase };
      case 1:
        // Derived once however often it is claimed, and trusted only when a record opens.
        this.#next ??= this.#current.next();
        return { key: this.#next.key, phase: this.#phase + 1 };
      case 0xff:
        if (this.#before === undefined || now >= this.#before.until) return undefined;
        return { key: this.#before.key, phase: this.#phase - 1 };
      default:
        return undefined;
    }
  }

  /** A record opened under the key of `phase`: if that is the next one, it becomes the current one. */
  handleOpened(phase: number, now: Instant): void {
    if (phase !== this.#phase + 1 || this.#next === undefined) return;
    this.#before = { key: this.#current.key, until: after(now, OLD_KEYS_LIFETIME) };
    this.#current.wipe();
    [this.#current, this.#next] = [this.#next, undefined];
    this.#phase = phase;
  }

  wipe(): void {
    this.#current.wipe();
    this.#next?.wipe();
    this.#before = undefined;
  }
}
