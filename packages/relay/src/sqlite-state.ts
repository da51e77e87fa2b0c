/**
 * A relay's state in SQLite: it answers what the machine asks, as {@link MemoryRelayState} does, and durably.
 *
 * Questions of one turn of the event loop share a transaction and one wait for the disk; their answers are given when
 * it is over. If it fails, each question is tried alone, so that one that cannot be answered harms no other.
 *
 * What is deleted is overwritten (`secure_delete`), and after a purge, the end of a share and once a minute the log of SQLite, which holds
 * pages as they were, is emptied. Wrong tries, logins and deposits are counted in memory: they name addresses, and last
 * minutes. What is counted by the minute is so before the transaction, and once, whatever becomes of that.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import {
  bytesEqual,
  bytesToHex,
  CLAIM_MISSES,
  ENTER_MISSES,
  type KeptItem,
  type MetMailbox,
  MissBook,
  RateBook,
  RELAY_DEPOSITS_PER_MINUTE,
  RELAY_ITEMS_BYTES_MAX,
  RELAY_ITEMS_BYTES_PER_PAIR_MAX,
  RELAY_ITEMS_BYTES_PER_SENDER_MAX,
  RELAY_ITEMS_MAX,
  RELAY_ITEMS_PER_SENDER_MAX,
  RELAY_KNOWN_FOR,
  RELAY_MAILBOX_CHOICES,
  RELAY_MAILBOXES_MAX,
  type RelayAnswers,
  type RelayQuestions,
  type RelayStanding,
  ShareRates,
  type StateAnswer,
  type StateBounds,
  type StateQuestion,
  wallTime,
} from "@kith/core";
import { ShareTable } from "./share-table.ts";
import { bytesIn, numberIn, type StoreStatements, statementsOf } from "./store-statements.ts";

const BOUNDS: StateBounds = {
  knownMax: 262_144,
  mailboxesMax: 65_536,
  passesMax: 1_024,
  itemsBytesMax: 1_073_741_824,
  sharesMax: 65_536,
  sharesBytesMax: 268_435_456,
};

/** After which nothing of what was deleted may be found in a file. */
const ERASING: readonly StateQuestion["type"][] = ["purge", "sweep", "endShare"];

/** Those that the database answers. */
type StoredQuestion = Exclude<StateQuestion, { type: "attempt" }>;
type Answer<Type extends keyof RelayAnswers> = RelayAnswers[Type];

/** Numbers of what is kept. */
export interface StoreGauges {
  readonly items: number;
  readonly itemsBytes: number;
  readonly known: number;
  readonly mailboxes: number;
  /** Those that ended early counted until their time is up. */
  readonly shares: number;
  readonly sharesBytes: number;
}

export class SqliteRelayState {
  readonly #database: DatabaseSync;
  readonly #sql: StoreStatements;
  readonly #claimHash: Uint8Array;
  readonly #bounds: StateBounds;
  readonly #misses = new MissBook();
  readonly #attempts = new RateBook();
  readonly #deposits = new RateBook();
  readonly #shareRates = new ShareRates();
  readonly #shares: ShareTable;
  readonly #handleTrouble: (error: unknown, question: StateQuestion) => void;

  /** `claimHash`: SHA-256 of the code by which the relay is claimed. `handleTrouble` hears why an answer is `storage`. */
  constructor(
    database: DatabaseSync,
    claimHash: Uint8Array,
    bounds: Partial<StateBounds> = {},
    handleTrouble: (error: unknown, question: StateQuestion) => void = () => {},
  ) {
    this.#database = database;
    this.#sql = statementsOf(database);
    this.#claimHash = claimHash;
    this.#bounds = { ...BOUNDS, ...bounds };
    this.#shares = new ShareTable(database, this.#bounds);
    this.#handleTrouble = handleTrouble;
  }

  get isClaimed(): boolean {
    return this.#fact("owner") !== undefined;
  }

  get gauges(): StoreGauges {
    const totals = this.#sql.totals.get();
    const known = numberIn(this.#sql.countKnown.get(), "count");
    const mailboxes = numberIn(this.#sql.countMailboxes.get(), "count");
    const items = { items: numberIn(totals, "items"), itemsBytes: numberIn(totals, "bytes") };
    return { ...items, known, mailboxes, ...this.#shares.gauges };
  }

  answer(question: StateQuestion): StateAnswer {
    return this.answerAll([question])[0] ?? { type: "storage" };
  }

  /** Answers in order; all of them durable. */
  answerAll(questions: readonly StateQuestion[]): readonly StateAnswer[] {
    const stored: StoredQuestion[] = [];
    const counted = questions.map((question) => this.#count(question, stored));
    const answers = this.#store(stored).values();
    return counted.map((answer) => answer ?? answers.next().value ?? { type: "storage" });
  }

  /** What those have to say who count, or nothing, and the question is put to `stored`. */
  #count(question: StateQuestion, stored: StoredQuestion[]): StateAnswer | undefined {
    if (question.type === "attempt") {
      const until = this.#attempts.take(question.source, question.perMinute, question.wall);
      return until === undefined
        ? { type: "attempt", verdict: "welcome" }
        : { type: "attempt", verdict: "paused", until };
    }
    if (question.type === "deposit") {
      const until = this.#deposits.take(bytesToHex(question.from), RELAY_DEPOSITS_PER_MINUTE, question.wall);
      if (until !== undefined) return { type: "deposit", verdict: "paused", until };
    }
    if (question.type === "keepShare" || question.type === "takeShare") {
      const until = this.#shareRates.take(question);
      if (until !== undefined) return { type: question.type, verdict: "paused", until };
    }
    stored.push(question);
    return undefined;
  }

  #store(questions: readonly StoredQuestion[]): readonly StateAnswer[] {
    const [only] = questions;
    if (only === undefined) return [];
    try {
      const answers = this.#inTransaction(() => questions.map((question) => this.#answer(question)));
      if (questions.some(({ type }) => ERASING.includes(type))) this.#sql.emptyLog.all();
      return answers;
    } catch (error) {
      if (questions.length > 1) return questions.flatMap((question) => this.#store([question]));
      this.#handleTrouble(error, only);
      return [this.#withoutWriting(only)];
    }
  }

  /** A full disk locks nobody out who was known: only when they were last here is not written down. */
  #withoutWriting(question: StoredQuestion): StateAnswer {
    if (question.type !== "login") return { type: "storage" };
    try {
      const standing = this.#standing(question.key, question.wall);
      if (!standing.known) return { type: "storage" };
      return { type: "login", verdict: "welcome", standing, met: this.#metOf(question.key, question.wall) };
    } catch {
      return { type: "storage" };
    }
  }

  #inTransaction<Result>(run: () => Result): Result {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      const result = run();
      this.#database.exec("COMMIT");
      return result;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  #answer(question: StoredQuestion): StateAnswer {
    switch (question.type) {
      case "login":
        return this.#login(question);
      case "owner":
        return { type: "owner", owner: this.#isOwner(question.key) };
      case "claim":
        return this.#claim(question);
      case "policy":
        this.#sql.putFact.run("policy", Uint8Array.of(question.invitedOnly ? 2 : 1));
        return { type: "policy" };
      case "admit":
        return this.#admit(question);
      case "open":
        return this.#open(question);
      case "enter":
        return this.#enter(question);
      case "shut":
        this.#sql.shut.run(question.mailbox, question.key);
        return { type: "shut" };
      case "deposit":
        return { type: "deposit", verdict: this.#deposit(question) };
      case "items":
        return { type: "items", ...this.#items(question) };
      case "taken":
        for (const { from, id } of question.items) this.#sql.taken.run(question.key, from, id);
        return { type: "taken" };
      case "keepShare": {
        const { known } = this.#standing(question.key, question.wall);
        return { type: "keepShare", verdict: known ? this.#shares.keep(question) : "stranger" };
      }
      case "takeShare":
        return this.#shares.take(question);
      case "endShare":
        return this.#shares.end(question);
      case "purge":
        this.#purge(question.key);
        return { type: "purge" };
      case "sweep":
        for (const statement of this.#sql.sweep) statement.run(question.wall);
        this.#sql.sweepKnown.run(question.wall - RELAY_KNOWN_FOR);
        this.#shares.sweep(question.wall);
        this.#misses.sweep(question.wall);
        this.#attempts.sweep(question.wall);
        this.#deposits.sweep(question.wall);
        this.#shareRates.sweep(question.wall);
        return { type: "sweep" };
    }
  }

  #login({ key, pass, isCaller, paid, wall }: RelayQuestions["login"]): Answer<"login"> {
    const standing = this.#standing(key, wall);
    const answer = (verdict: Answer<"login">["verdict"]): Answer<"login"> => ({
      ...{ type: "login", verdict, standing },
      met: verdict === "welcome" ? this.#metOf(key, wall) : [],
    });
    if (isCaller) return answer(paid || standing.known ? "welcome" : "stranger");
    if (standing.known) {
      this.#sql.remember.run(key, wall, 0); // who was admitted stays so
      return answer("welcome");
    }
    const isAdmitted = pass !== undefined && this.#sql.passIsGood.get(pass, wall) !== undefined;
    if (standing.invitedOnly && !isAdmitted) return answer("unwelcome");
    if (!paid) return answer("stranger");
    if (!this.#hasPlaceFor(key)) return answer("full");
    this.#sql.remember.run(key, wall, isAdmitted ? 1 : 0);
    if (isAdmitted) {
      this.#sql.usePass.run(pass);
      this.#sql.dropUsedPass.run(pass);
    }
    return answer("welcome");
  }

  #standing(key: Uint8Array, wall: number): RelayStanding {
    const row = this.#sql.known.get(key);
    const isLate = row !== undefined && row["admitted"] === 0 && wall >= numberIn(row, "seen") + RELAY_KNOWN_FOR;
    const owner = this.#fact("owner");
    const isOwner = owner !== undefined && bytesEqual(owner, key);
    return {
      known: isOwner || (row !== undefined && !isLate),
      owner: isOwner,
      claimed: owner !== undefined,
      invitedOnly: this.#fact("policy")?.[0] === 2,
    };
  }

  #hasPlaceFor(key: Uint8Array): boolean {
    if (this.#sql.known.get(key) !== undefined) return true;
    if (numberIn(this.#sql.countKnown.get(), "count") < this.#bounds.knownMax) return true;
    return this.#sql.forgetOldest.run().changes > 0;
  }

  #claim({ key, source, proof, recovery, wall }: RelayQuestions["claim"]): Answer<"claim"> {
    const until = this.#misses.pausedUntil([`claim ${source}`], wall);
    if (until !== undefined) return { type: "claim", verdict: "paused", until };
    const owner = this.#fact("owner");
    const recoveryHash = this.#fact("recovery");
    const isFirst = (owner === undefined || bytesEqual(owner, key)) && bytesEqual(proof, this.#claimHash);
    if (!isFirst && (recoveryHash === undefined || !bytesEqual(proof, recoveryHash))) {
      this.#misses.miss([`claim ${source}`], CLAIM_MISSES, wall);
      return { type: "claim", verdict: "wrong" };
    }
    this.#sql.putFact.run("owner", key);
    this.#sql.putFact.run("recovery", recovery);
    return { type: "claim", verdict: "claimed" };
  }

  #admit({ pass, uses, until, wall }: RelayQuestions["admit"]): Answer<"admit"> {
    this.#sql.dropLatePasses.run(wall);
    if (numberIn(this.#sql.countPasses.get(), "count") >= this.#bounds.passesMax)
      return { type: "admit", verdict: "full" };
    if (uses > 0) this.#sql.putPass.run(pass, uses, until);
    return { type: "admit", verdict: "admitted" };
  }

  #open({ key, pick, until, wall }: RelayQuestions["open"]): Answer<"open"> {
    this.#sql.dropLateMailboxes.run(wall);
    const isFull =
      numberIn(this.#sql.countMailboxesOf.get(key), "count") >= RELAY_MAILBOXES_MAX ||
      numberIn(this.#sql.countMailboxes.get(), "count") >= this.#bounds.mailboxesMax;
    if (isFull) return { type: "open", verdict: "full" };
    const mailbox = this.#freeNumber(pick % RELAY_MAILBOX_CHOICES);
    this.#sql.putMailbox.run(mailbox, key, until);
    return { type: "open", verdict: "opened", mailbox };
  }

  /** The lowest free number after `skip` others that are free. */
  #freeNumber(skip: number): number {
    let next = 1;
    let left = skip;
    for (const row of this.#sql.mailboxNumbers.iterate()) {
      const used = numberIn(row, "number");
      if (used - next > left) break; // among the free ones before it
      left -= used - next;
      next = used + 1;
    }
    return next + left;
  }

  #enter({ key, source, mailbox, wall }: RelayQuestions["enter"]): Answer<"enter"> {
    const who = [`enter ${bytesToHex(key)}`, `enter ${source}`];
    const until = this.#misses.pausedUntil(who, wall);
    if (until !== undefined) return { type: "enter", verdict: "paused", until };
    const row = this.#sql.mailbox.get(mailbox, wall);
    const [opener, other] = [bytesIn(row, "opener"), bytesIn(row, "other")];
    const isOpen = opener !== undefined && !bytesEqual(opener, key) && (other === undefined || bytesEqual(other, key));
    if (!isOpen) {
      this.#misses.miss(who, ENTER_MISSES, wall);
      return { type: "enter", verdict: "unknown" };
    }
    this.#sql.enter.run(key, mailbox);
    return { type: "enter", verdict: "met", other: opener };
  }

  #metOf(key: Uint8Array, wall: number): MetMailbox[] {
    return this.#sql.met.all(key, wall, key, wall).map((row) => ({
      mailbox: numberIn(row, "number"),
      other: bytesIn(row, "other") ?? new Uint8Array(0),
    }));
  }

  #deposit({ from, to, id, sealed, until, wall }: RelayQuestions["deposit"]): "kept" | "full" {
    this.#sql.dropLateItemsOf.run(to, wall);
    if (this.#sql.item.get(to, from, id) !== undefined) return "kept";
    const box = this.#sql.sizeOf.get(to);
    const ofSender = this.#sql.sizeFrom.get(to, from);
    const isFull =
      numberIn(box, "items") >= RELAY_ITEMS_MAX ||
      numberIn(box, "bytes") + sealed.length > RELAY_ITEMS_BYTES_MAX ||
      numberIn(ofSender, "items") >= RELAY_ITEMS_PER_SENDER_MAX ||
      numberIn(ofSender, "bytes") + sealed.length > RELAY_ITEMS_BYTES_PER_PAIR_MAX ||
      numberIn(this.#sql.bytesOf.get(from), "bytes") + sealed.length > RELAY_ITEMS_BYTES_PER_SENDER_MAX ||
      numberIn(this.#sql.totals.get(), "bytes") + sealed.length > this.#bounds.itemsBytesMax;
    if (isFull) return "full";
    this.#sql.putItem.run(to, from, id, wall, until, sealed.length, sealed);
    return "kept";
  }

  #items({ key, after, count, bytes, wall }: RelayQuestions["items"]): { items: KeptItem[]; more: boolean } {
    const items: KeptItem[] = [];
    let taken = 0;
    for (const row of this.#sql.itemsAfter.iterate(key, after, wall, count + 1)) {
      const sealed = bytesIn(row, "sealed") ?? new Uint8Array(0);
      taken += sealed.length;
      if (items.length >= count || (items.length > 0 && taken > bytes)) return { items, more: true };
      const [from, id] = [bytesIn(row, "sender") ?? sealed, bytesIn(row, "id") ?? sealed];
      items.push({ from, id, place: numberIn(row, "place"), wall: wallTime(numberIn(row, "wall")), sealed });
    }
    return { items, more: false };
  }

  #purge(key: Uint8Array): void {
    for (const statement of this.#sql.purge) statement.run(key);
    this.#shares.purge(key);
    this.#misses.forget(`enter ${bytesToHex(key)}`);
  }

  #fact(name: string): Uint8Array | undefined {
    return bytesIn(this.#sql.fact.get(name), "value");
  }

  #isOwner(key: Uint8Array): boolean {
    const owner = this.#fact("owner");
    return owner !== undefined && bytesEqual(owner, key);
  }
}
