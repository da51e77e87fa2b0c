/** What the relay scenarios share: who joins, what is sent, what is counted, and what the server's process costs. */
import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import type { RelayPeer } from "../contender/relay-contender.ts";
import { relayNamed } from "../relays.ts";
import { type Answering, type Extra, type Figures, percentile } from "./scenario.ts";

export const MESSAGE_BYTES = 1_024;
/** Part of the messages that are not counted: code is compiled. */
const WARM_UP = 0.2;
/** Connections being opened at once. */
const JOINING = 16;
/** Of `/proc/<pid>/stat`; Linux has shown hundredths of a second to programs for as long as there has been one. */
const TICKS_PER_SECOND = 100;

/** The name under which the server's processor time for each message is shown. */
export const SERVER_COST = "server µs";

/** Where a relay listens, for the other half. */
export interface RelayAddress {
  readonly address: string;
  readonly pid: number;
}

export async function serveRelay(contender: string): Promise<Answering> {
  const { address, pid, stop } = await (await relayNamed(contender)).serve();
  return {
    address: JSON.stringify({ address, pid } satisfies RelayAddress),
    async finish() {
      const cpu = stop && cpuSecondsOf(pid);
      stop?.();
      return cpu === undefined ? {} : { cpu };
    },
  };
}

export const payload = (): Uint8Array => new Uint8Array(MESSAGE_BYTES).fill(0x61);

export async function joinMany(contender: string, address: string, count: number): Promise<RelayPeer[]> {
  const relay = await relayNamed(contender);
  const peers: RelayPeer[] = [];
  let started = 0;
  const worker = async (): Promise<void> => {
    while (started++ < count) peers.push(await relay.join(address));
  };
  await Promise.all(Array.from({ length: JOINING }, worker));
  return peers;
}

/** User and system time of a process and its threads, in seconds; `undefined` where there is no `/proc`. */
export function cpuSecondsOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const [, , , , , , , , , , , user, system] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(user) + Number(system)) / TICKS_PER_SECOND;
  } catch {
    return undefined;
  }
}

/** What a process costs, its clients in this one, and the machine in all, at a moment; everything in seconds. */
export interface Moment {
  readonly at: number;
  readonly own: number;
  readonly server: number | undefined;
  readonly machine: number;
}

export function momentOf(pid: number): Moment {
  const { user, system } = process.cpuUsage();
  const machine = cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0) / 1_000;
  return { at: performance.now() / 1_000, own: (user + system) / 1e6, server: cpuSecondsOf(pid), machine };
}

/** Between two moments: of a core, in hundredths, what the server took, and what processes took that have no part in this. */
export function shares(from: Moment, to: Moment): Extra {
  if (from.server === undefined || to.server === undefined) return {};
  const percent = (seconds: number): number => Math.max(0, (100 * seconds) / (to.at - from.at));
  const server = to.server - from.server;
  const others = to.machine - from.machine - server - (to.own - from.own);
  return { "server busy %": percent(server), "others busy %": percent(others) };
}

/** Counts messages until there are enough, how long each took, and what that cost the server and this process. */
export class Tally {
  readonly #wanted: number;
  readonly #warmUp: number;
  readonly #pid: number;
  readonly #times: Float64Array;
  readonly #done: () => void;
  readonly #isDone: Promise<void>;
  #seen = 0;
  #taken = 0;
  #started: Moment;
  #ended: Moment | undefined;

  constructor(wanted: number, pid: number) {
    this.#wanted = wanted;
    this.#warmUp = Math.floor(WARM_UP * wanted);
    this.#pid = pid;
    this.#times = new Float64Array(wanted);
    let done = (): void => {};
    this.#isDone = new Promise((resolve) => {
      done = resolve;
    });
    this.#done = done;
    this.#started = momentOf(pid);
  }

  /** One that was sent at `sentAt` and came at `now`. False when there are enough. */
  count(sentAt: number, now: number): boolean {
    this.#seen += 1;
    if (this.#seen === this.#warmUp) this.#started = momentOf(this.#pid);
    if (this.#seen > this.#warmUp && this.#seen <= this.#wanted) this.#times[this.#taken++] = now - sentAt;
    if (this.#seen === this.#wanted) {
      this.#ended = momentOf(this.#pid);
      this.#done();
    }
    return this.#seen < this.#wanted;
  }

  async figures(): Promise<Figures> {
    await this.#isDone;
    const times = this.#times.subarray(0, this.#taken).sort();
    const [started, ended] = [this.#started, this.#ended ?? this.#started];
    const seconds = ended.at - started.at;
    const micros = (cpu: number): number => (1e6 * cpu) / times.length;
    const hasServer = ended.server !== undefined && started.server !== undefined;
    const server = (ended.server ?? 0) - (started.server ?? 0);
    return {
      value: times.length / seconds,
      extra: {
        "p50 ms": percentile(times, 0.5),
        "p99 ms": percentile(times, 0.99),
        ...(hasServer && { [SERVER_COST]: micros(server) }),
        "load µs": micros(ended.own - started.own),
        ...shares(started, ended),
      },
    };
  }
}
