/** A board as a file: all of it, in its own size. */
import { decodePicture, MADE_PIXELS_MAX } from "../../ui/picture.ts";
import { INKS, lineStep, linesOf, outline } from "./draw.ts";
import type { BoardElement } from "./element.ts";
import { Painter } from "./painter.ts";

const MARGIN = 20;
const PIXELS_MAX = 8_192;

interface Extent {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export function boardSvg(elements: readonly BoardElement[]): string {
  const { x, y, width, height } = extentOf(elements);
  const body = elements.map(svgOf).join("\n");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${x} ${y} ${width} ${height}" width="${width}" height="${height}"><rect x="${x}" y="${y}" width="100%" height="100%" fill="#fff"/>\n${body}\n</svg>\n`;
}

export async function boardPng(elements: readonly BoardElement[]): Promise<Blob> {
  const { x, y, width, height } = extentOf(elements);
  const scale = Math.min(2, PIXELS_MAX / Math.max(width, height));
  const canvas = new OffscreenCanvas(Math.ceil(width * scale), Math.ceil(height * scale));
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("No canvas here");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.setTransform(scale, 0, 0, scale, -x * scale, -y * scale);
  const painter = new Painter(() => {});
  for (const element of elements) {
    if (element.kind !== "image") painter.paint(context, element);
    else await paintPicture(context, element);
  }
  return canvas.convertToBlob({ type: "image/png" });
}

async function paintPicture(
  context: OffscreenCanvasRenderingContext2D,
  { bytes, x, y, width, height }: Extract<BoardElement, { kind: "image" }>,
): Promise<void> {
  const picture = await decodePicture(new Blob([bytes as Uint8Array<ArrayBuffer>]), MADE_PIXELS_MAX);
  if (picture === undefined) return; // a peer's bytes: what is no picture is not drawn
  context.drawImage(picture, x, y, width, height);
  picture.close();
}

function svgOf(element: BoardElement): string {
  if (element.kind === "image") {
    const { x, y, width, height, bytes } = element;
    const data = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
    return `<image x="${x}" y="${y}" width="${width}" height="${height}" href="data:image/webp;base64,${data}"/>`;
  }
  const ink = INKS[element.color];
  if (element.kind === "text") {
    const { x, y, size } = element;
    const lines = linesOf(element.text).map(
      (line, index) => `<tspan x="${x}" y="${y + index * lineStep(size)}">${escapeXml(line)}</tspan>`,
    );
    return `<text font-family="sans-serif" font-size="${size}" fill="${ink}" dominant-baseline="text-before-edge">${lines.join("")}</text>`;
  }
  const { path, isFilled } = outline(element);
  if (isFilled) return `<path d="${path}" fill="${ink}"/>`;
  return `<path d="${path}" fill="none" stroke="${ink}" stroke-width="${element.size}" stroke-linecap="round" stroke-linejoin="round"/>`;
}

const escapeXml = (text: string): string =>
  text.replace(/[<>&"']|[^\t\n\r\x20-\uFFFF]/g, (character) => {
    const names: Readonly<Record<string, string>> = {
      "<": "&lt;",
      ">": "&gt;",
      "&": "&amp;",
      '"': "&quot;",
      "'": "&#39;",
    };
    return names[character] ?? "";
  });

export function extentOf(elements: readonly BoardElement[]): Extent {
  let [left, top, right, bottom] = [0, 0, 400, 300];
  const include = (x: number, y: number): void => {
    [left, top] = [Math.min(left, x - MARGIN), Math.min(top, y - MARGIN)];
    [right, bottom] = [Math.max(right, x + MARGIN), Math.max(bottom, y + MARGIN)];
  };
  for (const element of elements) {
    if (element.kind === "stroke") {
      for (let at = 0; at + 1 < element.points.length; at += 3)
        include(element.points[at] ?? 0, element.points[at + 1] ?? 0);
    } else if (element.kind === "text") {
      const lines = linesOf(element.text);
      include(element.x, element.y);
      include(
        element.x + Math.max(...lines.map(({ length }) => length)) * element.size,
        element.y + lines.length * lineStep(element.size),
      );
    } else {
      include(element.x, element.y);
      include(element.x + element.width, element.y + element.height);
    }
  }
  return { x: left, y: top, width: right - left, height: bottom - top };
}
