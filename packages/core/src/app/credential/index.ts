/**
 * Attested facts: `@kith/core/credential`, a door of its own since the pairing curve behind it is much program.
 * An application imports it when a person first needs it: `await import("@kith/core/credential")`.
 */
export { type Bbs, type BbsClaim, type BbsStatement, nobleBbs } from "../../crypto/bbs.ts";
export {
  CREDENTIAL_ENDED_MAX,
  CREDENTIAL_EXCHANGES_MAX,
  CREDENTIAL_EXCHANGES_OF_PEER_MAX,
  CREDENTIAL_SLOTS,
  CREDENTIAL_STEP_TIMEOUT,
  EPOCH_SECONDS,
  PINNED_ISSUERS_MAX,
  RENEWAL_PART,
  STATIC_SHOW_LIFETIME,
  STATIC_SHOW_LIFETIME_MAX,
} from "../../wire/credential-limits.ts";
export {
  checkShow,
  SHOW_CHECKS,
  type ShowCheck,
  type ShowCheckName,
  type ShowFault,
  type ShownFacts,
  type ShowQuestion,
  type ShowVerdict,
  type Verifier,
} from "./check-show.ts";
export {
  type Credential,
  decodeCredential,
  encodeCredential,
  type Holder,
  holderSecret,
  isCredentialGenuine,
  issueCredential,
} from "./credential.ts";
export { CredentialBook, type KeepOutcome, type Renewal } from "./credential-book.ts";
export {
  CredentialExchange,
  type ExchangeEnd,
  type ExchangeOutput,
  exchangeRole,
  isBroken,
} from "./credential-exchange.ts";
export {
  type CredentialMessage,
  type CredentialRefusal,
  decodeCredentialMessage,
  encodeCredentialMessage,
  type WantedFact,
} from "./credential-message.ts";
export { epochAt, epochEnd, epochStanding, epochStart, isIssuable } from "./epoch.ts";
export { type Fact, type FactFault, type FactName, FREE_SLOT_MIN, fact, factsFault, SLOT } from "./fact.ts";
export { HolderExchange, type HolderParts, type HolderTold, type OfferedFacts } from "./holder-exchange.ts";
export { IssuerBook, type StatementOutcome } from "./issuer-book.ts";
export { areSame, IssuerExchange, type IssuerParts, type IssuerTold } from "./issuer-exchange.ts";
export { type IssueRefusal, IssuerRoll, type RollEntry } from "./issuer-roll.ts";
export {
  decodeShow,
  isShowText,
  type Show,
  type ShowChoice,
  type ShowUse,
  showFromText,
  showLive,
  showSession,
  showStatic,
  showToText,
} from "./show.ts";
export { type NonceOutcome, ShowMemory } from "./show-memory.ts";
export {
  type Issuer,
  type IssuerStatement,
  type IssuerTerms,
  isStatementText,
  openIssuer,
  readStatement,
  statementFromText,
  statementToText,
  termsFault,
} from "./statement.ts";
export { type LiveQuestion, VerifierExchange, type VerifierParts, type VerifierTold } from "./verifier-exchange.ts";
