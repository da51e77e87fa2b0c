/**
 * Gaps of a room in words. What a router can cause is told as a fact about two members, never as a
 * fault of one; only what somebody signed is laid at somebody's door (R39).
 *
 * @module
 */
import type { GapView, MemberView } from "@kith/sdk";
import { nameIn } from "./room-view.ts";

/** Lines that are shown; more are counted. */
const LINES_MAX = 20;
const MAY_BE_A_ROUTER: ReadonlySet<GapView["kind"]> = new Set(["not-connected", "hangs-on", "cut-vertex", "one-sided"]);

/** One line for each gap, and what may be behind them. */
export function gapLines(gaps: readonly GapView[], members: readonly MemberView[]): readonly string[] {
  const lines = gaps.slice(0, LINES_MAX).map((gap) => gapInWords(gap, members));
  if (gaps.length > LINES_MAX) lines.push(`… and ${gaps.length - LINES_MAX} more`);
  if (gaps.some(({ kind }) => MAY_BE_A_ROUTER.has(kind))) {
    lines.push("A router or firewall in between can be the reason; messages go round where they can.");
  }
  return lines;
}

export function gapInWords(gap: GapView, members: readonly MemberView[]): string {
  const who = (peer: string): string => nameIn(members, peer);
  const subject = (peer: string, one: string, you: string): string =>
    who(peer) === "you" ? `You ${you}` : `${who(peer)} ${one}`;
  switch (gap.kind) {
    case "not-connected":
      return `${bothOf(who(gap.a), who(gap.b))} are not connected.`;
    case "hangs-on":
      return `${subject(gap.peer, "hangs", "hang")} on ${who(gap.neighbour)} alone.`;
    case "cut-vertex":
      return `Without ${who(gap.peer)} the room would fall apart.`;
    case "one-sided":
      return `${subject(gap.peer, "says that it is", "are")} linked to ${who(gap.other)}, who does not say so.`;
    case "outsider":
      return `${subject(gap.peer, "names", "name")} a neighbour that is no member: ${gap.other.slice(0, 16)}…`;
    case "roster-differs":
      return `${subject(gap.peer, "has", "have")} another list of members than you, or of who let whom in.`;
    case "contradiction":
      return `${subject(gap.peer, "signed", "signed")} two statements that contradict each other.`;
    case "invitation-reused":
      return `One invitation was used twice: ${who(gap.peer)} came second, and is not in by it.`;
  }
}

/** Ourselves first, then by name: the same two are always named the same way. */
function bothOf(one: string, other: string): string {
  const [first, second] = other === "you" || (one !== "you" && other < one) ? [other, one] : [one, other];
  return `${first === "you" ? "You" : first} and ${second}`;
}
