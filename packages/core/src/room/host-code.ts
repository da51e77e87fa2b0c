/**
 * A code at the member's side of a joining: pairing's shower as it is, and what a joining adds to it. A wrong
 * answer to a challenge is counted against the guest as well, in the transaction that counts it against the
 * code; a room code that was tried is told to who shows it.
 *
 * @module
 */
import { assert } from "../lib/assert.ts";
import type { RandomSource } from "../lib/random.ts";
import type { Instant, WallTime } from "../lib/time.ts";
import type { AttemptLimits } from "../trust/attempt-limits.ts";
import type { AuditRecord } from "../trust/audit-event.ts";
import { CodeShower } from "../trust/code-proof.ts";
import type { PairingKeys } from "../trust/pairing-keys.ts";
import type { PairingCancel } from "../trust/pairing-message.ts";
import type { PairingFailure } from "../trust/proof.ts";
import { newPin, normalizeCode, ShownCode } from "../trust/shown-code.ts";
import { type AuditOutput, type StoreOutput, storeOutput } from "../trust/stored.ts";
import { PAIRING_TRIES } from "../wire/limits.ts";
import type { JoinGround } from "./invitation.ts";
import { codeGround } from "./join-code.ts";
import { type CodeMessage, isCodeMessage } from "./join-message.ts";
import type { JoinRequests } from "./join-requests.ts";
import type { RoomCode } from "./room-code.ts";
import type { RoomId } from "./room-id.ts";

export interface HostCodeOptions {
  readonly ground: JoinGround;
  readonly random: RandomSource;
  /** Where the guest comes from, as limits see it; and whether it is in the trust book. */
  readonly source: string;
  readonly isKnown: boolean;
  readonly attempts: AttemptLimits;
  readonly requests: JoinRequests;
}

export type HostCodeOutput =
  | { readonly type: "send"; readonly message: CodeMessage }
  | StoreOutput
  | AuditOutput
  | { readonly type: "tried"; readonly how: "right" | "wrong" }
  | { readonly type: "proven"; readonly keys: PairingKeys }
  | { readonly type: "failed"; readonly reason: PairingFailure; readonly tell: PairingCancel };

export class HostCode {
  readonly room: RoomId;
  readonly shown: ShownCode;
  /** `undefined`: it is a challenge, and this guest's alone. */
  readonly code: RoomCode | undefined;
  readonly #options: HostCodeOptions;
  readonly #shower: CodeShower;
  readonly #outputs: HostCodeOutput[] = [];

  private constructor(options: HostCodeOptions, room: RoomId, shown: ShownCode, code: RoomCode | undefined) {
    this.#options = options;
    [this.room, this.shown, this.code] = [room, shown, code];
    const { ground: own, random, source, isKnown, attempts } = options;
    const use = code === undefined ? { challengeOf: room } : { number: code.number };
    const ground = codeGround(own, "responder", use);
    const method = code === undefined ? "pin" : "code";
    this.#shower = new CodeShower({ ground, random, method, shown, source, isKnown, attempts, saysReady: true });
  }

  static ofRoom(options: HostCodeOptions, room: RoomId, code: RoomCode): HostCode {
    return new HostCode(options, room, code.shown, code);
  }

  /** `undefined` while the guest is refused. Tries are the guest's: another code gives it no more of them. */
  static challenge(options: HostCodeOptions, room: RoomId, now: Instant, wall: WallTime): HostCode | undefined {
    const { random, requests, ground } = options;
    const left = requests.triesLeft(room, ground.guest, now);
    if (left === 0) return undefined;
    const secret = normalizeCode("pin", newPin(random));
    assert(secret !== undefined, "a code of ours is a code");
    const shown = new ShownCode({ method: "pin", secret, random, now, wall });
    for (let tries = PAIRING_TRIES; tries > left; tries--) shown.wrong();
    const made = new HostCode(options, room, shown, undefined);
    made.#outputs.push(storeOutput([shown.begin()]));
    return made;
  }

  /** @throws {WireError} on a message that has no place here. */
  handleMessage(message: CodeMessage, now: Instant, wall: WallTime): void {
    this.#shower.handleMessage(message, now, wall);
    this.#drain(now, wall);
  }

  handleStored(token: number, now: Instant, wall: WallTime): void {
    this.#shower.handleStored(token);
    this.#drain(now, wall);
  }

  handleTimeout(now: Instant, wall: WallTime): void {
    this.#shower.handleTimeout(now);
    this.#drain(now, wall);
  }

  nextTimeout(): Instant | undefined {
    return this.#shower.nextTimeout();
  }

  poll(now: Instant, wall: WallTime): HostCodeOutput | undefined {
    this.#drain(now, wall);
    return this.#outputs.shift();
  }

  /** Wipes what is secret. A challenge is void from here on: what was stored of it goes. */
  end(): StoreOutput | undefined {
    this.#shower.end();
    return this.code === undefined ? storeOutput([], this.shown.spend()) : undefined;
  }

  #drain(now: Instant, wall: WallTime): void {
    for (let output = this.#shower.poll(); output !== undefined; output = this.#shower.poll()) {
      switch (output.type) {
        case "send":
          assert(isCodeMessage(output.message), "a message of codes");
          this.#outputs.push({ type: "send", message: output.message });
          break;
        case "store":
          this.#tried(output, now, wall);
          break;
        case "proven":
          assert(output.keys !== undefined, "a code makes keys");
          this.#outputs.push({ type: "proven", keys: output.keys });
          break;
        case "audit":
          this.#audit(output.record);
          break;
        case "step": // what is shown, its owner has
          break;
        default:
          this.#outputs.push(output);
      }
    }
  }

  /** The session says who typed. */
  #audit(record: AuditRecord): void {
    const isChallenge = this.code === undefined && record.event === "authFailed";
    const { guest: peer } = this.#options.ground;
    this.#outputs.push({ type: "audit", record: { ...record, peer, ...(isChallenge && { detail: "challenge" }) } });
  }

  /** The shower has judged an answer, and says so once this is stored: it puts a count for a wrong one alone. */
  #tried(output: StoreOutput, now: Instant, wall: WallTime): void {
    const how = output.puts.length > 0 ? "wrong" : "right";
    if (this.code === undefined && how === "wrong") {
      const { requests, ground } = this.#options;
      const { puts, deletes } = requests.wrongAnswer(this.room, ground.guest, now, wall);
      this.#outputs.push({ ...output, puts: [...output.puts, ...puts], deletes: [...output.deletes, ...deletes] });
    } else this.#outputs.push(output);
    this.#outputs.push({ type: "tried", how });
  }
}
