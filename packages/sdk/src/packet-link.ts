/**
 * What links have in common that carry whole packets over something else, a socket or a relay: packets wait in an inbox, a
 * stranger has so long to be authenticated and so much to say, and the end is told once, never from within a call.
 *
 * @module
 */
import { HANDSHAKE_TIMEOUT } from "@kith/core";
import type { Clock } from "./clock.ts";
import { giveBack } from "./give-back.ts";
import { LinkInbox } from "./link-inbox.ts";
import type { LinkEnd, LinkHandlers } from "./transport.ts";

export abstract class PacketLink {
  protected readonly inbox: LinkInbox;
  readonly #cancelDeadline: () => void;
  #handlers: LinkHandlers | undefined;
  #end: LinkEnd | undefined;

  constructor(clock: Clock) {
    this.inbox = new LinkInbox(
      (packet) => {
        this.#handlers?.onPacket(packet);
        giveBack(packet);
      },
      () => this.break(),
    );
    this.#cancelDeadline = clock.schedule(HANDSHAKE_TIMEOUT, () => this.break());
  }

  start(handlers: LinkHandlers): void {
    this.#handlers = handlers;
    if (this.#end !== undefined) this.#tell(this.#end);
    else this.inbox.open();
  }

  authenticated(): void {
    this.#cancelDeadline();
    this.inbox.lift();
  }

  /** What comes meanwhile is kept, up to a bound. */
  pause(): void {
    this.inbox.pause();
  }

  resume(): void {
    this.inbox.open();
  }

  protected get end(): LinkEnd | undefined {
    return this.#end;
  }

  /** Ends it: the peer did what no peer of ours does. */
  protected abstract break(): void;

  /** There is room again. */
  protected announceRoom(): void {
    if (this.#end === undefined) this.#handlers?.onRoom();
  }

  /** False: it was over already. */
  protected finish(end: LinkEnd): boolean {
    if (this.#end !== undefined) return false;
    this.#end = end;
    this.#cancelDeadline();
    this.inbox.end();
    this.#tell(end);
    return true;
  }

  #tell(end: LinkEnd): void {
    const handlers = this.#handlers;
    if (handlers !== undefined) queueMicrotask(() => handlers.onClosed(end));
  }
}
