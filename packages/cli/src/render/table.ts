/**
 * Columns that line up, cut to the terminal's width: the widest flexible column gives way first.
 *
 * @module
 */
import { pad, truncate, widthOf } from "./terminal-text.ts";

export interface Column {
  readonly title: string;
  /** May be cut when the terminal is narrow. */
  readonly isFlexible?: boolean;
  /** Colours a cell after it was cut and padded. */
  readonly paint?: (cell: string, row: number) => string;
}

const GAP = "  ";
const FLEXIBLE_MIN = 8;

/** Lines of a table, its titles first; without rows, nothing. Cells hold no colours. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  options: { readonly width: number; readonly titlePaint: (text: string) => string },
): readonly string[] {
  if (rows.length === 0) return [];
  const widths = columns.map((column, at) =>
    Math.max(widthOf(column.title), ...rows.map((row) => widthOf(row[at] ?? ""))),
  );
  for (;;) {
    const total = widths.reduce((sum, width) => sum + width, GAP.length * (widths.length - 1));
    if (total <= options.width) break;
    const flexible = columns.map((column, at) => (column.isFlexible ? (widths[at] ?? 0) : 0));
    const widest = flexible.indexOf(Math.max(...flexible));
    const width = widths[widest] ?? 0;
    if (width <= FLEXIBLE_MIN) break;
    widths[widest] = Math.max(FLEXIBLE_MIN, width - (total - options.width));
  }
  const line = (cells: readonly string[], paint: (cell: string, at: number) => string): string =>
    cells
      .map((cell, at) =>
        paint(pad(truncate(cell, widths[at] ?? 0), at === cells.length - 1 ? 0 : (widths[at] ?? 0)), at),
      )
      .join(GAP)
      .trimEnd();
  return [
    options.titlePaint(
      line(
        columns.map((column) => column.title),
        (cell) => cell,
      ),
    ),
    ...rows.map((row, number) => line(row, (cell, at) => columns[at]?.paint?.(cell, number) ?? cell)),
  ];
}
