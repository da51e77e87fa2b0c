/** Backups: there and back, and everything that is none. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { LABEL, labelBytes } from "../../crypto/labels.ts";
import { nobleProvider as real } from "../../crypto/noble-provider.ts";
import { sealWithPassphrase } from "../../crypto/passphrase-seal.ts";
import { oneTimeIdentity } from "../../identity/keys.ts";
import { AssertionError } from "../../lib/assert.ts";
import { concatBytes } from "../../lib/bytes.ts";
import { bytesToHex, hexToBytes } from "../../lib/hex.ts";
import type { StoreEntry } from "../../lib/store-entry.ts";
import { wallTime } from "../../lib/time.ts";
import { textToBytes } from "../../lib/utf8.ts";
import { Writer } from "../../lib/writer.ts";
import { BACKUP_BYTES_MAX, BACKUP_RELAYS_MAX } from "../../wire/backup-limits.ts";
import { OWN_CARDS_MAX } from "../../wire/card-limits.ts";
import { CONTACTS_MAX } from "../../wire/limits.ts";
import { backupFault, looksLikeBackup, openBackup, type SealedBackup, sealBackup } from "./backup.ts";
import {
  ADA,
  BEN,
  blockedEntry,
  CAT,
  contactEntry,
  credentialEntry,
  FIRST_WORLD,
  issuerEntry,
  MADE_AT,
  ownCardEntry,
  photoEntry,
  picture,
  pinEntry,
  provider,
  WORLD,
} from "./backup-world.test.ts";

const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));
const passphrase = "open sesame";

function sealed(entries: readonly StoreEntry[] = WORLD, over: { name?: string } = {}): SealedBackup {
  const options = { provider, random, identity: ADA, name: "Ada", madeAt: MADE_AT + 999, passphrase, ...over };
  const backup = sealBackup({ ...options, entries });
  assert.ok(backup !== undefined);
  return backup;
}

function opened(file: Uint8Array): Exclude<ReturnType<typeof openBackup>, string> {
  const backup = openBackup({ provider, file, passphrase });
  if (typeof backup === "string") assert.fail(backup);
  return backup;
}

test("a backup gives back who we are and whom we know, whatever else the store has, in whatever order", () => {
  const others = ["chat/x", "room/1/keys", "mail-prekey/1", "trust/grant/1", "audit/head", "home/identity"];
  const { bytes, records, damaged } = sealed([
    ...others.map((key) => ({ key, value: Uint8Array.of(1) })),
    ...WORLD.toReversed(),
  ]);
  assert.deepEqual([records, damaged], [9, 0]);
  const backup = opened(bytes);
  assert.equal(backup.identity.peerId, ADA.peerId);
  assert.deepEqual(backup.identity.contactPublicKey, ADA.contactPublicKey);
  assert.deepEqual([backup.name, backup.madeAt], ["Ada", MADE_AT]);
  assert.deepEqual(backup.entries, WORLD);
});

// [BAK-5]
test("[BAK-5] of an endpoint's whole store, what permits, what was said and what is secret stays where it is", () => {
  const kept = opened(sealed(WORLD).bytes).entries.map(({ key }) => key.split("/").slice(0, 2).join("/"));
  assert.deepEqual(kept, [
    "trust/contact",
    "trust/blocked",
    "trust/revoked",
    "cards/own",
    "cards/entry",
    "cards/photo",
    "relay/relay.example:8443",
    "credential/kept",
    "credential/issuer",
  ]);
  const value = Uint8Array.of(1);
  for (const key of [
    "trust/grant/a",
    "trust/usage/a",
    "trust/exchange/a",
    "trust/code/a",
    "trust/clock",
    "cards/link/a",
    "credential/own",
    "credential/roll/a",
    "relays/relay.example",
  ])
    assert.equal(sealed([{ key, value }]).records, 0, key);
});

test("what the store cannot read any more is not in it, and is counted; a one-time identity has no backup", () => {
  const { records, damaged } = sealed([...WORLD, { key: `trust/contact/${"0".repeat(32)}`, value: Uint8Array.of(9) }]);
  assert.deepEqual([records, damaged], [9, 1]);
  const identity = oneTimeIdentity(provider, random);
  const options = { provider, random, identity, name: "Ada", madeAt: MADE_AT, passphrase, entries: WORLD };
  assert.throws(() => sealBackup(options), AssertionError);
});

// [BAK-1]
test("[BAK-1] a file says nothing but its size, to 4 KiB, and is never the same twice", () => {
  const [one, two] = [sealed().bytes, sealed().bytes];
  const text = Buffer.from(one).toString("latin1");
  for (const secret of ["Ada", "Ben", "Mallory", bytesToHex(ADA.seed.reveal())]) assert.ok(!text.includes(secret));
  assert.ok(!text.includes(Buffer.from(ADA.seed.reveal()).toString("latin1")));
  assert.notDeepEqual(one.subarray(13), two.subarray(13));
  assert.equal(sealed([]).bytes.length, one.length);
  assert.equal((one.length - 13 - 87 - 32) % 4_096, 0);
});

// [BAK-2]
test("[BAK-2] damage, another version and another file are told before a passphrase is asked for", () => {
  const none = { ...provider, argon2id: () => assert.fail("Argon2id ran") };
  const { bytes } = sealed();
  const says = (file: Uint8Array, fault: string): void => {
    assert.equal(backupFault(none, file), fault);
    assert.equal(openBackup({ provider: none, file, passphrase }), fault);
  };
  assert.equal(backupFault(none, bytes), undefined);
  for (const other of ["", "kith", "hello, this is a text", "-----BEGIN KITH IDENTITY-----\nAQAA"])
    says(textToBytes(other), "no-backup");
  assert.deepEqual([looksLikeBackup(bytes), looksLikeBackup(textToBytes("-----BEGIN KITH"))], [true, false]);
  says(concatBytes(bytes.subarray(0, 12), Uint8Array.of(3), bytes.subarray(13)), "newer");
  for (const length of [13, 14, 100, 131, 132, 160, bytes.length - 1]) says(bytes.subarray(0, length), "damaged");
  says(concatBytes(bytes, Uint8Array.of(0)), "damaged");
  says(concatBytes(bytes.subarray(0, 13), new Uint8Array(BACKUP_BYTES_MAX)), "damaged");
  for (let at = 13; at < bytes.length; at += 7) {
    const changed = bytes.slice();
    changed[at] = (changed[at] ?? 0) ^ 1;
    says(changed, "damaged");
  }
});

/** As one who changes it on purpose does: with the right sum. */
const summed = (file: Uint8Array): Uint8Array => concatBytes(file, provider.sha256(file));

// [BAK-2]
test("[BAK-2] a wrong passphrase opens nothing of a whole file; what was changed on purpose does not open either", () => {
  const { bytes } = sealed();
  for (const wrong of ["", "open sesam", "Open sesame", "open sesame "])
    assert.equal(openBackup({ provider, file: bytes, passphrase: wrong }), "passphrase");
  const change = (at: number): string => {
    const changed = bytes.slice(0, -32);
    changed[at] = (changed[at] ?? 0) ^ 1;
    const result = openBackup({ provider, file: summed(changed), passphrase });
    return typeof result === "string" ? result : "opened";
  };
  for (let at = 13; at < 100; at++) assert.match(change(at), /^(passphrase|damaged)$/, `key, byte ${at}`);
  for (let at = 100; at < bytes.length - 32; at += 11) assert.equal(change(at), "damaged", `body, byte ${at}`);
  const other = sealed([]).bytes; // the key of one file before the body of another
  assert.equal(
    openBackup({ provider, file: summed(concatBytes(other.subarray(0, 100), bytes.subarray(100, -32))), passphrase }),
    "damaged",
  );
});

/** A body that somebody with the passphrase made up. */
function madeUp(body: Uint8Array, version = 2): Uint8Array {
  const key = random(32);
  const head = concatBytes(
    textToBytes("kith backup\n"),
    Uint8Array.of(version),
    sealWithPassphrase({ provider, random, passphrase, label: LABEL.backup }, key),
  );
  const aad = concatBytes(labelBytes(LABEL.backup), Uint8Array.of(0), head);
  return summed(concatBytes(head, ...provider.seal(provider.importAeadKey(key), new Uint8Array(12), aad, body)));
}

function bodyOf(
  records: readonly (readonly [number, string, Uint8Array])[],
  over: { count?: number; fill?: number; byte?: number } = {},
): Uint8Array {
  const writer = new Writer(4_096)
    .varint(1)
    .bytes(ADA.seed.reveal())
    .text("Ada")
    .varint(over.count ?? records.length);
  for (const [kind, name, value] of records) writer.u8(kind).text(name).varBytes(value);
  const fill = over.fill ?? 4_096 * Math.ceil((writer.length + 16) / 4_096) - 16 - writer.length;
  return writer.bytes(new Uint8Array(fill).fill(over.byte ?? 0)).finish();
}

const record = (kind: number, { key, value }: StoreEntry): [number, string, Uint8Array] => [
  kind,
  key.startsWith("relay/") ? key.slice(6) : key.split("/").slice(2).join("/"),
  value,
];

// [BAK-3]
test("[BAK-3] rightly sealed bodies have one form: order, names once, filling", () => {
  const [a, b] = [record(1, contactEntry(1, ADA.peerId)), record(1, contactEntry(2, BEN.peerId))];
  const c = record(2, blockedEntry(BEN.peerId));
  const opens = (body: Uint8Array): boolean =>
    typeof openBackup({ provider, file: madeUp(body), passphrase }) !== "string";
  assert.ok(opens(bodyOf([a, b, c])));
  assert.ok(opens(bodyOf([])));
  const right = bodyOf([a]);
  for (const [why, body] of Object.entries({
    "names in another order": bodyOf([b, a]),
    "a name twice": bodyOf([a, a]),
    "kinds in another order": bodyOf([c, a]),
    "a count too small": bodyOf([a, b], { count: 1 }),
    "a count too large": bodyOf([a], { count: 2 }),
    "a count of millions": bodyOf([a], { count: 2 ** 40 }),
    "no filling": bodyOf([a], { fill: 0 }),
    "more filling than needed": concatBytes(right, new Uint8Array(4_096)),
    "filling with something in it": bodyOf([a], { byte: 1 }),
    "nothing at all": new Uint8Array(0),
    "a part of it": right.subarray(0, 30),
  }))
    assert.equal(openBackup({ provider, file: madeUp(body), passphrase }), "damaged", why);
});

// [BAK-4]
test("[BAK-4] a record that no endpoint would have written makes all of it damaged", () => {
  const { key, value } = contactEntry(1, BEN.peerId);
  const name = key.slice("trust/contact/".length);
  const photo = photoEntry(picture()).entry;
  const own = ownCardEntry("00000000000000aa");
  const bad: Record<string, readonly (readonly [number, string, Uint8Array])[]> = {
    "an unknown kind": [[10, name, value]],
    "a relay of no host": [[7, "relay.example/", new Uint8Array(32)]],
    "a relay in capitals": [[7, "Relay.example", new Uint8Array(32)]],
    "a relay with half a key": [record(7, { ...pinEntry("a.example", 1), value: new Uint8Array(31) })],
    "a relay with a key and a half": [record(7, { ...pinEntry("a.example", 1), value: new Uint8Array(48) })],
    "a relay with its key twice": [record(7, pinEntry("a.example", 3, 3))],
    "facts of another epoch": [[8, `${CAT.peerId}/1`, credentialEntry(2).value]],
    "facts that are none": [[8, `${CAT.peerId}/1`, value]],
    "an issuer under another name": [[9, ADA.peerId, issuerEntry.value]],
    "kind 0": [[0, name, value]],
    "a contact under no id": [[1, "../../home", value]],
    "a contact cut short": [[1, name, value.subarray(0, -1)]],
    "a contact whose name hides something": [record(1, contactEntry(1, BEN.peerId, { name: "Ada\u202e" }))],
    "nobody who is blocked": [[2, "ab".repeat(31), Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 1)]],
    "a blocked key with nonsense": [[2, BEN.peerId, Uint8Array.of(7)]],
    "a revoked grant without an end": [[3, "ab".repeat(16), new Uint8Array(7)]],
    "a card under another id": [[4, "00000000000000ab", own.value]],
    "a card that is none": [[4, "00000000000000aa", value]],
    "cards that are none": [[5, "e1", own.value]],
    "cards under a path": [[5, "e/1", WORLD[4]?.value ?? value]],
    "a photo under another hash": [[6, "ab".repeat(32), photo.value]],
    "a photo that is none": [[6, bytesToHex(provider.sha256(value)), value]],
    "65 cards": Array.from({ length: OWN_CARDS_MAX + 1 }, (_, at) =>
      record(4, ownCardEntry(at.toString(16).padStart(16, "0"))),
    ),
    "a value of 200 kB": [[1, name, new Uint8Array(200_000)]],
    "a name of 65 letters": [[1, "a".repeat(65), value]],
    "a name of 256 letters": [[7, "a".repeat(256), new Uint8Array(32)]],
  };
  for (const [why, records] of Object.entries(bad))
    assert.equal(openBackup({ provider, file: madeUp(bodyOf(records)), passphrase }), "damaged", why);
  const most = Array.from({ length: OWN_CARDS_MAX }, (_, at) =>
    record(4, ownCardEntry(at.toString(16).padStart(16, "0"))),
  );
  assert.notEqual(openBackup({ provider, file: madeUp(bodyOf(most)), passphrase }), "damaged");
});

test("[BAK-4] a file of the first version is read, and has nothing that came later; a later one is newer", () => {
  const opens = (file: Uint8Array): boolean => typeof openBackup({ provider, file, passphrase }) !== "string";
  const first = FIRST_WORLD.map((entry, at) => record(at + 1, entry));
  assert.ok(opens(madeUp(bodyOf(first), 1)));
  const later = [record(7, pinEntry("a.example", 1)), record(8, credentialEntry(1)), record(9, issuerEntry)];
  for (const each of later) {
    assert.ok(opens(madeUp(bodyOf([each]))));
    assert.equal(openBackup({ provider, file: madeUp(bodyOf([each]), 1), passphrase }), "damaged");
  }
  for (const version of [0, 3, 255])
    assert.equal(openBackup({ provider, file: madeUp(bodyOf(first), version), passphrase }), "newer");
});

test("of more relays than a reader takes the last stay out, and photos yield to all else", () => {
  const relays = Array.from({ length: BACKUP_RELAYS_MAX + 2 }, (_, at) =>
    pinEntry(`r${String(at).padStart(5, "0")}.example`, 1),
  );
  const { bytes, records, damaged } = sealed(relays);
  assert.deepEqual([records, damaged], [BACKUP_RELAYS_MAX, 2]);
  assert.equal(opened(bytes).entries.length, BACKUP_RELAYS_MAX);
});

test("noise that is rightly sealed never throws", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 300 }),
      (noise) => openBackup({ provider, file: madeUp(noise), passphrase }) === "damaged",
    ),
    { numRuns: 50 },
  );
});

test("of too many photos the last stay out, and are counted; what is too large without them has no backup", () => {
  const photos = Array.from({ length: 515 }, (_, at) => {
    const rest = new Uint8Array(65_500);
    rest.set([at >> 8, at & 255]);
    return photoEntry(concatBytes(picture(), rest)).entry;
  });
  const { bytes, records, photosLeft } = sealed([...WORLD, ...photos]);
  assert.ok(bytes.length <= BACKUP_BYTES_MAX && bytes.length > BACKUP_BYTES_MAX - 200_000);
  assert.ok(photosLeft > 0);
  assert.equal(records + photosLeft, WORLD.length + photos.length);
  const hints = Array.from({ length: 4 }, () => "h".repeat(255));
  const keys = Array.from({ length: 8 }, () => ({
    peer: BEN.peerId,
    verifiedBy: "qr" as const,
    pinnedAt: wallTime(1),
    hints,
  }));
  const { value } = contactEntry(0, BEN.peerId, { keys }); // one for all: nobody asks here whose keys they are
  const people = Array.from({ length: CONTACTS_MAX }, (_, at) => ({ key: contactEntry(at, BEN.peerId).key, value }));
  const options = { provider, random, identity: ADA, name: "Ada", madeAt: MADE_AT, passphrase };
  assert.equal(sealBackup({ ...options, entries: people }), undefined);
  assert.ok(sealBackup({ ...options, entries: people.slice(0, 100) }));
});

test("the vector: a file that every version reads, and what is in it", () => {
  const path = join(import.meta.dirname, "../../../../../spec/vectors/backup.json");
  const {
    cases,
  }: {
    cases: {
      name: string;
      file: string;
      passphrase: string;
      fault?: string;
      peerId?: string;
      madeAt?: number;
      entries?: { key: string; value: string }[];
    }[];
  } = JSON.parse(readFileSync(path, "utf8"));
  assert.ok(cases.length >= 4);
  for (const each of cases) {
    const options = { provider: real, file: hexToBytes(each.file), passphrase: each.passphrase };
    const backup = openBackup(options);
    if (typeof backup === "string") {
      assert.equal(backup, each.fault, each.name);
      continue;
    }
    assert.deepEqual([backup.identity.peerId, backup.madeAt], [each.peerId, each.madeAt], each.name);
    assert.deepEqual(
      backup.entries.map(({ key, value }) => ({ key, value: bytesToHex(value) })),
      each.entries,
    );
  }
});
