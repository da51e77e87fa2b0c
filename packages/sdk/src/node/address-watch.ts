/**
 * Ends connections whose own address is gone: another network, a cable pulled, a lease that ran out.
 * The kernel would go on trying for many minutes; we know better, and dial anew.
 *
 * @module
 */
import type { Socket } from "node:net";
import type { Clock } from "../clock.ts";
import { plainAddress, withoutScope } from "./address.ts";
import { type LocalAddress, localAddresses, watchInterfaces } from "./interfaces.ts";

export class AddressWatch {
  readonly #options: { readonly clock: Clock; readonly look: () => LocalAddress[] };
  readonly #sockets = new Set<Socket>();
  #stop: (() => void) | undefined;

  constructor(options: { readonly clock: Clock; readonly look?: (() => LocalAddress[]) | undefined }) {
    this.#options = { clock: options.clock, look: options.look ?? localAddresses };
  }

  /** A connected socket; it is let go when it closes. */
  add(socket: Socket): void {
    this.#sockets.add(socket);
    this.#stop ??= watchInterfaces((now) => this.#check(now), this.#options);
    socket.once("close", () => this.#remove(socket));
  }

  #check(now: readonly LocalAddress[]): void {
    const here = new Set(now.map(({ address }) => address));
    for (const socket of this.#sockets) {
      const own = withoutScope(plainAddress(socket.localAddress ?? "")).toLowerCase();
      if (own !== "" && !here.has(own)) socket.destroy(new Error(`${own} is no longer ours`));
    }
  }

  #remove(socket: Socket): void {
    this.#sockets.delete(socket);
    if (this.#sockets.size > 0) return;
    this.#stop?.();
    this.#stop = undefined;
  }
}
