/**
 * The side that was dialled (spec/handshake.md §4). Made only once a hello may be answered: what
 * comes before any cryptography is `HandshakeGate`'s.
 *
 *     listening ──hello──▶ answered ──confirm──▶ done
 *         └──────────────────┴──timeout, anything else──▶ failed
 *
 * @module
 */
import { LABEL } from "../crypto/labels.ts";
import { bytesEqual } from "../lib/bytes.ts";
import type { Instant } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import { HandshakeState } from "../noise/handshake-state.ts";
import { XX_HFS } from "../noise/patterns.ts";
import { decodeConfirm, decodeHello, encodeAnswer, encodeRefuse, type Hello } from "../wire/handshake-packet.ts";
import { HANDSHAKE_REPEATS_MAX } from "../wire/limits.ts";
import { PACKET, REFUSAL } from "../wire/registry.ts";
import {
  failureOf,
  type HandshakeFailure,
  type HandshakeOptions,
  type HandshakeOutput,
  handshakePrologue,
  highestCommonVersion,
  VERSIONS,
  type VersionRange,
} from "./handshake.ts";
import { readIntroduction, takeKeying, writeIntroduction } from "./handshake-introduction.ts";
import { ResendTimer } from "./resend-timer.ts";

interface Answered {
  at: "answered";
  readonly noise: HandshakeState;
  readonly version: number;
  readonly offered: VersionRange;
  readonly hello: Uint8Array;
  readonly answer: Uint8Array;
  readonly timer: ResendTimer;
  repeatsLeft: number;
}

type Phase = { at: "listening"; timer: ResendTimer } | Answered | { at: "done" } | { at: "failed" };

export class HandshakeResponder {
  readonly #options: HandshakeOptions;
  readonly #versions: VersionRange;
  readonly #isReliable: boolean;
  readonly #outputs: HandshakeOutput[] = [];
  #phase: Phase;

  constructor(options: HandshakeOptions) {
    this.#options = options;
    this.#versions = options.versions ?? VERSIONS;
    this.#isReliable = options.isReliable ?? true;
    this.#phase = { at: "listening", timer: new ResendTimer({ now: options.now, isReliable: true }) };
  }

  get phase(): Phase["at"] {
    return this.#phase.at;
  }

  /** A packet of the handshake that arrived on its link. The caller may reuse its array. */
  handleMessage(packet: Uint8Array, now: Instant): void {
    const phase = this.#phase;
    try {
      if (phase.at === "listening") this.#answer(packet, now);
      else if (phase.at === "answered") this.#receive(packet, phase);
    } catch (error) {
      this.#fail(failureOf(error));
    }
  }

  handleTimeout(now: Instant): void {
    const phase = this.#phase;
    if (phase.at !== "listening" && phase.at !== "answered") return;
    const verdict = phase.timer.check(now);
    if (verdict === "expired") this.#fail("timeout");
    else if (verdict === "resend" && phase.at === "answered") {
      this.#outputs.push({ type: "transmit", bytes: phase.answer });
    }
  }

  nextTimeout(): Instant | undefined {
    const phase = this.#phase;
    return phase.at === "listening" || phase.at === "answered" ? phase.timer.next : undefined;
  }

  poll(): HandshakeOutput | undefined {
    return this.#outputs.shift();
  }

  /** Gives up without a word. Nothing comes out afterwards. */
  abandon(): void {
    if (this.#phase.at === "answered") this.#phase.noise.wipe();
    this.#phase = { at: "failed" };
    this.#outputs.length = 0;
  }

  #answer(packet: Uint8Array, now: Instant): void {
    const hello = decodeHello(packet);
    const offered = { min: hello.versionMin, max: hello.versionMax };
    const version = highestCommonVersion(this.#versions, offered);
    if (version === undefined) {
      this.#outputs.push({ type: "transmit", bytes: encodeRefuse(REFUSAL.version) });
      throw new WireError("ERR_VERSION", `versions ${offered.min} to ${offered.max} are none of ours`);
    }
    const noise = this.#noise(hello);
    try {
      noise.readMessage(hello.noise);
      noise.writeTokens();
    } catch (error) {
      noise.wipe();
      throw error;
    }
    const own = { version, versions: this.#versions };
    const answer = encodeAnswer(writeIntroduction(noise, LABEL.handshakeResponder, own, this.#options));
    this.#phase = {
      at: "answered",
      noise,
      version,
      offered,
      hello: packet.slice(),
      answer,
      timer: new ResendTimer({ now, isReliable: this.#isReliable }),
      repeatsLeft: HANDSHAKE_REPEATS_MAX,
    };
    this.#outputs.push({ type: "transmit", bytes: answer });
  }

  #receive(packet: Uint8Array, phase: Answered): void {
    if (packet[0] === PACKET.confirm) {
      this.#finish(packet, phase);
      return;
    }
    const isOvertaking = packet[0] === PACKET.record; // a first record may arrive before the confirm
    const isRepeat = packet[0] === PACKET.hello && bytesEqual(packet, phase.hello);
    if (this.#isReliable || !(isOvertaking || isRepeat)) {
      throw new WireError("ERR_UNEXPECTED", `packet ${packet[0]} while waiting for a confirm`);
    }
    if (!isRepeat || phase.repeatsLeft === 0) return;
    phase.repeatsLeft--;
    this.#outputs.push({ type: "transmit", bytes: phase.answer });
  }

  #finish(packet: Uint8Array, { noise, version, offered }: Answered): void {
    noise.readTokens(decodeConfirm(packet));
    const remote = readIntroduction(noise, LABEL.handshakeInitiator, this.#options);
    if (remote === undefined) {
      this.#fail("self");
      return;
    }
    if (remote.version !== version || remote.versions.min !== offered.min || remote.versions.max !== offered.max) {
      throw new WireError("ERR_VERSION", "the initiator's versions are not those of its hello");
    }
    const keying = takeKeying(noise, "responder", remote, this.#options);
    this.#phase = { at: "done" };
    this.#outputs.push({ type: "done", keying });
  }

  #noise(hello: Hello): HandshakeState {
    const { provider, random, staticKeys, binding } = this.#options;
    const prologue = handshakePrologue(hello, binding);
    return new HandshakeState({ provider, random, pattern: XX_HFS, role: "responder", prologue, s: staticKeys });
  }

  #fail(reason: HandshakeFailure): void {
    if (this.#phase.at === "answered") this.#phase.noise.wipe();
    this.#phase = { at: "failed" };
    this.#outputs.push({ type: "failed", reason });
  }
}
