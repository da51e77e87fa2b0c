/** What can stand for a relay in an address. */
import { RELAY_ADDRESS_BYTES_MAX } from "../wire/relay-limits.ts";

/** Name, IPv4 address or IPv6 address in brackets, and a port where it is not the usual one. */
export function isRelayHost(text: string): boolean {
  if (text.length > RELAY_ADDRESS_BYTES_MAX) return false;
  const [, ipv6, name, port] = /^(?:\[([0-9a-f:.]{2,45})\]|([^:[\]]+))(?::([0-9]{1,5}))?$/i.exec(text) ?? [];
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) return false;
  if (ipv6 !== undefined) return ipv6.includes(":");
  return name?.split(".").every((label) => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i.test(label)) === true;
}
