/**
 * The public face of rooms: groups that no server runs. As all views, these are plain data.
 *
 * @module
 */
import type { PeerId, RoomId } from "@kith/core";
import type { Channel, Waiting } from "./channel-api.ts";
import type { Observable } from "./observable.ts";
import type { RoomChat } from "./room-chat-api.ts";
import type { Role } from "./trust-api.ts";

export type { RoomId } from "@kith/core";
export type { RoomChat, RoomChatMessage, RoomChatSendOptions, RoomReaction } from "./room-chat-api.ts";

/** How somebody may come in, and who decides (spec/rooms.md §5). */
export interface RoomPolicy {
  /**
   * `open`: any member completes an admission by invitation. `strict`: only the inviter does, and the count of
   * uses is exact. `approval`: owner or admin says yes to each. `challenge`: a newcomer answers a code of one
   * member (`any`), an admin's (`admin`) or each member's (`every`). `peers`: no admins; challenge and cut only.
   */
  readonly ways: "open" | "strict" | "approval" | "challenge" | "peers";
  /** For `challenge`; in `peers` it is `every`. */
  readonly challengedBy?: "any" | "admin" | "every";
  /** Who may invite and show room codes: everybody with this role or a higher one. */
  readonly inviters: "owner" | "admin" | "member";
}

export interface RoomView {
  readonly id: RoomId;
  readonly name: string;
  /** `joining`: waits for somebody's yes, or for a challenge. `left`, `expelled`: over, kept until forgotten. */
  readonly state: "joining" | "in" | "left" | "expelled";
  readonly role: Role | undefined;
  readonly policy: RoomPolicy;
  readonly memberCount: number;
  readonly onlineCount: number;
  /** Newcomers that wait for an answer here. */
  readonly requestCount: number;
  readonly gapCount: number;
}

export interface MemberView {
  readonly peer: PeerId;
  readonly fingerprint: string;
  /** Our own name for a contact; else what it calls itself, cleaned for display: a claim. */
  readonly name: string;
  readonly isSelf: boolean;
  readonly role: Role;
  readonly admittedBy?: PeerId; // absent: the founder
  readonly admittedHow: "founded" | "invitation" | "code" | "challenge" | "approval";
  /** Milliseconds since 1970, by the admitter's clock. */
  readonly admittedAt: number;
  /** Whether we made sure of this key ourselves: a verified contact. */
  readonly isVerified: boolean;
  readonly isOnline: boolean;
  readonly path: MemberPath;
  /** We cut it off: no link of ours goes there. */
  readonly isCut: boolean;
}

export type MemberPath =
  | { readonly kind: "self" | "none" }
  /** `relay`: the host of the relay between us, if there is one. */
  | { readonly kind: "direct"; readonly roundTripMs?: number; readonly relay?: string }
  /** `through`: the first member on the way. */
  | { readonly kind: "routed"; readonly through: PeerId; readonly hops: number };

/** Somebody who asks to come in, as seen by a member who may say something to it. */
export interface JoinRequestView {
  readonly peer: PeerId;
  readonly fingerprint: string;
  /** What it calls itself: a claim. */
  readonly name: string;
  readonly wants: "approval" | "challenge";
  /** The code to tell that person, once {@link Room.challenge} was called for it. */
  readonly code?: { readonly text: string; readonly triesLeft: number; readonly expiresAt: number };
  /** Milliseconds since 1970. */
  readonly askedAt: number;
}

/** Who is linked to whom, as members say. */
export interface TopologyView {
  readonly nodes: readonly {
    readonly peer: PeerId;
    readonly name: string;
    /** `stale`: has not been heard of for three periods. */
    readonly state: "online" | "stale" | "offline";
  }[];
  /** Each once, the smaller PeerId first. `claimed`: only one of the two says so. */
  readonly edges: readonly { readonly a: PeerId; readonly b: PeerId; readonly claimed: "both" | "a" | "b" }[];
}

/** What is missing in the room's net, or does not agree. Never an accusation: a router can be the reason. */
export type GapView =
  | { readonly kind: "not-connected"; readonly a: PeerId; readonly b: PeerId }
  /** `peer` reaches the room only over `neighbour`. */
  | { readonly kind: "hangs-on"; readonly peer: PeerId; readonly neighbour: PeerId }
  /** Without `peer`, the room would fall apart. */
  | { readonly kind: "cut-vertex"; readonly peer: PeerId }
  /** `peer` says that it is linked to `other`, which does not say so. */
  | { readonly kind: "one-sided"; readonly peer: PeerId; readonly other: PeerId }
  /** `peer` names a neighbour that is no member. */
  | { readonly kind: "outsider"; readonly peer: PeerId; readonly other: PeerId }
  /** `peer` has another list of members, or of who vouched for whom, than we. */
  | { readonly kind: "roster-differs"; readonly peer: PeerId }
  /** `peer` signed two statements that contradict each other. */
  | { readonly kind: "contradiction"; readonly peer: PeerId }
  /** One invitation was used by two: `peer` lost. */
  | { readonly kind: "invitation-reused"; readonly peer: PeerId };

export interface RoomMessage {
  readonly from: PeerId;
  readonly bytes: Uint8Array;
  /** How many members passed it on; 0: straight from its writer. */
  readonly hops: number;
  /** Milliseconds since 1970, by our clock and the time it says it was on its way. */
  readonly sentAt: number;
}

/** Messages of one protocol to all members, and from them. */
export interface RoomBroadcast extends AsyncDisposable {
  /**
   * Takes a copy of `message` (at most 16,384 bytes). Members present get it once, in our order; members away
   * get it when they are back, within the history's bounds. Resolves when the room will take more.
   * @throws {EndpointError} `ERR_ROOM_LEFT`, `ERR_TOO_LARGE`
   */
  send(message: Uint8Array): Promise<void>;
  /** One consumer. Ours are not among them. */
  readonly messages: AsyncIterable<RoomMessage>;
  /** Members whose messages were missed for good, and how many: older than what anybody here keeps. */
  readonly missed: Observable<ReadonlyMap<PeerId, number>>;
}

export interface RoomFileView {
  /** 64 hexadecimal digits: the hash that every chunk is checked against. */
  readonly id: string;
  readonly name: string;
  readonly bytes: number;
  readonly from: PeerId;
  readonly isOurs: boolean;
  readonly state: "offered" | "fetching" | "have" | "failed" | "gone";
  readonly failure?: string;
  /** Verified and written. */
  readonly bytesDone: number;
  readonly bytesPerSecond: number;
  /** Members that have all of it, or a part, and are online. */
  readonly sources: number;
  readonly bytesServed: number;
  /** At the receiver, once whole. */
  readonly path?: string;
}

export interface RoomFiles {
  readonly all: Observable<readonly RoomFileView[]>;
  /** Offers a file to all members; resolves with its id once it was hashed and announced. */
  send(path: string, options?: Waiting): Promise<string>;
  /**
   * Fetches it from whoever has it, or goes on after a failure; resolves when that has begun. `directory` is the
   * folder for it, the inbox unless told. @throws {EndpointError} `ERR_TRANSFER_UNKNOWN`, `ERR_TRANSFER_STATE`
   */
  fetch(id: string, options?: { readonly directory?: string }): Promise<void>;
  /** Ends fetching and deletes the part; or ends giving it to others, and leaves the file where it is. */
  cancel(id: string): Promise<void>;
}

export interface ShownInvitation {
  /** For one person each; as a link, and the same text as a QR code. */
  readonly links: readonly string[];
  readonly role: Role;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

export interface ShownRoomCode {
  /** As `7-acorn-canyon`. */
  readonly code: string;
  readonly triesLeft: number;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** A room that this endpoint is in, or comes into. */
export interface Room {
  readonly id: RoomId;
  readonly view: Observable<RoomView>;
  readonly members: Observable<readonly MemberView[]>;
  readonly requests: Observable<readonly JoinRequestView[]>;
  readonly topology: Observable<TopologyView>;
  readonly gaps: Observable<readonly GapView[]>;
  readonly chat: RoomChat;
  readonly files: RoomFiles;

  /**
   * Makes invitations for `uses` (1 to 64, 1 unless told) people, good for `lifetimeMs` (24 hours unless told), and
   * tells the members of them. The links lead to our addresses, and to the first two relays where we are now; while they
   * are open we can be met there by them. @throws {EndpointError} `ERR_NOT_AUTHORIZED`, `ERR_ARGUMENT`, `ERR_ROOM_LEFT`
   */
  invite(options?: {
    readonly uses?: number;
    readonly lifetimeMs?: number;
    readonly role?: Role;
  }): Promise<ShownInvitation>;
  /** Takes back every unused invitation that we made. */
  revokeInvitations(): Promise<void>;
  /** A link for somebody who will be asked, or must answer a challenge: it lets nobody in by itself. It leads where those of {@link invite} do. */
  knockLink(): Promise<string>;
  /** Shows a room code for two minutes or three tries; the one shown already, if there is one. */
  showCode(): Promise<ShownRoomCode>;
  readonly shownCode: Observable<ShownRoomCode | undefined>;
  approve(peer: PeerId): Promise<void>;
  refuse(peer: PeerId): Promise<void>;
  /** Makes a code for this newcomer alone; it is in {@link requests} then. */
  challenge(peer: PeerId): Promise<void>;
  /** Answers the challenge that a member made for us. @throws {EndpointError} `ERR_WRONG_CODE`, `ERR_TRY_LATER` */
  answerChallenge(member: PeerId, code: string): Promise<void>;
  /** Members whose challenge we have to answer. */
  readonly challenges: Observable<readonly { readonly member: PeerId; readonly name: string }[]>;

  setRole(peer: PeerId, role: Role): Promise<void>;
  /** Ends the membership for all, and changes the keys. */
  expel(peer: PeerId): Promise<void>;
  /** Ends our own links with it and refuses new ones; tells the others, who decide for themselves. */
  cut(peer: PeerId, isCut: boolean): Promise<void>;
  setPolicy(policy: RoomPolicy): Promise<void>;
  rename(name: string): Promise<void>;

  /** Messages of a protocol (at most 36 bytes, as `board/1`) to all. One at a time for each protocol. */
  broadcast(protocol: string): RoomBroadcast;
  /** A channel to one member, directly or through others; both ends see it as one of this room. */
  open(protocol: string, member: PeerId, options?: Waiting): Promise<Channel>;
  /** Channels that members open with us for `protocol`. One consumer for each protocol. */
  channels(protocol: string): AsyncIterable<Channel>;

  /** Says goodbye to the room for good. */
  leave(): Promise<void>;
  /** Fulfils when we are no longer in it; never rejects. */
  readonly closed: Promise<"left" | "expelled">;
}

/** What happens while somebody comes in; the last one before the promise settles says why. */
export type JoinStep =
  | "looking" //     for a member that answers
  | "proving" //     invitation or code
  | "waiting" //     a member must say yes
  | "challenged" //  a member made a code for us: ask for it, then `answerChallenge`
  | "receiving"; //  the room's log and keys

export interface Rooms {
  readonly all: Observable<readonly RoomView[]>;
  get(id: RoomId): Room | undefined;
  /** @throws {EndpointError} `ERR_ARGUMENT` for a name that is empty or too long, `ERR_LIMIT` with 64 rooms */
  create(name: string, policy?: Partial<RoomPolicy>): Promise<Room>;
  /**
   * `ticket` is an invitation link or a room code. Resolves when the room can be used; where somebody must say
   * yes first, that can take as long as people take: `onStep` tells, `signal` gives up. Relays that a link names, and
   * that we did not use yet, are used from now on, and given up again unless we come in and they take us: they see our address, and two
   * keys that meet.
   * @throws {EndpointError} `ERR_TICKET` (not one of ours, expired, used, revoked), `ERR_PEER_UNREACHABLE`,
   *   `ERR_WRONG_CODE`, `ERR_NOT_AUTHORIZED` (refused), `ERR_TRY_LATER`
   */
  join(
    ticket: string,
    options?: Waiting & { readonly onStep?: (step: JoinStep, room: Room | undefined) => void },
  ): Promise<Room>;
  /** Removes what is kept of a room that we left or were expelled from. */
  forget(id: RoomId): Promise<void>;
}
