/**
 * The public face of contact cards: ours, those that others gave us, and giving them (spec/app-card.md). As all views,
 * these are plain data; bytes of photos are asked for.
 *
 * Nothing is given, saved, updated or followed by itself: each is a call, made when a person said so.
 *
 * @module
 */
import type { PeerId } from "@kith/core";
import type {
  CameBy,
  CardEnd,
  CardFault,
  CardField,
  CardId,
  CardJudgement,
  CardLevel,
  CardText,
  CardTextKind,
  ForeignLink,
  VcardImport,
  VcardLeft,
} from "@kith/core/card";
import type { PassWords } from "@kith/core/pass";
import type { Waiting } from "../channel-api.ts";
import type { Observable } from "../observable.ts";
import type { CardEntryView, CardOfferView, CardTwin, CardView, MergePreview } from "./received-api.ts";

export type { CardDoubt, CardReason, CardRelation, TwinHint } from "@kith/core/card";
export type {
  CardEntryView,
  CardOfferStep,
  CardOfferView,
  CardTwin,
  CardView,
  MergePreview,
} from "./received-api.ts";
export type { CameBy, CardEnd, CardFault, CardField, CardId, CardJudgement, CardLevel, ForeignLink, VcardLeft };

/** A text field as a person types it: what is left out is empty. It is cleaned, and cut to what a card may hold. */
export type CardFieldInput = { [K in CardTextKind]: { readonly kind: K } & Partial<CardText<K>> }[CardTextKind];

/** Where it stands, unless `level` says so, depends on its kind: a name is public, a number personal. */
export interface CardFieldAt {
  readonly level?: CardLevel;
  readonly field: CardFieldInput;
}

export interface OwnCardView {
  readonly id: CardId;
  /** What we call it. Never leaves. */
  readonly label: string;
  /** As we ordered them; a photo is named by its hash. */
  readonly fields: readonly { readonly level: CardLevel; readonly field: CardField }[];
}

/** Exactly what a level shows, and what it weighs. */
export interface CardPreview {
  readonly fields: readonly CardField[];
  /** Of the signed card, without its photo: at most 4,096. */
  readonly bytes: number;
  readonly photoBytes: number;
  /** What keeps it from being given at this level; empty if nothing does. */
  readonly faults: readonly (CardFault | { readonly fault: "too-large" })[];
}

/** A card on its way to somebody. */
export interface GivingView {
  readonly id: string;
  readonly peer: PeerId;
  readonly card: CardId;
  readonly level: CardLevel;
  /** `offered`: their person is asked. `given`: they have it in hand. `ended`: `end` says how. */
  readonly at: "offered" | "giving" | "given" | "ended";
  readonly end?: CardEnd;
}

export interface CardTermsOptions {
  /** Milliseconds until the card says nothing any more: a year unless told, at most 1,100 days. */
  readonly lifetime?: number;
  /** Asks that it is not passed on. Nothing can enforce that. */
  readonly isPrivate?: boolean;
}

/** One code to draw, or several to be shown in turn, a few in a second. `version` and `level` are of the QR code. */
export interface CardCodeView {
  readonly isAnimated: boolean;
  readonly frames: readonly { readonly text: string; readonly level: "H" | "M"; readonly version: number }[];
}

export interface CardLinkOptions extends CardTermsOptions {
  /** Milliseconds from now: 7 days unless told, at most 30 days, and no longer than the card. */
  readonly expires?: number;
  /** A relay of ours, by host or address, that keeps the card, sealed, so that the link is short, counted, and can be revoked. */
  readonly relay?: string;
  /** With a relay: how often it may be had, at most 1,000; not counted unless told. */
  readonly uses?: number;
}

export interface WalletPassOptions extends CardTermsOptions {
  /** A relay of ours, by host or address, that signs passes. */
  readonly relay: string;
  /** What stands over the fields. */
  readonly words: PassWords;
  /**
   * For the code on the pass: a link to this card at this level, as `link` makes them; or how long one lasts, in milliseconds, that
   * is made for it, kept at `relay`, and taken back if no pass comes of it. Without, the card is in the code.
   */
  readonly link?: Pick<GivenLinkView, "text" | "endsAt"> | { readonly expires: number };
  /** The card's photo as PNG, at most 300 pixels a side, if the level shows one. */
  readonly picture?: Uint8Array;
}

export interface WalletPass {
  /** The file, `application/vnd.apple.pkpass`. */
  readonly bytes: Uint8Array;
  /** A certificate that the relay made itself signed it: no Wallet takes it. Must be told. */
  readonly isTest: boolean;
  /** Whose certificate signed it, as the relay says. */
  readonly signer: string;
  /** When Wallet shows it as over, with its link or its card: milliseconds since 1970. */
  readonly endsAt: number;
  /** The link that was made for its code. */
  readonly link?: GivenLinkView;
}

/** A link that we made. */
export interface GivenLinkView {
  readonly id: string;
  readonly text: string;
  readonly card: CardId;
  readonly level: CardLevel;
  /** Milliseconds since 1970, as `endsAt`. */
  readonly madeAt: number;
  readonly endsAt: number;
  readonly isEnded: boolean;
  /** How often it may be had; 0: not counted. */
  readonly uses: number;
  /** The relay that keeps it, if one does. */
  readonly host?: string;
  /** `whole`: the card is in the link, and nobody can take it back before its end. */
  readonly kind: "whole" | "kept";
}

/** Of a vCard: unsigned, whatever it says. */
export interface ContactView {
  readonly name: string;
  readonly fields: readonly CardField[];
  /** Of its photo as it stood there; 0: none. */
  readonly photoBytes: number;
  readonly left: readonly { readonly property: string; readonly why: VcardLeft }[];
}

/** What somebody scanned, pasted or opened. Nothing of it is saved. */
export type CardReading =
  | { readonly type: "card"; readonly card: CardView }
  /** Unsigned. `isChanged`: it says that it is signed, and what it says now is not what was signed. `id`: for `saveContacts`. */
  | {
      readonly type: "contacts";
      readonly id: string;
      readonly contacts: readonly ContactView[];
      readonly isChanged: boolean;
    }
  /** One of several codes: go on. */
  | { readonly type: "more"; readonly have: number; readonly count: number }
  /** The card is at `host`, sealed. Nothing was fetched. */
  | { readonly type: "kept"; readonly host: string }
  /** A link of another app, recognised and not followed. */
  | { readonly type: "foreign"; readonly link: ForeignLink }
  /** It begins as one of ours does, and is none: damaged, edited, or over its end (`ERR_EXPIRED`). */
  | { readonly type: "broken"; readonly code: string }
  | { readonly type: "unknown" };

export interface Cards {
  /** Ours, by what we call them; at most 64. */
  readonly own: Observable<readonly OwnCardView[]>;
  /** Whose cards or contacts we keep, by name; at most 5,000. */
  readonly received: Observable<readonly CardEntryView[]>;
  /** What others offer us, and what came of it: the last 16 that ended among them. At most 16 wait, 4 of one peer. */
  readonly offers: Observable<readonly CardOfferView[]>;
  /** What we give, nearby: the last 16 that ended among them. At most 16 are under way. */
  readonly givings: Observable<readonly GivingView[]>;
  /** Links that we made, the last made first; at most 256: then ended ones go. */
  readonly links: Observable<readonly GivenLinkView[]>;

  /**
   * Loads what is kept, and in a page the code; every call below does so too. Until then the observables are empty. In
   * Node it is done before `createEndpoint` fulfils.
   * @throws {EndpointError} `ERR_PART`, `ERR_STORAGE`, as all of these
   */
  open(): Promise<void>;

  // --- ours -----------------------------------------------------------------------------------

  /** @throws {EndpointError} `ERR_LIMIT`: 64 cards; `ERR_ARGUMENT`: more than 64 fields, 32 of a kind, or one that is empty */
  create(card: { readonly label: string; readonly fields?: readonly CardFieldAt[] }): Promise<OwnCardView>;
  /** Replaces label, fields, or both; the photo stays. @throws {EndpointError} `ERR_CARD_UNKNOWN`, `ERR_ARGUMENT` */
  edit(id: CardId, change: { readonly label?: string; readonly fields?: readonly CardFieldAt[] }): Promise<OwnCardView>;
  /**
   * JPEG, PNG or WebP of at most 65,536 bytes and 4,194,304 pixels, shown at `level` (personal unless told) and above;
   * `undefined` takes it away. @throws {EndpointError} `ERR_CARD_UNKNOWN`, `ERR_ARGUMENT`
   */
  setPhoto(id: CardId, photo: Uint8Array | undefined, level?: CardLevel): Promise<OwnCardView>;
  /** What was given of it stays with whom it was given to. Its links are not revoked. */
  delete(id: CardId): Promise<void>;
  /** @throws {EndpointError} `ERR_CARD_UNKNOWN` */
  preview(id: CardId, level: CardLevel): Promise<CardPreview>;
  /** The bytes of a photo that a field names by its hash, if they are here. */
  photo(hash: string): Promise<Uint8Array | undefined>;
  /** A vCard of what the level shows, with its photo, unsigned. @throws {EndpointError} `ERR_CARD_UNKNOWN`, `ERR_CARD` */
  exportCard(id: CardId, level: CardLevel, version: "3.0" | "4.0"): Promise<string>;
  /** Cards of ours out of vCards, each field where its kind stands. @throws {EndpointError} `ERR_LIMIT`, `ERR_ARGUMENT`: there is none */
  importOwn(file: Uint8Array): Promise<readonly OwnCardView[]>;

  // --- giving ---------------------------------------------------------------------------------

  /**
   * Offers the card to a contact; what is sent is sent when their person said yes. Fulfils when the offer is on its way,
   * with its id in {@link givings}. Who is no contact is paired with before, or gets a code or link.
   * @throws {EndpointError} `ERR_CARD_UNKNOWN`, `ERR_CARD`: it cannot be given as it is, `ERR_LIMIT`,
   * `ERR_PEER_UNREACHABLE`: not there for 20 s, and those of `connect` and `open`
   */
  give(peer: PeerId, card: CardId, level: CardLevel, options?: CardTermsOptions & Waiting): Promise<string>;
  /** What they have, they have. Of one that ended: nothing. */
  cancelGiving(id: string): Promise<void>;
  /** @throws {EndpointError} `ERR_CARD_UNKNOWN`, `ERR_CARD` */
  code(card: CardId, level: CardLevel, options?: CardTermsOptions): Promise<CardCodeView>;
  /**
   * A link that holds the card, or with `relay` leads to where that relay keeps it. Whoever has it has the card, until its
   * end. @throws {EndpointError} `ERR_CARD_UNKNOWN`, `ERR_CARD`, `ERR_ARGUMENT`, `ERR_LIMIT`, and of a relay `ERR_RELAY`,
   * `ERR_NOT_AUTHORIZED`, `ERR_TRY_LATER`
   */
  link(card: CardId, level: CardLevel, options?: CardLinkOptions & Waiting): Promise<GivenLinkView>;
  /**
   * A Wallet pass of what `level` shows. The relay gets names and hashes of its files.
   * @throws {EndpointError} `ERR_CARD_UNKNOWN`, `ERR_CARD`, `ERR_ARGUMENT`, `ERR_TOO_LARGE`: its code needs a link,
   * `ERR_PASS_SIGNING`, `ERR_PASS_CERTIFICATE`, `ERR_RELAY`, `ERR_NOT_AUTHORIZED`, `ERR_TRY_LATER`, `ERR_LIMIT`
   */
  pass(card: CardId, level: CardLevel, options: WalletPassOptions & Waiting): Promise<WalletPass>;
  /**
   * Takes a link back where that can be done. What was fetched stays with whoever fetched it.
   * @throws {EndpointError} `ERR_CARD_UNKNOWN`, `ERR_CARD_STATE`: its card is in it, so only its end ends it;
   * `ERR_RELAY`: who keeps it does not answer, and it is as good as before
   */
  revokeLink(id: string, options?: Waiting): Promise<void>;
  /** Takes it off our list; it is as good as before. @throws {EndpointError} `ERR_CARD_UNKNOWN` */
  forgetLink(id: string): Promise<void>;

  // --- taking ---------------------------------------------------------------------------------

  /**
   * Says yes to an offer, and fulfils when the card is there, checked: show it, then {@link save} or {@link discard} it.
   * `photo`: wanted unless false. @throws {EndpointError} `ERR_CARD_UNKNOWN`, `ERR_CARD_STATE`, `ERR_CARD`: it did not
   * come, or is not what was offered
   */
  accept(offer: string, options?: { readonly photo?: boolean }): Promise<CardView>;
  /** @throws {EndpointError} `ERR_CARD_UNKNOWN` */
  decline(offer: string): Promise<void>;
  /** Reads whatever was scanned, pasted or opened. At most 16 readings wait for a yes: then the oldest goes. Never throws for what it reads. */
  read(text: string, cameBy?: CameBy): Promise<CardReading>;
  /**
   * Follows a link of which {@link read} said `kept`, which counts as one use and tells that host our address. `broken` with
   * `ERR_CARD_STATE`: had as often as it may be, or revoked; with `ERR_CARD_UNKNOWN`: its time is over, or it never was.
   * @throws {EndpointError} `ERR_RELAY`, `ERR_TRY_LATER`, `ERR_ARGUMENT`: no such link
   */
  fetch(link: string, options?: Waiting): Promise<CardReading>;
  /**
   * As {@link read}, of a file of vCards in any character set. `imported`: what `importVcards` made of the same file, where
   * that was done beside this thread: a second for 16 MB.
   */
  readFile(file: Uint8Array, imported?: VcardImport): Promise<CardReading>;
  /**
   * Keeps a card that was shown, with those of its signer, or where `into` says: an entry without a signer. Of a card that
   * is kept this is the update. @throws {EndpointError} `ERR_CARD_UNKNOWN`, `ERR_CARD`: refused, or nothing to save, `ERR_LIMIT`
   */
  save(card: string, options?: { readonly into?: string }): Promise<CardEntryView>;
  /** Does not. */
  discard(card: string): Promise<void>;
  /** Keeps contacts of a vCard: those at `indices`, or all. @throws {EndpointError} `ERR_CARD_UNKNOWN`, `ERR_LIMIT` */
  saveContacts(reading: string, indices?: readonly number[]): Promise<readonly CardEntryView[]>;

  // --- what we keep ---------------------------------------------------------------------------

  /** Those in which every word stands somewhere, also in notes and tags; by name. */
  search(query: string): Promise<readonly CardEntryView[]>;
  /** Notes (at most 4,096 characters) and tags (at most 16) of our own, which are never sent. @throws {EndpointError} `ERR_CARD_UNKNOWN` */
  annotate(
    entry: string,
    words: { readonly notes?: string; readonly tags?: readonly string[] },
  ): Promise<CardEntryView>;
  /** Somebody typed in by us. @throws {EndpointError} `ERR_LIMIT`, `ERR_ARGUMENT` */
  addContact(fields: readonly CardFieldInput[]): Promise<CardEntryView>;
  /** Replaces what we typed or imported; what is signed stays. @throws {EndpointError} `ERR_CARD_UNKNOWN`, `ERR_ARGUMENT` */
  editContact(entry: string, fields: readonly CardFieldInput[]): Promise<CardEntryView>;
  /** Who else may be this person, eight at most, and could be merged with them. @throws {EndpointError} `ERR_CARD_UNKNOWN` */
  twins(entry: string): Promise<readonly CardTwin[]>;
  /** Shows what {@link merge} would keep. @throws {EndpointError} as that */
  previewMerge(first: string, second: string): Promise<MergePreview>;
  /**
   * Makes two entries that are one person, as ours said, one with the id of the first, whose name and photo stand first.
   * One of them has no signer. @throws {EndpointError} `ERR_CARD_UNKNOWN`, `ERR_ARGUMENT`: it is one entry, or both have a
   * signer; `ERR_LIMIT`: more fields, notes or tags than an entry holds
   */
  merge(first: string, second: string): Promise<CardEntryView>;
  forget(entry: string): Promise<void>;
  /** vCards of all that have something to say now. */
  exportReceived(version: "3.0" | "4.0"): Promise<string>;
}
