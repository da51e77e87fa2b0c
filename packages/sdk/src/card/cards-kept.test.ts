import assert from "node:assert/strict";
import { test } from "node:test";
import { createIdentity } from "@kith/core";
import type { Endpoint } from "../api.ts";
import { composeEndpoint, type EndpointOptions } from "../compose-endpoint.ts";
import { beginFacts } from "../fact/facts-part.ts";
import { LatePart } from "../late-part.ts";
import { MemoryStore } from "../memory-store.ts";
import { nodeProvider } from "../node/node-crypto.ts";
import { beginRooms } from "../rooms-part.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { Lab } from "../testing/lab.ts";
import { until } from "../testing/until.ts";
import type { CardFieldAt, CardId } from "./cards-api.ts";
import { beginCards } from "./cards-part.ts";
import type { CardsCode } from "./late-cards.ts";

const quick = { provider: nodeProvider, endOfTurn: (run: () => void) => process.nextTick(run) };
const NAME: CardFieldAt = { field: { kind: "name", text: "Ada Lovelace" } };
const MAIL: CardFieldAt = { field: { kind: "email", text: "ada@example.org" } };
/** A PNG of one pixel. */
const PHOTO = Uint8Array.from(
  atob("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="),
  (character) => character.charCodeAt(0),
);
const NO_CARD = "00".repeat(8) as CardId;

/** A store that outlives its endpoint, as one on a disk does. */
function diskOf(): MemoryStore {
  const store = new MemoryStore();
  store.close = async () => {};
  return store;
}

test("Cards: what is kept is there after a restart, photos too, and nothing of what was deleted", async () => {
  const lab = new Lab();
  const store = diskOf();
  const identity = createIdentity(nodeProvider, (length) => crypto.getRandomValues(new Uint8Array(length)));
  const before = await lab.endpoint("Ada", { ...quick, store, identity });
  const card = await before.cards.create({ label: " Work\u202e ", fields: [NAME, MAIL] });
  const { fields } = await before.cards.setPhoto(card.id, PHOTO, "public");
  const link = await before.cards.link(card.id, "public");
  const ben = await before.cards.addContact([{ kind: "name", text: "Ben" }]);
  await before.cards.annotate(ben.id, { notes: "met at the café", tags: ["tea", "tea", " "] });
  const gone = await before.cards.create({ label: "Gone", fields: [NAME] });
  await before.cards.delete(gone.id);
  await before.close();

  await using after = await lab.endpoint("Ada", { ...quick, store, identity });
  assert.deepEqual(after.cards.own.get(), [{ id: card.id, label: "Work", fields }]);
  assert.deepEqual(after.cards.links.get(), [link]);
  assert.deepEqual(
    after.cards.received.get().map(({ name, notes, tags }) => [name, notes, tags]),
    [["Ben", "met at the café", ["tea"]]],
  );
  const photo = fields.find(({ field }) => field.kind === "photo")?.field;
  assert.ok(photo?.kind === "photo");
  assert.deepEqual(await after.cards.photo(photo.hash), PHOTO);
  await after.cards.setPhoto(card.id, undefined);
  assert.equal(await after.cards.photo(photo.hash), undefined);
  assert.equal((await store.list("cards/photo/")).length, 0);
});

test("Cards: what the disk does not take is not shown as kept", async () => {
  const lab = new Lab();
  const store = new MemoryStore();
  await using ada = await lab.endpoint("Ada", { ...quick, store });
  const card = await ada.cards.create({ label: "Work", fields: [NAME] });
  store.isFull = true;
  await assert.rejects(ada.cards.edit(card.id, { label: "Home" }), { code: "ERR_STORAGE" });
  await assert.rejects(ada.cards.delete(card.id), { code: "ERR_STORAGE" });
  assert.deepEqual(ada.cards.own.get(), [card]);
  store.isFull = false;
  assert.equal((await ada.cards.edit(card.id, { label: "Home" })).label, "Home");
});

test("Cards: at 64 cards of one's own the next is refused; so is what a card cannot hold", async () => {
  await using ada = await new Lab().endpoint("Ada", quick);
  for (let number = 0; number < 64; number++) await ada.cards.create({ label: `${number}`, fields: [NAME] });
  await assert.rejects(ada.cards.create({ label: "one more" }), { code: "ERR_LIMIT" });
  const [card] = ada.cards.own.get();
  assert.ok(card);
  const skill: CardFieldAt = { field: { kind: "skill", text: "weaving" } };
  await assert.rejects(ada.cards.edit(card.id, { fields: Array<CardFieldAt>(33).fill(skill) }), {
    code: "ERR_ARGUMENT",
  });
  await assert.rejects(ada.cards.edit(card.id, { fields: [{ field: { kind: "email", text: "none" } }] }), {
    code: "ERR_ARGUMENT",
  });
  await assert.rejects(ada.cards.setPhoto(card.id, new Uint8Array(70_000)), { code: "ERR_ARGUMENT" });
  assert.equal((await ada.cards.edit(card.id, { fields: Array<CardFieldAt>(32).fill(skill) })).fields.length, 32);
  // A card of nobody may be kept, and is not given.
  await assert.rejects(ada.cards.code(card.id, "personal"), { code: "ERR_CARD" });
  assert.deepEqual((await ada.cards.preview(card.id, "personal")).faults, [{ fault: "nameless" }]);
});

test("Cards: what is not here is an error with a name", async () => {
  await using ada = await new Lab().endpoint("Ada", quick);
  const { cards } = ada;
  const unknown = { code: "ERR_CARD_UNKNOWN" };
  await assert.rejects(cards.edit(NO_CARD, {}), unknown);
  await assert.rejects(cards.preview(NO_CARD, "public"), unknown);
  await assert.rejects(cards.give(ada.id, NO_CARD, "public"), unknown);
  await assert.rejects(cards.accept("no"), unknown);
  await assert.rejects(cards.save("no"), unknown);
  await assert.rejects(cards.saveContacts("no"), unknown);
  await assert.rejects(cards.forget("no"), unknown);
  await assert.rejects(cards.forgetLink("no"), unknown);
  await assert.rejects(cards.cancelGiving("no"), unknown);
  const card = await cards.create({ label: "Work", fields: [NAME] });
  const link = await cards.link(card.id, "public");
  await assert.rejects(cards.revokeLink(link.id), { code: "ERR_CARD_STATE" });
  await cards.forgetLink(link.id);
  assert.deepEqual(cards.links.get(), []);
});

test("Cards: what a card said is not said any more when it has ended, and watchers are told", async () => {
  const lab = new Lab();
  const clock = new FakeClock();
  await using ada = await lab.endpoint("Ada", { ...quick, clock });
  await using ben = await lab.endpoint("Ben", { ...quick, clock });
  const own = await ada.cards.create({ label: "Work", fields: [NAME, MAIL] });
  const { text } = await ada.cards.link(own.id, "professional", { lifetime: 60_000 });
  const read = await ben.cards.read(text);
  assert.ok(read.type === "card");
  await ben.cards.save(read.card.id);
  assert.equal(ben.cards.received.get()[0]?.fields.length, 2);

  const told = until(ben.cards.received, ([entry]) => (entry?.cards[0]?.isEnded === true ? entry : undefined));
  clock.advance(12 * 60_000);
  const entry = await told;
  assert.deepEqual([entry.name, entry.fields], ["Ada Lovelace", []]);
  assert.deepEqual(await ben.cards.read(text), { type: "broken", code: "ERR_EXPIRED" });
});

test("LateCards: their code comes with the first offer, which waits for it; what fails is asked for again", async () => {
  const lab = new Lab();
  let tries = 0;
  const code: CardsCode = new LatePart(async () => {
    tries += 1;
    if (tries === 1) throw new TypeError("Failed to fetch dynamically imported module");
    return beginCards;
  });
  const options: EndpointOptions = { name: "Ben", transports: [lab.network.transport("ben")], ...quick };
  const rooms = new LatePart(async () => beginRooms);
  await using ben: Endpoint = await composeEndpoint(options, {
    rooms,
    cards: code,
    facts: new LatePart(async () => beginFacts),
  });
  await using ada = await lab.endpoint("Ada", quick);
  await ada.trust.add(ben.id, { name: "Ben" });
  await ben.trust.add(ada.id, { name: "Ada" });
  const card = await ada.cards.create({ label: "Work", fields: [NAME] });
  await ada.connect(ben.addresses.get()[0] ?? "");
  assert.equal(code.value, undefined);

  await ada.cards.give(ben.id, card.id, "public");
  await until(ada.cards.givings, ([giving]) => (giving?.end === "lost" ? giving : undefined)); // no code: it is let go
  assert.equal(tries, 1);

  await ada.cards.give(ben.id, card.id, "public");
  const offer = await until(ben.cards.offers, ([each]) => each);
  assert.equal(tries, 2);
  assert.equal((await ben.cards.accept(offer.id)).name, "Ada Lovelace");
});
