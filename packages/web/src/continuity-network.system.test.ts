/** What is said comes, once and in order, whatever happens to the network and the node. Real time: it is Chromium's. */
import { after, before, test } from "node:test";
import { launchChromium } from "@kith/sdk/testing/browser";
import type { Browser, Page } from "playwright-core";
import { assertSaid, converse, press, say, sayAll, talkers } from "./testing/talkers.ts";
import { useApp } from "./testing/use-app.ts";
import { leave, meet, visit } from "./testing/visitors.ts";

const TIMES = { timeout: 240_000 };
const SOME = 8;

const app = useApp();
/** Where browsers do not come through to each other: nothing but the relay leads anywhere. */
let apart: Browser;
before(async () => {
  apart = await launchChromium({
    args: ["--webrtc-ip-handling-policy=disable_non_proxied_udp", "--force-webrtc-ip-handling-policy"],
  });
});
after(async () => {
  await apart?.close();
});

/** How the contact is reached now, as its page says it. */
async function pathOf(page: Page, other: string, words: RegExp): Promise<void> {
  await page.getByRole("link", { name: "People" }).click();
  await page.getByRole("listitem").filter({ hasText: other }).getByRole("link", { name: "Details" }).click();
  await page.getByText(words).first().waitFor({ timeout: 30_000 });
  await converse(page, other);
}

test(
  "two go on talking when the node that served them is killed; it comes back, and a third joins",
  TIMES,
  async () => {
    const [ada, ben] = await talkers(app, { isFar: true });
    await pathOf(ada, "Ben", /direct, from browser to browser/);
    await assertSaid([ada, ben], await sayAll(ada, "Before", SOME));
    await press(ada, "As it 1.");
    await app.stop("SIGKILL");
    await assertSaid([ada, ben], await sayAll(ada, "Without", SOME));
    await assertSaid([ada, ben], await sayAll(ben, "Answer", SOME));
    await assertSaid([ada, ben], ["As it 1."]);
    await ada.getByRole("link", { name: "You" }).click();
    await ada.getByText("tries again").waitFor();
    await app.start();
    await ada.getByText("connected", { exact: true }).waitFor({ timeout: 60_000 });
    const cem = await visit(app, "Cem", { isFar: true, isKept: true });
    await ada.getByRole("link", { name: "People" }).click();
    await meet(ada, cem);
    await converse(ada, "Cem", true);
    await converse(cem, "Ada", true);
    await assertSaid([ada, cem], await sayAll(cem, "Cem", SOME));
    await converse(ada, "Ben");
    await assertSaid([ada, ben], await sayAll(ben, "After", SOME));
    await leave(ada, ben, cem);
  },
);

test("a network that goes away in mid-sending and comes back loses nothing", TIMES, async () => {
  const [ada, ben] = await talkers({ browser: apart, url: app.url }, { isFar: true });
  await pathOf(ada, "Ben", /relayed by/);
  for (const round of [1, 2]) {
    await press(ada, `Cut ${round}.`);
    await ada.context().setOffline(true);
    const written = await sayAll(ada, `Round ${round}, Ada`, SOME);
    await ben.getByText("Ada is away").waitFor({ timeout: 60_000 });
    const answers = await sayAll(ben, `Round ${round}, Ben`, SOME);
    await ada.context().setOffline(false);
    await assertSaid([ada, ben], written);
    await assertSaid([ada, ben], answers);
  }
  await assertSaid([ada, ben], ["Cut 1.", "Cut 2."]);
  await leave(ada, ben);
});

test("a relay that is restarted, or killed, while two talk over it alone loses nothing", TIMES, async () => {
  const [ada, ben] = await talkers({ browser: apart, url: app.url }, { isFar: true });
  await pathOf(ada, "Ben", /relayed by/);
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    const sending = sayAll(ada, signal, 2 * SOME);
    await say(ben, `Meanwhile, ${signal}.`);
    await app.stop(signal);
    const written = await sending;
    const answers = await sayAll(ben, `${signal}, Ben`, SOME);
    await app.start();
    await assertSaid([ada, ben], written);
    await assertSaid([ada, ben], answers);
    await assertSaid([ada, ben], [`Meanwhile, ${signal}.`]);
  }
  await leave(ada, ben);
});
