/** People in real browsers against a real node: how two become contacts, and what they can do about each other. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { keepPicture, keepPictures } from "./testing/picture.ts";
import { useApp } from "./testing/use-app.ts";
import { agree, leave, visit as visitApp } from "./testing/visitors.ts";

const TIMES = { timeout: 120_000 };

const app = useApp();

/** Of this run alone: whoever else runs Kith on this network is near, too. */
const BEN = `Ben${process.pid}`;

const visit = (name: string): Promise<Page> => visitApp(app, name);

/** On a device that remembers, without a passphrase. */
const stay = (name: string): Promise<Page> => visitApp(app, name, { passphrase: "" });

/** Opens the ways to pair with somebody who is near. */
async function choose(page: Page, name: string): Promise<void> {
  const near = page.getByRole("region", { name: "Near you" }).getByRole("listitem").filter({ hasText: name });
  await near.getByRole("button", { name: "Pair" }).click();
}

test("two who are near pair by six digits; a contact is renamed, blocked, let in again", TIMES, async () => {
  const [ada, ben] = await Promise.all([stay("Ada"), visit(BEN)]); // the log is one of what is kept
  await choose(ada, BEN);
  await ada.getByRole("button", { name: "Type six digits" }).waitFor();
  await keepPicture(ada, "people-methods");
  await ada.getByRole("button", { name: "Type six digits" }).click();
  const pin = (await ben.locator(".code").textContent()) ?? "";
  assert.match(pin, /^\d{3}\D?\d{3}$/);
  await keepPicture(ben, "people-pin");
  await ada.getByLabel("Type the digits").fill(pin);
  await ada.getByRole("dialog").getByRole("button", { name: "OK" }).click();
  await agree(ada, ben);

  await ada.getByRole("link", { name: "Details" }).click();
  await ada.getByText("verified by code,").waitFor();
  await ada.getByText(/here, since/).waitFor();
  await keepPicture(ada, "people-contact");
  await ada.getByRole("button", { name: "Rename" }).click();
  await ada.getByLabel("Name for this contact").fill("Ben from the garden");
  await ada.keyboard.press("Enter");
  await ada.getByRole("heading", { name: "Ben from the garden" }).waitFor();

  await ada.getByRole("button", { name: "Add notes" }).click();
  await ada.getByRole("textbox", { name: "Notes" }).fill("x".repeat(1_025));
  await ada.getByText("That is too long").waitFor();
  assert.equal(await ada.getByRole("button", { name: "Save" }).isDisabled(), true);
  await ada.getByRole("textbox", { name: "Notes" }).fill("Likes tulips.\nHas the key to the shed.");
  await keepPictures(ada, "people-notes");
  await ada.getByRole("button", { name: "Save" }).click();
  await ada.getByRole("region", { name: "Notes" }).getByText("Likes tulips.").waitFor();
  await ada.getByRole("button", { name: "Edit notes" }).waitFor();
  await keepPictures(ada, "people-contact-notes");

  await ada.getByRole("button", { name: "Block" }).click();
  await ada.getByRole("dialog").getByRole("button", { name: "Block" }).click();
  const blocked = ada.getByRole("region", { name: "Blocked" });
  await blocked.waitFor();
  assert.equal(await ada.getByRole("link", { name: /Ben from the garden/ }).count(), 0);
  await blocked.getByText("Ben from the garden").waitFor();
  await keepPictures(ada, "people-blocked");
  await blocked.getByRole("button", { name: "Unblock" }).click();
  await blocked.waitFor({ state: "detached" });
  await ada.getByRole("link", { name: "You" }).click();
  await ada.getByRole("button", { name: "Check it" }).click();
  const log = ada.getByRole("region", { name: "What happened" });
  await log.getByText(/unchanged/).waitFor();
  for (const event of ["let in again", "blocked", "key trusted", "Kith was started"])
    await log.getByText(event).first().waitFor();
  await log.scrollIntoViewIfNeeded();
  await keepPictures(ada, "safety-audit");
  await leave(ada, ben);
});

test(
  "two who are near compare five words, wherever in the app the other one is; who forgets is forgotten",
  TIMES,
  async () => {
    const [ada, ben] = await Promise.all([visit("Ada"), visit(BEN)]);
    await ben.getByRole("link", { name: "Rooms" }).click();
    await choose(ada, BEN);
    await ada.getByRole("button", { name: "Compare five words" }).click();
    const [adas, bens] = await Promise.all([ada, ben].map((page) => page.locator(".code").textContent()));
    assert.equal(adas?.split(" ").length, 5);
    assert.equal(adas, bens);
    await keepPicture(ben, "people-words");
    for (const page of [ada, ben]) await page.getByRole("button", { name: "They are the same" }).click();
    await agree(ada, ben);

    await ada.getByRole("link", { name: "Details" }).click();
    await ada.getByRole("button", { name: "Compare five words" }).click();
    await ben.getByRole("button", { name: "They are the same" }).waitFor();
    await ada.getByRole("button", { name: "They differ" }).click();
    for (const page of [ada, ben]) await page.getByText(/somebody may be in between/).waitFor();
    await keepPicture(ada, "people-mismatch");
    for (const page of [ada, ben]) await page.getByRole("button", { name: "OK" }).click();

    await ada.getByRole("button", { name: "Forget" }).click();
    await ada.getByRole("dialog").getByRole("button", { name: "Forget" }).click();
    await ada.getByRole("heading", { name: "People" }).waitFor();
    await ada.getByRole("region", { name: "Contacts" }).waitFor({ state: "detached" });
    await leave(ada, ben);
  },
);
