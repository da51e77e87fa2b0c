/**
 * Where clients find a relay of ours, and the text by which it is claimed (spec/relay.md §8).
 *
 *     kith:claim/CODE@ADDRESS
 *
 * @module
 */
import { networkInterfaces } from "node:os";
import { bytesToHex } from "@kith/core";
import type { RelayConfig } from "@kith/relay";
import { isPrivateHost } from "@kith/sdk";
import type { RunningRelay } from "./shell.ts";

type Found = Pick<RunningRelay, "publicUrl" | "port" | "relayKey">;

/**
 * Best first, each with the relay's key: whoever has it cannot be led to another relay. Without TLS only those that
 * clients take.
 */
export function clientAddresses(
  relay: Found,
  config: RelayConfig,
  hosts: readonly string[] = ownHosts(),
): readonly string[] {
  const isEverywhere = relay.publicUrl === undefined && config.tlsCert === undefined && isAny(config.host);
  if (!isEverywhere) return allAddresses(relay, config, hosts);
  const near = hosts.filter(isPrivateHost);
  return allAddresses(relay, config, near.length === 0 ? [LOOPBACK] : near);
}

/** Also those that only a browser goes to without TLS. */
export function allAddresses(
  relay: Found,
  { host, tlsCert }: RelayConfig,
  everywhere: readonly string[] = ownHosts(),
): readonly string[] {
  const end = `#${bytesToHex(relay.relayKey)}`;
  if (relay.publicUrl !== undefined) return [relay.publicUrl + end];
  const scheme = tlsCert === undefined ? "ws" : "wss";
  const hosts = isAny(host) ? everywhere : [host.includes(":") ? `[${host}]` : host];
  return hosts.map((one) => `${scheme}://${one}:${relay.port}${end}`);
}

/** For a node of the same machine, which may take the shortest way. */
export function ownAddress(relay: RunningRelay, config: RelayConfig): string {
  // A certificate is for the public name: only without one there is a shorter way than that.
  if (config.tlsCert !== undefined) return clientAddresses(relay, config)[0] ?? relay.address;
  const near = { port: relay.port, relayKey: relay.relayKey, publicUrl: undefined };
  return clientAddresses(near, isAny(config.host) ? { ...config, host: LOOPBACK } : config)[0] ?? relay.address;
}

const LOOPBACK = "127.0.0.1";
const isAny = (host: string): boolean => host === "::" || host === "0.0.0.0";

/** This machine's IPv4 addresses; where it has none, itself. */
function ownHosts(): readonly string[] {
  const all = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
  const hosts = all.filter(({ family, internal }) => family === "IPv4" && !internal).map(({ address }) => address);
  return hosts.length === 0 ? [LOOPBACK] : hosts;
}

export const claimUri = (address: string, code: string): string => `kith:claim/${code}@${address}`;

/** `undefined`: that is none. */
export function readClaimUri(text: string): { readonly address: string; readonly code: string } | undefined {
  const [, code, address] = /^kith:claim\/([0-9a-z-]{1,64})@(\S{1,400})$/i.exec(text.trim()) ?? [];
  return code === undefined || address === undefined ? undefined : { address, code };
}
