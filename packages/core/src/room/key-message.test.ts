import assert from "node:assert/strict";
import { test } from "node:test";
import { Secret } from "../crypto/secret.ts";
import { concatBytes } from "../lib/bytes.ts";
import { assertStrict, codeOf, person } from "../trust/trust-fixture.test.ts";
import {
  BUNDLE_PART_BYTES_MAX,
  EPOCH_BUNDLES_MAX,
  EPOCH_GENERATIONS_MAX,
  PREKEY_LIST_MAX,
  PREKEYS_PER_MESSAGE_MAX,
} from "../wire/room-key-limits.ts";
import { EPOCH_BUNDLE_BYTES_MAX } from "./epoch.ts";
import { decodeKeyMessage, encodeKeyMessage, type KeyMessage } from "./key-message.ts";
import { idOf, makeEpoch, prekeyOf, quick } from "./keys-fixture.test.ts";

const EPOCH = idOf(1);
const decode = (bytes: Uint8Array): KeyMessage => decodeKeyMessage(quick, bytes);
const entry = (number: number) => ({ member: person(number).peerId, version: number, mark: "0123456789abcdef" });
const entries = [entry(1), entry(2), entry(3)].sort((a, b) => (a.member < b.member ? -1 : 1));

const SAMPLES: readonly KeyMessage[] = [
  { type: "prekeyDigest", digest: new Uint8Array(32).fill(1) },
  { type: "prekeyList", entries },
  { type: "prekeyList", entries: [] },
  { type: "prekeys", prekeys: [prekeyOf(1).prekey] },
  { type: "bundlesHeld", epochs: [EPOCH, idOf(2)] },
  { type: "bundleWanted", epoch: EPOCH },
  { type: "keyWanted", epoch: EPOCH },
  { type: "bundlePart", epoch: EPOCH, total: 100, offset: 97, bytes: new Uint8Array(3) },
  { type: "lacking", epoch: EPOCH, wanted: "bundleWanted" },
  { type: "lacking", epoch: EPOCH, wanted: "keyWanted" },
];

test("[KEY-15] messages about keys are read as they were written, and damaged ones refused", () => {
  for (const message of SAMPLES) {
    const bytes = encodeKeyMessage(message);
    assert.deepEqual(decode(bytes), message);
    // A part's end is the message's.
    if (message.type !== "bundlePart") assertStrict(bytes, decode);
  }
  const share = { ...makeEpoch(1, [1, 2]).share(EPOCH, 3), key: new Secret(new Uint8Array(32).fill(4)) };
  const bytes = encodeKeyMessage({ type: "keyGiven", share });
  const read = decode(bytes);
  assert.ok(read.type === "keyGiven");
  assert.deepEqual(read.share.key.reveal(), share.key.reveal());
  assert.deepEqual({ ...read.share, key: 0 }, { ...share, key: 0 });
  assertStrict(bytes, decode);
});

test("[KEY-15] counts and sizes of messages about keys: at the limit, and one above", () => {
  const counted = (type: number, count: number, size: number, make: (index: number) => Uint8Array): Uint8Array =>
    concatBytes(
      Uint8Array.of(type),
      count < 128 ? Uint8Array.of(count) : Uint8Array.of((count & 0x7f) | 0x80, count >> 7),
      ...Array.from({ length: count }, (_, index) => {
        const item = new Uint8Array(size);
        item.set(make(index));
        return item;
      }),
    );
  const numbered = (index: number): Uint8Array => Uint8Array.of(index >> 8, index & 0xff, 1);
  const code = (bytes: Uint8Array): string | undefined => codeOf(() => decode(bytes));
  assert.equal(code(counted(0x21, PREKEY_LIST_MAX, 44, numbered)), undefined);
  assert.equal(code(counted(0x21, PREKEY_LIST_MAX + 1, 44, numbered)), "ERR_LIMIT");
  const { bytes } = prekeyOf(1).prekey;
  assert.equal(code(counted(0x22, PREKEYS_PER_MESSAGE_MAX, bytes.length, () => bytes)), undefined);
  assert.equal(code(counted(0x22, PREKEYS_PER_MESSAGE_MAX + 1, bytes.length, () => bytes)), "ERR_LIMIT");
  assert.equal(code(counted(0x23, EPOCH_BUNDLES_MAX, 32, numbered)), undefined);
  assert.equal(code(counted(0x23, EPOCH_BUNDLES_MAX + 1, 32, numbered)), "ERR_LIMIT");
  const part = (total: number, offset: number, length: number): string | undefined =>
    code(encodeKeyMessage({ type: "bundlePart", epoch: EPOCH, total, offset, bytes: new Uint8Array(length) }));
  assert.equal(part(EPOCH_BUNDLE_BYTES_MAX, 0, BUNDLE_PART_BYTES_MAX), undefined);
  assert.equal(part(EPOCH_BUNDLE_BYTES_MAX + 1, 0, 1), "ERR_TOO_LARGE");
  assert.equal(part(EPOCH_BUNDLE_BYTES_MAX, 0, BUNDLE_PART_BYTES_MAX + 1), "ERR_TOO_LARGE");
  assert.equal(part(10, 8, 3), "ERR_VALUE");
  assert.equal(part(10, 8, 0), "ERR_VALUE");
});

test("[KEY-15] what no neighbour says is refused: unknown types, lists out of order, wants of nothing", () => {
  assert.equal(
    codeOf(() => decode(Uint8Array.of(0x29))),
    "ERR_UNKNOWN_TYPE",
  );
  assert.equal(
    codeOf(() => decode(encodeKeyMessage({ type: "prekeyList", entries: [entry(1), entry(1)] }))),
    "ERR_VALUE",
  );
  const lacking = encodeKeyMessage({ type: "lacking", epoch: EPOCH, wanted: "keyWanted" });
  lacking[33] = 0x25;
  assert.equal(
    codeOf(() => decode(lacking)),
    "ERR_VALUE",
  );
  const share = { ...makeEpoch(1, [1]).share(EPOCH), generation: EPOCH_GENERATIONS_MAX };
  assert.equal(
    codeOf(() => decode(encodeKeyMessage({ type: "keyGiven", share }))),
    "ERR_VALUE",
  );
});
