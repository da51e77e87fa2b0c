/**
 * Channels of sessions, to whoever serves them: pairing, chat, files, grants, or the application. The one
 * place where a peer's wish to open a channel is judged.
 *
 * @module
 */
import type { ChannelClass, ChannelOutput } from "../channel/channel-output.ts";
import type { PeerId } from "../identity/peer-id.ts";
import { isRoomChannelName } from "../room/channel-name.ts";
import { PROTOCOL, RESET } from "../wire/registry.ts";
import type { Conversations } from "./conversations.ts";
import type { EndpointOutput } from "./endpoint-output.ts";
import type { GrantDesk } from "./grant-desk.ts";
import type { Moment } from "./moment.ts";
import type { Pairings } from "./pairings.ts";
import type { RoomDesk } from "./room-desk.ts";
import type { SessionEntry, SessionId } from "./session-table.ts";
import type { Transfers } from "./transfers.ts";
import type { TrustDesk } from "./trust-desk.ts";

export interface RouterParts {
  readonly trust: TrustDesk;
  readonly pairings: Pairings;
  readonly conversations: Conversations;
  readonly transfers: Transfers;
  readonly grants: GrantDesk;
  readonly rooms: RoomDesk;
  /** Of the application. */
  readonly protocols: ReadonlySet<string>;
  /** Where outputs go. */
  readonly outputs: EndpointOutput[];
}

interface AppChannels {
  readonly session: SessionEntry;
  /** By channel: the grant that alone permits it, if one does. */
  readonly channels: Map<number, string | undefined>;
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
  open(session: SessionEntry, protocol: string, channelClass: ChannelClass): number | undefined {
    const channel = session.stack.isOver ? undefined : session.stack.open(protocol, channelClass);
    if (channel !== undefined) this.#note(session, channel, undefined);
    return channel;
  }

  route(session: SessionEntry, output: ChannelOutput, at: Moment): void {
    const { id } = session;
    const { channel } = output;
    const { conversations, pairings, transfers, grants, outputs } = this.#parts;
    const apps = this.#apps.get(id)?.channels;
    if (apps?.has(channel) === true) {
      if (output.type === "reset" || output.type === "closed") apps.delete(channel);
      outputs.push({ type: "channel", session, output });
      return;
    }
    switch (output.type) {
      case "opened":
        return this.#judge(session, output, at);
      case "accepted":
        if (conversations.handleAccepted(session, channel, at) || grants.handleAccepted(session, channel, at)) return;
        transfers.handleAccepted(id, channel);
        return;
      case "messages": {
        const { messages } = output;
        if (transfers.handleMessages(id, channel, messages, at)) return;
        if (conversations.handleMessages(session, channel, messages, at)) return;
        if (grants.handleMessages(session, channel, messages, at)) return;
        pairings.handleMessages(id, channel, output, at);
        return;
      }
      case "delivered":
        return;
      case "writable":
        if (transfers.handleWritable(id, channel) || pairings.handleWritable(id, channel)) return;
        if (!conversations.handleWritable(session, channel, at)) grants.handleWritable(session, channel, at);
        return;
      default: {
        const isOver = output.type !== "finished";
        if (transfers.handleEnded(id, channel, isOver, at.now) || pairings.handleEnded(id, channel, at.now)) return;
        if (conversations.handleEnded(session, channel, isOver, at)) return;
        grants.handleEndedChannel(session, channel, isOver, at);
      }
    }
  }

  handleSessionOver(session: SessionEntry, reason: number, at: Moment): void {
    const { trust, conversations, pairings, transfers, grants, rooms } = this.#parts;
    const { source, stack } = session;
    trust.audit({ event: "disconnected", peer: stack.peer, source, detail: `code ${reason}` }, at);
    conversations.handleSessionOver(session, at);
    rooms.handleSessionOver(session, at);
    grants.handleSessionOver(session, at);
    transfers.handleSessionOver(session.id);
    pairings.handleSessionOver(session.id, at.now);
    this.#apps.delete(session.id);
  }

  /** There is a session with the peer, or it is a contact from now on: what waits for it may leave. */
  handleReachable(peer: PeerId): void {
    const { conversations, transfers, grants } = this.#parts;
    for (const waiting of [conversations, transfers, grants]) waiting.handleReachable(peer);
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
        if (permission !== grant) continue;
        const code = RESET.notAuthorized;
        session.stack.reset(channel, code);
        channels.delete(channel);
        this.#parts.outputs.push({ type: "channel", session, output: { type: "reset", channel, code } });
      }
    }
  }

  #judge(session: SessionEntry, output: Extract<ChannelOutput, { type: "opened" }>, at: Moment): void {
    const { stack, source } = session;
    const { channel, protocol } = output;
    const { trust, conversations, pairings, transfers, grants, rooms, protocols, outputs } = this.#parts;
    if (isRoomChannelName(protocol) || protocol === PROTOCOL.join) {
      // Who may is a question to the room, not to our trust book; whom we blocked is not heard anywhere.
      if (trust.blocked.has(stack.peer)) stack.reset(channel, RESET.notAuthorized);
      else rooms.handleOffered(session, channel, protocol, at);
      return;
    }
    const decision = trust.mayOpen(stack.peer, source, protocol, at);
    if (!decision.allowed) return stack.reset(channel, RESET.notAuthorized);
    if (protocol === PROTOCOL.pair) pairings.handleOffered(session, channel, at);
    else if (protocol === PROTOCOL.chat) conversations.handleOffered(session, channel, at);
    else if (protocol === PROTOCOL.grant) grants.handleOffered(session, channel, at);
    else if (protocol === PROTOCOL.file) transfers.handleOffered(session, channel);
    else if (protocols.has(protocol)) {
      stack.accept(channel);
      this.#note(session, channel, decision.grant);
      outputs.push({ type: "channel", session, output });
    } else stack.reset(channel, RESET.refused);
  }

  #note(session: SessionEntry, channel: number, grant: string | undefined): void {
    const apps = this.#apps.get(session.id) ?? { session, channels: new Map<number, string | undefined>() };
    this.#apps.set(session.id, apps);
    apps.channels.set(channel, grant);
  }
}
