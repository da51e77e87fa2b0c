/**
 * A QR code for the terminal, two modules a character. Dark modules on a light ground whatever the
 * terminal's colours: some scanners refuse inverted codes.
 *
 * @module
 */
import { renderUnicodeCompact } from "uqr";

const BLACK_ON_WHITE = "\u001b[30;107m";
const RESET = "\u001b[0m";

/** Lines to print; without colour the code is drawn inverted for the usual light-on-dark terminal. */
export function qrLines(
  text: string,
  options: { readonly color: boolean; readonly level?: "L" | "M" | "H" },
): readonly string[] {
  // uqr draws white modules as blocks; with our own ground colour the blocks must be the dark ones.
  const lines = renderUnicodeCompact(text, { border: 2, ecc: options.level ?? "L", invert: options.color }).split("\n");
  return options.color ? lines.map((line) => `${BLACK_ON_WHITE}${line}${RESET}`) : lines;
}
