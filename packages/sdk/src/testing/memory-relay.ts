/**
 * A relay without a network, for tests: the core's own machine and state, behind WebSockets that cross in later turns of
 * the event loop, and weather on demand.
 *
 * @module
 */
import {
  type Duration,
  MemoryRelayState,
  millis,
  nobleProvider,
  type RelayAnswer,
  type RelayBounds,
  type RelayQuestion,
  RelayServer,
  Secret,
  type TurnCredential,
  textToBytes,
} from "@kith/core";
import { type Clock, systemClock } from "../clock.ts";
import type { RelaySocket } from "../relay-connection.ts";

const SEED_BYTES = 32;

export class MemoryRelay {
  /** For `relays` of an endpoint. */
  readonly address: string;
  /** What it lends to whoever asks. */
  turn: TurnCredential | undefined;
  readonly #seed = crypto.getRandomValues(new Uint8Array(SEED_BYTES));
  readonly #state: MemoryRelayState;
  readonly #clock: Clock;
  readonly #bounds: Partial<RelayBounds>;
  readonly #sockets = new Map<number, MemorySocket>();
  #server: RelayServer;
  #next = 1;
  #isUp = true;
  #isScheduled = false;
  #cancelAlarm: () => void = () => {};

  constructor(
    options: {
      readonly clock?: Clock;
      readonly bounds?: Partial<RelayBounds>;
      readonly claimCode?: string;
      readonly host?: string;
    } = {},
  ) {
    this.address = `ws://${options.host ?? "relay.localhost"}`;
    this.#state = new MemoryRelayState(nobleProvider.sha256(textToBytes(options.claimCode ?? "")));
    this.#clock = options.clock ?? systemClock;
    this.#bounds = options.bounds ?? { toll: { quiet: 4, busy: 8 } };
    this.#server = this.#start();
  }

  /** For `webSocket` of an endpoint. */
  readonly open = (_url: string): RelaySocket => {
    const socket = new MemorySocket({
      send: (bytes) => {
        if (this.#sockets.get(number) === socket) this.#server.handleMessage(number, bytes, this.#at());
        this.#schedule();
      },
      closed: () => {
        if (this.#sockets.delete(number)) this.#server.handleClosed(number, this.#at());
        this.#schedule();
      },
    });
    const number = this.#next++;
    setImmediate(() => {
      if (!this.#isUp) return socket.end(1_006);
      this.#sockets.set(number, socket);
      this.#server.handleConnection(number, "192.0.2.1", this.#at());
      socket.opened();
      this.#schedule();
    });
    return socket;
  };

  get counters(): RelayServer["counters"] {
    return this.#server.counters;
  }

  /** Of what it keeps for absent ones. */
  get itemsBytes(): number {
    return this.#state.itemsBytes;
  }

  /** Says that it goes away and where it can be met meanwhile, and goes after `time`. */
  drain(other: string, time: Duration = millis(0)): void {
    this.#server.drain(time, other, this.#at());
    this.#schedule();
  }

  /** Everybody's connection ends, and nobody gets another until {@link start}. */
  stop(): void {
    this.#isUp = false;
    this.#cancelAlarm();
    for (const socket of [...this.#sockets.values()]) socket.end(1_006);
    this.#sockets.clear();
  }

  /** The same relay again, with what it had stored and nothing of what it had in memory. */
  start(): void {
    this.#isUp = true;
    this.#server = this.#start();
  }

  #start(): RelayServer {
    return new RelayServer({
      crypto: nobleProvider,
      random: (length) => crypto.getRandomValues(new Uint8Array(length)),
      seed: new Secret(this.#seed.slice()),
      at: this.#at(),
      bounds: this.#bounds,
    });
  }

  #at(): { now: ReturnType<Clock["now"]>; wall: ReturnType<Clock["wall"]> } {
    return { now: this.#clock.now(), wall: this.#clock.wall() };
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#turn();
    });
  }

  #turn(): void {
    const server = this.#server;
    for (let output = server.poll(); output !== undefined; output = server.poll()) {
      if (output.type === "ask") {
        const answer = this.#answer(output.question);
        server.handleAnswer(output.ask, answer, this.#at());
      } else if (output.type === "writable") this.#flush(output.connection);
      else if (output.type === "close") {
        this.#flush(output.connection);
        this.#sockets.get(output.connection)?.end(output.code);
        this.#sockets.delete(output.connection);
        server.handleClosed(output.connection, this.#at());
      }
    }
    this.#cancelAlarm();
    const next = server.nextTimeout();
    if (next === undefined || !this.#isUp) return;
    const wait = Math.max(0, next - this.#clock.now());
    this.#cancelAlarm = this.#clock.schedule(wait as Parameters<Clock["schedule"]>[0], () => {
      server.handleTimeout(this.#at());
      this.#turn();
    });
  }

  #flush(connection: number): void {
    const socket = this.#sockets.get(connection);
    for (;;) {
      const bytes = this.#server.pollTransmit(connection, 1);
      if (bytes === undefined) return;
      socket?.deliver(bytes);
    }
  }

  #answer(question: RelayQuestion): RelayAnswer {
    switch (question.type) {
      case "status":
        return { type: "status", text: "{}" };
      case "backup":
      case "rotate":
        return { type: "storage" };
      case "turn":
        return { type: "turn", credential: this.turn };
      default:
        return this.#state.answer(question);
    }
  }
}

/** One end is a client's; the other is the relay's, and calls {@link deliver} and {@link end}. */
class MemorySocket extends EventTarget implements RelaySocket {
  binaryType: BinaryType = "arraybuffer";
  readonly bufferedAmount = 0;
  readonly #port: { readonly send: (bytes: Uint8Array) => void; readonly closed: () => void };
  #isOver = false;

  constructor(port: { readonly send: (bytes: Uint8Array) => void; readonly closed: () => void }) {
    super();
    this.#port = port;
  }

  send(bytes: Uint8Array<ArrayBuffer>): void {
    const copy = bytes.slice(); // the relay writes into what it gets
    setImmediate(() => this.#isOver || this.#port.send(copy));
  }

  close(): void {
    setImmediate(() => {
      this.#port.closed();
      this.end(1_000);
    });
  }

  opened(): void {
    if (!this.#isOver) this.dispatchEvent(new Event("open"));
  }

  deliver(bytes: Uint8Array): void {
    const data = bytes.slice().buffer;
    setImmediate(() => this.#isOver || this.dispatchEvent(new MessageEvent("message", { data })));
  }

  end(_code: number): void {
    if (this.#isOver) return;
    setImmediate(() => {
      if (this.#isOver) return;
      this.#isOver = true;
      this.dispatchEvent(new Event("close"));
    });
  }
}
