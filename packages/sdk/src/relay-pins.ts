/**
 * By which key each relay is known, and by which it was when we first met: our own key there is made of that
 * (spec/relay.md §9).
 *
 * @module
 */
import { bytesEqual, concatBytes } from "@kith/core";
import type { RelayAddress } from "./relay-address.ts";

const KEY_BYTES = 32;

export interface RelayPin {
  readonly relayKey: Uint8Array;
  readonly firstKey: Uint8Array;
}

export class RelayPins {
  readonly #byHost = new Map<string, RelayPin>();

  /** What a client must be told. A key in the address counts, unless it is one by which the pinned relay went. */
  of({ host, relayKey: told }: RelayAddress): RelayPin | undefined {
    const pin = this.#byHost.get(host);
    if (told === undefined) return pin;
    const isSame = pin !== undefined && (bytesEqual(told, pin.relayKey) || bytesEqual(told, pin.firstKey));
    return isSame ? pin : { relayKey: told, firstKey: told };
  }

  /** A person says that the relay has this key, perhaps one of before again. */
  told(host: string, relayKey: Uint8Array): RelayPin {
    const pin = this.#byHost.get(host);
    return pin !== undefined && bytesEqual(pin.relayKey, relayKey) ? pin : { relayKey, firstKey: relayKey };
  }

  /** @returns what {@link restore} takes */
  set(host: string, { relayKey, firstKey }: RelayPin): Uint8Array {
    this.#byHost.set(host, { relayKey, firstKey });
    return bytesEqual(relayKey, firstKey) ? relayKey : concatBytes(relayKey, firstKey);
  }

  restore(host: string, value: Uint8Array): void {
    const [relayKey, rest] = [value.slice(0, KEY_BYTES), value.slice(KEY_BYTES)];
    if (relayKey.length < KEY_BYTES || (rest.length > 0 && rest.length !== KEY_BYTES)) return;
    this.#byHost.set(host, { relayKey, firstKey: rest.length > 0 ? rest : relayKey });
  }
}
