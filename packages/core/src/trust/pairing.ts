/**
 * Pairing: two people make their devices trust each other (spec/pairing.md). One machine for each
 * pairing channel, always inside an established session.
 *
 *     request ─▶ proof (code, QR, words, or none) ─▶ introductions ─▶ both people say yes ─▶ done
 *
 * No name, identity or contact key leaves before the proof has succeeded on this side. The responder
 * introduces itself only once its person has said yes; so who asks shows itself first.
 *
 * @module
 */
import type { Secret } from "../crypto/secret.ts";
import type { PeerId } from "../identity/peer-id.ts";
import { assert } from "../lib/assert.ts";
import { after, type Instant, millis, type WallTime } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import { HANDSHAKE_TIMEOUT, PAIRING_PERSON_TIMEOUT } from "../wire/limits.ts";
import { CodeShower, CodeTyper } from "./code-proof.ts";
import { decodeIntroduction, encodeIntroduction, type Introduction } from "./introduction.ts";
import type { PairingGround, PairingKeys } from "./pairing-keys.ts";
import {
  type CodeLeadsTo,
  decodePairingMessage,
  encodePairingMessage,
  type PairingCancel,
  type PairingMessage,
  type PairingMethod,
} from "./pairing-message.ts";
import type { PairingChoice, PairingOptions, PairingOutput, PairingRequest } from "./pairing-options.ts";
import { FAILURE_OF, misplaced, type PairingFailure, type PairingStep, type Proof, type ProofOutput } from "./proof.ts";
import { QrScanner, QrShower } from "./qr-proof.ts";
import type { Role } from "./roles.ts";
import { newPin, newWordCode, normalizeCode, ShownCode } from "./shown-code.ts";
import { storeOutput } from "./stored.ts";
import { WordProof } from "./word-proof.ts";

/** The other person's answer, and the way of the message. */
const OTHER_PERSON_TIMEOUT = millis(PAIRING_PERSON_TIMEOUT + HANDSHAKE_TIMEOUT);

type Phase =
  | { readonly at: "idle"; readonly deadline: Instant | undefined }
  | { readonly at: "proving"; readonly proof: Proof }
  | { readonly at: "introducing"; readonly deadline: Instant; readonly keys: PairingKeys | undefined }
  | {
      readonly at: "asked";
      readonly deadline: Instant;
      readonly keys: PairingKeys | undefined;
      readonly asks: Introduction;
      readonly theirs: Role | undefined;
    }
  | { readonly at: "agreed"; readonly deadline: Instant; readonly asks: Introduction; readonly ours: Yes }
  | { readonly at: "done" }
  | { readonly at: "failed"; readonly reason: PairingFailure };

type Yes = Extract<PairingChoice, { accept: true }>;

export class PairingMachine {
  readonly #options: PairingOptions;
  readonly #ground: PairingGround;
  readonly #outputs: PairingOutput[] = [];
  #phase: Phase;
  #method: PairingMethod | undefined;
  /** Made by us, so ours to take away; one that is offered to all outlives this machine. */
  #ownCode: ShownCode | undefined;
  #leadsTo: CodeLeadsTo = "contacts";

  constructor(options: PairingOptions) {
    const { provider, side, identity, remote, transcript } = options;
    assert(transcript.length === 32, "transcript of 32 bytes");
    assert(identity.peerId !== remote, "pairing with ourselves");
    this.#options = options;
    this.#ground = { provider, side, local: identity.peerId, remote, transcript };
    // Who opened the channel must say what it wants.
    const deadline = side === "responder" ? after(options.now, HANDSHAKE_TIMEOUT) : undefined;
    this.#phase = { at: "idle", deadline };
  }

  get method(): PairingMethod | undefined {
    return this.#method;
  }

  /** What a right code is for, once it was right. */
  get leadsTo(): CodeLeadsTo {
    return this.#leadsTo;
  }

  get isOver(): boolean {
    return this.#phase.at === "done" || this.#phase.at === "failed";
  }

  /** The initiator's first command. */
  start(request: PairingRequest, now: Instant, wall: WallTime): void {
    assert(this.#phase.at === "idle" && this.#ground.side === "initiator", "start once, as the initiator");
    const { random } = this.#options;
    this.#method = request.method;
    const senderShows = "shows" in request && request.shows;
    this.#send({ type: "request", method: request.method, senderShows });
    switch (request.method) {
      case "first-use":
        return this.#introduceFirst(undefined, now);
      case "words":
        return this.#prove(new WordProof(this.#ground, random, now), now);
      case "qr":
        return this.#prove(new QrScanner(this.#ground, request.secret, now), now);
      default: {
        const { method } = request;
        if ("code" in request) this.#prove(this.#typer(method, false, now, request.code), now);
        else if (request.shows) this.#prove(this.#shower(method, this.#newCode(method, now, wall), false), now);
        else this.#prove(this.#typer(method, false, now), now);
      }
    }
  }

  /** A typed code. False: it can be none, or none is asked for; that costs no try. */
  enterCode(text: string, now: Instant): boolean {
    if (this.#phase.at !== "proving") return false;
    const isCode = this.#phase.proof.enterCode?.(text, now) ?? false;
    this.#drain(now);
    return isCode;
  }

  /** Whether both people see the same words. */
  match(isSame: boolean, now: Instant): void {
    if (this.#phase.at !== "proving") return;
    this.#phase.proof.match?.(isSame);
    this.#drain(now);
  }

  /** Our person's answer to the step "consent"; ignored when nothing is asked. */
  consent(choice: PairingChoice, now: Instant): void {
    const phase = this.#phase;
    if (phase.at !== "asked") return;
    if (!choice.accept) return this.#fail("denied", "denied");
    if (this.#ground.side === "responder") this.#introduce(phase.keys);
    phase.keys?.wipe();
    this.#send({ type: "verdict", role: choice.role });
    if (phase.theirs !== undefined) return this.#finish(phase.asks, choice, phase.theirs);
    this.#phase = { at: "agreed", deadline: after(now, OTHER_PERSON_TIMEOUT), asks: phase.asks, ours: choice };
    this.#step({ at: "waiting" });
  }

  /** Our person gives up. */
  cancel(): void {
    if (!this.isOver) this.#fail("cancelled", "cancelled");
  }

  handleMessage(bytes: Uint8Array, now: Instant, wall: WallTime): void {
    if (this.isOver) return;
    try {
      this.#receive(decodePairingMessage(bytes), now, wall);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#fail("protocol", "protocol");
    }
  }

  /** What waited for the store goes on. */
  handleStored(token: number, now: Instant): void {
    if (this.#phase.at !== "proving") return;
    this.#phase.proof.handleStored?.(token, now);
    this.#drain(now);
  }

  /** The channel or its session ended. */
  handleClosed(): void {
    if (!this.isOver) this.#fail("closed", undefined);
  }

  handleTimeout(now: Instant): void {
    const deadline = this.nextTimeout();
    if (deadline === undefined || now < deadline) return;
    if (this.#phase.at !== "proving") return this.#fail("expired", "timeout");
    this.#phase.proof.handleTimeout(now);
    this.#drain(now);
  }

  nextTimeout(): Instant | undefined {
    const phase = this.#phase;
    if (phase.at === "proving") return phase.proof.nextTimeout();
    return phase.at === "done" || phase.at === "failed" ? undefined : phase.deadline;
  }

  poll(): PairingOutput | undefined {
    return this.#outputs.shift();
  }

  #receive(message: PairingMessage, now: Instant, wall: WallTime): void {
    if (message.type === "cancel") return this.#fail(FAILURE_OF[message.reason], undefined);
    const phase = this.#phase;
    switch (phase.at) {
      case "idle":
        if (message.type !== "request" || this.#ground.side !== "responder") throw misplaced(message);
        return this.#requested(message.method, message.senderShows, now, wall);
      case "proving":
        phase.proof.handleMessage(message, now, wall);
        return this.#drain(now);
      case "introducing":
        if (message.type !== "introduce") throw misplaced(message);
        return this.#introduced(phase.keys, message.introduction, now);
      case "asked":
        // Only who got our introduction can have decided about us.
        if (message.type !== "verdict" || phase.theirs !== undefined || this.#ground.side === "responder") {
          throw misplaced(message);
        }
        this.#phase = { ...phase, theirs: message.role };
        return;
      case "agreed":
        if (message.type !== "verdict") throw misplaced(message);
        return this.#finish(phase.asks, phase.ours, message.role);
      default:
        throw misplaced(message);
    }
  }

  #requested(method: PairingMethod, senderShows: boolean, now: Instant, wall: WallTime): void {
    const { offered, random, source, isKnown, attempts, isOfferedOnly = false } = this.#options;
    this.#method = method;
    const isOffer = !senderShows && offered?.method === method && offered.isUsable(now);
    if (isOfferedOnly && !isOffer) return this.#fail("unavailable", "unavailable");
    if (method === "first-use") {
      this.#phase = { at: "introducing", deadline: after(now, HANDSHAKE_TIMEOUT), keys: undefined };
    } else if (method === "words") this.#prove(new WordProof(this.#ground, random, now), now);
    else if (method === "qr") {
      if (offered?.method !== "qr" || !offered.isUsable(now)) return this.#fail("unavailable", "unavailable");
      this.#prove(new QrShower({ ground: this.#ground, shown: offered, source, isKnown, attempts }), now);
    } else if (senderShows) this.#prove(this.#typer(method, true, now), now);
    else {
      this.#prove(this.#shower(method, isOffer ? offered : this.#newCode(method, now, wall), true), now);
    }
  }

  #typer(method: "pin" | "code", isReady: boolean, now: Instant, given?: Secret): Proof {
    const { random } = this.#options;
    return new CodeTyper({ ground: this.#ground, random, method, isReady, ...(given !== undefined && { given }), now });
  }

  #shower(method: "pin" | "code", shown: ShownCode, saysReady: boolean): Proof {
    const { random, source, isKnown, attempts } = this.#options;
    return new CodeShower({ ground: this.#ground, random, method, shown, source, isKnown, attempts, saysReady });
  }

  #newCode(method: "pin" | "code", now: Instant, wall: WallTime): ShownCode {
    const { random } = this.#options;
    const secret = normalizeCode(method, method === "pin" ? newPin(random) : newWordCode(random));
    assert(secret !== undefined, "a code of ours is a code");
    this.#ownCode = new ShownCode({ method, secret, random, now, wall });
    this.#outputs.push(storeOutput([this.#ownCode.begin()]));
    return this.#ownCode;
  }

  #prove(proof: Proof, now: Instant): void {
    this.#phase = { at: "proving", proof };
    this.#drain(now);
  }

  #drain(now: Instant): void {
    while (this.#phase.at === "proving") {
      const output = this.#phase.proof.poll();
      if (output === undefined) return;
      this.#pass(output, now);
    }
  }

  #pass(output: ProofOutput, now: Instant): void {
    switch (output.type) {
      case "send":
        return this.#send(output.message);
      case "proven":
        this.#leadsTo = output.leadsTo ?? "contacts";
        if (this.#ground.side === "initiator") return this.#introduceFirst(output.keys, now);
        this.#phase = { at: "introducing", deadline: after(now, HANDSHAKE_TIMEOUT), keys: output.keys };
        return this.#step({ at: "waiting" });
      case "failed":
        return this.#fail(output.reason, output.tell);
      default:
        this.#outputs.push(output);
    }
  }

  #introduceFirst(keys: PairingKeys | undefined, now: Instant): void {
    this.#introduce(keys);
    this.#phase = { at: "introducing", deadline: after(now, OTHER_PERSON_TIMEOUT), keys };
    this.#step({ at: "waiting" });
  }

  #introduce(keys: PairingKeys | undefined): void {
    const { introduceAs, identity, name, roleAsked = "member" } = this.#options;
    // For anything but trust in each other, nobody needs to know who we are.
    const [as, called] = this.#leadsTo === "contacts" ? [introduceAs ?? identity, name] : [identity, ""];
    const plain = encodeIntroduction(this.#ground, as, called, roleAsked);
    this.#send({ type: "introduce", introduction: keys === undefined ? plain : keys.seal(plain) });
  }

  #introduced(keys: PairingKeys | undefined, bytes: Uint8Array, now: Instant): void {
    const plain = keys === undefined ? bytes : keys.open(bytes);
    if (plain === undefined) throw new WireError("ERR_CRYPTO", "introduction does not open");
    const asks = decodeIntroduction(this.#ground, plain);
    const { introduceAs, identity, isBlocked } = this.#options;
    if (asks.peer === identity.peerId || asks.peer === introduceAs?.peerId)
      throw new WireError("ERR_CRYPTO", "ourselves");
    // To a blocked key it looks as if a person had said no.
    if (isBlocked(asks.peer)) return this.#fail("denied", "denied");
    this.#phase = { at: "asked", deadline: after(now, PAIRING_PERSON_TIMEOUT), keys, asks, theirs: undefined };
    this.#outputs.push({ type: "step", step: { at: "consent", asks } });
  }

  #finish(asks: Introduction, ours: Yes, theirs: Role): void {
    const verifiedBy = this.#method ?? "first-use";
    this.#phase = { at: "done" };
    this.#takeCodeAway();
    const { role, remember } = ours;
    const leadsTo = this.#leadsTo;
    this.#audit("paired", asks.peer, verifiedBy);
    this.#outputs.push({ type: "done", paired: { ...asks, verifiedBy, role, roleGiven: theirs, remember, leadsTo } });
  }

  #fail(reason: PairingFailure, tell: PairingCancel | undefined): void {
    if (this.#phase.at === "proving") this.#phase.proof.end();
    if (this.#phase.at === "introducing" || this.#phase.at === "asked") this.#phase.keys?.wipe();
    this.#phase = { at: "failed", reason };
    this.#takeCodeAway();
    if (tell !== undefined) this.#send({ type: "cancel", reason: tell });
    this.#audit("pairingFailed", this.#ground.remote, `${this.#method ?? "none"} ${reason}`);
    this.#outputs.push({ type: "failed", reason });
  }

  #takeCodeAway(): void {
    if (this.#ownCode === undefined) return;
    this.#outputs.push(storeOutput([], this.#ownCode.spend()));
    this.#ownCode = undefined;
  }

  #send(message: PairingMessage): void {
    this.#outputs.push({ type: "transmit", bytes: encodePairingMessage(message) });
  }

  #step(step: PairingStep): void {
    this.#outputs.push({ type: "step", step });
  }

  #audit(event: "paired" | "pairingFailed", peer: PeerId, detail: string): void {
    this.#outputs.push({ type: "audit", record: { event, peer, source: this.#options.source, detail } });
  }
}
