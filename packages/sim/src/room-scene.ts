/**
 * A room of all, linked and settled, in which one betrays the others from then on; and how that looks to them.
 *
 * @module
 */
import {
  decodeBroadcast,
  decodeOperation,
  MESH_MESSAGE,
  type OperationBody,
  type PeerId,
  type RoomGap,
  type RoomId,
} from "@kith/core";
import { createNodeProvider } from "@kith/sdk/node";
import { Violation } from "./ledger.ts";
import { RoomTap } from "./room-tap.ts";
import { RoomTraitor } from "./room-traitor.ts";
import { type RoomPerson, RoomWorld } from "./room-world.ts";

const provider = createNodeProvider({ isSeeded: true });
const TRAITOR = "mal";
const FOUR = ["ada", "ben", "cem", TRAITOR] as const;

export class Scene {
  readonly world: RoomWorld;
  readonly room: RoomId;
  readonly mal: RoomTraitor;
  readonly honest: readonly RoomPerson[];
  /** Copies that honest members sent, by channel and envelope. */
  readonly #copies = new Set<string>();

  constructor(world: RoomWorld, room: RoomId) {
    [this.world, this.room] = [world, room];
    this.honest = [...world.people.values()].filter(({ name }) => name !== TRAITOR);
    for (const person of this.honest) this.#watchCopies(person);
    this.mal = this.betray(TRAITOR);
  }

  get ada(): RoomPerson {
    return this.world.person("ada");
  }

  get ben(): RoomPerson {
    return this.world.person("ben");
  }

  get cem(): RoomPerson {
    return this.world.person("cem");
  }

  get dana(): RoomPerson {
    return this.world.person("dana");
  }

  betray(name: string): RoomTraitor {
    return new RoomTraitor(this.world, name, this.room);
  }

  /** Somebody new, who is no member and means no good. */
  outsider(name: string): RoomTraitor {
    this.world.add(name);
    return this.betray(name);
  }

  /** Kinds of gaps that it sees, with the names in them. */
  gaps(person: RoomPerson): readonly string[] {
    const text = (gap: RoomGap): string => {
      const { kind, ...peers } = gap;
      return [kind, ...Object.values(peers).map((peer: PeerId) => this.world.nameOf(peer))].join(" ");
    };
    return person.endpoint.rooms.gapsOf(this.room).map(text).sort();
  }

  /** What its endpoint complained of, and whom it named; each once. */
  notes(person: RoomPerson): readonly string[] {
    const texts = person
      .of("note")
      .map(({ code, peer }) => `${code} ${peer === undefined ? "" : this.world.nameOf(peer)}`);
    return [...new Set(texts)];
  }

  logSize(name: string): number {
    return this.#log(name).length;
  }

  operationsBy(name: string, author: PeerId, kind?: OperationBody["kind"]): number {
    return this.#log(name).filter((each) => each.author === author && (kind ?? each.body.kind) === each.body.kind)
      .length;
  }

  /** The honest ones hear each other, see the same members, keep what must hold, and nothing piles up. */
  assertTheyGoOn(mark: string): void {
    const { world, room } = this;
    const honest = this.honest.filter(({ id }) => !world.watch.traitors.has(id));
    for (const person of honest) person.say(room, `${mark} ${person.name}`);
    const hearsAll = (hearer: RoomPerson): boolean =>
      honest.every(({ name }) => name === hearer.name || hearer.heard(room).includes(`${mark} ${name}`));
    world.until(`all heard ${mark}`, () => honest.every(hearsAll), 120_000);
    world.run(1_000);
    world.watch.check();
    const hosts = honest.map(({ host }) => host);
    world.watch.checkAgreement(room, hosts);
    for (const { name, endpoint } of honest) {
      const { untold, requests } = endpoint.census;
      if (untold > 0 || requests > 16) throw new Violation(`${name} has ${untold} outputs and ${requests} requests`);
    }
  }

  #log(name: string): ReturnType<typeof decodeOperation>[] {
    const entries = this.world.person(name).host.store.under(`room/${this.room}/log/`);
    return entries.map(({ value }) => decodeOperation(provider, value));
  }

  /** Of each broadcast, at most one copy goes out on each channel. */
  #watchCopies({ name, endpoint }: RoomPerson): void {
    const tap = new RoomTap({
      outgoing: (peer, message, channel) => {
        if (message[0] !== MESH_MESSAGE.broadcast) return [message];
        const { origin, stream, sequence } = decodeBroadcast(message);
        const copy = `${name} ${peer} ${channel} ${origin} ${stream} ${sequence}`;
        if (this.#copies.has(copy))
          throw new Violation(`${name} sends a broadcast twice to ${this.world.nameOf(peer)}`);
        this.#copies.add(copy);
        return [message];
      },
    });
    tap.install(endpoint);
  }
}

/** `setup`: before the one called `mal` turns. */
export function scene(
  names: readonly string[] = FOUR,
  setup: (world: RoomWorld, room: RoomId) => void = () => {},
): Scene {
  const world = new RoomWorld(names);
  const room = world.roomOfAll();
  setup(world, room);
  const edges = (names.length * (names.length - 1)) / 2;
  world.until("all are linked", () => names.every((name) => world.edges(room, name).length === edges), 120_000);
  world.run(1_000);
  const made = new Scene(world, room);
  world.run(6_000); // lists pass: its lines are known
  return made;
}
