/**
 * The grants we honour, how much of each is used up, and which were revoked (spec/trust.md §5).
 * A grant is checked at each use: issuer's role, times, limits, revocation, of itself and of every
 * grant it is derived from. Its life runs from receipt on the monotonic clock, too.
 *
 *     "trust/grant/<id>"   = the grant as received
 *     "trust/usage/<id>"   = u8 1 · u64 uses · u64 bytes
 *     "trust/revoked/<id>" = u64 not after: when it may be forgotten
 *
 * @module
 */
import type { CryptoProvider } from "../crypto/provider.ts";
import type { PeerId } from "../identity/peer-id.ts";
import { Reader } from "../lib/reader.ts";
import type { StoreEntry } from "../lib/store-entry.ts";
import { type Instant, sooner, type WallTime } from "../lib/time.ts";
import { TokenBucket } from "../lib/token-bucket.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import {
  CLOCK_SKEW,
  GRANT_DELEGATIONS_MAX,
  GRANTS_MAX,
  GRANTS_PER_PEER_MAX,
  REVOKED_BY_PEERS_MAX,
  REVOKED_GRANTS_MAX,
} from "../wire/limits.ts";
import { covers, decodeGrant, GRANT_NO_END, type Grant, grantChain, grantEndsAt, isGrantGenuine } from "./grant.ts";
import { OPERATION, type Role, rolePermits } from "./roles.ts";
import { type AuditOutput, type DamagedOutput, entriesUnder, type StoreOutput, storeOutput } from "./stored.ts";

const GRANT_PREFIX = "trust/grant/";
const USAGE_PREFIX = "trust/usage/";
const REVOKED_PREFIX = "trust/revoked/";
const USAGE_VERSION = 1;
/** What only a role gives. */
const UNGRANTABLE: ReadonlySet<string> = new Set([OPERATION.grant, OPERATION.grantExchange]);
/** Each held grant and what it is derived from. What would not be counted is not permitted. */
const USAGES_MAX = GRANTS_MAX * (GRANT_DELEGATIONS_MAX + 1);

export type GrantBookOutput =
  | StoreOutput
  | AuditOutput
  | DamagedOutput
  /** `peer` no longer has what `grant` gave it: end what runs under it. */
  | { readonly type: "grantEnded"; readonly peer: PeerId; readonly grant: string };

export type GrantRefusal = "none" | "not-yet" | "expired" | "revoked" | "issuer" | "limit" | "rate";
export type GrantUse =
  | { readonly ok: true; readonly grant: Grant }
  | { readonly ok: false; readonly reason: GrantRefusal };
export type GrantAdmission = "held" | "malformed" | "not-genuine" | "issuer" | "expired" | "revoked" | "full";

export interface GrantRequest {
  readonly peer: PeerId;
  readonly operation: string;
  readonly resource: string;
  readonly bytes: number;
}

interface Held {
  readonly grant: Grant;
  /** On the monotonic clock, from receipt in this process; `undefined`: no end. */
  readonly endsAt: Instant | undefined;
}

interface Usage {
  uses: number;
  bytes: number;
}

export class GrantBook {
  readonly #provider: CryptoProvider;
  readonly #roleOf: (peer: PeerId) => Role | undefined;
  readonly #held = new Map<string, Held>();
  readonly #usage = new Map<string, Usage>();
  readonly #rates = new Map<string, TokenBucket>();
  /** Until when each would be valid; 2^53 - 1 where we never saw the grant. */
  readonly #revoked = new Map<string, number>();
  readonly #dirty = new Set<string>();
  readonly #outputs: GrantBookOutput[] = [];
  /** Asked for in every turn, so computed only after a change. */
  #nextEnd: Instant | undefined | "unknown" = "unknown";

  constructor(options: {
    readonly provider: CryptoProvider;
    /** The role of an issuer now; ours is owner. */
    readonly roleOf: (peer: PeerId) => Role | undefined;
    readonly restored: readonly StoreEntry[];
    readonly now: Instant;
    readonly wall: WallTime;
  }) {
    this.#provider = options.provider;
    this.#roleOf = options.roleOf;
    for (const { key, value } of entriesUnder(options.restored, REVOKED_PREFIX)) {
      this.#revoked.set(key, value.length === 8 ? readEnd(value) : GRANT_NO_END);
    }
    for (const { key, value } of entriesUnder(options.restored, USAGE_PREFIX)) this.#restoreUsage(key, value);
    for (const { key, value } of entriesUnder(options.restored, GRANT_PREFIX)) {
      const grant = this.#genuine(value);
      if (typeof grant === "string" || grant.id !== key)
        this.#outputs.push({ type: "damaged", key: GRANT_PREFIX + key });
      else this.#held.set(key, { grant, endsAt: grantEndsAt(grant, options.now, options.wall) });
    }
  }

  /** Grants for `peer`, as held; whether one permits something now is {@link use}'s to say. */
  grantsOf(peer: PeerId): readonly Grant[] {
    return [...this.#held.values()].filter(({ grant }) => grant.subject === peer).map(({ grant }) => grant);
  }

  isRevoked(id: string): boolean {
    return this.#revoked.has(id);
  }

  /** Whether grants of `peer` count for anything here. */
  isAuthority(peer: PeerId): boolean {
    return rolePermits(this.#roleOf(peer), "grant");
  }

  usageOf(id: string): { readonly uses: number; readonly bytes: number } {
    return { ...(this.#usage.get(id) ?? { uses: 0, bytes: 0 }) };
  }

  /** Takes a grant, ours or one that a peer showed. One that begins later is held until then. */
  admit(bytes: Uint8Array, now: Instant, wall: WallTime): GrantAdmission {
    const grant = this.#genuine(bytes);
    if (typeof grant === "string") return grant;
    if (this.#held.has(grant.id)) return "held";
    if (grantChain(grant).some(({ id }) => this.#revoked.has(id))) return "revoked";
    if (!this.#hasAuthority(grant)) return "issuer";
    if (wall > grant.notAfter + CLOCK_SKEW) return "expired";
    if (this.#held.size >= GRANTS_MAX || this.grantsOf(grant.subject).length >= GRANTS_PER_PEER_MAX) {
      this.#audit({ event: "limitHit", peer: grant.subject, detail: "grants" });
      return "full";
    }
    this.#held.set(grant.id, { grant, endsAt: grantEndsAt(grant, now, wall) });
    this.#nextEnd = "unknown";
    this.#outputs.push(storeOutput([{ key: GRANT_PREFIX + grant.id, value: grant.bytes }]));
    this.#audit({ event: "granted", peer: grant.subject, detail: grant.operations.join(" ").slice(0, 64) });
    return "held";
  }

  /**
   * Takes one use of a grant that permits `request`, and counts it. The refusal names the grant that
   * came closest. Whether our clock may be trusted at all is asked before (`clock-guard.ts`).
   */
  use(request: GrantRequest, now: Instant, wall: WallTime): GrantUse {
    let reason: GrantRefusal = "none";
    for (const { grant, endsAt } of this.#held.values()) {
      if (grant.subject !== request.peer || !covers(grant, request.operation, request.resource)) continue;
      const refusal = this.#refusal(grant, endsAt, request.bytes, now, wall);
      if (refusal === undefined) {
        for (const { id } of grantChain(grant)) this.#count(id, request.bytes);
        return { ok: true, grant };
      }
      reason = refusal;
    }
    return { ok: false, reason };
  }

  /**
   * Revokes a grant and, with it, all derived from it. It need not be held: its id may come first.
   * False, and a line in the log, when {@link REVOKED_GRANTS_MAX} that could still be shown are
   * remembered; a grant that was held is gone even then.
   */
  revoke(id: string, wall: WallTime): boolean {
    const known = [...this.#held.values()].flatMap(({ grant }) => grantChain(grant)).find((link) => link.id === id);
    const isRemembered = this.#remember(id, known?.notAfter ?? GRANT_NO_END, wall);
    this.#dropAllUnder(id);
    return isRemembered;
  }

  /**
   * The issuer of a genuine `grant` takes it back. Peers may not fill the memory for revocations:
   * from {@link REVOKED_BY_PEERS_MAX} on it is "full", and only what is held goes.
   */
  withdraw(grant: Grant, wall: WallTime): "withdrawn" | "issuer" | "full" {
    if (!this.#hasAuthority(grant)) return "issuer";
    if (wall > grant.notAfter + CLOCK_SKEW) return "withdrawn";
    const isRemembered = this.#remember(grant.id, grant.notAfter, wall, REVOKED_BY_PEERS_MAX);
    this.#dropAllUnder(grant.id);
    return isRemembered ? "withdrawn" : "full";
  }

  /** Revokes every grant for `peer`, and every one that it issued or passed on: trust in it ended. */
  forget(peer: PeerId, wall: WallTime): void {
    for (const { grant } of [...this.#held.values()]) {
      const its = grantChain(grant).find(({ issuer, subject }) => issuer === peer || subject === peer);
      if (its === undefined) continue;
      this.#remember(grant.id, grant.notAfter, wall);
      this.#drop(grant, "grantRevoked");
    }
  }

  /** Drops the grants whose time has run out. */
  handleTimeout(now: Instant): void {
    for (const { grant, endsAt } of [...this.#held.values()]) {
      if (endsAt !== undefined && endsAt <= now) this.#drop(grant, "grantExpired");
    }
  }

  nextTimeout(): Instant | undefined {
    if (this.#nextEnd === "unknown") {
      this.#nextEnd = undefined;
      for (const { endsAt } of this.#held.values()) this.#nextEnd = sooner(this.#nextEnd, endsAt);
    }
    return this.#nextEnd;
  }

  /** Usage counted since the last poll leaves as one transaction. */
  poll(): GrantBookOutput | undefined {
    if (this.#dirty.size > 0) {
      const puts = [...this.#dirty].map((id) => ({ key: USAGE_PREFIX + id, value: encodeUsage(this.usageOf(id)) }));
      this.#dirty.clear();
      this.#outputs.push(storeOutput(puts));
    }
    return this.#outputs.shift();
  }

  #refusal(
    grant: Grant,
    endsAt: Instant | undefined,
    bytes: number,
    now: Instant,
    wall: WallTime,
  ): GrantRefusal | undefined {
    const chain = grantChain(grant);
    if (chain.some(({ id }) => this.#revoked.has(id))) return "revoked";
    if (!this.#hasAuthority(grant)) return "issuer";
    const isCounted = this.#usage.size < USAGES_MAX || chain.every(({ id }) => this.#usage.has(id));
    if (!isCounted) return "limit";
    if (wall + CLOCK_SKEW < grant.notBefore) return "not-yet";
    if (wall > grant.notAfter + CLOCK_SKEW || (endsAt !== undefined && now >= endsAt)) return "expired";
    for (const { id, limits } of chain) {
      const used = this.usageOf(id);
      if (limits.uses !== undefined && used.uses + 1 > limits.uses) return "limit";
      if (limits.bytes !== undefined && used.bytes + bytes > limits.bytes) return "limit";
    }
    // Asked last and of all before any is taken, so that a refusal costs nothing.
    const buckets = chain.flatMap(({ id, limits }) => this.#bucket(id, limits.perMinute, now) ?? []);
    if (buckets.some((bucket) => bucket.available(now) < 1)) return "rate";
    for (const bucket of buckets) bucket.take(1, now);
    return undefined;
  }

  #bucket(id: string, perMinute: number | undefined, now: Instant): TokenBucket | undefined {
    if (perMinute === undefined) return undefined;
    let bucket = this.#rates.get(id);
    if (bucket === undefined) {
      bucket = new TokenBucket({ capacity: perMinute, perSecond: perMinute / 60, now });
      this.#rates.set(id, bucket);
    }
    return bucket;
  }

  /** The root's issuer must have the role to grant, and may give only what its own role permits. */
  #hasAuthority(grant: Grant): boolean {
    const root = grantChain(grant).at(-1) ?? grant;
    const role = this.#roleOf(root.issuer);
    if (!this.isAuthority(root.issuer)) return false;
    return grant.operations.every((operation) => !UNGRANTABLE.has(operation) && rolePermits(role, operation));
  }

  #genuine(bytes: Uint8Array): Grant | "malformed" | "not-genuine" {
    try {
      const grant = decodeGrant(bytes);
      return isGrantGenuine(this.#provider, grant) ? grant : "not-genuine";
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      return "malformed";
    }
  }

  #count(id: string, bytes: number): void {
    const usage = this.#usage.get(id) ?? { uses: 0, bytes: 0 };
    usage.uses++;
    usage.bytes += bytes;
    this.#usage.set(id, usage);
    this.#dirty.add(id);
  }

  #dropAllUnder(id: string): void {
    for (const { grant } of [...this.#held.values()])
      if (grantChain(grant).some((link) => link.id === id)) this.#drop(grant, "grantRevoked");
  }

  #drop(grant: Grant, event: "grantRevoked" | "grantExpired"): void {
    this.#held.delete(grant.id);
    this.#nextEnd = "unknown";
    const deletes = [GRANT_PREFIX + grant.id];
    // Usage of a link stays while any grant is left that counts on it: shown again, it must not start anew.
    for (const { id } of grantChain(grant)) {
      if ([...this.#held.values()].some((other) => grantChain(other.grant).some((link) => link.id === id))) continue;
      if (event === "grantRevoked" && !this.#revoked.has(id)) continue;
      this.#usage.delete(id);
      this.#rates.delete(id);
      this.#dirty.delete(id);
      deletes.push(USAGE_PREFIX + id);
    }
    this.#outputs.push(storeOutput([], deletes), { type: "grantEnded", peer: grant.subject, grant: grant.id });
    this.#audit({ event, peer: grant.subject, detail: grant.id });
  }

  #restoreUsage(id: string, value: Uint8Array): void {
    try {
      this.#usage.set(id, decodeUsage(value));
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      // Unreadable: as good as used up.
      this.#usage.set(id, { uses: Number.MAX_SAFE_INTEGER - 1, bytes: Number.MAX_SAFE_INTEGER - 1 });
      this.#outputs.push({ type: "damaged", key: USAGE_PREFIX + id });
    }
  }

  #remember(id: string, notAfter: number, wall: WallTime, max = REVOKED_GRANTS_MAX): boolean {
    if (this.#revoked.has(id)) return true;
    if (this.#revoked.size >= max) this.#forgetEnded(wall);
    if (this.#revoked.size >= max) {
      this.#audit({ event: "limitHit", detail: "revoked grants" });
      return false;
    }
    this.#revoked.set(id, notAfter);
    this.#outputs.push(storeOutput([{ key: REVOKED_PREFIX + id, value: new Writer(8).u64(notAfter).finish() }]));
    return true;
  }

  /** Those that would be refused as expired anyway. */
  #forgetEnded(wall: WallTime): void {
    const ended = [...this.#revoked].filter(([, notAfter]) => wall > notAfter + CLOCK_SKEW).map(([id]) => id);
    for (const id of ended) this.#revoked.delete(id);
    if (ended.length > 0)
      this.#outputs.push(
        storeOutput(
          [],
          ended.map((id) => REVOKED_PREFIX + id),
        ),
      );
  }

  #audit(record: AuditOutput["record"]): void {
    this.#outputs.push({ type: "audit", record });
  }
}

/** Eight bytes above what a number holds mean "no end", as damage would: a revocation is never lost. */
function readEnd(value: Uint8Array): number {
  const reader = new Reader(value);
  const end = reader.u32() * 2 ** 32 + reader.u32();
  return Math.min(end, GRANT_NO_END);
}

const encodeUsage = (usage: Usage): Uint8Array =>
  new Writer(17).u8(USAGE_VERSION).u64(usage.uses).u64(usage.bytes).finish();

function decodeUsage(bytes: Uint8Array): Usage {
  const reader = new Reader(bytes);
  if (reader.u8() !== USAGE_VERSION) throw new WireError("ERR_VERSION", "usage");
  const usage = { uses: reader.u64(), bytes: reader.u64() };
  reader.end();
  return usage;
}
