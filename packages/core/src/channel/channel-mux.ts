/**
 * Many ordered message channels over one session (spec/channels.md). The session carries frames and says
 * which arrived and which may not have; this keeps what must be sent again, credit, turns and limits,
 * and turns frames that come in any order, repeated, back into messages in order and once.
 *
 *     commands, frames ──▶ ChannelMux ──▶ fill(record)   once per record that leaves
 *                                     ──▶ poll()         what happened, for the application
 *
 * It knows no key, path or record number, and lives as long as its session does.
 *
 * @module
 */
import { assert, unreachable } from "../lib/assert.ts";
import type { Instant } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import type { RecordBuilder } from "../session/record-builder.ts";
import {
  type CarriedFrame,
  type ChannelControlFrame,
  type ChannelFrame,
  type ChannelOffset,
  isProtocolName,
  type OpenFrame,
} from "../wire/channel-frame.ts";
import { CHANNEL_SEND_BYTES_MAX, CHANNELS_MAX, MESSAGE_BYTES_MAX } from "../wire/limits.ts";
import { PROTOCOL } from "../wire/registry.ts";
import { Channel } from "./channel.ts";
import { type ChannelClass, type ChannelOutput, ChannelOutputs, type MessagesOutput } from "./channel-output.ts";
import { IncomingIds } from "./incoming-ids.ts";
import { streamBytes } from "./message-assembler.ts";
import { SendSchedule } from "./send-schedule.ts";
import { SlabPool } from "./slab-pool.ts";

/** Half of the ids on the wire are of either side. */
const CHANNEL_ORDINALS_MAX: number = 2 ** 31;

/** Room in the send buffer that makes a refused sender `writable` again: any message fits then. */
const WRITABLE_BELOW: number = CHANNEL_SEND_BYTES_MAX / 2;

export class ChannelMux {
  readonly #parity: 0 | 1; //                 of the ids that we open
  readonly #channels = new Map<number, Channel>(); // at most CHANNELS_MAX by each side
  readonly #incomingIds = new IncomingIds();
  readonly #pool = new SlabPool();
  readonly #schedule = new SendSchedule();
  readonly #outputs = new ChannelOutputs();
  #opened = 0; //                             ordinals of ours used so far
  #openLimit: number = CHANNELS_MAX; //       and how many the peer allows

  /** `isEven`: whether we open even ids, as the side with the smaller PeerId does. */
  constructor(options: { readonly isEven: boolean }) {
    this.#parity = options.isEven ? 0 : 1;
  }

  /** Whether {@link fill} has something for a record at `now`. */
  hasPending(now: Instant): boolean {
    return this.#schedule.hasPending(now);
  }

  /** When the rate cap lets waiting bulk data go on: call {@link fill} then. */
  nextTimeout(): Instant | undefined {
    return this.#schedule.nextTimeout();
  }

  /** Channels that are not over, opened by either side. Signaling serves the session, and keeps none alive. */
  get channelCount(): number {
    let count = 0;
    for (const { protocol } of this.#channels.values()) if (protocol !== PROTOCOL.signal) count += 1;
    return count;
  }

  /** How far each channel has come in, for the peer to resume from: `handleReceivedOffsets` there. */
  receivedOffsets(): ChannelOffset[] {
    const offsets: ChannelOffset[] = [];
    for (const { id, phase, incoming } of this.#channels.values()) {
      if (phase !== "resetting" && incoming.offset > 0) offsets.push({ channel: id, offset: incoming.offset });
    }
    return offsets;
  }

  /** The next thing that happened, in order; `undefined` when there is none. */
  poll(): ChannelOutput | undefined {
    return this.#outputs.poll();
  }

  // --- commands -----------------------------------------------------------------------------

  /** Offers a channel; returns its id, or `undefined` if the peer allows no more channels now. */
  open(protocol: string, options: { readonly class: ChannelClass }): number | undefined {
    assert(isProtocolName(protocol), `protocol name ${protocol}`);
    if (this.#opened >= this.#openLimit) return undefined;
    const id = 2 * this.#opened++ + this.#parity;
    const channel = new Channel({ id, isLocal: true, class: options.class, protocol }, this.#pool);
    this.#channels.set(id, channel);
    this.#schedule.owe(channel, "open");
    return id;
  }

  /** Takes a channel that the peer offered. */
  accept(id: number): void {
    const channel = this.#channels.get(id);
    if (channel === undefined) return; // reset by the peer meanwhile
    assert(channel.phase === "offered", `accept of a channel ${channel.phase}`);
    channel.phase = "open";
    this.#schedule.owe(channel, "accept");
  }

  /** Declines a channel that the peer offered, with a reset code. */
  refuse(id: number, code: number): void {
    this.reset(id, code);
  }

  /**
   * Queues one message, copying it. False if there is no room and it was not taken: try again after `writable`.
   * False too on a channel that is over.
   */
  send(id: number, message: Uint8Array): boolean {
    const channel = this.#channels.get(id);
    if (channel === undefined || channel.phase === "resetting") return false;
    const size = message.length;
    assert(size <= MESSAGE_BYTES_MAX, "message over MESSAGE_BYTES_MAX");
    assert(channel.finish === "none" && channel.phase !== "offered", "send on a channel finished or not accepted");
    const stream = channel.outgoing;
    if (stream.buffered + streamBytes(size) > CHANNEL_SEND_BYTES_MAX) {
      channel.isRoomWanted = true;
      return false;
    }
    stream.write(message);
    if (!channel.isReady) this.#schedule.enter(channel);
    return true;
  }

  /** No more messages from us; what was queued still goes. */
  finish(id: number): void {
    const channel = this.#channels.get(id);
    if (channel === undefined || channel.phase === "resetting") return;
    assert(channel.finish === "none" && channel.phase !== "offered", "finish of a channel finished or not accepted");
    channel.finish = "asked";
    this.#schedule.oweFinish(channel);
  }

  /** Ends both directions at once; nothing queued is sent any more. */
  reset(id: number, code: number): void {
    const channel = this.#channels.get(id);
    if (channel === undefined || channel.phase === "resetting") return;
    assert(code > 0 && code <= 0xff, `reset code ${code}`);
    channel.stop(code);
    this.#schedule.owe(channel, "reset");
  }

  /** The application is done with `bytes` of delivered messages: the peer may send as many more. */
  consumed(id: number, bytes: number): void {
    const channel = this.#channels.get(id);
    if (channel === undefined || channel.phase === "resetting") return;
    channel.incoming.consume(bytes);
    if (channel.incoming.isGrantDue) this.#schedule.owe(channel, "credit");
  }

  /** Caps bulk data at so many bytes a second; `undefined` lifts the cap. Interactive data is never held. */
  setSendRateMax(bytesPerSecond: number | undefined, now: Instant): void {
    this.#schedule.setRateMax(bytesPerSecond, now);
  }

  /** Tells the peer in the next records what has come in, so that it need not send it again. */
  announceReceived(): void {
    this.#schedule.oweReceived(this.receivedOffsets());
  }

  // --- what the session reports ---------------------------------------------------------------

  /**
   * Takes the channel frames of a record that was opened into `record`, if it may be given away. Returns
   * whether messages that are views of it were given out, so that nobody may write it again.
   * @throws {WireError} if the peer broke the rules; the session is to be closed, this machine is of no more use.
   */
  handleFrames(frames: readonly ChannelFrame[], record?: Uint8Array): boolean {
    let keeper: MessagesOutput | "several" | undefined;
    for (const frame of frames) {
      if (frame.type !== "data") {
        this.#handleControl(frame);
        continue;
      }
      const batch = this.#handleData(frame.channel, frame.offset, frame.bytes);
      if (batch !== undefined) keeper = keeper === undefined || keeper === batch ? batch : "several";
    }
    if (record !== undefined && typeof keeper === "object") keeper.memory.push(record);
    return keeper !== undefined;
  }

  /** @throws {WireError} `ERR_VALUE` for more than was sent, `ERR_CHANNEL` for a channel that never was. */
  handleReceivedOffsets(offsets: readonly ChannelOffset[]): void {
    for (const { channel: id, offset } of offsets) {
      const channel = this.#find(id);
      if (channel === undefined || channel.phase === "resetting") continue;
      channel.outgoing.ackedTo(offset);
      this.#settle(channel);
    }
  }

  /** The peer has what these records carried. */
  acked(carried: readonly CarriedFrame[]): void {
    for (const frame of carried) {
      if (frame.type === "received" || frame.type === "channels") continue;
      const channel = this.#channels.get(frame.channel);
      if (channel === undefined) continue;
      if (frame.type === "reset") this.#forget(channel);
      if (channel.phase === "resetting") continue;
      if (frame.type === "finish") channel.finish = "acked";
      else if (frame.type === "data") channel.outgoing.acked(frame.offset, frame.length);
      else continue;
      this.#settle(channel);
    }
  }

  /** These records may not have arrived: what they carried is sent again, as far as it still matters. */
  lost(carried: readonly CarriedFrame[]): void {
    for (const frame of carried) {
      if (frame.type === "received") continue; // acknowledgements of records will do the same
      if (frame.type === "channels") {
        this.#schedule.oweChannelLimit(this.#incomingIds.limit);
        continue;
      }
      const channel = this.#channels.get(frame.channel);
      if (channel === undefined) continue;
      if (channel.phase === "resetting") {
        if (frame.type === "reset") this.#schedule.owe(channel, "reset");
      } else if (frame.type === "data") {
        channel.outgoing.lost(frame.offset, frame.length);
        this.#schedule.enter(channel);
      } else if (frame.type === "finish") {
        if (channel.finish === "sent") this.#schedule.owe(channel, "finish");
      } else if (frame.type !== "open" || channel.phase === "opening") {
        this.#schedule.owe(channel, frame.type);
      }
    }
  }

  /** Puts what is pending into `record`, as much as fits: control, then interactive, then bulk. */
  fill(record: RecordBuilder, now: Instant): void {
    this.#schedule.fill(record, now);
  }

  /** Returns the batch that got views of `bytes`, if any. */
  #handleData(id: number, offset: number, bytes: Uint8Array): MessagesOutput | undefined {
    const channel = this.#find(id);
    if (channel === undefined || channel.phase === "resetting") return undefined;
    if (channel.phase === "opening") this.#accepted(channel); // it overtook the accept
    const { incoming } = channel;
    const wasFinished = incoming.isFinished;
    const batch = this.#outputs.batch(id);
    batch.bytes += incoming.handleData(offset, bytes, batch.messages);
    this.#outputs.pushBatch(batch);
    if (incoming.isFinished && !wasFinished) this.#finished(channel);
    return incoming.takeHasSharedViews() ? batch : undefined;
  }

  #handleControl(frame: ChannelControlFrame): void {
    switch (frame.type) {
      case "open":
        this.#handleOpen(frame);
        break;
      case "accept":
        this.#handleAccept(frame.channel, frame.credit);
        break;
      case "credit":
        this.#handleCredit(frame.channel, frame.limit);
        break;
      case "finish":
        this.#handleFinish(frame.channel, frame.offset);
        break;
      case "reset":
        this.#handleReset(frame.channel, frame.code);
        break;
      case "received":
        this.handleReceivedOffsets(frame.offsets);
        break;
      case "channels":
        this.#openLimit = Math.max(this.#openLimit, Math.min(frame.limit, CHANNEL_ORDINALS_MAX));
        break;
      default:
        unreachable(frame);
    }
  }

  #handleOpen(frame: OpenFrame): void {
    if (this.#isOurs(frame.channel)) throw new WireError("ERR_CHANNEL", `peer opened our id ${frame.channel}`);
    if (!this.#incomingIds.use(frame.channel >>> 1)) return; // a repeat, or its reset overtook it
    const { channel: id, protocol } = frame;
    const channel = new Channel({ id, isLocal: false, class: frame.class, protocol }, this.#pool);
    channel.outgoing.allow(frame.credit);
    this.#channels.set(id, channel);
    this.#outputs.push({ type: "opened", channel: id, protocol, class: frame.class });
    this.#grantChannels();
  }

  #handleAccept(id: number, credit: number): void {
    if (!this.#isOurs(id)) throw new WireError("ERR_UNEXPECTED", "accept by the side that opened");
    this.#handleCredit(id, credit);
  }

  #handleCredit(id: number, limit: number): void {
    const channel = this.#find(id);
    if (channel === undefined || channel.phase === "resetting") return;
    if (channel.phase === "opening") this.#accepted(channel); // by an accept, or by what overtook it
    channel.outgoing.allow(limit);
    this.#schedule.enter(channel);
  }

  #handleFinish(id: number, offset: number): void {
    const channel = this.#find(id);
    if (channel === undefined || channel.phase === "resetting") return;
    if (channel.phase === "offered") throw new WireError("ERR_UNEXPECTED", "finish before the channel was accepted");
    if (channel.phase === "opening") this.#accepted(channel);
    const { incoming } = channel;
    const wasFinished = incoming.isFinished;
    incoming.handleFinish(offset);
    if (incoming.isFinished && !wasFinished) this.#finished(channel);
  }

  #handleReset(id: number, code: number): void {
    if (!this.#isOurs(id) && this.#incomingIds.use(id >>> 1)) {
      // It overtook the open, which will be ignored when it comes.
      this.#incomingIds.release();
      this.#grantChannels();
      return;
    }
    const channel = this.#find(id);
    if (channel === undefined) return;
    if (channel.phase === "opening") assertAnnounced(channel);
    if (channel.phase !== "resetting") this.#outputs.push({ type: "reset", channel: id, code });
    this.#forget(channel);
  }

  #accepted(channel: Channel): void {
    assertAnnounced(channel);
    channel.phase = "open";
    this.#outputs.push({ type: "accepted", channel: channel.id });
    this.#schedule.oweFinish(channel);
  }

  #finished(channel: Channel): void {
    this.#outputs.push({ type: "finished", channel: channel.id });
    this.#settle(channel);
  }

  /** What may follow from the peer having more of ours, or we of its. */
  #settle(channel: Channel): void {
    this.#schedule.enter(channel); // with nothing under way any more, it goes on with less credit
    if (channel.isRoomWanted && channel.outgoing.buffered <= WRITABLE_BELOW) {
      channel.isRoomWanted = false;
      this.#outputs.push({ type: "writable", channel: channel.id });
    }
    if (!channel.isSent) return;
    if (!channel.isDelivered) this.#outputs.push({ type: "delivered", channel: channel.id });
    channel.isDelivered = true;
    if (!channel.incoming.isFinished) return;
    this.#outputs.push({ type: "closed", channel: channel.id });
    this.#forget(channel);
  }

  #forget(channel: Channel): void {
    this.#channels.delete(channel.id);
    channel.stop();
    if (channel.isLocal) return;
    this.#incomingIds.release();
    this.#grantChannels();
  }

  #grantChannels(): void {
    if (this.#incomingIds.grant()) this.#schedule.oweChannelLimit(this.#incomingIds.limit);
  }

  #isOurs(id: number): boolean {
    return (id & 1) === this.#parity;
  }

  /**
   * The channel, or `undefined` if it is over.
   * @throws {WireError} `ERR_CHANNEL` if there never was one.
   */
  #find(id: number): Channel | undefined {
    const channel = this.#channels.get(id);
    if (channel !== undefined) return channel;
    const ordinal = id >>> 1;
    const existed = this.#isOurs(id) ? ordinal < this.#opened : this.#incomingIds.isUsed(ordinal);
    if (!existed) throw new WireError("ERR_CHANNEL", `frame for channel ${id}, which was never opened`);
    return undefined;
  }
}

/** @throws {WireError} if the peer answers an offer that it cannot have seen. */
function assertAnnounced(channel: Channel): void {
  if (channel.incoming.limit === 0) throw new WireError("ERR_CHANNEL", `channel ${channel.id} was not offered yet`);
}
