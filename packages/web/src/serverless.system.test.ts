/** Two real browsers that show each other a code each: as a picture, as text; and what is said when no way leads there. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { keepPicture } from "./testing/picture.ts";
import { useApp } from "./testing/use-app.ts";
import { agree, leave, visit as visitApp } from "./testing/visitors.ts";

const TIMES = { timeout: 120_000 };

const app = useApp();

/** The page is there, and no connection leads from it to the node or anybody. */
const visit = (name: string): Promise<Page> =>
  visitApp(app, name, {
    isFar: true,
    between: (context) => context.routeWebSocket("**", (socket) => void socket.close()),
  });

async function begin(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Add" }).click();
  await page.getByRole("button", { name: "Without any server" }).click();
}

async function paste(page: Page, text: string): Promise<void> {
  await page.getByLabel("Link or text of it").fill(text);
  await page.getByRole("button", { name: "Use it" }).click();
}

const shown = (page: Page): Promise<string> => page.getByLabel("The same as text").inputValue();

async function look(page: Page, name: string): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const)
    for (const width of [390, 1280]) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 844 });
      await keepPicture(page, `serverless-${name}-${width}-${colorScheme}`);
    }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 390, height: 844 });
}

test("an offer as a picture, the answer as text: two who share no server are contacts", TIMES, async () => {
  const [ada, ben] = await Promise.all([visit("Ada"), visit("Ben")]);
  await begin(ada);
  await look(ada, "choose");
  await ada.getByRole("button", { name: "Show my code first" }).click();
  const offer = await shown(ada);
  assert.match(offer, /^kith:rtc\/[\w-]{1,341}$/);
  await look(ada, "offer");
  await begin(ben);
  await ben.getByRole("button", { name: "They showed theirs first" }).click();
  const choosing = ben.waitForEvent("filechooser");
  await ben.getByRole("button", { name: "Take or choose a picture" }).click();
  const buffer = await ada.locator(".qr").screenshot();
  await (await choosing).setFiles({ name: "picture.png", mimeType: "image/png", buffer });
  const answer = await shown(ben);
  await look(ben, "answer");
  await ada.getByRole("button", { name: "Scan their answer" }).click();
  await paste(ada, offer);
  await ada.getByText("That is not an answer.").waitFor();
  await look(ada, "wrong");
  await paste(ada, answer);
  await agree(ada, ben);
  await Promise.all([ada, ben].map((page) => page.getByText("verified by QR code").waitFor()));
  await leave(ada, ben);
});

test(
  "an answer of somebody who is gone, or to another offer: why it came to nothing, and what else works",
  TIMES,
  async () => {
    const [ada, ben] = await Promise.all([visit("Ada"), visit("Ben")]);
    const show = async (): Promise<string> => {
      await ada.getByRole("button", { name: "Show my code first" }).click();
      return shown(ada);
    };
    await begin(ada);
    const offer = await show();
    await ben.getByRole("button", { name: "Add" }).click();
    await ben.getByRole("button", { name: "Scan theirs" }).click();
    await paste(ben, offer);
    const answer = await shown(ben);
    await leave(ben);
    await ada.getByRole("button", { name: "Scan their answer" }).click();
    await paste(ada, answer);
    await ada.getByText("No way leads from one to the other.").waitFor({ timeout: 30_000 });
    await look(ada, "failed");
    await ada.getByRole("button", { name: "Begin again" }).click();
    await show();
    await ada.getByRole("button", { name: "Scan their answer" }).click();
    await paste(ada, answer);
    await ada.getByText("This code cannot be used").waitFor();
    await leave(ada);
  },
);
