import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Secret } from "../crypto/secret.ts";
import { assertStrict, codeOf, person } from "../trust/trust-fixture.test.ts";
import { ROOM_BATCH_BYTES_MAX, ROOM_BATCH_MESSAGES_MAX, ROOM_MESSAGE_BYTES_MAX } from "../wire/room-key-limits.ts";
import { idOf, OTHER_ROOM, quick, ROOM } from "./keys-fixture.test.ts";
import {
  BATCH_OVERHEAD_BYTES,
  batchLength,
  decodeBatchHeader,
  type GenerationKey,
  isEpochOf,
  type RoomMessage,
  RoomStream,
} from "./room-stream.ts";

const STREAM = new Uint8Array(16).fill(3);
const STREAM_HEX = "03".repeat(16);
const ADA = person(1).peerId;
const under = (generation = 0, epoch = 1): GenerationKey => ({
  epoch: idOf(epoch),
  generation,
  key: new Secret(new Uint8Array(32).fill(epoch)),
});
const stream = (room = ROOM): RoomStream => new RoomStream(quick, room, ADA, STREAM);
const text = (value: string): RoomMessage => ({
  protocol: "board/1",
  bytes: Uint8Array.from(value, (c) => c.charCodeAt(0)),
});

test("[KEY-7] what was sealed opens with sender, stream and sequence, in any order and again", () => {
  const message = fc.record(
    {
      protocol: fc.stringMatching(/^[a-z/1]{1,12}$/),
      bytes: fc.uint8Array({ maxLength: 60 }),
    },
    { noNullPrototype: true },
  );
  const batches = fc.array(fc.array(message, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(batches, fc.infiniteStream(fc.nat(9)), (all, order) => {
      const [sender, receiver] = [stream(), stream()];
      const sealed = all.map((messages, sequence) => ({
        messages,
        sequence,
        bytes: sender.seal(under(), sequence, messages),
      }));
      const arrivals = [...sealed, ...sealed].map((each) => ({ each, at: order.next().value }));
      for (const { each } of arrivals.sort((a, b) => a.at - b.at)) {
        const header = decodeBatchHeader(each.bytes);
        assert.ok(isEpochOf(header, idOf(1)) && !isEpochOf(header, idOf(2)) && header.generation === 0);
        assert.deepEqual(receiver.open(under(), ADA, STREAM_HEX, each.sequence, each.bytes), each.messages);
      }
    }),
    { numRuns: 30 },
  );
});

test("[KEY-7] a batch is of one room, epoch, generation, sender, stream and place", () => {
  const bytes = stream().seal(under(), 4, [text("hi")]);
  const opened = (...[key, sender, id, sequence]: [GenerationKey, typeof ADA, string, number]): string | undefined =>
    codeOf(() => stream().open(key, sender, id, sequence, bytes));
  assert.equal(opened(under(), ADA, STREAM_HEX, 4), undefined);
  assert.equal(opened(under(), ADA, STREAM_HEX, 5), "ERR_CRYPTO");
  assert.equal(opened(under(), ADA, "04".repeat(16), 4), "ERR_CRYPTO");
  assert.equal(opened(under(), person(2).peerId, STREAM_HEX, 4), "ERR_CRYPTO");
  assert.equal(opened(under(0, 2), ADA, STREAM_HEX, 4), "ERR_CRYPTO");
  assert.equal(
    codeOf(() => stream(OTHER_ROOM).open(under(), ADA, STREAM_HEX, 4, bytes)),
    "ERR_CRYPTO",
  );
});

test("[KEY-7] damaged batches give a WireError and nothing else", () => {
  const bytes = stream().seal(under(), 0, [text("hello"), text("")]);
  const open = (batch: Uint8Array): unknown => {
    decodeBatchHeader(batch);
    return stream().open(under(), ADA, STREAM_HEX, 0, batch);
  };
  assertStrict(bytes, open);
  for (let at = 0; at < bytes.length; at++) {
    const broken = bytes.slice();
    broken[at] = (broken[at] ?? 0) ^ 1;
    assert.notEqual(
      codeOf(() => open(broken)),
      undefined,
      `byte ${at}`,
    );
  }
});

test("[KEY-8] a number seals once: an earlier or a repeated one is our bug", () => {
  const sender = stream();
  sender.seal(under(), 3, [text("a")]);
  assert.throws(() => sender.seal(under(), 3, [text("b")]), /batch 3 after 3/);
  assert.throws(() => sender.seal(under(1), 2, [text("b")]), /batch 2/);
  sender.seal(under(1), 4, [text("b")]);
});

test("[KEY-7] messages are cut into batches at their bounds, and none is larger", () => {
  const large = { protocol: "a", bytes: new Uint8Array(ROOM_MESSAGE_BYTES_MAX) };
  assert.equal(batchLength([large, large, large, large]), 2);
  const small = { protocol: "a", bytes: new Uint8Array(0) };
  const many = Array.from({ length: ROOM_BATCH_MESSAGES_MAX + 1 }, () => small);
  assert.equal(batchLength(many), ROOM_BATCH_MESSAGES_MAX);
  assert.equal(batchLength([large, ...many]), ROOM_BATCH_MESSAGES_MAX);
  const [sender, full] = [stream(), many.slice(0, -1)];
  assert.deepEqual(stream().open(under(), ADA, STREAM_HEX, 0, sender.seal(under(), 0, full)), full);
  assert.throws(() => sender.seal(under(), 1, many), /batch of/);
  assert.throws(() => sender.seal(under(), 1, [{ protocol: "a", bytes: new Uint8Array(ROOM_MESSAGE_BYTES_MAX + 1) }]));
  assert.throws(() => sender.seal(under(), 1, [{ protocol: "a".repeat(65), bytes: new Uint8Array(1) }]));
  const most = new Uint8Array(ROOM_BATCH_BYTES_MAX + BATCH_OVERHEAD_BYTES);
  most[0] = 1;
  decodeBatchHeader(most);
  const over = new Uint8Array(most.length + 1);
  over[0] = 1;
  assert.equal(
    codeOf(() => decodeBatchHeader(over)),
    "ERR_TOO_LARGE",
  );
});

test("[KEY-7] what a member seals that is no batch is refused when it is opened", () => {
  const hostile = (plaintext: readonly number[]): Uint8Array => {
    const watch = {
      ...quick,
      seal: (...[key, nonce, aad]: Parameters<typeof quick.seal>) =>
        quick.seal(key, nonce, aad, Uint8Array.from(plaintext)),
    };
    return new RoomStream(watch, ROOM, ADA, STREAM).seal(under(), 0, [text("x")]);
  };
  const code = (plaintext: readonly number[]): string | undefined =>
    codeOf(() => stream().open(under(), ADA, STREAM_HEX, 0, hostile(plaintext)));
  assert.equal(code([]), "ERR_TRUNCATED");
  assert.equal(code([0, 0]), "ERR_TEXT");
  assert.equal(code([1, 0xff, 0]), "ERR_TEXT");
  assert.equal(code([65, 0]), "ERR_TOO_LARGE");
  assert.equal(code([1, 97, 0x81, 0x80, 0x01]), "ERR_TOO_LARGE");
  const many = Array.from({ length: ROOM_BATCH_MESSAGES_MAX + 1 }, () => [1, 97, 0]).flat();
  assert.equal(code(many), "ERR_LIMIT");
  assert.equal(code(many.slice(3)), undefined);
});
