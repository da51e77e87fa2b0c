/**
 * A room in a storm: people come in by links, say something, expel each other, are given roles, are cut off from
 * each other and killed; and in some rooms one of them betrays the others. When it is over, whoever is in sees the
 * same members, is linked to all of them, and hears all of them.
 *
 * @module
 */
import { hours, type PeerId, type RoomId } from "@kith/core";
import { createNodeProvider } from "@kith/sdk/node";
import { Violation } from "./ledger.ts";
import { misdeed } from "./room-misdeeds.ts";
import { RoomTraitor } from "./room-traitor.ts";
import { type RoomPerson, RoomWorld } from "./room-world.ts";
import { SimRandom } from "./sim-random.ts";
import type { Trace } from "./trace.ts";
import { NonceLedger, watchProvider } from "./watched-provider.ts";
import type { WorldReport } from "./world.ts";

const NAMES = ["ada", "ben", "cem", "dana", "eli"] as const;
const STEPS = 40;
const PAUSES = [1, 50, 400, 3_000, 12_000] as const;
/** For all to meet and agree once the weather is fine. */
const CALM_MS = 300_000;
const ACTS = [
  ...(["invite", "join", "join", "say", "say", "say"] as const),
  ...(["expel", "wall", "heal", "kill", "role", "leave"] as const),
] as const;

const seededProvider = createNodeProvider({ isSeeded: true });

export function tellRooms(seed: string, trace: Trace): WorldReport {
  const storm = new Storm(seed, trace);
  storm.rage();
  storm.calm();
  return storm.report();
}

class Storm {
  readonly #world: RoomWorld;
  readonly #room: RoomId;
  readonly #random: SimRandom;
  readonly #nonces = new NonceLedger();
  readonly #links: string[] = [];
  readonly #walls = new Set<string>();
  readonly #traitor: RoomTraitor | undefined;
  #said = 0;

  constructor(seed: string, trace: Trace) {
    const random = new SimRandom(`room storm ${seed}`);
    const provider = watchProvider(seededProvider, this.#nonces);
    this.#random = random;
    const privacy = random.fork("privacy").pick(["open", "contacts"] as const);
    this.#world = new RoomWorld(NAMES, { seed, privacy, trace, provider });
    this.#room = this.#world.create("ada", "storm");
    for (const name of NAMES.slice(1, 1 + random.below(NAMES.length))) this.#world.bringIn(this.#room, "ada", name);
    this.#world.run(2_000);
    if (random.chance(0.5)) this.#setRole("ada", this.#world.id("ben"), "admin");
    if (random.chance(0.4)) this.#traitor = new RoomTraitor(this.#world, random.pick(NAMES), this.#room);
  }

  rage(): void {
    for (let step = 0; step < STEPS; step++) {
      this.#act();
      this.#world.run(this.#random.pick(PAUSES));
    }
  }

  /** Fine weather: members come together, and what is said reaches all of them. */
  calm(): void {
    const [world, room] = [this.#world, this.#room];
    this.#heal();
    this.#traitor?.behave();
    for (const { name, host } of world.people.values()) if (host.endpoint === undefined) this.#start(name);
    this.#until("all agree", () => new Set(this.#honest().map((person) => person.members(room).join())).size <= 1);
    this.#until("all are linked", () => {
      const all = this.#honest();
      return all.every(({ name }) => {
        const edges = world.edges(room, name);
        return all.every((a, i) => all.slice(i + 1).every((b) => edges.includes([a.name, b.name].sort().join("-"))));
      });
    });
    world.run(5_000);
    const honest = this.#honest();
    for (const person of honest) person.say(room, `calm ${person.name}`);
    this.#until("all hear all", () =>
      honest.every((hearer) =>
        honest.every(({ name }) => name === hearer.name || hearer.heard(room).includes(`calm ${name}`)),
      ),
    );
    world.watch.check();
    world.watch.checkAgreement(
      room,
      honest.map(({ host }) => host),
    );
  }

  report(): WorldReport {
    const { net, watch } = this.#world;
    return { simulatedMs: net.now, packets: net.packets, texts: watch.heardCount, sealed: this.#nonces.sealed };
  }

  #inside(): RoomPerson[] {
    const all = [...this.#world.people.values()];
    return all.filter(({ endpoint }) => endpoint.rooms.stateOf(this.#room)?.state === "in");
  }

  /** Those in it that only said what is so. What the other one sees is its own doing. */
  #honest(): RoomPerson[] {
    return this.#inside().filter((person) => person !== this.#traitor?.person);
  }

  #act(): void {
    const [world, room, random] = [this.#world, this.#room, this.#random];
    const who = world.person(random.pick(NAMES));
    const other = world.person(random.pick(NAMES));
    if (who.host.endpoint === undefined) return this.#start(who.name);
    if (who === this.#traitor?.person && random.chance(0.7)) return misdeed(this.#traitor, this.#others(who), random);
    switch (random.pick(ACTS)) {
      case "invite": {
        const terms = { uses: 1, lifetime: hours(1), role: "member" as const, hints: [who.address], relays: [] };
        const made = who.ask((rooms, at) => rooms.invite(room, terms, at));
        if (typeof made !== "string") this.#links.push(...made.links);
        break;
      }
      case "join": {
        const link = this.#links[random.below(this.#links.length + 1)];
        if (link !== undefined) world.join(who.name, link, [other.address]);
        break;
      }
      case "say":
        who.say(room, `${who.name} ${++this.#said}`);
        break;
      case "expel":
        if (random.chance(0.4)) who.ask((rooms, at) => rooms.expel(room, other.id, at));
        break;
      case "role":
        this.#setRole(who.name, other.id, random.pick(["owner", "admin", "member", "guest"]));
        break;
      case "leave":
        // Whom it let in nobody else would know: it has told all that it did.
        if (random.chance(0.3) && this.#areAllOfOneMind()) who.ask((rooms, at) => rooms.leave(room, at));
        break;
      case "wall":
        if (who === other) break;
        world.wall(who.name, other.name);
        this.#walls.add([who.name, other.name].join(" "));
        break;
      case "heal":
        this.#heal();
        break;
      case "kill":
        who.host.kill(random.chance(0.5));
        if (random.chance(0.5)) this.#start(who.name);
    }
  }

  #start(name: string): void {
    this.#world.start(name);
    if (name === this.#traitor?.person.name) this.#traitor.resume();
  }

  #others({ id }: RoomPerson): readonly PeerId[] {
    return NAMES.map((name) => this.#world.id(name)).filter((peer) => peer !== id);
  }

  #areAllOfOneMind(): boolean {
    const all = [...this.#world.people.values()];
    if (all.some(({ host }) => host.endpoint === undefined)) return false;
    return new Set(this.#inside().map((person) => person.members(this.#room).join())).size <= 1;
  }

  #setRole(by: string, peer: PeerId, role: "owner" | "admin" | "member" | "guest"): void {
    this.#world.person(by).ask((rooms, at) => rooms.setRole(this.#room, peer, role, at));
  }

  #heal(): void {
    for (const pair of this.#walls) {
      const [a = "", b = ""] = pair.split(" ");
      this.#world.wall(a, b, false);
    }
    this.#walls.clear();
  }

  #until(what: string, isSo: () => boolean): void {
    try {
      this.#world.until(what, isSo, CALM_MS);
    } catch (cause) {
      const seen = [...this.#world.people.values()].map((person) => {
        const state = person.endpoint.rooms.stateOf(this.#room)?.state ?? "outside";
        const members = person.members(this.#room).map((peer) => this.#world.nameOf(peer));
        return `${person.name} is ${state}, sees ${members.join()}, links ${this.#world.edges(this.#room, person.name).join()}`;
      });
      throw new Violation(`${what}:\n${seen.join("\n")}`, { cause });
    }
  }
}
