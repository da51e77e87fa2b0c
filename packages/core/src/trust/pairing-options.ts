/** What a pairing is made from, what a person asks of it, and what comes of it. */
import type { CryptoProvider } from "../crypto/provider.ts";
import type { Secret } from "../crypto/secret.ts";
import type { LocalIdentity } from "../identity/keys.ts";
import type { PeerId } from "../identity/peer-id.ts";
import type { RandomSource } from "../lib/random.ts";
import type { Instant } from "../lib/time.ts";
import type { AttemptLimits } from "./attempt-limits.ts";
import type { VerifiedBy } from "./contact.ts";
import type { Introduction } from "./introduction.ts";
import type { PairingSide } from "./pairing-keys.ts";
import type { CodeLeadsTo } from "./pairing-message.ts";
import type { PairingFailure, PairingStep } from "./proof.ts";
import type { Role } from "./roles.ts";
import type { ShownCode } from "./shown-code.ts";
import type { AuditOutput, StoreOutput } from "./stored.ts";

export interface PairingOptions {
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  /** The initiator opened the channel. */
  readonly side: PairingSide;
  /** Under which the session runs. */
  readonly identity: LocalIdentity;
  /** Whom we introduce, if the session runs under a one-time identity and the device's own shall be known. */
  readonly introduceAs?: LocalIdentity;
  readonly remote: PeerId;
  /** Of the session's first handshake, 32 bytes. */
  readonly transcript: Uint8Array;
  /** Ours, cleaned; may be empty. */
  readonly name: string;
  /** What we would like to be there; `member` if not said. */
  readonly roleAsked?: Role;
  /** Where the peer comes from, as limits see it; and whether it is in the trust book. */
  readonly source: string;
  readonly isKnown: boolean;
  readonly attempts: AttemptLimits;
  /** Shown already, to whoever comes. Without one a code is made when it is asked for, unless `isOfferedOnly`. */
  readonly offered?: ShownCode;
  /** This side is here for one code alone: nothing else convinces it. */
  readonly isOfferedOnly?: boolean;
  readonly isBlocked: (peer: PeerId) => boolean;
  readonly now: Instant;
}

export type PairingRequest =
  /** `shows`: we show the code, the other side types it. */
  | { readonly method: "pin" | "code"; readonly shows: boolean }
  /** Typed before: proven at once, and once only. As `normalizeCode` gives it; taken over. */
  | { readonly method: "code"; readonly code: Secret }
  /** Scanned, 16 bytes; taken over. */
  | { readonly method: "qr"; readonly secret: Secret }
  | { readonly method: "words" | "first-use" };

export type PairingChoice =
  | { readonly accept: true; readonly role: Role; readonly remember: boolean }
  | { readonly accept: false };

/** What both people agreed to. */
export interface Paired extends Introduction {
  readonly verifiedBy: VerifiedBy;
  /** What our person made of the peer, and the peer's of us. */
  readonly role: Role;
  readonly roleGiven: Role;
  /** Whether our person wants it in the trust book. */
  readonly remember: boolean;
  /** What the code was for. With anything but `contacts` nobody's own identity was said. */
  readonly leadsTo: CodeLeadsTo;
}

export type PairingOutput =
  | { readonly type: "transmit"; readonly bytes: Uint8Array }
  | StoreOutput
  | AuditOutput
  | { readonly type: "step"; readonly step: PairingStep | { readonly at: "consent"; readonly asks: Introduction } }
  | { readonly type: "done"; readonly paired: Paired }
  | { readonly type: "failed"; readonly reason: PairingFailure };
