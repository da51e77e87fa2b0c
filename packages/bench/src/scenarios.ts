/** The scenarios by name, in the order in which they are shown. */
import { cardNearby } from "./scenario/card-scenario.ts";
import { chat } from "./scenario/chat-scenario.ts";
import { credential, credentialInPage } from "./scenario/credential-scenario.ts";
import { docJoin, docLive } from "./scenario/doc-scenario.ts";
import { file, memory } from "./scenario/file-scenario.ts";
import { gossip } from "./scenario/gossip-scenario.ts";
import { lan } from "./scenario/lan-scenario.ts";
import { echo, messages, rtcBulk, rtcMessages, sessions, stream } from "./scenario/pipe-scenario.ts";
import { qrGenerate, qrScan } from "./scenario/qr-scenario.ts";
import { relayCrowd } from "./scenario/relay-crowd.ts";
import { relayIdle } from "./scenario/relay-idle.ts";
import { joinCode, relayStart, relayStartSources, toll, tollInPage } from "./scenario/relay-moments.ts";
import { relayFanOut, relayPairs } from "./scenario/relay-scenario.ts";
import { room } from "./scenario/room-scenario.ts";
import { rtcFarPages, rtcNodeToPage, rtcPages, rtcPageToNode } from "./scenario/rtc-page-scenario.ts";
import type { Scenario } from "./scenario/scenario.ts";
import { signPass } from "./scenario/sign-pass-scenario.ts";
import { webFirstMessage } from "./scenario/web-first-message.ts";
import { webOpen } from "./scenario/web-open.ts";

export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  stream,
  messages,
  echo,
  sessions,
  "rtc-bulk": rtcBulk,
  "rtc-messages": rtcMessages,
  "rtc-pages": rtcPages,
  "rtc-far": rtcFarPages,
  "rtc-page-node": rtcPageToNode,
  "rtc-node-page": rtcNodeToPage,
  file,
  memory,
  chat,
  lan,
  gossip,
  room,
  "doc-join": docJoin,
  "doc-live": docLive,
  "relay-pairs": relayPairs,
  "relay-fanout": relayFanOut,
  "relay-idle": relayIdle,
  "relay-crowd": relayCrowd,
  "relay-start": relayStart,
  "relay-start-sources": relayStartSources,
  "join-code": joinCode,
  toll,
  "toll-chromium": tollInPage,
  "web-open": webOpen,
  "web-first-message": webFirstMessage,
  "card-nearby": cardNearby,
  credential,
  "credential-chromium": credentialInPage,
  "qr-generate": qrGenerate,
  "qr-scan": qrScan,
  "sign-pass": signPass,
};

/** Everybody who takes part in one or another. */
export const CONTENDERS: ReadonlySet<string> = new Set(
  Object.values(SCENARIOS).flatMap(({ counts }) => Object.keys(counts)),
);
