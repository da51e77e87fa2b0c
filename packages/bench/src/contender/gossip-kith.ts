/**
 * A room of Kith through the API that programs use: fifty endpoints, one founds it and the others come in by
 * invitation. Whom each is linked to is the mesh's own choice. Beyond what the others do it encrypts to the
 * room, keeps a history for whoever was away, delivers in each sender's order, and gathers what one turn of the
 * event loop said under one signature.
 *
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Endpoint, Room } from "@kith/sdk";
import type { StartGossip } from "./gossip.ts";
import { benchEndpoint } from "./kith-endpoint.ts";

const PROTOCOL = "bench/1";
/** Joinings under way at once. */
const JOINING = 4;
const LINKS_MIN = 3;
const READY_WITHIN_MS = 90_000;

export const startKithRoom: StartGossip = async (count, _edges, onDelivery) => {
  const endpoints: Endpoint[] = [];
  for (let i = 0; i < count; i++) endpoints.push(await benchEndpoint(`member ${i}`, []));
  const rooms = await enter(endpoints);
  await everybodyIsLinked(rooms);
  const broadcasts = rooms.map((room) => room.broadcast(PROTOCOL));
  for (const [node, { messages }] of broadcasts.entries()) {
    void (async () => {
      for await (const { bytes } of messages) onDelivery(node, bytes);
    })();
  }
  return {
    async publish(node, bytes) {
      await broadcasts[node]?.send(bytes);
    },
    async stop() {
      await Promise.all(endpoints.map((endpoint) => endpoint.close()));
    },
  };
};

/** The room as each endpoint has it, in order. */
async function enter(endpoints: readonly Endpoint[]): Promise<Room[]> {
  const [founder, ...guests] = endpoints.map(({ rooms }) => rooms);
  if (founder === undefined) return [];
  const room = await founder.create("bench", { ways: "open" });
  const { links } = await room.invite({ uses: guests.length });
  const entered: Room[] = [room];
  let next = 0;
  const join = async (): Promise<void> => {
    for (let i = next++; i < guests.length; i = next++) {
      const joined = await guests[i]?.join(links[i] ?? "");
      if (joined !== undefined) entered[i + 1] = joined;
    }
  };
  await Promise.all(Array.from({ length: JOINING }, join));
  return entered;
}

/** As for gossipsub: every member knows all, and has some neighbours. */
async function everybodyIsLinked(rooms: readonly Room[]): Promise<void> {
  const links = (room: Room): number => room.members.get().filter(({ path }) => path.kind === "direct").length;
  const isReady = (room: Room): boolean => room.view.get().memberCount === rooms.length && links(room) >= LINKS_MIN;
  for (const started = performance.now(); !rooms.every(isReady); await sleep(100)) {
    if (performance.now() - started < READY_WITHIN_MS) continue;
    throw new Error(`members have so many neighbours: ${rooms.map(links).join(" ")}`);
  }
}
