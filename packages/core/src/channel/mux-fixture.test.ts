/** Two muxes and what is between them, for tests. */
import assert from "node:assert/strict";
import { instant } from "../lib/time.ts";
import { CHANNEL_CLASS } from "../wire/registry.ts";
import { ChannelMux } from "./channel-mux.ts";
import type { ChannelOutput } from "./channel-output.ts";
import { FakeRecord } from "./fake-record.test.ts";

export const NOW = instant(1_000);
export const { interactive, bulk } = CHANNEL_CLASS;

/** One record of what `mux` wants to send. */
export function fill(mux: ChannelMux, capacity = 65_000, now = NOW): FakeRecord {
  const record = new FakeRecord(capacity);
  mux.fill(record, now);
  return record;
}

export function outputs(mux: ChannelMux): ChannelOutput[] {
  const all: ChannelOutput[] = [];
  for (let output = mux.poll(); output !== undefined; output = mux.poll()) all.push(output);
  return all;
}

/** Everything `from` has to send arrives and is acknowledged. */
export function exchange(from: ChannelMux, to: ChannelMux, now = NOW): void {
  for (let record = fill(from, 65_000, now); !record.isEmpty; record = fill(from, 65_000, now)) {
    to.handleFrames(record.frames());
    from.acked(record.carried);
  }
}

export const pair = (): [ChannelMux, ChannelMux] => [
  new ChannelMux({ isEven: true }),
  new ChannelMux({ isEven: false }),
];

/** A pair with one channel open, id 0. */
export function connected(channelClass: 0 | 1 = interactive): [ChannelMux, ChannelMux] {
  const [a, b] = pair();
  assert.equal(a.open("chat/1", { class: channelClass }), 0);
  exchange(a, b);
  b.accept(0);
  exchange(b, a);
  outputs(a);
  outputs(b);
  return [a, b];
}

export const bytes = (message: string): Uint8Array => Uint8Array.from(Buffer.from(message));
