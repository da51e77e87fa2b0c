/**
 * Sessions of an endpoint: a handle for each, and who waits for one.
 *
 * @module
 */
import {
  type CryptoProvider,
  type EndpointOutput,
  fingerprint,
  type Moment,
  type PeerId,
  type RoomChannel,
} from "@kith/core";
import type { Channel, PeerSession, SessionView } from "./api.ts";
import { connectError } from "./connect-error.ts";
import { endpointClosed } from "./endpoint-error.ts";
import { type Observable, Subject } from "./observable.ts";
import { AsyncQueue } from "./queue.ts";
import { type SessionDriver, SessionHandle } from "./session-handle.ts";
import type { Contact } from "./trust-api.ts";

/** Sessions that peers opened and nobody took; later ones are served all the same. */
const UNTAKEN_SESSIONS_MAX = 256;

export type SessionEvent = Extract<
  EndpointOutput,
  { type: "channel" | "sessionOpened" | "sessionOver" | "pathChanged" | "connected" | "connectFailed" }
>;

export interface SessionDeskParts {
  readonly driver: SessionDriver;
  readonly provider: CryptoProvider;
  readonly contact: (peer: PeerId) => Contact | undefined;
  /** A member opened a channel of a room; false if nobody takes it. */
  readonly takeRoomChannel: (of: RoomChannel, channel: Channel) => boolean;
  /** Who takes channels of this protocol before the program is asked, if anybody does; false if it will not have that one. */
  readonly takerOf?: (protocol: string, session: PeerSession) => ((channel: Channel) => boolean) | undefined;
  /** Views that show sessions are out of date. */
  readonly changed: () => void;
}

export class SessionDesk {
  readonly #parts: SessionDeskParts;
  readonly #open = new Subject<readonly SessionView[]>([]);
  readonly #incoming = new AsyncQueue<PeerSession>({ max: UNTAKEN_SESSIONS_MAX });
  readonly #handles = new Map<number, SessionHandle>();
  readonly #requests = new Map<number, PromiseWithResolvers<SessionHandle>>();
  #nextRequest = 1;
  #isOver = false;

  constructor(parts: SessionDeskParts) {
    this.#parts = parts;
  }

  /** Sessions that peers opened. One consumer. */
  get incoming(): AsyncIterable<PeerSession> {
    return this.#incoming;
  }

  get open(): Observable<readonly SessionView[]> {
    return this.#open;
  }

  /** What asks the core for a session with a number of ours, which the core answers. */
  async request(signal: AbortSignal | undefined, ask: (request: number, at: Moment) => void): Promise<SessionHandle> {
    signal?.throwIfAborted();
    if (this.#isOver) throw endpointClosed();
    const { driver } = this.#parts;
    const request = this.#nextRequest++;
    const answer = Promise.withResolvers<SessionHandle>();
    this.#requests.set(request, answer);
    const abort = (): void => answer.reject(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    ask(request, driver.moment());
    driver.touch();
    try {
      return await answer.promise;
    } finally {
      this.#requests.delete(request);
      signal?.removeEventListener("abort", abort);
    }
  }

  handle(event: SessionEvent): void {
    switch (event.type) {
      case "channel":
        return this.#handleChannel(event);
      case "sessionOpened":
        return this.#handleOpened(event);
      case "sessionOver":
        this.#handles.get(event.session.id)?.handleOver(event.reason, event.by);
        this.#handles.delete(event.session.id);
        return this.#parts.changed();
      case "pathChanged":
        this.#handles.get(event.session.id)?.refreshPath();
        return this.#parts.changed();
      case "connected": {
        const handle = this.#handles.get(event.session.id);
        if (handle !== undefined) this.#requests.get(event.request)?.resolve(handle);
        return;
      }
      case "connectFailed":
        this.#requests.get(event.request)?.reject(connectError(event.reason));
    }
  }

  refresh(): void {
    const { provider, contact } = this.#parts;
    this.#open.setLater(() =>
      [...this.#handles.values()].map((handle) => {
        const known = contact(handle.peer);
        return {
          peer: handle.peer,
          fingerprint: fingerprint(provider, handle.peer),
          ...(known !== undefined && { name: known.name }),
          isContact: known !== undefined,
          path: handle.path.get(),
          openedAt: handle.openedAt,
        };
      }),
    );
  }

  end(): void {
    this.#isOver = true;
    for (const { reject } of this.#requests.values()) reject(endpointClosed());
    for (const handle of this.#handles.values()) handle.handleOver(0, "local");
    this.#incoming.end();
  }

  #handleChannel({ session, output, room }: Extract<SessionEvent, { type: "channel" }>): void {
    const handle = this.#handles.get(session.id);
    if (room === undefined) {
      const protocol = output.type === "opened" ? output.protocol : "";
      const taker = protocol === "" || handle === undefined ? undefined : this.#parts.takerOf?.(protocol, handle);
      return handle?.handleOutput(output, taker && { protocol, take: taker });
    }
    const take = (channel: Channel): boolean => this.#parts.takeRoomChannel(room, channel);
    handle?.handleOutput(output, { protocol: room.protocol, take });
  }

  #handleOpened({ session }: Extract<SessionEvent, { type: "sessionOpened" }>): void {
    const handle = new SessionHandle(session, this.#parts.driver);
    this.#handles.set(session.id, handle);
    if (session.keying.role === "responder" && !this.#incoming.isFull) this.#incoming.push(handle);
    this.#parts.changed();
  }
}
