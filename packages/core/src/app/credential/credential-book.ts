/**
 * The credentials that a person holds: of each issuer one for each epoch that it has given (spec/credential.md §6).
 * Says which can be shown now, and for which epoch to ask next.
 *
 *     "credential/kept/<issuer's PeerId>/<epoch>" = credential
 *
 * @module
 */

import type { Bbs } from "../../crypto/bbs.ts";
import type { CryptoProvider } from "../../crypto/provider.ts";
import type { PeerId } from "../../identity/peer-id.ts";
import type { StoreEntry } from "../../lib/store-entry.ts";
import type { WallTime } from "../../lib/time.ts";
import { WireError } from "../../lib/wire-error.ts";
import { EPOCHS_AHEAD_MAX, KEPT_ISSUERS_MAX, RENEWAL_PART } from "../../wire/credential-limits.ts";
import { type Credential, decodeCredential, encodeCredential, type Holder, isCredentialGenuine } from "./credential.ts";
import { epochAt, epochEnd, epochStanding } from "./epoch.ts";
import { KEPT_CREDENTIALS } from "./kept-place.ts";

/** What became of a credential that was given: only *kept* changed something. */
export type KeepOutcome =
  | { readonly type: "kept"; readonly store: StoreEntry; readonly forget: readonly string[] }
  | { readonly type: "notGenuine" | "old" | "tooFarAhead" | "full" };

/** Whom to ask for which epoch. */
export interface Renewal {
  readonly issuer: PeerId;
  readonly epoch: number;
}

export class CredentialBook {
  readonly #kept = new Map<PeerId, Map<number, Credential>>();
  /** Keys of entries that could not be read. */
  readonly damaged: readonly string[];

  /** Of `restored` it takes its own entries, which were checked when they were kept. */
  constructor(provider: CryptoProvider, bbs: Bbs, restored: Iterable<StoreEntry> = []) {
    const damaged: string[] = [];
    for (const { key, value } of restored) {
      if (!key.startsWith(KEPT_CREDENTIALS)) continue;
      const credential = read(provider, bbs, value);
      if (credential === undefined || key !== keyOf(credential) || this.#isFull(credential)) damaged.push(key);
      else this.#put(credential);
    }
    this.damaged = damaged;
  }

  /**
   * Keeps what an issuer gave, if it signed it for `holder`. What it replaces is to be forgotten: epochs that are over,
   * and everything of editions before.
   */
  keep(bbs: Bbs, credential: Credential, holder: Holder, wall: WallTime): KeepOutcome {
    const { issuer, edition, epochSeconds } = credential.statement;
    const known = [...(this.#kept.get(issuer)?.values() ?? [])];
    const isOld = known.some(({ statement }) => statement.edition > edition);
    if (isOld || epochStanding(credential.epoch, epochSeconds, wall) === "over") return { type: "old" };
    // One more than an issuer gives ahead: its clock may be in the next epoch already.
    if (credential.epoch > epochAt(wall, epochSeconds) + EPOCHS_AHEAD_MAX + 1) return { type: "tooFarAhead" };
    if (this.#isFull(credential)) return { type: "full" };
    if (!isCredentialGenuine(bbs, credential, holder)) return { type: "notGenuine" };
    this.#put(credential);
    const gone = known.filter((each) => each.statement.edition < edition || isOver(each, wall));
    for (const each of gone) if (each.epoch !== credential.epoch) this.#kept.get(issuer)?.delete(each.epoch);
    const forget = gone.map(keyOf).filter((key) => key !== keyOf(credential));
    return { type: "kept", store: { key: keyOf(credential), value: encodeCredential(credential) }, forget };
  }

  /** What can be shown at this time, by issuer: one of each. */
  current(wall: WallTime): readonly Credential[] {
    return this.#issuers().flatMap(
      (kept) => kept.find(({ epoch, statement }) => epoch === epochAt(wall, statement.epochSeconds)) ?? [],
    );
  }

  /** One of each issuer: of the present epoch, else the next that begins, else the last. By issuer. */
  held(wall: WallTime): readonly Credential[] {
    return this.#issuers().flatMap((kept) => {
      const byEpoch = [...kept].sort((a, b) => a.epoch - b.epoch);
      const isAhead = ({ epoch, statement }: Credential): boolean => epoch >= epochAt(wall, statement.epochSeconds);
      return byEpoch.find(isAhead) ?? byEpoch.at(-1) ?? [];
    });
  }

  /** Whom to ask now: those whose present epoch is missing or nearly over, with the next one that is not here. */
  due(wall: WallTime): readonly Renewal[] {
    return this.#issuers().flatMap((kept) => {
      const [first] = kept;
      if (first === undefined) return [];
      const { issuer, epochSeconds } = first.statement;
      const present = epochAt(wall, epochSeconds);
      const left = (epochEnd(present, epochSeconds) - wall) / (1_000 * epochSeconds);
      const has = (epoch: number): boolean => kept.some((each) => each.epoch === epoch);
      if (!has(present)) return [{ issuer, epoch: present }];
      return left <= RENEWAL_PART && !has(present + 1) ? [{ issuer, epoch: present + 1 }] : [];
    });
  }

  /** Keeps nothing of this issuer any more. The keys of the entries to delete. */
  drop(issuer: PeerId): readonly string[] {
    const keys = [...(this.#kept.get(issuer)?.values() ?? [])].map(keyOf);
    this.#kept.delete(issuer);
    return keys;
  }

  #issuers(): readonly (readonly Credential[])[] {
    const sorted = [...this.#kept].sort(([a], [b]) => (a < b ? -1 : 1));
    return sorted.map(([, kept]) => [...kept.values()]);
  }

  #put(credential: Credential): void {
    const { issuer } = credential.statement;
    const kept = this.#kept.get(issuer) ?? new Map<number, Credential>();
    this.#kept.set(issuer, kept.set(credential.epoch, credential));
  }

  #isFull({ statement }: Credential): boolean {
    return !this.#kept.has(statement.issuer) && this.#kept.size >= KEPT_ISSUERS_MAX;
  }
}

const keyOf = ({ statement, epoch }: Credential): string => `${KEPT_CREDENTIALS}${statement.issuer}/${epoch}`;

const isOver = ({ epoch, statement }: Credential, wall: WallTime): boolean =>
  epochStanding(epoch, statement.epochSeconds, wall) === "over";

function read(provider: CryptoProvider, bbs: Bbs, bytes: Uint8Array): Credential | undefined {
  try {
    return decodeCredential(provider, bbs, bytes);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return undefined;
  }
}
