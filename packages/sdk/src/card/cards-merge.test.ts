// Contacts that we typed, and two entries that are one person.
import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryStore } from "../memory-store.ts";
import { nodeProvider } from "../node/node-crypto.ts";
import { Lab } from "../testing/lab.ts";

const quick = { provider: nodeProvider, endOfTurn: (run: () => void) => process.nextTick(run) };
const VCARD = new TextEncoder().encode(
  "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:A. Lovelace\r\nEMAIL:ADA@example.org\r\nEND:VCARD\r\n",
);

test("Cards: what was imported or typed, and what a key signed, become one on a yes, and nothing is lost", async () => {
  const lab = new Lab();
  const store = new MemoryStore();
  await using ada = await lab.endpoint("Ada", quick);
  await using ben = await lab.endpoint("Ben", { ...quick, store });
  const { cards } = ben;
  const own = await ada.cards.create({
    label: "Work",
    fields: [{ field: { kind: "name", text: "Ada Lovelace" } }, { field: { kind: "email", text: "ada@example.org" } }],
  });
  const read = await cards.read((await ada.cards.link(own.id, "professional")).text);
  assert.ok(read.type === "card");
  const signed = await cards.save(read.card.id);
  const file = await cards.readFile(VCARD);
  assert.ok(file.type === "contacts");
  const [imported] = await cards.saveContacts(file.id);
  assert.ok(imported);
  const typed = await cards.addContact([
    { kind: "name", text: "Auntie" },
    { kind: "phone", text: "+44 20 7946 0018" },
  ]);
  await cards.annotate(typed.id, { notes: "likes tea", tags: ["family"] });
  assert.deepEqual([signed.isTyped, imported.isTyped, typed.isTyped], [false, false, true]);

  assert.deepEqual(await cards.twins(signed.id), [{ entry: imported.id, hint: "email" }]);
  const preview = await cards.previewMerge(signed.id, imported.id);
  assert.equal(cards.received.get().length, 3, "nothing was merged yet");
  assert.deepEqual(await cards.merge(signed.id, imported.id), preview.entry);
  store.isFull = true;
  await assert.rejects(cards.merge(typed.id, signed.id), { code: "ERR_STORAGE" });
  assert.equal(cards.received.get().length, 2);
  store.isFull = false;
  const whole = await cards.merge(typed.id, signed.id);
  assert.deepEqual(
    whole.fields.map((field) => ("text" in field ? field.text : field.kind)),
    ["Ada Lovelace", "ada@example.org", "ADA@example.org", "+44 20 7946 0018"],
  );
  assert.deepEqual([whole.id, whole.signer, whole.isTyped], [typed.id, ada.id, true]);
  assert.deepEqual([whole.notes, whole.tags], ["likes tea", ["family"]]);
  assert.deepEqual(
    whole.typed.map((field) => ("text" in field ? field.text : field.kind)),
    ["Auntie", "+44 20 7946 0018", "A. Lovelace", "ADA@example.org"],
  );
  assert.equal((await cards.search("auntie"))[0]?.id, typed.id);
  assert.equal(cards.received.get().length, 1);
  const same = await cards.editContact(
    whole.id,
    whole.typed.filter((field) => field.kind !== "photo"),
  );
  assert.deepEqual(same, whole, "what they were called before is kept");
  const edited = await cards.editContact(whole.id, [{ kind: "name", text: "Auntie" }]);
  assert.deepEqual([edited.cards.length, edited.typed.length], [1, 1], "what is signed stays");
});

test("Cards: entries of two keys stay apart, and one is not merged with itself or nobody", async () => {
  const lab = new Lab();
  await using ben = await lab.endpoint("Ben", quick);
  const kept: string[] = [];
  for (const name of ["Ada", "Cat"]) {
    await using other = await lab.endpoint(name, quick);
    const own = await other.cards.create({ label: "x", fields: [{ field: { kind: "name", text: name } }] });
    const read = await ben.cards.read((await other.cards.link(own.id, "public")).text);
    assert.ok(read.type === "card");
    kept.push((await ben.cards.save(read.card.id)).id);
  }
  const [ada = "", cat = ""] = kept;
  await assert.rejects(ben.cards.merge(ada, cat), { code: "ERR_ARGUMENT" });
  await assert.rejects(ben.cards.merge(ada, ada), { code: "ERR_ARGUMENT" });
  await assert.rejects(ben.cards.merge(ada, "nobody"), { code: "ERR_CARD_UNKNOWN" });
  assert.equal(ben.cards.received.get().length, 2);
});
