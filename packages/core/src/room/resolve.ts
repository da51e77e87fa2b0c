/**
 * From a log's operations to who is a member by them: the same for everybody who has the same operations, in
 * whatever order they came (spec/rooms.md §3).
 *
 * @module
 */
import { LABEL, labelBytes } from "../crypto/labels.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import { type PeerId, peerIdToBytes } from "../identity/peer-id.ts";
import { assert } from "../lib/assert.ts";
import { Writer } from "../lib/writer.ts";
import { type Role, roleNumber } from "../trust/roles.ts";
import { ROOM_GRANTS_PER_MEMBER_MAX, ROOM_MEMBERS_MAX } from "../wire/limits.ts";
import {
  type Awaiting,
  isAtLeast,
  type Member,
  type MemberGrant,
  Membership,
  type Removal,
  type RoomAlarm,
  type RoomInvitation,
  type Rotation,
  type Stay,
} from "./membership.ts";
import { judge } from "./membership-course.ts";
import type { Judgement } from "./membership-judgement.ts";
import type { Tenure } from "./membership-tenure.ts";
import { type Operation, operationIdToBytes } from "./operation.ts";
import type { OperationGraph } from "./operation-graph.ts";

export function resolve(provider: CryptoProvider, graph: OperationGraph): Membership {
  const judgement = judge(graph);
  const { name, policy } = termsOf(judgement);
  const stays = staysOf(judgement);
  const members = membersOf(judgement, stays);
  const removed = removedOf(judgement, members);
  const awaiting = awaitingOf(judgement, members, removed);
  const { id: room } = graph.at(judgement.founding);
  return new Membership({
    room: graph.at(judgement.founding).room,
    name,
    policy,
    members,
    stays,
    awaiting,
    removed,
    invitations: invitationsOf(judgement),
    rotations: rotationsOf(judgement),
    alarms: alarmsOf(judgement, members),
    ineffective: new Map([...judgement.wrongs].map(([number, why]) => [graph.at(number).id, why])),
    admissions: admissionsOf(judgement),
    digest: digestOf(provider, [...members.values()], room),
  });
}

function* effective(judgement: Judgement): Generator<{ number: number; operation: Operation }> {
  for (const number of judgement.order)
    if (judgement.effects.has(number)) yield { number, operation: judgement.graph.at(number) };
}

function termsOf(judgement: Judgement): Pick<Membership, "name" | "policy"> {
  let terms: Pick<Membership, "name" | "policy"> | undefined;
  for (const { operation } of effective(judgement))
    if (operation.body.kind === "found" || operation.body.kind === "policy") terms = operation.body;
  assert(terms !== undefined, "the founding operation counts");
  return { name: terms.name, policy: terms.policy };
}

/** Of everybody that is in, in order of seniority. */
function staysOf({ tenures }: Judgement): ReadonlyMap<PeerId, readonly Stay[]> {
  const stays = new Map<PeerId, Stay[]>();
  for (const tenure of tenures) {
    if (tenure.isOver) continue;
    const stay = { key: tenure.key, role: tenure.roleAt(undefined) };
    const others = stays.get(tenure.peer);
    if (others === undefined) stays.set(tenure.peer, [stay]);
    else others.push(stay);
  }
  return stays;
}

function membersOf(judgement: Judgement, stays: ReadonlyMap<PeerId, readonly Stay[]>): ReadonlyMap<PeerId, Member> {
  const members = new Map<PeerId, Member>();
  for (const [peer, each] of stays) {
    const role = each.map((stay) => stay.role).reduce((a, b): Role => (isAtLeast(a, b) ? a : b));
    const tenures = (judgement.tenuresOf.get(peer) ?? []).filter((tenure) => !tenure.isOver);
    members.set(peer, memberOf(judgement, tenures, role, members.size));
  }
  addGrants(judgement, members);
  return members;
}

/** `tenures`: those that are not over. The earliest one says who vouched for it. */
function memberOf({ graph, ranks }: Judgement, tenures: readonly Tenure[], role: Role, seniority: number): Member {
  const rankOf = ({ admission }: Tenure): number => ranks[admission] ?? 0;
  const first = tenures.reduce((a, b) => (rankOf(b) < rankOf(a) ? b : a));
  const { id, date } = graph.at(first.admission);
  const { peer, name, by, how } = first;
  return { peer, name, role, seniority, admittedBy: by, how, admittedAt: date, operation: id, grants: [] };
}

function addGrants(judgement: Judgement, members: Map<PeerId, Member>): void {
  const { graph } = judgement;
  for (const { number, operation } of effective(judgement)) {
    const { body, author } = operation;
    const member = body.kind === "grant" ? members.get(body.subject) : undefined;
    if (body.kind !== "grant" || member === undefined) continue;
    // Of an earlier stay.
    if (graph.isBefore(number, graph.numberOf(member.operation) ?? 0)) continue;
    const grant: MemberGrant = { operation: body.operation, expires: body.expires, by: author };
    const others = member.grants.filter(({ operation }) => operation !== grant.operation);
    members.set(body.subject, { ...member, grants: [...others, grant].slice(-ROOM_GRANTS_PER_MEMBER_MAX) });
  }
}

function removedOf(judgement: Judgement, members: ReadonlyMap<PeerId, Member>): ReadonlyMap<PeerId, Removal> {
  const { graph } = judgement;
  const removed = new Map<PeerId, Removal>();
  for (const [peer, tenures] of judgement.tenuresOf) {
    if (members.has(peer)) continue;
    // The stay that began last, and what ended it first.
    const ending = tenures.at(-1)?.endings.find(({ reason }) => reason !== "lowered");
    if (ending === undefined || ending.reason === "lowered") continue;
    removed.set(peer, { reason: ending.reason, by: ending.by, operation: graph.at(ending.number).id });
  }
  for (const { peer, winner } of judgement.doubleUses) {
    if (members.has(peer) || removed.has(peer)) continue;
    const { author: by, id: operation } = graph.at(winner);
    removed.set(peer, { reason: "double-use", by, operation });
  }
  return removed;
}

/** Admissions that were somebody's to make, until something made them void; and what followed from those. */
function awaitingOf(
  { graph, order, wrongs, tenuresOf }: Judgement,
  members: ReadonlyMap<PeerId, Member>,
  removed: ReadonlyMap<PeerId, Removal>,
): ReadonlyMap<PeerId, Awaiting> {
  const awaiting = new Map<PeerId, Awaiting>();
  for (const number of order) {
    const { body, author: admittedBy, id: operation } = graph.at(number);
    const wrong = wrongs.get(number);
    if (body.kind !== "admit" || wrong === undefined || wrong === "moot" || wrong === "right") continue;
    const { subject: peer, name, role } = body;
    if (members.has(peer) || removed.has(peer) || awaiting.size >= ROOM_MEMBERS_MAX) continue;
    if (!tenuresOf.has(admittedBy) && !awaiting.has(admittedBy)) continue;
    const why = wrong === "lapsed" || wrong === "full" ? wrong : "void";
    awaiting.set(peer, { peer, name, role, why, admittedBy, operation });
  }
  return awaiting;
}

function invitationsOf(judgement: Judgement): ReadonlyMap<string, RoomInvitation> {
  const { graph, invitations: table } = judgement;
  const invitations = new Map<string, RoomInvitation>();
  for (const publicKey of [...table.keys()].sort()) {
    const all = [...table.of(publicKey)].sort((a, b) => judgement.rankOf(a.number) - judgement.rankOf(b.number));
    const invite = all.find((each) => table.voidBy(each, undefined) === undefined) ?? all[0];
    if (invite === undefined) continue;
    const { id, role, expires, tenure } = invite;
    const use = judgement.uses.get(publicKey)?.[0];
    const { body } = graph.at(use ?? judgement.founding);
    const state = use === undefined ? (table.voidBy(invite, undefined) ?? "open") : "used";
    const usedBy = body.kind === "admit" ? { usedBy: body.subject } : {};
    invitations.set(publicKey, { publicKey, id, inviter: tenure.peer, role, expires, state, ...usedBy });
  }
  return invitations;
}

function rotationsOf(judgement: Judgement): readonly Rotation[] {
  const rotations: Rotation[] = [];
  for (const { operation } of effective(judgement)) {
    const { id, author, body, date } = operation;
    if (body.kind !== "rotate") continue;
    rotations.push({ operation: id, author, bundle: body.bundle, recipients: body.recipients, date });
  }
  return rotations;
}

function admissionsOf(judgement: Judgement): readonly Operation[] {
  const starts = new Set(judgement.tenures.map(({ admission }) => admission));
  return judgement.order.filter((number) => starts.has(number)).map((number) => judgement.graph.at(number));
}

function alarmsOf(judgement: Judgement, members: ReadonlyMap<PeerId, Member>): readonly RoomAlarm[] {
  const { graph } = judgement;
  const alarms: RoomAlarm[] = [];
  for (const numbers of graph.contradictions) {
    const operations = numbers.map((number) => graph.at(number).id).sort();
    const { author: peer } = graph.at(numbers[0] ?? 0);
    alarms.push({ kind: "contradiction", peer, operations });
  }
  for (const { peer, publicKey } of judgement.doubleUses)
    if (!members.has(peer)) alarms.push({ kind: "invitation-reused", peer, publicKey });
  return alarms.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

/** SHA-256 over who is a member, as what, and by which admission; by PeerId. */
function digestOf(provider: CryptoProvider, members: readonly Member[], room: Operation["id"]): Uint8Array {
  const writer = new Writer(128 * (members.length + 1));
  writer.bytes(labelBytes(LABEL.roomRoster)).u8(0).bytes(operationIdToBytes(room));
  for (const { peer, role, operation } of [...members].sort((a, b) => (a.peer < b.peer ? -1 : 1)))
    writer.bytes(peerIdToBytes(peer)).u8(roleNumber(role)).bytes(operationIdToBytes(operation));
  return provider.sha256(writer.finish());
}
