/**
 * The serving end of one control connection. Calls run side by side; states are sent when they
 * changed and the client reads, the latest only; streams wait for the client. Everything a client
 * began ends with its connection.
 *
 * @module
 */
import type { Socket } from "node:net";
import type { Observable } from "@kith/sdk";
import { CliError, EXIT, verdictOf } from "../exit-code.ts";
import type { Kith } from "../kith.ts";
import {
  type ControlAnswer,
  type ControlRequest,
  decodeRequest,
  encodeAnswer,
  encodeHello,
  REQUEST_BYTES_MAX,
  REQUESTS_MAX,
} from "./control-message.ts";
import { CALLS, STREAMS, WATCHED } from "./control-methods.ts";
import { LineSplitter } from "./line-splitter.ts";

interface Watch {
  readonly observable: Observable<unknown>;
  /** What the client knows; compared by identity, as views are new objects when they change. */
  sent: unknown;
  readonly stop: () => void;
}

export class ControlConnection {
  readonly #kith: Kith;
  readonly #socket: Socket;
  readonly #lines = new LineSplitter(REQUEST_BYTES_MAX);
  readonly #running = new Map<number, AbortController>();
  readonly #watches = new Map<number, Watch>();

  constructor(kith: Kith, socket: Socket, version: string) {
    this.#kith = kith;
    this.#socket = socket;
    socket.on("data", (chunk: Uint8Array) => this.#handleBytes(chunk));
    socket.on("drain", () => this.#handleDrain());
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#end());
    const { id, fingerprint, name, isOneTime } = kith;
    socket.write(encodeHello(version, { id, fingerprint, name, isOneTime }));
  }

  close(): void {
    this.#socket.destroySoon();
  }

  #handleBytes(chunk: Uint8Array): void {
    try {
      for (const line of this.#lines.push(chunk)) this.#handleRequest(decodeRequest(line));
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      this.#socket.destroy(); // no client of ours wrote that
    }
  }

  #handleRequest(request: ControlRequest): void {
    if (request.type === "cancel") this.#cancel(request.id);
    else if (this.#running.has(request.id) || this.#watches.has(request.id)) this.#socket.destroy();
    else if (this.#running.size + this.#watches.size >= REQUESTS_MAX) {
      this.#refuse(request.id, new CliError(EXIT.home, "ERR_CONTROL", "Cannot take more requests at once"));
    } else if (request.type === "watch") this.#watch(request);
    else this.#run(request);
  }

  #run(request: Exclude<ControlRequest, { type: "cancel" }>): void {
    const cancel = new AbortController();
    this.#running.set(request.id, cancel);
    const work = request.type === "call" ? this.#call(request, cancel.signal) : this.#stream(request, cancel.signal);
    work.catch((error: unknown) => this.#refuse(request.id, error)).finally(() => this.#running.delete(request.id));
  }

  async #call(
    { id, name, args }: { id: number; name: string; args: readonly unknown[] },
    signal: AbortSignal,
  ): Promise<void> {
    const call = CALLS.get(name);
    if (call === undefined) throw unknownName(name);
    const value = await call(this.#kith, args, signal);
    await settled(); // whoever reads the answer has also seen what it changed
    this.#send({ type: "ok", id, value });
  }

  async #stream(
    { id, name, args }: { id: number; name: string; args: readonly unknown[] },
    signal: AbortSignal,
  ): Promise<void> {
    const stream = STREAMS.get(name);
    if (stream === undefined) throw unknownName(name);
    for await (const value of stream(this.#kith, args, signal)) {
      this.#send({ type: "item", id, value });
      if (this.#socket.writableNeedDrain) await this.#drained(signal);
    }
    this.#send({ type: "end", id });
  }

  #watch({ id, name, args }: { id: number; name: string; args: readonly unknown[] }): void {
    let observable: Observable<unknown> | undefined;
    try {
      observable = WATCHED.get(name)?.(this.#kith, args);
      if (observable === undefined) throw unknownName(name);
    } catch (error) {
      this.#refuse(id, error);
      return;
    }
    const stop = observable.subscribe(() => this.#sendStates());
    this.#watches.set(id, { observable, sent: observable.get(), stop });
    this.#send({ type: "state", id, value: observable.get() });
  }

  /** Sends what changed, unless the client is behind: then once it has read, and only the latest. */
  #sendStates(): void {
    if (this.#socket.writableNeedDrain) return;
    for (const [id, watch] of this.#watches) {
      const value = watch.observable.get();
      if (value === watch.sent) continue;
      watch.sent = value;
      this.#send({ type: "state", id, value });
    }
  }

  #handleDrain(): void {
    this.#socket.resume();
    this.#sendStates();
  }

  #cancel(id: number): void {
    this.#running.get(id)?.abort(new DOMException("cancelled by the client", "AbortError"));
    this.#watches.get(id)?.stop();
    this.#watches.delete(id);
  }

  #refuse(id: number, error: unknown): void {
    const { code, message } = verdictOf(error);
    this.#send({ type: "error", id, code, message });
  }

  #send(answer: ControlAnswer): void {
    if (this.#socket.destroyed) return;
    // A client that asks without reading is not heard until it has read: answers stay bounded.
    if (!this.#socket.write(encodeAnswer(answer))) this.#socket.pause();
  }

  #drained(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.once("drain", resolve);
      this.#socket.once("close", () => resolve());
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }

  #end(): void {
    for (const cancel of this.#running.values()) cancel.abort(new DOMException("the client left", "AbortError"));
    for (const watch of this.#watches.values()) watch.stop();
    this.#watches.clear();
  }
}

/** After the microtasks in which observables tell of their change. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const unknownName = (name: string): CliError =>
  new CliError(EXIT.home, "ERR_CONTROL", `Cannot do ${name.slice(0, 64)}: the node does not know it`);
