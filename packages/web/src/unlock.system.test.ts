/** A passphrase is worked on beside the page, which goes on meanwhile and says so. Real time: it is Chromium's. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { keepPictures } from "./testing/picture.ts";
import { useApp } from "./testing/use-app.ts";
import { leave, visit } from "./testing/visitors.ts";

const TIMES = { timeout: 120_000 };
/** Of the page's thread, in the seconds that a passphrase takes; one that stands still has none or one. */
const TICKS_MIN = 5;
const TICK_MS = 50;

const app = useApp();

/** How often the page's thread was free while a button worked. */
const ticksOfWork = (page: Page): Promise<() => Promise<number>> =>
  page
    .evaluateHandle((every) => {
      const seen = { ticks: 0 };
      setInterval(() => {
        if (document.querySelector('[aria-busy="true"]') !== null) seen.ticks += 1;
      }, every);
      return seen;
    }, TICK_MS)
    .then((seen) => () => seen.evaluate(({ ticks }) => ticks));

test("the page goes on, with words, while a passphrase opens or seals what is kept", TIMES, async (t) => {
  const ada = await visit(app, "Ada", { passphrase: "correct horse" });
  await ada.reload();
  const opening = await ticksOfWork(ada);
  await ada.getByLabel("Passphrase").fill("correct horse");
  await ada.getByRole("button", { name: "Unlock" }).click();
  await ada.getByText("Making the key of your passphrase").waitFor();
  await keepPictures(ada, "opening");
  await ada.getByRole("heading", { name: "People" }).waitFor();
  const ticks = await opening();
  t.diagnostic(`${ticks} ticks of ${TICK_MS} ms`);
  assert.ok(ticks >= TICKS_MIN, `${ticks} ticks`);

  await ada.getByRole("link", { name: "You" }).click();
  await ada.getByRole("button", { name: "Export the identity" }).click();
  const making = await ticksOfWork(ada);
  await ada.getByLabel("New passphrase").fill("to paper");
  await ada.getByRole("button", { name: "Make the text" }).click();
  await ada.getByText("Your identity, sealed").waitFor();
  assert.ok((await making()) >= TICKS_MIN);
  await leave(ada);
});
