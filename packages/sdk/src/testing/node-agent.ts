/**
 * A program for labs: one whole endpoint on Node, told what to do on its standard input and saying what
 * it sees on its standard output, a JSON value a line. {@link LabNode} starts and drives it.
 *
 *     ▶ {"id": 1, "call": "chat.send", "args": ["<peer>", "hello"]}     ◀ {"id": 1, "value": …} or {"id": 1, "code": …}
 *     ▶ {"id": 2, "call": "stream", "args": ["<peer>", 100, 20]}        100 numbered messages, 20 ms between two
 *     ◀ {"nearby": […]}, {"sessions": […]} …                            state, whenever it changes
 *
 * @module
 */
import assert from "node:assert/strict";
import { createInterface } from "node:readline";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Channel, NearbyPeer, PeerSession } from "../api.ts";
import { createEndpoint, type NodeEndpointOptions } from "../node/create-endpoint.ts";
import type { Room } from "../rooms-api.ts";
import { LAB_PROTOCOL } from "./lab-node.ts";

/** How often state is looked at: a transfer alone would say thousands of lines. */
const SAY_EVERY_MS = 20;
const REPORT_EVERY = 50;

const say = (line: unknown): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const options = JSON.parse(process.argv[2] ?? "{}") as NodeEndpointOptions; // from the test that started us
const endpoint = await createEndpoint({ ...options, protocols: [LAB_PROTOCOL], note: (note) => say({ note }) });
const known = new Set<PeerSession>();
const watched = new Set<Room>();

watch("addresses", endpoint.addresses);
watch("nearby", endpoint.nearby);
watch("sessions", endpoint.openSessions);
watch("contacts", endpoint.trust.contacts);
watch("pairings", endpoint.pairing.all);
watch("transfers", endpoint.files.transfers);
watch("relays", endpoint.relays);
watch("joinCodes", endpoint.joinCodes.all);
watch("rooms", endpoint.rooms.all);
endpoint.rooms.all.subscribe(() => watchRooms());
watchRooms();
void sayChat();
void receiveStreams();
endpoint.openSessions.subscribe(() => void takeSessions());
say({ up: { id: endpoint.id, name: endpoint.name, fingerprint: endpoint.fingerprint } });

for await (const line of createInterface(process.stdin)) {
  const { id, call, args } = JSON.parse(line) as { id: number; call: string; args: readonly unknown[] };
  perform(call, args).then(
    (value) => say({ id, value: value ?? null }),
    (error: unknown) => say({ id, code: Reflect.get(Object(error), "code") ?? "ERR_BUG", message: String(error) }),
  );
}
await endpoint.close();
process.exit(0);

async function perform(call: string, args: readonly unknown[]): Promise<unknown> {
  if (call === "stream") return stream(String(args[0]), Number(args[1]), Number(args[2]));
  if (call === "memory") return liveBytes();
  const [owner = "", name] = call.split(".");
  if (owner === "rooms") return rooms(name ?? "", args.map(String));
  if (owner === "room") return inRoom(call.slice("room.".length), String(args[0]), args.slice(1));
  const target: unknown = name === undefined ? endpoint : Reflect.get(endpoint, owner);
  const value: unknown = await Reflect.apply(Reflect.get(Object(target), name ?? owner), target, args);
  return call === "connect" ? Reflect.get(Object(value), "peer") : value;
}

/** Rooms are answered by their ids. */
async function rooms(name: string, [first = "", ...more]: readonly string[]): Promise<unknown> {
  if (name === "create") return (await endpoint.rooms.create(first, JSON.parse(more[0] ?? "{}"))).id;
  if (name === "join") return (await endpoint.rooms.join(first, { onStep: (step) => say({ joining: step }) })).id;
  throw new Error(`rooms.${name}`);
}

/** `invite`, `chat.send` and so on of the room with this id. */
async function inRoom(name: string, id: string, args: readonly unknown[]): Promise<unknown> {
  const room = [...watched].find((each) => each.id === id);
  const target: unknown = name.includes(".") ? Reflect.get(Object(room), name.split(".")[0] ?? "") : room;
  return Reflect.apply(Reflect.get(Object(target), name.split(".").at(-1) ?? ""), target, args);
}

/** State of each room, from when it is there: `members`, `gaps` and so on, each with the room's id. */
function watchRooms(): void {
  for (const { id } of endpoint.rooms.all.get()) {
    const room = endpoint.rooms.get(id);
    if (room === undefined || watched.has(room)) continue;
    watched.add(room);
    watch("members", room.members);
    watch("topology", room.topology);
    watch("gaps", room.gaps);
    watch("requests", room.requests);
    watch("challenges", room.challenges);
    watch("roomChat", room.chat.history);
    watch("roomFiles", room.files.all);
  }
}

/** Memory in use, in and outside of the collector's heap, once what is no longer needed is gone. */
function liveBytes(): number {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  assert(typeof collect === "function");
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function watch<T>(name: string, state: { get(): T; subscribe(changed: () => void): () => void }): void {
  let said = "";
  let isDue = false;
  const tell = (): void => {
    isDue = false;
    const line = JSON.stringify({ [name]: state.get() });
    if (line === said) return;
    said = line;
    process.stdout.write(`${line}\n`);
  };
  state.subscribe(() => {
    if (!isDue) setTimeout(tell, SAY_EVERY_MS);
    isDue = true;
  });
  tell();
}

async function sayChat(): Promise<void> {
  for await (const chat of endpoint.chat.watch()) say({ chat });
}

/** Opens a channel and sends messages that are numbers, until the other side has them all. */
async function stream(peer: NearbyPeer["key"], count: number, everyMs: number): Promise<void> {
  const session = await endpoint.connect(peer);
  say({ streaming: count });
  void session.closed.then((end) => say({ sessionClosed: end }));
  const channel = await session.open(LAB_PROTOCOL);
  for (let i = 0; i < count; i++) {
    await channel.send(new Uint8Array(new Uint32Array([i]).buffer));
    if (everyMs > 0) await pause(everyMs);
  }
  await channel.finish();
}

/** Sessions that we dialled are not offered to us: we ask for those that are open. */
async function takeSessions(): Promise<void> {
  for (const { peer } of endpoint.openSessions.get()) {
    const session = await endpoint.connect(peer).catch(() => undefined);
    if (session === undefined || known.has(session)) continue;
    known.add(session);
    void receiveFrom(session);
  }
}

async function receiveStreams(): Promise<void> {
  for await (const session of endpoint.sessions) {
    if (known.has(session)) continue;
    known.add(session);
    void receiveFrom(session);
  }
}

async function receiveFrom(session: PeerSession): Promise<void> {
  void session.closed.then((end) => say({ sessionClosed: end }));
  for await (const channel of session.channels) void receiveStream(channel);
}

/** Says how many numbers came, and the first that was not the next one. */
async function receiveStream(channel: Channel): Promise<void> {
  let received = 0;
  for await (const message of channel.messages) {
    const [number] = new Uint32Array(message.slice().buffer);
    if (number !== received) say({ stream: { received, wrong: number } });
    received += 1;
    if (received % REPORT_EVERY === 0) say({ stream: { received } });
  }
  await channel.finish();
  say({ stream: { received, end: (await channel.closed).reason } });
}
