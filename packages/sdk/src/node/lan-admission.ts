/**
 * Which pages a node lends its network (spec/lan.md §2): those that it served itself, to somebody near.
 *
 * @module
 */
import { isIP } from "node:net";
import { isNear } from "./address.ts";

/** Whoever asks for a WebSocket. */
export interface LanCaller {
  readonly headers: { readonly host?: string | undefined; readonly origin?: string | undefined };
  /** Its address, by what trusted proxies say. */
  readonly address: string;
}

/** An answer of HTTP that is a no. */
export interface LanRefusal {
  readonly status: number;
  readonly reason: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const FORBIDDEN: LanRefusal = { status: 403, reason: "Forbidden" };

/**
 * @param names hosts, beside addresses and localhost, by which the node is reached
 * @returns why there is nothing for it; `undefined` if it may
 */
export function lanRefusal({ headers, address }: LanCaller, names: readonly string[]): LanRefusal | undefined {
  if (!isNear(address, [])) return FORBIDDEN;
  const host = headers.host?.toLowerCase() ?? "";
  // A name that its owner lets point at this machine would make the owner's page one of ours (DNS rebinding).
  if (!isOwnHost(host, names)) return { status: 421, reason: "Misdirected Request" };
  return isOriginOf(headers.origin ?? "", host) ? undefined : FORBIDDEN;
}

function isOwnHost(host: string, names: readonly string[]): boolean {
  const [, bracketed, plain = ""] = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+))(?::\d{1,5})?$/.exec(host) ?? [];
  if (bracketed !== undefined) return isIP(bracketed) === 6;
  return isIP(plain) === 4 || plain === "localhost" || names.some((name) => name.toLowerCase() === plain);
}

function isOriginOf(origin: string, host: string): boolean {
  const url = URL.parse(origin);
  return (url?.protocol === "http:" || url?.protocol === "https:") && url.host === host && url.origin === origin;
}
