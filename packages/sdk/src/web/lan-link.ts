/**
 * A link to somebody on the LAN, through the node that served this page: the node forwards its packets and cannot read
 * them. What may be on the way is credit, in both directions; the limits for strangers are kept here as at the node.
 *
 * @module
 */
import {
  encodeLanPacket,
  HANDSHAKE_TIMEOUT,
  LAN_PACKET_HEAD_BYTES,
  LAN_WINDOW_BYTES,
  type LanEnd,
  millis,
  PACKET_BYTES_MAX,
} from "@kith/core";
import type { Clock } from "../clock.ts";
import { giveBack } from "../give-back.ts";
import { type Hint, type Link, type LinkEnd, type LinkHandlers, StrangerLimit } from "../transport.ts";

export interface LanLinkPort {
  readonly clock: Clock;
  /** A message of the protocol. */
  send(bytes: Uint8Array): void;
  sendCredit(bytes: number): void;
  sendAuthenticated(): void;
  /** Tells the node that it is over. */
  sendEnd(): void;
}

/** Credit is given back in parts of this size, so that few messages are about it. */
const CREDIT_BYTES = LAN_WINDOW_BYTES / 4;
/** How long a closed link waits for the node to take the last packets. */
const LINGER = millis(2_000);

const ENDS: Readonly<Record<LanEnd, LinkEnd["by"]>> = {
  ...{ closed: "peer", network: "network", violation: "violation" },
  ...{ refused: "network", full: "network" },
};

export class LanLink implements Link {
  readonly kind = "websocket";
  readonly ordered = true;
  readonly recordBytesMax: number = PACKET_BYTES_MAX;
  readonly remote: string;
  readonly hint: Hint | undefined;
  readonly #id: number;
  readonly #port: LanLinkPort;
  readonly #limit = new StrangerLimit();
  readonly #cancelDeadline: () => void;
  #cancelLinger: () => void = () => {};
  /** What came and was not delivered yet: at most a window. */
  readonly #inbox: Uint8Array[] = [];
  /** Bytes that the node may still send, and those that were delivered since it was last told of more. */
  #window = LAN_WINDOW_BYTES;
  #owed = 0;
  /** What waits for credit. */
  readonly #outbox: Uint8Array[] = [];
  #outboxBytes = 0;
  #credit = LAN_WINDOW_BYTES;
  #wasTight = false;
  #handlers: LinkHandlers | undefined;
  #isPaused = false;
  #isScheduled = false;
  /** `closing`: what was written is still to leave. `ending`: what came is still to be delivered. */
  #phase: { readonly at: "open" | "closing" | "ending" } | { readonly at: "over"; readonly end: LinkEnd } = {
    at: "open",
  };

  constructor(id: number, remote: string, hint: Hint | undefined, port: LanLinkPort) {
    this.#id = id;
    this.remote = remote;
    this.hint = hint;
    this.#port = port;
    this.#cancelDeadline = port.clock.schedule(HANDSHAKE_TIMEOUT, () => this.#break());
  }

  get isOutgoing(): boolean {
    return this.hint !== undefined;
  }

  get room(): number {
    const room = this.#phase.at === "open" ? this.#credit - this.#outboxBytes : 0;
    if (room < Math.max(LAN_WINDOW_BYTES / 4, PACKET_BYTES_MAX)) this.#wasTight = true;
    return room < PACKET_BYTES_MAX ? 0 : room; // a record that is cut to the room would cut messages
  }

  start(handlers: LinkHandlers): void {
    this.#handlers = handlers;
    if (this.#phase.at === "over") this.#tell(this.#phase.end);
    else this.#deliver();
  }

  write(parts: readonly Uint8Array[]): void {
    if (this.#phase.at !== "open") return;
    const message = encodeLanPacket(this.#id, parts);
    for (const part of parts) giveBack(part);
    this.#outbox.push(message);
    this.#outboxBytes += packetBytes(message);
    this.#sendWhatMay();
  }

  authenticated(): void {
    if (this.#limit.isLifted) return;
    this.#cancelDeadline();
    this.#limit.lift();
    if (this.#phase.at === "open" || this.#phase.at === "closing") this.#port.sendAuthenticated();
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    queueMicrotask(() => this.#deliver());
  }

  close(): void {
    if (this.#phase.at === "ending") return this.#finish({ by: "us" });
    if (this.#phase.at !== "open") return;
    this.#phase = { at: "closing" };
    this.#cancelDeadline();
    this.#cancelLinger = this.#port.clock.schedule(LINGER, () => this.#leave({ by: "us" }));
    this.#sendWhatMay();
  }

  // --- from the node ------------------------------------------------------------------------------

  /** @returns whether the node may send that */
  handlePacket(packet: Uint8Array): boolean {
    this.#window -= packet.length;
    if (this.#window < 0) return false;
    if (this.#phase.at !== "open") return true;
    this.#inbox.push(packet);
    this.#deliver();
    return true;
  }

  /** @returns whether there can be so much */
  handleCredit(bytes: number): boolean {
    this.#credit += bytes;
    if (this.#credit > LAN_WINDOW_BYTES) return false;
    this.#sendWhatMay();
    if (this.#wasTight && this.room > 0) {
      this.#wasTight = false;
      this.#handlers?.onRoom();
    }
    return true;
  }

  handleEnd(by: LanEnd): void {
    if (this.#phase.at === "closing") return this.#finish({ by: "us" });
    if (this.#phase.at !== "open") return;
    this.#cancelDeadline();
    if (by !== "closed" || this.#inbox.length === 0) return this.#finish({ by: ENDS[by] });
    this.#phase = { at: "ending" };
  }

  /** The way to the node is gone. */
  handleLost(): void {
    this.#finish({ by: this.#phase.at === "closing" ? "us" : "network" });
  }

  // --- inside -----------------------------------------------------------------------------------

  #sendWhatMay(): void {
    for (let next = this.#outbox[0]; next !== undefined; next = this.#outbox[0]) {
      const bytes = packetBytes(next);
      if (bytes > this.#credit) return;
      this.#outbox.shift();
      this.#outboxBytes -= bytes;
      this.#credit -= bytes;
      this.#port.send(next);
    }
    if (this.#phase.at === "closing") this.#leave({ by: "us" });
  }

  /** A stranger's packets one a turn, so that who handles one can say so before the next is looked at. */
  #deliver(): void {
    while (!this.#isScheduled && !this.#isPaused && this.#handlers !== undefined && this.#isDelivering()) {
      const packet = this.#inbox.shift();
      if (packet === undefined) {
        if (this.#phase.at === "ending") this.#finish({ by: "peer" });
        return;
      }
      const { length } = packet;
      if (!this.#limit.admit(length)) return this.#break();
      const wasStranger = !this.#limit.isLifted;
      this.#handlers.onPacket(packet);
      this.#owed += length;
      // The node holds a stranger's next packet back until then: by then we have said whether it is one.
      if (wasStranger) return this.#deliverLater();
      this.#giveCredit(CREDIT_BYTES);
    }
  }

  #isDelivering(): boolean {
    return this.#phase.at === "open" || this.#phase.at === "ending";
  }

  /** Two timers, so that whatever this turn put off comes before. */
  #deliverLater(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    const go = (): void => {
      this.#isScheduled = false;
      this.#giveCredit(1);
      this.#deliver();
    };
    setTimeout(() => setTimeout(go, 0), 0);
  }

  #giveCredit(least: number): void {
    if (this.#owed < least || this.#phase.at !== "open") return;
    this.#window += this.#owed;
    this.#port.sendCredit(this.#owed);
    this.#owed = 0;
  }

  #break(): void {
    if (this.#phase.at === "over") return;
    this.#leave({ by: "violation" });
  }

  #leave(end: LinkEnd): void {
    if (this.#phase.at === "over") return;
    if (this.#phase.at !== "ending") this.#port.sendEnd();
    this.#finish(end);
  }

  #finish(end: LinkEnd): void {
    if (this.#phase.at === "over") return;
    this.#phase = { at: "over", end };
    this.#cancelDeadline();
    this.#cancelLinger();
    this.#inbox.length = this.#outbox.length = this.#outboxBytes = 0;
    this.#tell(end);
  }

  #tell(end: LinkEnd): void {
    const handlers = this.#handlers;
    if (handlers !== undefined) queueMicrotask(() => handlers.onClosed(end));
  }
}

const packetBytes = (message: Uint8Array): number => message.length - LAN_PACKET_HEAD_BYTES;
