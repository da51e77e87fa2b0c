/**
 * What is kept of attested facts: what we are as an issuer, whom we vouch for, what we hold, whom we trust. A change is made in
 * memory, then written in one transaction; if that fails it is as if it had not been made.
 *
 *     "credential/own" = our statement      the rest: spec/credential.md §6
 *
 * @module
 */
import { type StoreEntry, WireError } from "@kith/core";
import {
  CredentialBook,
  type Issuer,
  IssuerBook,
  IssuerRoll,
  nobleBbs,
  openIssuer,
  readStatement,
} from "@kith/core/credential";
import { MemoryStore } from "../memory-store.ts";
import type { KeyValueStore } from "../storage.ts";
import type { FactsGround } from "./fact-ground.ts";

const PREFIX = "credential/";
const OWN_KEY = `${PREFIX}own`;

/** What is to be written, and what the caller wants to know. */
export interface ShelfWrite<T> {
  readonly puts?: readonly StoreEntry[];
  readonly deletes?: readonly string[];
  readonly result: T;
}

export class FactShelf {
  readonly #ground: FactsGround;
  readonly #store: KeyValueStore;
  readonly #changed: () => void;
  readonly #entries = new Map<string, StoreEntry>();
  #own: Issuer | undefined;
  #roll = new IssuerRoll();
  #held: CredentialBook;
  #issuers: IssuerBook;
  #last: Promise<unknown> = Promise.resolve();

  constructor(ground: FactsGround, changed: () => void) {
    [this.#ground, this.#store, this.#changed] = [ground, ground.store ?? new MemoryStore(), changed];
    this.#held = new CredentialBook(ground.provider, nobleBbs);
    this.#issuers = new IssuerBook(ground.provider, nobleBbs);
  }

  /** What we are as an issuer. */
  get own(): Issuer | undefined {
    return this.#own;
  }

  get roll(): IssuerRoll {
    return this.#roll;
  }

  get held(): CredentialBook {
    return this.#held;
  }

  get issuers(): IssuerBook {
    return this.#issuers;
  }

  /** Reads what is kept. What cannot be read vouches for nobody, is told to the log, and stays where it is. */
  async load(): Promise<void> {
    for (const entry of await this.#store.list(PREFIX)) this.#entries.set(entry.key, entry);
    this.#restore();
    const damaged = [this.#roll, this.#held, this.#issuers].flatMap((each) => each.damaged);
    if (damaged.length > 0 || (this.#entries.has(OWN_KEY) && this.#own === undefined))
      this.#ground.note("facts-unreadable", undefined);
    this.#changed();
  }

  /** The next terms are ours from here on. */
  becomes(issuer: Issuer): StoreEntry {
    this.#own = issuer;
    return { key: OWN_KEY, value: issuer.statement.bytes };
  }

  /**
   * Makes one change after the other: `decide` sees what all before it left.
   * @throws what `decide` does, and {EndpointError} `ERR_STORAGE`: then nothing is changed
   */
  change<T>(decide: () => ShelfWrite<T>): Promise<T> {
    const turn = this.#last.then(async () => {
      try {
        const { puts = [], deletes = [], result } = decide();
        if (puts.length + deletes.length > 0) await this.#store.batch(puts, deletes);
        for (const key of deletes) this.#entries.delete(key);
        for (const entry of puts) this.#entries.set(entry.key, entry);
        return result;
      } catch (error) {
        this.#restore();
        throw error;
      } finally {
        this.#changed();
      }
    });
    this.#last = turn.catch(() => {});
    return turn;
  }

  #restore(): void {
    const { provider } = this.#ground;
    const entries = [...this.#entries.values()];
    this.#own = this.#readOwn();
    this.#roll = new IssuerRoll(entries);
    this.#held = new CredentialBook(provider, nobleBbs, entries);
    this.#issuers = new IssuerBook(provider, nobleBbs, entries);
  }

  /** Key and statement follow from identity and terms: what stands there must be just that. */
  #readOwn(): Issuer | undefined {
    const { provider, identity } = this.#ground;
    const entry = this.#entries.get(OWN_KEY);
    if (entry === undefined) return undefined;
    try {
      const statement = readStatement(provider, nobleBbs, entry.value);
      return statement.issuer === identity.peerId ? openIssuer(provider, nobleBbs, identity, statement) : undefined;
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      return undefined;
    }
  }
}
