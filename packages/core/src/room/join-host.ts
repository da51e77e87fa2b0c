/**
 * The member's side of a joining (spec/room-joining.md §5): one machine for each `join/1` channel that a guest
 * opened. It knows who may be told what; what is true in the room it asks of {@link JoinPolicy}, and what shall
 * become true there it puts out as a wish, answered by {@link JoinHost.admitted} or {@link JoinHost.notAdmitted}.
 *
 *     asking ─▶ known ──────────────▶ admitting ─▶ sending ─▶ over
 *        │        └─▶ waiting ─▶ [challenging] ─┘
 *        └─▶ coding ─▶ coded ──────────┘
 *
 * Who has not shown that it knows the room gets `unknown`, the same bytes whatever is the case.
 *
 * @module
 */
import { assert } from "../lib/assert.ts";
import { after, type Duration, type Instant, millis, type WallTime } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import type { PairingKeys } from "../trust/pairing-keys.ts";
import { FAILURE_OF } from "../trust/proof.ts";
import { HANDSHAKE_TIMEOUT, JOIN_PACKAGE_TIMEOUT, JOIN_REQUEST_LIFETIME } from "../wire/limits.ts";
import { HostCode, type HostCodeOptions } from "./host-code.ts";
import type { JoinGround } from "./invitation.ts";
import { sealRoom } from "./join-code.ts";
import { endOf, type JoinHostEnd, type JoinHostOptions, type JoinHostOutput } from "./join-host-output.ts";
import {
  type Asks,
  asksOf,
  hostProof,
  invitationProven,
  isGenuine,
  type JoinJudgement,
  judge,
  judgeByApproval,
  judgeByChallenge,
  judgeByCode,
  reused,
  roomProven,
  wishFor,
} from "./join-judgement.ts";
import {
  decodeJoinMessage,
  encodeJoinMessage,
  type JoinMessage,
  type JoinPart,
  type JoinPresent,
  type JoinRefusalWord,
  type JoinWait,
  misplacedJoin,
} from "./join-message.ts";
import type { JoinRequest } from "./join-policy.ts";
import { PartQueue } from "./part-queue.ts";
import type { RoomId } from "./room-id.ts";

const NO_WAIT: Duration = millis(0);

type Phase =
  | { readonly at: "asking"; readonly deadline: Instant }
  | { readonly at: "known"; readonly deadline: Instant; readonly room: RoomId; readonly key: Uint8Array | undefined }
  | { readonly at: "coding"; readonly code: HostCode }
  | { readonly at: "coded"; readonly deadline: Instant; readonly room: RoomId }
  | { readonly at: "waiting"; readonly deadline: Instant; readonly asks: Asks; readonly request: JoinRequest }
  | { readonly at: "challenging"; readonly asks: Asks; readonly request: JoinRequest; readonly code: HostCode }
  | { readonly at: "admitting"; readonly deadline: Instant }
  | { readonly at: "sending"; deadline: Instant; readonly parts: PartQueue }
  | { readonly at: "over" };

export class JoinHost {
  readonly #options: JoinHostOptions;
  readonly #ground: JoinGround;
  readonly #codes: HostCodeOptions;
  readonly #outputs: JoinHostOutput[] = [];
  #phase: Phase;
  /** An invitation that is kept for this guest while its admission is on its way. */
  #reserved: Uint8Array | undefined;

  constructor(options: JoinHostOptions) {
    const { provider, self, peer, transcript, now } = options;
    assert(transcript.length === 32, "transcript of 32 bytes");
    assert(self !== peer, "joining with ourselves");
    this.#options = options;
    this.#ground = { provider, guest: peer, host: self, transcript };
    this.#codes = { ...options, ground: this.#ground };
    this.#phase = { at: "asking", deadline: after(now, HANDSHAKE_TIMEOUT) };
  }

  get isOver(): boolean {
    return this.#phase.at === "over";
  }

  /** While the guest waits for a person. */
  get request(): JoinRequest | undefined {
    return this.#phase.at === "waiting" || this.#phase.at === "challenging" ? this.#phase.request : undefined;
  }

  get #code(): HostCode | undefined {
    return "code" in this.#phase ? this.#phase.code : undefined;
  }

  // --- commands -------------------------------------------------------------------------------

  /** Makes a code for this guest alone, or has one already. False: it waits for no challenge, or is refused for now. */
  challenge(now: Instant, wall: WallTime): boolean {
    const phase = this.#phase;
    if (phase.at === "challenging") return true;
    if (phase.at !== "waiting" || phase.request.wants !== "challenge") return false;
    const code = HostCode.challenge(this.#codes, phase.asks.room, now, wall);
    if (code === undefined) return false;
    const request = { ...phase.request, shown: code.shown };
    this.#phase = { at: "challenging", asks: phase.asks, request, code };
    this.#outputs.push({ type: "request", change: "changed", request });
    this.#drain(now, wall);
    return true;
  }

  /** Our person says yes. False: it waits for no such word, or we may not give it; it waits on. */
  approve(now: Instant, wall: WallTime): boolean {
    const phase = this.#phase;
    if (phase.at !== "waiting" || phase.request.wants !== "approval") return false;
    const judgement = judgeByApproval(this.#options.policy, phase.asks, wall);
    if (judgement === undefined) return false;
    this.#follow(judgement, phase.asks, now, wall);
    return true;
  }

  /** Our person says no. */
  refuse(): void {
    if (this.request !== undefined) this.#refuse("denied");
  }

  /**
   * The guest is a member by our log, by our own operation or by another member's: sends it `parts`, in order.
   * Ignored unless it waits for that.
   */
  admitted(parts: readonly JoinPart[], now: Instant): void {
    const { at } = this.#phase;
    if (at !== "admitting" && at !== "waiting" && at !== "challenging") return;
    this.#leavePhase();
    this.#phase = { at: "sending", deadline: after(now, JOIN_PACKAGE_TIMEOUT), parts: new PartQueue(parts) };
  }

  /** The log did not take the admission. */
  notAdmitted(why: JoinRefusalWord, wait: Duration = NO_WAIT): void {
    if (this.#phase.at === "admitting") this.#refuse(why, wait);
  }

  // --- what the world did ---------------------------------------------------------------------

  handleMessage(bytes: Uint8Array, now: Instant, wall: WallTime): void {
    if (this.isOver) return;
    try {
      this.#receive(decodeJoinMessage(bytes), now, wall);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      const record = { event: "misbehaved", peer: this.#options.peer, detail: "join message" } as const;
      this.#outputs.push({ type: "audit", record });
      this.#end("protocol");
    }
  }

  handleStored(token: number, now: Instant, wall: WallTime): void {
    this.#code?.handleStored(token, now, wall);
    this.#drain(now, wall);
  }

  /** The channel took no more: nothing of the package follows until {@link handleWritable}. */
  handleFull(): void {
    if (this.#phase.at === "sending") this.#phase.parts.isFull = true;
  }

  handleWritable(now: Instant): void {
    if (this.#phase.at !== "sending") return;
    this.#phase.parts.isFull = false;
    this.#phase.deadline = after(now, JOIN_PACKAGE_TIMEOUT);
  }

  /** The channel or its session ended. */
  handleClosed(): void {
    if (!this.isOver) this.#end("closed");
  }

  handleTimeout(now: Instant, wall: WallTime): void {
    const deadline = this.nextTimeout();
    if (deadline === undefined || now < deadline) return;
    const { at } = this.#phase;
    if (at === "waiting" || at === "admitting") return this.#refuse("tryLater");
    if (this.#code === undefined) return this.#end("timeout");
    this.#code.handleTimeout(now, wall);
    this.#drain(now, wall);
  }

  nextTimeout(): Instant | undefined {
    const phase = this.#phase;
    if (phase.at === "over") return undefined;
    return "deadline" in phase ? phase.deadline : phase.code.nextTimeout();
  }

  poll(): JoinHostOutput | undefined {
    const output = this.#outputs.shift();
    if (output !== undefined) return output;
    const message = this.#phase.at === "sending" ? this.#phase.parts.next() : undefined;
    return message && { type: "send", bytes: encodeJoinMessage(message) };
  }

  // --- what the guest says ----------------------------------------------------------------------

  #receive(message: JoinMessage, now: Instant, wall: WallTime): void {
    const phase = this.#phase;
    const { policy, peer } = this.#options;
    switch (phase.at) {
      case "asking":
        if (message.type === "ask") return this.#asked(message, now);
        if (message.type === "code") return this.#numbered(message.number, now, wall);
        throw misplacedJoin(message);
      case "known":
        if (message.type !== "present") throw misplacedJoin(message);
        return this.#presented(phase.room, phase.key, message, now, wall);
      case "coded":
        if (message.type !== "present" || message.way !== "code") throw misplacedJoin(message);
        return this.#follow(judgeByCode(policy, peer, phase.room), asksOf(phase.room, message), now, wall);
      case "coding":
      case "challenging":
        if (message.type !== "proof") throw misplacedJoin(message);
        if (message.message.type === "cancel") return this.#end(endOf(FAILURE_OF[message.message.reason]));
        phase.code.handleMessage(message.message, now, wall);
        return this.#drain(now, wall);
      case "sending":
        // An answer to our challenge that another member's word has overtaken.
        if (message.type === "proof") return;
        if (message.type !== "done" || !phase.parts.isSent) throw misplacedJoin(message);
        return this.#end("joined");
      default:
        throw misplacedJoin(message);
    }
  }

  #asked(message: Extract<JoinMessage, { type: "ask" }>, now: Instant): void {
    const { policy, peer } = this.#options;
    const room = policy.isBlocked(peer) ? undefined : roomProven(this.#ground, policy, message.roomProof);
    if (room === undefined) return this.#unknown();
    if (message.kind === "knock") return this.#know(room, undefined, now);
    const key = invitationProven(this.#ground, policy, room, message.invitationProof);
    if (key === undefined) return this.#refuse("notYetKnown");
    this.#know(room, key, now);
  }

  #know(room: RoomId, key: Uint8Array | undefined, now: Instant): void {
    this.#send({ type: "known", proof: hostProof(this.#ground, room, key) });
    this.#phase = { at: "known", deadline: after(now, HANDSHAKE_TIMEOUT), room, key };
  }

  #numbered(number: number, now: Instant, wall: WallTime): void {
    const { policy, peer } = this.#options;
    const found = policy.isBlocked(peer) ? undefined : policy.code(number);
    if (found === undefined || !found.code.shown.isUsable(now)) return this.#unknown();
    this.#phase = { at: "coding", code: HostCode.ofRoom(this.#codes, found.room, found.code) };
    this.#drain(now, wall);
  }

  #presented(room: RoomId, key: Uint8Array | undefined, message: JoinPresent, now: Instant, wall: WallTime): void {
    const { policy, peer } = this.#options;
    const asks = asksOf(room, message);
    if (message.way !== (key === undefined ? "knock" : "invitation")) throw misplacedJoin(message);
    if (key === undefined || isGenuine(this.#ground, room, key, asks.invitation)) {
      return this.#follow(judge(policy, peer, asks, wall), asks, now, wall);
    }
    this.#outputs.push({ type: "audit", record: { event: "authFailed", peer, detail: "invitation" } });
    this.#refuse("denied");
  }

  // --- what becomes of it -----------------------------------------------------------------------

  #follow(judgement: JoinJudgement, asks: Asks, now: Instant, wall: WallTime): void {
    const { peer, requests } = this.#options;
    const { room, prekey } = asks;
    switch (judgement.do) {
      case "serve":
        this.#admitting(now);
        this.#outputs.push({ type: "serve", room, guest: peer, prekey });
        return;
      case "consent":
        this.#admitting(now);
        this.#outputs.push({ type: "consented", room, guest: peer });
        return;
      case "wait":
        return this.#wait(asks, judgement.wants, now, wall);
      case "admit": {
        const { by, key } = judgement;
        // Another guest's admission with it is on its way.
        if (key !== undefined && !requests.reserve(key, peer)) return this.#follow(reused(key), asks, now, wall);
        this.#reserved = key;
        this.#admitting(now);
        this.#outputs.push({ type: "admit", wish: wishFor(asks, peer, by) });
        return;
      }
      case "refuse":
        if (judgement.reused !== undefined) {
          this.#outputs.push({ type: "reused", room, publicKey: judgement.reused, guest: peer });
        }
        return this.#refuse(judgement.why);
    }
  }

  #wait(asks: Asks, wants: JoinWait, now: Instant, wall: WallTime): void {
    const { requests, peer, source, isKnown } = this.#options;
    const refusal = requests.list(asks.room, peer, wants, isKnown ? undefined : source, now);
    if (refusal !== undefined) return this.#refuse(refusal.why, refusal.wait);
    this.#send({ type: "waiting", wants });
    const request: JoinRequest = { ...asks, guest: peer, wants, askedAt: wall };
    this.#phase = { at: "waiting", deadline: after(now, JOIN_REQUEST_LIFETIME), asks, request };
    this.#outputs.push({ type: "request", change: "listed", request });
  }

  #admitting(now: Instant): void {
    this.#leavePhase();
    this.#phase = { at: "admitting", deadline: after(now, HANDSHAKE_TIMEOUT) };
  }

  // --- codes --------------------------------------------------------------------------------------

  #drain(now: Instant, wall: WallTime): void {
    for (let phase = this.#phase; phase.at === "coding" || phase.at === "challenging"; phase = this.#phase) {
      const output = phase.code.poll(now, wall);
      if (output === undefined) return;
      switch (output.type) {
        case "send":
          this.#send({ type: "proof", message: output.message });
          break;
        case "tried":
          this.#tried(phase, output.how);
          break;
        case "proven":
          this.#proven(phase, output.keys, now, wall);
          output.keys.wipe();
          break;
        case "failed":
          this.#send({ type: "proof", message: { type: "cancel", reason: output.tell } });
          this.#end(endOf(output.reason));
          break;
        default:
          this.#outputs.push(output);
      }
    }
  }

  #tried(phase: Extract<Phase, { at: "coding" | "challenging" }>, how: "right" | "wrong"): void {
    if (phase.at === "challenging") this.#outputs.push({ type: "request", change: "changed", request: phase.request });
    const { room, code } = phase.code;
    if (code !== undefined) this.#outputs.push({ type: "codeTried", room, code, how });
  }

  #proven(
    phase: Extract<Phase, { at: "coding" | "challenging" }>,
    keys: PairingKeys,
    now: Instant,
    wall: WallTime,
  ): void {
    const { policy, peer } = this.#options;
    const { room } = phase.code;
    if (phase.at === "coding") {
      this.#send({ type: "room", sealed: sealRoom(keys, room, policy.nameOf(room)) });
      this.#phase = { at: "coded", deadline: after(now, HANDSHAKE_TIMEOUT), room };
      return;
    }
    this.#follow(judgeByChallenge(policy, peer, room), phase.asks, now, wall);
  }

  // --- the end ------------------------------------------------------------------------------------

  /** The same to everybody that has no business here, whatever is the case. */
  #unknown(): void {
    this.#send({ type: "unknown" });
    this.#end("unknown");
  }

  #refuse(why: JoinRefusalWord, wait: Duration = NO_WAIT): void {
    this.#send({ type: "refused", why, seconds: Math.min(Math.ceil(wait / 1_000), 0xffff) });
    this.#end("refused");
  }

  #end(end: JoinHostEnd): void {
    this.#leavePhase();
    if (this.#reserved !== undefined) this.#options.requests.release(this.#reserved, this.#options.peer);
    this.#phase = { at: "over" };
    this.#outputs.push({ type: "over", end });
  }

  /** Ends a code that runs, and takes the guest off the list. */
  #leavePhase(): void {
    const phase = this.#phase;
    const stored = this.#code?.end();
    if (stored !== undefined) this.#outputs.push(stored);
    if (phase.at !== "waiting" && phase.at !== "challenging") return;
    this.#options.requests.remove(phase.asks.room, this.#options.peer);
    this.#outputs.push({ type: "request", change: "gone", request: phase.request });
  }

  #send(message: JoinMessage): void {
    this.#outputs.push({ type: "send", bytes: encodeJoinMessage(message) });
  }
}
