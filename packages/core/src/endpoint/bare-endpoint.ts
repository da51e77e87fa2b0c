/**
 * Sessions with keys that are known beforehand, channels on them, and nothing else: what an {@link Endpoint} stands on, by
 * itself. The same links, handshakes, sessions and ways back after a cut; no trust book, so nothing is paired, granted or
 * logged, and nothing is kept. Whoever is not known is answered, shows its key, and is told to go.
 *
 * @module
 */
import type { CryptoProvider } from "../crypto/provider.ts";
import type { LocalIdentity } from "../identity/keys.ts";
import type { PeerId } from "../identity/peer-id.ts";
import type { Moment } from "../lib/moment.ts";
import type { RandomSource } from "../lib/random.ts";
import type { Instant } from "../lib/time.ts";
import type { OpenJob, SealJob } from "../session/session-output.ts";
import { CLOSE, RESET } from "../wire/registry.ts";
import type { EndpointOutput } from "./endpoint-output.ts";
import { createPersona } from "./persona.ts";
import type { LinkId } from "./session-stack.ts";
import type { SessionEntry, SessionId } from "./session-table.ts";
import { Switchboard } from "./switchboard.ts";
import type { NewLink, SwitchboardOutput } from "./switchboard-output.ts";

export interface BareOptions {
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  readonly identity: LocalIdentity;
  /** Whom we talk to, each with the hints at which it is dialled: none for those who come to us. As it is when asked. */
  readonly peers: ReadonlyMap<PeerId, readonly string[]>;
  /** Protocols that peers may open channels for. */
  readonly protocols: ReadonlySet<string>;
  readonly directLinksMax?: number | undefined;
}

export type BareOutput = Extract<
  EndpointOutput,
  {
    type:
      | "dial"
      | "transmit"
      | "authenticated"
      | "closeLink"
      | "sessionOpened"
      | "sessionOver"
      | "pathChanged"
      | "connected"
      | "connectFailed"
      | "channel"
      | "note";
  }
>;

export class BareEndpoint {
  readonly #protocols: ReadonlySet<string>;
  readonly #switchboard: Switchboard;
  readonly #outputs: BareOutput[] = [];

  constructor(options: BareOptions, at: Moment) {
    const { provider, random, identity, peers, directLinksMax } = options;
    this.#protocols = options.protocols;
    const main = createPersona(provider, random, identity);
    this.#switchboard = new Switchboard({
      ...{ provider, random, main, directLinksMax, now: at.now },
      policy: {
        hostFor: () => ({ persona: main, knownAs: undefined }),
        isWelcome: (peer) => peers.has(peer),
        isContact: (peer) => peers.has(peer),
        standingOf: (peer) => (peers.has(peer) ? "contact" : "stranger"),
        pinnedHints: (peer) => peers.get(peer) ?? [],
        dialAs: () => ({ persona: main, tag: undefined }),
        isBusy: (id) => (this.#switchboard.session(id)?.stack.channelCount ?? 0) > 0,
      },
    });
  }

  // --- commands -------------------------------------------------------------------------------

  /** A session with the peer, at `hints` or where it is known to be: answers `connected` or `connectFailed` with `request`. */
  connect(peer: PeerId, hints: readonly string[], request: number, at: Moment): void {
    this.#switchboard.connect({ peer, hints }, request, at.now);
  }

  /** `undefined`: the session is over, or has too many. */
  openChannel(id: SessionId, protocol: string, channelClass: 0 | 1): number | undefined {
    const entry = this.#switchboard.session(id);
    return entry === undefined || entry.stack.isOver ? undefined : entry.stack.open(protocol, channelClass);
  }

  closeSession(id: SessionId, at: Moment): void {
    this.#switchboard.session(id)?.stack.close(CLOSE.done, at.now);
  }

  /** It is not known any more: ends what there is with it. */
  expel(peer: PeerId, at: Moment): void {
    this.#switchboard.expel(peer, CLOSE.revoked, at.now);
  }

  /** After this, send what is left, then drop the links. */
  close(at: Moment): void {
    this.#switchboard.closeAll(CLOSE.goingAway, at.now);
  }

  // --- what the world did ---------------------------------------------------------------------

  handleLinkUp(link: LinkId, info: NewLink, at: Moment): void {
    this.#switchboard.handleLinkUp(link, info, at.now);
  }

  handlePacket(link: LinkId, packet: Uint8Array, at: Moment): OpenJob | undefined {
    return this.#switchboard.handlePacket(link, packet, at.now);
  }

  handleOpened(link: LinkId, job: OpenJob, plaintext: Uint8Array | undefined, at: Moment): boolean {
    return this.#switchboard.handleOpened(link, job, plaintext, at.now);
  }

  handleLinkDown(link: LinkId, at: Moment, isViolation = false): void {
    this.#switchboard.handleLinkDown(link, at.now, isViolation);
  }

  handleWake(at: Moment): void {
    this.#switchboard.handleWake(at.now);
  }

  handleDialFailed(dial: number, at: Moment): void {
    this.#switchboard.handleDialFailed(dial, at.now);
  }

  handleTimeout(at: Moment): void {
    this.#switchboard.handleTimeout(at.now);
  }

  nextTimeout(): Instant | undefined {
    return this.#switchboard.nextTimeout();
  }

  // --- once a turn ----------------------------------------------------------------------------

  settle(at: Moment): void {
    this.#drain();
    this.#switchboard.settle(at.now);
    this.#drain();
  }

  poll(): BareOutput | undefined {
    return this.#outputs.shift();
  }

  pollTransmit(link: LinkId, room: number, at: Moment): SealJob | undefined {
    return this.#switchboard.pollTransmit(link, room, at.now);
  }

  #drain(): void {
    for (let output = this.#switchboard.poll(); output !== undefined; output = this.#switchboard.poll())
      this.#handle(output);
  }

  #handle(output: SwitchboardOutput): void {
    switch (output.type) {
      case "channel":
        this.#route(output.session, output);
        break;
      case "refused":
      case "misbehaved":
        this.#outputs.push({ type: "note", code: output.reason, peer: "peer" in output ? output.peer : undefined });
        break;
      case "passive":
        this.#outputs.push({ type: "note", code: output.reason, peer: output.peer });
        break;
      case "unexpectedPeer": // its dial fails, and says so
      case "reshaken": //       nothing here is bound to a handshake
        break;
      default:
        this.#outputs.push(output);
    }
  }

  #route({ stack }: SessionEntry, output: Extract<SwitchboardOutput, { type: "channel" }>): void {
    const { channel, type } = output.output;
    if (type === "opened") {
      if (!this.#protocols.has(output.output.protocol)) return stack.reset(channel, RESET.refused);
      stack.accept(channel);
    }
    this.#outputs.push(output);
  }
}
