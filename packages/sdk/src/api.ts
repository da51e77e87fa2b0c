/**
 * The public face of an endpoint: promises for answers, bounded async iterables for
 * things that arrive, observables for state, `closed` for ends. Views are plain data: they can be
 * sent as JSON as they are.
 *
 * @module
 */
import type { PeerId, PrivacyLevel } from "@kith/core";
import type { BackupFile } from "./backup-api.ts";
import type { Cards } from "./card/cards-api.ts";
import type { Waiting } from "./channel-api.ts";
import type { Chat } from "./chat-api.ts";
import type { Direct } from "./direct-api.ts";
import type { Facts } from "./fact/facts-api.ts";
import type { Files } from "./files-api.ts";
import type { JoinCodes } from "./join-codes-api.ts";
import type { Observable } from "./observable.ts";
import type { RelayList } from "./relays-api.ts";
import type { Rooms } from "./rooms-api.ts";
import type { PathView, PeerSession } from "./session-api.ts";
import type { Contact, Role, Trust } from "./trust-api.ts";

export type { PrivacyLevel } from "@kith/core";
export type { BackupFile } from "./backup-api.ts";
export type { Channel, Waiting } from "./channel-api.ts";
export type {
  Chat,
  ChatAttachment,
  ChatEvent,
  ChatLifetime,
  ChatLifetimeView,
  ChatMessage,
  ChatReaction,
  ChatSendOptions,
  ChatState,
} from "./chat-api.ts";
export type { Direct, DirectAnswerCode, DirectCode, DirectOfferCode } from "./direct-api.ts";
export type { Files, TransferFailure, TransferState, TransferView } from "./files-api.ts";
export type { Observable } from "./observable.ts";
export type { RelayList, RelayOrder, RelayOrderAnswers, RelayView } from "./relays-api.ts";
export type { PathView, PeerSession, SessionEnd } from "./session-api.ts";

/** Our side: one identity key and all its links. Disposing it closes everything below. */
export interface Endpoint extends AsyncDisposable {
  readonly id: PeerId;
  /** Eight groups of four hexadecimal digits, for people to compare. */
  readonly fingerprint: string;
  readonly name: string;
  /** True for an identity that lives no longer than this endpoint. */
  readonly isOneTime: boolean;
  /** Where others can reach us now, as `host:port`. */
  readonly addresses: Observable<readonly string[]>;
  readonly privacy: Observable<PrivacyLevel>;
  setPrivacy(level: PrivacyLevel): Promise<void>;

  /** Who is on this network now, contacts and strangers. */
  readonly nearby: Observable<readonly NearbyPeer[]>;
  /** The relays that it was given, and those that were added. */
  readonly relays: RelayList;
  /** Asks the network again now, as when a person looks at the list. */
  lookAround(): void;
  /** Sessions that peers opened with us. One consumer; sessions are served whether or not anyone iterates. */
  readonly sessions: AsyncIterable<PeerSession>;
  /** Every open session. */
  readonly openSessions: Observable<readonly SessionView[]>;

  /**
   * Opens a session, or gives the open one. `target` is a PeerId, a nearby peer's key, or `host:port`.
   * Strangers get a session too, but it serves nothing but pairing until both sides agreed.
   * @throws {EndpointError} `ERR_PEER_UNREACHABLE`, `ERR_PEER_UNEXPECTED`, `ERR_HANDSHAKE_FAILED`, `ERR_NOT_AUTHORIZED`
   */
  connect(target: PeerId | string, options?: Waiting & { readonly expect?: PeerId }): Promise<PeerSession>;

  readonly trust: Trust;
  readonly pairing: Pairing;
  /** Pairing with who shares no server with us, and no network address; `undefined` without WebRTC. */
  readonly direct: Direct | undefined;
  readonly joinCodes: JoinCodes;
  readonly rooms: Rooms;
  /** Contact cards: ours, and those of others. */
  readonly cards: Cards;
  /** Attested facts: what issuers vouch for about us, and about others. */
  readonly facts: Facts;
  readonly chat: Chat;
  readonly files: Files;
  readonly audit: Audit;
  /** What a person must see, newest last: the last 16, until {@link dismissAlarm}. */
  readonly alarms: Observable<readonly Alarm[]>;
  dismissAlarm(id: string): Promise<void>;

  /** The identity, sealed by a passphrase, as text. Refused for one-time identities. */
  exportIdentity(passphrase: string): Promise<string>;
  /**
   * The identity, and whom it knows: contacts, who is blocked, cards. Sealed by a passphrase, as a file. In a page it stops
   * the page for seconds; see `WebHome.backup`.
   * @throws {EndpointError} `ERR_IDENTITY`: a one-time identity; `ERR_STORAGE`: nothing is kept; `ERR_TOO_LARGE`, `ERR_PART`
   */
  backup(passphrase: string): Promise<BackupFile>;
  /** Says goodbye on the network, closes sessions, saves. A second call waits for the first. */
  close(): Promise<void>;
}

export interface Alarm {
  readonly id: string;
  readonly kind:
    | "key-changed" //  another key answered where this contact's was expected: nothing was sent to it
    | "runs-twice" //   this contact's identity seems to run in two places at once
    | "runs-elsewhere"; //  our own does: this contact's sessions keep going over to the other
  readonly peer: PeerId;
  /** The key that answered instead. */
  readonly found?: PeerId;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface NearbyPeer {
  /** Names this sighting: what `connect` and `pairing.start` take. Not an identity. */
  readonly key: string;
  /** Known only after we recognised a contact or spoke to it. */
  readonly peer?: PeerId;
  /** What it calls itself, cleaned for display; or our own name for a contact. A claim, not proof. */
  readonly name?: string;
  readonly isContact: boolean;
  /** `host:port`, best first. */
  readonly hints: readonly string[];
  readonly session: "none" | "connecting" | "open";
  /** Milliseconds since 1970. */
  readonly seenAt: number;
}

export interface SessionView {
  readonly peer: PeerId;
  readonly fingerprint: string;
  readonly name?: string;
  readonly isContact: boolean;
  readonly path: PathView | undefined;
  /** Milliseconds since 1970. */
  readonly openedAt: number;
}

// --- pairing ----------------------------------------------------------------------------------

export type PairingMethod = "pin" | "qr" | "words" | "first-use";

/** One attempt, ours or theirs. What a person must do next is in `step`. */
export interface PairingView {
  readonly id: string;
  readonly method: PairingMethod | undefined; // undefined: theirs has not said yet
  readonly isOurs: boolean;
  readonly peer?: PeerId;
  readonly fingerprint?: string;
  /** What it calls itself: a claim. Absent before keys are confirmed. */
  readonly name?: string;
  readonly step: PairingStep;
}

export type PairingStep =
  | { readonly at: "waiting" } //                                         the other person's turn, or the network's
  | { readonly at: "show-code"; readonly code: string; readonly expiresAt: number; readonly triesLeft: number }
  | { readonly at: "show-qr"; readonly uri: string; readonly expiresAt: number }
  | { readonly at: "enter-code"; readonly triesLeft: number } //          answer with `code`
  | { readonly at: "compare"; readonly words: readonly string[] } //      answer with `match`
  | { readonly at: "consent"; readonly asks: readonly string[] } //       answer with `consent`
  | { readonly at: "done"; readonly contact: Contact }
  | { readonly at: "failed"; readonly reason: PairingFailure };

export type PairingFailure =
  | "wrong-code" //      and no tries are left
  | "expired"
  | "denied" //          one of the two said no
  | "cancelled"
  | "mismatch" //        the words differ: somebody is in between
  | "paused" //          too many wrong codes: try again in half a minute
  | "blocked"
  | "unreachable"
  | "key-changed" //     the key is not the one that was pinned
  | "protocol";

export type PairingAnswer =
  | { readonly type: "code"; readonly code: string }
  | { readonly type: "match"; readonly same: boolean }
  | { readonly type: "consent"; readonly accept: boolean; readonly role?: Role }
  | { readonly type: "cancel" };

export interface Pairing {
  /** All that are under way, and those that ended within the last minute. */
  readonly all: Observable<readonly PairingView[]>;
  /** Shows a code or QR to whoever comes within its time; nobody in particular. A QR leads to our addresses and over a relay of ours. */
  offer(method: "pin" | "qr"): Promise<string>;
  /** Begins with a certain peer: a nearby peer's key, a PeerId, `host:port`, or a `kith:pair/…` text. Returns the pairing's id. */
  start(target: string, method: PairingMethod, options?: Waiting): Promise<string>;
  /** @throws {EndpointError} `ERR_PAIRING_STEP` if that is not what the step asks for. */
  answer(id: string, answer: PairingAnswer): Promise<void>;
}

// --- audit ------------------------------------------------------------------------------------

export interface AuditEntry {
  readonly sequence: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly event: string;
  readonly peer?: PeerId;
  /** A code or a number; never a secret, a payload or free text of a peer. */
  readonly detail?: string;
}

export interface Audit {
  /** The last `limit` entries (100 unless told), oldest first. */
  entries(options?: { readonly limit?: number }): Promise<readonly AuditEntry[]>;
  /** Checks every hash and the head's signature. */
  verify(): Promise<{ readonly isIntact: boolean; readonly entries: number; readonly firstBad?: number }>;
  /** The whole log, in the form of spec/trust.md, which anyone can verify. */
  export(): Promise<Uint8Array>;
}
