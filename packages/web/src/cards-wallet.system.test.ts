/** A card as a Wallet pass: made in the page, signed by a real relay, read by programs that are not ours; and what is in the way. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type OpenedPass, openPass, whyNoPassTools } from "@kith/sdk/testing";
import type { Browser, Page, Route } from "playwright-core";
import { type AppNode, startAppAndBrowser } from "./testing/app-node.ts";
import { choosePhoto, makeCard, openCards } from "./testing/card-holders.ts";
import { inspect } from "./testing/inspect.ts";
import { leave, visit as visitApp } from "./testing/visitors.ts";

const TIMES = { timeout: 240_000, skip: whyNoPassTools() ?? false };
const [EMAIL, PHONE] = ["ada@example.com", "+44 20 7946 0018"];

let node: AppNode;
let browser: Browser;
before(async () => {
  [node, browser] = await startAppAndBrowser();
});
after(async () => {
  await browser?.close();
  await node?.[Symbol.asyncDispose]();
});

/** A relay that refuses, or has nothing there, is in the console too. */
const mayComplain = /net::ERR_|status of (?:404|410|429|503)/;
const visit = (name: string): Promise<Page> => visitApp({ browser, url: node.url }, name, { mayComplain });

/** Somebody with a card, looking at it. */
async function holder(): Promise<Page> {
  const ada = await visit("Ada Lovelace");
  await makeCard(ada, { email: EMAIL, phone: PHONE });
  return ada;
}

/** With a photo at its personal level. */
async function holderWithPhoto(): Promise<Page> {
  const ada = await holder();
  await ada.getByRole("button", { name: "Edit" }).click();
  await ada.getByRole("heading", { name: "Edit card" }).waitFor();
  await choosePhoto(ada, { width: 600, height: 400 });
  await ada.getByRole("button", { name: "Save", exact: true }).click();
  await ada.getByRole("heading", { name: "What others see" }).waitFor();
  return ada;
}

async function beginPass(page: Page, level: "Public" | "Professional" | "Personal"): Promise<void> {
  await page.getByRole("button", { name: "Give it" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("radio", { name: new RegExp(`^${level}`) }).check();
  await dialog.getByRole("button", { name: "Next" }).click();
  await dialog.getByRole("region", { name: "As a Wallet pass" }).getByRole("button", { name: "Make a pass" }).click();
}

/** As it is on the disk after *Save*. */
async function saved(page: Page): Promise<OpenedPass> {
  const downloading = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save the pass" }).click();
  const file = await downloading;
  assert.equal(file.suggestedFilename(), "Ada-Lovelace.pkpass");
  return openPass(await readFile(await file.path()));
}

async function shut(page: Page): Promise<void> {
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
}

test(
  "[CARD-24] [CARD-25] a pass of a level, with nothing of another in it; openssl verifies it, and its code opens",
  TIMES,
  async () => {
    const [ada, ben] = await Promise.all([holderWithPhoto(), visit("Ben")]);
    await beginPass(ada, "Professional");
    await ada.getByText("Its code leads to your card").waitFor();
    await inspect(ada, "cards-wallet");
    await ada.getByLabel("The pass, and its code, end after").selectOption("7");
    await ada.getByRole("button", { name: "Make the pass" }).click();
    await ada.getByText("Wallet will refuse this pass").waitFor();
    await ada.locator(":focus").filter({ hasText: "The pass is made." }).waitFor();
    await inspect(ada, "cards-wallet-made");
    const pass = await saved(ada);
    assert.match(pass.texts, /ada@example\.com/);
    assert.doesNotMatch(pass.texts, /7946/);
    assert.ok(!pass.files.has("thumbnail.png"), "the photo is of another level");
    const days = (Date.parse(String(pass.pass["expirationDate"])) - Date.now()) / 86_400_000;
    assert.ok(days > 6.9 && days <= 7, `it ends in ${days} days`);
    await ada.getByRole("button", { name: "Done" }).click();
    await shut(ada);

    await openCards(ben);
    await ben.getByRole("button", { name: "Receive" }).click();
    await ben.getByLabel("Link or text").fill(pass.message);
    await ben.getByRole("button", { name: "Read it" }).click();
    await ben.getByRole("button", { name: "Fetch it" }).click();
    await ben.getByText(EMAIL).waitFor();
    assert.equal(await ben.getByText("7946").count(), 0);
    await shut(ben);

    await beginPass(ada, "Personal");
    await ada.getByRole("button", { name: "Make the pass" }).click();
    await ada.getByText("The pass is made.").waitFor();
    const whole = await saved(ada);
    assert.match(whole.texts, /7946/);
    assert.notEqual(whole.pass["serialNumber"], pass.pass["serialNumber"]);
    const size = whole.files.get("thumbnail.png");
    assert.ok(size !== undefined && size.length <= 262_144);
    const view = new DataView(size.buffer, size.byteOffset);
    assert.deepEqual([view.getUint32(16), view.getUint32(20)], [300, 200]);
    await leave(ada, ben);
  },
);

test(
  "[CARD-22] what is in the way is said with what mends it, and the next way is offered; no link is left over",
  TIMES,
  async () => {
    const ada = await holder();
    const answers: readonly (readonly [status: number, method: string, said: string, fix: string])[] = [
      [404, "GET", "This relay signs no passes.", "use another relay"],
      [503, "GET", "its certificate has ended", "has to renew it"],
      [429, "POST", "as many passes as it may", "Wait a minute"],
    ];
    await beginPass(ada, "Public");
    for (const [status, method, said, fix] of answers) {
      const answer = (route: Route): Promise<void> =>
        route.request().method() === method
          ? route.fulfill({ status, json: { code: "busy" }, headers: { "Retry-After": "60" } })
          : route.fallback();
      await ada.route("**/sign-pass", answer);
      await ada.getByRole("button", { name: "Make the pass" }).click();
      const problem = ada.getByRole("status").filter({ hasText: said });
      await problem.getByText(fix).waitFor();
      await problem.getByRole("button", { name: "Another way: by a code in words" }).waitFor();
      await ada.unroute("**/sign-pass", answer);
      if (status === 429) break;
      await ada.getByRole("button", { name: "Make a pass" }).click();
    }
    // Given up while the relay is asked: nothing of it is left.
    let asked = (): void => {};
    const isAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const never = (route: Route): Promise<void> | undefined => {
      if (route.request().method() !== "POST") return route.fallback();
      asked();
      return undefined;
    };
    await ada.route("**/sign-pass", never);
    await ada.getByRole("button", { name: "Make a pass" }).click();
    await ada.getByRole("button", { name: "Make the pass" }).click();
    await isAsked;
    await ada.getByText("the relay signs it …").waitFor();
    await ada.getByRole("button", { name: "Stop" }).click();
    await ada.getByText("You stopped it.").waitFor();
    await shut(ada);
    await ada.getByRole("heading", { name: "Links you made" }).waitFor({ state: "detached" });

    await leave(ada);
  },
);

test(
  "a relay that the page does not come from signs as well; without one it is said where to set one",
  TIMES,
  async () => {
    const ada = await holder();
    await ada.getByRole("link", { name: "You" }).click();
    const relays = ada.getByRole("region", { name: "Relays" });
    await relays.getByRole("button", { name: /^Remove / }).click();
    await relays.getByText("None").waitFor();
    await openCard(ada);
    await beginPass(ada, "Public");
    await ada.getByText("No relay is set").waitFor();
    await ada.getByRole("button", { name: "Another way: by a code in words" }).waitFor();
    await inspect(ada, "cards-wallet-no-relay");
    await ada.getByRole("link", { name: "Set up a relay" }).click();

    await using other = await startRelay();
    await relays.getByLabel("Address").fill(other.address);
    await relays.getByRole("button", { name: "Add" }).click();
    await relays.getByText("connected").waitFor();
    await openCard(ada);
    await beginPass(ada, "Professional");
    await ada.getByText(`The relay ${other.host} signs it`).waitFor();
    await sharing(ada);
    await ada.getByRole("button", { name: "Make the pass" }).click();
    await ada.getByText("The pass is made.").waitFor();
    await ada.getByRole("button", { name: "Share …" }).click();
    await ada.locator(`html[data-shared="Ada-Lovelace.pkpass application/vnd.apple.pkpass"]`).waitFor();
    const pass = await saved(ada);
    assert.match(pass.texts, /ada@example\.com/);
    await leave(ada);
  },
);

/** A browser that can share files: what is shared is noted where a test sees it. */
const sharing = (page: Page): Promise<void> =>
  page.evaluate(() => {
    Object.defineProperty(navigator, "canShare", { value: () => true });
    const share = async ({ files: [file] = [] }: ShareData): Promise<void> => {
      document.documentElement.dataset["shared"] = `${file?.name} ${file?.type}`;
    };
    Object.defineProperty(navigator, "share", { value: share });
  });

async function openCard(page: Page): Promise<void> {
  await openCards(page);
  await page.getByRole("link", { name: /Ada Lovelace/ }).click();
  await page.getByRole("heading", { name: "What others see" }).waitFor();
}

const AGENT = fileURLToPath(new URL("../../relay/src/testing/relay-agent.ts", import.meta.url));

/** A real one, in a process of its own. */
async function startRelay(): Promise<{ readonly host: string; readonly address: string } & AsyncDisposable> {
  const data = await mkdtemp(join(tmpdir(), "kith-relay-"));
  const settings = JSON.stringify({ data, port: 0, metrics: "off" });
  const child = spawn(process.execPath, ["--conditions=@kith/source", AGENT, settings], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const gone = new Promise((resolve) => child.once("exit", resolve));
  const end = async (): Promise<void> => {
    child.stdin.end();
    await gone;
    await rm(data, { recursive: true });
  };
  for await (const line of createInterface(child.stdout)) {
    const { port, relayKey } = JSON.parse(line) as { port: number; relayKey: string }; // of our own program
    const host = `127.0.0.1:${port}`;
    return { host, address: `ws://${host}#${relayKey}`, [Symbol.asyncDispose]: end };
  }
  await end();
  throw new Error("the relay did not start");
}
