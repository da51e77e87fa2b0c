/** People whom one typed in, and two entries that are one person. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { makeCard, openCards } from "./testing/card-holders.ts";
import { inspect } from "./testing/inspect.ts";
import { useApp } from "./testing/use-app.ts";
import { leave, visit } from "./testing/visitors.ts";

const TIMES = { timeout: 240_000 };

const app = useApp();

const person = (name: string): Promise<Page> => visit(app, name);

async function receive(page: Page): Promise<void> {
  await openCards(page);
  await page.getByRole("button", { name: "Receive" }).click();
  await page.getByLabel("Link or text").waitFor();
}

async function typeIn(page: Page, name: string, phone: string): Promise<void> {
  await receive(page);
  await page.getByRole("button", { name: "Type it in" }).click();
  await page.getByRole("heading", { name: "Somebody you were told of" }).waitFor();
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Phone", { exact: true }).fill(phone);
  await page.getByLabel("E-mail", { exact: true }).fill("ADA@example.com");
}

test(
  "somebody is typed in and shown as typed; with a signed card of theirs they become one, after all of it was shown",
  TIMES,
  async () => {
    const [ada, ben] = await Promise.all([person("Ada Lovelace"), person("Ben")]);
    await typeIn(ben, "Auntie", "+44 20 7946 0019");
    await inspect(ben, "cards-typing");
    await ben.getByRole("button", { name: "Save", exact: true }).click();
    await ben.getByText("Typed by you: nobody signed it.").waitFor();
    await inspect(ben, "cards-typed");
    await ben.getByRole("button", { name: "Edit what nobody signed" }).click();
    await ben.getByLabel("What to add").selectOption("title");
    await ben.getByRole("button", { name: "Add a field" }).click();
    await ben.getByLabel("Title", { exact: true }).fill("Gardener");
    await ben.getByRole("button", { name: "Save", exact: true }).click();
    await ben.getByRole("dialog").waitFor({ state: "detached" });
    await ben.getByText("Gardener").first().waitFor();

    await makeCard(ada, { email: "ada@example.com", phone: "+44 20 7946 0018" });
    await ada.getByRole("button", { name: "Give it" }).click();
    await ada
      .getByRole("dialog")
      .getByRole("radio", { name: /^Professional/ })
      .check();
    await ada.getByRole("button", { name: "Next" }).click();
    await ada.getByRole("button", { name: "Make a link" }).click();
    await ada.getByLabel("Where the card is").selectOption("whole");
    await ada.getByRole("button", { name: "Make a link" }).click();
    const link = await ada.getByLabel("Link", { exact: true }).inputValue();

    await receive(ben);
    await ben.getByLabel("Link or text").fill(link);
    await ben.getByRole("button", { name: "Read it" }).click();
    await ben.getByText("Unknown: anybody could have written this.").waitFor();
    await ben.getByRole("button", { name: "Save", exact: true }).click();
    await ben.getByText("Auntie has the same e-mail address. Is that the same person?").waitFor();
    await inspect(ben, "cards-twin");
    await ben.getByRole("button", { name: "Look at both" }).click();
    const after = ben.getByRole("region", { name: "What there will be" });
    await after.getByText("Ada Lovelace").first().waitFor();
    await inspect(ben, "cards-merge");
    const lines = (await after.getByRole("listitem").allInnerTexts()).map((line) => line.replace(/\s+/g, " ").trim());
    assert.deepEqual(lines, [
      "Name, of Ada Lovelace Ada Lovelace",
      "Title, of Auntie Gardener",
      "E-mail, of Ada Lovelace ada@example.com",
      "E-mail, of Auntie ADA@example.com",
      "Phone, of Auntie +44 20 7946 0019",
      "Name, of Auntie Auntie",
    ]);
    await ben.getByRole("button", { name: "Make them one" }).click();
    await ben.getByRole("dialog").waitFor({ state: "detached" });
    await ben.getByText("Signed with a key that you never verified with anybody.").waitFor();
    const unsigned = await ben.getByRole("region", { name: /^Not signed, typed by you/ }).innerText();
    for (const text of ["Also called: Auntie", "Title: Gardener", "E-mail: ADA@example.com", "Phone: +44 20 7946 0019"])
      assert.ok(unsigned.includes(text), `${text} in ${unsigned}`);
    assert.doesNotMatch(unsigned, /ada@example\.com/, "that is signed");
    await inspect(ben, "cards-merged");
    await openCards(ben);
    await ben.getByLabel("Search").fill("auntie");
    await ben.getByRole("link", { name: /^.*Ada Lovelace/ }).waitFor();
    assert.equal(await ben.getByRole("link", { name: /Gardener/ }).count(), 1, "one entry");
    await leave(ada, ben);
  },
);

test("who says no keeps both; two that were typed become one under the name that is put in front", TIMES, async () => {
  const ben = await person("Ben");
  for (const [name, phone] of [
    ["Bob Bell", "+44 20 7946 0018"],
    ["Bobby", "020 7946 0018"],
  ] as const) {
    await typeIn(ben, name, phone);
    await ben.getByRole("button", { name: "Save", exact: true }).click();
    await ben.getByRole("heading", { name, level: 1 }).waitFor();
  }
  await ben.getByRole("button", { name: "Merge" }).click();
  await ben.getByRole("dialog").getByText("same e-mail address").waitFor();
  await inspect(ben, "cards-merge-who");
  await ben.getByRole("dialog").getByRole("button", { name: "Choose" }).click();
  await ben.getByRole("region", { name: "What there will be" }).waitFor();
  await ben.keyboard.press("Escape");
  await ben.getByRole("dialog").waitFor({ state: "detached" });
  await openCards(ben);
  await ben.getByRole("link", { name: /Bob Bell/ }).waitFor();
  await ben.getByRole("link", { name: /Bobby/ }).click();
  await ben.getByRole("button", { name: "Merge" }).click();
  await ben.getByRole("dialog").getByRole("button", { name: "Choose" }).click();
  await ben.getByLabel("Name and photo in front").selectOption("Bob Bell");
  await ben.getByRole("region", { name: "What there will be" }).getByRole("heading", { name: "Bob Bell" }).waitFor();
  await ben.getByRole("button", { name: "Make them one" }).click();
  await ben.getByRole("heading", { name: "Bob Bell", level: 1 }).waitFor();
  await ben.getByText("Also called: Bobby").waitFor();
  await leave(ben);
});
