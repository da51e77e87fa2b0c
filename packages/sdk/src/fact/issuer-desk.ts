/** We vouch for others (spec/credential.md §4 to §6): terms, whom and for what, offers, and who comes for the next epoch. */
import { type PeerId, PROTOCOL } from "@kith/core";
import {
  CREDENTIAL_SLOTS,
  EPOCH_SECONDS,
  epochAt,
  epochEnd,
  type Fact,
  FREE_SLOT_MIN,
  fact,
  IssuerExchange,
  type IssuerTerms,
  type IssuerTold,
  nobleBbs,
  openIssuer,
  termsFault,
} from "@kith/core/credential";
import type { Channel, Waiting } from "../channel-api.ts";
import { EndpointError } from "../endpoint-error.ts";
import { FactExchanges, type Tracked } from "./fact-exchanges.ts";
import { type FactsGround, momentOf, unknownFact } from "./fact-ground.ts";
import { FactRun } from "./fact-run.ts";
import type { FactShelf } from "./fact-shelf.ts";
import type { FactViews } from "./fact-views.ts";
import type { FactInput, IssuerView, IssuingView, VouchedView } from "./facts-api.ts";

const MINUTE_MS = 60_000;

interface Issuing extends Tracked {
  readonly peer: PeerId;
}

export class IssuerDesk {
  readonly #ground: FactsGround;
  readonly #shelf: FactShelf;
  readonly #views: FactViews;
  readonly #changed: () => void;
  readonly #offered: FactExchanges<Issuing>;
  /** Holders that come by themselves: nobody is shown them. */
  readonly #applied: FactExchanges<Issuing>;

  constructor(ground: FactsGround, shelf: FactShelf, views: FactViews, changed: () => void) {
    [this.#ground, this.#shelf, this.#views, this.#changed] = [ground, shelf, views, changed];
    [this.#offered, this.#applied] = [new FactExchanges(ground), new FactExchanges(ground)];
  }

  get own(): IssuerView | undefined {
    return this.#shelf.own && this.#views.issuer(this.#shelf.own.statement);
  }

  get vouched(): readonly VouchedView[] {
    return this.#shelf.roll.entries.map(({ holder, facts }) => ({ holder, ...this.#views.name(holder), facts }));
  }

  get issuings(): readonly IssuingView[] {
    return this.#offered.all.map(({ id, peer, end }) => ({
      ...{ id, holder: peer, ...this.#views.name(peer) },
      ...(end === undefined ? { at: "offered" } : { at: "ended", end }),
    }));
  }

  become({ name, epochSeconds = EPOCH_SECONDS }: { name: string; epochSeconds?: number }): Promise<IssuerView> {
    return this.#shelf.change(() => {
      if (this.#shelf.own !== undefined)
        throw new EndpointError("ERR_FACT_STATE", "Cannot become an issuer: this identity is one");
      return this.#open({ edition: this.#nextEdition, name: name.trim(), epochSeconds });
    });
  }

  reissue({ name, epochSeconds }: { name?: string; epochSeconds?: number }): Promise<IssuerView> {
    return this.#shelf.change(() => {
      const { statement } = this.#issuer;
      const terms = { name: name?.trim() ?? statement.name, epochSeconds: epochSeconds ?? statement.epochSeconds };
      return this.#open({ ...terms, edition: this.#nextEdition });
    });
  }

  vouch(holder: PeerId, given: readonly FactInput[]): Promise<VouchedView> {
    return this.#shelf.change(() => {
      if (this.#issuer.statement.issuer === holder)
        throw new EndpointError("ERR_ARGUMENT", "Cannot vouch for oneself: nobody should believe that");
      const facts = placed(given);
      const entry = this.#shelf.roll.admit(holder, facts);
      if (entry === "full") throw new EndpointError("ERR_LIMIT", "Cannot vouch for more holders");
      if (typeof entry === "string") throw new EndpointError("ERR_ARGUMENT", `Cannot vouch for that: ${WHY[entry]}`);
      return { puts: [entry], result: { holder, ...this.#views.name(holder), facts } };
    });
  }

  async offer(holder: PeerId, waiting: Waiting): Promise<string> {
    const issuer = this.#issuer;
    const { clock, connect } = this.#ground;
    if (this.#shelf.roll.factsOf(holder) === undefined) throw unknownFact("holder");
    const channel = await this.#offered.opening(waiting, async (bounded) =>
      (await connect(holder, bounded)).open(PROTOCOL.credential, bounded),
    );
    const exchange = new IssuerExchange(
      { bbs: nobleBbs, issuer, roll: this.#shelf.roll, peer: holder },
      momentOf(clock),
    );
    if (!exchange.offer(momentOf(clock))) {
      channel.reset(); // struck off meanwhile
      throw unknownFact("holder");
    }
    const { id } = this.#track(this.#offered, exchange, { channel });
    return id;
  }

  revoke(holder: PeerId): Promise<{ readonly endsAt: number }> {
    return this.#shelf.change(() => {
      const key = this.#shelf.roll.strike(holder);
      if (key === undefined) throw unknownFact("holder");
      const { epochSeconds } = this.#issuer.statement;
      const endsAt = epochEnd(epochAt(this.#ground.clock.wall(), epochSeconds), epochSeconds);
      return { deletes: [key], result: { endsAt } };
    });
  }

  /** Gives up an offer; false: it is none of ours. */
  cancel(id: string): boolean {
    const issuing = this.#offered.get(id);
    issuing?.cancel();
    return issuing !== undefined;
  }

  /** Somebody applies. False: too many do. */
  handleChannel(channel: Channel, messages: AsyncIterator<Uint8Array>, first: Uint8Array): boolean {
    if (!this.#applied.hasRoom(channel.peer)) return false;
    const { own: issuer, roll } = this.#shelf;
    const parts = { bbs: nobleBbs, issuer, roll, peer: channel.peer };
    const exchange = new IssuerExchange(parts, momentOf(this.#ground.clock));
    this.#track(this.#applied, exchange, { channel, messages }, first);
    return true;
  }

  end(): void {
    this.#offered.stop();
    this.#applied.stop();
  }

  get #issuer(): NonNullable<FactShelf["own"]> {
    const { own } = this.#shelf;
    if (own === undefined) throw new EndpointError("ERR_FACT_STATE", "Cannot do that: this identity is no issuer");
    return own;
  }

  /** Never one that was used, also when what was kept is lost: a statement may not differ from another of its edition (CRE-4). */
  get #nextEdition(): number {
    const minutes = Math.floor(this.#ground.clock.wall() / MINUTE_MS);
    return Math.max((this.#shelf.own?.statement.edition ?? 0) + 1, minutes);
  }

  #open(terms: IssuerTerms): { puts: readonly ReturnType<FactShelf["becomes"]>[]; result: IssuerView } {
    const fault = termsFault(terms);
    if (fault !== undefined) throw new EndpointError("ERR_ARGUMENT", `Cannot be an issuer: ${TERMS[fault]}`);
    const issuer = openIssuer(this.#ground.provider, nobleBbs, this.#ground.identity, terms);
    return { puts: [this.#shelf.becomes(issuer)], result: this.#views.issuer(issuer.statement) };
  }

  #track(
    kind: FactExchanges<Issuing>,
    exchange: IssuerExchange,
    over: { readonly channel: Channel; readonly messages?: AsyncIterator<Uint8Array> },
    first?: Uint8Array,
  ): Issuing {
    const { peer } = over.channel;
    const one = kind.add({ ...kind.fresh(peer), peer });
    const run = new FactRun<IssuerTold>(exchange, over, this.#ground.clock, (event) => {
      if (event.type === "ended") kind.ended(one, event.end);
      this.#changed();
    });
    kind.runs(one, exchange, run);
    if (first === undefined) run.settle();
    else run.begin(first);
    this.#changed();
    return one;
  }
}

/** Each at its place: those without a name of ours at the next free one, as they come. */
function placed(given: readonly FactInput[]): readonly Fact[] {
  let free = FREE_SLOT_MIN;
  const facts = given.map(({ label, value }) => {
    const one = fact(label.trim(), value.trim(), free);
    if (one.slot >= FREE_SLOT_MIN) free += 1;
    return one;
  });
  if (free > CREDENTIAL_SLOTS)
    throw new EndpointError("ERR_ARGUMENT", "Cannot vouch for that: there are nine places for facts of one's own");
  if (facts.length === 0) throw new EndpointError("ERR_ARGUMENT", "Cannot vouch for nothing");
  return facts.sort((a, b) => a.slot - b.slot);
}

const WHY = {
  slot: "a fact is out of its place",
  order: "one of them is there twice",
  label: "a label has 1 to 32 bytes, and is none that means something else",
  value: "a value has 1 to 128 bytes, without control characters",
} as const;

const TERMS = {
  edition: "the clock is wrong",
  name: "a name has 1 to 64 bytes",
  epochSeconds: "an epoch has an hour to 92 days",
} as const;
