/**
 * One join code, from the mailbox to what it is for (spec/relay-meeting.md §3). It is served by an endpoint of its
 * own under a one-time identity, which ends with it; what is for the device's own one is handed over when the code
 * was right and people agreed.
 *
 * @module
 */
import {
  bytesToText,
  type CodeLeadsTo,
  type CryptoProvider,
  type Duration,
  decodeTicket,
  encodeTicket,
  fingerprint,
  type Paired,
  type PairingStage,
  type PairingState,
  type PeerId,
  PROTOCOL,
  Secret,
  seconds,
  textToBytes,
  WireError,
} from "@kith/core";
import type { Endpoint, PeerSession, TransferView } from "./api.ts";
import type { Clock } from "./clock.ts";
import type { Dialler } from "./dialler.ts";
import type { Driver } from "./driver.ts";
import { EndpointError } from "./endpoint-error.ts";
import { HandOver } from "./hand-over.ts";
import type { JoinCodeAnswer, JoinCodeFailure, JoinCodePurpose, JoinCodeStep, JoinCodeView } from "./join-codes-api.ts";
import { LinkWatch } from "./link-watch.ts";
import type { Mailbox } from "./mailbox.ts";
import type { Link } from "./transport.ts";
import type { Contact } from "./trust-api.ts";

/** Where the one-time endpoint finds the mailbox: a hint that no transport can reach. */
const MAILBOX_HINT = "mailbox:1";
/** Who typed says yes last, and must be heard, also when the relay was away: it leaves after the other, or so late. */
const LAST_YES_MAX: Duration = seconds(15);
/** From a right code to what it is for: only programs act in between. */
const NEXT_STEP_MAX: Duration = seconds(60);

const LEADS_TO: Readonly<Record<JoinCodePurpose["for"], CodeLeadsTo>> = {
  contact: "contacts",
  room: "room",
  files: "files",
};

/** The endpoint that serves the code. */
export interface OneTimeEndpoint extends Pick<Endpoint, "pairing" | "files" | "connect" | "openSessions" | "close"> {
  readonly driver: Driver;
  readonly dialler: Dialler;
}

/** What a code may do with the device's own endpoint. */
export interface JoinCodeHome {
  readonly driver: Driver;
  readonly dialler: Dialler;
  /** Our person agreed to it. `undefined`: there is no room for one more contact. */
  readonly adopt: (paired: Paired) => Contact | undefined;
  /** A link of an invitation for one. */
  readonly invite: (purpose: Extract<JoinCodePurpose, { for: "room" }>) => Promise<string>;
  /** A session with `peer`, by this hint. */
  readonly connect: (peer: PeerId, hint: string) => Promise<unknown>;
}

export interface JoinCodeRunOptions {
  readonly id: string;
  readonly mailbox: Mailbox;
  readonly endpoint: OneTimeEndpoint;
  readonly home: JoinCodeHome;
  readonly provider: CryptoProvider;
  readonly clock: Clock;
  /** The words, joined by "-". */
  readonly words: string;
  /** Of a code that we made. */
  readonly made?: { readonly code: string; readonly purpose: JoinCodePurpose; readonly isLonger: boolean };
  readonly changed: () => void;
}

type Done = Omit<Extract<JoinCodeStep, { at: "done" }>, "at">;

export class JoinCodeRun {
  readonly id: string;
  /** Fulfils when nothing is left of it; never rejects. */
  readonly closed: Promise<void>;
  readonly #options: JoinCodeRunOptions;
  #purpose: JoinCodePurpose["for"] | undefined;
  #step: JoinCodeStep = { at: "meeting" };
  #pairing: string | undefined; // the one that goes on
  #hasMet = false;
  /** The other one must hear what we said last: it leaves first. */
  #hasLastWord = false;
  #isProven = false;
  #links: LinkWatch | undefined;
  readonly #handOver: HandOver;
  #transfer: string | undefined;
  #session: PeerSession | undefined; // of a code that we typed
  readonly #stops: (() => void)[] = [];
  #settle: () => void = () => {};

  constructor(options: JoinCodeRunOptions) {
    this.closed = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.id = options.id;
    this.#options = options;
    this.#handOver = new HandOver(options.home, options.mailbox, options.id);
    this.#purpose = options.made?.purpose.for;
  }

  get view(): JoinCodeView {
    const { id, made } = this.#options;
    const purpose = this.#purpose !== undefined && { for: this.#purpose };
    return { id, isOurs: made !== undefined, ...purpose, step: this.#step };
  }

  get isOver(): boolean {
    return this.#step.at === "done" || this.#step.at === "failed";
  }

  /** Waits for the other one, or goes to it. */
  begin(): void {
    const { mailbox, endpoint, made, clock } = this.#options;
    mailbox.listen((link) => this.#take(link));
    void mailbox.closed.then(() => this.#fail("lost"));
    this.#stops.push(endpoint.dialler.addWay(MAILBOX_HINT, (signal) => mailbox.dial(signal)));
    this.#stops.push(endpoint.pairing.all.subscribe(() => this.#look()));
    this.#stops.push(endpoint.files.transfers.subscribe(() => this.#lookAtFiles()));
    const target = (): { hint: string; peer: PeerId } | undefined =>
      this.#session && { hint: MAILBOX_HINT, peer: this.#session.peer };
    this.#links = new LinkWatch({ endpoint, clock, target, lost: () => this.#fail("lost") });
    if (made === undefined) void this.#tryCode().catch(() => this.#fail("lost"));
    else this.#showCode(made);
  }

  async answer({ accept, role = "member", directory }: JoinCodeAnswer): Promise<void> {
    const { endpoint } = this.#options;
    const { pairings } = endpoint.driver.core;
    if (this.#step.at === "consent" && this.#pairing !== undefined) {
      this.#hasLastWord = !accept;
      const choice = accept ? ({ accept, role, remember: false } as const) : ({ accept } as const);
      pairings.consent(this.#pairing, choice, endpoint.driver.moment().now);
      this.#step = { at: "meeting" };
      return this.#touch();
    }
    if (this.#step.at !== "offered" || this.#transfer === undefined)
      throw new EndpointError("ERR_PAIRING_STEP", "Cannot answer: nothing is asked");
    if (accept) await endpoint.files.accept(this.#transfer, directory === undefined ? {} : { directory });
    else {
      this.#hasLastWord = true;
      await endpoint.files.decline(this.#transfer);
    }
  }

  cancel(): void {
    if (this.isOver) return;
    const { endpoint, made } = this.#options;
    const { pairings } = endpoint.driver.core;
    for (const { id } of pairings.states(endpoint.driver.moment().now))
      pairings.cancel(id, endpoint.driver.moment().now);
    if (this.#transfer !== undefined) void endpoint.files.cancel(this.#transfer).catch(() => {});
    endpoint.driver.touch();
    this.#hasLastWord = this.#hasMet || made === undefined;
    this.#fail("cancelled");
  }

  // --- the code ---------------------------------------------------------------------------------

  #showCode({ code, purpose, isLonger }: NonNullable<JoinCodeRunOptions["made"]>): void {
    const { endpoint, mailbox, words } = this.#options;
    const { core } = endpoint.driver;
    const at = endpoint.driver.moment();
    const lifetime = mailbox.lifetimeMs as Parameters<typeof core.pairings.offerCode>[0]["lifetime"];
    core.pairings.offerCode({ secret: secretOf(words), lifetime, leadsTo: LEADS_TO[purpose.for] }, at);
    this.#step = { at: "show", code, expiresAt: at.wall + mailbox.lifetimeMs, isLonger };
    this.#touch();
  }

  async #tryCode(): Promise<void> {
    const { endpoint, words } = this.#options;
    const { driver } = endpoint;
    this.#session = await endpoint.connect(MAILBOX_HINT);
    const entry = driver.core.sessionOf(this.#session.peer);
    if (entry === undefined) return this.#fail("lost");
    driver.core.pairings.start(entry, { method: "code", code: secretOf(words) }, driver.moment());
    this.#touch();
  }

  /** Whoever comes while the one-time endpoint has its session is for the device's own; before, it has lost its way. */
  #take(link: Link): void {
    if (this.isOver && !this.#handOver.hasBegun) return link.close();
    if (this.#purpose !== "files" && (this.#isProven || this.#links?.isLinked)) this.#handOver.take(link);
    else this.#options.endpoint.driver.addLink(link, undefined);
    this.#hasMet = true;
  }

  #look(): void {
    if (this.isOver || this.#isProven) return;
    const { endpoint } = this.#options;
    const states = endpoint.driver.core.pairings.states(endpoint.driver.moment().now);
    const running = states.find(({ peer, stage }) => peer !== undefined && stage.at !== "show-code");
    if (running !== undefined) return this.#follow(running);
    const isShown = states.some(({ peer }) => peer === undefined);
    if (this.#step.at === "show" && !isShown) this.#fail("expired");
  }

  #follow({ id, stage, leadsTo }: PairingState): void {
    this.#pairing = id;
    switch (stage.at) {
      case "consent":
        this.#purpose ??= purposeOf(leadsTo);
        return leadsTo === "contacts" ? this.#ask(stage) : this.#agree(id);
      case "done":
        this.#purpose ??= purposeOf(stage.paired.leadsTo);
        this.#isProven = true;
        return void this.#goOn(stage.paired).catch(() => this.#fail("lost"));
      case "failed":
        return this.#failPairing(stage.reason);
      default:
        if (this.#step.at === "show") this.#set({ at: "meeting" });
    }
  }

  #ask({ asks }: Extract<PairingStage, { at: "consent" }>): void {
    if (this.#step.at === "consent") return;
    const { peer, name, roleAsked } = asks;
    const { provider } = this.#options;
    this.#set({ at: "consent", peer, fingerprint: fingerprint(provider, peer), name, asks: [roleAsked] });
  }

  /** Nobody is named and nobody is remembered: the code itself was the yes. */
  #agree(id: string): void {
    const { driver } = this.#options.endpoint;
    driver.core.pairings.consent(id, { accept: true, role: "member", remember: true }, driver.moment().now);
    driver.touch();
  }

  #failPairing(reason: Extract<PairingStage, { at: "failed" }>["reason"]): void {
    const { made, home } = this.#options;
    if (reason === "wrong-code" && made !== undefined) {
      this.#hasLastWord = true;
      home.driver.core.joinCodes.handleBurnt(home.driver.moment());
      home.driver.touch();
    }
    this.#fail(FAILURES[reason] ?? "protocol");
  }

  // --- what it is for ---------------------------------------------------------------------------

  async #goOn(paired: Paired): Promise<void> {
    const { made, mailbox, home, clock } = this.#options;
    const purpose = made?.purpose;
    if (this.#purpose !== "contact") this.#stops.push(clock.schedule(NEXT_STEP_MAX, () => this.#giveUp()));
    if (this.#purpose === "files") {
      if (purpose?.for === "files") await this.#send(paired.peer, purpose.paths);
      return;
    }
    if (purpose?.for === "room") return this.#invite(paired.peer, purpose);
    if (this.#purpose === "room") return this.#awaitInvitation();
    const contact = home.adopt({ ...paired, remember: true });
    this.#handOver.begin();
    // Who typed goes on to the other's own identity, the same way.
    if (made === undefined) {
      await this.#links?.ended(LAST_YES_MAX);
      if (this.isOver) return;
      await home.connect(paired.peer, this.#handOver.way()).catch(() => {}); // they are contacts all the same
    }
    mailbox.leave();
    this.#end(contact === undefined ? {} : { contact });
  }

  /** The other one is there, and does nothing of what the code is for. */
  #giveUp(): void {
    if (this.#step.at === "meeting") this.#fail("lost");
  }

  async #send(peer: PeerId, paths: readonly string[]): Promise<void> {
    try {
      this.#transfer = await this.#options.endpoint.files.send(peer, paths);
    } catch (error) {
      if (!(error instanceof EndpointError)) throw error;
      this.#fail("files");
    }
  }

  #lookAtFiles(): void {
    if (this.isOver || this.#purpose !== "files") return;
    const [transfer] = this.#options.endpoint.files.transfers.get();
    if (transfer === undefined) return;
    this.#transfer = transfer.id;
    if (transfer.state === "done") {
      this.#hasLastWord = !transfer.isOutgoing;
      return this.#end({ transfer });
    }
    if (transfer.state === "declined") return this.#fail("denied", transfer);
    if (transfer.state === "cancelled") return this.#fail("cancelled", transfer);
    if (transfer.state === "failed") return this.#fail("files", transfer);
    this.#set({ at: !transfer.isOutgoing && transfer.state === "offered" ? "offered" : "moving", transfer });
  }

  async #invite(peer: PeerId, purpose: Extract<JoinCodePurpose, { for: "room" }>): Promise<void> {
    const { endpoint, home, mailbox } = this.#options;
    const link = await home.invite(purpose).catch(() => undefined);
    if (link === undefined) return this.#fail("room");
    this.#handOver.begin();
    const session = await endpoint.connect(peer);
    const channel = await session.open(PROTOCOL.invite);
    await channel.send(textToBytes(link));
    await channel.closed;
    mailbox.leave();
    this.#end({});
  }

  async #awaitInvitation(): Promise<void> {
    for await (const channel of this.#session?.channels ?? []) {
      if (channel.protocol !== PROTOCOL.invite) continue;
      for await (const message of channel.messages) {
        const ticket = invitationOf(message);
        if (ticket === undefined) return this.#fail("protocol");
        const invitation = encodeTicket({ ...ticket, hints: [this.#handOver.way(), ...ticket.hints] });
        await channel.finish();
        this.#options.mailbox.leave();
        return this.#end({ invitation });
      }
    }
    this.#fail("lost");
  }

  // --- ends -------------------------------------------------------------------------------------

  #end(done: Done): void {
    if (this.isOver) return;
    this.#set({ at: "done", ...done });
    void this.#close();
  }

  #fail(reason: JoinCodeFailure, transfer?: TransferView): void {
    if (this.isOver) return;
    this.#set({ at: "failed", reason, ...(transfer !== undefined && { transfer }) });
    this.#handOver.refuse();
    void this.#close();
  }

  /** The one-time endpoint says goodbye; then nobody is there any more, unless links were handed over. */
  async #close(): Promise<void> {
    const { endpoint, mailbox, made } = this.#options;
    for (const stop of this.#stops.splice(0)) stop();
    this.#links?.stop();
    if (!this.#hasMet && made !== undefined) await mailbox.close(); // nobody shall come any more
    if (this.#hasLastWord) await this.#links?.ended();
    await endpoint.close();
    if (!this.#handOver.hasBegun) await mailbox.close();
    this.#settle();
  }

  #set(step: JoinCodeStep): void {
    this.#step = step;
    this.#options.changed();
  }

  #touch(): void {
    this.#options.endpoint.driver.touch();
    this.#options.changed();
  }
}

const FAILURES: Readonly<Partial<Record<Extract<PairingStage, { at: "failed" }>["reason"], JoinCodeFailure>>> = {
  "wrong-code": "wrong-code",
  expired: "expired",
  unavailable: "expired",
  denied: "denied",
  cancelled: "cancelled",
  mismatch: "mismatch",
  blocked: "blocked",
  paused: "blocked",
  closed: "lost",
};

const purposeOf = (leadsTo: CodeLeadsTo): JoinCodePurpose["for"] => (leadsTo === "contacts" ? "contact" : leadsTo);

const secretOf = (words: string): Secret => new Secret(textToBytes(words));

/** As {@link encodeTicket} wrote it; `undefined` for anything that is no invitation. */
function invitationOf(message: Uint8Array): ReturnType<typeof decodeTicket> | undefined {
  try {
    const ticket = decodeTicket(bytesToText(message));
    return ticket.kind === "invitation" ? ticket : undefined;
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return undefined;
  }
}
