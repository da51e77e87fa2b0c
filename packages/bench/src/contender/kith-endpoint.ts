/**
 * Endpoints of Kith for one run: on 127.0.0.1, with identities that both processes can derive, each
 * pinned at the other as a contact, as the TLS contender's two certificates are.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { identityFromSeed, type LocalIdentity, Secret } from "@kith/core";
import { createEndpoint, type Endpoint, type EndpointOptions } from "@kith/sdk";
import { nodeProvider, tcpTransport } from "@kith/sdk/node";

export const PROTOCOL = "bench/1";

/** The same in every process: a benchmark keeps no secret. */
export function benchIdentity(name: string): LocalIdentity {
  const seed = createHash("sha256").update(`kith bench ${name}`).digest();
  return identityFromSeed(nodeProvider, new Secret(new Uint8Array(seed)));
}

/** An endpoint called `name` that has all of `contacts` pinned. */
export async function benchEndpoint(
  name: string,
  contacts: readonly string[],
  options: Partial<EndpointOptions> = {},
): Promise<Endpoint> {
  const endpoint = await createEndpoint({
    identity: benchIdentity(name),
    name,
    protocols: [PROTOCOL],
    provider: nodeProvider,
    endOfTurn: (run) => process.nextTick(run),
    transports: [tcpTransport({ host: "127.0.0.1" })],
    directLinksMax: 64,
    ...options,
  });
  for (const contact of contacts) await endpoint.trust.add(benchIdentity(contact).peerId, { name: contact });
  return endpoint;
}
