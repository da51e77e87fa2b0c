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
import type { RunningRelay } from "./shell.ts";

/** Best first, each with the relay's key: whoever has it cannot be led to another relay. */
export function clientAddresses(relay: RunningRelay, { host, tlsCert }: RelayConfig): readonly string[] {
  const end = `#${bytesToHex(relay.relayKey)}`;
  if (relay.publicUrl !== undefined) return [relay.publicUrl + end];
  const scheme = tlsCert === undefined ? "ws" : "wss";
  const hosts = host === "::" || host === "0.0.0.0" ? ownHosts() : [host.includes(":") ? `[${host}]` : host];
  return hosts.map((one) => `${scheme}://${one}:${relay.port}${end}`);
}

/** For a node of the same machine, which may take the shortest way. */
export function ownAddress(relay: RunningRelay, config: RelayConfig): string {
  const isEverywhere = config.host === "::" || config.host === "0.0.0.0";
  const [address = relay.address] = clientAddresses(relay, isEverywhere ? { ...config, host: "127.0.0.1" } : config);
  return address;
}

/** This machine's IPv4 addresses; where it has none, itself. */
function ownHosts(): readonly string[] {
  const all = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
  const hosts = all.filter(({ family, internal }) => family === "IPv4" && !internal).map(({ address }) => address);
  return hosts.length === 0 ? ["127.0.0.1"] : hosts;
}

export const claimUri = (address: string, code: string): string => `kith:claim/${code}@${address}`;

/** `undefined`: that is none. */
export function readClaimUri(text: string): { readonly address: string; readonly code: string } | undefined {
  const [, code, address] = /^kith:claim\/([0-9a-z-]{1,64})@(\S{1,400})$/i.exec(text.trim()) ?? [];
  return code === undefined || address === undefined ? undefined : { address, code };
}
