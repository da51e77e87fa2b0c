/** The app in German, whose words are long, with people and rooms whose names are longer: every screen holds them. */
import { test } from "node:test";
import type { Page } from "playwright-core";
import { inspect } from "./testing/inspect.ts";
import { useApp } from "./testing/use-app.ts";
import { leave, openPage } from "./testing/visitors.ts";

const TIMES = { timeout: 240_000 };
/** As long as names may be, and nowhere to break. */
const BEN = "Rindfleischetikettierungsüberwacherinnen";
const ROOM = "Grundstücksverkehrsgenehmigungszuständig";

const app = useApp();

async function open(name: string, isInspected = false): Promise<Page> {
  const context = await app.browser.newContext({ locale: "de-DE", viewport: { width: 390, height: 844 } });
  const page = await openPage(context, app.url, name);
  await page.getByLabel("Was sollen andere sehen?").fill(name);
  await page.getByLabel("Auf diesem Gerät behalten").check();
  if (isInspected) await inspect(page, "de-welcome");
  await page.getByRole("button", { name: "Los" }).click();
  await page.getByRole("heading", { name: "Leute" }).waitFor();
  return page;
}

async function shut(page: Page): Promise<void> {
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
}

async function meet(ada: Page, ben: Page): Promise<void> {
  await ada.getByRole("button", { name: "Hinzufügen" }).click();
  await ada.getByRole("button", { name: "Code zeigen" }).waitFor();
  await inspect(ada, "de-people-add");
  await ada.getByRole("button", { name: "Code zeigen" }).click();
  const code = (await ada.locator(".code").textContent()) ?? "";
  await inspect(ada, "de-join-code");
  await ben.getByRole("button", { name: "Hinzufügen" }).click();
  await ben.getByLabel("Code").fill(code);
  await ben.locator("form").getByRole("button", { name: "Verbinden", exact: true }).click();
  await ada.getByRole("button", { name: "Ja, hinzufügen" }).waitFor();
  await inspect(ada, "de-consent");
  for (const page of [ada, ben]) await page.getByRole("button", { name: "Ja, hinzufügen" }).click();
  for (const page of [ada, ben]) await page.getByRole("button", { name: "OK" }).click();
}

test("people and chats in German", TIMES, async () => {
  const [ada, ben] = [await open("Ada", true), await open(BEN)];
  await meet(ada, ben);
  await inspect(ada, "de-people");
  await ada.getByRole("link", { name: "Einzelheiten" }).click();
  await ada.getByRole("button", { name: "Umbenennen" }).waitFor();
  await inspect(ada, "de-contact");
  await ada.getByRole("button", { name: "Blockieren" }).click();
  await inspect(ada, "de-block");
  await shut(ada);
  await ada.getByRole("link", { name: "Chat", exact: true }).click();
  await ada.getByText("Noch nichts gesagt").waitFor();
  await inspect(ada, "de-chat-nothing");
  for (const text of [
    "Guten Morgen!",
    "Kommst du heute Nachmittag mit zum Fahrradreparaturwerkstattbesitzertreffen?",
  ]) {
    await ada.getByLabel("Nachricht", { exact: true }).fill(text);
    await ada.keyboard.press("Enter");
  }
  await ben.getByRole("link", { name: "Chats" }).click();
  await ben.getByRole("listitem").getByText("2 ungelesen").waitFor({ state: "attached" });
  await inspect(ben, "de-chats");
  await ben.getByRole("link", { name: /Ada/ }).click();
  await ada.getByText("gelesen").last().waitFor();
  await inspect(ada, "de-chat");
  await ada.getByRole("button", { name: "Über diesen Chat" }).click();
  await inspect(ada, "de-chat-about");
  await ada.getByLabel("Neue Nachrichten bleiben").selectOption({ label: "ab Ankunft 24 Stunden" });
  await ada.getByRole("button", { name: "Vorschlagen" }).click();
  await ben.getByText("Ada fragt").waitFor();
  await inspect(ben, "de-chat-asked");
  await inspect(ada, "de-chat-proposed");
  await ben.locator("li.message").last().focus();
  await ben.keyboard.press("Enter");
  await ben.getByRole("button", { name: "Antworten" }).waitFor();
  await inspect(ben, "de-chat-menu");
  await shut(ben);
  await leave(ada, ben);
});

test("rooms, You and Why? in German", TIMES, async () => {
  const ada = await open(BEN);
  await ada.getByRole("link", { name: "Räume" }).click();
  await ada.getByRole("button", { name: "Neuer Raum" }).waitFor();
  await inspect(ada, "de-rooms-none");
  await ada.getByRole("button", { name: "Neuer Raum" }).click();
  await ada.getByLabel("Name").fill(ROOM);
  await ada.getByRole("dialog").getByRole("button", { name: "Neuer Raum" }).click();
  await ada.getByRole("heading", { name: ROOM }).waitFor();
  await inspect(ada, "de-room-members");
  await ada.getByRole("button", { name: "Einladen" }).click();
  await ada.getByRole("button", { name: "Link für eine Person" }).click();
  await ada.getByRole("img", { name: "Link für eine Person" }).waitFor();
  await inspect(ada, "de-room-invite");
  await shut(ada);
  for (const part of ["Chat", "Tafel", "Text", "Dateien", "Karte"] as const) {
    await ada.getByLabel("Teile des Raums").getByRole("link", { name: part }).click();
    await ada.getByRole("status").filter({ hasText: "…" }).waitFor({ state: "detached" });
    await inspect(ada, `de-room-${part.toLowerCase()}`);
  }
  await ada.getByRole("link", { name: "Räume" }).click();
  await inspect(ada, "de-rooms");
  await ada.getByRole("link", { name: "Du", exact: true }).click();
  await ada.getByRole("button", { name: "Prüfen" }).click();
  await inspect(ada, "de-you");
  await ada.getByRole("button", { name: "Identität exportieren" }).click();
  await inspect(ada, "de-export");
  await shut(ada);
  await ada.getByRole("link", { name: "Warum?" }).click();
  await ada.getByRole("heading", { name: "Warum?" }).waitFor();
  await ada.getByRole("status").filter({ hasText: "…" }).waitFor({ state: "detached" });
  await inspect(ada, "de-why");
  await leave(ada);
});
