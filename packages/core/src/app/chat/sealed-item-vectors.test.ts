import assert from "node:assert/strict";
import { test } from "node:test";
import { Secret } from "../../crypto/secret.ts";
import { bytesToHex, hexToBytes } from "../../lib/hex.ts";
import { decodeCard } from "../../relay/relay-card.ts";
import { MAIL_PREKEYS, openItem } from "../../relay/sealed-item.ts";
import { decodePrekey, isPrekeyGenuine, type PrekeySecret } from "../../trust/prekey.ts";
import { codeOf, provider, unspaced, vectors } from "../../trust/trust-fixture.test.ts";
import { decodeMailContent, encodeMailContent } from "./mail-content.ts";

type Case = { readonly name: string; readonly error?: string } & (
  | {
      readonly kind: "card";
      readonly card: string;
      readonly relays?: readonly { readonly address: string; readonly relayKey: string; readonly ownKey: string }[];
      readonly mark?: string;
      readonly genuine?: boolean;
    }
  | { readonly kind: "prekey"; readonly prekey: string; readonly x25519Secret: string; readonly mlKemSeed: string }
  | {
      readonly kind: "item";
      readonly item: string;
      readonly sender?: string;
      readonly content?: string;
      readonly refused?: string;
    }
);

const CASES = vectors<Case>("sealed-items.json");
const bytes = (hex: string): Uint8Array => hexToBytes(unspaced(hex));

const secrets = CASES.flatMap((each): PrekeySecret[] => {
  if (each.kind !== "prekey") return [];
  const mlKemKey = provider.mlKemFromSeed(bytes(each.mlKemSeed)).secretKey;
  const [x25519, mlKemSeed] = [new Secret(bytes(each.x25519Secret)), new Secret(bytes(each.mlKemSeed))];
  return [{ prekey: decodePrekey(provider, bytes(each.prekey)), x25519, mlKemSeed, mlKemKey }];
});

function run(each: Case): void {
  if (each.kind === "card") {
    const { relays, prekey } = decodeCard(provider, bytes(each.card));
    const read = relays.map(({ address, relayKey, ownKey }) => {
      return { address, relayKey: bytesToHex(relayKey), ownKey: bytesToHex(ownKey) };
    });
    assert.deepEqual(read, each.relays);
    assert.equal(prekey?.mark, each.mark);
    if (prekey !== undefined) assert.equal(isPrekeyGenuine(provider, MAIL_PREKEYS, prekey), each.genuine);
  } else if (each.kind === "item") {
    const opened = openItem(provider, (mark) => secrets.find(({ prekey }) => prekey.mark === mark), bytes(each.item));
    if (!opened.isOpen) return assert.equal(opened.why, each.refused);
    assert.deepEqual([opened.sender, bytesToHex(opened.content)], [each.sender, each.content]);
    assert.deepEqual(encodeMailContent(decodeMailContent(opened.content)), opened.content);
  }
}

for (const each of CASES) {
  test(`[ITEM-1] [ITEM-3] [ITEM-4] sealed-items.json: ${each.name}`, () => {
    if (each.error === undefined) run(each);
    else
      assert.equal(
        codeOf(() => run(each)),
        each.error,
      );
  });
}
