/** What the app shows and writes of a card, read by programs that are not ours: any phone's camera, any address book. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { nobleProvider } from "@kith/core";
import { FrameAssembler, fieldTexts, readCardText, type SignedCard } from "@kith/core/card";
import type { Page } from "playwright-core";
import { addField, chooseLevel, choosePhoto, makeCard } from "./testing/card-holders.ts";
import { otherVcard, plainText, textsIn } from "./testing/other-reader.ts";
import { useApp } from "./testing/use-app.ts";
import { visit } from "./testing/visitors.ts";

const TIMES = { timeout: 240_000 };
const NAME = "Åsa Öström-Žižek 光";
const NOTE = "Spricht Deutsch; och svenska, 日本語も: ü\\n\nund in einer zweiten Zeile 🎈";
const TITLE = "Leiterin, Abteilung für sehr große und über mehrere Zeilen geführte Büchertürme; 東京の図書館";
const EMAIL = "asa.ostrom@example.com";
const PHONE = "+46 8 123 456 78";

/** Somebody whose card has what readers stumble over. */
let asa: Page;
useApp({
  async begin(app) {
    asa = await visit(app, NAME);
    await makeCard(asa, { email: EMAIL, phone: PHONE });
    await asa.getByRole("button", { name: "Edit" }).click();
    await addField(asa, "title", "Title", TITLE);
    await addField(asa, "note", "Note", NOTE);
    await choosePhoto(asa);
    await save();
  },
});

async function save(): Promise<void> {
  await asa.getByRole("button", { name: "Save", exact: true }).click();
  await asa.getByRole("heading", { name: "What others see" }).waitFor();
}

/** What stands on the screen, as a camera has it. */
async function showCode(): Promise<void> {
  await asa.getByRole("button", { name: "Give it" }).click();
  await asa
    .getByRole("dialog")
    .getByRole("radio", { name: /^Personal/ })
    .check();
  await asa.getByRole("button", { name: "Next" }).click();
  await asa.getByRole("button", { name: "Show the code" }).click();
  await asa.getByRole("img", { name: `QR code of the card of ${NAME}` }).waitFor();
}

async function close(): Promise<void> {
  await asa.getByRole("button", { name: "Close" }).last().click();
  await asa.getByRole("button", { name: "Done" }).click();
  await asa.getByRole("dialog").waitFor({ state: "detached" });
}

/** By kind, as Kith reads it. */
const saidBy = ({ content }: SignedCard): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(content.fields.map((field) => [field.kind, field.kind === "photo" ? [] : fieldTexts(field)]));

test("the code of a card is a contact to another reader, and the same text a signed card to Kith", TIMES, async () => {
  await showCode();
  const [text = "", ...others] = await textsIn(await asa.screenshot());
  assert.deepEqual(others, [], "one code on the screen");
  const contact = otherVcard(text);
  assert.equal(contact.version, "3.0");
  assert.deepEqual(contact.texts("fn").map(plainText), [NAME]);
  assert.deepEqual(contact.texts("n").map(plainText), [`${NAME};;;;`]);
  assert.deepEqual(contact.texts("title").map(plainText), [TITLE]);
  assert.deepEqual(contact.texts("email"), [EMAIL]);
  assert.deepEqual(contact.texts("tel"), [PHONE]);
  assert.deepEqual(contact.texts("note").map(plainText), [NOTE]);
  assert.deepEqual(contact.properties.toSorted(), ["email", "fn", "n", "note", "tel", "title", "version", "xKith"]);

  const read = readCardText(nobleProvider, text);
  assert.equal(read.type, "card", "to the letter what was signed");
  assert.ok("card" in read);
  const said = saidBy(read.card);
  assert.deepEqual([said["name"]?.[0], said["email"]?.[0], said["phone"]?.[0]], [NAME, EMAIL, PHONE]);
  assert.deepEqual([said["title"]?.[0], said["note"]?.[0]], [TITLE, NOTE]);
  await close();
});

for (const version of ["3.0", "4.0"] as const)
  test(`a card as vCard ${version} says the same to another address book, its photo too`, TIMES, async () => {
    await chooseLevel(asa, "Personal");
    await asa.getByText(PHONE).waitFor();
    const downloading = asa.waitForEvent("download");
    await asa.getByRole("button", { name: `vCard ${version}` }).click();
    const file = await readFile(await (await downloading).path());
    const lines = file.toString("latin1").split("\r\n"); // a character for an octet
    assert.ok(Math.max(...lines.map((line) => line.length)) <= 75, "RFC 6350 §3.2");
    assert.ok(lines.filter((line) => line.startsWith(" ")).length > 2, "folded");

    const text = new TextDecoder("utf-8", { fatal: true }).decode(file);
    const contact = otherVcard(text);
    assert.equal(contact.version, version);
    assert.deepEqual(contact.texts("fn").map(plainText), [NAME]);
    assert.deepEqual(contact.texts("title").map(plainText), [TITLE]);
    assert.deepEqual([contact.texts("email"), contact.texts("tel")], [[EMAIL], [PHONE]]);
    assert.deepEqual(contact.texts("note").map(plainText), [NOTE]);
    const [photo = ""] = contact.texts("photo");
    const base64 = version === "4.0" ? photo.replace(/^data:image\/\w+;base64,/, "") : photo;
    assert.match(base64, /^[A-Za-z0-9+/]+=*$/, "whole, over all the lines of it");
    const [width, height] = await asa.evaluate(async (data) => {
      const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
      const picture = await createImageBitmap(new Blob([bytes]));
      return [picture.width, picture.height];
    }, base64);
    const [seenWidth, seenHeight] = await asa
      .getByRole("img", { name: `Photo of ${NAME}` })
      .evaluate((image) => (image instanceof HTMLImageElement ? [image.naturalWidth, image.naturalHeight] : []));
    assert.deepEqual([width, height], [seenWidth, seenHeight]);
  });

test(
  "of a card in several codes the first is a contact to another reader, and all of them the signed card",
  TIMES,
  async () => {
    const long = "Über das Große. ".repeat(50).trim();
    await asa.getByRole("button", { name: "Edit" }).click();
    await addField(asa, "note", "Note", long);
    await save();
    await showCode();
    await asa.getByRole("button", { name: "Hold" }).click();
    const part = asa.getByText(/^Code \d+ of \d+/);
    const count = Number(/of (\d+)/.exec(await part.innerText())?.[1]);
    assert.ok(count > 3);
    const texts: string[] = [];
    for (let at = 0; at < count; at++) {
      const before = await part.innerText();
      texts.push(...(await textsIn(await asa.screenshot())));
      await asa.getByRole("button", { name: "Next code" }).click();
      await asa.getByText(before).waitFor({ state: "detached" });
    }
    assert.equal(texts.length, count, "each was read");

    const contacts = texts.filter((text) => text.startsWith("BEGIN:VCARD"));
    const contact = otherVcard(contacts.join(""));
    assert.deepEqual(contact.texts("fn").map(plainText), [NAME]);
    assert.deepEqual([contact.texts("email"), contact.texts("tel")], [[EMAIL], [PHONE]]);
    assert.deepEqual(contact.texts("note"), [], "the short one");

    const assembler = new FrameAssembler(nobleProvider);
    let whole: SignedCard | undefined;
    for (const text of texts) {
      const read = readCardText(nobleProvider, text);
      if (read.type !== "part") continue;
      const assembled = assembler.handlePart(read.part);
      if (assembled.type === "card") whole = assembled.card;
    }
    assert.ok(whole, "another reader's texts, put together");
    const notes = whole.content.fields.flatMap((field) => (field.kind === "note" ? [field.text] : []));
    assert.deepEqual(notes, [NOTE, long]);
    await close();
  },
);
