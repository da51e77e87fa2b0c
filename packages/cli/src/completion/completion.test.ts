import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { COMMANDS } from "../command/registry.ts";
import { serveControl } from "../control/control-server.ts";
import { FakeKith } from "../testing/fake-kith.ts";
import { BOB, CAROL, fakeContact, fakeNearby } from "../testing/fake-people.ts";
import { fakeMember, fakeRequest } from "../testing/fake-rooms.ts";
import { runCli } from "../testing/run-cli.ts";
import { COMPLETION_SCRIPTS } from "./completion-scripts.ts";

const home = mkdtempSync(join(tmpdir(), "kith-completion-"));
after(() => rmSync(home, { recursive: true, force: true }));
const kith = new FakeKith({
  contacts: [fakeContact(BOB, "Bob"), fakeContact(CAROL, "Carol Ann")],
  nearby: [fakeNearby("n", "Dora's phone")],
  relays: [{ host: "relay.example", state: "ready" }],
  rooms: [{ members: [fakeMember(BOB, "Bob"), fakeMember(CAROL, "Cem")], requests: [fakeRequest(CAROL, "Eve")] }],
});

async function complete(...words: string[]): Promise<string[]> {
  const { exit, out } = await runCli(["__complete", "--", ...words], { kith, home });
  assert.equal(exit, 0);
  return out
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split("\t")[0] ?? "");
}

test("commands, subcommands, options and their values complete", async () => {
  assert.deepEqual(
    await complete(""),
    COMMANDS.map(({ name }) => name),
  );
  assert.deepEqual(await complete("audit", "v"), ["verify"]);
  assert.deepEqual(await complete("--home", "x", "pa"), ["pair"]);
  assert.deepEqual(await complete("completion", ""), ["bash", "zsh", "fish"]);
  assert.deepEqual(await complete("pair", "Bob", "--role", "g"), ["guest"]);
  assert.deepEqual(await complete("send", "Bob", "fi"), [":files"]);
  assert.deepEqual(await complete("--home", ""), [":files"]);
  assert.deepEqual(await complete("frobnicate", ""), []);
});

test("contacts and nearby peers complete while a node runs", async () => {
  assert.deepEqual(await complete("chat", ""), [], "no node runs");
  const server = await serveControl(kith, home);
  assert.deepEqual(await complete("chat", ""), ["Bob", "Carol Ann", "Dora's phone"]);
  assert.deepEqual(await complete("trust", "show", "ca"), ["Carol Ann"]);
  assert.deepEqual(await complete("relay", "status", "re"), ["relay.example"]);
  assert.deepEqual(await complete("relays", "remove", ""), ["relay.example"]);
  assert.deepEqual(await complete("relay", "policy", "inv"), ["invited"]);
  assert.deepEqual(await complete("issuer", "issue", "Bob", "r"), ["role="]);
  assert.deepEqual(await complete("fact", "ask", "Bob", "member"), ["memberOf"]);
  assert.deepEqual(await complete("fact", "check", ""), [":files"]);
  assert.deepEqual(await complete("card", "pass", "--relay", ""), ["relay.example"]);
  assert.deepEqual(await complete("card", "pass", "--level", "pro"), ["professional"]);
  assert.deepEqual(await complete("card", "pass", "--out", ""), [":files"]);
  await server[Symbol.asyncDispose]();
});

test("rooms, their members and who waits complete while a node runs", async () => {
  const server = await serveControl(kith, home);
  assert.deepEqual(await complete("room", "members", ""), ["Family"]);
  assert.deepEqual(await complete("room", "expel", "Bob", "--room", "f"), ["Family"]);
  assert.deepEqual(await complete("room", "cut", ""), ["Bob", "Cem"]);
  assert.deepEqual(await complete("room", "approve", ""), ["Eve"]);
  assert.deepEqual(await complete("room", "role", "Bob", "a"), ["admin"]);
  assert.deepEqual(await complete("room", "create", "--policy", "p"), ["peers"]);
  await server[Symbol.asyncDispose]();
});

/** A `kith` that answers as ours would, for the shells to ask. */
const stand = join(home, "kith");
writeFileSync(stand, `#!/bin/sh\nprintf 'Bob\\tb0b1\\nCarol Ann\\tca20\\na:b\\t\\n'\necho "$@" > "${home}/asked"\n`, {
  mode: 0o755,
});
const has = (shell: string): boolean => spawnSync(shell, ["-c", "true"]).status === 0;

test("bash offers the candidates, quoted", { skip: has("bash") ? false : "no bash here" }, () => {
  const script = `${COMPLETION_SCRIPTS.get("bash")}
    COMP_WORDS=("${stand}" chat "") COMP_CWORD=2; _kith; printf '%s|' "\${COMPREPLY[@]}"; cat "${home}/asked"`;
  assert.equal(execFileSync("bash", ["-c", script], { encoding: "utf8" }), "Bob|Carol\\ Ann|a:b|__complete -- chat \n");
});

for (const shell of ["bash", "zsh", "fish"]) {
  test(`${shell} can read its script`, { skip: has(shell) ? false : `no ${shell} here` }, () => {
    execFileSync(shell, ["-n"], { input: COMPLETION_SCRIPTS.get(shell) ?? "" });
  });
}
