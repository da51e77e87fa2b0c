/** QR codes between real browsers: before the camera, as a picture, as a link; and what is said where there is no camera. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { type AppNode, startAppAndBrowser } from "./testing/app-node.ts";
import { filmNothing, filmQr } from "./testing/camera-film.ts";
import { keepPicture } from "./testing/picture.ts";
import { agree, leave, visit as visitApp } from "./testing/visitors.ts";

const TIMES = { timeout: 120_000 };

let node: AppNode;
let browser: Browser;
let folder: string;
let film: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "kith-film-"));
  film = join(folder, "film.y4m");
  filmNothing(film);
  const args = [
    ...["--use-fake-device-for-media-stream", `--use-file-for-fake-video-capture=${film}`],
    "--host-resolver-rules=MAP 10.77.0.1 127.0.0.1,MAP kith.test 127.0.0.1", // as of a LAN, for what browsers withhold over http
  ];
  [node, browser] = await startAppAndBrowser({ args });
});
after(async () => {
  await browser?.close();
  await node?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const visit = (name: string, permissions: string[] = []): Promise<Page> =>
  visitApp({ browser, url: node.url }, name, { context: { permissions } });

/** What a camera, or a person with a link, gets of somebody who shows a QR code. */
async function show(page: Page): Promise<string> {
  await page.getByRole("button", { name: "Add" }).click();
  await page.getByRole("button", { name: "Show mine" }).click();
  return page.getByLabel("Link").inputValue();
}

async function scan(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Add" }).click();
  await page.getByRole("button", { name: "Scan theirs" }).click();
}

test("one shows a QR code, the other's camera sees it, and they are contacts", TIMES, async () => {
  const [ada, ben] = await Promise.all([visit("Ada"), visit("Ben", ["camera"])]);
  const link = await show(ada);
  await keepPicture(ada, "people-qr");
  filmQr(film, link);
  await scan(ben);
  await agree(ada, ben);
  await ben.getByText("verified by QR code").waitFor();
  await ada.getByText("verified by QR code").waitFor();
  await leave(ada, ben);
});

test(
  "without a camera: what to do is said, and a picture of the code does it; other pictures do not",
  TIMES,
  async () => {
    const [ada, ben] = await Promise.all([visit("Ada"), visit("Ben")]);
    await show(ada);
    await scan(ben);
    await ben.getByText("The browser does not let Kith use the camera").waitFor();
    await keepPicture(ben, "people-camera-denied");
    const give = async (picture: Buffer): Promise<void> => {
      const choosing = ben.waitForEvent("filechooser");
      await ben.getByRole("button", { name: "Take or choose a picture" }).click();
      await (await choosing).setFiles({ name: "picture.png", mimeType: "image/png", buffer: picture });
    };
    await give(await ada.locator("h2").first().screenshot());
    await ben.getByText("There is no QR code in that picture").waitFor();
    await give(await ada.locator(".qr").screenshot());
    await agree(ada, ben);
    await leave(ada, ben);
  },
);

test("a camera that was denied and is allowed then works at once, as it was said", TIMES, async () => {
  const [ada, ben] = await Promise.all([visit("Ada"), visit("Ben")]);
  filmQr(film, await show(ada));
  await scan(ben);
  await ben.getByText("allow the camera for this page, and try again").waitFor();
  await ben.context().grantPermissions(["camera"]);
  await ben.getByRole("button", { name: "Try again" }).click();
  await agree(ada, ben);
  await leave(ada, ben);
});

test("a pasted link pairs, and so does one that opens the app; both say what it is first", TIMES, async () => {
  const [ada, ben, cem] = await Promise.all([visit("Ada"), visit("Ben"), visit("Cem")]);
  const link = await show(ada);
  await scan(ben);
  await ben.getByLabel("Link or text of it").fill("https://example.com/");
  await ben.getByRole("button", { name: "Use it" }).click();
  await ben.getByText("That is no code of Kith.").waitFor();
  await ben.getByLabel("Link or text of it").fill(link);
  await ben.getByRole("button", { name: "Use it" }).click();
  await agree(ada, ben);

  await cem.goto(await show(ben)); // not Ada's: from one source she takes one attempt in five seconds
  await cem.getByText("somebody showed you a QR code").waitFor();
  await keepPicture(cem, "people-pair-link");
  await cem.getByRole("button", { name: "Yes, pair with them" }).click();
  await agree(ben, cem);
  await cem.waitForURL(/#\/people$/);
  await leave(ada, ben, cem);
});

test(
  "over http: it is said why one is here for one visit, and a QR code leads over the relay, without a camera",
  TIMES,
  async () => {
    const url = node.url.replace("localhost", "10.77.0.1");
    const between = async (context: BrowserContext): Promise<void> => {
      await context.routeWebSocket(/\/kith\/lan\//, (socket) => socket.close()); // a node that lends no LAN
    };
    const mayComplain = /net::ERR_|Cross-Origin-Opener-Policy header has been ignored/;
    const [ada, ben] = await Promise.all(
      ["Ada", "Ben"].map((name) =>
        visitApp({ browser, url }, name, { context: { serviceWorkers: "block" }, between, mayComplain }),
      ),
    );
    assert.ok(ada !== undefined && ben !== undefined);
    await ada.getByText("this page came over http").waitFor();
    await ada.getByRole("button", { name: "Add" }).click();
    await ada.getByText("It leads through the relay, which cannot read along.").waitFor();
    await ada.getByRole("button", { name: "Show mine" }).click();
    await ada.locator(".qr").waitFor();
    await keepPicture(ada, "people-join-qr");
    await scan(ben);
    await ben.getByText("browsers give such pages no camera").waitFor();
    await keepPicture(ben, "people-scan-http");
    const choosing = ben.waitForEvent("filechooser");
    await ben.getByRole("button", { name: "Take or choose a picture" }).click();
    const buffer = await ada.locator(".qr").screenshot();
    await (await choosing).setFiles({ name: "picture.png", mimeType: "image/png", buffer });
    await ben.getByRole("button", { name: "Connect" }).click();
    await agree(ada, ben);
    await ben.getByText("verified by join code").waitFor();
    await leave(ada, ben);
  },
);

test("over http under a name nothing goes through the node: the app opens, and says what to do", TIMES, async () => {
  const mayComplain = /net::ERR_|response code: 421|Cross-Origin-Opener-Policy header has been ignored/;
  const url = node.url.replace("localhost", "kith.test");
  const ada = await visitApp({ browser, url }, "Ada", { mayComplain });
  await ada.getByRole("button", { name: "Add" }).click();
  await ada.getByText("open it by the address in digits").waitFor();
  await leave(ada);
});
