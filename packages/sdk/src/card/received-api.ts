/**
 * The public face of cards that came: one in hand, offers, and those that are kept.
 *
 * @module
 */
import type { PeerId } from "@kith/core";
import type { CameBy, CardEnd, CardField, CardId, CardJudgement, CardLevel, TwinHint } from "@kith/core/card";

/** A signed card in hand, judged: show all of this before asking whether it is kept. */
export interface CardView {
  /** For `save` and `discard`. */
  readonly id: string;
  readonly signer: PeerId;
  /** Of its signer's key, for people to compare. */
  readonly fingerprint: string;
  readonly name: string;
  readonly card: CardId;
  readonly level: CardLevel;
  /** Milliseconds since 1970, as `endsAt`. */
  readonly signedAt: number;
  readonly endsAt: number;
  /** Its signer asks that it is not passed on. */
  readonly isPrivate: boolean;
  readonly fields: readonly CardField[];
  readonly cameBy: CameBy;
  /** Who gave it in a session, if anybody did. */
  readonly giver?: PeerId;
  /** Its photo came with it, and is the one that it names: ask `photo` for the bytes. */
  readonly hasPhoto: boolean;
  /** What is verified and why, what speaks against it, what may be done, what it changes. */
  readonly judgement: CardJudgement;
}

export type CardOfferStep =
  | "offered" //  our person is asked
  | "taking" //   it is on its way
  | "shown" //    `card` is there: save or discard it
  | "ended";

export interface CardOfferView {
  readonly id: string;
  /** Who offers: the key at the other end of the session. */
  readonly peer: PeerId;
  /** What we call them. */
  readonly name?: string;
  readonly level: CardLevel;
  readonly bytes: number;
  /** 0: none. */
  readonly photoBytes: number;
  /** Milliseconds since 1970. An offer waits for 2 minutes. */
  readonly since: number;
  readonly at: CardOfferStep;
  readonly card?: CardView;
  readonly end?: CardEnd;
}

/** Somebody whose cards we keep, or whom we typed or imported. */
export interface CardEntryView {
  readonly id: string;
  /** `undefined`: nobody signed it. */
  readonly signer?: PeerId;
  readonly name: string;
  /** What is said now, each thing once: what ended says nothing any more. */
  readonly fields: readonly CardField[];
  /** What we typed or imported of it, unsigned; a name after the first is what they were called before a merge. */
  readonly typed: readonly CardField[];
  /** Our person typed some of that; else it was imported. */
  readonly isTyped: boolean;
  readonly cards: readonly {
    readonly card: CardId;
    readonly level: CardLevel;
    readonly signedAt: number;
    readonly endsAt: number;
    readonly isEnded: boolean;
    readonly isPrivate: boolean;
    readonly cameBy: CameBy;
    readonly receivedAt: number;
    readonly fields: readonly CardField[];
  }[];
  readonly notes: string;
  readonly tags: readonly string[];
}

/** What a merge would keep; nothing is merged yet. */
export interface MergePreview {
  readonly entry: CardEntryView;
  /** The photo that the second has and that has no place, since the first has one: its hash. All else is kept. */
  readonly dropped?: string;
}

/** Somebody who may be the same person: only a hint, which a name, an address or a number gives. */
export interface CardTwin {
  readonly entry: string;
  readonly hint: TwinHint;
}
