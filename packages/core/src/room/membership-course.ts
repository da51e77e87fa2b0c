/**
 * A whole judgement of a log: founder and owners, whoever follows the last of them, then everybody else
 * (spec/rooms.md §3, §6).
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import { CHECKPOINT_GROUPS_MAX, SUCCESSIONS_MAX } from "../wire/limits.ts";
import { type Candidate, type Checkpoint, Judgement } from "./membership-judgement.ts";
import { isOwnersKey, ownerKey, type Tenure } from "./membership-tenure.ts";
import type { OperationGraph, OperationSet } from "./operation-graph.ts";

/** What every judgement of one log is made from. */
interface Ground {
  readonly graph: OperationGraph;
  readonly order: readonly number[];
  readonly ranks: readonly number[];
}

export function judge(graph: OperationGraph): Judgement {
  const order = graph.byRank();
  const ranks: number[] = [];
  for (const [rank, number] of order.entries()) ranks[number] = rank;
  const ground = { graph, order, ranks };
  const first = runAll(ground, []);
  const majorities = majoritiesOf(ground, first);
  return majorities.length === 0 ? first : runAll(ground, majorities);
}

function runAll(ground: Ground, majorities: readonly Checkpoint[], within?: OperationSet): Judgement {
  const { graph, order, ranks } = ground;
  const successions: Candidate[] = [];
  const judgement = new Judgement(graph, order, ranks, majorities, within);
  judgement.run("owners");
  while (!judgement.isPeers && successions.length < SUCCESSIONS_MAX) {
    const ends = endsOfOwners(judgement);
    const next = ends === undefined ? undefined : successor(ground, majorities, successions, ends);
    if (next === undefined) break;
    successions.push(next);
    judgement.offer(next);
    judgement.run("owners");
  }
  judgement.run("others");
  return judgement;
}

const owners = (judgement: Judgement): Tenure[] => judgement.tenures.filter(({ key }) => isOwnersKey(key));

/** What ended the last ownerships, one operation for each; `undefined` while there is an owner. */
function endsOfOwners(judgement: Judgement): readonly number[] | undefined {
  const ends: number[] = [];
  for (const { endings } of owners(judgement)) {
    const [first] = endings;
    if (first === undefined) return undefined;
    ends.push(first.number);
  }
  return ends;
}

/**
 * Who owns the room once its owners are gone: of those that were members where the last of them went, the most
 * senior admin, else the most senior member. Whatever was done elsewhere at that time does not change it.
 */
function successor(
  { graph, order, ranks }: Ground,
  majorities: readonly Checkpoint[],
  before: readonly Candidate[],
  ends: readonly number[],
): Candidate | undefined {
  const then = new Judgement(graph, order, ranks, majorities, graph.closure(ends));
  then.run("owners");
  for (const each of before) {
    then.offer(each);
    then.run("owners");
  }
  then.run("others");
  const staying = then.tenures.filter((tenure) => !tenure.isOver);
  const heir =
    staying.find((tenure) => tenure.roleAt(undefined) === "admin") ??
    staying.find((tenure) => tenure.roleAt(undefined) === "member");
  if (heir === undefined) return undefined;
  const { peer, admission, name, by, how } = heir;
  const number = ends.reduce((a, b) => (then.rankOf(b) > then.rankOf(a) ? b : a));
  const starts = ends.filter((end) => !ends.some((other) => graph.isBefore(end, other)));
  return { number, peer, admission, name, by, how, key: ownerKey(then.rankOf(number)), starts, role: "owner" };
}

/** Checkpoints that more than half of the admins made, with the same parents: admins by what those stand on. */
function majoritiesOf(ground: Ground, judgement: Judgement): readonly Checkpoint[] {
  const { graph, order } = ground;
  const groups = new Map<string, number[]>();
  for (const number of order) {
    const { body, parents } = graph.at(number);
    if (body.kind !== "checkpoint" || judgement.effects.has(number)) continue;
    const group = groups.get(parents.join());
    if (group === undefined) groups.set(parents.join(), [number]);
    else group.push(number);
  }
  const largest = [...groups.values()]
    .map((numbers) => ({ numbers, authors: new Set(numbers.map((number) => graph.at(number).author)) }))
    .sort(
      (a, b) =>
        b.authors.size - a.authors.size || judgement.rankOf(b.numbers[0] ?? 0) - judgement.rankOf(a.numbers[0] ?? 0),
    )
    .slice(0, CHECKPOINT_GROUPS_MAX);
  const found: Checkpoint[] = [];
  for (const { numbers, authors } of largest) {
    const tips = graph.at(numbers[0] ?? 0).parents.map((id) => graph.numberOf(id) ?? 0);
    const admins = adminsOf(runAll(ground, [], graph.closure(tips)));
    if ([...authors].filter((author) => admins.has(author)).length * 2 <= admins.size) continue;
    for (const number of numbers)
      if (admins.has(graph.at(number).author)) found.push({ number, tips, tenure: undefined });
  }
  return found;
}

function adminsOf(judgement: Judgement): ReadonlySet<PeerId> {
  const admins = new Set<PeerId>();
  for (const tenure of judgement.tenures)
    if (!tenure.isOver && tenure.roleAt(undefined) === "admin") admins.add(tenure.peer);
  for (const tenure of owners(judgement)) if (!tenure.isOver) admins.delete(tenure.peer);
  return admins;
}
