/** A browser that lets pages keep nothing, as in some private windows: the app works, for the visit. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { keepPictures } from "./testing/picture.ts";
import { useApp } from "./testing/use-app.ts";
import { leave, openPage } from "./testing/visitors.ts";

const app = useApp();

test("where the browser keeps nothing, one comes in for a visit", { timeout: 60_000 }, async () => {
  const context = await app.browser.newContext({ locale: "de-DE", viewport: { width: 390, height: 844 } });
  await context.addInitScript(() => {
    const deny = (): never => {
      throw new DOMException("The page may keep nothing", "SecurityError");
    };
    Object.defineProperty(globalThis, "localStorage", { get: deny });
    IDBFactory.prototype.open = deny;
    StorageManager.prototype.getDirectory = deny;
  });
  const ada = await openPage(context, app.url, "Ada");
  await ada.getByText("Der Browser lässt diese Seite nichts aufbewahren").waitFor();
  await ada.getByText("erlaubt der Seite das Speichern").waitFor();
  assert.equal(await ada.getByRole("button", { name: "Ich habe eine Sicherung" }).count(), 0); // it could not stay
  await keepPictures(ada, "storage-denied");
  await ada.getByLabel("Was sollen andere sehen?").fill("Ada");
  await ada.getByRole("button", { name: "Los" }).click();
  await ada.getByRole("heading", { name: "Leute" }).waitFor();
  await ada.getByRole("link", { name: "Du" }).click();
  await ada.getByRole("combobox", { name: "Aussehen" }).selectOption("dark");
  assert.equal(await ada.locator("html").getAttribute("data-theme"), "dark");
  await ada.getByRole("button", { name: "Alles löschen" }).click();
  await ada.getByLabel("Zum Fortfahren").fill("weg");
  await ada.getByRole("dialog").getByRole("button", { name: "Alles löschen" }).click();
  await ada.getByText("Nichts.").waitFor();
  await leave(ada);
});
