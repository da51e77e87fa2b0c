/**
 * Two muxes over a network that loses, repeats and reorders, against a model that is a list: each message
 * comes out once, in order, and unchanged; credit and memory hold; when the weather clears all is delivered.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { bytesEqual } from "../lib/bytes.ts";
import { instant } from "../lib/time.ts";
import { CHANNEL_SEND_BYTES_MAX, CHANNEL_WINDOW_BYTES, MESSAGE_BYTES_MAX } from "../wire/limits.ts";
import { ChannelMux } from "./channel-mux.ts";
import { FakeRecord } from "./fake-record.test.ts";

const NOW = instant(0);

/** The model of one direction of one channel. */
interface Flow {
  readonly sent: Uint8Array[];
  received: number;
  unconsumed: number;
  isFinished: boolean;
  sawFinished: boolean;
}

interface ModelChannel {
  readonly id: number;
  readonly opener: 0 | 1;
  readonly class: 0 | 1;
  isOffered: boolean; // the other side has heard of it
  isAccepted: boolean;
  isReset: boolean;
  closed: number;
  readonly flows: readonly [Flow, Flow]; // by sender
}

const newFlow = (): Flow => ({ sent: [], received: 0, unconsumed: 0, isFinished: false, sawFinished: false });

/** A message that says which one it is, at every byte. */
function message(channel: number, sender: number, index: number, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let state = (channel * 31 + sender) * 65_537 + index * 257 + size + 1;
  for (let i = 0; i < size; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

class World {
  readonly muxes: readonly [ChannelMux, ChannelMux] = [
    new ChannelMux({ isEven: true }),
    new ChannelMux({ isEven: false }),
  ];
  readonly channels = new Map<number, ModelChannel>();
  /** Records on their way, by sender. `isLost`: already reported lost, and may still come. */
  readonly inFlight: readonly [{ record: FakeRecord; isLost: boolean }[], { record: FakeRecord; isLost: boolean }[]] = [
    [],
    [],
  ];
  readonly credit = new Map<string, number>(); // told, by channel and receiver
  isRefused = false; // the last send
  writable = 0;

  open(side: 0 | 1, channelClass: 0 | 1): void {
    const id = this.muxes[side].open("test/1", { class: channelClass });
    assert.ok(id !== undefined);
    this.channels.set(id, {
      id,
      opener: side,
      class: channelClass,
      isOffered: false,
      isAccepted: false,
      isReset: false,
      closed: 0,
      flows: [newFlow(), newFlow()],
    });
  }

  send(side: 0 | 1, channel: ModelChannel, size: number): void {
    const flow = channel.flows[side];
    const maySend = side === channel.opener || channel.isAccepted;
    if (!maySend || flow.isFinished || channel.isReset) return;
    const bytes = message(channel.id, side, flow.sent.length, size);
    this.isRefused = !this.muxes[side].send(channel.id, bytes);
    if (!this.isRefused) flow.sent.push(bytes.slice());
    bytes.fill(0xee); // send copies
  }

  finish(side: 0 | 1, channel: ModelChannel): void {
    const flow = channel.flows[side];
    const mayFinish = side === channel.opener || channel.isAccepted;
    if (!mayFinish || flow.isFinished || channel.isReset) return;
    this.muxes[side].finish(channel.id);
    flow.isFinished = true;
  }

  reset(side: 0 | 1, channel: ModelChannel): void {
    if (side !== channel.opener && !channel.isOffered) return;
    this.muxes[side].reset(channel.id, 1);
    channel.isReset = true;
  }

  fill(side: 0 | 1, room: number): boolean {
    const record = new FakeRecord(room);
    this.muxes[side].fill(record, NOW);
    if (record.isEmpty) return false;
    for (const frame of record.carried) {
      if (frame.type === "data") {
        const told = this.credit.get(`${frame.channel} ${1 - side}`) ?? 0;
        assert.ok(frame.offset + frame.length <= told, "sent no more than the credit told");
      }
    }
    this.inFlight[side].push({ record, isLost: false });
    return true;
  }

  /** A record arrives. Unless it `isRepeated`, that was its last copy; unless reported lost before, it is acked. */
  deliver(side: 0 | 1, index: number, isRepeated: boolean): void {
    const flying = this.inFlight[side];
    const entry = flying[index % Math.max(1, flying.length)];
    if (entry === undefined) return;
    this.arrive(side, entry.record);
    if (isRepeated) return;
    flying.splice(flying.indexOf(entry), 1);
    if (!entry.isLost) this.muxes[side].acked(entry.record.carried);
    this.drain(side);
  }

  /** A record is reported lost, rightly or (`comesLater`) not. */
  lose(side: 0 | 1, index: number, comesLater: boolean): void {
    const flying = this.inFlight[side];
    const entry = flying[index % Math.max(1, flying.length)];
    if (entry === undefined) return;
    if (!entry.isLost) this.muxes[side].lost(entry.record.carried);
    entry.isLost = true;
    if (!comesLater) flying.splice(flying.indexOf(entry), 1);
  }

  consume(side: 0 | 1, channel: ModelChannel): void {
    const flow = channel.flows[side === 0 ? 1 : 0];
    this.muxes[side].consumed(channel.id, flow.unconsumed);
    flow.unconsumed = 0;
  }

  drain(side: 0 | 1): void {
    const mux = this.muxes[side];
    for (let output = mux.poll(); output !== undefined; output = mux.poll()) {
      const channel = this.channels.get(output.channel);
      assert.ok(channel !== undefined, "an output names a channel that was opened");
      const flow = channel.flows[side === 0 ? 1 : 0];
      switch (output.type) {
        case "opened":
          assert.equal(channel.opener, 1 - side);
          assert.equal(channel.isOffered, false, "opened once");
          channel.isOffered = true;
          if (channel.isReset && channel.class === 0) break;
          mux.accept(output.channel);
          channel.isAccepted = true;
          break;
        case "messages":
          assert.equal(flow.sawFinished, false, "nothing after finished");
          for (const bytes of output.messages) {
            // Not deepEqual, which would print half a megabyte.
            assert.ok(bytesEqual(bytes, flow.sent[flow.received] ?? bytes.subarray(1)), "the next message, unchanged");
            flow.received++;
          }
          flow.unconsumed += output.bytes;
          assert.ok(flow.unconsumed <= CHANNEL_WINDOW_BYTES, "no more than the window");
          break;
        case "finished":
          assert.equal(flow.received, flow.sent.length, "finished after the last message");
          assert.ok(flow.isFinished && !flow.sawFinished);
          flow.sawFinished = true;
          break;
        case "reset":
          assert.ok(channel.isReset);
          break;
        case "closed":
          channel.closed++;
          assert.ok(channel.flows[0].isFinished && channel.flows[1].isFinished && flow.sawFinished);
          break;
        case "writable":
          this.writable++;
          break;
        case "accepted":
          break;
      }
    }
  }

  arrive(sender: 0 | 1, record: FakeRecord): void {
    const receiver = sender === 0 ? 1 : 0;
    for (const frame of record.frames()) {
      if (frame.type === "open" || frame.type === "accept") this.#told(frame.channel, sender, frame.credit);
      if (frame.type === "credit") this.#told(frame.channel, sender, frame.limit);
    }
    this.muxes[receiver].handleFrames(record.frames());
    this.drain(receiver);
  }

  #told(channel: number, by: number, limit: number): void {
    const key = `${channel} ${by}`;
    this.credit.set(key, Math.max(limit, this.credit.get(key) ?? 0));
  }

  /** The weather clears: everything lost is sent again, everything arrives, everyone reads. */
  calm(): void {
    for (let round = 0; round < 10_000; round++) {
      let isIdle = true;
      for (const side of [0, 1] as const) {
        while (this.inFlight[side].length > 0) {
          isIdle = false;
          this.deliver(side, 0, false);
        }
        for (const channel of this.channels.values()) this.consume(side, channel);
        for (let records = 0; this.fill(side, 65_000); records++) {
          isIdle = false;
          assert.ok(records < 1_000, "the bytes to send come to an end");
        }
      }
      if (isIdle) return;
    }
    assert.fail("never idle");
  }
}

const side = fc.constantFrom(0 as const, 1 as const);
const pick = fc.nat(1_000);
const size = fc.oneof(
  { weight: 8, arbitrary: fc.nat(300) },
  { weight: 3, arbitrary: fc.nat(70_000) },
  { weight: 1, arbitrary: fc.integer({ min: 300_000, max: 524_288 }) },
);
const room = fc.oneof(fc.integer({ min: 40, max: 1_500 }), fc.integer({ min: 1_500, max: 65_503 }));

type Step = (world: World) => void;
const onChannel = (world: World, index: number, act: (channel: ModelChannel) => void): void => {
  const channels = [...world.channels.values()];
  const channel = channels[index % Math.max(1, channels.length)];
  if (channel !== undefined) act(channel);
};

const step: fc.Arbitrary<{ name: string; run: Step }> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc
      .tuple(side, side)
      .map(([s, c]) => ({ name: `open ${s} class ${c}`, run: (w: World) => w.open(s, c) })),
  },
  {
    weight: 10,
    arbitrary: fc.tuple(side, pick, size).map(([s, i, n]) => ({
      name: `send ${s} #${i} ${n}`,
      run: (w: World) => onChannel(w, i, (c) => w.send(s, c, n)),
    })),
  },
  {
    weight: 10,
    arbitrary: fc.tuple(side, room).map(([s, r]) => ({ name: `fill ${s} ${r}`, run: (w: World) => void w.fill(s, r) })),
  },
  {
    weight: 10,
    arbitrary: fc
      .tuple(side, pick, fc.boolean())
      .map(([s, i, again]) => ({ name: `deliver ${s} ${i} ${again}`, run: (w: World) => w.deliver(s, i, again) })),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(side, pick, fc.boolean())
      .map(([s, i, later]) => ({ name: `lose ${s} ${i} ${later}`, run: (w: World) => w.lose(s, i, later) })),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(side, pick)
      .map(([s, i]) => ({ name: `consume ${s} #${i}`, run: (w: World) => onChannel(w, i, (c) => w.consume(s, c)) })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(side, pick)
      .map(([s, i]) => ({ name: `finish ${s} #${i}`, run: (w: World) => onChannel(w, i, (c) => w.finish(s, c)) })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(side, pick)
      .map(([s, i]) => ({ name: `reset ${s} #${i}`, run: (w: World) => onChannel(w, i, (c) => w.reset(s, c)) })),
  },
  {
    weight: 1,
    arbitrary: side.map((s) => ({
      name: `resume ${s}`,
      run: (w: World) => {
        // As after a resumption: everything on its way is gone, and the other side says how far it came.
        while (w.inFlight[s].length > 0) w.lose(s, 0, false);
        w.muxes[s].handleReceivedOffsets(w.muxes[s === 0 ? 1 : 0].receivedOffsets());
        w.drain(s);
        w.muxes[s].announceReceived();
      },
    })),
  },
);

test("ChannelMux delivers each message once, in order, whatever records do [CHN-1] [CHN-2]", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200, size: "max" }), (steps) => {
      const world = new World();
      for (const { run } of steps) run(world);
      world.calm();
      for (const { id, flows, isReset, isAccepted, closed } of world.channels.values()) {
        if (isReset) continue;
        assert.ok(isAccepted, `channel ${id} was accepted`);
        for (const flow of flows) {
          assert.equal(flow.received, flow.sent.length, `all messages of channel ${id}`);
          assert.equal(flow.sawFinished, flow.isFinished);
        }
        assert.equal(closed, flows[0].isFinished && flows[1].isFinished ? 2 : 0);
      }
      const open = [...world.channels.values()].filter((c) => !c.isReset && c.closed === 0).length;
      for (const mux of world.muxes) {
        assert.equal(mux.channelCount, open, "nothing is kept of channels that are over");
        assert.equal(mux.hasPending(NOW), false);
      }
    }),
    { numRuns: Number(process.env["KITH_FUZZ_RUNS"] ?? 300) },
  );
});

test("ChannelMux.send keeps at most CHANNEL_SEND_BYTES_MAX and says when there is room again", () => {
  const world = new World();
  world.open(0, 1);
  const [channel] = [...world.channels.values()];
  assert.ok(channel !== undefined);
  const { sent } = channel.flows[0];
  while (!world.isRefused) world.send(0, channel, 100_000);
  const taken = sent.length * 100_003;
  assert.ok(taken <= CHANNEL_SEND_BYTES_MAX && taken > CHANNEL_SEND_BYTES_MAX - 100_003);
  world.calm();
  assert.equal(world.writable, 1, "once");
  assert.equal(channel.flows[0].received, sent.length);
  world.send(0, channel, MESSAGE_BYTES_MAX);
  world.calm();
  assert.equal(channel.flows[0].received, sent.length);
  assert.equal(world.writable, 1, "only after a refusal");
});
