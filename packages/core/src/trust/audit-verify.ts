/**
 * Checks an audit log, kept or exported, and writes the export (spec/trust.md §7).
 *
 *     export = line of JSON {"kith":"audit/1","head":hex} and one line for each entry:
 *              {"sequence","at","event","peer"?,"source"?,"detail"?,"entry":hex}
 *
 * The hexadecimal part is what is verified; the rest repeats it for people and must agree with it.
 *
 * @module
 */
import type { CryptoProvider } from "../crypto/provider.ts";
import type { PeerId } from "../identity/peer-id.ts";
import { bytesEqual } from "../lib/bytes.ts";
import { bytesToHex, hexToBytes } from "../lib/hex.ts";
import { WireError } from "../lib/wire-error.ts";
import { decodeAuditEntry } from "./audit-event.ts";
import { type AuditHead, auditEntryHash, decodeAuditHead, isAuditHeadSigned } from "./audit-head.ts";

export type AuditVerdict =
  | { readonly isIntact: true; readonly entries: number; readonly peer: PeerId }
  | {
      readonly isIntact: false;
      readonly reason: "head" | "signature" | "entry" | "order" | "chain" | "missing" | "text";
      /** How many entries before it are in order, and the sequence of the first that is not. */
      readonly entries: number;
      readonly firstBad?: number;
    };

/**
 * Walks `entries`, oldest first, from the head's first anchor to its hash. Finds any changed byte,
 * and any entry taken out, put in or moved.
 */
export function verifyAuditLog(
  provider: CryptoProvider,
  head: Uint8Array,
  entries: Iterable<Uint8Array>,
): AuditVerdict {
  const claimed = readHead(provider, head);
  if (typeof claimed === "string") return { isIntact: false, reason: claimed, entries: 0 };
  let expected: Uint8Array = claimed.anchors[0] ?? claimed.hash;
  let sequence = claimed.first;
  const bad = (reason: "entry" | "order" | "chain" | "missing"): AuditVerdict => ({
    isIntact: false,
    reason,
    entries: sequence - claimed.first,
    firstBad: sequence,
  });
  for (const bytes of entries) {
    const entry = decoded(bytes);
    if (entry === undefined) return bad("entry");
    if (sequence >= claimed.next || entry.sequence !== sequence) return bad("order");
    if (!bytesEqual(entry.previous, expected)) {
      // The one before was changed: its hash is no longer what this one names.
      sequence = Math.max(claimed.first, sequence - 1);
      return bad("chain");
    }
    expected = auditEntryHash(provider, bytes);
    sequence++;
  }
  if (sequence !== claimed.next) return bad("missing");
  if (!bytesEqual(expected, claimed.hash)) {
    sequence = Math.max(claimed.first, sequence - 1);
    return bad("chain");
  }
  return { isIntact: true, entries: sequence - claimed.first, peer: claimed.peer };
}

/** The lines of an export, without line ends. `entries` are oldest first. */
export function* exportAuditLog(head: Uint8Array, entries: Iterable<Uint8Array>): Iterable<string> {
  yield headLine(head);
  for (const bytes of entries) yield entryLine(bytes);
}

/** Checks the text of an export, which may be anything. */
export function verifyAuditExport(provider: CryptoProvider, text: string): AuditVerdict {
  const lines = text.split("\n").filter((line) => line !== "");
  const head = hexField(lines[0] ?? "", "head");
  if (head === undefined || headLine(head) !== lines[0]) return { isIntact: false, reason: "head", entries: 0 };
  const entries: Uint8Array[] = [];
  for (const [index, line] of lines.slice(1).entries()) {
    const bytes = hexField(line, "entry");
    // What people read must be what was signed: the line is made again and compared.
    const isSame = bytes !== undefined && decoded(bytes) !== undefined && entryLine(bytes) === line;
    if (!isSame) return { isIntact: false, reason: "text", entries: index };
    entries.push(bytes);
  }
  return verifyAuditLog(provider, head, entries);
}

function readHead(provider: CryptoProvider, bytes: Uint8Array): AuditHead | "head" | "signature" {
  try {
    const head = decodeAuditHead(bytes);
    return isAuditHeadSigned(provider, bytes) ? head : "signature";
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return "head";
  }
}

function decoded(bytes: Uint8Array): ReturnType<typeof decodeAuditEntry> | undefined {
  try {
    return decodeAuditEntry(bytes);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return undefined;
  }
}

const headLine = (head: Uint8Array): string => JSON.stringify({ kith: "audit/1", head: bytesToHex(head) });

function entryLine(bytes: Uint8Array): string {
  const { sequence, at, event, peer, source, detail } = decodeAuditEntry(bytes);
  return JSON.stringify({ sequence, at, event, peer, source, detail, entry: bytesToHex(bytes) });
}

function hexField(line: string, field: string): Uint8Array | undefined {
  const found = new RegExp(`"${field}":"([0-9a-f]*)"}$`).exec(line);
  try {
    return found?.[1] === undefined ? undefined : hexToBytes(found[1]);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return undefined;
  }
}
