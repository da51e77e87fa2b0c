/**
 * The bounds of credentials (spec/credential.md), with units and reasons, as those in `limits.ts`.
 *
 * @module
 */
import { type Duration, days, hours, minutes, seconds } from "../lib/time.ts";

/** Messages in every credential, used or not: how many facts are hidden is the same for all. */
export const CREDENTIAL_SLOTS = 16;
/** UTF-8 bytes of what is attested, and of what it is called where it has no name of ours. */
export const FACT_VALUE_BYTES_MAX = 128;
export const FACT_LABEL_BYTES_MAX = 32;
/** Of an issuer. */
export const ISSUER_NAME_BYTES_MAX = 64;
/** A statement as received: 232 bytes and a name. */
export const ISSUER_STATEMENT_BYTES_MAX = 320;
/** A kept credential: 14 facts of the largest size and 150 bytes. */
export const CREDENTIAL_BYTES_MAX = 2_560;
/** A show with every fact, each of the largest size: a proof of 304 bytes, and 80. */
export const SHOW_BYTES_MAX = 2_816;
/** How long an epoch may be. A revoked credential lives to the end of its own. */
export const EPOCH_MIN: Duration = hours(1);
export const EPOCH_MAX: Duration = days(92);
/** Epochs ahead of now for which an issuer gives credentials, so that a holder may be away. */
export const EPOCHS_AHEAD_MAX = 8;
/** Holders that one issuer vouches for. */
export const ISSUER_ROLL_MAX = 10_000;
/** Issuers of whom somebody keeps credentials; of each one for every epoch that it is ahead. */
export const KEPT_ISSUERS_MAX = 64;
/** A credential is due to be renewed in this last part of its epoch. */
export const RENEWAL_PART = 0.25;
/** Issuers that somebody trusts. */
export const PINNED_ISSUERS_MAX = 256;
/** From a verifier's nonce to the show that answers it: a person chooses in between. */
export const SHOW_NONCE_LIFETIME: Duration = minutes(2);
/** Nonces that wait for a show or have had one; the oldest yields. */
export const SHOW_NONCES_MAX = 256;
/** How long a static show may be valid: whoever copies it can use it so long. */
export const STATIC_SHOW_LIFETIME_MAX: Duration = days(31);
/** Those remembered until they end, so that a copy is noticed; the oldest yields. */
export const STATIC_SHOWS_MAX = 10_000;
/** A show as text for a code: base45 of the largest, and its prefix. */
export const SHOW_TEXT_CHARS_MAX = 4_300;

// --- over a channel (`credential/1`) -----------------------------------------------------------
/** From an issuer's offer to the holder's yes, and from a question to the show: a person looks. */
export const CREDENTIAL_ANSWER_TIMEOUT: Duration = SHOW_NONCE_LIFETIME;
/** Between two steps that programs make. */
export const CREDENTIAL_STEP_TIMEOUT: Duration = seconds(30);
/** Exchanges that peers began and that are under way, of all and of one: more are refused on the channel. */
export const CREDENTIAL_EXCHANGES_MAX = 16;
export const CREDENTIAL_EXCHANGES_OF_PEER_MAX = 4;
/** Exchanges that ended and are still shown; the oldest goes. */
export const CREDENTIAL_ENDED_MAX = 16;
/** How long a static show lasts unless told. */
export const STATIC_SHOW_LIFETIME: Duration = days(1);
/** Seconds of an epoch unless an issuer chooses: a week. */
export const EPOCH_SECONDS = 604_800;
/** An issuer's statement as text for a code: base45 of the largest, and its prefix. */
export const ISSUER_TEXT_CHARS_MAX = 500;
