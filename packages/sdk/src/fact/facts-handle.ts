/**
 * Attested facts as the SDK gives them out, once their code and what is kept of them is there.
 *
 * @module
 */
import { type Duration, type PeerId, wallTime } from "@kith/core";
import { codeSize } from "@kith/core/card";
import {
  CREDENTIAL_EXCHANGES_MAX,
  CREDENTIAL_STEP_TIMEOUT,
  epochEnd,
  exchangeRole,
  nobleBbs,
  STATIC_SHOW_LIFETIME,
  STATIC_SHOW_LIFETIME_MAX,
  showStatic,
  showToText,
} from "@kith/core/credential";
import type { Channel, Waiting } from "../channel-api.ts";
import { EndpointError } from "../endpoint-error.ts";
import type { PeerSession } from "../session-api.ts";
import type { FactSession, FactSubjects, FactsGround } from "./fact-ground.ts";
import { FactRenewals } from "./fact-renewals.ts";
import { FactShelf } from "./fact-shelf.ts";
import { FactViews } from "./fact-views.ts";
import type {
  CredentialView,
  FactChoice,
  FactCode,
  FactInput,
  FactQuestion,
  FactReading,
  Facts,
  IssuerView,
  VouchedView,
} from "./facts-api.ts";
import { HolderDesk, showChoice } from "./holder-desk.ts";
import { IssuerDesk } from "./issuer-desk.ts";
import { VerifierDesk } from "./verifier-desk.ts";

export class FactsHandle implements Omit<Facts, keyof FactSubjects | "open"> {
  readonly #ground: FactsGround;
  readonly #subjects: FactSubjects;
  readonly #shelf: FactShelf;
  readonly #views: FactViews;
  readonly #issuer: IssuerDesk;
  readonly #holder: HolderDesk;
  readonly #verifier: VerifierDesk;
  readonly #renewals: FactRenewals;
  /** Peers that opened a channel and have not said what for. */
  #silent = 0;
  #cancelTimer: () => void = () => {};
  #isOver = false;

  constructor(ground: FactsGround, subjects: FactSubjects) {
    [this.#ground, this.#subjects] = [ground, subjects];
    const changed = (): void => this.#refresh();
    this.#shelf = new FactShelf(ground, changed);
    this.#views = new FactViews(ground, this.#shelf);
    this.#issuer = new IssuerDesk(ground, this.#shelf, this.#views, changed);
    this.#holder = new HolderDesk(ground, this.#shelf, this.#views, changed);
    this.#verifier = new VerifierDesk(ground, this.#shelf, this.#views, changed);
    this.#renewals = new FactRenewals(ground, {
      due: () => this.#shelf.held.due(ground.clock.wall()).map(({ issuer }) => issuer),
      renew: (issuer) => this.#holder.renew(issuer, {}),
    });
  }

  load(): Promise<void> {
    return this.#shelf.load();
  }

  /** A peer began something; false: too many did. What, it has to say soon. */
  handleChannel(channel: Channel, session: FactSession): boolean {
    if (this.#silent >= CREDENTIAL_EXCHANGES_MAX) return false;
    this.#silent += 1;
    void this.#route(channel, session).finally(() => {
      this.#silent -= 1;
    });
    return true;
  }

  end(): void {
    this.#isOver = true;
    this.#cancelTimer();
    this.#issuer.end();
    this.#holder.end();
    this.#verifier.end();
    this.#renewals.end();
  }

  // --- as issuer ------------------------------------------------------------------------------

  async becomeIssuer(terms: { readonly name: string; readonly epochSeconds?: number }): Promise<IssuerView> {
    return this.#issuer.become(terms);
  }

  async reissue(terms: { readonly name?: string; readonly epochSeconds?: number } = {}): Promise<IssuerView> {
    return this.#issuer.reissue(terms);
  }

  async vouch(holder: PeerId, facts: readonly FactInput[]): Promise<VouchedView> {
    return this.#issuer.vouch(holder, facts);
  }

  async offer(holder: PeerId, options: Waiting = {}): Promise<string> {
    return this.#issuer.offer(holder, options);
  }

  async revoke(holder: PeerId): Promise<{ readonly endsAt: number }> {
    return this.#issuer.revoke(holder);
  }

  // --- as holder ------------------------------------------------------------------------------

  accept(offer: string): Promise<CredentialView> {
    return this.#holder.accept(offer);
  }

  async decline(id: string): Promise<void> {
    this.#holder.decline(id);
  }

  renew(issuer: PeerId, options: Waiting = {}): Promise<CredentialView> {
    return this.#holder.renew(issuer, options);
  }

  show(ask: string, choice: FactChoice): Promise<void> {
    return this.#holder.show(ask, choice);
  }

  present(to: PeerId | PeerSession, choice: FactChoice, options: Waiting = {}): Promise<void> {
    return this.#holder.present(to, choice, options);
  }

  async code(choice: FactChoice, options: { readonly lifetime?: number } = {}): Promise<FactCode> {
    const { lifetime = STATIC_SHOW_LIFETIME } = options;
    if (!(lifetime >= 60_000 && lifetime <= STATIC_SHOW_LIFETIME_MAX))
      throw new EndpointError("ERR_ARGUMENT", "Cannot make a code: it lasts between a minute and 31 days");
    const credential = this.#holder.chosen(choice);
    const { random, clock } = this.#ground;
    const end = epochEnd(credential.epoch, credential.statement.epochSeconds);
    const endsAt = wallTime(Math.min(clock.wall() + Math.floor(lifetime), end));
    const who = this.#holder.holder(choice.issuer);
    const show = showStatic(nobleBbs, random, credential, who, showChoice(choice), endsAt);
    const text = showToText(show);
    const qr = codeSize(text);
    return { text, bytes: show.length, ...(qr && { qr }), endsAt };
  }

  forget(issuer: PeerId): Promise<void> {
    return this.#holder.forget(issuer);
  }

  // --- as verifier ----------------------------------------------------------------------------

  ask(peer: PeerId, question: FactQuestion, options: Waiting = {}): Promise<string> {
    return this.#verifier.ask(peer, question, options);
  }

  async cancel(id: string): Promise<void> {
    if (!this.#verifier.cancel(id)) this.#issuer.cancel(id);
  }

  read(text: string, question: FactQuestion = {}): Promise<FactReading> {
    return this.#verifier.read(text, question);
  }

  pin(issuer: PeerId): Promise<IssuerView> {
    const held = this.#shelf.held.held(this.#ground.clock.wall()).map(({ statement }) => statement);
    const own = this.#shelf.own === undefined ? [] : [this.#shelf.own.statement];
    return this.#verifier.pin(issuer, [...held, ...own, ...this.#holder.statements]);
  }

  unpin(issuer: PeerId): Promise<void> {
    return this.#verifier.unpin(issuer);
  }

  /** The first message says who we are in it. */
  async #route(channel: Channel, session: FactSession): Promise<void> {
    const messages = channel.messages[Symbol.asyncIterator]();
    const cancel = this.#ground.clock.schedule(CREDENTIAL_STEP_TIMEOUT, () => channel.reset());
    const next = await messages.next();
    cancel();
    if (next.done === true || this.#isOver) return channel.reset();
    const first = next.value;
    const role = exchangeRole(first);
    const isTaken =
      (role === "holder" && this.#holder.handleChannel(channel, session, messages, first)) ||
      (role === "verifier" && this.#verifier.handleChannel(channel, session, messages, first)) ||
      (role === "issuer" && this.#issuer.handleChannel(channel, messages, first));
    if (!isTaken) channel.reset();
  }

  /** Views are made anew when something changed, and when a credential begins, is due, or ends. */
  #refresh(): void {
    const { own, vouched, issuings, held, offers, asks, checks, pinned } = this.#subjects;
    own.setLater(() => this.#issuer.own);
    vouched.setLater(() => this.#issuer.vouched);
    issuings.setLater(() => this.#issuer.issuings);
    held.setLater(() => this.#views.held);
    offers.setLater(() => this.#holder.offers);
    asks.setLater(() => this.#holder.asks);
    checks.setLater(() => this.#verifier.checks);
    pinned.setLater(() => this.#verifier.pinned);
    this.#renewals.look();
    this.#cancelTimer();
    const { clock } = this.#ground;
    const next = this.#views.nextChange;
    if (next === undefined || this.#isOver) return;
    this.#cancelTimer = clock.schedule(Math.max(1, next - clock.wall()) as Duration, () => this.#refresh());
  }
}
