import assert from "node:assert/strict";
import { test } from "node:test";
import type { Endpoint } from "../api.ts";
import { nodeProvider } from "../node/node-crypto.ts";
import { Lab } from "../testing/lab.ts";
import { until } from "../testing/until.ts";
import type { CardFieldAt } from "./cards-api.ts";

const quick = { provider: nodeProvider, endOfTurn: (run: () => void) => process.nextTick(run) };

const FIELDS: readonly CardFieldAt[] = [
  { field: { kind: "name", text: " Ada  Lovelace ", given: "Ada", family: "Lovelace" } },
  { field: { kind: "email", text: "ada@example.org", label: "work" } },
  { field: { kind: "phone", text: "+44 20 7946 0958" } },
];

/** Ada offers her card to Ben; his offer. */
async function offered(ada: Endpoint, ben: Endpoint, level: "public" | "personal" = "personal"): Promise<string> {
  const card = ada.cards.own.get()[0] ?? (await ada.cards.create({ label: "All of me", fields: FIELDS }));
  const [hint = ""] = ben.addresses.get();
  await ada.connect(hint);
  const known = ben.cards.offers.get().length;
  await ada.cards.give(ben.id, card.id, level);
  const { id } = await until(ben.cards.offers, (offers) => offers[known]);
  return id;
}

test("Cards: given nearby, it is shown with what is verified, and kept when its taker says so", async () => {
  const lab = new Lab();
  const pair = await lab.pair(quick);
  await using ada = pair[0];
  await using ben = pair[1];
  const offer = await offered(ada, ben);
  assert.equal(ada.cards.givings.get()[0]?.at, "offered");
  assert.equal(ben.cards.offers.get()[0]?.name, "Ada");

  const card = await ben.cards.accept(offer);
  assert.deepEqual([card.name, card.signer, card.giver, card.level], ["Ada Lovelace", ada.id, ada.id, "personal"]);
  assert.deepEqual(
    card.fields.map(({ kind }) => kind),
    ["name", "email", "phone"],
  );
  assert.deepEqual([card.judgement.standing, card.judgement.offer], ["known", "save"]);
  assert.deepEqual(ben.cards.received.get(), []);

  await ben.cards.save(card.id);
  assert.deepEqual(
    ben.cards.received.get().map(({ name, signer }) => [name, signer]),
    [["Ada Lovelace", ada.id]],
  );
  const end = await until(ada.cards.givings, ([giving]) => giving?.end);
  assert.equal(end, "kept");
  assert.equal(ben.cards.offers.get()[0]?.end, "kept");
});

test("Cards: a level shows its own fields and those before it, and no trace of others", async () => {
  const lab = new Lab();
  const pair = await lab.pair(quick);
  await using ada = pair[0];
  await using ben = pair[1];
  const card = await ben.cards.accept(await offered(ada, ben, "public"));
  assert.deepEqual(
    card.fields.map(({ kind }) => kind),
    ["name"],
  );
  const [own] = ada.cards.own.get();
  assert.ok(own);
  const preview = await ada.cards.preview(own.id, "public");
  assert.deepEqual(preview.fields, card.fields);
  assert.deepEqual(preview.faults, []);
});
