/** A card for who is far away and no contact: a code in words makes the two contacts, and the card is offered, photo and all. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { chooseLevel, choosePhoto, makeCard, openCards } from "./testing/card-holders.ts";
import { inspect } from "./testing/inspect.ts";
import { otherVcard } from "./testing/other-reader.ts";
import { useApp } from "./testing/use-app.ts";
import { leave, visit } from "./testing/visitors.ts";

const TIMES = { timeout: 240_000 };

const app = useApp();

test(
  "who is far and no contact gets a card by a code in words, photo and all; it is drawn anew before it is shown",
  TIMES,
  async () => {
    const [ada, ben] = await Promise.all([visit(app, "Ada", { isFar: true }), visit(app, "Ben", { isFar: true })]);
    await makeCard(ada, { email: "ada@example.com", phone: "+44 20 7946 0018" });
    await ada.getByRole("button", { name: "Edit" }).click();
    await choosePhoto(ada);
    await ada.getByRole("button", { name: "Save", exact: true }).click();
    await ada.getByRole("heading", { name: "What others see" }).waitFor();
    await ada.getByRole("button", { name: "Give it" }).click();
    await ada
      .getByRole("dialog")
      .getByRole("radio", { name: /^Personal/ })
      .check();
    await ada.getByRole("button", { name: "Next" }).click();
    await ada.getByRole("button", { name: "Make a code in words" }).click();
    const code = (await ada.locator(".code").textContent()) ?? "";
    assert.match(code, /^\d+-[a-z]+-[a-z]+/);
    await inspect(ada, "cards-join-code");
    await openCards(ben);
    await ben.getByRole("button", { name: "Receive" }).click();
    await ben.getByLabel("I was given a code in words").fill(code);
    await inspect(ben, "cards-join-code-taken");
    await ben.getByRole("button", { name: "Connect" }).click();
    await ada.getByText("Become contacts with Ben?").waitFor();
    await inspect(ada, "cards-join-code-asked");
    await Promise.all([ada, ben].map((page) => page.getByRole("button", { name: "Yes, add" }).click()));
    await ben.getByRole("heading", { name: "Ada offers you a card" }).waitFor();
    await ben.getByText(/, with a photo/).waitFor();
    await watchDrawing(ben);
    await ben.getByRole("button", { name: "Show it" }).click();
    await ben.getByText("It is signed with the key of Ada, which you verified by join code.").waitFor();
    const shown = ben.getByRole("img", { name: "Photo of Ada" });
    await shown.waitFor();
    await inspect(ben, "cards-join-code-card");
    await ben.getByRole("button", { name: "Save", exact: true }).click();
    await ada.getByText("Ben kept your card.").waitFor();
    await openCards(ben);
    await ben.getByRole("link", { name: /Ada/ }).click();
    await shown.waitFor();
    await ada.getByRole("button", { name: "Done" }).click();
    await chooseLevel(ada, "Personal");
    const downloading = ada.waitForEvent("download");
    await ada.getByRole("button", { name: "vCard 3.0" }).click();
    const vcard = await readFile(await (await downloading).path(), "utf8");
    const [sent = ""] = otherVcard(vcard).texts("photo");
    const [drawn, size] = await Promise.all([drawnIn(ben), sizeOf(ben, sent)]);
    assert.ok(drawn.length > 0 && !drawn.includes(sent), "nothing that came is shown as it came");
    const seen = await shown.evaluate((image) =>
      image instanceof HTMLImageElement ? [image.naturalWidth, image.naturalHeight] : [],
    );
    assert.deepEqual(seen, size, "the same picture");
    await leave(ada, ben);
  },
);

/** From now on all that the page makes to show is at hand. */
const watchDrawing = (page: Page): Promise<void> =>
  page.evaluate(() => {
    const made: Blob[] = [];
    const original = URL.createObjectURL.bind(URL);
    URL.createObjectURL = (blob: Blob) => {
      made.push(blob);
      return original(blob);
    };
    Object.assign(window, { made });
  });

/** In base64. */
const drawnIn = (page: Page): Promise<readonly string[]> =>
  page.evaluate(async () => {
    const made: unknown = Reflect.get(window, "made");
    const blobs = Array.isArray(made) ? made.filter((each) => each instanceof Blob) : [];
    const all = await Promise.all(blobs.map(async (blob) => new Uint8Array(await blob.arrayBuffer())));
    return all.map((bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")));
  });

const sizeOf = (page: Page, base64: string): Promise<readonly number[]> =>
  page.evaluate(async (data) => {
    const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
    const { width, height } = await createImageBitmap(new Blob([bytes]));
    return [width, height];
  }, base64);
