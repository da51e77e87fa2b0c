/** Attested facts between three: issued, taken, asked for, shown, checked; revoked, and refused. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { openCards } from "./testing/card-holders.ts";
import { inspect } from "./testing/inspect.ts";
import { useApp } from "./testing/use-app.ts";
import { leave, meet, visit } from "./testing/visitors.ts";

const TIMES = { timeout: 240_000 };

const app = useApp();

async function openFacts(page: Page): Promise<void> {
  await openCards(page);
  await page.getByRole("link", { name: "Attested facts" }).click();
  await page.getByRole("heading", { name: "Attested facts", level: 1 }).waitFor();
}

const dialog = (page: Page): ReturnType<Page["getByRole"]> => page.getByRole("dialog");

/** Becomes an issuer; returns its code. */
async function becomeIssuer(page: Page, name: string): Promise<string> {
  await openFacts(page);
  await page.getByRole("link", { name: "Become an issuer" }).click();
  await page.getByLabel("Name of the organisation").fill(name);
  await page.getByRole("button", { name: "Become an issuer" }).click();
  await page.getByRole("heading", { name, level: 1 }).waitFor();
  return page.getByLabel("The same as text").inputValue();
}

async function vouch(page: Page, group: string): Promise<void> {
  await page.getByRole("button", { name: "Vouch for somebody" }).click();
  const second = dialog(page).getByRole("group", { name: "Fact 2" });
  await second.getByLabel("What you say").fill(group);
  await page.getByRole("button", { name: "Sign and offer it" }).click();
}

async function ask(page: Page, isInspected = false): Promise<void> {
  await page.getByRole("link", { name: /^Ask (a contact|again)$/ }).click();
  await dialog(page).getByRole("checkbox", { name: "Member of" }).check();
  await dialog(page).getByLabel("Member of must be").waitFor();
  if (isInspected) await inspect(page, "facts-ask");
  await dialog(page).getByRole("button", { name: "Ask", exact: true }).click();
}

async function show(page: Page, isInspected = false): Promise<void> {
  await page.getByRole("heading", { name: "Ben asks you for facts" }).waitFor();
  if (isInspected) await inspect(page, "facts-asked");
  const ticked = await dialog(page).getByRole("checkbox", { checked: true }).count();
  assert.equal(ticked, 1, "what was asked for, and no more");
  assert.ok(await dialog(page).getByRole("checkbox", { name: "Member of: Chess Club" }).isChecked());
  await dialog(page).getByRole("button", { name: "Show it" }).click();
  await dialog(page).waitFor({ state: "detached" });
}

async function readCode(page: Page, code: string): Promise<void> {
  await openFacts(page);
  await page.getByRole("link", { name: "Read a code" }).click();
  await page.getByLabel("Or paste its text").fill(code);
  await page.getByRole("button", { name: "Read it" }).click();
}

test("issued, taken, asked for, shown and checked, each after a yes; revoked, and refused", TIMES, async () => {
  const [org, ada, ben] = await Promise.all([visit(app, "Engines"), visit(app, "Ada"), visit(app, "Ben")]);
  await meet(org, ada);
  await meet(ben, ada);
  const code = await becomeIssuer(org, "Analytical Engines");
  await vouch(org, "Chess Club");
  await ada.getByRole("heading", { name: "Analytical Engines offers you attested facts" }).waitFor();
  await inspect(ada, "facts-offered");
  await ada.getByRole("button", { name: "Take it" }).click();
  await org.getByText("They have it.").waitFor();
  await inspect(org, "facts-issuer");
  await dialog(ada).waitFor({ state: "detached" });

  // Nobody is believed before a person pinned the issuer.
  await openFacts(ben);
  await ask(ben, true);
  await show(ada, true);
  await ben.getByText("Not verified", { exact: true }).waitFor();
  assert.equal(await ben.getByText("Chess Club").count(), 0, "what does not count is not shown");
  await inspect(ben, "facts-not-verified");
  await readCode(ben, code);
  await ben.getByRole("button", { name: "I compared it: pin" }).waitFor();
  await inspect(ben, "facts-pin");
  await ben.getByRole("button", { name: "I compared it: pin" }).click();
  await ben.getByText("You pinned “Analytical Engines”").waitFor();
  await dialog(ben).getByRole("button", { name: "Done" }).click();
  await dialog(ben).waitFor({ state: "detached" });
  await ask(ben);
  await show(ada);
  await ben.getByText("Analytical Engines says so, of whoever showed it to you now:").waitFor();
  await ben.getByRole("main").getByText("Chess Club").waitFor();
  assert.equal(await ben.locator(".verdicts .passed").count(), 8);
  await inspect(ben, "facts-verified");

  await org.getByRole("button", { name: "Revoke" }).click();
  await dialog(org).getByRole("button", { name: "Revoke" }).click();
  await org.getByText(/^Revoked: Ada gets no further credential/).waitFor();
  await openFacts(ada);
  await ada.getByRole("link", { name: /Analytical Engines/ }).click();
  await ada.getByRole("button", { name: "Renew" }).click();
  await ada.getByText(/they do not vouch for us any more/).waitFor();
  await inspect(ada, "facts-held");
  await org.getByRole("button", { name: "End all that was issued" }).click();
  await dialog(org).getByRole("button", { name: "End all that was issued" }).click();
  await org.getByText(/^All that was issued before is ended/).waitFor();
  await readCode(ben, await org.getByLabel("The same as text").inputValue());
  await ben.getByText(/This code is newer/).waitFor();
  await dialog(ben).getByRole("button", { name: "Done" }).click();
  await dialog(ben).waitFor({ state: "detached" });
  await ask(ben);
  await show(ada);
  await ben.locator(".verdicts .failed", { hasText: "Revoked: the issuer has ended it." }).waitFor();
  assert.equal(await ben.getByText("Chess Club").count(), 0);
  await leave(org, ada, ben);
});
