/** What tests of backups have in common: a store with something of everything. */
import { nobleBbs as bbs } from "../../crypto/bbs.ts";
import { nobleProvider } from "../../crypto/noble-provider.ts";
import type { CryptoProvider } from "../../crypto/provider.ts";
import { Secret } from "../../crypto/secret.ts";
import { identityFromSeed, type LocalIdentity } from "../../identity/keys.ts";
import type { PeerId } from "../../identity/peer-id.ts";
import { concatBytes } from "../../lib/bytes.ts";
import type { StoreEntry } from "../../lib/store-entry.ts";
import { wallTime } from "../../lib/time.ts";
import { Writer } from "../../lib/writer.ts";
import { type Contact, encodeContact } from "../../trust/contact.ts";
import type { CardId } from "../card/card.ts";
import { plainEntry, takeCard } from "../card/card-entry.ts";
import { encodeCardEntry } from "../card/card-entry-record.ts";
import { type CardField, cardField } from "../card/card-field.ts";
import { photoField } from "../card/card-photo.ts";
import { encodeOwnCard } from "../card/own-card-record.ts";
import { signCard } from "../card/signed-card.ts";
import { encodeCredential, holderSecret, issueCredential } from "../credential/credential.ts";
import { fact } from "../credential/fact.ts";
import { openIssuer } from "../credential/statement.ts";

/** Argon2id is tested elsewhere; here a hash does, so that many tries take no time. */
export const provider: CryptoProvider = {
  ...nobleProvider,
  argon2id: (passphrase, salt, _cost, length) => nobleProvider.sha256(passphrase, salt).slice(0, length),
};

const seeded = (byte: number): LocalIdentity => identityFromSeed(provider, new Secret(new Uint8Array(32).fill(byte)));
export const [ADA, BEN, CAT]: readonly [LocalIdentity, LocalIdentity, LocalIdentity] = [
  seeded(1),
  seeded(2),
  seeded(3),
];
export const MADE_AT = 1_790_000_000_000;

/** A PNG of 1 × 1 by its header, told from others by its last byte. */
export function picture(last = 0): Uint8Array {
  const png = new Writer(64).bytes(Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a));
  png
    .u32(13)
    .bytes(Uint8Array.of(0x49, 0x48, 0x44, 0x52))
    .u32(1)
    .u32(1)
    .bytes(Uint8Array.of(8, 6, 0, 0, 0, 0, 0, 0));
  return png.u8(last).finish();
}

export function photoEntry(bytes: Uint8Array): { readonly entry: StoreEntry; readonly field: CardField } {
  const field = photoField(provider, bytes);
  if (typeof field === "string") throw new Error(field);
  return { entry: { key: `cards/photo/${field.hash}`, value: bytes }, field };
}

export const contactEntry = (id: number, peer: PeerId, over: Partial<Contact> = {}): StoreEntry => {
  const name = id.toString(16).padStart(32, "0");
  const key = { peer, verifiedBy: "qr" as const, pinnedAt: wallTime(5), hints: ["10.0.0.7:9000"] };
  return {
    key: `trust/contact/${name}`,
    value: encodeContact({ id: name, name: "Ben", notes: "met at the fair", role: "member", keys: [key], ...over }),
  };
};

export const blockedEntry = (peer: PeerId): StoreEntry => ({
  key: `trust/blocked/${peer}`,
  value: new Writer().u8(1).u64(7).text("Mallory").finish(),
});

export const ownCardEntry = (id: string, extra: readonly CardField[] = []): StoreEntry => ({
  key: `cards/own/${id}`,
  value: encodeOwnCard({
    id: id as CardId,
    label: "work",
    fields: [cardField("name", { text: "Ada Lovelace" }), ...extra].map((field) => ({ level: "public", field })),
    revisions: { public: 3, professional: 4, personal: 9 },
  }),
});

export function cardsOf(signer: LocalIdentity, id: string, extra: readonly CardField[] = []): StoreEntry {
  const card = signCard(provider, signer, {
    id: "1111111111111111" as CardId,
    level: "public",
    revision: 1,
    signedAt: wallTime(MADE_AT),
    endsAt: wallTime(MADE_AT + 86_400_000),
    isPrivate: false,
    fields: [cardField("name", { text: "Ben" }), ...extra],
  });
  const entry = takeCard(plainEntry(id, []), id, { card, cameBy: "nearby", receivedAt: wallTime(MADE_AT) });
  return { key: `cards/entry/${id}`, value: encodeCardEntry({ ...entry, notes: "likes tea", tags: ["fair"] }) };
}

export const pinEntry = (host: string, ...keys: readonly number[]): StoreEntry => ({
  key: `relay/${host}`,
  value: concatBytes(...keys.map((key) => new Uint8Array(32).fill(key))),
});

const ISSUER = openIssuer(provider, bbs, CAT, { edition: 1, name: "Chess Club", epochSeconds: 86_400 });
const HOLDER = { peer: ADA.peerId, secret: holderSecret(provider, ADA, CAT.peerId) };

export function credentialEntry(epoch: number): StoreEntry {
  const credential = issueCredential(bbs, ISSUER, HOLDER, epoch, [fact("memberOf", "Chess Club")]);
  return { key: `credential/kept/${CAT.peerId}/${epoch}`, value: encodeCredential(credential) };
}

export const issuerEntry: StoreEntry = {
  key: `credential/issuer/${CAT.peerId}`,
  value: ISSUER.statement.bytes,
};

const { entry: photo, field: photoOfAda } = photoEntry(picture());

/** One of each kind of the first version, in the order of a file. */
export const FIRST_WORLD: readonly StoreEntry[] = [
  contactEntry(0xbe, BEN.peerId),
  blockedEntry(CAT.peerId),
  { key: `trust/revoked/${"ab".repeat(16)}`, value: new Writer().u64(MADE_AT).finish() },
  ownCardEntry("00000000000000aa", [photoOfAda]),
  cardsOf(BEN, "e1"),
  photo,
];

/** One of each kind, in the order of a file. */
export const WORLD: readonly StoreEntry[] = [
  ...FIRST_WORLD,
  pinEntry("relay.example:8443", 7, 9),
  credentialEntry(20_000),
  issuerEntry,
];
