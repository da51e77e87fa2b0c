/**
 * What Chromium's camera sees in tests (`--use-file-for-fake-video-capture`), in YUV4MPEG2, over and over.
 *
 * @module
 */
import { writeFileSync } from "node:fs";
import type { Page } from "playwright-core";
import encodeQr from "qr";

const [WIDTH, HEIGHT] = [640, 480];
const [WHITE, BLACK, GREY] = [235, 16, 128]; // of luma as television has it

/** A sheet of paper with the QR code of `text`, before the camera. */
export function filmQr(path: string, text: string): void {
  const rows = encodeQr(text, "raw", { ecc: "medium", border: 4 });
  const side = Math.floor(HEIGHT / rows.length);
  const [left, top] = [WIDTH, HEIGHT].map((size) => (size - side * rows.length) >> 1);
  film(path, (x, y) => {
    const isDark = rows[Math.floor((y - (top ?? 0)) / side)]?.[Math.floor((x - (left ?? 0)) / side)];
    return isDark === true ? BLACK : WHITE;
  });
}

/** A grey wall. */
export const filmNothing = (path: string): void => film(path, () => GREY);

/**
 * What stands on somebody's screen, as a camera before it sees it: several one after the other, over and over. `page`
 * decodes the pictures, which are PNG.
 */
export async function filmScreens(path: string, page: Page, screens: readonly Buffer[]): Promise<void> {
  const frames: Buffer[] = [];
  for (const screen of screens) {
    const pixels = await page.evaluate(greyOf, { png: screen.toString("base64"), width: WIDTH, height: HEIGHT });
    frames.push(frameOf((x, y) => BLACK + Math.round(((pixels[y * WIDTH + x] ?? 0) * (WHITE - BLACK)) / 255)));
  }
  // Two and a half a second: as long as one stands on the screen.
  write(path, "5:2", frames);
}

/** Runs in a page. Grey, 0 to 255, of the whole picture on a white wall. */
async function greyOf(picture: { png: string; width: number; height: number }): Promise<number[]> {
  const { png, width, height } = picture;
  const bytes = Uint8Array.from(atob(png), (character) => character.charCodeAt(0));
  const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  const context = new OffscreenCanvas(width, height).getContext("2d");
  if (context === null) throw new Error("No canvas");
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, width, height);
  const scale = Math.min(width / bitmap.width, height / bitmap.height);
  const [w, h] = [bitmap.width * scale, bitmap.height * scale];
  context.drawImage(bitmap, (width - w) / 2, (height - h) / 2, w, h);
  const { data } = context.getImageData(0, 0, width, height);
  return Array.from({ length: width * height }, (_, at) => data[4 * at] ?? 0);
}

const film = (path: string, luma: (x: number, y: number) => number): void => write(path, "30:1", [frameOf(luma)]);

function frameOf(luma: (x: number, y: number) => number): Buffer {
  const frame = Buffer.alloc((WIDTH * HEIGHT * 3) / 2, 128); // chroma without colour
  for (let y = 0; y < HEIGHT; y++) for (let x = 0; x < WIDTH; x++) frame[y * WIDTH + x] = luma(x, y);
  return frame;
}

function write(path: string, rate: string, frames: readonly Buffer[]): void {
  const header = Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F${rate} Ip A1:1 C420jpeg\n`);
  writeFileSync(path, Buffer.concat([header, ...frames.flatMap((frame) => [Buffer.from("FRAME\n"), frame])]));
}
