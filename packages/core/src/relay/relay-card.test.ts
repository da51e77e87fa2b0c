import assert from "node:assert/strict";
import { test } from "node:test";
import { Writer } from "../lib/writer.ts";
import { createPrekey } from "../trust/prekey.ts";
import { assertStrict, codeOf, person, provider, seeded, WALL } from "../trust/trust-fixture.test.ts";
import { decodeCard, EMPTY_CARD, encodeCard, type RelayPlace } from "./relay-card.ts";
import { MAIL_PREKEYS } from "./sealed-item.ts";

const { prekey } = createPrekey(provider, seeded(1), person(1), MAIL_PREKEYS, 1, WALL);
const place = (number: number): RelayPlace => ({
  address: `wss://relay${number}.example/`,
  relayKey: new Uint8Array(32).fill(number),
  ownKey: new Uint8Array(32).fill(100 + number),
});

test("[ITEM-1] a card is read as it was written, with relays and without", () => {
  for (const count of [1, 2, 4]) {
    const card = { relays: Array.from({ length: count }, (_, index) => place(index)), prekey };
    assert.deepEqual(decodeCard(provider, encodeCard(card)), card);
  }
  assert.deepEqual(decodeCard(provider, encodeCard(EMPTY_CARD)), EMPTY_CARD);
});

test("[ITEM-1] a card names at most four relays, each once, with addresses, and says what to seal to", () => {
  assertStrict(encodeCard({ relays: [place(1)], prekey }), (bytes) => decodeCard(provider, bytes));
  const card = (write: (writer: Writer) => unknown): string | undefined => {
    const writer = new Writer();
    write(writer);
    return codeOf(() => decodeCard(provider, writer.finish()));
  };
  const put = (writer: Writer, { address, relayKey, ownKey }: RelayPlace): Writer =>
    writer.text(address).bytes(relayKey).bytes(ownKey);
  assert.equal(
    card((writer) => writer.u8(2).u8(0)),
    "ERR_VERSION",
  );
  assert.equal(
    card((writer) => writer.u8(1).u8(5)),
    "ERR_LIMIT",
  );
  assert.equal(
    card((writer) => writer.u8(1).u8(0).u8(0)),
    "ERR_TRAILING",
  );
  assert.equal(
    card((writer) => put(writer.u8(1).u8(1), { ...place(1), address: "" }).bytes(prekey.bytes)),
    "ERR_VALUE",
  );
  assert.equal(
    card((writer) => put(put(writer.u8(1).u8(2), place(1)), place(1)).bytes(prekey.bytes)),
    "ERR_VALUE",
  );
  assert.equal(
    card((writer) => put(writer.u8(1).u8(1), place(1))),
    "ERR_TRUNCATED",
  );
  assert.equal(
    card((writer) => put(writer.u8(1).u8(1), { ...place(1), address: "x".repeat(256) }).bytes(prekey.bytes)),
    "ERR_TOO_LARGE",
  );
});
