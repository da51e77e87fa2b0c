/**
 * Rooms as plain data for views: what the core says, with the names that our person knows people by.
 *
 * @module
 */
import {
  type CryptoProvider,
  fingerprint,
  type PeerId,
  type RoomCommands,
  type RoomId,
  type RoomMemberState,
  type SessionEntry,
  shortFingerprint,
} from "@kith/core";
import type { Clock } from "./clock.ts";
import { relayHostOf } from "./relayed-link.ts";
import type { JoinRequestView, MemberPath, MemberView, ShownRoomCode, TopologyView } from "./rooms-api.ts";
import type { Contact } from "./trust-api.ts";

export interface RoomViewParts {
  readonly self: PeerId;
  readonly provider: CryptoProvider;
  readonly clock: Clock;
  readonly commands: RoomCommands;
  readonly contact: (peer: PeerId) => Contact | undefined;
  readonly sessionOf: (peer: PeerId) => SessionEntry | undefined;
  /** Where a link leads, as its transport puts it. */
  readonly remoteOf: (link: number) => string | undefined;
}

export class RoomViews {
  readonly #parts: RoomViewParts;
  readonly #room: RoomId;

  constructor(parts: RoomViewParts, room: RoomId) {
    this.#parts = parts;
    this.#room = room;
  }

  /** Our own name for a contact; else the member's claim; else the short fingerprint. */
  nameOf(peer: PeerId): string {
    const { contact, commands, provider } = this.#parts;
    const claimed = commands.membersOf(this.#room).find((member) => member.peer === peer)?.name;
    return contact(peer)?.name || claimed || shortFingerprint(provider, peer);
  }

  members(): readonly MemberView[] {
    return this.#parts.commands.membersOf(this.#room).map((member) => this.#member(member));
  }

  requests(): readonly JoinRequestView[] {
    const { commands, provider } = this.#parts;
    return commands.requestsOf(this.#room).map(({ peer, name, wants, askedAt, code }) => ({
      peer,
      fingerprint: fingerprint(provider, peer),
      name: name || shortFingerprint(provider, peer),
      wants,
      askedAt,
      ...(code !== undefined && {
        code: { text: code.text, triesLeft: code.triesLeft, expiresAt: this.#wallOf(code.expiresAt) },
      }),
    }));
  }

  topology(): TopologyView {
    const { nodes, edges } = this.#parts.commands.mapOf(this.#room);
    const names = new Map(this.members().map(({ peer, name }) => [peer, name]));
    return {
      nodes: nodes.map(({ peer, state }) => ({ peer, name: names.get(peer) ?? this.nameOf(peer), state })),
      edges,
    };
  }

  shownCode(): ShownRoomCode | undefined {
    const code = this.#parts.commands.shownCodeOf(this.#room);
    return code && { code: code.text, triesLeft: code.triesLeft, expiresAt: this.#wallOf(code.expiresAt) };
  }

  challenges(): readonly { readonly member: PeerId; readonly name: string }[] {
    return this.#parts.commands.challengesOf(this.#room).map((member) => ({ member, name: this.nameOf(member) }));
  }

  #member(member: RoomMemberState): MemberView {
    const { self, provider, contact } = this.#parts;
    const { peer, role, admittedBy, admittedHow, admittedAt, isOnline, isCut } = member;
    const known = contact(peer);
    const verifiedBy = known?.verifiedBy;
    return {
      peer,
      fingerprint: fingerprint(provider, peer),
      name: known?.name || member.name || shortFingerprint(provider, peer),
      isSelf: peer === self,
      role,
      ...(admittedBy !== undefined && { admittedBy }),
      admittedHow,
      admittedAt,
      isVerified: peer === self || (verifiedBy !== undefined && verifiedBy !== "first-use"),
      isOnline,
      path: this.#path(member),
      isCut,
    };
  }

  #path({ peer, path }: RoomMemberState): MemberPath {
    if (path.kind !== "direct") return path;
    const active = this.#parts.sessionOf(peer)?.stack.activeLink;
    const srtt = active?.stats.srtt;
    const relay = active?.traits.kind === "relayed" ? relayHostOf(this.#parts.remoteOf(active.link)) : undefined;
    return { kind: "direct", ...(srtt !== undefined && { roundTripMs: srtt }), ...(relay !== undefined && { relay }) };
  }

  /** A moment of the monotonic clock as people read it. */
  #wallOf(instant: number): number {
    const { clock } = this.#parts;
    return clock.wall() + (instant - clock.now());
  }
}
