/**
 * What became different in a room, as events for a log: who came and went, who wants to come in, what
 * does not fit together.
 *
 * @module
 */
import type { PeerId } from "@kith/core";
import type { GapView, JoinRequestView, MemberView, RoomView } from "@kith/sdk";
import type { KithRoom } from "./kith.ts";
import { gapInWords } from "./render/gap-words.ts";
import { nameIn } from "./render/room-view.ts";
import { safeText } from "./render/terminal-text.ts";
import { roomName } from "./resolve-room.ts";

/** A room as it is at one moment. */
export interface RoomMoment {
  readonly view: RoomView;
  readonly members: readonly MemberView[];
  readonly requests: readonly JoinRequestView[];
  readonly gaps: readonly GapView[];
  readonly challenges: ReturnType<KithRoom["challenges"]["get"]>;
}

export type RoomChange =
  | { readonly what: "in" | "left" | "expelled" } //  we ourselves
  | { readonly what: "joined" | "out" | "asks"; readonly peer: PeerId; readonly name: string; readonly by?: string }
  | { readonly what: "challenge"; readonly peer: PeerId; readonly name: string }
  | { readonly what: "gap" | "gap-over"; readonly gap: GapView };

export const momentOf = (room: KithRoom): RoomMoment => ({
  view: room.view.get(),
  members: room.members.get(),
  requests: room.requests.get(),
  gaps: room.gaps.get(),
  challenges: room.challenges.get(),
});

/** What differs. Without a `before`, only what somebody must see though it began earlier. */
export function roomChanges(before: RoomMoment | undefined, after: RoomMoment): readonly RoomChange[] {
  const { view } = after;
  if (view.state === "left" || view.state === "expelled") {
    return before === undefined || before.view.state === view.state ? [] : [{ what: view.state }];
  }
  const changes: RoomChange[] = [];
  if (before !== undefined && before.view.state !== "in" && view.state === "in") changes.push({ what: "in" });
  if (before?.view.state === "in") changes.push(...membersChanged(before, after));
  for (const { peer, name } of missingIn(before?.requests, after.requests, ({ peer }) => peer))
    changes.push({ what: "asks", peer, name });
  for (const { member, name } of missingIn(before?.challenges, after.challenges, ({ member }) => member))
    changes.push({ what: "challenge", peer: member, name });
  for (const gap of missingIn(before?.gaps, after.gaps, JSON.stringify)) changes.push({ what: "gap", gap });
  for (const gap of missingIn(after.gaps, before?.gaps ?? [], JSON.stringify)) changes.push({ what: "gap-over", gap });
  return changes;
}

function membersChanged(before: RoomMoment, after: RoomMoment): readonly RoomChange[] {
  const key = ({ peer }: MemberView): string => peer;
  const came = missingIn(before.members, after.members, key).filter(({ isSelf }) => !isSelf);
  const went = missingIn(after.members, before.members, key).filter(({ isSelf }) => !isSelf);
  return [
    ...came.map(({ peer, name, admittedBy }): RoomChange => {
      const by = admittedBy === undefined ? {} : { by: nameIn(after.members, admittedBy) };
      return { what: "joined", peer, name, ...by };
    }),
    ...went.map(({ peer, name }): RoomChange => ({ what: "out", peer, name })),
  ];
}

/** Those of `all` that `known` has not. */
function missingIn<T>(known: readonly T[] | undefined, all: readonly T[], key: (one: T) => string): readonly T[] {
  const keys = new Set((known ?? []).map(key));
  return all.filter((one) => !keys.has(key(one)));
}

/** What a person is told; nothing for what needs no words. */
export function roomChangeInWords(change: RoomChange, { view, members }: RoomMoment): string | undefined {
  const room = roomName(view);
  switch (change.what) {
    case "in":
      return `You are in ${room}.`;
    case "left":
      return `You are out of ${room}.`;
    case "expelled":
      return `You were expelled from ${room}.`;
    case "joined":
      return `${safeText(change.name, 40)} is in ${room} now${change.by === undefined ? "" : `, let in by ${change.by}`}.`;
    case "out":
      return `${safeText(change.name, 40)} is no member of ${room} any more.`;
    case "asks":
      return `${safeText(change.name, 40)} wants to come into ${room}: kith room requests`;
    case "challenge":
      return `${safeText(change.name, 40)} in ${room} asks you for a code: kith room answer`;
    case "gap":
      return `${room}: ${gapInWords(change.gap, members)}`;
    case "gap-over":
      return undefined;
  }
}

/** What should not be overlooked. */
export const isGrave = (change: RoomChange): boolean =>
  change.what === "expelled" ||
  (change.what === "gap" && ["contradiction", "invitation-reused", "outsider"].includes(change.gap.kind));
