/**
 * Why can I not see the other one? The doctor in a page: looks at the browser, at what served the page, at relays, at
 * WebRTC, and says what it found, in words, with what to do about it. Changes nothing.
 *
 * @module
 */

import { type CryptoProvider, nobleProvider, type RandomSource } from "@kith/core";
import { boundedSignal } from "../bounded-signal.ts";
import { type Clock, systemClock } from "../clock.ts";
import type { OpenWebSocket } from "../relay-connection.ts";
import type { RtcIceServer } from "../webrtc/rtc-api.ts";
import type { WebEndpoint } from "./create-endpoint.ts";
import { judgeBrowser, lookAtBrowser } from "./doctor-browser.ts";
import { type PageFinding, pageFinding } from "./doctor-finding.ts";
import { gatherIce, type IceGatherer, judgeIce } from "./doctor-ice.ts";
import { judgeClocks, judgeRelays, type RelaySeen, visitRelay } from "./doctor-relays.ts";
import { judgeWays } from "./doctor-ways.ts";
import type { NodeState } from "./lan-connection.ts";

export type PageStep = "browser" | "server" | "relays" | "webrtc" | "people";

export interface ExamineOptions {
  /** An address at the page's origin that is always asked afresh: whether what served the page is there, and its time. */
  readonly served: string;
  readonly signal?: AbortSignal;
  /** Called when it begins to look at that. */
  readonly began?: (step: PageStep) => void;
  /** The world, unless a test has another. */
  readonly clock?: Clock;
  readonly webSocket?: OpenWebSocket;
  readonly random?: RandomSource;
  readonly provider?: CryptoProvider;
}

interface ServerSeen {
  readonly answers: boolean;
  /** What its clock shows, to the second. */
  readonly wall: number | undefined;
}

const SERVER_TIME_MS = 3_000;

/** Takes up to twenty seconds where nobody answers, else one or two. @throws the signal's reason */
export async function examinePage(endpoint: WebEndpoint, options: ExamineOptions): Promise<readonly PageFinding[]> {
  const { signal, began = () => {}, clock = systemClock, provider = nobleProvider } = options;
  const step = (next: PageStep): void => {
    signal?.throwIfAborted();
    began(next);
  };
  step("browser");
  const browser = await lookAtBrowser();
  step("server");
  const server = await askServer(options.served, signal);
  step("relays");
  const relays = await lookAtRelays(endpoint, options, clock);
  const isBehind = (await endpoint.trust.checkClock()) === "behind";
  step("webrtc");
  const ice = await lookAtIce(endpoint, clock, signal);
  step("people");
  const here = relays.find(({ view }) => view.host === globalThis.location.host)?.visit.type;
  const found = [
    ...judgeNode(endpoint.node.get(), server, here === undefined ? undefined : here === "welcome" || here === "mute"),
    isBehind
      ? pageFinding("clock-behind")
      : judgeClocks(provider, {
          ...{ wall: clock.wall(), relays },
          ...(server.wall !== undefined && { other: server.wall }),
        }),
    ...judgeRelays(provider, relays),
    ...ice,
    ...judgeBrowser(browser, endpoint.isOneTime, server.answers),
  ];
  return [...found.sort(byOrder), ...judgeWays(peopleOf(endpoint), found)];
}

/** Causes before what comes of them. */
const ORDER: readonly PageFinding["check"][] = [
  ...(["online", "websocket", "node", "clock", "relay", "permission", "webrtc", "udp"] as const),
  ...(["storage", "page", "tabs"] as const),
];
const byOrder = (a: PageFinding, b: PageFinding): number => ORDER.indexOf(a.check) - ORDER.indexOf(b.check);

async function askServer(served: string, signal: AbortSignal | undefined): Promise<ServerSeen> {
  const limit = AbortSignal.timeout(SERVER_TIME_MS);
  try {
    const answer = await fetch(served, { cache: "no-store", signal: boundedSignal(limit, signal) });
    const date = Date.parse(answer.headers.get("Date") ?? "");
    return { answers: answer.ok, wall: answer.ok && !Number.isNaN(date) ? date : undefined };
  } catch {
    return { answers: false, wall: undefined };
  }
}

/** `isThrough`: a WebSocket to where the page came from came up; `undefined`: none was tried. */
export function judgeNode(
  state: NodeState | "none",
  { answers }: Pick<ServerSeen, "answers">,
  isThrough: boolean | undefined,
): PageFinding[] {
  if (state === "here") return [pageFinding("node-here")];
  if (!answers) return [pageFinding("node-gone")];
  if (isThrough === false) return [pageFinding("websocket-blocked")];
  if (state === "none") return [pageFinding("node-none")];
  if (state === "connecting") return [pageFinding("node-connecting")];
  return [pageFinding(isThrough === undefined ? "websocket-blocked" : "node-refuses")];
}

async function lookAtRelays(
  { relays }: WebEndpoint,
  { signal, webSocket, random }: ExamineOptions,
  clock: Clock,
): Promise<RelaySeen[]> {
  const open: OpenWebSocket = webSocket ?? ((url) => new WebSocket(url));
  const chance: RandomSource = random ?? ((length) => crypto.getRandomValues(new Uint8Array(length)));
  const visits = await Promise.all(
    relays.get().map((view) => visitRelay(view, { webSocket: open, random: chance, clock, signal })),
  );
  // As they are now: much can have happened meanwhile.
  return relays.get().flatMap((view, index) => {
    const visit = visits[index];
    return visit === undefined ? [] : [{ view, visit }];
  });
}

async function lookAtIce(
  { relays }: WebEndpoint,
  clock: Clock,
  signal: AbortSignal | undefined,
): Promise<PageFinding[]> {
  if (globalThis.RTCPeerConnection === undefined) return judgeIce(undefined, undefined);
  const gather = (servers: readonly RtcIceServer[]): ReturnType<typeof gatherIce> =>
    gatherIce({ servers, clock, signal, connect: (all): IceGatherer => new RTCPeerConnection(all) });
  const alone = await gather([]);
  const { turnServers = [] } = relays;
  return judgeIce(alone, alone === undefined || turnServers.length === 0 ? undefined : await gather(turnServers));
}

const peopleOf = ({ trust, openSessions, nearby, relays, rooms }: WebEndpoint): Parameters<typeof judgeWays>[0] => ({
  contacts: trust.contacts.get(),
  sessions: openSessions.get(),
  nearby: nearby.get(),
  relays: relays.get(),
  members: rooms.all
    .get()
    .filter(({ state }) => state === "in")
    .flatMap(({ id }) => rooms.get(id)?.members.get() ?? []),
});
