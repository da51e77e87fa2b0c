// Real files: modes and renames are the system's. The keyring is a stand-in, except in its system test.
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { nobleProvider, PASSPHRASE_COST_MIN } from "@kith/core";
import { type KeyVaultOptions, openKeyVault } from "./key-vault.ts";
import type { Keyring } from "./keyring.ts";

const folder = mkdtempSync(join(tmpdir(), "kith-vault-"));
after(() => rmSync(folder, { recursive: true }));
let files = 0;

const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));
const key = Uint8Array.from({ length: 32 }, (_, i) => i);

function options(more: Partial<KeyVaultOptions> = {}): KeyVaultOptions {
  const path = join(folder, `${++files}`);
  return { path, provider: nobleProvider, random, keyring: null, cost: PASSPHRASE_COST_MIN, ...more };
}

class FakeKeyring implements Keyring {
  readonly entries = new Map<string, string>();
  state: "open" | "locked" | "forgetful" = "open";

  async put(account: string, text: string): Promise<void> {
    this.#assertOpen();
    if (this.state === "open") this.entries.set(account, text);
  }

  async take(account: string): Promise<string | undefined> {
    this.#assertOpen();
    return this.entries.get(account);
  }

  async remove(account: string): Promise<void> {
    this.#assertOpen();
    this.entries.delete(account);
  }

  #assertOpen(): void {
    if (this.state === "locked") throw new Error("AccessDenied");
  }
}

test("KeyVault without keyring and passphrase keeps the key in a file of its owner alone, and says so", async () => {
  const given = options();
  const vault = await openKeyVault(given);
  assert.equal(vault.protection, "owner-only");
  assert.equal(await vault.load(), undefined);
  await vault.save(key);
  assert.equal(statSync(given.path).mode & 0o777, 0o600);
  chmodSync(given.path, 0o644);
  assert.deepEqual(await (await openKeyVault(given)).load(), key);
  assert.equal(statSync(given.path).mode & 0o777, 0o600);
  assert.deepEqual(existsSync(`${given.path}.new`), false);
});

test("KeyVault seals by a passphrase if one is given, and opens with no other", async () => {
  const given = options({ passphrase: "correct horse", keyring: new FakeKeyring() });
  const vault = await openKeyVault(given);
  assert.equal(vault.protection, "passphrase");
  await vault.save(key);
  assert.ok(!readFileSync(given.path, "utf8").includes(Buffer.from(key).toString("base64url")));
  assert.deepEqual(await (await openKeyVault(given)).load(), key);
  const { passphrase: _, ...without } = given;
  for (const wrong of [{ ...given, passphrase: "wrong horse" }, without]) {
    const locked = await openKeyVault(wrong);
    assert.equal(locked.protection, "passphrase");
    await assert.rejects(locked.load(), { code: "ERR_IDENTITY" });
  }
});

test("KeyVault uses a keyring that works: the file holds no key; saving again leaves one entry, erasing none", async () => {
  const keyring = new FakeKeyring();
  const given = options({ keyring });
  const vault = await openKeyVault(given);
  assert.equal(vault.protection, "keyring");
  await vault.save(key);
  assert.match(readFileSync(given.path, "utf8"), /^kith-key 1 keyring [0-9a-f-]{36}\n$/);
  assert.deepEqual(await (await openKeyVault(given)).load(), key);
  const other = new Uint8Array(32).fill(7);
  await vault.save(other);
  assert.equal(keyring.entries.size, 1);
  assert.deepEqual(await vault.load(), other);
  await vault.erase();
  assert.equal(keyring.entries.size, 0);
  assert.equal(await vault.load(), undefined);
});

for (const state of ["locked", "forgetful"] as const) {
  test(`KeyVault does not trust a new key to a ${state} keyring`, async () => {
    const keyring = new FakeKeyring();
    keyring.state = state;
    assert.equal((await openKeyVault(options({ keyring }))).protection, "owner-only");
  });
}

test("KeyVault whose keyring is locked, lost the key or is gone says so instead of making another key", async () => {
  const keyring = new FakeKeyring();
  const given = options({ keyring });
  await (await openKeyVault(given)).save(key);
  keyring.state = "locked";
  await assert.rejects((await openKeyVault(given)).load(), { code: "ERR_IDENTITY", message: /locked/ });
  keyring.state = "open";
  keyring.entries.clear();
  await assert.rejects((await openKeyVault(given)).load(), { code: "ERR_IDENTITY", message: /lost/ });
  await assert.rejects((await openKeyVault({ ...given, keyring: null })).load(), { code: "ERR_IDENTITY" });
});

for (const [what, text] of [
  ["nothing", ""],
  ["garbage", "\u0000\u0001"],
  ["a newer version", "kith-key 2 owner-only AAAA\n"],
  ["an unknown way", "kith-key 1 cloud AAAA\n"],
  ["two lines", "kith-key 1 owner-only AAAA\nkith-key 1 owner-only AAAA\n"],
  ["a truncated line", "kith-key 1 owner-only"],
  ["ten thousand digits", `kith-key 1 owner-only ${"A".repeat(10_000)}\n`],
  ["a length that base64url has not", "kith-key 1 owner-only A\n"],
] as const) {
  test(`KeyVault calls a file with ${what} damaged, and leaves it`, async () => {
    const given = options();
    writeFileSync(given.path, text);
    await assert.rejects(async () => (await openKeyVault(given)).load(), { code: "ERR_IDENTITY" });
    assert.equal(readFileSync(given.path, "utf8"), text);
  });
}

test("KeyVault: no changed digit of a sealed key opens it", async () => {
  const given = options({ passphrase: "p" });
  const vault = await openKeyVault(given);
  await vault.save(key);
  const line = readFileSync(given.path, "utf8");
  const start = "kith-key 1 passphrase ".length;
  for (let at = start; at < line.length - 1; at += 13) {
    const digit = line[at] === "A" ? "B" : "A";
    writeFileSync(given.path, line.slice(0, at) + digit + line.slice(at + 1));
    await assert.rejects(async () => (await openKeyVault(given)).load(), { code: "ERR_IDENTITY" }, `${at}`);
  }
});

test("KeyVault refuses to save where it may not write, coded", async () => {
  const vault = await openKeyVault(options({ path: join(folder, "none", "key") }));
  await assert.rejects(vault.save(key), { code: "ERR_STORAGE" });
});
