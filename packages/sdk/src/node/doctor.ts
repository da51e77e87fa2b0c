/**
 * Why can I not see the other one? Looks at each layer between two nodes, of one network or at relays, and says what
 * it found, in words, with what to do about it. Changes nothing.
 *
 * @module
 */
import { type Clock, systemClock } from "../clock.ts";
import { judgeClock } from "../doctor/clock-judge.ts";
import type { NodeAsSeen } from "../doctor/contact-way.ts";
import type { Finding } from "../doctor/finding.ts";
import { explainContacts } from "./doctor-contact.ts";
import { checkFirewall } from "./doctor-firewall.ts";
import { checkNat } from "./doctor-nat.ts";
import { checkInterfaces, checkMulticast, checkPort } from "./doctor-network.ts";
import { checkRelay, type RelayToLookAt } from "./doctor-relay.ts";
import { type LocalAddress, localAddresses } from "./interfaces.ts";
import type { openMulticast } from "./mdns/multicast-socket.ts";
import { type RunProgram, runProgram } from "./run-program.ts";

export type { NodeAsSeen } from "../doctor/contact-way.ts";
export type { Finding } from "../doctor/finding.ts";
export type { RelayToLookAt } from "./doctor-relay.ts";

export interface DoctorOptions {
  /** Where the node listens, or would; any free port unless told. */
  readonly port?: number;
  /** Relays to look at. */
  readonly relays?: readonly RelayToLookAt[];
  /** Two STUN servers, as `host[:port]`: they tell what kind of router is in between, and learn this machine's address. */
  readonly stun?: readonly string[];
  /** The node that runs, if one does: which way leads to each contact is its knowledge. */
  readonly node?: NodeAsSeen;
  readonly signal?: AbortSignal;
  /** The world, unless a test has another. */
  readonly clock?: Clock;
  readonly look?: () => LocalAddress[];
  readonly open?: typeof openMulticast;
  readonly run?: RunProgram;
}

/** Takes a few seconds, mostly to listen. */
export async function diagnose(options: DoctorOptions = {}): Promise<readonly Finding[]> {
  const clock = options.clock ?? systemClock;
  const run = options.run ?? runProgram;
  const addresses = (options.look ?? localAddresses)();
  const findings: Finding[] = [checkInterfaces(addresses)];
  const others = await Promise.all([
    checkMulticast(addresses, { clock, ...(options.open === undefined ? {} : { open: options.open }) }),
    checkPort(addresses, options.port),
    checkFirewall({ port: options.port, run }),
    checkClock(clock, run),
    ...(options.relays ?? []).map((relay) => checkRelay(relay, { clock })),
    checkNat(options.stun ?? [], addresses, { clock }),
  ]);
  options.signal?.throwIfAborted();
  findings.push(...others.flat());
  return options.node === undefined ? findings : [...findings, ...explainContacts(options.node, findings)];
}

async function checkClock(clock: Clock, run: RunProgram): Promise<Finding> {
  const wall = clock.wall();
  const shows = `The clock shows ${new Date(wall).toISOString().slice(0, 16).replace("T", " ")} UTC`;
  const fix = "Set the date and time, best automatically: grants and invitations of others fail with a wrong clock.";
  const judged = judgeClock(wall);
  if (judged === "past") return { check: "clock", verdict: "bad", words: `${shows}, which is in the past.`, fix };
  if (judged === "future") {
    return { check: "clock", verdict: "bad", words: `${shows}, which is far in the future.`, fix };
  }
  const answer = await run("timedatectl", ["show", "-p", "NTPSynchronized", "--value"]);
  if (answer?.output.trim() === "no") {
    return { check: "clock", verdict: "warn", words: `${shows}; nothing keeps it right.`, fix };
  }
  return { check: "clock", verdict: "good", words: `${shows}.` };
}
