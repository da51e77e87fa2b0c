/**
 * The public face of an endpoint: promises for answers, bounded async iterables for
 * things that arrive, observables for state, `closed` for ends. Views are plain data: they can be
 * sent as JSON as they are.
 *
 * @module
 */
import type { PeerId, PrivacyLevel } from "@kith/core";
import type { Channel, Waiting } from "./channel-api.ts";
import type { Files } from "./files-api.ts";
import type { JoinCodes } from "./join-codes-api.ts";
import type { Observable } from "./observable.ts";
import type { RelayList } from "./relays-api.ts";
import type { Rooms } from "./rooms-api.ts";
import type { Contact, Role, Trust } from "./trust-api.ts";

export type { PrivacyLevel } from "@kith/core";
export type { Channel, Waiting } from "./channel-api.ts";
export type { Files, TransferFailure, TransferState, TransferView } from "./files-api.ts";
export type { Observable } from "./observable.ts";
export type { RelayList, RelayOrder, RelayOrderAnswers, RelayView } from "./relays-api.ts";

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
  readonly joinCodes: JoinCodes;
  readonly rooms: Rooms;
  readonly chat: Chat;
  readonly files: Files;
  readonly audit: Audit;
  /** What a person must see, newest last: the last 16, until {@link dismissAlarm}. */
  readonly alarms: Observable<readonly Alarm[]>;
  dismissAlarm(id: string): Promise<void>;

  /** The identity, sealed by a passphrase, as text. Refused for one-time identities. */
  exportIdentity(passphrase: string): Promise<string>;
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

/** How records travel now; `undefined` while no link is up and the session waits for one. */
export interface PathView {
  readonly kind: "tcp" | "webrtc" | "websocket" | "relayed" | "routed" | "memory";
  /** `host:port` where we dialled it, else the address alone. */
  readonly remote: string;
  /** Smoothed, in milliseconds; up to 20 of them are the other side waiting before it acknowledges. */
  readonly roundTripMs?: number;
}

export interface PeerSession extends AsyncDisposable {
  readonly peer: PeerId;
  readonly path: Observable<PathView | undefined>;
  /**
   * Opens a channel of `protocol` (at most 64 bytes, as `game/1`), once the other side accepted it.
   * @throws {EndpointError} `ERR_NOT_AUTHORIZED`, `ERR_CHANNEL_REFUSED`, `ERR_SESSION_CLOSED`
   */
  open(protocol: string, options?: Waiting & { readonly class?: "interactive" | "bulk" }): Promise<Channel>;
  /** Channels that the peer opens for protocols named in `EndpointOptions.protocols`. One consumer. */
  readonly channels: AsyncIterable<Channel>;
  /** Fulfils when the session has ended for good, whoever ended it; never rejects. A lost link is no end. */
  readonly closed: Promise<SessionEnd>;
  close(): Promise<void>;
}

export interface SessionEnd {
  readonly by: "us" | "peer" | "network";
  readonly reason:
    | "done"
    | "going-away"
    | "replaced"
    | "revoked"
    | "protocol-error"
    | "idle"
    | "overloaded"
    | "key-changed"
    | "lost";
}

/** One ordered message stream inside a session. */
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
  /** Shows a code or QR to whoever comes within its time; nobody in particular. */
  offer(method: "pin" | "qr"): Promise<string>;
  /** Begins with a certain peer: a nearby peer's key, a PeerId, `host:port`, or a `kith:pair/…` text. Returns the pairing's id. */
  start(target: string, method: PairingMethod, options?: Waiting): Promise<string>;
  /** @throws {EndpointError} `ERR_PAIRING_STEP` if that is not what the step asks for. */
  answer(id: string, answer: PairingAnswer): Promise<void>;
}

// --- chat -------------------------------------------------------------------------------------

/** `kept`: at a relay, sealed, until the contact returns; it stays in the outbox meanwhile. */
export type ChatState = "queued" | "sent" | "kept" | "stored" | "read" | "expired";

export interface ChatMessage {
  /** 32 hexadecimal digits, random, the same at both ends. */
  readonly id: string;
  readonly peer: PeerId;
  readonly isOurs: boolean;
  readonly text: string;
  /** The writer's clock, milliseconds since 1970: a claim. */
  readonly writtenAt: number;
  readonly state: ChatState;
}

export type ChatEvent =
  | { readonly type: "message"; readonly message: ChatMessage }
  | { readonly type: "state"; readonly id: string; readonly state: ChatState }
  | { readonly type: "typing"; readonly peer: PeerId; readonly isTyping: boolean };

export interface Chat {
  /** Queues `text` (at most 16 KiB) durably; it leaves when the contact is reachable, exactly once. */
  send(peer: PeerId, text: string): Promise<ChatMessage>;
  /** The last `limit` messages (100 unless told), oldest first. */
  history(peer: PeerId, options?: { readonly limit?: number }): Promise<readonly ChatMessage[]>;
  markRead(peer: PeerId, ids: readonly string[]): Promise<void>;
  /** Tells the peer, if it is there, that someone types. Never stored, may be lost. */
  typing(peer: PeerId, isTyping: boolean): void;
  /** What happens from now on, of one peer or of all; a queue of 1,000 whose oldest `typing` go first. */
  watch(options?: Waiting & { readonly peer?: PeerId }): AsyncIterable<ChatEvent>;
  /** Unread messages, oldest first. */
  readonly unread: Observable<readonly ChatMessage[]>;
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
