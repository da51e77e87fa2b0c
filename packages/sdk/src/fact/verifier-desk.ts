/** What is shown to us (spec/credential.md §8): questions, codes, what came of each, and whom we trust. */
import { type PeerId, PROTOCOL, WireError } from "@kith/core";
import {
  CREDENTIAL_SLOTS,
  checkShow,
  type ExchangeEnd,
  type IssuerStatement,
  isShowText,
  isStatementText,
  nobleBbs,
  readStatement,
  ShowMemory,
  type ShowVerdict,
  type StatementOutcome,
  showFromText,
  showSession,
  statementFromText,
  type Verifier,
  VerifierExchange,
  type VerifierTold,
} from "@kith/core/credential";
import type { Channel, Waiting } from "../channel-api.ts";
import { EndpointError } from "../endpoint-error.ts";
import { FactExchanges, type Tracked } from "./fact-exchanges.ts";
import { type FactSession, type FactsGround, momentOf, unknownFact } from "./fact-ground.ts";
import { FactRun, type RunEvent } from "./fact-run.ts";
import type { FactShelf } from "./fact-shelf.ts";
import type { FactViews } from "./fact-views.ts";
import type { FactCheckView, FactQuestion, FactReading, FactStanding, IssuerView } from "./facts-api.ts";

/** Issuers that were read and are not pinned: a person looks at one or two. The oldest goes. */
const READ_MAX = 16;
/** All places but the secret and the holder. */
const WANTED_MAX = CREDENTIAL_SLOTS - 2;

interface Check extends Tracked {
  readonly cameBy: FactCheckView["cameBy"];
  readonly wanted: FactCheckView["wanted"];
  verdict: ShowVerdict | undefined;
  claimed: IssuerStatement | undefined;
}

export class VerifierDesk {
  readonly #ground: FactsGround;
  readonly #shelf: FactShelf;
  readonly #views: FactViews;
  readonly #changed: () => void;
  readonly #checks: FactExchanges<Check>;
  readonly #memory = new ShowMemory();
  /** Of its own: a holder who wishes to show things all day does not make us forget what we asked. */
  readonly #presented = new ShowMemory();
  readonly #read = new Map<PeerId, IssuerStatement>();

  constructor(ground: FactsGround, shelf: FactShelf, views: FactViews, changed: () => void) {
    [this.#ground, this.#shelf, this.#views, this.#changed] = [ground, shelf, views, changed];
    this.#checks = new FactExchanges(ground);
  }

  get checks(): readonly FactCheckView[] {
    // A wish to show something is seen when something was shown.
    return this.#checks.all.flatMap((one) =>
      one.cameBy === "presented" && one.verdict === undefined ? [] : [this.#view(one)],
    );
  }

  get pinned(): readonly IssuerView[] {
    return this.#shelf.issuers.pinned.map((each) => this.#views.issuer(each));
  }

  async ask(peer: PeerId, { wanted = [], mustNameHolder = false }: FactQuestion, waiting: Waiting): Promise<string> {
    if (wanted.length > WANTED_MAX || wanted.some(({ label }) => label === ""))
      throw new EndpointError("ERR_ARGUMENT", `Cannot ask: at most ${WANTED_MAX} facts, each with a label`);
    const { connect } = this.#ground;
    const { session, channel } = await this.#checks.opening(waiting, async (bounded) => {
      const met = await connect(peer, bounded);
      return { session: met, channel: await met.open(PROTOCOL.credential, bounded) };
    });
    const exchange = this.#exchange(session, this.#memory, { wanted, mustNameHolder });
    const { one, run } = this.#track(exchange, { channel }, "asked", wanted);
    exchange.ask(momentOf(this.#ground.clock));
    run.settle();
    this.#changed();
    return one.id;
  }

  /** Somebody wishes to show something. False: too many do. */
  handleChannel(
    channel: Channel,
    session: FactSession,
    messages: AsyncIterator<Uint8Array>,
    first: Uint8Array,
  ): boolean {
    if (!this.#checks.hasRoom(channel.peer)) return false;
    const exchange = this.#exchange(session, this.#presented, {});
    this.#track(exchange, { channel, messages }, "presented", []).run.begin(first);
    return true;
  }

  cancel(id: string): boolean {
    const one = this.#checks.get(id);
    one?.cancel();
    return one !== undefined;
  }

  async read(text: string, question: FactQuestion): Promise<FactReading> {
    const trimmed = text.trim();
    try {
      if (isStatementText(trimmed)) return await this.#readIssuer(statementFromText(trimmed));
      if (isShowText(trimmed)) return { type: "show", check: this.#readShow(showFromText(trimmed), question) };
      return { type: "unknown" };
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      return { type: "broken", code: error.code };
    }
  }

  /** `others`: of whom we have a statement in some other way. */
  pin(issuer: PeerId, others: readonly IssuerStatement[]): Promise<IssuerView> {
    return this.#shelf.change(() => {
      const claims = this.#checks.all.flatMap(({ claimed }) => claimed ?? []);
      const known = [...this.#read.values(), ...claims, ...others].filter((each) => each.issuer === issuer);
      const [statement] = known.sort((a, b) => b.edition - a.edition);
      if (statement === undefined) throw unknownFact("issuer");
      const outcome = this.#shelf.issuers.pin(statement);
      if (outcome === "full") throw new EndpointError("ERR_LIMIT", "Cannot trust more issuers");
      if (outcome === "contradicts")
        throw new EndpointError("ERR_FACT", "Cannot trust it: it signed two different statements of one edition");
      const entry = this.#shelf.issuers.entryOf(issuer);
      return { puts: entry === undefined ? [] : [entry], result: this.#views.issuer(statement) };
    });
  }

  unpin(issuer: PeerId): Promise<void> {
    return this.#shelf.change(() => {
      const key = this.#shelf.issuers.unpin(issuer);
      if (key === undefined) throw unknownFact("issuer");
      return { deletes: [key], result: undefined };
    });
  }

  end(): void {
    this.#checks.stop();
  }

  #verifier(memory: ShowMemory): Verifier {
    return { bbs: nobleBbs, issuers: this.#shelf.issuers, memory };
  }

  #exchange(session: FactSession, memory: ShowMemory, question: FactQuestion): VerifierExchange {
    const { provider, random, clock } = this.#ground;
    const name = showSession(provider, session.transcript, session.peer, session.self);
    const asked = { ...question, session: name, peer: session.peer };
    const verifier = this.#verifier(memory);
    return new VerifierExchange({ provider, random, verifier, question: asked }, momentOf(clock));
  }

  #track(
    exchange: VerifierExchange,
    over: { readonly channel: Channel; readonly messages?: AsyncIterator<Uint8Array> },
    cameBy: Check["cameBy"],
    wanted: Check["wanted"],
  ): { readonly one: Check; readonly run: FactRun<VerifierTold> } {
    const run = new FactRun<VerifierTold>(exchange, over, this.#ground.clock, (event) => this.#handle(one, event));
    const nothing = { verdict: undefined, claimed: undefined };
    const one = this.#checks.add({ ...this.#checks.fresh(over.channel.peer), cameBy, wanted, ...nothing });
    this.#checks.runs(one, exchange, run);
    return { one, run };
  }

  #handle(one: Check, event: RunEvent<VerifierTold>): void {
    if (event.type === "checked") {
      one.verdict = event.verdict;
      one.claimed = event.claim?.statement;
      if (event.claim?.outcome === "newer") this.#store(event.claim.statement.issuer);
    } else this.#end(one, event.end);
    this.#changed();
  }

  /** A wish to show something that came to nothing leaves no trace. */
  #end(one: Check, end: ExchangeEnd): void {
    if (one.cameBy === "presented" && one.verdict === undefined) this.#checks.drop(one);
    else this.#checks.ended(one, end);
  }

  /** A newer statement of a pinned issuer is taken, from whomever it comes; kept, if the disk takes it. */
  #store(issuer: PeerId): void {
    const { issuers } = this.#shelf;
    const entry = issuers.entryOf(issuer);
    if (entry === undefined) return;
    this.#shelf
      .change(() => ({ puts: [entry], result: undefined }))
      .catch(() => this.#ground.note("store-failed", undefined));
  }

  async #readIssuer(bytes: Uint8Array): Promise<FactReading> {
    const statement = readStatement(this.#ground.provider, nobleBbs, bytes);
    const outcome = this.#shelf.issuers.take(statement);
    if (outcome === "newer") this.#store(statement.issuer);
    this.#read.delete(statement.issuer);
    const [oldest] = this.#read.keys();
    if (this.#read.size >= READ_MAX && oldest !== undefined) this.#read.delete(oldest);
    this.#read.set(statement.issuer, statement);
    return { type: "issuer", issuer: this.#views.issuer(statement), standing: STANDING[outcome] };
  }

  #readShow(bytes: Uint8Array, { wanted = [], mustNameHolder = false }: FactQuestion): FactCheckView {
    const moment = momentOf(this.#ground.clock);
    const verdict = checkShow(this.#verifier(this.#memory), bytes, { wanted, mustNameHolder }, moment);
    const fresh = this.#checks.fresh(undefined);
    const one = this.#checks.add({ ...fresh, cameBy: "code", wanted, verdict, claimed: undefined, end: "done" });
    this.#changed();
    return this.#view(one);
  }

  #view({ id, peer, cameBy, wanted, since, end, verdict, claimed }: Check): FactCheckView {
    const shown = verdict?.shown && this.#views.shown(verdict.shown);
    return {
      ...{ id, cameBy, wanted, since, checks: verdict?.checks ?? [] },
      ...(peer !== undefined && { peer, ...this.#views.name(peer) }),
      ...(end === undefined ? { at: "waiting" } : { at: "ended", end }),
      ...(shown !== undefined && { shown }),
      ...(claimed !== undefined && { claimed: this.#views.issuer(claimed) }),
    };
  }
}

const STANDING: Readonly<Record<StatementOutcome, FactStanding>> = {
  ...{ pinned: "same", full: "new", notPinned: "new" },
  ...{ same: "same", newer: "newer", older: "older", contradicts: "contradicts" },
};
