/**
 * `npm run sim -- --mesh 1000`: how a mesh fares as rooms grow. Prints each room; of the whole range, writes
 * docs/mesh-curves.json and draws docs/mesh-curves.svg.
 *
 * @module
 */
import { writeFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { type Chart, drawCurves } from "./curve-drawing.ts";
import type { MeshReport } from "./mesh-ledger.ts";
import { MeshScale, SCALE_DEFAULTS } from "./mesh-scale.ts";

const DOCS = new URL("../../../docs/", import.meta.url);
const MEMBERS_MAX = 1_000;

export function runMeshCurves(members: number): void {
  // A million small arrays live outside the heap; else each 64 MB of new ones has all of it collected.
  setFlagsFromString("--external-memory-accounted-in-global-limit");
  setFlagsFromString("--heap-growing-percent=100");
  const sizes = [10, 100, 1_000].filter((size) => size < members);
  const rooms: MeshReport[] = [];
  for (const size of [...sizes, members]) {
    const startedAt = performance.now();
    const report = new MeshScale({ ...SCALE_DEFAULTS, members: size }).run();
    rooms.push(report);
    console.log(`${size} members, ${((performance.now() - startedAt) / 1_000).toFixed(0)} s:`, report);
  }
  if (members !== MEMBERS_MAX) return;
  const { seed, duration, churn, messagesPerSecond, payloadBytes } = SCALE_DEFAULTS;
  const scenario = { seed, minutes: duration / 60_000, churnPerMinute: churn, messagesPerSecond, payloadBytes };
  writeFileSync(new URL("mesh-curves.json", DOCS), `${JSON.stringify({ scenario, rooms }, undefined, 2)}\n`);
  writeFileSync(new URL("mesh-curves.svg", DOCS), drawCurves(curvesOf(rooms)));
}

/** The charts of some rooms. */
export function curvesOf(rooms: readonly MeshReport[]): Chart[] {
  const line = (label: string, of: (room: MeshReport) => number): Chart["lines"][number] => ({
    label,
    points: rooms.map((room) => ({ x: room.members, y: of(room) })),
  });
  return [
    { title: "delivered to members present, %", lines: [line("", ({ delivered }) => 100 * delivered)], least: 99.8 },
    { title: "copies in vain for each delivery", lines: [line("", ({ duplicates }) => duplicates)], least: 0 },
    {
      title: "hops",
      lines: [line("mean", ({ hops }) => hops.mean), line("99 of 100", ({ hops }) => hops.p99)],
      least: 0,
    },
    {
      title: "delay, ms",
      lines: [line("median", ({ delayMs }) => delayMs.p50), line("99 of 100", ({ delayMs }) => delayMs.p99)],
      least: 0,
    },
    {
      title: "bytes a second and member",
      lines: [
        line("all", ({ bytesPerSecond }) => bytesPerSecond.all),
        line("broadcasts", ({ bytesPerSecond }) => bytesPerSecond.broadcasts),
        line("neighbour lists", ({ bytesPerSecond }) => bytesPerSecond.lists),
      ],
      least: 0,
    },
    {
      title: "links of a member",
      lines: [line("mean", ({ links }) => links.mean), line("most", ({ links }) => links.max)],
      least: 0,
    },
  ];
}
