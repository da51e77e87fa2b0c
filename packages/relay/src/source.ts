/**
 * Where a connection comes from: what counts as one source (spec/relay.md §6), and what of it may stand in a log.
 *
 * @module
 */
import { BlockList, isIP } from "node:net";
import { sourceOf } from "@kith/core";
import { prefixList } from "./config.ts";

/** Of X-Forwarded-For; more hops than this is nobody's set-up. */
const FORWARDED_LENGTH_MAX = 1_024;

/** Bits of an IPv6 address that count as one source: what one customer may get. */
const IPV6_SOURCE_BITS = 48;

/** An IPv4 address, or the /48 of an IPv6 one. */
export const relaySourceOf = (address: string): string => sourceOf(address, IPV6_SOURCE_BITS);

/** A source as it may be logged: the /24 of an IPv4 address, the /48 of an IPv6 one. */
export function loggedSource(source: string): string {
  return isIP(source) === 4 ? source.replace(/\.\d+$/, ".0/24") : source.replace(/%.*$/, "");
}

/** This machine and private networks: who may read metrics unless told otherwise. */
export const LOCAL_PREFIXES: readonly string[] = [
  ...["127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"],
  ...["::1/128", "fc00::/7", "fe80::/10"],
];

export class AddressSet {
  readonly #list: BlockList;

  constructor(prefixes: readonly string[]) {
    this.#list = prefixList(prefixes) ?? new BlockList();
  }

  has(address: string): boolean {
    const bare = plainAddress(address);
    const version = isIP(bare);
    return version !== 0 && this.#list.check(bare, version === 4 ? "ipv4" : "ipv6");
  }
}

/**
 * The client's address: the socket's, unless that is a trusted proxy's; then the last in X-Forwarded-For that is
 * no trusted proxy's. What stands further left was written by whoever it names, and is believed by nobody.
 */
export function clientAddress(remote: string, forwarded: string | undefined, trusted: AddressSet): string {
  let address = plainAddress(remote);
  if (forwarded === undefined || forwarded.length > FORWARDED_LENGTH_MAX) return address;
  const hops = forwarded.split(",").map((hop) => plainAddress(hop.trim()));
  while (trusted.has(address)) {
    const hop = hops.pop();
    if (hop === undefined || isIP(hop) === 0) break;
    address = hop;
  }
  return address;
}

/** `::ffff:192.0.2.1` → `192.0.2.1`, `[::1]` → `::1`: an IPv4 address is one however it arrived. */
function plainAddress(address: string): string {
  const bare = address.replace(/^\[(.*)\]$/, "$1").replace(/%.*$/, "");
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare);
  return mapped?.[1] ?? bare;
}
