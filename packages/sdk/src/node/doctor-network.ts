/**
 * The doctor's probes of the network itself: interfaces, multicast out and back, who else is heard,
 * and the port. What cannot be told from one machine is said to be so.
 *
 * @module
 */
import { type Duration, millis } from "@kith/core";
import type { Clock } from "../clock.ts";
import type { Finding } from "../doctor/finding.ts";
import { type LocalAddress, reachableAddresses } from "./interfaces.ts";
import { DNS_TYPE, dnsMessage, encodeDnsMessage } from "./mdns/dns-message.ts";
import { TYPES_NAME } from "./mdns/dns-service.ts";
import { type MulticastLink, openMulticast } from "./mdns/multicast-socket.ts";
import { tcpTransport } from "./tcp.ts";

/** How long to listen for ourselves and for others, and how often to ask meanwhile. */
const LISTEN: Duration = millis(2_000);
const ASK_EVERY: Duration = millis(400);

const TUNNEL = /^(tun|tap|utun|wg|tailscale|zt|ppp)/i;

export function checkInterfaces(addresses: readonly LocalAddress[]): Finding {
  const outside = addresses.filter(({ isLoopback }) => !isLoopback);
  const words = [...new Set(outside.map(({ link }) => link))].map(
    (link) =>
      `${link} (${outside
        .filter((one) => one.link === link)
        .map(({ address }) => address)
        .join(", ")})`,
  );
  if (outside.length === 0) {
    const fix = "Join a Wi-Fi network or plug in a cable; both devices must be on the same one.";
    return { check: "interfaces", verdict: "bad", words: "No network interface is up.", fix };
  }
  if (reachableAddresses(addresses).length === 0) {
    return {
      check: "interfaces",
      verdict: "warn",
      words: `Only addresses that nobody gave: ${words.join("; ")}.`,
      fix: "The network's router gives no addresses: check that the router is on, or reconnect.",
    };
  }
  if (outside.every(({ link }) => TUNNEL.test(link))) {
    return {
      check: "interfaces",
      verdict: "warn",
      words: `Only tunnels are up: ${words.join("; ")}.`,
      fix: "Devices nearby are not reached through a VPN: turn it off, or allow local network traffic in it.",
    };
  }
  return { check: "interfaces", verdict: "good", words: `Up: ${words.join("; ")}.` };
}

interface Heard {
  readonly link: string;
  readonly hearsItself: boolean;
  readonly others: ReadonlySet<string>;
  readonly problem: unknown;
}

/** Sends a question on each interface; it must come back, and somebody else may answer it. */
export async function checkMulticast(
  addresses: readonly LocalAddress[],
  options: { readonly clock: Clock; readonly open?: typeof openMulticast },
): Promise<Finding[]> {
  const names = [...new Set(addresses.filter(({ isLoopback }) => !isLoopback).map(({ link }) => link))];
  if (names.length === 0) return [];
  const own = new Set(addresses.map(({ address }) => address));
  const heard = await Promise.all(
    names.map((name) => {
      const link = { name, addresses: addresses.filter((one) => one.link === name) };
      return listen(link, own, options.clock, options.open ?? openMulticast);
    }),
  );
  return [multicastFinding(heard), ...neighbourFinding(heard)];
}

async function listen(
  link: MulticastLink,
  own: ReadonlySet<string>,
  clock: Clock,
  open: typeof openMulticast,
): Promise<Heard> {
  const others = new Set<string>();
  let hearsItself = false;
  let problem: unknown;
  const socket = open(link, {
    onDatagram(_bytes, { address }) {
      const plain = address.replace(/%.*$/, "");
      if (own.has(plain)) hearsItself = true;
      else others.add(plain);
    },
    onProblem(cause) {
      problem = cause;
    },
  });
  const questions = [{ name: TYPES_NAME, type: DNS_TYPE.PTR, wantsUnicast: false }];
  for (let waited = 0; waited < LISTEN; waited += ASK_EVERY) {
    await new Promise<void>((resolve) => clock.schedule(ASK_EVERY, resolve));
    socket.send(encodeDnsMessage(dnsMessage({ questions })));
  }
  await new Promise<void>((resolve) => clock.schedule(ASK_EVERY, resolve));
  await socket.close();
  return { link: link.name, hearsItself, others, problem };
}

function multicastFinding(heard: readonly Heard[]): Finding {
  const deaf = heard.filter(({ hearsItself }) => !hearsItself);
  const [taken] = deaf.filter(({ problem }) => hasCode(problem, "EADDRINUSE"));
  if (taken !== undefined) {
    return {
      check: "multicast",
      verdict: "bad",
      words: "Another program holds UDP port 5353 and does not share it.",
      fix: "Find it with `ss -ulpn 'sport = 5353'` and stop it, or connect by address: `kith connect host:port`.",
    };
  }
  if (deaf.length === heard.length) {
    return {
      check: "multicast",
      verdict: "bad",
      words: `What is sent to everyone on ${deaf.map(({ link }) => link).join(", ")} does not even come back here.`,
      fix: "A firewall or VPN on this machine drops multicast: allow UDP 5353 to 224.0.0.251 and ff02::fb. Until then: `kith connect host:port`.",
    };
  }
  const fine = heard
    .filter(({ hearsItself }) => hearsItself)
    .map(({ link }) => link)
    .join(", ");
  if (deaf.length === 0) return { check: "multicast", verdict: "good", words: `Multicast works on ${fine}.` };
  const rest = deaf.map(({ link }) => link).join(", ");
  return {
    check: "multicast",
    verdict: "warn",
    words: `Multicast works on ${fine}, not on ${rest}.`,
    fix: `If the other device is on ${rest}: allow UDP 5353 there.`,
  };
}

function neighbourFinding(heard: readonly Heard[]): Finding[] {
  if (heard.every(({ hearsItself }) => !hearsItself)) return [];
  const others = new Set(heard.flatMap((one) => [...one.others]));
  if (others.size > 0) {
    return [
      {
        check: "neighbours",
        verdict: "good",
        words: `${others.size === 1 ? "One other address" : `${others.size} other addresses`} answered here.`,
      },
    ];
  }
  return [
    {
      check: "neighbours",
      verdict: "warn",
      words: "No other machine answered. Either none is here, or the network keeps its devices apart.",
      fix: "Run Kith on the other device, on the same network. Still nobody? Guest networks and many public ones isolate clients: use the main network, turn off “AP isolation” or “client isolation” (and “IGMP snooping”, if it is faulty) in the router, or share a phone's hotspot.",
    },
  ];
}

/** Listens as the node does, and dials itself at an address that others would use. */
export async function checkPort(addresses: readonly LocalAddress[], port: number | undefined): Promise<Finding> {
  const transport = tcpTransport(port === undefined ? {} : { port });
  try {
    await using listener = await transport.listen((link) => {
      link.start({ onPacket() {}, onRoom() {}, onClosed() {} });
      link.close();
    });
    const hints = reachableAddresses(addresses)
      .slice(0, 4)
      .map(({ address }) => ({ host: address, port: listener.port }));
    if (hints.length === 0)
      return { check: "port", verdict: "unknown", words: "There is no address at which others could reach a port." };
    const link = await transport.dial(hints);
    link.start({ onPacket() {}, onRoom() {}, onClosed() {} });
    link.close();
    return {
      check: "port",
      verdict: "good",
      words: `TCP port ${listener.port} can be reached at ${link.remote} from this machine.`,
    };
  } catch (error) {
    if (hasCode(error, "ERR_ADDRESS")) {
      return {
        check: "port",
        verdict: port === undefined ? "bad" : "unknown",
        words: `TCP port ${port ?? 0} is in use: by the node itself, if one runs.`,
        fix: "If no node runs, choose another with --port.",
      };
    }
    return {
      check: "port",
      verdict: "bad",
      words: "A port of this machine cannot be reached even from here.",
      fix: "A firewall on this machine stops it: allow incoming TCP for Node.",
    };
  }
}

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && "code" in error && error.code === code;
