/**
 * The public face of attested facts (spec/credential.md): what we vouch for as an issuer, what others vouch for about us, and
 * what is shown to us. As all views, these are plain data.
 *
 * Nothing is taken, shown or trusted by itself: each is a call, made when a person said so.
 *
 * @module
 */
import type { PeerId } from "@kith/core";
import type { ExchangeEnd, Fact, FactName, ShowCheck, WantedFact } from "@kith/core/credential";
import type { Waiting } from "../channel-api.ts";
import type { Observable } from "../observable.ts";
import type { PeerSession } from "../session-api.ts";

export type { ShowCheckName, ShowFault } from "@kith/core/credential";
export type { ExchangeEnd, Fact, FactName, ShowCheck, WantedFact };

/** A fact as a person types it. Its place is that of its label: five have one of their own, others get the next free one. */
export interface FactInput {
  /** `name`, `role`, `employeeOf`, `attended`, `memberOf`, or any other word of at most 32 bytes. */
  readonly label: FactName | (string & {});
  /** 1 to 128 bytes. */
  readonly value: string;
}

// --- issuers ----------------------------------------------------------------------------------

/** Somebody who vouches, by a signed statement. Its name is its own word: what counts is the fingerprint. */
export interface IssuerView {
  readonly issuer: PeerId;
  readonly fingerprint: string;
  readonly name: string;
  /** Later ones end the credentials of those before. */
  readonly edition: number;
  /** A credential, also a revoked one, holds for one of these. */
  readonly epochSeconds: number;
  /** Ours: a person compared the fingerprint and trusts it. */
  readonly isPinned: boolean;
  /** What we call them, if they are a contact. */
  readonly contactName?: string;
  /** For a code, by which others pin it: alphanumeric, about 400 characters. */
  readonly code: string;
}

/** Somebody whom we vouch for. */
export interface VouchedView {
  readonly holder: PeerId;
  readonly name?: string;
  /** By place. */
  readonly facts: readonly Fact[];
}

/** What we offer to somebody whom we vouch for. */
export interface IssuingView {
  readonly id: string;
  readonly holder: PeerId;
  readonly name?: string;
  /** `offered`: their person is asked. `ended`: `end` says how; `done`: they have it. */
  readonly at: "offered" | "ended";
  readonly end?: ExchangeEnd;
}

// --- what others vouch for about us -------------------------------------------------------------

/** What we hold of one issuer, for now. */
export interface CredentialView {
  readonly issuer: IssuerView;
  readonly facts: readonly Fact[];
  /** Milliseconds since 1970, as all times here: then it says nothing any more, unless it was renewed. */
  readonly endsAt: number;
  /** It can be shown now. False: its time is over, or has not begun. */
  readonly isCurrent: boolean;
  /** It is time to ask for the next one. */
  readonly isDue: boolean;
}

/** What an issuer would sign for us. Nothing is kept of it unless it is accepted. */
export interface FactOfferView {
  readonly id: string;
  /** Always who offers it. */
  readonly issuer: IssuerView;
  readonly facts: readonly Fact[];
  readonly endsAt: number;
  readonly since: number;
  readonly at: "offered" | "taking" | "ended";
  /** `done`: it is kept. */
  readonly end?: ExchangeEnd;
}

/** What somebody wants to be shown. */
export interface FactAskView {
  readonly id: string;
  readonly peer: PeerId;
  readonly name?: string;
  readonly wanted: readonly WantedFact[];
  /** They want to know whose it is as well: that links the show to us for good. */
  readonly mustNameHolder: boolean;
  /** Issuers of whom we hold all that is wanted, now; a value that is wanted must be the same. */
  readonly fitting: readonly PeerId[];
  readonly since: number;
  /** `ended`, `done`: shown. */
  readonly at: "asked" | "ended";
  readonly end?: ExchangeEnd;
}

/** What a person chose to show. */
export interface FactChoice {
  /** Of whose credential. */
  readonly issuer: PeerId;
  /** Places of the facts, as their views say. At least one. */
  readonly slots: readonly number[];
  /** Shows also whose credential it is, which links this show to us for good. Not unless told. */
  readonly namesHolder?: boolean;
}

export interface FactCode {
  /** For a code, or to be sent as it is: whoever has it can show it. */
  readonly text: string;
  /** Of the show: at most 770 with five facts of ordinary length. */
  readonly bytes: number;
  /** Of the QR code, if one can be read with ease. */
  readonly qr?: { readonly level: "H" | "M"; readonly version: number };
  readonly endsAt: number;
}

// --- what is shown to us ------------------------------------------------------------------------

/** What is true if the issuer is to be believed: it says so, of somebody who holds its credential now. */
export interface VouchedFacts {
  readonly issuer: IssuerView;
  readonly facts: readonly Fact[];
  /** If they show whose it is. */
  readonly holder?: PeerId;
  /** Made for this question, by whom we asked. False: a code, which may be a copy. */
  readonly isLive: boolean;
  readonly endsAt: number;
}

/** One show, and what we looked at. Not kept: the last 16 that ended are shown. */
export interface FactCheckView {
  readonly id: string;
  /** `asked`: we did; `presented`: they wished to show it; `code`: somebody's, of any age. */
  readonly cameBy: "asked" | "presented" | "code";
  /** Of a code: nobody. */
  readonly peer?: PeerId;
  readonly name?: string;
  readonly wanted: readonly WantedFact[];
  readonly since: number;
  readonly at: "waiting" | "ended";
  /** `done`: it was checked, with whatever result. */
  readonly end?: ExchangeEnd;
  /** All eight, in order, once it was checked. */
  readonly checks: readonly ShowCheck[];
  /** Only if all passed. */
  readonly shown?: VouchedFacts;
  /** Of a show over a session: whose it claims to be. To trust it, compare the fingerprint, {@link Facts.pin}, ask again. */
  readonly claimed?: IssuerView;
}

export interface FactQuestion {
  /** What must be shown, with which value if that is given; at most 14. */
  readonly wanted?: readonly WantedFact[];
  /** They must show whose it is. */
  readonly mustNameHolder?: boolean;
}

/** What somebody scanned or pasted. Nothing of it is kept or trusted. */
export type FactReading =
  | { readonly type: "issuer"; readonly issuer: IssuerView; readonly standing: FactStanding }
  /** A code was checked, and counts as seen if it was good: see {@link Facts.checks}. */
  | { readonly type: "show"; readonly check: FactCheckView }
  /** It begins as one of ours does, and is none: damaged, or edited. */
  | { readonly type: "broken"; readonly code: string }
  | { readonly type: "unknown" };

/**
 * `new`: not pinned. `same`: as pinned. `newer`: taken in place of the one that was pinned. `older`: another one is known.
 * `contradicts`: the issuer signed two different ones of one edition: trust neither.
 */
export type FactStanding = "new" | "same" | "newer" | "older" | "contradicts";

export interface Facts {
  /** What we are as an issuer; `undefined`: none. */
  readonly own: Observable<IssuerView | undefined>;
  /** Whom we vouch for; at most 10,000. */
  readonly vouched: Observable<readonly VouchedView[]>;
  /** Offers of ours under way, at most 16; the last 16 that ended among them. */
  readonly issuings: Observable<readonly IssuingView[]>;
  /** What we hold, by issuer; of at most 64. */
  readonly held: Observable<readonly CredentialView[]>;
  /** What issuers offer us. At most 16 offers and questions wait, 4 of one peer. */
  readonly offers: Observable<readonly FactOfferView[]>;
  /** What others ask us. */
  readonly asks: Observable<readonly FactAskView[]>;
  /** What is, or was, shown to us. */
  readonly checks: Observable<readonly FactCheckView[]>;
  /** Issuers that we trust; at most 256. */
  readonly pinned: Observable<readonly IssuerView[]>;

  /**
   * Loads what is kept, and the code; every call below does so too, and so does a peer that offers or asks. Until then the
   * observables are empty. @throws {EndpointError} `ERR_PART`, `ERR_STORAGE`, as all of these
   */
  open(): Promise<void>;

  // --- as issuer ------------------------------------------------------------------------------

  /**
   * Makes us one. Its key follows from our identity. `epochSeconds`: an hour to 92 days, a week unless told; a revoked
   * credential lives as long. @throws {EndpointError} `ERR_FACT_STATE`: we are one, `ERR_ARGUMENT`
   */
  becomeIssuer(terms: { readonly name: string; readonly epochSeconds?: number }): Promise<IssuerView>;
  /**
   * The next edition, with other terms if told. It ends all credentials that were given, at whoever knows it; whom we vouch for
   * stays so, and needs a new one. @throws {EndpointError} `ERR_FACT_STATE`: we are none, `ERR_ARGUMENT`
   */
  reissue(terms?: { readonly name?: string; readonly epochSeconds?: number }): Promise<IssuerView>;
  /**
   * Vouches for a contact, from their next credential on; in place of what we vouched for before.
   * @throws {EndpointError} `ERR_FACT_STATE`: we are no issuer, `ERR_ARGUMENT`: no issuer signs that, `ERR_LIMIT`
   */
  vouch(holder: PeerId, facts: readonly FactInput[]): Promise<VouchedView>;
  /**
   * Offers them what we vouch for; they get it when their person said yes. Fulfils when it is on its way, with its id in
   * {@link issuings}. @throws {EndpointError} `ERR_FACT_UNKNOWN`: nobody vouches for them, `ERR_FACT_STATE`, `ERR_LIMIT`,
   * `ERR_PEER_UNREACHABLE`: not there for 20 s, and those of `connect` and `open`
   */
  offer(holder: PeerId, options?: Waiting): Promise<string>;
  /** No further credential for them. What they have holds until `endsAt`. @throws {EndpointError} `ERR_FACT_UNKNOWN` */
  revoke(holder: PeerId): Promise<{ readonly endsAt: number }>;

  // --- as holder ------------------------------------------------------------------------------

  /**
   * Says yes to an offer. Fulfils when it is checked and kept.
   * @throws {EndpointError} `ERR_FACT_UNKNOWN`, `ERR_FACT_STATE`, `ERR_LIMIT`, `ERR_FACT`: it did not come, or is not what was offered
   */
  accept(offer: string): Promise<CredentialView>;
  /** To an offer, or a question. @throws {EndpointError} `ERR_FACT_UNKNOWN` */
  decline(id: string): Promise<void>;
  /**
   * Asks the issuer for what is due, or for the present anew. What is due is asked for by itself while there is a session with
   * the issuer. The same facts are kept, others are not: those the issuer offers.
   * @throws {EndpointError} `ERR_FACT_UNKNOWN`: we hold nothing of theirs, `ERR_FACT`: they do not renew it, or changed it,
   * `ERR_PEER_UNREACHABLE`: not there for 20 s, and those of `connect` and `open`
   */
  renew(issuer: PeerId, options?: Waiting): Promise<CredentialView>;
  /** Shows what was asked for, or less. @throws {EndpointError} `ERR_FACT_UNKNOWN`, `ERR_FACT_STATE`, `ERR_FACT`: it cannot be shown */
  show(ask: string, choice: FactChoice): Promise<void>;
  /**
   * Shows it to a contact, or over a session: also one of another endpoint, whose identity is then all they see of us.
   * Fulfils when they have it. @throws {EndpointError} `ERR_FACT`: it cannot be shown, or did not arrive,
   * `ERR_PEER_UNREACHABLE`: not there for 20 s, and those of `connect` and `open`
   */
  present(to: PeerId | PeerSession, choice: FactChoice, options?: Waiting): Promise<void>;
  /**
   * A code that anybody can check without us, and show again, until it ends: a day from now unless told, at most 31, and
   * no longer than the credential. @throws {EndpointError} `ERR_FACT`, `ERR_ARGUMENT`
   */
  code(choice: FactChoice, options?: { readonly lifetime?: number }): Promise<FactCode>;
  /** Forgets all that we hold of an issuer. @throws {EndpointError} `ERR_FACT_UNKNOWN` */
  forget(issuer: PeerId): Promise<void>;

  // --- as verifier ----------------------------------------------------------------------------

  /**
   * Asks a contact. Fulfils when the question is on its way, with its id in {@link checks}.
   * @throws {EndpointError} `ERR_ARGUMENT`, `ERR_LIMIT`, `ERR_PEER_UNREACHABLE`: not there for 20 s, and those of `connect` and
   * `open`
   */
  ask(peer: PeerId, question: FactQuestion, options?: Waiting): Promise<string>;
  /** Gives up asking. Of one that ended: nothing. */
  cancel(id: string): Promise<void>;
  /** Reads an issuer's code, or checks a show's. Never throws for what it reads. */
  read(text: string, question?: FactQuestion): Promise<FactReading>;
  /**
   * Trusts an issuer that was read, that offered us something, of whom we hold something, or whose facts somebody showed: a
   * person compared its fingerprint. @throws {EndpointError} `ERR_FACT_UNKNOWN`: none of these, `ERR_FACT`: it contradicts
   * what is pinned, `ERR_LIMIT`
   */
  pin(issuer: PeerId): Promise<IssuerView>;
  /** @throws {EndpointError} `ERR_FACT_UNKNOWN` */
  unpin(issuer: PeerId): Promise<void>;
}
