/** What the suite of links finds in a page: halves of WebRTC connections, by number, and calls on them and their ends. */
import type { SuiteEnd } from "../testing/link-end.ts";
import { RtcHalf, type RtcSignal } from "../testing/rtc-half.ts";

const connect = (configuration: RTCConfiguration): RTCPeerConnection => new RTCPeerConnection(configuration);

/** As the test's `page.evaluate` sees it. */
export interface RtcLinksPage {
  open(options: { readonly isOfferer: boolean; readonly hasFakeClock: boolean }): number;
  next(half: number): Promise<RtcSignal>;
  take(half: number, signal: RtcSignal): void;
  call(half: number, name: keyof SuiteEnd, values: readonly unknown[]): Promise<unknown>;
  close(half: number): void;
}

const halves: RtcHalf[] = [];
const ends = new Map<RtcHalf, Promise<SuiteEnd>>();

function half(index: number): RtcHalf {
  const found = halves[index];
  if (found === undefined) throw new Error(`no half ${index}`);
  return found;
}

const rtcLinks: RtcLinksPage = {
  open: (options) => halves.push(new RtcHalf({ webRtc: { connect }, ...options })) - 1,
  next: (index) => half(index).next(),
  take: (index, signal) => half(index).take(signal),
  call: async (index, name, values) => {
    const one = half(index);
    const end = ends.get(one) ?? one.end();
    ends.set(one, end);
    const made = await end;
    return Reflect.apply(made[name], made, [...values]);
  },
  close: (index) => half(index).close(),
};
Object.assign(globalThis, { rtcLinks });
