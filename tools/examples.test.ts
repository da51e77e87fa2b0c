/** The programs of examples/ run, and do what they say. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Writable } from "node:stream";
import { after, before, test } from "node:test";
import { type PeerId, parsePeerId } from "@kith/core";
import { createEndpoint } from "@kith/sdk/node";
import { ROOT } from "./tree.ts";

const TIMEOUT = { timeout: 60_000 };
const us = { anonymous: true, host: "127.0.0.1", discovery: false, name: "Guest" };

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "kith-examples-"));
});
after(() => rm(folder, { recursive: true, force: true }));

interface Running extends AsyncDisposable {
  /** The next line that matches; its first group. */
  line(pattern: RegExp): Promise<string>;
  readonly stdin: Writable;
  readonly ended: Promise<number | null>;
}

function run(example: string, ...args: string[]): Running {
  const child: ChildProcess = spawn(
    process.execPath,
    ["--conditions=@kith/source", join(ROOT, "examples", example), ...args],
    { cwd: folder, stdio: ["pipe", "pipe", "inherit"] },
  );
  assert.ok(child.stdout !== null && child.stdin !== null);
  const { stdin } = child;
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  return {
    ended,
    stdin,
    async line(pattern) {
      for (;;) {
        const next = await lines.next();
        assert.ok(next.done !== true, `${example} ended without a line like ${pattern}`);
        const match = pattern.exec(next.value);
        if (match !== null) return match[1] ?? match[0];
      }
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null) child.kill("SIGTERM");
      assert.equal(await ended, 0, `${example} leaves in good order`);
    },
  };
}

async function freePort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  await new Promise((resolve) => server.close(resolve));
  return String(address.port);
}

function peer(text: string): PeerId {
  const id = parsePeerId(text);
  assert.ok(id !== undefined, text);
  return id;
}

test("send-a-message is under 20 lines, runs, and its message arrives", TIMEOUT, async () => {
  const text = await readFile(join(ROOT, "examples/send-a-message.ts"), "utf8");
  assert.ok(text.trimEnd().split("\n").length < 20);
  await using example = run("send-a-message.ts");
  assert.equal(await example.line(/^Ben got: (.*)$/), "Hello, Ben!");
  assert.equal(await example.ended, 0);
});

test("echo-server gives guests back what they say, and nobody else", TIMEOUT, async () => {
  await using guest = await createEndpoint(us);
  await using stranger = await createEndpoint(us);
  const port = await freePort();
  await using example = run("echo-server.ts", join(folder, "echo"), port, guest.id);
  const echo = peer(await example.line(/^(\w{64}) listens/));
  const session = await guest.connect(`127.0.0.1:${port}`, { expect: echo });
  const channel = await session.open("echo/1");
  const said = Array.from({ length: 100 }, (_, i) => new Uint8Array(i * 100).fill(i));
  for (const message of said) await channel.send(message);
  const finished = channel.finish();
  const heard: Uint8Array[] = [];
  for await (const message of channel.messages) heard.push(message.slice());
  await finished;
  assert.deepEqual(heard, said);

  const other = await stranger.connect(`127.0.0.1:${port}`);
  await assert.rejects(other.open("echo/1"), { code: "ERR_NOT_AUTHORIZED" });
});

test("file-drop pairs by the PIN it shows and takes a file", TIMEOUT, async () => {
  await using guest = await createEndpoint(us);
  const port = await freePort();
  const dropped = join(folder, "dropped");
  await using example = run("file-drop.ts", join(folder, "drop"), dropped, port);
  const pin = await example.line(/^PIN (.*)$/);
  const drop = peer(await example.line(/^(\w{64}) listens/));
  const paired = new Promise<void>((resolve, reject) => {
    guest.pairing.all.subscribe(() => {
      for (const { id, step } of guest.pairing.all.get()) {
        if (step.at === "enter-code") guest.pairing.answer(id, { type: "code", code: pin }).catch(() => {});
        if (step.at === "consent") guest.pairing.answer(id, { type: "consent", accept: true }).catch(() => {});
        if (step.at === "done") resolve();
        if (step.at === "failed") reject(new Error(step.reason));
      }
    });
  });
  await guest.pairing.start(`127.0.0.1:${port}`, "pin");
  await paired;
  const content = crypto.getRandomValues(new Uint8Array(60_000));
  await writeFile(join(folder, "song.bin"), content);
  await guest.files.send(drop, [join(folder, "song.bin")]);
  assert.equal(await example.line(/^received (.*)$/), "song.bin");
  assert.deepEqual(new Uint8Array(await readFile(join(dropped, "song.bin"))), content);
});

test("shared-counter adds up what everybody in the room adds", TIMEOUT, async () => {
  await using ada = run("shared-counter.ts", "Ada");
  await using ben = run("shared-counter.ts", "Ben", await ada.line(/^invitation (.*)$/));
  await ada.line(/^counter 0$/); // what Ben says when he is there
  ada.stdin.write("\n\n");
  await ben.line(/^counter 2$/);
  ben.stdin.write("\n");
  await ada.line(/^counter 3$/);
  for (const { stdin, ended } of [ada, ben]) {
    stdin.end();
    assert.equal(await ended, 0);
  }
});
