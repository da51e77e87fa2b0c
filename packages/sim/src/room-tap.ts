/**
 * A hand on what an endpoint says to its neighbours in rooms, and hears from them: between its machines and its
 * sessions, where everything is in clear. It may look, keep back, change and add. Nothing in the endpoint knows.
 *
 * @module
 */
import type { Endpoint, PeerId, SessionEntry } from "@kith/core";

/** First bytes of messages on a mesh channel: of the log, the keys and the mesh. Those of a joining are smaller. */
const [FIRST_TYPE, END_TYPE] = [0x10, 0x50];
const [JOIN_FIRST, JOIN_END] = [0x01, 0x10];

type Stack = SessionEntry["stack"];

export interface TapHandlers {
  /** What goes to a neighbour in place of this; nothing: it is kept back. */
  outgoing?: (peer: PeerId, message: Uint8Array, channel: number) => readonly Uint8Array[];
  /** Whether the endpoint is to hear it. */
  incoming?: (peer: PeerId, message: Uint8Array) => boolean;
  /** The same of messages of a joining; of theirs, whether there are any. */
  joining?: (peer: PeerId, message: Uint8Array, from: "us" | "them") => readonly Uint8Array[];
}

export class RoomTap {
  handlers: TapHandlers;
  readonly #tapped = new WeakSet<Stack>();
  readonly #lines = new Map<PeerId, { readonly channel: number; readonly send: (message: Uint8Array) => boolean }>();

  constructor(handlers: TapHandlers) {
    this.handlers = handlers;
  }

  /** Whom it has a mesh channel with. */
  get peers(): readonly PeerId[] {
    return [...this.#lines.keys()];
  }

  /** To be called for each process. */
  install(endpoint: Endpoint): void {
    this.#lines.clear();
    const settle = endpoint.settle.bind(endpoint);
    endpoint.settle = (at) => {
      for (const { stack } of endpoint.sessions) this.#tap(stack);
      settle(at);
      for (const { stack } of endpoint.sessions) this.#tap(stack);
    };
  }

  /** Says something that no machine of ours wants said; false: there is no channel, or it is full. */
  say(peer: PeerId, message: Uint8Array): boolean {
    return this.#lines.get(peer)?.send(message) ?? false;
  }

  #tap(stack: Stack): void {
    if (this.#tapped.has(stack)) return;
    this.#tapped.add(stack);
    const { peer } = stack;
    const send = stack.send.bind(stack);
    const poll = stack.poll.bind(stack);
    stack.send = (channel, message) => {
      const type = message[0] ?? 0;
      if (type >= JOIN_FIRST && type < JOIN_END) return this.#sendAll(channel, this.#joining(peer, message), send);
      if (type < FIRST_TYPE || type >= END_TYPE) return send(channel, message);
      this.#lines.set(peer, { channel, send: (each) => send(channel, each) });
      const messages = this.handlers.outgoing?.(peer, message, channel) ?? [message];
      return this.#sendAll(channel, messages, send);
    };
    stack.poll = () => {
      const output = poll();
      if (output?.type === "reset" || output?.type === "closed" || output?.type === "finished")
        this.#forget(peer, output.channel);
      if (output?.type !== "messages") return output;
      const kept = output.messages.filter((message) => this.#isHeard(peer, message));
      output.messages.splice(0, output.messages.length, ...kept);
      return output;
    };
    for (const end of ["reset", "finish"] as const) {
      const before = stack[end].bind(stack);
      stack[end] = (channel: number, code: number = 0) => {
        this.#forget(peer, channel);
        before(channel, code);
      };
    }
  }

  #sendAll(channel: number, messages: readonly Uint8Array[], send: Stack["send"]): boolean {
    return messages.map((message) => send(channel, message)).every((isTaken) => isTaken);
  }

  #joining(peer: PeerId, message: Uint8Array): readonly Uint8Array[] {
    return this.handlers.joining?.(peer, message, "us") ?? [message];
  }

  #isHeard(peer: PeerId, message: Uint8Array): boolean {
    const type = message[0] ?? 0;
    if (type >= JOIN_FIRST && type < JOIN_END)
      return this.handlers.joining?.(peer, message.slice(), "them").length !== 0;
    if (type < FIRST_TYPE || type >= END_TYPE) return true;
    return this.handlers.incoming?.(peer, message) ?? true;
  }

  #forget(peer: PeerId, channel: number): void {
    if (this.#lines.get(peer)?.channel === channel) this.#lines.delete(peer);
  }
}
