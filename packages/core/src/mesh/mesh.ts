/**
 * The mesh of one room: who is linked to whom, and what members pass on for each other (spec/mesh.md).
 * It knows members and neighbours and nothing of logs or keys; payloads are opaque.
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import { assert } from "../lib/assert.ts";
import { bytesToHex } from "../lib/hex.ts";
import type { Instant, WallTime } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import { BROADCAST_HOPS_MAX, ENVELOPE_PAYLOAD_BYTES_MAX } from "../wire/limits.ts";
import { MESH_MESSAGE } from "../wire/registry.ts";
import { decodeBroadcast, encodeBroadcast, isBroadcastGenuine, isOfRoom, roomTagOf } from "./envelope.ts";
import type { MeshOptions, MeshOutput } from "./mesh-output.ts";

export class Mesh {
  readonly #options: MeshOptions;
  readonly #roomTag: Uint8Array;
  readonly #streamId: string;
  readonly #outputs: MeshOutput[] = [];
  readonly #neighbours = new Set<PeerId>();
  #members: ReadonlySet<PeerId> = new Set();
  #sequence = 0;

  constructor(options: MeshOptions) {
    assert(options.stream.length === 16 && options.incarnation.length === 16, "stream and incarnation have 16 bytes");
    this.#options = options;
    this.#roomTag = roomTagOf(options.provider, options.room);
    this.#streamId = bytesToHex(options.stream);
  }

  /** Members with an open mesh channel that we count as neighbours. */
  get neighbours(): readonly PeerId[] {
    return [...this.#neighbours];
  }

  /** Name of our stream, and the number that our next broadcast will have in it. */
  get stream(): string {
    return this.#streamId;
  }

  get nextSequence(): number {
    return this.#sequence;
  }

  // --- commands -------------------------------------------------------------------------------

  /** All members, ourselves among them or not. Those that are none any more lose their link. */
  setRoster(members: Iterable<PeerId>, _now: Instant): void {
    this.#members = new Set(members);
  }

  /** What our neighbour list says of us: 32 bytes over roster and vouchers, and where we can be reached (at most 4). */
  setSelf(_rosterDigest: Uint8Array, _hints: readonly string[], _now: Instant): void {}

  /** Whether a link with this member may be (cut, blocked, no consent yet). All may at first. */
  setLinkable(_peer: PeerId, _isLinkable: boolean, _now: Instant): void {}

  /** Whether {@link broadcast} would take one of so many bytes now: to be asked before a number is used for sealing. */
  canBroadcast(_bytes: number, _now: Instant): boolean {
    return true;
  }

  /** Sends to all members. At most {@link ENVELOPE_PAYLOAD_BYTES_MAX}. `full`: too many; see `canBroadcast`. */
  broadcast(payload: Uint8Array, _now: Instant): { readonly stream: string; readonly sequence: number } | "full" {
    assert(payload.length <= ENVELOPE_PAYLOAD_BYTES_MAX, `broadcast of ${payload.length} bytes`);
    const sequence = this.#sequence++;
    const bytes = encodeBroadcast(this.#options, this.#roomTag, this.#options.stream, sequence, payload);
    for (const peer of this.#neighbours) this.#outputs.push({ type: "send", peer, bytes });
    return { stream: this.#streamId, sequence };
  }

  /** Sends to one member, over others where there is no link. May be lost. False: no way there, or no room. */
  sendTo(_peer: PeerId, _payload: Uint8Array, _now: Instant): boolean {
    return false;
  }

  // --- what the world did ---------------------------------------------------------------------

  /** The mesh channel with a member is open, whoever opened it. */
  handleNeighbourUp(peer: PeerId, _now: Instant): void {
    if (this.#members.has(peer)) this.#neighbours.add(peer);
    else this.#outputs.push({ type: "unwant", peer });
  }

  handleNeighbourDown(peer: PeerId, _now: Instant): void {
    this.#neighbours.delete(peer);
  }

  /** A `want` came to nothing. */
  handleUnreachable(_peer: PeerId, _now: Instant): void {}

  /** One message of a mesh channel whose first byte is 0x30 to 0x4f. `bytes` is the mesh's from now on. */
  handleMessage(peer: PeerId, bytes: Uint8Array, _now: Instant, _wall: WallTime): void {
    if (!this.#neighbours.has(peer)) return;
    try {
      if (bytes[0] !== MESH_MESSAGE.broadcast) return;
      const { origin, stream, sequence, payload, hopsLeft, ageMs } = decodeBroadcast(bytes);
      if (!isOfRoom(bytes, this.#roomTag) || !this.#members.has(origin)) return;
      if (!isBroadcastGenuine(this.#options.provider, origin, bytes)) return this.#misbehaved(peer, "forged");
      const hops = BROADCAST_HOPS_MAX - hopsLeft;
      this.#outputs.push({ type: "deliver", origin, stream, sequence, payload, hops, ageMs });
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#misbehaved(peer, "garbage");
    }
  }

  /** The channel did not take the last message; the driver keeps it. There is no other until `handleWritable`. */
  handleFull(_peer: PeerId, _now: Instant): void {}

  handleWritable(_peer: PeerId, _now: Instant): void {}

  handleTimeout(_now: Instant, _wall: WallTime): void {}

  nextTimeout(): Instant | undefined {
    return undefined;
  }

  poll(): MeshOutput | undefined {
    return this.#outputs.shift();
  }

  #misbehaved(peer: PeerId, reason: "forged" | "garbage"): void {
    this.#neighbours.delete(peer);
    this.#outputs.push({ type: "misbehaved", peer, reason });
  }
}
