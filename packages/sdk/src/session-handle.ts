/**
 * A session as the SDK gives it out: channels by protocol, the path as it is now, the end.
 *
 * @module
 */
import {
  CHANNEL_CLASS,
  type ChannelOutput,
  CLOSE,
  type Endpoint as CoreEndpoint,
  type PeerId,
  RESET,
  type SessionEntry,
} from "@kith/core";
import type { Channel, PathView, PeerSession, SessionEnd, Waiting } from "./api.ts";
import { ChannelHandle } from "./channel-handle.ts";
import type { DrivenCore, Driver } from "./driver.ts";
import { EndpointError } from "./endpoint-error.ts";
import { type Observable, Subject } from "./observable.ts";
import { AsyncQueue } from "./queue.ts";
import { formatHint } from "./transport.ts";

/** Channels that the peer opened and nobody took yet; more are refused. */
const UNTAKEN_CHANNELS_MAX = 64;

/** Of a core whose sessions a program uses. */
export type SessionDriver = Pick<Driver<DrivenCore & SessionCore>, "core" | "moment" | "touch" | "link">;

export type SessionCore = Pick<CoreEndpoint, "openChannel" | "closeSession">;

interface Opening {
  readonly handle: ChannelHandle;
  readonly resolve: (channel: Channel) => void;
  readonly reject: (error: unknown) => void;
}

export class SessionHandle implements PeerSession {
  readonly peer: PeerId;
  readonly openedAt: number;
  readonly closed: Promise<SessionEnd>;
  readonly #entry: SessionEntry;
  readonly #driver: SessionDriver;
  readonly #path = new Subject<PathView | undefined>(undefined);
  readonly #handles = new Map<number, ChannelHandle>();
  readonly #opening = new Map<number, Opening>();
  readonly #incoming = new AsyncQueue<Channel>({ max: UNTAKEN_CHANNELS_MAX });
  #isOver = false;
  #settle: (end: SessionEnd) => void = () => {};

  constructor(entry: SessionEntry, driver: SessionDriver) {
    this.#entry = entry;
    this.#driver = driver;
    this.peer = entry.stack.peer;
    this.openedAt = driver.moment().wall;
    this.closed = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.refreshPath();
  }

  get id(): number {
    return this.#entry.id;
  }

  get self(): PeerId {
    return this.#entry.persona.identity.peerId;
  }

  get transcript(): Uint8Array {
    return this.#entry.transcript.slice();
  }

  get path(): Observable<PathView | undefined> {
    return this.#path;
  }

  get channels(): AsyncIterable<Channel> {
    return this.#incoming;
  }

  async open(protocol: string, options: Waiting & { readonly class?: "interactive" | "bulk" } = {}): Promise<Channel> {
    const { core } = this.#driver;
    const begin = (): number | undefined =>
      core.openChannel(this.id, protocol, CHANNEL_CLASS[options.class ?? "interactive"]);
    return this.openBy(protocol, begin, options);
  }

  /** `begin`: opens it at the core, which may say that there are too many. */
  async openBy(protocol: string, begin: () => number | undefined, { signal }: Waiting): Promise<Channel> {
    signal?.throwIfAborted();
    if (this.#isOver) throw sessionClosed(this.peer);
    const id = begin();
    if (id === undefined) throw new EndpointError("ERR_CHANNEL_REFUSED", `Cannot open ${protocol}: too many channels`);
    this.#driver.touch();
    const { promise, resolve, reject } = Promise.withResolvers<Channel>();
    this.#opening.set(id, { handle: this.#handle(id, protocol), resolve, reject });
    const abort = (): void => {
      this.#opening.get(id)?.handle.reset();
      this.#opening.delete(id);
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", abort, { once: true });
    return promise.finally(() => signal?.removeEventListener("abort", abort));
  }

  async close(): Promise<void> {
    if (!this.#isOver) {
      this.#driver.core.closeSession(this.id, this.#driver.moment());
      this.#driver.touch();
    }
    await this.closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  // --- from the driver ------------------------------------------------------------------------

  /** `taken`: who takes a channel that the peer opens, if not the program; of a room, what its protocol is called there. */
  handleOutput(output: ChannelOutput, taken?: { protocol: string; take: (channel: Channel) => boolean }): void {
    const handle = this.#handles.get(output.channel);
    switch (output.type) {
      case "messages":
        handle?.handleMessages(output);
        break;
      case "writable":
        handle?.handleWritable();
        break;
      case "opened":
        this.#handleOffered(output.channel, taken?.protocol ?? output.protocol, taken?.take);
        break;
      case "accepted":
        this.#opening.get(output.channel)?.resolve(this.#handle(output.channel, ""));
        this.#opening.delete(output.channel);
        break;
      case "finished":
        handle?.handleFinished();
        break;
      case "delivered":
        handle?.handleDelivered();
        break;
      case "reset":
        this.#handleReset(output.channel, output.code);
        break;
      case "closed":
        handle?.end({ by: "peer", reason: "done" });
        this.#handles.delete(output.channel);
    }
  }

  handleOver(reason: number, by: "local" | "peer"): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const { reject } of this.#opening.values()) reject(sessionClosed(this.peer));
    for (const handle of this.#handles.values()) handle.end({ by: "session", reason: closeReason(reason) });
    this.#handles.clear();
    this.#incoming.end();
    this.#path.set(undefined);
    this.#settle({ by: by === "local" ? "us" : "peer", reason: closeReason(reason) });
  }

  refreshPath(): void {
    const active = this.#entry.stack.activeLink;
    if (active === undefined) return this.#path.set(undefined);
    const { link, traits, stats } = active;
    const { hint, remote: address = "" } = this.#driver.link(link) ?? {};
    const remote = hint === undefined ? address : formatHint(hint);
    this.#path.set({ kind: traits.kind, remote, ...(stats.srtt !== undefined && { roundTripMs: stats.srtt }) });
  }

  #handleOffered(id: number, protocol: string, takeIt: ((channel: Channel) => boolean) | undefined): void {
    const handle = this.#handle(id, protocol);
    const isTaken = takeIt === undefined ? this.#take(handle) : takeIt(handle);
    if (!isTaken) handle.reset();
  }

  #take(channel: Channel): boolean {
    if (this.#incoming.isFull) return false;
    this.#incoming.push(channel);
    return true;
  }

  #handleReset(id: number, code: number): void {
    const opening = this.#opening.get(id);
    this.#opening.delete(id);
    const { protocol } = opening?.handle ?? { protocol: "channel" };
    const isForbidden = code === RESET.notAuthorized;
    opening?.reject(
      new EndpointError(
        isForbidden ? "ERR_NOT_AUTHORIZED" : "ERR_CHANNEL_REFUSED",
        `Cannot open ${protocol}: ${isForbidden ? "the other side does not permit it" : "the other side does not serve it"}`,
      ),
    );
    this.#handles.get(id)?.end({ by: "peer", reason: "reset" });
    this.#handles.delete(id);
  }

  #handle(id: number, protocol: string): ChannelHandle {
    const known = this.#handles.get(id);
    if (known !== undefined) return known;
    const { stack } = this.#entry;
    const driver = this.#driver;
    const handle = new ChannelHandle(protocol, this.peer, {
      send(message) {
        driver.touch();
        return stack.send(id, message);
      },
      consumed(bytes) {
        driver.touch();
        stack.consumed(id, bytes);
      },
      finish() {
        driver.touch();
        stack.finish(id);
      },
      reset() {
        driver.touch();
        stack.reset(id, RESET.cancelled);
      },
    });
    this.#handles.set(id, handle);
    return handle;
  }
}

const REASONS: Readonly<Record<number, SessionEnd["reason"]>> = {
  [CLOSE.done]: "done",
  [CLOSE.goingAway]: "going-away",
  [CLOSE.replaced]: "replaced",
  [CLOSE.revoked]: "revoked",
  [CLOSE.protocolError]: "protocol-error",
  [CLOSE.idle]: "idle",
  [CLOSE.overloaded]: "overloaded",
  [CLOSE.keyChanged]: "key-changed",
};

const closeReason = (code: number): SessionEnd["reason"] => REASONS[code] ?? "lost";

const sessionClosed = (peer: PeerId): EndpointError =>
  new EndpointError("ERR_SESSION_CLOSED", `Cannot use the session with ${peer}: it is over`);
