/**
 * Codes in a picture: a screenshot, or a photo of another screen (docs/adr/0039). What reads them is loaded for that alone.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { pictureSize } from "@kith/core";
import { CliError, EXIT } from "./exit-code.ts";

/** A photo of a phone has 12 to 50 million; each takes four bytes while it is looked at. */
const PIXELS_MAX = 64_000_000;
const BYTES_MAX = 67_108_864;
/** A card in parts has at most forty. */
const CODES_MAX = 64;
const WASM = "zxing-wasm/reader/zxing_reader.wasm";

/** PNG and JPEG are looked at; of others that are known as pictures no code is found. */
export const isPicture = (bytes: Uint8Array): boolean => pictureSize(bytes) !== undefined;

/** Texts of the QR codes in it, at least one. @throws {CliError} `ERR_TOO_LARGE`, `ERR_NO_CODE` */
export async function codesIn(picture: Uint8Array): Promise<readonly string[]> {
  const { width, height } = pictureSize(picture) ?? { width: 0, height: 0 };
  if (picture.length > BYTES_MAX || width * height > PIXELS_MAX)
    throw new CliError(EXIT.usage, "ERR_TOO_LARGE", "Cannot look for a code: the picture is too large");
  const { prepareZXingModule, readBarcodes } = await import("zxing-wasm/reader");
  const wasm = await readFile(fileURLToPath(import.meta.resolve(WASM))); // else it would be fetched from elsewhere
  prepareZXingModule({ overrides: { wasmBinary: new Uint8Array(wasm).buffer } });
  const found = await readBarcodes(picture.slice(), { formats: ["QRCode"], maxNumberOfSymbols: CODES_MAX });
  const texts = found.filter(({ isValid }) => isValid).map(({ text }) => text);
  if (texts.length > 0) return texts;
  throw new CliError(EXIT.usage, "ERR_NO_CODE", "Cannot find a code in that picture", {
    hint: "A PNG or JPEG that has all of the code, with its white rim, as large and sharp as it goes.",
  });
}
