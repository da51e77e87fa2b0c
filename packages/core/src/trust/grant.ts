/**
 * Grants: signed permissions beyond a role, for certain operations, within limits and times
 * (spec/trust.md §5). Checked anew at each use by `grant-book.ts`.
 *
 *     grant = u8 1 · 16 B id · 32 B issuer · 32 B subject
 *             · u8 count · count × text operation, ascending · text resource
 *             · varint uses a minute · varint uses · varint bytes (0: no limit)
 *             · u64 not before · u64 not after · u8 delegations · var parent (a grant, or nothing)
 *             · 64 B signature of the issuer over label "grant" and all before
 *
 * The holder of a grant with delegations left may derive a narrower one for someone else; it
 * carries its parent. Signatures are checked over the bytes received, never over ones made again.
 *
 * @module
 */
import { LABEL } from "../crypto/labels.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import type { LocalIdentity } from "../identity/keys.ts";
import { type PeerId, peerIdFromBytes, peerIdToBytes } from "../identity/peer-id.ts";
import { SIGNATURE_BYTES, signLabelled, verifyLabelled } from "../identity/signed.ts";
import { assert } from "../lib/assert.ts";
import { concatBytes } from "../lib/bytes.ts";
import { bytesToHex } from "../lib/hex.ts";
import type { RandomSource } from "../lib/random.ts";
import { Reader } from "../lib/reader.ts";
import { after, type Instant, millis, type WallTime, wallTime } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import {
  CLOCK_SKEW,
  GRANT_BYTES_MAX,
  GRANT_DELEGATIONS_MAX,
  GRANT_OPERATIONS_MAX,
  GRANT_RESOURCE_BYTES_MAX,
  PROTOCOL_NAME_BYTES_MAX,
} from "../wire/limits.ts";

const VERSION = 1;

/** For `notAfter`: until it is revoked. */
export const GRANT_NO_END: WallTime = wallTime(Number.MAX_SAFE_INTEGER);

export interface GrantLimits {
  readonly perMinute?: number;
  readonly uses?: number;
  readonly bytes?: number;
}

export interface GrantTerms {
  /** 1 to 8 names, ascending: operations of Kith, or protocol names of applications. */
  readonly operations: readonly string[];
  /** What they apply to, with all that follows after a "/"; empty: anything. */
  readonly resource: string;
  /** An absent limit is none; one of 0 cannot be written. */
  readonly limits: GrantLimits;
  readonly notBefore: WallTime;
  readonly notAfter: WallTime;
  /** How many times in a row it may be narrowed for another subject. */
  readonly delegations: number;
}

export interface Grant extends GrantTerms {
  /** 32 hexadecimal digits. */
  readonly id: string;
  readonly issuer: PeerId;
  readonly subject: PeerId;
  readonly parent?: Grant;
  /** As received, signature included. */
  readonly bytes: Uint8Array;
}

/** Signs a new grant. Terms that no decoder would take, or wider than `parent`, are our bug. */
export function issueGrant(
  provider: CryptoProvider,
  random: RandomSource,
  issuer: LocalIdentity,
  subject: PeerId,
  terms: GrantTerms,
  parent?: Grant,
): Grant {
  const { limits } = terms;
  const writer = new Writer(256).u8(VERSION).bytes(random(16));
  writer.bytes(peerIdToBytes(issuer.peerId)).bytes(peerIdToBytes(subject)).u8(terms.operations.length);
  for (const operation of terms.operations) writer.text(operation);
  writer
    .text(terms.resource)
    .varint(limits.perMinute ?? 0)
    .varint(limits.uses ?? 0)
    .varint(limits.bytes ?? 0);
  writer
    .u64(terms.notBefore)
    .u64(terms.notAfter)
    .u8(terms.delegations)
    .varBytes(parent?.bytes ?? new Uint8Array(0));
  const body = writer.finish();
  const grant = decodeGrant(concatBytes(body, signLabelled(provider, issuer, LABEL.grant, body)));
  assert(parent === undefined || isNarrower(grant, parent), "a derived grant must be narrower than its parent");
  return grant;
}

/** @throws {WireError} on a form that no issuer of ours makes. Says nothing about signatures. Copies `bytes`. */
export function decodeGrant(bytes: Uint8Array): Grant {
  return readGrant(bytes.slice(), GRANT_DELEGATIONS_MAX);
}

/** Whether every signature of the chain holds, and every link of it is narrower than the one before. */
export function isGrantGenuine(provider: CryptoProvider, grant: Grant): boolean {
  const end = grant.bytes.length - SIGNATURE_BYTES;
  const [body, signature] = [grant.bytes.subarray(0, end), grant.bytes.subarray(end)];
  if (!verifyLabelled(provider, grant.issuer, LABEL.grant, signature, body)) return false;
  return grant.parent === undefined || (isNarrower(grant, grant.parent) && isGrantGenuine(provider, grant.parent));
}

/** The grant and all that it is derived from; the last is the root, whose issuer needs authority of its own. */
export function grantChain(grant: Grant): readonly Grant[] {
  const chain = [grant];
  for (let parent = grant.parent; parent !== undefined; parent = parent.parent) chain.push(parent);
  return chain;
}

/** Whether `grant` is for this operation on this resource. */
export const covers = (grant: GrantTerms, operation: string, resource: string): boolean =>
  grant.operations.includes(operation) && isUnder(resource, grant.resource);

const isUnder = (resource: string, root: string): boolean =>
  root === "" || resource === root || resource.startsWith(`${root}/`);

/** When it is over on the monotonic clock, seen now for the first time; `undefined`: no end. */
export function grantEndsAt(grant: GrantTerms, now: Instant, wall: WallTime): Instant | undefined {
  if (grant.notAfter === GRANT_NO_END) return undefined;
  return after(now, millis(Math.max(0, grant.notAfter + CLOCK_SKEW - wall)));
}

const isNarrower = (child: Grant, parent: Grant): boolean =>
  child.issuer === parent.subject && areNarrower(child, parent);

/** Whether a holder of `parent` may pass on so much. */
export function areNarrower(child: GrantTerms, parent: GrantTerms): boolean {
  const isWithin = (a: number | undefined, b: number | undefined): boolean =>
    b === undefined || (a !== undefined && a <= b);
  return (
    child.delegations < parent.delegations &&
    child.operations.every((operation) => parent.operations.includes(operation)) &&
    isUnder(child.resource, parent.resource) &&
    child.notBefore >= parent.notBefore &&
    child.notAfter <= parent.notAfter &&
    isWithin(child.limits.perMinute, parent.limits.perMinute) &&
    isWithin(child.limits.uses, parent.limits.uses) &&
    isWithin(child.limits.bytes, parent.limits.bytes)
  );
}

function readGrant(bytes: Uint8Array, depthLeft: number): Grant {
  if (bytes.length > GRANT_BYTES_MAX) throw new WireError("ERR_TOO_LARGE", `grant of ${bytes.length} bytes`);
  const reader = new Reader(bytes);
  if (reader.u8() !== VERSION) throw new WireError("ERR_VERSION", "grant");
  const id = bytesToHex(reader.bytes(16));
  const issuer = peerIdFromBytes(reader.bytes(32));
  const subject = peerIdFromBytes(reader.bytes(32));
  const operations = readOperations(reader);
  const resource = reader.text(GRANT_RESOURCE_BYTES_MAX);
  const [perMinute, uses, byteLimit] = [reader.varint(), reader.varint(), reader.varint()];
  const notBefore = reader.u64() as WallTime;
  const notAfter = reader.u64() as WallTime;
  const delegations = reader.u8();
  const parentBytes = reader.varBytes(GRANT_BYTES_MAX);
  reader.bytes(SIGNATURE_BYTES);
  reader.end();
  if (notAfter < notBefore) throw new WireError("ERR_VALUE", "grant ends before it begins");
  if (delegations > GRANT_DELEGATIONS_MAX) throw new WireError("ERR_VALUE", `${delegations} delegations`);
  if (parentBytes.length > 0 && depthLeft === 0) throw new WireError("ERR_LIMIT", "grant derived too often");
  const parent = parentBytes.length > 0 ? readGrant(parentBytes, depthLeft - 1) : undefined;
  const limits = {
    ...(perMinute > 0 && { perMinute }),
    ...(uses > 0 && { uses }),
    ...(byteLimit > 0 && { bytes: byteLimit }),
  };
  const terms = { operations, resource, limits, notBefore, notAfter, delegations };
  return { id, issuer, subject, ...terms, ...(parent !== undefined && { parent }), bytes };
}

function readOperations(reader: Reader): readonly string[] {
  const count = reader.u8();
  if (count < 1 || count > GRANT_OPERATIONS_MAX) throw new WireError("ERR_VALUE", `${count} operations`);
  const operations: string[] = [];
  for (let i = 0; i < count; i++) {
    const name = reader.text(PROTOCOL_NAME_BYTES_MAX);
    if (!/^[a-z0-9][a-z0-9./_-]*$/.test(name)) throw new WireError("ERR_TEXT", "operation");
    if (name <= (operations.at(-1) ?? "")) throw new WireError("ERR_VALUE", "operations not ascending");
    operations.push(name);
  }
  return operations;
}
