/**
 * A relay's state in memory, for tests and simulations and for relays that need not remember.
 *
 * Bounded: kept items by the rules of spec/relay-meeting.md §4 and in all; keys that are known, of which the one not
 * seen for longest yields, unless it was admitted; mailboxes and passes, which are refused when full; those who tried
 * wrongly, or are counted by the minute, of whom the oldest is forgotten.
 *
 * @module
 */
import { bytesEqual } from "../lib/bytes.ts";
import { bytesToHex } from "../lib/hex.ts";
import { type WallTime, wallAfter } from "../lib/time.ts";
import {
  RELAY_DEPOSITS_PER_MINUTE,
  RELAY_KNOWN_FOR,
  RELAY_MAILBOX_CHOICES,
  RELAY_MAILBOXES_MAX,
} from "../wire/relay-limits.ts";
import { ItemShelf } from "./item-shelf.ts";
import { CLAIM_MISSES, ENTER_MISSES, MissBook } from "./miss-book.ts";
import { RateBook } from "./rate-book.ts";
import type {
  MetMailbox,
  RelayAnswers,
  RelayQuestions,
  RelayStanding,
  StateAnswer,
  StateQuestion,
} from "./relay-state.ts";
import { ShareShelf } from "./share-shelf.ts";

export interface StateBounds {
  readonly knownMax: number;
  readonly mailboxesMax: number;
  readonly passesMax: number;
  readonly itemsBytesMax: number;
  readonly sharesMax: number;
  readonly sharesBytesMax: number;
}

const BOUNDS: StateBounds = {
  knownMax: 262_144,
  mailboxesMax: 65_536,
  passesMax: 1_024,
  itemsBytesMax: 1_073_741_824,
  sharesMax: 65_536,
  sharesBytesMax: 268_435_456,
};

interface Known {
  readonly seen: WallTime;
  readonly isAdmitted: boolean;
}

interface Mailbox {
  readonly opener: Uint8Array;
  readonly until: WallTime;
  readonly other: Uint8Array | undefined;
}

type Answer<Type extends keyof RelayAnswers> = RelayAnswers[Type];

export class MemoryRelayState {
  readonly #claimHash: Uint8Array;
  readonly #bounds: StateBounds;
  #owner: Uint8Array | undefined;
  #recoveryHash: Uint8Array | undefined;
  #invitedOnly = false;
  readonly #known = new Map<string, Known>(); // not seen for longest first
  readonly #passes = new Map<string, { readonly uses: number; readonly until: WallTime }>();
  readonly #mailboxes = new Map<number, Mailbox>();
  readonly #items: ItemShelf;
  readonly #shares: ShareShelf;
  readonly #misses = new MissBook();
  readonly #attempts = new RateBook();
  readonly #deposits = new RateBook();

  /** `claimHash`: SHA-256 of the code by which the relay is claimed. */
  constructor(claimHash: Uint8Array, bounds: Partial<StateBounds> = {}) {
    this.#claimHash = claimHash;
    this.#bounds = { ...BOUNDS, ...bounds };
    this.#items = new ItemShelf(this.#bounds.itemsBytesMax);
    this.#shares = new ShareShelf(this.#bounds);
  }

  /** Bytes of kept items. */
  get itemsBytes(): number {
    return this.#items.bytes;
  }

  answer(question: StateQuestion): StateAnswer {
    switch (question.type) {
      case "attempt": {
        const until = this.#attempts.take(question.source, question.perMinute, question.wall);
        return until === undefined
          ? { type: "attempt", verdict: "welcome" }
          : { type: "attempt", verdict: "paused", until };
      }
      case "login":
        return this.#login(question);
      case "owner":
        return { type: "owner", owner: this.#isOwner(question.key) };
      case "claim":
        return this.#claim(question);
      case "policy":
        this.#invitedOnly = question.invitedOnly;
        return { type: "policy" };
      case "admit":
        return this.#admit(question);
      case "open":
        return this.#open(question);
      case "enter":
        return this.#enter(question);
      case "shut": {
        const box = this.#mailboxes.get(question.mailbox);
        if (box !== undefined && bytesEqual(box.opener, question.key)) this.#mailboxes.delete(question.mailbox);
        return { type: "shut" };
      }
      case "deposit":
        return this.#deposit(question);
      case "items":
        return { type: "items", ...this.#items.after(question) };
      case "taken":
        this.#items.taken(question.key, question.items);
        return { type: "taken" };
      case "keepShare":
        return this.#shares.keep(question, this.#isKnown(question.key, question.wall));
      case "takeShare":
        return this.#shares.take(question);
      case "endShare":
        return this.#shares.end(question);
      case "purge":
        this.#purge(question.key);
        return { type: "purge" };
      case "sweep":
        this.#sweep(question.wall);
        return { type: "sweep" };
    }
  }

  #isKnown(key: Uint8Array, wall: WallTime): boolean {
    const before = this.#known.get(bytesToHex(key));
    const isLate = before !== undefined && !before.isAdmitted && wall >= wallAfter(before.seen, RELAY_KNOWN_FOR);
    return this.#isOwner(key) || (before !== undefined && !isLate);
  }

  #login({ key, pass, isCaller, paid, wall }: RelayQuestions["login"]): Answer<"login"> {
    const name = bytesToHex(key);
    const before = this.#known.get(name);
    const standing: RelayStanding = {
      known: this.#isKnown(key, wall),
      owner: this.#isOwner(key),
      claimed: this.#owner !== undefined,
      invitedOnly: this.#invitedOnly,
    };
    const answer = (verdict: Answer<"login">["verdict"]): Answer<"login"> => ({
      ...{ type: "login", verdict, standing },
      met: verdict === "welcome" ? this.#metOf(key, wall) : [],
    });
    if (isCaller) return answer(paid || standing.known ? "welcome" : "stranger");
    if (standing.known) {
      this.#remember(name, { seen: wall, isAdmitted: before?.isAdmitted ?? false });
      return answer("welcome");
    }
    const passName = pass === undefined ? "" : bytesToHex(pass);
    const shown = this.#passes.get(passName);
    const isAdmitted = shown !== undefined && wall < shown.until;
    if (this.#invitedOnly && !isAdmitted) return answer("unwelcome");
    if (!paid) return answer("stranger");
    if (!this.#remember(name, { seen: wall, isAdmitted })) return answer("full");
    if (isAdmitted && shown.uses === 1) this.#passes.delete(passName);
    else if (isAdmitted) this.#passes.set(passName, { ...shown, uses: shown.uses - 1 });
    return answer("welcome");
  }

  /** False: there is no place. */
  #remember(name: string, known: Known): boolean {
    if (!this.#known.delete(name) && this.#known.size >= this.#bounds.knownMax) {
      if (!this.#forgetOldest()) return false;
    }
    this.#known.set(name, known);
    return true;
  }

  #forgetOldest(): boolean {
    for (const [name, { isAdmitted }] of this.#known) if (!isAdmitted) return this.#known.delete(name);
    return false;
  }

  #claim({ key, source, proof, recovery, wall }: RelayQuestions["claim"]): Answer<"claim"> {
    const until = this.#misses.pausedUntil([`claim ${source}`], wall);
    if (until !== undefined) return { type: "claim", verdict: "paused", until };
    const isFirst = (this.#owner === undefined || this.#isOwner(key)) && bytesEqual(proof, this.#claimHash);
    const isRecovery = this.#recoveryHash !== undefined && bytesEqual(proof, this.#recoveryHash);
    if (!isFirst && !isRecovery) {
      this.#misses.miss([`claim ${source}`], CLAIM_MISSES, wall);
      return { type: "claim", verdict: "wrong" };
    }
    this.#owner = key;
    this.#recoveryHash = recovery;
    return { type: "claim", verdict: "claimed" };
  }

  #admit({ pass, uses, until, wall }: RelayQuestions["admit"]): Answer<"admit"> {
    forgetExpired(this.#passes, wall);
    if (this.#passes.size >= this.#bounds.passesMax) return { type: "admit", verdict: "full" };
    if (uses > 0) this.#passes.set(bytesToHex(pass), { uses, until });
    return { type: "admit", verdict: "admitted" };
  }

  #open({ key, pick, until, wall }: RelayQuestions["open"]): Answer<"open"> {
    forgetExpired(this.#mailboxes, wall);
    let open = 0;
    for (const { opener } of this.#mailboxes.values()) if (bytesEqual(opener, key)) open += 1;
    if (open >= RELAY_MAILBOXES_MAX || this.#mailboxes.size >= this.#bounds.mailboxesMax)
      return { type: "open", verdict: "full" };
    const free: number[] = [];
    for (let number = 1; free.length < RELAY_MAILBOX_CHOICES; number++)
      if (!this.#mailboxes.has(number)) free.push(number);
    const mailbox = free[pick % RELAY_MAILBOX_CHOICES] ?? 1;
    this.#mailboxes.set(mailbox, { opener: key, until, other: undefined });
    return { type: "open", verdict: "opened", mailbox };
  }

  #enter({ key, source, mailbox, wall }: RelayQuestions["enter"]): Answer<"enter"> {
    const who = [`enter ${bytesToHex(key)}`, `enter ${source}`];
    const until = this.#misses.pausedUntil(who, wall);
    if (until !== undefined) return { type: "enter", verdict: "paused", until };
    const box = this.#mailboxes.get(mailbox);
    const isOpen =
      box !== undefined &&
      wall < box.until &&
      !bytesEqual(box.opener, key) &&
      (box.other === undefined || bytesEqual(box.other, key));
    if (!isOpen) {
      this.#misses.miss(who, ENTER_MISSES, wall);
      return { type: "enter", verdict: "unknown" };
    }
    this.#mailboxes.set(mailbox, { ...box, other: key });
    return { type: "enter", verdict: "met", other: box.opener };
  }

  #deposit(question: RelayQuestions["deposit"]): Answer<"deposit"> {
    const until = this.#deposits.take(bytesToHex(question.from), RELAY_DEPOSITS_PER_MINUTE, question.wall);
    if (until !== undefined) return { type: "deposit", verdict: "paused", until };
    return { type: "deposit", verdict: this.#items.deposit(question) };
  }

  #metOf(key: Uint8Array, wall: WallTime): MetMailbox[] {
    const met: MetMailbox[] = [];
    for (const [mailbox, { opener, other, until }] of this.#mailboxes) {
      if (other === undefined || wall >= until) continue;
      if (bytesEqual(opener, key)) met.push({ mailbox, other });
      else if (bytesEqual(other, key)) met.push({ mailbox, other: opener });
    }
    return met;
  }

  #purge(key: Uint8Array): void {
    const name = bytesToHex(key);
    this.#known.delete(name);
    this.#items.purge(name);
    this.#shares.purge(key);
    this.#misses.forget(`enter ${name}`);
    for (const [mailbox, { opener, other }] of this.#mailboxes)
      if (bytesEqual(opener, key) || (other !== undefined && bytesEqual(other, key))) this.#mailboxes.delete(mailbox);
  }

  #sweep(wall: WallTime): void {
    forgetExpired(this.#passes, wall);
    forgetExpired(this.#mailboxes, wall);
    this.#items.sweep(wall);
    this.#shares.sweep(wall);
    this.#misses.sweep(wall);
    this.#attempts.sweep(wall);
    this.#deposits.sweep(wall);
    for (const [name, { seen, isAdmitted }] of this.#known)
      if (!isAdmitted && wall >= wallAfter(seen, RELAY_KNOWN_FOR)) this.#known.delete(name);
  }

  #isOwner(key: Uint8Array): boolean {
    return this.#owner !== undefined && bytesEqual(this.#owner, key);
  }
}

function forgetExpired<Name>(map: Map<Name, { readonly until: WallTime }>, wall: WallTime): void {
  for (const [name, { until }] of map) if (wall >= until) map.delete(name);
}
