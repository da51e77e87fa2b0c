/**
 * What we say about ourselves in the TXT record (spec/discovery.md §3), and what others say:
 *
 *     v   "1"
 *     id, id2, id3 …   base64url of hints put together, 8 bytes each, at most 23 hints a key
 *     n   name, in privacy level open only
 *
 * All of it is a claim that anyone can make.
 *
 * @module
 */
import { base64urlToBytes, bytesToBase64url, cleanName, concatBytes, WireError } from "@kith/core";

const TXT_VERSION = "1";
const HINT_BYTES = 8;
/** 23 hints are 246 characters; a TXT string holds 255. */
const HINTS_PER_KEY = 23;
/** Hints announced and read: with a name they fill what a TXT record should hold (RFC 6763 §6.2). */
export const HINTS_MAX = 92;

export interface PresenceText {
  readonly name: string | undefined;
  readonly hints: readonly Uint8Array[];
}

/** Hints over {@link HINTS_MAX} are left out. `name` is at most 128 bytes. */
export function writePresence({ name, hints }: PresenceText): Record<string, string> {
  const txt: Record<string, string> = { v: TXT_VERSION };
  const told = hints.slice(0, HINTS_MAX);
  for (let i = 0; i < told.length; i += HINTS_PER_KEY) {
    const key = i === 0 ? "id" : `id${i / HINTS_PER_KEY + 1}`;
    txt[key] = bytesToBase64url(concatBytes(...told.slice(i, i + HINTS_PER_KEY)));
  }
  if (name !== undefined) txt["n"] = name;
  return txt;
}

/** Never throws: of what is malformed or of another version nothing is taken. */
export function readPresence(txt: Readonly<Record<string, string>>): PresenceText {
  if (txt["v"] !== TXT_VERSION) return { name: undefined, hints: [] };
  const hints: Uint8Array[] = [];
  for (let i = 0; i < HINTS_MAX / HINTS_PER_KEY; i++)
    hints.push(...readHints(txt[i === 0 ? "id" : `id${i + 1}`] ?? ""));
  const name = cleanName(txt["n"] ?? "");
  return { name: name === "" ? undefined : name, hints };
}

function readHints(text: string): Uint8Array[] {
  try {
    const bytes = base64urlToBytes(text);
    if (bytes.length % HINT_BYTES !== 0 || bytes.length > HINTS_PER_KEY * HINT_BYTES) return [];
    return Array.from({ length: bytes.length / HINT_BYTES }, (_, i) =>
      bytes.slice(i * HINT_BYTES, (i + 1) * HINT_BYTES),
    );
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return [];
  }
}
