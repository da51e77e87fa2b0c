/** Why? in real browsers against a real node: what is told when something is in the way. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { startAppNode } from "./testing/app-node.ts";
import { keepPicture } from "./testing/picture.ts";
import { useApp } from "./testing/use-app.ts";
import { leave, meet, visit as visitApp } from "./testing/visitors.ts";

const TIMES = { timeout: 120_000 };

const app = useApp();

const visit = (name: string, passphrase?: string): Promise<Page> => visitApp(app, name, { passphrase });

/** From You, until it is done. */
async function ask(page: Page): Promise<void> {
  await page.getByRole("link", { name: "You", exact: true }).click();
  await page.getByRole("link", { name: "Why?" }).first().click();
  await done(page);
}

const done = (page: Page): Promise<void> => page.getByRole("button", { name: "Look again" }).waitFor();

/** Words of a group; those that are well are folded away. */
async function told(page: Page, group: string): Promise<string> {
  const section = page.getByRole("region", { name: group });
  return (await section.count()) === 0 ? "" : section.innerText();
}

const well = (page: Page): Promise<string> => page.locator("details .list").innerText();

async function axe(page: Page): Promise<void> {
  const source = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  await page.evaluate(source);
  const found = await page.evaluate<string[]>(
    "axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' ')))",
  );
  assert.deepEqual(found, []);
}

test("where all is well Why? says so, with the way to each contact, and its report names nobody", TIMES, async () => {
  const [ada, ben] = await Promise.all([visit("Ada", "correct horse"), visit("Ben")]);
  await meet(ada, ben);
  await ada.evaluate(async () => void (await navigator.serviceWorker.ready));
  await ask(ada);
  assert.equal(await told(ada, "Do this first"), "");
  await keepPicture(ada, "why");
  await ada.locator("summary").click();
  const all = await well(ada);
  for (const words of [
    /The node that served this page is there/,
    /localhost:\d+ can be reached, and its key is the right one/,
    /The clock agrees/,
    /WebRTC is there/,
    /Ben: (straight, over WebRTC|on this network, over the node)/,
  ])
    assert.match(all, words);
  await axe(ada);
  await keepPicture(ada, "why-well");
  await ada.getByRole("button", { name: "Report for a helper" }).click();
  const report = await ada.getByRole("textbox", { name: "Report for a helper" }).inputValue();
  assert.match(report, /contact: Person 1: /);
  assert.match(report, /relay: Relay 1 can be reached/);
  assert.doesNotMatch(report, /Ada|Ben|localhost|127\.|[0-9a-f]{16}/);
  await axe(ada);
  await keepPicture(ada, "why-report");
  const saved = ada.waitForEvent("download");
  await ada.getByRole("button", { name: "Save" }).click();
  assert.equal(await readFile(await (await saved).path(), "utf8"), report);
  await ada.keyboard.press("Escape");
  // Ben goes: his chat says so, and leads here.
  await leave(ben);
  await ada.getByRole("link", { name: "People" }).click();
  await ada.getByRole("link", { name: /Ben/ }).first().click();
  await ada.getByRole("link", { name: "Why?" }).click({ timeout: 60_000 });
  await done(ada);
  const after = await ada.getByRole("main").innerText(); // for a while the node still shows him
  assert.match(
    after,
    /Ben: (neither on this network nor at a relay|seen on this network, and not connected|the way that was used is gone)/,
  );
  await leave(ada);
});

test("a permission denied and WebRTC gone are told, with the fix", TIMES, async () => {
  const ada = await visit("Ada");
  const session = await ada.context().newCDPSession(ada);
  const { targetInfo } = await session.send("Target.getTargetInfo");
  await session.send("Browser.setPermission", {
    ...{ permission: { name: "local-network-access" }, setting: "denied", origin: new URL(app.url).origin },
    ...(targetInfo.browserContextId !== undefined && { browserContextId: targetInfo.browserContextId }),
  });
  await ada.addInitScript(() => Reflect.deleteProperty(globalThis, "RTCPeerConnection"));
  await ada.reload();
  await ada.getByLabel("What should others see?").fill("Ada");
  await ada.getByRole("button", { name: "Begin" }).click();
  await ask(ada);
  const could = await told(ada, "Could be better");
  assert.match(could, /does not let this page use the local network/);
  assert.match(could, /allow the local network, and load the page again/);
  assert.match(could, /This browser has no WebRTC/);
  await leave(ada);
});

test("Why? offline says that there is no network, and looks again", TIMES, async () => {
  const ada = await visit("Ada");
  await ada.getByRole("link", { name: "You", exact: true }).click();
  await ada.getByRole("heading", { name: "Relays" }).waitFor();
  await ask(ada); // its code comes with the network
  await ada.context().setOffline(true);
  await ada.getByRole("button", { name: "Look again" }).click();
  await ada.getByText("The browser says that there is no network.").waitFor();
  assert.match(await told(ada, "Do this first"), /Turn off flight mode/);
  await ada.context().setOffline(false);
  await ada.getByRole("button", { name: "Look again" }).click();
  await ada.getByText("The browser says that there is no network.").waitFor({ state: "detached" });
  await leave(ada);
});

test("when the node that served the page is gone, Why? says so, and can be stopped", TIMES, async () => {
  const own = await startAppNode();
  const ada = await visitApp({ browser: app.browser, url: own.url }, "Ada");
  await ask(ada);
  ada.removeAllListeners("console"); // the browser complains of what is gone
  await own[Symbol.asyncDispose]();
  await ada.getByRole("button", { name: "Look again" }).click();
  await ada.getByText("What served this page is gone").waitFor();
  const first = await told(ada, "Do this first");
  assert.match(first, /Start Kith there again/);
  assert.match(first, /localhost:\d+ does not answer/);
  await keepPicture(ada, "why-gone");
  await axe(ada);
  for (const colorScheme of ["light", "dark"] as const) {
    await ada.emulateMedia({ colorScheme });
    await ada.setViewportSize({ width: 1_280, height: 800 });
    await keepPicture(ada, `why-gone-wide-${colorScheme}`);
  }
  await ada.route("**/served.json", () => {}); // no answer: it looks until it is stopped
  await ada.getByRole("button", { name: "Look again" }).click();
  await ada.getByRole("button", { name: "Stop" }).click();
  await ada.getByText("Stopped before it was done.").waitFor();
  await leave(ada);
});
