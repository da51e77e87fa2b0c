/**
 * Whatever somebody scanned or pasted, told apart (spec/app-card.md §7, §8): one door for camera, clipboard and file.
 * Never throws: what is ours and broken says so.
 *
 * @module
 */
import type { CryptoProvider } from "../../crypto/provider.ts";
import { textToBytes } from "../../lib/utf8.ts";
import { WireError, type WireErrorCode } from "../../lib/wire-error.ts";
import { VCARD_FILE_BYTES_MAX } from "../../wire/card-limits.ts";
import { type CardPart, decodeFrame, FRAME_PREFIX } from "./card-frames.ts";
import { CARD_LINK_PREFIX, type CardLink, readCardLink } from "./card-link.ts";
import { cardOfProof, contactText } from "./card-proof.ts";
import { type ForeignLink, readForeignLink } from "./foreign-link.ts";
import { importMecard, isMecard } from "./mecard-import.ts";
import type { SignedCard } from "./signed-card.ts";
import { type ImportedCard, importVcards, type VcardImport } from "./vcard-import.ts";
import { bytesToBinary } from "./vcard-text.ts";

export type ReadCardText =
  | { readonly type: "card"; readonly card: SignedCard }
  /** Unsigned. `isChanged`: it says that it is signed, and what it says now is not what was signed. */
  | { readonly type: "contacts"; readonly contacts: readonly ImportedCard[]; readonly isChanged: boolean }
  /** One of several codes: give it to a {@link FrameAssembler}. */
  | { readonly type: "part"; readonly part: CardPart }
  | { readonly type: "link"; readonly link: CardLink }
  | { readonly type: "foreign"; readonly link: ForeignLink }
  /** It begins as one of ours does, and is none. */
  | { readonly type: "broken"; readonly code: WireErrorCode }
  | { readonly type: "unknown" };

export function readCardText(provider: CryptoProvider, text: string, plainHosts: readonly string[] = []): ReadCardText {
  if (text.length > VCARD_FILE_BYTES_MAX) return { type: "broken", code: "ERR_TOO_LARGE" };
  const trimmed = text.trim();
  const foreign = readForeignLink(trimmed);
  if (foreign !== undefined) return { type: "foreign", link: foreign };
  try {
    if (trimmed.startsWith(FRAME_PREFIX)) return { type: "part", part: decodeFrame(trimmed) };
    if (trimmed.startsWith(CARD_LINK_PREFIX) || /^https?:\/\/[^\s/?#]*\/c#/.test(trimmed))
      return { type: "link", link: readCardLink(provider, trimmed, plainHosts) };
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return { type: "broken", code: error.code };
  }
  if (isMecard(trimmed)) return { type: "contacts", contacts: [importMecard(trimmed)], isChanged: false };
  return /^\ufeff?BEGIN[ \t]*:[ \t]*VCARD/i.test(trimmed)
    ? contactsOf(provider, textToBytes(text))
    : { type: "unknown" };
}

/**
 * A file of vCards, in whatever character set. Of several none is taken as signed: a code has one. `read`: what
 * `importVcards` made of it, where that was done elsewhere.
 */
export function contactsOf(
  provider: CryptoProvider,
  file: Uint8Array,
  read: VcardImport = importVcards(file),
): ReadCardText {
  const { cards: contacts } = read;
  const [only] = contacts;
  if (contacts.length !== 1 || only?.proof === undefined) return { type: "contacts", contacts, isChanged: false };
  try {
    const card = cardOfProof(provider, only.proof, only.fields);
    // To the letter: nothing may stand beside what is signed that a camera shows and Kith does not.
    const isExact = plain(bytesToBinary(file)) === plain(bytesToBinary(textToBytes(contactText(card))));
    return isExact ? { type: "card", card } : { type: "contacts", contacts, isChanged: true };
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return { type: "contacts", contacts, isChanged: true };
  }
}

const plain = (text: string): string => text.replace(/\r\n?/g, "\n").trim();
