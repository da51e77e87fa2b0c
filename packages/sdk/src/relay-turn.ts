/**
 * The TURN servers that relays lend to whoever is logged in: asked for as soon as a relay is there, and again before
 * half of their time is over. Holds no protocol rule.
 *
 * @module
 */
import { decodeTurnOffer, type Instant, type TurnOffer, WireError } from "@kith/core";
import type { Clock } from "./clock.ts";
import type { RelayConnection, RelayEvent } from "./relay-connection.ts";
import type { RtcIceServer } from "./webrtc/rtc-api.ts";

interface Loan {
  request: number | undefined; // that waits for an answer
  offer: { readonly content: TurnOffer; readonly at: Instant } | undefined;
}

export class RelayTurn {
  readonly #clock: Clock;
  readonly #loans = new Map<RelayConnection, Loan>(); // one a relay

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Those that can be used now. */
  get servers(): readonly RtcIceServer[] {
    const all: RtcIceServer[] = [];
    for (const [connection, loan] of this.#loans) {
      const { offer } = loan;
      if (offer === undefined) continue;
      const age = this.#clock.now() - offer.at;
      const { urls, user, password, lifetime } = offer.content;
      if (age < lifetime) all.push({ urls, username: user, credential: password });
      if (2 * age >= lifetime) this.#ask(connection, loan);
    }
    return all;
  }

  handle(connection: RelayConnection, event: RelayEvent): void {
    const loan = this.#loans.get(connection) ?? { request: undefined, offer: undefined };
    if (event.type === "ready") {
      this.#loans.set(connection, loan);
      loan.request = undefined; // an answer to one before does not come any more
      this.#ask(connection, loan);
    } else if (event.type === "done" || event.type === "failed") {
      if (loan.request === undefined || loan.request !== event.request) return;
      loan.request = undefined;
      if (event.type === "done") this.#take(loan, event.answer);
    }
  }

  forget(connection: RelayConnection): void {
    this.#loans.delete(connection);
  }

  #ask(connection: RelayConnection, loan: Loan): void {
    if (loan.request !== undefined || connection.client.phase !== "ready") return;
    connection.run((client) => {
      loan.request = client.ask({ type: "turn" });
    });
  }

  #take(loan: Loan, answer: Uint8Array): void {
    try {
      loan.offer = { content: decodeTurnOffer(answer), at: this.#clock.now() };
    } catch (error) {
      if (!(error instanceof WireError)) throw error; // theirs: then without
    }
  }
}
