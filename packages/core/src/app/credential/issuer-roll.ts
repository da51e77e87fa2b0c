/**
 * Whom an issuer vouches for, with what: the one list that it keeps (spec/credential.md §5). Who is on it gets a
 * credential for each epoch; who was struck off gets no further one, and that is all that revoking one takes.
 * It holds neither secrets of holders nor signatures.
 *
 *     "credential/roll/<PeerId>" = CBOR [1, [fact…]]
 *
 * @module
 */
import type { Bbs } from "../../crypto/bbs.ts";
import type { PeerId } from "../../identity/peer-id.ts";
import { parsePeerId } from "../../identity/peer-id.ts";
import { decodeCbor, encodeCbor } from "../../lib/cbor.ts";
import type { StoreEntry } from "../../lib/store-entry.ts";
import type { WallTime } from "../../lib/time.ts";
import { WireError } from "../../lib/wire-error.ts";
import { ISSUER_ROLL_MAX } from "../../wire/credential-limits.ts";
import { type Credential, type Holder, issueCredential } from "./credential.ts";
import { isIssuable } from "./epoch.ts";
import { checkFacts, type Fact, type FactFault, factsFault, factsFromCbor, factToCbor } from "./fact.ts";
import type { Issuer } from "./statement.ts";

const PREFIX = "credential/roll/";
const VERSION = 1;

export interface RollEntry {
  readonly holder: PeerId;
  /** By slot. */
  readonly facts: readonly Fact[];
}

/** Why nothing is issued: nobody vouches for that holder, or the epoch is over or too far ahead. */
export type IssueRefusal = "notOnRoll" | "notIssuable";

export class IssuerRoll {
  readonly #facts = new Map<PeerId, readonly Fact[]>();
  /** Keys of entries that could not be read: nobody is vouched for by them. */
  readonly damaged: readonly string[];

  /** Of `restored` it takes its own entries. */
  constructor(restored: Iterable<StoreEntry> = []) {
    const damaged: string[] = [];
    for (const { key, value } of restored) {
      if (!key.startsWith(PREFIX)) continue;
      const holder = parsePeerId(key.slice(PREFIX.length));
      const facts = readFacts(value);
      if (holder === undefined || facts === undefined || this.#facts.size >= ISSUER_ROLL_MAX) damaged.push(key);
      else this.#facts.set(holder, facts);
    }
    this.damaged = damaged;
  }

  /** By PeerId. */
  get entries(): readonly RollEntry[] {
    const all = [...this.#facts].map(([holder, facts]) => ({ holder, facts }));
    return all.sort((a, b) => (a.holder < b.holder ? -1 : 1));
  }

  /** What is attested about `holder`, who is on it. */
  factsOf(holder: PeerId): readonly Fact[] | undefined {
    return this.#facts.get(holder);
  }

  /** From the next credential on `facts` are what is attested. The entry is to be stored; else nothing was changed. */
  admit(holder: PeerId, facts: readonly Fact[]): StoreEntry | FactFault | "full" {
    const fault = factsFault(facts);
    if (fault !== undefined) return fault;
    if (!this.#facts.has(holder) && this.#facts.size >= ISSUER_ROLL_MAX) return "full";
    this.#facts.set(holder, [...facts]);
    return { key: `${PREFIX}${holder}`, value: encodeCbor([VERSION, facts.map(factToCbor)]) };
  }

  /** No credential from here on; what was given holds to the end of its epoch. The key of the entry to delete. */
  strike(holder: PeerId): string | undefined {
    return this.#facts.delete(holder) ? `${PREFIX}${holder}` : undefined;
  }

  /** For the holder that asks, over a session that proves that it is the one. */
  issue(bbs: Bbs, issuer: Issuer, holder: Holder, epoch: number, wall: WallTime): Credential | IssueRefusal {
    const facts = this.#facts.get(holder.peer);
    if (facts === undefined) return "notOnRoll";
    if (!isIssuable(epoch, issuer.statement.epochSeconds, wall)) return "notIssuable";
    return issueCredential(bbs, issuer, holder, epoch, facts);
  }
}

function readFacts(bytes: Uint8Array): readonly Fact[] | undefined {
  try {
    const value = decodeCbor(bytes);
    const [version, items, ...more] = Array.isArray(value) ? value : [];
    if (version !== VERSION || more.length > 0) return undefined;
    const { holder, facts } = factsFromCbor(items);
    checkFacts(facts);
    return holder === undefined ? facts : undefined;
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return undefined;
  }
}
