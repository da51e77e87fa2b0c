/** The page of a link to a card, in browsers of people who never had Kith; and the same link in the app. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { fieldTexts, importVcards, photoFormat } from "@kith/core/card";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { type AppNode, startAppAndBrowser } from "./testing/app-node.ts";
import { choosePhoto, makeCard } from "./testing/card-holders.ts";
import { inspect } from "./testing/inspect.ts";
import { leave, openPage, visit } from "./testing/visitors.ts";

const TIMES = { timeout: 240_000 };

interface Links {
  readonly once: string;
  readonly often: string;
  readonly revoked: string;
  readonly whole: string;
}

let node: AppNode;
let browser: Browser;
/** What stands behind the `#` of links to Ada's card. */
let links: Links;
before(async () => {
  [node, browser] = await startAppAndBrowser();
  const ada = await visit({ browser, url: node.url }, "Ada");
  await makeCard(ada, { email: "ada@example.com", phone: "+44 20 7946 0018" });
  await ada.getByRole("button", { name: "Edit" }).click();
  await choosePhoto(ada);
  await ada.getByRole("combobox", { name: "Level" }).last().selectOption("professional");
  await ada.getByRole("button", { name: "Save" }).click();
  await ada.getByRole("heading", { name: "What others see" }).waitFor();
  const give = async (): Promise<void> => {
    await ada.getByRole("button", { name: "Give it" }).click();
    await ada
      .getByRole("dialog")
      .getByRole("radio", { name: /^Professional/ })
      .check();
    await ada.getByRole("button", { name: "Next" }).click();
  };
  const link = async (keeper: "kept" | "whole", uses = "0"): Promise<string> => {
    await ada.getByRole("button", { name: "Make a link" }).click();
    await ada.getByLabel("Where the card is").selectOption(keeper);
    if (keeper === "kept") await ada.getByLabel("How often it can be fetched").selectOption(uses);
    await ada.getByRole("button", { name: "Make a link" }).click();
    const text = await ada.getByLabel("Link", { exact: true }).inputValue();
    await ada.getByRole("button", { name: "Done" }).click();
    await ada.getByRole("button", { name: "Make a link" }).waitFor();
    return text.replace("kith:card/", "");
  };
  await give();
  const revoked = await link("kept");
  await ada.keyboard.press("Escape");
  await ada.getByRole("button", { name: "Take it back" }).click();
  await ada.getByText("ended").first().waitFor();
  await give();
  links = { revoked, once: await link("kept", "1"), often: await link("kept"), whole: await link("whole") };
  await leave(ada);
});
after(async () => {
  await browser?.close();
  await node?.[Symbol.asyncDispose]();
});

const EN = { locale: "en-GB", viewport: { width: 390, height: 844 } } as const;
/** What the relay says of a link that leads nowhere is an error to a browser, and to nobody else. */
const mayComplain = /status of (404|410|429)/;

/** Somebody without Kith opens a link; what the page asks for is told. */
async function stranger(
  fragment: string,
  context: BrowserContextOptions = {},
): Promise<{ page: Page; asked: string[] }> {
  const asked: string[] = [];
  const watched = await browser.newContext({ ...EN, ...context });
  watched.on("request", (request) => asked.push(`${request.method()} ${request.url()}`));
  const page = await openPage(watched, `${node.url}c${fragment}`, "stranger", mayComplain);
  await page.getByRole("heading", { level: 1 }).waitFor();
  return { page, asked };
}

/** A picture that the page drew has an address as well, and nobody is asked for it. */
const addressOf = (request: string): string => request.replace(/^\w+ (blob:)?/, "");

const refused = async (fragment: string, words: string): Promise<void> => {
  const { page } = await stranger(fragment);
  await page.getByText(words).waitFor();
  assert.equal(await page.getByText("ada@example.com").count(), 0);
  await leave(page);
};

// [CARD-27]
test(
  "a card that a relay keeps is shown without Kith, when asked for, once, and saved as a contact",
  TIMES,
  async () => {
    const { page, asked } = await stranger(`#${links.once}`);
    await page.getByText("keeps, sealed: it cannot read it").waitFor();
    await page.getByRole("link", { name: "Open in Kith" }).waitFor();
    await inspect(page, "card-link-asks");
    const isShare = (request: string): boolean => request.includes("/shares/");
    assert.deepEqual(asked.filter(isShare), [], "nothing is fetched before somebody asks for it");

    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByText("ada@example.com").waitFor();
    await page.getByRole("img", { name: "Photo of Ada" }).waitFor();
    assert.equal(await page.getByText("+44 20").count(), 0, "of another level");
    await page.getByText("Signed, and not verified.").waitFor();
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), "The card");
    assert.equal(asked.filter(isShare).length, 1);
    assert.ok(
      asked.map(addressOf).every((address) => address.startsWith(node.url)),
      asked.join("\n"),
    );
    await inspect(page, "card-link-shown");

    const [file] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Save as vCard" }).click(),
    ]);
    assert.equal(file.suggestedFilename(), "Ada.vcf");
    const [contact, ...others] = importVcards(new Uint8Array(await readFile(await file.path()))).cards;
    assert.deepEqual([others.length, contact?.left], [0, []]);
    const said = contact?.fields.map((field) =>
      field.kind === "photo" ? "" : `${field.kind} ${fieldTexts(field)[0]}`,
    );
    assert.deepEqual(said, ["name Ada", "email ada@example.com"]);
    assert.ok(contact?.photo !== undefined && photoFormat(contact.photo) !== undefined);

    const left = await page.evaluate(async () => [
      localStorage.length,
      (await indexedDB.databases()).length,
      (await navigator.serviceWorker.getRegistrations()).length,
    ]);
    assert.deepEqual(left, [0, 0, 0], "nothing of it stays");
    await leave(page);

    const late = await stranger(`#${links.once}`);
    await late.page.getByRole("button", { name: "Show the card" }).click();
    await late.page.getByText("used as often as it may be, or was taken back").waitFor();
    await inspect(late.page, "card-link-used");
    await leave(late.page);
  },
);

test(
  "a link that holds the card asks nobody; one that was edited, ended or made for elsewhere is refused",
  TIMES,
  async () => {
    const { page, asked } = await stranger(`#${links.whole}`, { locale: "de-DE" });
    await page.getByRole("heading", { name: "Jemand gibt dir eine Karte" }).waitFor();
    await page.getByText("ada@example.com").waitFor();
    await page.getByText("Das Foto ist nicht hier.").waitFor();
    await inspect(page, "card-link-whole-de");
    assert.ok(asked.every((request) => request.startsWith("GET ")));
    // The same tab goes to the next link.
    await page.evaluate((hash) => location.assign(hash), `#${links.whole.slice(0, -9)}AAAAAAAAA`);
    await page.getByText("es ist beschädigt, oder jemand hat es geändert").waitFor();
    assert.equal(await page.getByText("ada@example.com").count(), 0);
    await leave(page);

    await refused("", "what belongs behind the # is missing");
    await refused(`#${links.whole.slice(0, -4)}`, "it was damaged, or somebody changed it");
    await refused(`#${"A".repeat(7_000)}`, "larger than any card");
    const elsewhere = Buffer.from(links.often, "base64url");
    elsewhere[4] = (elsewhere[4] ?? 0) ^ 1; // a letter of the host
    await refused(`#${elsewhere.toString("base64url")}`, "made for another address");
    await refused(`?q=1#${links.whole}`, "it was damaged, or somebody changed it");
  },
);

test("clocks, a link that was taken back, and a host that gives something else", TIMES, async () => {
  const { page } = await stranger(`#${links.revoked}`);
  const show = page.getByRole("button", { name: "Show the card" });
  await show.click();
  await page.getByText("was taken back").waitFor();
  const follow = (payload: string): Promise<void> => page.evaluate((hash) => location.assign(hash), `#${payload}`);
  const edited = Buffer.from(links.often, "base64url");
  edited[edited.length - 1] = (edited.at(-1) ?? 0) ^ 1; // the key
  await follow(edited.toString("base64url"));
  await show.click();
  await page.getByText("That card is not there any more").waitFor();

  await page.route("**/shares/*", (route) => route.fulfill({ body: Buffer.alloc(1_024, 7) }));
  await follow(links.often);
  await show.click();
  await page.getByText("What came is not what this link leads to").waitFor();
  await inspect(page, "card-link-unfit");
  await page.unroute("**/shares/*");
  await page.route("**/shares/*", (route) => route.fulfill({ status: 429, json: { code: "rate", message: "" } }));
  await follow(links.whole);
  await page.getByText("ada@example.com").waitFor();
  await follow(links.often);
  await show.click();
  await page.getByText("Too many are asking there").waitFor();

  const DAY = 86_400_000;
  await page.clock.setFixedTime(Date.now() + 8 * DAY);
  await follow(links.whole);
  await page.getByText("That link has ended").waitFor();
  await page.clock.setFixedTime(Date.now() - DAY);
  await page.reload();
  await page.getByText("made later than now").waitFor();
  await leave(page);
});

test("the page's policy lets it ask its host alone, and run nothing else", TIMES, async () => {
  const answer = await fetch(`${node.url}c`);
  const policy = answer.headers.get("Content-Security-Policy")?.split("; ") ?? [];
  for (const rule of ["default-src 'none'", "connect-src 'self'", "script-src 'self'", "trusted-types 'none'"])
    assert.ok(policy.includes(rule), rule);
  const page = await answer.text();
  const scripts = page.match(/<(script|link)\b[^>]*\.(js|css)"[^>]*>/g) ?? [];
  assert.ok(scripts.length > 2 && scripts.every((tag) => / integrity="sha384-/.test(tag)), page);
  assert.doesNotMatch(page, /<script(?![^>]*\bsrc=)|https?:\/\//);
  const manifest: unknown = await (await fetch(`${node.url}asset-manifest.json`)).json();
  assert.ok(JSON.stringify(manifest).includes('"/c.html"'));
});

// [CARD-27]
test(
  "the same link is opened in the app: shown where it leads, asked, saved; of another host as well",
  TIMES,
  async () => {
    const { page } = await stranger(`#${links.often}`);
    await page.getByRole("link", { name: "Open in Kith" }).click();
    await page.getByLabel("What should others see?").fill("Ben");
    await page.getByRole("button", { name: "Begin" }).click();
    const sheet = page.getByRole("dialog", { name: "Receive a card" });
    await sheet.getByText("keeps, sealed: it cannot read it").waitFor();
    assert.equal(await page.evaluate(() => location.hash), "#/cards/read", "the key is not in the address");
    await inspect(page, "card-link-app");
    await sheet.getByRole("button", { name: "Fetch it" }).click();
    await sheet.getByText("Unknown: anybody could have written this.").waitFor();
    await sheet.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("Signed with a key that you never verified with anybody.").waitFor();

    await page.evaluate(() => location.assign("#/cards/read"));
    const elsewhere = Buffer.from(links.often, "base64url");
    elsewhere.write("x", 3);
    await page.getByLabel("Link or text").fill(`kith:card/${elsewhere.toString("base64url")}`);
    await page.getByRole("button", { name: "Read it" }).click();
    let asked: string | undefined;
    await page.route(/^https:\/\/xocalhost:/, (route) => {
      asked = route.request().method();
      return route.fulfill({ status: 404, headers: { "Access-Control-Allow-Origin": "*" }, json: { code: "unknown" } });
    });
    await page.getByText(/leads to a card that xocalhost:\d+ keeps/).waitFor();
    assert.equal(asked, undefined, "not before a yes");
    await page.getByRole("button", { name: "Fetch it" }).click();
    await page.getByText("That card is not there any more").waitFor();
    assert.equal(asked, "POST");

    // Where the app is kept for a start without network, so is the page of links.
    await page.evaluate(async () => {
      await navigator.serviceWorker.ready;
    });
    const kept = await page.goto(`${node.url}c#${links.whole}`);
    assert.equal(kept?.fromServiceWorker(), true);
    await page.getByRole("heading", { name: "Somebody gives you their card" }).waitFor();
    await page.getByText("ada@example.com").waitFor();
    await leave(page);
  },
);

test("the signed text from the page is the signed card in the app, and takes no other use", TIMES, async () => {
  const { page } = await stranger(`#${links.whole}`);
  const text = await page.getByLabel("The signed card, for Kith").inputValue();
  const ben = await visit({ browser, url: node.url }, "Ben");
  await ben.evaluate(() => location.assign("#/cards/read"));
  await ben.getByLabel("Link or text").fill(text);
  await ben.getByRole("button", { name: "Read it" }).click();
  await ben.getByText("Signed with a key that you do not know").waitFor();
  await leave(page, ben);
});
