import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Command } from "commander";
import { COMMANDS } from "./command/registry.ts";
import { EXIT } from "./exit-code.ts";
import { commandNameOf } from "./global-options.ts";
import { FakeKith } from "./testing/fake-kith.ts";
import { runCli } from "./testing/run-cli.ts";
import { VERSION } from "./version.ts";

const run = { kith: new FakeKith(), home: tmpdir() };
const docs = (): string => readFileSync(join(import.meta.dirname, "../../../docs/cli.md"), "utf8");

test("every command, and every command below it, has help with an example", async () => {
  for (const { name, load } of COMMANDS) {
    const command = new Command(name);
    (await load()).setUp(command, () => Promise.resolve());
    for (const path of [[name], ...command.commands.map((sub) => [name, sub.name()])]) {
      const { exit, out } = await runCli([...path, "--help"], run);
      assert.doesNotMatch(out, /\?\./, "a question ends with its mark");
      assert.equal(exit, 0);
      assert.match(out, /\nExamples?:\n {2}(.*\b)?kith /, path.join(" "));
      assert.ok(
        out.split("\n").every((line) => line.length <= 100),
        `${path.join(" ")}: a line is too long`,
      );
    }
  }
});

test("the name of the command is found behind options with values", () => {
  assert.equal(commandNameOf(["--home", "chat", "--json", "peers", "up"]), "peers");
  assert.equal(commandNameOf(["--home=x", "--privacy", "open"]), undefined);
});

test("wrong command lines end with 2 and one line that says why", async () => {
  for (const argv of [
    ["nope"],
    ["peers", "--nope"],
    ["chat"],
    ["--port", "99999", "up"],
    ["--privacy", "closed", "up"],
    ["pair", "x", "--role", "king"],
  ]) {
    const { exit, out, err } = await runCli(argv, run);
    assert.equal(exit, EXIT.usage, argv.join(" "));
    assert.equal(out, "");
    assert.match(err, /^kith: .+\n/);
  }
});

test("the version is the package's", () => {
  assert.equal(JSON.parse(readFileSync(join(import.meta.dirname, "../package.json"), "utf8")).version, VERSION);
});

test("docs/cli.md lists every exit code, every command and every JSON type", () => {
  const text = docs();
  for (const code of Object.values(EXIT)) assert.match(text, new RegExp(`^\\| ${code} \\|`, "m"), `exit code ${code}`);
  for (const { name } of COMMANDS) assert.ok(text.includes(`kith ${name}`), name);
  const types = new Set(["appeared", "changed", "gone"]);
  for (const file of readFolder(import.meta.dirname)) {
    for (const [, type = ""] of file.matchAll(/(?:record|tell)\(\s*\{\s*type: "([\w-]+)"/g)) types.add(type);
  }
  assert.ok(types.size > 15);
  for (const type of types) assert.match(text, new RegExp(`\`${type}\``), `JSON type ${type}`);
});

test("programs never see words for people under --json", async () => {
  for (const argv of [
    ["peers"],
    ["trust"],
    ["inbox"],
    ["transfers"],
    ["room"],
    ["id"],
    ["audit"],
    ["privacy"],
    ["version"],
    ["doctor"],
    ["up", "--for", "20ms"],
  ]) {
    const { out, err } = await runCli([...argv, "--json"], run);
    for (const line of out.split("\n").filter((one) => one !== ""))
      assert.equal(typeof JSON.parse(line).type, "string");
    assert.equal(err, "", argv.join(" "));
  }
});

function readFolder(folder: string): string[] {
  return globSync(`${folder}/{,command/}*.ts`)
    .filter((path) => !path.includes(".test."))
    .map((path) => readFileSync(path, "utf8"));
}
