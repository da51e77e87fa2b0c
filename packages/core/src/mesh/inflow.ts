/**
 * Broadcasts that come in, and our own: checked, kept, delivered in the order of their stream, passed on
 * (spec/mesh.md §5, §6).
 *
 * @module
 */
import type { CryptoProvider } from "../crypto/provider.ts";
import { PEER_ID_BYTES, peerIdFromBytes, peerIdToBytes } from "../identity/peer-id.ts";
import { concatBytes } from "../lib/bytes.ts";
import { type Instant, instant, since } from "../lib/time.ts";
import {
  BROADCAST_HOPS_MAX,
  HELD_BACK_MAX,
  ORIGIN_BROADCASTS_BURST,
  ORIGIN_BROADCASTS_PER_SECOND,
} from "../wire/mesh-limits.ts";
import { MESH_MESSAGE } from "../wire/registry.ts";
import type { CatchUp } from "./catch-up.ts";
import {
  ageOf,
  broadcastPayload,
  checkBroadcast,
  envelopeUnits,
  hopsLeftOf,
  isBroadcastGenuine,
  ORIGIN_AT,
  STREAM_KEY_BYTES,
  sequenceOf,
} from "./envelope.ts";
import type { Ground } from "./ground.ts";
import type { MeshOutput, Misbehaviour } from "./mesh-output.ts";
import type { Neighbour } from "./neighbour.ts";
import { Quotas } from "./quotas.ts";
import type { Spread } from "./spread.ts";
import type { Entry, Stream } from "./stream.ts";
import type { StreamTable } from "./stream-table.ts";
import type { View } from "./view.ts";

export interface InflowParts {
  readonly streams: StreamTable;
  readonly view: View;
  readonly catchUp: CatchUp;
  readonly spread: Spread;
}

export class Inflow {
  /** Our stream. */
  readonly own: Stream;
  readonly #ground: Ground;
  readonly #provider: CryptoProvider;
  readonly #parts: InflowParts;
  readonly #outputs: MeshOutput[];
  readonly #quotas = new Quotas({ capacity: ORIGIN_BROADCASTS_BURST, perSecond: ORIGIN_BROADCASTS_PER_SECOND });

  /** What is delivered goes to `outputs`. */
  constructor(
    ground: Ground,
    options: { readonly provider: CryptoProvider; readonly stream: Uint8Array },
    parts: InflowParts,
    outputs: MeshOutput[],
  ) {
    [this.#ground, this.#provider, this.#parts, this.#outputs] = [ground, options.provider, parts, outputs];
    this.own = parts.streams.create(concatBytes(peerIdToBytes(ground.self), options.stream));
  }

  /** A broadcast of ours, signed; `sequence` is the next one. */
  addOwn(bytes: Uint8Array, sequence: number, now: Instant): void {
    const { streams, spread } = this.#parts;
    const own = this.own;
    const entry = { stream: own, sequence, bytes, originAt: now, addedAt: now, hops: -1, from: this.#ground.self };
    streams.add(entry);
    own.takeNext();
    streams.touch(own);
    spread.spread(entry, now);
    this.#trim(now);
  }

  /** Whether it is what a neighbour may bring. @throws {WireError} */
  handle(neighbour: Neighbour, bytes: Uint8Array, now: Instant): Misbehaviour | undefined {
    checkBroadcast(bytes);
    const { streams, catchUp, spread, view } = this.#parts;
    const sequence = sequenceOf(bytes);
    const known = streams.find(bytes, ORIGIN_AT);
    const isRepair = bytes[0] === MESH_MESSAGE.repair && catchUp.wasAsked(neighbour, bytes, ORIGIN_AT, sequence, now);
    if (known?.has(sequence) === true) return isRepair ? undefined : this.#repeat(neighbour, known, sequence, now);
    if (known === this.own) return undefined; // says another who has our key: the endpoint notices elsewhere

    const key = bytes.subarray(ORIGIN_AT, ORIGIN_AT + STREAM_KEY_BYTES);
    const origin = known?.origin ?? peerIdFromBytes(key.subarray(0, PEER_ID_BYTES));
    if (!view.isMember(origin)) {
      neighbour.broughtStranger = true; // it may know more than we do
      spread.handleStranger(key, sequence);
      return undefined;
    }
    if (known === undefined && streams.isRetired(key)) return neighbour.mayBeOdd(1, now) ? undefined : "odd";
    const units = envelopeUnits(bytes.length);
    if (!isRepair && !this.#quotas.take(origin, units, now))
      return origin !== neighbour.peer || neighbour.mayBeOdd(1, now) ? undefined : "flood";
    if (!isBroadcastGenuine(this.#provider, origin, bytes)) return "forged";

    const stream = known ?? streams.create(key);
    if (stream.has(sequence)) return undefined; // from before its origin went and came back
    const age = ageOf(bytes);
    const originAt = instant(now - age);
    const entry: Entry = {
      ...{ stream, sequence, bytes, originAt },
      addedAt: isRepair ? originAt : now,
      hops: BROADCAST_HOPS_MAX - hopsLeftOf(bytes),
      from: neighbour.peer,
    };
    streams.add(entry);
    this.#advance(stream, isRepair, now);
    if (isRepair) catchUp.handleRepaired(neighbour);
    else {
      spread.handleNew(neighbour);
      spread.spread(entry, now);
    }
    this.#trim(now);
    return undefined;
  }

  /** Goes on behind holes that nobody can fill. */
  giveUp(streams: readonly Stream[], now: Instant): void {
    for (const stream of streams) {
      this.#skip(stream);
      this.#advance(stream, false, now);
    }
  }

  #repeat(neighbour: Neighbour, stream: Stream, sequence: number, now: Instant): Misbehaviour | undefined {
    const isOther = stream.entries.get(sequence)?.from !== neighbour.peer;
    if (isOther && this.#parts.spread.handleRepeat(neighbour)) return undefined;
    return neighbour.mayBeOdd(1, now) ? undefined : "odd";
  }

  /** Delivers what is in order. */
  #advance(stream: Stream, isRepair: boolean, now: Instant): void {
    for (;;) {
      for (let entry = stream.takeNext(); entry !== undefined; entry = stream.takeNext()) this.#deliver(entry, now);
      if (stream.held <= HELD_BACK_MAX) break;
      this.#skip(stream);
    }
    if (stream.held > 0) this.#parts.catchUp.noteHole(stream, isRepair, now);
    this.#parts.streams.touch(stream);
  }

  #deliver({ stream, sequence, bytes, hops, originAt }: Entry, now: Instant): void {
    const { origin, id } = stream;
    const ageMs = since(originAt, now);
    const payload = broadcastPayload(bytes);
    this.#outputs.push({ type: "deliver", origin, stream: id, sequence, payload, hops, ageMs });
  }

  #skip(stream: Stream): void {
    const isStart = !stream.isStarted;
    const hole = stream.skipHole();
    if (hole === undefined) return;
    this.#outputs.push({ type: "missed", origin: stream.origin, stream: stream.id, ...hole, isStart });
  }

  /** Keeps history within its bounds. What nobody got yet is delivered before it goes. */
  #trim(now: Instant): void {
    const { streams } = this.#parts;
    for (let oldest = streams.overdue(now); oldest !== undefined; oldest = streams.overdue(now)) {
      while (oldest.sequence >= oldest.stream.next) {
        this.#skip(oldest.stream);
        this.#advance(oldest.stream, false, now);
      }
      streams.drop(oldest);
    }
  }
}
