/**
 * A {@link KeyValueStore} over another one, in which neither keys nor values can be read (spec/identity.md §8).
 *
 *     "vault/key"    u8 version (1) · u8 protection · the master key, wrapped by a {@link Guard}
 *     "vault/tries"  u32 wrong tries · u64 milliseconds since 1970 of the last
 *     "k/" ‖ row     a key, sealed          row = HMAC of the key, in hexadecimal digits
 *     "v/" ‖ row     its value, sealed
 *
 * While it is unlocked the keys are in memory, so that `list` finds them. What anybody sees who reads the store below:
 * how many entries there are, how long, and which of them change.
 *
 * @module
 */
import {
  assert,
  bytesToHex,
  bytesToText,
  type CryptoProvider,
  LABEL,
  labelBytes,
  nobleProvider,
  openAtRest,
  type RandomSource,
  Secret,
  sealAtRest,
  textToBytes,
  WireError,
} from "@kith/core";
import { EndpointError } from "../endpoint-error.ts";
import { isStoreKey, type KeyValueStore, type StoreEntry } from "../storage.ts";
import type { Guard, PageProtection } from "./guard.ts";
import { SealedIndex } from "./sealed-index.ts";
import { readTries, TRIES_KEY, type Tries, tryAgainAt, writeTries } from "./unlock-tries.ts";

const HEAD_KEY = "vault/key";
const HEAD_VERSION = 1;
const PROTECTIONS = ["passphrase", "passkey", "browser"] as const satisfies readonly PageProtection[];
const EMPTY: Uint8Array = new Uint8Array(0);

export interface SealedStoreOptions {
  readonly provider?: CryptoProvider;
  readonly random?: RandomSource;
  /** Milliseconds since 1970; the platform's unless told. */
  readonly wallClock?: () => number;
}

interface Open {
  readonly key: Secret;
  readonly rowKey: Secret;
  readonly index: SealedIndex;
}

/** Finds out whether `inner`, which it takes over, has been sealed before, and how. */
export async function openSealedStore(inner: KeyValueStore, options: SealedStoreOptions = {}): Promise<SealedStore> {
  const head = await inner.get(HEAD_KEY);
  const tries = readTries(await inner.get(TRIES_KEY), (options.wallClock ?? Date.now)());
  return new SealedStore(inner, head, tries, options);
}

/** Rejects with `ERR_STORAGE` while it is locked, as after {@link close}. */
export class SealedStore implements KeyValueStore {
  readonly #inner: KeyValueStore;
  readonly #provider: CryptoProvider;
  readonly #random: RandomSource;
  readonly #wallClock: () => number;
  #head: Uint8Array | undefined;
  #tries: Tries;
  #open: Open | undefined;
  #isClosed = false;

  constructor(inner: KeyValueStore, head: Uint8Array | undefined, tries: Tries, options: SealedStoreOptions) {
    [this.#inner, this.#head, this.#tries] = [inner, head, tries];
    this.#provider = options.provider ?? nobleProvider;
    this.#random = options.random ?? ((length) => crypto.getRandomValues(new Uint8Array(length)));
    this.#wallClock = options.wallClock ?? Date.now;
  }

  /** `empty`: it has no key yet, see {@link begin}. */
  get state(): "empty" | "locked" | "open" {
    if (this.#open !== undefined) return "open";
    return this.#head === undefined ? "empty" : "locked";
  }

  /** How its key is kept; `undefined` while it is empty. */
  get protection(): PageProtection | undefined {
    return this.#head === undefined ? undefined : PROTECTIONS[this.#head[1] ?? -1];
  }

  /** When the next try may be made, after wrong passphrases: milliseconds since 1970; `undefined` for now. */
  get nextTry(): number | undefined {
    const at = tryAgainAt(this.#tries);
    return at > this.#wallClock() ? at : undefined;
  }

  /** Gives an empty store its key, and leaves it open. @throws {EndpointError} `ERR_STORAGE` */
  async begin(guard: Guard): Promise<void> {
    assert(this.state === "empty", "a store without a key");
    const key = new Secret(this.#random(32).slice());
    await this.#keep(guard, key);
    this.#open = this.#opened(key, new SealedIndex());
  }

  /**
   * @throws {EndpointError} `ERR_IDENTITY`: wrong passphrase or passkey, or damaged; `ERR_TRY_LATER`: see
   * {@link nextTry}; `ERR_STORAGE`
   */
  async unlock(guard: Guard): Promise<void> {
    assert(this.state !== "empty", "a store with a key");
    if (this.#open !== undefined) return;
    const key = await this.#unwrap(guard);
    const opened = this.#opened(key, new SealedIndex());
    const names = await this.#inner.list("k/");
    for (const { key: name, value } of names) opened.index.add(this.#keyIn(opened, name, value), name.slice(2), true);
    this.#open = opened;
  }

  /** Forgets its key and what is in it; whoever uses it is refused from now on. Close the endpoint first. */
  lock(): void {
    this.#open?.key.wipe();
    this.#open?.rowKey.wipe();
    this.#open = undefined;
  }

  /**
   * Keeps the key in another way: another passphrase, for example. `current` proves the person again.
   * @throws {EndpointError} as {@link unlock}
   */
  async protect(guard: Guard, current: Guard): Promise<void> {
    const key = await this.#unwrap(current);
    await this.#keep(guard, key);
    key.wipe();
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    const row = this.#unlocked().index.rowOf(key);
    const sealed = row === undefined ? undefined : await this.#inner.get(`v/${row}`);
    return sealed === undefined ? undefined : this.#openRow(this.#unlocked(), `v/${row}`, sealed);
  }

  async list(prefix: string): Promise<readonly StoreEntry[]> {
    const { index } = this.#unlocked();
    const found = index.list(prefix);
    // One call for all costs less than one for each where much is asked for.
    const isMost = found.length * 2 > index.size;
    const values = isMost
      ? await this.#inner.list("v/").then((all) => new Map(all.map(({ key, value }) => [key, value])))
      : await Promise.all(found.map(async ({ row }) => [`v/${row}`, await this.#inner.get(`v/${row}`)] as const)).then(
          (each) => new Map(each),
        );
    const open = this.#unlocked();
    return found.flatMap(({ key, row }) => {
      const sealed = values.get(`v/${row}`);
      return sealed === undefined ? [] : [{ key, value: this.#openRow(open, `v/${row}`, sealed) }];
    });
  }

  set(key: string, value: Uint8Array): Promise<void> {
    return this.batch([{ key, value }], []);
  }

  delete(key: string): Promise<void> {
    return this.batch([], [key]);
  }

  async batch(puts: readonly StoreEntry[], deletes: readonly string[]): Promise<void> {
    for (const { key } of puts) assert(isStoreKey(key), `store key of ${key.length} characters`);
    const open = this.#unlocked();
    const gone = deletes.flatMap((key) => open.index.remove(key) ?? []);
    const rows: StoreEntry[] = [];
    const named = puts.map(({ key, value }) => {
      const entry = open.index.add(key, this.#rowFor(open, key), false);
      if (!entry.isNamed) rows.push(this.#seal(open, `k/${entry.row}`, textToBytes(key)));
      rows.push(this.#seal(open, `v/${entry.row}`, value));
      return entry;
    });
    try {
      await this.#inner.batch(
        rows,
        gone.flatMap(({ row }) => [`k/${row}`, `v/${row}`]),
      );
      for (const entry of named) entry.isNamed = true;
    } catch (error) {
      for (const { key, row } of gone) open.index.add(key, row, false); // it is still there
      throw error;
    }
  }

  /** Puts these in the place of all there is, in one transaction. */
  replaceAll(puts: readonly StoreEntry[]): Promise<void> {
    const kept = new Set(puts.map(({ key }) => key));
    const found = this.#unlocked().index.list("");
    return this.batch(
      puts,
      found.flatMap(({ key }) => (kept.has(key) ? [] : [key])),
    );
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.lock();
    await this.#inner.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #keep(guard: Guard, key: Secret): Promise<void> {
    const wrapped = await guard.wrap(key.reveal());
    const head = Uint8Array.from([HEAD_VERSION, PROTECTIONS.indexOf(guard.protection), ...wrapped]);
    await this.#inner.set(HEAD_KEY, head);
    this.#head = head;
  }

  async #unwrap(guard: Guard): Promise<Secret> {
    const head = this.#head ?? EMPTY;
    if (head[0] !== HEAD_VERSION || this.protection === undefined)
      throw new EndpointError("ERR_STORAGE", "Cannot unlock: a newer version sealed it, or it is damaged");
    if (guard.protection !== this.protection)
      throw new EndpointError("ERR_IDENTITY", `Cannot unlock: it is kept by ${this.protection}`);
    const isGuess = guard.protection === "passphrase";
    if (isGuess) await this.#countTry();
    const key = new Secret(await guard.unwrap(head.slice(2)));
    if (isGuess) {
      this.#tries = { wrong: 0, lastAt: 0 };
      await this.#inner.delete(TRIES_KEY);
    }
    return key;
  }

  /** Before it is tried: whoever reloads the page meanwhile has had the try. */
  async #countTry(): Promise<void> {
    const { nextTry } = this;
    const now = this.#wallClock();
    if (nextTry !== undefined) {
      const seconds = Math.ceil((nextTry - now) / 1_000);
      throw new EndpointError("ERR_TRY_LATER", `Cannot unlock: too many wrong tries; the next one in ${seconds} s`);
    }
    this.#tries = { wrong: this.#tries.wrong + 1, lastAt: now };
    await this.#inner.set(TRIES_KEY, writeTries(this.#tries));
  }

  #opened(key: Secret, index: SealedIndex): Open {
    const rowKey = this.#provider.hkdfSha256(key.reveal(), EMPTY, labelBytes(LABEL.storeRow), 32);
    return { key, rowKey: new Secret(rowKey), index };
  }

  #unlocked(): Open {
    if (this.#isClosed) throw new EndpointError("ERR_STORAGE", "Cannot use store: it is closed");
    if (this.#open === undefined) throw new EndpointError("ERR_STORAGE", "Cannot use store: it is locked");
    return this.#open;
  }

  #rowFor(open: Open, key: string): string {
    return open.index.rowOf(key) ?? bytesToHex(this.#provider.hmacSha256(open.rowKey.reveal(), textToBytes(key)));
  }

  #seal({ key: master }: Open, key: string, plaintext: Uint8Array): StoreEntry {
    return { key, value: sealAtRest({ ...this.#sealing(master, key), random: this.#random }, plaintext) };
  }

  #openRow({ key: master }: Open, key: string, sealed: Uint8Array): Uint8Array {
    try {
      return openAtRest(this.#sealing(master, key), sealed);
    } catch (cause) {
      if (!(cause instanceof WireError)) throw cause;
      throw new EndpointError("ERR_STORAGE", "Cannot read store: an entry was changed by somebody else", { cause });
    }
  }

  #keyIn(open: Open, name: string, sealed: Uint8Array): string {
    const key = bytesToText(this.#openRow(open, name, sealed));
    if (`k/${this.#rowFor(open, key)}` === name) return key;
    throw new EndpointError("ERR_STORAGE", "Cannot read store: an entry was changed by somebody else");
  }

  #sealing(key: Secret, name: string) {
    return { provider: this.#provider, key, label: LABEL.storeRow, context: textToBytes(name) };
  }
}
