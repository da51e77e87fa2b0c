// Real files: what is left in one, and what a crash leaves, cannot be faked.
import assert from "node:assert/strict";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";
import { type StateAnswer, type StateQuestion, wallTime } from "@kith/core";
import { relayStateSuite } from "@kith/core/testing";
import { SqliteRelayState } from "./sqlite-state.ts";
import {
  backUp,
  backupFolder,
  databasePath,
  isDamage,
  isDiskFull,
  openDatabase,
  restoreDatabase,
} from "./store-file.ts";
import { depositOf, itemsOf, keyOf, loginOf, START } from "./testing/state-questions.ts";

const folder = mkdtempSync(join(tmpdir(), "kith-relay-state-"));
after(() => rmSync(folder, { recursive: true }));
let folders = 0;
function fresh(): string {
  const path = join(folder, String(++folders));
  mkdirSync(path);
  return path;
}

const CLAIM = new Uint8Array(32).fill(200);

/** Everything that is in the files of a relay's folder. */
const bytesOf = (data: string): Buffer =>
  Buffer.concat(
    readdirSync(data)
      .filter((name) => name.startsWith("relay.sqlite"))
      .map((name) => readFileSync(join(data, name))),
  );

relayStateSuite("sqlite", {
  open: (claimHash) => {
    const database = openDatabase(fresh());
    const state = new SqliteRelayState(database, claimHash);
    return { answer: (question) => state.answer(question), close: () => database.close() };
  },
  test,
});

test("[MEE-11] nothing of a purged key is in the file, among thousands of others that come and go", () => {
  const data = fresh();
  using database = openDatabase(data);
  const state = new SqliteRelayState(database, CLAIM);
  const names = Array.from({ length: 1_500 }, (_, index) => `n${index}x`);
  const sealedOf = (name: string): Uint8Array => new Uint8Array(Buffer.from(`sealed by ${name} `.repeat(40)));
  for (let from = 0; from < names.length; from += 100) {
    const some = names.slice(from, from + 100);
    state.answerAll(some.map((name) => loginOf(name, wallTime(START + ((from * 7_919) % 1_000_003)))));
    state.answerAll(
      some.map((name, index) => depositOf(name, names[(index * 31) % names.length] ?? name, index, sealedOf(name))),
    );
    state.answerAll(
      some.map((name) => ({ type: "open", key: keyOf(name), pick: 3, until: wallTime(START + 1e6), wall: START })),
    );
  }
  const purged = names.filter((_, index) => index % 3 === 1);
  const whereIs = (name: string): number => bytesOf(data).indexOf(Buffer.from(keyOf(name)));
  for (const name of purged.slice(0, 5)) assert.ok(whereIs(name) >= 0);
  for (const [index, name] of purged.entries()) {
    assert.deepEqual(state.answer({ type: "purge", key: keyOf(name) }), { type: "purge" });
    if (index % 50 > 0 && index < purged.length - 1) continue;
    const bytes = bytesOf(data);
    for (const gone of purged.slice(0, index + 1)) {
      assert.equal(bytes.indexOf(Buffer.from(keyOf(gone))), -1, `the key of ${gone} is in the file`);
      assert.equal(bytes.indexOf(`sealed by ${gone} `), -1, `an item of ${gone} is in the file`);
    }
  }
  assert.ok(whereIs("n0x") >= 0);
});

test("[MEE-9] items that were taken or have expired are not in the file after the next sweep", () => {
  const data = fresh();
  using database = openDatabase(data);
  const state = new SqliteRelayState(database, CLAIM);
  const sealed = new Uint8Array(Buffer.from("a secret ".repeat(5_000)));
  for (let id = 0; id < 40; id++)
    assert.deepEqual(state.answer(depositOf(id < 20 ? "ada" : "eve", "ben", id, sealed)), {
      type: "deposit",
      verdict: "kept",
    });
  assert.ok(bytesOf(data).includes("a secret "));
  const kept = state.answer(itemsOf("ben"));
  assert.ok(kept.type === "items" && kept.items.length === 40);
  state.answer({ type: "taken", key: keyOf("ben"), items: kept.items.slice(0, 20) });
  state.answer({ type: "sweep", wall: wallTime(START + 86_400_000) });
  assert.ok(!bytesOf(data).includes("a secret "));
  assert.deepEqual(state.gauges, { items: 0, itemsBytes: 0, known: 0, mailboxes: 0, shares: 0, sharesBytes: 0 });
});

test("a full disk is `storage`, harms nothing, locks nobody out who was known, and ends", () => {
  using database = openDatabase(fresh());
  const troubles: unknown[] = [];
  const state = new SqliteRelayState(database, CLAIM, {}, (error) => troubles.push(error));
  state.answer(loginOf("ada"));
  const pages = Number(database.prepare("PRAGMA page_count").get()?.["page_count"]);
  database.exec(`PRAGMA max_page_count = ${pages + 4}`);
  const big = new Uint8Array(60_000);
  const answers = state.answerAll([
    depositOf("ada", "ben", 1, Uint8Array.of(1)),
    depositOf("ada", "ben", 2, big),
    { type: "owner", key: keyOf("ada") },
  ]);
  assert.deepEqual(
    answers.map((answer) => ("verdict" in answer ? answer.verdict : answer.type)),
    ["kept", "storage", "owner"],
  );
  assert.ok(troubles.length === 1 && isDiskFull(troubles[0]) && !isDamage(troubles[0]));
  for (let index = 0; ; index++) if (state.answer(loginOf(`stranger ${index}`)).type === "storage") break;
  const again = state.answer(loginOf("ada"));
  assert.ok(again.type === "login" && again.verdict === "welcome" && again.standing.known);
  database.exec("PRAGMA max_page_count = 100000");
  assert.deepEqual(state.answer(depositOf("ada", "ben", 2, big)), { type: "deposit", verdict: "kept" });
});

test("[REL-11] what is counted by the minute is counted once, also where nothing can be written", () => {
  using database = openDatabase(fresh());
  const state = new SqliteRelayState(database, CLAIM);
  const pages = Number(database.prepare("PRAGMA page_count").get()?.["page_count"]);
  database.exec(`PRAGMA max_page_count = ${pages}`);
  const attempt: StateQuestion = { type: "attempt", source: "192.0.2.1", perMinute: 30, wall: START };
  const questions = Array.from({ length: 30 }, (_, id) => [
    depositOf("ada", "ben", id, new Uint8Array(60_000)),
    ...(id % 2 === 0 ? [attempt] : []),
  ]);
  const kinds = (answers: readonly StateAnswer[]): string[] => {
    const all = answers.map((answer) => ("verdict" in answer ? answer.verdict : answer.type));
    return [...new Set(all)].sort();
  };
  assert.deepEqual(kinds(state.answerAll(questions.flat())), ["storage", "welcome"]);
  assert.deepEqual(kinds(state.answerAll(questions.flat())), ["storage", "welcome"]);
  assert.deepEqual(kinds(state.answerAll([attempt])), ["paused"]);
  const more = questions.flat().filter(({ type }) => type === "deposit");
  assert.deepEqual(kinds(state.answerAll(more.slice(0, 4))), ["storage"]);
  assert.deepEqual(kinds(state.answerAll(more.slice(4, 5))), ["paused"]);
});

test("the store has a bound in all, and keys that are not admitted yield to new ones", () => {
  using database = openDatabase(fresh());
  const state = new SqliteRelayState(database, CLAIM, {
    itemsBytesMax: 100,
    knownMax: 2,
    mailboxesMax: 1,
    passesMax: 1,
  });
  assert.deepEqual(state.answer(depositOf("ada", "ben", 1, new Uint8Array(60))), { type: "deposit", verdict: "kept" });
  assert.deepEqual(state.answer(depositOf("eve", "ben", 1, new Uint8Array(41))), { type: "deposit", verdict: "full" });
  for (const [index, name] of ["ada", "ben", "eve"].entries()) state.answer(loginOf(name, wallTime(START + index)));
  const standing = (name: string): boolean | undefined => {
    const answer = state.answer({ ...loginOf(name), paid: false } as never);
    return answer.type === "login" ? answer.standing.known : undefined;
  };
  assert.deepEqual(["ada", "ben", "eve"].map(standing), [false, true, true]);
});

test("a relay that starts again has everything it acknowledged", () => {
  const data = fresh();
  {
    using database = openDatabase(data);
    const state = new SqliteRelayState(database, CLAIM);
    state.answer({ type: "claim", key: keyOf("ada"), source: "x", proof: CLAIM, recovery: CLAIM, wall: START });
    state.answer({ type: "policy", invitedOnly: true });
    state.answer(depositOf("ada", "ben", 1, Uint8Array.of(1)));
    assert.throws(() => openDatabase(data), { code: "ERR_DATA_IN_USE" });
  }
  using database = openDatabase(data);
  const state = new SqliteRelayState(database, new Uint8Array(32));
  assert.equal(state.isClaimed, true);
  const answer = state.answer(loginOf("ada"));
  assert.ok(answer.type === "login" && answer.standing.owner && answer.standing.invitedOnly);
  assert.deepEqual(state.gauges, { items: 1, itemsBytes: 1, known: 1, mailboxes: 0, shares: 0, sharesBytes: 0 });
  for (const name of readdirSync(data)) assert.equal(statSync(join(data, name)).mode & 0o077, 0, name);
});

test("a backup is made while the relay works, and takes the place of a damaged database", async () => {
  const data = fresh();
  const database = openDatabase(data);
  database.prepare("INSERT INTO facts VALUES ('seed', ?)").run(new Uint8Array(32).fill(5));
  const state = new SqliteRelayState(database, CLAIM);
  for (let id = 0; id < 60; id++) state.answer(depositOf("ada", "ben", id, new Uint8Array(30_000).fill(id)));
  const made = backUp(database, data, START);
  for (let id = 0; id < 60; id++) state.answer(depositOf("eve", "ben", id, new Uint8Array(3_000).fill(id)));
  const name = await made;
  assert.equal(name, "relay-20231114T221320Z.sqlite");
  assert.equal(await backUp(database, data, START), "relay-20231114T221320Z-2.sqlite");
  const file = join(backupFolder(data), name);
  await assert.rejects(restoreDatabase(data, file), { code: "ERR_DATA_IN_USE" });
  database.close();

  for (const damage of [
    () => writeFileSync(databasePath(data), "this is no database".repeat(1_000)),
    () => truncateSync(databasePath(data), 20_480),
  ]) {
    damage();
    assert.throws(() => openDatabase(data), { code: "ERR_DATABASE", message: /damaged.*kith relay restore/s });
    await assert.rejects(restoreDatabase(data, databasePath(data)), { code: "ERR_BACKUP" });
    const before = await restoreDatabase(data, file, START + folders);
    assert.ok(before !== undefined && statSync(before).size > 0);
    using again = openDatabase(data);
    const answer = new SqliteRelayState(again, CLAIM).answer(itemsOf("ben"));
    assert.ok(answer.type === "items" && answer.items.length >= 60);
  }
  for (const [what, content] of [
    ["garbage", "garbage".repeat(1_000)],
    ["empty", ""],
  ] as const) {
    writeFileSync(join(folder, what), content);
    await assert.rejects(restoreDatabase(data, join(folder, what)), { code: "ERR_BACKUP" }, what);
  }
  await assert.rejects(restoreDatabase(data, join(folder, "none")), { code: "ERR_BACKUP" });
  assert.deepEqual(
    readdirSync(data).filter((entry) => entry.includes("incoming")),
    [],
  );
});

test("a database of a newer version is refused, a folder that cannot be made too", () => {
  const data = fresh();
  {
    using database = new DatabaseSync(databasePath(data));
    database.exec("PRAGMA user_version = 99");
  }
  assert.throws(() => openDatabase(data), { code: "ERR_DATABASE", message: /newer version/ });
  writeFileSync(join(folder, "file"), "");
  assert.throws(() => openDatabase(join(folder, "file", "x")), { code: "ERR_DATA" });
});
