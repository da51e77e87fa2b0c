/** WebSockets without a network between pages and a bridge, and a LAN that a test says what is on. */
import assert from "node:assert/strict";
import type { Sighting } from "@kith/core";
import { wallTime } from "@kith/core";
import type { Announcement, Discovery } from "../discovery.ts";
import type { LanBridge, LanCaller, LanHandlers, LanSocket } from "../node/lan-bridge.ts";
import { Subject } from "../observable.ts";
import type { OpenWebSocket } from "../relay-connection.ts";
import { formatHint, type Hint } from "../transport.ts";

export const NODE = "http://192.168.1.2:8420";
export const PAGE: LanCaller = { headers: { host: "192.168.1.2:8420", origin: NODE }, address: "192.168.1.7" };
const ROOM_BYTES = 262_144;

/** What happens to messages on their way, in one direction. */
export type Tamper = (message: Uint8Array) => readonly Uint8Array[];

/** A node that is not ours. */
export type AnyNode = Pick<LanBridge, "admit">;

export interface WireOptions {
  readonly caller?: LanCaller;
  readonly toNode?: Tamper;
  readonly toPage?: Tamper;
}

/** Every WebSocket that one page opens. */
export class Wire {
  readonly sockets: MemorySocket[] = [];
  readonly urls: string[] = [];
  isDown = false;
  readonly #bridge: AnyNode;
  readonly #options: WireOptions;

  constructor(bridge: AnyNode, options: WireOptions = {}) {
    [this.#bridge, this.#options] = [bridge, options];
  }

  readonly open: OpenWebSocket = (url) => {
    this.urls.push(url);
    const admitted = this.isDown ? undefined : this.#bridge.admit(this.#options.caller ?? PAGE);
    const socket = new MemorySocket(typeof admitted === "function" ? admitted : undefined, this.#options);
    this.sockets.push(socket);
    return socket;
  };

  get last(): MemorySocket {
    const last = this.sockets.at(-1);
    assert.ok(last);
    return last;
  }
}

/** Both ends of one: the page's as a `WebSocket`, the node's as what a bridge is given. Messages take a turn. */
export class MemorySocket extends EventTarget {
  binaryType: BinaryType = "blob";
  readonly bufferedAmount = 0;
  /** What a close said, and who. */
  closedBy: { readonly who: "page" | "node" | "network"; readonly code: number } | undefined;
  /** False: what is for the page stays with the node's socket. */
  isRead = true;
  isPaused = false;
  readonly #options: WireOptions;
  #handlers: LanHandlers | undefined;
  readonly #up: Uint8Array[] = [];
  readonly #down: Uint8Array[] = [];
  #downBytes = 0;
  #isDue = false;

  constructor(admit: ((socket: LanSocket) => LanHandlers) | undefined, options: WireOptions) {
    super();
    this.#options = options;
    setImmediate(() => {
      if (this.closedBy !== undefined) return;
      if (admit === undefined) return this.#end("network", 1006);
      this.#handlers = admit(this.#nodeEnd());
      this.dispatchEvent(new Event("open"));
    });
  }

  send(bytes: Uint8Array): void {
    if (this.closedBy !== undefined) return;
    const { toNode = (message: Uint8Array) => [message] } = this.#options;
    this.#up.push(...toNode(Uint8Array.from(bytes)));
    this.#run();
  }

  close(code: number): void {
    this.#end("page", code);
  }

  /** Gone without a word. */
  cut(): void {
    this.#end("network", 1006);
  }

  /** Bytes that wait for a page that does not read. */
  get waiting(): number {
    return this.#downBytes;
  }

  read(): void {
    this.isRead = true;
    this.#run();
  }

  #nodeEnd(): LanSocket {
    const room = (): number => Math.max(0, ROOM_BYTES - this.#downBytes);
    return {
      get room() {
        return room();
      },
      send: (messages) => {
        if (this.closedBy !== undefined) return;
        const { toPage = (message: Uint8Array) => [message] } = this.#options;
        for (const message of messages.flatMap((each) => toPage(Uint8Array.from(each)))) {
          this.#down.push(message);
          this.#downBytes += message.length;
        }
        this.#run();
      },
      pause: () => {
        this.isPaused = true;
      },
      resume: () => {
        this.isPaused = false;
        this.#run();
      },
      close: (code) => this.#end("node", code),
    };
  }

  #run(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    setImmediate(() => {
      this.#isDue = false;
      for (const message of this.isPaused ? [] : this.#up.splice(0)) this.#handlers?.onMessage(message);
      const hadNoRoom = this.#downBytes >= ROOM_BYTES;
      for (const message of this.isRead ? this.#down.splice(0) : []) {
        this.#downBytes -= message.length;
        this.dispatchEvent(new MessageEvent("message", { data: message.slice().buffer }));
      }
      if (hadNoRoom && this.isRead) this.#handlers?.onRoom();
      if ((this.#up.length > 0 && !this.isPaused) || (this.#down.length > 0 && this.isRead)) this.#run();
    });
  }

  #end(who: "page" | "node" | "network", code: number): void {
    if (this.closedBy !== undefined) return;
    this.closedBy = { who, code };
    setImmediate(() => {
      this.#handlers?.onClosed();
      this.dispatchEvent(new Event("close"));
    });
  }
}

/** A LAN as discovery sees it: who shows itself on it, and whom a test puts there. */
export class Air {
  readonly asked: string[] = [];
  readonly host: string;
  /** Addresses of somebody of whom nothing else is known. */
  readonly addresses: Set<string> = new Set();
  /** Announcements so far. */
  shows = 0;
  readonly #shown = new Map<object, Sighting>();
  readonly #watchers = new Map<object, Subject<readonly Sighting[]>>();

  constructor(host = "127.0.0.1") {
    this.host = host;
  }

  put(hint: Hint): void {
    this.addresses.add(formatHint(hint));
    this.#tell();
  }

  show(who: object, sighting: Partial<Sighting> | undefined): void {
    const rest = { key: String(this.shows++), addresses: [], presence: [], name: undefined, seenAt: wallTime(1) };
    if (sighting === undefined) this.#shown.delete(who);
    else this.#shown.set(who, { ...rest, ...sighting });
    this.#tell();
  }

  /** What somebody at `host` sees, who does not see itself. */
  readonly discover = (host: string = this.host): Discovery => {
    const self = {};
    const nearby = new Subject<readonly Sighting[]>([]);
    this.#watchers.set(self, nearby);
    this.#tell();
    return {
      nearby,
      announce: (what: Announcement | undefined) => {
        const addresses = what === undefined ? [] : [formatHint({ host, port: what.port })];
        this.show(self, what && { addresses, name: what.name, presence: what.hints, key: what.name ?? "?" });
      },
      refresh: () => this.asked.push("refresh"),
      doubt: (key: string) => this.asked.push(`doubt ${key}`),
      close: async () => {
        this.#watchers.delete(self);
        this.show(self, undefined);
      },
    };
  };

  #tell(): void {
    const rest = { presence: [], name: undefined, seenAt: wallTime(1) };
    const plain = [...this.addresses].map((address) => ({ key: address, addresses: [address], ...rest }));
    for (const [self, nearby] of this.#watchers) {
      const others = [...this.#shown].filter(([who]) => who !== self).map(([, sighting]) => sighting);
      nearby.set([...others, ...plain]);
    }
  }
}

export const turns = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i++) await new Promise<void>((resolve) => setImmediate(() => resolve()));
};

/** Waits until `is` gives something. */
export async function until<Value>(is: () => Value | undefined | false, what: string): Promise<Value> {
  for (let i = 0; i < 5_000; i++) {
    const value = is();
    if (value !== undefined && value !== false) return value;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  throw new Error(`not in time: ${what}`);
}
