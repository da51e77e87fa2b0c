import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { after, test } from "node:test";
import { playCodes } from "./code-player.ts";
import { qrLines } from "./render/qr.ts";
import type { Terminal } from "./terminal.ts";
import { runCli } from "./testing/run-cli.ts";
import { SCENARIOS } from "./testing/scenarios.ts";
import { ScreenModel } from "./testing/screen-model.ts";

const home = mkdtempSync(join(tmpdir(), "kith-codes-"));
after(() => rmSync(home, { recursive: true, force: true }));

const CODES = [
  { text: "one", level: "M" },
  { text: "two", level: "M" },
] as const;
const drawn = (text: string): string => qrLines(text, { color: false, level: "M" }).join("\n");

function room(size: { columns: number; rows: number }) {
  const model = new ScreenModel(100, 60);
  const watchers = new Set<() => void>();
  const stdout = new PassThrough();
  stdout.write = (text: unknown): boolean => {
    model.write(String(text));
    for (const watcher of [...watchers]) watcher();
    return true;
  };
  const stdin = Object.assign(new PassThrough(), { setRawMode: () => undefined });
  const more = { env: {}, cwd: "/", isInteractive: true, hasColor: false, onResize: () => () => undefined };
  const terminal: Terminal = { stdin, stdout, stderr: stdout, ...more, size: () => size, now: () => 0 };
  const sees = (wanted: string): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!model.text.includes(wanted)) return;
        watchers.delete(look);
        resolve();
      };
      watchers.add(look);
      look();
    });
  return { terminal, model, sees, type: (keys: string) => void stdin.emit("data", keys) };
}

for (const key of ["x", "\r", "\u0003"])
  test(`playCodes: codes come in turn, in one place, until ${JSON.stringify(key)} is pressed`, async () => {
    const { terminal, model, sees, type } = room({ columns: 80, rows: 40 });
    const playing = playCodes(terminal, CODES, { color: false, signal: new AbortController().signal });
    await sees(`${drawn("one")}\nCode 1 of 2\nAny key ends it.`);
    await sees(`${drawn("two")}\nCode 2 of 2`);
    await sees(`${drawn("one")}\nCode 1 of 2`);
    assert.equal(model.text.match(/Code/g)?.length, 1);
    type(key);
    await playing;
    assert.equal(model.text.trim(), "");
    assert.equal(model.isCursorShown, true);
  });

test("playCodes: in a window that is too small it is said how large it must be, and half a code is not drawn", async () => {
  const size = { columns: 80, rows: 10 };
  const { terminal, model, sees } = room(size);
  const stop = new AbortController();
  const playing = playCodes(terminal, CODES, { color: false, signal: stop.signal });
  await sees("Make the window larger");
  assert.doesNotMatch(model.text, /█/);
  size.rows = qrLines("one", { color: false, level: "M" }).length + 4;
  await sees("Code 2 of 2");
  stop.abort();
  await playing;
});

test("card qr: a card that one code does not hold is played at a terminal, and all its codes are printed elsewhere", async () => {
  const { kith } = SCENARIOS["cards"]?.() ?? assert.fail("no such world");
  const made = await runCli(["card", "new", "Long", "-f", "name=Ada", "-f", `note=${"wordy ".repeat(150)}`], {
    kith,
    home,
  });
  assert.equal(made.exit, 0, made.all);
  const qr = ["card", "qr", "Long", "--level", "personal"];
  const printed = await runCli(qr, { kith, home });
  const count = Number(/Code 1 of (\d+)/.exec(printed.out)?.[1]);
  assert.ok(count > 1);
  assert.equal(printed.out.match(/^Code \d+ of \d+$/gm)?.length, count);
  const told = await runCli([...qr, "--json"], { kith, home });
  const records = told.out
    .trim()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
  assert.equal(records.length, count);
  assert.partialDeepStrictEqual(records.at(-1), { type: "card-code", part: count, parts: count });
  const stop = new AbortController();
  let screen = "";
  const input = new PassThrough();
  const played = await runCli(qr, {
    ...{ kith, home, input, stop, isInteractive: true },
    onWrite: (all) => {
      if (screen === "" && all.includes("Make the window larger")) input.write("x"); // it has 24 rows
      screen = all.includes("Make the window larger") ? all : screen;
    },
  });
  assert.equal(played.exit, 0);
  assert.match(screen, /Make the window larger/);
});
