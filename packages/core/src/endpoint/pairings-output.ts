/** What a person sees of the pairings of an endpoint, and what they ask for. */
import type { PeerId } from "../identity/peer-id.ts";
import type { StoreEntry } from "../lib/store-entry.ts";
import type { AuditRecord } from "../trust/audit-event.ts";
import type { Introduction } from "../trust/introduction.ts";
import type { CodeLeadsTo, PairingMethod } from "../trust/pairing-message.ts";
import type { Paired } from "../trust/pairing-options.ts";
import type { PairingFailure, PairingStep } from "../trust/proof.ts";
import type { SessionEntry } from "./session-table.ts";

export type PairingId = string;

export type PairingStage =
  | PairingStep
  | { readonly at: "consent"; readonly asks: Introduction }
  | { readonly at: "done"; readonly paired: Paired }
  | { readonly at: "failed"; readonly reason: PairingFailure | "key-changed" };

/** What a person sees of a pairing. */
export interface PairingState {
  readonly id: PairingId;
  readonly isOurs: boolean;
  readonly method: PairingMethod | undefined;
  /** Whom the session is with; `undefined` for an offer that nobody took yet. */
  readonly peer: PeerId | undefined;
  readonly stage: PairingStage;
  /** What the code was for, once it was right; `contacts` where there was none. */
  readonly leadsTo: CodeLeadsTo;
}

export type PairingsOutput =
  | {
      readonly type: "store";
      readonly pairing: PairingId;
      readonly token: number;
      readonly puts: readonly StoreEntry[];
      readonly deletes: readonly string[];
    }
  | { readonly type: "audit"; readonly record: AuditRecord }
  | { readonly type: "paired"; readonly pairing: PairingId; readonly session: SessionEntry; readonly paired: Paired }
  | { readonly type: "changed" };
