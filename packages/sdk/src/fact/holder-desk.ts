/** What others vouch for about us (spec/credential.md §6, §7): taken after a yes, kept, shown after a yes, renewed. */
import { type PeerId, PROTOCOL } from "@kith/core";
import {
  areSame,
  type Credential,
  type ExchangeEnd,
  epochAt,
  epochEnd,
  HolderExchange,
  type HolderTold,
  holderSecret,
  type KeepOutcome,
  nobleBbs,
  type OfferedFacts,
  type ShowChoice,
  showSession,
} from "@kith/core/credential";
import type { Channel, Waiting } from "../channel-api.ts";
import { EndpointError } from "../endpoint-error.ts";
import type { PeerSession } from "../session-api.ts";
import { FactExchanges, type Tracked } from "./fact-exchanges.ts";
import { type FactSession, type FactsGround, momentOf, unknownFact } from "./fact-ground.ts";
import { FactRun, type RunEvent } from "./fact-run.ts";
import type { FactShelf } from "./fact-shelf.ts";
import type { FactViews } from "./fact-views.ts";
import type { CredentialView, FactAskView, FactChoice, FactOfferView } from "./facts-api.ts";

/** Somebody began it: what they want is known once they said so. */
interface Incoming extends Tracked {
  readonly peer: PeerId;
  readonly exchange: HolderExchange;
  readonly run: FactRun<HolderTold>;
  ask: (HolderTold & { readonly type: "asked" }) | undefined;
  offer: OfferedFacts | undefined;
  /** Of whoever accepted. */
  taken: PromiseWithResolvers<Credential> | undefined;
}

export class HolderDesk {
  readonly #ground: FactsGround;
  readonly #shelf: FactShelf;
  readonly #views: FactViews;
  readonly #changed: () => void;
  readonly #incoming: FactExchanges<Incoming>;
  readonly #outgoing: FactExchanges<Tracked>;

  constructor(ground: FactsGround, shelf: FactShelf, views: FactViews, changed: () => void) {
    [this.#ground, this.#shelf, this.#views, this.#changed] = [ground, shelf, views, changed];
    [this.#incoming, this.#outgoing] = [new FactExchanges(ground), new FactExchanges(ground)];
  }

  get offers(): readonly FactOfferView[] {
    return this.#incoming.all.flatMap(({ id, since, offer, taken, end }) => {
      if (offer === undefined) return [];
      const { statement, epoch, facts } = offer;
      const [issuer, endsAt] = [this.#views.issuer(statement), epochEnd(epoch, statement.epochSeconds)];
      const state =
        end === undefined
          ? ({ at: taken === undefined ? "offered" : "taking" } as const)
          : { at: "ended" as const, end };
      return [{ id, issuer, facts, endsAt, since, ...state }];
    });
  }

  get asks(): readonly FactAskView[] {
    return this.#incoming.all.flatMap(({ id, peer, since, ask, end }) => {
      if (ask === undefined) return [];
      const { wanted, mustNameHolder } = ask;
      const state = end === undefined ? { at: "asked" as const } : { at: "ended" as const, end };
      const fitting = this.#current.filter((each) => hasAll(each, wanted)).map(({ statement }) => statement.issuer);
      return [{ id, peer, ...this.#views.name(peer), wanted, mustNameHolder, fitting, since, ...state }];
    });
  }

  /** Somebody asks or offers. False: too many do. */
  handleChannel(
    channel: Channel,
    session: FactSession,
    messages: AsyncIterator<Uint8Array>,
    first: Uint8Array,
  ): boolean {
    const { peer } = channel;
    if (!this.#incoming.hasRoom(peer)) return false;
    const exchange = this.#exchange(session);
    const run = new FactRun<HolderTold>(exchange, { channel, messages }, this.#ground.clock, (event) =>
      this.#handle(one, event),
    );
    const none = { ask: undefined, offer: undefined, taken: undefined };
    const one = this.#incoming.add({ ...this.#incoming.fresh(peer), peer, exchange, run, ...none });
    this.#incoming.runs(one, exchange, run);
    run.begin(first);
    return true;
  }

  async accept(id: string): Promise<CredentialView> {
    const one = this.#get(id, ({ offer }) => offer !== undefined, "offer");
    const { exchange, run, offer } = one;
    if (offer === undefined || exchange.phase !== "offered" || one.end !== undefined)
      throw new EndpointError("ERR_FACT_STATE", "Cannot accept: the offer is past that");
    one.taken = Promise.withResolvers<Credential>();
    exchange.accept(this.#secret(offer.statement.issuer), momentOf(this.#ground.clock));
    run.settle();
    this.#changed();
    try {
      const kept = await this.#keep(await one.taken.promise);
      this.#end(one, "done");
      return kept;
    } catch (error) {
      this.#end(one, "cancelled"); // it came, and is not kept
      throw error;
    }
  }

  decline(id: string): void {
    const one = this.#get(id, ({ ask, offer }) => ask !== undefined || offer !== undefined, "offer");
    if (one.taken === undefined) one.exchange.decline();
    else one.exchange.cancel();
    one.run.settle();
  }

  async show(id: string, choice: FactChoice): Promise<void> {
    const { exchange, run, end } = this.#get(id, ({ ask }) => ask !== undefined, "question");
    if (end !== undefined) throw new EndpointError("ERR_FACT_STATE", "Cannot show: the question is past that");
    const credential = this.chosen(choice);
    exchange.show(credential, this.holder(choice.issuer), showChoice(choice));
    run.settle();
    await run.delivered.catch(lost);
  }

  async present(to: PeerId | PeerSession, choice: FactChoice, waiting: Waiting): Promise<void> {
    const credential = this.chosen(choice);
    const { session, channel } = await this.#outgoing.opening(waiting, (bounded) => this.#open(to, bounded));
    const exchange = this.#exchange(session);
    const ended = Promise.withResolvers<ExchangeEnd>();
    const run = new FactRun<HolderTold>(exchange, { channel }, this.#ground.clock, (event) => {
      if (event.type === "asked") exchange.show(credential, this.holder(choice.issuer), showChoice(choice));
      else if (event.type === "ended") ended.resolve(event.end);
    });
    const one = this.#outgoing.add(this.#outgoing.fresh(session.peer));
    this.#outgoing.runs(one, exchange, run);
    exchange.present();
    run.settle();
    const end = await ended.promise;
    this.#outgoing.ended(one, end);
    if (end !== "done") throw new EndpointError("ERR_FACT", `Cannot show it: ${WHY[end]}`);
    await run.delivered.catch(lost);
  }

  async renew(issuer: PeerId, waiting: Waiting): Promise<CredentialView> {
    const before = this.#shelf.held
      .held(this.#ground.clock.wall())
      .find(({ statement }) => statement.issuer === issuer);
    if (before === undefined) throw unknownFact("issuer");
    const { session, channel } = await this.#outgoing.opening(waiting, (bounded) => this.#open(issuer, bounded));
    const wall = this.#ground.clock.wall();
    const due = this.#shelf.held.due(wall).find((each) => each.issuer === issuer);
    const exchange = this.#exchange(session);
    const got = Promise.withResolvers<Credential>();
    const run = new FactRun<HolderTold>(exchange, { channel }, this.#ground.clock, (event) => {
      if (event.type === "received") got.resolve(event.credential);
      else if (event.type === "ended" && event.end !== "done")
        got.reject(new EndpointError("ERR_FACT", `Cannot renew it: ${WHY[event.end]}`));
    });
    const one = this.#outgoing.add(this.#outgoing.fresh(issuer));
    this.#outgoing.runs(one, exchange, run);
    const epoch = due?.epoch ?? epochAt(wall, before.statement.epochSeconds);
    exchange.apply(this.#secret(issuer), epoch, momentOf(this.#ground.clock));
    run.settle();
    try {
      const after = await got.promise;
      if (!areSame(before.facts, after.facts))
        throw new EndpointError("ERR_FACT", "Cannot renew it: they vouch for something else now, which they may offer");
      return await this.#keep(after);
    } finally {
      this.#outgoing.ended(one, exchange.end ?? "done");
    }
  }

  forget(issuer: PeerId): Promise<void> {
    return this.#shelf.change(() => {
      const deletes = this.#shelf.held.drop(issuer);
      if (deletes.length === 0) throw unknownFact("issuer");
      return { deletes, result: undefined };
    });
  }

  /** What a choice is of. @throws {EndpointError} `ERR_FACT` */
  chosen({ issuer, slots, namesHolder = false }: FactChoice): Credential {
    const credential = this.#current.find(({ statement }) => statement.issuer === issuer);
    if (credential === undefined)
      throw new EndpointError("ERR_FACT", "Cannot show it: nothing of that issuer holds now");
    if (slots.length === 0 && !namesHolder) throw new EndpointError("ERR_FACT", "Cannot show nothing");
    if (!slots.every((slot) => credential.facts.some((each) => each.slot === slot)))
      throw new EndpointError("ERR_FACT", "Cannot show it: the issuer does not vouch for that");
    return credential;
  }

  holder(issuer: PeerId): { readonly peer: PeerId; readonly secret: ReturnType<typeof holderSecret> } {
    return { peer: this.#ground.identity.peerId, secret: this.#secret(issuer) };
  }

  /** Issuers of what is offered to us. */
  get statements(): readonly OfferedFacts["statement"][] {
    return this.#incoming.all.flatMap(({ offer }) => offer?.statement ?? []);
  }

  end(): void {
    this.#incoming.stop();
    this.#outgoing.stop();
    for (const { taken } of this.#incoming.all)
      taken?.reject(new EndpointError("ERR_ENDPOINT_CLOSED", "The endpoint was closed"));
  }

  get #current(): readonly Credential[] {
    return this.#shelf.held.current(this.#ground.clock.wall());
  }

  #secret(issuer: PeerId): ReturnType<typeof holderSecret> {
    const { provider, identity } = this.#ground;
    return holderSecret(provider, identity, issuer);
  }

  #exchange(session: FactSession): HolderExchange {
    const { provider, random, clock } = this.#ground;
    const name = showSession(provider, session.transcript, session.self, session.peer);
    const parts = { provider, bbs: nobleBbs, random, peer: session.peer, session: name };
    return new HolderExchange(parts, momentOf(clock));
  }

  async #open(to: PeerId | PeerSession, waiting: Waiting): Promise<{ session: FactSession; channel: Channel }> {
    const session = typeof to === "string" ? await this.#ground.connect(to, waiting) : to;
    return { session, channel: await session.open(PROTOCOL.credential, waiting) };
  }

  #get(id: string, is: (one: Incoming) => boolean, what: "offer" | "question"): Incoming {
    const one = this.#incoming.get(id);
    if (one === undefined || !is(one)) throw unknownFact(what);
    return one;
  }

  #handle(one: Incoming, event: RunEvent<HolderTold>): void {
    if (event.type === "asked") one.ask = event;
    else if (event.type === "offered") one.offer = event;
    else if (event.type === "received") one.taken?.resolve(event.credential);
    else if (one.taken === undefined || event.end !== "done") this.#end(one, event.end); // else it is still to be kept
    this.#changed();
  }

  #end(one: Incoming, end: ExchangeEnd): void {
    one.taken?.reject(new EndpointError("ERR_FACT", `Cannot take it: ${WHY[end]}`));
    if (one.ask === undefined && one.offer === undefined)
      this.#incoming.drop(one); // it leaves no trace
    else this.#incoming.ended(one, end);
    this.#changed();
  }

  #keep(credential: Credential): Promise<CredentialView> {
    return this.#shelf.change(() => {
      const wall = this.#ground.clock.wall();
      const outcome = this.#shelf.held.keep(nobleBbs, credential, this.holder(credential.statement.issuer), wall);
      if (outcome.type === "full") throw new EndpointError("ERR_LIMIT", "Cannot keep credentials of more issuers");
      if (outcome.type !== "kept") throw new EndpointError("ERR_FACT", `Cannot keep it: ${NOT_KEPT[outcome.type]}`);
      return { puts: [outcome.store], deletes: outcome.forget, result: this.#views.credential(credential) };
    });
  }
}

export const showChoice = ({ slots, namesHolder = false }: FactChoice): ShowChoice => ({
  slots: [...new Set(slots)],
  withHolder: namesHolder,
});

const hasAll = (
  { facts }: Credential,
  wanted: readonly { readonly label: string; readonly value?: string }[],
): boolean =>
  wanted.every(({ label, value }) =>
    facts.some((each) => each.label === label && (value === undefined || each.value === value)),
  );

const lost = (cause: unknown): never => {
  throw new EndpointError("ERR_FACT", "Cannot show it: the way was lost", { cause });
};

const NOT_KEPT: Readonly<Record<Exclude<KeepOutcome["type"], "kept" | "full">, string>> = {
  notGenuine: "the issuer did not sign this for us",
  old: "its time is over, or a later edition is kept",
  tooFarAhead: "it is for a time too far ahead",
};

const WHY: Readonly<Record<ExchangeEnd, string>> = {
  done: "it is over",
  declined: "they said no",
  cancelled: "it was given up",
  timeout: "there was no answer in time",
  lost: "the way was lost",
  violation: "they broke the protocol",
  notOnRoll: "they do not vouch for us any more",
  notIssuable: "that time is over, or too far ahead",
};
