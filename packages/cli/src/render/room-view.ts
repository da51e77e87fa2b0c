/**
 * Rooms for the screen: a table of all, everything about one, its members, who wants to come in.
 *
 * @module
 */
import type { JoinRequestView, MemberPath, MemberView, RoomPolicy, RoomView } from "@kith/sdk";
import { roomName, shortRoomId } from "../resolve-room.ts";
import { shownCode } from "./code-text.ts";
import type { Style } from "./style.ts";
import { table } from "./table.ts";
import { safeText, truncate } from "./terminal-text.ts";
import { agoInWords, count, durationInWords, shortFingerprint } from "./units.ts";

const STATES: Readonly<Record<RoomView["state"], string>> = {
  joining: "coming in",
  in: "in",
  left: "left",
  expelled: "expelled",
};

export function roomTable(rooms: readonly RoomView[], style: Style, width: number): readonly string[] {
  const rows = rooms.map((view) => [
    roomName(view),
    view.state === "in" ? (view.role ?? "in") : STATES[view.state],
    view.state === "in" ? `${view.onlineCount} of ${view.memberCount} online` : style.signs.dash,
    view.requestCount === 0 || view.state !== "in" ? style.signs.dash : String(view.requestCount),
    view.gapCount === 0 || view.state !== "in" ? style.signs.dash : String(view.gapCount),
    shortRoomId(view),
  ]);
  const some = (cell: string): string => (cell.startsWith(style.signs.dash) ? style.dim(cell) : style.warn(cell));
  return table(
    [
      { title: "NAME", isFlexible: true, paint: style.strong },
      { title: "YOU ARE" },
      { title: "MEMBERS" },
      { title: "WAITING", paint: some },
      { title: "GAPS", paint: some },
      { title: "ID", paint: style.dim },
    ],
    rows,
    { width, titlePaint: style.dim },
  );
}

/** `Family: 3 of 5 online, 1 gap, 2 wait to come in`. */
export function roomLine(view: RoomView, style: Style): string {
  const parts = [
    view.state === "in" ? `${view.onlineCount} of ${view.memberCount} online` : STATES[view.state],
    ...(view.gapCount === 0 ? [] : [style.warn(count(view.gapCount, "gap"))]),
    ...(view.requestCount === 0
      ? []
      : [style.accent(view.requestCount === 1 ? "1 waits to come in" : `${view.requestCount} wait to come in`)]),
  ];
  return `${style.strong(roomName(view))}: ${parts.join(", ")}`;
}

export function roomLines(view: RoomView, style: Style): readonly string[] {
  return [
    style.strong(roomName(view)),
    `  room id   ${view.id}`,
    `  you are   ${view.state === "in" ? (view.role ?? "in") : STATES[view.state]}`,
    ...(view.state === "in" ? [`  members   ${view.memberCount}, ${view.onlineCount} online`] : []),
    ...policyLines(view.policy).map((line, at) => `  ${at === 0 ? "policy  " : "        "}  ${line}`),
  ];
}

const WAYS: Readonly<Record<RoomPolicy["ways"], string>> = {
  open: "open: whoever has an invitation comes in; any member lets them in",
  strict: "strict: only who made an invitation lets its guest in, so that uses are counted exactly",
  approval: "approval: an owner or admin says yes to each newcomer",
  challenge: "challenge: a newcomer answers the code of",
  peers: "peers: no admins; a newcomer answers a code of every member, and each cuts off whom it will",
};
const CHALLENGERS = { any: "one member", admin: "an owner or admin", every: "every member" } as const;
const INVITERS = {
  owner: "the owner invites",
  admin: "owner and admins invite",
  member: "every member invites",
} as const;

export function policyLines(policy: RoomPolicy): readonly string[] {
  const by = policy.ways === "challenge" ? ` ${CHALLENGERS[policy.challengedBy ?? "any"]}` : "";
  return [`${WAYS[policy.ways]}${by}`, INVITERS[policy.inviters]];
}

/** What a member is called here; `you` for ourselves. */
export function nameIn(members: readonly MemberView[], peer: string): string {
  const member = members.find((one) => one.peer === peer);
  if (member?.isSelf === true) return "you";
  if (member === undefined) return `${peer.slice(0, 8)}…`;
  const name = safeText(member.name, 40);
  return /^you$/i.test(name) ? JSON.stringify(name) : name; // one may call itself that
}

const HOW: Readonly<Record<MemberView["admittedHow"], string>> = {
  founded: "founded it",
  invitation: "invitation",
  code: "room code",
  challenge: "challenge",
  approval: "approval",
};

export function memberTable(members: readonly MemberView[], style: Style, width: number): readonly string[] {
  const rows = members.map((member) => [
    safeText(member.name, 24) + (member.isSelf ? " (you)" : ""),
    member.role,
    HOW[member.admittedHow] + (member.admittedBy === undefined ? "" : `, by ${admitter(members, member.admittedBy)}`),
    member.isSelf ? style.signs.dash : member.isVerified ? "verified" : "not verified",
    memberPath(member, members, style),
    shortFingerprint(member.fingerprint),
  ]);
  return table(
    [
      { title: "NAME", isFlexible: true, paint: style.strong },
      { title: "ROLE" },
      { title: "ADMITTED", isFlexible: true },
      { title: "TRUST", paint: (cell) => (cell.startsWith("verified") ? style.good(cell) : style.dim(cell)) },
      {
        title: "PATH",
        isFlexible: true,
        paint: (cell, row) => (members[row]?.isOnline ? style.good(cell) : style.dim(cell)),
      },
      { title: "FINGERPRINT" },
    ],
    rows,
    { width, titlePaint: style.dim },
  );
}

function admitter(members: readonly MemberView[], peer: string): string {
  const isThere = members.some((one) => one.peer === peer);
  return isThere ? truncate(nameIn(members, peer), 16) : "one who left";
}

function memberPath(member: MemberView, members: readonly MemberView[], style: Style): string {
  if (member.isCut) return "cut off by you";
  if (!member.isOnline && !member.isSelf) return "away";
  return pathInWords(member.path, members, style);
}

/** `direct, 12 ms`; `through Cem, 2 hops`. */
export function pathInWords(path: MemberPath, members: readonly MemberView[], style: Style): string {
  switch (path.kind) {
    case "self":
      return style.signs.dash;
    case "none":
      return "no way to it yet";
    case "direct": {
      const way = path.relay === undefined ? "direct" : `relayed by ${safeText(path.relay, 60)}`;
      return path.roundTripMs === undefined ? way : `${way}, ${Math.round(path.roundTripMs)} ms`;
    }
    case "routed":
      return `through ${nameIn(members, path.through)}, ${count(path.hops, "hop")}`;
  }
}

const WANTS: Readonly<Record<JoinRequestView["wants"], string>> = {
  approval: "a yes",
  challenge: "a code",
};

export function requestTable(
  requests: readonly JoinRequestView[],
  style: Style,
  width: number,
  now: number,
): readonly string[] {
  const rows = requests.map(({ name, wants, askedAt, code, fingerprint }) => [
    safeText(name, 32),
    WANTS[wants],
    agoInWords(askedAt, now),
    code === undefined
      ? style.signs.dash
      : `${shownCode(code.text)} (${count(code.triesLeft, "try", "tries")}, ${durationInWords(code.expiresAt - now)})`,
    shortFingerprint(fingerprint),
  ]);
  return table(
    [
      { title: "CALLS ITSELF", isFlexible: true, paint: style.strong },
      { title: "WAITS FOR" },
      { title: "SINCE" },
      { title: "CODE TO TELL", isFlexible: true, paint: style.accent },
      { title: "FINGERPRINT" },
    ],
    rows,
    { width, titlePaint: style.dim },
  );
}
