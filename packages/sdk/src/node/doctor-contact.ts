/**
 * Which way leads to each contact now, and why not a better one. Addresses and keys are left out: a report may be shown
 * to others.
 *
 * @module
 */
import type { NearbyPeer, PathView, RelayView, SessionView } from "../api.ts";
import type { Contact } from "../trust-api.ts";
import type { Finding } from "./doctor-finding.ts";

/** What a running node says of itself. */
export interface NodeAsSeen {
  readonly contacts: readonly Pick<Contact, "peer" | "name" | "isBlocked">[];
  readonly sessions: readonly Pick<SessionView, "peer" | "path">[];
  readonly nearby: readonly Pick<NearbyPeer, "peer">[];
  readonly relays: readonly Pick<RelayView, "host" | "state">[];
}

/** More would bury what else is found. */
const CONTACTS_MAX = 50;

type Words = Omit<Finding, "check">;

export function explainContacts(node: NodeAsSeen, others: readonly Finding[] = []): Finding[] {
  const contacts = node.contacts.filter(({ isBlocked }) => !isBlocked);
  const found = contacts
    .slice(0, CONTACTS_MAX)
    .map((contact): Finding => ({ check: "contact", ...explain(contact, node, others) }));
  const rest = contacts.length - found.length;
  if (rest > 0)
    found.push({ check: "contact", verdict: "unknown", words: `And ${rest} more contacts.`, fix: "See `kith trust`." });
  return found;
}

function explain({ peer, name }: NodeAsSeen["contacts"][number], node: NodeAsSeen, others: readonly Finding[]): Words {
  const session = node.sessions.find((one) => one.peer === peer);
  const isNear = node.nearby.some((one) => one.peer === peer);
  if (session === undefined) return absent(name, isNear, node);
  const { path } = session;
  if (path === undefined) {
    const words = `${name}: the way that was used is gone, and no other was found yet.`;
    const fix =
      "It goes on by itself, with nothing lost, as soon as one is found. If it stays so, see the findings above.";
    return { verdict: "warn", words, fix };
  }
  if (path.kind !== "relayed" && path.kind !== "routed") {
    return { verdict: "good", words: `${name}: straight, over ${KIND[path.kind]}. There is no better way.` };
  }
  const words = `${name}: ${wayOf(path)}. ${whyNotStraight(isNear, others)}`;
  return { verdict: "warn", words, fix: fixOf(isNear, others) };
}

const KIND: Readonly<Record<Exclude<PathView["kind"], "relayed" | "routed">, string>> = {
  tcp: "TCP",
  webrtc: "WebRTC",
  websocket: "a WebSocket",
  memory: "memory",
};

/** The relay's name, without the key after it. */
const wayOf = ({ kind, remote }: PathView): string =>
  kind === "relayed" ? `relayed by ${/^relay (\S+)/.exec(remote)?.[1] ?? "a relay"}` : "through others of a room";

function whyNotStraight(isNear: boolean, others: readonly Finding[]): string {
  if (isNear) return "It is on this network, but takes no connection from here, nor does this machine from it.";
  if (isSymmetric(others)) return "It is on another network, and the router here lets no straight way through.";
  return "It is on another network, and neither of the two can be reached from outside.";
}

function fixOf(isNear: boolean, others: readonly Finding[]): string {
  if (isNear) {
    const ours = others.find(({ check, verdict }) => (check === "firewall" || check === "port") && verdict !== "good");
    return ours === undefined
      ? "Let Kith's TCP port in on the other machine (`kith doctor` there says how), and turn off client isolation in the access point."
      : `Begin here: see “${ours.check}” above. Then run \`kith doctor\` on the other machine.`;
  }
  return "Nothing is broken. For a straight way: one network or VPN for both, or at one of the two a port forwarded by the router, and --port.";
}

const isSymmetric = (others: readonly Finding[]): boolean =>
  others.some(({ check, verdict }) => check === "nat" && verdict === "warn");

function absent(name: string, isNear: boolean, { relays }: NodeAsSeen): Words {
  if (isNear) {
    const words = `${name}: seen on this network, and not connected.`;
    const fix =
      "`kith connect` tries it now and says what fails; if it takes too long, a firewall on one of the two drops Kith's TCP port.";
    return { verdict: "warn", words, fix };
  }
  if (relays.length === 0) {
    const words = `${name}: not on this network, and no relay is used by which it could be met.`;
    return { verdict: "unknown", words, fix: "If it is elsewhere, both need a relay, best the same one." };
  }
  if (!relays.some(({ state }) => state === "ready")) {
    const words = `${name}: not on this network, and no relay can be used now.`;
    return { verdict: "warn", words, fix: "See “relay” above." };
  }
  const words = `${name}: neither on this network nor at a relay that is used here. It is off, or uses other relays.`;
  return { verdict: "unknown", words, fix: "What is sent to it waits. Both must use one relay in common to meet." };
}
