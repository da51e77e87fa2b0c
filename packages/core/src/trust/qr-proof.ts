/**
 * Proof by a QR code that one side shows and the other scanned (spec/pairing.md §5). Its secret has
 * 128 random bits, so a plain keyed hash over the session's transcript proves it both ways; the
 * scanner goes first. It works once.
 *
 *     scanner  proving ─▶ proven
 *     shower   waiting ─▶ storing ─▶ proven
 *
 * @module
 */
import type { Secret } from "../crypto/secret.ts";
import { assert } from "../lib/assert.ts";
import { after, type Instant, type WallTime } from "../lib/time.ts";
import { PAIRING_PERSON_TIMEOUT } from "../wire/limits.ts";
import type { AttemptLimits } from "./attempt-limits.ts";
import { type PairingGround, PairingKeys, pairingContext } from "./pairing-keys.ts";
import type { PairingMessage } from "./pairing-message.ts";
import { misplaced, type PairingFailure, type Proof, type ProofOutput } from "./proof.ts";
import type { ShownCode } from "./shown-code.ts";
import { storeOutput } from "./stored.ts";

/** The side that scanned. */
export class QrScanner implements Proof {
  readonly #keys: PairingKeys;
  readonly #deadline: Instant;
  readonly #outputs: ProofOutput[] = [];
  #isOver = false;

  /** Wipes `secret`. */
  constructor(ground: PairingGround, secret: Secret, now: Instant) {
    this.#keys = new PairingKeys(ground, pairingContext(ground, "qr", 0), secret, "qr");
    secret.wipe();
    this.#deadline = after(now, PAIRING_PERSON_TIMEOUT);
    this.#outputs.push(
      { type: "send", message: { type: "confirm", proof: this.#keys.proof() } },
      { type: "step", step: { at: "waiting" } },
    );
  }

  handleMessage(message: PairingMessage): void {
    if (this.#isOver || message.type !== "confirm") throw misplaced(message);
    this.#isOver = true;
    if (this.#keys.verifies(message.proof)) this.#outputs.push({ type: "proven", keys: this.#keys });
    else this.#outputs.push({ type: "failed", reason: "mismatch", tell: "mismatch" });
  }

  handleTimeout(now: Instant): void {
    if (this.#isOver || now < this.#deadline) return;
    this.#isOver = true;
    this.#outputs.push({ type: "failed", reason: "expired", tell: "timeout" });
  }

  nextTimeout(): Instant | undefined {
    return this.#isOver ? undefined : this.#deadline;
  }

  poll(): ProofOutput | undefined {
    return this.#outputs.shift();
  }

  end(): void {
    this.#isOver = true;
    this.#keys.wipe();
  }
}

type ShowerPhase =
  | { readonly at: "waiting" }
  | { readonly at: "storing"; readonly isRight: boolean; readonly keys: PairingKeys }
  | { readonly at: "ended" };

export interface QrShowerOptions {
  readonly ground: PairingGround;
  readonly shown: ShownCode;
  readonly source: string;
  readonly isKnown: boolean;
  readonly attempts: AttemptLimits;
}

/** The side that shows. Wrong proofs count as wrong codes do, though nobody can guess this one. */
export class QrShower implements Proof {
  readonly #options: QrShowerOptions;
  readonly #outputs: ProofOutput[] = [{ type: "step", step: { at: "waiting" } }];
  #phase: ShowerPhase = { at: "waiting" };

  constructor(options: QrShowerOptions) {
    assert(options.shown.method === "qr", "a shown QR code");
    this.#options = options;
  }

  handleMessage(message: PairingMessage, now: Instant, wall: WallTime): void {
    if (this.#phase.at !== "waiting" || message.type !== "confirm") throw misplaced(message);
    const { ground, shown, attempts, source, isKnown } = this.#options;
    if (!shown.isUsable(now)) return this.#fail("expired", "timeout");
    const verdict = attempts.begin(source, isKnown, now);
    if (verdict.answer === "wait") {
      const reason = verdict.reason === "blocked" ? "blocked" : "paused";
      return this.#fail(reason, reason);
    }
    const keys = new PairingKeys(ground, pairingContext(ground, "qr", 0), shown.secret, "qr");
    const isRight = keys.verifies(message.proof);
    this.#phase = { at: "storing", isRight, keys };
    if (isRight) {
      this.#outputs.push(storeOutput([], shown.spend(), 1));
      return;
    }
    const change = attempts.wrongCode(source, isKnown, now, wall);
    this.#outputs.push(storeOutput([shown.wrong(), ...change.puts], change.deletes, 1), {
      type: "audit",
      record: { event: "authFailed", source, detail: "wrong qr" },
    });
  }

  handleStored(): void {
    const phase = this.#phase;
    if (phase.at !== "storing") return;
    if (!phase.isRight) return this.#fail("wrong-code", "wrongCode");
    this.#phase = { at: "ended" };
    this.#outputs.push(
      { type: "send", message: { type: "confirm", proof: phase.keys.proof() } },
      { type: "proven", keys: phase.keys },
    );
  }

  handleTimeout(now: Instant): void {
    const end = this.nextTimeout();
    if (end !== undefined && now >= end) this.#fail("expired", "timeout");
  }

  nextTimeout(): Instant | undefined {
    return this.#phase.at === "waiting" ? this.#options.shown.expiresAt : undefined;
  }

  poll(): ProofOutput | undefined {
    return this.#outputs.shift();
  }

  end(): void {
    if (this.#phase.at === "storing") this.#phase.keys.wipe();
    this.#phase = { at: "ended" };
  }

  #fail(reason: PairingFailure, tell: "timeout" | "paused" | "blocked" | "wrongCode"): void {
    this.end();
    this.#outputs.push({ type: "failed", reason, tell });
  }
}
