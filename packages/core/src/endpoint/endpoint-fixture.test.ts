/** Endpoints over ordered links in memory, with a store and files each: the smallest driver there is. */
import assert from "node:assert/strict";
import { nobleProvider } from "../crypto/noble-provider.ts";
import { Secret } from "../crypto/secret.ts";
import { identityFromSeed, type LocalIdentity } from "../identity/keys.ts";
import type { PeerId } from "../identity/peer-id.ts";
import type { Moment } from "../lib/moment.ts";
import type { RandomSource } from "../lib/random.ts";
import { instant, wallTime } from "../lib/time.ts";
import { Writer } from "../lib/writer.ts";
import type { LinkKind } from "../link/link-set.ts";
import { Endpoint } from "./endpoint.ts";
import type { Introduces } from "./endpoint-options.ts";
import type { EndpointOutput } from "./endpoint-output.ts";
import type { PairingState } from "./pairings-output.ts";
import type { PrivacyLevel } from "./presence.ts";
import { makeRooms } from "./room-part.ts";
import type { MakeRooms } from "./room-space.ts";
import type { SessionEntry } from "./session-table.ts";
import type { FileJob } from "./transfer-output.ts";

export const provider = nobleProvider;

/** SHA-256 over a counter: the same for the same name. */
export function seeded(name: string): RandomSource {
  let count = 0;
  return (length) => {
    const bytes = new Uint8Array(length);
    for (let have = 0; have < length; have += 32) {
      const block = provider.sha256(new Writer().text(name).u32(count++).finish());
      bytes.set(block.subarray(0, Math.min(32, length - have)), have);
    }
    return bytes;
  };
}

const identities = new Map<string, LocalIdentity>();
/** The same for the same name; making one is slow. */
export function person(name: string): LocalIdentity {
  const known = identities.get(name);
  if (known !== undefined) return known;
  const made = identityFromSeed(provider, new Secret(seeded(`identity ${name}`)(32)));
  identities.set(name, made);
  return made;
}

export interface NodeOptions {
  readonly privacy?: PrivacyLevel;
  readonly protocols?: readonly string[];
  readonly directLinksMax?: number;
  readonly hasWebRtc?: boolean;
  readonly identity?: LocalIdentity;
  /** It serves a join code for this one. */
  readonly introduces?: Introduces;
  /** All have rooms unless told. */
  rooms?: MakeRooms | undefined;
  /** Of the host:port that it listens on; every node has one of its own. */
  readonly source?: string;
}

interface Cable {
  readonly ends: readonly [{ node: TestNode; link: number }, { node: TestNode; link: number }];
  readonly packets: { readonly to: 0 | 1; readonly bytes: Uint8Array; readonly due: number }[];
  /** What its connections run over. */
  readonly line: Line | undefined;
  isUp: boolean;
}

/** A way that takes its time. */
export interface Line {
  /** Milliseconds from one end to the other. */
  readonly latency: number;
  /** Of each cable over it, or of all together. */
  readonly bytesPerMs: number;
  readonly isShared?: boolean;
}

export class TestNode {
  readonly name: string;
  readonly net: TestNet;
  readonly options: NodeOptions;
  readonly store = new Map<string, Uint8Array>();
  /** What it offers, by name; and what it received, by transfer and entry. */
  readonly shelf = new Map<string, Uint8Array>();
  readonly parts = new Map<string, Uint8Array>();
  readonly placed = new Map<string, readonly string[]>();
  outputs: EndpointOutput[] = [];
  readonly cables = new Map<number, { cable: Cable; end: 0 | 1 }>();
  endpoint: Endpoint;
  #life = 0;
  #nextLink = 1;

  constructor(net: TestNet, name: string, options: NodeOptions) {
    this.net = net;
    this.name = name;
    this.options = options;
    this.endpoint = this.#begin();
  }

  get at(): Moment {
    return this.net.at;
  }

  get id(): PeerId {
    return this.endpoint.identity.peerId;
  }

  get hint(): string {
    return `${this.name}:1`;
  }

  #begin(): Endpoint {
    const { privacy = "open", protocols = [], identity = person(this.name), ...rest } = this.options;
    const restored = [...this.store].map(([key, value]) => ({ key, value }));
    const random = seeded(`${this.name} ${this.#life++}`);
    return new Endpoint(
      { provider, random, identity, name: this.name, privacy, protocols, restored, rooms: makeRooms, ...rest },
      this.at,
    );
  }

  /** As after kill -9: what was stored is all that is left. */
  restart(): void {
    for (const [link, { cable }] of [...this.cables]) {
      this.net.cut(cable);
      this.cables.delete(link);
    }
    this.endpoint = this.#begin();
  }

  takeLink(): number {
    return this.#nextLink++;
  }

  sessionWith(other: TestNode): SessionEntry {
    const entry = this.endpoint.sessionOf(other.id);
    assert.ok(entry !== undefined, `${this.name} has no session with ${other.name}`);
    return entry;
  }

  /** Texts that arrived from `other`, in order. */
  textsFrom(other: TestNode): string[] {
    return this.of("chat").flatMap(({ peer, event }) =>
      peer === other.id && event.type === "message" ? [event.text] : [],
    );
  }

  of<Type extends EndpointOutput["type"]>(type: Type): Extract<EndpointOutput, { type: Type }>[] {
    return this.outputs.filter((output): output is Extract<EndpointOutput, { type: Type }> => output.type === type);
  }

  pairing(): PairingState {
    const states = this.endpoint.pairings.states(this.at.now);
    const state = states.find(({ stage }) => stage.at !== "done" && stage.at !== "failed") ?? states.at(-1);
    assert.ok(state !== undefined, `${this.name} pairs with nobody`);
    return state;
  }

  /** True if something came of it, so that another turn is due. */
  turn(): boolean {
    const { endpoint, at } = this;
    const before = this.outputs.length;
    endpoint.handleTimeout(at);
    endpoint.settle(at);
    for (let output = endpoint.poll(); output !== undefined; output = endpoint.poll()) this.#carryOut(output);
    for (const link of [...this.cables.keys()]) this.#transmit(link);
    return this.outputs.length > before;
  }

  #transmit(link: number): void {
    const place = this.cables.get(link);
    if (place === undefined) return;
    for (;;) {
      const job = this.endpoint.pollTransmit(link, 65_535, this.at);
      if (job === undefined) return;
      const sealed = provider.seal(job.key, job.nonce, job.header, job.plaintext);
      this.#write(link, Buffer.concat([job.header, ...sealed]));
    }
  }

  #write(link: number, bytes: Uint8Array): void {
    const place = this.cables.get(link);
    if (place?.cable.isUp !== true) return;
    const to = place.end === 0 ? 1 : 0;
    place.cable.packets.push({ to, bytes: new Uint8Array(bytes), due: this.net.dueOn(place.cable, to, bytes.length) });
  }

  receive(link: number, packet: Uint8Array): void {
    const { endpoint, at } = this;
    const job = endpoint.handlePacket(link, packet, at);
    if (job === undefined) return;
    endpoint.handleOpened(link, job, provider.open(job.key, job.nonce, job.header, job.sealed), at);
  }

  linkDown(link: number): void {
    if (this.cables.delete(link)) this.endpoint.handleLinkDown(link, this.at);
  }

  #carryOut(output: EndpointOutput): void {
    this.outputs.push(output);
    switch (output.type) {
      case "transmit":
        return this.#write(output.link, output.bytes);
      case "closeLink": {
        this.#transmit(output.link); // the last word
        const place = this.cables.get(output.link);
        if (place !== undefined) this.net.cut(place.cable);
        return;
      }
      case "dial":
        return this.net.dial(this, output.dial, output.hints);
      case "store": {
        for (const { key, value } of output.puts) this.store.set(key, value.slice());
        for (const key of output.deletes) this.store.delete(key);
        return this.endpoint.handleStored(output.token, true, this.at);
      }
      case "deletePrefix":
        for (const key of [...this.store.keys()]) if (key.startsWith(output.prefix)) this.store.delete(key);
        return;
      case "file":
        return this.#doFile(output.key, output.job, output.source);
    }
  }

  #doFile(key: string, job: FileJob, source: Uint8Array | undefined): void {
    const { transfers } = this.endpoint;
    const part = (file: number): string => `${key} ${file}`;
    transfers.touch(key);
    switch (job.type) {
      case "read": {
        const from =
          source === undefined ? this.parts.get(part(job.file)) : this.shelf.get(Buffer.from(source).toString());
        const content = (from ?? new Uint8Array(0)).subarray(job.offset, job.offset + job.length);
        const bytes = new Uint8Array(job.headroom + content.length);
        bytes.set(content, job.headroom);
        transfers.senderOf(key)?.handleRead(job.token, bytes);
        transfers.receiverOf(key)?.handleRead(job.token, bytes);
        return;
      }
      case "prepare": {
        const parts = job.manifest.flatMap((_, file) => {
          const bytes = this.parts.get(part(file))?.length;
          return bytes === undefined ? [] : [{ file, bytes }];
        });
        return transfers.receiverOf(key)?.handlePrepared(parts);
      }
      case "write": {
        const before = this.parts.get(part(job.file)) ?? new Uint8Array(0);
        const grown = new Uint8Array(Math.max(before.length, job.offset + job.bytes.length));
        grown.set(before);
        grown.set(job.bytes, job.offset);
        this.parts.set(part(job.file), grown);
        return transfers.receiverOf(key)?.handleWritten(job.token);
      }
      case "finish":
        return transfers.receiverOf(key)?.handleWritten(job.token);
      case "place": {
        const names = job.paths.map((path) => path.join("/"));
        this.placed.set(key, names);
        return transfers.receiverOf(key)?.handlePlaced(names, this.at.wall);
      }
      case "discard":
        for (const name of [...this.parts.keys()]) if (name.startsWith(`${key} `)) this.parts.delete(name);
    }
  }
}

/** One network with one clock; every packet takes a millisecond. */
export class TestNet {
  readonly nodes: TestNode[] = [];
  readonly cables: Cable[] = [];
  /** Every packet that was delivered, while somebody listens. */
  heard: Uint8Array[] | undefined;
  now = 1_000_000;
  /** Of links that are dialled. */
  kind: LinkKind = "tcp";
  /** False: nobody can be dialled. */
  isReachable: (from: TestNode, to: TestNode) => boolean = () => true;
  /** What WebRTC runs over; unless told each packet is there a millisecond later. */
  line: Line | undefined;
  readonly #busyUntil = new Map<unknown, number>(); // of the ways of lines
  readonly #wall = 1_800_000_000_000;

  get at(): Moment {
    return { now: instant(this.now), wall: wallTime(this.#wall + this.now) };
  }

  node(name: string, options: NodeOptions = {}): TestNode {
    const node = new TestNode(this, name, options);
    this.nodes.push(node);
    return node;
  }

  dial(from: TestNode, dial: number, hints: readonly string[]): void {
    const to = this.nodes.find((node) => hints.includes(node.hint));
    if (to === undefined || !this.isReachable(from, to)) return from.endpoint.handleDialFailed(dial, this.at);
    this.join(from, dial, to);
  }

  join(from: TestNode, dial: number | undefined, to: TestNode, kind: LinkKind = this.kind): Cable {
    const ends = [
      { node: from, link: from.takeLink() },
      { node: to, link: to.takeLink() },
    ] as const;
    const cable: Cable = { ends, packets: [], line: kind === "webrtc" ? this.line : undefined, isUp: true };
    this.cables.push(cable);
    const traits = { kind, recordBytesMax: 65_535, ordered: true } as const;
    from.cables.set(ends[0].link, { cable, end: 0 });
    to.cables.set(ends[1].link, { cable, end: 1 });
    from.endpoint.handleLinkUp(
      ends[0].link,
      { traits, source: to.options.source ?? to.name, dial, hint: to.hint },
      this.at,
    );
    const source = from.options.source ?? from.name;
    to.endpoint.handleLinkUp(ends[1].link, { traits, source, dial: undefined, hint: undefined }, this.at);
    return cable;
  }

  /** When so many bytes that leave now are at that end. */
  dueOn({ line, ends }: Cable, to: 0 | 1, bytes: number): number {
    if (line === undefined) return this.now;
    const way = line.isShared === true ? ends[to].node : ends[to];
    const busyUntil = Math.max(this.now, this.#busyUntil.get(way) ?? 0) + bytes / line.bytesPerMs;
    this.#busyUntil.set(way, busyUntil);
    return Math.ceil(busyUntil + line.latency);
  }

  /** A process ends, and nobody hears of it but by the end of its links. */
  leave(node: TestNode): void {
    this.nodes.splice(this.nodes.indexOf(node), 1);
    for (const { cable } of node.cables.values()) this.cut(cable);
  }

  /** The pipe breaks: what was written before still arrives, as on TCP. */
  cut(cable: Cable): void {
    cable.isUp = false;
  }

  cutAll(): void {
    for (const cable of this.cables) {
      cable.packets.length = 0;
      cable.isUp = false;
    }
  }

  /** Runs for `ms` at most; returns once nobody has anything to do before that. */
  run(ms: number): void {
    const end = this.now + ms;
    for (let steps = 0; ; steps++) {
      assert.ok(steps < 100_000, "never falls idle");
      const turned = this.nodes.map((node) => node.turn());
      if (turned.includes(true)) continue;
      if (this.#deliver()) {
        this.now += 1;
        continue;
      }
      const nexts = this.nodes.map(({ endpoint }) => endpoint.nextTimeout()).filter((next) => next !== undefined);
      const next = Math.min(...nexts, ...this.cables.flatMap(({ packets }) => packets.map(({ due }) => due)));
      if (next > end || this.now >= end) break;
      this.now = Math.max(next, this.now + 1);
    }
    this.now = Math.max(this.now, end);
  }

  #deliver(): boolean {
    let isBusy = false;
    for (const cable of [...this.cables]) {
      for (const { to, bytes, due } of cable.packets.splice(0)) {
        if (due > this.now) {
          cable.packets.push({ to, bytes, due });
          continue;
        }
        isBusy = true;
        const { node, link } = cable.ends[to];
        this.heard?.push(bytes.slice());
        if (node.cables.get(link)?.cable === cable) node.receive(link, bytes);
      }
      if (cable.isUp || cable.packets.length > 0) continue;
      this.cables.splice(this.cables.indexOf(cable), 1);
      for (const { node, link } of cable.ends) if (node.cables.get(link)?.cable === cable) node.linkDown(link);
      isBusy = true;
    }
    return isBusy;
  }
}

/** Two people who trust each other, as after pairing, without the words. */
export function acquaint(a: TestNode, b: TestNode, role: "member" | "guest" | "admin" = "member"): void {
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const) {
    const { peerId: peer, contactPublicKey: contactKey } = other.endpoint.identity;
    const { wall } = one.at;
    one.endpoint.trust.book.pin({ peer, name: other.name, contactKey, verifiedBy: "qr", role, hint: other.hint }, wall);
    one.endpoint.settle(one.at);
  }
}
