/**
 * What join codes need of a relay: a numbered mailbox that brings two one-time identities together, and links
 * between them. It knows no words, and holds no rule of pairing.
 *
 * @module
 */
import type { LocalIdentity } from "@kith/core";
import type { Link } from "./transport.ts";

export interface MailboxRequest {
  /** Who we are at the relay, for this code alone. */
  readonly identity: LocalIdentity;
  /** `host` or `host:port` of the relay; `undefined`: the usual one. */
  readonly host: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Mailboxes {
  /**
   * Whoever enters it first is the only one that ever comes.
   * @throws {EndpointError} `ERR_RELAY`: none is set, none answers, or it says no
   */
  open(request: MailboxRequest & { readonly lifetimeMs: number }): Promise<Mailbox>;
  /** @throws {EndpointError} `ERR_RELAY`; `ERR_JOIN_CODE`: nobody waits there, or somebody else was there before */
  enter(request: MailboxRequest & { readonly number: number }): Promise<Mailbox>;
}

/** One end of it. Links are ended by who starts them; those that were not started, by {@link Mailbox.close}. */
export interface Mailbox {
  readonly number: number;
  /** What the relay gave, in milliseconds; of an entered one, nothing is known. */
  readonly lifetimeMs: number;
  /** What the other one must write after the `@`; `undefined`: nothing. */
  readonly host: string | undefined;
  /** A link to the other one, as often as one is wanted. @throws {EndpointError} `ERR_PEER_UNREACHABLE` */
  dial(signal?: AbortSignal): Promise<Link>;
  /** Links that the other one dials, from now on. Call once. */
  listen(onLink: (link: Link) => void): void;
  /** Fulfils when no link can come any more; never rejects. */
  readonly closed: Promise<void>;
  /** Nobody shall come any more, or go on: all ends now. Repeating it is harmless. */
  close(): Promise<void>;
  /** Nothing new is wanted: it closes by itself when no link has been up for a while. */
  leave(): void;
}
