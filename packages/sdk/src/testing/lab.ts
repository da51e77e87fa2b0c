/**
 * Endpoints for tests: real ones, on a network in memory.
 *
 * @module
 */
import type { Endpoint } from "../api.ts";
import { createEndpoint, type EndpointOptions } from "../create-endpoint.ts";
import type { Observable } from "../observable.ts";
import { MemoryNetwork } from "./memory-transport.ts";

export class Lab {
  readonly network: MemoryNetwork = new MemoryNetwork();

  /** An endpoint called `name`, on a machine of that name. */
  endpoint(name: string, options: Partial<EndpointOptions> = {}): Promise<Endpoint> {
    return createEndpoint({ name, transports: [this.network.transport(name.toLowerCase())], ...options });
  }

  /** Two endpoints that have each other's key. */
  async pair(options: Partial<EndpointOptions> = {}): Promise<readonly [Endpoint, Endpoint]> {
    const [ada, ben] = await Promise.all([this.endpoint("Ada", options), this.endpoint("Ben", options)]);
    await ada.trust.add(ben.id, { name: "Ben" });
    await ben.trust.add(ada.id, { name: "Ada" });
    return [ada, ben];
  }
}

/** The first thing that `find` sees in an observable, now or later. */
export async function until<T, U>(observable: Observable<T>, find: (value: T) => U | undefined): Promise<U> {
  for (;;) {
    const found = find(observable.get());
    if (found !== undefined) return found;
    await new Promise<void>((resolve) => {
      const stop = observable.subscribe(() => {
        stop();
        resolve();
      });
    });
  }
}

/** The first thing that comes. */
export async function first<T>(things: AsyncIterable<T>): Promise<T> {
  for await (const thing of things) return thing;
  throw new Error("nothing came");
}
