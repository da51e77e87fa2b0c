/** What is said comes, once and in order, whatever happens to pages: reloads, tabs, freezing. Real time: it is Chromium's. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { violationsOf } from "./testing/axe.ts";
import { keepPictures } from "./testing/picture.ts";
import { assertSaid, press, say, sayAll, talkers } from "./testing/talkers.ts";
import { useApp } from "./testing/use-app.ts";
import { leave, openPage, visit } from "./testing/visitors.ts";

const TIMES = { timeout: 240_000 };
const SOME = 8;

const app = useApp();

test(
  "a reload in mid-conversation loses nothing and doubles nothing, of who writes and of who reads",
  TIMES,
  async () => {
    const [ada, ben] = await talkers(app);
    const said: string[] = [];
    const maybe: string[] = [];
    for (let round = 1; round <= 3; round++) {
      for (let more = 1; more <= SOME; more++) {
        const text = `Ada ${said.length + maybe.length + 1}.`;
        await say(ada, text);
        said.push(text);
      }
      const text = `Ada ${said.length + maybe.length + 1}.`;
      await press(ada, text);
      maybe.push(text);
      await ada.reload();
      await ada.getByLabel("Message", { exact: true }).waitFor();
    }
    await say(ada, `Ada ${said.length + maybe.length + 1}.`);
    said.push(`Ada ${said.length + maybe.length + 1}.`);
    await assertSaid([ada, ben], said, maybe);

    const [answers] = await Promise.all([sayAll(ada, "More", SOME), ben.reload()]);
    await assertSaid([ada, ben], answers);
    const [ours, theirs] = await Promise.all([sayAll(ada, "Mine", SOME), sayAll(ben, "Yours", SOME)]);
    await Promise.all([ada.reload(), ben.reload()]);
    await assertSaid([ada, ben], ours);
    await assertSaid([ada, ben], theirs);
    await leave(ada, ben);
  },
);

test("of two tabs the other leads when the first is closed while it sends, or gives way", TIMES, async () => {
  const [ada, ben] = await talkers(app);
  const second = await openPage(ada.context(), ada.url(), "Ada, second tab");
  await second.getByText("Kith is open in another tab").waitFor();
  const said = [...(await sayAll(ada, "Ada", SOME))];
  const maybe = `Ada ${said.length + 1}.`;
  await press(ada, maybe);
  await ada.close();
  await second.getByLabel("Message", { exact: true }).waitFor();
  const third = await openPage(second.context(), second.url(), "Ada, third tab");
  await third.getByRole("button", { name: "Use it here" }).waitFor();
  for (let more = 1; more <= SOME; more++) {
    const text = `Ada ${said.length + 2}.`;
    await say(second, text);
    said.push(text);
  }
  const last = `Ada ${said.length + 2}.`;
  await press(second, last);
  await third.getByRole("button", { name: "Use it here" }).click();
  await third.getByLabel("Message", { exact: true }).waitFor();
  await second.getByText("Kith is open in another tab").waitFor();
  await say(third, "Ada 100.");
  await assertSaid([third, ben], [...said, "Ada 100."], [maybe, last]);
  const answers = await sayAll(ben, "Ben", SOME);
  await assertSaid([third, ben], answers);
  await leave(third, ben);
});

test(
  "a tab that was opened before anybody had said a name knows, when it leads, who came meanwhile",
  TIMES,
  async () => {
    const context = await app.browser.newContext({ locale: "en-GB" });
    const first = await openPage(context, app.url, "first");
    await first.getByLabel("What should others see?").waitFor();
    const second = await openPage(context, app.url, "second");
    await second.getByText("Kith is open in another tab").waitFor();
    await first.getByLabel("What should others see?").fill("Ada");
    await first.getByLabel("Keep me on this device").check();
    await first.getByRole("button", { name: "Begin" }).click();
    await first.getByRole("link", { name: "You" }).click();
    const fingerprint = await first.getByRole("region", { name: "Fingerprint" }).locator(".mono").textContent();
    await first.close();
    await second.getByRole("link", { name: "You" }).click();
    const region = second.getByRole("region", { name: "Fingerprint" });
    assert.equal(await region.getByRole("heading").textContent(), "Ada");
    assert.equal(await region.locator(".mono").textContent(), fingerprint);
    await context.close();
  },
);

test("a page that was frozen for longer than its session lives goes on where it was", TIMES, async () => {
  const [ada, ben] = await talkers(app);
  await assertSaid([ada, ben], await sayAll(ada, "Before", SOME));
  // Chromium freezes (`Page.setWebLifecycleState`) no page that is visible, as all are without a screen. Its debugger does:
  // no task runs, and what comes waits.
  const devtools = await ada.context().newCDPSession(ada);
  await devtools.send("Debugger.enable");
  await press(ada, "While 1.");
  await devtools.send("Debugger.pause");
  const frozenAt = Date.now();
  await ben.getByText("Ada is away").waitFor({ timeout: 60_000 });
  const waiting = await sayAll(ben, "Ben", SOME);
  // Keys are erased a minute after the last link: what is thawed later has no session any more.
  await ben.waitForTimeout(Math.max(0, 65_000 - (Date.now() - frozenAt)));
  await devtools.send("Debugger.resume");
  await devtools.send("Debugger.disable");
  const more = await sayAll(ada, "After", SOME);
  await assertSaid([ada, ben], waiting);
  await assertSaid([ada, ben], more);
  await assertSaid([ada, ben], ["While 1."]);
  await leave(ada, ben);
});

test("what the browser clears while the page runs is said to be gone, and who one was can stay", TIMES, async () => {
  const [ada, ben] = await talkers(app);
  const said = await sayAll(ada, "Ada", SOME);
  await assertSaid([ada, ben], said);
  const clearAll = async (page: Page): Promise<void> => {
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("Storage.clearDataForOrigin", { origin: new URL(app.url).origin, storageTypes: "all" });
  };
  const cem = await visit(app, "Cem, for a visit");
  await clearAll(cem);
  await cem.getByRole("link", { name: "You" }).click();
  await cem.getByText("For this visit: closing the page ends this identity").waitFor();
  await clearAll(ada);
  await ada.getByRole("heading", { name: "The browser has cleared what Kith kept here" }).waitFor();
  assert.deepEqual(await violationsOf(ada), []);
  await keepPictures(ada, "cleared");
  await ada.getByRole("button", { name: "Keep me here again" }).click();
  await ada
    .getByRole("heading", { name: /People|Chats/ })
    .first()
    .waitFor();
  await assertSaid([ben], said);
  const shown = async (): Promise<string | null> => {
    await ada.getByRole("link", { name: "You" }).click();
    return ada.getByRole("region", { name: "Fingerprint" }).locator(".mono").textContent();
  };
  const fingerprint = await shown();
  await ada.reload();
  assert.equal(await shown(), fingerprint, "who was kept again is there after a reload");
  await ada.goto("about:blank");
  await clearAll(ada);
  await ada.goto(app.url);
  await ada.getByLabel("What should others see?").waitFor();
  await leave(ada, ben, cem);
});
