/** A changed key in a real browser: it is seen across all of the app, and goes by a deliberate act alone. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createEndpoint, type NodeEndpoint } from "@kith/sdk/node";
import type { Page } from "playwright-core";
import { keepPicture } from "./testing/picture.ts";
import { useApp } from "./testing/use-app.ts";
import { leave, visit } from "./testing/visitors.ts";

const TIMES = { timeout: 120_000 };
const BEN = `Ben${process.pid}`;

const app = useApp();
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "kith-alarm-"));
});
after(async () => {
  await rm(folder, { recursive: true });
});

/** A program on this network, with a home of its own. */
const neighbour = (home: string, port?: number): Promise<NodeEndpoint> =>
  createEndpoint({ home: join(folder, home), name: BEN, privacy: "open", ...(port !== undefined && { port }) });

/** Says yes to whatever a pairing by words asks. */
function sayYes({ pairing }: NodeEndpoint): void {
  pairing.all.subscribe(() => {
    for (const { id, step } of pairing.all.get()) {
      if (step.at === "compare") void pairing.answer(id, { type: "match", same: true });
      if (step.at === "consent") void pairing.answer(id, { type: "consent", accept: true });
    }
  });
}

async function pairByWords(page: Page): Promise<void> {
  const near = page.getByRole("region", { name: "Near you" }).getByRole("listitem").filter({ hasText: BEN });
  await near.getByRole("button", { name: "Pair" }).click();
  await page.getByRole("button", { name: "Compare five words" }).click();
  await page.getByRole("button", { name: "They are the same" }).click();
  await page.getByRole("button", { name: "Yes, add" }).click();
  await page.getByRole("button", { name: "OK" }).click();
}

test(
  "another key answers where a contact's is expected: an alarm everywhere, until it is dealt with",
  TIMES,
  async () => {
    const ada = await visit(app, "Ada");
    await using ben = await neighbour("ben");
    sayYes(ben);
    await pairByWords(ada);
    const port = Number(/\d+$/.exec(ben.addresses.get()[0] ?? "")?.[0]);
    await ben.close();
    await using _impostor = await neighbour("impostor", port);

    const alarms = ada.getByRole("alert", { name: "Alarms" });
    await ada.getByRole("link", { name: "Details" }).click();
    await until(async () => {
      const compare = ada.getByRole("button", { name: "Compare five words" }); // waits while it dials
      if (await compare.isEnabled()) await compare.click();
      return (await alarms.getByText(`it was not ${BEN} who answered`).count()) > 0;
    });
    await keepPicture(ada, "alarm");
    await ada.getByText("Changed key: another key answered in this contact's place").waitFor();
    await ada.getByRole("link", { name: "Rooms" }).click();
    await alarms.getByText(`it was not ${BEN} who answered`).waitFor();

    const dismiss = ada.getByRole("button", { name: "Dismiss the alarm" });
    await alarms.getByRole("button", { name: "I have dealt with it" }).click();
    await dismiss.waitFor();
    await ada.keyboard.press("Escape");
    await dismiss.waitFor({ state: "detached" });
    await alarms.getByRole("button", { name: "I have dealt with it" }).click();
    assert.equal(await dismiss.isDisabled(), true);
    await ada.getByLabel("in another way").check();
    await keepPicture(ada, "alarm-dismiss");
    await dismiss.click();
    await alarms.getByText(`it was not ${BEN} who answered`).waitFor({ state: "detached" });
    await leave(ada);
  },
);

async function until(isIt: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await isIt())) {
    assert.ok(Date.now() < deadline, "it does not come about");
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
