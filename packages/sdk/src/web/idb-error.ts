/**
 * What IndexedDB does wrong, in words that a person can act on.
 *
 * @module
 */
import { EndpointError } from "../endpoint-error.ts";

/** How an open database is lost: another tab wants it gone or newer, or the browser ended it. */
export type IdbLoss = "wanted" | "ended";

const STATES: Readonly<Record<string, string>> = {
  closed: "it is closed",
  blocked: "another tab erases it or holds an older version open; close the other tabs",
  wanted: "another tab erases it or brings it to a newer version; reload this one",
  ended: "the browser ended it: its data was cleared, or the disk failed; reload the page",
};

/** By the name of a `DOMException` (Indexed Database API 3.0 §3). */
const NAMES: Readonly<Record<string, string>> = {
  QuotaExceededError: "no space left: the browser gives this site no more, or the disk is full",
  VersionError: "a newer version made it",
  InvalidStateError: "it is closed, or the browser lost it; reload the page",
  SecurityError: "the browser does not let this page keep anything",
  NotAllowedError: "the browser does not let this page keep anything",
  NotFoundError: "it is not one of ours",
  UnknownError: "the browser cannot reach its data on the disk",
  DataCloneError: "it is no plain data",
};

/** `cause`: what was thrown, or the name of a state. */
export function storageError(what: "open" | "read" | "write" | "use" | "erase", cause: unknown): EndpointError {
  if (cause instanceof EndpointError) return cause;
  const message = `Cannot ${what} store: ${wordsFor(cause)}`;
  return new EndpointError("ERR_STORAGE", message, typeof cause === "string" ? {} : { cause });
}

function wordsFor(cause: unknown): string {
  if (typeof cause === "string") return STATES[cause] ?? cause;
  const isThere = "indexedDB" in globalThis;
  if (!isThere) return "this page has no IndexedDB";
  if (!(cause instanceof Error)) return "unknown reason";
  return NAMES[cause.name] ?? cause.message;
}
