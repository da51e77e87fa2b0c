/** People with cards of their own, as they make them in the app. */
import type { Page } from "playwright-core";

/** Opens the list of cards. */
export async function openCards(page: Page): Promise<void> {
  await page.getByRole("link", { name: "People" }).first().click();
  await page.getByRole("link", { name: "Cards" }).click();
  await page.getByRole("heading", { name: "Cards", level: 1 }).waitFor();
}

/** A card with a name, which is public, an e-mail address, which is professional, and a number, which is personal. */
export async function makeCard(page: Page, { email, phone }: { email: string; phone: string }): Promise<void> {
  await openCards(page);
  await page.getByRole("button", { name: "New card" }).click();
  await page.getByRole("heading", { name: "Edit card" }).waitFor();
  await addField(page, "email", "E-mail", email);
  await addField(page, "phone", "Phone", phone);
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("heading", { name: "What others see" }).waitFor();
}

export async function addField(page: Page, kind: string, label: string, text: string): Promise<void> {
  await page.getByLabel("What to add").selectOption(kind);
  await page.getByRole("button", { name: "Add a field" }).click();
  await page.getByLabel(label, { exact: true }).last().fill(text);
}

/** Chooses how much of the card is given, where that is asked. */
export const chooseLevel = (page: Page, level: "Public" | "Professional" | "Personal"): Promise<void> =>
  page.getByRole("radio", { name: new RegExp(`^${level}`) }).check();

/** Of a camera, that no card could hold as it is. */
const CAMERA = { width: 3_000, height: 2_000 } as const;

/** Adds a photo to the card that is being edited: a camera's, unless told. */
export async function choosePhoto(page: Page, size: { width: number; height: number } = CAMERA): Promise<void> {
  await page.getByLabel("What to add").selectOption("photo");
  const choosing = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: "Choose a photo" }).click();
  await (await choosing).setFiles({ name: "me.png", mimeType: "image/png", buffer: await photo(page, size) });
  await page.getByRole("img", { name: "Photo" }).waitFor();
}

const photo = (page: Page, size: { width: number; height: number }): Promise<Buffer> =>
  page
    .evaluate(async ({ width, height }) => {
      const canvas = new OffscreenCanvas(width, height);
      const context = canvas.getContext("2d");
      for (let at = 0; at < 4_000; at++) {
        if (context !== null) context.fillStyle = `hsl(${at % 360} 60% 50%)`;
        context?.fillRect((at * 997) % width, (at * 613) % height, 90, 60);
      }
      const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: "image/png" })).arrayBuffer());
      return [...bytes];
    }, size)
    .then((bytes) => Buffer.from(bytes));
