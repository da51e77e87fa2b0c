/**
 * Kith's mark as the pictures that every pass has (spec/app-card.md §13): drawn from its outline, in the sizes that Wallet
 * wants, without anything of whose pass it is.
 *
 * @module
 */
import { encodePng } from "./png.ts";

type Colour = readonly [red: number, green: number, blue: number];
const GREEN: Colour = [0x1f, 0x5f, 0x5b];
const CREAM: Colour = [0xf7, 0xf4, 0xee];
const GOLD: Colour = [0xf2, 0xb8, 0x66];
/** As a pass says colours. */
export const PASS_COLOURS: Readonly<Record<"backgroundColor" | "foregroundColor" | "labelColor", string>> = {
  backgroundColor: cssOf(GREEN),
  foregroundColor: cssOf(CREAM),
  labelColor: cssOf(GOLD),
};

/** Steps between two colours where an edge cuts a pixel. */
const STEPS = 5;
const blend = (from: Colour, to: Colour): readonly (readonly number[])[] =>
  Array.from({ length: STEPS }, (_, step) =>
    from.map((part, at) => Math.round(part + (((to[at] ?? 0) - part) * (step + 1)) / STEPS)),
  );
/** Green; towards cream; from green to gold; from cream to gold. */
const COLOURS: readonly (readonly number[])[] = [
  GREEN,
  ...blend(GREEN, CREAM),
  ...blend(GREEN, GOLD),
  ...blend(CREAM, GOLD),
];

/** Of 64 units a side, as packages/web/public/icon.svg has them. */
const UNITS = 64;
const LINES = [
  [22, 16, 22, 48],
  [22, 34, 42, 17],
  [28, 30, 43, 48],
] as const;
const LINE_RADIUS = 2.5;
const DOTS = [
  [44, 16],
  [44, 49],
] as const;
const DOT_RADIUS = 5;

/** A PNG of `side` pixels a side. */
export function markPicture(side: number): Uint8Array {
  const pixels = new Uint8Array(side * side);
  const scale = UNITS / side;
  // How much of a pixel is within what its middle is `distance` inside of, in steps.
  const steps = (distance: number): number => Math.round(STEPS * Math.min(1, Math.max(0, distance / scale + 0.5)));
  for (let at = 0; at < pixels.length; at++) {
    const [x, y] = [((at % side) + 0.5) * scale, (Math.floor(at / side) + 0.5) * scale];
    const line = steps(LINE_RADIUS - Math.min(...LINES.map((each) => distanceTo(x, y, each))));
    const dot = steps(DOT_RADIUS - Math.min(...DOTS.map(([cx, cy]) => root(x - cx, y - cy))));
    pixels[at] = dot === 0 ? line : (line > STEPS / 2 && dot < STEPS ? 2 * STEPS : STEPS) + dot;
  }
  return encodePng(side, COLOURS, pixels);
}

function distanceTo(x: number, y: number, [ax, ay, bx, by]: readonly [number, number, number, number]): number {
  const [dx, dy] = [bx - ax, by - ay];
  const along = Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy)));
  return root(x - ax - along * dx, y - ay - along * dy);
}

/** `Math.hypot` may differ in its last bit between engines; roots do not, and everybody's picture is the same. */
const root = (x: number, y: number): number => Math.sqrt(x * x + y * y);

function cssOf([red, green, blue]: Colour): string {
  return `rgb(${red}, ${green}, ${blue})`;
}
