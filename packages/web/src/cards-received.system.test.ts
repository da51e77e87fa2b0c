/** Cards from outside a session: a code before the camera, a picture, a link, a text, a file; and what only looks like one. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { type AppNode, startAppAndBrowser } from "./testing/app-node.ts";
import { filmNothing, filmScreens } from "./testing/camera-film.ts";
import { addField, makeCard, openCards } from "./testing/card-holders.ts";
import { inspect } from "./testing/inspect.ts";
import { leave, visit as visitApp } from "./testing/visitors.ts";

const TIMES = { timeout: 240_000 };

let node: AppNode;
let browser: Browser;
let folder: string;
let film: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "kith-film-"));
  film = join(folder, "film.y4m");
  filmNothing(film);
  const args = ["--use-fake-device-for-media-stream", `--use-file-for-fake-video-capture=${film}`];
  [node, browser] = await startAppAndBrowser({ args });
});
after(async () => {
  await browser?.close();
  await node?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** A relay says of a link that is used up or taken back that it is gone. */
const mayComplain = /net::ERR_|status of 410/;
const visit = (name: string, permissions: string[] = []): Promise<Page> =>
  visitApp({ browser, url: node.url }, name, { context: { permissions }, mayComplain });

/** Somebody with a card, who is about to give it by one of the ways. */
async function giver(level: "Public" | "Professional" | "Personal"): Promise<Page> {
  const ada = await visit("Ada");
  await makeCard(ada, { email: "ada@example.com", phone: "+44 20 7946 0018" });
  await give(ada, level);
  return ada;
}

async function give(page: Page, level: string): Promise<void> {
  await page.getByRole("button", { name: "Give it" }).click();
  await page
    .getByRole("dialog")
    .getByRole("radio", { name: new RegExp(`^${level}`) })
    .check();
  await page.getByRole("button", { name: "Next" }).click();
}

async function receive(page: Page): Promise<void> {
  await openCards(page);
  await page.getByRole("button", { name: "Receive" }).click();
  await page.getByLabel("Link or text").waitFor();
}

async function paste(page: Page, text: string): Promise<void> {
  await page.getByLabel("Link or text").fill(text);
  await page.getByRole("button", { name: "Read it" }).click();
}

async function choose(
  page: Page,
  button: string,
  file: { name: string; mimeType: string; buffer: Buffer },
): Promise<void> {
  const choosing = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: button, exact: true }).click();
  await (await choosing).setFiles(file);
}

const vcardFile = (text: string): { name: string; mimeType: string; buffer: Buffer } => ({
  ...{ name: "them.vcf", mimeType: "text/vcard", buffer: Buffer.from(text) },
});

const isEmpty = async (page: Page): Promise<void> => {
  await page.keyboard.press("Escape");
  await page.getByText("Nothing received yet").waitFor();
};

test("one shows the code of a card, the other's camera sees it; it is shown, asked and saved", TIMES, async () => {
  const [ada, ben] = await Promise.all([giver("Professional"), visit("Ben", ["camera"])]);
  await ada.getByRole("button", { name: "Show the code" }).click();
  await ada.locator(".qr").waitFor();
  await inspect(ada, "cards-code");
  const background = await ada
    .locator("dialog.code-screen")
    .evaluate((dialog) => getComputedStyle(dialog).backgroundColor);
  assert.equal(background, "rgb(255, 255, 255)", "in the dark theme as well");
  await filmScreens(film, ada, [await ada.locator(".qr").screenshot()]);
  await receive(ben);
  await ben.getByText("Unknown: anybody could have written this.").waitFor();
  await ben.getByText("ada@example.com").waitFor();
  await ben.getByText("Codes and links can be shown again by anybody who has seen them.").waitFor();
  await inspect(ben, "cards-scanned");
  await ben.getByRole("button", { name: "Save", exact: true }).click();
  await ben.getByText("Signed with a key that you never verified with anybody.").waitFor();
  await leave(ada, ben);
});

test("a card too large for one code is shown in several, which the other's camera puts together", TIMES, async () => {
  const [ada, ben] = await Promise.all([visit("Ada"), visit("Ben", ["camera"])]);
  await makeCard(ada, { email: "ada@example.com", phone: "+44 20 7946 0018" });
  await ada.getByRole("button", { name: "Edit" }).click();
  await addField(ada, "note", "Note", "On the engine. ".repeat(60));
  await ada.getByRole("button", { name: "Save" }).click();
  await give(ada, "Personal");
  await ada.getByRole("button", { name: "Show the code" }).click();
  await ada.getByRole("button", { name: "Hold" }).click();
  const said = await ada.getByText(/^Code \d+ of \d+/).innerText();
  const count = Number(/of (\d+)/.exec(said)?.[1]);
  assert.ok(count > 3);
  await inspect(ada, "cards-code-several");
  const screens: Buffer[] = [];
  for (let at = 0; at < count; at++) {
    const before = await ada.getByText(/^Code \d+ of \d+/).innerText();
    screens.push(await ada.locator(".qr").screenshot());
    await ada.getByRole("button", { name: "Next code" }).click();
    await ada.getByText(before).waitFor({ state: "detached" });
  }
  await filmScreens(film, ada, screens);
  await receive(ben);
  await ben.getByText(/^On the engine/).waitFor({ timeout: 60_000 });
  await ben.getByRole("button", { name: "Save", exact: true }).click();
  await ben.getByText("Signed with a key that you never verified with anybody.").waitFor();
  await leave(ada, ben);
});

test("a picture of the code, a link and a pasted text do the same; an altered link saves nothing", TIMES, async () => {
  const [ada, ben] = await Promise.all([giver("Public"), visit("Ben")]);
  await ada.getByRole("button", { name: "Show the code" }).click();
  const picture = { name: "code.png", mimeType: "image/png", buffer: await ada.locator(".qr").screenshot() };
  await ada.getByRole("button", { name: "Close" }).last().click();
  await ada.getByRole("button", { name: "Make a link" }).click();
  await ada.getByLabel("Where the card is").selectOption("whole");
  await ada.getByRole("button", { name: "Make a link" }).click();
  const link = await ada.getByLabel("Link", { exact: true }).inputValue();
  await inspect(ada, "cards-link");

  await receive(ben);
  for (const altered of [
    link.slice(0, -8) + (link.endsWith("A") ? "B" : "A").repeat(8),
    `${link.slice(0, -80)}${link.slice(-80).split("").reverse().join("")}`,
    link.slice(0, -3),
  ]) {
    await paste(ben, altered);
    await ben.getByText("it was damaged, or somebody changed it").waitFor();
    await ben.getByLabel("Link or text").fill("");
  }
  await inspect(ben, "cards-broken");
  await paste(ben, link);
  await ben.getByText("Unknown: anybody could have written this.").waitFor();
  await ben.getByRole("button", { name: "Do not save" }).click();
  await ben.getByText("Nothing received yet").waitFor();
  await receive(ben);
  await choose(ben, "Picture of a code", picture);
  await ben.getByRole("button", { name: "Save", exact: true }).click();
  await ben.getByText("Signed with a key that you never verified with anybody.").waitFor();
  await receive(ben);
  await paste(ben, link);
  // Signed in the same second as the code, or a little later.
  await ben
    .getByText(/You have this card already|You have a later one|It is the card that you have/)
    .first()
    .waitFor();
  await ben.keyboard.press("Escape");
  await ada.getByRole("dialog").getByRole("button", { name: "Done" }).click();
  await ada.keyboard.press("Escape");
  await ada.getByRole("heading", { name: "Links you made" }).waitFor();
  await ada.getByRole("button", { name: "Off this list" }).click();
  await ada.getByRole("heading", { name: "Links you made" }).waitFor({ state: "detached" });
  await leave(ada, ben);
});

test(
  "a card that the relay keeps is fetched when somebody says so, as often as was allowed, and taken back",
  TIMES,
  async () => {
    const [ada, ben] = await Promise.all([giver("Professional"), visit("Ben")]);
    const link = async (uses: string): Promise<string> => {
      await ada.getByRole("button", { name: "Make a link" }).click();
      await ada.getByLabel("How often it can be fetched").selectOption(uses);
      if (uses === "1") await inspect(ada, "cards-link-kept");
      await ada.getByRole("button", { name: "Make a link" }).click();
      const text = await ada.getByLabel("Link", { exact: true }).inputValue();
      await ada.getByRole("button", { name: "Done" }).click();
      return text;
    };
    const [once, often] = [await link("1"), await link("0")];
    await receive(ben);
    await paste(ben, once);
    await ben.getByText("keeps, sealed: it cannot read it").waitFor();
    assert.equal(await ben.getByText("ada@example.com").count(), 0, "nothing is fetched before a yes");
    await inspect(ben, "cards-link-fetch");
    await ben.getByRole("button", { name: "Fetch it" }).click();
    await ben.getByText("ada@example.com").waitFor();
    await ben.getByRole("button", { name: "Do not save" }).click();
    await receive(ben);
    await paste(ben, once);
    await ben.getByRole("button", { name: "Fetch it" }).click();
    await ben.getByText("used as often as it may be, or was taken back").waitFor();
    await ada.keyboard.press("Escape");
    await ada.getByRole("button", { name: "Take it back" }).first().click();
    await ada.getByText("ended").first().waitFor();
    await paste(ben, often);
    await ben.getByRole("button", { name: "Fetch it" }).click();
    await ben.getByText("used as often as it may be, or was taken back").waitFor();
    await leave(ada, ben);
  },
);

test("a vCard file is a contact that nobody signed; links of Solidarity are explained", TIMES, async () => {
  const ben = await visit("Ben");
  await receive(ben);
  await paste(ben, "solidarity://card/share?id=0b9c2f4e-aaaa&sig=abc&exp=1700000000");
  await ben.getByText("That is a link of the app Solidarity. It names a card").waitFor();
  await ben.getByText("It also ended on").waitFor();
  await inspect(ben, "cards-foreign");
  await paste(ben, "https://airmeishi.app/share?data=abc");
  await ben.getByText("a card that nobody signed").waitFor();
  await paste(ben, "https://example.com/");
  await ben.getByText("That is no card, and no link to one.").waitFor();
  await choose(ben, "vCard file", vcardFile("BEGIN:VCARD\nVERSION:4.0\nFN:Grace Hopper\nTEL:+1 555 0100\nEND:VCARD\n"));
  await ben.getByText("Nobody signed this.").waitFor();
  await ben.getByRole("button", { name: "Save", exact: true }).click();
  await ben.getByRole("heading", { name: "Grace Hopper" }).waitFor();
  await ben.getByText("Nobody signed this: it was imported.").waitFor();
  await openCards(ben);
  await inspect(ben, "cards-received-list");
  await leave(ben);
});

test("a long vCard file is read beside the page's thread", TIMES, async () => {
  const ben = await visit("Ben");
  await receive(ben);
  const neighbours = Array.from(
    { length: 2_000 },
    (_, at) => `BEGIN:VCARD\nVERSION:3.0\nFN:Neighbour ${at}\nEND:VCARD\n`,
  );
  const reading = ben.waitForEvent("worker", (worker) => worker.url().includes("vcard"));
  await choose(ben, "vCard file", vcardFile(neighbours.join("")));
  await reading;
  await ben.getByLabel("All of them (2000)").waitFor();
  await leave(ben);
});

test("hostile: too large, a photo bomb, ten thousand skills, scripts and text that turns", TIMES, async () => {
  const ben = await visit("Ben");
  await receive(ben);
  const vcard = (...lines: readonly string[]): string =>
    ["BEGIN:VCARD", "VERSION:3.0", ...lines, "END:VCARD", ""].join("\r\n");
  await choose(ben, "vCard file", vcardFile("x".repeat(17_000_000)));
  await ben.getByText("That is larger than any card. Nothing was read.").waitFor();
  await choose(ben, "vCard file", vcardFile(vcard("FN:Mallory", `NOTE:${"A".repeat(10_000_000)}`)));
  await ben.getByText("Nobody signed this.").waitFor();
  await ben.getByText("Not everything in the file could be read:").waitFor();
  await ben.getByRole("button", { name: "Back" }).click();
  const skills = Array.from({ length: 10_000 }, (_, at) => `EXPERTISE:skill ${at}`);
  await choose(ben, "vCard file", vcardFile(vcard("FN:Mallory", ...skills)));
  await ben.getByText("skill 31").waitFor();
  assert.equal(await ben.getByText("skill 32").count(), 0, "at most 32 of a kind");
  await inspect(ben, "cards-many-skills");
  await ben.getByRole("button", { name: "Back" }).click();

  // A PNG whose header says 60,000 pixels a side: 14 GB where somebody unfolds it.
  const bomb = Buffer.from("89504e470d0a1a0a0000000d49484452", "hex");
  const size = Buffer.from("0000ea600000ea6008060000000000000000", "hex");
  const photo = Buffer.concat([bomb, size]).toString("base64");
  await choose(ben, "vCard file", vcardFile(vcard("FN:Mallory", `PHOTO;ENCODING=b;TYPE=PNG:${photo}`)));
  await ben.getByText("Nobody signed this.").waitFor();
  await ben.getByRole("button", { name: "Save", exact: true }).click();
  await ben.getByRole("heading", { name: "Mallory" }).waitFor();
  assert.equal(await ben.locator("main img").count(), 0);

  await receive(ben);
  const script = "<img src=x onerror=alert(1)><script>alert(1)</script>";
  await paste(
    ben,
    vcard(
      `FN:${script}`,
      "TITLE:\u202Egnp.exe\u202C",
      "ORG:مختبرات الشمال",
      `NOTE:${script}`,
      "URL:javascript:alert(1)",
    ),
  );
  await ben.getByText("Nobody signed this.").waitFor();
  await ben.getByText(script).first().waitFor();
  assert.equal(await ben.locator("dialog script, dialog img, dialog a[href^=javascript]").count(), 0);
  assert.doesNotMatch(await ben.getByRole("dialog").innerText(), /\u202E/);
  await inspect(ben, "cards-hostile");
  await ben.getByRole("button", { name: "Back" }).click();

  await isEmptyOfSigned(ben);
  await leave(ben);
});

/** What was saved on purpose, and nothing else. */
async function isEmptyOfSigned(page: Page): Promise<void> {
  await page.keyboard.press("Escape");
  await openCards(page);
  assert.equal(await page.getByRole("region", { name: "Received" }).getByRole("listitem").count(), 1);
}

test("a code that was changed is not taken as signed", TIMES, async () => {
  const [ada, ben] = await Promise.all([giver("Public"), visit("Ben")]);
  await ada.getByRole("button", { name: "Show the code" }).click();
  const [{ default: decodeQr }] = await Promise.all([import("qr/decode.js"), ada.locator(".qr").waitFor()]);
  const text = decodeQr(await pixelsOf(ada, await ada.locator(".qr").screenshot()));
  assert.match(text, /^BEGIN:VCARD\r\n/);
  await receive(ben);
  await paste(ben, text.replace("FN:Ada", "FN:Eve"));
  await ben.getByText("what it says now is not what was signed").waitFor();
  await inspect(ben, "cards-changed");
  await ben.getByRole("button", { name: "Back" }).click();
  await isEmpty(ben);
  await leave(ada, ben);
});

async function pixelsOf(page: Page, png: Buffer): Promise<{ data: Uint8Array; width: number; height: number }> {
  const { data, width, height } = await page.evaluate(async (text) => {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
    context?.drawImage(bitmap, 0, 0);
    const image = context?.getImageData(0, 0, bitmap.width, bitmap.height);
    return { data: [...(image?.data ?? [])], width: bitmap.width, height: bitmap.height };
  }, png.toString("base64"));
  return { data: Uint8Array.from(data), width, height };
}
