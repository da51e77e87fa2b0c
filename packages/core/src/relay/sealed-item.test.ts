import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { LABEL } from "../crypto/labels.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import { peerIdToBytes } from "../identity/peer-id.ts";
import { signLabelled } from "../identity/signed.ts";
import { bytesToHex } from "../lib/hex.ts";
import { createPrekey, type PrekeySecret } from "../trust/prekey.ts";
import { person, provider, seeded, WALL } from "../trust/trust-fixture.test.ts";
import { ITEM_SIZES } from "../wire/mail-limits.ts";
import { ITEM_CONTENT_BYTES_MAX, type ItemRefusal, MAIL_PREKEYS, openItem, sealItem } from "./sealed-item.ts";

const [ADA, BEN, CYD] = [person(1), person(2), person(3)];
const keyOf = (who = BEN, seed = 7): PrekeySecret =>
  createPrekey(provider, seeded(seed), who, MAIL_PREKEYS, seed, WALL);
const KEY = keyOf();
const held =
  (...secrets: readonly PrekeySecret[]) =>
  (mark: string): PrekeySecret | undefined =>
    secrets.find(({ prekey }) => prekey.mark === mark);

function seal(content: Uint8Array, options: { seed?: number; key?: PrekeySecret; crypto?: CryptoProvider } = {}) {
  const { seed = 1, key = KEY, crypto = provider } = options;
  const item = sealItem({ provider: crypto, random: seeded(seed), sender: ADA, prekey: key.prekey }, content);
  assert.ok(item);
  return item;
}

function why(item: Uint8Array, ...secrets: readonly PrekeySecret[]): ItemRefusal | "open" {
  const opened = openItem(provider, held(...(secrets.length > 0 ? secrets : [KEY])), item);
  return opened.isOpen ? "open" : opened.why;
}

/** As `sealItem`, with another plaintext inside. */
function sealAs(content: Uint8Array, change: (plaintext: Uint8Array, seal: Uint8Array) => Uint8Array): Uint8Array {
  let ephemeral: Uint8Array = new Uint8Array(32);
  const crypto: CryptoProvider = {
    ...provider,
    x25519Generate: (random) => {
      const pair = provider.x25519Generate(random);
      ephemeral = pair.publicKey;
      return pair;
    },
    seal: (key, nonce, aad, plaintext) => provider.seal(key, nonce, aad, change(plaintext, ephemeral)),
  };
  return seal(content, { crypto });
}

test("[ITEM-3] what was sealed opens, and names who sealed it", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 3_000 }), (content) => {
      const opened = openItem(provider, held(keyOf(BEN, 8), KEY), seal(content));
      assert.deepEqual(opened, { isOpen: true, sender: ADA.peerId, content });
    }),
    { numRuns: 20 },
  );
});

test("[ITEM-3] an item has one of six sizes, the smallest that holds it", () => {
  const sizes = new Set<number>();
  for (const length of [1, 804, 805, 2_852, 2_853, 20_000, 40_000, ITEM_CONTENT_BYTES_MAX]) {
    const item = seal(new Uint8Array(length).fill(1));
    sizes.add(item.length);
    assert.equal(why(item), "open");
  }
  assert.deepEqual(
    [...sizes].sort((a, b) => a - b),
    [2_048, 4_096, 8_192, 32_768, 65_536],
  );
  for (const size of sizes) assert.ok(ITEM_SIZES.includes(size));
});

test("[ITEM-3] two items of one content have nothing in common but the mark", () => {
  const [one, two] = [seal(Uint8Array.of(1)), seal(Uint8Array.of(1), { seed: 2 })];
  assert.deepEqual(one.subarray(0, 9), two.subarray(0, 9));
  assert.notDeepEqual(one.subarray(9, 41), two.subarray(9, 41));
  assert.ok(!bytesToHex(one).includes(ADA.peerId));
});

test("[ITEM-4] a byte changed anywhere, and it does not open", () => {
  const item = seal(Uint8Array.of(1, 2, 3));
  for (let at = 0; at < item.length; at += at < 64 ? 1 : 61) {
    const broken = item.slice();
    broken[at] = (broken[at] ?? 0) ^ 1;
    assert.equal(why(broken), at === 0 ? "malformed" : at < 9 ? "unknown-key" : "unreadable", `byte ${at}`);
  }
});

test("[ITEM-4] what is no item says so, whatever it is", () => {
  const item = seal(Uint8Array.of(1));
  for (const length of [0, 1, 9, 2_047]) assert.equal(why(item.subarray(0, length)), "malformed");
  assert.equal(why(new Uint8Array(2_049).fill(1)), "malformed");
  assert.equal(why(new Uint8Array(65_536)), "malformed");
  fc.assert(fc.property(fc.uint8Array({ maxLength: 5_000 }), (bytes) => assert.notEqual(why(bytes), "open")));
  const otherMark = new Uint8Array(2_048).fill(1);
  assert.equal(why(otherMark), "unknown-key");
});

test("[ITEM-4] an item for one key does not open with another, under that one's mark neither", () => {
  const [item, other] = [seal(Uint8Array.of(1)), keyOf(BEN, 9)];
  assert.equal(why(item, other), "unknown-key");
  const renamed = { ...other, prekey: { ...other.prekey, mark: KEY.prekey.mark } };
  assert.equal(why(item, renamed), "unreadable");
});

test("[ITEM-4] who is somebody else, or signed something else, has forged it", () => {
  const content = Uint8Array.of(5, 6);
  const put = (plaintext: Uint8Array, at: number, bytes: Uint8Array): Uint8Array => {
    const changed = plaintext.slice();
    changed.set(bytes, at);
    return changed;
  };
  const hash = provider.sha256(KEY.prekey.bytes);
  const sign = (receiver = BEN, prekey = hash, signed = content, label: "mailItem" | "mailSeal" = "mailItem") => {
    return (plaintext: Uint8Array, ephemeral: Uint8Array) =>
      put(
        plaintext,
        35,
        signLabelled(provider, ADA, LABEL[label], peerIdToBytes(receiver.peerId), prekey, ephemeral, signed),
      );
  };
  assert.equal(why(sealAs(content, sign())), "open");
  const cases: Record<string, (plaintext: Uint8Array, ephemeral: Uint8Array) => Uint8Array> = {
    "another sender": (plaintext) => put(plaintext, 0, peerIdToBytes(CYD.peerId)),
    "no key": (plaintext) => put(plaintext, 0, new Uint8Array(32).fill(0xff)),
    "signed for another receiver": sign(CYD),
    "signed for another prekey": sign(BEN, provider.sha256(keyOf(BEN, 9).prekey.bytes)),
    "signed other content": sign(BEN, hash, Uint8Array.of(5, 7)),
    "signed under another label": sign(BEN, hash, content, "mailSeal"),
    "signed in another item": (plaintext) => sign()(plaintext, new Uint8Array(32)),
    "something in the padding": (plaintext) => put(plaintext, plaintext.length - 1, Uint8Array.of(1)),
    "nothing inside": (plaintext) => new Uint8Array(plaintext.length),
    "larger than there is": (plaintext) => put(plaintext, 32, Uint8Array.of(0xff, 0x7f)),
    "a larger size than it needs": (plaintext) => put(new Uint8Array(4_096 - 1_145), 0, plaintext),
  };
  for (const [name, change] of Object.entries(cases)) assert.equal(why(sealAs(content, change)), "forged", name);
});

test("[ITEM-4] what the receiver of an item opened cannot be passed on as written to somebody else", () => {
  // Ben seals Ada's content and signature to Cyd: the signature names Ben.
  const content = Uint8Array.of(1, 2);
  let inside: Uint8Array = new Uint8Array(0);
  sealAs(content, (plaintext) => {
    inside = plaintext;
    return plaintext;
  });
  const forCyd = keyOf(CYD, 11);
  const crypto = {
    ...provider,
    seal: (...[key, nonce, aad]: Parameters<CryptoProvider["seal"]>) => provider.seal(key, nonce, aad, inside),
  };
  assert.equal(why(seal(content, { crypto, key: forCyd }), forCyd), "forged");
});

test("a prekey that is no key is sealed to by nobody", () => {
  const prekey = { ...KEY.prekey, mlKem: new Uint8Array(1_184).fill(0xff) };
  assert.equal(sealItem({ provider, random: seeded(1), sender: ADA, prekey }, Uint8Array.of(1)), undefined);
  const zero = { ...KEY.prekey, x25519: new Uint8Array(32) };
  assert.equal(sealItem({ provider, random: seeded(1), sender: ADA, prekey: zero }, Uint8Array.of(1)), undefined);
});
