// A link over a data channel: what it makes of the channel's states, buffers and messages.
import assert from "node:assert/strict";
import { test } from "node:test";
import { HANDSHAKE_TIMEOUT, PACKET_BYTES_MAX, PREAUTH_BYTES_MAX, PREAUTH_PACKET_BYTES_MAX } from "@kith/core";
import { FakeClock } from "../testing/fake-clock.ts";
import { LINK_WRITE_BYTES_MAX, type LinkEnd } from "../transport.ts";
import type { RtcDataChannel } from "./rtc-api.ts";
import { RtcLink } from "./rtc-link.ts";

class FakeChannel extends EventTarget implements RtcDataChannel {
  binaryType: BinaryType = "blob";
  bufferedAmountLowThreshold = 0;
  bufferedAmount = 0;
  readyState: RTCDataChannelState = "open";
  readonly sent: Uint8Array[] = [];
  bytesMax = 262_144;

  send(data: Uint8Array<ArrayBuffer>): void {
    if (this.readyState !== "open") throw new DOMException("not open", "InvalidStateError");
    if (data.length > this.bytesMax) throw new TypeError("too large");
    this.sent.push(data.slice());
    this.bufferedAmount += data.length;
  }

  close(): void {
    this.readyState = "closing";
  }

  receive(data: unknown): void {
    this.dispatchEvent(new MessageEvent("message", { data }));
  }

  /** So much has left. */
  drain(bytes: number): void {
    const before = this.bufferedAmount;
    this.bufferedAmount -= bytes;
    const low = this.bufferedAmountLowThreshold;
    if (before > low && this.bufferedAmount <= low) this.dispatchEvent(new Event("bufferedamountlow"));
  }

  end(): void {
    this.readyState = "closed";
    this.dispatchEvent(new Event("close"));
  }
}

function rig({ isAuthenticated = true, messageBytesMax = 262_144 as number | null } = {}) {
  const [channel, clock] = [new FakeChannel(), new FakeClock()];
  const [packets, ends]: [Uint8Array[], LinkEnd[]] = [[], []];
  const counts = { rooms: 0, released: 0 };
  const link = new RtcLink({
    ...{ channel, clock, isOutgoing: true, remote: "webrtc 00", messageBytesMax: messageBytesMax ?? undefined },
    released: () => void counts.released++,
  });
  const start = (): void =>
    link.start({
      onPacket: (packet) => void packets.push(packet.slice()),
      onRoom: () => void counts.rooms++,
      onClosed: (end) => void ends.push(end),
    });
  if (isAuthenticated) link.authenticated();
  return { channel, clock, link, packets, ends, counts, start };
}

const bytes = (length: number, value = 1): Uint8Array => new Uint8Array(length).fill(value);
const told = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

test("[SIG-9] RtcLink: one message is one packet, its parts put together; what comes before the start waits for it", () => {
  const { channel, link, packets, start } = rig();
  assert.equal(channel.binaryType, "arraybuffer");
  channel.receive(bytes(3).buffer);
  assert.equal(packets.length, 0);
  start();
  channel.receive(bytes(4, 2).buffer);
  assert.deepEqual(packets, [bytes(3), bytes(4, 2)]);
  link.write([bytes(2, 5), bytes(0), bytes(1, 6)]);
  assert.deepEqual(channel.sent, [Uint8Array.of(5, 5, 6)]);
});

test("RtcLink: large arrays are emptied when they are done with: what it took over, and what it delivered", () => {
  const { channel, link, packets, start } = rig();
  start();
  const [head, body] = [bytes(16, 7), bytes(65_535, 8)];
  link.write([head, body]);
  link.write([bytes(3, 9)]);
  assert.deepEqual(channel.sent, [Uint8Array.of(...bytes(16, 7), ...bytes(65_535, 8)), bytes(3, 9)]);
  assert.equal(body.length, 0);
  const { buffer } = bytes(65_536, 6);
  channel.receive(buffer);
  assert.deepEqual(packets, [bytes(65_536, 6)]);
  assert.equal(buffer.byteLength, 0);
});

test("[SIG-9] RtcLink: records are as large as both ends take", () => {
  for (const [max, records] of [
    [262_144, PACKET_BYTES_MAX],
    [65_535, 65_535],
    [16_384, 16_384],
    [null, 16_384],
    [Number.POSITIVE_INFINITY, PACKET_BYTES_MAX],
  ] as const)
    assert.equal(rig({ messageBytesMax: max }).link.recordBytesMax, records);
});

test("RtcLink: room is what the channel has not buffered, and it says when three quarters of it are back", () => {
  const { channel, link, counts, start } = rig();
  start();
  assert.equal(link.room, LINK_WRITE_BYTES_MAX);
  for (let i = 0; link.room > 0; i++) {
    assert.ok(i < 20);
    link.write([bytes(65_535)]);
  }
  assert.equal(link.room, 0);
  channel.drain(LINK_WRITE_BYTES_MAX / 2);
  assert.equal(counts.rooms, 0);
  assert.ok(link.room > 0 && link.room < LINK_WRITE_BYTES_MAX);
  channel.drain(channel.bufferedAmount);
  assert.equal(counts.rooms, 1);
  link.write([bytes(LINK_WRITE_BYTES_MAX / 2)]);
  channel.drain(channel.bufferedAmount);
  assert.equal(counts.rooms, 1, "nobody was told to wait");
});

test("RtcLink: a stranger's packets come one a turn, and end the link over the limit", async () => {
  const { channel, packets, ends, start } = rig({ isAuthenticated: false });
  start();
  channel.receive(bytes(PREAUTH_PACKET_BYTES_MAX).buffer);
  channel.receive(bytes(PREAUTH_BYTES_MAX - PREAUTH_PACKET_BYTES_MAX).buffer);
  assert.equal(packets.length, 1);
  await told();
  assert.equal(packets.length, 2);
  channel.receive(bytes(1).buffer);
  await told();
  await told();
  assert.deepEqual([packets.length, ends.map(({ by }) => by)], [2, ["violation"]]);

  const large = rig({ isAuthenticated: false });
  large.start();
  large.channel.receive(bytes(PREAUTH_PACKET_BYTES_MAX + 1).buffer);
  await told();
  assert.deepEqual([large.packets, large.ends.map(({ by }) => by), large.counts.released], [[], ["violation"], 1]);
});

test("RtcLink: a stranger that says nothing is ended in time, a peer is not", async () => {
  const [silent, known] = [rig({ isAuthenticated: false }), rig()];
  for (const each of [silent, known]) {
    each.start();
    each.clock.advance(HANDSHAKE_TIMEOUT);
  }
  await told();
  assert.deepEqual([silent.ends.map(({ by }) => by), known.ends], [["violation"], []]);
});

test("RtcLink: close lets the channel send what it has, and releases it when the peer has gone, or it takes too long", async () => {
  for (const isSlow of [false, true]) {
    const { channel, link, clock, counts, ends, start } = rig();
    start();
    link.write([bytes(10)]);
    link.close();
    link.close();
    assert.deepEqual([channel.readyState, counts.released], ["closing", 0]);
    channel.end();
    assert.equal(counts.released, 0, "our end says nothing of what has come to the other one");
    if (isSlow) clock.advance(2_000);
    else link.handleDown();
    assert.equal(counts.released, 1);
    channel.receive(bytes(1).buffer);
    link.write([bytes(1)]);
    assert.equal(link.room, 0);
    await told();
    assert.deepEqual([ends.map(({ by }) => by), channel.sent.length], [["us"], 1]);
  }
});

test("RtcLink: each way of ending is told once, and by its name", async () => {
  const how: Record<string, (each: ReturnType<typeof rig>) => void> = {
    peer: ({ channel }) => channel.end(),
    network: ({ link }) => link.handleDown(),
    violation: ({ channel }) => channel.receive("text"),
  };
  for (const [by, end] of Object.entries(how)) {
    const each = rig();
    each.start();
    end(each);
    each.link.handleDown();
    each.channel.end();
    await told();
    assert.deepEqual(
      each.ends.map((one) => one.by),
      [by],
    );
  }
  const peers = rig();
  peers.start();
  peers.channel.end();
  assert.equal(peers.counts.released, 1, "nobody waits for what a peer that closed did not read");
  const late = rig();
  late.channel.end();
  late.start();
  await told();
  assert.deepEqual(late.ends, [{ by: "peer" }], "also before the start");
});

test("RtcLink: a channel that refuses what it promised to take ends the link", async () => {
  const { channel, link, ends, start } = rig();
  start();
  channel.bytesMax = 10;
  link.write([bytes(11)]);
  await told();
  assert.equal(ends[0]?.by, "network");
});

test("RtcLink: what comes while its reader pauses is kept up to a bound, and there the link ends", async () => {
  const { channel, link, packets, ends, start } = rig();
  start();
  link.pause();
  for (let got = 0; got + 65_536 <= LINK_WRITE_BYTES_MAX; got += 65_536) channel.receive(bytes(65_536).buffer);
  assert.equal(packets.length, 0);
  link.resume();
  assert.equal(packets.length, 16);
  link.pause();
  for (let i = 0; i < 17; i++) channel.receive(bytes(65_536).buffer);
  await told();
  assert.deepEqual([packets.length, ends.map(({ by }) => by)], [16, ["violation"]]);
});
