/** A Wallet pass of what a level of a card shows, made on this device and signed by a relay. */
import { CARD_PHOTO_PIXELS_MAX } from "@kith/core/card";
import { PASS_MEDIA_TYPE, PASS_PICTURE_BYTES_MAX, PASS_PICTURE_SIDE_MAX } from "@kith/core/pass";
import type { CardId, CardLevel, Cards, WalletPass, WalletPassOptions } from "@kith/sdk";
import { pngOf } from "../../ui/picture.ts";

export interface MadePass extends Pick<WalletPass, "isTest" | "signer" | "endsAt"> {
  readonly file: File;
  /** There is a photo at this level, and it is not in the pass: it is not here, or cannot be read. */
  readonly isPhotoLeft: boolean;
}

export interface PassTerms extends Pick<WalletPassOptions, "relay" | "words"> {
  /** Milliseconds for which its code leads to the card. */
  readonly expires: number;
  /** Of the file, without its ending. */
  readonly name: string;
  readonly signal: AbortSignal;
}

/** @throws {EndpointError} what `cards.pass` does */
export async function makePass(cards: Cards, card: CardId, level: CardLevel, terms: PassTerms): Promise<MadePass> {
  const { expires, name, ...options } = terms;
  const photo = await photoAt(cards, card, level);
  terms.signal.throwIfAborted();
  const picture = photo instanceof Uint8Array && { picture: photo };
  const made = await cards.pass(card, level, { ...options, ...picture, link: { expires } });
  const file = new File([made.bytes.slice()], `${name}.pkpass`, { type: PASS_MEDIA_TYPE });
  return { ...made, file, isPhotoLeft: photo === "left" };
}

/** Of that level and no other, drawn anew. */
async function photoAt(cards: Cards, card: CardId, level: CardLevel): Promise<Uint8Array | "left" | undefined> {
  const { fields } = await cards.preview(card, level);
  const hash = fields.find((field) => field.kind === "photo")?.hash;
  if (hash === undefined) return undefined;
  const bytes = await cards.photo(hash);
  if (bytes === undefined) return "left";
  const bounds = {
    ...{ sideMax: PASS_PICTURE_SIDE_MAX, bytesMax: PASS_PICTURE_BYTES_MAX },
    pixelsMax: CARD_PHOTO_PIXELS_MAX,
  };
  return (await pngOf(new Blob([bytes.slice()]), bounds)) ?? "left";
}
