/** How elements look: the same outlines on a canvas and in an SVG. */
import { getStroke } from "perfect-freehand";
import type { BoardElement, Color } from "./element.ts";

/** On white paper, in light and dark alike: a board looks the same to everybody. */
export const INKS: Readonly<Record<Color, string>> = {
  ink: "#1c2422",
  red: "#b3261e",
  orange: "#c0651a",
  green: "#21683a",
  blue: "#1d4f91",
  violet: "#6b3fa0",
};

const LINE_HEIGHT = 1.3;

type Drawn = Exclude<BoardElement, { kind: "image" }>;

/** SVG path data of its outline, and whether that is filled or drawn along. Texts have none. */
export function outline(element: Exclude<Drawn, { kind: "text" }>): {
  readonly path: string;
  readonly isFilled: boolean;
} {
  if (element.kind === "stroke") return { path: strokePath(element.points, element.size), isFilled: true };
  const { shape, x, y, width, height } = element;
  if (shape === "line") return { path: `M${x} ${y}l${width} ${height}`, isFilled: false };
  if (shape === "rectangle") return { path: `M${x} ${y}h${width}v${height}h${-width}Z`, isFilled: false };
  const [rx, ry] = [Math.abs(width) / 2, Math.abs(height) / 2];
  const [cx, cy] = [x + width / 2, y + height / 2];
  const half = (sign: 1 | -1): string => `a${rx} ${ry} 0 1 0 ${sign * 2 * rx} 0`;
  return { path: `M${cx - rx} ${cy}${half(1)}${half(-1)}Z`, isFilled: false };
}

function strokePath(points: readonly number[], size: number): string {
  const triples: [number, number, number][] = [];
  for (let at = 0; at + 2 < points.length; at += 3)
    triples.push([points[at] ?? 0, points[at + 1] ?? 0, points[at + 2] ?? 0.5]);
  const edge = getStroke(triples, { size, thinning: 0.6, smoothing: 0.5, streamline: 0.4, simulatePressure: false });
  const [first, ...rest] = edge;
  if (first === undefined) return "";
  return `M${text(first)}${rest.map((point) => `L${text(point)}`).join("")}Z`;
}

const text = ([x = 0, y = 0]: readonly number[]): string => `${x.toFixed(1)} ${y.toFixed(1)}`;

export const linesOf = (words: string): readonly string[] => words.split("\n");
export const lineStep = (size: number): number => size * LINE_HEIGHT;
