/**
 * Earlier versions of a document, as a list shows them and a device keeps them.
 *
 *     history/<room>/<name>/about/<number, 12 digits>   →   JSON: {@link VersionRecord}
 *     history/<room>/<name>/update/<number>             →   an update of Yjs: what it has beyond the version before
 *
 * @module
 */
import { bytesToHex, bytesToText, hexToBytes, type PeerId, parsePeerId, textToBytes } from "@kith/core";

export interface DocVersion {
  /** Of this document on this device; later ones have higher numbers. */
  readonly number: number;
  /** When the last of it was written, or came; milliseconds since 1970. */
  readonly at: number;
  /** Whose edits it has, since the version before. */
  readonly by: readonly PeerId[];
  /** Who brought what others may have written, as after an absence. */
  readonly broughtBy: readonly PeerId[];
  /** A person kept it under this name. */
  readonly name: string | undefined;
  /** It is that earlier version again, of this time. */
  readonly broughtBackFrom: number | undefined;
}

/** As it is kept. */
export interface VersionRecord extends DocVersion {
  /** Where the document stood. */
  readonly vector: Uint8Array;
  /** Of the update. */
  readonly bytes: number;
}

export const VERSION_NAME_CHARACTERS_MAX = 80;
const DIGITS = 12;
const PEERS_MAX = 64;

export const aboutKey = (prefix: string, number: number): string => `${prefix}about/${padded(number)}`;
export const updateKey = (prefix: string, number: number): string => `${prefix}update/${padded(number)}`;
const padded = (number: number): string => String(number).padStart(DIGITS, "0");

export function writeVersion(record: VersionRecord): Uint8Array {
  const { by, broughtBy, vector, ...rest } = record;
  const peers = { by: by.slice(0, PEERS_MAX), broughtBy: broughtBy.slice(0, PEERS_MAX) };
  return textToBytes(JSON.stringify({ ...rest, ...peers, vector: bytesToHex(vector) }));
}

/** It comes from our own store; damaged, there is no such version. */
export function readVersion(value: Uint8Array): VersionRecord | undefined {
  try {
    const { number, at, by, broughtBy, name, broughtBackFrom, vector, bytes } = JSON.parse(bytesToText(value));
    if (![number, at, bytes].every(Number.isSafeInteger)) return undefined;
    return {
      ...{ number, at, bytes, by: peersOf(by), broughtBy: peersOf(broughtBy), vector: hexToBytes(String(vector)) },
      name: typeof name === "string" ? name : undefined,
      broughtBackFrom: Number.isSafeInteger(broughtBackFrom) ? broughtBackFrom : undefined,
    };
  } catch {
    return undefined;
  }
}

const peersOf = (value: unknown): PeerId[] =>
  (Array.isArray(value) ? value : []).flatMap((text) => parsePeerId(String(text)) ?? []);
