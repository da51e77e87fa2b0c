/**
 * Logins that are for one mailbox and for nothing else (spec/relay-meeting.md §3): whoever has a code comes in also where
 * only invited ones may, meets the one who opened the mailbox, and forwards to that key alone.
 *
 * Bounded: of those who would not be let in otherwise, as many as an operator says; one that is in no mailbox in time is
 * turned away.
 *
 * @module
 */
import { bytesEqual } from "../lib/bytes.ts";
import { Deadlines } from "../lib/deadlines.ts";
import { after, type Instant } from "../lib/time.ts";
import { RELAY_LOGIN_TIMEOUT } from "../wire/relay-limits.ts";
import type { RelayConnection } from "./relay-connection.ts";
import { RELAY_KEY_BYTES } from "./relay-message.ts";
import type { RelayPart, Switchboard } from "./switchboard.ts";

const PASS_BYTES = 4;

/** What is shown in place of a pass by who comes for that mailbox alone. */
export function mailboxPass(mailbox: number): Uint8Array {
  const pass = new Uint8Array(PASS_BYTES);
  new DataView(pass.buffer).setUint32(0, mailbox);
  return pass;
}

/** `undefined`: it is a pass, or none. */
export const mailboxOfPass = (pass: Uint8Array): number | undefined =>
  pass.length === PASS_BYTES ? new DataView(pass.buffer, pass.byteOffset).getUint32(0) : undefined;

export class MailboxCallers implements RelayPart {
  readonly #board: Switchboard;
  readonly #max: number;
  readonly #strangers = new Set<RelayConnection>();
  readonly #deadlines = new Deadlines<RelayConnection>(); // of those that are in no mailbox

  constructor(board: Switchboard, { callersMax }: { readonly callersMax: number }) {
    this.#board = board;
    this.#max = callersMax;
  }

  /** False: there are as many as may be. `other`: whom it met before, when it was here last. */
  enter(connection: RelayConnection, mailbox: number, other: Uint8Array | undefined, isStranger: boolean): boolean {
    if (isStranger && this.#strangers.size >= this.#max) return false;
    if (isStranger) this.#strangers.add(connection);
    connection.only = { mailbox, other };
    if (other === undefined) this.#deadlines.set(connection, after(this.#board.at.now, RELAY_LOGIN_TIMEOUT));
    return true;
  }

  /** It is in its mailbox now. */
  met(connection: RelayConnection, other: Uint8Array): void {
    if (connection.only === undefined) return;
    connection.only = { ...connection.only, other };
    this.#deadlines.set(connection, undefined);
  }

  /** Whether it may pass that *forward* on. */
  mayForward({ only }: RelayConnection, forward: Uint8Array): boolean {
    if (only === undefined) return true;
    return only.other !== undefined && bytesEqual(forward.subarray(1, 1 + RELAY_KEY_BYTES), only.other);
  }

  handleTimeout(): void {
    for (const connection of this.#deadlines.take(this.#board.at.now)) {
      this.#board.event({ type: "timedOut", connection: connection.id });
      this.#board.end(connection, "policy");
    }
  }

  nextTimeout(): Instant | undefined {
    return this.#deadlines.next();
  }

  leave(connection: RelayConnection): void {
    this.#strangers.delete(connection);
    this.#deadlines.set(connection, undefined);
  }
}
