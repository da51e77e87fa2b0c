/**
 * Where an identity's key rests (ADR 15): in the system's keyring where there is one,
 * else sealed by a passphrase, else in a file that its owner alone can read. Whoever shows the
 * identity says which: {@link KeyVault.protection}.
 *
 * The file `key` in the home is one line that says where, and what belongs to it:
 *
 *     kith-key 1 keyring <account>
 *     kith-key 1 passphrase <base64url>      crypto/passphrase-seal.ts
 *     kith-key 1 owner-only <base64url>
 *
 * @module
 */
import { randomUUID } from "node:crypto";
import { chmod, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import {
  type Argon2Cost,
  base64urlToBytes,
  bytesToBase64url,
  type CryptoProvider,
  LABEL,
  openWithPassphrase,
  type RandomSource,
  sealWithPassphrase,
  WireError,
} from "@kith/core";
import { EndpointError } from "../endpoint-error.ts";
import { type Keyring, systemKeyring } from "./keyring.ts";

export type KeyProtection = "keyring" | "passphrase" | "owner-only";

export interface KeyVault {
  /** How the key is kept, or would be if it were saved now. */
  readonly protection: KeyProtection;
  /**
   * The key, which the caller owns; `undefined` if none was saved.
   * @throws {EndpointError} `ERR_IDENTITY`: wrong passphrase or none, keyring locked or without it, file damaged
   */
  load(): Promise<Uint8Array | undefined>;
  /** Keeps `key` instead of what was there. @throws {EndpointError} `ERR_STORAGE` */
  save(key: Uint8Array): Promise<void>;
  /** Forgets the key, also in the keyring. */
  erase(): Promise<void>;
}

export interface KeyVaultOptions {
  /** The file, home's `key`. */
  readonly path: string;
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  /** Seals a new key, and opens one that was sealed; without it a new key goes to the keyring or the file. */
  readonly passphrase?: string;
  /** The system's, unless told; `null`: none. */
  readonly keyring?: Keyring | null;
  /** For tests: what a passphrase costs. */
  readonly cost?: Argon2Cost;
}

/** Finds out how the key is kept, or would be: tries the keyring if there is no key yet and no passphrase is given. */
export async function openKeyVault(options: KeyVaultOptions): Promise<KeyVault> {
  const found = await readLine(options.path);
  if (found !== undefined) return new FileVault(options, found.protection);
  if (options.passphrase !== undefined) return new FileVault(options, "passphrase");
  const keyring = options.keyring === undefined ? systemKeyring() : options.keyring;
  const isUsable = keyring !== null && (await works(keyring));
  return new FileVault(options, isUsable ? "keyring" : "owner-only");
}

class FileVault implements KeyVault {
  readonly protection: KeyProtection;
  readonly #options: KeyVaultOptions;

  constructor(options: KeyVaultOptions, protection: KeyProtection) {
    this.#options = options;
    this.protection = protection;
  }

  async load(): Promise<Uint8Array | undefined> {
    const line = await readLine(this.#options.path);
    if (line === undefined) return undefined;
    switch (line.protection) {
      case "keyring":
        return await this.#loadFromKeyring(line.rest);
      case "passphrase":
        return this.#unseal(line.rest);
      case "owner-only":
        await tighten(this.#options.path);
        return readBytes(line.rest);
    }
  }

  async save(key: Uint8Array): Promise<void> {
    const before = await readLine(this.#options.path).catch(() => undefined);
    try {
      await writeLine(this.#options.path, `kith-key 1 ${this.protection} ${await this.#keep(key)}\n`);
    } catch (cause) {
      throw new EndpointError("ERR_STORAGE", "Cannot save the identity's key", { cause });
    }
    if (before?.protection === "keyring")
      await this.#keyring()
        .remove(before.rest)
        .catch(() => {});
  }

  async erase(): Promise<void> {
    const line = await readLine(this.#options.path).catch(() => undefined);
    if (line?.protection === "keyring") await this.#keyring().remove(line.rest);
    await rm(this.#options.path, { force: true });
  }

  /** Puts the key where it belongs; returns what the file says about it. */
  async #keep(key: Uint8Array): Promise<string> {
    const { provider, random, passphrase, cost } = this.#options;
    switch (this.protection) {
      case "keyring": {
        const account = randomUUID(); // a new one each time: what was there stays until the file points here
        await this.#keyring().put(account, bytesToBase64url(key));
        return account;
      }
      case "passphrase": {
        if (passphrase === undefined)
          throw new EndpointError("ERR_IDENTITY", "Cannot save the identity's key: no passphrase");
        const options = { provider, random, passphrase, label: LABEL.vault, ...(cost === undefined ? {} : { cost }) };
        return bytesToBase64url(sealWithPassphrase(options, key));
      }
      case "owner-only":
        return bytesToBase64url(key);
    }
  }

  async #loadFromKeyring(account: string): Promise<Uint8Array> {
    let text: string | undefined;
    try {
      text = await this.#keyring().take(account);
    } catch (cause) {
      throw new EndpointError("ERR_IDENTITY", "Cannot read the identity's key: the keyring is locked or away", {
        cause,
      });
    }
    if (text === undefined)
      throw new EndpointError("ERR_IDENTITY", "Cannot read the identity's key: the keyring has lost it");
    return readBytes(text);
  }

  #unseal(text: string): Uint8Array {
    const { provider, passphrase } = this.#options;
    if (passphrase === undefined) {
      throw new EndpointError("ERR_IDENTITY", "Cannot read the identity's key: it is sealed by a passphrase");
    }
    const sealed = readBytes(text);
    try {
      return openWithPassphrase({ provider, passphrase, label: LABEL.vault }, sealed);
    } catch (cause) {
      if (!(cause instanceof WireError)) throw cause;
      throw new EndpointError("ERR_IDENTITY", "Cannot read the identity's key: wrong passphrase, or damaged", {
        cause,
      });
    }
  }

  #keyring(): Keyring {
    const { keyring } = this.#options;
    if (keyring === null) throw new EndpointError("ERR_IDENTITY", "Cannot reach the keyring that holds the key");
    return keyring ?? systemKeyring();
  }
}

interface Line {
  readonly protection: KeyProtection;
  readonly rest: string;
}

async function readLine(path: string): Promise<Line | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
    throw new EndpointError("ERR_IDENTITY", `Cannot read the identity's key at ${path}`, { cause });
  }
  const match = /^kith-key 1 (keyring|passphrase|owner-only) ([\w-]{1,8192})\n?$/.exec(text);
  const [, protection, rest] = match ?? [];
  if (rest === undefined || !isProtection(protection)) throw damaged();
  return { protection, rest };
}

const isProtection = (text: string | undefined): text is KeyProtection =>
  text === "keyring" || text === "passphrase" || text === "owner-only";

function readBytes(text: string): Uint8Array {
  try {
    return base64urlToBytes(text);
  } catch (cause) {
    throw damaged(cause);
  }
}

const damaged = (cause?: unknown): EndpointError =>
  new EndpointError("ERR_IDENTITY", "Cannot read the identity's key: the file is damaged, or of a newer version", {
    cause,
  });

/** Replaces the file whole: after a crash it is the old one or the new one. */
async function writeLine(path: string, line: string): Promise<void> {
  const temporary = `${path}.new`;
  await rm(temporary, { force: true });
  const file = await open(temporary, "wx", 0o600);
  try {
    await file.writeFile(line);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  const folder = await open(dirname(path), "r").catch(() => undefined); // Windows opens no folders
  await folder?.sync().catch(() => {});
  await folder?.close();
}

/** A key in the open must not be readable by others, whatever was copied or restored. */
async function tighten(path: string): Promise<void> {
  if (process.platform !== "win32") await chmod(path, 0o600);
}

/** Whether the keyring gives back what it was given: some are there and locked, or answer and keep nothing. */
async function works(keyring: Keyring): Promise<boolean> {
  const account = `probe-${randomUUID()}`;
  try {
    await keyring.put(account, account);
    const text = await keyring.take(account);
    await keyring.remove(account);
    return text === account;
  } catch {
    return false;
  }
}
