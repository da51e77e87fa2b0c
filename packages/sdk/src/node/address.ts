/**
 * IP addresses as text: one spelling for each, and which of them are near. Kith answers the local
 * network only, unless told otherwise: private, link-local and loopback ranges, and the subnets
 * that this machine's own interfaces are in (a LAN may well have global IPv6 addresses).
 *
 * @module
 */
import { BlockList, isIP, isIPv4, isIPv6 } from "node:net";

const NEAR_IPV4 = [
  ["10.0.0.0", 8], //      RFC 1918
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["169.254.0.0", 16], //  link-local, RFC 3927
  ["127.0.0.0", 8],
  ["100.64.0.0", 10], //   shared space, RFC 6598: overlay networks hand these out
] as const;

const NEAR_IPV6 = [
  ["fe80::", 10], //       link-local
  ["fc00::", 7], //        unique local, RFC 4193
  ["::1", 128],
] as const;

const nearRanges = new BlockList();
for (const [network, prefix] of NEAR_IPV4) nearRanges.addSubnet(network, prefix, "ipv4");
for (const [network, prefix] of NEAR_IPV6) nearRanges.addSubnet(network, prefix, "ipv6");

/** `::ffff:192.0.2.1` as `192.0.2.1`, IPv6 in lower case; anything else unchanged. */
export function plainAddress(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined && isIPv4(mapped)) return mapped;
  return isIPv6(address) ? address.replace(/^[^%]*/, (digits) => digits.toLowerCase()) : address;
}

/** Without `%scope`. */
export const withoutScope = (address: string): string => address.replace(/%.*$/, "");

export const isLinkLocal = (address: string): boolean => /^fe[89ab]/i.test(address);

/** Whether `address` is one that a local network uses, or in one of `subnets` (`192.0.2.0/24`). */
export function isNear(address: string, subnets: readonly string[]): boolean {
  const plain = withoutScope(plainAddress(address));
  const family = isIP(plain) === 4 ? "ipv4" : "ipv6";
  if (isIP(plain) === 0) return false;
  if (nearRanges.check(plain, family)) return true;
  return inSubnets(plain, subnets);
}

/** Whether `address` is in one of `subnets`; entries that are no subnet or address match nothing. */
export function inSubnets(address: string, subnets: readonly string[]): boolean {
  const plain = withoutScope(plainAddress(address));
  if (isIP(plain) === 0) return false;
  const list = new BlockList();
  for (const subnet of subnets) {
    const [network = "", prefix] = subnet.split("/");
    const bits = isIP(network) === 4 ? 32 : 128;
    const length = prefix === undefined ? bits : Number(prefix);
    if (isIP(network) === 0 || !Number.isInteger(length) || length < 0 || length > bits) continue;
    list.addSubnet(network, length, bits === 32 ? "ipv4" : "ipv6");
  }
  return list.check(plain, isIP(plain) === 4 ? "ipv4" : "ipv6");
}
