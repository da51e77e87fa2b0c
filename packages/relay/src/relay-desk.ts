/**
 * Answers what the relay's machine asks: the store's questions by the store, the host's by the host's means.
 *
 * @module
 */
import { createHmac } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import type { RelayAnswer, RelayQuestion, StateQuestion, TurnCredential } from "@kith/core";
import type { RelayConfig } from "./config.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import { reasonOf } from "./relay-error.ts";
import { putNextSeed } from "./relay-key.ts";
import type { SqliteRelayState } from "./sqlite-state.ts";
import { backUp } from "./store-file.ts";

const TROUBLE: RelayAnswer = { type: "storage" };

export interface DeskOptions {
  readonly config: RelayConfig;
  readonly database: DatabaseSync;
  readonly state: SqliteRelayState;
  readonly log: Log;
  readonly metrics: Metrics;
  /** The numbers, as JSON. */
  readonly status: () => string;
}

export class RelayDesk {
  /** The store could not write when it was last asked to. */
  isTroubled = false;
  readonly #options: DeskOptions;
  /** One at a time: a second one waits for nothing, it gets the first one's answer. */
  #backup: Promise<RelayAnswer> | undefined;

  constructor(options: DeskOptions) {
    this.#options = options;
  }

  /** In order. The store gets its questions together. */
  answerAll(questions: readonly RelayQuestion[]): readonly (RelayAnswer | Promise<RelayAnswer>)[] {
    const { state, metrics } = this.#options;
    for (const { type } of questions) metrics.add("kith_relay_questions_total", 1, type);
    const started = performance.now();
    const wasTroubled = this.isTroubled;
    this.isTroubled = false;
    const ofStore = questions.filter(isOfStore);
    const answers = state.answerAll(ofStore).values();
    if (wasTroubled && !ofStore.some(isWriting)) this.isTroubled = true; // nothing was tried
    const all = questions.map((question) =>
      isOfStore(question) ? (answers.next().value ?? TROUBLE) : this.#answerByHost(question),
    );
    metrics.add("kith_relay_store_seconds_total", (performance.now() - started) / 1_000);
    for (const answer of all)
      if ("type" in answer && answer.type === "storage") metrics.add("kith_relay_store_failures_total");
    return all;
  }

  /** When nothing of the database is used any more. */
  async close(): Promise<void> {
    await this.#backup;
  }

  #answerByHost(question: Exclude<RelayQuestion, StateQuestion>): RelayAnswer | Promise<RelayAnswer> {
    switch (question.type) {
      case "status":
        return { type: "status", text: this.#options.status() };
      case "backup":
        this.#backup ??= this.#makeBackup();
        return this.#backup;
      case "rotate":
        try {
          putNextSeed(this.#options.database, question.seed);
          return { type: "rotate" };
        } catch {
          return TROUBLE;
        }
      case "turn":
        return { type: "turn", credential: this.#turnCredential(question.user) };
    }
  }

  async #makeBackup(): Promise<RelayAnswer> {
    const { database, config, log } = this.#options;
    try {
      const name = await backUp(database, config.data, Date.now());
      log("info", "backup.made", { name });
      return { type: "backup", name };
    } catch (error) {
      log("warn", "backup.failed", { reason: reasonOf(error) });
      return TROUBLE;
    } finally {
      this.#backup = undefined;
    }
  }

  /** The coturn REST convention: base64(HMAC-SHA1(secret, user)), the user beginning with when it ends. */
  #turnCredential(user: string): TurnCredential | undefined {
    const { turnSecret, turnUrls } = this.#options.config;
    if (turnSecret === undefined || turnUrls.length === 0) return undefined;
    return { password: createHmac("sha1", turnSecret).update(user).digest("base64"), urls: turnUrls };
  }
}

const isOfStore = (question: RelayQuestion): question is StateQuestion =>
  question.type !== "status" && question.type !== "backup" && question.type !== "rotate" && question.type !== "turn";
const isWriting = ({ type }: StateQuestion): boolean => type !== "attempt" && type !== "owner" && type !== "items";
