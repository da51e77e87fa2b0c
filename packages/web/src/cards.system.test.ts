/** Cards of one's own: made, ordered, with levels and a photo, seen as others see them, and as files of other programs. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { addField, chooseLevel, choosePhoto, makeCard, openCards } from "./testing/card-holders.ts";
import { inspect } from "./testing/inspect.ts";
import { useApp } from "./testing/use-app.ts";
import { leave, visit as visitApp } from "./testing/visitors.ts";

const TIMES = { timeout: 240_000 };

const app = useApp();

const visit = (name: string, isKept = false): Promise<Page> => visitApp(app, name, { isKept });

/** What the box says that shows a level, line by line. */
const seen = async (page: Page): Promise<string> =>
  (await page.getByRole("region", { name: /^The card, / }).innerText()).replace(/\n+/g, "\n");

test("a card is made, seen at each level as others see it, ordered, and there after a reload", TIMES, async () => {
  const ada = await visit("Ada Lovelace", true);
  await openCards(ada);
  await ada.getByText("No card yet").waitFor();
  await inspect(ada, "cards-none");
  await makeCard(ada, { email: "ada@example.com", phone: "+44 20 7946 0018" });
  await inspect(ada, "cards-mine-public");
  assert.doesNotMatch(await seen(ada), /ada@example|7946/);
  await chooseLevel(ada, "Professional");
  await ada.getByText("ada@example.com").waitFor();
  assert.doesNotMatch(await seen(ada), /7946/);
  await chooseLevel(ada, "Personal");
  await ada.getByText("+44 20 7946 0018").waitFor();

  await ada.getByRole("button", { name: "Edit" }).click();
  await addField(ada, "email", "E-mail", "lovelace@example.org");
  await ada.getByRole("button", { name: "Move up: E-mail" }).last().click();
  await ada.getByRole("button", { name: "Move up: E-mail" }).last().click();
  await choosePhoto(ada);
  await ada.getByLabel("Name of this card").fill("Work");
  await inspect(ada, "cards-edit");
  await ada.getByRole("button", { name: "Save" }).click();
  await chooseLevel(ada, "Personal");
  await ada.getByRole("img", { name: "Photo of Ada Lovelace" }).waitFor();
  await inspect(ada, "cards-mine-personal");
  const weight = (await ada.getByText(/^Signed, it has/).innerText()).match(/photo ([\d.]+) kB/);
  assert.ok(weight?.[1] !== undefined && Number(weight[1]) <= 65.6, "the photo was made small");

  await ada.reload();
  await ada.getByRole("heading", { name: "Work" }).waitFor();
  await chooseLevel(ada, "Personal");
  await ada.getByRole("img", { name: "Photo of Ada Lovelace" }).waitFor();
  const text = await seen(ada);
  assert.ok(text.indexOf("lovelace@example.org") < text.indexOf("ada@example.com"), `ordered: ${text}`);
  await leave(ada);
});

test("what is wrong with a field is said beside it, and nothing is saved before it is mended", TIMES, async () => {
  const ada = await visit("Ada");
  await openCards(ada);
  await ada.getByRole("button", { name: "New card" }).click();
  await addField(ada, "email", "E-mail", "not an address");
  await ada.getByText("That is no e-mail address.").first().waitFor();
  assert.ok(await ada.getByRole("button", { name: "Save" }).isDisabled());
  await addField(ada, "link", "Link", "javascript:alert(1)");
  await ada.getByText("A link begins with https:// and an address.").first().waitFor();
  await inspect(ada, "cards-edit-wrong");
  await ada.getByRole("button", { name: "Remove: Link" }).click();
  await ada.getByRole("button", { name: "Remove: E-mail" }).click();
  await ada.getByRole("button", { name: "Remove: Name" }).click();
  await ada.getByText("A card needs a name or a company").waitFor();
  await leave(ada);
});

test("a card goes out as vCard 3.0 and 4.0 at its level, and such a file becomes a card", TIMES, async () => {
  const ada = await visit("Ada");
  await makeCard(ada, { email: "ada@example.com", phone: "+44 20 7946 0018" });
  for (const version of ["3.0", "4.0"]) {
    await chooseLevel(ada, "Professional");
    await ada.getByText("ada@example.com").waitFor();
    const downloading = ada.waitForEvent("download");
    await ada.getByRole("button", { name: `vCard ${version}` }).click();
    const file = await downloading;
    assert.equal(file.suggestedFilename(), "Ada.vcf");
    const text = await readFile(await file.path(), "utf8");
    assert.match(text, new RegExp(`^BEGIN:VCARD\r\nVERSION:${version.replace(".", "\\.")}\r\n`));
    assert.match(text, /^EMAIL.*:ada@example\.com\r$/m);
    assert.doesNotMatch(text, /7946/);
  }
  await openCards(ada);
  const vcard = [
    ...["BEGIN:VCARD", "VERSION:3.0", "N:Lovelace;Augusta Ada;;Countess;", "FN:Ada Lovelace", "ORG:Engines;Notes"],
    ...["TEL;TYPE=CELL:+44 1", "TEL;TYPE=CELL:+44 20 7946 0019", "X-SPOUSE:William", "END:VCARD", ""],
  ].join("\r\n");
  const choosing = ada.waitForEvent("filechooser");
  await ada.getByRole("button", { name: "Import vCard file" }).click();
  await (await choosing).setFiles({ name: "ada.vcf", mimeType: "text/vcard", buffer: Buffer.from(vcard) });
  await ada.getByText("Which of them are yours?").waitFor();
  await inspect(ada, "cards-import");
  await ada.getByRole("button", { name: "Make it a card of mine" }).click();
  await ada.getByLabel("Phone", { exact: true }).last().waitFor();
  assert.equal(await ada.getByLabel("Phone", { exact: true }).last().inputValue(), "+44 20 7946 0019");
  await leave(ada);
});
