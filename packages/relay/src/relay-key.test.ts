import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Secret, succession } from "@kith/core";
import { relayProvider, systemRandom } from "./relay-crypto.ts";
import { putNextSeed, type RelayKey, takeKey } from "./relay-key.ts";
import { openDatabase } from "./store-file.ts";

const folder = mkdtempSync(join(tmpdir(), "kith-relay-key-"));
after(() => rmSync(folder, { recursive: true }));

const publicKey = (seed: Uint8Array): Uint8Array => relayProvider.ed25519PublicKey(seed);
function start(data: string): RelayKey {
  using database = openDatabase(data);
  return takeKey(database, systemRandom);
}
const filesOf = (data: string): Buffer =>
  Buffer.concat(readdirSync(data).map((name) => readFileSync(join(data, name))));

test("[REL-16] each start after a rotation adds to the chain, the newest four stay, and the old seed is gone", () => {
  const data = join(folder, "chain");
  const seeds = [start(data).seed.reveal().slice()];
  assert.deepEqual(start(data).successions, []);
  for (let round = 0; round < 6; round++) {
    const next = systemRandom(32);
    {
      using database = openDatabase(data);
      putNextSeed(database, systemRandom(32)); // the one that is rotated to last counts
      putNextSeed(database, next);
    }
    const { seed, successions } = start(data);
    seeds.push(seed.reveal().slice());
    assert.deepEqual(Buffer.from(seed.reveal()), Buffer.from(next));
    const whole = seeds.slice(1).map((to, at) => ({ from: seeds[at] ?? to, to }));
    assert.deepEqual(
      successions,
      whole.slice(-4).map(({ from, to }) => succession(relayProvider, new Secret(from), publicKey(to))),
    );
    assert.deepEqual(start(data).successions, successions, "a start without a rotation changes nothing");
    const files = filesOf(data);
    for (const gone of seeds.slice(0, -1)) assert.ok(!files.includes(Buffer.from(gone)));
  }
});

test("a chain that cannot be read is no key", () => {
  const data = join(folder, "damaged");
  start(data);
  for (const bytes of [new Uint8Array(0), Uint8Array.of(0x85), Uint8Array.of(0x92, ...new Uint8Array(32))]) {
    using database = openDatabase(data);
    database.prepare("INSERT OR REPLACE INTO facts VALUES ('successions', ?)").run(bytes);
    assert.throws(() => takeKey(database, systemRandom), { code: "ERR_DATA" });
  }
});
