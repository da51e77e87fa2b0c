/**
 * Whom the answer to a transaction belongs to. Machines number their transactions each for itself;
 * the endpoint gives every one a number of its own.
 *
 * @module
 */
import type { StoreEntry } from "../app/store-queue.ts";
import type { PeerId } from "../identity/peer-id.ts";

export type StoreOwner =
  | { readonly of: "chat"; readonly peer: PeerId; readonly token: number }
  | { readonly of: "file"; readonly key: string; readonly token: number }
  | { readonly of: "trust"; readonly token: number }
  | { readonly of: "mail"; readonly token: number }
  | { readonly of: "room"; readonly token: number }
  | { readonly of: "pairing"; readonly pairing: string; readonly token: number };

/** One transaction: all of it, durably, or nothing. Answer `handleStored(token, …)`. */
export interface EndpointStoreOutput {
  readonly type: "store";
  readonly token: number;
  readonly puts: readonly StoreEntry[];
  readonly deletes: readonly string[];
}

export class StoreDesk {
  readonly #owners = new Map<number, StoreOwner>(); // as many as machines have transactions under way
  #next = 1;

  put(owner: StoreOwner, change: Pick<EndpointStoreOutput, "puts" | "deletes">): EndpointStoreOutput {
    const token = this.#next++;
    this.#owners.set(token, owner);
    return { type: "store", token, puts: change.puts, deletes: change.deletes };
  }

  take(token: number): StoreOwner | undefined {
    const owner = this.#owners.get(token);
    this.#owners.delete(token);
    return owner;
  }
}
