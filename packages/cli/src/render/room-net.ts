/**
 * Who is linked to whom, ready to be drawn: members in a fixed order, and what is between each two.
 *
 * @module
 */
import type { PeerId } from "@kith/core";
import type { GapView, MemberView, TopologyView } from "@kith/sdk";
import { safeText } from "./terminal-text.ts";

/** Longest name in a drawing, in cells. */
const NAME_COLUMNS = 14;

/**
 * Between two members: `one-sided`: only one of them says that they are linked. `gap`: they should be
 * linked and are not. `none`: nothing, as it should be, or one of them is away.
 */
export type Tie = "linked" | "one-sided" | "gap" | "none";

export interface NetNode {
  readonly peer: PeerId;
  /** Clean, and cut. */
  readonly name: string;
  readonly isSelf: boolean;
  readonly state: TopologyView["nodes"][number]["state"];
}

export class RoomNet {
  readonly nodes: readonly NetNode[];
  readonly #ties = new Map<string, Tie>();

  /** Ourselves first, then by name: so that a drawing changes only where the room does. */
  constructor(topology: TopologyView, members: readonly MemberView[], gaps: readonly GapView[]) {
    const self = members.find(({ isSelf }) => isSelf)?.peer;
    const named = new Map(members.map(({ peer, name }) => [peer, name]));
    this.nodes = topology.nodes
      .map(({ peer, name, state }) => ({
        peer,
        name: safeText(named.get(peer) ?? name, NAME_COLUMNS),
        isSelf: peer === self,
        state: peer === self ? "online" : state,
      }))
      .sort((a, b) => Number(b.isSelf) - Number(a.isSelf) || compare(a.name, b.name) || compare(a.peer, b.peer));
    for (const gap of gaps) if (gap.kind === "not-connected") this.#ties.set(keyOf(gap.a, gap.b), "gap");
    for (const { a, b, claimed } of topology.edges)
      this.#ties.set(keyOf(a, b), claimed === "both" ? "linked" : "one-sided");
  }

  tie(a: PeerId, b: PeerId): Tie {
    return this.#ties.get(keyOf(a, b)) ?? "none";
  }

  has(tie: Tie): boolean {
    return [...this.#ties.values()].includes(tie);
  }

  /** Names of those that are linked to `peer`. */
  linkedTo(peer: PeerId): readonly string[] {
    return this.nodes
      .filter((one) => one.peer !== peer && this.tie(peer, one.peer) === "linked")
      .map(({ name }) => name);
  }
}

const keyOf = (a: PeerId, b: PeerId): string => (a < b ? `${a} ${b}` : `${b} ${a}`);
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
