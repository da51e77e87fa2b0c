/**
 * What the commands need of an endpoint. Both satisfy it: an `Endpoint` of this process, and
 * {@link RemoteKith}, which asks the running node over its control socket.
 *
 * @module
 */
import type { PeerId, RoomId } from "@kith/core";
import type {
  Audit,
  Chat,
  Endpoint,
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
    | "exportIdentity"
    | "close"
  > {
  /** As `Endpoint.connect`; the session itself stays with the endpoint. */
  connect(target: string, options?: Waiting & { readonly expect?: PeerId }): Promise<{ readonly peer: PeerId }>;
  /** How the identity's key rests on the disk; unknown of a node in another process. */
  readonly keyProtection?: "keyring" | "passphrase" | "owner-only" | "none";
  readonly trust: Trust;
  readonly pairing: Pairing;
  readonly joinCodes: JoinCodes;
  readonly chat: Chat;
  readonly files: Files;
  readonly audit: Audit;
  readonly rooms: KithRooms;
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
  readonly chat: Pick<RoomChat, "send" | "watch"> & {
    readonly history: { get(): readonly RoomChatMessage[] | Promise<readonly RoomChatMessage[]> };
  };
};

/** How a command got its node. */
export interface OpenKith extends AsyncDisposable {
  readonly kith: Kith;
  /** Started by this command just now: it has not had time to see anybody. */
  readonly isFresh: boolean;
}
