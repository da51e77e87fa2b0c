/**
 * A drawing of a room's net. A few members stand in a ring with lines between them; where the terminal
 * has no such letters, and for more, a table says of each two whether they are linked; above that, a
 * list. Nothing depends on colour.
 *
 * @module
 */
import { DotCanvas, type Place } from "./dot-canvas.ts";
import type { NetNode, RoomNet, Tie } from "./room-net.ts";
import type { Style } from "./style.ts";
import { pad, truncate, widthOf } from "./terminal-text.ts";

/** Members in a ring: of more, lines that all cross say nothing. */
const RING_MAX = 8;
/** Cells beside the ring, for the names: a mark, a space, the name, `(you)`. */
const LABEL_COLUMNS = 22;
const RADIUS_COLUMNS_MAX = 20;
/** A column of the table, in cells. */
const PAIR_COLUMNS = 3;
/** How many neighbours a line of the list names. */
const LIST_NAMES_MAX = 8;

export interface MapLook {
  readonly style: Style;
  /** Cells of a line. */
  readonly columns: number;
  /** Lines may be drawn with letters beyond ASCII. */
  readonly isPlain: boolean;
}

export function roomMap(net: RoomNet, look: MapLook): readonly string[] {
  const { length } = net.nodes;
  if (length < 2) return net.nodes.map((node) => label(node, look));
  const isRoomForRing = look.columns >= 2 * LABEL_COLUMNS + 16;
  if (!look.isPlain && length <= RING_MAX && isRoomForRing) return ring(net, look);
  const nameColumns = Math.max(...net.nodes.map((node) => widthOf(label(node, look)))) + 4;
  if (nameColumns + PAIR_COLUMNS * length <= look.columns) return pairs(net, look, nameColumns);
  return list(net, look);
}

// --- signs --------------------------------------------------------------------------------------

const markOf = ({ state }: NetNode, { isPlain }: MapLook): string =>
  isPlain ? { online: "*", stale: "~", offline: "-" }[state] : { online: "●", stale: "◐", offline: "○" }[state];

const label = (node: NetNode, look: MapLook): string =>
  `${markOf(node, look)} ${node.name}${node.isSelf ? " (you)" : ""}`;

function labelPaint({ state, isSelf }: NetNode, style: Style): (text: string) => string {
  if (state !== "online") return style.dim;
  return isSelf ? style.strong : (text) => text;
}

// --- the ring -----------------------------------------------------------------------------------

function ring(net: RoomNet, look: MapLook): readonly string[] {
  const { style } = look;
  const { length } = net.nodes;
  const signs = tieSigns(look);
  const radius = {
    column: Math.min(RADIUS_COLUMNS_MAX, (look.columns - 2 * LABEL_COLUMNS) / 2),
    row: radiusRows(length),
  };
  const center = { column: LABEL_COLUMNS + radius.column, row: radius.row + 0.5 };
  const canvas = new DotCanvas(Math.ceil(2 * center.column), 2 * radius.row + 1);
  const places = net.nodes.map((_, at) => placeOf(at, length, center, radius));
  const middle = ({ column, row }: Place): Place => ({ column: column + 0.5, row: row + 0.5 });
  for (const tie of ["gap", "one-sided", "linked"] as const) {
    for (const [a, b] of allPairs(net)) {
      const [from, to] = [places[a], places[b]];
      const [one, other] = [net.nodes[a], net.nodes[b]];
      if (!from || !to || !one || !other || net.tie(one.peer, other.peer) !== tie) continue;
      const paint = tie === "gap" ? style.bad : tie === "one-sided" ? style.warn : style.accent;
      canvas.line(middle(from), middle(to), { step: STEPS[tie], paint });
      if (tie === "linked") continue;
      const column = Math.round(from.column + (to.column - from.column) * MARK_AT);
      canvas.write(column, Math.round(from.row + (to.row - from.row) * MARK_AT), signs[tie], paint);
    }
  }
  net.nodes.forEach((node, at) => {
    const { column, row } = places[at] ?? center;
    const text = label(node, look);
    const isRight = column >= center.column - 1;
    const words = isRight ? text : `${text.slice(2)} ${markOf(node, look)}`;
    canvas.write(isRight ? column : column - widthOf(words) + 1, row, words, labelPaint(node, style));
  });
  const lines = canvas.lines();
  const drawn = lines.slice(
    lines.findIndex((line) => line !== ""),
    lines.findLastIndex((line) => line !== "") + 1,
  );
  return [...drawn, ...legendLines([...tieLegend(net, look), ...stateLegend(net, look)], look)];
}

/** Where on its line a mark stands: not in the middle, where lines through the ring meet. */
const MARK_AT = 0.38;
/** Every so manieth dot of a line is drawn. */
const STEPS: Readonly<Record<Exclude<Tie, "none">, number>> = { linked: 1, "one-sided": 3, gap: 6 };

const radiusRows = (members: number): number =>
  members === 2 ? 0 : members === 3 ? 3 : members <= 5 ? 4 : members <= 8 ? 6 : 8;

/** The first at the upper left, or left where there are two; then as a clock goes. */
function placeOf(at: number, length: number, center: Place, radius: Place): Place {
  const start = length === 2 ? Math.PI : -Math.PI / 2 + (length % 2 === 0 ? -Math.PI / length : 0);
  const angle = start + (2 * Math.PI * at) / length;
  return {
    column: Math.round(center.column + radius.column * Math.cos(angle)),
    row: Math.round(center.row - 0.5 + radius.row * Math.sin(angle)),
  };
}

function* allPairs({ nodes }: RoomNet): Generator<readonly [number, number]> {
  for (let a = 0; a < nodes.length; a++) for (let b = a + 1; b < nodes.length; b++) yield [a, b];
}

// --- the table ----------------------------------------------------------------------------------

/** One line a member, and in it what is between it and each one above. */
function pairs(net: RoomNet, look: MapLook, nameColumns: number): readonly string[] {
  const { style } = look;
  const signs = tieSigns(look);
  const digits = String(net.nodes.length).length;
  const rows = net.nodes.map((node, at) => {
    const head = pad(`${String(at + 1).padStart(digits)} ${label(node, look)}`, nameColumns);
    const ties = net.nodes.slice(0, at).map((other) => {
      const tie = net.tie(node.peer, other.peer);
      const paint = tie === "gap" ? style.bad : tie === "one-sided" ? style.warn : style.good;
      return (tie === "none" ? style.dim : paint)(signs[tie].padStart(PAIR_COLUMNS));
    });
    return `${labelPaint(node, style)(head)}${ties.join("")}`.trimEnd();
  });
  const foot = net.nodes.slice(0, -1).map((_, at) => String(at + 1).padStart(PAIR_COLUMNS));
  const below = style.dim(`${" ".repeat(nameColumns)}${foot.join("")}`);
  const legend = [`${signs.linked} linked`, ...tieLegend(net, look), ...stateLegend(net, look)];
  return [...rows, below, ...legendLines(legend, look)];
}

const tieSigns = ({ isPlain }: MapLook): Readonly<Record<Tie, string>> =>
  isPlain
    ? { linked: "o", "one-sided": "?", gap: "x", none: "." }
    : { linked: "●", "one-sided": "?", gap: "×", none: "·" };

// --- the list -----------------------------------------------------------------------------------

function list(net: RoomNet, look: MapLook): readonly string[] {
  return net.nodes.map((node) => {
    const linked = net.linkedTo(node.peer);
    const more = linked.length > LIST_NAMES_MAX ? `, and ${linked.length - LIST_NAMES_MAX} more` : "";
    const names = linked.length === 0 ? "nobody" : linked.slice(0, LIST_NAMES_MAX).join(", ") + more;
    return labelPaint(node, look.style)(truncate(`${label(node, look)}: ${names}`, look.columns));
  });
}

// --- what the signs mean ------------------------------------------------------------------------

function tieLegend(net: RoomNet, look: MapLook): readonly string[] {
  const signs = tieSigns(look);
  return [
    ...(net.has("gap") ? [`${signs.gap} not connected`] : []),
    ...(net.has("one-sided") ? [`${signs["one-sided"]} only one of them says so`] : []),
  ];
}

function stateLegend({ nodes }: RoomNet, look: MapLook): readonly string[] {
  const words = { online: "", stale: "not heard of for a while", offline: "away" } as const;
  return (["stale", "offline"] as const)
    .map((state) => nodes.find((node) => node.state === state))
    .flatMap((node) => (node === undefined ? [] : [`${markOf(node, look)} ${words[node.state]}`]));
}

/** As many on a line as fit. */
function legendLines(parts: readonly string[], { style, columns }: MapLook): readonly string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    if (last !== undefined && widthOf(last) + 3 + widthOf(part) <= columns)
      lines[lines.length - 1] = `${last}   ${part}`;
    else lines.push(part);
  }
  return lines.map(style.dim);
}
