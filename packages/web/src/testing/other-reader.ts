/**
 * What a program that is not ours makes of what we show and write: codes by zxing-cpp, as phones have it, and vCards by the
 * package `vcf`.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import vCard from "vcf";
import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";

const WASM = fileURLToPath(import.meta.resolve("zxing-wasm/reader/zxing_reader.wasm"));

/** Texts of all codes in a picture, of whatever kind. */
export async function textsIn(png: Uint8Array): Promise<readonly string[]> {
  prepareZXingModule({ overrides: { wasmBinary: new Uint8Array(await readFile(WASM)).buffer } });
  const found = await readBarcodes(new Blob([png.slice()]));
  return found.filter(({ isValid }) => isValid).map(({ text }) => text);
}

/** Texts by property, in lower case as that reader names them, in their order; `types` of one that has them. */
export interface OtherVcard {
  readonly version: string;
  readonly texts: (property: string) => readonly string[];
  readonly types: (property: string) => readonly string[];
  /** Names of all that stands there. */
  readonly properties: readonly string[];
}

export function otherVcard(text: string): OtherVcard {
  const [card, ...others] = vCard.parse(text);
  if (card === undefined || others.length > 0) throw new Error(`${others.length + 1} vCards`);
  const all = (property: string): readonly vCard.Property[] => {
    const found: unknown = card.data[property];
    return (Array.isArray(found) ? found : [found]).filter((each) => each instanceof vCard.Property);
  };
  return {
    version: card.version,
    texts: (property) => all(property).map((each) => each.valueOf()),
    types: (property) => all(property).map((each) => ["cell", "work", "home"].filter((type) => each.is(type)).join()),
    properties: Object.keys(card.data),
  };
}

/** RFC 6350 §3.4, which that reader leaves to its caller. */
export const plainText = (value: string): string =>
  value.replace(/\\(.)/gs, (_, character: string) => (/n/i.test(character) ? "\n" : character));
