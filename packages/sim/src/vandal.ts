/**
 * Somebody on the network whom nobody trusts: connects and says nothing, floods, replays what it
 * heard, cuts and bends packets, sends back what it gets, sits at an address that was another's.
 *
 * @module
 */
import type { Cable, EndNumber } from "./cable.ts";
import type { SimNetwork, Station } from "./network.ts";
import type { SimRandom } from "./sim-random.ts";

const PACKET_MAX = 65_535;
const HEARD_MAX = 64;
const LINES_OPEN_MAX = 400;

type Habit = "silent" | "noise" | "replay" | "bend" | "reflect" | "flood";

export class Vandal implements Station {
  readonly name: string;
  address: string;
  readonly canAnswer: boolean = true;
  readonly #net: SimNetwork;
  readonly #random: SimRandom;
  readonly #heard: Uint8Array[] = [];
  readonly #open = new Set<Cable>();
  #until = 0;

  constructor(net: SimNetwork, name: string, address: string) {
    this.#net = net;
    this.name = name;
    this.address = address;
    this.#random = net.random.fork(`vandal ${name}`);
    net.stations.push(this);
  }

  /** Does harm until then, and leaves. */
  rage(until: number): void {
    this.#until = until;
    const step = (): void => {
      if (this.#net.now >= until) return this.#leave();
      this.#strike();
      this.#net.at(this.#net.now + this.#random.pick([1, 20, 300, 2_000]), step);
    };
    step();
  }

  /** A packet that passed on some cable. */
  overhear(bytes: Uint8Array): void {
    if (this.#heard.length < HEARD_MAX) this.#heard.push(bytes);
    else this.#heard[this.#random.below(HEARD_MAX)] = bytes;
  }

  accept(cable: Cable, end: EndNumber): void {
    this.#use(cable, end);
  }

  #strike(): void {
    const victim = this.#net.hosts[this.#random.below(this.#net.hosts.length)];
    if (victim === undefined || this.#open.size >= LINES_OPEN_MAX) return;
    const lines = this.#random.chance(0.05) ? 40 : 1;
    for (let i = 0; i < lines; i++) {
      this.#net.dialAs(
        this.name,
        () => this.address,
        [victim.address],
        (found) => {
          if (found !== undefined) this.#use(found.cable, found.end);
        },
      );
    }
  }

  #use(cable: Cable, end: EndNumber): void {
    if (this.#net.now >= this.#until) return cable.close(end);
    this.#open.add(cable);
    const habit = this.#random.pick<Habit>(["silent", "noise", "replay", "bend", "reflect", "flood"]);
    cable.listen(end, {
      onPacket: (bytes) => {
        if (habit === "reflect") cable.write(end, bytes.slice());
        if (habit === "bend") cable.write(end, this.#bent(bytes));
      },
      onRoom: () => {},
      onClosed: () => this.#open.delete(cable),
    });
    if (habit === "noise") cable.write(end, this.#noise());
    if (habit === "replay") for (let i = this.#random.below(4); i >= 0; i--) cable.write(end, this.#replayed());
    if (habit === "bend") cable.write(end, this.#bent(this.#replayed()));
    if (habit === "flood") for (let i = 0; i < 50; i++) cable.write(end, this.#noise());
    if (this.#random.chance(0.5)) {
      this.#net.at(this.#net.now + this.#random.float() * 5_000, () => {
        cable.close(end);
        this.#open.delete(cable);
      });
    }
  }

  #leave(): void {
    for (const cable of this.#open) cable.break([0, 0]);
    this.#open.clear();
  }

  #replayed(): Uint8Array {
    return this.#heard[this.#random.below(this.#heard.length)]?.slice() ?? this.#noise();
  }

  /** A packet that lies: cut short, grown, or with some bytes changed. */
  #bent(bytes: Uint8Array): Uint8Array {
    const kind = this.#random.below(3);
    if (kind === 0) return bytes.slice(0, this.#random.below(bytes.length + 1));
    if (kind === 1) return new Uint8Array(Buffer.concat([bytes, this.#noise()])).slice(0, PACKET_MAX);
    const bent = bytes.slice();
    for (let count = this.#random.between(1, 4); count > 0; count--) {
      bent[this.#random.below(Math.min(64, bent.length))] = this.#random.below(256);
    }
    return bent;
  }

  #noise(): Uint8Array {
    const bytes = this.#random.bytes(this.#random.pick([0, 1, 16, 100, 1_300, 5_000]));
    if (bytes.length > 0) bytes[0] = this.#random.pick([0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x10, 0xff]);
    return bytes;
  }
}
