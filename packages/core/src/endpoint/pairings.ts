/**
 * The pairings of an endpoint: one machine for each pairing channel, and the code or QR that our
 * person shows to whoever comes. While one is shown, pairing is open: strangers are answered even
 * where privacy would not (spec/trust.md §8).
 *
 * @module
 */
import type { CryptoProvider } from "../crypto/provider.ts";
import { Secret } from "../crypto/secret.ts";
import type { LocalIdentity } from "../identity/keys.ts";
import type { PeerId } from "../identity/peer-id.ts";
import { assert } from "../lib/assert.ts";
import { bytesToHex } from "../lib/hex.ts";
import type { Moment } from "../lib/moment.ts";
import type { RandomSource } from "../lib/random.ts";
import { after, type Duration, type Instant, minutes, sooner } from "../lib/time.ts";
import { bytesToText } from "../lib/utf8.ts";
import type { AttemptLimits } from "../trust/attempt-limits.ts";
import type { Introduction } from "../trust/introduction.ts";
import { PairingMachine } from "../trust/pairing.ts";
import type { CodeLeadsTo } from "../trust/pairing-message.ts";
import type { PairingChoice, PairingRequest } from "../trust/pairing-options.ts";
import { QR_SECRET_BYTES } from "../trust/qr-payload.ts";
import { newPin, normalizeCode, ShownCode } from "../trust/shown-code.ts";
import { PAIRINGS_MAX } from "../wire/limits.ts";
import { PROTOCOL, RESET } from "../wire/registry.ts";
import { AppChannel } from "./app-channel.ts";
import type { PairingId, PairingStage, PairingState, PairingsOutput } from "./pairings-output.ts";
import type { SessionEntry, SessionId } from "./session-table.ts";

/** How long an ended pairing can still be seen. */
const SHOWN_AFTER_END: Duration = minutes(1);

interface Running {
  readonly id: PairingId;
  readonly isOurs: boolean;
  readonly machine: PairingMachine;
  readonly session: SessionEntry;
  readonly app: AppChannel;
  /** Whether the peer said anything on it. */
  isHeard: boolean;
  stage: PairingStage;
  endedAt: Instant | undefined;
}

interface Offer {
  readonly id: PairingId;
  readonly shown: ShownCode;
}

export interface PairingsOptions {
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  /** The device's own identity, for sessions that run under another. */
  readonly identity: LocalIdentity;
  readonly name: string;
  readonly attempts: AttemptLimits;
  readonly isBlocked: (peer: PeerId) => boolean;
  readonly isContact: (peer: PeerId) => boolean;
  /** Whether this introduction shows another key where one is pinned: a loud stop. */
  readonly isKeyChanged: (introduction: Introduction, session: SessionEntry) => boolean;
  /** We are here for one code alone, which is offered: nothing else convinces us. */
  readonly isForCode: boolean;
}

/** A code that leads who has it to us, once. */
export interface OfferedCode {
  /** As `normalizeCode` gives it; taken over. */
  readonly secret: Secret;
  readonly lifetime: Duration;
  readonly leadsTo: CodeLeadsTo;
}

export class Pairings {
  readonly #options: PairingsOptions;
  readonly #running = new Map<PairingId, Running>(); // at most PAIRINGS_MAX that go on
  #offer: Offer | undefined;
  readonly #outputs: PairingsOutput[] = [];

  constructor(options: PairingsOptions) {
    this.#options = options;
  }

  /** Whether our person shows something to whoever comes. */
  isOpen(now: Instant): boolean {
    return this.#offer?.shown.isUsable(now) === true;
  }

  /** Of the QR that our person shows. */
  get shownQr(): Secret | undefined {
    const shown = this.#offer?.shown;
    return shown?.method === "qr" && !shown.secret.isWiped ? shown.secret : undefined;
  }

  /** Whether a pairing by a QR goes on: with `peer` by its own, or with anybody by ours. */
  isPairingByQr(peer: PeerId | undefined): boolean {
    for (const { isOurs, machine, session } of this.#running.values()) {
      if (machine.isOver || machine.method !== "qr") continue;
      if (peer === undefined ? !isOurs : isOurs && session.stack.peer === peer) return true;
    }
    return false;
  }

  states(now: Instant): PairingState[] {
    const states: PairingState[] = [...this.#running.values()].map(({ id, isOurs, machine, session, stage }) => ({
      id,
      isOurs,
      method: machine.method,
      peer: session.stack.peer,
      stage,
      leadsTo: machine.leadsTo,
    }));
    if (this.#offer !== undefined && this.isOpen(now)) {
      const { id, shown } = this.#offer;
      const stage = { at: "show-code", shown } as const;
      states.push({ id, isOurs: true, method: shown.method, peer: undefined, stage, leadsTo: shown.leadsTo });
    }
    return states;
  }

  /** Sessions that served to pair with `peer`, whose own session is another. */
  *leftBehind(peer: PeerId, own: SessionEntry): Iterable<SessionEntry> {
    for (const { session, stage } of this.#running.values()) {
      if (stage.at === "done" && stage.paired.peer === peer && session !== own && !session.stack.isOver) yield session;
    }
  }

  // --- commands -------------------------------------------------------------------------------

  /** Shows a code to whoever comes, in place of one that was shown before. */
  offer(method: "pin" | "qr", at: Moment): { readonly id: PairingId; readonly shown: ShownCode } {
    const { random } = this.#options;
    const secret =
      method === "pin" ? normalizeCode("pin", newPin(random)) : new Secret(random(QR_SECRET_BYTES).slice());
    assert(secret !== undefined, "a code of ours is a code");
    return this.#show(new ShownCode({ method, secret, random, now: at.now, wall: at.wall }));
  }

  /** Waits for whoever has this code. It may be tried once. */
  offerCode({ secret, lifetime, leadsTo }: OfferedCode, { now, wall }: Moment): PairingId {
    const { random } = this.#options;
    return this.#show(new ShownCode({ method: "code", secret, tries: 1, lifetime, leadsTo, random, now, wall })).id;
  }

  #show(shown: ShownCode): { readonly id: PairingId; readonly shown: ShownCode } {
    this.#withdraw();
    this.#offer = { id: this.#newId(), shown };
    this.#outputs.push(
      { type: "store", pairing: "", token: 0, puts: [shown.begin()], deletes: [] },
      { type: "changed" },
    );
    return { id: this.#offer.id, shown };
  }

  /** Begins with the peer of a session; `undefined` if there are too many pairings or channels. */
  start(session: SessionEntry, request: PairingRequest, at: Moment): PairingId | undefined {
    if (this.#liveCount() >= PAIRINGS_MAX) return undefined;
    const channel = session.stack.open(PROTOCOL.pair, 0);
    if (channel === undefined) return undefined;
    const running = this.#run(session, channel, true, at);
    running.machine.start(request, at.now, at.wall);
    this.#drain(running, at.now);
    return running.id;
  }

  /** False: it can be no code, or none is asked for; that costs no try. */
  enterCode(id: PairingId, code: string, now: Instant): boolean {
    return this.#command(id, now, (machine) => machine.enterCode(code, now)) ?? false;
  }

  match(id: PairingId, isSame: boolean, now: Instant): void {
    this.#command(id, now, (machine) => machine.match(isSame, now));
  }

  consent(id: PairingId, choice: PairingChoice, now: Instant): void {
    this.#command(id, now, (machine) => machine.consent(choice, now));
  }

  cancel(id: PairingId, now: Instant): void {
    if (this.#offer?.id === id) this.#withdraw();
    this.#command(id, now, (machine) => machine.cancel());
  }

  // --- what the world did ---------------------------------------------------------------------

  handleOffered(session: SessionEntry, channel: number, at: Moment): void {
    const { stack, persona } = session;
    const current = [...this.#running.values()].find((each) => each.session === session && !each.machine.isOver);
    if (current?.isOurs === true && !current.isHeard) {
      // Both asked at once: the smaller PeerId's channel stays, and our person's pairing goes on by it.
      if (persona.identity.peerId < stack.peer) return stack.reset(channel, RESET.cancelled);
      this.#running.delete(current.id);
      current.machine.cancel();
      stack.reset(current.app.channel, RESET.cancelled);
      stack.accept(channel);
      this.#run(session, channel, false, at, current.id);
      return;
    }
    if (current !== undefined || this.#liveCount() >= PAIRINGS_MAX) return stack.reset(channel, RESET.tooMany);
    stack.accept(channel);
    this.#run(session, channel, false, at);
  }

  /** True if the channel is one of these. */
  handleMessages(
    session: SessionId,
    channel: number,
    batch: { messages: readonly Uint8Array[]; bytes: number },
    at: Moment,
  ): boolean {
    const running = this.#find(session, channel);
    if (running === undefined) return false;
    running.isHeard = true;
    const { messages, bytes } = batch;
    for (const message of messages) running.machine.handleMessage(message, at.now, at.wall);
    running.app.consumed(bytes);
    this.#drain(running, at.now);
    return true;
  }

  handleWritable(session: SessionId, channel: number): boolean {
    const running = this.#find(session, channel);
    running?.app.handleWritable();
    return running !== undefined;
  }

  handleEnded(session: SessionId, channel: number, now: Instant): boolean {
    const running = this.#find(session, channel);
    if (running === undefined) return false;
    running.machine.handleClosed();
    this.#drain(running, now);
    return true;
  }

  handleSessionOver(session: SessionId, now: Instant): void {
    for (const running of this.#running.values()) {
      if (running.session.id !== session) continue;
      running.machine.handleClosed();
      this.#drain(running, now);
    }
  }

  /** A proof is bound to one handshake: what ran under the one before is over, and costs no try. */
  handleReshaken(session: SessionEntry, now: Instant): void {
    for (const { session: own, app, machine } of this.#running.values()) {
      if (own === session && !machine.isOver) session.stack.reset(app.channel, RESET.cancelled);
    }
    this.handleSessionOver(session.id, now);
  }

  handleStored(id: PairingId, token: number, now: Instant): void {
    this.#command(id, now, (machine) => machine.handleStored(token, now));
  }

  handleTimeout(now: Instant): void {
    if (this.#offer !== undefined && !this.#offer.shown.isUsable(now)) this.#withdraw();
    for (const running of [...this.#running.values()]) {
      running.machine.handleTimeout(now);
      this.#drain(running, now);
      if (running.endedAt === undefined || now < after(running.endedAt, SHOWN_AFTER_END)) continue;
      this.#running.delete(running.id);
      this.#outputs.push({ type: "changed" });
    }
  }

  nextTimeout(): Instant | undefined {
    let next: Instant | undefined = this.#offer?.shown.expiresAt;
    for (const { machine, endedAt } of this.#running.values()) {
      next = sooner(next, endedAt === undefined ? machine.nextTimeout() : after(endedAt, SHOWN_AFTER_END));
    }
    return next;
  }

  poll(): PairingsOutput | undefined {
    return this.#outputs.shift();
  }

  #run(session: SessionEntry, channel: number, isOurs: boolean, { now }: Moment, id = this.#newId()): Running {
    const { provider, random, identity, name, attempts, isBlocked, isContact, isForCode } = this.#options;
    const { stack, persona, source } = session;
    const machine = new PairingMachine({
      provider,
      random,
      side: isOurs ? "initiator" : "responder",
      identity: persona.identity,
      ...(persona.identity.peerId !== identity.peerId && { introduceAs: identity }),
      remote: stack.peer,
      transcript: session.transcript,
      name,
      source,
      isKnown: isContact(stack.peer),
      attempts,
      ...(this.#offer !== undefined && { offered: this.#offer.shown }),
      isOfferedOnly: isForCode,
      isBlocked,
      now,
    });
    const app = new AppChannel(stack, channel);
    const stage: PairingStage = { at: "waiting" };
    const running: Running = { id, isOurs, isHeard: false, machine, session, app, stage, endedAt: undefined };
    this.#running.set(id, running);
    this.#outputs.push({ type: "changed" });
    return running;
  }

  #command<T>(id: PairingId, now: Instant, run: (machine: PairingMachine) => T): T | undefined {
    const running = this.#running.get(id);
    if (running === undefined) return undefined;
    const result = run(running.machine);
    this.#drain(running, now);
    return result;
  }

  #drain(running: Running, now: Instant): void {
    const { machine, app, id, session } = running;
    for (let output = machine.poll(); output !== undefined; output = machine.poll()) {
      switch (output.type) {
        case "transmit":
          app.send(output.bytes);
          break;
        case "store":
          this.#outputs.push({ ...output, pairing: id });
          break;
        case "audit":
          this.#outputs.push(output);
          break;
        case "step":
          this.#step(running, output.step);
          break;
        case "done":
          this.#stage(running, { at: "done", paired: output.paired });
          this.#outputs.push({ type: "paired", pairing: id, session, paired: output.paired });
          break;
        case "failed":
          if (running.stage.at !== "failed") this.#stage(running, { at: "failed", reason: output.reason });
      }
    }
    if (!machine.isOver || running.endedAt !== undefined) return;
    running.endedAt = now;
    if (!session.stack.isOver) session.stack.finish(app.channel);
    if (this.#offer !== undefined && !this.#offer.shown.isUsable(now)) this.#withdraw();
  }

  #step(running: Running, step: Exclude<PairingStage, { at: "done" | "failed" }>): void {
    if (step.at !== "consent" || !this.#options.isKeyChanged(step.asks, running.session)) {
      return this.#stage(running, step);
    }
    this.#stage(running, { at: "failed", reason: "key-changed" });
    running.machine.cancel();
  }

  #stage(running: Running, stage: PairingStage): void {
    running.stage = stage;
    this.#outputs.push({ type: "changed" });
  }

  #withdraw(): void {
    if (this.#offer === undefined) return;
    const deletes = this.#offer.shown.spend();
    this.#offer = undefined;
    this.#outputs.push({ type: "store", pairing: "", token: 0, puts: [], deletes }, { type: "changed" });
  }

  #find(session: SessionId, channel: number): Running | undefined {
    for (const running of this.#running.values()) {
      if (running.session.id === session && running.app.channel === channel) return running;
    }
    return undefined;
  }

  #liveCount(): number {
    let count = 0;
    for (const { machine } of this.#running.values()) if (!machine.isOver) count++;
    return count;
  }

  #newId(): PairingId {
    return bytesToHex(this.#options.random(4));
  }
}

/** The code as a person reads it. */
export const codeText = (shown: ShownCode): string => bytesToText(shown.secret.reveal());
