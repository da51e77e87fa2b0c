/** A backup of one home becomes another, over real TCP and real files: whoever knew its owner knows them again. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";
import { decodeAuditEntry, parsePeerId } from "@kith/core";
import { type CardId, cardField, decodeOwnCard, encodeCardEntry, encodeOwnCard, plainEntry } from "@kith/core/card";
import type { PairingView } from "../api.ts";
import { createEndpoint as createBare } from "../create-endpoint.ts";
import type { StoreEntry } from "../storage.ts";
import { until } from "../testing/until.ts";
import { createEndpoint, type NodeEndpoint } from "./create-endpoint.ts";
import { restoreIntoHome } from "./restore-home.ts";
import { openSqliteStore } from "./sqlite-store.ts";

const root = mkdtempSync(join(tmpdir(), "kith-backup-"));
after(() => rmSync(root, { recursive: true }));
const homeOf = (name: string): string => join(root, name);
const passphrase = "of this home";

const node = (home: string, name?: string): Promise<NodeEndpoint> =>
  createEndpoint({
    ...{ home: homeOf(home), passphrase, host: "127.0.0.1", discovery: false, webRtc: false },
    ...(name !== undefined && { name }),
  });

const at = (step: PairingView["step"]["at"]) => (views: readonly PairingView[]) =>
  views.find((view) => view.step.at === step);

async function pair(ada: NodeEndpoint, ben: NodeEndpoint): Promise<void> {
  await ben.pairing.offer("pin");
  const shown = await until(ben.pairing.all, at("show-code"));
  assert.ok(shown.step.at === "show-code");
  const id = await ada.pairing.start(ben.addresses.get()[0] ?? "", "pin");
  await until(ada.pairing.all, at("enter-code"));
  await ada.pairing.answer(id, { type: "code", code: shown.step.code });
  const asked = await until(ben.pairing.all, at("consent"));
  await ben.pairing.answer(asked.id, { type: "consent", accept: true });
  await until(ada.pairing.all, at("consent"));
  await ada.pairing.answer(id, { type: "consent", accept: true });
  await until(ada.pairing.all, at("done"));
  await until(ben.pairing.all, at("done"));
}

const CARD = "00000000000000aa" as CardId;
const ownCard = (label: string): StoreEntry => ({
  key: `cards/own/${CARD}`,
  value: encodeOwnCard({
    ...{ id: CARD, label, revisions: { public: 3, professional: 4, personal: 5 } },
    fields: [{ level: "public", field: cardField("name", { text: "Ada" }) }],
  }),
});
const entry: StoreEntry = {
  key: "cards/entry/e1",
  value: encodeCardEntry({ ...plainEntry("e1", [cardField("name", { text: "Cat" })]), notes: "tea", tags: ["fair"] }),
};

async function keep(home: string, entries: readonly StoreEntry[]): Promise<void> {
  await using store = openSqliteStore(join(homeOf(home), "store.sqlite"));
  await store.batch(entries, []);
}

async function keptCard(home: string): Promise<string | undefined> {
  await using store = openSqliteStore(join(homeOf(home), "store.sqlite"));
  const value = await store.get(`cards/own/${CARD}`);
  return value && decodeOwnCard(value).label;
}

async function logged(home: string): Promise<readonly string[]> {
  await using store = openSqliteStore(join(homeOf(home), "store.sqlite"));
  const entries = (await store.list("audit/")).filter(({ key }) => key !== "audit/head");
  return entries.map(({ value }) => decodeAuditEntry(value)).map(({ event, detail }) => `${event} ${detail}`);
}

const stranger = parsePeerId("ab".repeat(32));

test("a restored home is known by its contacts, has its cards, and goes on", { timeout: 60_000 }, async () => {
  assert.ok(stranger !== undefined);
  await using ben = await node("ben", "Ben");
  await using first = await node("ada", "Ada");
  await pair(first, ben);
  await first.trust.annotate(ben.id, "met at the fair");
  await first.trust.block(stranger);
  await first.close();
  await keep("ada", [ownCard("work"), entry, { key: "chat/x", value: Uint8Array.of(1) }]);
  await using again = await node("ada");
  const { bytes, records, damaged } = await again.backup("to paper");
  assert.deepEqual([records, damaged], [4, 0]);
  await again.close();
  assert.ok((await logged("ada")).includes("identityExported backup"));
  rmSync(homeOf("ada"), { recursive: true }); // the device is lost

  const restored = await restoreIntoHome(homeOf("new"), bytes, { backup: "to paper", home: passphrase });
  assert.deepEqual([restored.name, restored.isNew, restored.left], ["Ada", true, 0]);
  assert.deepEqual(restored.added, { contacts: 1, cards: 1, people: 1 });
  assert.equal(restored.fingerprint, first.fingerprint);
  assert.equal(await keptCard("new"), "work");

  await using ada = await node("new");
  assert.deepEqual([ada.name, ada.id], ["Ada", first.id]);
  const [contact] = ada.trust.contacts.get();
  assert.deepEqual([contact?.name, contact?.notes, contact?.verifiedBy], ["Ben", "met at the fair", "pin"]);
  assert.deepEqual(
    ada.cards.own.get().map(({ id, label }) => [id, label]),
    [[CARD, "work"]],
  );
  const [cat] = ada.cards.received.get();
  assert.deepEqual([cat?.name, cat?.notes, cat?.tags], ["Cat", "tea", ["fair"]]);
  const heard = ben.chat.watch();
  await ada.connect(ben.addresses.get()[0] ?? "", { expect: ben.id });
  await ada.chat.send(ben.id, "it is me");
  for await (const event of heard)
    if (event.type === "message") {
      assert.deepEqual([event.message.text, event.message.peer], ["it is me", ada.id]);
      break;
    }
  assert.deepEqual(ben.alarms.get(), []);
});

/** A backup of somebody with a card, and the home that it is of. */
async function backup(home: string, name: string): Promise<Uint8Array> {
  await (await node(home, name)).close();
  await keep(home, [ownCard("work"), entry]);
  await using endpoint = await node(home);
  return (await endpoint.backup("to paper")).bytes;
}

test("[BAK-7] into a home of the same identity comes what is missing; what is there stays", {
  timeout: 60_000,
}, async () => {
  const bytes = await backup("same", "Ada");
  await keep("same", [ownCard("newer")]);
  {
    await using store = openSqliteStore(join(homeOf("same"), "store.sqlite"));
    await store.delete(entry.key);
  }
  const restored = await restoreIntoHome(homeOf("same"), bytes, { backup: "to paper", home: passphrase });
  assert.deepEqual([restored.isNew, restored.added, restored.left], [false, { contacts: 0, cards: 0, people: 1 }, 1]);
  assert.equal(await keptCard("same"), "newer");
});

test("[BAK-2] [BAK-7] another identity, a wrong passphrase and a damaged file change nothing", {
  timeout: 60_000,
}, async () => {
  const bytes = await backup("one", "Ada");
  await (await node("two", "Ben")).close();
  const restore = (home: string, file: Uint8Array, word = "to paper"): Promise<unknown> =>
    restoreIntoHome(homeOf(home), file, { backup: word, home: passphrase });
  await assert.rejects(restore("two", bytes), { code: "ERR_IDENTITY", message: /another identity/ });
  assert.equal(await keptCard("two"), undefined);
  await assert.rejects(restore("none", bytes, "to papers"), { code: "ERR_IDENTITY", message: /passphrase is another/ });
  const damaged = bytes.slice();
  damaged[3_000] = (damaged[3_000] ?? 0) ^ 1;
  await assert.rejects(restore("none", damaged), { code: "ERR_BACKUP", message: /damaged/ });
  await assert.rejects(restore("none", bytes.subarray(0, -1)), { code: "ERR_BACKUP", message: /damaged/ });
  await assert.rejects(restore("none", Uint8Array.of(1, 2)), { code: "ERR_BACKUP", message: /no backup/ });
  assert.equal(existsSync(join(homeOf("none"), "key")), false);
  await using open = await node("one");
  await assert.rejects(restore("one", bytes), { code: "ERR_HOME_IN_USE" });
  assert.equal(open.name, "Ada");
});

test("[BAK-6] a disk that fails midway leaves nothing of it, and the same backup goes in afterwards", {
  timeout: 60_000,
}, async () => {
  const bytes = await backup("from", "Ada");
  await (await node("broken", "Cat")).close(); // makes the database
  rmSync(join(homeOf("broken"), "key"));
  const database = new DatabaseSync(join(homeOf("broken"), "store.sqlite"));
  // The last record of the transaction is the one that fails.
  database.exec(
    "CREATE TRIGGER full BEFORE INSERT ON entries WHEN new.key LIKE 'cards/entry/%' BEGIN SELECT RAISE(ABORT, 'disk full'); END",
  );
  const restore = (): ReturnType<typeof restoreIntoHome> =>
    restoreIntoHome(homeOf("broken"), bytes, { backup: "to paper", home: passphrase });
  await assert.rejects(restore(), { code: "ERR_STORAGE" });
  assert.equal(await keptCard("broken"), undefined);
  database.exec("DROP TRIGGER full");
  database.close();
  const { isNew, added } = await restore();
  assert.deepEqual([isNew, added], [false, { contacts: 0, cards: 1, people: 1 }]);
});

test("a visit and a store of nothing have no backup", async () => {
  const anonymous = await createEndpoint({ anonymous: true, home: homeOf("x"), discovery: false, webRtc: false });
  await assert.rejects(anonymous.backup("to paper"), { code: "ERR_IDENTITY" });
  await anonymous.close();
  await using bare = await createBare({ name: "Ada", transports: [] });
  await assert.rejects(bare.backup("to paper"), { code: "ERR_STORAGE" });
});
