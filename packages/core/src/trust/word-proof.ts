/**
 * Proof by five words that both people compare (spec/pairing.md §5). The initiator commits to its
 * nonce before it sees the other, so nobody in between can search for nonces that give the same
 * words: the odds are 1 in 2^50, once.
 *
 *     initiator  committed ─▶ comparing ─▶ proven
 *     responder  listening ─▶ promised ─▶ comparing ─▶ proven
 *
 * @module
 */
import { isPromisedNonce, SAS_NONCE_BYTES, sasCommitment, sasWords } from "../identity/sas.ts";
import type { RandomSource } from "../lib/random.ts";
import { after, type Instant } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import { PAIRING_PERSON_TIMEOUT } from "../wire/limits.ts";
import { type PairingGround, pairingContext } from "./pairing-keys.ts";
import type { PairingMessage } from "./pairing-message.ts";
import { misplaced, type Proof, type ProofOutput } from "./proof.ts";

type Phase =
  | { readonly at: "committed" }
  | { readonly at: "listening" }
  | { readonly at: "promised"; readonly commitment: Uint8Array }
  | { readonly at: "comparing"; readonly ours: boolean; readonly theirs: boolean }
  | { readonly at: "ended" };

export class WordProof implements Proof {
  readonly #ground: PairingGround;
  readonly #context: Uint8Array;
  readonly #nonce: Uint8Array;
  readonly #outputs: ProofOutput[] = [];
  #phase: Phase;
  #deadline: Instant;

  constructor(ground: PairingGround, random: RandomSource, now: Instant) {
    this.#ground = ground;
    this.#context = pairingContext(ground, "words", 0);
    this.#nonce = random(SAS_NONCE_BYTES).slice();
    this.#deadline = after(now, PAIRING_PERSON_TIMEOUT);
    this.#outputs.push({ type: "step", step: { at: "waiting" } });
    if (ground.side === "responder") {
      this.#phase = { at: "listening" };
      return;
    }
    this.#phase = { at: "committed" };
    const commitment = sasCommitment(ground.provider, this.#context, this.#nonce);
    this.#outputs.push({ type: "send", message: { type: "commit", commitment } });
  }

  handleMessage(message: PairingMessage, now: Instant): void {
    const phase = this.#phase;
    if (phase.at === "listening" && message.type === "commit") {
      this.#phase = { at: "promised", commitment: message.commitment };
      this.#sendNonce();
    } else if (phase.at === "committed" && message.type === "nonce") {
      this.#sendNonce();
      this.#compare(this.#nonce, message.nonce, now);
    } else if (phase.at === "promised" && message.type === "nonce") {
      const { provider } = this.#ground;
      if (!isPromisedNonce(provider, this.#context, message.nonce, phase.commitment)) {
        throw new WireError("ERR_CRYPTO", "nonce is not the one that was promised");
      }
      this.#compare(message.nonce, this.#nonce, now);
    } else if (phase.at === "comparing" && !phase.theirs && message.type === "match") {
      this.#agreed({ ...phase, theirs: true });
    } else throw misplaced(message);
  }

  handleTimeout(now: Instant): void {
    if (this.#phase.at === "ended" || now < this.#deadline) return;
    this.#phase = { at: "ended" };
    this.#outputs.push({ type: "failed", reason: "expired", tell: "timeout" });
  }

  nextTimeout(): Instant | undefined {
    return this.#phase.at === "ended" ? undefined : this.#deadline;
  }

  match(isSame: boolean): void {
    const phase = this.#phase;
    if (phase.at !== "comparing" || phase.ours) return;
    if (!isSame) {
      this.#phase = { at: "ended" };
      this.#outputs.push({ type: "failed", reason: "mismatch", tell: "mismatch" });
      return;
    }
    this.#outputs.push({ type: "send", message: { type: "match" } }, { type: "step", step: { at: "waiting" } });
    this.#agreed({ ...phase, ours: true });
  }

  poll(): ProofOutput | undefined {
    return this.#outputs.shift();
  }

  end(): void {
    this.#phase = { at: "ended" };
  }

  #sendNonce(): void {
    this.#outputs.push({ type: "send", message: { type: "nonce", nonce: this.#nonce } });
  }

  #compare(nonceInitiator: Uint8Array, nonceResponder: Uint8Array, now: Instant): void {
    const words = sasWords(this.#ground.provider, this.#context, nonceInitiator, nonceResponder);
    this.#phase = { at: "comparing", ours: false, theirs: false };
    this.#deadline = after(now, PAIRING_PERSON_TIMEOUT);
    this.#outputs.push({ type: "step", step: { at: "compare", words } });
  }

  #agreed(phase: { readonly at: "comparing"; readonly ours: boolean; readonly theirs: boolean }): void {
    this.#phase = phase.ours && phase.theirs ? { at: "ended" } : phase;
    if (this.#phase.at === "ended") this.#outputs.push({ type: "proven", keys: undefined });
  }
}
