/**
 * A link over a WebSocket of its own: each binary message is one packet (spec/frames.md). For either end, wherever there
 * is a `WebSocket`: a page's, Node's, or what a server's library gives for one that it took. Holds no protocol rule.
 *
 * @module
 */
import { concatBytes, millis, PACKET_BYTES_MAX } from "@kith/core";
import type { Clock } from "../clock.ts";
import { EndpointError } from "../endpoint-error.ts";
import { PacketLink } from "../packet-link.ts";
import type { RelaySocket } from "../relay-connection.ts";
import { LINK_WRITE_BYTES_MAX, type Link, type LinkEnd } from "../transport.ts";

/** When a socket that holds much back is looked at again: it does not say when it has sent. */
const LOOK = millis(10);
/** WebSocket close code (RFC 6455 §7.4.1). */
const DONE = 1_000;

export interface WebSocketLinkOptions {
  /** Open. */
  readonly socket: RelaySocket;
  readonly isOutgoing: boolean;
  /** Where the other end is, for limits and for people. */
  readonly remote: string;
  readonly clock: Clock;
}

export class WebSocketLink extends PacketLink implements Link {
  readonly kind = "websocket";
  /** In order, but what comes faster than it is read is lost. */
  readonly ordered = false;
  readonly hint: undefined;
  readonly recordBytesMax: number = PACKET_BYTES_MAX;
  readonly isOutgoing: boolean;
  readonly remote: string;
  readonly #socket: RelaySocket;
  readonly #clock: Clock;
  #cancelLook: (() => void) | undefined;

  constructor({ socket, isOutgoing, remote, clock }: WebSocketLinkOptions) {
    super(clock);
    [this.#socket, this.#clock, this.isOutgoing, this.remote] = [socket, clock, isOutgoing, remote];
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", (event) => {
      const data = "data" in event ? event.data : undefined;
      if (!(data instanceof ArrayBuffer) || data.byteLength > PACKET_BYTES_MAX) return this.#leave("violation");
      this.inbox.take(new Uint8Array(data));
    });
    socket.addEventListener("close", (event) =>
      this.#over({ by: "code" in event && event.code === DONE ? "peer" : "network" }),
    );
    socket.addEventListener("error", () => {}); // its close follows
  }

  get room(): number {
    if (this.end !== undefined) return 0;
    const room = LINK_WRITE_BYTES_MAX - this.#socket.bufferedAmount;
    if (4 * room < LINK_WRITE_BYTES_MAX) this.#lookLater();
    return room < PACKET_BYTES_MAX ? 0 : room; // a record that is cut to the room would cut messages
  }

  write(parts: readonly Uint8Array[]): void {
    if (this.end === undefined) this.#socket.send(concatBytes(...parts) as Uint8Array<ArrayBuffer>);
  }

  close(): void {
    this.#leave("us");
  }

  protected override break(): void {
    this.#leave("violation");
  }

  #leave(by: "us" | "violation"): void {
    if (this.end !== undefined) return;
    this.#socket.close(DONE); // what was written leaves first
    this.#over({ by });
  }

  #over(end: LinkEnd): void {
    if (this.finish(end)) this.#cancelLook?.();
  }

  #lookLater(): void {
    this.#cancelLook ??= this.#clock.schedule(LOOK, () => {
      this.#cancelLook = undefined;
      if (4 * (LINK_WRITE_BYTES_MAX - this.#socket.bufferedAmount) < LINK_WRITE_BYTES_MAX) return this.#lookLater();
      this.announceRoom();
    });
  }
}

/** @throws {EndpointError} `ERR_PEER_UNREACHABLE`; `signal.reason` on abort */
export function dialWebSocket(
  url: string,
  { open, clock, signal }: { open: (url: string) => RelaySocket; clock: Clock; signal: AbortSignal },
): Promise<Link> {
  return new Promise((resolve, reject) => {
    const fail = (cause?: unknown): void =>
      reject(new EndpointError("ERR_PEER_UNREACHABLE", `Cannot reach ${url}`, { cause }));
    try {
      const socket = open(url);
      const link = (): Link =>
        new WebSocketLink({ socket, isOutgoing: true, remote: URL.parse(url)?.host ?? url, clock });
      socket.addEventListener("open", () => resolve(link()));
      for (const type of ["close", "error"] as const) socket.addEventListener(type, () => fail());
      signal.addEventListener("abort", () => {
        reject(signal.reason);
        socket.close(DONE);
      });
    } catch (cause) {
      fail(cause); // no address of a WebSocket, or the page's policy
    }
  });
}
