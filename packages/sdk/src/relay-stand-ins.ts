/**
 * Where to go while a relay of ours is away that said where (spec/relay.md §7): whoever was there when it said so is
 * told the same, and is met at the other one. Nothing of it is kept.
 *
 * @module
 */
import { seconds } from "@kith/core";
import type { Clock } from "./clock.ts";
import { isPrivateHost, parseRelayAddress, type RelayAddress } from "./relay-address.ts";

/** Others may find out only so much later that the relay is back: a client's longest pause, and some for a login. */
const LINGER = seconds(90);

export interface StandInParts {
  readonly clock: Clock;
  /** Uses a relay from now on; `undefined`: it is used anyway. One that already stands in is the same again. */
  readonly begin: (address: RelayAddress) => number | undefined;
  readonly end: (number: number) => void;
}

interface Stay {
  /** Of the other relay. */
  readonly number: number;
  /** Set while the relay that sent us is back. */
  cancelEnd: (() => void) | undefined;
}

export class RelayStandIns {
  readonly #parts: StandInParts;
  readonly #stays = new Map<number, Stay>(); // by the relay that sent us, one for each

  constructor(parts: StandInParts) {
    this.#parts = parts;
  }

  /** Whose place a relay takes, by their numbers. */
  homesOf(number: number): readonly number[] {
    return [...this.#stays].filter(([, stay]) => stay.number === number).map(([home]) => home);
  }

  /** Where to go in place of a relay that sent us away and is not back. */
  instead(home: number): number | undefined {
    const stay = this.#stays.get(home);
    return stay?.cancelEnd === undefined ? stay?.number : undefined;
  }

  /** It goes away, and named an address. The first one counts until we have left it: nobody is led on a chase. */
  send(home: { readonly number: number; readonly address: RelayAddress }, other: string): void {
    const address = standInAddress(home.address, other);
    if (this.#stays.has(home.number)) return this.away(home.number);
    const number = address && this.#parts.begin(address);
    if (number !== undefined) this.#stays.set(home.number, { number, cancelEnd: undefined });
  }

  /** We are logged in there again. */
  back(home: number): void {
    const stay = this.#stays.get(home);
    if (stay !== undefined) stay.cancelEnd ??= this.#parts.clock.schedule(LINGER, () => this.forget(home));
  }

  /** We are not, for whatever reason. */
  away(home: number): void {
    const stay = this.#stays.get(home);
    stay?.cancelEnd?.();
    if (stay !== undefined) stay.cancelEnd = undefined;
  }

  /** It needs nobody in its place any more. */
  forget(home: number): void {
    const stay = this.#stays.get(home);
    if (stay === undefined) return;
    stay.cancelEnd?.();
    this.#stays.delete(home);
    if (this.homesOf(stay.number).length === 0) this.#parts.end(stay.number);
  }

  /** Whoever has the connections ends them. */
  stop(): void {
    for (const { cancelEnd } of this.#stays.values()) cancelEnd?.();
    this.#stays.clear();
  }
}

/** A relay's word must not lead us into the networks around us, unless it is there itself. */
function standInAddress(home: RelayAddress, other: string): RelayAddress | undefined {
  const address = parseRelayAddress(other);
  if (address === undefined || address.host === home.host) return undefined;
  return isPrivateHost(address.host) && !isPrivateHost(home.host) ? undefined : address;
}
