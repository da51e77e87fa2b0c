/**
 * The part of pairing that convinces: a small machine for each method, driven by `pairing.ts`,
 * which alone speaks to the outside. Each ends in one "proven" or one "failed".
 *
 * @module
 */
import type { Instant, WallTime } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import type { PairingKeys } from "./pairing-keys.ts";
import type { CodeLeadsTo, PairingCancel, PairingMessage } from "./pairing-message.ts";
import type { ShownCode } from "./shown-code.ts";
import type { AuditOutput, StoreOutput } from "./stored.ts";

/** Why a pairing ended without trust. */
export type PairingFailure =
  | "wrong-code" //    and no tries are left
  | "expired" //       the code's time, or a person's, ran out
  | "denied" //        a person said no
  | "cancelled"
  | "mismatch" //      the words differ, or a proof is false: somebody may be in between
  | "paused" //        too many wrong codes
  | "blocked" //       too many wrong codes from our address
  | "unavailable" //   the other side shows nothing
  | "closed" //        the channel or session ended
  | "protocol";

/** What the other side's reason means here. */
export const FAILURE_OF: Readonly<Record<PairingCancel, PairingFailure>> = {
  cancelled: "cancelled",
  denied: "denied",
  timeout: "expired",
  wrongCode: "wrong-code",
  mismatch: "mismatch",
  paused: "paused",
  blocked: "blocked",
  unavailable: "unavailable",
  protocol: "protocol",
};

/** What a person sees or is asked now. */
export type PairingStep =
  | { readonly at: "waiting" }
  | { readonly at: "show-code"; readonly shown: ShownCode }
  | { readonly at: "enter-code"; readonly method: "pin" | "code"; readonly triesLeft: number }
  | { readonly at: "compare"; readonly words: readonly string[] };

export type ProofOutput =
  | { readonly type: "send"; readonly message: PairingMessage }
  | StoreOutput
  | AuditOutput
  | { readonly type: "step"; readonly step: PairingStep }
  /** With keys where the method makes some: they seal the introductions. `leadsTo`: where a code told it. */
  | { readonly type: "proven"; readonly keys: PairingKeys | undefined; readonly leadsTo?: CodeLeadsTo }
  | { readonly type: "failed"; readonly reason: PairingFailure; readonly tell: PairingCancel };

export interface Proof {
  /** @throws {WireError} on a message that has no place here. */
  handleMessage(message: PairingMessage, now: Instant, wall: WallTime): void;
  handleTimeout(now: Instant): void;
  nextTimeout(): Instant | undefined;
  poll(): ProofOutput | undefined;
  /** Wipes what is secret. */
  end(): void;
  /** Where it stores something. */
  handleStored?(token: number, now: Instant): void;
  /** Where a code is typed: ignored while none is asked for. Returns whether it can be one. */
  enterCode?(text: string, now: Instant): boolean;
  /** Where words are compared: whether they are the same. */
  match?(isSame: boolean): void;
}

export const misplaced = (message: PairingMessage): WireError =>
  new WireError("ERR_UNEXPECTED", `pairing message ${message.type}`);
