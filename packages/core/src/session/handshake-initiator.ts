/**
 * The side that dials (spec/handshake.md §4).
 *
 *     waiting ──answer──▶ done          with hello sent; a retry makes it send hello once more
 *        └──refuse, timeout, anything else──▶ failed
 *
 * It learns who answered, and verifies it, before message 3 says who it is itself.
 *
 * @module
 */
import { LABEL } from "../crypto/labels.ts";
import type { PeerId } from "../identity/peer-id.ts";
import { bytesEqual } from "../lib/bytes.ts";
import type { Instant } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import { HandshakeState } from "../noise/handshake-state.ts";
import { XX_HFS } from "../noise/patterns.ts";
import {
  CONTACT_TAG_BYTES,
  decodeAnswer,
  decodeRefuse,
  decodeRetry,
  encodeConfirm,
  encodeHello,
  type Hello,
} from "../wire/handshake-packet.ts";
import { HANDSHAKE_REPEATS_MAX } from "../wire/limits.ts";
import { PACKET } from "../wire/registry.ts";
import {
  failureOf,
  type HandshakeOptions,
  type HandshakeOutput,
  handshakePrologue,
  highestCommonVersion,
  VERSIONS,
  type VersionRange,
} from "./handshake.ts";
import { readIntroduction, takeKeying, writeIntroduction } from "./handshake-introduction.ts";
import type { Introduction } from "./handshake-payload.ts";
import { ResendTimer } from "./resend-timer.ts";

export interface InitiatorOptions extends HandshakeOptions {
  /** Anyone else is refused before message 3. */
  readonly expectedPeer?: PeerId | undefined;
  /** The 16-byte contact tag for our X25519 ephemeral of this handshake; without it the tag is zero. */
  readonly tag?: ((ephemeralPublicKey: Uint8Array) => Uint8Array) | undefined;
}

type Phase =
  | { at: "waiting"; noise: HandshakeState; hello: Hello; timer: ResendTimer }
  | { at: "done"; answer: Uint8Array; confirm: Uint8Array; repeatsLeft: number }
  | { at: "failed" };

export class HandshakeInitiator {
  readonly #options: InitiatorOptions;
  readonly #versions: VersionRange;
  readonly #isReliable: boolean;
  readonly #outputs: HandshakeOutput[] = [];
  #phase: Phase;

  /** Makes the ephemeral keys; the hello is the first output. */
  constructor(options: InitiatorOptions) {
    this.#options = options;
    this.#versions = options.versions ?? VERSIONS;
    this.#isReliable = options.isReliable ?? true;
    const { provider, random, now } = options;
    // Made before Noise asks for it: the tag is computed from it, and goes into the prologue.
    const e = provider.x25519Generate(random);
    const head = {
      versionMin: this.#versions.min,
      versionMax: this.#versions.max,
      tag: options.tag?.(e.publicKey.slice()) ?? new Uint8Array(CONTACT_TAG_BYTES),
    };
    const noise = new HandshakeState({
      provider,
      random,
      pattern: XX_HFS,
      role: "initiator",
      prologue: handshakePrologue(head, options.binding),
      s: options.staticKeys,
      e,
    });
    const hello: Hello = { ...head, cookie: new Uint8Array(0), noise: noise.writeMessage(new Uint8Array(0)) };
    this.#phase = { at: "waiting", noise, hello, timer: new ResendTimer({ now, isReliable: this.#isReliable }) };
    this.#outputs.push({ type: "transmit", bytes: encodeHello(hello) });
  }

  get phase(): Phase["at"] {
    return this.#phase.at;
  }

  /** A packet of the handshake that arrived on its link. The caller may reuse its array. */
  handleMessage(packet: Uint8Array, _now: Instant): void {
    const phase = this.#phase;
    try {
      if (phase.at === "waiting") this.#receive(packet, phase);
      else if (phase.at === "done") this.#repeat(packet, phase);
    } catch (error) {
      this.#fail({ reason: failureOf(error) });
    }
  }

  handleTimeout(now: Instant): void {
    const phase = this.#phase;
    if (phase.at !== "waiting") return;
    const verdict = phase.timer.check(now);
    if (verdict === "expired") this.#fail({ reason: "timeout" });
    else if (verdict === "resend") this.#outputs.push({ type: "transmit", bytes: encodeHello(phase.hello) });
  }

  nextTimeout(): Instant | undefined {
    return this.#phase.at === "waiting" ? this.#phase.timer.next : undefined;
  }

  poll(): HandshakeOutput | undefined {
    return this.#outputs.shift();
  }

  /** Gives up without a word, as when another link was faster. Nothing comes out afterwards. */
  abandon(): void {
    if (this.#phase.at === "waiting") this.#phase.noise.wipe();
    this.#phase = { at: "failed" };
    this.#outputs.length = 0;
  }

  #receive(packet: Uint8Array, phase: Phase & { at: "waiting" }): void {
    if (packet[0] === PACKET.retry) this.#sendAgain(decodeRetry(packet), phase);
    else if (packet[0] === PACKET.refuse) this.#fail({ reason: "refused", refusal: decodeRefuse(packet) });
    else if (packet[0] === PACKET.answer) this.#accept(packet, phase);
    else throw new WireError("ERR_UNEXPECTED", `packet ${packet[0]} while waiting for an answer`);
  }

  /** Once: a responder that keeps asking for another cookie makes no progress. */
  #sendAgain(cookie: Uint8Array, phase: Phase & { at: "waiting" }): void {
    const isFirst = phase.hello.cookie.length === 0;
    if (!isFirst && !this.#isReliable && bytesEqual(cookie, phase.hello.cookie)) return; // the link repeated it
    if (!isFirst) throw new WireError("ERR_UNEXPECTED", "a second retry");
    const hello = { ...phase.hello, cookie: cookie.slice() };
    this.#phase = { ...phase, hello };
    this.#outputs.push({ type: "transmit", bytes: encodeHello(hello) });
  }

  #accept(packet: Uint8Array, { noise }: Phase & { at: "waiting" }): void {
    const { expectedPeer } = this.#options;
    noise.readTokens(decodeAnswer(packet));
    const remote = readIntroduction(noise, LABEL.handshakeResponder, this.#options);
    if (remote === undefined) {
      this.#fail({ reason: "self" });
      return;
    }
    this.#checkVersion(remote);
    if (expectedPeer !== undefined && remote.peer !== expectedPeer) {
      this.#fail({ reason: "unexpected-peer", peer: remote.peer });
      return;
    }

    noise.writeTokens();
    const own = { version: remote.version, versions: this.#versions };
    const confirm = encodeConfirm(writeIntroduction(noise, LABEL.handshakeInitiator, own, this.#options));
    const keying = takeKeying(noise, "initiator", remote, this.#options);
    this.#phase = { at: "done", answer: packet.slice(), confirm, repeatsLeft: HANDSHAKE_REPEATS_MAX };
    this.#outputs.push({ type: "transmit", bytes: confirm }, { type: "done", keying });
  }

  #checkVersion(remote: Introduction): void {
    const best = highestCommonVersion(this.#versions, remote.versions);
    if (remote.version !== best)
      throw new WireError("ERR_VERSION", `version ${remote.version}, not the highest common`);
  }

  /** Our confirm was lost: the same answer gets the same confirm. */
  #repeat(packet: Uint8Array, phase: Phase & { at: "done" }): void {
    if (this.#isReliable || phase.repeatsLeft === 0 || !bytesEqual(packet, phase.answer)) return;
    phase.repeatsLeft--;
    this.#outputs.push({ type: "transmit", bytes: phase.confirm });
  }

  #fail(failure: Omit<HandshakeOutput & { type: "failed" }, "type">): void {
    if (this.#phase.at === "waiting") this.#phase.noise.wipe();
    this.#phase = { at: "failed" };
    this.#outputs.push({ ...failure, type: "failed" });
  }
}
