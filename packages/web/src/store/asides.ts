/**
 * One-time chats: each has an endpoint of its own beside the main one, with an identity made for it alone, a login of its
 * own at the relay, and a store in memory. It uses the relay and nothing else: the LAN and WebRTC would show addresses, by
 * which two identities of one device are one. When the chat ends, its keys are wiped; nothing of it was written.
 * What that hides and what not: docs/threat-model-one-time.md.
 *
 * @module
 */
import { assert, nobleProvider, oneTimeIdentity, wipeIdentity } from "@kith/core";
import { EndpointError, type Observable, Subject } from "@kith/sdk";
import { createEndpoint, type WebEndpoint } from "@kith/sdk/web";
import { Desk } from "./desk.ts";
import { RoomDocs } from "./room-docs.ts";
import { RoomLifetimes } from "./room-lifetimes.ts";
import { RoomUnread } from "./room-unread.ts";

export interface Aside {
  /** Of this page alone. */
  readonly id: string;
  readonly endpoint: WebEndpoint;
  readonly desk: Desk;
  readonly docs: RoomDocs;
}

/** Each has a connection of its own. */
const ASIDES_MAX = 8;

export class Asides {
  readonly #relays: readonly string[];
  readonly #all = new Subject<readonly Aside[]>([]);
  readonly #ends = new Map<string, () => Promise<void>>();
  #isClosed = false;

  constructor(relays: readonly string[]) {
    this.#relays = relays;
  }

  get all(): Observable<readonly Aside[]> {
    return this.#all;
  }

  /** Without a relay nobody could be met. */
  get canBegin(): boolean {
    return this.#relays.length > 0;
  }

  /** @throws {EndpointError} `ERR_LIMIT`, `ERR_ARGUMENT` */
  async begin(name: string): Promise<Aside> {
    assert(!this.#isClosed, "an app that runs");
    if (this.#ends.size >= ASIDES_MAX) throw new EndpointError("ERR_LIMIT", "Cannot begin: end another one first");
    const identity = oneTimeIdentity(nobleProvider, random);
    const id = crypto.randomUUID();
    const ended = new AbortController();
    addEventListener("pagehide", () => wipeIdentity(identity), { signal: ended.signal });
    const relays = [...this.#relays];
    const opening = createEndpoint({ name, identity, relays, keepsChats: false, webRtc: false });
    this.#ends.set(id, async () => {
      this.#ends.delete(id);
      this.#all.set(this.#all.get().filter((each) => each.id !== id));
      ended.abort();
      await opening.then(
        (endpoint) => endpoint.close(),
        () => undefined,
      );
      wipeIdentity(identity);
    });
    try {
      const endpoint = await opening;
      const desk = new Desk(await RoomUnread.open(endpoint.rooms), await RoomLifetimes.open(undefined));
      const aside = { id, endpoint, desk, docs: new RoomDocs(undefined) };
      if (this.#ends.has(id)) this.#all.set([...this.#all.get(), aside]);
      return aside;
    } catch (error) {
      await this.end(id);
      throw error;
    }
  }

  /** Closes it and wipes its keys. */
  async end(id: string): Promise<void> {
    await this.#ends.get(id)?.();
  }

  /** Ends all of them, for good. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#ends.values()].map((end) => end()));
  }
}

const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));
