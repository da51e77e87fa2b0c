/**
 * One stay of somebody in a room, from what let it in to what ended it (spec/rooms.md §3).
 *
 * Tenures have an order of seniority: the founder; whoever was made owner, by the rank of what made it one; all
 * others by the rank of what let them in. Whatever limits a tenure was done by a senior, or by its own member.
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import type { Role } from "../trust/roles.ts";
import { isAtLeast, type Member, type RemovalReason } from "./membership.ts";
import type { OperationGraph } from "./operation-graph.ts";

/** Less is more senior. A class, then a rank within it: no log has so many operations. */
export type SeniorityKey = number;

const CLASS = 2 ** 20;
export const FOUNDER_KEY: SeniorityKey = 0;
export const ownerKey = (rank: number): SeniorityKey => CLASS + rank;
export const othersKey = (rank: number): SeniorityKey => 2 * CLASS + rank;
/** Founder, and whoever was made owner. */
export const isOwnersKey = (key: SeniorityKey): boolean => key < 2 * CLASS;

/** Somebody's role, set to this. Never `owner`: that begins a tenure. */
export interface Setting {
  readonly number: number;
  readonly rank: number;
  readonly role: Role;
}

export interface Expulsion {
  readonly number: number;
  readonly by: PeerId;
}

export interface Ending {
  readonly number: number;
  /** `lowered`: an owner is none any more. It goes on in another tenure. */
  readonly reason: Exclude<RemovalReason, "double-use"> | "lowered";
  readonly by: PeerId;
}

export interface TenureStart {
  readonly peer: PeerId;
  /** What let it in. */
  readonly admission: number;
  readonly key: SeniorityKey;
  /** It covers what its member did that descends from all of these. */
  readonly starts: readonly number[];
  readonly role: Role;
  readonly name: string;
  readonly by: PeerId | undefined;
  readonly how: Member["how"];
}

export class Tenure implements TenureStart {
  readonly peer: PeerId;
  readonly admission: number;
  readonly key: SeniorityKey;
  readonly starts: readonly number[];
  readonly role: Role;
  readonly name: string;
  readonly by: PeerId | undefined;
  readonly how: Member["how"];
  /** By rank. What its member did counts only if it came before all of them. */
  readonly endings: readonly Ending[];
  readonly #graph: OperationGraph;
  /** Highest rank first. */
  readonly #settings: Setting[];

  constructor(graph: OperationGraph, start: TenureStart, endings: readonly Ending[], settings: readonly Setting[]) {
    this.#graph = graph;
    [this.peer, this.admission, this.key, this.starts] = [start.peer, start.admission, start.key, start.starts];
    [this.role, this.name, this.by, this.how] = [start.role, start.name, start.by, start.how];
    this.endings = endings;
    this.#settings = settings
      .filter(({ number }) => !isBeforeStart(graph, start, number))
      .sort((a, b) => b.rank - a.rank);
  }

  get isOver(): boolean {
    return this.endings.length > 0;
  }

  get settings(): readonly Setting[] {
    return this.#settings;
  }

  /** The member lowered itself. */
  set(setting: Setting): void {
    if (isBeforeStart(this.#graph, this, setting.number)) return;
    this.#settings.push(setting);
    this.#settings.sort((a, b) => b.rank - a.rank);
  }

  /** Whether this operation of its member was done during it, as far as its beginning goes. */
  covers(operation: number): boolean {
    return this.starts.every((start) => this.#graph.isBefore(start, operation));
  }

  /** Whether it had begun and not ended for the author of `operation`. */
  isKnownTo(operation: number): boolean {
    return this.covers(operation) && !this.endings.some(({ number }) => this.#graph.isBefore(number, operation));
  }

  /** Whether an ending makes this operation void: whatever its member did that did not come before. */
  isVoided(operation: number): boolean {
    return this.endings.some(({ number }) => number !== operation && !this.#graph.isBefore(operation, number));
  }

  /**
   * What the member's role was at `operation`, or is now: what was set last before it, the lowest if there are
   * several; and no more than what was set without knowing of it.
   */
  roleAt(operation: number | undefined): Role {
    const known: Setting[] = [];
    let [role, cap]: [Role | undefined, Role] = [undefined, "owner"];
    for (const setting of this.#settings) {
      const { number } = setting;
      if (operation === number || (operation !== undefined && this.#graph.isBefore(operation, number))) continue;
      const isKnown = operation === undefined || this.#graph.isBefore(number, operation);
      if (isKnown && known.some((later) => this.#graph.isBefore(number, later.number))) continue;
      if (isKnown) known.push(setting);
      if (isKnown && this.covers(number)) role = role === undefined ? setting.role : lower(role, setting.role);
      else cap = lower(cap, setting.role);
    }
    return lower(role ?? this.role, cap);
  }
}

export const lower = (a: Role, b: Role): Role => (isAtLeast(a, b) ? b : a);

/** Whether `number` is one of the beginnings of a tenure, or comes before one. */
export const isBeforeStart = (graph: OperationGraph, { starts }: TenureStart, number: number): boolean =>
  starts.some((start) => start === number || graph.isBefore(number, start));

/**
 * What ends a tenure, by rank: its member's leaving, expulsions, and of an owner its own word or another's that it
 * is none; whichever the tenure does not descend from. Whoever was judged before a tenure begins is senior to it.
 */
export function endingsOf(
  graph: OperationGraph,
  start: TenureStart,
  leaves: readonly number[],
  expulsions: readonly Expulsion[],
  settings: readonly Setting[],
  rankOf: (number: number) => number,
): readonly Ending[] {
  const endings: Ending[] = [];
  for (const number of leaves)
    if (!isBeforeStart(graph, start, number)) endings.push({ number, reason: "left", by: start.peer });
  for (const { number, by } of expulsions)
    if (!isBeforeStart(graph, start, number)) endings.push({ number, reason: "expelled", by });
  // Of others the role changes.
  for (const { number } of isOwnersKey(start.key) ? settings : []) {
    const { author: by } = graph.at(number);
    if (!isBeforeStart(graph, start, number)) endings.push({ number, reason: "lowered", by });
  }
  return endings.sort((a, b) => rankOf(a.number) - rankOf(b.number));
}
