/**
 * Everything between one process of ours and one of a peer's, as a single machine: the session, the
 * links that carry it, the channels on it. It routes; the rules are in the three below.
 *
 *     packets ─▶ Session ─frames─▶ ChannelMux ─▶ channel outputs
 *     links  ─▶ LinkSet ─▶ which path carries the channels' frames now
 *
 * @module
 */

import { ChannelMux } from "../channel/channel-mux.ts";
import type { ChannelClass, ChannelOutput } from "../channel/channel-output.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import type { PeerId } from "../identity/peer-id.ts";
import { assert } from "../lib/assert.ts";
import type { RandomSource } from "../lib/random.ts";
import { type Instant, sooner } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import { isStraight, type LinkKind, LinkSet, type LinkSetOutput } from "../link/link-set.ts";
import type { Keying } from "../session/keying.ts";
import { Session } from "../session/session.ts";
import type { OpenJob, PathStats, SealJob } from "../session/session-output.ts";
import type { ChannelOffset } from "../wire/channel-frame.ts";

/** Names a link within an endpoint. */
export type LinkId = number;

export interface LinkTraits {
  readonly kind: LinkKind;
  readonly recordBytesMax: number;
  readonly ordered: boolean;
}

export type StackOutput =
  | ChannelOutput
  /** The link is the peer's: limits for strangers no longer apply to it. */
  | { readonly type: "linkProven"; readonly link: LinkId }
  | { readonly type: "closeLink"; readonly link: LinkId }
  /** The channels go another way from now on: see {@link SessionStack.activeLink}. */
  | { readonly type: "moved" }
  | Extract<LinkSetOutput, { type: "stripeWanted" }>
  /** The newest keying works: the resume secret of the one before is to be forgotten. */
  | { readonly type: "confirmed" }
  /** A link is gone, and others are left. */
  | { readonly type: "lessened" }
  /** No link is left; one is wanted. */
  | { readonly type: "linkless" }
  /** The session is over for good. `reason` is a close code. */
  | { readonly type: "sessionClosed"; readonly reason: number; readonly by: "local" | "peer" }
  /** Keys are erased, the last close has left: forget the stack. */
  | { readonly type: "ended" };

export class SessionStack {
  readonly peer: PeerId;
  /** Both processes: a keying of others belongs to another stack. */
  readonly remoteIncarnation: string;
  readonly #session: Session;
  readonly #links: LinkSet;
  readonly #mux: ChannelMux;
  readonly #pathByLink = new Map<LinkId, number>();
  readonly #traits = new Map<LinkId, LinkTraits>();
  readonly #outputs: StackOutput[] = [];
  readonly #touched: SessionStack[];
  #isTouched = false;
  #hasSlept = false; // since the newest keying
  #isKept = false; // of the record being handled

  /** Puts itself into `touched` whenever something happens to it, once until {@link takeTouched}. */
  constructor(options: {
    provider: CryptoProvider;
    random: RandomSource;
    self: PeerId;
    keying: Keying;
    touched: SessionStack[];
    now: Instant;
  }) {
    const { provider, random, self, keying, touched, now } = options;
    assert(self !== keying.peer, "a session with ourselves");
    this.#touched = touched;
    this.#touch();
    this.peer = keying.peer;
    this.remoteIncarnation = keying.remoteIncarnation;
    this.#session = new Session({ provider, random, keying, now });
    const isSmaller = self < keying.peer;
    this.#links = new LinkSet({ leads: isSmaller });
    this.#mux = new ChannelMux({ isEven: isSmaller });
  }

  // --- read -----------------------------------------------------------------------------------

  get isOver(): boolean {
    return this.#session.phase === "closing" || this.#session.phase === "ended";
  }

  /** Whether a link can join without a handshake. */
  get hasKeys(): boolean {
    return this.#session.phase === "open";
  }

  get linkCount(): number {
    return this.#pathByLink.size;
  }

  get links(): Iterable<LinkId> {
    return this.#pathByLink.keys();
  }

  /** Whether a link leads to the peer itself, not through others of a mesh. */
  get hasDirectLink(): boolean {
    return this.ways.straight || this.ways.negotiated || this.ways.relayed;
  }

  /** Whether a link leads straight to the peer, one that was negotiated does, and one over a relay. */
  get ways(): { readonly straight: boolean; readonly negotiated: boolean; readonly relayed: boolean } {
    const all = [...this.#traits.values()].map(({ kind }) => kind);
    return { straight: all.some(isStraight), negotiated: all.includes("webrtc"), relayed: all.includes("relayed") };
  }

  get channelCount(): number {
    return this.#mux.channelCount;
  }

  /** The link that carries channels now, and how it does. */
  get activeLink(): { link: LinkId; traits: LinkTraits; stats: PathStats } | undefined {
    const path = this.#links.active;
    const link = path === undefined ? undefined : this.#linkOf(path);
    const traits = link === undefined ? undefined : this.#traits.get(link);
    const stats = path === undefined ? undefined : this.#session.stats(path);
    return link === undefined || traits === undefined || stats === undefined ? undefined : { link, traits, stats };
  }

  receivedOffsets(): readonly ChannelOffset[] {
    return this.#mux.receivedOffsets();
  }

  // --- links ----------------------------------------------------------------------------------

  /** The link over which the newest keying was made; false if those keys were used on another already. */
  attachFirst(link: LinkId, traits: LinkTraits, now: Instant): boolean {
    return this.attachIncoming(link, 0, traits, now);
  }

  /** A link that we dialled while the session has keys; false if it must shake hands or resume instead. */
  attachDialled(link: LinkId, traits: LinkTraits, now: Instant): boolean {
    const path = this.#hasSlept ? undefined : this.#session.takePathNumber();
    if (path === undefined) return false;
    this.#attach(link, path, traits, now);
    return true;
  }

  /** A link that the peer dialled, whose first packet claims to be a record on `path`; false if that cannot be. */
  attachIncoming(link: LinkId, path: number, traits: LinkTraits, now: Instant): boolean {
    if (!this.#session.canAddPath(path)) return false;
    this.#attach(link, path, traits, now);
    return true;
  }

  /**
   * Newer keys of the same two processes. Links of the keying before are closed: they are dead, or
   * the lesser of two that came up at once. What was in flight on them is sent again.
   */
  rekey(keying: Keying, now: Instant): void {
    this.#touch();
    this.#hasSlept = false;
    for (const link of this.#pathByLink.keys()) this.#outputs.push({ type: "closeLink", link });
    this.#pathByLink.clear();
    this.#traits.clear();
    this.#links.clear();
    this.#session.adoptKeying(keying, now);
    this.#drainSession(now);
    this.#mux.announceReceived();
  }

  /** What the peer had when it agreed to resume. */
  handleReceivedOffsets(offsets: readonly ChannelOffset[], now: Instant): void {
    this.#touch();
    this.#guard(now, () => this.#mux.handleReceivedOffsets(offsets));
    this.#drainSession(now);
  }

  handleLinkDown(link: LinkId, now: Instant): void {
    this.#touch();
    const path = this.#pathByLink.get(link);
    if (path === undefined) return;
    this.#forgetLink(link, now);
    this.#session.removePath(path, now);
    this.#drainSession(now);
    this.#tellLost();
  }

  /** We slept, for how long nobody knows: the peer may have erased the keys that we still have. Resume next time. */
  handleWake(): void {
    this.#hasSlept = true;
  }

  // --- packets --------------------------------------------------------------------------------

  handleRecord(link: LinkId, packet: Uint8Array, now: Instant): OpenJob | undefined {
    this.#touch();
    const path = this.#pathByLink.get(link);
    return path === undefined ? undefined : this.#session.handleRecord(path, packet, now);
  }

  /** Returns whether views of `plaintext` live on in messages; if not, its memory may be used again. */
  handleOpened(job: OpenJob, plaintext: Uint8Array | undefined, now: Instant): boolean {
    this.#touch();
    this.#isKept = false;
    this.#session.handleOpened(job, plaintext, now);
    this.#drainSession(now);
    return this.#isKept;
  }

  /** The next record for `link`, of at most `room` bytes; `undefined` if there is nothing for it now. */
  pollTransmit(link: LinkId, room: number, now: Instant): SealJob | undefined {
    const path = this.#pathByLink.get(link);
    if (path === undefined) return undefined;
    const hasFrames = this.#links.carries(path) && this.#session.phase === "open" && this.#mux.hasPending(now);
    // A link with nothing to send is asked every turn: its session has not been touched thereby.
    if (!hasFrames && !this.#session.wantsToSend(path, now)) return undefined;
    this.#touch();
    const builder = this.#session.beginRecord(path, room, now, this.#links.bytesInFlightMax);
    if (builder === undefined) return undefined;
    if (hasFrames) this.#mux.fill(builder, now);
    return this.#session.finishRecord(builder, now);
  }

  // --- channels -------------------------------------------------------------------------------

  open(protocol: string, channelClass: ChannelClass): number | undefined {
    this.#touch();
    return this.#mux.open(protocol, { class: channelClass });
  }

  accept(channel: number): void {
    this.#touch();
    this.#mux.accept(channel);
  }

  reset(channel: number, code: number): void {
    this.#touch();
    this.#mux.reset(channel, code);
  }

  /** False if it was not taken: try again after `writable`. */
  send(channel: number, message: Uint8Array): boolean {
    this.#touch();
    return this.#mux.send(channel, message);
  }

  finish(channel: number): void {
    this.#touch();
    this.#mux.finish(channel);
  }

  /** `bytes` of a `messages` output were read. */
  consumed(channel: number, bytes: number): void {
    this.#touch();
    this.#mux.consumed(channel, bytes);
  }

  setSendRateMax(bytesPerSecond: number | undefined, now: Instant): void {
    this.#touch();
    this.#mux.setSendRateMax(bytesPerSecond, now);
  }

  close(code: number, now: Instant): void {
    this.#touch();
    this.#session.close(code, now);
    this.#drainSession(now);
  }

  // --- time and outputs -----------------------------------------------------------------------

  handleTimeout(now: Instant): void {
    this.#touch();
    this.#session.handleTimeout(now);
    this.#drainSession(now);
    this.#links.handleTimeout(now);
    this.#drainLinks();
  }

  nextTimeout(): Instant | undefined {
    return sooner(sooner(this.#session.nextTimeout(), this.#links.nextTimeout()), this.#mux.nextTimeout());
  }

  /** What happened until now is being taken care of. */
  takeTouched(): void {
    this.#isTouched = false;
  }

  poll(): StackOutput | undefined {
    return this.#outputs.shift() ?? this.#mux.poll();
  }

  #touch(): void {
    if (this.#isTouched) return;
    this.#isTouched = true;
    this.#touched.push(this);
  }

  #attach(link: LinkId, path: number, traits: LinkTraits, now: Instant): void {
    this.#touch();
    this.#pathByLink.set(link, path);
    this.#traits.set(link, traits);
    this.#links.add(path, traits.kind, now);
    this.#session.addPath(path, { recordBytesMax: traits.recordBytesMax, ordered: traits.ordered }, now);
    this.#drainSession(now);
  }

  #forgetLink(link: LinkId, now: Instant): void {
    const path = this.#pathByLink.get(link);
    this.#pathByLink.delete(link);
    this.#traits.delete(link);
    if (path !== undefined) this.#links.remove(path, now);
  }

  #tellLost(): void {
    if (!this.isOver) this.#outputs.push({ type: this.#pathByLink.size === 0 ? "linkless" : "lessened" });
  }

  #linkOf(path: number): LinkId | undefined {
    for (const [link, number] of this.#pathByLink) if (number === path) return link;
    return undefined;
  }

  #drainSession(now: Instant): void {
    for (let output = this.#session.poll(); output !== undefined; output = this.#session.poll()) {
      switch (output.type) {
        case "frames": {
          const { frames, plaintext } = output;
          this.#guard(now, () => {
            this.#isKept = true; // should it throw: messages before the wrong frame are out
            this.#isKept = this.#mux.handleFrames(frames, plaintext);
          });
          break;
        }
        case "acked":
          this.#mux.acked(output.carried);
          break;
        case "lost":
          this.#mux.lost(output.carried);
          break;
        case "pathHeard":
        case "pathValidated": {
          // The peer may know the path to be good before we do, and send records of full size.
          if (output.type === "pathValidated") this.#links.handleValidated(output.path, now);
          const link = this.#linkOf(output.path);
          if (link !== undefined) this.#outputs.push({ type: "linkProven", link });
          break;
        }
        case "pathFailed": {
          const link = this.#linkOf(output.path);
          if (link === undefined) break;
          this.#forgetLink(link, now);
          this.#outputs.push({ type: "closeLink", link });
          this.#tellLost();
          break;
        }
        case "closed":
          this.#outputs.push({ type: "sessionClosed", reason: output.reason, by: output.by });
          break;
        case "confirmed":
        case "ended":
          this.#outputs.push({ type: output.type });
          break;
        case "keysErased":
          break; // a resumption brings them back; the stack lives on
      }
    }
  }

  /** Once a turn: what the paths have shown may move the channels to another. */
  settle(now: Instant): void {
    for (const path of this.#pathByLink.values()) {
      const stats = this.#session.stats(path);
      if (stats !== undefined) this.#links.handleStats(path, stats, now);
    }
    this.#links.settle(now);
    this.#drainLinks();
  }

  #drainLinks(): void {
    for (let output = this.#links.poll(); output !== undefined; output = this.#links.poll()) {
      const link = output.type === "drop" ? this.#linkOf(output.path) : undefined;
      if (output.type === "use") this.#outputs.push({ type: "moved" });
      else if (output.type === "stripeWanted") this.#outputs.push(output);
      else if (link !== undefined) this.#outputs.push({ type: "closeLink", link }); // its end comes back as handleLinkDown
    }
  }

  /** The only place that turns what a peer's channel frames did into a verdict. */
  #guard(now: Instant, run: () => void): void {
    try {
      run();
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#session.fail(error, now);
    }
  }
}
