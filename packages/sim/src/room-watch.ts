/**
 * What must hold in every room, whatever its members do; looked at while a world runs:
 *
 * - what a member sends once it knows of an expulsion opens with no key that the expelled ever had or will have;
 * - nobody hears a message twice while it stays, out of its sender's order, or one that its sender did not say;
 * - members with the same log see the same room.
 *
 * @module
 */
import {
  type AeadKey,
  bytesToHex,
  type CryptoProvider,
  type Endpoint,
  type EndpointOutput,
  LABEL,
  labelBytes,
  type PeerId,
  peerIdFromBytes,
  type RoomId,
  roomIdFromBytes,
} from "@kith/core";
import { Violation } from "./ledger.ts";

const GENERATION = labelBytes(LABEL.roomGeneration);
const STREAM = labelBytes(LABEL.roomStream);

export interface Watched {
  readonly name: string;
  readonly id: PeerId;
  /** Processes so far. */
  readonly lives: number;
  readonly endpoint: Endpoint | undefined;
}

/** A batch that somebody sealed, under a key of a generation, and who was out as far as it knew. */
interface Sealed {
  readonly by: string;
  readonly key: string;
  readonly out: ReadonlySet<PeerId>;
}

interface Said {
  readonly number: number;
  readonly life: number;
}

export class RoomWatch {
  /** Whose words and deeds are not held to anything. */
  readonly traitors: Set<PeerId> = new Set();
  readonly #people = new Map<PeerId, Watched>();
  readonly #held = new Map<PeerId, Set<string>>();
  readonly #sealed: Sealed[] = [];
  /** By room, speaker and text; `undefined`: said more than once. */
  readonly #said = new Map<string, Said | undefined>();
  readonly #heard = new Map<string, number>();
  /** How often each came into a room: whoever comes again hears the history again, as a new process does. */
  readonly #stays = new Map<PeerId, number>();
  #count = 0;
  #heardCount = 0;

  /** Messages that reached somebody. */
  get heardCount(): number {
    return this.#heardCount;
  }

  /** Batches that were sealed by somebody who knew that somebody else was out. */
  get sealedAfterRemoval(): number {
    return this.#sealed.filter(({ out }) => out.size > 0).length;
  }

  /** `base`, with an eye on the keys of rooms that go through its hands. */
  providerFor(person: Watched, base: CryptoProvider): CryptoProvider {
    this.#people.set(person.id, person);
    const held = this.#held.get(person.id) ?? new Set<string>(); // an identity may run twice
    this.#held.set(person.id, held);
    const keys = new WeakMap<Uint8Array, string>();
    const handles = new WeakMap<AeadKey, string>();
    return {
      ...base,
      hkdfSha256: (key, salt, info, length) => {
        const derived = base.hkdfSha256(key, salt, info, length);
        // A chain of generations is walked to its end when its key is taken: each of them comes by here.
        if (beginsWith(info, GENERATION)) held.add(bytesToHex(key));
        if (!beginsWith(info, STREAM)) return derived;
        held.add(bytesToHex(key));
        const at = STREAM.length + 1;
        if (peerIdFromBytes(info.subarray(at, at + 32)) === person.id) keys.set(derived, bytesToHex(key));
        return derived;
      },
      importAeadKey: (bytes) => {
        const handle = base.importAeadKey(bytes);
        const key = keys.get(bytes);
        if (key !== undefined) handles.set(handle, key);
        return handle;
      },
      seal: (key, nonce, aad, plaintext) => {
        const generation = handles.get(key);
        if (generation !== undefined) this.#noteSealed(person, generation, roomIdFromBytes(aad.subarray(0, 32)));
        return base.seal(key, nonce, aad, plaintext);
      },
    };
  }

  noteSaid(person: Watched, room: RoomId, text: string): void {
    const name = `${room} ${person.id} ${text}`;
    this.#count += 1;
    this.#said.set(name, this.#said.has(name) ? undefined : { number: this.#count, life: person.lives });
  }

  /** @throws {Violation} */
  handleOutput(person: Watched, output: EndpointOutput): void {
    if (output.type === "roomJoined") this.#stays.set(person.id, (this.#stays.get(person.id) ?? 0) + 1);
    if (output.type !== "roomMessage") return;
    this.#heardCount += 1;
    if (this.traitors.has(output.from) || !this.#people.has(output.from)) return;
    const { room, from, bytes } = output;
    const text = new TextDecoder().decode(bytes);
    const name = `${room} ${from} ${text}`;
    const said = this.#said.get(name);
    if (!this.#said.has(name)) throw new Violation(`${person.name} hears ${text}, which nobody said`);
    if (said === undefined) return;
    const stay = this.#stays.get(person.id) ?? 0;
    const place = `${room} ${person.id} ${person.lives} ${stay} ${from} ${said.life}`;
    const last = this.#heard.get(place) ?? 0;
    if (said.number === last) throw new Violation(`${person.name} hears ${text} twice`);
    if (said.number < last) throw new Violation(`${person.name} hears ${text} after what was said later`);
    this.#heard.set(place, said.number);
  }

  /** What can only be said at the end. @throws {Violation} */
  check(): void {
    for (const { by, key, out } of this.#sealed) {
      for (const peer of out) {
        if (this.#held.get(peer)?.has(key) !== true) continue;
        throw new Violation(`${this.#people.get(peer)?.name} can read what ${by} said without it`);
      }
    }
  }

  /** All of these that are in the room see the same. @throws {Violation} */
  checkAgreement(room: RoomId, people: Iterable<Watched>): void {
    let first: { readonly name: string; readonly digest: string } | undefined;
    for (const { name, endpoint } of people) {
      if (endpoint?.rooms.stateOf(room)?.state !== "in") continue;
      const digest = bytesToHex(endpoint.rooms.membershipOf(room)?.digest ?? new Uint8Array());
      first ??= { name, digest };
      if (digest !== first.digest) throw new Violation(`${first.name} and ${name} see different members`);
    }
  }

  #noteSealed({ name, id, endpoint }: Watched, key: string, room: RoomId): void {
    const membership = endpoint?.rooms.membershipOf(room);
    if (membership === undefined || this.traitors.has(id)) return;
    const out = new Set<PeerId>(membership.awaiting.keys());
    for (const [peer, { reason }] of membership.removed) if (reason !== "left") out.add(peer);
    for (const peer of membership.members.keys()) out.delete(peer);
    this.#sealed.push({ by: name, key, out });
  }
}

const beginsWith = (bytes: Uint8Array, start: Uint8Array): boolean => start.every((byte, i) => bytes[i] === byte);
