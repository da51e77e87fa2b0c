/**
 * Keeps the resume secrets of this endpoint and answers requests to resume (spec/resume.md §3-5).
 * In memory only. An id is spent when a record opened under keys that came from it; until then
 * the same request gets the same answer, and another one gets none.
 *
 * When both ends ask at once, the request of the smaller PeerId counts: the larger one drops its
 * own and answers, the smaller one sends its own again.
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import { bytesEqual } from "../lib/bytes.ts";
import { type Instant, sooner } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import { decodeResume, encodeRefuse, encodeResumed, type Refusal, type Resume } from "../wire/handshake-packet.ts";
import { RESUMABLE_MAX } from "../wire/limits.ts";
import { REFUSAL } from "../wire/registry.ts";
import { type Keying, keyingFromNoise } from "./keying.ts";
import { decodeRequest, encodeReply, type ResumeContext, resumedFacts, resumeNoise } from "./resume.ts";
import { ResumeInitiator, type ResumeOptions } from "./resume-initiator.ts";

export type ResumeVerdict =
  /** Send `bytes`. The session of `keying.peer` adopts `keying`; the link it came on is path 0 of it. */
  | { readonly type: "answered"; readonly bytes: Uint8Array; readonly keying: Keying }
  /** The same request again: send `bytes` again. The link it came on now is path 0 of that same `keying`. */
  | { readonly type: "repeated"; readonly bytes: Uint8Array; readonly keying: Keying }
  /** Our own request counts: `initiator` has put it out again, send it on the link this one came on. */
  | { readonly type: "overruled"; readonly initiator: ResumeInitiator }
  /** Send `bytes`: the peer will make a handshake. */
  | { readonly type: "refused"; readonly bytes: Uint8Array; readonly code: WireError["code"] };

export interface AnswerOptions extends ResumeOptions {
  /** What we have of the peer's channels, in their encoding. Used, as the index is, by a verdict of `answered` alone. */
  readonly received: Uint8Array;
}

interface Entry {
  readonly keying: Keying;
  /** The peer may not have it: we made it by answering, and no record has opened under it yet. */
  isUncertain: boolean;
  expiresAt: Instant | undefined;
  attempt: ResumeInitiator | undefined;
  answered: { readonly request: Uint8Array; readonly bytes: Uint8Array; readonly keying: Keying } | undefined;
}

export class ResumeBook {
  readonly #context: ResumeContext;
  readonly #entries = new Map<string, Entry>(); // in order of insertion: oldest first

  constructor(context: ResumeContext) {
    this.#context = context;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Whose session `resumeId` would resume: ask before answering whether it is still welcome. */
  peerOf(resumeId: string): PeerId | undefined {
    return this.#find(resumeId)?.keying.peer;
  }

  /**
   * From now on `keying` can be resumed. What the peer's session had before stays until
   * {@link confirm}. When full, the oldest yields: it takes a handshake then. Holding it again does nothing.
   */
  hold(keying: Keying): void {
    if (this.#entries.has(keying.resumeId)) return;
    if (this.#entries.size >= RESUMABLE_MAX) {
      for (const oldest of this.#entries.keys()) {
        this.drop(oldest);
        break;
      }
    }
    let isUncertain = false;
    for (const { answered } of this.#entries.values()) if (answered?.keying === keying) isUncertain = true;
    this.#entries.set(keying.resumeId, {
      keying,
      isUncertain,
      expiresAt: undefined,
      attempt: undefined,
      answered: undefined,
    });
  }

  /** The id to ask that peer with: of the newest keying that it has for sure, else of the newest. */
  idFor(peer: PeerId): string | undefined {
    let best: string | undefined;
    let isBestUncertain = true;
    for (const [id, { keying, isUncertain }] of this.#entries) {
      if (keying.peer !== peer || keying.resumeSecret.isWiped || (isUncertain && !isBestUncertain)) continue;
      best = id;
      isBestUncertain = isUncertain;
    }
    return best;
  }

  /** A record opened under the keying of `resumeId`: all others of that peer are erased. */
  confirm(resumeId: string): void {
    const confirmed = this.#entries.get(resumeId);
    if (confirmed === undefined) return;
    confirmed.isUncertain = false;
    const { peer } = confirmed.keying;
    for (const [id, entry] of this.#entries) if (id !== resumeId && entry.keying.peer === peer) this.drop(id);
  }

  /** Erases a secret: trust revoked, session closed, device locked, time over. */
  drop(resumeId: string): void {
    const entry = this.#entries.get(resumeId);
    if (entry === undefined) return;
    entry.attempt?.abandon();
    entry.keying.resumeSecret.wipe();
    this.#entries.delete(resumeId);
  }

  /** All that could bring back the session of `keying`: it was closed. */
  dropSession({ peer, remoteIncarnation }: Keying): void {
    for (const [id, { keying }] of this.#entries) {
      if (keying.peer === peer && keying.remoteIncarnation === remoteIncarnation) this.drop(id);
    }
  }

  dropPeer(peer: PeerId): void {
    for (const [id, entry] of this.#entries) if (entry.keying.peer === peer) this.drop(id);
  }

  /** The session lost its last link, and what could resume it ends at `at`; or has a link again (`undefined`). */
  expireAt(resumeId: string, at: Instant | undefined): void {
    const peer = this.#entries.get(resumeId)?.keying.peer;
    for (const entry of this.#entries.values()) if (entry.keying.peer === peer) entry.expiresAt = at;
  }

  handleTimeout(now: Instant): void {
    for (const [id, entry] of this.#entries) {
      if (entry.expiresAt !== undefined && now >= entry.expiresAt) this.drop(id);
    }
  }

  nextTimeout(): Instant | undefined {
    let next: Instant | undefined;
    for (const entry of this.#entries.values()) next = sooner(next, entry.expiresAt);
    return next;
  }

  /**
   * Asks the peer to resume. A request that is still open is put out again instead of a new one,
   * byte for byte. `undefined` when there is no such secret: make a handshake.
   */
  begin(resumeId: string, options: ResumeOptions): ResumeInitiator | undefined {
    const entry = this.#find(resumeId);
    if (entry === undefined) return undefined;
    if (entry.attempt?.isOpen === true) {
      entry.attempt.retry(options.now, options.isReliable);
      return entry.attempt;
    }
    entry.attempt = new ResumeInitiator(this.#context, entry.keying, options);
    return entry.attempt;
  }

  /**
   * Answers a `resume` packet, from whatever link. The caller then holds the new keying.
   */
  answer(packet: Uint8Array, own: AnswerOptions): ResumeVerdict {
    try {
      const resume = decodeResume(packet);
      const entry = this.#find(resume.id);
      if (entry === undefined) return refused(REFUSAL.unknown, "ERR_VALUE");
      if (resume.version !== entry.keying.version) return refused(REFUSAL.version, "ERR_VERSION");
      if (entry.answered !== undefined) return this.#answerAgain(entry.answered, packet);
      return this.#answerOnce(entry, resume, packet.slice(), own);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      return refused(REFUSAL.unknown, error.code);
    }
  }

  #answerOnce(entry: Entry, resume: Resume, request: Uint8Array, own: AnswerOptions): ResumeVerdict {
    const noise = resumeNoise(this.#context, entry.keying, "responder");
    try {
      // Opens only for who has the secret: before this, an id heard on the network costs us two hashes and a tag.
      const remoteIndex = decodeRequest(noise.readMessage(resume.noise));
      if (entry.attempt?.isOpen === true) {
        if (this.#context.self < entry.keying.peer) {
          entry.attempt.retry(own.now, own.isReliable);
          return { type: "overruled", initiator: entry.attempt };
        }
        entry.attempt.abandon();
      }
      const bytes = encodeResumed(resume.id, noise.writeMessage(encodeReply(own.localIndex, own.received)));
      const facts = resumedFacts(entry.keying, "responder", own.localIndex, remoteIndex);
      const keying = keyingFromNoise(noise, facts);
      entry.answered = { request, bytes, keying };
      return { type: "answered", bytes, keying };
    } finally {
      noise.wipe();
    }
  }

  /**
   * One request has one answer. A keying that is not the session's newest any more is not brought
   * back by a repeated request, which anyone may have recorded: its counters have run.
   */
  #answerAgain({ request, bytes, keying }: NonNullable<Entry["answered"]>, packet: Uint8Array): ResumeVerdict {
    if (!bytesEqual(packet, request)) return refused(REFUSAL.unknown, "ERR_UNEXPECTED");
    let newest: Keying | undefined;
    for (const entry of this.#entries.values()) if (entry.keying.peer === keying.peer) newest = entry.keying;
    if (newest !== keying) return refused(REFUSAL.unknown, "ERR_UNEXPECTED");
    return { type: "repeated", bytes, keying };
  }

  #find(resumeId: string): Entry | undefined {
    const entry = this.#entries.get(resumeId);
    return entry === undefined || entry.keying.resumeSecret.isWiped ? undefined : entry;
  }
}

const refused = (refusal: Refusal, code: WireError["code"]): ResumeVerdict => ({
  type: "refused",
  bytes: encodeRefuse(refusal),
  code,
});
