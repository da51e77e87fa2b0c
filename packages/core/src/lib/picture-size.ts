/**
 * How large a picture says it is, before anybody decodes it: a few bytes can unfold to more memory than a device has. Formats
 * that are not measured here are not decoded either, SVG among them: that is a document.
 *
 * @module
 */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** `undefined`: no PNG, JPEG, WebP or GIF, or not all of what says its size. */
export function pictureSize(bytes: Uint8Array): PictureSize | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    if (has(view, 0, "\x89PNG\r\n\x1a\n") && has(view, 12, "IHDR"))
      return sized(view.getUint32(16), view.getUint32(20));
    if (has(view, 0, "GIF8")) return gifSize(view);
    if (has(view, 0, "RIFF") && has(view, 8, "WEBP")) return webpSize(view);
    if (view.getUint16(0) === 0xffd8) return jpegSize(view);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // cut off
  }
  return undefined;
}

const has = (view: DataView, at: number, text: string): boolean =>
  [...text].every((character, index) => view.getUint8(at + index) === character.charCodeAt(0));

const sized = (width: number, height: number): PictureSize | undefined =>
  width > 0 && height > 0 ? { width, height } : undefined;

/** The first frame may be larger than the screen that it is on: then that counts. */
function gifSize(view: DataView): PictureSize | undefined {
  const table = view.getUint8(10);
  let at = 13 + ((table & 0x80) === 0 ? 0 : 3 * 2 ** ((table & 7) + 1));
  while (view.getUint8(at) === 0x21) {
    at += 2;
    while (view.getUint8(at) !== 0) at += view.getUint8(at) + 1;
    at++;
  }
  if (view.getUint8(at) !== 0x2c) return undefined;
  const number = (place: number): number => view.getUint16(place, true);
  return sized(
    Math.max(number(6), number(at + 1) + number(at + 5)),
    Math.max(number(8), number(at + 3) + number(at + 7)),
  );
}

function webpSize(view: DataView): PictureSize | undefined {
  const three = (at: number): number => view.getUint16(at, true) + view.getUint8(at + 2) * 65_536;
  if (has(view, 12, "VP8X")) return sized(three(24) + 1, three(27) + 1);
  if (has(view, 12, "VP8 ")) return sized(view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff);
  if (!has(view, 12, "VP8L")) return undefined;
  const bits = view.getUint32(21, true);
  return sized((bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1);
}

/** Of its frame header: 0xc0 to 0xcf, but for three that are none. */
function jpegSize(view: DataView): PictureSize | undefined {
  for (let at = 2; view.getUint8(at) === 0xff; at += 2 + view.getUint16(at + 2)) {
    while (view.getUint8(at + 1) === 0xff) at++; // fill bytes
    const marker = view.getUint8(at + 1);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) return sized(view.getUint16(at + 7), view.getUint16(at + 5));
  }
  return undefined;
}
