import assert from "node:assert/strict";
import { test } from "node:test";
import { AsyncQueue } from "./queue.ts";

test("AsyncQueue gives everything in order, what was queued before the end included", async () => {
  const queue = new AsyncQueue<number>({ max: 10 });
  queue.push(1);
  const all = collect(queue);
  queue.push(2);
  await Promise.resolve();
  queue.push(3);
  queue.end();
  queue.push(4);
  assert.deepEqual(await all, [1, 2, 3]);
});

test("AsyncQueue.push says when it is full; onRoom comes once, at half", async () => {
  let rooms = 0;
  const queue = new AsyncQueue<string>({ max: 10, weight: (text) => text.length, onRoom: () => rooms++ });
  assert.equal(queue.push("123456789"), true);
  assert.equal(queue.push("1"), false);
  assert.equal(queue.push("22"), false);
  assert.ok(queue.isFull);
  queue.take();
  assert.equal(rooms, 1);
  queue.take();
  assert.equal(rooms, 1);
  assert.equal(queue.size, 1);
});

test("AsyncQueue.fail throws after what was queued", async () => {
  const queue = new AsyncQueue<number>({ max: 1 });
  queue.push(1);
  queue.fail(new Error("gone"));
  const got: number[] = [];
  await assert.rejects(async () => {
    for await (const item of queue) got.push(item);
  }, /gone/);
  assert.deepEqual(got, [1]);
});

test("AsyncQueue has one consumer; leaving the loop ends it and lets the producer go", async () => {
  let rooms = 0;
  const queue = new AsyncQueue<number>({ max: 2, onRoom: () => rooms++ });
  queue.push(1);
  queue.push(2);
  queue.push(3);
  for await (const _ of queue) break;
  assert.equal(queue.size, 0);
  assert.equal(rooms, 1);
  assert.equal(queue.push(4), true);
  assert.equal(queue.size, 0);
  await assert.rejects(collect(queue), TypeError);
});

test("AsyncQueue keeps order over many pushes and takes", () => {
  const queue = new AsyncQueue<number>({ max: 1e9 });
  let next = 0;
  for (let i = 0; i < 20_000; i++) {
    queue.push(i);
    if (i % 3 !== 0) assert.equal(queue.take(), next++);
  }
  while (queue.size > 0) assert.equal(queue.take(), next++);
  assert.equal(next, 20_000);
  assert.equal(queue.take(), undefined);
});

async function collect<T>(queue: AsyncQueue<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of queue) all.push(item);
  return all;
}
