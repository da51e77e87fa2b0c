/**
 * What people do to texts in a simulated world: reactions, other words, deletions, lifetimes that both agree on. And what
 * must be so at the end: both disks show the same (spec/app-chat.md §10, §12), whatever was killed or cut on the way.
 *
 * @module
 */
import { type ChatDeed, Conversations, LIFETIME_OFF, type LogEntry, readChatArchive } from "@kith/core";
import { Violation } from "./ledger.ts";
import type { SimNetwork } from "./network.ts";
import { type Plan, range } from "./plan.ts";
import type { SimHost } from "./sim-host.ts";
import type { SimRandom } from "./sim-random.ts";

/** Longer than any story: what is erased when it is due is not compared here. */
const LIFETIMES = [LIFETIME_OFF, 43_200, 86_400] as const;
const SYMBOLS = ["+1", "-1", "", "🦔"] as const;

const archiveOf = (host: SimHost, peer: SimHost): ReturnType<typeof readChatArchive> =>
  readChatArchive(host.store.under(Conversations.storePrefix(peer.id)));

/** As many deeds as the plan has, between whom and when by chance. */
export function planActs(
  net: SimNetwork,
  hosts: readonly SimHost[],
  { acts = [0, 0], lasts }: Plan,
  random: SimRandom,
): void {
  for (let left = range(random, acts); left > 0; left--) {
    const first = random.below(hosts.length);
    const [from, to] = [hosts[first], hosts[(first + 1) % hosts.length]];
    if (from === undefined || to === undefined) continue;
    net.at(50 + random.float() * lasts, () => act(from, to, random));
  }
}

/** One deed of `from` in its chat with `to`, if its device is on and there is something that it can be done to. */
function act(from: SimHost, to: SimHost, random: SimRandom): void {
  const { endpoint, isAwake, at } = from;
  if (endpoint === undefined || !isAwake || !endpoint.trust.isContact(to.id)) return;
  const { log, agreement } = archiveOf(from, to);
  const deed = agreement?.theirs !== undefined && random.chance(0.5) ? answer(random) : deedOn(log, random);
  if (deed === undefined) return;
  endpoint.conversations.act(to.id, deed, at); // what cannot be done any more is refused
  from.touch();
}

const answer = (random: SimRandom): ChatDeed => ({ type: "answer", isAccepted: random.chance(0.8) });

function deedOn(log: readonly LogEntry[], random: SimRandom): ChatDeed | undefined {
  if (random.chance(0.2)) return { type: "propose", lifetime: random.pick(LIFETIMES) };
  const entry = log[random.below(Math.max(1, log.length))];
  if (entry === undefined) return undefined;
  const target = entry.id;
  if (entry.direction === "in" || random.chance(0.3)) return { type: "react", target, symbol: random.pick(SYMBOLS) };
  if (random.chance(0.2)) return { type: "delete", target };
  const [said = ""] = entry.text.split(" edited");
  return { type: "edit", target, text: `${said} edited ${random.u32()}` };
}

/** Both disks show the same of every text that `from` said to `to`, and agree on what was agreed. */
export function settleActs(from: SimHost, to: SimHost): void {
  const [ours, theirs] = [archiveOf(from, to), archiveOf(to, from)];
  const heard = new Map(theirs.log.map((entry) => [entry.id, entry]));
  for (const entry of ours.log.filter(({ direction }) => direction === "out")) {
    const other = heard.get(entry.id);
    if (other === undefined && entry.mark.isDeleted) continue; // before it was delivered: it never is
    const [here, there] = [shownBy(entry, "ours"), shownBy(other, "theirs")];
    if (here !== there)
      throw new Violation(`${from.name} shows a text as ${here}, and ${to.name}, to whom it was said, as ${there}`);
  }
  const [a, b] = [ours, theirs].map(({ agreement }) => `${agreement?.revision ?? 0}/${agreement?.lifetime ?? 0}`);
  if (a !== b) throw new Violation(`${from.name} and ${to.name} agreed on lifetimes ${a} and ${b}`);
}

/** Of what a person sees; `writer`: who of the two in the entry's mark wrote it. */
function shownBy(entry: LogEntry | undefined, writer: "ours" | "theirs"): string {
  if (entry === undefined) return "nothing";
  const { text, lifetime = LIFETIME_OFF, mark } = entry;
  if (mark.isDeleted) return "deleted";
  const [own, other] = writer === "ours" ? [mark.ours, mark.theirs] : [mark.theirs, mark.ours];
  return JSON.stringify([text, lifetime, mark.edits, own.symbol, other.symbol]);
}
