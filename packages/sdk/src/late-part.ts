/**
 * A part of an endpoint whose code comes when it is first needed: once, unless that fails. Where everything is there from
 * the start, as in Node, `load` has it at hand.
 *
 * @module
 */
import { EndpointError } from "./endpoint-error.ts";

export class LatePart<Part> {
  readonly #load: () => Promise<Part>;
  #value: Part | undefined;
  #loading: Promise<Part> | undefined;

  constructor(load: () => Promise<Part>) {
    this.#load = load;
  }

  /** What has come. */
  get value(): Part | undefined {
    return this.#value;
  }

  /** @throws {EndpointError} `ERR_PART`; asking again tries again */
  async take(): Promise<Part> {
    this.#loading ??= this.#load();
    try {
      this.#value = await this.#loading;
      return this.#value;
    } catch (cause) {
      this.#loading = undefined;
      if (cause instanceof EndpointError) throw cause;
      throw new EndpointError("ERR_PART", "Cannot load the code of this part: is who serves it away?", { cause });
    }
  }
}
