/**
 * Endpoints for tests: real ones, on a network in memory.
 *
 * @module
 */
import type { Endpoint } from "../api.ts";
import { createEndpoint, type EndpointOptions } from "../create-endpoint.ts";
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
