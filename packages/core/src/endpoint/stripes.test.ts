/** Several WebRTC links that carry together, where one is slow (spec/session.md §9). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { streamBytes } from "../channel/message-assembler.ts";
import { STRIPES_MAX } from "../wire/limits.ts";
import { acquaint, type Line, TestNet, type TestNode } from "./endpoint-fixture.test.ts";
import { Platforms } from "./rtc-fixture.test.ts";

const MESSAGE_BYTES = 32_768;

/** One pours numbered messages over a channel to another who reads them at once, over a line. */
class Pour {
  readonly net = new TestNet();
  readonly ada: TestNode;
  readonly ben: TestNode;
  readonly #platforms = new Platforms(this.net);
  readonly #channel: number;
  #sent = 0;
  got = 0;

  constructor(line: Line) {
    this.net.kind = "relayed";
    this.net.line = line;
    this.ada = this.net.node("ada", { hasWebRtc: true });
    this.ben = this.net.node("ben", { hasWebRtc: true, protocols: ["pour/1"] });
    acquaint(this.ada, this.ben);
    this.ada.endpoint.connect({ peer: this.ben.id, hints: [this.ben.hint] }, 1, this.ada.at);
    this.#platforms.run(2_000);
    const channel = this.ada.sessionWith(this.ben).stack.open("pour/1", 1);
    assert.ok(channel !== undefined);
    this.#channel = channel;
  }

  /** Messages that arrived in that time. */
  pour(ms: number): number {
    const before = this.got;
    const { stack } = this.ada.sessionWith(this.ben);
    for (const end = this.net.now + ms; this.net.now < end; this.#platforms.run(20)) {
      for (; stack.send(this.#channel, numbered(this.#sent)); this.#sent++);
      this.#read();
    }
    return this.got - before;
  }

  #read(): void {
    const { stack } = this.ben.sessionWith(this.ada);
    const all = this.ben.of("channel");
    this.ben.outputs = this.ben.outputs.filter(({ type }) => type !== "channel"); // they are many
    for (const { output } of all) {
      if (output.type !== "messages") continue;
      for (const message of output.messages) {
        assert.deepEqual(message.subarray(0, 4), numbered(this.got++).subarray(0, 4), "once, and in order");
        stack.consumed(output.channel, streamBytes(message.length));
      }
    }
  }

  /** Of kind WebRTC. */
  cables(): TestNet["cables"] {
    return this.net.cables.filter(({ line }) => line !== undefined);
  }
}

function numbered(number: number): Uint8Array {
  const message = new Uint8Array(MESSAGE_BYTES);
  new DataView(message.buffer).setUint32(0, number);
  return message;
}

test("[SES-31] [SIG-13] where a connection on a long line is slow, several carry together; what they carry arrives once and in order", () => {
  const pour = new Pour({ latency: 20, bytesPerMs: 300 });
  const alone = pour.pour(2_000);
  pour.pour(16_000);
  assert.equal(pour.cables().length, STRIPES_MAX);
  const together = pour.pour(2_000);
  assert.ok(together > 3 * alone, `${alone} messages, then ${together}`);
  const [, one] = pour.cables();
  assert.ok(one !== undefined);
  pour.net.cut(one);
  assert.ok(pour.pour(4_000) > alone, "what was on its way on one that breaks is sent again on the others");
});

test("[SES-31] connections that bring nothing are not used, and go", () => {
  const pour = new Pour({ latency: 20, bytesPerMs: 600, isShared: true });
  pour.pour(10_000);
  assert.equal(pour.cables().length, 2);
  pour.pour(60_000);
  assert.equal(pour.cables().length, 1);
});

test("[SES-31] one is enough on a short line, and for little", () => {
  const near = new Pour({ latency: 1, bytesPerMs: 300 });
  near.pour(6_000);
  assert.equal(near.cables().length, 1);
  const idle = new Pour({ latency: 20, bytesPerMs: 300 });
  idle.net.run(60_000);
  assert.equal(idle.cables().length, 1);
});
