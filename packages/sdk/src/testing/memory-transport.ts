/**
 * Links without a network, for tests: hosts are names, ports are numbers, packets cross in later
 * turns of the event loop. Same promises as TCP (it passes the same suite), plus weather on demand.
 *
 * @module
 */
import { concatBytes, HANDSHAKE_TIMEOUT, PACKET_BYTES_MAX } from "@kith/core";
import { type Clock, systemClock } from "../clock.ts";
import { EndpointError } from "../endpoint-error.ts";
import {
  formatHint,
  type Hint,
  LINK_WRITE_BYTES_MAX,
  type Link,
  type LinkEnd,
  type LinkHandlers,
  type Listener,
  StrangerLimit,
  type Transport,
} from "../transport.ts";

export class MemoryNetwork {
  readonly #clock: Clock;
  readonly #listeners = new Map<string, { readonly host: string; readonly onLink: (link: Link) => void }>();
  readonly #links = new Set<MemoryLink>();
  readonly #cuts = new Set<string>();
  #lastPort = 40_000;

  constructor(options: { readonly clock?: Clock } = {}) {
    this.#clock = options.clock ?? systemClock;
  }

  /** The transport of the machine called `host`. */
  transport(host: string, options: { readonly port?: number } = {}): Transport {
    return {
      kind: "memory",
      dial: async (hints, { signal } = {}) => {
        signal?.throwIfAborted();
        await nextTurn();
        signal?.throwIfAborted();
        for (const hint of hints) {
          const link = this.#connect(host, hint);
          if (link !== undefined) return link;
        }
        throw new EndpointError(
          "ERR_PEER_UNREACHABLE",
          `Cannot dial ${hints.map(formatHint).join(", ")}: nobody there`,
        );
      },
      listen: async (onLink) => this.#listen(host, options.port ?? ++this.#lastPort, onLink),
    };
  }

  /** From now on whatever `a` and `b` send each other vanishes, and they cannot dial. Links stay up. */
  cut(a: string, b: string): void {
    this.#cuts.add(pair(a, b));
  }

  heal(a: string, b: string): void {
    this.#cuts.delete(pair(a, b));
  }

  /** Ends every link between `a` and `b`, as a pulled cable that both notice. */
  break(a: string, b: string): void {
    for (const link of [...this.#links]) {
      if (pair(link.local, link.remote) === pair(a, b)) link.fail({ by: "network" });
    }
  }

  #listen(host: string, port: number, onLink: (link: Link) => void): Listener {
    const hint = { host, port };
    const key = formatHint(hint);
    if (this.#listeners.has(key)) throw new EndpointError("ERR_ADDRESS", `Cannot listen on ${key}: in use`);
    this.#listeners.set(key, { host, onLink });
    const close = async (): Promise<void> => {
      this.#listeners.delete(key);
    };
    return { port, addresses: () => [hint], close, [Symbol.asyncDispose]: close };
  }

  #connect(host: string, hint: Hint): MemoryLink | undefined {
    const listener = this.#listeners.get(formatHint(hint));
    if (listener === undefined || this.#cuts.has(pair(host, hint.host))) return undefined;
    const isCut = (): boolean => this.#cuts.has(pair(host, hint.host));
    const forget = (link: MemoryLink): void => {
      this.#links.delete(link);
    };
    const near = new MemoryLink({ local: host, remote: hint.host, hint, clock: this.#clock, isCut, forget });
    const far = new MemoryLink({ local: hint.host, remote: host, hint: undefined, clock: this.#clock, isCut, forget });
    near.other = far;
    far.other = near;
    this.#links.add(near).add(far);
    listener.onLink(far);
    return near;
  }
}

interface MemoryLinkOptions {
  readonly local: string;
  readonly remote: string;
  readonly hint: Hint | undefined;
  readonly clock: Clock;
  readonly isCut: () => boolean;
  readonly forget: (link: MemoryLink) => void;
}

class MemoryLink implements Link {
  readonly kind = "memory";
  readonly ordered = true;
  readonly recordBytesMax: number = PACKET_BYTES_MAX;
  readonly local: string;
  readonly remote: string;
  readonly hint: Hint | undefined;
  other: MemoryLink | undefined;
  readonly #options: MemoryLinkOptions;
  readonly #limit = new StrangerLimit();
  readonly #cancelDeadline: () => void;
  readonly #inbox: Uint8Array[] = []; // bounded by the other side's room
  #inboxBytes = 0;
  #handlers: LinkHandlers | undefined;
  #isPaused = false;
  #isScheduled = false;
  #wasTight = false;
  #end: LinkEnd | undefined;
  #isTold = false;
  #whenRead: (() => void) | undefined;

  constructor(options: MemoryLinkOptions) {
    this.#options = options;
    this.local = options.local;
    this.remote = options.remote;
    this.hint = options.hint;
    this.#cancelDeadline = options.clock.schedule(HANDSHAKE_TIMEOUT, () => this.fail({ by: "violation" }));
  }

  get isOutgoing(): boolean {
    return this.hint !== undefined;
  }

  get room(): number {
    const room = Math.max(0, LINK_WRITE_BYTES_MAX - (this.other?.waitingBytes ?? 0));
    this.#wasTight ||= room < LINK_WRITE_BYTES_MAX / 4;
    return room;
  }

  get waitingBytes(): number {
    return this.#inboxBytes;
  }

  start(handlers: LinkHandlers): void {
    this.#handlers = handlers;
    this.#schedule();
  }

  write(parts: readonly Uint8Array[]): void {
    if (this.#end !== undefined || this.#options.isCut()) return;
    this.other?.receive(concatBytes(...parts));
  }

  authenticated(): void {
    this.#cancelDeadline();
    this.#limit.lift();
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#schedule();
  }

  close(): void {
    if (this.#end !== undefined) return;
    this.fail({ by: "us" }, { by: "peer" });
  }

  /** Ends both ends; the other one's after what it has not read yet. */
  fail(end: LinkEnd, otherEnd: LinkEnd = { by: "network" }): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#inbox.length = this.#inboxBytes = 0;
    this.#cancelDeadline();
    this.#options.forget(this);
    this.#schedule();
    if (!this.#options.isCut() || end.by === "network") this.other?.endAfterReading(otherEnd);
  }

  endAfterReading(end: LinkEnd): void {
    if (this.#end !== undefined) return;
    if (this.#inbox.length === 0 || end.by === "network") this.fail(end);
    else this.#whenRead = () => this.fail(end);
  }

  receive(packet: Uint8Array): void {
    if (this.#end !== undefined) return;
    this.#inbox.push(packet);
    this.#inboxBytes += packet.length;
    this.#schedule();
  }

  /** Called by the other end when it has taken packets off its inbox. */
  hasRoom(): void {
    if (!this.#wasTight || this.#end !== undefined) return;
    this.#wasTight = false;
    this.#handlers?.onRoom();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#handlers === undefined) return;
    if (this.#end === undefined && (this.#isPaused || this.#inbox.length === 0)) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#deliver();
    });
  }

  #deliver(): void {
    do {
      if (this.#end !== undefined) break;
      if (this.#isPaused) return;
      const packet = this.#inbox.shift();
      if (packet === undefined) break;
      this.#inboxBytes -= packet.length;
      if (this.#limit.admit(packet.length)) this.#handlers?.onPacket(packet);
      else this.fail({ by: "violation" });
    } while (this.#limit.isLifted);
    this.other?.hasRoom();
    if (this.#end !== undefined) this.#tell(this.#end);
    else if (this.#inbox.length > 0) this.#schedule();
    else this.#whenRead?.();
  }

  #tell(end: LinkEnd): void {
    if (this.#isTold) return;
    this.#isTold = true;
    this.#handlers?.onClosed(end);
  }
}

const pair = (a: string, b: string): string => (a < b ? `${a} ${b}` : `${b} ${a}`);

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(() => resolve()));
