/**
 * What the parts of a relay share: its connections, what is said to them, what is asked of the state, and the outputs.
 * It knows no rule of any part.
 *
 * Bounded: connections by the relay's login; the relay's own words to one connection by {@link OWN_BYTES_MAX}, over
 * which it is ended; questions about one connection by {@link ASKING_MAX}.
 *
 * @module
 */
import type { CryptoProvider } from "../crypto/provider.ts";
import { Deadlines } from "../lib/deadlines.ts";
import type { Moment } from "../lib/moment.ts";
import type { RandomSource } from "../lib/random.ts";
import { after, type Duration, seconds, since, type WallTime } from "../lib/time.ts";
import { RELAY_STALLED_TIMEOUT } from "../wire/relay-limits.ts";
import type { RelayConnection } from "./relay-connection.ts";
import type { RelayDelivery } from "./relay-delivery.ts";
import { encodeServerMessage, type RelayReason, type ServerMessage } from "./relay-message.ts";
import { RELAY_CLOSE, RelayCounters, type RelayEvent, type RelayOutput } from "./relay-output.ts";
import type { RelayAnswer, RelayAnswers, RelayQuestions } from "./relay-state.ts";

/** Of the relay's own words that wait for a connection. A client that reads never comes near it. */
export const OWN_BYTES_MAX = 2_097_152;
export const ASKING_MAX = 64;

/** How often a receiver for which something waits is looked at: seldom, because that is every busy one. */
const LOOK_EVERY: Duration = seconds(5);

type QuestionType = keyof RelayQuestions;
/** Undefined: the state could not. */
type Then<Type extends QuestionType> = (answer: RelayAnswers[Type] | undefined) => void;

/** A part of the relay that forgets a connection, while it still has its key. */
export interface RelayPart {
  leave(connection: RelayConnection): void;
}

interface Asked {
  readonly type: QuestionType;
  readonly connection: RelayConnection | undefined;
  readonly heard: (answer: RelayAnswer) => void;
}

export class Switchboard {
  readonly crypto: CryptoProvider;
  readonly random: RandomSource;
  readonly connections: Map<number, RelayConnection> = new Map();
  readonly delivery: RelayDelivery<RelayConnection>;
  readonly counters: RelayCounters = new RelayCounters();
  readonly deadlines: Deadlines<RelayConnection> = new Deadlines();
  /** Those that hold something of a connection. */
  readonly parts: RelayPart[] = [];
  /** Too much waits for them: they are to be ended. */
  readonly overfull: Set<RelayConnection> = new Set();
  /** Of the input that is being handled. */
  at: Moment;
  readonly #outputs: RelayOutput[] = [];
  #taken = 0;
  readonly #asked = new Map<number, Asked>();
  #nextAsk = 1;

  constructor(crypto: CryptoProvider, random: RandomSource, delivery: RelayDelivery<RelayConnection>, at: Moment) {
    this.crypto = crypto;
    this.random = random;
    this.delivery = delivery;
    this.at = at;
  }

  output(output: RelayOutput): void {
    this.#outputs.push(output);
  }

  event(event: RelayEvent): void {
    this.#outputs.push({ type: "event", event });
  }

  poll(): RelayOutput | undefined {
    const output = this.#outputs[this.#taken];
    if (output !== undefined) this.#taken += 1;
    else if (this.#taken > 0) {
      this.#outputs.length = 0;
      this.#taken = 0;
    }
    return output;
  }

  send(connection: RelayConnection, message: ServerMessage): void {
    this.sendBytes(connection, encodeServerMessage(message));
  }

  sendBytes(connection: RelayConnection, message: Uint8Array): void {
    if (connection.phase.at === "ended") return;
    connection.outbox.pushOwn(message);
    if (connection.outbox.ownBytes > OWN_BYTES_MAX) this.overfull.add(connection);
    this.announce(connection);
  }

  /** Something waits for it. */
  announce(connection: RelayConnection): void {
    if (connection.isAnnounced) return;
    connection.isAnnounced = true;
    connection.stillSince = this.at.now;
    if (!connection.isLookedAt && connection.phase.at === "ready") this.#look(connection);
    this.#outputs.push({ type: "writable", connection: connection.id });
  }

  /** Whether it has taken nothing of what waits for as long as it may; if not, it is looked at again in a while. */
  isStalled(connection: RelayConnection): boolean {
    const { now } = this.at;
    connection.isLookedAt = false;
    if (connection.outbox.isEmpty) return false;
    if (connection.taken !== connection.takenBefore) connection.stillSince = now;
    if (since(connection.stillSince ?? now, now) >= RELAY_STALLED_TIMEOUT) return true;
    this.#look(connection);
    return false;
  }

  #look(connection: RelayConnection): void {
    connection.isLookedAt = true;
    connection.takenBefore = connection.taken;
    connection.stillSince ??= this.at.now;
    this.deadlines.set(connection, after(this.at.now, LOOK_EVERY));
  }

  /** Says no, and leaves it connected. */
  refuse(connection: RelayConnection, reason: RelayReason, wait = 0): void {
    this.counters.refusals += 1;
    this.send(connection, { type: "refused", reason, wait: waitOf(wait) });
    this.event({ type: "refused", connection: connection.id, reason });
  }

  done(connection: RelayConnection, request: number, answer: Uint8Array = NOTHING): void {
    this.send(connection, { type: "done", request, answer });
  }

  fail(connection: RelayConnection, request: number, reason: RelayReason, wait = 0): void {
    this.counters.refusals += 1;
    this.send(connection, { type: "failed", request, reason, wait: waitOf(wait) });
  }

  /** Ends one that did what no client does. */
  violate(connection: RelayConnection, message: number): void {
    if (connection.phase.at === "ended") return;
    this.counters.violations += 1;
    this.event({ type: "violation", connection: connection.id, message });
    this.end(connection, "violation");
  }

  /** It gets what waits for it, and is closed; for everybody else it has gone. */
  end(connection: RelayConnection, code: keyof typeof RELAY_CLOSE): void {
    if (connection.phase.at === "ended") return;
    this.leave(connection);
    this.#outputs.push({ type: "close", connection: connection.id, code: RELAY_CLOSE[code] });
  }

  /** Takes it out of everything, but it is not closed. */
  leave(connection: RelayConnection): void {
    if (connection.phase.at === "ended") return;
    if (connection.key !== undefined) this.delivery.detach(connection.key, connection, this.at.now);
    for (const part of this.parts) part.leave(connection);
    connection.phase = { at: "ended" };
    this.deadlines.set(connection, undefined);
  }

  /** Milliseconds from now until `until`, by the relay's clock. */
  waitUntil(until: WallTime): number {
    return Math.max(0, until - this.at.wall);
  }

  /** Whether that connection may have another question asked. */
  mayAsk(connection: RelayConnection): boolean {
    return connection.asking < ASKING_MAX;
  }

  /** `then` is called with the answer, also if `connection`, to whose questions it counts, has ended by then. */
  ask<Type extends QuestionType>(
    question: RelayQuestions[Type] & { readonly type: Type },
    connection: RelayConnection | undefined,
    then: Then<Type>,
  ): void {
    const ask = this.#nextAsk++;
    const { type } = question;
    if (connection !== undefined) connection.asking += 1;
    this.#asked.set(ask, { type, connection, heard: (answer) => then(isAnswerTo(type, answer) ? answer : undefined) });
    this.#outputs.push({ type: "ask", ask, question });
  }

  answer(ask: number, answer: RelayAnswer): void {
    const asked = this.#asked.get(ask);
    if (asked === undefined) return;
    this.#asked.delete(ask);
    if (answer.type === "storage") this.event({ type: "trouble", question: asked.type });
    const { connection } = asked;
    if (connection !== undefined) connection.asking -= 1;
    asked.heard(answer);
  }
}

const NOTHING = new Uint8Array(0);
const waitOf = (wait: number): number => Math.max(0, Math.min(0xffff_ffff, Math.ceil(wait)));

const isAnswerTo = <Type extends QuestionType>(type: Type, answer: RelayAnswer): answer is RelayAnswers[Type] =>
  answer.type === type;
