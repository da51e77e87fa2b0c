/**
 * A holder's side (spec/credential.md §9): is asked for facts and shows some, wants to show some, is offered a credential and
 * takes it, or asks its issuer for the next epoch's. Nothing is shown or taken but by {@link HolderExchange.show} and
 * {@link HolderExchange.accept}, which a person's yes makes.
 *
 *     waiting ──ask──▶ asked ──show(), decline()──▶ ended                   present() first: it is our wish
 *     waiting ──statement──▶ named ──offer──▶ offered ──accept()──▶ applied ──credential──▶ ended
 *     waiting ──apply()──▶ applied ──credential, refuse──▶ ended
 *
 * @module
 */
import type { Bbs } from "../../crypto/bbs.ts";
import type { CryptoProvider } from "../../crypto/provider.ts";
import type { Secret } from "../../crypto/secret.ts";
import type { PeerId } from "../../identity/peer-id.ts";
import { assert } from "../../lib/assert.ts";
import { bytesEqual } from "../../lib/bytes.ts";
import type { Moment } from "../../lib/moment.ts";
import type { RandomSource } from "../../lib/random.ts";
import { WireError } from "../../lib/wire-error.ts";
import { isCleanName } from "../../trust/display-name.ts";
import { CREDENTIAL_ANSWER_TIMEOUT, CREDENTIAL_STEP_TIMEOUT } from "../../wire/credential-limits.ts";
import { type Credential, decodeCredential, type Holder } from "./credential.ts";
import { CredentialExchange, unexpected } from "./credential-exchange.ts";
import type { CredentialMessage, WantedFact } from "./credential-message.ts";
import type { Fact } from "./fact.ts";
import { areSame } from "./issuer-exchange.ts";
import { type ShowChoice, showLive } from "./show.ts";
import { type IssuerStatement, readStatement } from "./statement.ts";

/** What an issuer would sign for us. */
export interface OfferedFacts {
  readonly statement: IssuerStatement;
  readonly epoch: number;
  readonly facts: readonly Fact[];
}

export type HolderTold =
  /** Ask the person what to show; after `present` it was chosen before. */
  | { readonly type: "asked"; readonly mustNameHolder: boolean; readonly wanted: readonly WantedFact[] }
  /** Ask the person whether they want it. */
  | ({ readonly type: "offered" } & OfferedFacts)
  /** As it was offered, or applied for; whether its signature is good is for who keeps it to see. */
  | { readonly type: "received"; readonly credential: Credential };

export interface HolderParts {
  readonly provider: CryptoProvider;
  readonly bbs: Bbs;
  readonly random: RandomSource;
  /** Of the session. */
  readonly peer: PeerId;
  /** What both sides call this session, where we are the holder. */
  readonly session: Uint8Array;
}

type Phase =
  | { readonly at: "waiting"; readonly isPresenting: boolean }
  | { readonly at: "asked"; readonly nonce: Uint8Array }
  | { readonly at: "named"; readonly statement: IssuerStatement }
  | ({ readonly at: "offered" } & OfferedFacts)
  /** `offered`: what it must be; else whatever the issuer says of that epoch. */
  | { readonly at: "applied"; readonly epoch: number; readonly offered?: OfferedFacts };

export class HolderExchange extends CredentialExchange<HolderTold> {
  readonly #parts: HolderParts;
  #phase: Phase = { at: "waiting", isPresenting: false };

  constructor(parts: HolderParts, moment: Moment) {
    super(CREDENTIAL_STEP_TIMEOUT, moment);
    this.#parts = parts;
  }

  get phase(): Phase["at"] {
    return this.#phase.at;
  }

  /** We want to show something: the peer asks for it with a nonce. */
  present(): void {
    assert(this.#phase.at === "waiting", "wishing to show at the beginning");
    this.#phase = { at: "waiting", isPresenting: true };
    this.send({ type: "present" });
  }

  /** Our person chose what to show. @throws {AssertionError} for a fact that the credential has not */
  show(credential: Credential, holder: Holder, choice: ShowChoice): void {
    if (this.end !== undefined) return;
    assert(this.#phase.at === "asked", "showing what was asked for");
    const { bbs, random, session } = this.#parts;
    const bytes = showLive(bbs, random, credential, holder, choice, { nonce: this.#phase.nonce, session });
    this.send({ type: "statement", bytes: credential.statement.bytes });
    this.send({ type: "show", bytes });
    this.finish("done");
  }

  /** Our person wants what is offered. `secret`: ours for this issuer. */
  accept(secret: Secret, moment: Moment): void {
    if (this.end !== undefined) return;
    assert(this.#phase.at === "offered", "accepting what is offered");
    const { statement, epoch, facts } = this.#phase;
    this.#apply(secret, { at: "applied", epoch, offered: { statement, epoch, facts } }, moment);
  }

  /** We want what the peer vouches for, for this epoch. */
  apply(secret: Secret, epoch: number, moment: Moment): void {
    assert(this.#phase.at === "waiting", "applying at the beginning");
    this.#apply(secret, { at: "applied", epoch }, moment);
  }

  /** Our person says no, without a reason. */
  decline(): void {
    if (this.end !== undefined) return;
    assert(this.#phase.at === "asked" || this.#phase.at === "offered", "declining what somebody wants");
    this.send({ type: "decline" });
    this.finish("declined");
  }

  #apply(secret: Secret, phase: Phase & { readonly at: "applied" }, moment: Moment): void {
    this.#phase = phase;
    this.wait(CREDENTIAL_STEP_TIMEOUT, moment);
    this.send({ type: "apply", secret, epoch: phase.epoch });
  }

  protected override receive(message: CredentialMessage, moment: Moment): void {
    const phase = this.#phase;
    if (message.type === "ask" && phase.at === "waiting") {
      const { nonce, mustNameHolder, wanted } = message;
      const texts = wanted.flatMap(({ label, value = label }) => [label, value]);
      if (!texts.every(isCleanName)) throw new WireError("ERR_TEXT", "fact wanted that no credential has");
      this.#phase = { at: "asked", nonce };
      this.wait(CREDENTIAL_ANSWER_TIMEOUT, moment);
      this.tell({ type: "asked", mustNameHolder, wanted });
    } else if (message.type === "statement" && phase.at === "waiting" && !phase.isPresenting) {
      this.#phase = { at: "named", statement: this.#ofPeer(message.bytes) };
    } else if (message.type === "offer" && phase.at === "named") {
      const offered = { statement: phase.statement, epoch: message.epoch, facts: message.facts };
      this.#phase = { at: "offered", ...offered };
      this.wait(CREDENTIAL_ANSWER_TIMEOUT, moment);
      this.tell({ type: "offered", ...offered });
    } else if (message.type === "credential" && phase.at === "applied") {
      this.tell({ type: "received", credential: this.#received(phase, message.bytes) });
      this.finish("done");
    } else if (message.type === "refuse" && phase.at === "applied") this.finish(message.reason);
    else throw unexpected(message);
  }

  /** Our secret is for the issuer alone: an offer of somebody else's is none (CRE-7). */
  #ofPeer(bytes: Uint8Array): IssuerStatement {
    const { provider, bbs, peer } = this.#parts;
    const statement = readStatement(provider, bbs, bytes);
    if (statement.issuer !== peer) throw new WireError("ERR_VALUE", "offer of another issuer's");
    return statement;
  }

  #received({ epoch, offered }: Phase & { readonly at: "applied" }, bytes: Uint8Array): Credential {
    const { provider, bbs, peer } = this.#parts;
    const credential = decodeCredential(provider, bbs, bytes);
    const { statement, facts } = credential;
    const isAsOffered =
      offered === undefined || (bytesEqual(offered.statement.bytes, statement.bytes) && areSame(offered.facts, facts));
    if (statement.issuer !== peer || credential.epoch !== epoch || !isAsOffered)
      throw new WireError("ERR_VALUE", "credential other than what was offered");
    return credential;
  }
}
