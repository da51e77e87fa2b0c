/** What a terminal shows after what was written to it: enough of one for what `kith` writes. */
export class ScreenModel {
  readonly #columns: number;
  readonly #height: number;
  #rows: string[][] = [[]];
  #row = 0;
  #column = 0;
  isCursorShown = true;

  constructor(columns = 80, rows = 24) {
    this.#columns = columns;
    this.#height = rows;
  }

  /** The lines, without trailing blanks. */
  get lines(): readonly string[] {
    return this.#rows.map((row) =>
      Array.from(row, (cell) => cell ?? " ")
        .join("")
        .trimEnd(),
    );
  }

  get text(): string {
    return this.lines.join("\n").trimEnd();
  }

  get cursor(): { readonly row: number; readonly column: number } {
    return { row: this.#row, column: this.#column };
  }

  /** @throws {Error} for a sequence that `kith` should not write */
  write(text: string): void {
    const start = String.fromCharCode(0x1b);
    const pattern = new RegExp(`${start}\\[(\\??[0-9;]*)([A-Za-z])|[\\s\\S]`, "gu");
    for (const [all, parameters, command] of text.matchAll(pattern)) {
      if (command !== undefined) this.#obey(command, parameters ?? "");
      else this.#put(all);
    }
  }

  #obey(command: string, parameters: string): void {
    const number = Number(parameters) || 1;
    const top = Math.max(0, this.#rows.length - this.#height); // what scrolled out of the window is out of reach
    if (command === "A") this.#row = Math.max(top, this.#row - number);
    else if (command === "B") this.#row = Math.min(this.#rows.length - 1, this.#row + number);
    else if (command === "C") this.#column += number;
    else if (command === "J") {
      this.#rows = this.#rows.slice(0, this.#row + 1);
      this.#rows[this.#row] = (this.#rows[this.#row] ?? []).slice(0, this.#column);
    } else if (command === "h" || command === "l") this.isCursorShown = command === "h";
    else if (command !== "m") throw new Error(`unexpected sequence ${parameters}${command}`);
  }

  #put(letter: string): void {
    if (letter === "\r") this.#column = 0;
    else if (letter === "\n") {
      this.#row++;
      this.#column = 0;
      this.#rows[this.#row] ??= [];
    } else if (letter < " ") throw new Error(`unexpected control ${JSON.stringify(letter)}`);
    else {
      if (this.#column >= this.#columns) this.#put("\n"); // wraps, as terminals do
      const row = this.#rows[this.#row] ?? [];
      row[this.#column++] = letter;
      this.#rows[this.#row] = row;
    }
  }
}
