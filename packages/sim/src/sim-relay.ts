/**
 * A relay in a simulated world: the core's own machine and state, reached over cables that are TLS over TCP (in order,
 * never damaged, broken at times). It restarts with what it had stored and nothing of what it had in memory, and drains.
 *
 * @module
 */
import { MemoryRelayState, type Moment, RelayServer, Secret, seconds } from "@kith/core";
import type { Cable, EndNumber } from "./cable.ts";
import { HostClock } from "./host-clock.ts";
import { Violation } from "./ledger.ts";
import type { SimNetwork, Station } from "./network.ts";
import type { SimRandom } from "./sim-random.ts";

/** As its shell does: who says nothing for so long has gone without a word. */
const SILENT_MS = 85_000;
/** Logins are not what these worlds are about, and all come from one place. */
const BOUNDS = { toll: { quiet: 3, busy: 6 }, loginsPerMinute: 1_000, unreadyPerSource: 64 };
/** A window for each sender, and what was under way when it was used up: more can wait for nobody. */
const WAITING_BYTES_MAX = 4_194_304;

interface Guest {
  readonly number: number;
  readonly cable: Cable;
  readonly end: EndNumber;
  heardAt: number;
}

/** What somebody's relay makes of a message that it should send as it is. */
export type Misdeed = (message: Uint8Array, to: number, relay: SimRelay) => readonly Uint8Array[];

export class SimRelay implements Station {
  readonly name: string;
  readonly address: string;
  readonly isReliable = true;
  /** What is kept over restarts. */
  readonly state: MemoryRelayState = new MemoryRelayState(new Uint8Array(32));
  canAnswer = true;
  /** An honest relay does none. */
  misdeed: Misdeed | undefined;
  /** What its operator could look at: everything that anybody says. */
  onHeard: (message: Uint8Array, from: number) => void = () => {};
  /** Whether it never did any. */
  isHonest = true;
  readonly #before = { forwards: 0, violations: 0, deposits: 0 };
  readonly #net: SimNetwork;
  readonly #random: SimRandom;
  readonly #clock = new HostClock({ wallSkew: 0, sleeps: false });
  readonly #guests = new Map<number, Guest>();
  #server: RelayServer;
  #next = 1;
  #isDue = false;
  #wakeAt: number | undefined;

  constructor(net: SimNetwork, name: string, random: SimRandom) {
    this.#net = net;
    this.name = name;
    this.address = `${name}.relay:443`;
    this.#random = random;
    this.#server = this.#start();
    net.stations.push(this);
  }

  get gauges(): RelayServer["gauges"] {
    return this.#server.gauges;
  }

  /** What was done since the world began. */
  get counters(): { readonly forwards: number; readonly violations: number; readonly deposits: number } {
    const { forwards, violations, deposits } = this.#server.counters;
    const before = this.#before;
    return {
      forwards: before.forwards + forwards,
      violations: before.violations + violations,
      deposits: before.deposits + deposits,
    };
  }

  accept(cable: Cable, end: EndNumber, source: string): void {
    const guest: Guest = { number: this.#next++, cable, end, heardAt: this.#net.now };
    this.#guests.set(guest.number, guest);
    this.#server.handleConnection(guest.number, source, this.#at);
    cable.listen(end, {
      onPacket: (bytes) => {
        guest.heardAt = this.#net.now;
        this.onHeard(bytes, guest.number);
        this.#server.handleMessage(guest.number, bytes.slice(), this.#at);
        this.#touch();
      },
      onRoom: () => this.#flush(guest),
      onClosed: () => this.#gone(guest),
    });
    this.#touch();
  }

  /** As a process that is killed and starts again after a while; its clients hear of that sooner or later. */
  restart(backAfter: number): void {
    this.canAnswer = false;
    for (const { cable, end } of this.#guests.values()) {
      if (this.#random.chance(0.5)) cable.close(end);
      else cable.break([this.#random.pick([0, 100, undefined]), undefined]);
    }
    this.#guests.clear();
    Object.assign(this.#before, this.counters);
    this.#server = this.#start();
    this.#net.at(this.#net.now + backAfter, () => {
      this.canAnswer = true;
    });
  }

  /** Says that it ends, lets clients leave, and is back a moment later. */
  drain(): void {
    this.#server.drain(seconds(5), "", this.#at);
    this.#touch();
  }

  /** Some of the connections end, and only one side may hear of it. */
  cut(share: number): void {
    for (const { cable } of [...this.#guests.values()]) {
      if (!this.#random.chance(share)) continue;
      const wait = (): number | undefined => this.#random.pick([0, 3_000, undefined]);
      cable.break([wait(), wait()]);
    }
  }

  /** Sends something to a connection, whatever the machine says. */
  say(to: number, message: Uint8Array): void {
    const guest = this.#guests.get(to);
    guest?.cable.write(guest.end, message);
  }

  #start(): RelayServer {
    return new RelayServer({
      crypto: this.#net.provider,
      random: this.#random.source,
      seed: new Secret(new Uint8Array(32).fill(this.name.charCodeAt(this.name.length - 1))),
      at: this.#at,
      bounds: BOUNDS,
    });
  }

  get #at(): Moment {
    return this.#clock.at(this.#net.now);
  }

  #touch(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    this.#net.at(this.#net.now, () => {
      this.#isDue = false;
      this.#turn();
    });
  }

  #turn(): void {
    const server = this.#server;
    for (const guest of this.#guests.values())
      if (this.#net.now - guest.heardAt > SILENT_MS) {
        guest.cable.close(guest.end);
        this.#gone(guest);
      }
    server.handleTimeout(this.#at);
    for (let output = server.poll(); output !== undefined; output = server.poll()) {
      if (output.type === "ask") this.#ask(output);
      else if (output.type === "drained") return this.restart(this.#random.pick([1, 2_000]));
      else if (output.type === "event") continue;
      else {
        const guest = this.#guests.get(output.connection);
        if (guest === undefined) continue;
        if (output.type === "writable") this.#flush(guest);
        else if (output.type === "close") this.#end(guest);
      }
    }
    if (server.gauges.waitingBytes > WAITING_BYTES_MAX)
      throw new Violation(`${this.name} holds ${server.gauges.waitingBytes} bytes`);
    this.#setTimer();
  }

  #setTimer(): void {
    const next = this.#server.nextTimeout();
    const silent = [...this.#guests.values()].map(({ heardAt }) => heardAt + SILENT_MS + 1);
    const wait = next === undefined ? Number.POSITIVE_INFINITY : next - this.#at.now;
    const at = Math.min(this.#net.now + Math.max(0, wait), ...silent);
    const { now } = this.#net;
    if (at === Number.POSITIVE_INFINITY || (this.#wakeAt !== undefined && this.#wakeAt <= at && this.#wakeAt > now))
      return;
    this.#wakeAt = at;
    this.#net.at(at, () => {
      if (this.#wakeAt === at) this.#wakeAt = undefined;
      this.#touch();
    });
  }

  #ask({ ask, question }: Extract<ReturnType<RelayServer["poll"]>, { type: "ask" }>): void {
    const server = this.#server;
    this.#net.at(this.#net.now + this.#random.pick([0, 0, 3]), () => {
      if (server !== this.#server) return; // killed before it wrote
      const { type } = question;
      const isOwners = type === "status" || type === "backup" || type === "rotate" || type === "turn";
      server.handleAnswer(ask, isOwners ? { type: "storage" } : this.state.answer(question), this.#at);
      this.#touch();
    });
  }

  #flush(guest: Guest): void {
    for (let room = guest.cable.room(guest.end); room > 0; room = guest.cable.room(guest.end)) {
      const bytes = this.#server.pollTransmit(guest.number, room);
      if (bytes === undefined) break;
      const all = this.misdeed?.(bytes.slice(), guest.number, this) ?? [bytes.slice()];
      for (const each of all) guest.cable.write(guest.end, each);
    }
    this.#touchIfDue();
  }

  /** What left may have to be given back. */
  #touchIfDue(): void {
    if (!this.#isDue) this.#touch();
  }

  #end(guest: Guest): void {
    this.#flush(guest);
    guest.cable.close(guest.end);
    this.#gone(guest);
  }

  #gone(guest: Guest): void {
    if (!this.#guests.delete(guest.number)) return;
    this.#server.handleClosed(guest.number, this.#at);
    this.#touch();
  }
}
