/**
 * What is missing in a room's net, or does not agree (spec/topology.md §5). A finding is told once it has
 * lasted: before, somebody is still at it. None is an accusation; a router can be the reason.
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import { after, type Duration, type Instant, sooner } from "../lib/time.ts";
import { GAPS_MAX } from "../wire/limits.ts";
import { FULL_MESH_MEMBERS_MAX } from "../wire/mesh-limits.ts";
import type { ListTable } from "./list-table.ts";
import type { MemberSlots } from "./member-slots.ts";
import { CLAIM, type NetGraph } from "./net-graph.ts";

export type Gap =
  /** Neither says that it is linked to the other. The smaller PeerId is `a`. */
  | { readonly kind: "not-connected"; readonly a: PeerId; readonly b: PeerId }
  /** `peer` reaches the room only over `neighbour`. */
  | { readonly kind: "hangs-on"; readonly peer: PeerId; readonly neighbour: PeerId }
  /** Without `peer`, the room would fall apart. */
  | { readonly kind: "cut-vertex"; readonly peer: PeerId }
  /** `peer` says that it is linked to `other`, which does not say so. */
  | { readonly kind: "one-sided"; readonly peer: PeerId; readonly other: PeerId }
  /** `peer` names a neighbour that is no member. */
  | { readonly kind: "outsider"; readonly peer: PeerId; readonly other: PeerId }
  /** `peer` has another list of members, or of who vouched for whom, than we. */
  | { readonly kind: "roster-differs"; readonly peer: PeerId }
  /** `peer` signed two statements that contradict each other. */
  | { readonly kind: "contradiction"; readonly peer: PeerId };

/** Something that looks wrong now, and how long it must last. */
export interface Finding {
  readonly key: string;
  readonly gap: Gap;
  readonly wait: Duration;
}

/** What {@link findGaps} looks at. */
export interface Net {
  readonly slots: MemberSlots;
  readonly table: ListTable;
  readonly graph: NetGraph;
  readonly self: number;
  /** 1 for members that are online and hang together with us. */
  readonly online: Uint8Array;
  /** Who signed two statements that contradict each other. */
  readonly contradictory: ReadonlySet<number>;
  /** Ours, and a number that is another whenever it changed. */
  readonly roster: { readonly digest: Uint8Array; readonly version: number } | undefined;
  /** For links, for their claims and, on top, for each list. */
  readonly wait: Duration;
  readonly listWait: (slot: number) => Duration;
}

/** All that looks wrong in `net` now. */
export function findGaps(net: Net): Finding[] {
  const found: Finding[] = [];
  const named: { slot: number; peer: PeerId }[] = [];
  for (let slot = 0; slot < net.graph.size; slot++) {
    const peer = net.slots.peerOf(slot);
    if (peer === undefined) continue;
    if (net.contradictory.has(slot)) put(found, { kind: "contradiction", peer }, 0 as Duration);
    if (net.online[slot] === 1) named.push({ slot, peer });
  }
  for (const { slot, peer } of named) findClaims(net, slot, peer, found);
  if (named.length <= FULL_MESH_MEMBERS_MAX) findMissing(net, named, found);
  else findCuts(net, found);
  if (named.length > 2) for (const { slot, peer } of named) findHanging(net, slot, peer, found);
  return found;
}

function findClaims(net: Net, slot: number, peer: PeerId, found: Finding[]): void {
  for (const other of net.table.outsiders(slot)) put(found, { kind: "outsider", peer, other }, net.wait);
  for (let edge = net.graph.from(slot); edge < net.graph.to(slot); edge++) {
    const end = net.graph.end(edge);
    const other = net.slots.peerOf(end);
    // Somebody without a list says nothing about any link.
    const isSaying = end === net.self || net.table.has(end);
    if (net.graph.claim(edge) === CLAIM.ours && isSaying && net.online[end] === 1 && other !== undefined)
      put(found, { kind: "one-sided", peer, other }, net.wait);
  }
  if (net.roster === undefined || slot === net.self || !net.table.has(slot)) return;
  if (net.table.hasDigest(slot, net.roster.digest)) return;
  // Since the last change of ours: whoever has not heard of that has time until its next list.
  const key = `roster-differs ${peer} ${net.roster.version}`;
  found.push({ key, gap: { kind: "roster-differs", peer }, wait: net.listWait(slot) });
}

function findMissing(
  { graph, wait }: Net,
  named: readonly { readonly slot: number; readonly peer: PeerId }[],
  found: Finding[],
): void {
  for (const [i, one] of named.entries()) {
    for (const two of named.slice(i + 1)) {
      if (graph.claimOf(one.slot, two.slot) !== 0) continue;
      const [a, b] = one.peer < two.peer ? [one.peer, two.peer] : [two.peer, one.peer];
      put(found, { kind: "not-connected", a, b }, wait);
    }
  }
}

function findCuts({ graph, online, slots, wait }: Net, found: Finding[]): void {
  for (const slot of graph.cutVertices(online)) {
    const peer = slots.peerOf(slot);
    if (peer !== undefined) put(found, { kind: "cut-vertex", peer }, wait);
  }
}

function findHanging({ graph, online, slots, wait }: Net, slot: number, peer: PeerId, found: Finding[]): void {
  let only: number | undefined;
  for (let edge = graph.from(slot); edge < graph.to(slot); edge++) {
    const end = graph.end(edge);
    if (graph.claim(edge) !== CLAIM.both || online[end] !== 1) continue;
    if (only !== undefined) return;
    only = end;
  }
  const neighbour = only === undefined ? undefined : slots.peerOf(only);
  if (neighbour !== undefined) put(found, { kind: "hangs-on", peer, neighbour }, wait);
}

function put(found: Finding[], gap: Gap, wait: Duration): void {
  found.push({ key: Object.values(gap).join(" "), gap, wait });
}

/** Findings and since when they last. As many as {@link findGaps} finds; {@link GAPS_MAX} are told. */
export class GapWatch {
  #since = new Map<string, { readonly finding: Finding; readonly since: Instant }>();
  #gaps: readonly Gap[] = [];
  #keys = "";

  /** What has lasted. */
  get gaps(): readonly Gap[] {
    return this.#gaps;
  }

  /** Whether {@link gaps} changed. */
  update(found: readonly Finding[], now: Instant): boolean {
    const before = this.#since;
    this.#since = new Map();
    for (const finding of found)
      this.#since.set(finding.key, { finding, since: before.get(finding.key)?.since ?? now });
    const lasting = [...this.#since.values()]
      .filter(({ finding, since }) => after(since, finding.wait) <= now)
      .slice(0, GAPS_MAX);
    const keys = lasting.map(({ finding }) => finding.key).join("\n");
    if (keys === this.#keys) return false;
    this.#keys = keys;
    this.#gaps = lasting.map(({ finding }) => finding.gap);
    return true;
  }

  /** When the next finding will have lasted long enough. */
  nextDue(now: Instant): Instant | undefined {
    let next: Instant | undefined;
    for (const { finding, since } of this.#since.values()) {
      const due = after(since, finding.wait);
      if (due > now) next = sooner(next, due);
    }
    return next;
  }
}
