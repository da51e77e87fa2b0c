// Two endpoints that meet at a relay and go on over node-datachannel, a real one. Real time: it is the library's.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Endpoint } from "../api.ts";
import { Lab } from "../testing/lab.ts";
import { type LinedConnection, overLongLine } from "../testing/long-line.ts";
import { MemoryRelay } from "../testing/memory-relay.ts";
import { first, until } from "../testing/until.ts";
import type { RtcPeerConnection, WebRtcOptions } from "../webrtc/rtc-api.ts";
import { nodeProvider } from "./node-crypto.ts";
import { nodeWebRtc } from "./node-webrtc.ts";

const library = nodeWebRtc();
const skip = library === undefined ? "node-datachannel is not installed" : false;

const onPath = (endpoint: Endpoint, kind: string | undefined): Promise<true> =>
  until(endpoint.openSessions, ([session]) => (session?.path?.kind === kind ? true : undefined));

/** Two who met before, and whose network then fell apart; both know a relay. */
async function meet(options: { webRtc?: WebRtcOptions; protocols?: readonly string[] } = {}): Promise<{
  ada: Endpoint;
  ben: Endpoint;
  connections: RtcPeerConnection[];
  end: () => Promise<void>;
}> {
  const relay = new MemoryRelay();
  const connections: RtcPeerConnection[] = [];
  const real = options.webRtc ?? library;
  assert.ok(real);
  const webRtc: WebRtcOptions = {
    ...real,
    connect: async (configuration) => {
      const connection = await real.connect(configuration);
      connections.push(connection);
      return connection;
    },
  };
  const lab = new Lab();
  const [ada, ben] = await lab.pair({
    ...{ provider: nodeProvider, endOfTurn: (run) => process.nextTick(run) },
    ...{ relays: [relay.address], webSocket: relay.open, protocols: [], ...options, webRtc },
  });
  await ada.connect(ben.addresses.get()[0] ?? "");
  await onPath(ben, "memory");
  lab.network.cut("ada", "ben");
  lab.network.break("ada", "ben");
  const end = async (): Promise<void> => {
    await Promise.all([ada.close(), ben.close()]);
    relay.stop();
  };
  return { ada, ben, connections, end };
}

test("two that met at a relay go on over WebRTC", { skip }, async () => {
  const { ada, ben, end } = await meet();
  await Promise.all([onPath(ada, "webrtc"), onPath(ben, "webrtc")]);
  await ada.chat.send(ben.id, "straight");
  assert.equal(await until(ben.chat.unread, ([message]) => message?.text), "straight");
  await end();
});

test("a WebRTC link that is cut leaves the channel as it was: over the relay, then over a new one", {
  skip,
}, async () => {
  const { ada, ben, connections, end } = await meet({ protocols: ["count/1"] });
  await Promise.all([onPath(ada, "webrtc"), onPath(ben, "webrtc")]);
  const there = (await ben.connect(ada.id)).channels;
  const channel = await (await ada.connect(ben.id)).open("count/1", { class: "bulk" });
  const incoming = await first(there);
  const seen: number[] = [];
  const reading = (async () => {
    for await (const batch of incoming.batches)
      for (const message of batch) seen.push(new DataView(message.buffer, message.byteOffset).getUint32(0));
  })();
  let sent = 0;
  let isOver = false;
  const writing = (async () => {
    while (!isOver) {
      const message = new Uint8Array(20_000);
      new DataView(message.buffer).setUint32(0, sent++);
      await channel.send(message);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await channel.finish();
  })();
  const more = async (count: number): Promise<void> => {
    for (const goal = seen.length + count; seen.length < goal; ) await new Promise((done) => setTimeout(done, 5));
  };
  await more(100);
  for (const connection of connections.splice(0)) connection.close();
  await onPath(ada, "relayed");
  await more(20);
  await Promise.all([onPath(ada, "webrtc"), onPath(ben, "webrtc")]);
  await more(100);
  isOver = true;
  await writing;
  await incoming.finish();
  await reading;
  assert.deepEqual(
    seen,
    Array.from({ length: sent }, (_, i) => i),
  );
  await end();
});

test("[SES-31] where a connection is slow another carries beside it, and what both carry arrives once and in order", {
  skip,
}, async () => {
  assert.ok(library);
  const lined: LinedConnection[] = [];
  const connect: WebRtcOptions["connect"] = async (configuration) => {
    const one = overLongLine(await library.connect(configuration), { latencyMs: 12, bytesPerMs: 500 });
    lined.push(one);
    return one.connection;
  };
  const { ada, ben, end } = await meet({ protocols: ["pour/1"], webRtc: { ...library, connect } });
  await Promise.all([onPath(ada, "webrtc"), onPath(ben, "webrtc")]);
  const there = (await ben.connect(ada.id)).channels;
  const channel = await (await ada.connect(ben.id)).open("pour/1", { class: "bulk" });
  const incoming = await first(there);
  let [sent, seen] = [0, 0];
  const reading = (async () => {
    for await (const batch of incoming.batches)
      for (const message of batch) assert.equal(new DataView(message.buffer, message.byteOffset).getUint32(0), seen++);
  })();
  const busy = (): readonly LinedConnection[] => lined.filter((each) => each.sent() > 1_000_000);
  while (busy().length < 2) {
    const message = new Uint8Array(50_000);
    new DataView(message.buffer).setUint32(0, sent++);
    await channel.send(message);
  }
  await channel.finish();
  await incoming.finish();
  await reading;
  assert.equal(seen, sent);
  await end();
});

test("servers that the library cannot use are left out, and a connection is made with the others", {
  skip,
}, async () => {
  const relays = { username: "1795279544:0123", credential: "a/b+c@d=" }; // as a relay makes them, and worse
  const iceServers = [
    { urls: ["turns:turn.invalid:443", "turn:192.0.2.1:3478?transport=tcp"], username: "u", credential: "p" },
    { urls: ["stun:192.0.2.1:3478", "turn:192.0.2.1:3478?transport=udp"], ...relays },
  ];
  assert.deepEqual(nodeWebRtc({ iceServers })?.iceServers, iceServers);
  const connection = await library?.connect({ iceServers });
  assert.ok(connection);
  const { iceServers: used } = (connection as unknown as RTCPeerConnection).getConfiguration();
  assert.deepEqual(
    used?.map(({ urls, username, credential }) => [urls, username, credential]),
    [[iceServers[1]?.urls, "1795279544%3A0123", "a%2Fb%2Bc%40d%3D"]],
  );
  connection.close();
});

test("[SIG-1] members of a room, no contacts of each other, go over to WebRTC too", { skip }, async () => {
  assert.ok(library);
  const [relay, lab] = [new MemoryRelay(), new Lab()];
  const options = {
    ...{ provider: nodeProvider, endOfTurn: (run: () => void) => process.nextTick(run), webRtc: library },
    ...{ relays: [relay.address], webSocket: relay.open },
  };
  const [ada, ben] = await Promise.all([lab.endpoint("Ada", options), lab.endpoint("Ben", options)]);
  const garden = await ada.rooms.create("Garden");
  const { links } = await garden.invite();
  const bens = await ben.rooms.join(links[0] ?? "");
  await until(garden.members, (all) => (all.length === 2 ? true : undefined));
  await garden.chat.send("before");
  await until(bens.chat.history, (lines) => lines[0]);
  lab.network.cut("ada", "ben");
  lab.network.break("ada", "ben");
  await Promise.all([onPath(ada, "webrtc"), onPath(ben, "webrtc")]);
  await bens.chat.send("after");
  await until(garden.chat.history, (lines) => (lines.length === 2 ? true : undefined));
  assert.deepEqual([ada.trust.contacts.get(), ben.trust.contacts.get()], [[], []]);
  await Promise.all([ada.close(), ben.close()]);
  relay.stop();
});
