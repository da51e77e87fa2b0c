/** Conversations in real browsers, through the relay of a real node. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import type { BrowserContextOptions, Page } from "playwright-core";
import { violationsOf } from "./testing/axe.ts";
import { keepPictures } from "./testing/picture.ts";
import { useApp } from "./testing/use-app.ts";
import { leave, meet, visit } from "./testing/visitors.ts";

const TIMES = { timeout: 120_000 };

const assertAccessible = async (page: Page): Promise<void> => assert.deepEqual(await violationsOf(page), []);
const app = useApp({ launch: { args: ["--use-fake-device-for-media-stream"] } });

/** Two who are in their conversation with each other. */
async function talking(context: BrowserContextOptions = {}): Promise<readonly [Page, Page]> {
  const [ada, ben] = await Promise.all([visit(app, "Ada", { context }), visit(app, "Ben")]);
  await meet(ada, ben);
  for (const [page, other] of [
    [ada, "Ben"],
    [ben, "Ada"],
  ] as const) {
    await page.getByRole("link", { name: "Chats" }).click();
    await page.getByRole("link", { name: other }).click();
    await page.getByText("Nothing said yet").waitFor();
  }
  return [ada, ben];
}

async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel("Message", { exact: true }).fill(text);
  await page.keyboard.press("Enter");
}

const bubble = (page: Page, text: string) => page.locator("li.message", { hasText: text });

async function openMenu(page: Page, text: string): Promise<void> {
  await bubble(page, text).hover();
  await bubble(page, text).getByRole("button", { name: "Actions" }).click();
}

test("two who talk answer, react, change and delete", TIMES, async () => {
  const [ada, ben] = await talking();
  await assertAccessible(ada);
  await say(ada, "Shall we meet at **six**? See https://kith.example/map");
  await bubble(ben, "Shall we meet").waitFor();
  assert.equal(await bubble(ben, "Shall we meet").locator("strong").textContent(), "six");

  await openMenu(ben, "Shall we meet");
  await assertAccessible(ben);
  await keepPictures(ben, "chat-menu");
  await ben.getByRole("button", { name: "React with 👍" }).click();
  await bubble(ada, "Shall we meet").getByRole("button", { name: "👍, once" }).waitFor();
  await openMenu(ada, "Shall we meet");
  await ada.getByLabel("Another emoji").fill("no");
  await ada.getByText("That is no emoji.").waitFor();
  await ada.getByLabel("Another emoji").fill("🦔");
  await ada.getByRole("button", { name: "React", exact: true }).click();
  await bubble(ben, "Shall we meet").getByRole("button", { name: "🦔, once" }).waitFor();

  await bubble(ben, "Shall we meet").focus();
  await ben.keyboard.press("Enter");
  await ben.getByRole("button", { name: "Reply" }).click();
  await ben.getByText("Reply to Ada").waitFor();
  await keepPictures(ben, "chat-answer");
  await say(ben, "Yes:\n- bread\n- `cheese`");
  await bubble(ada, "bread").getByRole("button", { name: "Answers You" }).click();
  await ada.locator("li.message.found", { hasText: "Shall we meet" }).waitFor();

  await openMenu(ben, "bread");
  await ben.getByRole("button", { name: "Edit" }).click();
  await ben.getByLabel("Message", { exact: true }).fill("Yes: I bring cake");
  await ben.getByRole("button", { name: "Save" }).click();
  await bubble(ada, "cake").getByText("edited").waitFor();
  await say(ada, "What a day");
  await bubble(ada, "What a day").getByText("read").waitFor();
  await keepPictures(ada, "chat");

  await openMenu(ada, "What a day");
  await ada.getByRole("button", { name: "Delete" }).click();
  await keepPictures(ada, "chat-delete");
  await ada.getByRole("button", { name: "Delete for everybody" }).click();
  for (const page of [ada, ben]) {
    await page.getByText("This message was deleted.", { exact: true }).waitFor();
    assert.equal(await page.getByText("What a day").count(), 0);
  }
  await assertAccessible(ada);

  await bubble(ben, "Shall we meet").getByRole("button", { name: "Open kith.example" }).click();
  const link = ben.getByRole("link", { name: "Open in a new tab" });
  assert.equal(await link.getAttribute("rel"), "noopener noreferrer nofollow");
  await keepPictures(ben, "chat-link");
  await leave(ada, ben);
});

test(
  "what was begun is there when one comes back, and what comes meanwhile is counted and told apart",
  TIMES,
  async () => {
    const [ada, ben] = await talking();
    await say(ada, "one");
    await bubble(ben, "one").waitFor();
    await ben.getByLabel("Message", { exact: true }).fill("half a th");
    await ada.getByText("Ben is typing").waitFor();
    await ben.getByRole("link", { name: "Back" }).click();
    await say(ada, "two");
    await say(ada, "three");
    await ben.getByRole("listitem").getByText("2 unread").waitFor({ state: "attached" });
    await assertAccessible(ben);
    await keepPictures(ben, "chats");
    await ben.getByRole("link", { name: /Ada/ }).click();
    await ben.locator("li.divider.new").waitFor();
    assert.equal(await ben.getByLabel("Message", { exact: true }).inputValue(), "half a th");
    await keepPictures(ben, "chat-new");
    await leave(ada, ben);
  },
);

test("who writes on while a message is on its way loses nothing", TIMES, async () => {
  const [ada, ben] = await talking();
  await ada.getByLabel("Message", { exact: true }).focus();
  await ada.keyboard.type("one\ntwo\nthree\nfour\nfive\nsi");
  for (const text of ["one", "two", "three", "four", "five"]) await bubble(ben, text).waitFor();
  const message = ada.getByLabel("Message", { exact: true });
  assert.equal(await message.inputValue(), "si");

  await openMenu(ada, "five");
  await ada.getByRole("button", { name: "Edit" }).click();
  await message.fill("e".repeat(16_385));
  await ada.keyboard.press("Enter");
  await ada.getByText(/^Cannot .*16385 bytes/).waitFor();
  assert.equal((await message.inputValue()).length, 16_385, "an edit that is refused stays one");
  await message.fill("five and a half");
  await ada.keyboard.press("Enter");
  await bubble(ben, "five and a half").getByText("edited").waitFor();
  assert.equal(await message.inputValue(), "si", "what was begun before it");
  await leave(ada, ben);
});

test("what others write is text, and reads as what it is", TIMES, async () => {
  const [ada, ben] = await talking();
  const script = "<script>alert(1)</script><img src=x onerror=alert(1)>";
  await say(ada, script);
  await bubble(ben, script).waitFor();
  await say(ada, "invoice\u{202e}fdp.exe pay\u{200b}pal");
  await bubble(ben, "invoicefdp.exe paypal").waitFor();
  await say(ada, "שלום https://bank.example@evil.example/ javascript:alert(1)");
  await bubble(ben, "שלום").getByRole("button", { name: "Open evil.example" }).waitFor();
  await say(ada, `Z${"\u{301}".repeat(800)}algo`);
  await say(ada, `${"a".repeat(16_383)}!`);
  await bubble(ben, "aaaa").getByRole("button", { name: "Show all" }).click();
  await bubble(ben, "a!").waitFor();
  await say(ada, "b".repeat(16_385));
  await ada.getByText("Cannot send a text of 16385 bytes").waitFor();
  assert.equal((await ada.getByLabel("Message", { exact: true }).inputValue()).length, 16_385);
  const { scroll, width } = await ben.evaluate(() => ({
    scroll: document.documentElement.scrollWidth,
    width: innerWidth,
  }));
  assert.ok(scroll <= width, `the page is ${scroll} pixels wide`);
  await keepPictures(ben, "chat-hostile");
  await leave(ada, ben);
});

/** Asks for a lifetime, and the other one says yes. */
async function agreeOn(ada: Page, ben: Page, lifetime: string): Promise<void> {
  await ada.getByRole("button", { name: "About this chat" }).click();
  await ada.getByLabel("New messages stay").selectOption({ label: lifetime });
  await assertAccessible(ada);
  await keepPictures(ada, "chat-about");
  await ada.getByRole("button", { name: "Propose it" }).click();
  await ada.getByText("You asked Ben").waitFor();
  await ben.getByText(`Ada asks: new messages stay ${lifetime}.`).waitFor();
  await keepPictures(ben, "chat-asked");
  await ben.getByRole("button", { name: "Yes", exact: true }).click();
  for (const page of [ada, ben]) await page.getByText(`New messages stay ${lifetime}.`, { exact: true }).waitFor();
}

test("messages live as long as both agreed on, and are gone at both", TIMES, async () => {
  const [ada, ben] = await talking();
  await say(ada, "This stays");
  await agreeOn(ada, ben, "until one of you closes the chat");
  await say(ada, "For now");
  await bubble(ben, "For now").getByText("until closed").waitFor();
  await ben.getByRole("button", { name: "About this chat" }).click();
  await ben.getByRole("button", { name: "Close this chat" }).click();
  for (const page of [ada, ben]) await bubble(page, "For now").waitFor({ state: "detached" });
  await agreeOn(ada, ben, "1 minute from when they arrive");
  await say(ada, "Burn this");
  for (const page of [ada, ben])
    await bubble(page, "Burn this")
      .getByText(/\d+ seconds left|1 minute left/)
      .waitFor();
  await keepPictures(ben, "chat-burning");
  for (const page of [ada, ben]) await bubble(page, "Burn this").waitFor({ state: "detached", timeout: 75_000 });
  for (const page of [ada, ben]) await bubble(page, "This stays").waitFor();
  await leave(ada, ben);
});

/** A picture with what cameras write into it. */
async function photo(page: Page): Promise<Buffer> {
  const url = await page.evaluate(() => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [800, 500];
    const pen = canvas.getContext("2d");
    if (pen === null) throw new Error("No canvas");
    pen.fillStyle = "#2f5f86";
    pen.fillRect(0, 0, 800, 500);
    pen.fillStyle = "#f2b866";
    pen.fillRect(500, 80, 160, 160);
    return canvas.toDataURL("image/png");
  });
  return Buffer.concat([Buffer.from(url.slice(url.indexOf(",") + 1), "base64"), Buffer.from("GPS 52.5 13.4")]);
}

test("pictures and files come when they were accepted, and nothing but pixels of a picture", TIMES, async () => {
  const [ada, ben] = await talking();
  const pick = ada.locator("input[type=file]");
  await pick.setInputFiles({ name: "<b>\u{202e}gnp.png", mimeType: "image/png", buffer: await photo(ada) });
  await bubble(ada, "gnp.webp").locator("img.picture").waitFor();
  assert.equal(await bubble(ben, "gnp.webp").locator("img").count(), 0, "before anybody said yes");
  await keepPictures(ben, "chat-offer");
  await bubble(ben, "gnp.webp").getByRole("button", { name: "Accept" }).click();
  await bubble(ben, "gnp.webp").locator("img.picture").waitFor();
  const [saved] = await Promise.all([
    ben.waitForEvent("download"),
    bubble(ben, "gnp.webp").getByRole("button", { name: "Save" }).click(),
  ]);
  const bytes = await readFile(await saved.path());
  assert.equal(bytes.subarray(8, 12).toString(), "WEBP");
  assert.ok(!bytes.includes("GPS"));
  await assertAccessible(ben);
  await keepPictures(ben, "chat-picture");

  const svg = Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>");
  await pick.setInputFiles({ name: "logo.svg", mimeType: "image/svg+xml", buffer: svg });
  await ada.getByText("logo.svg is no picture").waitFor();

  const plan = Buffer.alloc(2_000_000, "kith");
  await ben.getByRole("link", { name: "Back" }).click();
  await pick.setInputFiles({ name: "plan.bin", mimeType: "application/x-plan", buffer: plan });
  await ben.getByText("1 file offered").waitFor();
  await keepPictures(ben, "chats-offer");
  await ben.getByRole("link", { name: /Ada/ }).click();
  await bubble(ben, "plan.bin").getByRole("button", { name: "Accept" }).click();
  const [file] = await Promise.all([
    ben.waitForEvent("download"),
    bubble(ben, "plan.bin").getByRole("button", { name: "Save" }).click(),
  ]);
  assert.deepEqual(await readFile(await file.path()), plan);
  await bubble(ada, "plan.bin").getByText("arrived ·").or(bubble(ada, "plan.bin").getByText("· arrived")).waitFor();

  await pick.setInputFiles({ name: "late.bin", mimeType: "", buffer: plan });
  await bubble(ben, "late.bin").getByRole("button", { name: "Decline" }).click();
  for (const page of [ada, ben]) await bubble(page, "late.bin").getByText("declined").waitFor();
  await leave(ada, ben);
});

test("a voice is recorded, sent and played; without a microphone it is said why", TIMES, async () => {
  const [ada, ben] = await talking({ permissions: ["microphone"] });
  await ben.getByRole("button", { name: "Record a voice message" }).click();
  await ben.getByText("The microphone is not allowed").waitFor();
  await ada.getByRole("button", { name: "Record a voice message" }).click();
  await ada.getByRole("timer").getByText("0:01").waitFor();
  await keepPictures(ada, "chat-recording");
  await ada.getByRole("button", { name: "Send the recording" }).click();
  await bubble(ben, "voice.webm").getByRole("button", { name: "Accept" }).click();
  const position = bubble(ben, "voice.webm").getByLabel("Position");
  await bubble(ben, "voice.webm").getByRole("button", { name: "Play" }).click();
  await ben.waitForFunction(
    (input) => input instanceof HTMLInputElement && input.valueAsNumber > 0,
    await position.elementHandle(),
  );
  await assertAccessible(ben);
  await keepPictures(ben, "chat-voice");
  await leave(ada, ben);
});

test("a chat is on the disk when its person chose that, and only then", TIMES, async () => {
  const [ada, ben] = await Promise.all([visit(app, "Ada", { passphrase: "correct horse" }), visit(app, "Ben")]);
  await meet(ada, ben);
  const goTo = async (page: Page, other: string): Promise<void> => {
    await page.getByRole("link", { name: "Chats" }).click();
    await page.getByRole("link", { name: other }).click();
  };
  const comeBack = async (): Promise<void> => {
    await ada.reload();
    await ada.getByLabel("Passphrase").fill("correct horse");
    await ada.getByRole("button", { name: "Unlock" }).click();
    await goTo(ada, "Ben");
  };
  await Promise.all([goTo(ada, "Ben"), goTo(ben, "Ada")]);
  await say(ada, "Spoken");
  await bubble(ada, "Spoken").getByText("read").waitFor();
  await comeBack();
  await ada.getByText("Nothing said yet").waitFor();
  await ada.getByRole("button", { name: "About this chat" }).click();
  await ada.getByLabel("Keep this chat").check();
  await ada.getByText("What is said is stored").waitFor();
  await keepPictures(ada, "chat-keeps");
  await ada.keyboard.press("Escape");
  await say(ada, "Written down");
  await bubble(ada, "Written down").getByText("read").waitFor();
  await comeBack();
  await bubble(ada, "Written down").waitFor();
  assert.equal(await bubble(ada, "Spoken").count(), 0);
  await leave(ada, ben);
});
