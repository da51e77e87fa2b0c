/**
 * The prekeys that items for us are sealed to, and how they are kept (spec/sealed-items.md §6): sealed under a key that
 * follows from the identity, so that a disk without the identity opens nothing.
 *
 * @module
 */
import { LABEL, labelBytes } from "../crypto/labels.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import { openAtRest, sealAtRest } from "../crypto/seal-at-rest.ts";
import { Secret } from "../crypto/secret.ts";
import type { LocalIdentity } from "../identity/keys.ts";
import type { RandomSource } from "../lib/random.ts";
import type { StoreEntry } from "../lib/store-entry.ts";
import { after, hours, type Instant, type WallTime } from "../lib/time.ts";
import { textToBytes } from "../lib/utf8.ts";
import { WireError } from "../lib/wire-error.ts";
import { OwnPrekeys } from "../trust/own-prekeys.ts";
import type { Prekey, PrekeySecret } from "../trust/prekey.ts";
import { entriesUnder } from "../trust/stored.ts";
import { MAIL_PREKEYS } from "./sealed-item.ts";

const PREFIX = "mail-prekey/";
/** Old ones are looked for so often while none are made. */
const SWEEP_EVERY = hours(1);

export class MailKeys {
  readonly #provider: CryptoProvider;
  readonly #random: RandomSource;
  readonly #prekeys: OwnPrekeys;
  readonly #key: Secret;
  /** A new one is made when it is due. */
  #isInUse = false;
  #sweepAt: Instant;

  constructor(
    options: {
      readonly provider: CryptoProvider;
      readonly random: RandomSource;
      readonly identity: LocalIdentity;
      readonly restored: Iterable<StoreEntry>;
    },
    now: Instant,
    wall: WallTime,
  ) {
    const { provider, random, identity, restored } = options;
    [this.#provider, this.#random] = [provider, random];
    this.#prekeys = new OwnPrekeys({ provider, random, identity, scope: MAIL_PREKEYS });
    const info = labelBytes(LABEL.mailKeysAtRest);
    this.#key = new Secret(provider.hkdfSha256(identity.seed.reveal(), new Uint8Array(0), info, 32));
    this.#sweepAt = after(now, SWEEP_EVERY);
    for (const { key, value } of entriesUnder(restored, PREFIX)) {
      try {
        this.#prekeys.restore(key, openAtRest(this.#atRest(PREFIX + key), value), now, wall);
      } catch (error) {
        // What was sealed to it does not open: it comes in a session.
        if (!(error instanceof WireError)) throw error;
      }
    }
  }

  /** To seal to; `undefined` if none was ever in use, or for three weeks none. */
  get latest(): Prekey | undefined {
    return this.#prekeys.latest;
  }

  /** By the mark of its prekey, erased ones excepted. */
  secretOf(mark: string): PrekeySecret | undefined {
    return this.#prekeys.secrets.find(({ prekey }) => prekey.mark === mark);
  }

  /** True: {@link latest} is another one. */
  use(isInUse: boolean, now: Instant, wall: WallTime): boolean {
    this.#isInUse = isInUse;
    return isInUse && this.#prekeys.ensure(now, wall);
  }

  /** True: {@link latest} is another one. */
  handleTimeout(now: Instant, wall: WallTime): boolean {
    if (now >= this.#sweepAt) this.#sweepAt = after(now, SWEEP_EVERY);
    this.#prekeys.handleTimeout(now);
    return this.use(this.#isInUse, now, wall);
  }

  nextTimeout(): Instant | undefined {
    if (this.#isInUse) return this.#prekeys.nextTimeout();
    return this.#prekeys.latest === undefined ? undefined : this.#sweepAt;
  }

  /** What changed since the last call. */
  takeUnsaved(): { readonly puts: readonly StoreEntry[]; readonly deletes: readonly string[] } {
    const puts: StoreEntry[] = [];
    const deletes: string[] = [];
    for (const [version, bytes] of this.#prekeys.takeUnsaved()) {
      const key = `${PREFIX}${version}`;
      if (bytes === undefined) deletes.push(key);
      else puts.push({ key, value: sealAtRest({ ...this.#atRest(key), random: this.#random }, bytes) });
      bytes?.fill(0);
    }
    return { puts, deletes };
  }

  #atRest(name: string) {
    return { provider: this.#provider, key: this.#key, label: LABEL.mailKeysAtRest, context: textToBytes(name) };
  }
}
