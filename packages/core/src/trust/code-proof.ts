/**
 * Proof by a short code that one side shows and the other types: CPace, then key confirmation both
 * ways, the typing side first (spec/pairing.md §5). Nothing can be searched offline: a stranger who
 * guesses gets one guess a run, and the shower counts and stores it before it answers.
 *
 *     typer   ready ─▶ entering ─▶ [holding] ─▶ sharing ─▶ confirming ─▶ proven
 *     shower  showing ─▶ checking ─▶ storing ─▶ proven, or showing again
 *
 * @module
 */
import { type CpaceStart, cpaceFinish, cpaceStart } from "../crypto/cpace.ts";
import type { Secret } from "../crypto/secret.ts";
import { assert } from "../lib/assert.ts";
import type { RandomSource } from "../lib/random.ts";
import { after, type Duration, type Instant, millis, type WallTime } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import { CODE_ATTEMPT_COOLDOWN, PAIRING_PERSON_TIMEOUT, PAIRING_TRIES } from "../wire/limits.ts";
import type { AttemptLimits } from "./attempt-limits.ts";
import {
  associatedData,
  otherSide,
  PAIRING_CI,
  type PairingGround,
  PairingKeys,
  pairingContext,
} from "./pairing-keys.ts";
import type { CodeLeadsTo, PairingMessage } from "./pairing-message.ts";
import { misplaced, type PairingFailure, type Proof, type ProofOutput } from "./proof.ts";
import { normalizeCode, type ShownCode } from "./shown-code.ts";
import { storeOutput } from "./stored.ts";

export type CodeMethod = "pin" | "code";

/** A little more than the shower's cool-down, so that our own pace never meets it. */
const RETRY_AFTER: Duration = millis(CODE_ATTEMPT_COOLDOWN + 1_000);

interface Run {
  readonly context: Uint8Array;
  readonly start: CpaceStart;
}

type TyperPhase =
  | { readonly at: "ready"; readonly deadline: Instant }
  | { readonly at: "entering"; readonly deadline: Instant }
  | { readonly at: "holding"; readonly deadline: Instant; readonly code: Secret }
  | { readonly at: "sharing"; readonly deadline: Instant; readonly run: Run }
  | { readonly at: "confirming"; readonly deadline: Instant; readonly keys: PairingKeys }
  | { readonly at: "ended" };

/**
 * The side that types. It gives a liar no more guesses than a shower would: three runs, then a new pairing; with a
 * code that it was given beforehand, a join code, one.
 */
export class CodeTyper implements Proof {
  readonly #ground: PairingGround;
  readonly #random: RandomSource;
  readonly #method: CodeMethod;
  readonly #outputs: ProofOutput[] = [];
  #phase: TyperPhase;
  #given: Secret | undefined;
  #leadsTo: CodeLeadsTo = "contacts";
  #attempt = 0;
  #triesLeft: number;
  #lastShare: Instant | undefined;

  /** `isReady`: the other side shows already, as it opened the pairing. `given`: what to prove, once; taken over. */
  constructor(options: {
    readonly ground: PairingGround;
    readonly random: RandomSource;
    readonly method: CodeMethod;
    readonly isReady: boolean;
    readonly given?: Secret;
    readonly now: Instant;
  }) {
    assert(options.given === undefined || !options.isReady, "who has the code asks for the proof");
    this.#given = options.given;
    this.#triesLeft = options.given === undefined ? PAIRING_TRIES : 1;
    this.#ground = options.ground;
    this.#random = options.random;
    this.#method = options.method;
    this.#phase = { at: "ready", deadline: after(options.now, PAIRING_PERSON_TIMEOUT) };
    if (options.isReady) this.#ask(options.now);
    else this.#outputs.push({ type: "step", step: { at: "waiting" } });
  }

  handleMessage(message: PairingMessage, now: Instant): void {
    const phase = this.#phase;
    if (phase.at === "ready" && message.type === "ready") return this.#handleReady(message.leadsTo, now);
    if (phase.at === "sharing" && message.type === "share") return this.#confirm(phase.run, message.share, now);
    if (phase.at === "confirming" && message.type === "wrong") return this.#wrong(phase.keys, message.triesLeft, now);
    if (phase.at !== "confirming" || message.type !== "confirm") throw misplaced(message);
    // Who cannot prove it now had no code to show: an honest side would have said "wrong".
    if (!phase.keys.verifies(message.proof)) return this.#fail("mismatch", "mismatch");
    this.#phase = { at: "ended" };
    this.#outputs.push({ type: "proven", keys: phase.keys, leadsTo: this.#leadsTo });
  }

  handleTimeout(now: Instant): void {
    const phase = this.#phase;
    if (phase.at === "ended" || now < phase.deadline) return;
    if (phase.at === "holding") this.#share(phase.code, now);
    else this.#fail("expired", "timeout");
  }

  nextTimeout(): Instant | undefined {
    return this.#phase.at === "ended" ? undefined : this.#phase.deadline;
  }

  enterCode(text: string, now: Instant): boolean {
    if (this.#phase.at !== "entering") return false;
    const code = normalizeCode(this.#method, text);
    if (code === undefined) return false;
    this.#outputs.push({ type: "step", step: { at: "waiting" } });
    const soonest = this.#lastShare === undefined ? now : after(this.#lastShare, RETRY_AFTER);
    if (now < soonest) this.#phase = { at: "holding", deadline: soonest, code };
    else this.#share(code, now);
    return true;
  }

  poll(): ProofOutput | undefined {
    return this.#outputs.shift();
  }

  end(): void {
    const phase = this.#phase;
    this.#given?.wipe();
    if (phase.at === "holding") phase.code.wipe();
    if (phase.at === "sharing") phase.run.start.scalar.wipe();
    if (phase.at === "confirming") phase.keys.wipe();
    this.#phase = { at: "ended" };
  }

  #handleReady(leadsTo: CodeLeadsTo, now: Instant): void {
    const given = this.#given;
    if (given === undefined) {
      // What a person types into a pairing is for that person to be known by.
      if (leadsTo !== "contacts") throw new WireError("ERR_UNEXPECTED", `a code that leads to ${leadsTo}`);
      return this.#ask(now);
    }
    this.#given = undefined;
    this.#leadsTo = leadsTo;
    this.#share(given, now);
  }

  #ask(now: Instant): void {
    this.#phase = { at: "entering", deadline: after(now, PAIRING_PERSON_TIMEOUT) };
    const step = { at: "enter-code", method: this.#method, triesLeft: this.#triesLeft } as const;
    this.#outputs.push({ type: "step", step });
  }

  #share(code: Secret, now: Instant): void {
    const context = pairingContext(this.#ground, this.#method, this.#attempt++);
    const start = begin(this.#ground, this.#random, context, code);
    code.wipe();
    this.#lastShare = now;
    this.#phase = { at: "sharing", deadline: after(now, PAIRING_PERSON_TIMEOUT), run: { context, start } };
    this.#outputs.push({ type: "send", message: { type: "share", share: start.share } });
  }

  #confirm(run: Run, remoteShare: Uint8Array, now: Instant): void {
    const keys = agree(this.#ground, "initiator", run, remoteShare);
    this.#triesLeft--;
    this.#phase = { at: "confirming", deadline: after(now, PAIRING_PERSON_TIMEOUT), keys };
    this.#outputs.push({ type: "send", message: { type: "confirm", proof: keys.proof() } });
  }

  #wrong(keys: PairingKeys, theirTriesLeft: number, now: Instant): void {
    keys.wipe();
    this.#triesLeft = Math.min(this.#triesLeft, theirTriesLeft);
    if (this.#triesLeft === 0) this.#fail("wrong-code", "wrongCode");
    else this.#ask(now);
  }

  #fail(reason: PairingFailure, tell: "mismatch" | "timeout" | "wrongCode"): void {
    this.end();
    this.#outputs.push({ type: "failed", reason, tell });
  }
}

type ShowerPhase =
  | { readonly at: "showing" }
  | { readonly at: "checking"; readonly keys: PairingKeys }
  | { readonly at: "storing"; readonly token: number; readonly keys: PairingKeys; readonly isRight: boolean }
  | { readonly at: "ended" };

/** The side that shows, and counts. Who may try at all is asked of {@link AttemptLimits}. */
export class CodeShower implements Proof {
  readonly #options: CodeShowerOptions;
  readonly #outputs: ProofOutput[] = [];
  #phase: ShowerPhase = { at: "showing" };
  #attempt = 0;
  #token = 0;

  constructor(options: CodeShowerOptions) {
    assert(options.shown.method === options.method, "a code of that method");
    this.#options = options;
    if (options.saysReady)
      this.#outputs.push({ type: "send", message: { type: "ready", leadsTo: options.shown.leadsTo } });
    this.#show();
  }

  handleMessage(message: PairingMessage, now: Instant, wall: WallTime): void {
    const phase = this.#phase;
    if (phase.at === "showing" && message.type === "share") this.#answer(message.share, now);
    else if (phase.at === "checking" && message.type === "confirm") this.#check(phase.keys, message.proof, now, wall);
    else throw misplaced(message);
  }

  handleStored(token: number): void {
    const phase = this.#phase;
    if (phase.at !== "storing" || phase.token !== token) return;
    if (phase.isRight) {
      this.#phase = { at: "ended" };
      this.#outputs.push({ type: "send", message: { type: "confirm", proof: phase.keys.proof() } });
      this.#outputs.push({ type: "proven", keys: phase.keys, leadsTo: this.#options.shown.leadsTo });
      return;
    }
    phase.keys.wipe();
    const { triesLeft } = this.#options.shown;
    this.#outputs.push({ type: "send", message: { type: "wrong", triesLeft } });
    if (triesLeft === 0) return this.#fail("wrong-code", "wrongCode");
    this.#phase = { at: "showing" };
    this.#show();
  }

  handleTimeout(now: Instant): void {
    const end = this.nextTimeout();
    if (end !== undefined && now >= end) this.#fail("expired", "timeout");
  }

  nextTimeout(): Instant | undefined {
    const { at } = this.#phase;
    return at === "showing" || at === "checking" ? this.#options.shown.expiresAt : undefined;
  }

  poll(): ProofOutput | undefined {
    return this.#outputs.shift();
  }

  end(): void {
    const phase = this.#phase;
    if (phase.at === "checking" || phase.at === "storing") phase.keys.wipe();
    this.#phase = { at: "ended" };
  }

  #show(): void {
    this.#outputs.push({ type: "step", step: { at: "show-code", shown: this.#options.shown } });
  }

  #answer(remoteShare: Uint8Array, now: Instant): void {
    const { ground, random, method, shown, attempts, source, isKnown } = this.#options;
    // Another session may have used it up, or its time may have passed between two timers.
    if (!shown.isUsable(now)) return this.#fail("expired", "timeout");
    const verdict = attempts.begin(source, isKnown, now);
    if (verdict.answer === "wait") {
      const reason = verdict.reason === "blocked" ? "blocked" : "paused";
      this.#outputs.push({ type: "audit", record: { event: "limitHit", source, detail: `codes ${verdict.reason}` } });
      return this.#fail(reason, reason);
    }
    const context = pairingContext(ground, method, this.#attempt++);
    const run = { context, start: begin(ground, random, context, shown.secret) };
    const keys = agree(ground, "responder", run, remoteShare);
    this.#phase = { at: "checking", keys };
    this.#outputs.push({ type: "send", message: { type: "share", share: run.start.share } });
  }

  #check(keys: PairingKeys, proof: Uint8Array, now: Instant, wall: WallTime): void {
    const { shown, attempts, source, isKnown } = this.#options;
    if (!shown.isUsable(now)) return this.#fail("expired", "timeout");
    const isRight = keys.verifies(proof);
    const token = ++this.#token;
    this.#phase = { at: "storing", token, keys, isRight };
    if (isRight) {
      this.#outputs.push(storeOutput([], shown.spend(), token));
      return;
    }
    const change = attempts.wrongCode(source, isKnown, now, wall);
    this.#outputs.push(storeOutput([shown.wrong(), ...change.puts], change.deletes, token));
    this.#outputs.push({ type: "audit", record: { event: "authFailed", source, detail: "wrong code" } });
  }

  #fail(reason: PairingFailure, tell: "timeout" | "wrongCode" | "blocked" | "paused"): void {
    this.end();
    this.#outputs.push({ type: "failed", reason, tell });
  }
}

export interface CodeShowerOptions {
  readonly ground: PairingGround;
  readonly random: RandomSource;
  readonly method: CodeMethod;
  readonly shown: ShownCode;
  /** Where the peer comes from, and whether it is in the trust book already. */
  readonly source: string;
  readonly isKnown: boolean;
  readonly attempts: AttemptLimits;
  /** The other side asked to type and waits for this. */
  readonly saysReady: boolean;
}

const begin = (ground: PairingGround, random: RandomSource, sid: Uint8Array, code: Secret): CpaceStart =>
  cpaceStart({ provider: ground.provider, random, prs: code.reveal(), ci: PAIRING_CI, sid });

/** In CPace's order the typer is the initiator, whoever opened the channel. */
function agree(
  ground: PairingGround,
  role: "initiator" | "responder",
  { context, start }: Run,
  remoteShare: Uint8Array,
): PairingKeys {
  const isk = cpaceFinish({
    provider: ground.provider,
    role,
    sid: context,
    scalar: start.scalar,
    share: start.share,
    ad: associatedData(ground, ground.side),
    remoteShare,
    remoteAd: associatedData(ground, otherSide(ground.side)),
  });
  start.scalar.wipe();
  if (isk === undefined) throw new WireError("ERR_CRYPTO", "CPace share");
  const keys = new PairingKeys(ground, context, isk, "cpace");
  isk.wipe();
  return keys;
}
