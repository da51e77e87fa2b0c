/**
 * People and their rooms, in one thread and virtual time: for tests of what several endpoints do together. Fine
 * weather, and walls between any two that a test puts up and takes down.
 *
 *     const world = new RoomWorld(["ada", "ben"]);
 *     const room = world.create("ada", "kitchen");
 *     world.bringIn(room, "ada", "ben");
 *
 * @module
 */
import {
  type CryptoProvider,
  type Endpoint,
  type EndpointOutput,
  identityFromSeed,
  type LocalIdentity,
  type Moment,
  type PeerId,
  type PrivacyLevel,
  type RoomId,
  type RoomRequestState,
  type RoomTerms,
  Secret,
} from "@kith/core";
import { createNodeProvider } from "@kith/sdk/node";
import { SimNetwork } from "./network.ts";
import { RoomWatch } from "./room-watch.ts";
import type { SimHost } from "./sim-host.ts";
import { SimRandom } from "./sim-random.ts";
import { SimRelay } from "./sim-relay.ts";
import { Trace } from "./trace.ts";
import { CALM, Weather } from "./weather.ts";

const provider = createNodeProvider({ isSeeded: true });
const identities = new Map<string, LocalIdentity>();
const HOUR = 3_600_000;

/** The same for the same name in all worlds: making one is slow. */
export function identityOf(name: string): LocalIdentity {
  const known = identities.get(name);
  if (known !== undefined) return known;
  const made = identityFromSeed(provider, new Secret(new SimRandom(`identity ${name}`).bytes(32)));
  identities.set(name, made);
  return made;
}

export interface RoomWorldOptions {
  readonly seed?: string;
  readonly privacy?: PrivacyLevel;
  /** Keeps what happened, packet by packet. */
  readonly trace?: Trace;
  readonly provider?: CryptoProvider;
  /** How many of them everybody uses. */
  readonly relays?: number;
}

export type RoomHeard = Extract<EndpointOutput, { type: "roomMessage" }>;

/** Walls instead of weather. */
class Walls extends Weather {
  readonly #between = new Set<string>();

  set(a: string, b: string, isUp: boolean): void {
    const pair = [a, b].sort().join(" ");
    if (isUp) this.#between.add(pair);
    else this.#between.delete(pair);
  }

  override cutUntil(from: string, to: string): number | undefined {
    return this.#between.has([from, to].sort().join(" ")) ? Number.MAX_SAFE_INTEGER : undefined;
  }
}

export class RoomPerson {
  readonly name: string;
  readonly host: SimHost;
  /** All that the endpoint told, of every life. */
  readonly outputs: EndpointOutput[] = [];
  readonly #watch: RoomWatch;

  constructor(host: SimHost, watch: RoomWatch) {
    [this.name, this.host, this.#watch] = [host.name, host, watch];
    host.onOutput = (output) => {
      this.outputs.push(output);
      watch.handleOutput(host, output);
    };
  }

  get id(): PeerId {
    return this.host.id;
  }

  get endpoint(): Endpoint {
    const { endpoint } = this.host;
    if (endpoint === undefined) throw new Error(`${this.name} is off`);
    return endpoint;
  }

  get at(): Moment {
    return this.host.at;
  }

  get address(): string {
    return this.host.address;
  }

  /** Asks the endpoint for something, and lets it do what comes of it. */
  ask<Answer>(what: (rooms: Endpoint["rooms"], at: Moment, endpoint: Endpoint) => Answer): Answer {
    const answer = what(this.endpoint.rooms, this.at, this.endpoint);
    this.host.touch();
    return answer;
  }

  of<Type extends EndpointOutput["type"]>(type: Type): Extract<EndpointOutput, { type: Type }>[] {
    return this.outputs.filter((output): output is Extract<EndpointOutput, { type: Type }> => output.type === type);
  }

  /** Texts of a protocol that it heard in the room, in order. */
  heard(room: RoomId, protocol = "chat/1"): readonly string[] {
    return this.of("roomMessage").flatMap((each) =>
      each.room === room && each.protocol === protocol ? [new TextDecoder().decode(each.bytes)] : [],
    );
  }

  say(room: RoomId, text: string, protocol = "chat/1"): boolean {
    this.#watch.noteSaid(this.host, room, text);
    return this.ask((rooms, at) => rooms.broadcast(room, protocol, new TextEncoder().encode(text), at));
  }

  /** Names of the members that it sees, sorted. */
  members(room: RoomId): readonly PeerId[] {
    return this.endpoint.rooms
      .membersOf(room)
      .map(({ peer }) => peer)
      .sort();
  }
}

export class RoomWorld {
  readonly net: SimNetwork;
  readonly trace: Trace;
  readonly watch: RoomWatch = new RoomWatch();
  readonly people: Map<string, RoomPerson> = new Map();
  readonly relays: readonly SimRelay[];
  readonly #walls: Walls;
  readonly #privacy: PrivacyLevel;
  readonly #provider: CryptoProvider;
  #requests = 0;

  constructor(names: readonly string[], options: RoomWorldOptions = {}) {
    const random = new SimRandom(`room world ${options.seed ?? names.join(" ")}`);
    this.#privacy = options.privacy ?? "contacts";
    this.#provider = options.provider ?? provider;
    this.trace = options.trace ?? new Trace(false);
    this.#walls = new Walls(CALM, 0, random.fork("weather"));
    this.net = new SimNetwork({
      ...{ random: random.fork("network"), weather: this.#walls, provider: this.#provider, trace: this.trace },
      nextIsOrdered: () => true,
    });
    const { relays = 0 } = options;
    this.relays = Array.from(
      { length: relays },
      (_, at) => new SimRelay(this.net, `r${at}`, random.fork(`relay ${at}`)),
    );
    for (const name of names) this.add(name);
  }

  person(name: string): RoomPerson {
    const found = this.people.get(name);
    if (found === undefined) throw new Error(`nobody is called ${name}`);
    return found;
  }

  id(name: string): PeerId {
    return this.person(name).id;
  }

  nameOf(peer: PeerId): string {
    for (const { id, name } of this.people.values()) if (id === peer) return name;
    return peer.slice(0, 8);
  }

  /** `disk`: of another device with that identity. */
  add(name: string, identity: LocalIdentity = identityOf(name), disk?: ReadonlyMap<string, Uint8Array>): RoomPerson {
    const index = this.people.size + 1;
    const address = `10.0.${index >> 8}.${index & 255}:1`;
    const known = (): SimHost | undefined => this.people.get(name)?.host;
    const watched = {
      ...{ name, id: identity.peerId },
      get lives() {
        return known()?.lives ?? 0;
      },
      get endpoint() {
        return known()?.endpoint;
      },
    };
    const hands = this.watch.providerFor(watched, this.#provider);
    const relays = this.relays.map((relay) => relay.address);
    const given = { name, identity, address, label: name, privacy: this.#privacy, provider: hands };
    const host = this.net.host({ ...given, relays });
    const person = new RoomPerson(host, this.watch);
    this.people.set(name, person);
    if (disk !== undefined) host.store.restore(disk);
    this.start(name);
    return person;
  }

  /** A process begins, from what its disk has. */
  start(name: string): void {
    const person = this.person(name);
    person.host.start();
    person.ask((rooms, at) => rooms.setAddresses([person.address], at));
  }

  /** As kill -9 and a new start. */
  restart(name: string): void {
    this.person(name).host.kill(false);
    this.start(name);
  }

  run(ms: number): void {
    this.net.run(this.net.now + ms);
  }

  /** Runs until it is so. @throws when it is not within `ms`. */
  until(what: string, isSo: () => boolean, ms = 60_000): void {
    const end = this.net.now + ms;
    while (!isSo()) {
      if (this.net.now >= end) throw new Error(`after ${ms} ms it is not so: ${what}`);
      this.net.run(Math.min(end, this.net.now + 20));
    }
  }

  /** Nothing passes between these two any more, and both notice. */
  wall(a: string, b: string, isUp = true): void {
    this.#walls.set(a, b, isUp);
    if (!isUp) return;
    for (const cable of this.person(a).host.cables) {
      const names = [cable.nameOf(0), cable.nameOf(1)];
      if (names.includes(a) && names.includes(b)) cable.break([1, 1]);
    }
  }

  /** Walls between everybody of one group and everybody of the other. */
  part(one: readonly string[], other: readonly string[], isUp = true): void {
    for (const a of one) for (const b of other) this.wall(a, b, isUp);
  }

  // --- rooms ------------------------------------------------------------------------------------

  create(by: string, name: string, policy: Partial<RoomTerms> = {}): RoomId {
    const made = this.person(by).ask((rooms, at) => rooms.create(name, policy, at));
    if (typeof made === "string") throw new Error(`${by} cannot create ${name}: ${made}`);
    this.run(100);
    return made.room;
  }

  invite(room: RoomId, by: string, uses = 1, role: "admin" | "member" | "guest" = "member"): readonly string[] {
    const { address } = this.person(by);
    const terms = { uses, lifetime: 24 * HOUR, role, hints: [address], relays: [] };
    const made = this.person(by).ask((rooms, at) =>
      rooms.invite(room, { ...terms, lifetime: terms.lifetime as never }, at),
    );
    if (typeof made === "string") throw new Error(`${by} cannot invite: ${made}`);
    return made.links;
  }

  /** Begins to join; {@link joinEnd} tells how it went. */
  join(who: string, ticket: string, nearby: readonly string[] = []): number {
    const request = ++this.#requests;
    this.person(who).ask((rooms, at) =>
      rooms.join(
        ticket,
        nearby.map((hint) => [hint]),
        request,
        at,
      ),
    );
    return request;
  }

  /** The room, why not, or `undefined` while it goes on. */
  joinEnd(who: string, request: number): string | undefined {
    for (const output of this.person(who).outputs) {
      if (output.type === "roomJoined" && output.request === request) return output.room;
      if (output.type === "roomJoinFailed" && output.request === request) return output.reason;
    }
    return undefined;
  }

  /** Somebody comes in by an invitation of a member. */
  bringIn(room: RoomId, by: string, who: string): void {
    const [link] = this.invite(room, by);
    const request = this.join(who, link ?? "");
    this.until(`${who} is in`, () => this.joinEnd(who, request) !== undefined);
    const end = this.joinEnd(who, request);
    if (end !== room) throw new Error(`${who} did not come in: ${end}`);
  }

  /** The member asks the guest who waits at its door for a code, and the guest has it from it. */
  answerChallenge(room: RoomId, member: string, guest: string): void {
    const [host, asked] = [this.person(member), this.id(guest)];
    const requestOf = (): RoomRequestState | undefined =>
      host.endpoint.rooms.requestsOf(room).find(({ peer, wants }) => peer === asked && wants === "challenge");
    this.until(`${guest} waits at ${member}`, () => requestOf() !== undefined, 120_000);
    host.ask((rooms, at) => rooms.challenge(room, asked, at));
    const code = requestOf()?.code?.text ?? "";
    const challenges = (): readonly PeerId[] => this.person(guest).endpoint.rooms.challengesOf(room);
    this.until(`${guest} is asked by ${member}`, () => challenges().includes(host.id));
    this.person(guest).ask((rooms, at) => rooms.answerChallenge(room, host.id, code, at));
  }

  /** Who is linked to whom as `who` sees it, by names, sorted; claims of one side alone are left out. */
  edges(room: RoomId, who: string): readonly string[] {
    const { edges } = this.person(who).endpoint.rooms.mapOf(room);
    const linked = edges.filter(({ claimed }) => claimed === "both");
    return linked.map(({ a, b }) => [this.nameOf(a), this.nameOf(b)].sort().join("-")).sort();
  }

  /** A room of all, made by the first and entered one after the other, settled. */
  roomOfAll(policy: Partial<RoomTerms> = {}): RoomId {
    const [founder = "", ...others] = this.people.keys();
    const room = this.create(founder, "room of all", policy);
    for (const other of others) this.bringIn(room, founder, other);
    this.until("all see all", () => this.#areAllIn(room));
    return room;
  }

  #areAllIn(room: RoomId): boolean {
    return [...this.people.values()].every((person) => person.members(room).length === this.people.size);
  }
}
