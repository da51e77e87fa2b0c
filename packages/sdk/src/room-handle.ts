/**
 * A room as the SDK gives it out: commands that resolve when they are durable, views that are made
 * when somebody looks, channels by protocol to one member or to all.
 *
 * @module
 */
import { hours, type LinkWays, millis, type PeerId, type RandomSource, type RoomId, type RoomOutput } from "@kith/core";
import type { Channel, Waiting } from "./api.ts";
import { EndpointError } from "./endpoint-error.ts";
import { type Observable, Subject } from "./observable.ts";
import { AsyncQueue } from "./queue.ts";
import { RoomBroadcastHandle } from "./room-broadcast-handle.ts";
import { RoomChatHandle } from "./room-chat-handle.ts";
import type { RoomFilesHandle } from "./room-files-handle.ts";
import { type Kept, refusal } from "./room-refusal.ts";
import { type RoomViewParts, RoomViews } from "./room-views.ts";
import type {
  GapView,
  JoinRequestView,
  MemberView,
  Room,
  RoomBroadcast,
  RoomChat,
  RoomPolicy,
  RoomView,
  ShownInvitation,
  ShownRoomCode,
  TopologyView,
} from "./rooms-api.ts";
import type { Role } from "./trust-api.ts";

const CHAT_PROTOCOL = "chat/1";
const PROTOCOL_BYTES_MAX = 36;
const INVITATION_LIFETIME = hours(24);
/** Channels of one protocol that members opened and nobody took yet; more are reset. */
const UNTAKEN_CHANNELS_MAX = 64;

export interface RoomParts extends RoomViewParts {
  readonly random: RandomSource;
  readonly kept: Kept;
  /** How links lead to us. */
  readonly linkWays: () => LinkWays;
  readonly open: (room: RoomId, protocol: string, member: PeerId, options: Waiting) => Promise<Channel>;
  readonly files: (room: Room) => RoomFilesHandle;
}

export class RoomHandle implements Room {
  readonly id: RoomId;
  readonly chat: RoomChat;
  readonly files: RoomFilesHandle;
  readonly closed: Promise<"left" | "expelled">;
  readonly #parts: RoomParts;
  readonly #views: RoomViews;
  readonly #view: Subject<RoomView>;
  readonly #members = new Subject<readonly MemberView[]>([]);
  readonly #requests = new Subject<readonly JoinRequestView[]>([]);
  readonly #topology = new Subject<TopologyView>({ nodes: [], edges: [] });
  readonly #gaps = new Subject<readonly GapView[]>([]);
  readonly #shownCode = new Subject<ShownRoomCode | undefined>(undefined);
  readonly #challenges = new Subject<readonly { readonly member: PeerId; readonly name: string }[]>([]);
  readonly #broadcasts = new Map<string, RoomBroadcastHandle>();
  readonly #incoming = new Map<string, AsyncQueue<Channel>>();
  readonly #answers = new Map<PeerId, PromiseWithResolvers<void>>();
  #settle: (end: "left" | "expelled") => void = () => {};

  constructor(id: RoomId, view: RoomView, parts: RoomParts) {
    this.id = id;
    this.#parts = parts;
    this.#views = new RoomViews(parts, id);
    this.#view = new Subject(view);
    this.closed = new Promise((resolve) => {
      this.#settle = resolve;
    });
    const { self, random, clock } = parts;
    this.chat = new RoomChatHandle({
      self,
      broadcast: this.broadcast(CHAT_PROTOCOL),
      random,
      clock,
      nameOf: (peer) => this.#views.nameOf(peer),
    });
    this.refresh(view);
    this.files = parts.files(this);
  }

  get view(): Observable<RoomView> {
    return this.#view;
  }

  get members(): Observable<readonly MemberView[]> {
    return this.#members;
  }

  get requests(): Observable<readonly JoinRequestView[]> {
    return this.#requests;
  }

  get topology(): Observable<TopologyView> {
    return this.#topology;
  }

  get gaps(): Observable<readonly GapView[]> {
    return this.#gaps;
  }

  get shownCode(): Observable<ShownRoomCode | undefined> {
    return this.#shownCode;
  }

  get challenges(): Observable<readonly { readonly member: PeerId; readonly name: string }[]> {
    return this.#challenges;
  }

  // --- ways in --------------------------------------------------------------------------------

  async invite(
    options: { readonly uses?: number; readonly lifetimeMs?: number; readonly role?: Role } = {},
  ): Promise<ShownInvitation> {
    const { uses = 1, lifetimeMs = INVITATION_LIFETIME, role = "member" } = options;
    const terms = { uses, lifetime: millis(lifetimeMs), role, ...this.#parts.linkWays() };
    const { commands, kept } = this.#parts;
    const invitation = commands.invite(this.id, terms, kept.moment());
    if (typeof invitation === "string") throw refusal("invite", invitation);
    await kept.all();
    return invitation;
  }

  revokeInvitations(): Promise<void> {
    return this.#parts.kept.do("take invitations back", (commands, at) => commands.revokeInvitations(this.id, at));
  }

  async knockLink(): Promise<string> {
    const { commands, kept, linkWays } = this.#parts;
    const knock = commands.knockLink(this.id, linkWays(), kept.moment());
    if (typeof knock === "string") throw refusal("make a link", knock);
    await kept.all();
    return knock.link;
  }

  async showCode(): Promise<ShownRoomCode> {
    const { commands, kept } = this.#parts;
    const code = commands.showCode(this.id, kept.moment());
    if (typeof code === "string") throw refusal("show a code", code);
    await kept.all();
    const shown = this.#views.shownCode();
    if (shown === undefined) throw refusal("show a code", "tryLater");
    return shown;
  }

  approve(peer: PeerId): Promise<void> {
    return this.#parts.kept.do("approve", (commands, at) => commands.approve(this.id, peer, at));
  }

  refuse(peer: PeerId): Promise<void> {
    return this.#parts.kept.do("refuse", (commands, at) => commands.refuse(this.id, peer, at));
  }

  challenge(peer: PeerId): Promise<void> {
    return this.#parts.kept.do("challenge", (commands, at) => commands.challenge(this.id, peer, at));
  }

  async answerChallenge(member: PeerId, code: string): Promise<void> {
    const { commands, kept } = this.#parts;
    const problem = commands.answerChallenge(this.id, member, code, kept.moment());
    if (problem !== undefined) throw refusal("answer the challenge", problem);
    const answer = Promise.withResolvers<void>();
    this.#answers.get(member)?.reject(new EndpointError("ERR_WRONG_CODE", "Another answer was given since"));
    this.#answers.set(member, answer);
    await Promise.all([kept.all(), answer.promise]);
  }

  // --- govern ---------------------------------------------------------------------------------

  setRole(peer: PeerId, role: Role): Promise<void> {
    return this.#parts.kept.do("change a role", (commands, at) => commands.setRole(this.id, peer, role, at));
  }

  expel(peer: PeerId): Promise<void> {
    return this.#parts.kept.do("expel", (commands, at) => commands.expel(this.id, peer, at));
  }

  cut(peer: PeerId, isCut: boolean): Promise<void> {
    return this.#parts.kept.do("cut", (commands, at) => commands.cut(this.id, peer, isCut, at));
  }

  setPolicy(policy: RoomPolicy): Promise<void> {
    return this.#parts.kept.do("change the policy", (commands, at) => commands.setPolicy(this.id, policy, at));
  }

  rename(name: string): Promise<void> {
    return this.#parts.kept.do("rename", (commands, at) => commands.rename(this.id, name, at));
  }

  leave(): Promise<void> {
    return this.#parts.kept.do("leave", (commands, at) => commands.leave(this.id, at));
  }

  // --- speak ----------------------------------------------------------------------------------

  broadcast(protocol: string): RoomBroadcast {
    assertProtocol(protocol);
    const open = this.#broadcasts.get(protocol);
    if (open !== undefined) return open;
    const { commands, kept } = this.#parts;
    const handle = new RoomBroadcastHandle(protocol, {
      send: (name, message) => {
        kept.touch();
        return commands.broadcast(this.id, name, message, kept.moment());
      },
      closed: (name) => this.#broadcasts.delete(name),
    });
    this.#broadcasts.set(protocol, handle);
    return handle;
  }

  open(protocol: string, member: PeerId, options: Waiting = {}): Promise<Channel> {
    assertProtocol(protocol);
    return this.#parts.open(this.id, protocol, member, options);
  }

  async *channels(protocol: string): AsyncIterable<Channel> {
    assertProtocol(protocol);
    const { commands, kept } = this.#parts;
    const queue = new AsyncQueue<Channel>({ max: UNTAKEN_CHANNELS_MAX });
    this.#incoming.get(protocol)?.end();
    this.#incoming.set(protocol, queue);
    commands.serve(this.id, protocol, true);
    kept.touch();
    try {
      yield* queue;
    } finally {
      if (this.#incoming.get(protocol) === queue) {
        this.#incoming.delete(protocol);
        commands.serve(this.id, protocol, false);
      }
    }
  }

  // --- from the driver ------------------------------------------------------------------------

  refresh(view: RoomView): void {
    const { commands } = this.#parts;
    this.#view.set(view);
    this.#members.setLater(() => this.#views.members());
    this.#requests.setLater(() => this.#views.requests());
    this.#topology.setLater(() => this.#views.topology());
    this.#gaps.setLater(() => commands.gapsOf(this.id));
    this.#shownCode.setLater(() => this.#views.shownCode());
    this.#challenges.setLater(() => this.#views.challenges());
  }

  handleMessage({ protocol, from, bytes, hops, sentAt }: Extract<RoomOutput, { type: "roomMessage" }>): void {
    this.#broadcasts.get(protocol)?.handleMessage({ from, bytes, hops, sentAt });
  }

  handleMissed(from: PeerId, count: number): void {
    for (const handle of this.#broadcasts.values()) handle.handleMissed(from, count);
  }

  handleWritable(): void {
    for (const handle of this.#broadcasts.values()) handle.handleWritable();
  }

  /** A member opened a channel; false if nobody takes it. */
  handleChannel(protocol: string, channel: Channel): boolean {
    const queue = this.#incoming.get(protocol);
    if (queue === undefined || queue.isFull) return false;
    queue.push(channel);
    return true;
  }

  handleAnswered(member: PeerId, result: "right" | "wrong" | "tryLater"): void {
    const answer = this.#answers.get(member);
    this.#answers.delete(member);
    if (result === "right") answer?.resolve();
    else if (result === "wrong") answer?.reject(new EndpointError("ERR_WRONG_CODE", "Cannot come in: wrong code"));
    else answer?.reject(refusal("answer the challenge", "tryLater"));
  }

  handleOver(reason: "left" | "expelled"): void {
    this.#settle(reason);
    void this.end();
  }

  /** The endpoint closes, or we are in the room no more. */
  async end(): Promise<void> {
    for (const handle of this.#broadcasts.values()) handle.end();
    this.#broadcasts.clear();
    for (const queue of this.#incoming.values()) queue.end();
    for (const { reject } of this.#answers.values()) reject(refusal("answer the challenge", "over"));
    this.#answers.clear();
    await this.files.close();
  }
}

function assertProtocol(protocol: string): void {
  if (!/^[\x21-\x7e]+$/.test(protocol) || protocol.length > PROTOCOL_BYTES_MAX)
    throw new EndpointError("ERR_ARGUMENT", `Cannot use ${JSON.stringify(protocol)} as a protocol's name`);
}
