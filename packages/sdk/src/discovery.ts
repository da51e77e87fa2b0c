/**
 * How an endpoint sees others on its network and shows itself to them. Real ones: `node/mdns`.
 *
 * @module
 */
import type { Sighting } from "@kith/core";
import type { Observable } from "./observable.ts";

/** What an endpoint shows of itself. */
export interface Announcement {
  /** Only in privacy *open*. */
  readonly name: string | undefined;
  /** 8 bytes each, by which contacts recognise it; they change every quarter of an hour. */
  readonly hints: readonly Uint8Array[];
  readonly port: number;
}

/** What looks for others on this network, and shows us to them. */
export interface Discovery {
  readonly nearby: Observable<readonly Sighting[]>;
  /** `undefined`: say goodbye and stay silent. */
  announce(what: Announcement | undefined): void;
  /** Somebody looks: asks around soon instead of when it would be due. */
  refresh(): void;
  /** The sighting of that key could not be reached: asks whether it is still there. Other keys do nothing. */
  doubt(key: string): void;
  /** Says goodbye. */
  close(): Promise<void>;
}
