/**
 * What a room's keys keep over restarts, and how: secrets sealed under a key that follows from the identity, so
 * that a disk without the identity is worth nothing (spec/room-keys.md §8).
 *
 *     room/<id>/own-prekey/<version>    sealed: secret halves, prekey
 *     room/<id>/epoch/<epoch id>        sealed: date, generation, key, hash of the parcels, head
 *     room/<id>/prekey/<PeerId>         a member's prekey, as it signed it
 *     room/<id>/former                  contact keys of former members
 *
 * Stream ids and sequences are in none of them.
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
import type { Instant, WallTime } from "../lib/time.ts";
import { textToBytes } from "../lib/utf8.ts";
import { WireError } from "../lib/wire-error.ts";
import type { OwnPrekeys } from "../trust/own-prekeys.ts";
import { decodePrekey } from "../trust/prekey.ts";
import { type DamagedOutput, entriesUnder, type StoreOutput, storeOutput } from "../trust/stored.ts";
import type { EpochRing } from "./epoch-ring.ts";
import type { PrekeyBook } from "./prekey-book.ts";
import { type RoomId, roomIdToBytes } from "./room-id.ts";

export interface KeyStoreOptions {
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  readonly identity: LocalIdentity;
  readonly room: RoomId;
  readonly ring: EpochRing;
  readonly book: PrekeyBook;
  readonly prekeys: OwnPrekeys;
}

export class KeyStore {
  readonly #options: KeyStoreOptions;
  readonly #prefix: string;
  readonly #key: Secret;

  constructor(options: KeyStoreOptions) {
    const { provider, identity, room } = options;
    this.#options = options;
    this.#prefix = `room/${room}/`;
    const info = labelBytes(LABEL.roomKeysAtRest);
    this.#key = new Secret(provider.hkdfSha256(identity.seed.reveal(), roomIdToBytes(room), info, 32));
  }

  /** Takes what is ours from `restored`. What cannot be read is left out: its key is asked for, or made anew. */
  restore(restored: Iterable<StoreEntry>, now: Instant, wall: WallTime): readonly (DamagedOutput | StoreOutput)[] {
    const { provider, ring, book, prekeys } = this.#options;
    const outputs: (DamagedOutput | StoreOutput)[] = [];
    const readers: readonly [string, (name: string, value: Uint8Array) => void][] = [
      ["own-prekey/", (name, value) => prekeys.restore(name, this.#open(`own-prekey/${name}`, value), now, wall)],
      ["epoch/", (name, value) => ring.restore(name, this.#open(`epoch/${name}`, value), now)],
      ["prekey/", (name, value) => book.restore(name, decodePrekey(provider, value))],
      ["former", (_, value) => book.former.restore(value)],
    ];
    const own = [...entriesUnder(restored, this.#prefix)];
    for (const [part, read] of readers) {
      for (const { key, value } of entriesUnder(own, part)) {
        if (isReadable(() => read(key, value))) continue;
        const whole = this.#prefix + part + key;
        outputs.push({ type: "damaged", key: whole }, storeOutput([], [whole]));
      }
    }
    return outputs;
  }

  /** What has changed since the last call, as one transaction. */
  flush(): StoreOutput | undefined {
    const { ring, book, prekeys } = this.#options;
    const puts: StoreEntry[] = [];
    const deletes: string[] = [];
    const note = (name: string, value: Uint8Array | undefined): void => {
      if (value === undefined) deletes.push(this.#prefix + name);
      else puts.push({ key: this.#prefix + name, value });
    };
    for (const [version, bytes] of prekeys.takeUnsaved()) {
      note(`own-prekey/${version}`, bytes && this.#seal(`own-prekey/${version}`, bytes));
    }
    for (const [epoch, bytes] of ring.takeUnsaved())
      note(`epoch/${epoch}`, bytes && this.#seal(`epoch/${epoch}`, bytes));
    for (const [member, bytes] of book.takeUnsaved()) note(`prekey/${member}`, bytes);
    const former = book.former.takeUnsaved();
    if (former !== undefined) note("former", former.bytes);
    return puts.length + deletes.length === 0 ? undefined : storeOutput(puts, deletes);
  }

  wipe(): void {
    this.#key.wipe();
  }

  /** Overwrites `plaintext`. */
  #seal(name: string, plaintext: Uint8Array): Uint8Array {
    const { random } = this.#options;
    const sealed = sealAtRest({ ...this.#atRest(name), random }, plaintext);
    plaintext.fill(0);
    return sealed;
  }

  #open(name: string, sealed: Uint8Array): Uint8Array {
    return openAtRest(this.#atRest(name), sealed);
  }

  #atRest(name: string) {
    const { provider } = this.#options;
    return { provider, key: this.#key, label: LABEL.roomKeysAtRest, context: textToBytes(this.#prefix + name) };
  }
}

function isReadable(read: () => void): boolean {
  try {
    read();
    return true;
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return false;
  }
}
