/**
 * Records heard on one link, until they expire (RFC 6762 §10): bounded, whatever the link says.
 *
 * @module
 */
import {
  after,
  bytesEqual,
  type Duration,
  type Instant,
  millis,
  type RandomSource,
  randomBelow,
  since,
  sooner,
} from "@kith/core";
import { type DnsRecord, dataBytes } from "./dns-message.ts";
import { foldName } from "./dns-name.ts";
import { recordKey } from "./dns-service.ts";

/** When full, new records are not taken: those of a link that floods us must not push out the others. */
export const CACHED_RECORDS_MAX = 2_048;

/** Longer than any record of ours lives; what claims more is kept no longer. */
const TTL_MAX_S = 4_500;
/** §10.1, §10.2: goodbyes and flushed records live one second more. */
const LAST_SECOND: Duration = millis(1_000);
/** §5.2: asked for again at these parts of its life, and up to 2 % later. */
const REFRESH_AT = [0.8, 0.85, 0.9, 0.95] as const;

interface Cached {
  readonly record: DnsRecord;
  readonly heard: Instant;
  readonly life: Duration;
  readonly expires: Instant;
  /** How often it was asked for again, and when the next time is. */
  readonly refreshes: number;
  readonly refreshAt: Instant | undefined;
}

export class RecordCache {
  readonly #byName = new Map<string, Map<string, Cached>>(); // folded name, then record key; latest heard last
  readonly #random: RandomSource;
  #size = 0;

  constructor(random: RandomSource) {
    this.#random = random;
  }

  get size(): number {
    return this.#size;
  }

  /** Takes what one message says; `isWanted` keeps out records of no use. Whether anything new was learnt. */
  hear(records: readonly DnsRecord[], isWanted: (record: DnsRecord) => boolean, now: Instant): boolean {
    const keys = new Set(records.map(recordKey));
    let isNews = false;
    for (const record of records) {
      const name = foldName(record.name);
      const key = recordKey(record);
      const known = this.#byName.get(name)?.get(key);
      if (known === undefined && !isWanted(record)) continue;
      if (record.flush) this.#flush(name, record.data.type, keys, now);
      if (record.ttl === 0) {
        if (known !== undefined) this.#put(name, key, { ...known, ...last(now) });
        continue;
      }
      if (known === undefined && this.#size >= CACHED_RECORDS_MAX) continue;
      isNews ||= known === undefined || !this.#isLatest(name, record);
      const life = millis(Math.min(record.ttl, TTL_MAX_S) * 1_000);
      this.#remove(name, key); // so that it is the last of its name again
      this.#put(name, key, { record, heard: now, life, expires: after(now, life), ...this.#refresh(0, now, life) });
    }
    return isNews;
  }

  /** Whether nothing else of its name and type was heard since. Of pointers and addresses all count, whatever the order. */
  #isLatest(name: string, { data }: DnsRecord): boolean {
    if (data.type !== "SRV" && data.type !== "TXT") return true;
    const latest = this.find(name, data.type).at(-1);
    return latest !== undefined && bytesEqual(dataBytes(latest), dataBytes(data));
  }

  /** What records of `name` and `type` say, the latest heard last. */
  find<Type extends DnsRecord["data"]["type"]>(name: string, type: Type): (DnsRecord["data"] & { type: Type })[] {
    const found: (DnsRecord["data"] & { type: Type })[] = [];
    for (const { record } of this.#byName.get(foldName(name))?.values() ?? []) {
      if (isType(record.data, type)) found.push(record.data);
    }
    return found;
  }

  /** Records of `name` with what is left of their lives, if that is more than half: known answers (§7.1). */
  known(name: string, now: Instant): DnsRecord[] {
    const known: DnsRecord[] = [];
    for (const { record, expires, life } of this.#byName.get(foldName(name))?.values() ?? []) {
      const left = since(now, expires);
      if (left * 2 > life) known.push({ ...record, flush: false, ttl: Math.floor(left / 1_000) });
    }
    return known;
  }

  /** Drops what has expired; whether anything had. */
  expire(now: Instant): boolean {
    let hasExpired = false;
    for (const [name, key, { expires }] of this.#all()) {
      if (expires > now) continue;
      this.#remove(name, key);
      hasExpired = true;
    }
    return hasExpired;
  }

  /** Records that are worth asking for again now, each named once per stage of its life. */
  due(now: Instant): DnsRecord[] {
    const due: DnsRecord[] = [];
    for (const [name, key, cached] of this.#all()) {
      if (cached.refreshAt === undefined || cached.refreshAt > now) continue;
      due.push(cached.record);
      this.#put(name, key, { ...cached, ...this.#refresh(cached.refreshes + 1, cached.heard, cached.life) });
    }
    return due;
  }

  /** Shortens the lives of the records of `name`: someone tried to use them in vain (§10.4). */
  doubt(name: string, life: Duration, now: Instant): void {
    const expires = after(now, life);
    for (const [key, cached] of this.#byName.get(foldName(name)) ?? []) {
      if (cached.expires > expires) this.#put(foldName(name), key, { ...cached, expires, refreshAt: undefined });
    }
  }

  nextTimeout(): Instant | undefined {
    let next: Instant | undefined;
    for (const [, , { expires, refreshAt }] of this.#all()) next = sooner(sooner(next, expires), refreshAt);
    return next;
  }

  /** §10.2: older records of that name and type are void, except those heard within the last second. */
  #flush(name: string, type: string, spared: ReadonlySet<string>, now: Instant): void {
    for (const [key, cached] of this.#byName.get(name) ?? []) {
      if (cached.record.data.type !== type || spared.has(key)) continue;
      if (since(cached.heard, now) <= LAST_SECOND || cached.expires <= after(now, LAST_SECOND)) continue;
      this.#put(name, key, { ...cached, ...last(now) });
    }
  }

  #refresh(refreshes: number, heard: Instant, life: Duration): Pick<Cached, "refreshes" | "refreshAt"> {
    const part = REFRESH_AT[refreshes];
    if (part === undefined) return { refreshes, refreshAt: undefined };
    const late = randomBelow(this.#random, 200) / 10_000;
    return { refreshes, refreshAt: after(heard, millis(Math.ceil(life * (part + late)))) };
  }

  *#all(): Generator<readonly [name: string, key: string, cached: Cached]> {
    for (const [name, records] of this.#byName) {
      for (const [key, cached] of records) yield [name, key, cached];
    }
  }

  #put(name: string, key: string, cached: Cached): void {
    const records = this.#byName.get(name) ?? new Map<string, Cached>();
    if (!records.has(key)) this.#size++;
    this.#byName.set(name, records.set(key, cached));
  }

  #remove(name: string, key: string): void {
    const records = this.#byName.get(name);
    if (records?.delete(key) !== true) return;
    this.#size--;
    if (records.size === 0) this.#byName.delete(name);
  }
}

const last = (now: Instant): Pick<Cached, "expires" | "refreshAt"> => ({
  expires: after(now, LAST_SECOND),
  refreshAt: undefined,
});

function isType<Type extends DnsRecord["data"]["type"]>(
  data: DnsRecord["data"],
  type: Type,
): data is DnsRecord["data"] & { type: Type } {
  return data.type === type;
}
