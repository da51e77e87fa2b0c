/**
 * A relay's state, asked in the words of its suite.
 *
 * @module
 */
import { assert } from "../lib/assert.ts";
import { type Duration, days, minutes, seconds, type WallTime, wallAfter, wallTime } from "../lib/time.ts";
import type { RelayAnswer, RelayAnswers, RelayQuestions, StateQuestion } from "../relay/relay-state.ts";

export interface RelayStateUnderTest {
  answer(question: StateQuestion): RelayAnswer | Promise<RelayAnswer>;
  close?(): void | Promise<void>;
}

export const START: WallTime = wallTime(1_700_000_000_000);
export const filled = (value: number, length = 32): Uint8Array => new Uint8Array(length).fill(value);
export const HERE = "192.0.2.1";

/** Asks a state, and fails the test if it answers something else or nothing. */
export class Asked {
  readonly #state: RelayStateUnderTest;
  wall: WallTime = START;

  constructor(state: RelayStateUnderTest) {
    this.#state = state;
  }

  async ask<Type extends StateQuestion["type"]>(question: RelayQuestions[Type]): Promise<RelayAnswers[Type]> {
    const answer = await this.#state.answer(question as StateQuestion);
    assert(isAnswerTo(question.type as Type, answer), `${question.type} is answered by ${answer.type}`);
    return answer;
  }

  login(
    key: Uint8Array,
    how: { paid?: boolean; pass?: Uint8Array | undefined; isCaller?: boolean } = {},
  ): Promise<RelayAnswers["login"]> {
    return this.ask<"login">({
      type: "login",
      key,
      paid: how.paid ?? true,
      pass: how.pass,
      isCaller: how.isCaller ?? false,
      wall: this.wall,
    });
  }

  claim(
    key: Uint8Array,
    proof: Uint8Array,
    recovery: Uint8Array,
    source: string = HERE,
  ): Promise<RelayAnswers["claim"]> {
    return this.ask<"claim">({ type: "claim", key, source, proof, recovery, wall: this.wall });
  }

  async open(key: Uint8Array, pick = 0, lifetime: Duration = minutes(10)): Promise<number> {
    const until = wallAfter(this.wall, lifetime);
    const answer = await this.ask<"open">({ type: "open", key, pick, until, wall: this.wall });
    return answer.verdict === "opened" ? answer.mailbox : -1;
  }

  enter(key: Uint8Array, mailbox: number, source: string = HERE): Promise<RelayAnswers["enter"]> {
    return this.ask<"enter">({ type: "enter", key, source, mailbox, wall: this.wall });
  }

  async deposit(
    from: Uint8Array,
    to: Uint8Array,
    id: number,
    bytes = 10,
    lifetime: Duration = days(1),
  ): Promise<string> {
    const until = wallAfter(this.wall, lifetime);
    const item = { from, to, id: idOf(id), sealed: filled(id & 255, bytes), until, wall: this.wall };
    return (await this.ask<"deposit">({ type: "deposit", ...item })).verdict;
  }

  /** No faster than one key may. */
  depositSlowly(from: Uint8Array, to: Uint8Array, id: number, bytes?: number): Promise<string> {
    this.pass(seconds(1));
    return this.deposit(from, to, id, bytes);
  }

  items(key: Uint8Array, after = 0, count = 64, bytes = 10_000_000): Promise<RelayAnswers["items"]> {
    return this.ask<"items">({ type: "items", key, after, count, bytes, wall: this.wall });
  }

  async ids(key: Uint8Array): Promise<string> {
    return (await this.items(key)).items.map(({ id }) => id[15]).join(" ");
  }

  async taken(key: Uint8Array, from: Uint8Array, id: number): Promise<void> {
    await this.ask<"taken">({ type: "taken", key, items: [{ from, id: idOf(id) }] });
  }

  async admit(pass: Uint8Array, uses: number): Promise<void> {
    const until = wallAfter(this.wall, days(1));
    const answer = await this.ask<"admit">({ type: "admit", pass, uses, until, wall: this.wall });
    equal(answer.verdict, "admitted");
  }

  async invitedOnly(invitedOnly: boolean): Promise<void> {
    await this.ask<"policy">({ type: "policy", invitedOnly });
  }

  pass(time: number): void {
    this.wall = wallTime(this.wall + time);
  }
}

const idOf = (id: number): Uint8Array => {
  const bytes = filled(0, 16);
  bytes[15] = id;
  return bytes;
};

export function equal<Value extends string | number | boolean>(actual: Value, expected: Value): void {
  assert(actual === expected, `${String(actual)} instead of ${String(expected)}`);
}

const isAnswerTo = <Type extends StateQuestion["type"]>(
  type: Type,
  answer: RelayAnswer,
): answer is RelayAnswers[Type] => answer.type === type;
