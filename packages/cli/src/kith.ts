/**
 * What the commands need of an endpoint. Both satisfy it: an `Endpoint` of this process, and
 * {@link RemoteKith}, which asks the running node over its control socket.
 *
 * @module
 */
import type { PeerId, RoomId } from "@kith/core";
import type {
  Audit,
  Cards,
  Chat,
  ChatLifetimeView,
  Endpoint,
  FactChoice,
  Facts,
  Files,
  JoinCodes,
  JoinStep,
  Pairing,
  Room,
  RoomChat,
  RoomChatMessage,
  RoomPolicy,
  Rooms,
  Trust,
  Waiting,
} from "@kith/sdk";

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
    | "relays"
    | "direct"
    | "exportIdentity"
    | "backup"
    | "close"
  > {
  /** As `Endpoint.connect`; the session itself stays with the endpoint. */
  connect(target: string, options?: Waiting & { readonly expect?: PeerId }): Promise<{ readonly peer: PeerId }>;
  /** How the identity's key rests on the disk; unknown of a node in another process. */
  readonly keyProtection?: "keyring" | "passphrase" | "owner-only" | "none";
  readonly trust: Trust;
  readonly pairing: Pairing;
  readonly joinCodes: JoinCodes;
  readonly chat: KithChat;
  readonly files: Files;
  readonly audit: Audit;
  readonly cards: Omit<Cards, "open">;
  readonly facts: KithFacts;
  readonly rooms: KithRooms;
}

/** What a terminal does with attested facts: over sessions of its own. Call `open` first: nothing is there before. */
export interface KithFacts extends Omit<Facts, "present"> {
  present(to: PeerId, choice: FactChoice, options?: Waiting): Promise<void>;
}

/** What a terminal does with chats. */
export interface KithChat
  extends Pick<
    Chat,
    | "send"
    | "react"
    | "edit"
    | "delete"
    | "proposeLifetime"
    | "answerLifetime"
    | "close"
    | "history"
    | "markRead"
    | "typing"
    | "watch"
    | "unread"
  > {
  /** A node in another process must be asked first. */
  lifetime(peer: PeerId): ChatLifetimeView | Promise<ChatLifetimeView>;
}

/** As `Rooms` of the SDK, which satisfies it; what a node in another process must send first is a promise here. */
export interface KithRooms extends Pick<Rooms, "all" | "forget"> {
  get(id: RoomId): KithRoom | undefined | Promise<KithRoom | undefined>;
  create(name: string, policy?: Partial<RoomPolicy>): Promise<KithRoom>;
  join(
    ticket: string,
    options?: Waiting & { readonly onStep?: (step: JoinStep, room: KithRoom | undefined) => void },
  ): Promise<KithRoom>;
}

export type KithRoom = Omit<Room, "chat" | "broadcast" | "open" | "channels" | "closed"> & {
  readonly chat: Pick<RoomChat, "send" | "react" | "edit" | "delete" | "watch"> & {
    readonly history: RoomChat["history"] | RemoteRoomHistory;
  };
};

/** What becomes of messages in a room after they were said. */
export type RoomChatChange =
  | { readonly type: "changed"; readonly message: RoomChatMessage }
  | { readonly type: "erased"; readonly ids: readonly string[] };

/** What was said in a room, at a node in another process. */
export interface RemoteRoomHistory {
  get(): Promise<readonly RoomChatMessage[]>;
  /** What becomes of it from now on. */
  changes(options?: Waiting): AsyncIterable<RoomChatChange>;
}

/** How a command got its node. */
export interface OpenKith extends AsyncDisposable {
  readonly kith: Kith;
  /** Started by this command just now: it has not had time to see anybody. */
  readonly isFresh: boolean;
}
