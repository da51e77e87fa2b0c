/**
 * The home of an identity in a page: its key, its store, and who can come to them. Where the page is no secure context
 * nothing is kept: a one-time identity is all there is, and {@link WebHome.isKept} says so.
 *
 *     database "<name>"       the sealed store; in it "home/identity": seed (32 bytes) ‖ name
 *     database "<name>-key"   the browser's key, if it guards the store
 *     database "<name>-handles", folder "<name>" in the private file system: opfs-files.ts
 *
 * @module
 */
import {
  assert,
  bytesToText,
  cleanName,
  concatBytes,
  createIdentity,
  exportIdentity,
  identityFromSeed,
  importIdentity,
  type LocalIdentity,
  nobleProvider,
  oneTimeIdentity,
  PASSPHRASE_SALT_BYTES,
  Secret,
  shortFingerprint,
  textToBytes,
  WireError,
  wipeIdentity,
} from "@kith/core";
import type { BackupFile } from "../backup-api.ts";
import { EndpointError } from "../endpoint-error.ts";
import { type Observable, Subject } from "../observable.ts";
import type { KeyValueStore, StoreEntry } from "../storage.ts";
import { type DeriveKey, withDerivedKeys } from "./argon2-worker.ts";
import { browserGuard, type Guard, type PageProtection } from "./guard.ts";
import { openIdbStore } from "./idb-store.ts";
import { LentStore } from "./lent-store.ts";
import { erasePart, type PageContents } from "./page-contents.ts";
import { openSealedStore, type SealedStore } from "./sealed-store.ts";

/** More than an exported identity has. */
const EXPORT_BYTES_MAX = 4_096;
const IDENTITY_KEY = "home/identity";
const SEED_BYTES = 32;
const BACKUP_KEY_BYTES = 32;

/** Why nothing is kept. */
export type NotKept = "insecure-context" | "no-storage";

export interface HomeIdentity {
  readonly identity: LocalIdentity;
  readonly name: string;
}

/** Who is in a backup, and what would come with them. */
export interface HomeBackup extends HomeIdentity {
  /** Milliseconds since 1970; `undefined` of an identity that was exported alone. */
  readonly madeAt: number | undefined;
  readonly entries: readonly StoreEntry[];
  readonly counts: { readonly contacts: number; readonly cards: number; readonly people: number };
}

export interface WebHome extends AsyncDisposable {
  /** False: what is made here is gone with the page. */
  readonly isKept: boolean;
  /** Why nothing is kept; `undefined` if it is. */
  readonly reason: NotKept | undefined;
  /** `empty`: {@link create} or {@link import}; `locked`: {@link unlock}. */
  readonly state: "empty" | "locked" | "open";
  /** How the key is kept; `none` while there is none, and for one-time identities. */
  readonly protection: PageProtection | "none";
  /** When the next passphrase may be tried: milliseconds since 1970; `undefined` for now. */
  readonly nextTry: number | undefined;
  /** Who we are, while it is open. */
  readonly self: HomeIdentity | undefined;
  /** For one endpoint, which may close it; the next one gets another. `undefined` while locked, and where nothing is kept. */
  readonly store: KeyValueStore | undefined;
  /** Set when the browser, or another tab, has taken away what was kept, while this was open; {@link self} is there still. */
  readonly lost: Observable<EndpointError | undefined>;
  /** Makes an identity: one-time where nothing is kept. Guarded by the browser unless told. */
  create(name: string, guard?: Guard): Promise<HomeIdentity>;
  /**
   * Opens what is there. The browser's own guard needs no word.
   * @throws {EndpointError} `ERR_IDENTITY`, `ERR_TRY_LATER`, `ERR_STORAGE`
   */
  unlock(guard?: Guard): Promise<HomeIdentity>;
  /** Forgets the keys. Close the endpoint first: its store refuses from now on. */
  lock(): void;
  /** Another way to keep the key; `current` proves the person. @throws {EndpointError} as {@link unlock} */
  protect(guard: Guard, current?: Guard): Promise<void>;
  /** The identity as text, useless without the passphrase. Takes seconds. @throws {EndpointError} `ERR_IDENTITY`: one-time */
  export(passphrase: string): Promise<string>;
  /**
   * The identity and whom it knows, as a file that the passphrase opens. Takes seconds.
   * @throws {EndpointError} `ERR_IDENTITY`: one-time; `ERR_STORAGE`, `ERR_TOO_LARGE`
   */
  backup(passphrase: string): Promise<BackupFile>;
  /** Puts an exported identity into an empty home. @throws {EndpointError} `ERR_IDENTITY`: wrong passphrase, or damaged */
  import(text: string, passphrase: string, guard?: Guard): Promise<HomeIdentity>;
  /**
   * Puts what {@link openExport} or {@link openBackupFile} gave into this home, which is empty or open: close the endpoint
   * first. What an open home of another identity has goes in the same transaction, contacts and all, and its files after it;
   * one of the same gets what is missing, and what is there stays. `guard` is for an empty home; an open one stays kept as
   * it is.
   * @throws {EndpointError} `ERR_STORAGE`: the home is as it was
   */
  restore(other: HomeIdentity & Partial<Pick<HomeBackup, "entries">>, guard?: Guard): Promise<HomeIdentity>;
  /** Closes and erases the home; gives what is left of the whole origin, as the browser lists it. */
  erase(): Promise<PageContents>;
  close(): Promise<void>;
}

export interface WebHomeOptions {
  /** `kith` unless told. */
  readonly name?: string;
  /** Where keys are made of passphrases of exports; here unless told, see {@link passphraseGuard}. */
  readonly derive?: DeriveKey;
}

/** Opens a home. One tab at a time: see {@link joinTabs}. */
export async function openWebHome({ name = "kith", derive }: WebHomeOptions = {}): Promise<WebHome> {
  if (!globalThis.isSecureContext) return new Home({ name, derive, reason: "insecure-context" });
  const lost = new Subject<EndpointError | undefined>(undefined);
  try {
    const store = await openIdbStore(name, (error) => lost.set(error));
    return new Home({ name, derive, sealed: await openSealedStore(store), lost });
  } catch (error) {
    if (isRefusal(error)) return new Home({ name, derive, reason: "no-storage" });
    throw error;
  }
}

const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));

interface HomeParts {
  readonly name: string;
  readonly derive: DeriveKey | undefined;
  readonly sealed?: SealedStore;
  readonly reason?: NotKept;
  readonly lost?: Observable<EndpointError | undefined>;
}

class Home implements WebHome {
  readonly reason: NotKept | undefined;
  readonly lost: Observable<EndpointError | undefined>;
  readonly #name: string;
  readonly #derive: DeriveKey | undefined;
  readonly #sealed: SealedStore | undefined;
  #self: HomeIdentity | undefined;
  #lent: LentStore | undefined;

  constructor(options: HomeParts) {
    const { lost = new Subject<EndpointError | undefined>(undefined) } = options;
    [this.#name, this.#derive, this.lost] = [options.name, options.derive, lost];
    [this.#sealed, this.reason] = [options.sealed, options.reason];
  }

  get isKept(): boolean {
    return this.#sealed !== undefined;
  }

  get state(): "empty" | "locked" | "open" {
    if (this.#self !== undefined) return "open";
    // A key without an identity is what a crash leaves between the two.
    return this.#sealed?.state === "locked" ? "locked" : "empty";
  }

  get protection(): PageProtection | "none" {
    return this.#sealed?.protection ?? "none";
  }

  get nextTry(): number | undefined {
    return this.#sealed?.nextTry;
  }

  get self(): HomeIdentity | undefined {
    return this.#self;
  }

  get store(): KeyValueStore | undefined {
    if (this.#self === undefined || this.#sealed === undefined) return undefined;
    if (this.#lent === undefined || this.#lent.isClosed) this.#lent = new LentStore(this.#sealed);
    return this.#lent;
  }

  async create(name: string, guard?: Guard): Promise<HomeIdentity> {
    if (this.#sealed !== undefined) return this.#begin(createIdentity(nobleProvider, random), name, guard);
    assert(this.state === "empty", "an empty home");
    this.#self = { identity: oneTimeIdentity(nobleProvider, random), name: shownName(name) };
    return this.#self;
  }

  async unlock(guard: Guard = this.#ownGuard): Promise<HomeIdentity> {
    assert(this.#sealed !== undefined, "a home that keeps something");
    if (this.#self !== undefined) return this.#self;
    await this.#sealed.unlock(guard);
    const kept = await this.#sealed.get(IDENTITY_KEY);
    if (kept === undefined) throw new EndpointError("ERR_IDENTITY", "Cannot unlock: there is no identity yet");
    const identity = identityFromSeed(nobleProvider, new Secret(kept.slice(0, SEED_BYTES)));
    this.#self = { identity, name: bytesToText(kept.slice(SEED_BYTES)) };
    return this.#self;
  }

  lock(): void {
    if (this.#self !== undefined) wipeIdentity(this.#self.identity);
    this.#self = undefined;
    this.#sealed?.lock();
  }

  async protect(guard: Guard, current: Guard = this.#ownGuard): Promise<void> {
    assert(this.#sealed !== undefined, "a home that keeps something");
    await this.#sealed.protect(guard, current);
  }

  async export(passphrase: string): Promise<string> {
    const self = this.#self;
    assert(self !== undefined, "an open home");
    if (self.identity.isOneTime)
      throw new EndpointError("ERR_IDENTITY", "Cannot export: a one-time identity is not kept");
    const salt = random(PASSPHRASE_SALT_BYTES);
    return withDerivedKeys(this.#derive, nobleProvider, (provider) =>
      exportIdentity({ ...self, provider, random: () => salt, passphrase }),
    );
  }

  async backup(passphrase: string): Promise<BackupFile> {
    const self = this.#self;
    assert(self !== undefined, "an open home");
    if (this.#sealed === undefined || self.identity.isOneTime)
      throw new EndpointError("ERR_IDENTITY", "Cannot back up: a one-time identity is not kept");
    const { backupEntries, makeBackup } = await import("../backup.ts");
    const entries = await backupEntries(this.#sealed);
    const madeAt = Date.now();
    const chance = [random(BACKUP_KEY_BYTES), random(PASSPHRASE_SALT_BYTES)] as const;
    return withDerivedKeys(this.#derive, nobleProvider, (provider) => {
      let drawn = 0; // it may run twice, and asks for the same both times
      const again = (): Uint8Array => (drawn++ === 0 ? chance[0] : chance[1]).slice();
      return makeBackup({ ...self, provider, random: again, passphrase, entries, madeAt });
    });
  }

  async import(text: string, passphrase: string, guard?: Guard): Promise<HomeIdentity> {
    if (this.#sealed === undefined)
      throw new EndpointError("ERR_STORAGE", `Cannot import: nothing can be kept here (${this.reason})`);
    const { identity, name } = await openExport(text, passphrase, this.#derive);
    return this.#begin(identity, name, guard);
  }

  async restore(
    { identity, name, entries = [] }: HomeIdentity & Partial<Pick<HomeBackup, "entries">>,
    guard?: Guard,
  ): Promise<HomeIdentity> {
    if (this.#sealed === undefined)
      throw new EndpointError("ERR_STORAGE", `Cannot restore: nothing can be kept here (${this.reason})`);
    const { backupChange, backupEntries } = await import("../backup.ts");
    const before = this.#self;
    const isSame = before?.identity.peerId === identity.peerId;
    const { puts } = backupChange({ identity, entries }, isSame ? await backupEntries(this.#sealed) : []);
    if (this.state === "empty") return this.#begin(identity, name, guard, puts);
    assert(before !== undefined, "an open home");
    if (isSame) {
      await this.#sealed.batch(puts, []);
      return before;
    }
    const next = { identity, name: shownName(name) };
    await this.#sealed.replaceAll([identityEntry(next), ...puts]);
    wipeIdentity(before.identity);
    this.#self = next;
    await erasePart([`${this.#name}-handles`], this.#name);
    return next;
  }

  async erase(): Promise<PageContents> {
    await this.close();
    return erasePart([this.#name, keyShelf(this.#name), `${this.#name}-handles`], this.#name);
  }

  async close(): Promise<void> {
    this.lock();
    await this.#sealed?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #ownGuard(): Guard {
    return browserGuard(keyShelf(this.#name));
  }

  async #begin(
    identity: LocalIdentity,
    given: string,
    guard: Guard = this.#ownGuard,
    puts: readonly StoreEntry[] = [],
  ): Promise<HomeIdentity> {
    assert(this.#sealed !== undefined && this.state === "empty", "an empty home that keeps something");
    const name = shownName(given);
    if (this.#sealed.state === "empty") await this.#sealed.begin(guard);
    const self = { identity, name };
    await this.#sealed.batch([identityEntry(self), ...puts], []);
    this.#self = self;
    return self;
  }
}

const identityEntry = ({ identity, name }: HomeIdentity): StoreEntry => ({
  key: IDENTITY_KEY,
  value: concatBytes(identity.seed.reveal(), textToBytes(name)),
});

const keyShelf = (name: string): string => `${name}-key`;

function shownName(given: string): string {
  const name = cleanName(given);
  if (name === "") throw new EndpointError("ERR_ARGUMENT", "Cannot use the name: nothing of it can be shown");
  return name;
}

/**
 * Who is in an exported text. Nothing is kept, and nothing that is kept changes. Takes seconds.
 * @throws {EndpointError} `ERR_IDENTITY`: wrong passphrase, or damaged
 */
export async function openExport(text: string, passphrase: string, derive?: DeriveKey): Promise<HomeIdentity> {
  try {
    const { identity, name } = await withDerivedKeys(derive, nobleProvider, (provider) =>
      importIdentity({ provider, text, passphrase }),
    );
    // Somebody else may have made the text: its name is shown as a stranger's is.
    return { identity, name: cleanName(name) || shortFingerprint(nobleProvider, identity.peerId) };
  } catch (cause) {
    if (!(cause instanceof WireError)) throw cause;
    throw new EndpointError("ERR_IDENTITY", "Cannot import the identity: wrong passphrase, or the text is damaged", {
      cause,
    });
  }
}

/**
 * Who is in a file, an exported identity or a backup, and what comes with them. Nothing is kept, and nothing that is kept
 * changes. Takes seconds.
 * @throws {EndpointError} `ERR_IDENTITY`: wrong passphrase, or an export that is damaged; `ERR_BACKUP`: no backup, damaged, or newer
 */
export async function openBackupFile(file: Uint8Array, passphrase: string, derive?: DeriveKey): Promise<HomeBackup> {
  const { backupCounts, looksLikeBackup, readBackup } = await import("../backup.ts");
  if (!looksLikeBackup(file)) {
    const self = await openExport(exportedText(file), passphrase, derive);
    return { ...self, madeAt: undefined, entries: [], counts: backupCounts([]) };
  }
  const backup = await withDerivedKeys(derive, nobleProvider, (provider) => readBackup(provider, file, passphrase));
  const { identity, madeAt, entries } = backup;
  const name = cleanName(backup.name) || shortFingerprint(nobleProvider, identity.peerId);
  return { identity, name, madeAt, entries, counts: backupCounts(entries) };
}

function exportedText(file: Uint8Array): string {
  try {
    return bytesToText(file.slice(0, EXPORT_BYTES_MAX));
  } catch (cause) {
    throw new EndpointError("ERR_BACKUP", "Cannot open the backup: this is no backup of Kith", { cause });
  }
}

/** The browser lets the page keep nothing: a private window of some, or a setting of the person. */
function isRefusal(error: unknown): boolean {
  if (!("indexedDB" in globalThis)) return true;
  const cause = error instanceof EndpointError ? error.cause : undefined;
  return cause instanceof Error && ["SecurityError", "NotAllowedError", "InvalidStateError"].includes(cause.name);
}
