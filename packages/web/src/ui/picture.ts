/**
 * A person's picture as our own canvas draws it: nothing of the file it came from is left, no place and no camera, and
 * nothing but pixels reaches others.
 *
 * @module
 */
import { pictureSize } from "@kith/core";

const SIDE_MAX = 1_600;
/** Of what we make: whatever comes from a room is no larger. */
export const MADE_PIXELS_MAX = SIDE_MAX ** 2;
/** Of what we read: a phone's camera makes 50 million. */
const PIXELS_MAX = 64_000_000;
/** The size is said there, after what a camera writes. */
const HEAD_BYTES = 1_048_576;
const QUALITIES = [0.85, 0.7, 0.5, 0.3] as const;

export interface Picture {
  readonly bytes: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Decodes a picture that is not too large; `undefined`: it is none, or is. */
export async function decodePicture(file: Blob, pixelsMax = PIXELS_MAX): Promise<ImageBitmap | undefined> {
  const size = pictureSize(new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer()));
  if (size === undefined || size.width * size.height > pixelsMax) return undefined;
  return createImageBitmap(file).catch(() => undefined);
}

/** `undefined`: it is no picture, is too large, or cannot be made as small as `bytesMax`. */
export async function reencode(
  file: Blob,
  bytesMax: number,
  pixelsMax: number = PIXELS_MAX,
): Promise<Picture | undefined> {
  const bitmap = await decodePicture(file, pixelsMax);
  if (bitmap === undefined) return undefined;
  for (let side = SIDE_MAX; side >= 200; side /= 2) {
    const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
    const [width, height] = [Math.ceil(bitmap.width * scale), Math.ceil(bitmap.height * scale)];
    const canvas = new OffscreenCanvas(width, height);
    canvas.getContext("2d")?.drawImage(bitmap, 0, 0, width, height);
    for (const quality of QUALITIES) {
      const blob = await canvas.convertToBlob({ type: "image/webp", quality });
      if (blob.size <= bytesMax) return { bytes: new Uint8Array(await blob.arrayBuffer()), width, height };
    }
  }
  return undefined;
}

/** As PNG, for programs that take nothing else; no side longer than `sideMax`. `undefined` as of {@link reencode}. */
export async function pngOf(
  file: Blob,
  { sideMax, bytesMax, pixelsMax }: { readonly sideMax: number; readonly bytesMax: number; readonly pixelsMax: number },
): Promise<Uint8Array | undefined> {
  const bitmap = await decodePicture(file, pixelsMax);
  if (bitmap === undefined) return undefined;
  for (let side = sideMax; side >= PNG_SIDE_MIN; side = Math.floor(side * 0.7)) {
    const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
    const canvas = new OffscreenCanvas(...scaled(bitmap, scale));
    canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    const blob = await canvas.convertToBlob({ type: "image/png" });
    if (blob.size <= bytesMax) return new Uint8Array(await blob.arrayBuffer());
  }
  return undefined;
}

/** Smaller, nobody is seen on it. */
const PNG_SIDE_MIN = 40;

const scaled = ({ width, height }: ImageBitmap, scale: number): [width: number, height: number] => [
  Math.max(1, Math.round(width * scale)),
  Math.max(1, Math.round(height * scale)),
];
