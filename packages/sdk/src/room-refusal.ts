/**
 * Commands about rooms, and why one is not carried out: as errors with words. A command that was carried
 * out resolves when it is durable.
 *
 * @module
 */
import type { Moment, RoomAnswer, RoomCommands, RoomRefusal } from "@kith/core";
import type { Driver } from "./driver.ts";
import { EndpointError, type EndpointErrorCode, endpointClosed } from "./endpoint-error.ts";

const REFUSALS: Readonly<Record<RoomRefusal, readonly [EndpointErrorCode, string]>> = {
  unknown: ["ERR_ROOM_UNKNOWN", "no such room"],
  over: ["ERR_ROOM_LEFT", "we are not in this room"],
  notAllowed: ["ERR_NOT_AUTHORIZED", "our role in this room does not permit it"],
  notMember: ["ERR_PEER_UNKNOWN", "nobody of that key is a member, or asks to come in"],
  argument: ["ERR_ARGUMENT", "a number or text is out of its range"],
  lastOwner: ["ERR_NOT_AUTHORIZED", "a room needs an owner: make somebody else one first"],
  tryLater: ["ERR_TRY_LATER", "too many tries a short while ago"],
  limit: ["ERR_LIMIT", "there are as many as there may be"],
};

export function refusal(what: string, reason: RoomRefusal): EndpointError {
  const [code, why] = REFUSALS[reason];
  return new EndpointError(code, `Cannot ${what}: ${why}`);
}

/** Waits until what was done is durable. */
export class Kept {
  readonly #driver: Driver;
  readonly #commands: RoomCommands;
  readonly #waiting = new Map<number, PromiseWithResolvers<void>>(); // by mark

  constructor(driver: Driver, commands: RoomCommands) {
    this.#driver = driver;
    this.#commands = commands;
  }

  moment(): Moment {
    return this.#driver.moment();
  }

  touch(): void {
    this.#driver.touch();
  }

  /** Resolves when the command was carried out and that is durable. */
  async do(what: string, command: (commands: RoomCommands, at: Moment) => RoomAnswer): Promise<void> {
    const problem = command(this.#commands, this.moment());
    this.touch();
    if (problem !== undefined) throw refusal(what, problem);
    await this.all();
  }

  /** Resolves when all that was done until now is durable. */
  all(): Promise<void> {
    const mark = this.#commands.mark();
    this.touch();
    const waiting = Promise.withResolvers<void>();
    this.#waiting.set(mark, waiting);
    return waiting.promise;
  }

  /** Something may be durable that was not. */
  settle(): void {
    for (const [mark, { resolve }] of this.#waiting) {
      if (mark > this.#commands.keptThrough) continue;
      this.#waiting.delete(mark);
      resolve();
    }
  }

  end(): void {
    for (const { reject } of this.#waiting.values()) reject(endpointClosed());
    this.#waiting.clear();
  }
}
