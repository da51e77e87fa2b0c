/**
 * A link through the mesh of a room, as the core's rooms carry it: packets go back into the core, which passes them
 * on. It loses and reorders; the session above repairs. Holds no protocol rule.
 *
 * @module
 */
import { type PeerId, ROUTED_RECORD_BYTES_MAX } from "@kith/core";
import type { Link, LinkHandlers } from "./transport.ts";

export interface RoutedLinkPort {
  send(packet: Uint8Array): void;
  close(): void;
}

/** A session keeps less than this in flight on a path; what a mesh cannot take is lost, as in any network. */
const ROOM_BYTES = 65_536;

export class RoutedLink implements Link {
  readonly kind = "routed";
  readonly ordered = false;
  readonly hint: undefined;
  readonly recordBytesMax: number = ROUTED_RECORD_BYTES_MAX;
  readonly room: number = ROOM_BYTES;
  readonly isOutgoing: boolean;
  /** The member at the other end. */
  readonly remote: string;
  readonly #port: RoutedLinkPort;
  #handlers: LinkHandlers | undefined;
  #isPaused = false;
  #isOver = false;

  constructor(peer: PeerId, isOutgoing: boolean, port: RoutedLinkPort) {
    this.remote = `member ${peer}`;
    this.isOutgoing = isOutgoing;
    this.#port = port;
  }

  start(handlers: LinkHandlers): void {
    this.#handlers = handlers;
  }

  write(parts: readonly Uint8Array[]): void {
    if (this.#isOver) return;
    const packet = new Uint8Array(parts.reduce((bytes, part) => bytes + part.length, 0));
    let at = 0;
    for (const part of parts) {
      packet.set(part, at);
      at += part.length;
    }
    this.#port.send(packet);
  }

  /** Nobody but members has come this far. */
  authenticated(): void {}

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
  }

  close(): void {
    if (this.#isOver) return;
    this.#port.close();
    this.#end("us");
  }

  // --- from the core ----------------------------------------------------------------------------

  /** What nobody reads is lost. */
  handlePacket(packet: Uint8Array): void {
    if (!this.#isOver && !this.#isPaused) this.#handlers?.onPacket(packet);
  }

  handleDown(): void {
    this.#end("peer");
  }

  #end(by: "us" | "peer"): void {
    if (this.#isOver) return;
    this.#isOver = true;
    queueMicrotask(() => this.#handlers?.onClosed({ by }));
  }
}
