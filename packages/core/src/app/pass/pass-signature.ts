/**
 * What a signer of passes gave back, looked at before it goes into a pass (spec/app-card.md §13): a detached signature of
 * *this* manifest in CMS (RFC 5652), with the time that Wallet wants. Whether its certificate is one that Wallet trusts is
 * Wallet's to say, and is not checked here.
 *
 * @module
 */
import type { CryptoProvider } from "../../crypto/provider.ts";
import { bytesEqual } from "../../lib/bytes.ts";
import { DER, DerReader } from "../../lib/der.ts";
import { WireError } from "../../lib/wire-error.ts";
import { PASS_SIGNATURE_BYTES_MAX } from "../../wire/card-limits.ts";

/** Object identifiers, as they are encoded. */
const OID = {
  data: "2a864886f70d010701",
  signedData: "2a864886f70d010702",
  messageDigest: "2a864886f70d010904",
  signingTime: "2a864886f70d010905",
  sha256: "608648016503040201",
} as const;

/** @throws {WireError} `ERR_CRYPTO` if it is of another manifest; other codes if it is no such signature. */
export function checkPassSignature(provider: CryptoProvider, manifest: Uint8Array, signature: Uint8Array): void {
  if (signature.length > PASS_SIGNATURE_BYTES_MAX)
    throw new WireError("ERR_TOO_LARGE", `signature of ${signature.length} bytes`);
  const { digest, hasTime } = signedAttributes(new DerReader(signature));
  if (digest === undefined || !hasTime) throw new WireError("ERR_VALUE", "signature without a digest or a time");
  if (!bytesEqual(digest, provider.sha256(manifest))) throw new WireError("ERR_CRYPTO", "signature of another pass");
}

function signedAttributes(outer: DerReader): { readonly digest: Uint8Array | undefined; readonly hasTime: boolean } {
  const info = outer.into(DER.sequence);
  outer.end();
  expectOid(info, OID.signedData);
  const wrapped = info.into(DER.context0);
  info.end();
  const signed = wrapped.into(DER.sequence);
  wrapped.end();
  signed.next(); // version
  signed.next(DER.set); // digest algorithms
  const content = signed.into(DER.sequence);
  expectOid(content, OID.data);
  content.end(); // detached: no content
  if (signed.tag === DER.context0) signed.next(); // certificates
  if (signed.tag === DER.context1) signed.next(); // revocations
  const signers = signed.into(DER.set);
  signed.end();
  const signer = signers.into(DER.sequence);
  signers.end(); // of one
  signer.next(); // version
  signer.next(); // which certificate
  expectOid(signer.into(DER.sequence), OID.sha256);
  return attributesOf(signer.into(DER.context0));
}

function attributesOf(attributes: DerReader): ReturnType<typeof signedAttributes> {
  let digest: Uint8Array | undefined;
  let hasTime = false;
  while (!attributes.isAtEnd) {
    const attribute = attributes.into(DER.sequence);
    const name = attribute.oid();
    const values = attribute.into(DER.set);
    attribute.end();
    if (name === OID.signingTime) hasTime = true;
    if (name !== OID.messageDigest) continue;
    if (digest !== undefined) throw new WireError("ERR_VALUE", "signature with two digests");
    digest = values.next(DER.octets);
    values.end();
  }
  return { digest, hasTime };
}

function expectOid(reader: DerReader, oid: string): void {
  if (reader.oid() !== oid) throw new WireError("ERR_VALUE", "signature of another kind");
}
