/** A page and `kith direct` in a terminal, who share no server, become contacts by a code each way. Real time: it is Chromium's. */
import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { useApp } from "./testing/use-app.ts";
import { leave, visit as visitApp } from "./testing/visitors.ts";

const TIMES = { timeout: 120_000 };
const KITH = fileURLToPath(new URL("../../cli/bin/kith.js", import.meta.url));

let folder: string;
const app = useApp();
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "kith-direct-"));
});
after(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** The page is there, and no connection leads from it to the node or anybody. */
async function begin(): Promise<Page> {
  const page = await visitApp(app, "Ada", {
    isFar: true,
    between: (context) => context.routeWebSocket("**", (socket) => void socket.close()),
  });
  await page.getByRole("button", { name: "Add" }).click();
  await page.getByRole("button", { name: "Without any server" }).click();
  return page;
}

async function paste(page: Page, text: string): Promise<void> {
  await page.getByLabel("Link or text of it").fill(text);
  await page.getByRole("button", { name: "Use it" }).click();
}

const shown = (page: Page): Promise<string> => page.getByLabel("The same as text").inputValue();

/** `kith direct`, and the code that it shows. Ends with the test, however that ends. */
class TerminalDirect implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;
  readonly ended: Promise<unknown>;

  constructor(home: string, ...args: readonly string[]) {
    const options = ["--home", join(folder, home), "--name", "Ben", "--json", "--yes"];
    this.#child = spawn(process.execPath, [KITH, "direct", ...args, ...options], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    this.ended = new Promise((resolve) => this.#child.once("exit", resolve));
  }

  async code(is: "offer" | "answer"): Promise<string> {
    for (;;) {
      const { value, done } = await this.#lines.next();
      assert.ok(done !== true, "it shows no code");
      const said: { type?: string; is?: string; text?: string } = JSON.parse(value);
      if (said.type === "direct" && said.is === is) return said.text ?? "";
    }
  }

  enter(text: string): void {
    this.#child.stdin.write(`${text}\n`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.ended;
  }
}

async function agree(page: Page, { ended }: TerminalDirect): Promise<void> {
  await page.getByRole("button", { name: "Yes, add" }).click();
  await page.getByRole("button", { name: "OK" }).click();
  await page.getByText("verified by QR code").waitFor();
  assert.equal(await ended, 0);
}

test("the terminal shows its code first, the page answers", TIMES, async () => {
  const ada = await begin();
  await using ben = new TerminalDirect("first");
  await ada.getByRole("button", { name: "They showed theirs first" }).click();
  await paste(ada, await ben.code("offer"));
  ben.enter("kith:rtc/AQE"); // damaged: it asks again
  ben.enter(await shown(ada));
  await agree(ada, ben);
  await leave(ada);
});

test("the page shows its code first, the terminal answers", TIMES, async () => {
  const ada = await begin();
  await ada.getByRole("button", { name: "Show my code first" }).click();
  await using ben = new TerminalDirect("second", await shown(ada));
  const answer = await ben.code("answer");
  await ada.getByRole("button", { name: "Scan their answer" }).click();
  await paste(ada, answer);
  await agree(ada, ben);
  await leave(ada);
});
