import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import type { Terminal } from "../terminal.ts";
import { ScreenModel } from "../testing/screen-model.ts";
import { Screen, type ScreenHandlers } from "./screen.ts";

function open(
  handlers: Partial<ScreenHandlers> = {},
  size = { columns: 40, rows: 10 },
): { screen: Screen; model: ScreenModel; type: (keys: string) => void; raw: boolean[] } {
  const model = new ScreenModel(size.columns, size.rows);
  const raw: boolean[] = [];
  const stdin = Object.assign(new PassThrough(), { setRawMode: (isRaw: boolean) => void raw.push(isRaw) });
  const stdout = new PassThrough();
  stdout.write = (text: unknown): boolean => {
    model.write(String(text));
    return true;
  };
  const terminal: Terminal = {
    stdin,
    stdout,
    stderr: stdout,
    env: {},
    cwd: "/",
    isInteractive: true,
    hasColor: false,
    size: () => size,
    onResize: () => () => undefined,
    now: () => 0,
  };
  const screen = new Screen(terminal, { interrupt: () => undefined, ...handlers });
  return { screen, model, raw, type: (keys) => void stdin.emit("data", keys) };
}

test("printed lines scroll above, the block stays below", () => {
  const { screen, model } = open();
  screen.show(["peers: 0"]);
  screen.print("one");
  screen.show(["peers: 1", "----"]);
  screen.print("two\nthree");
  assert.equal(model.text, "one\ntwo\nthree\npeers: 1\n----");
  screen.show([]);
  assert.equal(model.text, "one\ntwo\nthree");
});

test("a prompt is the last line, with the cursor where one types", () => {
  const lines: string[] = [];
  const { screen, model, type } = open({ line: (text) => lines.push(text) });
  screen.show(["status"]);
  screen.prompt("> ");
  type("hello");
  assert.equal(model.text, "status\n> hello");
  assert.deepEqual(model.cursor, { row: 1, column: 7 });
  assert.equal(model.isCursorShown, true);
  type("\u001b[D\u001b[D");
  assert.deepEqual(model.cursor, { row: 1, column: 5 });
  screen.print("Bob: hi");
  assert.equal(model.text, "Bob: hi\nstatus\n> hello");
  type("\r");
  assert.deepEqual(lines, ["hello"]);
  assert.equal(model.text, "Bob: hi\nstatus\n>");
});

test("a line longer than the window scrolls sideways and never wraps", () => {
  const { screen, model, type } = open();
  screen.prompt("> ");
  type(`${"x".repeat(200)}END`);
  assert.ok((model.lines[0]?.length ?? 0) < 40);
  assert.match(model.lines[0] ?? "", /END$/);
});

test("what is typed is not shown for a secret, and ignored when nobody asks", () => {
  const lines: string[] = [];
  const { screen, model, type } = open({ line: (text) => lines.push(text) });
  type("stray\r");
  screen.prompt("Passphrase: ", { isSecret: true });
  type("hunter2");
  assert.equal(model.text, "Passphrase:");
  type("\r");
  assert.deepEqual(lines, ["hunter2"]);
});

test("a block higher than the window is cut, so that it can be erased again", () => {
  const { screen, model } = open();
  screen.show(Array.from({ length: 50 }, (_, at) => `line ${at}`));
  screen.print("above");
  assert.equal(model.lines.filter((line) => line === "line 0").length, 1);
  assert.equal(model.lines[0], "above");
});

test("leaving gives the terminal back", () => {
  const { screen, model, raw } = open();
  screen.show(["block"]);
  screen.prompt("> ");
  screen[Symbol.dispose]();
  assert.deepEqual(raw, [true, false]);
  assert.equal(model.isCursorShown, true);
  assert.deepEqual(model.cursor, { row: 2, column: 0 });
  screen.print("too late");
  assert.equal(model.text, "block\n>");
});
