/**
 * A device in a simulated world: one identity, a disk, clocks of its own, and a process that drives
 * an endpoint as `sdk/driver.ts` does. It can sleep, be killed, start again from what its disk has,
 * from an old copy of it, and move to another address.
 *
 * Inputs wait for the end of a turn; how long a turn lasts, and how long the disk takes, is drawn
 * from the seed.
 *
 * @module
 */
import {
  Endpoint,
  type EndpointOutput,
  type LocalIdentity,
  type Moment,
  makeRooms,
  type OpenJob,
  PACKET_BYTES_MAX,
  type PeerId,
  type SealJob,
  type Sighting,
} from "@kith/core";
import type { Cable, EndNumber } from "./cable.ts";
import { FileLanes } from "./file-lanes.ts";
import { HostClock } from "./host-clock.ts";
import type { HostOptions, HostWorld, Plug } from "./host-options.ts";
import { type RelayMemory, RelaySeats } from "./relay-seats.ts";
import { RoutedLinks } from "./routed-links.ts";
import { SimDisk } from "./sim-disk.ts";
import type { SimRandom } from "./sim-random.ts";
import { SimStore } from "./sim-store.ts";
import { StoreLane } from "./store-lane.ts";
import { describe } from "./trace.ts";

const SLEEP_NOTICED_MS = 15_000;

interface Life {
  readonly endpoint: Endpoint;
  readonly links: Map<number, { readonly cable: Cable; readonly end: EndNumber }>;
  readonly entries: StoreLane;
  readonly files: FileLanes;
  readonly flows: RoutedLinks;
  readonly seats: RelaySeats;
  isDue: boolean;
  wakeAt: number | undefined;
}

export class SimHost {
  readonly name: string;
  readonly identity: LocalIdentity;
  readonly options: HostOptions;
  readonly store: SimStore = new SimStore();
  readonly disk: SimDisk = new SimDisk();
  readonly clock: HostClock;
  address: string;
  /** What the endpoint puts out, beyond what the host does itself. */
  onOutput: (output: EndpointOutput) => void = () => {};
  /** After each turn. */
  onTurn: (endpoint: Endpoint) => void = () => {};
  /** Whether an old copy of its disk came back: it may have forgotten what others know. */
  wasRolledBack = false;
  /** At relays, over all its lives. */
  readonly relayed: RelayMemory = { pinned: new Map(), leftMail: false, misbehaved: 0 };
  /** Processes so far. */
  lives = 0;
  readonly #world: HostWorld<SimHost>;
  readonly #random: SimRandom;
  #life: Life | undefined;
  #deferred: (() => void)[] = [];
  #nextLink = 1;

  constructor(world: HostWorld<SimHost>, options: HostOptions) {
    this.#world = world;
    this.options = options;
    this.#random = options.random;
    this.name = options.name;
    this.identity = options.identity;
    this.address = options.address;
    this.clock = new HostClock({ wallSkew: options.wallSkew ?? 0, sleeps: options.clockSleeps ?? false });
  }

  get id(): PeerId {
    return this.identity.peerId;
  }

  get endpoint(): Endpoint | undefined {
    return this.#life?.endpoint;
  }

  get isHonest(): boolean {
    return this.options.betrays === undefined;
  }

  get isAwake(): boolean {
    return this.clock.isAwake;
  }

  get canAnswer(): boolean {
    return this.#life !== undefined && this.isAwake;
  }

  get cables(): Iterable<Cable> {
    return this.#plugs().map(({ cable }) => cable);
  }

  get at(): Moment {
    return this.clock.at(this.#world.now);
  }

  // --- life -----------------------------------------------------------------------------------

  start(): void {
    if (this.#life !== undefined) throw new Error("already running");
    const { identity, label, privacy = "open", protocols = [], directLinksMax } = this.options;
    this.lives += 1;
    const random = this.#random.fork(`life ${this.lives}`).source;
    const { provider = this.#world.provider } = this.options;
    const restored = this.store.entries;
    const endpoint = new Endpoint(
      { provider, random, identity, name: label, privacy, protocols, restored, rooms: makeRooms, directLinksMax },
      this.at,
    );
    const { events } = this.#world;
    const planDisk = (run: () => void): void => {
      events.plan(this.#world.now + this.#random.float() * (this.options.diskMax ?? 0), () => {
        if (life === this.#life) run();
      });
    };
    const files = new FileLanes({
      disk: this.disk,
      endpoint,
      wall: () => this.at.wall,
      plan: planDisk,
      whenAwake: (run) => this.#whenAwake(life, run),
    });
    const flows = new RoutedLinks({
      endpoint,
      nextLink: () => this.#nextLink++,
      seal: (job) => this.#seal(job),
      open: ({ key, nonce, header, sealed }) => provider.open(key, nonce, header, sealed),
    });
    const seats = new RelaySeats({
      ...{ endpoint, provider, random, identity, memory: this.relayed, addresses: this.options.relays ?? [] },
      at: () => this.at,
      nextLink: () => this.#nextLink++,
      seal: (job) => this.#seal(job),
      receive: (link, packet) => this.#handlePacket(life, link, packet),
      dial: (address, done) => this.#world.dial(this, [address], (found) => this.#whenAwake(life, () => done(found))),
      whenAwake: (run) => this.#whenAwake(life, run),
      note: (text) => this.#note(text),
    });
    const { diskMax = 0, diskFailures = 0 } = this.options;
    const entries = new StoreLane({
      ...{ store: this.store, random: this.#random, world: this.#world, diskMax, diskFailures },
      isAlive: () => life === this.#life,
    });
    const lanes = { entries, files, flows, seats };
    const life: Life = { endpoint, links: new Map(), ...lanes, isDue: false, wakeAt: undefined };
    this.#life = life;
    this.#note(() => `starts, life ${this.lives}, ${restored.length} entries`);
    this.#world.handleLife(this);
    this.touch();
  }

  /** As kill -9, or a power cut (`isSilent`): only what is durable is left, and others may not hear of it. */
  kill(isSilent: boolean): void {
    const life = this.#life;
    if (life === undefined) return;
    this.#note(() => `is killed${isSilent ? ", silently" : ""}`);
    this.#life = undefined;
    life.files.tear(this.#random);
    for (const { cable, end } of this.#plugs(life)) isSilent ? cable.break([undefined, undefined]) : cable.close(end);
    this.#world.handleLife(this);
  }

  /** Ends in good order, as Ctrl-C. */
  stop(): void {
    const life = this.#life;
    if (life === undefined) return;
    life.endpoint.close(this.at);
    this.#turn(life);
    this.kill(false);
  }

  sleep(): void {
    if (!this.isAwake) return;
    this.#note(() => "falls asleep");
    this.clock.sleep(this.#world.now);
    for (const { cable, end } of this.#plugs()) cable.pause(end);
  }

  /** `isNoticed`: its driver sees by the wall clock that it slept; else it may, or may not. */
  wake(isNoticed: boolean = this.#random.chance(0.5)): void {
    if (this.isAwake) return;
    const slept = this.clock.wake(this.#world.now);
    this.#note(() => "wakes up");
    if (isNoticed && slept > SLEEP_NOTICED_MS) {
      this.#life?.endpoint.handleWake(this.at);
      this.#life?.seats.hurry(true);
    }
    for (const run of this.#deferred.splice(0)) run();
    for (const { cable, end } of this.#plugs()) cable.resume(end);
    this.touch();
  }

  /** Another network: all that it had is cut, and only it hears of that soon. */
  move(address: string): void {
    this.#note(() => `moves to ${address}`);
    this.address = address;
    for (const { cable, end } of this.#plugs()) {
      const soon = this.#random.between(0, 200);
      cable.break(end === 0 ? [soon, undefined] : [undefined, soon]);
    }
  }

  #plugs(life: Life | undefined = this.#life): { readonly cable: Cable; readonly end: EndNumber }[] {
    return life === undefined ? [] : [...life.links.values(), ...life.seats.plugs];
  }

  // --- driving --------------------------------------------------------------------------------

  /** A link that somebody dialled, or that answers a dial of ours. */
  plug(cable: Cable, end: EndNumber, { dial, hint, source }: Plug): void {
    const life = this.#life;
    if (life === undefined) return cable.close(end);
    const link = this.#nextLink++;
    life.links.set(link, { cable, end });
    const traits = {
      kind: cable.isOrdered ? "tcp" : "memory", // of the same rank, for it is dialled at an address too
      recordBytesMax: cable.isOrdered ? PACKET_BYTES_MAX : 16_384,
      ordered: cable.isOrdered,
    } as const;
    life.endpoint.handleLinkUp(link, { traits, source, dial, hint }, this.at);
    cable.listen(end, {
      onPacket: (bytes) => this.#handlePacket(life, link, bytes),
      onRoom: () => this.#whenAwake(life, () => {}),
      onClosed: () =>
        this.#whenAwake(life, () => {
          if (life.links.delete(link)) life.endpoint.handleLinkDown(link, this.at);
        }),
    });
    if (!this.isAwake) cable.pause(end);
    this.touch();
  }

  setNearby(sightings: readonly Sighting[]): void {
    this.#life?.endpoint.setNearby(sightings, this.at);
    this.touch();
  }

  /** Something was asked of the endpoint, or told to it. */
  touch(): void {
    const life = this.#life;
    if (life === undefined || life.isDue || !this.isAwake) return;
    life.isDue = true;
    const { turnMax = 0 } = this.options;
    const wait = turnMax > 0 && this.#random.chance(0.3) ? this.#random.float() * turnMax : 0;
    this.#world.events.plan(this.#world.now + wait, () => {
      life.isDue = false;
      if (life === this.#life && this.isAwake) this.#turn(life);
    });
  }

  #whenAwake(life: Life, run: () => void): void {
    if (life !== this.#life) return;
    if (this.isAwake) {
      run();
      this.touch();
    } else this.#deferred.push(() => this.#whenAwake(life, run));
  }

  #handlePacket(life: Life, link: number, packet: Uint8Array): void {
    if (life !== this.#life) return;
    const isLate = this.options.opensLate === true && this.#random.chance(0.5);
    const job = life.endpoint.handlePacket(link, isLate ? packet.slice() : packet, this.at);
    if (job === undefined) return this.touch();
    if (!isLate) return this.#open(life, link, job);
    this.#world.events.plan(this.#world.now + this.#random.float() * 5, () =>
      this.#whenAwake(life, () => this.#open(life, link, job)),
    );
  }

  #open(life: Life, link: number, job: OpenJob): void {
    const plaintext = this.#world.provider.open(job.key, job.nonce, job.header, job.sealed);
    const isKept = life.endpoint.handleOpened(link, job, plaintext, this.at);
    if (!isKept) plaintext?.fill(0x55); // its memory is used again
    this.touch();
  }

  #turn(life: Life): void {
    const { endpoint } = life;
    endpoint.handleTimeout(this.at);
    life.seats.handleTimeout(this.at);
    endpoint.settle(this.at);
    life.seats.settle();
    for (let output = endpoint.poll(); output !== undefined; output = endpoint.poll()) this.#carryOut(life, output);
    for (const link of life.links.keys()) this.#transmit(life, link);
    for (const lane of [life.flows, life.seats]) if (lane.transmit(this.at)) this.touch();
    this.#setTimer(life);
    this.onTurn(endpoint);
  }

  #setTimer(life: Life): void {
    const [first = Infinity, second = Infinity] = [life.endpoint.nextTimeout(), life.seats.nextTimeout()];
    const { now, events } = this.#world;
    const at = now + Math.max(0, Math.min(first, second) - this.at.now);
    if (at === Infinity) return;
    if (life.wakeAt !== undefined && life.wakeAt <= at && life.wakeAt > now) return; // it looks again then
    life.wakeAt = at;
    events.plan(at, () => {
      if (life.wakeAt === at) life.wakeAt = undefined;
      if (life === this.#life) this.touch();
    });
  }

  #transmit(life: Life, link: number): void {
    const place = life.links.get(link);
    if (place === undefined) return;
    const { cable, end } = place;
    for (let room = cable.room(end); room > 0; room = cable.room(end)) {
      const job = life.endpoint.pollTransmit(link, room, this.at);
      if (job === undefined) return;
      cable.write(end, this.#seal(job));
    }
  }

  #seal(job: SealJob): Uint8Array {
    const plaintext = this.options.betrays?.(job.plaintext) ?? job.plaintext;
    const sealed = this.#world.provider.seal(job.key, job.nonce, job.header, plaintext);
    return new Uint8Array(Buffer.concat([job.header, ...sealed]));
  }

  #carryOut(life: Life, output: EndpointOutput): void {
    const { endpoint } = life;
    switch (output.type) {
      case "transmit": {
        const place = life.links.get(output.link);
        const bytes = output.bytes.slice();
        if (life.flows.write(output.link, bytes, this.at) || life.seats.write(output.link, bytes)) this.touch();
        else place?.cable.write(place.end, bytes);
        break;
      }
      case "closeLink": {
        const place = life.links.get(output.link);
        if (life.flows.close(output.link, this.at) || life.seats.close(output.link, this.at)) this.touch();
        if (place === undefined) break;
        this.#transmit(life, output.link); // the last word
        place.cable.close(place.end);
        life.links.delete(output.link);
        life.endpoint.handleLinkDown(output.link, this.at);
        this.touch();
        break;
      }
      case "dial":
        if (life.seats.dial(output.dial, output.hints)) this.touch();
        else this.#dial(life, output.dial, output.hints);
        break;
      case "deposit":
      case "itemTaken":
        life.seats.carry(output);
        this.touch();
        break;
      case "flowUp":
      case "flowPacket":
      case "flowDown":
        life.flows.handle(output, this.at);
        this.touch();
        break;
      case "store":
        life.entries.keep(output, (isStored) =>
          this.#whenAwake(life, () => endpoint.handleStored(output.token, isStored, this.at)),
        );
        break;
      case "deletePrefix":
        life.entries.deletePrefix(output.prefix);
        break;
      case "file":
        life.files.add(output.key, output.job, output.source);
        break;
      default:
        this.#note(() => describe(output));
    }
    this.onOutput(output);
  }

  #dial(life: Life, dial: number, hints: readonly string[]): void {
    this.#note(() => `dials ${hints.join(" ")}`);
    this.#world.dial(this, hints, (found) =>
      this.#whenAwake(life, () => {
        if (found === undefined) return life.endpoint.handleDialFailed(dial, this.at);
        this.plug(found.cable, found.end, { dial, hint: found.address, source: found.address });
      }),
    );
  }

  #note(text: () => string): void {
    this.#world.trace.note(this.#world.now, this.name, text);
  }
}
