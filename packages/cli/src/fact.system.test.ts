// Three nodes, each a process of the real program: one vouches, one holds and shows, one checks. Real time: processes.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { freePort, Home, type Line } from "./testing/cli-home.ts";
import { until } from "./testing/tour-guide.ts";

const NAMES = ["Org", "Ada", "Victor"] as const;

/** What failed of all that was checked. */
const faults = (line: Line | undefined): readonly unknown[] =>
  ((line?.["checks"] ?? []) as readonly Line[]).flatMap(({ fault }) => fault ?? []); // of our own program

test("issued after a yes, shown after a yes, checked; as a code once; ended, and refused from then on", {
  timeout: 240_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), "kith-fact-"));
  const homes = await Promise.all(NAMES.map(async (name) => new Home(join(folder, name), await freePort())));
  const [org, ada, victor] = homes;
  assert.ok(org && ada && victor);
  try {
    const ids = await Promise.all(homes.map((home, at) => home.up(NAMES[at] ?? "")));
    const acquaint = (a: number, b: number): Promise<unknown> =>
      homes[a]?.asks("trust", "add", ids[b] ?? "", NAMES[b] ?? "") ?? Promise.reject();
    await Promise.all([acquaint(0, 1), acquaint(1, 0), acquaint(1, 2), acquaint(2, 1)]);
    await ada.asks("connect", `127.0.0.1:${org.port}`);
    await ada.asks("connect", `127.0.0.1:${victor.port}`);

    const [issuer] = await org.asks("issuer", "create", "Analytical Engines", "--epoch", "1d");
    const issuing = org.start("issuer", "issue", "Ada", "name=Ada Lovelace", "role=Engineer", "memberOf=Chess Club");
    await until(
      () => ada.asks("fact", "offers"),
      (offers) => offers.length === 1,
    );
    const [held] = await ada.asks("fact", "accept", "--yes");
    assert.equal(held?.["isCurrent"], true);
    assert.equal((await issuing.ended)[0], 0);

    await victor.asks("fact", "trust", String(issuer?.["code"]), "--yes");
    const asking = victor.start("fact", "ask", "Ada", "role=Engineer");
    await until(
      () => ada.asks("fact", "asks"),
      (asks) => asks.length === 1,
    );
    await ada.asks("fact", "show", "Victor", "role", "--yes");
    const [exit, [good], said] = await asking.ended;
    assert.deepEqual([exit, faults(good)], [0, []], said);
    const shown = good?.["shown"] as Line;
    assert.deepEqual(shown["facts"], [{ slot: 3, label: "role", value: "Engineer" }]);

    // A code in a file: good once, to whoever has it.
    const [code] = await ada.asks("fact", "qr", "member-of", "--for", "1h");
    const file = join(folder, "code.txt");
    await writeFile(file, `${String(code?.["text"])}\n`);
    const [read] = await victor.asks("fact", "check", file, "memberOf=Chess Club");
    assert.deepEqual([faults(read), read?.["cameBy"]], [[], "code"]);
    const [twice, [seen]] = await victor.start("fact", "check", file).ended;
    assert.deepEqual([twice, faults(seen)], [6, ["replayed"]]);

    // Ended for all at once: who knows of it refuses what was given before.
    const [again] = await org.asks("issuer", "reissue", "--yes");
    const [told] = await victor.asks("fact", "check", String(again?.["code"]));
    assert.equal(told?.["standing"], "newer");
    const [revoked, [refused]] = await victor.start("fact", "check", file).ended;
    assert.deepEqual([revoked, faults(refused)], [6, ["revoked", "replayed"]]);
  } finally {
    await Promise.all(homes.map((home) => home.down()));
    await rm(folder, { recursive: true, force: true });
  }
});
