/** What is due is renewed while its issuer is there anyway. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createIdentity, type PeerId } from "@kith/core";
import type { Endpoint } from "../api.ts";
import { MemoryStore } from "../memory-store.ts";
import { nodeProvider } from "../node/node-crypto.ts";
import { Subject } from "../observable.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { Lab } from "../testing/lab.ts";
import { until } from "../testing/until.ts";
import { FactRenewals } from "./fact-renewals.ts";
import { issue, meet, quick, three } from "./facts-world.test.ts";

const HOUR_MS = 3_600_000;

/** To when what is held is just due: in the last quarter of its epoch. */
function whenDue(clock: FakeClock, ada: Endpoint): void {
  const [held] = ada.facts.held.get();
  assert.ok(held && !held.isDue);
  clock.advance(held.endsAt - clock.wall() - held.issuer.epochSeconds * 250 + 1_000);
}

test("[CRE-17] Facts: renewed without a word when the issuer is met; of who revoked, nothing", async () => {
  await using world = await three();
  const { org, ada, clock } = world;
  await issue(org, ada);
  const [before] = ada.facts.held.get();
  whenDue(clock, ada);
  await meet(ada, org);
  const after = await until(ada.facts.held, ([held]) => (held?.isDue === false ? held : undefined));
  assert.deepEqual(after.facts, before?.facts);

  await org.facts.revoke(ada.id);
  clock.advance(2 * after.issuer.epochSeconds * 1_000);
  await meet(ada, org);
  await assert.rejects(ada.facts.renew(org.id), { message: /do not vouch/ }); // as is what was tried by itself
  assert.equal(ada.facts.held.get()[0]?.isCurrent, false);
});

test("[CRE-17] Facts: an issuer who is there is asked once an hour, at once when it is met again, and never after the end", async () => {
  const clock = new FakeClock();
  const sessions = new Subject<readonly { readonly peer: PeerId }[]>([]);
  const issuer = "ab".repeat(32) as PeerId;
  let asked = 0;
  let fail: () => void = () => {};
  const renewals = new FactRenewals(
    { clock, sessions },
    {
      due: () => [issuer],
      renew: () => {
        asked += 1;
        return new Promise((_resolve, reject) => {
          fail = () => reject(new Error("not now"));
        });
      },
    },
  );
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const failed = (): Promise<void> => {
    fail();
    return turn();
  };
  renewals.look();
  assert.equal(asked, 0, "nobody is called for it");
  sessions.set([{ peer: issuer }]);
  await turn();
  renewals.look();
  clock.advance(2 * HOUR_MS);
  assert.equal(asked, 1, "the first time is not over");
  await failed();
  clock.advance(HOUR_MS);
  assert.equal(asked, 2);
  await failed();
  clock.advance(HOUR_MS - 1);
  assert.equal(asked, 2);
  sessions.set([]);
  await turn();
  sessions.set([{ peer: issuer }]);
  await turn();
  assert.equal(asked, 3);
  await failed();
  renewals.end();
  renewals.look();
  clock.advance(2 * HOUR_MS);
  assert.equal(asked, 3);
  assert.equal(clock.next, undefined);
});

test("[CRE-17] Facts: nothing of them is loaded before the issuer is met, and then it is", async () => {
  const lab = new Lab();
  const clock = new FakeClock({ wall: Date.UTC(2027, 0, 15, 12) });
  const store = new MemoryStore();
  store.close = async () => {}; // as one on a disk
  const identity = createIdentity(nodeProvider, (length) => crypto.getRandomValues(new Uint8Array(length)));
  const before = await lab.endpoint("Ada", { ...quick, clock, store, identity });
  await using org = await lab.endpoint("Org", { ...quick, clock });
  await using victor = await lab.endpoint("Victor", { ...quick, clock });
  for (const other of [org, victor]) {
    await before.trust.add(other.id, { name: other.name });
    await other.trust.add(before.id, { name: "Ada" });
  }
  await meet(before, org);
  await issue(org, before);
  whenDue(clock, before);
  await before.close();
  assert.equal((await store.list("credential/kept/")).length, 1);

  await using after = await lab.endpoint("Ada", { ...quick, clock, store, identity });
  await meet(after, victor);
  assert.deepEqual(after.facts.held.get(), []);
  await meet(after, org);
  await until(after.facts.held, ([held]) => (held?.isDue === false ? held : undefined));
  assert.equal((await store.list("credential/kept/")).length, 2);
});
