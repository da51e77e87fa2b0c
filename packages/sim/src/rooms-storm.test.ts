/** Rooms in which people come, go, are killed and cut off from each other: in the end all see the same. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { RoomId } from "@kith/core";
import { RoomWorld } from "./room-world.ts";
import { SimRandom } from "./sim-random.ts";

const NAMES = ["ada", "ben", "cem", "dana", "eli"] as const;
const FIRST = Number(process.env["ROOM_SEED"] ?? 1);
const SEEDS = Number(process.env["ROOM_SEEDS"] ?? 6);

class Storm {
  readonly world: RoomWorld;
  readonly room: RoomId;
  readonly #random: SimRandom;
  readonly #links: string[] = [];
  readonly #walls = new Set<string>();
  readonly #bornAt = new Map<string, number>();
  #said = 0;

  constructor(seed: string) {
    this.#random = new SimRandom(`room storm ${seed}`);
    this.world = new RoomWorld(NAMES, { seed, privacy: "open" });
    this.room = this.world.create("ada", "storm");
    for (const name of NAMES.slice(1, 1 + this.#random.below(NAMES.length))) this.world.bringIn(this.room, "ada", name);
    if (this.#random.chance(0.5)) {
      this.world.run(2_000);
      this.world.person("ada").ask((rooms, at) => rooms.setRole(this.room, this.world.id("ben"), "admin", at));
    }
  }

  run(): void {
    for (let step = 0; step < 40; step++) {
      this.#act();
      this.world.run(this.#random.pick([1, 50, 400, 3_000, 12_000]));
    }
    this.#calm();
  }

  #act(): void {
    const { world, room } = this;
    const random = this.#random;
    const who = world.person(random.pick(NAMES));
    const other = world.person(random.pick(NAMES));
    if (who.host.endpoint === undefined) return world.start(who.name);
    switch (
      random.pick(["invite", "join", "join", "say", "say", "say", "expel", "wall", "heal", "kill", "rotate", "role"])
    ) {
      case "invite": {
        const terms = { uses: 1, lifetime: 3_600_000 as never, role: "member" as const, hints: [who.address] };
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
        who.ask((rooms, at) => rooms.setRole(room, other.id, random.pick(["admin", "member"]), at));
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
        this.#bornAt.set(who.name, who.heard(room).length);
        if (random.chance(0.5)) world.start(who.name);
    }
  }

  #until(what: string, isSo: () => boolean): void {
    try {
      this.world.until(what, isSo, 300_000);
    } catch (cause) {
      const seen = [...this.world.people.values()].map((person) => {
        const state = person.endpoint.rooms.stateOf(this.room)?.state ?? "outside";
        const members = person.members(this.room).map((peer) => this.world.nameOf(peer));
        return `${person.name} is ${state}, sees ${members.join()}, links ${this.world.edges(this.room, person.name).join()}`;
      });
      throw new Error(seen.join("\n"), { cause });
    }
  }

  #heal(): void {
    for (const pair of this.#walls) {
      const [a = "", b = ""] = pair.split(" ");
      this.world.wall(a, b, false);
    }
    this.#walls.clear();
  }

  /** Fine weather: members come together, and what is said reaches all of them. */
  #calm(): void {
    const { world, room } = this;
    this.#heal();
    for (const name of NAMES) if (world.person(name).host.endpoint === undefined) world.start(name);
    const inside = (): RoomWorld["people"] =>
      new Map([...world.people].filter(([, { endpoint }]) => endpoint.rooms.stateOf(room)?.state === "in"));
    const agree = (): boolean => {
      const members = [...inside().values()].map((person) => person.members(room).join());
      return new Set(members).size <= 1;
    };
    this.#until("all agree", agree);
    const linked = (): boolean => {
      const count = inside().size;
      const edges = (count * (count - 1)) / 2;
      return [...inside().keys()].every((name) => world.edges(room, name).length === edges);
    };
    this.#until("all are linked", linked);
    world.run(5_000);
    for (const person of inside().values()) person.say(room, `calm ${person.name}`);
    const heard = (): boolean =>
      [...inside().values()].every((person) =>
        [...inside().keys()].every((name) => name === person.name || person.heard(room).includes(`calm ${name}`)),
      );
    world.until("all heard all", heard, 60_000);
    for (const person of world.people.values()) {
      const texts = person.heard(room).slice(this.#bornAt.get(person.name) ?? 0); // a new process begins with the history
      assert.equal(new Set(texts).size, texts.length, `${person.name} heard something twice`);
    }
  }
}

test(`rooms in a storm: ${SEEDS} seeds end in agreement, links and words for all`, () => {
  for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
    try {
      new Storm(String(seed)).run();
    } catch (error) {
      throw new Error(`SEED=${seed}`, { cause: error });
    }
  }
});
