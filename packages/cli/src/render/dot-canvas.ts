/**
 * Lines at any angle in a terminal: each cell holds two by four dots of a braille letter (U+2800 to
 * U+28FF). Words lie on top.
 *
 * @module
 */
import { widthOf } from "./terminal-text.ts";

const BRAILLE = 0x2800;
/** Bits of a braille letter by row and column of its dots. */
const DOTS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;

type Paint = (text: string) => string;

interface Cell {
  dots: number;
  paint: Paint;
}

interface Word {
  readonly column: number;
  readonly text: string;
  readonly paint: Paint;
}

/** A place in cells; fractions count. */
export interface Place {
  readonly column: number;
  readonly row: number;
}

export class DotCanvas {
  readonly #cells: Cell[][];
  readonly #words: Word[][];

  constructor(columns: number, rows: number) {
    this.#cells = Array.from({ length: rows }, () =>
      Array.from({ length: columns }, () => ({ dots: 0, paint: (text: string) => text })),
    );
    this.#words = Array.from({ length: rows }, () => []);
  }

  /** Draws a line, of which every `step`-th dot is set. Where lines share a cell, the last one's colour counts. */
  line(from: Place, to: Place, options: { readonly step: number; readonly paint: Paint }): void {
    const [x0, y0, x1, y1] = [from.column * 2, from.row * 4, to.column * 2, to.row * 4];
    const steps = Math.max(1, Math.round(Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0))));
    for (let at = 0; at <= steps; at += options.step) {
      const x = Math.round(x0 + ((x1 - x0) * at) / steps);
      const y = Math.round(y0 + ((y1 - y0) * at) / steps);
      const cell = this.#cells[y >> 2]?.[x >> 1];
      if (cell === undefined) continue;
      cell.dots |= DOTS[y & 3]?.[x & 1] ?? 0;
      cell.paint = options.paint;
    }
  }

  /** Writes `text` over the lines, from `column` on. What does not fit is left out. */
  write(column: number, row: number, text: string, paint: Paint): void {
    this.#words[row]?.push({ column, text, paint });
  }

  lines(): readonly string[] {
    return this.#cells.map((cells, row) => this.#row(cells, this.#words[row] ?? []).trimEnd());
  }

  #row(cells: readonly Cell[], words: readonly Word[]): string {
    let line = "";
    for (let column = 0; column < cells.length; ) {
      const word = words.find((one) => one.column === column);
      const cell = cells[column];
      if (word !== undefined) {
        line += word.paint(word.text);
        column += Math.max(1, widthOf(word.text));
      } else {
        line += cell === undefined || cell.dots === 0 ? " " : cell.paint(String.fromCharCode(BRAILLE + cell.dots));
        column++;
      }
    }
    return line;
  }
}
