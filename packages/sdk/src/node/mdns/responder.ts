/**
 * The advertising half of multicast DNS on one link (RFC 6762), as a machine:
 *
 *     probing (three questions: does anyone have these names?) ──▶ announcing (twice) ──▶ established
 *        ▲  taken: next name                                                                  │
 *        └───────────────────────────── someone else claims one ◀─────────────────────────────┘
 *
 * Answers what it is asked, except what the asker says it knows (§7.1), no record more than once a
 * second (§6). Says goodbye when it stops (§10.1). Does not browse; does not do NSEC (§6.1, a SHOULD).
 *
 * @module
 */
import { after, type Duration, type Instant, millis, type RandomSource, randomBelow, since, sooner } from "@kith/core";
import { DNS_TYPE, type DnsMessage, type DnsQuestion, type DnsRecord, dataBytes, dnsMessage } from "./dns-message.ts";
import { foldName, nextHost, nextInstance } from "./dns-name.ts";
import { type Advert, recordKey, type ServiceRecords, serviceRecords } from "./dns-service.ts";

export const MDNS_PORT = 5_353;

const PROBE_EVERY: Duration = millis(250); //            §8.1
const PROBES = 3;
const LOST_TIE_WAIT: Duration = millis(1_000); //        §8.2
const CONFLICTS_MAX = 15; //                             §8.1: that many, and then slowly
const MANY_CONFLICTS_WAIT: Duration = millis(5_000);
const ANNOUNCE_EVERY: Duration = millis(1_000); //       §8.3
const ANNOUNCEMENTS = 2;
const SHARED_WAIT = { least: 20, spread: 100 }; //       §6: 20-120 ms
const TRUNCATED_WAIT = { least: 400, spread: 100 }; //   §7.2: more known answers are coming
const REPEAT_AFTER: Duration = millis(1_000); //         §6
const REPEAT_TO_PROBE_AFTER: Duration = millis(250);
const LEGACY_TTL_MAX = 10; //                            §6.7, seconds

type Phase =
  | { readonly at: "probing"; readonly sent: number; readonly next: Instant }
  | { readonly at: "announcing"; readonly sent: number; readonly next: Instant }
  | { readonly at: "established" }
  | { readonly at: "stopped" };

export type ResponderOutput =
  | { readonly type: "send"; readonly message: DnsMessage; readonly to?: Asker }
  /** The names are ours, and everyone has been told. */
  | { readonly type: "established" }
  /** One of the names was taken; these are tried now. */
  | { readonly type: "renamed"; readonly instance: string; readonly host: string };

export interface Asker {
  readonly address: string;
  readonly port: number;
}

interface Answer {
  readonly record: DnsRecord;
  readonly due: Instant;
  /** Who asked, if it was one and more of its known answers may come. */
  readonly asker: string | undefined;
}

export class Responder {
  readonly #random: RandomSource;
  #advert: Advert;
  #addresses: readonly string[];
  /** Addresses of ours on any link: hearing one of them is no conflict (§14). */
  #ownAddresses: ReadonlySet<string>;
  #records: ServiceRecords;
  #phase: Phase;
  #conflicts = 0;
  readonly #answers = new Map<string, Answer>(); //      by record: never more than we have records
  readonly #lastSent = new Map<string, Instant>(); //    by record, likewise
  readonly #outputs: ResponderOutput[] = [];

  constructor(options: {
    readonly advert: Advert;
    readonly addresses: readonly string[];
    readonly ownAddresses?: readonly string[];
    readonly random: RandomSource;
    readonly now: Instant;
  }) {
    this.#random = options.random;
    this.#advert = options.advert;
    this.#addresses = options.addresses;
    this.#ownAddresses = new Set(options.ownAddresses ?? options.addresses);
    this.#records = serviceRecords(options.advert, options.addresses);
    this.#phase = this.#freshProbing(options.now);
  }

  get advert(): Advert {
    return this.#advert;
  }

  get isEstablished(): boolean {
    return this.#phase.at === "established";
  }

  handleMessage(message: DnsMessage, from: Asker, now: Instant): void {
    if (this.#phase.at === "stopped") return;
    if (message.isResponse) this.#handleResponse(message, now);
    else this.#handleQuery(message, from, now);
  }

  handleTimeout(now: Instant): void {
    const phase = this.#phase;
    if (phase.at === "probing" && now >= phase.next) this.#probe(phase.sent, now);
    else if (phase.at === "announcing" && now >= phase.next) this.#announce(phase.sent, now);
    const due = [...this.#answers.values()].filter((answer) => answer.due <= now);
    for (const { record } of due) this.#answers.delete(recordKey(record));
    if (due.length > 0)
      this.#multicast(
        due.map(({ record }) => record),
        now,
      );
  }

  nextTimeout(): Instant | undefined {
    let next = "next" in this.#phase ? this.#phase.next : undefined;
    for (const { due } of this.#answers.values()) next = sooner(next, due);
    return next;
  }

  poll(): ResponderOutput | undefined {
    return this.#outputs.shift();
  }

  /** Says something new about the same instance, at once. */
  update(change: { readonly txt?: Advert["txt"]; readonly port?: number }, now: Instant): void {
    this.#replace({ ...this.#advert, ...change });
    if (this.#phase.at === "established" || this.#phase.at === "announcing") {
      this.#phase = { at: "announcing", sent: 0, next: now };
    }
  }

  /** Takes back everything said under the old names, then goes on under new ones. */
  rename(advert: Advert, now: Instant): void {
    if (this.#phase.at === "stopped") return;
    this.#goodbye();
    this.#replace(advert);
    this.#phase = this.#freshProbing(now);
  }

  /** Says goodbye; nothing is sent after that. */
  stop(): void {
    if (this.#phase.at === "stopped") return;
    this.#goodbye();
    this.#phase = { at: "stopped" };
    this.#answers.clear();
  }

  #freshProbing(now: Instant): Phase {
    return { at: "probing", sent: 0, next: after(now, millis(randomBelow(this.#random, PROBE_EVERY))) };
  }

  #replace(advert: Advert): void {
    this.#advert = advert;
    this.#records = serviceRecords(advert, this.#addresses);
    this.#answers.clear();
    this.#lastSent.clear();
  }

  #probe(sent: number, now: Instant): void {
    if (sent === PROBES) {
      this.#announce(0, now);
      return;
    }
    const questions: DnsQuestion[] = [this.#records.instanceName, this.#records.hostName].map((name) => ({
      name,
      type: DNS_TYPE.ANY,
      wantsUnicast: false, // port 5353 is shared: a unicast answer may go to another program here
    }));
    const authorities = this.#records.unique.map((record) => ({ ...record, flush: false }));
    this.#outputs.push({ type: "send", message: dnsMessage({ questions, authorities }) });
    this.#phase = { at: "probing", sent: sent + 1, next: after(now, PROBE_EVERY) };
  }

  #announce(sent: number, now: Instant): void {
    this.#multicast([...this.#records.shared, ...this.#records.unique], now);
    this.#conflicts = 0;
    if (sent + 1 < ANNOUNCEMENTS) {
      this.#phase = { at: "announcing", sent: sent + 1, next: after(now, ANNOUNCE_EVERY) };
      return;
    }
    this.#phase = { at: "established" };
    this.#outputs.push({ type: "established" });
  }

  #goodbye(): void {
    if (this.#phase.at === "probing") return; // nothing was claimed yet
    const answers = [...this.#records.shared, ...this.#records.unique]
      .filter(({ name }) => name !== this.#records.shared[1]?.name) // the type itself may have others
      .map((record) => ({ ...record, ttl: 0 }));
    this.#outputs.push({ type: "send", message: dnsMessage({ isResponse: true, answers }) });
  }

  // --- what others say ------------------------------------------------------------------------

  #handleResponse(message: DnsMessage, now: Instant): void {
    for (const record of [...message.answers, ...message.additionals]) {
      if (record.ttl === 0 || !this.#contradicts(record)) continue;
      this.#conflict(record.name, now);
      return;
    }
  }

  /** Whether `record` has a name of ours and says what none of our records says. */
  #contradicts(record: DnsRecord): boolean {
    const { data } = record;
    if ((data.type === "A" || data.type === "AAAA") && this.#ownAddresses.has(data.address)) return false;
    const sameName = this.#records.unique.filter(({ name }) => foldName(name) === foldName(record.name));
    if (sameName.length === 0) return false;
    const key = recordKey(record);
    if (sameName.some((ours) => recordKey(ours) === key)) return false;
    return this.#phase.at === "probing" || sameName.some((ours) => ours.data.type === data.type);
  }

  #conflict(name: string, now: Instant): void {
    if (this.#phase.at !== "probing") {
      this.#phase = { at: "probing", sent: 0, next: now }; // §9: perhaps the other is gone; ask again first
      return;
    }
    this.#conflicts++;
    const isInstance = foldName(name) === foldName(this.#records.instanceName);
    const { instance, host } = this.#advert;
    this.#replace({
      ...this.#advert,
      ...(isInstance ? { instance: nextInstance(instance) } : { host: nextHost(host) }),
    });
    const wait = this.#conflicts > CONFLICTS_MAX ? MANY_CONFLICTS_WAIT : millis(0);
    this.#phase = { at: "probing", sent: 0, next: after(now, wait) };
    this.#outputs.push({ type: "renamed", instance: this.#advert.instance, host: this.#advert.host });
  }

  #handleQuery(message: DnsMessage, from: Asker, now: Instant): void {
    this.#forgetKnown(message, from);
    if (this.#phase.at === "probing") {
      this.#breakTie(message, now);
      return;
    }
    const found = message.questions.flatMap((question) =>
      this.#matching(question)
        .filter((record) => !isKnown(record, message.answers))
        .map((record) => ({ question, record })),
    );
    if (found.length === 0) return;
    if (from.port !== MDNS_PORT) {
      this.#answerLegacy(
        message,
        found.map(({ record }) => record),
        from,
      );
      return;
    }
    const unicast = found.filter(({ question }) => question.wantsUnicast).map(({ record }) => record);
    if (unicast.length > 0) {
      this.#outputs.push({ type: "send", to: from, message: this.#response(unicast) });
    }
    for (const { question, record } of found) {
      const last = this.#lastSent.get(recordKey(record));
      const isFresh = last !== undefined && since(last, now) < record.ttl * 250; // §5.4: a quarter of its life
      if (!(question.wantsUnicast && isFresh)) this.#schedule(record, message, from, now);
    }
  }

  /** §8.2: two probe for one name at once; the one whose records come later in order has it. */
  #breakTie(message: DnsMessage, now: Instant): void {
    if (this.#phase.at !== "probing" || this.#phase.sent === 0) return;
    for (const name of [this.#records.instanceName, this.#records.hostName]) {
      const theirs = message.authorities.filter((record) => foldName(record.name) === foldName(name));
      const ours = this.#records.unique.filter((record) => record.name === name);
      if (theirs.length === 0 || compareRecords(ours, theirs) >= 0) continue;
      this.#phase = { at: "probing", sent: 0, next: after(now, LOST_TIE_WAIT) };
      return;
    }
  }

  #matching(question: DnsQuestion): DnsRecord[] {
    const name = foldName(question.name);
    return [...this.#records.shared, ...this.#records.unique].filter(
      (record) =>
        foldName(record.name) === name &&
        (question.type === DNS_TYPE.ANY || question.type === DNS_TYPE[record.data.type]),
    );
  }

  #schedule(record: DnsRecord, message: DnsMessage, from: Asker, now: Instant): void {
    const key = recordKey(record);
    const { least, spread } = message.isTruncated ? TRUNCATED_WAIT : SHARED_WAIT;
    const isImmediate = record.flush && !message.isTruncated;
    let due = isImmediate ? now : after(now, millis(least + randomBelow(this.#random, spread)));
    const last = this.#lastSent.get(key);
    const repeatAfter = message.authorities.length > 0 ? REPEAT_TO_PROBE_AFTER : REPEAT_AFTER;
    if (last !== undefined && after(last, repeatAfter) > due) due = after(last, repeatAfter);
    const waiting = this.#answers.get(key);
    const asker = waiting === undefined || waiting.asker === from.address ? from.address : undefined;
    this.#answers.set(key, { record, due: waiting === undefined || due < waiting.due ? due : waiting.due, asker });
  }

  /** §7.2: the rest of a truncated question's known answers. */
  #forgetKnown(message: DnsMessage, from: Asker): void {
    if (message.questions.length > 0 && !message.isTruncated) return;
    for (const [key, { record, asker }] of this.#answers) {
      if (asker === from.address && isKnown(record, message.answers)) this.#answers.delete(key);
    }
  }

  // --- what we say ----------------------------------------------------------------------------

  #multicast(records: readonly DnsRecord[], now: Instant): void {
    for (const record of records) {
      const key = recordKey(record);
      this.#lastSent.set(key, now);
      this.#answers.delete(key);
    }
    this.#outputs.push({ type: "send", message: this.#response(records) });
  }

  /** `records`, and what an asker for them will want next (RFC 6763 §12). */
  #response(records: readonly DnsRecord[]): DnsMessage {
    const isPlace = records.some(({ data }) => data.type === "SRV");
    const isInstance = records.some(({ name, data }) => data.type === "PTR" && name === this.#records.shared[0]?.name);
    const additionals = this.#records.unique.filter(
      (record) => !records.includes(record) && (isInstance || (isPlace && record.name === this.#records.hostName)),
    );
    return dnsMessage({ isResponse: true, answers: records, additionals });
  }

  #answerLegacy(query: DnsMessage, records: readonly DnsRecord[], to: Asker): void {
    const plain = (record: DnsRecord): DnsRecord => ({
      ...record,
      ttl: Math.min(record.ttl, LEGACY_TTL_MAX),
      flush: false,
    });
    const { answers, additionals } = this.#response(records);
    const message = dnsMessage({
      id: query.id,
      isResponse: true,
      questions: query.questions.slice(0, 4),
      answers: answers.map(plain),
      additionals: additionals.map(plain),
    });
    this.#outputs.push({ type: "send", to, message });
  }
}

/** Whether the asker has `record` already, with at least half its life left (§7.1). */
function isKnown(record: DnsRecord, known: readonly DnsRecord[]): boolean {
  const key = recordKey(record);
  return known.some((other) => other.ttl * 2 >= record.ttl && recordKey(other) === key);
}

/** §8.2.1: sorted by type and data, the first difference decides; who runs out first comes first. */
function compareRecords(ours: readonly DnsRecord[], theirs: readonly DnsRecord[]): number {
  const sorted = (records: readonly DnsRecord[]): Buffer[] =>
    records
      .map(({ data }) => Buffer.concat([Uint8Array.of(0, DNS_TYPE[data.type]), dataBytes(data)]))
      .sort(Buffer.compare);
  const [a, b] = [sorted(ours), sorted(theirs)];
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = Buffer.compare(a[i] ?? Buffer.alloc(0), b[i] ?? Buffer.alloc(0));
    if (order !== 0) return order;
  }
  return a.length - b.length;
}
