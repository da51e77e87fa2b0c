/**
 * Our connections to relays, lent to mailboxes: at a relay for invited ones whoever makes a code has no other login
 * (spec/relay-meeting.md §3). Each borrower hears everything and takes what is its own. Holds no protocol rule.
 *
 * @module
 */
import type { RelayConnection, RelayEvent } from "./relay-connection.ts";
import type { RelayedLink } from "./relayed-link.ts";
import type { Link } from "./transport.ts";

/** What is told to a mailbox. */
export type MailboxEvent =
  | { readonly type: "ready" }
  | Extract<RelayEvent, { type: "pin" | "lost" | "keyChanged" | "opened" | "met" | "failed" }>;

export interface MailboxHolder {
  handle(event: MailboxEvent): void;
  /** False: it is not for this mailbox. */
  take(link: Link, from: Uint8Array): boolean;
}

/** What a mailbox needs of a connection. */
export interface MailboxLine {
  readonly run: RelayConnection["run"];
  dial(key: Uint8Array): Link | undefined;
  /** Links with that key. */
  countLinks(key: Uint8Array): number;
  /** The mailbox is over, and its links with that key. */
  stop(key: Uint8Array | undefined): void;
}

/** A connection that is a mailbox's own. `make`: with what it tells, and where its links go. */
export function ownLine(
  holder: MailboxHolder,
  make: (emit: (event: RelayEvent) => void, onLink: (link: RelayedLink, from: Uint8Array) => void) => RelayConnection,
): MailboxLine {
  const emit = (event: RelayEvent): void => {
    if (isForMailbox(event)) holder.handle(event);
  };
  const connection = make(emit, (link, from) => {
    if (!holder.take(link, from)) link.close();
  });
  return { ...lineOf(connection), stop: () => connection.stop() };
}

export class RelayLoans {
  readonly #holders = new Map<RelayConnection, Set<MailboxHolder>>(); // the relay bounds mailboxes

  lend(connection: RelayConnection, holder: MailboxHolder): MailboxLine {
    const holders = this.#holders.get(connection) ?? new Set<MailboxHolder>();
    this.#holders.set(connection, holders.add(holder));
    if (connection.client.phase === "ready") queueMicrotask(() => holders.has(holder) && holder.handle(READY));
    else connection.run((client, now) => client.hurry(now));
    const stop = (key: Uint8Array | undefined): void => {
      holders.delete(holder);
      if (holders.size === 0) this.#holders.delete(connection);
      if (key !== undefined) for (const link of connection.linksWith(key)) link.close();
    };
    return { ...lineOf(connection), stop };
  }

  /** Something happened at it. */
  handle(connection: RelayConnection, event: RelayEvent): void {
    if (!isForMailbox(event) || event.type === "pin") return; // its owner pins
    for (const holder of [...(this.#holders.get(connection) ?? [])]) holder.handle(event);
  }

  /** False: it is none of theirs. */
  take(connection: RelayConnection, link: RelayedLink, from: Uint8Array): boolean {
    return [...(this.#holders.get(connection) ?? [])].some((holder) => holder.take(link, from));
  }

  /** It is used no more. */
  end(connection: RelayConnection): void {
    this.handle(connection, { type: "lost", why: "ended", retryIn: 0 });
  }
}

const READY: MailboxEvent = { type: "ready" };

const lineOf = (connection: RelayConnection): Omit<MailboxLine, "stop"> => ({
  run: (command) => connection.run(command),
  dial: (key) => connection.dial(key),
  countLinks: (key) => connection.linksWith(key).length,
});

const isForMailbox = (event: RelayEvent): event is Extract<RelayEvent, MailboxEvent> =>
  ["ready", "pin", "lost", "keyChanged", "opened", "met", "failed"].includes(event.type);
