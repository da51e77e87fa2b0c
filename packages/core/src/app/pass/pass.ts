/**
 * A Wallet pass of a card (spec/app-card.md §13), made on the device in two steps: a draft, whose manifest goes to a signer,
 * and the pass with the signature that came back.
 *
 *     pass     = ZIP, stored: pass.json · icon, logo (@1x, @2x, @3x) · (thumbnail) · manifest.json · signature
 *     manifest = JSON { name: SHA-1 of the file … }, of all but itself and the signature
 *     serial   = SHA-256("kith/1 card pass" · 0 · PeerId · card id · u8 level), the first 16 bytes
 *
 * The signer sees hashes. It does not see who it is, nor any field.
 *
 * @module
 */
import { LABEL, labelBytes } from "../../crypto/labels.ts";
import type { CryptoProvider } from "../../crypto/provider.ts";
import { sha1 } from "../../crypto/sha1.ts";
import { peerIdToBytes } from "../../identity/peer-id.ts";
import { assert } from "../../lib/assert.ts";
import { bytesToHex } from "../../lib/hex.ts";
import { pictureSize } from "../../lib/picture-size.ts";
import type { WallTime } from "../../lib/time.ts";
import { textToBytes } from "../../lib/utf8.ts";
import { WireError } from "../../lib/wire-error.ts";
import { zipStored } from "../../lib/zip.ts";
import { cleanLine } from "../../trust/display-name.ts";
import {
  CARD_TEXT_BYTES_MAX,
  PASS_BYTES_MAX,
  PASS_MANIFEST_BYTES_MAX,
  PASS_PICTURE_BYTES_MAX,
  PASS_PICTURE_SIDE_MAX,
} from "../../wire/card-limits.ts";
import { CARD_LEVEL } from "../../wire/card-registry.ts";
import { cardIdToBytes } from "../card/card.ts";
import { readCardLink } from "../card/card-link.ts";
import { photoOfFields } from "../card/card-photo.ts";
import { contactText } from "../card/card-proof.ts";
import { codeSize } from "../card/code-size.ts";
import type { SignedCard } from "../card/signed-card.ts";
import { markPicture } from "./mark.ts";
import { type PassSigner, type PassWords, passJson } from "./pass-json.ts";
import { checkPassSignature } from "./pass-signature.ts";
import { barePng } from "./png.ts";

export const PASS_MEDIA_TYPE = "application/vnd.apple.pkpass";

/** Every file that a pass may have besides its manifest and signature: a signer refuses others. */
export const PASS_FILES: readonly string[] = [
  "pass.json",
  ...["icon", "logo", "thumbnail"].flatMap((name) => [`${name}.png`, `${name}@2x.png`, `${name}@3x.png`]),
];

export interface PassOptions {
  readonly signer: PassSigner;
  readonly words: PassWords;
  /** A link to the same card at the same level, for the code on the pass; without one the code is the card's own. */
  readonly link?: { readonly text: string; readonly endsAt: WallTime };
  /** The card's photo as PNG, at most `PASS_PICTURE_SIDE_MAX` pixels a side. Only of a card that shows one. */
  readonly picture?: Uint8Array;
}

export interface PassDraft {
  /** In the order in which they stand in the pass. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** `manifest.json`: what a signer gets, and all that it gets. */
  readonly manifest: Uint8Array;
}

/** Why no pass was made. */
export type PassFault =
  | "signer" //        what it says of itself cannot stand in a pass
  | "code-too-large" // the card has no code that a phone reads: give a link
  | "link" //          not a link to this card
  | "no-photo" //      a picture for a card that shows none at this level
  | "picture"; //      no PNG, damaged or too large

export function draftPass(provider: CryptoProvider, card: SignedCard, options: PassOptions): PassDraft | PassFault {
  const { signer, words, link, picture } = options;
  if (!isPassSigner(signer)) return "signer";
  if (link !== undefined && !leadsTo(provider, card, link.text)) return "link";
  const message = link?.text ?? contactText(card);
  if (codeSize(message) === undefined) return "code-too-large";
  if (picture !== undefined && photoOfFields(card.content.fields) === undefined) return "no-photo";
  const thumbnail = picture === undefined ? undefined : bare(picture);
  if (picture !== undefined && thumbnail === undefined) return "picture";
  const { endsAt } = card.content;
  const ends = link !== undefined && link.endsAt < endsAt ? link.endsAt : endsAt;
  const json = passJson({ card, signer, words, message, serial: serialOf(provider, card), endsAt: ends });
  const files = new Map([["pass.json", textToBytes(json)], ...marks()]);
  if (thumbnail !== undefined) for (const scale of ["", "@2x"]) files.set(`thumbnail${scale}.png`, thumbnail);
  const hashes = [...files].map(([name, content]) => [name, bytesToHex(sha1(content))] as const);
  const manifest = textToBytes(JSON.stringify(Object.fromEntries(hashes)));
  assert(manifest.length <= PASS_MANIFEST_BYTES_MAX, "size of a manifest");
  return { files, manifest };
}

/**
 * The pass, ready for Wallet. `signature`: what a signer made of the manifest.
 * @throws {WireError} if it is not a signature of this manifest.
 */
export function finishPass(provider: CryptoProvider, draft: PassDraft, signature: Uint8Array): Uint8Array {
  checkPassSignature(provider, draft.manifest, signature);
  const pass = zipStored(new Map([...draft.files, ["manifest.json", draft.manifest], ["signature", signature]]));
  assert(pass.length <= PASS_BYTES_MAX, "size of a pass");
  return pass;
}

/** Whether what a signer says of itself may stand in a pass: it comes from a server. */
export const isPassSigner = ({ passType, team, organization }: PassSigner): boolean =>
  /^pass(?:\.[A-Za-z0-9-]{1,32}){1,6}$/.test(passType) &&
  /^[A-Z0-9]{10}$/.test(team) &&
  organization !== "" &&
  cleanLine(organization, CARD_TEXT_BYTES_MAX) === organization;

/** The same for one card at one level, so that a new pass takes the place of the old; and different at each. */
function serialOf(provider: CryptoProvider, { signer, content }: SignedCard): string {
  const parts = [peerIdToBytes(signer), cardIdToBytes(content.id), Uint8Array.of(CARD_LEVEL[content.level])];
  return bytesToHex(provider.sha256(labelBytes(LABEL.cardPass), Uint8Array.of(0), ...parts).subarray(0, 16));
}

/** Where the card is kept at a host, what the link leads to was put there by whoever made both. */
function leadsTo(provider: CryptoProvider, card: SignedCard, text: string): boolean {
  try {
    const link = readCardLink(provider, text);
    if (link.kind === "kept") return true;
    const { signer, content } = link.share.card;
    // Signed again it has other dates, and is the same to whoever looks at it.
    const isSame = signer === card.signer && content.id === card.content.id && content.level === card.content.level;
    return isSame && JSON.stringify(content.fields) === JSON.stringify(card.content.fields);
  } catch (error) {
    if (error instanceof WireError) return false;
    throw error;
  }
}

function bare(picture: Uint8Array): Uint8Array | undefined {
  const size = picture.length > PASS_PICTURE_BYTES_MAX ? undefined : pictureSize(picture);
  if (size === undefined || Math.max(size.width, size.height) > PASS_PICTURE_SIDE_MAX) return undefined;
  try {
    return barePng(picture);
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}

/** Points of a side, as Wallet shows them. */
const MARK_POINTS = { icon: 29, logo: 50 } as const;

function marks(): readonly (readonly [string, Uint8Array])[] {
  return (["icon", "logo"] as const).flatMap((name) =>
    ["", "@2x", "@3x"].map((scale, at) => [`${name}${scale}.png`, markPicture((at + 1) * MARK_POINTS[name])] as const),
  );
}
