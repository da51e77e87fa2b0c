/**
 * What a camera sees of a code, drawn from a seed: 640 × 480 pixels of a sheet with a QR code that is turned, tilted, out of
 * focus, grainy, grey or unevenly lit; and rooms without one. The same frames for everybody, in Node and in a page.
 *
 * @module
 */
import encodeQr from "qr";

export const FRAME_SIZE = { width: 640, height: 480 } as const;

export interface Frame {
  /** `undefined`: there is no code in it. */
  readonly text: string | undefined;
  /** RGBA. */
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

interface Look {
  /** Radians. */
  readonly turn: number;
  /** How much nearer one side of the sheet is. */
  readonly tilt: number;
  /** Standard deviation of focus, as a part of a module: hand and lens do not know how fine the code is. */
  readonly blur: number;
  /** Standard deviation, of 255. */
  readonly noise: number;
  readonly dark: number;
  readonly light: number;
  /** Difference of light from one side of the frame to the other. */
  readonly shade: number;
}

const PLAIN: Look = { turn: 0, tilt: 0, blur: 0.15, noise: 2, dark: 25, light: 225, shade: 0 };

type Draw = (low: number, high: number) => number;

/** What each kind of frame is like; every other trait is that of a good picture. */
export const LOOKS: Readonly<Record<string, (draw: Draw) => Look>> = {
  plain: () => PLAIN,
  turned: (draw) => ({ ...PLAIN, turn: draw(0, 2 * Math.PI) }),
  tilted: (draw) => ({ ...PLAIN, turn: draw(-0.2, 0.2), tilt: draw(0.1, 0.35) }),
  blurred: (draw) => ({ ...PLAIN, turn: draw(-0.1, 0.1), blur: draw(0.3, 0.65) }),
  noisy: (draw) => ({ ...PLAIN, turn: draw(-0.1, 0.1), noise: draw(20, 70) }),
  grey: (draw) => ({ ...PLAIN, turn: draw(-0.1, 0.1), dark: draw(90, 115), light: draw(130, 160), noise: draw(1, 5) }),
  shaded: (draw) => ({ ...PLAIN, turn: draw(-0.1, 0.1), dark: 20, light: 130, shade: draw(60, 110) }),
  handheld: (draw) => ({
    turn: draw(-0.5, 0.5),
    tilt: draw(0, 0.2),
    blur: draw(0.15, 0.4),
    noise: draw(3, 15),
    dark: draw(30, 70),
    light: draw(150, 220),
    shade: draw(0, 40),
  }),
};

/** Of a link, and of cards as `cardCode` makes them: bytes of text, level, how much of the frame's height it fills. */
const CODES = [
  { bytes: 90, ecc: "medium", fills: [0.3, 0.9] },
  { bytes: 286, ecc: "high", fills: [0.75, 0.95] },
  { bytes: 367, ecc: "high", fills: [0.8, 0.95] },
  { bytes: 602, ecc: "medium", fills: [0.8, 0.95] },
] as const;

/** `count` frames of one kind. */
export function drawFrames(look: string, count: number, seed: number): readonly Frame[] {
  const draw = drawer(seed);
  return Array.from({ length: count }, (_, at) => {
    const code = CODES[at % CODES.length] ?? CODES[0];
    const text = textOf(draw, code.bytes);
    return {
      text,
      data: drawSheet(text, code.ecc, draw(code.fills[0], code.fills[1]), LOOKS[look]?.(draw) ?? PLAIN, draw),
    };
  });
}

/** What a camera sees most of the time: a wall, writing, stripes, grain. */
export function emptyFrames(count: number, seed: number): readonly Frame[] {
  const draw = drawer(seed);
  const { width, height } = FRAME_SIZE;
  return Array.from({ length: count }, (_, kind) => {
    const cell = Math.round(draw(3, 24));
    const cells = Array.from({ length: 64 * 64 }, () => draw(0, 1) < 0.5);
    return framed(undefined, draw, kind % 4 === 3 ? 60 : 5, (x, y) => {
      if (kind % 4 === 0) return 120 + (80 * x) / width;
      if (kind % 4 === 1) return cells[64 * (Math.floor(y / cell) % 64) + (Math.floor(x / (cell / 2)) % 64)] ? 40 : 210;
      return kind % 4 === 2 ? (Math.floor((x + y) / cell) % 2 === 0 ? 30 : 220) : 128 + (40 * y) / height;
    }).frame;
  });
}

/** The look of a card's code: letters, digits and lines. */
function textOf(draw: Draw, bytes: number): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_:;.\n";
  return Array.from({ length: bytes }, () => letters[Math.floor(draw(0, letters.length))] ?? "x").join("");
}

function drawSheet(text: string, ecc: "medium" | "high", fills: number, look: Look, draw: Draw): Frame["data"] {
  const rows = encodeQr(text, "raw", { ecc, border: 4 });
  const { width, height } = FRAME_SIZE;
  const side = fills * height * (1 - look.tilt / 2); // what comes nearer has to stay in the picture
  const modules = rows.length;
  // So have the corners of what is turned.
  const fit = 1 / Math.max(1, (Math.abs(Math.cos(look.turn)) + Math.abs(Math.sin(look.turn))) * fills);
  const scale = modules / (side * fit);
  const [cos, sin] = [Math.cos(look.turn), Math.sin(look.turn)];
  const { pixels, frame } = framed(text, draw, 0, (x, y) => {
    const [dx, dy] = [x - width / 2, y - height / 2];
    const [u, v] = [cos * dx + sin * dy, cos * dy - sin * dx];
    const nearer = 1 + (look.tilt * u) / side;
    const [column, row] = [modules / 2 + (u * scale) / nearer, modules / 2 + (v * scale) / nearer];
    return rows[Math.floor(row)]?.[Math.floor(column)] === true ? look.dark : look.light;
  });
  blur(pixels, look.blur / scale);
  finish(frame.data, pixels, draw, look.noise, look.shade);
  return frame.data;
}

/** Nine looks a pixel, so that edges are as soft as a lens makes them. */
function framed(
  text: string | undefined,
  draw: Draw,
  noise: number,
  luma: (x: number, y: number) => number,
): { readonly pixels: Float32Array; readonly frame: Frame } {
  const { width, height } = FRAME_SIZE;
  const pixels = new Float32Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let part = 0; part < 9; part++)
        sum += luma(x + ((part % 3) + 0.5) / 3, y + (Math.floor(part / 3) + 0.5) / 3);
      pixels[y * width + x] = sum / 9;
    }
  const data = new Uint8ClampedArray(4 * width * height);
  finish(data, pixels, draw, noise, 0);
  return { pixels, frame: { text, data } };
}

function finish(data: Uint8ClampedArray, pixels: Float32Array, draw: Draw, noise: number, shade: number): void {
  const { width } = FRAME_SIZE;
  for (const [at, luma] of pixels.entries()) {
    const light = luma + shade * ((at % width) / width);
    // The sum of three evens is near enough to a bell, and quick to draw.
    const grain = noise * 2 * (draw(-0.5, 0.5) + draw(-0.5, 0.5) + draw(-0.5, 0.5));
    data.fill(light + grain, 4 * at, 4 * at + 3);
    data[4 * at + 3] = 255;
  }
}

/** Gaussian, lines then columns, in place. */
function blur(pixels: Float32Array, sigma: number): void {
  if (sigma < 0.3) return;
  const { width, height } = FRAME_SIZE;
  const reach = Math.ceil(3 * sigma);
  const weights = Array.from({ length: 2 * reach + 1 }, (_, at) =>
    Math.exp(-((at - reach) ** 2) / (2 * sigma * sigma)),
  );
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  const along = (count: number, length: number, step: number, next: number): void => {
    const line = new Float32Array(length);
    for (let row = 0; row < count; row++) {
      for (let at = 0; at < length; at++) line[at] = pixels[row * next + at * step] ?? 0;
      for (let at = 0; at < length; at++) {
        let sum = 0;
        for (const [tap, weight] of weights.entries())
          sum += weight * (line[Math.min(length - 1, Math.max(0, at + tap - reach))] ?? 0);
        pixels[row * next + at * step] = sum / whole;
      }
    }
  };
  along(height, width, 1, width);
  along(width, height, width, 1);
}

/** Mulberry32: evenly between two numbers. */
function drawer(seed: number): Draw {
  let state = seed >>> 0;
  return (low, high) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return low + ((high - low) * ((mixed ^ (mixed >>> 14)) >>> 0)) / 2 ** 32;
  };
}
