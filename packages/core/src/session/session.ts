/**
 * A session: sealed records between one process of ours and one of a peer's, over whatever links
 * there are (spec/session.md; records, acknowledgements and loss after QUIC, RFC 9000 and 9002,
 * without UDP). Links may lose, repeat, reorder and die; a session resends frames, never records.
 *
 *     open ──(60 s without a path)──▶ dormant ──(adoptKeying)──▶ open
 *     open ──(close, or an opened record that breaks the spec)──▶ closing ──▶ ended
 *     any ──(the peer's close)──▶ ended
 *
 * It knows nothing of which path is best (link/) nor of what channel frames mean (channel/).
 * The driver asks `wantsToSend` or the channels whether there is something to send, and then:
 * `beginRecord`, channels fill, `finishRecord`, seal. Outputs wait in `poll`: drain them before
 * beginning a record, so that nothing is acknowledged that was not handled.
 *
 * @module
 */
import type { CryptoProvider } from "../crypto/provider.ts";
import { assert } from "../lib/assert.ts";
import type { RandomSource } from "../lib/random.ts";
import { Reader } from "../lib/reader.ts";
import { after, type Instant, sooner } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import { type CarriedFrame, type ChannelFrame, decodeChannelFrame } from "../wire/channel-frame.ts";
import {
  CLOSE_LINGER,
  PROBE_TIMEOUT_MIN,
  RECORD_HEADER_BYTES,
  RECORD_ROOM_MIN,
  RECORD_TAG_BYTES,
  TRAFFIC_KEYS_AFTER_LINK,
} from "../wire/limits.ts";
import { decodeRecordHeader, encodeRecordHeader, recordNonce } from "../wire/record-header.ts";
import { CLOSE } from "../wire/registry.ts";
import { decodeSessionFrame, isSessionFrame, type SessionFrame } from "../wire/session-frame.ts";
import type { Keying } from "./keying.ts";
import { KeyingState } from "./keying-state.ts";
import { Keyings } from "./keyings.ts";
import type { Path, PathOptions } from "./path.ts";
import { RecordAssembly } from "./record-assembly.ts";
import type { RecordBuilder } from "./record-builder.ts";
import type { SentRecord } from "./sent-records.ts";
import type { OpenJob, PathFailure, PathStats, SealJob, SessionOutput } from "./session-output.ts";

type Phase =
  | {
      readonly at: "open";
      readonly keyings: Keyings;
      /** Since when no path is validated. */
      unreachedSince: Instant | undefined;
    }
  | { readonly at: "dormant" }
  | {
      readonly at: "closing";
      readonly keyings: Keyings;
      readonly code: number;
      readonly until: Instant;
      /** Paths that shall carry the close now, and when one was last sent. */
      readonly owed: Set<number>;
      sentAt: Instant | undefined;
    }
  | { readonly at: "ended" };

const OVERHEAD = RECORD_HEADER_BYTES + RECORD_TAG_BYTES;

export class Session {
  readonly #provider: CryptoProvider;
  readonly #random: RandomSource;
  readonly #incarnations: string;
  #phase: Phase;
  #outputs: SessionOutput[] = [];

  /** Takes ownership of the traffic secrets in `keying`; its resume secret stays with the caller. */
  constructor(options: { provider: CryptoProvider; random: RandomSource; keying: Keying; now: Instant }) {
    this.#provider = options.provider;
    this.#random = options.random;
    this.#incarnations = incarnationsOf(options.keying);
    const first = new KeyingState(options.provider, options.keying, options.now);
    this.#phase = { at: "open", keyings: new Keyings(first), unreachedSince: options.now };
  }

  // --- read -----------------------------------------------------------------------------------

  get phase(): Phase["at"] {
    return this.#phase.at;
  }

  /** Whether a link may become path `number` without a handshake: there are keys, and the number is free. */
  canAddPath(number: number): boolean {
    return this.#phase.at === "open" && this.#phase.keyings.current.canAdd(number);
  }

  stats(path: number): PathStats | undefined {
    return this.#path(path)?.stats;
  }

  /** Whether the session itself has something to send on `path`, whatever the channels have. */
  wantsToSend(path: number, now: Instant): boolean {
    if (this.#phase.at === "closing") return this.#phase.owed.has(path);
    return this.#path(path)?.wantsToSend(now) ?? false;
  }

  // --- commands -------------------------------------------------------------------------------

  /**
   * A number for a link that we dialled. `undefined` when there are no keys or no more numbers, or
   * when the last such link led nowhere, so that the peer may have other keys: resume instead.
   */
  takePathNumber(): number | undefined {
    return this.#phase.at === "open" ? this.#phase.keyings.current.takeNumber() : undefined;
  }

  /**
   * A link is there. 0 is the link over which the newest keying was made, others come from
   * {@link takePathNumber} or from the header of the first record on a link that the peer dialled
   * (then ask {@link canAddPath} first).
   */
  addPath(path: number, options: PathOptions, now: Instant): void {
    assert(this.#phase.at === "open", `Cannot add a path: session is ${this.#phase.at}`);
    if (this.#phase.keyings.current.add(path, options, this.#random, now).isValidated) this.#handleValidated(path);
  }

  /** The link is gone; what was in flight on it comes out as lost. Does nothing if there is no such path. */
  removePath(path: number, now: Instant): void {
    const current = this.#current;
    const removed = current?.remove(path);
    if (current === undefined || removed === undefined) return;
    this.#push("lost", removed.abandon());
    if (this.#phase.at === "open" && !current.isReached) this.#phase.unreachedSince ??= now;
    if (this.#phase.at === "closing" && current.pathCount === 0) this.#end();
  }

  /**
   * A newer handshake or resumption of the same two processes. Paths start over: those of the
   * keying before go on receiving for a while, their numbers mean nothing any more, and links that
   * live on are added again under new numbers.
   */
  adoptKeying(keying: Keying, now: Instant): void {
    assert(this.#phase.at === "open" || this.#phase.at === "dormant", `Cannot rekey: session is ${this.#phase.at}`);
    assert(incarnationsOf(keying) === this.#incarnations, "keying of another session");
    const newest = new KeyingState(this.#provider, keying, now);
    if (this.#phase.at === "dormant") {
      this.#phase = { at: "open", keyings: new Keyings(newest), unreachedSince: now };
      return;
    }
    for (const path of this.#phase.keyings.current.paths) this.#push("lost", path.abandon());
    this.#phase.keyings.adopt(newest, now);
    this.#phase.unreachedSince = now;
  }

  /** Ends the session for `code`. `wantsToSend` says where the close has still to leave. */
  close(code: number, now: Instant): void {
    this.#close(code, undefined, now);
  }

  /** As {@link close}, because of what the peer's channel frames did. */
  fail(error: WireError, now: Instant): void {
    this.#close(CLOSE.protocolError, error, now);
  }

  // --- what the world did ---------------------------------------------------------------------

  /**
   * A packet that begins as a record came on link `path`. Cheap checks only; `undefined` if it is
   * dropped. Give the answer of the job to {@link handleOpened}.
   */
  handleRecord(path: number, packet: Uint8Array, now: Instant): OpenJob | undefined {
    const keyings = this.#keyings;
    if (keyings === undefined) return undefined;
    try {
      const { phase, counter, index, path: claimed } = decodeRecordHeader(packet);
      const keyed = keyings.withIndex(index, now);
      const isCurrent = keyed === keyings.current;
      const from = isCurrent && claimed !== path ? undefined : keyed?.path(claimed);
      const found = keyed?.receive.find(phase, now);
      if (keyed === undefined || from === undefined || found === undefined) {
        if (!keyings.isOldIndex(index)) this.#handleUnopenable(path, now);
        return undefined;
      }
      if (!from.received.isNew(counter)) {
        if (isCurrent && from.isOrdered) this.#handleUnopenable(path, now); // such a link repeats nothing by itself
        return undefined;
      }
      const header = packet.subarray(0, RECORD_HEADER_BYTES);
      const sealed = packet.subarray(RECORD_HEADER_BYTES);
      const nonce = recordNonce(claimed, counter);
      return { path: claimed, counter, key: found.key, nonce, header, sealed, keying: keyed, phase: found.phase };
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#handleUnopenable(path, now); // nothing here is authenticated: the link's fault at most
      return undefined;
    }
  }

  /** The answer to a job: `undefined` if the tag did not match. `plaintext` is ours from now on. */
  handleOpened(job: OpenJob, plaintext: Uint8Array | undefined, now: Instant): void {
    const keyed = this.#keyings?.living(job.keying);
    const path = keyed?.path(job.path);
    if (keyed === undefined || path === undefined) return; // removed while the job was away: the peer resends
    const isCurrent = keyed === this.#current;
    if (plaintext === undefined) {
      if (isCurrent) this.#handleUnopenable(job.path, now);
      return;
    }
    const wasSilent = path.isSilent;
    if (!path.handleOpened(job.counter, now)) return; // two jobs of one record
    if (wasSilent && isCurrent) this.#outputs.push({ type: "pathHeard", path: path.number });
    keyed.receive.handleOpened(job.phase, now);
    if (this.#keyings?.handleOpened(keyed) === true) this.#outputs.push({ type: "confirmed" });
    for (const doubted of isCurrent ? keyed.doubted(now) : []) this.#failPath(doubted, "silent", now);
    try {
      this.#handleFrames(path, isCurrent, job, plaintext, now);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#close(CLOSE.protocolError, error, now);
    }
  }

  handleTimeout(now: Instant): void {
    if (this.#phase.at === "closing" && now >= this.#phase.until) this.#end();
    if (this.#phase.at !== "open") return;
    const { keyings, unreachedSince } = this.#phase;
    keyings.handleTimeout(now);
    for (const path of [...keyings.current.paths]) {
      const { failure, lost } = path.handleTimeout(now);
      this.#push("lost", lost);
      if (failure !== undefined) this.#failPath(path.number, failure, now);
    }
    for (const path of keyings.current.doubted(now)) this.#failPath(path, "silent", now);
    if (unreachedSince === undefined || now < after(unreachedSince, TRAFFIC_KEYS_AFTER_LINK)) return;
    for (const path of [...keyings.current.paths]) this.#failPath(path.number, "silent", now);
    keyings.wipe();
    this.#phase = { at: "dormant" };
    this.#outputs.push({ type: "keysErased" });
  }

  // --- poll -----------------------------------------------------------------------------------

  poll(): SessionOutput | undefined {
    return this.#outputs.shift();
  }

  nextTimeout(): Instant | undefined {
    if (this.#phase.at === "closing") return this.#phase.until;
    if (this.#phase.at !== "open") return undefined;
    const { keyings, unreachedSince } = this.#phase;
    let next = sooner(keyings.nextTimeout(), keyings.current.nextTimeout());
    if (unreachedSince !== undefined) next = sooner(next, after(unreachedSince, TRAFFIC_KEYS_AFTER_LINK));
    return next;
  }

  /**
   * Begins a record of at most `room` bytes on the link, with the session's own frames in it; with those of channels
   * while no more than `bytesInFlightMax` are unacknowledged there.
   * `undefined` if nothing may leave on that path now. The builder is valid until the next
   * `beginRecord` on the same path; one that is not finished never was.
   */
  beginRecord(path: number, room: number, now: Instant, bytesInFlightMax?: number): RecordBuilder | undefined {
    const found = this.#path(path);
    if (found === undefined || room < RECORD_ROOM_MIN) return undefined;
    if (this.#phase.at === "closing") {
      if (!this.#phase.owed.has(path)) return undefined;
      found.assembly.begin(RECORD_ROOM_MIN - OVERHEAD, false);
      found.assembly.sessionFrame({ type: "close", code: this.#phase.code });
      return found.assembly;
    }
    return found.begin(room, now, bytesInFlightMax) ? found.assembly : undefined;
  }

  /** What is to be sealed; `undefined` if there is nothing worth a record. */
  finishRecord(builder: RecordBuilder, now: Instant): SealJob | undefined {
    assert(builder instanceof RecordAssembly, "a builder of another making");
    const path = this.#path(builder.path);
    const current = this.#current;
    if (current === undefined || path?.assembly !== builder || !path.isWorthSending(now)) return undefined;
    const plaintext = builder.finish();
    current.send.prepare(plaintext.length, now);
    const { phase, key } = current.send;
    const counter = path.commit(plaintext.length + OVERHEAD, phase, now);
    if (this.#phase.at === "closing") {
      this.#phase.owed.delete(path.number);
      this.#phase.sentAt = now;
    }
    const header = encodeRecordHeader({ phase, path: path.number, index: current.remoteIndex, counter });
    return { path: path.number, key, nonce: recordNonce(path.number, counter), header, plaintext };
  }

  // --- inside ---------------------------------------------------------------------------------

  #handleFrames(path: Path, isCurrent: boolean, job: OpenJob, plaintext: Uint8Array, now: Instant): void {
    const reader = new Reader(plaintext);
    const frames: ChannelFrame[] = [];
    let [isEliciting, isUrgent] = [false, false];
    if (reader.left === 0) throw new WireError("ERR_TRUNCATED", "record without a frame");
    while (reader.left > 0) {
      const type = reader.u8();
      if (!isSessionFrame(type)) {
        frames.push(decodeChannelFrame(type, reader));
        isEliciting = true;
        continue;
      }
      const frame = decodeSessionFrame(type, reader);
      if (frame.type === "close") {
        this.#handleClose(frame.code);
        return;
      }
      if (frame.type === "ping" || frame.type === "pathProbe") [isEliciting, isUrgent] = [true, true];
      // What was in flight under the keying before is lost by decision: its acknowledgements come too late.
      if (isCurrent && this.#phase.at === "open") this.#handleSessionFrame(path, frame, now);
    }
    if (this.#phase.at === "closing") {
      // The peer still sends: the close may have been lost.
      const { sentAt, owed } = this.#phase;
      if (sentAt === undefined || now >= after(sentAt, PROBE_TIMEOUT_MIN)) owed.add(path.number);
      return;
    }
    if (isCurrent) {
      const bytes = plaintext.length + OVERHEAD;
      path.received.note({ counter: job.counter, bytes, isEliciting, isUrgent }, now);
    }
    if (frames.length === 0) return;
    path.handleTraffic(now);
    this.#outputs.push({ type: "frames", frames, plaintext });
  }

  #handleSessionFrame(path: Path, frame: SessionFrame, now: Instant): void {
    if (frame.type === "pathProbe") path.handleProbe(frame.data);
    else if (frame.type === "pathReply") {
      if (path.handleReply(frame.data)) this.#handleValidated(path.number);
    } else if (frame.type === "ack") {
      const acknowledged = this.#path(frame.path);
      if (acknowledged === undefined) return; // a path that is gone
      const { acked, lost } = acknowledged.handleAck(frame.ranges, now);
      for (const record of acked) this.#current?.send.handleAcked(record.phase);
      this.#push("acked", acked);
      this.#push("lost", lost);
    }
  }

  #handleValidated(path: number): void {
    this.#current?.handleReached();
    if (this.#phase.at === "open") this.#phase.unreachedSince = undefined;
    this.#outputs.push({ type: "pathValidated", path });
  }

  #handleClose(code: number): void {
    if (this.#phase.at === "open") this.#outputs.push({ type: "closed", reason: code, by: "peer" });
    this.#end();
  }

  #handleUnopenable(path: number, now: Instant): void {
    const failure = this.#path(path)?.handleUnopenable();
    if (failure !== undefined) this.#failPath(path, failure, now);
  }

  #failPath(path: number, reason: PathFailure, now: Instant): void {
    this.#outputs.push({ type: "pathFailed", path, reason });
    this.removePath(path, now);
  }

  #close(code: number, error: WireError | undefined, now: Instant): void {
    const phase = this.#phase;
    if (phase.at === "closing" || phase.at === "ended") return;
    this.#outputs.push({ type: "closed", reason: code, by: "local", ...(error && { error: error.code }) });
    if (phase.at === "dormant" || phase.keyings.current.pathCount === 0) {
      this.#end();
      return;
    }
    const owed = new Set<number>();
    for (const path of phase.keyings.current.paths) if (!path.isSilent) owed.add(path.number);
    const until = after(now, CLOSE_LINGER);
    this.#phase = { at: "closing", keyings: phase.keyings, code, until, owed, sentAt: undefined };
  }

  #end(): void {
    this.#keyings?.wipe();
    this.#phase = { at: "ended" };
    this.#outputs.push({ type: "ended" });
  }

  #push(type: "acked" | "lost", records: readonly SentRecord[]): void {
    const carried: CarriedFrame[] = [];
    for (const record of records) for (const frame of record.carried) carried.push(frame);
    if (carried.length > 0) this.#outputs.push({ type, carried });
  }

  #path(number: number): Path | undefined {
    return this.#current?.path(number);
  }

  get #keyings(): Keyings | undefined {
    return this.#phase.at === "open" || this.#phase.at === "closing" ? this.#phase.keyings : undefined;
  }

  get #current(): KeyingState | undefined {
    return this.#keyings?.current;
  }
}

const incarnationsOf = (keying: Keying): string =>
  `${keying.peer} ${keying.localIncarnation} ${keying.remoteIncarnation}`;
