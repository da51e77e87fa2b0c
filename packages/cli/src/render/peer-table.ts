/**
 * Nearby peers as a table: number, name, what it is to us, session, address.
 *
 * @module
 */
import type { AroundPeer } from "../around.ts";
import { pathWords } from "./path-words.ts";
import type { Style } from "./style.ts";
import { table } from "./table.ts";
import { safeText } from "./terminal-text.ts";

export interface NumberedPeer {
  readonly number: number;
  readonly nearby: AroundPeer;
}

export function peerTable(peers: readonly NumberedPeer[], style: Style, width: number): readonly string[] {
  const rows = peers.map(({ number, nearby }) => [
    String(number),
    nearby.name === undefined ? "(no name shown)" : safeText(nearby.name, 32),
    nearby.isContact ? "contact" : "stranger",
    sessionWords(nearby, style),
    nearby.hints[0] === undefined ? style.signs.dash : safeText(nearby.hints[0], 48),
  ]);
  return table(
    [
      { title: "#" },
      {
        title: "NAME",
        isFlexible: true,
        paint: (cell, row) => (peers[row]?.nearby.isContact ? style.strong(cell) : cell),
      },
      { title: "WHO", paint: (cell, row) => (peers[row]?.nearby.isContact ? style.good(cell) : style.dim(cell)) },
      {
        title: "SESSION",
        isFlexible: true,
        paint: (cell, row) => (peers[row]?.nearby.session === "open" ? style.good(cell) : style.dim(cell)),
      },
      { title: "ADDRESS", isFlexible: true, paint: style.dim },
    ],
    rows,
    { width, titlePaint: style.dim },
  );
}

function sessionWords({ session, path }: AroundPeer, style: Style): string {
  if (session === "none") return style.signs.dash;
  return session === "open" && path !== undefined ? pathWords(path) : session;
}
