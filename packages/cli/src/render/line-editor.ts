/**
 * One line being typed, from the characters a raw terminal sends. Pure: keys in, events out; the
 * screen draws it. Knows what people's fingers know of readline: arrows, Home, End, Ctrl-A/E/K/U/W.
 *
 * @module
 */

/** Characters in one line; more are ignored. Above the 16 KiB that a chat text may have. */
export const LINE_CHARACTERS_MAX = 16_384;

export type EditorEvent =
  | { readonly type: "line"; readonly text: string }
  | { readonly type: "changed" }
  | { readonly type: "interrupt" }
  | { readonly type: "end" };

const graphemes = new Intl.Segmenter("und", { granularity: "grapheme" });
const ESCAPE = String.fromCharCode(0x1b);
const KEY = new RegExp(`${ESCAPE}\\[[0-9;]*[A-Za-z~]|${ESCAPE}O[A-Za-z]|${ESCAPE}.|.`, "gsu");

export class LineEditor {
  #letters: string[] = []; // graphemes, so that Backspace takes a whole emoji
  #cursor = 0;

  get text(): string {
    return this.#letters.join("");
  }

  /** What stands before the cursor. */
  get before(): string {
    return this.#letters.slice(0, this.#cursor).join("");
  }

  clear(): void {
    this.#letters = [];
    this.#cursor = 0;
  }

  /** Takes what the terminal sent, in order; several keys may come at once. */
  handleKeys(keys: string): readonly EditorEvent[] {
    const events: EditorEvent[] = [];
    for (const [key] of keys.matchAll(KEY)) {
      const event = this.#handleKey(key);
      if (event !== undefined) events.push(event);
    }
    return events;
  }

  #handleKey(key: string): EditorEvent | undefined {
    switch (key) {
      case "\r":
      case "\n": {
        const text = this.text;
        this.clear();
        return { type: "line", text };
      }
      case "\u0003":
        return { type: "interrupt" };
      case "\u0004":
        return this.#letters.length === 0 ? { type: "end" } : this.#remove(this.#cursor, 1);
      case "\u007f":
      case "\b":
        return this.#cursor === 0 ? undefined : this.#remove(this.#cursor - 1, 1);
      case "\u001b[3~":
        return this.#remove(this.#cursor, 1);
      case "\u0015": // Ctrl-U
        return this.#remove(0, this.#cursor);
      case "\u000b": // Ctrl-K
        return this.#remove(this.#cursor, this.#letters.length);
      case "\u0017": // Ctrl-W
        return this.#removeWord();
      case "\u001b[D":
      case "\u0002":
        return this.#move(this.#cursor - 1);
      case "\u001b[C":
      case "\u0006":
        return this.#move(this.#cursor + 1);
      case "\u001b[H":
      case "\u001bOH":
      case "\u001b[1~":
      case "\u0001":
        return this.#move(0);
      case "\u001b[F":
      case "\u001bOF":
      case "\u001b[4~":
      case "\u0005":
        return this.#move(this.#letters.length);
    }
    return /^[\p{Cc}]/u.test(key) ? undefined : this.#insert(key);
  }

  #insert(text: string): EditorEvent | undefined {
    if (this.#letters.length >= LINE_CHARACTERS_MAX) return undefined;
    const last = this.#letters[this.#cursor - 1] ?? "";
    const joined = [...graphemes.segment(last + text)].map(({ segment }) => segment);
    const replaced = last === "" ? 0 : 1; // a combining mark joins its letter instead of adding one
    this.#letters.splice(this.#cursor - replaced, replaced, ...joined);
    this.#cursor += joined.length - replaced;
    return { type: "changed" };
  }

  #remove(from: number, letters: number): EditorEvent | undefined {
    if (this.#letters.splice(from, letters).length === 0) return undefined;
    this.#cursor = Math.min(from, this.#letters.length);
    return { type: "changed" };
  }

  #removeWord(): EditorEvent | undefined {
    const kept = this.before.replace(/\S*\s*$/, "");
    const from = [...graphemes.segment(kept)].length;
    return this.#remove(from, this.#cursor - from);
  }

  #move(to: number): EditorEvent {
    this.#cursor = Math.max(0, Math.min(this.#letters.length, to));
    return { type: "changed" };
  }
}
