/**
 * Relays that links into rooms name: used while somebody joins by one, and kept if that led into the room, whose members
 * are met there. A link says nothing about relays that we know: those stay as they are, with the keys that we know.
 *
 * @module
 */
import { bytesToHex, type TicketRelay } from "@kith/core";
import { isPrivateHost, parseRelayAddress, type RelayAddress } from "./relay-address.ts";

/** As a link names it; not by the short cut that a page may have. */
export function ticketRelay({ host, url }: RelayAddress, key: Uint8Array | undefined): TicketRelay[] {
  const scheme = isPrivateHost(host) && url.startsWith("ws:") ? "ws" : "wss";
  return key === undefined ? [] : [{ scheme, host, key }];
}

export interface LinkRelaysParts {
  /** The relay of that host, if we use it; why it is not ready. */
  readonly used: (host: string) => { readonly problem: string | undefined } | undefined;
  /** Whether a relay of this host was ever met. */
  readonly isKnown: (address: RelayAddress) => boolean;
  /** False: we use as many as we may. */
  readonly add: (address: RelayAddress) => boolean;
  readonly drop: (host: string) => void;
  /** From now on it is one of ours; `text`: its address. */
  readonly keep: (host: string, text: string) => Promise<void>;
}

/** Its owner takes those alone who were invited: of no use to us, whatever led into the room. */
const UNWELCOME = "unwelcome";

interface Loan {
  readonly text: string;
  joinings: number;
}

export class LinkRelays {
  readonly #parts: LinkRelaysParts;
  readonly #loans = new Map<string, Loan>(); // by host

  constructor(parts: LinkRelaysParts) {
    this.#parts = parts;
  }

  /** Returns what ends it, once: with whether that led into the room. */
  begin(relays: readonly TicketRelay[]): (isIn: boolean) => Promise<void> {
    const hosts = new Set(relays.flatMap((relay) => this.#borrow(relay)));
    return async (isIn) => {
      for (const host of hosts) await this.#end(host, isIn);
    };
  }

  /** Our person chose it, or no longer uses it. */
  forget(host: string): void {
    this.#loans.delete(host);
  }

  #borrow({ scheme, host, key }: TicketRelay): readonly string[] {
    const bare = parseRelayAddress(`${scheme}://${host}`);
    if (bare === undefined) return []; // without TLS, in public
    const known = this.#loans.get(bare.host);
    if (known === undefined) {
      if (this.#parts.used(bare.host) !== undefined) return [];
      const isKnown = this.#parts.isKnown(bare);
      if (!this.#parts.add(isKnown ? bare : { ...bare, relayKey: key })) return [];
      const text = `${scheme}://${bare.host}${isKnown ? "" : `#${bytesToHex(key)}`}`;
      this.#loans.set(bare.host, { text, joinings: 1 });
    } else known.joinings += 1;
    return [bare.host];
  }

  async #end(host: string, isIn: boolean): Promise<void> {
    const loan = this.#loans.get(host);
    if (loan === undefined) return;
    loan.joinings -= 1;
    if (!isIn && loan.joinings > 0) return;
    this.#loans.delete(host);
    if (isIn && this.#parts.used(host)?.problem !== UNWELCOME) await this.#parts.keep(host, loan.text);
    else this.#parts.drop(host);
  }
}
