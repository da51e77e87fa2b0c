/**
 * The doctor's look at UDP and at what kind of router is in between, by two STUN servers that a person names: there are
 * no usual ones, for each learns this machine's address. Addresses that they see are compared, and not told.
 *
 * @module
 */
import { randomBytes } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { type Duration, millis } from "@kith/core";
import { type Clock, systemClock } from "../clock.ts";
import type { Finding } from "../doctor/finding.ts";
import type { LocalAddress } from "./interfaces.ts";
import { bindingRequest, readBindingAnswer, STUN_PORT, type StunEndpoint } from "./stun.ts";

export interface NatCheckOptions {
  readonly clock?: Clock;
  /** When a request is sent again, each time after the one before; then it is given up (RFC 8489 §6.2.1, cut short). */
  readonly waits?: readonly Duration[];
}

const WAITS: readonly Duration[] = [500, 1_000, 2_000].map(millis);
const TRANSACTION_BYTES = 12;

interface Answer {
  readonly server: string;
  /** `undefined`: none came. */
  readonly seen: StunEndpoint | undefined;
  readonly isUnknown: boolean;
}

/** `host[:port]`; `undefined`: it is none. */
export function parseStunServer(text: string): StunEndpoint | undefined {
  const match = /^(?:stun:)?(?:\[([0-9a-f:.]+)\]|([^\s:/?#[\]]{1,255}))(?::(\d{1,5}))?$/i.exec(text.trim());
  const port = match?.[3] === undefined ? STUN_PORT : Number(match[3]);
  const address = match?.[1] ?? match?.[2];
  return address === undefined || port < 1 || port > 65_535 ? undefined : { address, port };
}

/** From one socket, so that the answers can be compared. Nothing is found where no server is named. */
export async function checkNat(
  servers: readonly string[],
  addresses: readonly LocalAddress[],
  { clock = systemClock, waits = WAITS }: NatCheckOptions = {},
): Promise<Finding[]> {
  if (servers.length === 0) return [];
  const parsed = servers.map(parseStunServer);
  const targets = parsed.filter((server) => server !== undefined);
  if (targets.length < parsed.length) {
    const fix = "Name STUN servers as host or host:port.";
    return [{ check: "udp", verdict: "unknown", words: "One of the STUN servers has an address that is none.", fix }];
  }
  const resolved = await Promise.all(targets.map(resolve));
  const family = resolved.find((one) => one !== undefined)?.family ?? 4;
  const socket = createSocket(family === 6 ? "udp6" : "udp4");
  try {
    await new Promise<void>((done, failed) => socket.once("error", failed).bind(0, done));
    socket.on("error", () => {});
    const { port } = socket.address();
    const answers = await Promise.all(
      resolved.map(async (target, index): Promise<Answer> => {
        const server = servers[index] ?? "";
        if (target === undefined || target.family !== family) return { server, seen: undefined, isUnknown: true };
        return { server, seen: await ask(socket, target, { clock, waits }), isUnknown: false };
      }),
    );
    const own = new Set(addresses.map(({ address }) => address));
    return judge(answers, (seen) => own.has(seen.address) && seen.port === port, targets);
  } catch {
    const fix = "A firewall on this machine may stop it: allow outgoing UDP for Node.";
    return [{ check: "udp", verdict: "bad", words: "This machine gives no UDP port.", fix }];
  } finally {
    socket.close();
  }
}

async function resolve({ address, port }: StunEndpoint): Promise<(StunEndpoint & { family: 4 | 6 }) | undefined> {
  if (isIP(address) !== 0) return { address, port, family: isIP(address) === 6 ? 6 : 4 };
  const found = await lookup(address, { order: "ipv4first" }).catch(() => undefined);
  return found && { address: found.address, port, family: found.family === 6 ? 6 : 4 };
}

async function ask(
  socket: Socket,
  { address, port }: StunEndpoint,
  { clock, waits }: { readonly clock: Clock; readonly waits: readonly Duration[] },
): Promise<StunEndpoint | undefined> {
  const transaction = new Uint8Array(randomBytes(TRANSACTION_BYTES));
  const request = bindingRequest(transaction);
  let listen: ((bytes: Buffer) => void) | undefined;
  let cancel = (): void => {};
  try {
    return await new Promise((resolve) => {
      listen = (bytes) => {
        const seen = readBindingAnswer(bytes, transaction);
        if (seen !== undefined) resolve(seen);
      };
      socket.on("message", listen);
      const send = (round: number): void => {
        const wait = waits[round];
        if (wait === undefined) return resolve(undefined);
        socket.send(request, port, address, () => {}); // what fails is as what is lost
        cancel = clock.schedule(wait, () => send(round + 1));
      };
      send(0);
    });
  } finally {
    cancel();
    if (listen !== undefined) socket.off("message", listen);
  }
}

function judge(
  answers: readonly Answer[],
  isOurs: (seen: StunEndpoint) => boolean,
  targets: readonly StunEndpoint[],
): Finding[] {
  const silent = answers.filter(({ seen }) => seen === undefined).map(({ server }) => server);
  const seen = answers.map((answer) => answer.seen).filter((one) => one !== undefined);
  if (answers.every(({ isUnknown }) => isUnknown)) {
    const words = "The names of the STUN servers lead nowhere.";
    return [{ check: "udp", verdict: "unknown", words, fix: "Check the names, and whether this machine is online." }];
  }
  if (seen.length === 0) {
    const words = "No answer by UDP: this network, or a firewall here, lets none through.";
    const fix =
      "Relays and TCP go on without it. To find straight ways through routers allow outgoing UDP, or try another network.";
    return [{ check: "udp", verdict: "warn", words, fix }];
  }
  const udp: Finding = { check: "udp", verdict: "good", words: "UDP goes out and answers come back." };
  const unknown = (words: string, fix: string): Finding => ({ check: "nat", verdict: "unknown", words, fix });
  const [first, second] = seen;
  if (first !== undefined && isOurs(first)) {
    const words = "No router translates addresses: what this machine sends arrives from its own address.";
    return [udp, { check: "nat", verdict: "good", words }];
  }
  if (first === undefined || second === undefined) {
    const words = "A router translates addresses; of which kind it is two STUN servers tell, and only one answered.";
    const why = silent.length === 0 ? "Name two with --stun." : `${silent.join(" and ")} did not answer: name another.`;
    return [udp, unknown(words, why)];
  }
  const [one, two] = targets;
  if (one?.address === two?.address && one?.port === two?.port) {
    return [
      udp,
      unknown("A router translates addresses; both STUN servers are the same one.", "Name two different ones."),
    ];
  }
  if (first.address === second.address && first.port === second.port) {
    const words =
      "A router translates addresses, the same way towards everybody: straight ways through it can be found.";
    return [udp, { check: "nat", verdict: "good", words }];
  }
  return [
    udp,
    {
      check: "nat",
      verdict: "warn",
      words:
        "A router translates addresses differently towards each other side (“symmetric”): straight ways through it are rarely found.",
      fix: "Contacts elsewhere are reached over a relay. For a straight way forward a port in the router and start the node with --port, or use another network; phones' networks are often so.",
    },
  ];
}
