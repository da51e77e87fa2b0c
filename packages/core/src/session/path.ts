/**
 * One link as a session sees it: a numbered sequence of records in each direction, with its own
 * acknowledgements, round-trip time, probes and timers (spec/session.md §5-7; RFC 9002).
 *
 *     silent ──(a record opens)──▶ probing ──(our probe comes back)──▶ validated
 *
 * A path that the peer dialled begins silent: before a record of its opened, the link may be
 * anybody's and gets no answer. One that we dialled begins probing; the one of the handshake is
 * validated by it. Only a validated path carries frames of channels.
 *
 * @module
 */
import { bytesEqual } from "../lib/bytes.ts";
import type { RandomSource } from "../lib/random.ts";
import { after, type Duration, type Instant, sooner } from "../lib/time.ts";
import {
  HANDSHAKE_TIMEOUT,
  KEEPALIVE_MAX,
  KEEPALIVE_MIN,
  PATH_BYTES_IN_FLIGHT_MAX,
  PATH_DEAD_AFTER,
  PATH_DOUBT_AFTER,
  PROBE_TIMEOUT_MAX,
  PROBE_TIMEOUT_MIN,
  RECORD_HEADER_BYTES,
  RECORD_TAG_BYTES,
  RECORDS_IN_FLIGHT_MAX,
  UNOPENABLE_RECORDS_MAX,
} from "../wire/limits.ts";
import { type AckRange, PROBE_BYTES } from "../wire/session-frame.ts";
import { ReceivedRecords } from "./received-records.ts";
import { RecordAssembly } from "./record-assembly.ts";
import { type SentRecord, SentRecords } from "./sent-records.ts";
import type { PathFailure, PathStats } from "./session-output.ts";

type Phase =
  | { readonly at: "silent"; readonly until: Instant }
  | { readonly at: "probing"; readonly probe: Uint8Array }
  | { readonly at: "validated" };

export interface PathOptions {
  /** Largest packet that the link carries. */
  readonly recordBytesMax: number;
  /** Whether the link neither loses nor reorders until it breaks. */
  readonly ordered: boolean;
}

/** Who began the link: the handshake that made the keying ran over it, or we dialled it, or the peer did. */
export type PathOrigin = "handshake" | "local" | "remote";

const OVERHEAD = RECORD_HEADER_BYTES + RECORD_TAG_BYTES;

export class Path {
  readonly number: number;
  readonly assembly: RecordAssembly;
  readonly sent: SentRecords = new SentRecords();
  readonly received: ReceivedRecords = new ReceivedRecords();
  readonly #options: PathOptions;
  readonly #random: RandomSource;
  #phase: Phase;
  /** Frames that should leave with the next record. */
  readonly #owed: { ping: boolean; probe: boolean; reply: Uint8Array | undefined };
  #srtt: number | undefined;
  #rttMin: number | undefined;
  #probeAt: Instant | undefined; //      the probe timeout (RFC 9002 §6.2), while something is in flight
  #probeCount = 0;
  #waitingSince: Instant | undefined; // something wants an answer, and nothing at all was heard since
  #heardAt: Instant | undefined;
  #keepalive: Duration = KEEPALIVE_MIN;
  #quietSince: Instant; //               last record of either direction
  #trafficAt: Instant; //                last channel frame of either direction
  #unopenable = 0;
  #totals = { bytesAcked: 0, bytesLost: 0, recordsAcked: 0 };

  constructor(number: number, origin: PathOrigin, options: PathOptions, random: RandomSource, now: Instant) {
    this.number = number;
    this.assembly = new RecordAssembly(number, options.recordBytesMax - OVERHEAD);
    this.#options = options;
    this.#random = random;
    this.#quietSince = now;
    this.#trafficAt = now;
    this.#owed = { ping: false, probe: origin === "local", reply: undefined };
    if (origin === "handshake") this.#phase = { at: "validated" };
    else if (origin === "local") this.#phase = { at: "probing", probe: random(PROBE_BYTES) };
    else this.#phase = { at: "silent", until: after(now, HANDSHAKE_TIMEOUT) };
  }

  get isSilent(): boolean {
    return this.#phase.at === "silent";
  }

  get isOrdered(): boolean {
    return this.#options.ordered;
  }

  get isValidated(): boolean {
    return this.#phase.at === "validated";
  }

  /** Whether its number was used: a nonce was taken, or a record of the peer's was opened. */
  get isSpent(): boolean {
    return !this.isSilent || this.sent.nextCounter > 0;
  }

  get stats(): PathStats {
    return {
      srtt: this.#srtt,
      rttMin: this.#rttMin,
      isValidated: this.isValidated,
      bytesInFlight: this.sent.bytes,
      ...this.#totals,
      recordsUnopenable: this.#unopenable,
      trafficAt: this.#trafficAt,
    };
  }

  // --- what the world did ---------------------------------------------------------------------

  /** A record opened; false if it came before. */
  handleOpened(counter: number, now: Instant): boolean {
    if (!this.received.admit(counter)) return false;
    this.#waitingSince = this.sent.count > 0 ? now : undefined;
    this.#heardAt = now;
    this.#quietSince = now;
    if (this.#phase.at === "silent") {
      this.#phase = { at: "probing", probe: this.#random(PROBE_BYTES) };
      this.#owed.probe = true;
    }
    return true;
  }

  /** When to give this path up if `others` go on working: they brought something while it owed an answer. */
  doubtedAt(others: Iterable<Path>): Instant | undefined {
    const since = this.#waitingSince;
    if (since === undefined || this.isSilent) return undefined;
    for (const other of others) {
      if (other !== this && other.isValidated && (other.#heardAt ?? since) > since)
        return after(since, PATH_DOUBT_AFTER);
    }
    return undefined;
  }

  handleTraffic(now: Instant): void {
    this.#trafficAt = now;
    this.#keepalive = KEEPALIVE_MIN;
  }

  handleProbe(data: Uint8Array): void {
    this.#owed.reply = data.slice(); // only the newest: a flood of probes gets one answer a record
  }

  /** Whether that made the path validated. */
  handleReply(data: Uint8Array): boolean {
    if (this.#phase.at !== "probing" || !bytesEqual(data, this.#phase.probe)) return false;
    this.#phase = { at: "validated" };
    this.#owed.probe = false;
    return true;
  }

  /** @throws {WireError} if the peer acknowledges what was never sent. */
  handleAck(ranges: readonly AckRange[], now: Instant): { acked: SentRecord[]; lost: SentRecord[] } {
    const acked = this.sent.acknowledge(ranges);
    const newest = acked.at(-1);
    if (newest === undefined) return { acked, lost: [] };
    if (newest.counter === ranges[0]?.last) this.#measure(now - newest.at);
    for (const record of acked) this.#totals.bytesAcked += record.bytes;
    this.#totals.recordsAcked += acked.length;
    // An ordered link does not overtake: what is missing there was not handled yet.
    const lost = this.#options.ordered ? [] : this.#countLost(this.sent.takeOvertaken());
    this.#probeCount = 0;
    this.#probeAt = this.sent.count === 0 ? undefined : after(now, this.#probeTimeout());
    if (this.sent.count === 0) this.#waitingSince = undefined;
    return { acked, lost };
  }

  /** A record did not open, or was none. On an ordered link that is the end of it: somebody changed its bytes. */
  handleUnopenable(): PathFailure | undefined {
    this.#unopenable++;
    return this.#options.ordered || this.#unopenable >= UNOPENABLE_RECORDS_MAX ? "unopenable" : undefined;
  }

  handleTimeout(now: Instant): { failure: PathFailure | undefined; lost: readonly SentRecord[] } {
    const deadline = this.#deadline();
    if (deadline !== undefined && now >= deadline) return { failure: "silent", lost: [] };
    this.received.handleTimeout(now);
    const lost = this.#probeAt !== undefined && now >= this.#probeAt ? this.#probeTimedOut(now) : [];
    if (!this.isSilent && now >= this.#keepaliveAt()) {
      this.#owed.ping = true;
      this.#quietSince = now;
      this.#keepalive = Math.min(2 * this.#keepalive, KEEPALIVE_MAX) as Duration;
    }
    return { failure: undefined, lost };
  }

  nextTimeout(): Instant | undefined {
    if (this.#phase.at === "silent") return this.#phase.until;
    const own = sooner(sooner(this.#probeAt, this.#deadline()), this.#keepaliveAt());
    return sooner(own, this.received.nextTimeout());
  }

  // --- what leaves ----------------------------------------------------------------------------

  /** Whether the session itself has something for this path that does not wait. */
  wantsToSend(now: Instant): boolean {
    if (this.isSilent) return false;
    const { ping, probe, reply } = this.#owed;
    return ping || probe || reply !== undefined || this.received.isDue(now);
  }

  /** Begins a record of at most `room` bytes on the link; false if there is nothing it could hold. */
  begin(room: number, now: Instant, bytesInFlightMax: number = PATH_BYTES_IN_FLIGHT_MAX): boolean {
    const packetMax = Math.min(room, this.#options.recordBytesMax);
    const hasRoomInFlight = this.sent.bytes + packetMax <= bytesInFlightMax && this.sent.count < RECORDS_IN_FLIGHT_MAX;
    const channelsMaySend = this.isValidated && hasRoomInFlight;
    if (!channelsMaySend && !this.wantsToSend(now)) return false;
    const { assembly } = this;
    assembly.begin(packetMax - OVERHEAD, channelsMaySend);
    if (this.received.isOwed) assembly.sessionFrame({ type: "ack", path: this.number, ranges: this.received.ranges() });
    if (this.#owed.reply !== undefined) assembly.sessionFrame({ type: "pathReply", data: this.#owed.reply });
    if (this.#owed.probe && this.#phase.at === "probing")
      assembly.sessionFrame({ type: "pathProbe", data: this.#phase.probe });
    if (this.#owed.ping) assembly.sessionFrame({ type: "ping" });
    return true;
  }

  /** Whether what was built is worth a record: anything but an acknowledgement that can wait. */
  isWorthSending(now: Instant): boolean {
    const { carried, session } = this.assembly;
    return carried.length > 0 || session.some((frame) => frame.type !== "ack" || this.received.isDue(now));
  }

  /** The assembled record takes a counter and leaves as a packet of `bytes`, sealed in key phase `phase`. */
  commit(bytes: number, phase: number, now: Instant): number {
    const { carried, session } = this.assembly;
    const counter = this.sent.takeCounter();
    let isEliciting = carried.length > 0;
    for (const { type } of session) {
      if (type === "ack") this.received.handleAckSent();
      else if (type === "pathReply") this.#owed.reply = undefined;
      else if (type === "pathProbe") [this.#owed.probe, isEliciting] = [false, true];
      else if (type === "ping") [this.#owed.ping, isEliciting] = [false, true];
    }
    if (carried.length > 0) this.handleTraffic(now);
    this.#quietSince = now;
    if (isEliciting) {
      this.sent.add({ counter, at: now, bytes, phase, carried });
      this.#waitingSince ??= now;
      this.#probeAt = after(now, this.#probeTimeout());
    }
    return counter;
  }

  /** Takes out all that is in flight: the path ends. */
  abandon(): SentRecord[] {
    return this.#countLost(this.sent.takeAll());
  }

  // --- inside ---------------------------------------------------------------------------------

  #probeTimedOut(now: Instant): SentRecord[] {
    this.#probeCount++;
    this.sent.forgetEmpty(); // a new ping replaces them
    const oldest = this.#options.ordered ? undefined : this.sent.takeOldest();
    if (this.#phase.at === "probing") this.#owed.probe = true;
    else this.#owed.ping = true;
    this.#probeAt = after(now, this.#probeTimeout());
    return oldest === undefined ? [] : this.#countLost([oldest]);
  }

  #probeTimeout(): Duration {
    const first = Math.max(3 * (this.#srtt ?? 0), PROBE_TIMEOUT_MIN);
    return Math.min(first * 2 ** this.#probeCount, PROBE_TIMEOUT_MAX) as Duration;
  }

  #deadline(): Instant | undefined {
    if (this.#phase.at === "silent") return this.#phase.until;
    return this.#waitingSince === undefined ? undefined : after(this.#waitingSince, PATH_DEAD_AFTER);
  }

  #keepaliveAt(): Instant {
    return after(this.#quietSince, this.#keepalive);
  }

  #measure(sample: number): void {
    // RFC 9002 §5.3, without the variance: the probe timeout has a floor instead.
    this.#srtt = this.#srtt === undefined ? sample : (7 * this.#srtt + sample) / 8;
    this.#rttMin = Math.min(this.#rttMin ?? sample, sample);
  }

  #countLost(lost: SentRecord[]): SentRecord[] {
    for (const record of lost) this.#totals.bytesLost += record.bytes;
    return lost;
  }
}
