import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "../testing/fake-clock.ts";
import { gatherIce, type IceGatherer, type IceSeen, judgeIce, seenIn } from "./doctor-ice.ts";

const nothing: IceSeen = { hasHost: false, hasReflexive: false, turn: undefined, isSilent: false };
const host: IceSeen = { ...nothing, hasHost: true };
for (const [what, alone, asked, expected] of [
  ["is missing", undefined, undefined, ["webrtc-missing"]],
  ["gives no address", nothing, undefined, ["webrtc-hidden", "udp-unasked"]],
  ["was asked nothing outside", host, undefined, ["webrtc-here", "udp-unasked"]],
  ["hears a server", host, { ...host, hasReflexive: true }, ["webrtc-here", "udp-through"]],
  ["is relayed by UDP", host, { ...host, turn: "udp", isSilent: true }, ["webrtc-here", "udp-through"]],
  ["is relayed by TCP alone", host, { ...host, turn: "tcp", isSilent: true }, ["webrtc-here", "udp-turned"]],
  ["hears no server", host, { ...host, isSilent: true }, ["webrtc-here", "udp-blocked"]],
  ["hears what it knew", host, host, ["webrtc-here", "udp-unclear"]],
] as const) {
  test(`WebRTC that ${what}: ${expected.join(", ")}`, () =>
    assert.deepEqual(
      judgeIce(alone, asked).map(({ code }) => code),
      expected,
    ));
}

test("candidates tell their kind, and how a server was reached", () => {
  const line = (type: string, by = "udp"): string =>
    `candidate:1 1 udp 2 192.0.2.7 4711 typ ${type} generation 0 by ${by}`;
  assert.deepEqual(seenIn([line("host"), line("srflx"), line("relay", "tls")], false), {
    ...{ hasHost: true, hasReflexive: true, turn: "tcp", isSilent: false },
  });
  assert.equal(seenIn([line("relay", "tls"), line("relay")], true).turn, "udp");
  assert.deepEqual(seenIn([], true), { ...nothing, isSilent: true });
});

/** A connection whose candidates a test gives. */
class FakeGatherer extends EventTarget implements IceGatherer {
  isClosed = false;
  createDataChannel(): RTCDataChannel {
    return {} as RTCDataChannel; // nobody uses it
  }
  async createOffer(): Promise<RTCSessionDescriptionInit> {
    return { type: "offer", sdp: "" };
  }
  async setLocalDescription(): Promise<void> {}
  close(): void {
    this.isClosed = true;
  }
  find(candidate: { readonly candidate: string; readonly relayProtocol?: string } | null): void {
    this.dispatchEvent(Object.assign(new Event("icecandidate"), { candidate }));
  }
}

test("gathering ends with the last candidate, at its limit, or when it is stopped", { timeout: 10_000 }, async () => {
  const clock = new FakeClock();
  const asked: unknown[] = [];
  const begin = (signal?: AbortSignal): [FakeGatherer, ReturnType<typeof gatherIce>] => {
    const connection = new FakeGatherer();
    const connect = (configuration: RTCConfiguration): IceGatherer => {
      asked.push(configuration.iceServers);
      return connection;
    };
    const servers = [{ urls: "turn:relay.example", username: "u", credential: "p" }];
    return [connection, gatherIce({ servers, connect, clock, ...(signal && { signal }) })];
  };
  const [first, whole] = begin();
  first.find({ candidate: "candidate:1 1 udp 2 192.0.2.7 4711 typ relay", relayProtocol: "tls" });
  first.find(null);
  assert.deepEqual(await whole, { ...nothing, turn: "tcp" });
  assert.deepEqual(asked, [[{ urls: "turn:relay.example", username: "u", credential: "p" }]]);
  const [second, slow] = begin();
  second.find({ candidate: "candidate:1 1 udp 2 192.0.2.7 4711 typ host" });
  clock.advance(8_000);
  assert.deepEqual(await slow, { ...host, isSilent: true });
  const control = new AbortController();
  const [third, stopped] = begin(control.signal);
  control.abort();
  await assert.rejects(stopped, { name: "AbortError" });
  assert.deepEqual([first.isClosed, second.isClosed, third.isClosed], [true, true, true]);
  const refused = gatherIce({
    servers: [],
    clock,
    connect: () => {
      throw new DOMException("by policy");
    },
  });
  assert.equal(await refused, undefined);
});
