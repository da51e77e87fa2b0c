/**
 * Channels of sessions, to whoever serves them: pairing, chat, files, grants, or the application. The one
 * place where a peer's wish to open a channel is judged.
 *
 * @module
 */
import type { ChannelClass, ChannelOutput } from "../channel/channel-output.ts";
import type { PeerId } from "../identity/peer-id.ts";
import type { Moment } from "../lib/moment.ts";
import { isRoomChannelName } from "../room/channel-name.ts";
import type { RoomId } from "../room/room-id.ts";
import { PROTOCOL, RESET } from "../wire/registry.ts";
import type { CardDesk } from "./card-desk.ts";
import type { Conversations } from "./conversations.ts";
import type { EndpointOutput } from "./endpoint-output.ts";
import type { GrantDesk } from "./grant-desk.ts";
import type { Pairings } from "./pairings.ts";
import type { RoomChannel } from "./room-output.ts";
import type { RoomSpace } from "./room-space.ts";
import type { SessionEntry, SessionId } from "./session-table.ts";
import type { SignalDesk } from "./signal-desk.ts";
import type { Transfers } from "./transfers.ts";
import type { TrustDesk } from "./trust-desk.ts";

export interface RouterParts {
  readonly trust: TrustDesk;
  readonly pairings: Pairings;
  readonly conversations: Conversations;
  readonly transfers: Transfers;
  readonly grants: GrantDesk;
  readonly cards: CardDesk;
  readonly rooms: RoomSpace;
  readonly signals: SignalDesk;
  /** Of the application. */
  readonly protocols: ReadonlySet<string>;
  /** Where outputs go. */
  readonly outputs: EndpointOutput[];
}

interface Permission {
  /** The grant that alone permits it, if one does. */
  readonly grant?: string | undefined;
  /** The room that it belongs to. */
  readonly room?: RoomChannel | undefined;
}

interface AppChannels {
  readonly session: SessionEntry;
  readonly channels: Map<number, Permission>;
}

export class ChannelRouter {
  readonly #parts: RouterParts;
  /** Of the application, by session; the sessions' own limits bound them. */
  readonly #apps = new Map<SessionId, AppChannels>();

  constructor(parts: RouterParts) {
    this.#parts = parts;
  }

  hasApps(session: SessionId): boolean {
    return (this.#apps.get(session)?.channels.size ?? 0) > 0;
  }

  /** `undefined`: the session is over, or has too many. */
  open(session: SessionEntry, protocol: string, channelClass: ChannelClass, room?: RoomChannel): number | undefined {
    const channel = session.stack.isOver ? undefined : session.stack.open(protocol, channelClass);
    if (channel !== undefined) this.#note(session, channel, { room });
    if (room !== undefined) this.#parts.signals.handleChanged(session.stack.peer); // a member now
    return channel;
  }

  route(session: SessionEntry, output: ChannelOutput, at: Moment): void {
    const { id } = session;
    const { channel } = output;
    const { conversations, pairings, transfers, grants, cards, rooms, signals } = this.#parts;
    const apps = this.#apps.get(id)?.channels;
    const permission = apps?.get(channel);
    if (permission !== undefined) {
      if (output.type === "reset" || output.type === "closed") apps?.delete(channel);
      this.#tell(session, output, permission);
      return;
    }
    switch (output.type) {
      case "opened":
        return this.#judge(session, output, at);
      case "accepted":
        if (conversations.handleAccepted(session, channel, at) || grants.handleAccepted(session, channel, at)) return;
        if (cards.handleAccepted(session, channel, at)) return;
        if (rooms.desk?.channels.handleAccepted(session, channel, at)) return;
        if (!signals.handleAccepted(session, channel, at.now)) transfers.handleAccepted(id, channel);
        return;
      case "messages": {
        const { messages } = output;
        if (transfers.handleMessages(id, channel, messages, at)) return;
        if (conversations.handleMessages(session, channel, messages, at)) return;
        if (grants.handleMessages(session, channel, messages, at)) return;
        if (cards.handleMessages(session, channel, messages, at)) return;
        if (signals.handleMessages(session, channel, messages, at.now)) return;
        if (rooms.desk?.channels.handleMessages(session, channel, output, at)) return;
        pairings.handleMessages(id, channel, output, at);
        return;
      }
      case "delivered":
        return;
      case "writable":
        if (transfers.handleWritable(id, channel) || pairings.handleWritable(id, channel)) return;
        if (conversations.handleWritable(session, channel, at) || grants.handleWritable(session, channel, at)) return;
        if (cards.handleWritable(session, channel, at) || signals.handleWritable(session, channel, at.now)) return;
        rooms.desk?.channels.handleWritable(session, channel, at);
        return;
      default: {
        const isOver = output.type !== "finished";
        if (transfers.handleEnded(id, channel, isOver, at.now) || pairings.handleEnded(id, channel, at.now)) return;
        if (conversations.handleEnded(session, channel, isOver, at)) return;
        if (grants.handleEndedChannel(session, channel, isOver, at)) return;
        if (cards.handleEnded(session, channel, isOver, at)) return;
        if (signals.handleEndedChannel(session, channel, isOver, at.now)) return;
        const code = output.type === "reset" ? output.code : undefined;
        rooms.desk?.channels.handleEnded(session, channel, isOver, code, at);
      }
    }
  }

  handleSessionOver(session: SessionEntry, reason: number, at: Moment): void {
    const { trust, conversations, pairings, transfers, grants, cards, rooms, signals } = this.#parts;
    const { source, stack } = session;
    trust.audit({ event: "disconnected", peer: stack.peer, source, detail: `code ${reason}` }, at);
    conversations.handleSessionOver(session, at);
    rooms.desk?.channels.handleSessionOver(session, at);
    grants.handleSessionOver(session, at);
    cards.handleSessionOver(session, at);
    signals.handleSessionOver(session, at.now);
    transfers.handleSessionOver(session.id);
    pairings.handleSessionOver(session.id, at.now);
    this.#apps.delete(session.id);
  }

  /** There is a session with the peer, or it is a contact from now on: what waits for it may leave. */
  handleReachable(peer: PeerId): void {
    const { conversations, transfers, grants, cards } = this.#parts;
    for (const waiting of [conversations, transfers, grants, cards]) waiting.handleReachable(peer);
    this.#parts.signals.handleChanged(peer);
  }

  /** The contact is gone. */
  forget(peer: PeerId, at: Moment): void {
    const { conversations, transfers, grants } = this.#parts;
    for (const serving of [conversations, transfers, grants]) serving.forget(peer, at);
  }

  /** The grant ended: so does what ran under it alone, and who has it from us is told. */
  endGranted(peer: PeerId, grant: string, at: Moment): void {
    this.#parts.grants.handleEnded(peer, grant, at);
    for (const { session, channels } of this.#apps.values()) {
      if (session.stack.peer !== peer) continue;
      for (const [channel, permission] of [...channels]) {
        if (permission.grant === grant) this.#end(session, channels, channel, permission);
      }
    }
  }

  /** The peer and we have nothing to do with each other in this room any more. */
  endRoom(peer: PeerId, room: RoomId): void {
    for (const { session, channels } of this.#apps.values()) {
      if (session.stack.peer !== peer) continue;
      for (const [channel, permission] of [...channels])
        if (permission.room?.room === room) this.#end(session, channels, channel, permission);
    }
  }

  #end(session: SessionEntry, channels: Map<number, Permission>, channel: number, permission: Permission): void {
    const code = RESET.notAuthorized;
    session.stack.reset(channel, code);
    channels.delete(channel);
    this.#tell(session, { type: "reset", channel, code }, permission);
  }

  #tell(session: SessionEntry, output: ChannelOutput, { room }: Permission): void {
    this.#parts.outputs.push({ type: "channel", session, output, ...(room !== undefined && { room }) });
  }

  #judge(session: SessionEntry, output: Extract<ChannelOutput, { type: "opened" }>, at: Moment): void {
    const { stack, source } = session;
    const { channel, protocol } = output;
    const { trust, conversations, pairings, transfers, grants, cards, rooms, protocols } = this.#parts;
    if (isRoomChannelName(protocol) || protocol === PROTOCOL.join) {
      // Who may is a question to the room, not to our trust book; whom we blocked is not heard anywhere.
      if (trust.blocked.has(stack.peer)) stack.reset(channel, RESET.notAuthorized);
      else if (rooms.desk === undefined) stack.reset(channel, RESET.refused);
      else {
        const room = rooms.desk.channels.handleOffered(session, channel, protocol, at);
        if (room !== undefined) this.#take(session, output, { room });
        this.#parts.signals.handleChanged(stack.peer);
      }
      return;
    }
    // Contacts and members alike: neither a role nor a grant is asked for a better link.
    if (protocol === PROTOCOL.signal) return this.#parts.signals.handleOffered(session, channel, at.now);
    const decision = trust.mayOpen(stack.peer, source, protocol, at);
    if (!decision.allowed) return stack.reset(channel, RESET.notAuthorized);
    if (protocol === PROTOCOL.pair) pairings.handleOffered(session, channel, at);
    else if (protocol === PROTOCOL.chat) conversations.handleOffered(session, channel, at);
    else if (protocol === PROTOCOL.grant) grants.handleOffered(session, channel, at);
    else if (protocol === PROTOCOL.mail) cards.handleOffered(session, channel, at);
    else if (protocol === PROTOCOL.file) transfers.handleOffered(session, channel);
    else if (protocols.has(protocol)) {
      this.#take(session, output, { grant: decision.grant });
    } else stack.reset(channel, RESET.refused);
  }

  /** The program serves it. */
  #take(session: SessionEntry, output: Extract<ChannelOutput, { type: "opened" }>, permission: Permission): void {
    session.stack.accept(output.channel);
    this.#note(session, output.channel, permission);
    this.#tell(session, output, permission);
  }

  #note(session: SessionEntry, channel: number, permission: Permission): void {
    const apps = this.#apps.get(session.id) ?? { session, channels: new Map<number, Permission>() };
    this.#apps.set(session.id, apps);
    apps.channels.set(channel, permission);
  }
}
