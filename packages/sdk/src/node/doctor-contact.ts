/**
 * Which way leads to each contact now, and why not a better one. Addresses and keys are left out: a report may be shown
 * to others.
 *
 * @module
 */
import { type ContactWay, type NodeAsSeen, wayOfContact } from "../doctor/contact-way.ts";
import type { Finding } from "../doctor/finding.ts";

/** More would bury what else is found. */
const CONTACTS_MAX = 50;

type Words = Omit<Finding, "check">;

export function explainContacts(node: NodeAsSeen, others: readonly Finding[] = []): Finding[] {
  const contacts = node.contacts.filter(({ isBlocked }) => !isBlocked);
  const found = contacts.slice(0, CONTACTS_MAX).map(
    ({ peer, name }): Finding => ({
      check: "contact",
      ...explain(name, wayOfContact(peer, node), others),
    }),
  );
  const rest = contacts.length - found.length;
  if (rest > 0)
    found.push({ check: "contact", verdict: "unknown", words: `And ${rest} more contacts.`, fix: "See `kith trust`." });
  return found;
}

function explain(name: string, way: ContactWay, others: readonly Finding[]): Words {
  switch (way.at) {
    case "straight":
      return { verdict: "good", words: `${name}: straight, over ${KIND[way.kind]}. There is no better way.` };
    case "relayed":
    case "routed": {
      const how = way.at === "relayed" ? `relayed by ${way.relay ?? "a relay"}` : "through others of a room";
      const words = `${name}: ${how}. ${whyNotStraight(way.isNear, others)}`;
      return { verdict: "warn", words, fix: fixOf(way.isNear, others) };
    }
    case "lost": {
      const words = `${name}: the way that was used is gone, and no other was found yet.`;
      const fix =
        "It goes on by itself, with nothing lost, as soon as one is found. If it stays so, see the findings above.";
      return { verdict: "warn", words, fix };
    }
    case "near": {
      const words = `${name}: seen on this network, and not connected.`;
      const fix =
        "`kith connect` tries it now and says what fails; if it takes too long, a firewall on one of the two drops Kith's TCP port.";
      return { verdict: "warn", words, fix };
    }
    case "no-relay": {
      const words = `${name}: not on this network, and no relay is used by which it could be met.`;
      return { verdict: "unknown", words, fix: "If it is elsewhere, both need a relay, best the same one." };
    }
    case "relays-away": {
      const words = `${name}: not on this network, and no relay can be used now.`;
      return { verdict: "warn", words, fix: "See “relay” above." };
    }
    case "absent": {
      const words = `${name}: neither on this network nor at a relay that is used here. It is off, or uses other relays.`;
      return { verdict: "unknown", words, fix: "What is sent to it waits. Both must use one relay in common to meet." };
    }
  }
}

const KIND: Readonly<Record<Extract<ContactWay, { at: "straight" }>["kind"], string>> = {
  tcp: "TCP",
  webrtc: "WebRTC",
  websocket: "a WebSocket",
  memory: "memory",
};

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
