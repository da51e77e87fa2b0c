// A real relay in a process of its own: links that lead to it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createEndpoint } from "../create-endpoint.ts";
import { nodeProvider } from "../node/node-crypto.ts";
import { RelayProcess } from "../testing/relay-process.ts";
import { until } from "../testing/until.ts";

const VECTORS = new URL("../../../../spec/vectors/pass.json", import.meta.url);
const { words: PASS_WORDS } = JSON.parse(readFileSync(VECTORS, "utf8"));
const TIMES = { timeout: 60_000 };

let folder: string;
let relay: RelayProcess;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "kith-shares-"));
  relay = await RelayProcess.start(folder);
});
after(async () => {
  await relay?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const endpointOf = async (name: string, relays: readonly string[]) => {
  const endpoint = await createEndpoint({ name, transports: [], provider: nodeProvider, relays });
  if (relays.length > 0) await until(endpoint.relays, ([view]) => (view?.state === "ready" ? true : undefined));
  return endpoint;
};

test(
  "[CARD-13] Cards: a link that a relay keeps is had as often as it may, with its photo, and ends when revoked",
  TIMES,
  async () => {
    await using ada = await endpointOf("Ada", [relay.address]);
    await using ben = await endpointOf("Ben", []);
    const made = await ada.cards.create({ label: "Work", fields: [{ field: { kind: "name", text: "Ada" } }] });
    const png = atob(
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
    );
    const photo = Uint8Array.from(png, (character) => character.charCodeAt(0));
    await ada.cards.setPhoto(made.id, photo, "public");
    const link = await ada.cards.link(made.id, "public", { relay: relay.host, uses: 2 });
    assert.deepEqual([link.kind, link.host, link.uses, link.isEnded], ["kept", relay.host, 2, false]);
    assert.equal(link.text.length < 120, true);

    // Reading it says where it leads, and goes nowhere.
    assert.deepEqual(await ben.cards.read(link.text), { type: "kept", host: relay.host });
    for (let use = 0; use < 2; use++) {
      const read = await ben.cards.fetch(link.text);
      assert.ok(read.type === "card", read.type);
      assert.deepEqual([read.card.name, read.card.hasPhoto, read.card.cameBy], ["Ada", true, "link"]);
      const [named] = read.card.fields.filter(({ kind }) => kind === "photo");
      assert.ok(named?.kind === "photo");
      if (use === 1) await ben.cards.save(read.card.id);
      assert.deepEqual(await ben.cards.photo(named.hash), photo);
    }
    assert.deepEqual(await ben.cards.fetch(link.text), { type: "broken", code: "ERR_CARD_STATE" });

    const other = await ada.cards.link(made.id, "public", { relay: relay.host });
    await ada.cards.revokeLink(other.id);
    assert.deepEqual(await ben.cards.fetch(other.text), { type: "broken", code: "ERR_CARD_STATE" });
    assert.equal(ada.cards.links.get().find(({ id }) => id === other.id)?.isEnded, true);
    await assert.rejects(ada.cards.link(made.id, "public", { uses: 2 }), { code: "ERR_ARGUMENT" });
    await assert.rejects(ben.cards.fetch("kith:card/AQ"), { code: "ERR_ARGUMENT" });
  },
);

test(
  "[CARD-23] the link in the code of a Wallet pass opens, at its level and no other, until it is taken back",
  TIMES,
  async () => {
    await using ada = await endpointOf("Ada", [relay.address]);
    await using ben = await endpointOf("Ben", []);
    const fields = [
      { field: { kind: "name", text: "Ada" } },
      { field: { kind: "email", text: "ada@example.org" } },
      { field: { kind: "phone", text: "+44 20 7946 0958" } },
    ] as const;
    const { id } = await ada.cards.create({ label: "Work", fields });
    const options = { relay: relay.host, words: PASS_WORDS, link: { expires: 86_400_000 } };
    const pass = await ada.cards.pass(id, "professional", options);
    assert.ok(pass.link !== undefined && pass.isTest);
    assert.deepEqual(ada.cards.links.get(), [pass.link], "it is listed, to be taken back");
    assert.deepEqual([pass.endsAt, pass.link.level], [pass.link.endsAt, "professional"]);
    const inside = new TextDecoder().decode(pass.bytes); // stored, so its files stand in it as they are
    assert.ok(inside.includes(JSON.stringify(pass.link.text).slice(1, -1)));
    assert.ok(inside.includes("ada@example.org") && !inside.includes("7946"));
    const read = await ben.cards.fetch(pass.link.text);
    assert.ok(read.type === "card", read.type);
    assert.deepEqual([read.card.level, read.card.fields.map(({ kind }) => kind)], ["professional", ["name", "email"]]);
    await ada.cards.revokeLink(pass.link.id);
    assert.deepEqual(await ben.cards.fetch(pass.link.text), { type: "broken", code: "ERR_CARD_STATE" });

    // What comes to nothing leaves nothing behind, at the relay and in the list.
    const late = new AbortController();
    const picture = Uint8Array.of(1); // of a card that shows none
    await assert.rejects(ada.cards.pass(id, "public", { ...options, picture }), { code: "ERR_ARGUMENT" });
    late.abort(new Error("enough"));
    await assert.rejects(ada.cards.pass(id, "public", { ...options, signal: late.signal }), { message: "enough" });
    assert.equal(ada.cards.links.get().length, 1);
  },
);
