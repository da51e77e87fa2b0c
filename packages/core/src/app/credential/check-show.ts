/**
 * A verifier's own check list (spec/credential.md §8), as data: what was looked at, what came of it, in words of a type.
 * Nothing that a show says is given on unless every check passed.
 *
 * The proof, which is dear, is looked at last and only if all else is right.
 *
 * @module
 */
import type { Bbs } from "../../crypto/bbs.ts";
import type { PeerId } from "../../identity/peer-id.ts";
import { bytesEqual } from "../../lib/bytes.ts";
import type { Moment } from "../../lib/moment.ts";
import type { WallTime } from "../../lib/time.ts";
import { WireError } from "../../lib/wire-error.ts";
import { STATIC_SHOW_LIFETIME_MAX } from "../../wire/credential-limits.ts";
import { CLOCK_SKEW } from "../../wire/limits.ts";
import { epochEnd, epochStanding } from "./epoch.ts";
import { type Fact, factsFault } from "./fact.ts";
import type { IssuerBook } from "./issuer-book.ts";
import { decodeShow, isShowProven, type Show } from "./show.ts";
import type { ShowMemory } from "./show-memory.ts";
import type { IssuerStatement } from "./statement.ts";

/** In the order in which they are shown. */
export const SHOW_CHECKS = ["form", "issuer", "edition", "epoch", "freshness", "holder", "facts", "proof"] as const;
export type ShowCheckName = (typeof SHOW_CHECKS)[number];

export type ShowFault =
  | "malformed" //          form: not a show, or not in its one encoding
  | "issuerNotPinned" //    issuer: nobody that this verifier trusts
  | "revoked" //            edition: the issuer ended all credentials of this edition
  | "statementOutdated" //  edition: the issuer has said something newer than what is known here
  | "notYetValid" //        epoch: it begins later
  | "expired" //            epoch: it is over, and the holder was not renewed
  | "nonceUnknown" //       freshness: answers no question of ours
  | "nonceLate" //          freshness: answered too late
  | "replayed" //           freshness: the question was answered before, or this code was seen before
  | "notLive" //            freshness: a code, where an answer over a session is wanted
  | "showEnded" //          freshness: the code is over
  | "showTooLong" //        freshness: the code would hold longer than any may
  | "holderNotShown" //     holder: does not say whose credential it is
  | "anotherHolder" //      holder: it is of somebody else than who shows it
  | "factsOutOfOrder" //    facts: not by slot, or one twice
  | "factMissing" //        facts: something that was asked for is not shown
  | "factDiffers" //        facts: shown, with another value
  | "notProven"; //         proof: does not hold for what is shown

export interface ShowCheck {
  readonly name: ShowCheckName;
  readonly state: "passed" | "failed" | "notChecked";
  /** If it failed. */
  readonly fault?: ShowFault;
}

/** What is true if the issuer is to be believed. */
export interface ShownFacts {
  readonly issuer: PeerId;
  readonly issuerName: string;
  readonly facts: readonly Fact[];
  /** Whose credential it is, if that is shown. Of a static show it says nothing about who holds the code. */
  readonly holder?: PeerId;
  /** Made for this question over this session; else it is a code that may be a copy. */
  readonly isLive: boolean;
  readonly epochEnds: WallTime;
}

export interface ShowVerdict {
  readonly checks: readonly ShowCheck[];
  /** Only if all passed. */
  readonly shown?: ShownFacts;
}

export interface ShowQuestion {
  /** What both sides call this session (spec/credential.md §7); absent where there is none, as for a code. */
  readonly session?: Uint8Array;
  /** The one nonce that may be answered; absent, any of the memory's. */
  readonly nonce?: Uint8Array;
  /** Takes no code. */
  readonly liveOnly?: boolean;
  /** The one who shows it, by its session or its signed card: a holder that is shown must be the same. */
  readonly peer?: PeerId;
  /** The holder must be shown. */
  readonly mustNameHolder?: boolean;
  /** Labels that must be shown, and values that they must have. */
  readonly wanted?: readonly { readonly label: string; readonly value?: string }[];
}

export interface Verifier {
  readonly bbs: Bbs;
  readonly issuers: IssuerBook;
  readonly memory: ShowMemory;
}

export function checkShow(verifier: Verifier, bytes: Uint8Array, question: ShowQuestion, moment: Moment): ShowVerdict {
  const show = read(bytes);
  if (show === undefined) return verdictOf(new Map([["form", "malformed"]]));
  const statement = verifier.issuers.find(show.issuerRef);
  const found = new Map<ShowCheckName, ShowFault | undefined>([
    ["form", undefined],
    ["issuer", statement === undefined ? "issuerNotPinned" : undefined],
    ["freshness", freshnessFault(verifier.memory, show, question, moment)],
    ["holder", holderFault(show, question)],
    ["facts", factFault(show, question)],
  ]);
  if (statement === undefined) return verdictOf(found);
  found.set("edition", editionFault(show, statement));
  if (show.edition === statement.edition) found.set("epoch", epochFault(show, statement, moment.wall));
  if ([...found.values()].some((fault) => fault !== undefined)) return verdictOf(found);

  const session = show.use.at === "live" ? question.session : undefined;
  if (!isShowProven(verifier.bbs, show, statement, session)) return verdictOf(found.set("proof", "notProven"));
  if (show.use.at === "static") verifier.memory.remember(show.use.id, show.use.ends, moment);
  return { ...verdictOf(found.set("proof", undefined)), shown: shownOf(show, statement) };
}

function read(bytes: Uint8Array): Show | undefined {
  try {
    const show = decodeShow(bytes);
    const fault = factsFault(show.facts);
    return fault === undefined || fault === "order" ? show : undefined; // the order has a check of its own
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return undefined;
  }
}

function verdictOf(found: ReadonlyMap<ShowCheckName, ShowFault | undefined>): ShowVerdict {
  const checks = SHOW_CHECKS.map((name): ShowCheck => {
    const fault = found.get(name);
    if (fault !== undefined) return { name, state: "failed", fault };
    return { name, state: found.has(name) ? "passed" : "notChecked" };
  });
  return { checks };
}

function shownOf({ facts, holder, epoch, use }: Show, statement: IssuerStatement): ShownFacts {
  return {
    issuer: statement.issuer,
    issuerName: statement.name,
    facts,
    ...(holder !== undefined && { holder }),
    isLive: use.at === "live",
    epochEnds: epochEnd(epoch, statement.epochSeconds),
  };
}

function editionFault(show: Show, statement: IssuerStatement): ShowFault | undefined {
  if (show.edition < statement.edition) return "revoked";
  return show.edition > statement.edition ? "statementOutdated" : undefined;
}

function epochFault(show: Show, statement: IssuerStatement, wall: WallTime): ShowFault | undefined {
  const standing = epochStanding(show.epoch, statement.epochSeconds, wall);
  return standing === "current" ? undefined : standing === "over" ? "expired" : "notYetValid";
}

const NONCE_FAULTS = { fresh: undefined, unknown: "nonceUnknown", late: "nonceLate", used: "replayed" } as const;

function freshnessFault(
  memory: ShowMemory,
  { use }: Show,
  question: ShowQuestion,
  { now, wall }: Moment,
): ShowFault | undefined {
  if (use.at === "live") {
    const isAsked = question.nonce === undefined || bytesEqual(question.nonce, use.nonce);
    return question.session === undefined || !isAsked ? "nonceUnknown" : NONCE_FAULTS[memory.take(use.nonce, now)];
  }
  if (question.liveOnly === true) return "notLive";
  if (wall - CLOCK_SKEW >= use.ends) return "showEnded";
  if (use.ends > wall + STATIC_SHOW_LIFETIME_MAX + CLOCK_SKEW) return "showTooLong";
  return memory.hasSeen(use.id) ? "replayed" : undefined;
}

function holderFault({ holder }: Show, { peer, mustNameHolder }: ShowQuestion): ShowFault | undefined {
  if (holder === undefined) return mustNameHolder === true ? "holderNotShown" : undefined;
  return peer !== undefined && peer !== holder ? "anotherHolder" : undefined;
}

function factFault({ facts }: Show, { wanted = [] }: ShowQuestion): ShowFault | undefined {
  if (factsFault(facts) === "order") return "factsOutOfOrder";
  for (const { label, value } of wanted) {
    const shown = facts.filter((each) => each.label === label);
    if (shown.length === 0) return "factMissing";
    if (value !== undefined && !shown.some((each) => each.value === value)) return "factDiffers";
  }
  return undefined;
}
