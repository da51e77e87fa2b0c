/**
 * Earlier versions of a document, on this device: one is kept when nobody has edited for a while, after a long stretch of
 * editing, when a person says so, before another one is brought back, and when the document is closed. Kept of each is what it
 * has beyond the one before, so that what was deleted since is still there.
 *
 * Bounded twice, in number and in bytes. At the bound a version is put together with the next one: which, says
 * `thinning.ts`; of bytes, the two oldest, of which what was deleted goes for good.
 *
 * @module
 */
import { bytesEqual, type Duration, minutes, type PeerId } from "@kith/core";
import * as Y from "yjs";
import type { Clock } from "../clock.ts";
import { EndpointError } from "../endpoint-error.ts";
import { type Observable, Subject } from "../observable.ts";
import type { KeyValueStore } from "../storage.ts";
import { bringBack } from "./bring-back.ts";
import {
  aboutKey,
  type DocVersion,
  readVersion,
  updateKey,
  VERSION_NAME_CHARACTERS_MAX,
  type VersionRecord,
  writeVersion,
} from "./doc-version.ts";
import { leastMissed } from "./thinning.ts";

/** Nobody edited for so long: that was a version. */
export const VERSION_AFTER_REST: Duration = minutes(2);
/** So long somebody edited all the time: that, too. */
export const VERSION_AFTER_WORK: Duration = minutes(10);
export const VERSIONS_MAX = 60;
export const HISTORY_BYTES_MAX = 33_554_432;

/** What came since the last version. */
interface Pending {
  readonly since: number;
  last: number;
  readonly by: Set<PeerId>;
  readonly broughtBy: Set<PeerId>;
}

type Extra = Partial<Pick<DocVersion, "name" | "broughtBackFrom">>;

export class DocHistory {
  readonly #store: KeyValueStore;
  readonly #prefix: string;
  readonly #doc: Y.Doc;
  readonly #clock: Clock;
  readonly #versions = new Subject<readonly VersionRecord[]>([]);
  #pending: Pending | undefined;
  #cancelTimer: (() => void) | undefined;
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(store: KeyValueStore, prefix: string, doc: Y.Doc, clock: Clock) {
    [this.#store, this.#prefix, this.#doc, this.#clock] = [store, prefix, doc, clock];
  }

  /** `doc` has what was kept of it already. */
  static async open(store: KeyValueStore, prefix: string, doc: Y.Doc, clock: Clock): Promise<DocHistory> {
    const history = new DocHistory(store, prefix, doc, clock);
    const records = await store.list(`${prefix}about/`);
    const versions = records.flatMap(({ value }) => readVersion(value) ?? []);
    history.#versions.set(versions);
    const vector = versions.at(-1)?.vector ?? Y.encodeStateVector(new Y.Doc());
    if (!bytesEqual(vector, Y.encodeStateVector(doc))) history.#change(); // it was not closed: nobody knows any more who it was
    return history;
  }

  /** Oldest first. */
  get versions(): Observable<readonly DocVersion[]> {
    return this.#versions;
  }

  /** The document has changed: `peer` did it, or brought what others may have done. */
  note(peer: PeerId, isAuthor: boolean): void {
    const { by, broughtBy } = this.#change();
    (isAuthor ? by : broughtBy).add(peer);
  }

  /** What stands in the document now is a version. Without a name nothing is done unless something has changed. */
  keep(name?: string): Promise<void> {
    if (name !== undefined && name.length > VERSION_NAME_CHARACTERS_MAX)
      throw new EndpointError("ERR_ARGUMENT", `Cannot keep that name: over ${VERSION_NAME_CHARACTERS_MAX} characters`);
    return this.#conclude({ name });
  }

  /** The document as it stood then, for looking at; the caller's own. @throws {EndpointError} `ERR_ARGUMENT`, `ERR_STORAGE` */
  docAt(number: number): Promise<Y.Doc> {
    return this.#inTurn(async () => {
      const versions = this.#versions.get();
      const index = versions.findIndex((version) => version.number === number);
      if (index < 0) throw gone();
      const doc = new Y.Doc();
      for (const version of versions.slice(0, index + 1)) Y.applyUpdate(doc, await this.#updateOf(version));
      return doc;
    });
  }

  /** By an edit, which others get and which can be undone: what is here now is a version before, what comes a new one. */
  async bringBack(number: number): Promise<void> {
    const version = this.#versions.get().find((each) => each.number === number);
    if (version === undefined) throw gone();
    await this.keep();
    const earlier = await this.docAt(number);
    bringBack(this.#doc, earlier);
    earlier.destroy();
    await this.#conclude({ broughtBackFrom: version.at });
  }

  /** Keeps what is not kept yet. */
  async close(): Promise<void> {
    await this.keep();
    this.#cancelTimer?.();
  }

  // --- when --------------------------------------------------------------------------------------

  #change(): Pending {
    const now = this.#clock.wall();
    this.#pending ??= { since: now, last: now, by: new Set(), broughtBy: new Set() };
    this.#pending.last = now;
    this.#cancelTimer ??= this.#clock.schedule(VERSION_AFTER_REST, () => this.#look());
    return this.#pending;
  }

  #look(): void {
    this.#cancelTimer = undefined;
    if (this.#pending === undefined) return;
    const { since, last } = this.#pending;
    const now = this.#clock.wall();
    const rest = Math.min(last + VERSION_AFTER_REST, since + VERSION_AFTER_WORK) - now;
    // A wall clock may jump: no wait is longer than the first one was.
    if (rest > 0)
      this.#cancelTimer = this.#clock.schedule(Math.min(rest, VERSION_AFTER_REST) as Duration, () => this.#look());
    else void this.keep().catch(() => {}); // it is full there: with the next one
  }

  // --- keeping -----------------------------------------------------------------------------------

  #conclude({ name, broughtBackFrom }: Extra): Promise<void> {
    return this.#inTurn(async () => {
      const pending = this.#pending;
      if (pending === undefined && name === undefined) return;
      const versions = this.#versions.get();
      const before = versions.at(-1);
      const update = Y.encodeStateAsUpdate(this.#doc, before?.vector);
      const record: VersionRecord = {
        ...{ number: (before?.number ?? -1) + 1, at: pending?.last ?? this.#clock.wall() },
        ...{ by: [...(pending?.by ?? [])], broughtBy: [...(pending?.broughtBy ?? [])], name, broughtBackFrom },
        ...{ vector: Y.encodeStateVector(this.#doc), bytes: update.length },
      };
      this.#pending = undefined;
      try {
        await this.#put(record, update, []);
      } catch (error) {
        const since = this.#change(); // it is still to be kept
        for (const peer of record.by) since.by.add(peer);
        for (const peer of record.broughtBy) since.broughtBy.add(peer);
        throw error;
      }
      this.#versions.set([...versions, record]);
      await this.#thin();
    });
  }

  async #thin(): Promise<void> {
    for (;;) {
      const versions = this.#versions.get();
      const isTooLarge = versions.reduce((sum, { bytes }) => sum + bytes, 0) > HISTORY_BYTES_MAX;
      if (versions.length < 3 || (versions.length <= VERSIONS_MAX && !isTooLarge)) return;
      await this.#join(isTooLarge ? 0 : leastMissed(versions));
    }
  }

  /** The version at that place is one no more; what it has, the next one has. */
  async #join(index: number): Promise<void> {
    const versions = this.#versions.get();
    const [first, next] = [versions[index], versions[index + 1]];
    if (first === undefined || next === undefined) return;
    const both = [await this.#updateOf(first), await this.#updateOf(next)];
    const update = index === 0 ? collected(both) : Y.mergeUpdates(both);
    const by = [...new Set([...first.by, ...next.by])];
    const broughtBy = [...new Set([...first.broughtBy, ...next.broughtBy])];
    const record = { ...next, by, broughtBy, bytes: update.length };
    await this.#put(record, update, [first.number]);
    this.#versions.set(versions.flatMap((each) => (each === first ? [] : [each === next ? record : each])));
  }

  #put(record: VersionRecord, update: Uint8Array, gone: readonly number[]): Promise<void> {
    const about = { key: aboutKey(this.#prefix, record.number), value: writeVersion(record) };
    const puts = [about, { key: updateKey(this.#prefix, record.number), value: update }];
    const keys = gone.flatMap((number) => [aboutKey(this.#prefix, number), updateKey(this.#prefix, number)]);
    return this.#store.batch(puts, keys);
  }

  async #updateOf({ number }: DocVersion): Promise<Uint8Array> {
    const update = await this.#store.get(updateKey(this.#prefix, number));
    if (update === undefined)
      throw new EndpointError("ERR_STORAGE", "Cannot read the version: a part of it is missing");
    return update;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#writing.then(work);
    this.#writing = done.catch(() => {}); // whoever asked for it is told
    return done;
  }
}

/** One update, in which nothing stands that is deleted. */
function collected(updates: readonly Uint8Array[]): Uint8Array {
  const doc = new Y.Doc();
  for (const update of updates) Y.applyUpdate(doc, update);
  const update = Y.encodeStateAsUpdate(doc);
  doc.destroy();
  return update;
}

const gone = (): EndpointError =>
  new EndpointError("ERR_ARGUMENT", "No such version: it was put together with another");
