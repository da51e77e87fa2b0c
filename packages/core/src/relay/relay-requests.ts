/**
 * A client's requests to a relay: each is answered once, by *done*, *failed* or, if it was *open*, *opened*.
 *
 * @module
 */
import { RELAY_REQUESTS_MAX } from "../wire/relay-limits.ts";
import type { ClientMessage } from "./relay-message.ts";

type WithoutNumber<Message> = Message extends { readonly request: number } ? Omit<Message, "request"> : never;

/** What may be asked. */
export type RelayRequest = WithoutNumber<ClientMessage>;

/** `ping`: asked by the machine itself; nobody else hears of its answer. */
export type RequestKind = "open" | "ping" | "other";

export class RelayRequests {
  readonly #asked = new Map<number, RequestKind>(); // at most RELAY_REQUESTS_MAX, and a ping
  #next = 1;

  /** A number that no other request of these minutes has. */
  take(): number {
    const number = this.#next;
    this.#next = (number % 0xffff_ffff) + 1;
    return number;
  }

  /** False: there are as many as may be. */
  add(request: number, kind: RequestKind): boolean {
    if (kind !== "ping" && this.#asked.size >= RELAY_REQUESTS_MAX) return false;
    this.#asked.set(request, kind);
    return true;
  }

  /** What was asked, if it may be answered so; the answer is the only one. */
  answer(request: number, by: "opened" | "done" | "failed"): RequestKind | undefined {
    const kind = this.#asked.get(request);
    if (kind === undefined || (by === "opened" && kind !== "open") || (by === "done" && kind === "open"))
      return undefined;
    this.#asked.delete(request);
    return kind;
  }

  /** Those that will have no answer any more. */
  takeAll(): number[] {
    const all = [...this.#asked].filter(([, kind]) => kind !== "ping").map(([request]) => request);
    this.#asked.clear();
    return all;
  }
}
