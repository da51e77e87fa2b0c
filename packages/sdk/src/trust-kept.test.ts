/** What ends trust holds at once, and has an answer when a restart cannot undo it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createIdentity, type PeerId } from "@kith/core";
import type { Endpoint } from "./api.ts";
import { MemoryStore } from "./memory-store.ts";
import { nodeProvider } from "./node/node-crypto.ts";
import type { StoreEntry } from "./storage.ts";
import { Lab } from "./testing/lab.ts";

const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));
const quick = { provider: nodeProvider, endOfTurn: (run: () => void) => process.nextTick(run) };
const turns = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

/** Answers when it is let. */
class SlowStore extends MemoryStore {
  gate: Promise<void> = Promise.resolve();

  override async batch(puts: readonly StoreEntry[], deletes: readonly string[]): Promise<void> {
    await this.gate;
    return super.batch(puts, deletes);
  }
}

async function withContact(): Promise<{ ada: Endpoint; store: SlowStore; peer: PeerId }> {
  const store = new SlowStore();
  const ada = await new Lab().endpoint("Ada", { ...quick, store });
  const { peerId: peer } = createIdentity(nodeProvider, random);
  await ada.trust.add(peer, { name: "Ben" });
  await turns();
  return { ada, store, peer };
}

/** What of the store shows it, and how many entries before and after. */
const ENDS = [
  ["revoke", "trust/contact/", 1, 0],
  ["block", "trust/blocked/", 0, 1],
] as const;

for (const [how, prefix, before, after] of ENDS) {
  test(`Trust.${how}: fulfils when the store has answered, not before`, async () => {
    const { ada, store, peer } = await withContact();
    const { promise, resolve } = Promise.withResolvers<void>();
    store.gate = promise;
    let isKept = false;
    const kept = ada.trust[how](peer).then(() => {
      isKept = true;
    });
    await turns();
    assert.deepEqual(ada.trust.contacts.get(), [], "it holds at once");
    assert.equal(isKept, false);
    assert.equal((await store.list(prefix)).length, before);
    resolve();
    await kept;
    assert.equal((await store.list(prefix)).length, after);
    await ada.close();
  });
}

test("Trust.revoke: rejects when the endpoint closes and the store never took it", async () => {
  const { ada, store, peer } = await withContact();
  store.isFull = true;
  const rejected = assert.rejects(ada.trust.revoke(peer), { code: "ERR_ENDPOINT_CLOSED" });
  await turns();
  await ada.close();
  await rejected;
  await assert.rejects(ada.trust.unblock(peer), { code: "ERR_ENDPOINT_CLOSED" });
});
