/**
 * Sends back whatever its guests send on channels of a protocol of its own, `echo/1`.
 *
 *     node examples/echo-server.ts HOME PORT PEERID…
 */
import { parsePeerId } from "@kith/core";
import type { Channel, PeerSession } from "@kith/sdk";
import { createEndpoint } from "@kith/sdk/node";

const [home = "echo-home", port = "0", ...guests] = process.argv.slice(2);
await using endpoint = await createEndpoint({ home, name: "Echo", port: Number(port), protocols: ["echo/1"] });
for (const guest of guests.map(parsePeerId)) {
  if (guest === undefined) throw new Error("A guest is a PeerId: 64 hexadecimal digits");
  await endpoint.trust.add(guest, { name: "Guest", role: "member" });
}
console.log(`${endpoint.id} listens at ${endpoint.addresses.get().join(", ")}`);

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void endpoint.close());
for await (const session of endpoint.sessions) void serve(session); // ends when the endpoint is closed

async function serve(session: PeerSession): Promise<void> {
  for await (const channel of session.channels) void echo(channel).catch(() => channel.reset());
}

async function echo(channel: Channel): Promise<void> {
  for await (const message of channel.messages) await channel.send(message); // waits while the guest is slow
  await channel.finish();
}
