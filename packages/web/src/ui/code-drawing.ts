/**
 * A text as the path of a QR code, one unit a module.
 *
 * @module
 */
import encodeQr from "qr";

/** Of error correction: more of it makes the code larger, and readable where a part of it is not seen. */
export type CodeLevel = "M" | "H";

export interface CodePath {
  /** Units a side, with its white border. */
  readonly size: number;
  readonly path: string;
}

/** Modules of light around a code. */
const BORDER = 2;

export function codePath(text: string, level: CodeLevel = "M"): CodePath {
  const rows = encodeQr(text, "raw", { ecc: level === "H" ? "high" : "medium", border: BORDER });
  let path = "";
  for (const [y, row] of rows.entries())
    for (let x = 0; x < row.length; x++) {
      if (row[x] !== true) continue;
      const from = x;
      while (row[x + 1] === true) x++;
      path += `M${from} ${y}h${x + 1 - from}v1h-${x + 1 - from}z`; // a run of dark modules
    }
  return { size: rows.length, path };
}
