/**
 * What an address counts as, where strangers are counted (spec/handshake.md §6): an IPv4 address, or the
 * /56 of an IPv6 one, which is what one customer gets; a relay counts by /48. Never a name that the peer chose.
 *
 * @module
 */

/** Longest label kept of an address that is neither: a relay's opaque word for where someone came from. */
const LABEL_LENGTH_MAX = 128;

/**
 * `192.0.2.1` → itself; `::ffff:192.0.2.1` → `192.0.2.1`; `2001:db8:1:2ab::1` → `2001:db8:1:200/56`;
 * `fe80::1%eth0` → `fe80:0:0:0/56%eth0`: a scope is ours, not the peer's. Anything else as it is, cut to 128.
 */
export function sourceOf(address: string, bits: 56 | 48 = 56): string {
  const [bare = "", scope] = address.split("%", 2);
  const groups = parseIpv6(bare);
  if (groups === undefined) return address.slice(0, LABEL_LENGTH_MAX);
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = groups;
  if (a === 0 && b === 0 && c === 0 && d === 0 && e === 0 && f === 0xffff) {
    return [g >> 8, g & 0xff, h >> 8, h & 0xff].join(".");
  }
  const prefix = (bits === 56 ? [a, b, c, d & 0xff00] : [a, b, c]).map((group) => group.toString(16)).join(":");
  return `${prefix}/${bits}${scope === undefined ? "" : `%${scope.slice(0, 32)}`}`;
}

/** The eight groups of an address, `undefined` if it is none (RFC 4291 §2.2). */
function parseIpv6(text: string): number[] | undefined {
  if (!text.includes(":") || text.length > 45) return undefined;
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map(parseGroups);
  if (head === undefined) return undefined;
  if (halves.length === 1) return head.length === 8 ? head : undefined;
  if (tail === undefined || head.length + tail.length > 7) return undefined;
  return [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => 0), ...tail];
}

function parseGroups(text: string): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  for (const [index, part] of text.split(":").entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
    else {
      const quad = index > 0 || !text.includes(":") ? parseIpv4(part) : undefined;
      if (quad === undefined || !text.endsWith(part)) return undefined;
      groups.push(...quad);
    }
  }
  return groups;
}

function parseIpv4(text: string): readonly [number, number] | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  const [a, b, c, d] = (match ?? []).slice(1).map(Number);
  if (a === undefined || b === undefined || c === undefined || d === undefined) return undefined;
  if (Math.max(a, b, c, d) > 255) return undefined;
  return [(a << 8) | b, (c << 8) | d];
}
