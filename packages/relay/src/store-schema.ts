/**
 * Tables of the relay's database, and how an older file becomes the present one.
 *
 *     facts      what there is one of: seed, nextSeed, owner, recovery, policy
 *     known      keys that logged in or were admitted
 *     passes     by hash, how many keys each still lets in
 *     mailboxes  of join codes: who opened it, who entered
 *     items      kept items; places rise and are never used again
 *     senders    bytes that each sender has in items
 *     totals     of items, one row
 *     shares     sealed shares of cards, by id; one that ended has no bytes any more
 *     share_totals  of shares, one row
 *
 * Times are milliseconds of the relay's clock. Wrong tries are not here: they name addresses, and last minutes.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";

/** What brings a file from each version to the next; the first from nothing. Never changed, only added to. */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE facts (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID, STRICT;
  CREATE TABLE known (key BLOB PRIMARY KEY, seen INTEGER NOT NULL, admitted INTEGER NOT NULL) WITHOUT ROWID, STRICT;
  CREATE INDEX known_seen ON known (admitted, seen);
  CREATE TABLE passes (hash BLOB PRIMARY KEY, uses INTEGER NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID, STRICT;
  CREATE TABLE mailboxes (
    number INTEGER PRIMARY KEY, opener BLOB NOT NULL, other BLOB, until INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX mailboxes_opener ON mailboxes (opener);
  CREATE INDEX mailboxes_other ON mailboxes (other) WHERE other IS NOT NULL;
  CREATE TABLE items (
    place INTEGER PRIMARY KEY AUTOINCREMENT, receiver BLOB NOT NULL, sender BLOB NOT NULL, id BLOB NOT NULL,
    wall INTEGER NOT NULL, until INTEGER NOT NULL, bytes INTEGER NOT NULL, sealed BLOB NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX items_name ON items (receiver, sender, id);
  CREATE INDEX items_receiver ON items (receiver, place, until, bytes);
  CREATE INDEX items_sender ON items (sender);
  CREATE INDEX items_until ON items (until);
  CREATE TABLE senders (sender BLOB PRIMARY KEY, bytes INTEGER NOT NULL) WITHOUT ROWID, STRICT;
  CREATE TABLE totals (one INTEGER PRIMARY KEY CHECK (one = 1), items INTEGER NOT NULL, bytes INTEGER NOT NULL) STRICT;
  INSERT INTO totals VALUES (1, 0, 0);
  CREATE TRIGGER items_added AFTER INSERT ON items BEGIN
    INSERT INTO senders VALUES (new.sender, new.bytes)
      ON CONFLICT (sender) DO UPDATE SET bytes = bytes + excluded.bytes;
    UPDATE totals SET items = items + 1, bytes = bytes + new.bytes;
  END;
  CREATE TRIGGER items_gone AFTER DELETE ON items BEGIN
    UPDATE senders SET bytes = bytes - old.bytes WHERE sender = old.sender;
    DELETE FROM senders WHERE sender = old.sender AND bytes = 0;
    UPDATE totals SET items = items - 1, bytes = bytes - old.bytes;
  END;
  `,
  `
  CREATE TABLE shares (
    id BLOB PRIMARY KEY, key BLOB NOT NULL, uses INTEGER NOT NULL, uses_left INTEGER NOT NULL CHECK (uses_left >= 0),
    until INTEGER NOT NULL, bytes INTEGER NOT NULL, sealed BLOB NOT NULL
  ) STRICT;
  CREATE INDEX shares_key ON shares (key, until, bytes);
  CREATE INDEX shares_until ON shares (until);
  CREATE TABLE share_totals (one INTEGER PRIMARY KEY CHECK (one = 1), shares INTEGER NOT NULL, bytes INTEGER NOT NULL) STRICT;
  INSERT INTO share_totals VALUES (1, 0, 0);
  CREATE TRIGGER shares_added AFTER INSERT ON shares BEGIN
    UPDATE share_totals SET shares = shares + 1, bytes = bytes + new.bytes;
  END;
  CREATE TRIGGER shares_ended AFTER UPDATE OF bytes ON shares BEGIN
    UPDATE share_totals SET bytes = bytes - old.bytes + new.bytes;
  END;
  CREATE TRIGGER shares_gone AFTER DELETE ON shares BEGIN
    UPDATE share_totals SET shares = shares - 1, bytes = bytes - old.bytes;
  END;
  `,
];

/** A newer number in a file means that a newer version has been here. */
export const SCHEMA_VERSION: number = MIGRATIONS.length;

/** Each step whole or not at all. */
export function migrate(database: DatabaseSync): void {
  const version = Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
  for (const [index, step] of MIGRATIONS.entries()) {
    if (index < version) continue;
    database.exec(`BEGIN IMMEDIATE; ${step} PRAGMA user_version = ${index + 1}; COMMIT`);
  }
}
