/**
 * One TCP connection as a {@link Link}: packets with a 4-byte length before each. Everything that one
 * turn of the event loop wrote leaves in one `writev`; what arrives is cut where it was read, in a
 * buffer that is used again and again.
 *
 * @module
 */
import type { Socket } from "node:net";
import { assert, HANDSHAKE_TIMEOUT, millis, PACKET_BYTES_MAX, PREAUTH_PACKET_BYTES_MAX, WireError } from "@kith/core";
import type { Clock } from "../clock.ts";
import { giveBack } from "../give-back.ts";
import {
  type Hint,
  LINK_WRITE_BYTES_MAX,
  type Link,
  type LinkEnd,
  type LinkHandlers,
  StrangerLimit,
} from "../transport.ts";
import { PacketReader } from "./packet-reader.ts";
import { PacketWriter } from "./packet-writer.ts";

/** How long a closed link waits for the other side to take the last bytes. */
const LINGER = millis(2_000);

export interface TcpLinkOptions {
  readonly clock: Clock;
  readonly remote: string;
  readonly hint: Hint | undefined;
  /** Bytes that it queues: {@link LINK_WRITE_BYTES_MAX} unless told. */
  readonly writeBytesMax?: number | undefined;
}

type Phase =
  | { readonly at: "waiting" } //                                   not started
  | { readonly at: "open"; readonly handlers: LinkHandlers }
  | { readonly at: "closing"; readonly end: LinkEnd; readonly handlers: LinkHandlers | undefined }
  | { readonly at: "closed"; readonly end: LinkEnd; readonly isTold: boolean };

/**
 * Made before its socket, because the socket wants {@link onread} when it is made; {@link attach} joins them.
 */
export class TcpLink implements Link {
  readonly kind = "tcp";
  readonly ordered = true;
  readonly recordBytesMax: number = PACKET_BYTES_MAX;
  readonly remote: string;
  readonly hint: Hint | undefined;
  /** For `net`: where it reads to, and what it calls after each read. */
  readonly onread: { readonly buffer: () => Uint8Array; readonly callback: (count: number) => boolean };
  readonly #clock: Clock;
  readonly #writeBytesMax: number;
  readonly #limit = new StrangerLimit();
  readonly #reader = new PacketReader();
  readonly #writer = new PacketWriter();
  readonly #cancelDeadline: () => void;
  #socket: Socket | undefined;
  #phase: Phase = { at: "waiting" };
  #isPaused = false;
  #isReading = false;
  #isFlushDue = false;
  #wasTight = false;
  #queuedBytes = 0; // given to the socket and not yet to the kernel

  constructor(options: TcpLinkOptions) {
    this.#clock = options.clock;
    this.#writeBytesMax = options.writeBytesMax ?? LINK_WRITE_BYTES_MAX;
    this.remote = options.remote;
    this.hint = options.hint;
    this.onread = {
      buffer: () => this.#reader.space(),
      callback: (count) => {
        if (this.#phase.at !== "open") return true; // read on to the end, keep nothing
        this.#reader.filled(count);
        this.#deliver();
        return this.#isReading;
      },
    };
    this.#cancelDeadline = options.clock.schedule(HANDSHAKE_TIMEOUT, () =>
      this.#abort({ by: "violation", cause: new WireError("ERR_LIMIT", "no handshake in time") }),
    );
  }

  get isOutgoing(): boolean {
    return this.hint !== undefined;
  }

  /** It is over, and waits for the other side to see that. */
  get isClosing(): boolean {
    return this.#phase.at === "closing";
  }

  get room(): number {
    const room = this.#writeBytesMax - this.#queuedBytes - this.#writer.bytes;
    if (room < Math.max(this.#writeBytesMax / 4, PACKET_BYTES_MAX)) this.#wasTight = true;
    return room < PACKET_BYTES_MAX ? 0 : room; // a record that is cut to the room would cut messages
  }

  /** Takes over a connected socket that is not reading yet. */
  attach(socket: Socket): void {
    this.#socket = socket;
    socket.on("end", () => this.#finish({ by: "peer" }));
    socket.on("error", (cause) => this.#abort({ by: "network", cause }));
    socket.on("close", () => this.#closed());
  }

  /** For sockets that cannot read into our buffer: the bytes are copied there. */
  takeChunk(chunk: Uint8Array): void {
    if (this.#phase.at !== "open") return;
    for (let rest = chunk; rest.length > 0; ) {
      const space = this.#reader.space();
      const part = rest.subarray(0, space.length);
      space.set(part);
      this.#reader.filled(part.length);
      rest = rest.subarray(part.length);
    }
    this.#deliver();
    if (!this.#isReading) this.#socket?.pause();
  }

  start(handlers: LinkHandlers): void {
    if (this.#phase.at === "closing") this.#phase = { ...this.#phase, handlers };
    else if (this.#phase.at === "closed") this.#tell(this.#phase.end, handlers);
    else {
      assert(this.#phase.at === "waiting", "link started twice");
      this.#phase = { at: "open", handlers };
      this.#read();
    }
  }

  write(parts: readonly Uint8Array[]): void {
    if (this.#phase.at !== "open" && this.#phase.at !== "waiting") return;
    this.#writer.add(parts);
    if (this.#writer.bytes >= this.#writeBytesMax) this.#flush();
    else if (!this.#isFlushDue) {
      this.#isFlushDue = true;
      process.nextTick(() => this.#flush());
    }
  }

  authenticated(): void {
    this.#cancelDeadline();
    this.#limit.lift();
    this.#reader.enlarge();
  }

  pause(): void {
    this.#isPaused = true;
    this.#stopReading();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    setImmediate(() => this.#continue());
  }

  close(): void {
    this.#finish({ by: "us" });
  }

  #flush(): void {
    this.#isFlushDue = false;
    const socket = this.#socket;
    const bytes = this.#writer.bytes;
    const chunks = this.#writer.take();
    const last = chunks.pop();
    if (socket === undefined || last === undefined || socket.destroyed || socket.writableEnded) return;
    this.#queuedBytes += bytes;
    socket.cork();
    for (const chunk of chunks) socket.write(chunk);
    socket.write(last, (error) => {
      this.#queuedBytes -= bytes;
      // After a failure the system may still read them.
      if (error === undefined || error === null) for (const chunk of [...chunks, last]) giveBack(chunk);
      if (!this.#wasTight || this.#phase.at !== "open") return;
      this.#wasTight = false;
      this.#phase.handlers.onRoom();
    });
    socket.uncork();
  }

  /** Gives out whole packets: all of them, or one if the sender is still a stranger. */
  #deliver(): void {
    try {
      while (this.#phase.at === "open" && !this.#isPaused) {
        const packet = this.#reader.next(this.#limit.isLifted ? PACKET_BYTES_MAX : PREAUTH_PACKET_BYTES_MAX);
        if (packet === undefined) return;
        if (!this.#limit.admit(packet.length)) throw new WireError("ERR_LIMIT", "too many bytes before the handshake");
        const wasStranger = !this.#limit.isLifted;
        this.#phase.handlers.onPacket(packet);
        if (wasStranger) {
          this.#stopReading();
          setImmediate(() => this.#continue());
          return;
        }
      }
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#abort({ by: "violation", cause: error });
    }
  }

  /** Goes on after a pause: first with what was read before it. */
  #continue(): void {
    if (this.#phase.at !== "open" || this.#isPaused || this.#isReading) return;
    this.#isReading = true; // #deliver may stop it again
    this.#deliver();
    if (!this.#isReading) return;
    this.#isReading = false;
    this.#read();
  }

  #read(): void {
    if (this.#isPaused || this.#isReading) return;
    this.#isReading = true;
    this.#socket?.resume();
  }

  #stopReading(): void {
    if (!this.#isReading) return;
    this.#isReading = false;
    this.#socket?.pause();
  }

  /** An end in good order: what is written still goes out. */
  #finish(end: LinkEnd): void {
    if (this.#phase.at === "closing" || this.#phase.at === "closed") return;
    const handlers = this.#phase.at === "open" ? this.#phase.handlers : undefined;
    this.#flush();
    this.#phase = { at: "closing", end, handlers };
    this.#cancelDeadline();
    const socket = this.#socket;
    if (socket === undefined) return;
    socket.end();
    socket.resume(); // to see the other side's end: unread bytes would make the kernel reset the connection
    const cancelLinger = this.#clock.schedule(LINGER, () => socket.destroy());
    socket.once("close", cancelLinger);
  }

  #abort(end: LinkEnd): void {
    if (this.#phase.at === "closed") return;
    if (this.#phase.at !== "closing") {
      this.#phase = { at: "closing", end, handlers: this.#phase.at === "open" ? this.#phase.handlers : undefined };
    }
    this.#cancelDeadline();
    this.#socket?.destroy();
  }

  #closed(): void {
    if (this.#phase.at === "closed") return;
    this.#cancelDeadline();
    const { end, handlers } =
      this.#phase.at === "closing"
        ? this.#phase
        : { end: { by: "network" } as const, handlers: this.#phase.at === "open" ? this.#phase.handlers : undefined };
    this.#phase = { at: "closed", end, isTold: handlers !== undefined };
    handlers?.onClosed(end);
  }

  #tell(end: LinkEnd, handlers: LinkHandlers): void {
    assert(this.#phase.at === "closed" && !this.#phase.isTold, "link started twice");
    this.#phase = { at: "closed", end, isTold: true };
    queueMicrotask(() => handlers.onClosed(end));
  }
}
