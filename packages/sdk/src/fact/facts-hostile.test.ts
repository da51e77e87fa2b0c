/** Who shows over another endpoint's session, and contacts that go too far. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeCredentialMessage } from "@kith/core/credential";
import { until } from "../testing/until.ts";
import { faults, issue, MEMBER, meet, pin, quick, three } from "./facts-world.test.ts";

test("Facts: shown over a session of another endpoint, it says that somebody is a member, and not who", async () => {
  await using world = await three();
  const { lab, org, ada, victor, clock } = world;
  await issue(org, ada);
  await pin(victor, org);
  await using mask = await lab.endpoint("Mask", { ...quick, clock });
  await victor.trust.add(mask.id, { name: "Somebody" });
  await mask.trust.add(victor.id, { name: "Victor" });
  await meet(mask, victor);
  const session = await mask.connect(victor.id);
  await ada.facts.present(session, { issuer: org.id, slots: [MEMBER] });
  const seen = await until(victor.facts.checks, ([each]) => each);
  assert.deepEqual(seen.shown?.facts, [{ slot: MEMBER, label: "memberOf", value: "Chess Club" }]);
  assert.deepEqual([seen.peer, seen.name, seen.shown?.holder], [mask.id, "Somebody", undefined]);
  assert.ok(!JSON.stringify(seen).includes(ada.id));

  // Named, it is not of whose session this is, and nothing is believed.
  await ada.facts.present(session, { issuer: org.id, slots: [MEMBER], namesHolder: true });
  const named = await until(victor.facts.checks, ([, each]) => each);
  assert.deepEqual([faults(named), named.shown], [["anotherHolder"], undefined]);
});

test("[CRE-16] Facts: of one contact four wait and no more; rubbish ends its channel alone", {
  timeout: 60_000,
}, async () => {
  await using world = await three();
  const { ada, victor } = world;
  await ada.facts.open();
  const session = await victor.connect(ada.id);
  const open = () => session.open("credential/1");
  const nonce = new Uint8Array(32);
  const ask = encodeCredentialMessage({ type: "ask", nonce, mustNameHolder: false, wanted: [{ label: "role" }] });
  const waiting = [];
  for (let count = 1; count <= 4; count++) {
    const channel = await open();
    await channel.send(ask);
    waiting.push(channel);
    await until(ada.facts.asks, (asks) => (asks.length === count ? true : undefined));
  }
  for (const message of [ask, Uint8Array.of(0xff), new Uint8Array(0)]) {
    const channel = await open();
    await channel.send(message);
    assert.deepEqual(await channel.closed, { by: "peer", reason: "reset" });
  }
  assert.equal(ada.facts.asks.get().filter(({ at }) => at === "asked").length, 4);
  const [first] = ada.facts.asks.get();
  await ada.facts.decline(first?.id ?? "");
  const next = await open();
  await next.send(ask);
  await until(ada.facts.asks, (asks) => (asks.filter(({ at }) => at === "asked").length === 4 ? true : undefined));
  for (const channel of waiting) channel.reset();
});

test("Facts: an unclean question ends the channel, and is shown to nobody", { timeout: 60_000 }, async () => {
  await using world = await three();
  const { ada, victor } = world;
  const session = await victor.connect(ada.id);
  const channel = await session.open("credential/1");
  const nonce = new Uint8Array(32);
  const wanted = [{ label: "role", value: "a\u202eb" }];
  await channel.send(encodeCredentialMessage({ type: "ask", nonce, mustNameHolder: false, wanted }));
  assert.deepEqual(await channel.closed, { by: "peer", reason: "reset" });
  assert.deepEqual(ada.facts.asks.get(), []);
});
