/** Cards between two who know each other: offered, seen before anything is kept, updated, refused; and the next way. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { addField, chooseLevel, makeCard, openCards } from "./testing/card-holders.ts";
import { inspect } from "./testing/inspect.ts";
import { useApp } from "./testing/use-app.ts";
import { leave, meet, visit } from "./testing/visitors.ts";

const TIMES = { timeout: 240_000 };
/** Until it is known that somebody went without a word. */
const AWAY_MS = 90_000;

const app = useApp();

const both = async (): Promise<readonly [Page, Page]> => {
  const [ada, ben] = await Promise.all([visit(app, "Ada"), visit(app, "Ben")]);
  await meet(ada, ben);
  await makeCard(ada, { email: "ada@example.com", phone: "+44 20 7946 0018" });
  return [ada, ben];
};

async function offer(ada: Page, level: "Public" | "Professional" | "Personal"): Promise<void> {
  await ada.getByRole("button", { name: "Give it" }).click();
  await ada
    .getByRole("dialog")
    .getByRole("radio", { name: new RegExp(`^${level}`) })
    .check();
  await ada.getByRole("button", { name: "Next" }).click();
  await ada.getByRole("button", { name: "Offer it" }).click();
}

test(
  "one offers a card; the other sees who, how much and why it holds, and keeps it; then an update",
  TIMES,
  async () => {
    const [ada, ben] = await both();
    await offer(ada, "Professional");
    await ada.getByText("Ben is asked whether they want it").waitFor();
    await ben.getByRole("heading", { name: "Ada offers you a card" }).waitFor();
    await ben.getByText("Level: Professional.").waitFor();
    assert.equal(await ben.getByText("ada@example.com").count(), 0, "nothing of it is here before a yes");
    await inspect(ben, "cards-offered");
    await ben.getByRole("button", { name: "Show it" }).click();
    await ben.getByText("Verified: this card is from whom it says.").waitFor();
    await ben.getByText("It is signed with the key of Ada, which you verified by join code.").waitFor();
    await ben.getByText("ada@example.com").waitFor();
    assert.equal(await ben.getByText("7946").count(), 0);
    await inspect(ben, "cards-received");
    await ben.getByRole("button", { name: "Save", exact: true }).click();
    await ada.getByText("Ben kept your card.").waitFor();
    await ada.getByRole("button", { name: "Done" }).click();
    await openCards(ben);
    await ben.getByRole("link", { name: /Ada/ }).click();
    await ben.getByText("Signed with the key of your contact Ada.").waitFor();

    await ada.getByRole("button", { name: "Edit" }).click();
    await addField(ada, "title", "Title", "Countess");
    await ada.getByRole("button", { name: "Remove: E-mail" }).click();
    await ada.getByRole("button", { name: "Save", exact: true }).click();
    await offer(ada, "Professional");
    await ben.getByRole("button", { name: "Show it" }).click();
    await ben.getByText("It changes the card that you have:").waitFor();
    await ben.getByText("Title: Countess").waitFor();
    await ben.getByText("E-mail: ada@example.com").waitFor();
    await inspect(ben, "cards-update");
    await ben.getByRole("button", { name: "Update" }).click();
    await ada.getByText("Ben kept your card.").waitFor();
    await ben.getByText("Countess").waitFor();
    await ben.getByText("ada@example.com").waitFor({ state: "detached" });

    await ben.getByRole("button", { name: "Notes and tags" }).click();
    await ben.getByLabel("Notes", { exact: true }).fill("Met at the fair");
    await ben.getByRole("textbox", { name: "Tags" }).fill("engines, fair");
    await ben.getByRole("button", { name: "Save", exact: true }).click();
    await ben.getByText("Met at the fair").waitFor();
    await inspect(ben, "cards-entry");
    await openCards(ben);
    await ben.getByLabel("Search").fill("engin");
    await ben.getByRole("link", { name: /Ada/ }).waitFor();
    await ben.getByLabel("Search").fill("nobody");
    await ben.getByText("Nobody of that name").waitFor();
    await leave(ada, ben);
  },
);

test("after a no nothing is sent and no other way is offered; who is away gets the next way", TIMES, async () => {
  const [ada, ben] = await both();
  await offer(ada, "Personal");
  await ben.getByRole("button", { name: "No, thanks" }).click();
  await ada.getByText("They said no, thanks. Nothing was sent.").waitFor();
  assert.equal(await ada.getByText("Another way").count(), 0);
  await ben.getByRole("dialog").waitFor({ state: "detached" });
  await ada.getByRole("button", { name: "Offer it" }).click();
  await ben.getByRole("heading", { name: "Ada offers you a card" }).waitFor();
  await ada.getByRole("button", { name: "Stop" }).click();
  await ben.getByText("They took it back.").waitFor();
  await ada.getByText("You stopped it.").waitFor();
  await leave(ben);
  await ada.getByRole("dialog").getByText("here", { exact: true }).waitFor({ state: "detached", timeout: AWAY_MS });
  await ada.getByRole("button", { name: "Offer it" }).click();
  await ada.getByText("They cannot be reached now.").waitFor({ timeout: AWAY_MS });
  await inspect(ada, "cards-next-way");
  await ada.getByRole("button", { name: "Another way: as a code on this screen" }).click();
  await ada.getByRole("img", { name: "QR code of the card of Ada" }).waitFor();
  await leave(ada);
});

test("a card is given and taken with the keyboard alone", TIMES, async () => {
  const [ada, ben] = await both();
  const press = async (page: Page, ...keys: readonly string[]): Promise<void> => {
    for (const key of keys) await page.keyboard.press(key);
  };
  await ada.getByRole("button", { name: "Give it" }).focus();
  await press(ada, "Enter");
  await ada
    .getByRole("dialog")
    .getByRole("radio", { name: /^Public/ })
    .focus();
  await press(ada, "ArrowDown", "Tab");
  await ada.getByText("Name, E-mail").waitFor();
  await press(ada, "Enter");
  await ada.getByRole("button", { name: "Offer it" }).focus();
  await press(ada, "Enter");
  await ben.getByRole("button", { name: "Show it" }).focus();
  await press(ben, "Enter");
  await ben.getByRole("button", { name: "Save", exact: true }).focus();
  await press(ben, "Enter");
  await ada.getByText("Ben kept your card.").waitFor();
  await press(ada, "Escape");
  await ada.getByRole("dialog").waitFor({ state: "detached" });
  await chooseLevel(ada, "Public");
  await leave(ada, ben);
});
