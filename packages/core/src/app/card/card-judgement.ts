/**
 * What to think of a card that came (spec/app-card.md §9): what is verified, by what, what speaks against it, and what
 * it is to a card that is kept. Pure: who shows it decides nothing, and nothing is saved here. The reasons are words for
 * people to choose, not grades.
 *
 * @module
 */
import type { PeerId } from "../../identity/peer-id.ts";
import type { WallTime } from "../../lib/time.ts";
import { type Contact, isVerified, type VerifiedBy } from "../../trust/contact.ts";
import { CARD_LEVEL } from "../../wire/card-registry.ts";
import type { CardField } from "./card-field.ts";
import { cardTime } from "./card-time.ts";
import type { SignedCard } from "./signed-card.ts";

/** How a card came to us. */
export type CameBy = "nearby" | "code" | "link" | "file";

/** What somebody else attests, verified elsewhere: the issuer's key is pinned, and the fact is of this signer. */
export interface IssuerFact {
  readonly issuer: string;
  readonly says: string;
}

export interface CardContext {
  readonly wall: WallTime;
  readonly cameBy: CameBy;
  /** Who gave it, in a session: the key at the other end. */
  readonly giver?: PeerId;
  readonly own: PeerId;
  /** One of whose keys is the signer's, from the trust book. */
  readonly contact?: Contact;
  readonly isBlocked: boolean;
  /** Those that we keep of the same signer. */
  readonly kept: readonly SignedCard[];
  readonly facts?: readonly IssuerFact[];
}

/** Why we believe that it is whose it says. The strongest first. */
export type CardReason =
  /** We verified this key with the person: qr, pin, code or words. */
  | { readonly by: "in-person"; readonly how: VerifiedBy; readonly contact: string }
  | { readonly by: "issuer"; readonly fact: IssuerFact }
  /** The key is pinned, and nobody verified it: first use, vouched for, or given by a program. */
  | { readonly by: "pinned"; readonly how: VerifiedBy; readonly contact: string }
  /** Whoever gave it holds the key now. */
  | { readonly by: "giver" }
  /** We keep another card of this key; who holds it we never knew. */
  | { readonly by: "same-key" };

export type CardDoubt =
  | "blocked"
  | "own" //           our own card came back
  | "expired"
  | "not-yet" //       signed later than our clock says, beyond what clocks differ by
  | "passed-on" //     whoever gave it is not who signed it
  | "private" //       and who signed it asked that it is not passed on
  | "shown-again" //   came by a code or link, which anybody can show who has seen it
  | "contradicts"; //  one revision with two contents: their device was restored, or somebody has their key

/** What it is to what we keep of the signer. */
export type CardRelation =
  | "new" //        nothing kept
  | "another" //    another of their cards
  | "same" //       this one
  | "renewal" //    the same, with a later end
  | "update" //     later than the one that is kept
  | "older" //      earlier
  | "wider" //      a level that shows more
  | "narrower"; //  a level that shows less

export interface CardJudgement {
  readonly standing: "verified" | "known" | "unknown" | "refused";
  readonly reasons: readonly CardReason[];
  readonly doubts: readonly CardDoubt[];
  readonly relation: CardRelation;
  /** What may be offered; a person says yes, always. `none`: there is nothing to save, or it must not be. */
  readonly offer: "save" | "update" | "none";
  /** Against the kept card with the same id. */
  readonly changes: CardChanges;
}

export interface CardChanges {
  readonly added: readonly CardField[];
  readonly removed: readonly CardField[];
}

export function judgeCard(card: SignedCard, context: CardContext): CardJudgement {
  const kept = context.kept.filter(({ signer }) => signer === card.signer);
  const before = kept.find(({ content }) => content.id === card.content.id);
  const relation = before !== undefined ? relationOf(before, card) : kept.length > 0 ? "another" : "new";
  const [reasons, doubts] = [reasonsOf(card, context, kept.length > 0), doubtsOf(card, context, before)];
  const isRefused = doubts.some((doubt) => REFUSED.has(doubt));
  const isVerifiedKey = reasons.some(({ by }) => by === "in-person" || by === "issuer");
  const isKnown = reasons.some(({ by }) => by === "pinned" || by === "same-key");
  const standing = isRefused ? "refused" : isVerifiedKey ? "verified" : isKnown ? "known" : "unknown";
  const offer = isRefused ? "none" : OFFERS[relation];
  return {
    standing,
    reasons,
    doubts,
    relation,
    offer,
    changes: changesOf(before?.content.fields ?? [], card.content.fields),
  };
}

const REFUSED: ReadonlySet<CardDoubt> = new Set(["blocked", "own", "expired", "not-yet"]);

const OFFERS: Readonly<Record<CardRelation, CardJudgement["offer"]>> = {
  new: "save",
  another: "save",
  same: "none",
  renewal: "update",
  update: "update",
  older: "none",
  wider: "update",
  narrower: "none", // it would lose what they gave before
};

function reasonsOf(card: SignedCard, context: CardContext, isKept: boolean): readonly CardReason[] {
  const reasons: CardReason[] = [];
  const { contact, giver, facts = [] } = context;
  const pinned = contact?.keys.find(({ peer }) => peer === card.signer);
  const ofKey =
    contact !== undefined && pinned !== undefined ? { how: pinned.verifiedBy, contact: contact.id } : undefined;
  if (ofKey !== undefined && isVerified(ofKey.how)) reasons.push({ by: "in-person", ...ofKey });
  for (const fact of facts) reasons.push({ by: "issuer", fact });
  if (ofKey !== undefined && !isVerified(ofKey.how)) reasons.push({ by: "pinned", ...ofKey });
  if (giver === card.signer) reasons.push({ by: "giver" });
  if (isKept && ofKey === undefined) reasons.push({ by: "same-key" });
  return reasons;
}

function doubtsOf(card: SignedCard, context: CardContext, before: SignedCard | undefined): readonly CardDoubt[] {
  const doubts: CardDoubt[] = [];
  const time = cardTime(card.content, context.wall);
  if (context.isBlocked) doubts.push("blocked");
  if (card.signer === context.own) doubts.push("own");
  if (time !== "valid") doubts.push(time);
  const isPassedOn = context.giver !== undefined && context.giver !== card.signer;
  if (isPassedOn) doubts.push("passed-on");
  if (isPassedOn && card.content.isPrivate) doubts.push("private");
  if (context.cameBy === "code" || context.cameBy === "link") doubts.push("shown-again");
  const isOneRevision =
    before?.content.level === card.content.level && before.content.revision === card.content.revision;
  if (isOneRevision && !isSameContent(before, card)) doubts.push("contradicts");
  return doubts;
}

function relationOf(before: SignedCard, card: SignedCard): CardRelation {
  const [old, now] = [before.content, card.content];
  if (old.level !== now.level) return CARD_LEVEL[now.level] > CARD_LEVEL[old.level] ? "wider" : "narrower";
  if (now.revision !== old.revision) return now.revision > old.revision ? "update" : "older";
  // Of two with one revision the later one counts: whoever signed last saw both, or is the one who can explain it.
  if (now.signedAt === old.signedAt && now.endsAt === old.endsAt && isSameContent(before, card)) return "same";
  if (now.signedAt < old.signedAt) return "older";
  return isSameContent(before, card) ? (now.endsAt > old.endsAt ? "renewal" : "older") : "update";
}

const isSameContent = (a: SignedCard, b: SignedCard): boolean => {
  const { added, removed } = changesOf(a.content.fields, b.content.fields);
  return added.length === 0 && removed.length === 0 && a.content.isPrivate === b.content.isPrivate;
};

export function changesOf(before: readonly CardField[], now: readonly CardField[]): CardChanges {
  const [old, fresh] = [before, now].map((fields) => new Set(fields.map((field) => JSON.stringify(field))));
  return {
    added: now.filter((field) => old?.has(JSON.stringify(field)) !== true),
    removed: before.filter((field) => fresh?.has(JSON.stringify(field)) !== true),
  };
}
