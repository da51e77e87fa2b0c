/** Where on the board an element is, its thickness included; reckoned once for each. */
import { lineStep, linesOf } from "./draw.ts";
import type { BoardElement } from "./element.ts";

export interface Bounds {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

const known = new WeakMap<BoardElement, Bounds>();

export function boundsOf(element: BoardElement): Bounds {
  const bounds = known.get(element) ?? reckoned(element);
  known.set(element, bounds);
  return bounds;
}

export const overlap = (a: Bounds, b: Bounds): boolean =>
  a.left <= b.right && b.left <= a.right && a.top <= b.bottom && b.top <= a.bottom;

export function union(a: Bounds | undefined, b: Bounds): Bounds {
  if (a === undefined) return b;
  return {
    left: Math.min(a.left, b.left),
    top: Math.min(a.top, b.top),
    right: Math.max(a.right, b.right),
    bottom: Math.max(a.bottom, b.bottom),
  };
}

function reckoned(element: BoardElement): Bounds {
  if (element.kind === "stroke") {
    const { points, size } = element;
    let bounds: Bounds | undefined;
    for (let at = 0; at + 1 < points.length; at += 3)
      bounds = union(bounds, pointAt(points[at] ?? 0, points[at + 1] ?? 0));
    return grown(bounds ?? pointAt(0, 0), size);
  }
  if (element.kind === "text") {
    const lines = linesOf(element.text);
    const [width, height] = [
      Math.max(...lines.map(({ length }) => length)) * element.size,
      lines.length * lineStep(element.size),
    ];
    return { left: element.x, top: element.y, right: element.x + width, bottom: element.y + height };
  }
  const { x, y, width, height } = element;
  return grown(union(pointAt(x, y), pointAt(x + width, y + height)), element.kind === "shape" ? element.size : 0);
}

const pointAt = (x: number, y: number): Bounds => ({ left: x, top: y, right: x, bottom: y });

const grown = ({ left, top, right, bottom }: Bounds, by: number): Bounds => ({
  ...{ left: left - by, top: top - by },
  ...{ right: right + by, bottom: bottom + by },
});
