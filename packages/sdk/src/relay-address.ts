/**
 * Where a relay is: `wss://host[:port][#key[.pass]]`, or the host alone. Without TLS only on this machine and in private
 * networks: elsewhere everybody on the way would see who meets whom. `key` is the relay's, 64 hexadecimal digits;
 * with it the first connection is as safe as all others. `pass`, 32 digits, lets one in where strangers are not
 * welcome: its owner gave it (spec/relay.md §8).
 *
 * @module
 */
import { bytesEqual, hexToBytes, isRelayHost } from "@kith/core";
import { EndpointError } from "./endpoint-error.ts";

export interface RelayAddress {
  /** `host[:port]`, lower case: what people see, and what a pinned key belongs to. */
  readonly host: string;
  /** What others are told to connect to. */
  readonly address: string;
  /** Of its WebSocket, for us: of that address, unless there is a shorter way. */
  readonly url: string;
  readonly relayKey: Uint8Array | undefined;
  /** Lets us in where strangers are not welcome. */
  readonly pass: Uint8Array | undefined;
}

/** `undefined` for anything else. */
export function parseRelayAddress(text: string): RelayAddress | undefined {
  const match = /^(?:(wss?):\/\/)?([^/#?@\s]{1,255})\/?(?:#([0-9a-f]{64})(?:\.([0-9a-f]{32}))?)?$/i.exec(text.trim());
  const [, given, authority = "", key, pass] = match ?? [];
  const host = authority.toLowerCase();
  if (match === null || !isRelayHost(host)) return undefined;
  const isNear = isPrivateHost(host);
  const scheme = given?.toLowerCase() ?? (isNear ? "ws" : "wss");
  if (scheme === "ws" && !isNear) return undefined;
  const relayKey = key === undefined ? undefined : hexToBytes(key.toLowerCase());
  return {
    ...{ host, address: `${scheme}://${host}`, url: `${scheme}://${host}/kith/1`, relayKey },
    pass: pass === undefined ? undefined : hexToBytes(pass.toLowerCase()),
  };
}

/**
 * Several, each host once: a second connection to one would throw out the first.
 * @throws {EndpointError} `ERR_ARGUMENT`
 */
export function readRelayAddresses(texts: readonly string[]): readonly RelayAddress[] {
  const byHost = new Map<string, RelayAddress>();
  for (const text of texts) {
    const address = parseRelayAddress(text);
    if (address === undefined)
      throw new EndpointError("ERR_ARGUMENT", `Cannot use the relay ${JSON.stringify(text)}: ${faultOf(text)}`);
    byHost.set(address.host, address);
  }
  return [...byHost.values()];
}

const faultOf = (text: string): string =>
  parseRelayAddress(text.trim().replace(/^ws:/i, "wss:")) === undefined
    ? "wss://host[:port][#key]"
    : "without TLS (ws://) only on this machine and in private networks";

/** Loopback, or an address that is routed nowhere else (RFC 1918, RFC 3927, RFC 4193, RFC 4291 §2.5.6). Names are not, but `localhost`. */
export function isPrivateHost(host: string): boolean {
  const name = host.replace(/:\d+$/, "").replace(/^\[|\]$/g, "");
  if (name === "localhost" || name.endsWith(".localhost") || name === "::1") return true;
  if (/^f[cd][0-9a-f]{2}:/.test(name) || /^fe[89ab][0-9a-f]:/.test(name)) return true;
  const [, a, b] = /^(\d{1,3})\.(\d{1,3})\.\d{1,3}\.\d{1,3}$/.exec(name)?.map(Number) ?? [];
  if (a === undefined || b === undefined) return false;
  return (
    a === 127 || a === 10 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168) || (a === 169 && b === 254)
  );
}

export const isSameAddress = (a: RelayAddress, b: RelayAddress): boolean =>
  a.url === b.url && isSame(a.relayKey, b.relayKey) && isSame(a.pass, b.pass);
const isSame = (a: Uint8Array | undefined, b: Uint8Array | undefined): boolean =>
  a === undefined || b === undefined ? a === b : bytesEqual(a, b);
