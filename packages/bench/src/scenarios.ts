/** The scenarios by name, in the order in which they are shown. */
import { chat } from "./scenario/chat-scenario.ts";
import { file, memory } from "./scenario/file-scenario.ts";
import { gossip } from "./scenario/gossip-scenario.ts";
import { lan } from "./scenario/lan-scenario.ts";
import { echo, messages, sessions, stream } from "./scenario/pipe-scenario.ts";
import { joinCode, relayStart, toll } from "./scenario/relay-moments.ts";
import { relayFanOut, relayIdle, relayPairs } from "./scenario/relay-scenario.ts";
import { room } from "./scenario/room-scenario.ts";
import type { Scenario } from "./scenario/scenario.ts";

export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  stream,
  messages,
  echo,
  sessions,
  file,
  memory,
  chat,
  lan,
  gossip,
  room,
  "relay-pairs": relayPairs,
  "relay-fanout": relayFanOut,
  "relay-idle": relayIdle,
  "relay-start": relayStart,
  "join-code": joinCode,
  toll,
};

/** Everybody who takes part in one or another. */
export const CONTENDERS: ReadonlySet<string> = new Set(
  Object.values(SCENARIOS).flatMap(({ counts }) => Object.keys(counts)),
);
