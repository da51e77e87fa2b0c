// Links over WebRTC with one or both ends in a real Chromium. Real time: it is Chromium's and the library's.
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { nodeWebRtc } from "../node/node-webrtc.ts";
import type { SuiteEnd } from "../testing/link-end.ts";
import { type ConnectLink, linkSuite } from "../testing/link-suite.ts";
import { introduce, type RtcFarHalf, RtcHalf } from "../testing/rtc-half.ts";
import { launchChromium, type ModulePage, serveModule } from "../testing-browser/index.ts";
import type { RtcLinksPage } from "./rtc-links.fixture.ts";

declare const rtcLinks: RtcLinksPage;

let served: ModulePage;
let browser: Browser;
let pages: readonly [Page, Page];
before(async () => {
  served = await serveModule(fileURLToPath(new URL("./rtc-links.fixture.ts", import.meta.url)));
  browser = await launchChromium();
  pages = [await open(), await open()];
});
after(async () => {
  await browser?.close();
  await served?.[Symbol.asyncDispose]();
});

/** A page of a profile of its own. */
async function open(): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await page.goto(served.url);
  return page;
}

interface Half extends RtcFarHalf {
  end(): Promise<SuiteEnd>;
  close(): unknown;
}

type Options = { readonly isOfferer: boolean; readonly hasFakeClock: boolean };

async function inPage(page: Page, options: Options): Promise<Half> {
  const half = await page.evaluate((options) => rtcLinks.open(options), options);
  const call = (name: keyof SuiteEnd, values: readonly unknown[]): Promise<never> =>
    page.evaluate(([half, name, values]) => rtcLinks.call(half, name, values), [half, name, values] as const) as never;
  const end: SuiteEnd = {
    facts: () => call("facts", []),
    start: (...values) => call("start", values),
    tell: (...values) => call("tell", values),
    write: (...values) => call("write", values),
    fill: (...values) => call("fill", values),
    nextRoom: () => call("nextRoom", []),
    packet: () => call("packet", []),
    ended: () => call("ended", []),
    turns: (...values) => call("turns", values),
    advance: (...values) => call("advance", values),
  };
  return {
    next: () => page.evaluate((half) => rtcLinks.next(half), half),
    take: (signal) => page.evaluate(([half, signal]) => rtcLinks.take(half, signal), [half, signal] as const),
    end: async () => end,
    close: () => page.evaluate((half) => rtcLinks.close(half), half),
  };
}

const webRtc = nodeWebRtc();

async function inNode(options: Options): Promise<Half> {
  if (webRtc === undefined) throw new Error("node-datachannel is not installed");
  return new RtcHalf({ webRtc, ...options });
}

type Place = (options: Options) => Promise<Half>;

const between =
  (near: Place, far: Place): ConnectLink =>
  async ({ hasFakeClock }) => {
    await using stack = new AsyncDisposableStack();
    const offerer = await near({ isOfferer: true, hasFakeClock });
    stack.defer(async () => void (await offerer.close()));
    const answerer = await far({ isOfferer: false, hasFakeClock });
    stack.defer(async () => void (await answerer.close()));
    await introduce(offerer, answerer);
    const ends = { near: await offerer.end(), far: await answerer.end() };
    const all = stack.move();
    return { ...ends, [Symbol.asyncDispose]: () => all.disposeAsync() };
  };

const first: Place = (options) => inPage(pages[0], options);
const second: Place = (options) => inPage(pages[1], options);

linkSuite("webrtc, page to page", between(first, second), { holdsBack: false });
if (webRtc === undefined) test("links between a page and node", { skip: "node-datachannel is not installed" });
else {
  linkSuite("webrtc, page to node", between(first, inNode), { holdsBack: false });
  linkSuite("webrtc, node to page", between(inNode, first), { holdsBack: false });
}
