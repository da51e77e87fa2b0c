/**
 * A terminal in which lines scroll by and a block below them stays: the live list, progress, the
 * line being typed. No alternate screen: what was said remains in the scrollback, and a crash
 * leaves nothing to repair but the cursor.
 *
 * @module
 */

import type { Terminal } from "../terminal.ts";
import { type EditorEvent, LineEditor } from "./line-editor.ts";
import { truncate, widthOf } from "./terminal-text.ts";

const HIDE_CURSOR = "\u001b[?25l";
const SHOW_CURSOR = "\u001b[?25h";

export interface ScreenHandlers {
  /** A whole line was typed. */
  readonly line?: (text: string) => void;
  /** The line changed under the fingers. */
  readonly typed?: (text: string) => void;
  /** Ctrl-C. */
  readonly interrupt: () => void;
  /** Ctrl-D on an empty line. */
  readonly end?: () => void;
}

export class Screen implements Disposable {
  readonly #terminal: Terminal;
  readonly #handlers: ScreenHandlers;
  readonly #editor = new LineEditor();
  readonly #stops: (() => void)[] = [];
  #block: readonly string[] = [];
  #prompt: { readonly text: string; readonly isSecret: boolean } | undefined;
  #rowsDrawn = 0;
  #rowOfCursor = 0;
  #isOpen = true;

  constructor(terminal: Terminal, handlers: ScreenHandlers) {
    this.#terminal = terminal;
    this.#handlers = handlers;
    const { stdin } = terminal;
    const onKeys = (keys: string | Uint8Array): void => this.#handleKeys(String(keys));
    stdin.setEncoding("utf8");
    stdin.setRawMode?.(true);
    stdin.on("data", onKeys);
    stdin.resume();
    this.#stops.push(() => {
      stdin.off("data", onKeys);
      stdin.setRawMode?.(false);
      stdin.pause();
    });
    this.#stops.push(terminal.onResize(() => this.#redraw()));
    this.#terminal.stdout.write(HIDE_CURSOR);
  }

  get size(): { readonly columns: number; readonly rows: number } {
    return this.#terminal.size();
  }

  /** Adds a line above the block, for good. It may hold colours and line breaks. */
  print(line: string): void {
    this.#write(`${line}\n`);
  }

  /** Replaces the block. Lines longer than the window are the caller's to cut. */
  show(block: readonly string[]): void {
    this.#block = block;
    this.#redraw();
  }

  /** Lets a line be typed behind `text`, or with `undefined` ends that. Typed characters of a secret are not shown. */
  prompt(text: string | undefined, options: { readonly isSecret?: boolean } = {}): void {
    this.#prompt = text === undefined ? undefined : { text, isSecret: options.isSecret === true };
    this.#editor.clear();
    this.#redraw();
  }

  /** Leaves the block where it is, as ordinary text, and gives the terminal back. */
  [Symbol.dispose](): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    const down = this.#rowsDrawn - 1 - this.#rowOfCursor;
    const toEnd = this.#rowsDrawn === 0 ? "" : `${down > 0 ? `\u001b[${down}B` : ""}\r\n`;
    this.#terminal.stdout.write(toEnd + SHOW_CURSOR);
    for (const stop of this.#stops) stop();
  }

  #handleKeys(keys: string): void {
    for (const event of this.#editor.handleKeys(keys)) this.#handleEvent(event);
    if (this.#prompt === undefined) this.#editor.clear(); // nobody asked
  }

  #handleEvent(event: EditorEvent): void {
    switch (event.type) {
      case "interrupt":
        this.#handlers.interrupt();
        return;
      case "end":
        this.#handlers.end?.();
        return;
      case "line":
        if (this.#prompt !== undefined) this.#handlers.line?.(event.text);
        this.#redraw();
        return;
      case "changed":
        if (this.#prompt === undefined) return;
        this.#handlers.typed?.(this.#editor.text);
        this.#redraw();
        return;
    }
  }

  #redraw(): void {
    this.#write("");
  }

  /** Erases the block, writes `text` where it stood, draws the block again: one write, so nothing flickers. */
  #write(text: string): void {
    if (!this.#isOpen) return;
    const up = this.#rowOfCursor > 0 ? `\u001b[${this.#rowOfCursor}A` : "";
    const erase = this.#rowsDrawn > 0 ? `\r${up}\u001b[J` : "";
    const { columns, rows } = this.size;
    const room = Math.max(1, rows - 2);
    const prompt = this.#promptLine(columns);
    const lines = this.#block.slice(0, room - (prompt === undefined ? 0 : 1));
    const all = prompt === undefined ? lines : [...lines, prompt.line];
    this.#rowsDrawn = all.length;
    this.#rowOfCursor = Math.max(0, all.length - 1);
    const cursor =
      prompt === undefined ? HIDE_CURSOR : `\r${prompt.column > 0 ? `\u001b[${prompt.column}C` : ""}${SHOW_CURSOR}`;
    this.#terminal.stdout.write(`${HIDE_CURSOR}${erase}${text}${all.join("\n")}${cursor}`);
  }

  /** The line being typed, scrolled sideways so that the cursor is in sight. */
  #promptLine(columns: number): { readonly line: string; readonly column: number } | undefined {
    if (this.#prompt === undefined) return undefined;
    const { text, isSecret } = this.#prompt;
    if (isSecret) return { line: text, column: widthOf(text) };
    const room = Math.max(8, columns - widthOf(text) - 1);
    let before = this.#editor.before;
    while (widthOf(before) > room - 1) before = before.slice(Math.max(1, Math.floor(room / 2)));
    const after = this.#editor.text.slice(this.#editor.before.length);
    const line = text + before + truncate(after, Math.max(1, room - widthOf(before)));
    return { line, column: widthOf(text) + widthOf(before) };
  }
}
