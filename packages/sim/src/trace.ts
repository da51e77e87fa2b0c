/**
 * What happened in a simulated world, line by line, while somebody wants to know. A failing run is
 * repeated with its trace on: the same seed fails the same way.
 *
 * @module
 */
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
