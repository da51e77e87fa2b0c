/**
 * The public face of trust: contacts, roles, grants, blocks. As all views, these are plain data.
 *
 * @module
 */
import type { PeerId } from "@kith/core";
import type { Observable } from "./observable.ts";

export type Role = "owner" | "admin" | "member" | "guest";
export type VerifiedBy = "qr" | "pin" | "code" | "words" | "first-use" | "pinned";

export interface Contact {
  readonly peer: PeerId;
  readonly fingerprint: string;
  readonly name: string;
  readonly verifiedBy: VerifiedBy;
  /** Milliseconds since 1970. */
  readonly verifiedAt: number;
  readonly lastSeenAt?: number;
  readonly role: Role;
  readonly notes: string;
  readonly isBlocked: boolean;
  readonly session: "none" | "connecting" | "open";
  /** What it may do here beyond its role. */
  readonly grants: readonly GrantView[];
}

export interface BlockedPeer {
  readonly peer: PeerId;
  /** What we called it when we blocked it; empty if we did not. */
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly since: number;
}

export interface GrantView {
  readonly id: string;
  readonly operation: string;
  readonly notBefore?: number;
  readonly notAfter?: number;
  readonly limits: { readonly count?: number; readonly bytes?: number; readonly perMinute?: number };
  /** How many times in a row it may be passed on, narrower each time: 1 or 2; absent: not at all. */
  readonly delegations?: number;
}

/** What somebody lets us do, as its issuer told us: whether it holds is decided where it is used. */
export interface ReceivedGrant extends GrantView {
  /** The contact that gave it to us. */
  readonly issuer: PeerId;
  /** Where it counts: whoever granted it first. */
  readonly root: PeerId;
}

/** A grant that we derived from a received one, for a contact. */
export interface PassedGrant extends GrantView {
  readonly subject: PeerId;
  readonly root: PeerId;
  /** The received grant that it is derived from. */
  readonly from: string;
}

/** What a passed grant keeps of the one it is derived from; what is absent stays as it is there. */
export interface Narrower {
  readonly operation?: string;
  /** Milliseconds since 1970. */
  readonly notAfter?: number;
  readonly limits?: GrantView["limits"];
  /** Absent: none. */
  readonly delegations?: number;
}

export interface Trust {
  readonly contacts: Observable<readonly Contact[]>;
  readonly blocked: Observable<readonly PeerId[]>;
  /** The same, with what we know of them. */
  readonly blockList: Observable<readonly BlockedPeer[]>;
  /** Pins a key that the program already knows by other means. */
  add(peer: PeerId, options: { readonly name: string; readonly role?: Role }): Promise<Contact>;
  rename(peer: PeerId, name: string): Promise<void>;
  /** Our notes on a contact, which nobody else sees: at most 1,024 bytes. @throws {EndpointError} `ERR_ARGUMENT`: longer */
  annotate(peer: PeerId, notes: string): Promise<void>;
  setRole(peer: PeerId, role: Role): Promise<void>;
  /** Forgets the contact, ends its sessions and grants: at once, and fulfils when that is stored. */
  revoke(peer: PeerId): Promise<void>;
  /** As {@link revoke}, and refuses the key from now on. */
  block(peer: PeerId): Promise<void>;
  /** Fulfils when it is stored. */
  unblock(peer: PeerId): Promise<void>;
  /** Permits one operation (a protocol name, or `chat`, `file.send`) beyond the role, within limits. The contact is told. */
  grant(peer: PeerId, grant: Omit<GrantView, "id">): Promise<GrantView>;
  /** Takes back a grant given or passed on to `peer`, and tells it. */
  revokeGrant(peer: PeerId, id: string): Promise<void>;

  /** What contacts let us do. */
  readonly received: Observable<readonly ReceivedGrant[]>;
  /** What we passed on of it. */
  readonly passedOn: Observable<readonly PassedGrant[]>;
  /**
   * Derives a narrower grant for `peer` from a received one with delegations left. `peer` shows it to
   * the root by itself. A grant of several operations is passed on whole, or for the one named.
   * @throws {EndpointError} `ERR_GRANT_UNKNOWN`, `ERR_ARGUMENT`
   */
  passOn(peer: PeerId, id: string, narrower?: Narrower): Promise<PassedGrant>;
  /**
   * Shows a received grant to a contact, which honours it if its root has authority there. It is shown
   * on this session and each later one until the contact holds it.
   * @throws {EndpointError} `ERR_GRANT_UNKNOWN`, `ERR_ARGUMENT`
   */
  showGrant(peer: PeerId, id: string): Promise<void>;

  /** `behind`: our clock is far behind what was seen before, and grants fail until it is right or {@link acceptClock}. */
  checkClock(): Promise<"ok" | "behind">;
  /** A person says that our clock is right, whatever was seen before. */
  acceptClock(): Promise<void>;
}
