/**
 * A counter that a room shares: everybody adds with Enter, and all see the same sum, whatever was lost or
 * came in another order on the way.
 *
 *     node examples/shared-counter.ts NAME [INVITATION]
 */
import { createInterface } from "node:readline";
import { createEndpoint } from "@kith/sdk/node";

const [name = "Ada", ticket] = process.argv.slice(2);
await using endpoint = await createEndpoint({ anonymous: true, host: "127.0.0.1", discovery: false, name });
const { rooms, id } = endpoint;
const room = ticket === undefined ? await rooms.create("Counter") : await rooms.join(ticket);
if (ticket === undefined) console.log(`invitation ${(await room.invite()).links[0]}`);

// What each member added in all. It only grows, so the largest that was heard is the newest.
const added = new Map([[id, 0]]);
const counter = room.broadcast("counter/1");

async function say(): Promise<void> {
  await counter.send(new Uint8Array(Uint32Array.of(added.get(id) ?? 0).buffer));
}
async function listen(): Promise<void> {
  for await (const { from, bytes } of counter.messages) {
    const [count = 0] = new Uint32Array(bytes.slice(0, 4).buffer);
    added.set(from, Math.max(count, added.get(from) ?? 0));
    console.log(`counter ${[...added.values()].reduce((sum, each) => sum + each, 0)}`);
  }
}
void listen();
let members = 0;
room.members.subscribe(() => {
  if (room.members.get().length > members) void say(); // for who came just now
  members = room.members.get().length;
});
for await (const _ of createInterface(process.stdin)) {
  added.set(id, (added.get(id) ?? 0) + 1);
  await say();
}
