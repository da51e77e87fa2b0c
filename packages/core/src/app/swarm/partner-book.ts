/**
 * Whom to exchange chunks with (spec/app-swarm.md §3): a few members, neighbours first, that have or fetch
 * what we fetch; others come to us. Of two that fetch the same the one with the smaller PeerId opens.
 *
 * @module
 */
import type { PeerId } from "../../identity/peer-id.ts";
import { type RandomSource, randomBelow } from "../../lib/random.ts";
import type { Duration, Instant } from "../../lib/time.ts";
import { after, seconds, since } from "../../lib/time.ts";
import {
  SWARM_BANNED_MAX,
  SWARM_PARTNER_IDLE,
  SWARM_PARTNER_RETRY,
  SWARM_PARTNERS_MAX,
  SWARM_PARTNERS_WANTED,
} from "../../wire/room-app-limits.ts";
import { Partner } from "./partner.ts";
import type { SwarmFile } from "./swarm-file.ts";

/** A member of the room other than we, as far as its path goes. */
export interface SwarmMember {
  readonly peer: PeerId;
  readonly isOnline: boolean;
  readonly isNeighbour: boolean;
}

/** How long the one with the larger PeerId waits for the other to open. */
const COURTESY: Duration = seconds(2);
/** A partner from whom nothing came for so long may yield to another. */
const USELESS_AFTER: Duration = seconds(10);

export class PartnerBook {
  readonly partners: Map<PeerId, Partner> = new Map();
  readonly #self: PeerId;
  readonly #random: RandomSource;
  readonly #opening = new Set<PeerId>();
  /** When a member may be tried; at most one entry for each member. */
  readonly #notBefore = new Map<PeerId, Instant>();
  readonly #banned = new Set<PeerId>();
  #members: ReadonlyMap<PeerId, SwarmMember> = new Map();

  constructor(options: { readonly self: PeerId; readonly random: RandomSource }) {
    [this.#self, this.#random] = [options.self, options.random];
  }

  get members(): ReadonlyMap<PeerId, SwarmMember> {
    return this.#members;
  }

  isOnline(peer: PeerId): boolean {
    return this.#members.get(peer)?.isOnline ?? false;
  }

  isBanned(peer: PeerId): boolean {
    return this.#banned.has(peer);
  }

  /** Returns members that came online since. */
  setMembers(members: Iterable<SwarmMember>): PeerId[] {
    const before = this.#members;
    this.#members = new Map([...members].map((member) => [member.peer, member]));
    for (const peer of this.#notBefore.keys()) if (!this.#members.has(peer)) this.#notBefore.delete(peer);
    for (const peer of this.#opening) if (!this.#members.has(peer)) this.#opening.delete(peer);
    return [...this.#members.values()]
      .filter(({ peer, isOnline }) => isOnline && before.get(peer)?.isOnline !== true)
      .map(({ peer }) => peer);
  }

  /** The new partner; `undefined` if this one may not be one, or there are as many as there may be. */
  handleUp(peer: PeerId, isOurs: boolean, now: Instant): Partner | undefined {
    this.#opening.delete(peer);
    if (this.#banned.has(peer) || !this.#members.has(peer)) return undefined;
    if (this.partners.size >= SWARM_PARTNERS_MAX && !this.partners.has(peer)) return undefined;
    const partner = new Partner(peer, isOurs, now);
    this.partners.set(peer, partner);
    return partner;
  }

  handleDown(peer: PeerId, now: Instant): void {
    this.#opening.delete(peer);
    this.partners.delete(peer);
    this.#notBefore.set(peer, after(now, SWARM_PARTNER_RETRY));
  }

  ban(peer: PeerId): void {
    this.#banned.add(peer);
    for (const oldest of this.#banned) {
      if (this.#banned.size <= SWARM_BANNED_MAX) break;
      this.#banned.delete(oldest);
    }
  }

  /** This member fetches the same: of the two of us, the smaller opens at once. */
  noteFellow(peer: PeerId, now: Instant): void {
    if (peer < this.#self && !this.partners.has(peer)) this.#notBefore.set(peer, after(now, COURTESY));
  }

  /** Whom to open a channel to now, for these files; each counts as being opened. */
  choose(files: readonly SwarmFile[], isDesperate: boolean, now: Instant): PeerId[] {
    const room = SWARM_PARTNERS_WANTED - this.partners.size - this.#opening.size;
    if (files.length === 0 || room <= 0) return [];
    const candidates = this.#candidates(files, isDesperate, now).slice(0, room);
    for (const peer of candidates) this.#opening.add(peer);
    return candidates;
  }

  /** Opens to one member that asked for what we have. */
  invite(peer: PeerId, now: Instant): boolean {
    if (!this.#canTry(peer, now) || this.partners.size + this.#opening.size >= SWARM_PARTNERS_MAX) return false;
    this.#opening.add(peer);
    return true;
  }

  /** Partners to close: nobody wants anything, or one that is of no use where another might be. */
  superfluous(files: readonly SwarmFile[], now: Instant): PeerId[] {
    const idle = [...this.partners.values()].filter((partner) => {
      const isBusy = [...partner.files].some(([id, told]) => told.isWanted || files.some((file) => file.id === id));
      return !isBusy && since(partner.usefulAt, now) >= SWARM_PARTNER_IDLE;
    });
    if (idle.length > 0 || this.partners.size < SWARM_PARTNERS_WANTED) return idle.map(({ peer }) => peer);
    if (files.length === 0 || this.#candidates(files, false, now).length === 0) return [];
    const useless = [...this.partners.values()].find((partner) => {
      const isOfUse = [...partner.files.values()].some(({ isWanted, offers }) => isWanted || offers.count > 0);
      return !isOfUse && partner.requests.size === 0 && since(partner.usefulAt, now) >= USELESS_AFTER;
    });
    return useless === undefined ? [] : [useless.peer];
  }

  #candidates(files: readonly SwarmFile[], isDesperate: boolean, now: Instant): PeerId[] {
    const peers = new Set<PeerId>();
    for (const file of files) for (const peer of file.sources.keys()) peers.add(peer);
    // Nobody is known to have it: neighbours may, without having said so to us.
    if (isDesperate) for (const { peer, isNeighbour } of this.#members.values()) if (isNeighbour) peers.add(peer);
    return [...peers]
      .filter((peer) => this.#canTry(peer, now))
      .map((peer) => ({ peer, rank: this.#rank(peer) }))
      .sort((a, b) => a.rank - b.rank)
      .map(({ peer }) => peer);
  }

  /** Neighbours first, and each group in an order of chance, so that not everybody asks the same few. */
  #rank(peer: PeerId): number {
    return (this.#members.get(peer)?.isNeighbour ? 0 : 1) + randomBelow(this.#random, 2 ** 16) / 2 ** 16;
  }

  #canTry(peer: PeerId, now: Instant): boolean {
    if (peer === this.#self || this.partners.has(peer) || this.#opening.has(peer) || this.#banned.has(peer))
      return false;
    return this.isOnline(peer) && now >= (this.#notBefore.get(peer) ?? now);
  }
}
