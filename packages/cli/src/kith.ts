/**
 * What the commands need of an endpoint. Both satisfy it: an `Endpoint` of this process, and
 * {@link RemoteKith}, which asks the running node over its control socket.
 *
 * @module
 */
import type { PeerId } from "@kith/core";
import type { Audit, Chat, Endpoint, Files, Pairing, Trust, Waiting } from "@kith/sdk";

export interface Kith
  extends Pick<
    Endpoint,
    | "id"
    | "fingerprint"
    | "name"
    | "isOneTime"
    | "addresses"
    | "privacy"
    | "setPrivacy"
    | "nearby"
    | "openSessions"
    | "alarms"
    | "dismissAlarm"
    | "lookAround"
    | "exportIdentity"
    | "close"
  > {
  /** As `Endpoint.connect`; the session itself stays with the endpoint. */
  connect(target: string, options?: Waiting & { readonly expect?: PeerId }): Promise<{ readonly peer: PeerId }>;
  /** How the identity's key rests on the disk; unknown of a node in another process. */
  readonly keyProtection?: "keyring" | "passphrase" | "owner-only" | "none";
  readonly trust: Trust;
  readonly pairing: Pairing;
  readonly chat: Chat;
  readonly files: Files;
  readonly audit: Audit;
}

/** How a command got its node. */
export interface OpenKith extends AsyncDisposable {
  readonly kith: Kith;
  /** Started by this command just now: it has not had time to see anybody. */
  readonly isFresh: boolean;
}
