/**
 * Relays that are used, as a table and in words.
 *
 * @module
 */
import type { RelayOrderAnswers, RelayView } from "@kith/sdk";
import type { Style } from "./style.ts";
import { table } from "./table.ts";
import { safeText } from "./terminal-text.ts";

const PROBLEMS: Readonly<Record<string, string>> = {
  unreachable: "nobody answers there",
  ended: "the connection ended",
  silent: "it went silent",
  misbehaved: "it does not speak as a relay does",
  expensive: "it asks for too much work",
  asked: "starting anew",
  unwelcome: "it takes invited ones only: ask its owner for a pass",
  wrongToll: "it did not take our work",
  crowded: "it is full",
  paused: "too many wrong tries from here",
  forbidden: "it does not want us",
  draining: "it is about to end",
  replaced: "this identity is in use somewhere else",
  storage: "its disk cannot be written",
};

/** How it stands with one. */
export function relayWords(view: RelayView): string {
  const words = stateWords(view);
  return view.standsInFor === undefined ? words : `${words}, while ${safeText(view.standsInFor, 60)} is away`;
}

function stateWords({ state, problem }: RelayView): string {
  if (state === "ready") return "ready";
  if (state === "connecting") return "connecting";
  if (state === "key-changed") return "ANOTHER KEY than before: nothing is said to it";
  return problem === undefined ? "waiting to try again" : (PROBLEMS[problem] ?? safeText(problem, 40));
}

export function relayTable(relays: readonly RelayView[], style: Style, width: number): readonly string[] {
  const rows = relays.map((view) => [
    safeText(view.host, 60),
    relayWords(view),
    view.key === undefined ? style.signs.dash : view.key.slice(0, 16),
  ]);
  return table(
    [
      { title: "RELAY", isFlexible: true, paint: style.strong },
      {
        title: "STATE",
        isFlexible: true,
        paint: (cell, row) => {
          const state = relays[row]?.state;
          return state === "ready" ? style.good(cell) : state === "key-changed" ? style.bad(cell) : style.dim(cell);
        },
      },
      { title: "KEY", paint: style.dim },
    ],
    rows,
    { width, titlePaint: style.dim },
  );
}

/** Numbers by name, without what all names begin with. */
export function statusLines(numbers: RelayOrderAnswers["status"]["numbers"]): readonly string[] {
  const rows = Object.entries(numbers).flatMap(([name, value]): (readonly [string, number])[] =>
    typeof value === "number"
      ? [[name, value]]
      : Object.entries(value).map(([label, one]) => [`${name} ${label}`, one]),
  );
  const names = rows.map(([name]) => safeText(name.replace(/^kith_relay_/, "").replaceAll("_", " "), 60));
  const width = Math.max(0, ...names.map((name) => name.length));
  return rows.map(([, value], at) => `${(names[at] ?? "").padEnd(width)}  ${value}`);
}
