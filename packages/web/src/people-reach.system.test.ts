/** People by keyboard and by screen reader, in both looks and widths; and where neither network nor relay answers. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { keepPicture } from "./testing/picture.ts";
import { useApp } from "./testing/use-app.ts";
import { agree, leave, visit } from "./testing/visitors.ts";

const TIMES = { timeout: 120_000 };
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const BEN = `Ben${process.pid}`;

const app = useApp();

/** What axe finds, as `rule: element`. */
async function violations(page: Page): Promise<readonly string[]> {
  const session = await page.context().newCDPSession(page); // past the page's policy, which lets no script in
  await session.send("Runtime.evaluate", { expression: AXE });
  const { result } = await session.send("Runtime.evaluate", {
    ...{ awaitPromise: true, returnByValue: true },
    expression: `axe.run().then(({ violations }) =>
      JSON.stringify(violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ": " + html))))`,
  });
  await session.detach();
  const found: unknown = JSON.parse(String(result.value));
  assert.ok(Array.isArray(found));
  return found.map(String);
}

/** Presses Tab until what has the focus is called so; then Enter. */
async function press(page: Page, name: RegExp): Promise<void> {
  for (let tabs = 0; tabs < 40; tabs++) {
    const focused = await page.evaluate(() => {
      const element = document.activeElement;
      return element?.getAttribute("aria-label") ?? element?.textContent ?? "";
    });
    if (name.test(focused)) return page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
  }
  assert.fail(`No way to ${name} by Tab`);
}

test("two pair by five words with the keyboard alone, and the focus comes back", TIMES, async () => {
  const [ada, ben] = await Promise.all(["Ada", BEN].map((name) => visit(app, name)));
  assert.ok(ada !== undefined && ben !== undefined);
  const near = ada.getByRole("region", { name: "Near you" }).getByRole("listitem").filter({ hasText: BEN });
  await near.waitFor();
  for (let times = 0; times < 5; times++) {
    await press(ada, /^Add$/);
    await ada.getByRole("heading", { name: "Add somebody" }).waitFor();
    await ada.keyboard.press("Escape");
    await ada.getByRole("heading", { name: "Add somebody" }).waitFor({ state: "detached" });
    // At once: later it would be taken from whatever a person went on with.
    assert.equal(await ada.evaluate(() => document.activeElement?.textContent), "Add");
  }

  await near.getByRole("button", { name: "Pair" }).focus(); // others of this machine's network may stand before it
  await ada.keyboard.press("Enter");
  await ada.getByRole("button", { name: "Compare five words" }).waitFor();
  await press(ada, /^Compare five words$/);
  for (const page of [ada, ben]) await page.getByRole("button", { name: "They are the same" }).waitFor();
  for (const page of [ada, ben]) await press(page, /^They are the same$/);
  const sayYes = async (page: Page): Promise<void> => {
    await page.getByRole("button", { name: "Yes, add" }).waitFor();
    await press(page, /^Yes, add$/);
  };
  await Promise.all([ada, ben].map(sayYes)); // one of the two is asked first
  for (const page of [ada, ben]) await page.getByText("is a contact now").waitFor();
  for (const page of [ada, ben]) await press(page, /^OK$/);
  await ada.getByRole("link", { name: BEN }).waitFor();
  await leave(ada, ben);
});

test("axe finds nothing on any screen of people, light and dark, on a phone and on a wide screen", TIMES, async () => {
  const looks = [
    { name: "phone", viewport: { width: 390, height: 844 }, colorScheme: "light" },
    { name: "wide", viewport: { width: 1280, height: 800 }, colorScheme: "dark" },
  ] as const;
  const [ada, ben] = await Promise.all(
    looks.map(({ viewport, colorScheme }, index) =>
      visit(app, ["Ada", BEN][index] ?? "", { context: { viewport, colorScheme } }),
    ),
  );
  assert.ok(ada !== undefined && ben !== undefined);
  const both = [ada, ben];
  const look = async (screen: string): Promise<void> => {
    for (const [index, page] of both.entries()) {
      await keepPicture(page, `reach-${screen}-${looks[index]?.name}`);
      assert.deepEqual(await violations(page), [], screen);
    }
  };
  await ada.getByRole("region", { name: "Near you" }).getByText(BEN).waitFor();
  await look("people");
  for (const page of both) await page.getByRole("button", { name: "Add" }).click();
  for (const page of both) await page.getByRole("button", { name: "Show mine" }).waitFor();
  await look("add");
  for (const page of both) await page.getByRole("button", { name: "Scan theirs" }).click();
  for (const page of both) await page.getByText(/Choose a picture|does not let Kith/).waitFor();
  await look("scan");
  for (const page of both) await page.getByRole("button", { name: "Back" }).click();
  for (const page of both) await page.getByRole("button", { name: "Show mine" }).click();
  for (const page of both) await page.getByRole("img", { name: /QR code/ }).waitFor();
  await look("qr");
  for (const page of both) await page.keyboard.press("Escape");
  const near = ada.getByRole("region", { name: "Near you" }).getByRole("listitem").filter({ hasText: BEN });
  await near.getByRole("button", { name: "Pair" }).click();
  await ada.getByRole("button", { name: "Compare five words" }).click();
  for (const page of both) await page.getByRole("button", { name: "They are the same" }).waitFor();
  await look("compare");
  for (const page of both) await page.getByRole("button", { name: "They are the same" }).click();
  await agree(ada, ben);
  for (const page of both) await page.getByRole("link", { name: "Details" }).click();
  for (const page of both) await page.getByText("Fingerprint").waitFor();
  await look("contact");
  for (const page of both) await page.getByRole("button", { name: "Forget" }).click();
  await look("forget");
  await leave(ada, ben);
});
