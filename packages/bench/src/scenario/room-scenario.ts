/** A room over loopback TCP: from `join` with an invitation to the first message of the room, at who came in. */
import { createEndpoint } from "@kith/sdk/node";
import { percentile, type Scenario } from "./scenario.ts";

const here = { anonymous: true, host: "127.0.0.1", discovery: false } as const;

export const room: Scenario = {
  title: "room join to the first message of the room, 95th percentile",
  unit: "ms",
  isLess: true,
  counts: { kith: 20 },
  goal: 500,
  answer: async () => ({ address: "none: both ends are in the other process" }),
  async ask(_contender, _address, count) {
    const times: number[] = [];
    for (let i = 0; i < count; i++) times.push(await comeIn());
    times.sort((a, b) => a - b);
    return { value: percentile(times, 0.95), extra: { "median ms": percentile(times, 0.5) } };
  },
};

async function comeIn(): Promise<number> {
  await using ada = await createEndpoint({ ...here, name: "Ada" });
  await using ben = await createEndpoint({ ...here, name: "Ben" });
  const hall = await ada.rooms.create("Hall");
  const [ticket = ""] = (await hall.invite()).links;
  const greeting = hall.broadcast("greeting/1");
  const greet = hall.members.subscribe(() => {
    if (hall.members.get().length < 2) return;
    greet();
    void greeting.send(Uint8Array.of(1));
  });
  const started = performance.now();
  const joined = await ben.rooms.join(ticket);
  for await (const _ of joined.broadcast("greeting/1").messages) return performance.now() - started;
  throw new Error("the room ended");
}
