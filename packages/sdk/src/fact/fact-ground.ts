/** What the parts of attested facts have in common: who we are, whom we know, time and chance. */
import type { CryptoProvider, LocalIdentity, Moment, PeerId, RandomSource } from "@kith/core";
import type { SessionView } from "../api.ts";
import type { Waiting } from "../channel-api.ts";
import type { Clock } from "../clock.ts";
import { EndpointError } from "../endpoint-error.ts";
import type { Observable, Subject } from "../observable.ts";
import type { PeerSession } from "../session-api.ts";
import type { KeyValueStore } from "../storage.ts";
import type {
  CredentialView,
  FactAskView,
  FactCheckView,
  FactOfferView,
  IssuerView,
  IssuingView,
  VouchedView,
} from "./facts-api.ts";

/** What of a session a show is bound to. */
export type FactSession = Pick<PeerSession, "self" | "peer" | "transcript">;

/** One that is open, to go on over. */
export type OpenFactSession = FactSession & Pick<PeerSession, "open">;

export interface FactsGround {
  readonly identity: LocalIdentity;
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  readonly clock: Clock;
  readonly store: KeyValueStore | undefined;
  readonly note: (code: string, peer: PeerId | undefined) => void;
  /** What we call them. */
  readonly nameOf: (peer: PeerId) => string | undefined;
  /** Those that are open. */
  readonly sessions: Observable<readonly Pick<SessionView, "peer">[]>;
  /** The session with them, a new one if there is none. */
  readonly connect: (peer: PeerId, options: Waiting) => Promise<OpenFactSession>;
}

/** What views show. */
export interface FactSubjects {
  readonly own: Subject<IssuerView | undefined>;
  readonly vouched: Subject<readonly VouchedView[]>;
  readonly issuings: Subject<readonly IssuingView[]>;
  readonly held: Subject<readonly CredentialView[]>;
  readonly offers: Subject<readonly FactOfferView[]>;
  readonly asks: Subject<readonly FactAskView[]>;
  readonly checks: Subject<readonly FactCheckView[]>;
  readonly pinned: Subject<readonly IssuerView[]>;
}

export const momentOf = (clock: Clock): Moment => ({ now: clock.now(), wall: clock.wall() });

export const unknownFact = (what: "issuer" | "holder" | "offer" | "question" | "credential"): EndpointError =>
  new EndpointError("ERR_FACT_UNKNOWN", `Cannot find the ${what}: it is not here, or not any more`);
