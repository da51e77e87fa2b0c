/**
 * An identity as text that can be printed or mailed to oneself, useless without its passphrase
 * (spec/identity.md §9).
 *
 *     text   = "-----BEGIN KITH IDENTITY-----" newline, base64url in lines of 64, newline, "-----END KITH IDENTITY-----"
 *     bytes  = passphrase seal (label "kith/1 identity export") of: u8 version (1) · 32 B seed · var name
 *
 * Who imports it on a second device has one identity in two places, which the protocol notices and
 * says; two devices are two identities under one contact.
 *
 * @module
 */
import { LABEL } from "../crypto/labels.ts";
import {
  checkSealedForm,
  openWithPassphrase,
  PASSPHRASE_OVERHEAD_BYTES,
  sealWithPassphrase,
} from "../crypto/passphrase-seal.ts";
import type { Argon2Cost, CryptoProvider } from "../crypto/provider.ts";
import { Secret } from "../crypto/secret.ts";
import { assert } from "../lib/assert.ts";
import { base64urlToBytes, bytesToBase64url } from "../lib/base64url.ts";
import type { RandomSource } from "../lib/random.ts";
import { Reader } from "../lib/reader.ts";
import { textToBytes } from "../lib/utf8.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import { identityFromSeed, type LocalIdentity, SEED_BYTES } from "./keys.ts";

const BEGIN = "-----BEGIN KITH IDENTITY-----";
const END = "-----END KITH IDENTITY-----";
const EXPORT_VERSION = 1;
/** As long as a name may be anywhere (`NAME_BYTES_MAX`, which lies a layer above). */
export const EXPORT_NAME_BYTES_MAX = 128;
/** Version, seed, and the length of a name of nothing. */
const PLAINTEXT_BYTES_MIN = 1 + SEED_BYTES + 1;
/** Far more than an export needs, so that a wrong file is refused at once. */
const TEXT_LENGTH_MAX = 2_048;

/** Text of a few lines. `name` has at most {@link EXPORT_NAME_BYTES_MAX} bytes; a one-time identity has nothing to keep. */
export function exportIdentity(options: {
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  readonly identity: LocalIdentity;
  readonly name: string;
  readonly passphrase: string;
  readonly cost?: Argon2Cost;
}): string {
  const { identity, name, ...sealing } = options;
  assert(!identity.isOneTime, "a one-time identity is never stored");
  assert(textToBytes(name).length <= EXPORT_NAME_BYTES_MAX, "name too long");
  const plaintext = new Writer().u8(EXPORT_VERSION).bytes(identity.seed.reveal()).text(name).finish();
  const sealed = sealWithPassphrase({ ...sealing, label: LABEL.identityExport }, plaintext);
  plaintext.fill(0);
  const lines = bytesToBase64url(sealed).match(/.{1,64}/g) ?? [];
  return [BEGIN, ...lines, END, ""].join("\n");
}

/**
 * The identity and its name. White space may have changed on the way, nothing else. The name is any text:
 * show it as one shows a stranger's.
 * @throws {WireError} `ERR_TEXT` or `ERR_TOO_LARGE` if this is no export; otherwise as {@link openWithPassphrase}:
 * `ERR_CRYPTO` for a wrong passphrase.
 */
export function importIdentity(options: {
  readonly provider: CryptoProvider;
  readonly text: string;
  readonly passphrase: string;
}): { readonly identity: LocalIdentity; readonly name: string } {
  const { provider, passphrase } = options;
  const plaintext = openWithPassphrase({ provider, passphrase, label: LABEL.identityExport }, unwrap(options.text));
  const reader = new Reader(plaintext);
  if (reader.u8() !== EXPORT_VERSION) throw new WireError("ERR_VERSION", "Cannot import identity: unknown version");
  const seed = new Secret(reader.bytes(SEED_BYTES).slice());
  const name = reader.text(EXPORT_NAME_BYTES_MAX);
  reader.end();
  plaintext.fill(0);
  return { identity: identityFromSeed(provider, seed), name };
}

/**
 * Whether it is whole, as far as that shows without the passphrase: for a person who has just chosen a file. A letter
 * that was changed shows only as a wrong passphrase does.
 */
export function isIdentityExport(text: string): boolean {
  try {
    const sealed = unwrap(text);
    checkSealedForm(sealed);
    const rest = sealed.length - PASSPHRASE_OVERHEAD_BYTES - PLAINTEXT_BYTES_MIN;
    return rest >= 0 && rest <= EXPORT_NAME_BYTES_MAX + 1;
  } catch (error) {
    if (error instanceof WireError) return false;
    throw error;
  }
}

function unwrap(text: string): Uint8Array {
  if (text.length > TEXT_LENGTH_MAX) throw new WireError("ERR_TOO_LARGE", "Cannot import identity: text too long");
  const trimmed = text.trim();
  if (!trimmed.startsWith(BEGIN) || !trimmed.endsWith(END) || trimmed.length < BEGIN.length + END.length)
    throw new WireError("ERR_TEXT", "Cannot import identity: no BEGIN and END line");
  return base64urlToBytes(trimmed.slice(BEGIN.length, -END.length).replace(/\s+/g, ""));
}
