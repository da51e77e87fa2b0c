/**
 * The asking end of the control socket: calls, states and streams over one connection.
 *
 * @module
 */
import type { Socket } from "node:net";
import type { Observable } from "@kith/sdk";
import { CliError, EXIT } from "../exit-code.ts";
import { State } from "../state.ts";
import { VERSION } from "../version.ts";
import {
  ANSWER_BYTES_MAX,
  type ControlAnswer,
  decodeAnswer,
  decodeHello,
  encodeRequest,
  type Self,
} from "./control-message.ts";
import { LineSplitter } from "./line-splitter.ts";

/** How long the running node may take to say hello, in milliseconds. */
export const HELLO_TIMEOUT_MS = 5_000;
/** Items of a stream that wait for their reader before the socket does. */
const ITEMS_MAX = 1_000;

/** A request that has no number yet. */
interface Asked {
  readonly type: "call" | "stream" | "watch";
  readonly name: string;
  readonly args: readonly unknown[];
}
type Listener = (answer: ControlAnswer) => void;

export class ControlClient {
  readonly #socket: Socket;
  readonly #lines = new LineSplitter(ANSWER_BYTES_MAX);
  readonly #listeners = new Map<number, Listener>();
  readonly #hello = Promise.withResolvers<Self>();
  readonly #closed = Promise.withResolvers<void>();
  #self: Self | undefined;
  #nextId = 1;

  constructor(socket: Socket) {
    this.#socket = socket;
    const timer = setTimeout(() => this.#fail(notAnswering()), HELLO_TIMEOUT_MS);
    this.#hello.promise.then(() => clearTimeout(timer)).catch(() => clearTimeout(timer));
    socket.on("data", (chunk: Uint8Array) => this.#handleBytes(chunk));
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#end());
  }

  /** Who the node is. @throws {CliError} `ERR_NODE_VERSION`, `ERR_CONTROL` */
  get hello(): Promise<Self> {
    return this.#hello.promise;
  }

  /** Fulfils when the connection is over, whoever ended it. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  close(): void {
    this.#socket.destroy();
  }

  /**
   * The node is of this very version (the hello says so) and the socket is our own user's, so an
   * answer has the type that the same method has in the node's process.
   */
  call<T>(name: string, args: readonly unknown[], signal?: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = (): void => {
        this.#forget(id);
        reject(signal?.reason);
      };
      const id = this.#ask({ type: "call", name, args }, (answer) => {
        this.#listeners.delete(id);
        signal?.removeEventListener("abort", onAbort);
        if (answer.type === "ok") resolve(answer.value as T);
        else reject(errorOf(answer));
      });
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** The state `name`, once its present value is known. */
  watch<T>(name: string, args: readonly unknown[] = []): Promise<Observable<T>> {
    return new Promise((resolve, reject) => {
      let subject: State<T> | undefined;
      this.#ask({ type: "watch", name, args }, (answer) => {
        if (answer.type !== "state") reject(errorOf(answer));
        else if (subject !== undefined) subject.set(answer.value as T);
        else {
          subject = new State(answer.value as T);
          resolve(subject);
        }
      });
    });
  }

  async *stream<T>(name: string, args: readonly unknown[], signal?: AbortSignal): AsyncGenerator<T> {
    const items: ControlAnswer[] = [];
    let wake = Promise.withResolvers<void>();
    const id = this.#ask({ type: "stream", name, args }, (answer) => {
      items.push(answer);
      if (items.length >= ITEMS_MAX) this.#socket.pause();
      wake.resolve();
    });
    const onAbort = (): void => wake.resolve();
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      for (;;) {
        signal?.throwIfAborted();
        const answer = items.shift();
        if (answer === undefined) {
          this.#socket.resume();
          await wake.promise;
          wake = Promise.withResolvers<void>();
        } else if (answer.type === "item") yield answer.value as T;
        else if (answer.type === "end") return;
        else throw errorOf(answer);
      }
    } finally {
      signal?.removeEventListener("abort", onAbort);
      this.#forget(id);
      this.#socket.resume();
    }
  }

  #ask(request: Asked, listener: Listener): number {
    const id = this.#nextId++;
    this.#listeners.set(id, listener);
    if (this.#socket.destroyed) queueMicrotask(() => listener(closedAnswer(id)));
    else this.#socket.write(encodeRequest({ ...request, id }));
    return id;
  }

  #forget(id: number): void {
    if (!this.#listeners.delete(id) || this.#socket.destroyed) return;
    this.#socket.write(encodeRequest({ type: "cancel", id }));
  }

  #handleBytes(chunk: Uint8Array): void {
    try {
      for (const line of this.#lines.push(chunk)) this.#handleLine(line);
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      this.#fail(error);
    }
  }

  #handleLine(line: string): void {
    if (this.#self === undefined) {
      this.#self = decodeHello(line, VERSION);
      this.#hello.resolve(this.#self);
    } else {
      const answer = decodeAnswer(line);
      this.#listeners.get(answer.id)?.(answer);
    }
  }

  #fail(error: CliError): void {
    this.#hello.reject(error);
    this.#socket.destroy();
  }

  #end(): void {
    this.#hello.reject(notAnswering());
    for (const [id, listener] of [...this.#listeners]) listener(closedAnswer(id));
    this.#listeners.clear();
    this.#closed.resolve();
  }
}

const notAnswering = (): CliError =>
  new CliError(EXIT.home, "ERR_NODE_SILENT", "Cannot reach the running node: it does not answer", {
    hint: "Stop `kith up` and start it again.",
  });

const closedAnswer = (id: number): ControlAnswer => ({
  type: "error",
  id,
  code: "ERR_ENDPOINT_CLOSED",
  message: "The node that this command used has stopped",
});

/** An error of the node's process; its code is one of the SDK's, or of ours. */
class RemoteError extends Error {
  override readonly name = "RemoteError";
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

const errorOf = (answer: ControlAnswer): Error =>
  answer.type === "error"
    ? new RemoteError(answer.code, answer.message)
    : new CliError(EXIT.home, "ERR_CONTROL", "Cannot read the control socket: an answer of the wrong kind");
