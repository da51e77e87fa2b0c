/**
 * An issuer's side of giving one credential (spec/credential.md §9): offers what it vouches for, or is asked for the next
 * epoch's, and signs for the peer of the session alone, once they applied.
 *
 *     offered ──apply──▶ given      waiting ──apply──▶ given, or refused
 *     offered ──decline──▶ ended
 *
 * @module
 */
import type { Bbs } from "../../crypto/bbs.ts";
import type { PeerId } from "../../identity/peer-id.ts";
import { bytesEqual } from "../../lib/bytes.ts";
import { encodeCbor } from "../../lib/cbor.ts";
import type { Moment } from "../../lib/moment.ts";
import { CREDENTIAL_ANSWER_TIMEOUT, CREDENTIAL_STEP_TIMEOUT } from "../../wire/credential-limits.ts";
import { encodeCredential } from "./credential.ts";
import { CredentialExchange, unexpected } from "./credential-exchange.ts";
import type { CredentialMessage, CredentialRefusal } from "./credential-message.ts";
import { epochAt } from "./epoch.ts";
import { type Fact, factToCbor } from "./fact.ts";
import type { IssuerRoll } from "./issuer-roll.ts";
import type { Issuer } from "./statement.ts";

/** They have it, or it is on its way. */
export interface IssuerTold {
  readonly type: "issued";
  readonly epoch: number;
}

export interface IssuerParts {
  readonly bbs: Bbs;
  /** Absent while we are none: whoever applies is told that nobody vouches for it. */
  readonly issuer: Issuer | undefined;
  readonly roll: IssuerRoll;
  /** Of the session. */
  readonly peer: PeerId;
}

export class IssuerExchange extends CredentialExchange<IssuerTold> {
  readonly #parts: IssuerParts;
  #offered: { readonly epoch: number; readonly facts: readonly Fact[] } | undefined;

  constructor(parts: IssuerParts, moment: Moment) {
    super(CREDENTIAL_STEP_TIMEOUT, moment);
    this.#parts = parts;
  }

  /** Says what we vouch for, for the present epoch. False: the peer is not on the roll. */
  offer(moment: Moment): boolean {
    const { issuer, roll, peer } = this.#parts;
    const facts = roll.factsOf(peer);
    if (issuer === undefined || facts === undefined) return false;
    const epoch = epochAt(moment.wall, issuer.statement.epochSeconds);
    this.#offered = { epoch, facts };
    this.wait(CREDENTIAL_ANSWER_TIMEOUT, moment);
    this.send({ type: "statement", bytes: issuer.statement.bytes });
    this.send({ type: "offer", epoch, facts });
    return true;
  }

  protected override receive(message: CredentialMessage, moment: Moment): void {
    if (message.type === "decline" && this.#offered !== undefined) return this.finish("declined");
    if (message.type !== "apply") throw unexpected(message);
    const { bbs, issuer, roll, peer } = this.#parts;
    const { secret, epoch } = message;
    const given = issuer && roll.issue(bbs, issuer, { peer, secret }, epoch, moment.wall);
    secret.wipe(); // CRE-7
    if (given === undefined) return this.#refuse("notOnRoll");
    if (typeof given === "string") return this.#refuse(given);
    const offered = this.#offered;
    const isAsOffered = offered === undefined || (offered.epoch === epoch && areSame(offered.facts, given.facts));
    if (!isAsOffered) return this.#refuse("declined"); // the roll has changed since: it is offered anew
    this.send({ type: "credential", bytes: encodeCredential(given) });
    this.tell({ type: "issued", epoch });
    this.finish("done");
  }

  #refuse(reason: CredentialRefusal): void {
    this.send({ type: "refuse", reason });
    this.finish(reason);
  }
}

export const areSame = (a: readonly Fact[], b: readonly Fact[]): boolean =>
  bytesEqual(encodeCbor(a.map(factToCbor)), encodeCbor(b.map(factToCbor)));
