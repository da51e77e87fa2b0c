/**
 * The machine's network interfaces: what they are now, and word when that changes. Node has no event
 * for it, so it looks every few seconds; a change of address, or waking on another network, is
 * noticed within {@link LOOK_EVERY}.
 *
 * @module
 */
import { networkInterfaces } from "node:os";
import { type Duration, millis } from "@kith/core";
import type { Clock } from "../clock.ts";
import { isLinkLocal } from "./address.ts";

export interface LocalAddress {
  /** Name of the interface, `eth0`. */
  readonly link: string;
  /** Without scope. */
  readonly address: string;
  readonly family: "ipv4" | "ipv6";
  /** `192.168.1.0/24` or so: what else is on that link. */
  readonly cidr: string;
  readonly isLoopback: boolean;
  /** Scope id of link-local IPv6 addresses, as sockets want it. */
  readonly scope: number;
}

export const LOOK_EVERY: Duration = millis(3_000);

/** Made by containers, virtual machines and tunnels: rarely where a neighbour is. */
const VIRTUAL = /^(docker|br-|veth|virbr|vmnet|vboxnet|tun|tap|utun|wg|tailscale|zt|lxc|lxd|cni|flannel|podman)/i;

/** Every address that is up, most useful for neighbours first. */
export function localAddresses(): LocalAddress[] {
  const found: LocalAddress[] = [];
  for (const [link, entries] of Object.entries(networkInterfaces())) {
    for (const entry of entries ?? []) {
      found.push({
        link,
        address: entry.address.toLowerCase(),
        family: entry.family === "IPv4" ? "ipv4" : "ipv6",
        cidr: entry.cidr ?? entry.address,
        isLoopback: entry.internal,
        scope: entry.family === "IPv6" ? (entry.scopeid ?? 0) : 0,
      });
    }
  }
  return found.sort((a, b) => rank(a) - rank(b));
}

/** Subnets that our interfaces are in. */
export const localSubnets = (): string[] => localAddresses().map(({ cidr }) => cidr);

/** Addresses worth telling others: no loopback, and no link-local ones, whose scope means nothing elsewhere. */
export function reachableAddresses(all: readonly LocalAddress[] = localAddresses()): LocalAddress[] {
  return all.filter(({ address, family, isLoopback }) => !isLoopback && !(family === "ipv6" && isLinkLocal(address)));
}

/** Calls `changed` when the set of addresses has changed; returns how to stop looking. */
export function watchInterfaces(
  changed: (now: readonly LocalAddress[]) => void,
  options: { readonly clock: Clock; readonly look?: () => LocalAddress[] },
): () => void {
  const look = options.look ?? localAddresses;
  let known = signature(look());
  let cancel = (): void => {};
  const again = (): void => {
    cancel = options.clock.schedule(LOOK_EVERY, () => {
      const now = look();
      again();
      if (signature(now) === known) return;
      known = signature(now);
      changed(now);
    });
  };
  again();
  return () => cancel();
}

const signature = (addresses: readonly LocalAddress[]): string =>
  addresses.map(({ link, address, scope }) => `${link} ${address} ${scope}`).join("\n");

function rank(address: LocalAddress): number {
  const virtual = VIRTUAL.test(address.link) ? 10 : 0;
  const loopback = address.isLoopback ? 20 : 0;
  const family = address.family === "ipv4" ? 0 : isLinkLocal(address.address) ? 2 : 1;
  return virtual + loopback + family;
}
