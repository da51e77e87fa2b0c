/**
 * The audit log: a chain of hashes under a signed head (spec/trust.md §7, ADR 0010). It shows every
 * edit; it cannot show that someone who holds the device cut it off and signed again.
 *
 *     hash  = SHA-256(label "audit entry" ‖ 0 ‖ entry), the label as in spec/SPEC.md
 *     head  = u8 1 · 8 B log id · 32 B PeerId · u64 first · u64 next · u8 count · count × 32 B anchor
 *             · 32 B hash of the last entry · 64 B signature over all before
 *     keys  = "audit/head", "audit/<log id>/<sequence, 12 hexadecimal digits>"
 *
 * An anchor is the hash before the first entry of a segment; `anchors[0]` is where the kept chain
 * begins. Only the head is held in memory, so the log costs the same whatever its length.
 *
 * @module
 */
import type { CryptoProvider } from "../crypto/provider.ts";
import type { LocalIdentity } from "../identity/keys.ts";
import { assert } from "../lib/assert.ts";
import { bytesToHex } from "../lib/hex.ts";
import type { RandomSource } from "../lib/random.ts";
import type { StoreEntry } from "../lib/store-entry.ts";
import { after, type Instant, minutes, type WallTime } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import { AUDIT_ENTRIES_MAX, AUDIT_FLOOD_PER_MINUTE_MAX, AUDIT_SEGMENT_ENTRIES } from "../wire/limits.ts";
import type { AuditEvent, AuditRecord } from "./audit-event.ts";
import { auditSource, encodeAuditEntry } from "./audit-event.ts";
import { type AuditHead, auditEntryHash, decodeAuditHead, encodeAuditHead, isAuditHeadSigned } from "./audit-head.ts";
import { type StoreOutput, storeOutput } from "./stored.ts";

export const AUDIT_PREFIX = "audit/";
export const AUDIT_HEAD_KEY = "audit/head";

/** Where an entry is kept; sorted by key they are in order. */
export const auditEntryKey = (logId: string, sequence: number): string =>
  `${AUDIT_PREFIX}${logId}/${sequence.toString(16).padStart(12, "0")}`;

/** What a stranger can cause as often as it likes. All else follows from a person, or from keys that were proven. */
const FLOODABLE: ReadonlySet<AuditEvent> = new Set([
  "discovered",
  "connected",
  "disconnected",
  "authFailed",
  "refused",
  "denied",
  "limitHit",
  "keyChanged",
  "misbehaved",
  "pairingFailed",
] as const);

export interface AuditLogOptions {
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  readonly identity: LocalIdentity;
  /** What was stored under {@link AUDIT_HEAD_KEY}; other keys are passed over. */
  readonly restored: Iterable<StoreEntry>;
  /** Smaller in tests. A segment divides the maximum. */
  readonly entriesMax?: number;
  readonly segmentEntries?: number;
}

export class AuditLog {
  readonly #provider: CryptoProvider;
  readonly #identity: LocalIdentity;
  readonly #entriesMax: number;
  readonly #segment: number;
  #head: AuditHead;
  #damaged = false;
  /** Encoded, not yet given out; at most as many as one turn appends. */
  #fresh: StoreEntry[] = [];
  #dropped: string[] = [];
  #minute: { readonly until: Instant; count: number; suppressed: number } | undefined;

  constructor(options: AuditLogOptions) {
    this.#provider = options.provider;
    this.#identity = options.identity;
    this.#entriesMax = options.entriesMax ?? AUDIT_ENTRIES_MAX;
    this.#segment = options.segmentEntries ?? AUDIT_SEGMENT_ENTRIES;
    assert(this.#entriesMax % this.#segment === 0 && this.#entriesMax > this.#segment, "segments divide the maximum");
    this.#head = this.#restore(options) ?? {
      logId: bytesToHex(options.random(8)),
      peer: options.identity.peerId,
      first: 0,
      next: 0,
      anchors: [new Uint8Array(32)],
      hash: new Uint8Array(32),
    };
  }

  get logId(): string {
    return this.#head.logId;
  }

  /** The oldest sequence kept, and the one that the next entry gets. */
  get range(): { readonly first: number; readonly next: number } {
    return { first: this.#head.first, next: this.#head.next };
  }

  /** Adds a line. Over {@link AUDIT_FLOOD_PER_MINUTE_MAX} a minute, those a stranger can cause are only counted. */
  append(record: AuditRecord, now: Instant, wall: WallTime): void {
    if (this.#damaged) {
      this.#damaged = false;
      this.#write({ event: "damaged", detail: "audit head" }, wall);
    }
    if (FLOODABLE.has(record.event) && !this.#admits(now, wall)) return;
    this.#write(record, wall);
  }

  /** Writes how many lines the last minute suppressed. */
  handleTimeout(now: Instant, wall: WallTime): void {
    const minute = this.#minute;
    if (minute === undefined || now < minute.until) return;
    this.#minute = undefined;
    if (minute.suppressed > 0) this.#write({ event: "suppressed", detail: String(minute.suppressed) }, wall);
  }

  nextTimeout(): Instant | undefined {
    return this.#minute !== undefined && this.#minute.suppressed > 0 ? this.#minute.until : undefined;
  }

  /** All entries since the last poll and the new head over them, as one transaction. */
  poll(): StoreOutput | undefined {
    if (this.#fresh.length === 0) return undefined;
    const head = encodeAuditHead(this.#provider, this.#identity, this.#head);
    const output = storeOutput([...this.#fresh, { key: AUDIT_HEAD_KEY, value: head }], this.#dropped);
    this.#fresh = [];
    this.#dropped = [];
    return output;
  }

  #restore(options: AuditLogOptions): AuditHead | undefined {
    for (const { key, value } of options.restored) {
      if (key !== AUDIT_HEAD_KEY) continue;
      try {
        const head = decodeAuditHead(value);
        if (head.peer === options.identity.peerId && isAuditHeadSigned(options.provider, value)) return head;
      } catch (error) {
        if (!(error instanceof WireError)) throw error;
      }
      // A new chain under a new id: what is left of the old one stays where it is, to be looked at.
      this.#damaged = true;
    }
    return undefined;
  }

  #admits(now: Instant, wall: WallTime): boolean {
    this.handleTimeout(now, wall);
    this.#minute ??= { until: after(now, minutes(1)), count: 0, suppressed: 0 };
    if (this.#minute.count < AUDIT_FLOOD_PER_MINUTE_MAX) {
      this.#minute.count++;
      return true;
    }
    this.#minute.suppressed++;
    return false;
  }

  #write(record: AuditRecord, wall: WallTime): void {
    if (this.#head.next - this.#head.first >= this.#entriesMax) this.#rotate(wall);
    this.#put(record, wall);
  }

  #rotate(wall: WallTime): void {
    const { first } = this.#head;
    for (let i = 0; i < this.#segment; i++) this.#dropped.push(auditEntryKey(this.#head.logId, first + i));
    const gone = new Set(this.#dropped);
    this.#fresh = this.#fresh.filter(({ key }) => !gone.has(key));
    this.#head = { ...this.#head, first: first + this.#segment, anchors: this.#head.anchors.slice(1) };
    this.#put({ event: "rotated", detail: String(this.#segment) }, wall);
  }

  #put(record: AuditRecord, wall: WallTime): void {
    const { next: sequence, hash: previous, anchors, logId } = this.#head;
    const source = auditSource(record.source ?? "");
    const value = encodeAuditEntry({ ...record, source, sequence, at: wall, previous });
    const hash = auditEntryHash(this.#provider, value);
    const next = sequence + 1;
    this.#head = {
      ...this.#head,
      next,
      hash,
      anchors: next % this.#segment === 0 ? [...anchors, hash] : anchors,
    };
    this.#fresh.push({ key: auditEntryKey(logId, sequence), value });
  }
}
