/**
 * What a relay keeps for somebody who is away: sealed to the receiver's prekey, signed by the sender inside, of one
 * of few sizes (spec/sealed-items.md §3). A relay learns the size class and neither who wrote it nor what.
 *
 *     item      = u8 1 · 8 B mark of the prekey · 32 B ephemeral X25519 · 1,088 B ML-KEM ciphertext
 *                 · ciphertext · 16 B tag
 *     plaintext = 32 B sender · var content · 64 B signature · zeros, until the item has one of the sizes
 *     key       = HKDF(X25519(ephemeral, prekey) ‖ ML-KEM shared secret, no salt, label "mail seal" ‖ 0
 *                 ‖ receiver ‖ SHA-256(prekey) ‖ ephemeral ‖ ML-KEM ciphertext, 32)
 *     signature = the sender's, over label "mail item" ‖ 0 ‖ receiver ‖ SHA-256(prekey) ‖ ephemeral ‖ content
 *     AES-256-GCM, nonce of zeros since a key seals once, associated data = the 1,129 bytes before the ciphertext
 *
 * @module
 */
import { LABEL, labelBytes } from "../crypto/labels.ts";
import type { AeadKey, CryptoProvider } from "../crypto/provider.ts";
import type { LocalIdentity } from "../identity/keys.ts";
import { type PeerId, peerIdFromBytes, peerIdToBytes } from "../identity/peer-id.ts";
import { SIGNATURE_BYTES, signLabelled, verifyLabelled } from "../identity/signed.ts";
import { assert } from "../lib/assert.ts";
import { concatBytes, isAllZero } from "../lib/bytes.ts";
import { bytesToHex, hexToBytes } from "../lib/hex.ts";
import type { RandomSource } from "../lib/random.ts";
import { Reader } from "../lib/reader.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import { PREKEY_MARK_BYTES, type Prekey, type PrekeyScope, type PrekeySecret } from "../trust/prekey.ts";
import { ITEM_SIZES } from "../wire/mail-limits.ts";

const VERSION = 1;
const ML_KEM_CIPHERTEXT_BYTES = 1_088;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + PREKEY_MARK_BYTES + 32 + ML_KEM_CIPHERTEXT_BYTES;
/** Around the content: sender, length of at most three bytes, signature. */
const WRAP_BYTES = 32 + 3 + SIGNATURE_BYTES;
const ONCE: Uint8Array = new Uint8Array(12);

/** Content of one item, in bytes. */
export const ITEM_CONTENT_BYTES_MAX: number = (ITEM_SIZES.at(-1) ?? 0) - HEAD_BYTES - TAG_BYTES - WRAP_BYTES;

/** Prekeys that items are sealed to. */
export const MAIL_PREKEYS: PrekeyScope = { label: LABEL.mailPrekey, context: new Uint8Array(0) };

export type ItemRefusal =
  | "malformed" //     no item: another version, or of no size that items have
  | "unknown-key" //   sealed to a prekey that we do not have, or no longer
  | "unreadable" //    not sealed to that prekey, or changed on the way
  | "forged"; //       sealed well, and not by whom it says, or not as an item is

export type OpenedItem =
  | { readonly isOpen: true; readonly sender: PeerId; readonly content: Uint8Array }
  | { readonly isOpen: false; readonly why: ItemRefusal };

/**
 * `content`: 1 to {@link ITEM_CONTENT_BYTES_MAX} bytes. `undefined`: the prekey, genuine as it may be, is no key.
 * The prekey's signature is for the caller to check.
 */
export function sealItem(
  options: {
    readonly provider: CryptoProvider;
    readonly random: RandomSource;
    readonly sender: LocalIdentity;
    readonly prekey: Prekey;
  },
  content: Uint8Array,
): Uint8Array | undefined {
  const { provider, random, sender, prekey } = options;
  assert(content.length > 0 && content.length <= ITEM_CONTENT_BYTES_MAX, `content of ${content.length} bytes`);
  const ephemeral = provider.x25519Generate(random);
  const kem = provider.mlKemEncapsulate(prekey.mlKem, random);
  const dh = provider.x25519(ephemeral.secretKey, prekey.x25519);
  ephemeral.secretKey.fill(0);
  if (kem === undefined || dh === undefined) return undefined;
  const head = new Writer(HEAD_BYTES)
    .u8(VERSION)
    .bytes(hexToBytes(prekey.mark))
    .bytes(ephemeral.publicKey)
    .bytes(kem.ciphertext)
    .finish();
  const signed = signedParts(provider, prekey, ephemeral.publicKey, content);
  const size = sizeFor(HEAD_BYTES + TAG_BYTES + WRAP_BYTES + content.length);
  const plaintext = new Uint8Array(size - HEAD_BYTES - TAG_BYTES);
  plaintext.set(
    new Writer(WRAP_BYTES + content.length)
      .bytes(peerIdToBytes(sender.peerId))
      .varBytes(content)
      .bytes(signLabelled(provider, sender, LABEL.mailItem, ...signed))
      .take(),
  );
  const key = itemKey(provider, prekey, head, dh, kem.shared);
  return concatBytes(head, ...provider.seal(key, ONCE, head, plaintext));
}

/** `secretOf`: our prekey by its mark. Total: whatever a relay hands us is an item or has a reason why not. */
export function openItem(
  provider: CryptoProvider,
  secretOf: (mark: string) => PrekeySecret | undefined,
  item: Uint8Array,
): OpenedItem {
  if (!ITEM_SIZES.includes(item.length) || item[0] !== VERSION) return refused("malformed");
  const head = item.subarray(0, HEAD_BYTES);
  const reader = new Reader(head);
  reader.u8();
  const secret = secretOf(bytesToHex(reader.bytes(PREKEY_MARK_BYTES)));
  if (secret === undefined) return refused("unknown-key");
  const ephemeral = reader.bytes(32);
  const dh = provider.x25519(secret.x25519.reveal(), ephemeral);
  const shared = provider.mlKemDecapsulate(secret.mlKemKey, reader.bytes(ML_KEM_CIPHERTEXT_BYTES));
  if (dh === undefined || shared === undefined) return refused("unreadable");
  const key = itemKey(provider, secret.prekey, head, dh, shared);
  const plaintext = provider.open(key, ONCE, head, item.subarray(HEAD_BYTES));
  if (plaintext === undefined) return refused("unreadable");
  try {
    return readPlaintext(provider, secret.prekey, ephemeral, plaintext);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return refused("forged");
  }
}

function readPlaintext(
  provider: CryptoProvider,
  prekey: Prekey,
  ephemeral: Uint8Array,
  plaintext: Uint8Array,
): OpenedItem {
  const reader = new Reader(plaintext);
  const sender = peerIdFromBytes(reader.bytes(32));
  const content = reader.varBytes(ITEM_CONTENT_BYTES_MAX);
  const signature = reader.bytes(SIGNATURE_BYTES);
  // One content, one item: what could be hidden in the padding, or in a larger size, would be signed by nobody.
  const isFilled = isAllZero(reader.rest()) && content.length > 0;
  const size = HEAD_BYTES + TAG_BYTES + plaintext.length;
  if (!isFilled || size !== sizeFor(HEAD_BYTES + TAG_BYTES + WRAP_BYTES + content.length)) return refused("forged");
  const signed = signedParts(provider, prekey, ephemeral, content);
  if (!verifyLabelled(provider, sender, LABEL.mailItem, signature, ...signed)) return refused("forged");
  return { isOpen: true, sender, content };
}

const refused = (why: ItemRefusal): OpenedItem => ({ isOpen: false, why });

/** The smallest of the sizes that holds `bytes`. */
const sizeFor = (bytes: number): number => {
  const size = ITEM_SIZES.find((each) => each >= bytes);
  assert(size !== undefined, `item of ${bytes} bytes`);
  return size;
};

const signedParts = (
  provider: CryptoProvider,
  prekey: Prekey,
  ephemeral: Uint8Array,
  content: Uint8Array,
): readonly Uint8Array[] => [peerIdToBytes(prekey.member), provider.sha256(prekey.bytes), ephemeral, content];

/** Overwrites `dh` and `shared`. */
function itemKey(
  provider: CryptoProvider,
  prekey: Prekey,
  head: Uint8Array,
  dh: Uint8Array,
  shared: Uint8Array,
): AeadKey {
  const info = new Writer(1_280)
    .bytes(labelBytes(LABEL.mailSeal))
    .u8(0)
    .bytes(peerIdToBytes(prekey.member))
    .bytes(provider.sha256(prekey.bytes))
    .bytes(head.subarray(1 + PREKEY_MARK_BYTES))
    .take();
  const secrets = concatBytes(dh, shared);
  const bytes = provider.hkdfSha256(secrets, new Uint8Array(0), info, 32);
  const key = provider.importAeadKey(bytes);
  for (const secret of [dh, shared, secrets, bytes]) secret.fill(0);
  return key;
}
