// The TURN servers that relays lend: who makes a connection is given them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createEndpoint } from "./create-endpoint.ts";
import { nodeProvider } from "./node/node-crypto.ts";
import type { RelayConnection, RelayEvent } from "./relay-connection.ts";
import { RelayTurn } from "./relay-turn.ts";
import { FakeClock } from "./testing/fake-clock.ts";
import { MemoryRelay } from "./testing/memory-relay.ts";
import { until } from "./testing/until.ts";

const SERVER = ["turn:turn.example:3478"];

/** A connection to a relay, as far as it matters here: it counts what is asked. */
function connection() {
  const asked: number[] = [];
  const client = { phase: "ready", ask: () => asked.push(asked.length + 1) };
  const made = {
    client,
    run: (command: (one: typeof client) => void) => command(client),
  } as unknown as RelayConnection;
  return { made, asked };
}

const OFFER = Uint8Array.of(1, 0x75, 1, 0x70, 0, 0, 0, 100, 1, 6, ...Buffer.from("turn:a"));

test("RelayTurn: what was lent is used while it lasts, and asked for again before half of that is over", () => {
  const clock = new FakeClock();
  const turn = new RelayTurn(clock);
  const { made, asked } = connection();
  turn.handle(made, { type: "ready" } as RelayEvent);
  assert.deepEqual([asked, turn.servers], [[1], []]);
  turn.handle(made, { type: "done", request: 7, answer: OFFER });
  assert.deepEqual(turn.servers, [], "an answer to something else");
  turn.handle(made, { type: "done", request: 1, answer: OFFER });
  const lent = [{ urls: ["turn:a"], username: "u", credential: "p" }];
  assert.deepEqual([turn.servers, asked], [lent, [1]]);
  clock.advance(50_000);
  for (let i = 0; i < 2; i++) assert.deepEqual([turn.servers, asked], [lent, [1, 2]], "once at a time");
  turn.handle(made, { type: "done", request: 2, answer: Uint8Array.of(9) });
  clock.advance(50_000);
  assert.deepEqual([turn.servers, asked], [[], [1, 2, 3]]);
  turn.handle(made, { type: "ready" } as RelayEvent);
  assert.deepEqual(asked, [1, 2, 3, 4]);
  turn.forget(made);
  turn.handle(made, { type: "done", request: 4, answer: OFFER });
  assert.deepEqual(turn.servers, []);
});

test("an endpoint with WebRTC asks its relays for TURN servers; one without does not", async () => {
  const relay = new MemoryRelay();
  relay.turn = { password: "secret", urls: SERVER };
  const seen: unknown[] = [];
  for (const webRtc of [undefined, { connect: () => Promise.reject(new Error("none")) }]) {
    const endpoint = await createEndpoint({
      ...{ name: "Ada", transports: [], provider: nodeProvider, relays: [relay.address], webSocket: relay.open },
      ...(webRtc !== undefined && { webRtc }),
    });
    await until(endpoint.relays, ([view]) => (view?.state === "ready" ? true : undefined));
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
    const { turnServers = [] } = endpoint.relays;
    seen.push(turnServers.map(({ urls }) => urls));
    await endpoint.close();
  }
  relay.stop();
  assert.deepEqual(seen, [[], [SERVER]]);
});
