/** What opens an identity, and how it comes back: passkeys and backups, in Chromium against a real node. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { addAuthenticator } from "./testing/authenticator.ts";
import { violationsOf } from "./testing/axe.ts";
import { keepPictures } from "./testing/picture.ts";
import { useApp } from "./testing/use-app.ts";
import { leave, meet, openPage, visit as visitApp } from "./testing/visitors.ts";

const TIMES = { timeout: 120_000 };

const app = useApp();

const visit = (name: string, passphrase?: string): Promise<Page> => visitApp(app, name, { passphrase });

const welcome = async (): Promise<Page> =>
  openPage(await app.browser.newContext({ locale: "en-GB", viewport: { width: 390, height: 844 } }), app.url, "Ada");

test(
  "a passphrase gives way to a passkey, which opens the app from then on, and to a passphrase again",
  TIMES,
  async () => {
    const ada = await visit("Ada", "correct horse");
    await ada.getByRole("link", { name: "You" }).click();
    await ada.getByRole("button", { name: "Use a passkey" }).click();
    const dialog = ada.getByRole("dialog");
    assert.deepEqual(await violationsOf(ada), []);
    const device = await addAuthenticator(ada); // here: the end of another session of the DevTools ends its authenticators
    await dialog.getByLabel("Present passphrase").fill("wrong horse");
    await dialog.getByRole("button", { name: "Use a passkey" }).click();
    await dialog.getByRole("alert").waitFor();
    assert.equal(await device.count(), 0); // none is left behind
    await keepPictures(ada, "safety-passkey");
    await dialog.getByLabel("Present passphrase").fill("correct horse");
    await dialog.getByRole("button", { name: "Use a passkey" }).click();
    await ada.getByText("Kept in this browser, sealed by your passkey").waitFor();
    assert.equal(await device.count(), 1);

    await ada.getByRole("button", { name: "Lock now" }).click();
    await ada.getByRole("button", { name: "Unlock with the passkey" }).waitFor();
    await keepPictures(ada, "safety-locked-passkey");
    await ada.getByRole("button", { name: "Unlock with the passkey" }).click();
    await ada.getByText("Kept in this browser, sealed by your passkey").waitFor();

    await ada.getByRole("button", { name: "Set a passphrase" }).click();
    await ada.getByLabel("New passphrase").fill("battery");
    await ada.getByLabel("Once more").fill("battery");
    await ada.getByRole("button", { name: "Save" }).click();
    await ada.getByText("sealed by your passphrase").waitFor();
    await leave(ada);
  },
);

test("whoever begins with a passkey comes back with it alone", TIMES, async () => {
  const ada = await welcome();
  const device = await addAuthenticator(ada);
  await ada.getByLabel("What should others see?").fill("Ada");
  await ada.getByLabel("Keep me on this device").check();
  await ada.getByLabel("Open it with a passkey").check();
  await keepPictures(ada, "welcome-passkey");
  await ada.getByRole("button", { name: "Begin" }).click();
  await ada.getByRole("heading", { name: "People" }).waitFor();
  await ada.reload();
  await ada.getByRole("button", { name: "Unlock with the passkey" }).click();
  await ada.getByRole("heading", { name: "People" }).waitFor();
  await ada.reload();
  await device.forget();
  await ada.getByRole("button", { name: "Unlock with the passkey" }).click();
  await ada.getByRole("alert").waitFor();
  await leave(ada);
});

test("an authenticator that gives no secret is said to, and a passphrase does instead", TIMES, async () => {
  const ada = await welcome();
  await addAuthenticator(ada, { hasPrf: false });
  await ada.getByLabel("Keep me on this device").check();
  await ada.getByLabel("Open it with a passkey").check();
  await ada.getByRole("button", { name: "Begin" }).click();
  await ada.getByText("choose a passphrase").waitFor();
  await ada.getByLabel("Open it with a passkey").uncheck();
  await ada.getByLabel("Passphrase").fill("correct horse");
  await ada.getByRole("button", { name: "Begin" }).click();
  await ada.getByRole("heading", { name: "People" }).waitFor();
  await leave(ada);
});

test("a passkey is of a name: a page that is opened by an address in digits offers none", TIMES, async () => {
  const context = await app.browser.newContext({ locale: "en-GB" });
  const ada = await openPage(context, app.url.replace("localhost", "127.0.0.1"), "Ada");
  await ada.getByLabel("Keep me on this device").check();
  await ada.getByLabel("Passphrase").waitFor();
  assert.equal(await ada.getByLabel("Open it with a passkey").count(), 0);
  await leave(ada);
});

/** The text of a backup, and the fingerprint that it is of. */
async function backUp(page: Page, passphrase: string): Promise<{ readonly text: string; readonly print: string }> {
  await page.getByRole("link", { name: "You" }).click();
  const print = (await page.getByRole("region", { name: "Fingerprint" }).locator(".mono").textContent()) ?? "";
  await page.getByRole("button", { name: "Export the identity" }).click();
  await page.getByLabel("New passphrase").fill(passphrase);
  await page.getByRole("button", { name: "Make the text" }).click();
  const saving = page.waitForEvent("download");
  await page.getByRole("link", { name: "Save as a file" }).click();
  const text = await readFile(await (await saving).path(), "utf8");
  await page.keyboard.press("Escape");
  return { text, print };
}

async function choose(page: Page, text: string): Promise<void> {
  const choosing = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: "Choose the file" }).click();
  await (await choosing).setFiles({ name: "kith-identity.txt", mimeType: "text/plain", buffer: Buffer.from(text) });
}

/** A backup, made under You. */
async function makeBackup(page: Page, passphrase: string, picture?: string): Promise<Buffer> {
  await page.getByRole("link", { name: "You" }).click();
  await page.getByRole("button", { name: "Make a backup" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Passphrase of the backup").fill(passphrase);
  await dialog.getByLabel("Once more").fill("something else");
  await dialog.getByText("The two are not the same").waitFor();
  assert.equal(await dialog.getByRole("button", { name: "Make the backup" }).isDisabled(), true);
  if (picture !== undefined) await keepPictures(page, `${picture}-ask`);
  await dialog.getByLabel("Once more").fill(passphrase);
  await dialog.getByRole("button", { name: "Make the backup" }).click();
  await dialog.getByText("The backup is made").waitFor();
  if (picture !== undefined) {
    await keepPictures(page, `${picture}-made`);
    assert.deepEqual(await violationsOf(page), []);
  }
  const saving = page.waitForEvent("download");
  await dialog.getByRole("button", { name: "Save the file" }).click();
  const saved = await saving;
  assert.match(saved.suggestedFilename(), /^kith-[0-9A-F]{4}\.kith-backup$/);
  const file = await readFile(await saved.path());
  await page.keyboard.press("Escape");
  return file;
}

async function chooseFile(page: Page, buffer: Buffer): Promise<void> {
  const choosing = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: "Choose the file" }).click();
  await (await choosing).setFiles({ name: "kith.kith-backup", mimeType: "application/octet-stream", buffer });
}

async function openBackup(page: Page, passphrase: string): Promise<void> {
  await page.getByLabel("Passphrase of the backup").fill(passphrase);
  await page.getByRole("button", { name: "Open it" }).click();
}

test(
  "a backup comes back at the first run with the contacts, who know its owner; damage is told before",
  TIMES,
  async () => {
    const [ada, ben] = await Promise.all([visit("Ada", "correct horse"), visit("Ben")]);
    await meet(ada, ben);
    const file = await makeBackup(ada, "to paper", "backup");
    await leave(ada);

    const back = await welcome();
    await back.getByRole("button", { name: "I have a backup" }).click();
    const damaged = Buffer.from(file);
    damaged[2_000] = (damaged[2_000] ?? 0) ^ 1;
    for (const [bad, words] of [
      [damaged, "damaged on its way"],
      [file.subarray(0, -1), "damaged on its way"],
      [Buffer.concat([file.subarray(0, 12), Buffer.of(3), file.subarray(13)]), "A newer Kith"],
      [Buffer.from("hello"), "no whole backup"],
    ] as const) {
      await chooseFile(back, bad);
      await back.getByText(words).waitFor();
      assert.equal(await back.getByLabel("Passphrase of the backup").count(), 0); // nobody is asked for nothing
    }
    await chooseFile(back, damaged);
    await back.getByText("damaged on its way").waitFor();
    await keepPictures(back, "backup-damaged");
    await chooseFile(back, file);
    await openBackup(back, "to papers");
    await back.getByText("The file is whole").waitFor();
    await openBackup(back, "to paper");
    const found = back.getByRole("region", { name: "In the backup" });
    await found.getByText("Contacts: 1.").waitFor();
    await back.getByLabel("Passphrase for this device").fill("battery");
    await keepPictures(back, "backup-found");
    assert.deepEqual(await violationsOf(back), []);
    await back.getByRole("button", { name: "Restore", exact: true }).click();
    await back.getByRole("link", { name: /Ben/ }).click();
    // Ben's page knows this key: a message of a stranger would not come.
    await back.getByLabel("Message", { exact: true }).fill("It is me again");
    await back.getByRole("button", { name: "Send" }).click();
    await ben.getByRole("link", { name: /Ada/ }).click();
    await ben.getByText("It is me again").waitFor();
    await leave(back, ben);
  },
);

test("a backup of who is here adds what is missing, and what is here stays", TIMES, async () => {
  const [ada, ben] = await Promise.all([visit("Ada", "correct horse"), visit("Ben")]);
  await meet(ada, ben);
  const file = await makeBackup(ada, "to paper");
  await leave(ben);
  await ada.getByRole("link", { name: "People" }).click();
  await ada.getByRole("link", { name: /Ben/ }).waitFor();
  await ada.getByRole("link", { name: "You" }).click();
  await ada.getByRole("button", { name: "Restore a backup" }).click();
  await chooseFile(ada, file);
  await openBackup(ada, "to paper");
  await ada.getByText("What is missing is added").waitFor();
  await keepPictures(ada, "backup-adds");
  await ada.getByRole("button", { name: "Add what is missing" }).click();
  await ada.getByRole("link", { name: "People" }).click();
  await ada.getByRole("link", { name: /Ben/ }).waitFor();
  await ada.reload();
  await ada.getByLabel("Passphrase").fill("correct horse");
  await ada.getByRole("button", { name: "Unlock" }).click();
  await ada.getByRole("link", { name: /Ben/ }).waitFor();
  await leave(ada);
});

test("an identity comes back at the first run; what is damaged or not opened changes nothing", TIMES, async () => {
  const ada = await visit("Ada", "correct horse");
  const { text, print } = await backUp(ada, "to paper");
  await leave(ada);
  const back = await welcome();
  await back.getByRole("button", { name: "I have a backup" }).click();
  await choose(back, text.slice(0, -40));
  await back.getByText("no whole backup").waitFor();
  await keepPictures(back, "restore-damaged");
  await choose(back, text);
  await back.getByText("This is a backup of Kith.").waitFor();
  await back.getByLabel("Passphrase of the backup").fill("to papers");
  await back.getByRole("button", { name: "Open it" }).click();
  await back.getByText("This passphrase does not open it").waitFor();
  await keepPictures(back, "restore-wrong");
  assert.deepEqual(await violationsOf(back), []);
  await back.getByLabel("Passphrase of the backup").fill("to paper");
  await back.getByRole("button", { name: "Open it" }).click();
  await back.getByRole("region", { name: "In the backup" }).getByText(print).waitFor();
  await back.getByLabel("Passphrase for this device").fill("battery");
  await keepPictures(back, "restore-found");
  await back.getByRole("button", { name: "Restore", exact: true }).click();
  await back.getByRole("heading", { name: "People" }).waitFor();
  await back.reload();
  await back.getByLabel("Passphrase").fill("battery");
  await back.getByRole("button", { name: "Unlock" }).click();
  await back.getByRole("link", { name: "You" }).click();
  await back.getByText(print).waitFor();
  await leave(back);
});

test(
  "an identity that is there is replaced after a yes alone, with its contacts, and by nothing that does not open",
  TIMES,
  async () => {
    const old = await visit("Old", "correct horse");
    const { text, print } = await backUp(old, "to paper");
    await old.getByRole("button", { name: "Restore a backup" }).click();
    await old.getByLabel("Or paste the text").fill(text.replaceAll("\n", " "));
    await old.getByLabel("Passphrase of the backup").fill("to paper");
    await old.getByRole("button", { name: "Open it" }).click();
    await old.getByText("This is who you are here already").waitFor();
    await leave(old);

    const [ada, ben] = await Promise.all([visit("Ada", "correct horse"), visit("Ben")]);
    await meet(ada, ben);
    await ada.getByRole("link", { name: "You" }).click();
    await ada.getByRole("button", { name: "Restore a backup" }).click();
    await ada.getByLabel("Or paste the text").fill(text);
    await ada.getByLabel("Passphrase of the backup").fill("wrong");
    await ada.getByRole("button", { name: "Open it" }).click();
    await ada.getByText("This passphrase does not open it").waitFor();
    await ada.keyboard.press("Escape");
    await ada.getByRole("link", { name: "People" }).click();
    await ada.getByRole("link", { name: /Ben/ }).waitFor(); // nothing was lost

    await ada.getByRole("link", { name: "You" }).click();
    await ada.getByRole("button", { name: "Restore a backup" }).click();
    await ada.getByLabel("Or paste the text").fill(text);
    await ada.getByLabel("Passphrase of the backup").fill("to paper");
    await ada.getByRole("button", { name: "Open it" }).click();
    await ada.getByText("It takes the place of Ada").waitFor();
    assert.equal(await ada.getByRole("button", { name: "Replace" }).isDisabled(), true);
    await ada.getByLabel("I have a backup of Ada").check();
    await keepPictures(ada, "restore-replaces");
    assert.deepEqual(await violationsOf(ada), []);
    await ada.getByRole("button", { name: "Replace" }).click();
    await ada.getByText(print).waitFor();
    await ada.reload();
    await ada.getByLabel("Passphrase").fill("correct horse"); // the device's own stays
    await ada.getByRole("button", { name: "Unlock" }).click();
    await ada.getByText(print).waitFor();
    await ada.getByRole("link", { name: "People" }).click();
    await ada.getByRole("heading", { name: "People" }).waitFor();
    assert.equal(await ada.getByRole("region", { name: "Contacts" }).count(), 0);
    await leave(ada, ben);
  },
);
