/**
 * Transcripts: testdata/*.txt hold sessions at a terminal, and this runs them again.
 *
 *     world: friends          the scenario, new for each file
 *     $ kith peers            a command; "$ LANG=C kith …" sets variables
 *     < yes                   a line on its standard input
 *     …                       what it writes, both streams in order
 *     [exit 3]                how it ends, unless with 0
 *
 * KITH_UPDATE=1 writes what the commands say now; look at the difference before committing it.
 */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { runCli } from "./testing/run-cli.ts";
import { SCENARIOS } from "./testing/scenarios.ts";

process.env["TZ"] = "UTC";
const folder = join(import.meta.dirname, "..", "testdata");
const homes: string[] = [];
after(() => {
  for (const home of homes) rmSync(home, { recursive: true, force: true });
});

interface Step {
  readonly command: string;
  readonly input: readonly string[];
}

const files = readdirSync(folder).filter((name) => name.endsWith(".txt"));
assert.ok(files.length >= 10, "the transcripts are gone");

for (const name of files) {
  test(`transcript ${name}`, async () => {
    const expected = readFileSync(join(folder, name), "utf8");
    const actual = await replay(expected);
    if (process.env["KITH_UPDATE"]) writeFileSync(join(folder, name), actual);
    else assert.equal(actual, expected);
  });
}

async function replay(text: string): Promise<string> {
  const [, world = ""] = /^world: (\S+)$/m.exec(text) ?? [];
  const scenario = SCENARIOS[world];
  assert.ok(scenario, `no scenario ${world}`);
  const home = mkdtempSync(join(tmpdir(), "kith-transcript-"));
  homes.push(home);
  writeFileSync(join(home, "letter.txt"), "Dear Bob\n");
  const state = scenario();
  const head = text.slice(0, text.indexOf("\n$ ") + 1);
  let replayed = head;
  for (const { command, input } of stepsOf(text)) {
    const { argv, env } = wordsOf(command);
    const { exit, all } = await runCli(argv, { ...state, home, env, input: input.map((line) => `${line}\n`).join("") });
    const shown = all.replaceAll(home, "HOME");
    replayed += `$ ${command}\n${input.map((line) => `< ${line}\n`).join("")}${shown}${exit === 0 ? "" : `[exit ${exit}]\n`}\n`;
  }
  return `${replayed.trimEnd()}\n`;
}

function stepsOf(text: string): readonly Step[] {
  const steps: { command: string; input: string[] }[] = [];
  for (const line of text.split("\n")) {
    if (line.startsWith("$ ")) steps.push({ command: line.slice(2), input: [] });
    else if (line.startsWith("< ")) steps.at(-1)?.input.push(line.slice(2));
  }
  return steps;
}

/** Splits as a shell would, with double quotes; variables before `kith` are the environment. */
function wordsOf(command: string): {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
} {
  const words = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");
  const at = words.indexOf("kith");
  assert.ok(at >= 0, `no command of ours: ${command}`);
  return { argv: words.slice(at + 1), env: Object.fromEntries(words.slice(0, at).map((word) => word.split("=", 2))) };
}
