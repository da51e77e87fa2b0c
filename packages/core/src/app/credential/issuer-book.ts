/**
 * The issuers that a person trusts, each with the latest statement that was seen (spec/credential.md §4).
 * Nobody comes in but by a person's wish; what comes later of one that is in is taken if it is newer.
 *
 *     "credential/issuer/<PeerId>" = statement
 *
 * @module
 */
import type { Bbs } from "../../crypto/bbs.ts";
import type { CryptoProvider } from "../../crypto/provider.ts";
import { type PeerId, peerIdToBytes } from "../../identity/peer-id.ts";
import { bytesEqual } from "../../lib/bytes.ts";
import type { StoreEntry } from "../../lib/store-entry.ts";
import { WireError } from "../../lib/wire-error.ts";
import { PINNED_ISSUERS_MAX } from "../../wire/credential-limits.ts";
import { ISSUER_REF_BYTES } from "./show.ts";
import { type IssuerStatement, readStatement } from "./statement.ts";

const PREFIX = "credential/issuer/";

/** What became of a statement. *contradicts*: another one of the same edition is known, and its issuer signed both. */
export type StatementOutcome = "pinned" | "newer" | "same" | "older" | "contradicts" | "notPinned" | "full";

export class IssuerBook {
  readonly #pinned = new Map<PeerId, IssuerStatement>();
  /** Keys of entries that could not be read; their issuers are not pinned. */
  readonly damaged: readonly string[];

  /** Of `restored` it takes its own entries. */
  constructor(provider: CryptoProvider, bbs: Bbs, restored: Iterable<StoreEntry> = []) {
    const damaged: string[] = [];
    for (const { key, value } of restored) {
      if (!key.startsWith(PREFIX)) continue;
      const statement = statementOf(provider, bbs, value);
      if (statement === undefined || key !== keyOf(statement.issuer) || this.#isFull) damaged.push(key);
      else this.#pinned.set(statement.issuer, statement);
    }
    this.damaged = damaged;
  }

  /** By PeerId. */
  get pinned(): readonly IssuerStatement[] {
    return [...this.#pinned.values()].sort((a, b) => (a.issuer < b.issuer ? -1 : 1));
  }

  /** A person trusts this issuer, having compared its fingerprint. */
  pin(statement: IssuerStatement): StatementOutcome {
    const outcome = this.take(statement);
    if (outcome !== "notPinned") return outcome;
    if (this.#isFull) return "full";
    this.#pinned.set(statement.issuer, statement);
    return "pinned";
  }

  /** A statement that came from anywhere. Store {@link entryOf} it when the outcome is *newer*. */
  take(statement: IssuerStatement): StatementOutcome {
    const known = this.#pinned.get(statement.issuer);
    if (known === undefined) return "notPinned";
    if (statement.edition < known.edition) return "older";
    if (statement.edition === known.edition) return bytesEqual(statement.bytes, known.bytes) ? "same" : "contradicts";
    this.#pinned.set(statement.issuer, statement);
    return "newer";
  }

  /** The key of the entry to delete; `undefined` if it was not in. */
  unpin(issuer: PeerId): string | undefined {
    return this.#pinned.delete(issuer) ? keyOf(issuer) : undefined;
  }

  /** Whose PeerId begins with these 16 bytes. */
  find(issuerRef: Uint8Array): IssuerStatement | undefined {
    for (const [issuer, statement] of this.#pinned)
      if (bytesEqual(peerIdToBytes(issuer).subarray(0, ISSUER_REF_BYTES), issuerRef)) return statement;
    return undefined;
  }

  /** As it is stored; `undefined` if the issuer is not pinned. */
  entryOf(issuer: PeerId): StoreEntry | undefined {
    const statement = this.#pinned.get(issuer);
    return statement && { key: keyOf(issuer), value: statement.bytes };
  }

  get #isFull(): boolean {
    return this.#pinned.size >= PINNED_ISSUERS_MAX;
  }
}

const keyOf = (issuer: PeerId): string => `${PREFIX}${issuer}`;

function statementOf(provider: CryptoProvider, bbs: Bbs, bytes: Uint8Array): IssuerStatement | undefined {
  try {
    return readStatement(provider, bbs, bytes);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return undefined;
  }
}
