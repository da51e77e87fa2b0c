/** A room of topologies without channels: links are given, lists go along them at once, time passes in steps. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { nobleProvider } from "../crypto/noble-provider.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import { Secret } from "../crypto/secret.ts";
import { identityFromSeed, type LocalIdentity } from "../identity/keys.ts";
import type { PeerId } from "../identity/peer-id.ts";
import { type Instant, instant, type WallTime, wallTime } from "../lib/time.ts";
import type { Gap } from "./gaps.ts";
import { type NeighbourListFields, signNeighbourList } from "./neighbour-list.ts";
import { type ListVerdict, Topology, type TopologyOptions, type TopologyOutput } from "./topology.ts";

export const NOW: Instant = instant(1_000_000);
export const WALL: WallTime = wallTime(1_800_000_000_000);
export const ROOM_TAG: Uint8Array = new Uint8Array(16).fill(0x77);
export const STEP = 250;

/** Signatures that cost a hash: whoever knows the key could forge them, which no test does. */
export const cheapProvider: CryptoProvider = {
  ...nobleProvider,
  ed25519PublicKey: (seed) => nobleProvider.sha256(seed),
  ed25519Sign: (seed, message) => nobleProvider.sha512(nobleProvider.sha256(seed), message),
  ed25519Verify: (publicKey, message, signature) =>
    nobleProvider.sha512(publicKey, message).every((byte, i) => byte === signature[i]),
};

const identities = new Map<number, LocalIdentity>();
/** With {@link cheapProvider}. */
export function member(number: number): LocalIdentity {
  const known = identities.get(number);
  if (known !== undefined) return known;
  const made = identityFromSeed(cheapProvider, new Secret(new Uint8Array(32).fill(number)));
  identities.set(number, made);
  return made;
}
export const idOf = (number: number): PeerId => member(number).peerId;
export const incarnation = (number: number): Uint8Array => new Uint8Array(16).fill(number);
export const digest = (number: number): Uint8Array => new Uint8Array(32).fill(number);

/** A list that `number` might have signed. */
export const forge = (number: number, fields: Partial<NeighbourListFields> = {}): Uint8Array =>
  signNeighbourList(cheapProvider, member(number), {
    roomTag: ROOM_TAG,
    incarnation: incarnation(number),
    sequence: 0,
    date: WALL,
    period: 5_000 as NeighbourListFields["period"],
    isLeaving: false,
    rosterDigest: digest(0),
    neighbours: [],
    hints: [],
    ...fields,
  });

export function topologyOf(number: number, options: Partial<TopologyOptions> = {}): Topology {
  return new Topology({
    ...{ provider: cheapProvider, identity: member(number), roomTag: ROOM_TAG },
    ...{ incarnation: incarnation(number), ...options },
  });
}

export function drain(topology: Topology): TopologyOutput[] {
  const outputs: TopologyOutput[] = [];
  for (let output = topology.poll(); output !== undefined; output = topology.poll()) outputs.push(output);
  return outputs;
}

export class TopologyWorld {
  readonly members = new Map<number, Topology>();
  readonly outputs: { readonly at: number; readonly output: TopologyOutput }[] = [];
  readonly #links = new Set<string>();
  /** Whose own lists go nowhere. */
  readonly silent = new Set<number>();
  /** What somebody signs instead of its own list. */
  readonly lies = new Map<number, (fields: { sequence: number; date: WallTime }) => Uint8Array>();
  #sequences = new Map<number, number>();
  elapsed = 0;
  readonly #roster: number[];

  constructor(numbers: readonly number[]) {
    this.#roster = [...numbers];
    for (const number of numbers) this.enter(number);
  }

  get now(): Instant {
    return instant(NOW + this.elapsed);
  }

  get wall(): WallTime {
    return wallTime(WALL + this.elapsed);
  }

  /** A process of this member begins. */
  enter(number: number, options: Partial<TopologyOptions> = {}): Topology {
    const topology = topologyOf(number, options);
    topology.setRoster(this.#roster.map(idOf), this.now);
    topology.setRosterDigest(digest(0), this.now);
    this.members.set(number, topology);
    return topology;
  }

  /** It ends without a word. */
  vanish(number: number): void {
    for (const other of this.members.keys()) this.unlink(number, other);
    this.members.delete(number);
  }

  at(number: number): Topology {
    const topology = this.members.get(number);
    assert.ok(topology !== undefined, `member ${number}`);
    return topology;
  }

  link(a: number, b: number): void {
    this.#links.add(`${Math.min(a, b)} ${Math.max(a, b)}`);
    this.#tellNeighbours(a, b);
  }

  unlink(a: number, b: number): void {
    if (this.#links.delete(`${Math.min(a, b)} ${Math.max(a, b)}`)) this.#tellNeighbours(a, b);
  }

  linkAll(): void {
    for (const a of this.members.keys()) for (const b of this.members.keys()) if (a < b) this.link(a, b);
  }

  neighboursOf(number: number): number[] {
    return [...this.#links]
      .map((text) => text.split(" ").map(Number))
      .filter((ends) => ends.includes(number))
      .map(([a = 0, b = 0]) => (a === number ? b : a));
  }

  run(ms: number): void {
    for (const end = this.elapsed + ms; this.elapsed < end; ) {
      this.elapsed += STEP;
      for (const [number, topology] of this.members) {
        const next = topology.nextTimeout();
        if (next !== undefined && next <= this.now) topology.handleTimeout(this.now);
        const list = topology.ownList(this.now, this.wall);
        if (list !== undefined && !this.silent.has(number)) this.spread(number, this.#said(number, list));
        for (const output of drain(topology)) this.outputs.push({ at: number, output });
      }
    }
  }

  /** From `number` to all its neighbours, and on. */
  spread(number: number, list: Uint8Array): void {
    for (const neighbour of this.neighboursOf(number)) {
      const verdict = this.members.get(neighbour)?.handleList(list, this.now, this.wall);
      if (verdict === "new" || verdict === "contradiction") this.spread(neighbour, list);
      assert.notEqual(verdict satisfies ListVerdict | undefined, "refused");
    }
  }

  gaps(number: number): string[] {
    return this.at(number)
      .gaps.map((gap) => show(gap))
      .sort();
  }

  /** Edges as `number` sees them, by numbers. */
  edges(number: number): string[] {
    const numberOf = new Map(this.#roster.map((each) => [idOf(each), each]));
    return this.at(number)
      .view(this.now)
      .edges.map(({ a, b, claimed }) => {
        const [one = 0, two = 0] = [numberOf.get(a), numberOf.get(b)];
        const text = `${Math.min(one, two)} ${Math.max(one, two)}`;
        return claimed === "both" ? text : `${text} by ${claimed === "a" ? one : two}`;
      })
      .sort();
  }

  realEdges(): string[] {
    return [...this.#links].sort();
  }

  #said(number: number, list: Uint8Array): Uint8Array {
    const lie = this.lies.get(number);
    if (lie === undefined) return list;
    const sequence = (this.#sequences.get(number) ?? 100) + 1;
    this.#sequences.set(number, sequence);
    return lie({ sequence, date: this.wall });
  }

  #tellNeighbours(...numbers: number[]): void {
    for (const number of numbers)
      this.members.get(number)?.setNeighbours(this.neighboursOf(number).map(idOf), this.now);
  }
}

const names = new Map<string, number>();
/** `one-sided 4 2`. */
export function show(gap: Gap): string {
  for (let number = names.size; number < 32; number++) names.set(idOf(number), number);
  const { kind, ...peers } = gap;
  return [kind, ...Object.values(peers).map((peer) => names.get(peer) ?? "?")].join(" ");
}

test("the world's signatures hold for their bytes alone", () => {
  const list = forge(1);
  assert.equal(topologyOf(2).handleList(list, NOW, WALL), "ignored"); // no member
  const topology = topologyOf(2);
  topology.setRoster([idOf(1), idOf(2)], NOW);
  list[list.length - 1] = (list[list.length - 1] ?? 0) ^ 1;
  assert.equal(topology.handleList(list, NOW, WALL), "refused");
  assert.equal(topology.handleList(forge(1), NOW, WALL), "new");
});
