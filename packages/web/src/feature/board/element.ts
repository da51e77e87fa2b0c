/**
 * What is on a board: pen strokes, shapes, texts and images, as they stand in the shared document. What came from others is
 * read field by field; what is no element of ours is not drawn.
 *
 * @module
 */

export const COLORS = ["ink", "red", "orange", "green", "blue", "violet"] as const;
export type Color = (typeof COLORS)[number];

export type Shape = "line" | "rectangle" | "ellipse";

interface Placed {
  readonly color: Color;
  /** Thickness of lines, height of letters; board units. */
  readonly size: number;
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export type BoardElement =
  /** `points`: x, y and pressure from 0 to 1, one after the other. */
  | ({ readonly kind: "stroke"; readonly points: readonly number[] } & Placed)
  /** A line goes from x, y to the other corner: its width and height may be negative. */
  | ({ readonly kind: "shape"; readonly shape: Shape } & Box & Placed)
  | ({ readonly kind: "text"; readonly x: number; readonly y: number; readonly text: string } & Placed)
  /** `bytes`: a picture as our own canvas encoded it. */
  | ({ readonly kind: "image"; readonly bytes: Uint8Array } & Box);

export const STROKE_NUMBERS_MAX = 3 * 10_000;
export const TEXT_CHARACTERS_MAX = 2_000;
export const IMAGE_BYTES_MAX = 262_144;
const SIZE_MAX = 400;
const EXTENT_MAX = 1_000_000;

/** `undefined`: nothing that we draw. */
export function readElement(value: unknown): BoardElement | undefined {
  if (!isRecord(value)) return undefined;
  switch (value["kind"]) {
    case "stroke":
      return readStroke(value);
    case "shape":
      return readShape(value);
    case "text":
      return readText(value);
    case "image":
      return readImage(value);
    default:
      return undefined;
  }
}

type Fields = Readonly<Record<string, unknown>>;

function readStroke(fields: Fields): BoardElement | undefined {
  const { points } = fields;
  const placed = readPlaced(fields);
  if (placed === undefined || !Array.isArray(points) || !points.every(isExtent)) return undefined;
  if (points.length === 0 || points.length % 3 !== 0 || points.length > STROKE_NUMBERS_MAX) return undefined;
  return { kind: "stroke", points, ...placed };
}

function readShape(fields: Fields): BoardElement | undefined {
  const { shape } = fields;
  const [placed, box] = [readPlaced(fields), readBox(fields)];
  if (placed === undefined || box === undefined) return undefined;
  if (shape !== "line" && shape !== "rectangle" && shape !== "ellipse") return undefined;
  return { kind: "shape", shape, ...box, ...placed };
}

function readText(fields: Fields): BoardElement | undefined {
  const { text, x, y } = fields;
  const placed = readPlaced(fields);
  if (placed === undefined || !isExtent(x) || !isExtent(y)) return undefined;
  if (typeof text !== "string" || text.length > TEXT_CHARACTERS_MAX) return undefined;
  return { kind: "text", x, y, text, ...placed };
}

function readImage(fields: Fields): BoardElement | undefined {
  const { bytes } = fields;
  const box = readBox(fields);
  if (box === undefined || !(bytes instanceof Uint8Array) || bytes.length > IMAGE_BYTES_MAX) return undefined;
  return { kind: "image", bytes, ...box };
}

function readPlaced({ color, size }: Fields): Placed | undefined {
  const known = COLORS.find((each) => each === color);
  return known !== undefined && isExtent(size) && size > 0 && size <= SIZE_MAX ? { color: known, size } : undefined;
}

function readBox({ x, y, width, height }: Fields): Box | undefined {
  return isExtent(x) && isExtent(y) && isExtent(width) && isExtent(height) ? { x, y, width, height } : undefined;
}

const isRecord = (value: unknown): value is Fields => typeof value === "object" && value !== null;
const isExtent = (value: unknown): value is number =>
  typeof value === "number" && Number.isFinite(value) && Math.abs(value) <= EXTENT_MAX;
