/**
 * What an issuer says of itself, signed by its identity: the key that its credentials are signed with, and how long an
 * epoch is (spec/credential.md §4). Each has an edition; a later one ends all credentials of those before.
 *
 *     statement = CBOR [1, 32 B PeerId, edition, 96 B BBS key, name, seconds of an epoch] · 64 B signature
 *     signature = Ed25519 over label "credential issuer" and all before
 *
 * Its SHA-256 is in every credential, so that one issuer cannot have two meanings for one edition.
 *
 * @module
 */
import type { Bbs } from "../../crypto/bbs.ts";
import { BBS_PUBLIC_KEY_BYTES } from "../../crypto/bbs-sizes.ts";
import { LABEL, labelBytes } from "../../crypto/labels.ts";
import type { CryptoProvider, KeyPair } from "../../crypto/provider.ts";
import type { LocalIdentity } from "../../identity/keys.ts";
import { type PeerId, peerIdFromBytes, peerIdToBytes } from "../../identity/peer-id.ts";
import { SIGNATURE_BYTES, signLabelled, verifyLabelled } from "../../identity/signed.ts";
import { assert } from "../../lib/assert.ts";
import { base45ToBytes, bytesToBase45 } from "../../lib/base45.ts";
import { concatBytes } from "../../lib/bytes.ts";
import { type CborValue, decodeCbor, encodeCbor } from "../../lib/cbor.ts";
import { textToBytes } from "../../lib/utf8.ts";
import { WireError } from "../../lib/wire-error.ts";
import { Writer } from "../../lib/writer.ts";
import { isCleanName } from "../../trust/display-name.ts";
import {
  EPOCH_MAX,
  EPOCH_MIN,
  ISSUER_NAME_BYTES_MAX,
  ISSUER_STATEMENT_BYTES_MAX,
  ISSUER_TEXT_CHARS_MAX,
} from "../../wire/credential-limits.ts";

const VERSION = 1;
/** Editions and epochs fit 32 bits. */
export const COUNT_MAX = 0xffff_ffff;

export interface IssuerTerms {
  /** From 1, growing. */
  readonly edition: number;
  /** What the issuer calls itself: shown beside its fingerprint, never instead. */
  readonly name: string;
  readonly epochSeconds: number;
}

export interface IssuerStatement extends IssuerTerms {
  readonly issuer: PeerId;
  /** 96 bytes. */
  readonly publicKey: Uint8Array;
  /** SHA-256 of {@link bytes}: what credentials name. */
  readonly hash: Uint8Array;
  /** As received, signature included. */
  readonly bytes: Uint8Array;
}

/** An issuer at work: its statement, and what it signs credentials with. */
export interface Issuer {
  readonly statement: IssuerStatement;
  readonly keys: KeyPair;
}

/** The issuer that `identity` is in this edition. Key and statement follow from identity and terms: nothing else is to be kept. */
export function openIssuer(provider: CryptoProvider, bbs: Bbs, identity: LocalIdentity, terms: IssuerTerms): Issuer {
  const fault = termsFault(terms);
  assert(fault === undefined, `issuer with a fault of ${fault}`);
  const info = new Writer().bytes(labelBytes(LABEL.credentialKey)).u8(0).u32(terms.edition).finish();
  const material = provider.hkdfSha256(identity.seed.reveal(), new Uint8Array(0), info, 32);
  const keys = bbs.keyGen(material, new Uint8Array(0));
  material.fill(0);
  const { edition, name, epochSeconds } = terms;
  const body = encodeCbor([VERSION, peerIdToBytes(identity.peerId), edition, keys.publicKey, name, epochSeconds]);
  const bytes = concatBytes(body, signLabelled(provider, identity, LABEL.credentialIssuer, body));
  return { statement: readStatement(provider, bbs, bytes), keys };
}

/** Before base45 in a code. */
const TEXT_PREFIX = "KITHI1:";

/** A statement as a code has it. */
export const statementToText = ({ bytes }: IssuerStatement): string => `${TEXT_PREFIX}${bytesToBase45(bytes)}`;

/** Whether `text` says that it is a statement: it may still be no good one. */
export const isStatementText = (text: string): boolean => text.startsWith(TEXT_PREFIX);

/** The bytes of a statement, to be read. @throws {WireError} `ERR_TEXT`, `ERR_TOO_LARGE` */
export function statementFromText(text: string): Uint8Array {
  if (text.length > ISSUER_TEXT_CHARS_MAX)
    throw new WireError("ERR_TOO_LARGE", `statement of ${text.length} characters`);
  if (!isStatementText(text)) throw new WireError("ERR_TEXT", "Cannot read statement: it begins with something else");
  return base45ToBytes(text.slice(TEXT_PREFIX.length));
}

/** Why nobody may issue on these terms; `undefined` if one may. */
export function termsFault({ edition, name, epochSeconds }: IssuerTerms): keyof IssuerTerms | undefined {
  if (!Number.isInteger(edition) || edition < 1 || edition > COUNT_MAX) return "edition";
  if (name === "" || !isCleanName(name) || textToBytes(name).length > ISSUER_NAME_BYTES_MAX) return "name";
  const isWhole = Number.isInteger(epochSeconds);
  return isWhole && 1_000 * epochSeconds >= EPOCH_MIN && 1_000 * epochSeconds <= EPOCH_MAX ? undefined : "epochSeconds";
}

/** A genuine statement; whether its issuer is to be trusted is a person's to say. Copies `bytes`. @throws {WireError} */
export function readStatement(
  provider: CryptoProvider,
  bbs: Pick<Bbs, "isPublicKey">,
  bytes: Uint8Array,
): IssuerStatement {
  if (bytes.length > ISSUER_STATEMENT_BYTES_MAX)
    throw new WireError("ERR_TOO_LARGE", `statement of ${bytes.length} bytes`);
  const end = Math.max(0, bytes.length - SIGNATURE_BYTES);
  const [body, signature] = [bytes.subarray(0, end), bytes.subarray(end)];
  const { issuer, publicKey, ...terms } = readBody(decodeCbor(body));
  const fault = termsFault(terms);
  if (fault !== undefined) throw new WireError(fault === "name" ? "ERR_TEXT" : "ERR_VALUE", `${fault} of an issuer`);
  if (!verifyLabelled(provider, issuer, LABEL.credentialIssuer, signature, body))
    throw new WireError("ERR_CRYPTO", "Cannot take statement: not signed by whoever it names, or changed since");
  if (!bbs.isPublicKey(publicKey)) throw new WireError("ERR_CRYPTO", "Cannot take statement: its key is none");
  return { issuer, publicKey, ...terms, hash: provider.sha256(bytes), bytes: bytes.slice() };
}

function readBody(value: CborValue): Omit<IssuerStatement, "hash" | "bytes"> {
  const [version, key, edition, publicKey, name, epochSeconds, ...more] = Array.isArray(value) ? value : [];
  if (version !== VERSION) throw new WireError("ERR_VERSION", "statement of an issuer");
  const isWhole = key instanceof Uint8Array && publicKey instanceof Uint8Array && typeof name === "string";
  if (!isWhole || typeof edition !== "number" || typeof epochSeconds !== "number" || more.length > 0)
    throw new WireError("ERR_VALUE", "statement of another form");
  if (publicKey.length !== BBS_PUBLIC_KEY_BYTES) throw new WireError("ERR_VALUE", "key of an issuer");
  return { issuer: peerIdFromBytes(key), edition, publicKey, name, epochSeconds };
}
