/**
 * Ties the relay's machine to connections, state and clock. Holds no rule of the protocol: what came is given to the
 * machine as it comes, and once a turn of the event loop everything that follows from it is done: questions are put to
 * the state together, and each connection's messages leave in one write.
 *
 * @module
 */
import type { Socket } from "node:net";
import {
  type Duration,
  type Instant,
  instant,
  type Moment,
  RELAY_MESSAGE_BYTES_MAX,
  type RelayAnswer,
  type RelayEvent,
  type RelayOutput,
  type RelayQuestion,
  type RelayServer,
  since,
  wallTime,
} from "@kith/core";
import { Connection, type ConnectionSink, TICK, type Written } from "./websocket.ts";

/** Longer waits overflow a timer. */
const WAIT_MAX_MS = 2 ** 31 - 1;
/** For clients to answer a close when the relay ends. */
const STOP_TIME_MS = 1_000;

/** Answers questions, in order; each is durable when its answer is there. A promise of one never rejects. */
export type AnswerAll = (questions: readonly RelayQuestion[]) => readonly (RelayAnswer | Promise<RelayAnswer>)[];

export interface DriverOptions {
  readonly machine: RelayServer;
  readonly answerAll: AnswerAll;
  readonly handleEvent: (event: RelayEvent, source: string | undefined) => void;
  readonly handleClose: (code: number) => void;
  readonly handleDrained: () => void;
}

/**
 * Parts of a tick, each for those whose number falls into it: asking ten thousand who have been silent since the same
 * moment whether they are there takes longer than anybody who talks should wait.
 */
const TICK_PARTS = 20;

const TROUBLE: RelayAnswer = { type: "storage" };

/** What went through, for metrics. */
export interface Traffic {
  connectionsTotal: number;
  messagesReceived: number;
  bytesReceived: number;
  messagesSent: number;
  bytesSent: number;
  /** By how much the last part of a tick was late, in milliseconds. */
  loopDelay: number;
}

export class RelayDriver implements ConnectionSink {
  readonly traffic: Traffic = {
    ...{ connectionsTotal: 0, messagesReceived: 0, bytesReceived: 0, messagesSent: 0, bytesSent: 0 },
    loopDelay: 0,
  };
  readonly #options: DriverOptions;
  readonly #connections = new Map<number, Connection>();
  /** Those for which something waits, by what the machine said. */
  readonly #writable = new Set<Connection>();
  #nextId = 1;
  /** Of this turn; `undefined` between turns. */
  #moment: Moment | undefined;
  #alarm: { readonly at: Instant; readonly timer: NodeJS.Timeout } | undefined;
  readonly #ticker: NodeJS.Timeout;
  #tickedAt = performance.now();
  #ticks = 0;
  #isStopped = false;
  #allGone: () => void = () => {};

  constructor(options: DriverOptions) {
    this.#options = options;
    this.#ticker = setInterval(() => this.#tick(), TICK / TICK_PARTS);
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  addSocket(socket: Socket, source: string): void {
    if (this.#isStopped) return void socket.destroy();
    const id = this.#nextId++;
    this.#connections.set(id, new Connection(id, source, socket, this, RELAY_MESSAGE_BYTES_MAX));
    this.traffic.connectionsTotal++;
    this.#options.machine.handleConnection(id, source, this.#now());
  }

  drain(time: Duration, other: string): void {
    this.#options.machine.drain(time, other, this.#now());
  }

  /** Closes every connection and forgets the machine. */
  async stop(code: number): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#ticker);
    clearTimeout(this.#alarm?.timer);
    for (const connection of this.#connections.values()) connection.close(code);
    const deadline = setTimeout(() => {
      for (const connection of this.#connections.values()) connection.destroy();
    }, STOP_TIME_MS);
    if (this.#connections.size > 0) await new Promise<void>((resolve) => (this.#allGone = resolve));
    clearTimeout(deadline);
  }

  handleMessage(connection: Connection, message: Uint8Array): void {
    this.traffic.messagesReceived++;
    this.traffic.bytesReceived += message.length;
    this.#options.machine.handleMessage(connection.id, message, this.#now());
  }

  handleRoom(connection: Connection): void {
    this.#writable.add(connection);
    this.#now();
  }

  handleEnded(connection: Connection): void {
    this.#writable.delete(connection);
    if (!this.#isStopped) this.#options.machine.handleClosed(connection.id, this.#now());
  }

  handleGone(connection: Connection): void {
    this.#connections.delete(connection.id);
    if (this.#connections.size === 0) this.#allGone();
  }

  /** Both clocks, the same for all of a turn. Whoever asks tells the machine something: the turn's end follows. */
  #now(): Moment {
    if (this.#moment === undefined) {
      this.#moment = { now: instant(Math.floor(performance.now())), wall: wallTime(Date.now()) };
      setImmediate(() => this.#turn());
    }
    return this.#moment;
  }

  #turn(): void {
    const at = this.#moment;
    if (this.#isStopped || at === undefined) return;
    const batches = new Map<Connection, Batch>();
    while (this.#step(batches, at)); // what leaves may let others send more, and they are told in this turn too
    this.#moment = undefined;
    let written: Written | undefined;
    for (const [connection, { messages, bytes, code }] of batches) {
      this.traffic.messagesSent += messages.length;
      this.traffic.bytesSent += bytes;
      written = connection.send(messages, written);
      if (code !== undefined) {
        this.#options.handleClose(code);
        connection.close(code);
      }
    }
    this.#arm(at.now);
  }

  /** Does what the machine wants by now. @returns whether it wanted anything */
  #step(batches: Map<Connection, Batch>, at: Moment): boolean {
    const { machine } = this.#options;
    const asks: { readonly ask: number; readonly question: RelayQuestion }[] = [];
    let output = machine.poll();
    if (output === undefined && this.#writable.size === 0) return false;
    for (; output !== undefined; output = machine.poll()) {
      if (output.type === "ask") asks.push(output);
      else this.#doOutput(output, batches, at);
    }
    if (asks.length > 0) {
      const answers = this.#options.answerAll(asks.map(({ question }) => question));
      for (const [index, { ask }] of asks.entries()) this.#answer(ask, answers[index] ?? TROUBLE, at);
    }
    for (const connection of this.#writable) this.#gather(batches, connection, false);
    this.#writable.clear();
    return true;
  }

  #doOutput(output: Exclude<RelayOutput, { type: "ask" }>, batches: Map<Connection, Batch>, at: Moment): void {
    switch (output.type) {
      case "writable": {
        const connection = this.#connections.get(output.connection);
        if (connection?.isOpen) this.#writable.add(connection);
        return;
      }
      case "close": {
        const connection = this.#connections.get(output.connection);
        if (connection?.isOpen) this.#gather(batches, connection, true).code = output.code;
        return;
      }
      case "pause": {
        const connection = this.#connections.get(output.connection);
        connection?.pause();
        setTimeout(() => connection?.resume(), Math.max(0, since(at.now, output.until)));
        return;
      }
      case "event":
        return this.#options.handleEvent(output.event, this.#sourceOf(output.event));
      case "drained":
        return this.#options.handleDrained();
    }
  }

  #answer(ask: number, answer: RelayAnswer | Promise<RelayAnswer>, at: Moment): void {
    const { machine } = this.#options;
    if (!(answer instanceof Promise)) return machine.handleAnswer(ask, answer, at);
    void answer.then((late) => {
      if (!this.#isStopped) machine.handleAnswer(ask, late, this.#now());
    });
  }

  /** Takes what waits for it into its batch: as much as it has room for, or all. */
  #gather(batches: Map<Connection, Batch>, connection: Connection, isAll: boolean): Batch {
    let batch = batches.get(connection);
    if (batch === undefined) {
      batch = { messages: [], bytes: 0, code: undefined };
      batches.set(connection, batch);
    }
    for (;;) {
      const room = isAll ? Number.POSITIVE_INFINITY : connection.room - batch.bytes;
      const message = room > 0 ? this.#options.machine.pollTransmit(connection.id, room) : undefined;
      if (message === undefined) return batch;
      batch.messages.push(message);
      batch.bytes += message.length;
    }
  }

  /** One timer, for the earliest thing that the machine waits for. */
  #arm(now: Instant): void {
    const next = this.#options.machine.nextTimeout();
    if (next === this.#alarm?.at) return;
    clearTimeout(this.#alarm?.timer);
    if (next === undefined) this.#alarm = undefined;
    else {
      const wait = Math.min(Math.max(0, since(now, next)), WAIT_MAX_MS);
      this.#alarm = { at: next, timer: setTimeout(() => this.#ring(), wait) };
    }
  }

  #ring(): void {
    this.#alarm = undefined;
    this.#options.machine.handleTimeout(this.#now());
  }

  #tick(): void {
    const now = performance.now();
    this.traffic.loopDelay = Math.max(0, now - this.#tickedAt - TICK / TICK_PARTS);
    this.#tickedAt = now;
    const part = this.#ticks++ % TICK_PARTS;
    for (const connection of this.#connections.values()) if (connection.id % TICK_PARTS === part) connection.tick();
  }

  #sourceOf(event: RelayEvent): string | undefined {
    return "connection" in event ? this.#connections.get(event.connection)?.source : undefined;
  }
}

/** What leaves for a connection at the end of a turn, and the code to close it with then. */
interface Batch {
  readonly messages: Uint8Array[];
  bytes: number;
  code: number | undefined;
}
