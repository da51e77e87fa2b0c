/**
 * Envelopes for one member that we are not linked with (spec/mesh.md §7): over the neighbour that is next on the
 * shortest way there, hop by hop. They may be lost; whoever sends them asks for an answer.
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import type { Instant } from "../lib/time.ts";
import {
  ORIGIN_UNICASTS_BURST,
  ORIGIN_UNICASTS_PER_SECOND,
  UNICAST_HOPS_MAX,
  UNICAST_IDS_LIFETIME,
  UNICAST_IDS_MAX,
} from "../wire/mesh-limits.ts";
import { MESH_MESSAGE } from "../wire/registry.ts";
import {
  ageOf,
  checkUnicast,
  destinationOf,
  encodeUnicast,
  envelopeUnits,
  hopsLeftOf,
  isUnicastGenuine,
  originOf,
  readdressed,
  type Signer,
  UNICAST_ID_BYTES,
  unicastIdOf,
  unicastPayload,
} from "./envelope.ts";
import type { Ground } from "./ground.ts";
import type { MeshOutput } from "./mesh-output.ts";
import type { Neighbour } from "./neighbour.ts";
import { Quotas } from "./quotas.ts";
import { RecentIds } from "./recent-ids.ts";
import type { Topology } from "./topology.ts";
import type { View } from "./view.ts";

/** What became of a unicast that a neighbour brought. */
export type UnicastVerdict = MeshOutput | "forged" | "repeat" | "passed" | "dropped";

export class UnicastPost {
  readonly #ground: Ground;
  readonly #signer: Signer;
  readonly #roomTag: Uint8Array;
  readonly #view: View;
  readonly #topology: Topology;
  readonly #ids: RecentIds;
  readonly #quotas = new Quotas({ capacity: ORIGIN_UNICASTS_BURST, perSecond: ORIGIN_UNICASTS_PER_SECOND });

  constructor(
    ground: Ground,
    signer: Signer,
    roomTag: Uint8Array,
    room: { readonly view: View; readonly topology: Topology },
    now: Instant,
  ) {
    [this.#ground, this.#signer, this.#roomTag] = [ground, signer, roomTag];
    [this.#view, this.#topology] = [room.view, room.topology];
    this.#ids = new RecentIds(UNICAST_IDS_MAX, UNICAST_IDS_LIFETIME, now);
  }

  /** False: no way there is known, or there is no room on it. */
  send(destination: PeerId, payload: Uint8Array, now: Instant): boolean {
    const next = this.#next(destination, undefined);
    if (next === undefined) return false;
    const id = this.#ground.random(UNICAST_ID_BYTES);
    const envelope = encodeUnicast(this.#signer, this.#roomTag, destination, id, payload);
    this.#ids.admit(this.#ground.self + unicastIdOf(envelope), now);
    return this.#pass(next, envelope);
  }

  /** @throws {WireError} */
  handle(from: Neighbour, bytes: Uint8Array, now: Instant): UnicastVerdict {
    checkUnicast(bytes);
    const [origin, destination] = [originOf(bytes), destinationOf(bytes)];
    const { self } = this.#ground;
    if (!this.#view.isMember(origin) || origin === self) return "dropped";
    const id = origin + unicastIdOf(bytes);
    const units = envelopeUnits(bytes.length);
    if (!this.#quotas.take(origin, units, now)) return "dropped";
    if (!isUnicastGenuine(this.#signer.provider, origin, bytes)) return "forged";
    if (!this.#ids.admit(id, now)) return "repeat"; // only what is genuine is remembered
    const hopsLeft = hopsLeftOf(bytes);
    const hops = UNICAST_HOPS_MAX - hopsLeft;
    if (destination === self) return { type: "unicast", origin, payload: unicastPayload(bytes), hops };
    const next = hopsLeft === 0 ? undefined : this.#next(destination, from.peer);
    if (next === undefined) return "dropped";
    const envelope = readdressed(bytes, MESH_MESSAGE.unicast, hopsLeft - 1, ageOf(bytes));
    return this.#pass(next, envelope) ? "passed" : "dropped";
  }

  #next(destination: PeerId, from: PeerId | undefined): Neighbour | undefined {
    const { neighbours } = this.#ground;
    const direct = neighbours.get(destination);
    const hop = direct === undefined ? this.#topology.nextHop(destination) : destination;
    const next = hop === undefined || hop === from ? undefined : neighbours.get(hop);
    return next?.isGreeted === true ? next : undefined;
  }

  #pass(next: Neighbour, envelope: Uint8Array): boolean {
    if (!next.push(envelope)) return false;
    this.#ground.sending.mark(next);
    return true;
  }
}
