/**
 * Which relays `kith doctor` looks at: those that it is told, and those of the running node, each once.
 *
 * @module
 */
import type { RelayView } from "@kith/sdk";
import type { RelayToLookAt } from "@kith/sdk/node";

/** A key that the running node has pinned is what the relay must show; one in the address goes before it. */
export function relaysToLookAt(told: readonly string[], used: readonly RelayView[]): readonly RelayToLookAt[] {
  const hostOf = (address: string): string =>
    address
      .replace(/^wss?:\/\//i, "")
      .replace(/[/#].*$/, "")
      .toLowerCase();
  const pinned = new Map(used.map(({ host, key }) => [host, key]));
  const others = used.map(({ host }) => host).filter((host) => !told.some((address) => hostOf(address) === host));
  return [...told, ...others].map((address) => {
    const key = pinned.get(hostOf(address));
    return { address, ...(key !== undefined && { pinned: key }) };
  });
}
