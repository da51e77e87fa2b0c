/**
 * Our DNS-SD service as records (spec/discovery.md): which there are for one advertisement, under
 * which names, and how long others may keep them.
 *
 * @module
 */
import { assert } from "@kith/core";
import { type DnsRecord, dataBytes } from "./dns-message.ts";
import { fitLabel, foldName, joinLabels, LABEL_BYTES_MAX } from "./dns-name.ts";

export const SERVICE_TYPE = "_kith._tcp.local";
/** What lists all service types of a network, RFC 6763 §9. */
export const TYPES_NAME = "_services._dns-sd._udp.local";

/** RFC 6762 §10, in seconds: what depends on a host name or address, and everything else. */
export const HOST_TTL = 120;
export const OTHER_TTL = 4_500;

/** RFC 6763 §6.2: TXT data should fit one packet with the rest. */
export const TXT_BYTES_MAX = 1_300;
export const TXT_STRING_BYTES_MAX = 255;

/** What we say about ourselves. Everything in it is seen by the whole network. */
export interface Advert {
  /** Label of the instance, 1 to 63 bytes; renamed if taken. */
  readonly instance: string;
  /** Label of the host name: letters, digits, hyphens. Never the machine's own (dependencies §2). */
  readonly host: string;
  readonly port: number;
  /** `key=value` in this order; see {@link TXT_BYTES_MAX}. */
  readonly txt: Readonly<Record<string, string>>;
}

export interface ServiceRecords {
  readonly instanceName: string;
  readonly hostName: string;
  /** Names that several may have: answered after a short random wait. */
  readonly shared: readonly DnsRecord[];
  /** Names that are ours alone, once probed for. */
  readonly unique: readonly DnsRecord[];
}

/** The records of `advert` on a link where we have `addresses` (without scopes). */
export function serviceRecords(advert: Advert, addresses: readonly string[]): ServiceRecords {
  assert(fitLabel(advert.instance) === advert.instance && advert.instance !== "", "instance label");
  assert(/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/i.test(advert.host) && advert.host.length <= LABEL_BYTES_MAX, "host label");
  const instanceName = `${joinLabels([advert.instance])}.${SERVICE_TYPE}`;
  const hostName = `${advert.host}.local`;
  return {
    instanceName,
    hostName,
    shared: [
      { name: SERVICE_TYPE, ttl: OTHER_TTL, flush: false, data: { type: "PTR", target: instanceName } },
      { name: TYPES_NAME, ttl: OTHER_TTL, flush: false, data: { type: "PTR", target: SERVICE_TYPE } },
    ],
    unique: [
      { name: instanceName, ttl: HOST_TTL, flush: true, data: { type: "SRV", port: advert.port, target: hostName } },
      { name: instanceName, ttl: OTHER_TTL, flush: true, data: { type: "TXT", strings: txtStrings(advert.txt) } },
      ...addresses.map((address): DnsRecord => {
        const type = address.includes(":") ? "AAAA" : "A";
        return { name: hostName, ttl: HOST_TTL, flush: true, data: { type, address } };
      }),
    ],
  };
}

function txtStrings(txt: Readonly<Record<string, string>>): Uint8Array[] {
  const strings = Object.entries(txt).map(([key, value]) => new TextEncoder().encode(`${key}=${value}`));
  const bytes = strings.reduce((sum, { length }) => sum + 1 + length, 0);
  assert(bytes <= TXT_BYTES_MAX && strings.every(({ length }) => length <= TXT_STRING_BYTES_MAX), "TXT too long");
  return strings;
}

/** The keys of a TXT record, the first of each counting (RFC 6763 §6.4); what is no `key=value` is left out. */
export function readTxt(strings: readonly Uint8Array[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const bytes of strings) {
    const text = new TextDecoder().decode(bytes);
    const at = text.indexOf("=");
    const key = text.slice(0, at).toLowerCase();
    if (at > 0 && !found.has(key)) found.set(key, text.slice(at + 1));
  }
  return found;
}

/** Equal for records that say the same, whatever their lifetimes and the case of their names. */
export function recordKey({ name, data }: DnsRecord): string {
  const folded = "target" in data ? { ...data, target: foldName(data.target) } : data;
  return `${foldName(name)} ${data.type} ${Buffer.from(dataBytes(folded)).toString("latin1")}`;
}
