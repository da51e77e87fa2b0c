/**
 * The guest's side of a joining (spec/room-joining.md §5): one machine for each member that is asked. It gives
 * nothing of its person away before the member has shown that it knows the same room, invitation or code.
 *
 *     asked ─▶ presented ─▶ [waiting ─▶ [challenged]] ─▶ receiving ─▶ deciding ─▶ in
 *     numbered ─▶ coding ─▶ told ─▶ presented
 *
 * What it receives it puts out part by part and cannot judge: whoever owns the room's log and keys verifies
 * that the log begins with the room's founding and has host and guest as members, then says so.
 *
 * @module
 */
import type { CryptoProvider } from "../crypto/provider.ts";
import type { PeerId } from "../identity/peer-id.ts";
import { assert } from "../lib/assert.ts";
import type { RandomSource } from "../lib/random.ts";
import { after, type Duration, type Instant, millis, seconds } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import { CodeTyper } from "../trust/code-proof.ts";
import { isCleanName } from "../trust/display-name.ts";
import type { PairingKeys } from "../trust/pairing-keys.ts";
import { FAILURE_OF, type PairingFailure, type ProofOutput } from "../trust/proof.ts";
import {
  CHALLENGE_PAUSE,
  HANDSHAKE_TIMEOUT,
  JOIN_PACKAGE_BYTES_MAX,
  JOIN_PACKAGE_TIMEOUT,
  JOIN_PARTS_MAX,
  JOIN_PREKEY_BYTES_MAX,
  JOIN_REQUEST_LIFETIME,
  PAIRING_TRIES,
} from "../wire/limits.ts";
import {
  invitationPublicKey,
  type JoinGround,
  type JoinProofKey,
  joinProof,
  signInvitation,
  signPresence,
  verifyJoinProof,
} from "./invitation.ts";
import { codeGround, openRoom } from "./join-code.ts";
import { failureOf, type JoinFailure, type JoinGuestOutput, type JoinGuestStep } from "./join-guest-output.ts";
import {
  type CodeMessage,
  decodeJoinMessage,
  encodeJoinMessage,
  isCodeMessage,
  type JoinMessage,
  type JoinPresent,
  type JoinRefusalWord,
  misplacedJoin,
} from "./join-message.ts";
import type { TypedRoomCode } from "./room-code.ts";
import { type RoomId, roomIdToBytes } from "./room-id.ts";
import type { Ticket } from "./ticket.ts";

/** The member stores an admission before it answers, and may have much to put together. */
const ANSWER_TIMEOUT: Duration = seconds(20);
/** The member's own time, and the way of its last word. */
const WAITING_MAX: Duration = millis(JOIN_REQUEST_LIFETIME + HANDSHAKE_TIMEOUT);

export interface JoinGuestOptions {
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  /** The identities that the session runs under: ours, and the member's. */
  readonly self: PeerId;
  readonly peer: PeerId;
  /** Of the session's newest handshake, 32 bytes. */
  readonly transcript: Uint8Array;
  /** Stays the caller's: its seed may be of use with another member. */
  readonly ticket: Ticket | TypedRoomCode;
  /** What we call ourselves: clean; may be empty. */
  readonly name: string;
  /** At most `JOIN_PREKEY_BYTES_MAX`. */
  readonly prekeyOf: (room: RoomId) => Uint8Array;
}

type Phase =
  | { readonly at: "idle" }
  | { readonly at: "asked"; readonly deadline: Instant; readonly ticket: Ticket; readonly key: JoinProofKey }
  | { readonly at: "coding"; readonly proof: CodeTyper }
  | { readonly at: "told"; readonly deadline: Instant; readonly keys: PairingKeys }
  | { readonly at: "presented" | "waiting"; readonly deadline: Instant; readonly room: RoomId }
  | { readonly at: "challenged"; readonly room: RoomId; readonly proof: CodeTyper }
  | { readonly at: "receiving"; readonly deadline: Instant; readonly room: RoomId; parts: number; bytes: number }
  | { readonly at: "deciding"; readonly room: RoomId }
  | { readonly at: "in" }
  | { readonly at: "failed" };

export class JoinGuest {
  readonly #options: JoinGuestOptions;
  readonly #ground: JoinGround;
  readonly #outputs: JoinGuestOutput[] = [];
  #phase: Phase = { at: "idle" };

  constructor(options: JoinGuestOptions) {
    const { provider, self, peer, transcript, name } = options;
    assert(transcript.length === 32, "transcript of 32 bytes");
    assert(self !== peer, "joining with ourselves");
    assert(isCleanName(name), "a clean name");
    this.#options = options;
    this.#ground = { provider, guest: self, host: peer, transcript };
  }

  get isOver(): boolean {
    return this.#phase.at === "in" || this.#phase.at === "failed";
  }

  /** Whether our person is asked for the code of this member's challenge. */
  get isChallenged(): boolean {
    return this.#phase.at === "challenged";
  }

  // --- commands -------------------------------------------------------------------------------

  /** The first command, once the channel is open. */
  start(now: Instant): void {
    assert(this.#phase.at === "idle", "start once");
    const { ticket, random, provider } = this.#options;
    this.#step({ at: "proving" });
    if ("number" in ticket) {
      const ground = codeGround(this.#ground, "initiator", { number: ticket.number });
      this.#phase = { at: "coding", proof: new CodeTyper({ ground, random, method: "code", isReady: false, now }) };
      this.#send({ type: "code", number: ticket.number });
      return;
    }
    const room: JoinProofKey = { of: "room", key: roomIdToBytes(ticket.room) };
    const roomProof = joinProof(this.#ground, room, "guest");
    const deadline = after(now, ANSWER_TIMEOUT);
    if (ticket.kind === "knock") {
      this.#phase = { at: "asked", deadline, ticket, key: room };
      return this.#send({ type: "ask", kind: "knock", roomProof });
    }
    const key: JoinProofKey = { of: "invitation", key: invitationPublicKey(provider, ticket.seed) };
    this.#phase = { at: "asked", deadline, ticket, key };
    this.#send({ type: "ask", kind: "invitation", roomProof, invitationProof: joinProof(this.#ground, key, "guest") });
  }

  /** The answer to the member's challenge. False: it can be no code, or none is asked for; that costs no try. */
  answer(code: string, now: Instant): boolean {
    if (this.#phase.at !== "challenged") return false;
    const isCode = this.#phase.proof.enterCode(code, now);
    this.#drain(now);
    return isCode;
  }

  /** What was received is the room, and we are in it. */
  accept(): void {
    if (this.#phase.at !== "deciding") return;
    this.#send({ type: "done" });
    this.#phase = { at: "in" };
  }

  /** What was received is not. */
  reject(): void {
    if (this.#phase.at === "deciding" || this.#phase.at === "receiving") this.#fail("badRoom");
  }

  /** Our person gives up. The owner closes the channel, as after every failure. */
  cancel(): void {
    if (!this.isOver) this.#fail("cancelled");
  }

  // --- what the world did ---------------------------------------------------------------------

  handleMessage(bytes: Uint8Array, now: Instant): void {
    if (this.isOver) return;
    try {
      this.#receive(decodeJoinMessage(bytes), now);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#fail("protocol");
    }
  }

  handleClosed(): void {
    if (!this.isOver) this.#fail("closed");
  }

  handleTimeout(now: Instant): void {
    const deadline = this.nextTimeout();
    if (deadline === undefined || now < deadline) return;
    const phase = this.#phase;
    if (phase.at !== "coding" && phase.at !== "challenged") return this.#fail("timeout");
    phase.proof.handleTimeout(now);
    this.#drain(now);
  }

  nextTimeout(): Instant | undefined {
    const phase = this.#phase;
    switch (phase.at) {
      case "coding":
      case "challenged":
        return phase.proof.nextTimeout();
      case "idle":
      case "deciding":
      case "in":
      case "failed":
        return undefined;
      default:
        return phase.deadline;
    }
  }

  poll(): JoinGuestOutput | undefined {
    return this.#outputs.shift();
  }

  // --- what the member says -----------------------------------------------------------------------

  #receive(message: JoinMessage, now: Instant): void {
    const phase = this.#phase;
    if (message.type === "refused") return this.#refused(phase, message.why, seconds(message.seconds));
    switch (phase.at) {
      case "asked":
        if (message.type === "unknown") return this.#fail("unknown");
        if (message.type !== "known") throw misplacedJoin(message);
        return this.#known(phase.ticket, phase.key, message.proof, now);
      case "coding":
        if (message.type === "unknown") return this.#fail("unknown");
        return this.#proof(phase.proof, message, now);
      case "told": {
        if (message.type !== "room") throw misplacedJoin(message);
        const told = openRoom(phase.keys, message.sealed);
        phase.keys.wipe();
        this.#outputs.push({ type: "room", ...told });
        return this.#present(told.room, { way: "code" }, now);
      }
      case "presented":
      case "waiting":
        return this.#decided(phase, message, now);
      case "challenged":
        // Another member may have let us in meanwhile.
        if (message.type === "part" || message.type === "end") return this.#package(phase.room, message, now);
        return this.#proof(phase.proof, message, now);
      case "receiving":
        return this.#package(phase.room, message, now);
      default:
        throw misplacedJoin(message);
    }
  }

  #known(ticket: Ticket, key: JoinProofKey, proof: Uint8Array, now: Instant): void {
    // Who does not know what we know gets no more than it could make itself (R20).
    if (!verifyJoinProof(this.#ground, key, "host", proof)) return this.#fail("impostor");
    const { room } = ticket;
    if (ticket.kind === "knock") return this.#present(room, { way: "knock" }, now);
    const { provider, self } = this.#options;
    const invitation = {
      publicKey: key.key,
      roomSignature: signInvitation(provider, ticket.seed, room, self),
      sessionSignature: signPresence(this.#ground, ticket.seed, room),
    };
    this.#present(room, { way: "invitation", invitation }, now);
  }

  #present(room: RoomId, how: Pick<JoinPresent, "way" | "invitation">, now: Instant): void {
    const { name, prekeyOf } = this.#options;
    const prekey = prekeyOf(room);
    assert(prekey.length <= JOIN_PREKEY_BYTES_MAX, "a prekey that fits");
    this.#send({ type: "present", ...how, name, prekey });
    this.#phase = { at: "presented", deadline: after(now, ANSWER_TIMEOUT), room };
  }

  #decided(phase: Extract<Phase, { at: "presented" | "waiting" }>, message: JoinMessage, now: Instant): void {
    const { room } = phase;
    if (message.type === "waiting" && phase.at === "presented") {
      this.#phase = { at: "waiting", deadline: after(now, WAITING_MAX), room };
      return this.#step({ at: "waiting", wants: message.wants });
    }
    if (message.type === "proof" && phase.at === "waiting") {
      const { random } = this.#options;
      const ground = codeGround(this.#ground, "initiator", { challengeOf: room });
      const proof = new CodeTyper({ ground, random, method: "pin", isReady: false, now });
      this.#phase = { at: "challenged", room, proof };
      return this.#proof(proof, message, now);
    }
    this.#package(room, message, now);
  }

  #package(room: RoomId, message: JoinMessage, now: Instant): void {
    const before = this.#phase;
    const so = before.at === "receiving" ? before : { parts: 0, bytes: 0 };
    if (message.type === "end") {
      if (message.parts !== so.parts) throw new WireError("ERR_VALUE", `${so.parts} parts of ${message.parts}`);
      this.#leavePhase();
      this.#phase = { at: "deciding", room };
      this.#outputs.push({ type: "received", room, parts: so.parts });
      return;
    }
    if (message.type !== "part") throw misplacedJoin(message);
    if (before.at !== "receiving") {
      this.#leavePhase();
      this.#step({ at: "receiving" });
    }
    const [parts, bytes] = [so.parts + 1, so.bytes + message.part.bytes.length];
    if (parts > JOIN_PARTS_MAX || bytes > JOIN_PACKAGE_BYTES_MAX) throw new WireError("ERR_LIMIT", "package too large");
    this.#phase = { at: "receiving", deadline: after(now, JOIN_PACKAGE_TIMEOUT), room, parts, bytes };
    this.#outputs.push({ type: "part", part: message.part });
  }

  #refused(phase: Phase, why: JoinRefusalWord, wait: Duration): void {
    const isAsking = phase.at === "asked" || phase.at === "presented" || phase.at === "waiting";
    if (!isAsking && phase.at !== "challenged") throw new WireError("ERR_UNEXPECTED", "refused too late");
    this.#fail(why, wait);
  }

  // --- codes --------------------------------------------------------------------------------------

  #proof(proof: CodeTyper, message: JoinMessage, now: Instant): void {
    if (message.type !== "proof") throw misplacedJoin(message);
    if (message.message.type === "cancel") return this.#codeFailed(FAILURE_OF[message.message.reason]);
    proof.handleMessage(message.message, now);
    this.#drain(now);
  }

  #drain(now: Instant): void {
    while (this.#phase.at === "coding" || this.#phase.at === "challenged") {
      const output = this.#phase.proof.poll();
      if (output === undefined) return;
      this.#pass(output, this.#phase, now);
    }
  }

  #pass(output: ProofOutput, phase: Extract<Phase, { at: "coding" | "challenged" }>, now: Instant): void {
    switch (output.type) {
      case "send":
        assert(isCodeMessage(output.message), "a message of codes");
        return this.#send({ type: "proof", message: output.message });
      case "proven":
        if (phase.at === "coding") {
          assert(output.keys !== undefined, "a code makes keys");
          this.#phase = { at: "told", deadline: after(now, HANDSHAKE_TIMEOUT), keys: output.keys };
          return;
        }
        output.keys?.wipe();
        this.#phase = { at: "presented", deadline: after(now, ANSWER_TIMEOUT), room: phase.room };
        return;
      case "failed": {
        const message: CodeMessage = { type: "cancel", reason: output.tell };
        this.#send({ type: "proof", message });
        return this.#codeFailed(output.reason);
      }
      case "step":
        if (output.step.at === "enter-code") this.#asksForCode(phase, output.step.triesLeft, now);
        return;
      default: // who types stores nothing
    }
  }

  #asksForCode(phase: Extract<Phase, { at: "coding" | "challenged" }>, triesLeft: number, now: Instant): void {
    if (phase.at === "challenged") return this.#step({ at: "challenged", triesLeft });
    const { ticket } = this.#options;
    assert("number" in ticket, "a code was typed");
    // Typed once: asked again, it was wrong, and our person has to look at it.
    if (triesLeft < PAIRING_TRIES) return this.#fail("wrongCode");
    assert(phase.proof.enterCode(ticket.words, now), "words that were read");
  }

  #codeFailed(failure: PairingFailure): void {
    const isChallenge = this.#phase.at === "challenged";
    const reason = failureOf(failure);
    this.#fail(reason, reason === "wrongCode" && isChallenge ? CHALLENGE_PAUSE : undefined);
  }

  #leavePhase(): void {
    const phase = this.#phase;
    if (phase.at === "coding" || phase.at === "challenged") phase.proof.end();
    if (phase.at === "told") phase.keys.wipe();
  }

  #fail(reason: JoinFailure, wait: Duration = 0 as Duration): void {
    this.#leavePhase();
    this.#phase = { at: "failed" };
    this.#outputs.push({ type: "failed", reason, wait });
  }

  #step(step: JoinGuestStep): void {
    this.#outputs.push({ type: "step", step });
  }

  #send(message: JoinMessage): void {
    this.#outputs.push({ type: "send", bytes: encodeJoinMessage(message) });
  }
}
