/** Shares and the links to them. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { LABEL, labelBytes } from "../../crypto/labels.ts";
import { nobleProvider } from "../../crypto/noble-provider.ts";
import { Secret } from "../../crypto/secret.ts";
import { concatBytes } from "../../lib/bytes.ts";
import { bytesToHex, hexToBytes } from "../../lib/hex.ts";
import { wallAfter, wallTime } from "../../lib/time.ts";
import { Writer } from "../../lib/writer.ts";
import {
  CARD_HOST_BYTES_MAX,
  CARD_LINK_CHARS_MAX,
  CARD_PHOTO_BYTES_MAX,
  CARD_SHARE_LIFETIME_MAX,
  CARD_SHARE_SIZES,
  CARD_SHARE_USES_MAX,
} from "../../wire/card-limits.ts";
import { cardField } from "./card-field.ts";
import { isCardHost } from "./card-host.ts";
import { encodeCardLink, readCardLink } from "./card-link.ts";
import { photoField } from "./card-photo.ts";
import { openShare, readShare, type ShareTerms, sealShare, shareId, signShare } from "./card-share.ts";
import { ADA, BEN, CARD_ID, ENDS_AT, SIGNED_AT } from "./card-world.test.ts";
import { readForeignLink } from "./foreign-link.ts";
import { readCard, signCard } from "./signed-card.ts";

const HOST = "relay.example:8443";
const secretOf = (number: number): Secret => new Secret(new Uint8Array(16).fill(number));
const terms = (over: Partial<ShareTerms> = {}): ShareTerms => ({
  host: HOST,
  madeAt: SIGNED_AT,
  endsAt: wallTime(SIGNED_AT + 86_400_000),
  uses: 3,
  ...over,
});
const jpeg = (length: number): Uint8Array => {
  const bytes = new Uint8Array(length);
  bytes.set([0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0, 100, 0, 100]);
  return bytes;
};
const cardWith = (photo?: Uint8Array, note = "") => {
  const named = photo === undefined ? [] : [photoField(nobleProvider, photo)];
  const fields = [
    cardField("name", { text: "Ada" }),
    ...named.filter((each) => typeof each === "object"),
    ...(note === "" ? [] : [cardField("note", { text: note })]),
  ];
  return signCard(nobleProvider, ADA, {
    id: CARD_ID,
    level: "personal",
    revision: 1,
    signedAt: SIGNED_AT,
    endsAt: ENDS_AT,
    isPrivate: false,
    fields,
  });
};

test("[CARD-13] [CARD-14] shares and links are as in spec/vectors/card-codes.json", () => {
  const file = new URL("../../../../../spec/vectors/card-codes.json", import.meta.url);
  const {
    share: of,
  }: {
    share: Readonly<Record<"secret" | "id" | "host" | "card" | "share" | "sealed" | "whole", string>> &
      Readonly<Record<"links" | "wholeLinks", readonly string[]>> &
      Readonly<Record<"madeAt" | "endsAt" | "uses", number>>;
  } = JSON.parse(readFileSync(file, "utf8"));
  const secret = new Secret(hexToBytes(of.secret));
  const card = readCard(nobleProvider, hexToBytes(of.card));
  const given = { madeAt: wallTime(of.madeAt), endsAt: wallTime(of.endsAt) };
  const share = signShare(nobleProvider, ADA, card, { host: of.host, uses: of.uses, ...given });
  const whole = signShare(nobleProvider, ADA, card, { host: "", uses: 0, ...given });
  assert.deepEqual([bytesToHex(share.bytes), bytesToHex(whole.bytes)], [of.share, of.whole]);
  assert.equal(bytesToHex(shareId(nobleProvider, secret)), of.id);
  assert.equal(bytesToHex(sealShare(nobleProvider, secret, share)), of.sealed);
  assert.deepEqual(openShare(nobleProvider, { secret, host: of.host }, hexToBytes(of.sealed)), {
    share,
    photo: undefined,
  });
  const kept = { kind: "kept", host: of.host, secret } as const;
  assert.deepEqual([encodeCardLink(kept), encodeCardLink(kept, of.host)], of.links);
  assert.deepEqual(
    [encodeCardLink({ kind: "whole", share: whole }), encodeCardLink({ kind: "whole", share: whole }, "kith.example")],
    of.wholeLinks,
  );
  for (const text of of.links) {
    const link = readCardLink(nobleProvider, text);
    assert.ok(link.kind === "kept" && link.host === of.host && bytesToHex(link.secret.reveal()) === of.secret);
  }
  for (const text of of.wholeLinks)
    assert.deepEqual(readCardLink(nobleProvider, text), { kind: "whole", share: whole });
});

test("[CARD-13] a share is of its signer, and of nobody who edits its end, uses, host or card", () => {
  const share = signShare(nobleProvider, ADA, cardWith(), terms());
  assert.deepEqual(readShare(nobleProvider, share.bytes), share);
  for (let at = 0; at < share.bytes.length; at++) {
    const broken = share.bytes.slice();
    broken[at] = (broken[at] ?? 0) ^ 1;
    assert.throws(() => readShare(nobleProvider, broken), { name: "WireError" }, `byte ${at}`);
  }
  assert.throws(() => signShare(nobleProvider, BEN, cardWith(), terms()), { name: "AssertionError" });
});

test("[CARD-13] terms at their bounds, and one above", () => {
  const make = (over: Partial<ShareTerms>) => () => void signShare(nobleProvider, ADA, cardWith(), terms(over));
  assert.doesNotThrow(make({ uses: CARD_SHARE_USES_MAX }));
  assert.throws(make({ uses: CARD_SHARE_USES_MAX + 1 }));
  assert.doesNotThrow(make({ endsAt: wallAfter(SIGNED_AT, CARD_SHARE_LIFETIME_MAX) }));
  assert.throws(make({ endsAt: wallTime(SIGNED_AT + CARD_SHARE_LIFETIME_MAX + 1_000) }));
  assert.throws(make({ endsAt: SIGNED_AT }));
  assert.doesNotThrow(make({ host: `${"a".repeat(CARD_HOST_BYTES_MAX - 3)}.de` }));
  assert.throws(make({ host: `${"a".repeat(CARD_HOST_BYTES_MAX - 2)}.de` }));
});

test("[CARD-13] what the host keeps has one of few sizes, opens with the link alone, and with what was put there alone", () => {
  const photo = jpeg(CARD_PHOTO_BYTES_MAX);
  const [small, large] = [
    signShare(nobleProvider, ADA, cardWith(), terms()),
    signShare(nobleProvider, ADA, cardWith(photo, "x".repeat(1_000)), terms()),
  ];
  const [sealedSmall, sealedLarge] = [
    sealShare(nobleProvider, secretOf(1), small),
    sealShare(nobleProvider, secretOf(2), large, photo),
  ];
  assert.deepEqual([sealedSmall.length, sealedLarge.length], [CARD_SHARE_SIZES[0], CARD_SHARE_SIZES.at(-1)]);
  const open =
    (number: number, sealed: Uint8Array, host = HOST) =>
    () =>
      openShare(nobleProvider, { secret: secretOf(number), host }, sealed);
  assert.deepEqual(open(2, sealedLarge)(), { share: large, photo });
  assert.throws(open(1, sealedLarge), { code: "ERR_CRYPTO" });
  assert.throws(open(1, sealedSmall, "other.example"), { code: "ERR_CRYPTO" }, "a share that another host was given");
  assert.throws(open(1, sealedSmall.subarray(1)), { code: "ERR_VALUE" });
  const broken = sealedSmall.slice();
  broken[500] = (broken[500] ?? 0) ^ 1;
  assert.throws(open(1, broken), { code: "ERR_CRYPTO" });
  assert.throws(
    () => sealShare(nobleProvider, secretOf(1), small, photo),
    { name: "AssertionError" },
    "a photo that the card does not name",
  );
  assert.ok(!Buffer.from(sealedLarge).includes("Ada"));
});

test("[CARD-13] a sealed share is filled up with zeros and with nothing else", () => {
  const share = signShare(nobleProvider, ADA, cardWith(), terms());
  const content = new Writer(512).varBytes(share.bytes).varBytes(new Uint8Array(0)).finish();
  const secret = secretOf(6);
  const key = nobleProvider.hkdfSha256(secret.reveal(), new Uint8Array(0), labelBytes(LABEL.cardShareKey), 32);
  const sealed = (last: number): Uint8Array => {
    const plaintext = new Uint8Array(1_024 - 16);
    plaintext.set(content);
    plaintext[plaintext.length - 1] = last;
    const aead = nobleProvider.importAeadKey(key);
    return concatBytes(...nobleProvider.seal(aead, new Uint8Array(12), shareId(nobleProvider, secret), plaintext));
  };
  assert.deepEqual(sealed(0), sealShare(nobleProvider, secret, share));
  assert.throws(() => openShare(nobleProvider, { secret, host: HOST }, sealed(1)), { code: "ERR_VALUE" });
});

test("[CARD-13] the largest card with the largest photo fits", () => {
  const photo = jpeg(CARD_PHOTO_BYTES_MAX);
  const notes = Array.from({ length: 3 }, () => cardField("note", { text: "x".repeat(1_024) }));
  const named = photoField(nobleProvider, photo);
  assert.ok(typeof named === "object");
  const fields = [cardField("name", { text: "A" }), named, ...notes, cardField("note", { text: "y".repeat(700) })];
  const card = signCard(nobleProvider, ADA, {
    id: CARD_ID,
    level: "personal",
    revision: 1,
    signedAt: SIGNED_AT,
    endsAt: ENDS_AT,
    isPrivate: true,
    fields,
  });
  const host = `${"a".repeat(CARD_HOST_BYTES_MAX - 3)}.de`;
  const share = signShare(nobleProvider, ADA, card, terms({ host }));
  assert.deepEqual(
    openShare(nobleProvider, { secret: secretOf(3), host }, sealShare(nobleProvider, secretOf(3), share, photo)),
    { share, photo },
  );
  const whole = signShare(nobleProvider, ADA, card, terms({ host: "", uses: 0 }));
  assert.ok(encodeCardLink({ kind: "whole", share: whole }, host).length <= CARD_LINK_CHARS_MAX);
});

test("[CARD-14] hosts are written one way", () => {
  for (const host of [
    "a",
    "localhost:8080",
    "relay.example",
    "192.168.1.7:443",
    "[fe80::1]:80",
    "xn--e1afmkfd.example",
  ])
    assert.ok(isCardHost(host), host);
  for (const host of [
    "",
    "A.example",
    "a..b",
    ".a",
    "a.",
    "-a",
    "a-",
    "a_b",
    "a@b",
    "a:0",
    "a:123456",
    "a/b",
    "a b",
    "пример.example",
    "[::1",
    "a:",
    "[g::1]",
  ])
    assert.ok(!isCardHost(host), host);
});

test("[CARD-14] by http a link is read from hosts that are ours alone, by https from any", () => {
  const kept = { kind: "kept", host: "192.168.1.7:8080", secret: secretOf(4) } as const;
  const plain = encodeCardLink(kept, kept.host).replace("https:", "http:");
  assert.equal(readCardLink(nobleProvider, plain, [kept.host]).kind, "kept");
  for (const hosts of [[], ["192.168.1.7"], ["192.168.1.7:80"]])
    assert.throws(() => readCardLink(nobleProvider, plain, hosts), { code: "ERR_VALUE" });
});

test("[CARD-14] no text makes the reader do anything but read or refuse", () => {
  const kept = encodeCardLink({ kind: "kept", host: HOST, secret: secretOf(5) }, HOST);
  fc.assert(
    fc.property(fc.nat(kept.length), fc.string({ unit: "binary", maxLength: 5 }), fc.nat(3), (at, text, drop) => {
      const edited = kept.slice(0, at) + text + kept.slice(at + drop);
      try {
        const link = readCardLink(nobleProvider, edited);
        assert.ok(
          link.kind === "kept" && encodeCardLink(link, edited.startsWith("kith:") ? undefined : link.host) === edited,
        );
      } catch (error) {
        assert.equal((error as Error).name, "WireError");
      }
    }),
  );
});

test("[CARD-15] links of Solidarity are recognised, with what they say", () => {
  assert.deepEqual(readForeignLink("solidarity://card/share?id=A-1&sig=x%3D&exp=1790000000"), {
    form: "solidarity-share",
    id: "A-1",
    isSigned: true,
    expiresAt: 1_790_000_000_000,
  });
  assert.deepEqual(readForeignLink("solidarity://card/share?exp=never&id=A-1&sig="), {
    form: "solidarity-share",
    id: "A-1",
    isSigned: false,
    expiresAt: undefined,
  });
  for (const text of ["https://airmeishi.app/clip?card=x", "https://airmeishi.app/temp", "airmeishi://contact?name=x"])
    assert.deepEqual(readForeignLink(text), { form: "solidarity-site" });
  for (const text of [
    "solidarity://card/share",
    "solidarity://card/share?id=",
    "solidarity://card/other?id=1",
    "solidarity://card/share?id=a b",
    "http://airmeishi.app/share",
    "https://airmeishi.app/shared",
    `solidarity://card/share?id=1&x=${"x".repeat(9_000)}`,
  ])
    assert.equal(readForeignLink(text), undefined, text.slice(0, 60));
});
