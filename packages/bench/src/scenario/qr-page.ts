/** The page of the scenarios of QR codes: draws what a camera sees, has each reader look at it, and draws codes. */
import { codePath } from "@kith/web/code-drawing";
import { readCode, readStill } from "@kith/web/code-reading";
import jsqr from "jsqr";
import decodeQr from "qr/decode.js";
import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";
import { drawFrames, emptyFrames, FRAME_SIZE, type Frame, LOOKS } from "./qr-frames.ts";

const { width, height } = FRAME_SIZE;
/** Its types say that the module is an object with it; to bundlers it is the function. */
const readJsqr: typeof jsqr.default = "default" in jsqr ? jsqr.default : jsqr;
/** Frames that warm a reader up; not counted. */
const WARM = 4;

type Read = (data: Frame["data"]) => string | undefined | Promise<string | undefined>;

interface Reader {
  /** All that is tried on one frame: what is timed. The number says which frame it is. */
  readonly look: (data: Frame["data"], at: number) => ReturnType<Read>;
  /** All that is tried while a code stays where it is. */
  readonly read: Read;
}

export interface ScanTimes {
  /** Milliseconds for each frame, with a code and without. */
  readonly times: readonly number[];
  readonly empty: readonly number[];
  /** Of `count` frames by how they look, how many were read. */
  readonly found: Readonly<Record<string, number>>;
  /** Read as something that is not there. */
  readonly wrong: number;
}

async function scanFrames(contender: string, count: number, seed: number, wasm: string): Promise<ScanTimes> {
  const reader = await readerOf(contender, wasm);
  for (const [at, { data }] of drawFrames("handheld", WARM, seed + 99).entries()) await reader.look(data, at);
  const [times, empty]: [number[], number[]] = [[], []];
  const found: Record<string, number> = {};
  let wrong = 0;
  for (const [at, look] of Object.keys(LOOKS).entries()) {
    found[look] = 0;
    for (const [number, { data, text }] of drawFrames(look, count, seed + at).entries()) {
      times.push(await timed(reader, data, number));
      const said = await reader.read(data);
      if (said === text) found[look]++;
      else if (said !== undefined) wrong++;
    }
  }
  for (const [number, { data }] of emptyFrames(count, seed).entries()) {
    empty.push(await timed(reader, data, number));
    if ((await reader.read(data)) !== undefined) wrong++;
  }
  return { times, empty, found, wrong };
}

async function timed(reader: Reader, data: Frame["data"], at: number): Promise<number> {
  const started = performance.now();
  await reader.look(data, at);
  return performance.now() - started;
}

async function readerOf(contender: string, wasm: string): Promise<Reader> {
  const pixels = (data: Frame["data"]) => ({ data, width, height });
  const always = (read: Read): Reader => ({ look: read, read });
  switch (contender) {
    case "kith":
      return {
        look: (data, at) => readCode(pixels(data), at % 2 === 0 ? "as-it-is" : "clearer"),
        read: (data) => readStill(pixels(data)),
      };
    case "qr":
      return always((data) => {
        try {
          return decodeQr(pixels(data));
        } catch {
          return undefined;
        }
      });
    case "jsqr":
      return always((data) => readJsqr(data, width, height, { inversionAttempts: "dontInvert" })?.data);
    default: {
      const wasmBinary = Uint8Array.from(atob(wasm), (letter) => letter.charCodeAt(0)).buffer;
      await prepareZXingModule({ overrides: { wasmBinary }, fireImmediately: true });
      return always(async (data) => {
        const image = new ImageData(data, width, height);
        const [code] = await readBarcodes(image, { formats: ["QRCode"], tryHarder: true, maxNumberOfSymbols: 1 });
        return code?.text;
      });
    }
  }
}

/** Milliseconds for each code of a card: 286 bytes at level H, 602 at M. */
function drawCodes(count: number): readonly number[] {
  return Array.from({ length: count }, (_, at) => {
    const [text, level] =
      at % 2 === 0 ? ([`${at}${"kith ".repeat(57)}`, "H"] as const) : ([`${at}${"card ".repeat(120)}`, "M"] as const);
    const started = performance.now();
    if (codePath(text, level).path.length < 1_000) throw new Error("a code without modules");
    return performance.now() - started;
  });
}

Object.assign(globalThis, { scanFrames, drawCodes });
export type ScanFrames = typeof scanFrames;
export type DrawCodes = typeof drawCodes;
