import assert from "node:assert/strict";
import { test } from "node:test";
import { createIdentity } from "@kith/core";
import { nodeProvider } from "./node/node-crypto.ts";
import { Lab, until } from "./testing/lab.ts";
import { MemoryStore } from "./testing/memory-store.ts";

const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));
const quick = { provider: nodeProvider, endOfTurn: (run: () => void) => process.nextTick(run) };
const absent = createIdentity(nodeProvider, random).peerId;

test("a text is durable when send says that it is queued", async () => {
  const [lab, store] = [new Lab(), new SlowStore()];
  await using ada = await lab.endpoint("Ada", { ...quick, store });
  await ada.trust.add(absent, { name: "Ben" });
  store.isSlow = true;
  let isQueued = false;
  const sending = ada.chat.send(absent, "hello").then((message) => {
    isQueued = true;
    return message;
  });
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(isQueued, false);
  store.proceed();
  const { id } = await sending;
  assert.deepEqual(
    (await ada.chat.history(absent)).map((message) => [message.id, message.text, message.state]),
    [[id, "hello", "queued"]],
  );
});

test("a text that is not durable yet is rejected when the endpoint closes, or the contact is no longer one", async () => {
  const [lab, store] = [new Lab(), new SlowStore()];
  const ada = await lab.endpoint("Ada", { ...quick, store });
  await ada.trust.add(absent, { name: "Ben" });
  store.isSlow = true;
  const rejected = assert.rejects(ada.chat.send(absent, "one"), { code: "ERR_NOT_AUTHORIZED" });
  const revoked = assert.rejects(ada.trust.revoke(absent), { code: "ERR_ENDPOINT_CLOSED" });
  await rejected;
  await ada.trust.add(absent, { name: "Ben" });
  const closed = assert.rejects(ada.chat.send(absent, "two"), { code: "ERR_ENDPOINT_CLOSED" });
  await ada.close();
  await Promise.all([closed, revoked]);
});

test("what a contact wrote is not shown as unread once it is none", async () => {
  const lab = new Lab();
  const [ada, ben] = await lab.pair(quick);
  await ada.connect(ben.addresses.get()[0] ?? "");
  await ada.chat.send(ben.id, "hello");
  await until(ben.chat.unread, (all) => all[0]);
  await ben.trust.revoke(ada.id);
  await until(ben.chat.unread, (all) => (all.length === 0 ? true : undefined));
  await Promise.all([ada, ben].map((endpoint) => endpoint.close()));
});

class SlowStore extends MemoryStore {
  isSlow = false;
  readonly #waiting: (() => void)[] = [];

  override async batch(...args: Parameters<MemoryStore["batch"]>): Promise<void> {
    if (this.isSlow) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    await super.batch(...args);
  }

  proceed(): void {
    this.isSlow = false;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
