/**
 * The relay's key and the code by which it is claimed.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import {
  decodeServerMessage,
  encodeServerMessage,
  type RandomSource,
  RELAY_SUCCESSIONS_MAX,
  Secret,
  type Succession,
  succession,
} from "@kith/core";
import { relayProvider } from "./relay-crypto.ts";
import { RelayError } from "./relay-error.ts";

const SEED_BYTES = 32;
/** 80 bits, and five tries in ten minutes. */
const CODE_CHARACTERS = 16;
/** Without what looks alike: i, l, o, u. */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

export interface RelayKey {
  readonly seed: Secret;
  /** How the relay came by it, newest last. */
  readonly successions: readonly Succession[];
}

/**
 * The relay's key: made at the first start; after a rotation, the one that was made for this start, signed by the one
 * before, of which nothing is left.
 * @throws {RelayError} `ERR_DATA`: what is there is none
 */
export function takeKey(database: DatabaseSync, random: RandomSource): RelayKey {
  database.exec("BEGIN IMMEDIATE");
  try {
    const [next, before] = [readFact(database, "nextSeed"), readFact(database, "seed")];
    const seed = checkedSeed(next ?? before ?? random(SEED_BYTES));
    putFact(database, "seed", seed.reveal());
    let successions = readSuccessions(database);
    if (next !== undefined) {
      database.prepare("DELETE FROM facts WHERE name = 'nextSeed'").run();
      if (before !== undefined) successions = [...successions, succeed(checkedSeed(before), seed)];
      successions = successions.slice(-RELAY_SUCCESSIONS_MAX);
      putSuccessions(database, successions);
    }
    database.exec("COMMIT");
    if (next !== undefined) database.exec("PRAGMA wal_checkpoint(TRUNCATE)"); // it has pages as they were
    return { seed, successions };
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

function checkedSeed(seed: Uint8Array): Secret {
  if (seed.length === SEED_BYTES) return new Secret(seed);
  throw new RelayError("ERR_DATA", "Cannot use the relay's key: it has another length");
}

function succeed(old: Secret, seed: Secret): Succession {
  const signed = succession(relayProvider, old, relayProvider.ed25519PublicKey(seed.reveal()));
  old.wipe();
  return signed;
}

/** As in the message that tells clients. */
function readSuccessions(database: DatabaseSync): readonly Succession[] {
  const bytes = readFact(database, "successions");
  if (bytes === undefined) return [];
  try {
    const message = decodeServerMessage(bytes);
    if (message.type === "successor") return message.chain;
  } catch (cause) {
    throw new RelayError("ERR_DATA", "Cannot use the relay's key: how it came by it cannot be read", { cause });
  }
  throw new RelayError("ERR_DATA", "Cannot use the relay's key: how it came by it cannot be read");
}

function putSuccessions(database: DatabaseSync, chain: readonly Succession[]): void {
  if (chain.length > 0) putFact(database, "successions", encodeServerMessage({ type: "successor", chain }));
}

function readFact(database: DatabaseSync, name: string): Uint8Array | undefined {
  const value = database.prepare("SELECT value FROM facts WHERE name = ?").get(name)?.["value"];
  return value instanceof Uint8Array ? value : undefined;
}

function putFact(database: DatabaseSync, name: string, value: Uint8Array): void {
  const text = "INSERT INTO facts VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
  database.prepare(text).run(name, value);
}
