/** Cards of a node in another process: bytes come over as they are, both ways. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { CardTable } from "@kith/sdk/testing";
import { FakeKith } from "../testing/fake-kith.ts";
import { withPasses } from "../testing/fake-passes.ts";
import { FAKE_NOW } from "../testing/fake-people.ts";
import { serveControl } from "./control-server.ts";
import { connectControl } from "./remote-kith.ts";

const home = mkdtempSync(join(tmpdir(), "kith-control-"));
after(() => rmSync(home, { recursive: true, force: true }));
/** Of one pixel. */
const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
  "base64",
);

test("a photo goes there, whatever kind of array holds it, and a pass comes back", async () => {
  const kith = new FakeKith({ seat: { cards: withPasses(new CardTable(FAKE_NOW).seat(1).cards) } });
  await using _server = await serveControl(kith, home);
  const remote = await connectControl(home);
  assert.ok(remote !== undefined);
  const { cards } = remote;
  const { id } = await cards.create({ label: "Work", fields: [{ field: { kind: "name", text: "Ada" } }] });
  // What is read from a file is a `Buffer`, which JSON would write as a list of numbers.
  for (const photo of [new Uint8Array(PNG), PNG]) {
    const card = await cards.setPhoto(id, photo, "public");
    const [named] = card.fields.map(({ field }) => field).filter((field) => field.kind === "photo");
    assert.ok(named?.kind === "photo");
    assert.deepEqual(await cards.photo(named.hash), new Uint8Array(PNG));
  }
  const kinds = { name: "", title: "", company: "", email: "", phone: "", address: "", link: "", skill: "", note: "" };
  const levels = { public: "", professional: "", personal: "" };
  const words = { ...kinds, level: "", until: "", description: "", levels };
  const pass = await cards.pass(id, "public", {
    relay: "tests.example",
    words,
    link: { expires: 60_000 },
    picture: PNG,
  });
  assert.deepEqual([pass.isTest, pass.link?.level, [...pass.bytes.subarray(0, 4)]], [true, "public", [80, 75, 5, 6]]);
  await assert.rejects(cards.pass(id, "public", { relay: "old.example", words }), { code: "ERR_PASS_CERTIFICATE" });
  await remote.close();
});
