/**
 * Judges every operation of a log once, seniors' first, so that whatever can make an operation void has been
 * judged before it (spec/rooms.md §3). A candidate is somebody whom an effective operation lets in; taken in order
 * of seniority it becomes a tenure, and then its member's operations are judged, by rank.
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import { assert } from "../lib/assert.ts";
import type { Role } from "../trust/roles.ts";
import { ROOM_MEMBERS_MAX, ROOM_ROLES_PER_MEMBER_MAX } from "../wire/limits.ts";
import type { Ineffective } from "./membership.ts";
import { InvitationTable, type Invite } from "./membership-invitations.ts";
import { wrongIn } from "./membership-rights.ts";
import {
  type Expulsion,
  endingsOf,
  FOUNDER_KEY,
  isOwnersKey,
  othersKey,
  ownerKey,
  type SeniorityKey,
  type Setting,
  Tenure,
  type TenureStart,
} from "./membership-tenure.ts";
import type { AdmitBody } from "./operation-body.ts";
import { hasBit, type OperationGraph, type OperationSet } from "./operation-graph.ts";
import type { RoomPolicy } from "./room-policy.ts";

export interface Candidate extends TenureStart {
  /** What lets it in; of an heir, the last ending before it. */
  readonly number: number;
  /** The author's role then, and the policy it knew. */
  readonly given?: { readonly by: Role; readonly policy: RoomPolicy };
}

export interface Checkpoint {
  readonly number: number;
  readonly tips: readonly number[];
  /** Of the owner that made it; `undefined`: made by most of the admins, and binds whoever is no owner. */
  readonly tenure: Tenure | undefined;
}

export interface DoubleUse {
  readonly peer: PeerId;
  readonly publicKey: string;
  /** The admission that counts. */
  readonly winner: number;
}

export interface Effect {
  readonly tenure: Tenure;
  readonly role: Role;
}

export class Judgement {
  readonly graph: OperationGraph;
  readonly founding: number;
  readonly ranks: readonly number[];
  /** By rank. */
  readonly order: readonly number[];
  /** In order of seniority. */
  readonly tenures: Tenure[] = [];
  readonly tenuresOf: Map<PeerId, Tenure[]> = new Map();
  /** What counts, and under which tenure of its author. */
  readonly effects: Map<number, Effect> = new Map();
  readonly wrongs: Map<number, Ineffective> = new Map();
  readonly invitations: InvitationTable;
  /** Admissions by invitation that count, by public key. */
  readonly uses: Map<string, number[]> = new Map();
  readonly doubleUses: DoubleUse[] = [];
  readonly #live = new Set<PeerId>();
  /** Highest key first. */
  readonly #candidates: Candidate[] = [];
  readonly #operationsOf = new Map<PeerId, number[]>();
  readonly #leavesOf = new Map<PeerId, number[]>();
  /** Where somebody said that it is no owner. Nobody else can say that for it, so it needs no judging. */
  readonly #stepsOf = new Map<PeerId, Setting[]>();
  readonly #admissionsOf = new Map<PeerId, number[]>();
  readonly #expulsionsOf = new Map<PeerId, Expulsion[]>();
  readonly #settingsOf = new Map<PeerId, Setting[]>();
  /** Highest rank first. */
  readonly #policies: { readonly number: number; readonly policy: RoomPolicy }[] = [];
  readonly #checkpoints: Checkpoint[];

  /** `within` is closed: what an operation of it descends from is in it. `majorities`: see `Checkpoint`. */
  constructor(
    graph: OperationGraph,
    order: readonly number[],
    ranks: readonly number[],
    majorities: readonly Checkpoint[],
    within?: OperationSet,
  ) {
    [this.graph, this.ranks] = [graph, ranks];
    this.order = within === undefined ? order : order.filter((number) => hasBit(within, number));
    const [founding] = order;
    assert(founding !== undefined, "a log without its founding operation");
    this.founding = founding;
    this.invitations = new InvitationTable(graph);
    this.#checkpoints = majorities.filter(({ number }) => within === undefined || hasBit(within, number));
    this.#sort();
    this.#addFounder();
  }

  get isPeers(): boolean {
    return this.#foundingPolicy.ways === "peers";
  }

  rankOf(number: number): number {
    return this.ranks[number] ?? 0;
  }

  /** Judges founder and owners; or, then, everybody else. */
  run(whom: "owners" | "others"): void {
    for (;;) {
      const next = this.#candidates.at(-1);
      if (next === undefined || (whom === "owners" && !isOwnersKey(next.key))) return;
      this.#candidates.pop();
      this.#begin(next);
    }
  }

  /** Lets somebody in, to be judged in its turn. */
  offer(candidate: Candidate): void {
    let [low, high] = [0, this.#candidates.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#candidates[middle]?.key ?? 0) > candidate.key) low = middle + 1;
      else high = middle;
    }
    this.#candidates.splice(low, 0, candidate);
  }

  /** The newest name that somebody vouched for, before `number`. */
  nameBefore(peer: PeerId, number: number): string | undefined {
    const known = this.#admissionsOf.get(peer)?.findLast((admission) => this.graph.isBefore(admission, number));
    const { author, body } = this.graph.at(known ?? this.founding);
    if (body.kind === "admit") return body.name;
    return body.kind === "found" && author === peer ? body.founder : undefined;
  }

  /** The policy that the author of `number` knew of, as far as seniors, or it, made it: whoever is judged by now. */
  policyAt(number: number): RoomPolicy {
    return this.#policies.find((each) => this.graph.isBefore(each.number, number))?.policy ?? this.#foundingPolicy;
  }

  get #foundingPolicy(): RoomPolicy {
    const { body } = this.graph.at(this.founding);
    assert(body.kind === "found", "a log begins with its founding operation");
    return body.policy;
  }

  #sort(): void {
    for (const number of this.order) {
      const { author, body } = this.graph.at(number);
      push(this.#operationsOf, author, number);
      if (body.kind === "leave") push(this.#leavesOf, author, number);
      if (body.kind === "admit") push(this.#admissionsOf, body.subject, number);
      if (body.kind === "role" && body.subject === author && body.role !== "owner")
        push(this.#stepsOf, author, { number, rank: this.rankOf(number), role: body.role });
      this.wrongs.set(number, "stranger");
    }
  }

  #addFounder(): void {
    const { author, body } = this.graph.at(this.founding);
    const [number, role] = [this.founding, this.isPeers ? "member" : "owner"] as const;
    const name = body.kind === "found" ? body.founder : "";
    const start = { number, peer: author, starts: [], role, name, by: undefined, how: "founded" } as const;
    this.offer({ ...start, admission: number, key: FOUNDER_KEY });
  }

  #begin(candidate: Candidate): void {
    const { number, peer } = candidate;
    const wrong = this.#wrongWith(candidate);
    if (wrong !== undefined) {
      this.effects.delete(number);
      this.wrongs.set(number, wrong);
      return;
    }
    const { body } = this.graph.at(number);
    // A role is no second beginning for somebody who is in, nor ownership for an owner.
    if (body.kind === "role" && this.#isIn(candidate)) return;
    const endings = endingsOf(
      this.graph,
      candidate,
      this.#leavesOf.get(peer) ?? [],
      this.#expulsionsOf.get(peer) ?? [],
      [...(this.#settingsOf.get(peer) ?? []), ...(this.#stepsOf.get(peer) ?? [])],
      (each) => this.rankOf(each),
    );
    const tenure = new Tenure(this.graph, candidate, endings, this.#settingsOf.get(peer) ?? []);
    this.tenures.push(tenure);
    push(this.tenuresOf, peer, tenure);
    if (!tenure.isOver) this.#live.add(peer);
    for (const operation of this.#operationsOf.get(peer) ?? []) this.#judge(operation, tenure);
  }

  /** Why somebody is not let in after all. */
  #wrongWith(candidate: Candidate): Ineffective | undefined {
    const { number, peer } = candidate;
    const { body } = this.graph.at(number);
    const key = body.kind === "admit" && body.how.by === "invitation" ? body.how.publicKey : undefined;
    const wrong = key === undefined || body.kind !== "admit" ? undefined : this.#wrongInvitation(candidate, body, key);
    if (wrong !== undefined) return wrong;
    if (!this.#live.has(peer) && this.#live.size >= ROOM_MEMBERS_MAX && !this.#isLowered(candidate)) return "full";
    if (key !== undefined) push(this.uses, key, number);
    return body.kind === "admit" && this.#isIn(candidate) ? "moot" : undefined;
  }

  /** Whether it was a member already, of that class, for the author of what lets it in. */
  #isIn({ peer, number, key }: Candidate): boolean {
    const isSame = (tenure: Tenure): boolean => !isOwnersKey(key) || isOwnersKey(tenure.key);
    const isStaying = (tenure: Tenure): boolean => !tenure.isOver && tenure.covers(number);
    return this.tenuresOf.get(peer)?.some((tenure) => isStaying(tenure) && isSame(tenure)) ?? false;
  }

  /** Whether it is an owner that is none any more. */
  #isLowered({ peer, number }: Candidate): boolean {
    const isEnd = (tenure: Tenure): boolean => tenure.endings.some((ending) => ending.number === number);
    return this.tenuresOf.get(peer)?.some(isEnd) ?? false;
  }

  #wrongInvitation({ number, peer, given }: Candidate, body: AdmitBody, key: string): Ineffective | undefined {
    const { author } = this.graph.at(number);
    const [invite] = this.#goodInvites(number, body, key);
    if (invite === undefined) return "invitation";
    const { peer: inviter } = invite.tenure;
    if (
      given?.policy.ways === "strict" &&
      author !== inviter &&
      !(given.by === "owner" && this.#isGone(inviter, number))
    )
      return "right";
    const winner = this.#otherUse(peer, key) ?? this.#inviters(number, peer, inviter, key);
    if (winner === undefined) return undefined;
    this.doubleUses.push({ peer, publicKey: key, winner });
    return "invitation";
  }

  /** By rank. */
  #goodInvites(number: number, { role }: AdmitBody, key: string): Invite[] {
    return [...this.invitations.goodFor(key, number, role)].sort(
      (a, b) => this.rankOf(a.number) - this.rankOf(b.number),
    );
  }

  #subjectOf(number: number): PeerId | undefined {
    const { body } = this.graph.at(number);
    return body.kind === "admit" ? body.subject : undefined;
  }

  /** Somebody else who came in with this invitation, by an operation of lower rank. */
  #otherUse(peer: PeerId, key: string): number | undefined {
    return this.uses.get(key)?.find((use) => this.#subjectOf(use) !== peer);
  }

  /** The inviter's own admission of somebody else with this invitation, made without knowing of this one. */
  #inviters(number: number, peer: PeerId, inviter: PeerId, key: string): number | undefined {
    if (this.graph.at(number).author === inviter) return undefined;
    return this.#operationsOf.get(inviter)?.find((own) => {
      const { body } = this.graph.at(own);
      if (body.kind !== "admit" || body.how.by !== "invitation" || body.how.publicKey !== key) return false;
      if (body.subject === peer || this.graph.isBefore(number, own) || !this.effects.has(own)) return false;
      return this.#goodInvites(own, body, key)[0]?.tenure.peer === inviter;
    });
  }

  /** Whether the author of `number` knew that `peer` was no member any more. */
  #isGone(peer: PeerId, number: number): boolean {
    return !this.tenuresOf.get(peer)?.some((tenure) => tenure.isKnownTo(number));
  }

  #judge(number: number, tenure: Tenure): void {
    if (this.effects.has(number) || !tenure.covers(number)) return;
    const role = tenure.roleAt(number);
    const wrong = this.#wrongIn(number, tenure, role);
    if (wrong !== undefined) {
      this.wrongs.set(number, wrong);
      return;
    }
    this.wrongs.delete(number);
    this.effects.set(number, { tenure, role });
    this.#take(number, tenure, role);
  }

  #wrongIn(number: number, tenure: Tenure, role: Role): Ineffective | undefined {
    const operation = this.graph.at(number);
    const { author, body } = operation;
    const isOwnAffair = body.kind === "leave" || (body.kind === "role" && body.subject === author);
    if (!isOwnAffair && this.#isLapsed(number, tenure)) return "lapsed";
    if (tenure.isVoided(number)) return "removed";
    const wrong = wrongIn(operation, role, this.policyAt(number));
    if (wrong === undefined && body.kind === "role" && body.role !== "owner" && this.#hasManyRoles(body.subject))
      return "moot";
    if (wrong !== undefined || body.kind !== "checkpoint" || role === "owner") return wrong;
    return this.#checkpoints.some((each) => each.number === number) ? undefined : "votes";
  }

  #hasManyRoles(peer: PeerId): boolean {
    return (this.#settingsOf.get(peer)?.length ?? 0) >= ROOM_ROLES_PER_MEMBER_MAX;
  }

  /** It was made without knowing anything of what a checkpoint stands on. */
  #isLapsed(number: number, tenure: Tenure): boolean {
    return this.#checkpoints.some((checkpoint) => {
      if (checkpoint.tenure === undefined ? isOwnersKey(tenure.key) : checkpoint.tenure === tenure) return false;
      if (number === checkpoint.number || this.graph.isBefore(number, checkpoint.number)) return false;
      return !checkpoint.tips.some((tip) => this.graph.isBefore(tip, number));
    });
  }

  /** An operation that counts: what follows for others. */
  #take(number: number, tenure: Tenure, role: Role): void {
    const { author, body, parents } = this.graph.at(number);
    const { key } = tenure;
    const isByAdmin = role !== "owner";
    switch (body.kind) {
      case "invite":
        this.invitations.add(number, body, tenure);
        break;
      case "revoke":
        this.invitations.revoke(body.invitation, { number, by: author, key, role });
        break;
      case "admit": {
        const given = { by: role, policy: this.policyAt(number) };
        const start = { peer: body.subject, starts: [number], role: body.role, name: body.name, by: author };
        this.offer({
          ...start,
          number,
          admission: number,
          key: this.#keyFor(body.role, number),
          how: body.how.by,
          given,
        });
        break;
      }
      case "role":
        this.#takeRole(number, body, tenure, isByAdmin);
        break;
      case "expel":
        push(this.#expulsionsOf, body.subject, { number, by: author });
        break;
      case "policy":
        this.#takePolicy(number, body.policy);
        break;
      case "checkpoint":
        if (!isByAdmin)
          this.#checkpoints.push({ number, tenure, tips: parents.map((id) => this.graph.numberOf(id) ?? number) });
    }
  }

  #takeRole(number: number, body: { subject: PeerId; role: Role }, tenure: Tenure, isByAdmin: boolean): void {
    const { subject, role } = body;
    const isSelf = subject === tenure.peer;
    if (role !== "owner") {
      const setting: Setting = { number, rank: this.rankOf(number), role };
      push(this.#settingsOf, subject, setting);
      if (isSelf) for (const each of this.tenuresOf.get(subject) ?? []) each.set(setting);
    }
    const place = { number, peer: subject, starts: [number], role, key: this.#keyFor(role, number) };
    const { name, by, how, admission } = tenure;
    if (isSelf && isOwnersKey(tenure.key)) this.offer({ ...place, name, by, how, admission });
    // An owner's word for somebody that was ever let in is a yes.
    const known = isByAdmin || isSelf ? undefined : this.nameBefore(subject, number);
    if (known === undefined) return;
    this.offer({ ...place, name: known, by: tenure.peer, how: "approval", admission: number });
  }

  #takePolicy(number: number, policy: RoomPolicy): void {
    const place = this.#policies.findIndex((each) => this.rankOf(each.number) < this.rankOf(number));
    this.#policies.splice(place < 0 ? this.#policies.length : place, 0, { number, policy });
  }

  #keyFor(role: Role, number: number): SeniorityKey {
    return role === "owner" ? ownerKey(this.rankOf(number)) : othersKey(this.rankOf(number));
  }
}

function push<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}
