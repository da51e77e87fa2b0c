/**
 * Which way each contact and each member of a room is reached from a page, and why no better one.
 *
 * @module
 */
import type { PeerId } from "@kith/core";
import { type ContactWay, type NodeAsSeen, wayOfContact } from "../doctor/contact-way.ts";
import type { MemberView } from "../rooms-api.ts";
import { type About, type PageFinding, pageFinding } from "./doctor-finding.ts";

export interface PeopleSeen extends NodeAsSeen {
  /** Of all rooms that we are in. */
  readonly members: readonly MemberView[];
}

/** More would bury what else is found. */
const PEOPLE_MAX = 50;

export function judgeWays(seen: PeopleSeen, others: readonly PageFinding[]): PageFinding[] {
  const contacts = seen.contacts.filter(({ isBlocked }) => !isBlocked);
  const known = new Set<PeerId>(contacts.map(({ peer }) => peer));
  const members = new Map(
    seen.members.filter(({ peer, isSelf }) => !isSelf && !known.has(peer)).map((one) => [one.peer, one]),
  );
  const all = [
    ...contacts.map(({ peer, name }) => contactFinding(name, wayOfContact(peer, seen), others)),
    ...[...members.values()].map((member) => memberFinding(member, seen, others)),
  ];
  const rest = all.length - PEOPLE_MAX;
  return rest > 0 ? [...all.slice(0, PEOPLE_MAX), pageFinding("people-more", { count: rest })] : all;
}

function contactFinding(who: string, way: ContactWay, others: readonly PageFinding[]): PageFinding {
  switch (way.at) {
    case "straight":
      if (way.kind === "webrtc") return pageFinding("way-webrtc", { who });
      return pageFinding(way.kind === "websocket" ? "way-node" : "way-straight", { who });
    case "relayed":
      return pageFinding(whyNotStraight(way.isNear, others), about(who, { relay: way.relay }));
    case "routed":
      return pageFinding(whyNotStraight(way.isNear, others), { who });
    case "lost":
      return pageFinding("way-lost", { who });
    default:
      return pageFinding(`contact-${way.at}`, { who });
  }
}

function memberFinding(
  { name: who, path, peer }: MemberView,
  { members, nearby }: PeopleSeen,
  others: readonly PageFinding[],
): PageFinding {
  const isNear = nearby.some((one) => one.peer === peer);
  const finding = (code: PageFinding["code"], more: Omit<About, "who"> = {}): PageFinding =>
    pageFinding(code, { who, ...more }, "member");
  switch (path.kind) {
    case "direct":
      if (path.relay === undefined) return finding("way-straight");
      return finding(whyNotStraight(isNear, others), { relay: path.relay });
    case "routed": {
      const through = members.find((one) => one.peer === path.through)?.name;
      return finding(whyNotStraight(isNear, others), through === undefined ? {} : { through });
    }
    default:
      return finding("member-absent");
  }
}

/** The first of what was found here that explains it; else it is beyond this device. */
function whyNotStraight(isNear: boolean, others: readonly PageFinding[]): PageFinding["code"] {
  const has = (...codes: readonly PageFinding["code"][]): boolean => others.some(({ code }) => codes.includes(code));
  if (has("webrtc-missing", "webrtc-hidden")) return "way-no-webrtc";
  if (isNear) return has("lan-denied", "lan-denied-inside") ? "way-lan-denied" : "way-near";
  return has("udp-blocked", "udp-turned") ? "way-udp-blocked" : "way-apart";
}

const about = (who: string, { relay }: { readonly relay: string | undefined }): About =>
  relay === undefined ? { who } : { who, relay };
