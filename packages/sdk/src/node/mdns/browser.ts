/**
 * The looking half of DNS-SD on one link (RFC 6763 §4, RFC 6762 §5.2), as a machine: asks for our
 * service type, soon at first and then ever more rarely (1 s, 3 s, 9 s … 1 h), asks for what an
 * instance lacks, renews what is about to expire, and knows which instances are complete.
 *
 * @module
 */
import { after, type Duration, type Instant, millis, type RandomSource, randomBelow, sooner } from "@kith/core";
import { DNS_TYPE, type DnsMessage, type DnsQuestion, type DnsRecord, dnsMessage } from "./dns-message.ts";
import { foldName, splitName } from "./dns-name.ts";
import { readTxt, SERVICE_TYPE } from "./dns-service.ts";
import { RecordCache } from "./record-cache.ts";

/** Instances followed on one link; a room of thirty is far below, a flood far above. */
export const INSTANCES_MAX = 256;
/** Records kept of one name and type: addresses of a host, texts of an instance. */
export const SAME_TYPE_MAX = 8;

const FIRST_WAIT = { least: 20, spread: 100 }; //      §5.2: 20-120 ms
const QUERY_EVERY_MIN: Duration = millis(1_000);
const QUERY_EVERY_MAX: Duration = millis(3_600_000);
const QUERY_FACTOR = 3;
/** Incomplete instances are asked about so often, so far apart; then they must say something by themselves. */
const RESOLVE_EVERY: Duration = millis(1_000);
const RESOLVE_TRIES = 3;
/** §10.4: a record in doubt that nobody renews within this time goes. */
const DOUBT_LIFE: Duration = millis(10_000);
const QUESTIONS_MAX = 32; //                           of one message
const KNOWN_ANSWERS_MAX = 16; //                       so that a query fits one packet

export type BrowserOutput =
  | { readonly type: "send"; readonly message: DnsMessage }
  /** {@link Browser.found} gives something else than before. */
  | { readonly type: "changed" };

export interface FoundInstance {
  /** Full name, unique on the link. */
  readonly name: string;
  /** Its first label: what people would see. A claim. */
  readonly instance: string;
  readonly port: number;
  readonly txt: ReadonlyMap<string, string>;
  /** Without scopes. */
  readonly addresses: readonly string[];
}

export class Browser {
  readonly #random: RandomSource;
  readonly #cache: RecordCache;
  readonly #outputs: BrowserOutput[] = [];
  readonly #resolving = new Map<string, { readonly tries: number; readonly next: Instant }>(); // by folded name
  #nextQuery: Instant;
  #queryEvery: Duration = QUERY_EVERY_MIN;
  #found: readonly FoundInstance[] = [];

  constructor(options: { readonly random: RandomSource; readonly now: Instant }) {
    this.#random = options.random;
    this.#cache = new RecordCache(options.random);
    this.#nextQuery = this.#soon(options.now);
  }

  /** Instances with a place, an address and a text. */
  get found(): readonly FoundInstance[] {
    return this.#found;
  }

  handleMessage(message: DnsMessage, now: Instant): void {
    if (!message.isResponse) return;
    const records = [...message.answers, ...message.additionals];
    if (this.#cache.hear(records, this.#wanted(records), now)) this.#update(now);
  }

  handleTimeout(now: Instant): void {
    if (this.#cache.expire(now)) this.#update(now);
    const questions = new Map<string, DnsQuestion>();
    const known: DnsRecord[] = [];
    if (now >= this.#nextQuery) {
      ask(questions, SERVICE_TYPE, DNS_TYPE.PTR);
      known.push(...this.#cache.known(SERVICE_TYPE, now).slice(0, KNOWN_ANSWERS_MAX));
      this.#nextQuery = after(now, this.#queryEvery);
      this.#queryEvery = millis(Math.min(this.#queryEvery * QUERY_FACTOR, QUERY_EVERY_MAX));
    }
    for (const { name, data } of this.#cache.due(now)) ask(questions, name, DNS_TYPE[data.type]);
    for (const [key, { tries, next }] of this.#resolving) {
      if (next > now) continue;
      this.#askForMissing(key, questions);
      if (tries + 1 < RESOLVE_TRIES) {
        this.#resolving.set(key, { tries: tries + 1, next: after(now, millis(RESOLVE_EVERY * (tries + 1))) });
      } else this.#resolving.set(key, { tries: tries + 1, next: NEVER });
    }
    const all = [...questions.values()];
    for (let i = 0; i < all.length; i += QUESTIONS_MAX) {
      const answers = i === 0 ? known : [];
      this.#outputs.push({
        type: "send",
        message: dnsMessage({ questions: all.slice(i, i + QUESTIONS_MAX), answers }),
      });
    }
  }

  nextTimeout(): Instant | undefined {
    let next = sooner(this.#nextQuery, this.#cache.nextTimeout());
    for (const { next: resolve } of this.#resolving.values()) if (resolve !== NEVER) next = sooner(next, resolve);
    return next;
  }

  poll(): BrowserOutput | undefined {
    return this.#outputs.shift();
  }

  /** Someone is looking, or the network may have changed: asks soon, and then rarely again. */
  refresh(now: Instant): void {
    this.#nextQuery = this.#soon(now);
    this.#queryEvery = QUERY_EVERY_MIN;
  }

  /** It was dialled in vain: asks whether it is still there, and forgets it if nobody says so. */
  doubt(name: string, now: Instant): void {
    if (this.#found.every((found) => found.name !== name)) return;
    this.#cache.doubt(name, DOUBT_LIFE, now);
    const questions = [DNS_TYPE.SRV, DNS_TYPE.TXT].map((type) => ({ name, type, wantsUnicast: false }));
    this.#outputs.push({ type: "send", message: dnsMessage({ questions }) });
  }

  #soon(now: Instant): Instant {
    return after(now, millis(FIRST_WAIT.least + randomBelow(this.#random, FIRST_WAIT.spread)));
  }

  /** Pointers of our type, and what belongs to instances and hosts that such a pointer leads to. */
  #wanted(records: readonly DnsRecord[]): (record: DnsRecord) => boolean {
    const instances = new Set(this.#cache.find(SERVICE_TYPE, "PTR").map(({ target }) => foldName(target)));
    for (const { name, ttl, data } of records) {
      const isOurs = data.type === "PTR" && ttl > 0 && foldName(name) === SERVICE_TYPE && isInstanceName(data.target);
      if (isOurs && instances.size < INSTANCES_MAX) instances.add(foldName(data.target));
    }
    const hosts = new Set<string>();
    for (const name of instances) for (const { target } of this.#cache.find(name, "SRV")) hosts.add(foldName(target));
    for (const { name, data } of records) {
      if (data.type === "SRV" && instances.has(foldName(name))) hosts.add(foldName(data.target));
    }
    return ({ name, data }) => {
      const folded = foldName(name);
      if (data.type === "PTR") return folded === SERVICE_TYPE && instances.has(foldName(data.target));
      const owners = data.type === "SRV" || data.type === "TXT" ? instances : hosts;
      return owners.has(folded) && this.#cache.find(name, data.type).length < SAME_TYPE_MAX;
    };
  }

  #addresses(host: string): string[] {
    const found = [...this.#cache.find(host, "A"), ...this.#cache.find(host, "AAAA")];
    return found.map(({ address }) => address);
  }

  #update(now: Instant): void {
    const pointers = this.#cache.find(SERVICE_TYPE, "PTR");
    const found: FoundInstance[] = [];
    const open = new Set<string>();
    for (const { target: name } of pointers) {
      const key = foldName(name);
      const place = this.#cache.find(name, "SRV").at(-1);
      const text = this.#cache.find(name, "TXT").at(-1);
      const addresses = place === undefined ? [] : this.#addresses(place.target);
      if (place !== undefined && text !== undefined && addresses.length > 0) {
        const instance = splitName(name)[0] ?? "";
        found.push({ name, instance, port: place.port, txt: readTxt(text.strings), addresses });
        this.#resolving.delete(key);
        continue;
      }
      open.add(key);
      if (!this.#resolving.has(key)) this.#resolving.set(key, { tries: 0, next: now });
    }
    for (const key of this.#resolving.keys()) if (!open.has(key)) this.#resolving.delete(key);
    found.sort((a, b) => (a.name < b.name ? -1 : 1));
    if (isSame(found, this.#found)) return;
    this.#found = found;
    this.#outputs.push({ type: "changed" });
  }

  #askForMissing(key: string, questions: Map<string, DnsQuestion>): void {
    const place = this.#cache.find(key, "SRV").at(-1);
    if (place === undefined) ask(questions, key, DNS_TYPE.SRV);
    if (this.#cache.find(key, "TXT").length === 0) ask(questions, key, DNS_TYPE.TXT);
    if (place === undefined || this.#addresses(place.target).length > 0) return;
    ask(questions, place.target, DNS_TYPE.A);
    ask(questions, place.target, DNS_TYPE.AAAA);
  }
}

const NEVER = Number.POSITIVE_INFINITY as Instant;

const isInstanceName = (name: string): boolean =>
  foldName(name).endsWith(`.${SERVICE_TYPE}`) && splitName(name).length === splitName(SERVICE_TYPE).length + 1;

function ask(questions: Map<string, DnsQuestion>, name: string, type: number): void {
  questions.set(`${foldName(name)} ${type}`, { name, type, wantsUnicast: false });
}

const isSame = (a: readonly FoundInstance[], b: readonly FoundInstance[]): boolean =>
  JSON.stringify(a.map(plain)) === JSON.stringify(b.map(plain));

const plain = (found: FoundInstance): unknown => ({ ...found, txt: [...found.txt], addresses: [...found.addresses] });
