/**
 * The photo of a card (spec/app-card.md §5): bytes of their own, named by hash in the card. It is looked at before
 * anybody decodes it, on both sides: its kind, its size in bytes, and what it would unfold to.
 *
 * @module
 */
import type { CryptoProvider } from "../../crypto/provider.ts";
import { bytesToHex } from "../../lib/hex.ts";
import { pictureSize } from "../../lib/picture-size.ts";
import { CARD_PHOTO_BYTES_MAX, CARD_PHOTO_PIXELS_MAX } from "../../wire/card-limits.ts";
import type { CardField, CardPhoto } from "./card-field.ts";

export type CardPhotoFault = "too-large" | "not-a-photo" | "too-many-pixels" | "not-this-photo";

/** The field for `bytes`, or why they are no photo of a card. */
export function photoField(provider: CryptoProvider, bytes: Uint8Array): CardPhoto | CardPhotoFault {
  if (bytes.length > CARD_PHOTO_BYTES_MAX) return "too-large";
  const [format, size] = [photoFormat(bytes), pictureSize(bytes)];
  if (format === undefined || size === undefined) return "not-a-photo";
  if (size.width * size.height > CARD_PHOTO_PIXELS_MAX) return "too-many-pixels";
  return { kind: "photo", hash: bytesToHex(provider.sha256(bytes)), bytes: bytes.length, format };
}

/** Whether `bytes` are what the card names; `undefined` if so. */
export function photoFault(provider: CryptoProvider, named: CardPhoto, bytes: Uint8Array): CardPhotoFault | undefined {
  const field = photoField(provider, bytes);
  if (typeof field === "string") return field;
  return field.hash === named.hash && field.format === named.format ? undefined : "not-this-photo";
}

export const photoOfFields = (fields: readonly CardField[]): CardPhoto | undefined =>
  fields.find((field) => field.kind === "photo");

/** By its first bytes, whatever it is called; `undefined` for what no card holds, GIF and SVG among it. */
export function photoFormat(bytes: Uint8Array): CardPhoto["format"] | undefined {
  const starts = (at: number, ...values: readonly number[]): boolean =>
    values.every((value, index) => bytes[at + index] === value);
  if (starts(0, 0xff, 0xd8, 0xff)) return "jpeg";
  if (starts(0, 0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return "png";
  return starts(0, 0x52, 0x49, 0x46, 0x46) && starts(8, 0x57, 0x45, 0x42, 0x50) ? "webp" : undefined;
}
