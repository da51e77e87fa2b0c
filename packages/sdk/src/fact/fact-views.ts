/** Attested facts as views show them. */
import { fingerprint, type PeerId, wallTime } from "@kith/core";
import {
  type Credential,
  epochAt,
  epochEnd,
  epochStart,
  type IssuerStatement,
  RENEWAL_PART,
  type ShownFacts,
  statementToText,
} from "@kith/core/credential";
import type { FactsGround } from "./fact-ground.ts";
import type { FactShelf } from "./fact-shelf.ts";
import type { CredentialView, IssuerView, VouchedFacts } from "./facts-api.ts";

export class FactViews {
  readonly #ground: FactsGround;
  readonly #shelf: FactShelf;

  constructor(ground: FactsGround, shelf: FactShelf) {
    [this.#ground, this.#shelf] = [ground, shelf];
  }

  name(peer: PeerId): { readonly name?: string } {
    const name = this.#ground.nameOf(peer);
    return name === undefined ? {} : { name };
  }

  issuer(statement: IssuerStatement): IssuerView {
    const { issuer, name, edition, epochSeconds } = statement;
    const contactName = this.#ground.nameOf(issuer);
    return {
      ...{ issuer, name, edition, epochSeconds },
      fingerprint: fingerprint(this.#ground.provider, issuer),
      isPinned: this.#shelf.issuers.pinned.some((each) => each.issuer === issuer),
      ...(contactName !== undefined && { contactName }),
      code: statementToText(statement),
    };
  }

  credential({ statement, facts, epoch }: Credential): CredentialView {
    const wall = this.#ground.clock.wall();
    return {
      issuer: this.issuer(statement),
      facts,
      endsAt: epochEnd(epoch, statement.epochSeconds),
      isCurrent: epoch === epochAt(wall, statement.epochSeconds),
      isDue: this.#shelf.held.due(wall).some(({ issuer }) => issuer === statement.issuer),
    };
  }

  get held(): readonly CredentialView[] {
    return this.#shelf.held.held(this.#ground.clock.wall()).map((each) => this.credential(each));
  }

  shown({ issuer, facts, holder, isLive, epochEnds }: ShownFacts): VouchedFacts | undefined {
    const statement = this.#shelf.issuers.pinned.find((each) => each.issuer === issuer);
    if (statement === undefined) return undefined; // unpinned since: nobody is believed any more
    const who = holder === undefined ? {} : { holder };
    return { issuer: this.issuer(statement), facts, ...who, isLive, endsAt: epochEnds };
  }

  /** When views of what we hold change by themselves. */
  get nextChange(): number | undefined {
    const wall = this.#ground.clock.wall();
    const times = this.#shelf.held.held(wall).flatMap(({ statement: { epochSeconds }, epoch }) => {
      const [start, end] = [epochStart(epoch, epochSeconds), epochEnd(epoch, epochSeconds)];
      return [start, wallTime(Math.ceil(end - RENEWAL_PART * 1_000 * epochSeconds)), end];
    });
    const ahead = times.filter((time) => time > wall);
    return ahead.length === 0 ? undefined : Math.min(...ahead);
  }
}
