/**
 * One client's awareness in the form of y-protocols, read before it is believed:
 *
 *     varint 1 · varint client · varint clock · text of JSON (varint length · UTF-8)
 *
 * @module
 */
import { withReadCursor } from "./cursor.ts";

export const PRESENCE_BYTES_MAX = 8_192;
const VARINT_BYTES_MAX = 8;

export interface Presence {
  readonly client: number;
  readonly clock: number;
  /** `null`: it has gone. */
  readonly state: Readonly<Record<string, unknown>> | null;
}

/** `undefined` for anything that is not about exactly one client. */
export function readPresence(bytes: Uint8Array): Presence | undefined {
  if (bytes.length > PRESENCE_BYTES_MAX) return undefined;
  const reader = { bytes, at: 0 };
  if (readVarint(reader) !== 1) return undefined;
  const client = readVarint(reader);
  const clock = readVarint(reader);
  const length = readVarint(reader);
  if (client === undefined || clock === undefined || length !== bytes.length - reader.at) return undefined;
  const state = readState(bytes.subarray(reader.at));
  return state === undefined ? undefined : { client, clock, state };
}

/** What {@link readPresence} reads, and y-protocols. */
export function writePresence({ client, clock, state }: Presence): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(state));
  return Uint8Array.from([1, ...varint(client), ...varint(clock), ...varint(json.length), ...json]);
}

function readVarint(reader: { readonly bytes: Uint8Array; at: number }): number | undefined {
  let value = 0;
  for (let index = 0; index < VARINT_BYTES_MAX; index++) {
    const byte = reader.bytes[reader.at++];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 128 ** index;
    if (byte < 0x80) return Number.isSafeInteger(value) ? value : undefined;
  }
  return undefined;
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push(128 + (rest % 128));
  }
}

function readState(bytes: Uint8Array): Presence["state"] | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (value === null) return null;
    return typeof value === "object" && !Array.isArray(value) ? withReadCursor({ ...value }) : undefined;
  } catch {
    return undefined;
  }
}
