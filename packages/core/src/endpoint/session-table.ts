/**
 * The sessions of an endpoint: which keys belong to which, and which of two wins (spec/session.md §8).
 *
 * - Keys for the same two processes go to the session there is: channels live on.
 * - Other incarnations are another session; the newest handshake wins, the old one closes. Of two of
 *   one process the later incarnation is the newer, in whatever order handshakes end.
 * - Incarnations whose session has ended here are not taken up again.
 * - Of two handshakes of the same processes within 5 s, the one whose initiator has the smaller
 *   PeerId stays, so that both ends choose the same without a word.
 *
 * @module
 */
import type { CryptoProvider } from "../crypto/provider.ts";
import type { PeerId } from "../identity/peer-id.ts";
import { Deadlines } from "../lib/deadlines.ts";
import type { RandomSource } from "../lib/random.ts";
import { type Instant, since } from "../lib/time.ts";
import { type Keying, wipeKeying } from "../session/keying.ts";
import { GLARE_WINDOW } from "../wire/limits.ts";
import { CLOSE } from "../wire/registry.ts";
import { type Calling, isEarlier, moveOn, type Persona } from "./persona.ts";
import { SessionStack } from "./session-stack.ts";

export type SessionId = number;

export interface SessionEntry {
  readonly id: SessionId;
  readonly persona: Persona;
  readonly stack: SessionStack;
  readonly openedAt: Instant;
  /** The address the peer was met at, as limits count it. */
  source: string;
  /** Hash of the newest handshake, which both ends have; a resumption changes nothing about it. */
  transcript: Uint8Array;
  /** Newest, and how it came. */
  keying: Keying;
  keyedAt: Instant;
  isByHandshake: boolean;
  lastUsedAt: Instant;
  /** How we came to it, if not as usual: what dials it again does the same. */
  calling: Calling | undefined;
}

export type Adoption =
  | { readonly outcome: "opened"; readonly entry: SessionEntry; readonly replaced: SessionEntry | undefined }
  /** `isReshaken`: by another handshake than before. */
  | { readonly outcome: "rekeyed"; readonly entry: SessionEntry; readonly isReshaken: boolean }
  /** The other of two simultaneous handshakes stays: close this link. */
  | { readonly outcome: "lost" };

export class SessionTable {
  readonly #provider: CryptoProvider;
  readonly #random: RandomSource;
  readonly #entries = new Map<SessionId, SessionEntry>();
  readonly #byPeer = new Map<PeerId, SessionEntry[]>(); //    one that is not over for each persona, and those that close
  readonly #byIndex = new Map<number, SessionEntry>(); //      of the newest keying of each
  readonly #byStack = new Map<SessionStack, SessionEntry>();
  /** Stacks that something happened to since {@link takeTouched}; quiet ones cost nothing a turn. */
  readonly #touched: SessionStack[] = [];
  readonly #deadlines = new Deadlines<SessionId>();
  readonly #closing = new Set<SessionEntry>(); //              oldest first
  /** Which sessions ended, of late: a handshake that began before does not bring them back. */
  readonly #ended = new Set<string>();
  #nextId: SessionId = 1;

  constructor(options: { provider: CryptoProvider; random: RandomSource }) {
    this.#provider = options.provider;
    this.#random = options.random;
  }

  get entries(): Iterable<SessionEntry> {
    return this.#entries.values();
  }

  get(id: SessionId): SessionEntry | undefined {
    return this.#entries.get(id);
  }

  get size(): number {
    return this.#entries.size;
  }

  /** How many are over and say goodbye. */
  get closing(): number {
    return this.#closing.size;
  }

  /** Sessions that something happened to since the last call. */
  takeTouched(): SessionEntry[] {
    const entries: SessionEntry[] = [];
    for (const stack of this.#touched.splice(0)) {
      stack.takeTouched();
      const entry = this.#byStack.get(stack);
      if (entry !== undefined) entries.push(entry);
    }
    return entries;
  }

  /** Sessions whose time has come; they are touched thereby. */
  takeDue(now: Instant): SessionEntry[] {
    this.#refreshDeadlines();
    return this.#deadlines.take(now).flatMap((id) => this.#entries.get(id) ?? []);
  }

  nextTimeout(): Instant | undefined {
    this.#refreshDeadlines();
    return this.#deadlines.next();
  }

  /** Of a session that was taken care of. */
  refreshDeadline({ id, stack }: SessionEntry): void {
    this.#deadlines.set(id, this.#entries.has(id) ? stack.nextTimeout() : undefined);
  }

  /** The session with `peer` that is not closing; of two, the one that does not run under a one-time identity. */
  of(peer: PeerId): SessionEntry | undefined {
    const living = this.#byPeer.get(peer)?.filter(({ stack }) => !stack.isOver);
    return living?.find(({ persona }) => !persona.identity.isOneTime) ?? living?.[0];
  }

  byIndex(localIndex: number): SessionEntry | undefined {
    return this.#byIndex.get(localIndex);
  }

  /** Takes new keys to where they belong. The link that they were made over is attached by the caller. */
  adopt(found: { keying: Keying; persona: Persona; isByHandshake: boolean; source: string }, now: Instant): Adoption {
    const { keying, persona, isByHandshake, source } = found;
    const old = this.#sessionWith(keying.peer, persona);
    const isStale = old !== undefined && isOlder(keying, old.keying);
    if (isStale || this.#ended.has(sessionName(keying))) {
      wipeKeying(keying);
      return { outcome: "lost" };
    }
    if (old === undefined || sessionName(old.keying) !== sessionName(keying)) {
      const entry = this.#open(keying, persona, isByHandshake, source, now);
      if (old !== undefined) old.stack.close(CLOSE.replaced, now);
      return { outcome: "opened", entry, replaced: old };
    }
    if (old.keying === keying) return { outcome: "rekeyed", entry: old, isReshaken: false }; // the same answer, over another link
    const isGlare = isByHandshake && old.isByHandshake && since(old.keyedAt, now) < GLARE_WINDOW;
    if (isGlare && initiatorOf(old.keying, persona) < initiatorOf(keying, persona)) {
      wipeKeying(keying);
      return { outcome: "lost" };
    }
    old.stack.rekey(keying, now);
    this.#byIndex.delete(old.keying.localIndex);
    this.#byIndex.set(keying.localIndex, old);
    Object.assign(old, { keying, keyedAt: now, isByHandshake, source, lastUsedAt: now });
    if (isByHandshake) old.transcript = keying.transcript;
    return { outcome: "rekeyed", entry: old, isReshaken: isByHandshake };
  }

  /**
   * The session is over, whoever ended it: from now on handshakes are for another. Not where we replaced
   * it: the handshake that did so is of our incarnation as it is, and so are others under way.
   */
  handleClosed(entry: SessionEntry, reason: number, by: "local" | "peer"): void {
    remember(this.#ended, sessionName(entry.keying));
    if (this.#entries.has(entry.id)) this.#closing.add(entry);
    if (reason !== CLOSE.replaced || by === "peer") moveOn(entry.persona);
  }

  takeOldestClosing(): SessionEntry | undefined {
    for (const oldest of this.#closing) {
      this.#closing.delete(oldest);
      return oldest;
    }
    return undefined;
  }

  forget(id: SessionId): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#entries.delete(id);
    this.#closing.delete(entry);
    this.#byStack.delete(entry.stack);
    this.#deadlines.set(id, undefined);
    if (this.#byIndex.get(entry.keying.localIndex) === entry) this.#byIndex.delete(entry.keying.localIndex);
    const { peer } = entry.stack;
    const others = (this.#byPeer.get(peer) ?? []).filter((each) => each !== entry);
    if (others.length > 0) this.#byPeer.set(peer, others);
    else this.#byPeer.delete(peer);
  }

  #refreshDeadlines(): void {
    for (const stack of this.#touched) {
      const entry = this.#byStack.get(stack);
      if (entry !== undefined) this.refreshDeadline(entry);
    }
  }

  #sessionWith(peer: PeerId, persona: Persona): SessionEntry | undefined {
    return this.#byPeer.get(peer)?.find((entry) => entry.persona === persona && !entry.stack.isOver);
  }

  #open(keying: Keying, persona: Persona, isByHandshake: boolean, source: string, now: Instant): SessionEntry {
    const { peerId: self } = persona.identity;
    const [provider, random, touched] = [this.#provider, this.#random, this.#touched];
    const stack = new SessionStack({ provider, random, self, keying, touched, now });
    const id = this.#nextId++;
    const { transcript } = keying;
    const rest = { openedAt: now, keyedAt: now, lastUsedAt: now, calling: undefined };
    const entry: SessionEntry = { id, persona, stack, source, keying, transcript, isByHandshake, ...rest };
    this.#entries.set(id, entry);
    this.#byStack.set(stack, entry);
    this.#byIndex.set(keying.localIndex, entry);
    this.#byPeer.set(keying.peer, [...(this.#byPeer.get(keying.peer) ?? []), entry]);
    return entry;
  }
}

/** Ended sessions that are remembered: a handshake of theirs would have to take very long. */
const ENDED_REMEMBERED_MAX = 1_024;

function remember(ended: Set<string>, name: string): void {
  ended.add(name);
  if (ended.size <= ENDED_REMEMBERED_MAX) return;
  for (const oldest of ended) {
    ended.delete(oldest);
    return;
  }
}

/** What makes a session this one, at both ends. */
const sessionName = ({ peer, localIncarnation, remoteIncarnation }: Keying): string =>
  `${peer} ${localIncarnation} ${remoteIncarnation}`;

/** Whether one of the two began the handshake of `a` before it ended a session that `b` comes after. */
const isOlder = (a: Keying, b: Keying): boolean =>
  isEarlier(a.remoteIncarnation, b.remoteIncarnation) || isEarlier(a.localIncarnation, b.localIncarnation);

const initiatorOf = (keying: Keying, persona: Persona): PeerId =>
  keying.role === "initiator" ? persona.identity.peerId : keying.peer;
