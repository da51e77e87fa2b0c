/**
 * One room's mesh with the channels that it speaks on: one with each direct neighbour, over a session that has a
 * link of its own with it. What the room's log and keys say to neighbours goes over the same channels.
 *
 * @module
 */
import type { CryptoProvider } from "../crypto/provider.ts";
import type { LocalIdentity } from "../identity/keys.ts";
import type { PeerId } from "../identity/peer-id.ts";
import type { Moment } from "../lib/moment.ts";
import type { RandomSource } from "../lib/random.ts";
import { type Duration, type Instant, minutes, since } from "../lib/time.ts";
import { Mesh } from "../mesh/mesh.ts";
import type { MeshOutput } from "../mesh/mesh-output.ts";
import { channelName, channelTag } from "../room/channel-name.ts";
import type { RoomId } from "../room/room-id.ts";
import { RESET } from "../wire/registry.ts";
import { ContactChannel } from "./contact-channel.ts";
import type { RoomGround } from "./room-ground.ts";
import type { SessionEntry } from "./session-table.ts";

/** From here on the first byte of a message is the mesh's; below, the log's and the keys'. */
const MESH_MESSAGES_FROM = 0x30;
const MESH_MESSAGES_END = 0x50;
const FAREWELL_INTERVAL: Duration = minutes(1);
const FAREWELLS_MAX = 64;

export type RoomMeshOutput =
  | Extract<
      MeshOutput,
      { type: "deliver" | "unicast" | "missed" | "misbehaved" | "topologyChanged" | "gapsChanged" | "contradiction" }
    >
  /** Its mesh channel is open; or is no more. */
  | { readonly type: "neighbourUp" | "neighbourDown"; readonly peer: PeerId }
  /** Of the log or the keys. */
  | { readonly type: "message"; readonly peer: PeerId; readonly bytes: Uint8Array }
  /** The member does not link to us: it cut us off, or asks for an answer to its challenge. */
  | { readonly type: "refused"; readonly peer: PeerId }
  /** Its channel takes no more for now; or does again. */
  | { readonly type: "flow"; readonly peer: PeerId; readonly isFull: boolean }
  /** Make a direct link; then `handleDialled`. */
  | { readonly type: "dial"; readonly peer: PeerId };

export interface RoomMeshOptions {
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  readonly identity: LocalIdentity;
  readonly room: RoomId;
  /** 16 bytes each, new in each process. */
  readonly incarnation: Uint8Array;
  readonly stream: Uint8Array;
  readonly ground: RoomGround;
  /** Last messages for somebody who does not know yet that it is no member; none: it never was one. */
  readonly farewell: (peer: PeerId) => readonly Uint8Array[];
  readonly now: Instant;
}

/** The mesh channel with one peer, and what the mesh thinks of it. */
interface Line {
  readonly peer: PeerId;
  readonly channel: ContactChannel;
  /** The mesh asked for it and has no answer yet. */
  isWanted: boolean;
  isUp: boolean;
}

export class RoomMesh {
  readonly mesh: Mesh;
  readonly #options: RoomMeshOptions;
  readonly #lines = new Map<PeerId, Line>(); // those wanted and those up: the mesh bounds both
  readonly #outputs: RoomMeshOutput[] = [];
  #members: ReadonlySet<PeerId> = new Set();
  readonly #unlinkable = new Set<PeerId>(); // members only
  /** Former members that were told lately. */
  readonly #farewells = new Map<PeerId, Instant>();

  constructor(options: RoomMeshOptions) {
    this.#options = options;
    const { provider, identity, random, room, incarnation, stream, now } = options;
    this.mesh = new Mesh({ provider, identity, random, room, incarnation, stream, now });
  }

  /** Whether a mesh channel with the peer is there or wanted. */
  has(peer: PeerId): boolean {
    return this.#lines.has(peer);
  }

  isNeighbour(peer: PeerId): boolean {
    return this.#lines.get(peer)?.isUp === true;
  }

  /** Whether what is said now can reach it. */
  isPresent(peer: PeerId, now: Instant): boolean {
    return this.isNeighbour(peer) || this.mesh.topology.stateOf(peer, now) === "online";
  }

  isLinkable(peer: PeerId): boolean {
    return !this.#unlinkable.has(peer);
  }

  // --- commands -------------------------------------------------------------------------------

  setRoster(members: ReadonlySet<PeerId>, now: Instant): void {
    this.#members = members;
    for (const peer of this.#unlinkable) if (!members.has(peer)) this.#unlinkable.delete(peer);
    this.mesh.setRoster(members, now);
  }

  setLinkable(peer: PeerId, isLinkable: boolean, now: Instant): void {
    if (isLinkable) this.#unlinkable.delete(peer);
    else this.#unlinkable.add(peer);
    this.mesh.setLinkable(peer, isLinkable, now);
    if (!isLinkable) this.#close(peer, RESET.notAuthorized, now);
  }

  /** A message of the log or the keys for a neighbour. */
  send(peer: PeerId, bytes: Uint8Array, now: Instant): void {
    const line = this.#lines.get(peer);
    if (line?.isUp === true) line.channel.send(bytes, now);
  }

  /** It broke a rule of the log or the keys: no link for a while. */
  drop(peer: PeerId, now: Instant): void {
    this.mesh.ban(peer, now);
    this.#close(peer, RESET.protocolError, now);
  }

  /** We leave, or are no member any more. */
  end(now: Instant): void {
    for (const peer of [...this.#lines.keys()]) this.#leave(peer, now);
  }

  // --- what the world did ---------------------------------------------------------------------

  /** A peer opened a channel with this room's name. */
  handleOffered(session: SessionEntry, channel: number, now: Instant): void {
    const { stack } = session;
    if (!this.#members.has(stack.peer)) return this.#sayFarewell(session, channel, now);
    if (this.#unlinkable.has(stack.peer)) return stack.reset(channel, RESET.notAuthorized);
    if (!stack.hasDirectLink || this.#options.ground.sessionOf(stack.peer) !== session)
      return stack.reset(channel, RESET.refused);
    const line = this.#lineOf(stack.peer);
    const wasWanted = line.isWanted;
    line.isWanted = false; // should ours yield to this one, it is no failure
    line.channel.handleOffered(session, channel, now);
    if (!line.isUp) line.isWanted = wasWanted;
  }

  /** True if the channel is one of these. */
  handleAccepted(session: SessionEntry, channel: number, now: Instant): boolean {
    const line = this.#find(session, channel);
    line?.channel.handleAccepted(now);
    return line !== undefined;
  }

  /** `bytes`: how many the channel may count as read, prefixes included. */
  handleMessages(
    session: SessionEntry,
    channel: number,
    batch: { readonly messages: readonly Uint8Array[]; readonly bytes: number },
    at: Moment,
  ): boolean {
    const line = this.#find(session, channel);
    if (line === undefined) return false;
    for (const message of batch.messages) this.#handleMessage(line, message, at);
    line.channel.consumed(batch.bytes);
    return true;
  }

  handleWritable(session: SessionEntry, channel: number, now: Instant): boolean {
    const line = this.#find(session, channel);
    line?.channel.handleWritable(now);
    return line !== undefined;
  }

  /** `code`: why the peer reset it, if it did. */
  handleEnded(
    session: SessionEntry,
    channel: number,
    isOver: boolean,
    code: number | undefined,
    now: Instant,
  ): boolean {
    const line = this.#find(session, channel);
    if (line?.isUp === false && code === RESET.notAuthorized) this.#outputs.push({ type: "refused", peer: line.peer });
    line?.channel.handleEnded(isOver, now);
    return line !== undefined;
  }

  handleSessionOver(session: SessionEntry, now: Instant): void {
    this.#lines.get(session.stack.peer)?.channel.handleSessionOver(session, now);
  }

  /** A mesh channel lives as long as a link of its own does: lists of neighbours say what is so. */
  handlePath(session: SessionEntry, now: Instant): void {
    const line = this.#lines.get(session.stack.peer);
    if (line === undefined) return;
    if (!session.stack.hasDirectLink) return line.channel.drop(RESET.cancelled, now);
    if (line.isWanted && line.channel.isNone) this.#open(line, now);
  }

  /** The answer to `dial`. A session alone is not enough: its link must come, and {@link handlePath} tells. */
  handleDialled(peer: PeerId, isConnected: boolean, now: Instant): void {
    const line = this.#lines.get(peer);
    if (line === undefined || line.isUp || !line.isWanted) return;
    if (!isConnected) this.#giveUp(line, now);
    else if (line.channel.isNone) this.#want(peer, now); // where a way through others came first, a link is still wanted
  }

  handleTimeout(at: Moment): void {
    this.mesh.handleTimeout(at.now, at.wall);
  }

  nextTimeout(): Instant | undefined {
    return this.mesh.nextTimeout();
  }

  /** Does what the mesh wants done. */
  settle(now: Instant): void {
    for (let output = this.mesh.poll(); output !== undefined; output = this.mesh.poll()) {
      switch (output.type) {
        case "send":
          this.send(output.peer, output.bytes, now);
          break;
        case "want":
          this.#want(output.peer, now);
          break;
        case "unwant":
          this.#leave(output.peer, now);
          break;
        case "misbehaved":
          this.#close(output.peer, RESET.protocolError, now);
          this.#outputs.push(output);
          break;
        default:
          this.#outputs.push(output);
      }
    }
  }

  poll(): RoomMeshOutput | undefined {
    return this.#outputs.shift();
  }

  // --- inside ---------------------------------------------------------------------------------

  #handleMessage(line: Line, message: Uint8Array, { now, wall }: Moment): void {
    if (!line.isUp) return; // a message before it ended the channel
    const type = message[0] ?? 0;
    if (type >= MESH_MESSAGES_END) this.drop(line.peer, now);
    else if (type >= MESH_MESSAGES_FROM) this.mesh.handleMessage(line.peer, message, now, wall);
    else this.#outputs.push({ type: "message", peer: line.peer, bytes: message });
  }

  /** Once a while for each: who keeps asking has heard it. */
  #sayFarewell({ stack }: SessionEntry, channel: number, now: Instant): void {
    for (const [peer, at] of this.#farewells) if (since(at, now) >= FAREWELL_INTERVAL) this.#farewells.delete(peer);
    const isDue = !this.#farewells.has(stack.peer) && this.#farewells.size < FAREWELLS_MAX;
    const messages = isDue ? this.#options.farewell(stack.peer) : [];
    if (messages.length === 0) return stack.reset(channel, RESET.refused);
    this.#farewells.set(stack.peer, now);
    stack.accept(channel);
    for (const message of messages) if (!stack.send(channel, message)) break; // as much as a channel holds
    stack.finish(channel);
  }

  #want(peer: PeerId, now: Instant): void {
    const line = this.#lineOf(peer);
    line.isWanted = true;
    if (!line.channel.isNone) return;
    const session = this.#options.ground.sessionOf(peer);
    if (session?.stack.hasDirectLink === true) this.#open(line, now);
    else this.#outputs.push({ type: "dial", peer });
  }

  #open(line: Line, now: Instant): void {
    const session = this.#options.ground.sessionOf(line.peer);
    if (session?.stack.hasDirectLink !== true) return;
    line.channel.open(session, now);
    if (line.channel.isNone) this.#giveUp(line, now); // the session has too many channels
  }

  #giveUp(line: Line, now: Instant): void {
    line.isWanted = false;
    this.#lines.delete(line.peer);
    this.mesh.handleUnreachable(line.peer, now);
  }

  /** What was said still arrives: an expelled member hears that it is one. */
  #leave(peer: PeerId, now: Instant): void {
    const line = this.#lines.get(peer);
    if (line === undefined) return;
    line.isWanted = false;
    line.channel.finish(now);
    this.#lines.delete(peer);
  }

  #close(peer: PeerId, code: number, now: Instant): void {
    const line = this.#lines.get(peer);
    if (line === undefined) return;
    line.isWanted = false;
    line.channel.drop(code, now);
    this.#lines.delete(peer);
  }

  #find(session: SessionEntry, channel: number): Line | undefined {
    const line = this.#lines.get(session.stack.peer);
    return line?.channel.isThis(session, channel) === true ? line : undefined;
  }

  #lineOf(peer: PeerId): Line {
    const known = this.#lines.get(peer);
    if (known !== undefined) return known;
    const { provider, room, identity } = this.#options;
    const tag = channelTag(provider, room, identity.peerId, peer);
    const line: Line = {
      peer,
      isWanted: false,
      isUp: false,
      channel: new ContactChannel(identity.peerId, channelName({ tag, protocol: undefined }), {
        handleChannelOpened: (now) => this.#handleUp(line, now),
        handleChannelClosed: (now) => this.#handleDown(line, now),
        handleFull: (now) => {
          this.mesh.handleFull(peer, now);
          this.#outputs.push({ type: "flow", peer, isFull: true });
        },
        handleWritable: (now) => {
          this.mesh.handleWritable(peer, now);
          this.#outputs.push({ type: "flow", peer, isFull: false });
        },
      }),
    };
    this.#lines.set(peer, line);
    return line;
  }

  #handleUp(line: Line, now: Instant): void {
    this.#lines.set(line.peer, line);
    line.isUp = true;
    line.isWanted = false;
    this.#outputs.push({ type: "neighbourUp", peer: line.peer });
    this.mesh.handleNeighbourUp(line.peer, now);
  }

  #handleDown(line: Line, now: Instant): void {
    if (line.isUp) {
      line.isUp = false;
      this.#lines.delete(line.peer);
      this.#outputs.push({ type: "neighbourDown", peer: line.peer });
      this.mesh.handleNeighbourDown(line.peer, now);
    } else if (line.isWanted) this.#giveUp(line, now);
  }
}
