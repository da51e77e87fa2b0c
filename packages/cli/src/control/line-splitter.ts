/**
 * Cuts a byte stream into lines of UTF-8, none longer than a bound.
 *
 * @module
 */
import { CliError, EXIT } from "../exit-code.ts";

const NEWLINE = 0x0a;

export class LineSplitter {
  readonly #bytesMax: number;
  #parts: Uint8Array[] = [];
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /**
   * The lines that `chunk` completes, without their ends. Copies what it keeps.
   * @throws {CliError} `ERR_CONTROL` for a line over the bound or ill-formed UTF-8; close the stream then.
   */
  push(chunk: Uint8Array): readonly string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.#keep(chunk.subarray(start, end));
      lines.push(this.#take());
      start = end + 1;
    }
    this.#keep(chunk.slice(start));
    return lines;
  }

  #keep(part: Uint8Array): void {
    this.#bytes += part.length;
    if (this.#bytes > this.#bytesMax) throw unreadable("a line is too long");
    if (part.length > 0) this.#parts.push(part);
  }

  #take(): string {
    const bytes = Buffer.concat(this.#parts, this.#bytes);
    this.#parts = [];
    this.#bytes = 0;
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    } catch (cause) {
      throw unreadable("ill-formed UTF-8", cause);
    }
  }
}

const unreadable = (what: string, cause?: unknown): CliError =>
  new CliError(EXIT.home, "ERR_CONTROL", `Cannot read the control socket: ${what}`, { cause });
