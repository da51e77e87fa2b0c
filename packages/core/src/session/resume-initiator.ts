/**
 * The side that asks to resume (spec/resume.md §3).
 *
 *     waiting ──resumed──▶ done
 *      ▲  └──no answer──▶ paused        retry() sends the very same bytes, on whatever link there is now
 *      └──────retry──────────┘
 *     waiting ──refuse, anything that does not open──▶ failed: make a handshake
 *
 * Belongs to no link: the request is one for its id, and an answer lost with its link comes again,
 * the same, over the next one.
 *
 * @module
 */
import type { Instant } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import type { HandshakeState } from "../noise/handshake-state.ts";
import { decodeRefuse, decodeResumed, encodeResume, type Refusal } from "../wire/handshake-packet.ts";
import { PACKET } from "../wire/registry.ts";
import { failureOf, type HandshakeFailure } from "./handshake.ts";
import { type Keying, keyingFromNoise } from "./keying.ts";
import { ResendTimer } from "./resend-timer.ts";
import { decodeReply, encodeRequest, type ResumeContext, resumedFacts, resumeNoise } from "./resume.ts";

export interface ResumeOptions {
  /** The u32 that records to us will carry. */
  readonly localIndex: number;
  readonly now: Instant;
  /** As for a handshake: whether the link delivers everything. True by default. */
  readonly isReliable?: boolean | undefined;
}

export type ResumeOutput =
  | { readonly type: "transmit"; readonly bytes: Uint8Array }
  /** `received` is what the peer has of our channels, in their encoding. The old secret stays until a record opened. */
  | { readonly type: "done"; readonly keying: Keying; readonly received: Uint8Array }
  /** Nothing came back in time. {@link ResumeInitiator.retry} may be called. */
  | { readonly type: "unanswered" }
  | { readonly type: "failed"; readonly reason: HandshakeFailure; readonly refusal?: Refusal };

type Phase =
  | { at: "waiting"; noise: HandshakeState; timer: ResendTimer }
  | { at: "paused"; noise: HandshakeState }
  | { at: "done" }
  | { at: "failed" };

export class ResumeInitiator {
  readonly #old: Keying;
  readonly #localIndex: number;
  readonly #request: Uint8Array;
  readonly #outputs: ResumeOutput[] = [];
  #phase: Phase;

  /** The request is the first output. `old` keeps its resume secret: the caller decides when it is spent. */
  constructor(context: ResumeContext, old: Keying, options: ResumeOptions) {
    const { now, isReliable = true, localIndex } = options;
    const noise = resumeNoise(context, old, "initiator");
    this.#old = old;
    this.#localIndex = localIndex;
    this.#request = encodeResume({
      version: old.version,
      id: old.resumeId,
      noise: noise.writeMessage(encodeRequest(localIndex)),
    });
    this.#phase = { at: "waiting", noise, timer: new ResendTimer({ now, isReliable }) };
    this.#outputs.push({ type: "transmit", bytes: this.#request });
  }

  get phase(): Phase["at"] {
    return this.#phase.at;
  }

  /** Whether the request is out and may still be answered. */
  get isOpen(): boolean {
    return this.#phase.at === "waiting" || this.#phase.at === "paused";
  }

  /** Sends the same bytes once more and waits anew. For a new link, or because the peer gave way. */
  retry(now: Instant, isReliable = true): void {
    const phase = this.#phase;
    if (phase.at !== "waiting" && phase.at !== "paused") return;
    this.#phase = { at: "waiting", noise: phase.noise, timer: new ResendTimer({ now, isReliable }) };
    this.#outputs.push({ type: "transmit", bytes: this.#request });
  }

  /** `resumed` and `refuse`. A `resume` of the peer goes to `ResumeBook.answer`, whatever link it came on. */
  handleMessage(packet: Uint8Array, _now: Instant): void {
    const phase = this.#phase;
    if (phase.at !== "waiting" && phase.at !== "paused") return;
    try {
      if (packet[0] === PACKET.resumed) this.#finish(packet, phase.noise);
      else if (packet[0] === PACKET.refuse) this.#fail("refused", decodeRefuse(packet));
      else throw new WireError("ERR_UNEXPECTED", `packet ${packet[0]} while waiting to resume`);
    } catch (error) {
      this.#fail(failureOf(error));
    }
  }

  handleTimeout(now: Instant): void {
    const phase = this.#phase;
    if (phase.at !== "waiting") return;
    const verdict = phase.timer.check(now);
    if (verdict === "resend") this.#outputs.push({ type: "transmit", bytes: this.#request });
    if (verdict !== "expired") return;
    this.#phase = { at: "paused", noise: phase.noise };
    this.#outputs.push({ type: "unanswered" });
  }

  nextTimeout(): Instant | undefined {
    return this.#phase.at === "waiting" ? this.#phase.timer.next : undefined;
  }

  poll(): ResumeOutput | undefined {
    return this.#outputs.shift();
  }

  /** Gives up without a word. Nothing comes out afterwards. */
  abandon(): void {
    this.#wipe();
    this.#phase = { at: "failed" };
    this.#outputs.length = 0;
  }

  #finish(packet: Uint8Array, noise: HandshakeState): void {
    const resumed = decodeResumed(packet);
    if (resumed.id !== this.#old.resumeId) throw new WireError("ERR_VALUE", "another resumption's answer");
    const reply = decodeReply(noise.readMessage(resumed.noise));
    const keying = keyingFromNoise(noise, resumedFacts(this.#old, "initiator", this.#localIndex, reply.index));
    this.#phase = { at: "done" };
    this.#outputs.push({ type: "done", keying, received: reply.received });
  }

  #fail(reason: HandshakeFailure, refusal?: Refusal): void {
    this.#wipe();
    this.#phase = { at: "failed" };
    this.#outputs.push(refusal === undefined ? { type: "failed", reason } : { type: "failed", reason, refusal });
  }

  #wipe(): void {
    if (this.#phase.at === "waiting" || this.#phase.at === "paused") this.#phase.noise.wipe();
  }
}
