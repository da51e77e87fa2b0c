/**
 * A verifier's side of one show over a session (spec/credential.md §9): asks with a fresh nonce, at its own wish or because a
 * holder wants to show something, and checks the one answer.
 *
 *     waiting ──present──▶ asked ──statement?, show──▶ checked
 *                          asked ──decline──▶ ended
 *
 * @module
 */
import type { CryptoProvider } from "../../crypto/provider.ts";
import { assert } from "../../lib/assert.ts";
import type { Moment } from "../../lib/moment.ts";
import type { RandomSource } from "../../lib/random.ts";
import { CREDENTIAL_ANSWER_TIMEOUT, CREDENTIAL_STEP_TIMEOUT } from "../../wire/credential-limits.ts";
import { checkShow, type ShowQuestion, type ShowVerdict, type Verifier } from "./check-show.ts";
import { CredentialExchange, unexpected } from "./credential-exchange.ts";
import type { CredentialMessage } from "./credential-message.ts";
import type { StatementOutcome } from "./issuer-book.ts";
import { type IssuerStatement, readStatement } from "./statement.ts";

export interface VerifierTold {
  readonly type: "checked";
  readonly verdict: ShowVerdict;
  /** What the holder says of the issuer: a claim, but genuine. Nobody is pinned by it. */
  readonly claim?: { readonly statement: IssuerStatement; readonly outcome: StatementOutcome };
}

/** What a question is about; the session is the one of the channel, and the holder, if it is named, the peer of it. */
export type LiveQuestion = Required<Pick<ShowQuestion, "session" | "peer">> &
  Pick<ShowQuestion, "mustNameHolder" | "wanted">;

export interface VerifierParts {
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  readonly verifier: Verifier;
  readonly question: LiveQuestion;
}

type Phase =
  | { readonly at: "waiting" | "checked" }
  | { readonly at: "asked"; readonly nonce: Uint8Array; readonly claim?: VerifierTold["claim"] };

export class VerifierExchange extends CredentialExchange<VerifierTold> {
  readonly #parts: VerifierParts;
  #phase: Phase = { at: "waiting" };

  /** Until {@link ask}, or the holder's wish to show, nothing is said. */
  constructor(parts: VerifierParts, moment: Moment) {
    super(CREDENTIAL_STEP_TIMEOUT, moment);
    this.#parts = parts;
  }

  get phase(): Phase["at"] {
    return this.#phase.at;
  }

  ask(moment: Moment): void {
    if (this.end !== undefined) return;
    assert(this.#phase.at === "waiting", "asking once");
    const { verifier, random, question } = this.#parts;
    const nonce = verifier.memory.nonce(random, moment.now);
    this.#phase = { at: "asked", nonce };
    this.wait(CREDENTIAL_ANSWER_TIMEOUT, moment);
    this.send({ type: "ask", nonce, mustNameHolder: question.mustNameHolder === true, wanted: question.wanted ?? [] });
  }

  protected override receive(message: CredentialMessage, moment: Moment): void {
    const phase = this.#phase;
    if (message.type === "present" && phase.at === "waiting") this.ask(moment);
    else if (message.type === "statement" && phase.at === "asked" && phase.claim === undefined) {
      const { provider, verifier } = this.#parts;
      const statement = readStatement(provider, verifier.bbs, message.bytes);
      this.#phase = { ...phase, claim: { statement, outcome: verifier.issuers.take(statement) } };
    } else if (message.type === "show" && phase.at === "asked") {
      const { verifier, question } = this.#parts;
      const { nonce, claim } = phase;
      const verdict = checkShow(verifier, message.bytes, { ...question, nonce, liveOnly: true }, moment);
      this.#phase = { at: "checked" };
      this.tell({ type: "checked", verdict, ...(claim && { claim }) });
      this.finish("done");
    } else if (message.type === "decline" && phase.at === "asked") this.finish("declined");
    else throw unexpected(message);
  }
}
