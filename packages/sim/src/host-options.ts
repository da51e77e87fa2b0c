/** What a simulated device is made from, and how it is plugged into cables. */
import type { CryptoProvider, LocalIdentity, PrivacyLevel } from "@kith/core";
import type { Cable, EndNumber } from "./cable.ts";
import type { EventQueue } from "./event-queue.ts";
import type { SimRandom } from "./sim-random.ts";
import type { Trace } from "./trace.ts";

export interface HostOptions {
  readonly name: string;
  readonly identity: LocalIdentity;
  readonly address: string;
  /** What its person calls itself. */
  readonly label: string;
  readonly random: SimRandom;
  /** The world's, unless somebody looks at what this one does with keys. */
  readonly provider?: CryptoProvider;
  readonly privacy?: PrivacyLevel;
  readonly protocols?: readonly string[];
  readonly directLinksMax?: number;
  /** Addresses of relays that its person chose. */
  readonly relays?: readonly string[];
  /** What its wall clock shows beyond the true time. */
  readonly wallSkew?: number;
  /** Whether its monotonic clock stands still while it sleeps, as on Linux. */
  readonly clockSleeps?: boolean;
  /** Whether sealed records are opened later and out of order, as WebCrypto does. */
  readonly opensLate?: boolean;
  /** Longest turn, and longest wait for the disk, in milliseconds. */
  readonly turnMax?: number;
  readonly diskMax?: number;
  /** Share of transactions that fail. */
  readonly diskFailures?: number;
  /** What it does to its own records before they are sealed: an honest host has none. */
  readonly betrays?: (plaintext: Uint8Array) => Uint8Array;
}

/** Where a device of a kind lives. */
export interface HostWorld<Host> {
  readonly now: number;
  readonly events: EventQueue;
  readonly provider: CryptoProvider;
  readonly trace: Trace;
  /** Answers later, with our end of a cable and the address that led there; `undefined`: nobody is there. */
  dial(host: Host, hints: readonly string[], done: (plugged: Dialled | undefined) => void): void;
  /** Somebody's process began, or ended. */
  handleLife(host: Host): void;
}

export interface Dialled {
  readonly cable: Cable;
  readonly end: EndNumber;
  readonly address: string;
}

export interface Plug {
  readonly dial: number | undefined;
  readonly hint: string | undefined;
  readonly source: string;
}
