/**
 * Contact cards: `@kith/core/card`, a door of its own, so that an application loads them when a person first opens their
 * cards: `await import("@kith/core/card")`.
 */

export {
  CARD_BYTES_MAX,
  CARD_ENDED_MAX,
  CARD_ENTRIES_MAX,
  CARD_FIELDS_MAX,
  CARD_GIVINGS_MAX,
  CARD_LIFETIME,
  CARD_LIFETIME_MAX,
  CARD_LINK_LIFETIME,
  CARD_LINKS_MAX,
  CARD_OFFERS_MAX,
  CARD_OFFERS_OF_PEER_MAX,
  CARD_PHOTO_BYTES_MAX,
  CARD_PHOTO_PIXELS_MAX,
  CARD_READINGS_MAX,
  CARD_SHARE_LIFETIME_MAX,
  CARD_SHARE_SIZES,
  CARD_SHARE_USES_MAX,
  OWN_CARDS_MAX,
  VCARD_FILE_BYTES_MAX,
} from "../../wire/card-limits.ts";
export {
  CARD_LEVELS,
  type CardFault,
  type CardId,
  type CardLevel,
  cardFaults,
  cardIdFromBytes,
  cardIdToBytes,
  cutCard,
  DEFAULT_LEVEL,
  editCard,
  fieldsMax,
  type LevelledField,
  newCard,
  type OwnCard,
} from "./card.ts";
export { type CardCode, type CodeFrame, cardCode } from "./card-code.ts";
export {
  annotate,
  type CardEntry,
  entryFields,
  entryName,
  entryOf,
  exportEntries,
  type KeptCard,
  plainEntry,
  searchEntries,
  sortEntries,
  takeCard,
} from "./card-entry.ts";
export { decodeCardEntry, encodeCardEntry } from "./card-entry-record.ts";
export {
  CARD_PARTS,
  type CardField,
  type CardFieldFault,
  type CardFieldKind,
  type CardPhoto,
  type CardText,
  type CardTextKind,
  cardField,
  cleanField,
  fieldFault,
  fieldTexts,
} from "./card-field.ts";
export { type Assembled, type CardPart, FrameAssembler } from "./card-frames.ts";
export { CardGiver } from "./card-giver.ts";
export type { CardEnd, CardHandoverOutput } from "./card-handover.ts";
export { isCardHost } from "./card-host.ts";
export {
  type CameBy,
  type CardChanges,
  type CardContext,
  type CardDoubt,
  type CardJudgement,
  type CardReason,
  type CardRelation,
  changesOf,
  type IssuerFact,
  judgeCard,
} from "./card-judgement.ts";
export { CARD_LINK_PREFIX, type CardLink, encodeCardLink, readCardLink } from "./card-link.ts";
export { entryTwins, type MergedEntry, type MergeFault, mergeEntries, type TwinHint } from "./card-merge.ts";
export type { CardOffer, CardStop } from "./card-message.ts";
export { type CardPhotoFault, photoFault, photoField, photoFormat, photoOfFields } from "./card-photo.ts";
export { contactText } from "./card-proof.ts";
export {
  type CardShare,
  openShare,
  readShare,
  SHARE_ID_BYTES,
  SHARE_SECRET_BYTES,
  type ShareTerms,
  sealShare,
  shareId,
  signShare,
} from "./card-share.ts";
export { CardTaker } from "./card-taker.ts";
export { contactsOf, type ReadCardText, readCardText } from "./card-text.ts";
export { cardTime } from "./card-time.ts";
export { type CodeLevel, type CodeSize, codeSize } from "./code-size.ts";
export { type ForeignLink, readForeignLink } from "./foreign-link.ts";
export { decodeGivenLink, encodeGivenLink, type GivenLink } from "./given-link.ts";
export {
  GIVING_WAYS,
  GivingCourse,
  type GivingFailure,
  type GivingOutput,
  type GivingWay,
} from "./giving-course.ts";
export { decodeOwnCard, encodeOwnCard } from "./own-card-record.ts";
export { type CardContent, contentBytes, contentFault, readCard, type SignedCard, signCard } from "./signed-card.ts";
export { exportVcard, type VcardOptions } from "./vcard-export.ts";
export { type ImportedCard, importVcards, type VcardImport, type VcardLeft } from "./vcard-import.ts";
