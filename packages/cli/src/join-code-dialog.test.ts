/** Codes at a terminal: what stands there while one waits, and how one leaves. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { after, test } from "node:test";
import { CliError, EXIT } from "./exit-code.ts";
import { interrupted } from "./interrupted.ts";
import { spelled } from "./join-code-dialog.ts";
import { FakeKith } from "./testing/fake-kith.ts";
import { runCli } from "./testing/run-cli.ts";

const home = mkdtempSync(join(tmpdir(), "kith-join-code-"));
after(() => rmSync(home, { recursive: true, force: true }));

test("a code that waits says how long it lasts, and Ctrl-C takes it back", async () => {
  const kith = new FakeKith({ joinCode: { isLonely: true } });
  const stop = new AbortController();
  const onWrite = (all: string): void => {
    if (all.includes("Waiting for the other one")) stop.abort(interrupted());
  };
  const run = { kith, home, stop, onWrite, isInteractive: true, input: new PassThrough() };
  const { exit, all } = await runCli(["join-code"], run);
  assert.equal(exit, EXIT.interrupted);
  assert.match(all, /The code is {2}7-acorn-canyon/);
  assert.match(all, /Waiting for the other one … 10 min 00 s left/);
  const [view] = kith.joinCodes.all.get();
  assert.deepEqual(view?.step, { at: "failed", reason: "cancelled" });
});

test("what can be no code is refused before a node is asked, with what it may have been", () => {
  assert.equal(spelled(["7", "Acorn", "canyon@relay.example"]), "7 Acorn canyon@relay.example");
  const refused = (...words: string[]): CliError => {
    try {
      spelled(words);
    } catch (error) {
      assert.ok(error instanceof CliError);
      assert.equal(error.exit, EXIT.usage);
      return error;
    }
    return assert.fail(words.join(" "));
  };
  assert.match(refused("7-acorn-cayun").hint ?? "", /cabin, or canyon/);
  assert.match(refused("7-xxxx-canyon").message, /xxxx/);
  assert.match(refused("7-acorn-castle-tiger-zebra").message, /spelled zebra|4 words/);
  assert.match(refused("").message, /number|nothing/);
  assert.ok(!refused("7-\u001b]0;x\u0007-canyon").message.includes("\u001b"));
});
