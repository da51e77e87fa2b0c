/**
 * The relay's key and the code by which it is claimed.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import { type RandomSource, Secret } from "@kith/core";
import { RelayError } from "./relay-error.ts";

const SEED_BYTES = 32;
/** 80 bits, and five tries in ten minutes. */
const CODE_CHARACTERS = 16;
/** Without what looks alike: i, l, o, u. */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

/**
 * The seed of the relay's key: made at the first start; after a rotation, the one that was made for this start.
 * @throws {RelayError} `ERR_DATA`: what is there is none
 */
export function takeSeed(database: DatabaseSync, random: RandomSource): Secret {
  database.exec("BEGIN IMMEDIATE");
  try {
    const next = readFact(database, "nextSeed");
    const seed = next ?? readFact(database, "seed") ?? random(SEED_BYTES);
    if (seed.length !== SEED_BYTES)
      throw new RelayError("ERR_DATA", "Cannot use the relay's key: it has another length");
    putFact(database, "seed", seed);
    if (next !== undefined) database.prepare("DELETE FROM facts WHERE name = 'nextSeed'").run();
    database.exec("COMMIT");
    return new Secret(seed);
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

/** In force at the next start; another one that waits is forgotten. */
export function putNextSeed(database: DatabaseSync, seed: Uint8Array): void {
  putFact(database, "nextSeed", seed);
}

/** `4f7k-…`: four groups of four characters. */
export function newClaimCode(random: RandomSource): string {
  const characters = Array.from(random(CODE_CHARACTERS), (byte) => ALPHABET[byte & 31] ?? "");
  return characters.join("").replace(/.{4}(?!$)/g, "$&-");
}

function readFact(database: DatabaseSync, name: string): Uint8Array | undefined {
  const value = database.prepare("SELECT value FROM facts WHERE name = ?").get(name)?.["value"];
  return value instanceof Uint8Array ? value : undefined;
}

function putFact(database: DatabaseSync, name: string, value: Uint8Array): void {
  const text = "INSERT INTO facts VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
  database.prepare(text).run(name, value);
}
