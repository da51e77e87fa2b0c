/**
 * Mailboxes of codes at a relay (spec/relay-meeting.md §3). Which number is whose, and who was first, is the state's.
 *
 * @module
 */

import { randomBelow } from "../lib/random.ts";
import { seconds, wallAfter } from "../lib/time.ts";
import { RELAY_MAILBOX_CHOICES, RELAY_MAILBOX_LIFETIME_MAX } from "../wire/relay-limits.ts";
import type { MailboxCallers } from "./mailbox-callers.ts";
import type { RelayConnection } from "./relay-connection.ts";
import type { MetMailbox } from "./relay-state.ts";
import type { Switchboard } from "./switchboard.ts";

/** For a key that has all the mailboxes that it may have. */
const FULL_WAIT_MS = 10_000;

export class RelayMailboxes {
  readonly #board: Switchboard;

  readonly #callers: MailboxCallers;

  constructor(board: Switchboard, callers: MailboxCallers) {
    this.#board = board;
    this.#callers = callers;
  }

  /** `wanted`: seconds. */
  open(connection: RelayConnection, key: Uint8Array, request: number, wanted: number): void {
    const lifetime = Math.max(1, Math.min(wanted, RELAY_MAILBOX_LIFETIME_MAX / 1_000));
    const { wall } = this.#board.at;
    const pick = randomBelow(this.#board.random, RELAY_MAILBOX_CHOICES);
    const until = wallAfter(wall, seconds(lifetime));
    this.#board.ask<"open">({ type: "open", key, pick, until, wall }, connection, (answer) => {
      if (answer === undefined) this.#board.fail(connection, request, "storage");
      else if (answer.verdict === "full") this.#board.fail(connection, request, "full", FULL_WAIT_MS);
      else if (connection.phase.at === "ended") this.shut(connection, key, answer.mailbox);
      else this.#board.send(connection, { type: "opened", request, mailbox: answer.mailbox, lifetime });
    });
  }

  /**
   * Who enters ends the code for whoever was meant, right words or not. So one login enters one mailbox: to end many
   * codes takes as many logins, and those are counted for each source.
   */
  enter(connection: RelayConnection, key: Uint8Array, request: number, mailbox: number): void {
    if (connection.only !== undefined && connection.only.mailbox !== mailbox)
      return this.#board.fail(connection, request, "forbidden");
    if (connection.hasEntered) return this.#board.fail(connection, request, "full");
    connection.hasEntered = true; // from now on, for the answer may take its time
    const { wall } = this.#board.at;
    const { source } = connection;
    this.#board.ask<"enter">({ type: "enter", key, source, mailbox, wall }, connection, (answer) => {
      connection.hasEntered = answer?.verdict === "met";
      if (answer === undefined) this.#board.fail(connection, request, "storage");
      else if (answer.verdict === "unknown") this.#board.fail(connection, request, "unknown");
      else if (answer.verdict === "paused")
        this.#board.fail(connection, request, "paused", this.#board.waitUntil(answer.until));
      else {
        this.#board.counters.meetings += 1;
        this.#callers.met(connection, answer.other);
        this.#board.send(connection, { type: "met", mailbox, key: answer.other });
        this.#board.done(connection, request);
        this.#board.delivery.notify(answer.other, { type: "met", mailbox, key });
      }
    });
  }

  shut(connection: RelayConnection, key: Uint8Array, mailbox: number): void {
    this.#board.ask<"shut">({ type: "shut", key, mailbox }, connection, () => {});
  }

  /** What happened while the key was away. */
  tellMet(connection: RelayConnection, met: readonly MetMailbox[]): void {
    const { only } = connection;
    for (const { mailbox, other } of met)
      if (only === undefined || only.mailbox === mailbox)
        this.#board.send(connection, { type: "met", mailbox, key: other });
  }
}
