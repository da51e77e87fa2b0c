/**
 * What goes into the next record: control frames, then data of interactive channels, then of bulk ones,
 * which a rate may hold back (spec/channels.md §6).
 *
 * @module
 */
import type { Instant } from "../lib/time.ts";
import { TokenBucket } from "../lib/token-bucket.ts";
import type { RecordBuilder } from "../session/record-builder.ts";
import { type ChannelControlFrame, type ChannelOffset, channelFrameBytes } from "../wire/channel-frame.ts";
import { CHANNEL_CLASS } from "../wire/registry.ts";
import type { Channel, OWED } from "./channel.ts";
import { TURN_BYTES, TurnRing } from "./turn-ring.ts";

/** So many fit a small record. */
const RECEIVED_OFFSETS_PER_FRAME = 32;

export class SendSchedule {
  readonly #owing: Channel[] = []; //         those that owe a control frame
  readonly #interactive = new TurnRing();
  readonly #bulk = new TurnRing();
  #channelLimit: number | undefined; //       of a `channels` frame to be sent
  #received: ChannelOffset[] = []; //         of `received` frames to be sent
  #rate: TokenBucket | undefined;
  #bulkResumes: Instant | undefined; //       when the rate lets bulk go on; undefined while it does

  hasPending(now: Instant): boolean {
    if (this.#owing.length > 0 || this.#channelLimit !== undefined || this.#received.length > 0) return true;
    return !this.#interactive.isEmpty || (!this.#bulk.isEmpty && !this.#isBulkHeld(now));
  }

  nextTimeout(): Instant | undefined {
    return this.#bulk.isEmpty ? undefined : this.#bulkResumes;
  }

  setRateMax(bytesPerSecond: number | undefined, now: Instant): void {
    this.#bulkResumes = undefined;
    this.#rate =
      bytesPerSecond === undefined
        ? undefined
        : new TokenBucket({ capacity: Math.max(TURN_BYTES, bytesPerSecond / 10), perSecond: bytesPerSecond, now });
  }

  /** `channel` has data that may be sent, or may have. */
  enter(channel: Channel): void {
    if (channel.phase !== "open") return;
    (channel.class === CHANNEL_CLASS.interactive ? this.#interactive : this.#bulk).enter(channel);
  }

  /** `channel` owes the peer a control frame. */
  owe(channel: Channel, frame: keyof typeof OWED): void {
    channel.owe(frame);
    if (channel.isQueued) return;
    channel.isQueued = true;
    this.#owing.push(channel);
  }

  /** The finish follows as soon as everything before it was sent. */
  oweFinish(channel: Channel): void {
    if (!channel.isFinishDue) return;
    channel.finish = "sent";
    this.owe(channel, "finish");
  }

  oweChannelLimit(limit: number): void {
    this.#channelLimit = limit;
  }

  oweReceived(offsets: ChannelOffset[]): void {
    this.#received = offsets;
  }

  fill(record: RecordBuilder, now: Instant): void {
    if (!this.#fillControl(record)) return;
    const drained: Channel[] = [];
    this.#interactive.fill(record, Number.POSITIVE_INFINITY, drained);
    if (this.#interactive.isEmpty && !this.#bulk.isEmpty && !this.#isBulkHeld(now)) {
      this.#fillBulk(record, now, drained);
    }
    if (drained.length === 0) return;
    for (const channel of drained) this.oweFinish(channel);
    this.#fillControl(record);
  }

  /** Puts every control frame that is owed into `record`; false if one did not fit. */
  #fillControl(record: RecordBuilder): boolean {
    if (this.#channelLimit !== undefined) {
      if (!put(record, { type: "channels", limit: this.#channelLimit })) return false;
      this.#channelLimit = undefined;
    }
    while (this.#received.length > 0) {
      const offsets = this.#received.slice(0, RECEIVED_OFFSETS_PER_FRAME);
      if (!put(record, { type: "received", offsets })) return false;
      this.#received.splice(0, offsets.length);
    }
    if (this.#owing.length === 0) return true; // setting length costs, and this is every record
    let done = 0;
    for (const channel of this.#owing) {
      for (let frame = channel.owedFrame(); frame !== undefined; frame = channel.owedFrame()) {
        if (!put(record, frame)) {
          this.#owing.splice(0, done);
          return false;
        }
        channel.paid();
      }
      channel.isQueued = false;
      done++;
    }
    this.#owing.length = 0;
    return true;
  }

  #isBulkHeld(now: Instant): boolean {
    return this.#bulkResumes !== undefined && now < this.#bulkResumes;
  }

  #fillBulk(record: RecordBuilder, now: Instant, drained: Channel[]): void {
    const rate = this.#rate;
    if (rate === undefined) {
      this.#bulk.fill(record, Number.POSITIVE_INFINITY, drained);
      return;
    }
    rate.spend(this.#bulk.fill(record, rate.available(now), drained), now);
    // In turns, not in dribbles of a byte.
    const resumes = rate.availableAt(TURN_BYTES, now);
    this.#bulkResumes = resumes > now ? resumes : undefined;
  }
}

/** Appends `frame` if it fits. */
function put(record: RecordBuilder, frame: ChannelControlFrame): boolean {
  if (channelFrameBytes(frame) > record.room) return false;
  record.frame(frame);
  return true;
}
