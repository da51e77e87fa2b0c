/**
 * Finds a QR code in pixels. A picture is looked at as it is, or made clearer first: grain smoothed, what is out of focus
 * drawn apart, and greys spread from black to white. Neither look finds all that the other does (packages/bench,
 * `qr-scan`), so a camera takes turns, and a still picture gets both.
 *
 * @module
 */
import decodeQr from "qr/decode.js";

export type Look = "as-it-is" | "clearer";

export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** RGBA. */
  readonly data: Uint8ClampedArray;
}

/** For one look, in milliseconds: what is not found by then is left for the next frame. */
const LOOK_MS = 16;
/** For a still picture: somebody waits for it, and there is no next frame. */
const STILL_LOOK_MS = 500;

/** The text of the code; `undefined`: none was found. */
export function readCode(pixels: Pixels, look: Look, timeLimit: number = LOOK_MS): string | undefined {
  const { width, height } = pixels;
  if (look === "clearer" && Math.min(width, height) < SIDE_MIN) return undefined;
  const data = look === "clearer" ? clearer(pixels) : pixels.data;
  try {
    return decodeQr({ width, height, data }, { timeLimit, format: "RGBX" });
  } catch {
    return undefined; // it throws whenever it finds none
  }
}

/** Both looks, one after the other. */
export const readStill = (pixels: Pixels, timeLimit: number = STILL_LOOK_MS): string | undefined =>
  readCode(pixels, "as-it-is", timeLimit) ?? readCode(pixels, "clearer", timeLimit);

/** No code has fewer pixels a side; and what follows wants some more than it reaches. */
const SIDE_MIN = 21;
const GRAIN_REACH = 1;
const FOCUS_REACH = 4;
/** How strongly a pixel is moved away from those around it. */
const FOCUS = 3;
/** Of the darkest and of the lightest pixels: they become black and white. */
const ENDS = 0.02;

function clearer({ width, height, data }: Pixels): Uint8ClampedArray {
  const smooth = new Float32Array(width * height);
  for (let at = 0; at < smooth.length; at++)
    smooth[at] = ((data[4 * at] ?? 0) + 2 * (data[4 * at + 1] ?? 0) + (data[4 * at + 2] ?? 0)) / 4;
  const spare = new Float32Array(smooth.length);
  average(smooth, spare, width, height, GRAIN_REACH);
  const around = smooth.slice();
  average(around, spare, width, height, FOCUS_REACH);
  const counts = new Uint32Array(256);
  for (let at = 0; at < smooth.length; at++) {
    const value = Math.min(255, Math.max(0, (1 + FOCUS) * (smooth[at] ?? 0) - FOCUS * (around[at] ?? 0)));
    smooth[at] = value;
    const step = value | 0;
    counts[step] = (counts[step] ?? 0) + 1;
  }
  const [dark, light] = [endOf(counts, smooth.length, 1), endOf(counts, smooth.length, -1)];
  const spread = 255 / Math.max(1, light - dark);
  // All four at once, since they are the same: the fourth is not looked at.
  const result = new Uint32Array(smooth.length);
  for (let at = 0; at < smooth.length; at++) {
    const value = Math.min(255, Math.max(0, ((smooth[at] ?? 0) - dark) * spread)) | 0;
    result[at] = value * 0x01010101;
  }
  return new Uint8ClampedArray(result.buffer);
}

function endOf(counts: Uint32Array, all: number, step: 1 | -1): number {
  let value = step === 1 ? 0 : 255;
  for (let seen = counts[value] ?? 0; seen < ENDS * all; seen += counts[value] ?? 0) value += step;
  return value;
}

/** Every pixel becomes the average of those around it, `reach` to each side, in place. */
function average(pixels: Float32Array, spare: Float32Array, width: number, height: number, reach: number): void {
  const share = 1 / (2 * reach + 1);
  for (let y = 0; y < height; y++) {
    const [first, last] = [y * width, y * width + width - 1];
    let sum = (pixels[first] ?? 0) * (reach + 1);
    for (let at = 1; at <= reach; at++) sum += pixels[first + at] ?? 0;
    for (let at = first; at <= last; at++) {
      spare[at] = sum * share;
      sum += (pixels[Math.min(last, at + reach + 1)] ?? 0) - (pixels[Math.max(first, at - reach)] ?? 0);
    }
  }
  const sums = new Float32Array(width);
  for (let x = 0; x < width; x++) sums[x] = (spare[x] ?? 0) * (reach + 1);
  for (let y = 1; y <= reach; y++)
    for (let x = 0; x < width; x++) sums[x] = (sums[x] ?? 0) + (spare[y * width + x] ?? 0);
  for (let y = 0; y < height; y++) {
    const next = Math.min(height - 1, y + reach + 1) * width;
    const gone = Math.max(0, y - reach) * width;
    for (let x = 0; x < width; x++) {
      pixels[y * width + x] = (sums[x] ?? 0) * share;
      sums[x] = (sums[x] ?? 0) + (spare[next + x] ?? 0) - (spare[gone + x] ?? 0);
    }
  }
}
