/** What is asked of the relay's database, prepared once. */
import type { DatabaseSync, StatementSync } from "node:sqlite";

/**
 * One sweep deletes 2,000 rows of a table: a great many that end at once do not hold everybody up. A key that logs in
 * is told of 64 mailboxes: nobody has as many by fair means.
 */
const TEXTS = {
  fact: "SELECT value FROM facts WHERE name = ?",
  putFact: "INSERT INTO facts VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
  dropFact: "DELETE FROM facts WHERE name = ?",
  totals: "SELECT items, bytes FROM totals",

  known: "SELECT seen, admitted FROM known WHERE key = ?",
  remember: `INSERT INTO known VALUES (?, ?, ?) ON CONFLICT (key)
    DO UPDATE SET seen = excluded.seen, admitted = max(admitted, excluded.admitted)`,
  countKnown: "SELECT count(*) AS count FROM known",
  forgetOldest: `DELETE FROM known WHERE key =
    (SELECT key FROM known WHERE admitted = 0 ORDER BY seen LIMIT 1)`,
  sweepKnown: `DELETE FROM known WHERE key IN
    (SELECT key FROM known WHERE admitted = 0 AND seen <= ? LIMIT 2000)`,

  passIsGood: "SELECT 1 FROM passes WHERE hash = ? AND until > ?",
  usePass: "UPDATE passes SET uses = uses - 1 WHERE hash = ?",
  dropUsedPass: "DELETE FROM passes WHERE hash = ? AND uses = 0",
  putPass: "INSERT OR REPLACE INTO passes VALUES (?, ?, ?)",
  countPasses: "SELECT count(*) AS count FROM passes",
  dropLatePasses: "DELETE FROM passes WHERE until <= ?",

  mailbox: "SELECT opener, other FROM mailboxes WHERE number = ? AND until > ?",
  mailboxNumbers: "SELECT number FROM mailboxes ORDER BY number",
  putMailbox: "INSERT INTO mailboxes VALUES (?, ?, NULL, ?)",
  enter: "UPDATE mailboxes SET other = ? WHERE number = ?",
  shut: "DELETE FROM mailboxes WHERE number = ? AND opener = ?",
  countMailboxes: "SELECT count(*) AS count FROM mailboxes",
  countMailboxesOf: "SELECT count(*) AS count FROM mailboxes WHERE opener = ?",
  dropLateMailboxes: "DELETE FROM mailboxes WHERE until <= ?",
  met: `SELECT number, other FROM mailboxes WHERE opener = ? AND other IS NOT NULL AND until > ?
    UNION ALL SELECT number, opener FROM mailboxes WHERE other = ? AND until > ? LIMIT 64`,

  item: "SELECT 1 FROM items WHERE receiver = ? AND sender = ? AND id = ?",
  sizeOf: "SELECT count(*) AS items, ifnull(sum(bytes), 0) AS bytes FROM items WHERE receiver = ?",
  sizeFrom: "SELECT count(*) AS items, ifnull(sum(bytes), 0) AS bytes FROM items WHERE receiver = ? AND sender = ?",
  bytesOf: "SELECT bytes FROM senders WHERE sender = ?",
  putItem: `INSERT INTO items (receiver, sender, id, wall, until, bytes, sealed) VALUES (?, ?, ?, ?, ?, ?, ?)`,
  itemsAfter: `SELECT place, sender, id, wall, sealed FROM items
    WHERE receiver = ? AND place > ? AND until > ? ORDER BY place LIMIT ?`,
  taken: "DELETE FROM items WHERE receiver = ? AND sender = ? AND id = ?",
  dropLateItemsOf: "DELETE FROM items WHERE receiver = ? AND until <= ?",
  sweepItems: `DELETE FROM items WHERE place IN (SELECT place FROM items WHERE until <= ? LIMIT 2000)`,

  purgeKnown: "DELETE FROM known WHERE key = ?",
  purgeReceived: "DELETE FROM items WHERE receiver = ?",
  purgeSent: "DELETE FROM items WHERE sender = ?",
  purgeOpened: "DELETE FROM mailboxes WHERE opener = ?",
  purgeEntered: "DELETE FROM mailboxes WHERE other = ?",

  emptyLog: "PRAGMA wal_checkpoint(TRUNCATE)",
} as const;

type Name = keyof typeof TEXTS;

export type StoreStatements = Readonly<Record<Name, StatementSync>> & {
  /** Each with the wall time. */
  readonly sweep: readonly StatementSync[];
  /** Each with the key. */
  readonly purge: readonly StatementSync[];
};

export function statementsOf(database: DatabaseSync): StoreStatements {
  const prepared = Object.fromEntries(Object.entries(TEXTS).map(([name, text]) => [name, database.prepare(text)]));
  const all = prepared as Record<Name, StatementSync>;
  const { purgeKnown, purgeReceived, purgeSent, purgeOpened, purgeEntered } = all;
  return {
    ...all,
    sweep: [all.dropLatePasses, all.dropLateMailboxes, all.sweepItems],
    purge: [purgeKnown, purgeReceived, purgeSent, purgeOpened, purgeEntered],
  };
}

type Row = Readonly<Record<string, unknown>> | undefined;

/** A number of a row; 0 if there is none. */
export function numberIn(row: Row, name: string): number {
  const value = row?.[name];
  return typeof value === "number" ? value : 0;
}

/** Bytes of a row; `undefined` if there are none. */
export function bytesIn(row: Row, name: string): Uint8Array | undefined {
  const value = row?.[name];
  return value instanceof Uint8Array ? value : undefined;
}
