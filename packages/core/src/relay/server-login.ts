/**
 * From a new connection to *ready*, as a relay does it (spec/relay.md §4, §6).
 *
 * The order is the protection: how often its source tried is counted first, then the signature is checked, then the
 * state is asked who may come in, then the toll; nothing of a client is kept before all of it held.
 *
 * Bounded: connections, and those that are not ready, of which the oldest silent one yields to a newcomer.
 *
 * @module
 */
import type { Secret } from "../crypto/secret.ts";
import { after, type Duration, type Instant, seconds } from "../lib/time.ts";
import { sourceOf } from "../session/link-source.ts";
import { RELAY_MESSAGE } from "../wire/registry.ts";
import { RELAY_LOGIN_TIMEOUT, RELAY_SUCCESSIONS_MAX, RELAY_TOLL_TIMEOUT } from "../wire/relay-limits.ts";
import { mailboxOfPass } from "./mailbox-callers.ts";
import { type LoginClaim, RelayConnection } from "./relay-connection.ts";
import { isTollPaid, loginBytes, tollChallenge, welcomeBytes } from "./relay-login.ts";
import {
  type ClientMessage,
  RELAY_NONCE_BYTES,
  RELAY_VERSION,
  type RelayReason,
  type Succession,
} from "./relay-message.ts";
import type { RelayAnswers } from "./relay-state.ts";
import type { SourceLimits } from "./source-limits.ts";
import type { Switchboard } from "./switchboard.ts";
import { type TollBits, TollMeter } from "./toll.ts";

export interface LoginOptions {
  readonly seed: Secret;
  readonly relayKey: Uint8Array;
  /** How it came by its key, newest last; only so many are told. */
  readonly successions: readonly Succession[];
  readonly connectionsMax: number;
  readonly unreadyMax: number;
  readonly loginsPerMinute: number;
  readonly toll: TollBits;
}

/** What a crowded relay asks newcomers to wait. */
export const CROWDED_WAIT: Duration = seconds(30);

/** Called when a key may come in, before it is told so. */
export type Enter = (connection: RelayConnection, claim: LoginClaim, answer: RelayAnswers["login"]) => void;

export class ServerLogin {
  readonly #board: Switchboard;
  readonly #options: LoginOptions;
  readonly #sources: SourceLimits;
  readonly #enter: Enter;
  readonly #meter: TollMeter;
  /** Not ready, oldest first. */
  readonly #unready = new Set<RelayConnection>();

  constructor(board: Switchboard, options: LoginOptions, sources: SourceLimits, enter: Enter) {
    this.#board = board;
    this.#options = options;
    this.#sources = sources;
    this.#enter = enter;
    this.#meter = new TollMeter(options.toll, board.at.now);
  }

  get unready(): number {
    return this.#unready.size;
  }

  connect(id: number, address: string): RelayConnection {
    const { now } = this.#board.at;
    const source = sourceOf(address, 48);
    const deadline = after(now, RELAY_LOGIN_TIMEOUT);
    const connection = new RelayConnection(id, source, { at: "silent", deadline });
    this.#board.connections.set(id, connection);
    this.#board.counters.connections += 1;
    const wait = this.#sources.connect(source);
    if (wait !== undefined) this.#turnAway(connection, "crowded", wait);
    else {
      connection.isCounted = true;
      this.#unready.add(connection);
      this.#board.deadlines.set(connection, deadline);
      if (this.#board.connections.size > this.#options.connectionsMax)
        this.#turnAway(connection, "crowded", CROWDED_WAIT);
      else if (this.#unready.size > this.#options.unreadyMax) this.#turnOldestAway();
    }
    return connection;
  }

  /** A connection that is not ready says something; false: out of turn. */
  handle(connection: RelayConnection, message: ClientMessage): boolean {
    const { phase } = connection;
    if (message.type === "hello" && phase.at === "silent") {
      if (message.version !== RELAY_VERSION) return false;
      this.#welcome(connection, message.nonce, phase.deadline);
      return true;
    }
    if (message.type === "login" && phase.at === "greeted") {
      this.#login(connection, phase, message);
      return true;
    }
    if (message.type === "pay" && phase.at === "tolled") {
      const { login, toll } = phase;
      if (isTollPaid(this.#board.crypto, toll.challenge, message.counter, toll.bits))
        this.#ask(connection, login, true);
      else this.#turnAway(connection, "wrongToll", 0);
      return true;
    }
    return false;
  }

  /** Its time is up. */
  timeOut(connection: RelayConnection): void {
    this.#board.event({ type: "timedOut", connection: connection.id });
    if (connection.phase.at === "tolled") this.#turnAway(connection, "wrongToll", 0);
    else this.#board.end(connection, "policy");
  }

  leave(connection: RelayConnection): void {
    this.#unready.delete(connection);
  }

  /** The socket of it is gone. */
  closed(connection: RelayConnection): void {
    if (connection.isCounted) this.#sources.closed(connection.source, connection.wasReady);
  }

  #welcome(connection: RelayConnection, clientNonce: Uint8Array, deadline: Instant): void {
    const { seed, relayKey, successions } = this.#options;
    const chain = successions.slice(-RELAY_SUCCESSIONS_MAX);
    const { wall } = this.#board.at;
    const nonce = this.#board.random(RELAY_NONCE_BYTES);
    const signature = this.#board.crypto.ed25519Sign(seed.reveal(), welcomeBytes(clientNonce, nonce, wall));
    connection.phase = { at: "greeted", deadline, nonce };
    if (chain.length > 0) this.#board.send(connection, { type: "successor", chain });
    this.#board.send(connection, { type: "welcome", version: RELAY_VERSION, relayKey, nonce, wall, signature });
  }

  #login(
    connection: RelayConnection,
    { nonce, deadline }: { readonly nonce: Uint8Array; readonly deadline: Instant },
    message: ClientMessage & { type: "login" },
  ): void {
    // Copies: the message may be part of more that came at once.
    const [key, signature, pass] = [message.key.slice(), message.signature.slice(), message.pass.slice()];
    connection.phase = { at: "asking", deadline };
    const { source } = connection;
    const attempt = {
      type: "attempt",
      source,
      perMinute: this.#options.loginsPerMinute,
      wall: this.#board.at.wall,
    } as const;
    this.#board.ask<"attempt">(attempt, connection, (answer) => {
      if (connection.phase.at !== "asking") return;
      if (answer === undefined) return this.#turnAway(connection, "storage", CROWDED_WAIT);
      if (answer.verdict === "paused")
        return this.#turnAway(connection, "crowded", this.#board.waitUntil(answer.until));
      const signed = loginBytes(this.#options.relayKey, nonce);
      if (!this.#board.crypto.ed25519Verify(key, signed, signature))
        return this.#board.violate(connection, RELAY_MESSAGE.login);
      const mailbox = mailboxOfPass(pass);
      const isPass = pass.length > 0 && mailbox === undefined;
      const hash = isPass ? this.#board.crypto.sha256(pass) : undefined;
      this.#ask(connection, { key, pass: hash, mailbox, nonce }, this.#options.toll.busy === 0);
    });
  }

  #ask(connection: RelayConnection, login: LoginClaim, paid: boolean): void {
    const { key, pass } = login;
    const isCaller = login.mailbox !== undefined;
    const { now, wall } = this.#board.at;
    connection.phase = { at: "asking", deadline: after(now, RELAY_LOGIN_TIMEOUT) };
    this.#board.deadlines.set(connection, connection.phase.deadline);
    this.#board.ask<"login">({ type: "login", key, pass, isCaller, paid, wall }, connection, (answer) => {
      if (connection.phase.at !== "asking") return;
      if (answer === undefined) this.#turnAway(connection, "storage", CROWDED_WAIT);
      else if (answer.verdict === "unwelcome") this.#turnAway(connection, "unwelcome", 0);
      else if (answer.verdict === "full") this.#turnAway(connection, "crowded", CROWDED_WAIT);
      else if (answer.verdict === "stranger") this.#askToll(connection, login);
      else {
        connection.wasReady = true;
        this.#unready.delete(connection);
        this.#sources.ready(connection.source);
        this.#board.deadlines.set(connection, undefined);
        this.#enter(connection, login, answer);
      }
    });
  }

  #askToll(connection: RelayConnection, login: LoginClaim): void {
    const bits = this.#meter.ask(this.#board.at.now);
    const challenge = tollChallenge(this.#board.crypto, this.#options.relayKey, login.nonce, login.key);
    const deadline = after(this.#board.at.now, RELAY_TOLL_TIMEOUT);
    connection.phase = { at: "tolled", deadline, login, toll: { bits, challenge } };
    this.#board.deadlines.set(connection, deadline);
    this.#board.counters.tolls += 1;
    this.#board.send(connection, { type: "toll", bits, challenge });
  }

  #turnAway(connection: RelayConnection, reason: RelayReason, wait: number): void {
    this.#board.refuse(connection, reason, wait);
    this.#board.end(connection, "policy");
  }

  /** One that said nothing, or else one that did not get further; who asks the state keeps its place. */
  #turnOldestAway(): void {
    for (const at of ["silent", "greeted", "tolled"]) {
      for (const connection of this.#unready) {
        if (connection.phase.at !== at) continue;
        this.#turnAway(connection, "crowded", CROWDED_WAIT);
        return;
      }
    }
  }
}
