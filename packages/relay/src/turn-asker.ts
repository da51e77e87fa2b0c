/**
 * Puts the questions of one turn of the event loop to the store together: they share a transaction, and one wait for
 * the disk. The relay's machine does so for its clients; this is for calls by HTTP.
 *
 * @module
 */
import type { RelayAnswer, RelayAnswers, RelayQuestions, StateQuestion, StorageTrouble } from "@kith/core";
import type { AnswerAll } from "./relay-driver.ts";

/** Questions of one turn; whoever comes later is told that it could not be done. */
const WAITING_MAX = 1_024;

interface Waiting {
  readonly question: StateQuestion;
  readonly resolve: (answer: RelayAnswer | Promise<RelayAnswer>) => void;
}

export class TurnAsker {
  readonly #answerAll: AnswerAll;
  #waiting: Waiting[] = [];
  #isStopped = false;

  constructor(answerAll: AnswerAll) {
    this.#answerAll = answerAll;
  }

  /** Never rejects. */
  async ask<Type extends StateQuestion["type"]>(
    question: RelayQuestions[Type],
  ): Promise<RelayAnswers[Type] | StorageTrouble> {
    const answer = await this.#put(question as StateQuestion);
    return isAnswerTo(question.type as Type, answer) ? answer : { type: "storage" };
  }

  /** The store is about to close. */
  stop(): void {
    this.#isStopped = true;
    this.#settle();
  }

  #put(question: StateQuestion): Promise<RelayAnswer> {
    return new Promise((resolve) => {
      if (this.#isStopped || this.#waiting.length >= WAITING_MAX) return resolve({ type: "storage" });
      if (this.#waiting.length === 0) setImmediate(() => this.#settle());
      this.#waiting.push({ question, resolve });
    });
  }

  #settle(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    if (waiting.length === 0) return;
    const answers = this.#answerAll(waiting.map(({ question }) => question));
    for (const [index, { resolve }] of waiting.entries()) resolve(answers[index] ?? { type: "storage" });
  }
}

const isAnswerTo = <Type extends StateQuestion["type"]>(
  type: Type,
  answer: RelayAnswer,
): answer is RelayAnswers[Type] => answer.type === type;
