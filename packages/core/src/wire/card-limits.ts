/**
 * The bounds of contact cards (spec/app-card.md), with units and reasons, as those in `limits.ts`.
 *
 * @module
 */
import { type Duration, days, minutes, seconds } from "../lib/time.ts";

// --- a card ---------------------------------------------------------------------------------
/** A signed card without its photo. */
export const CARD_BYTES_MAX = 4_096;
/** A photo as it travels. The app makes smaller ones of larger ones. */
export const CARD_PHOTO_BYTES_MAX = 65_536;
/** Pixels that a photo may unfold to: four bytes each in whoever shows it. */
export const CARD_PHOTO_PIXELS_MAX = 4_194_304;
/** Fields of one card over all levels, and of one kind. */
export const CARD_FIELDS_MAX = 64;
export const CARD_FIELDS_OF_KIND_MAX = 32;
/** UTF-8 bytes of one text; of a note; of a link; of what is said about an address, a number or a link. */
export const CARD_TEXT_BYTES_MAX = 256;
export const CARD_NOTE_BYTES_MAX = 1_024;
export const CARD_LINK_BYTES_MAX = 512;
export const CARD_LABEL_BYTES_MAX = 32;
/** Cards kept of one signer; the oldest yields. */
export const CARDS_PER_SIGNER_MAX = 8;
/** What one says of somebody. */
export const CARD_TAGS_MAX = 16;
/** From signing to the end of a card, and what it is unless somebody says otherwise. */
export const CARD_LIFETIME_MAX: Duration = days(1_100);
export const CARD_LIFETIME: Duration = days(365);

// --- vCard ----------------------------------------------------------------------------------
/** A file of vCards, an address book with photos. */
export const VCARD_FILE_BYTES_MAX = 16_777_216;
export const VCARDS_MAX = 5_000;
/** One property with its folds: a photo that a phone wrote is 400 kB; longer ones are left out. */
export const VCARD_PROPERTY_BYTES_MAX = 2_097_152;
/** Properties of one vCard that are looked at; parameters of one property. */
export const VCARD_PROPERTIES_MAX = 512;
export const VCARD_PARAMETERS_MAX = 32;
/** vCards within one another that are skipped; deeper ones end the file. */
export const VCARD_DEPTH_MAX = 8;

// --- codes and links ------------------------------------------------------------------------
/** Largest QR version that phones read with ease from a screen: 117 modules a side. */
export const CARD_CODE_VERSION_MAX = 25;
/** Text of one code. What `CARD_CODE_VERSION_MAX` holds at level M is 997 bytes. */
export const CARD_CODE_CHARS_MAX = 1_300;
/** Of a MECARD; the largest code there is holds 4,296 characters. What is longer is left, and said. */
export const MECARD_CHARS_MAX = 4_296;
/** Codes of one animated code, and bytes of the card in each: a code of 53 modules at level M. */
export const CARD_PARTS_MAX = 40;
export const CARD_PART_BYTES = 160;
/** Text of a link. One that holds the whole share has 4/3 of its bytes. */
export const CARD_LINK_CHARS_MAX = 6_144;
/** Name of the host that keeps a share. */
export const CARD_HOST_BYTES_MAX = 64;
export const CARD_SHARE_LIFETIME_MAX: Duration = days(30);
/** How often a share may be fetched, where that is counted. */
export const CARD_SHARE_USES_MAX = 1_000;
/** What a sealed share is filled up to, so that its size says little: without a photo, with a small and with a large one. */
export const CARD_SHARE_SIZES: readonly number[] = [1_024, 2_048, 4_608, 24_576, 70_656];

// --- Wallet passes --------------------------------------------------------------------------
/** A picture beside the name on a pass, and its longer side: 90 points at three pixels a point, and some more. */
export const PASS_PICTURE_BYTES_MAX = 262_144;
export const PASS_PICTURE_SIDE_MAX = 300;
/** Names and hashes of at most ten files. Signers take 8 KiB. */
export const PASS_MANIFEST_BYTES_MAX = 2_048;
/** A signature with its certificates: three of them have 5 kB. */
export const PASS_SIGNATURE_BYTES_MAX = 16_384;
/** Two such pictures, Kith's own, and the rest. */
export const PASS_BYTES_MAX = 1_048_576;

// --- giving nearby (`card/1`) -----------------------------------------------------------------
/** From offer to yes: two people look at their screens. */
export const CARD_ANSWER_TIMEOUT: Duration = minutes(2);
/** From yes to card, from one piece of a photo to the next, from card to receipt once it was shown. */
export const CARD_STEP_TIMEOUT: Duration = seconds(30);
export const CARD_KEEP_TIMEOUT: Duration = minutes(10);
/** Of a photo in one message. */
export const CARD_PHOTO_PART_BYTES = 16_384;
/** Tries of one way to give a card before the next is offered; pauses between, doubled each time. */
export const CARD_TRIES_MAX = 3;
export const CARD_RETRY: Duration = seconds(1);

// --- what a person keeps -----------------------------------------------------------------------
/** Cards of one's own; one more is refused. */
export const OWN_CARDS_MAX = 64;
/** Whose cards or contacts are kept: an address book. One more is refused; nobody is forgotten to make room. */
export const CARD_ENTRIES_MAX = 5_000;
/** Links that one made. Ended ones yield, the oldest first; else one more is refused. */
export const CARD_LINKS_MAX = 256;
/** From making a link to its end, unless somebody says otherwise. */
export const CARD_LINK_LIFETIME: Duration = days(7);
/** Offers that wait for our person, of all and of one peer: more are refused on the channel. */
export const CARD_OFFERS_MAX = 16;
export const CARD_OFFERS_OF_PEER_MAX = 4;
/** Cards under way to others at once; one more is refused. */
export const CARD_GIVINGS_MAX = 16;
/** Offers, and givings, that ended and are still shown; the oldest goes. */
export const CARD_ENDED_MAX = 16;
/** Cards and contacts that were read and wait for a yes; the oldest goes. */
export const CARD_READINGS_MAX = 16;
