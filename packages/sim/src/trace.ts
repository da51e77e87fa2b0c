/**
 * What happened in a simulated world, line by line, while somebody wants to know. A failing run is
 * repeated with its trace on: the same seed fails the same way.
 *
 * @module
 */
import type { EndpointOutput } from "@kith/core";

const LINES_KEPT = 4_000;

export class Trace {
  readonly isOn: boolean;
  readonly #lines: string[] = [];
  #dropped = 0;

  constructor(isOn: boolean) {
    this.isOn = isOn;
  }

  /** `text` is asked for only while the trace is on. */
  note(now: number, who: string, text: () => string): void {
    if (!this.isOn) return;
    this.#lines.push(`${now.toFixed(1).padStart(10)} ms  ${who.padEnd(8)} ${text()}`);
    if (this.#lines.length <= 2 * LINES_KEPT) return;
    this.#dropped += LINES_KEPT;
    this.#lines.splice(0, LINES_KEPT);
  }

  /** The newest lines. */
  text(): string {
    const shown = this.#lines.slice(-LINES_KEPT);
    const left = this.#dropped + this.#lines.length - shown.length;
    return `${left > 0 ? `… ${left} lines before\n` : ""}${shown.join("\n")}`;
  }
}

/** What an endpoint put out, in a line. */
export function describe(output: EndpointOutput): string {
  const parts = Object.entries(output).map(([name, value]) => {
    if (typeof value !== "object" || value === null) return `${name}=${String(value).slice(0, 40)}`;
    if ("stack" in value && "id" in value) return `session=${String(value.id)}`;
    if ("type" in value) return `${name}=${String(value.type)}`;
    return name;
  });
  return parts.join(" ");
}
