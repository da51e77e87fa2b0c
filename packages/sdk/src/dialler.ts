/**
 * How an endpoint dials: by a way of its own for some hints, over a relay where the hints say so, else by all transports
 * at once; the first link wins.
 *
 * @module
 */
import { parseRelayHint } from "@kith/core";
import { type Hint, type Link, parseHint, type Transport } from "./transport.ts";

type Way = (signal: AbortSignal) => Promise<Link>;

export interface DiallerParts {
  readonly transports: readonly Transport[];
  /** `undefined`: there is none to be had now. */
  readonly dialRelay: (hints: readonly string[]) => Link | undefined;
}

export class Dialler {
  readonly #parts: DiallerParts;
  readonly #ways = new Map<string, Way>();

  constructor(parts: DiallerParts) {
    this.#parts = parts;
  }

  /** For dials of this hint there is a way of its own, until the answer is called. */
  addWay(hint: string, dial: Way): () => void {
    this.#ways.set(hint, dial);
    return () => this.#ways.delete(hint);
  }

  /** What is dialled over a relay is dialled there alone: addresses have a dial of their own. */
  dial(hints: readonly string[], signal: AbortSignal): Promise<Link> | Link | undefined {
    if (parseRelayHint(hints[0] ?? "") !== undefined) return this.#parts.dialRelay(hints);
    const way = this.#ways.get(hints.find((hint) => this.#ways.has(hint)) ?? "");
    return way === undefined ? this.#first(hints, signal) : way(signal);
  }

  async #first(hints: readonly string[], signal: AbortSignal): Promise<Link> {
    const parsed = hints.map(parseHint).filter((hint): hint is Hint => hint !== undefined);
    const attempts = this.#parts.transports.map((transport) => transport.dial(parsed, { signal }));
    const link = await Promise.any(attempts);
    for (const attempt of attempts)
      void attempt.then(
        (late) => late !== link && late.close(),
        () => {},
      );
    return link;
  }
}
