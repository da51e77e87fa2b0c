/**
 * A credential: facts that an issuer attests about one holder, for one epoch, under one signature (spec/credential.md §6).
 *
 *     kept   = CBOR [1, statement, epoch, [fact…], 80 B BBS signature]
 *     header = label "credential" ‖ 0 ‖ CBOR [1, 32 B SHA-256 of the statement, epoch]
 *
 * The header is what every show tells; it is the same for all holders of an epoch. The signature is over sixteen messages,
 * of which the first is a secret of the holder that is not kept with it: it follows from the identity's seed.
 * Whoever finds the credential alone can show nothing.
 *
 * @module
 */
import type { Bbs } from "../../crypto/bbs.ts";
import { BBS_SIGNATURE_BYTES } from "../../crypto/bbs-sizes.ts";
import { LABEL, labelBytes } from "../../crypto/labels.ts";
import type { CryptoProvider } from "../../crypto/provider.ts";
import { Secret } from "../../crypto/secret.ts";
import type { LocalIdentity } from "../../identity/keys.ts";
import { type PeerId, peerIdToBytes } from "../../identity/peer-id.ts";
import { assert } from "../../lib/assert.ts";
import { concatBytes } from "../../lib/bytes.ts";
import { decodeCbor, encodeCbor } from "../../lib/cbor.ts";
import { WireError } from "../../lib/wire-error.ts";
import { CREDENTIAL_BYTES_MAX, ISSUER_STATEMENT_BYTES_MAX } from "../../wire/credential-limits.ts";
import { checkFacts, type Fact, factsFault, factsFromCbor, factToCbor, messagesOf } from "./fact.ts";
import { COUNT_MAX, type Issuer, type IssuerStatement, readStatement } from "./statement.ts";

const VERSION = 1;
export const HOLDER_SECRET_BYTES = 32;

export interface Credential {
  readonly statement: IssuerStatement;
  readonly epoch: number;
  /** By slot. */
  readonly facts: readonly Fact[];
  /** 80 bytes. */
  readonly signature: Uint8Array;
}

/** Whom a credential is for. */
export interface Holder {
  readonly peer: PeerId;
  /** 32 bytes that holder and issuer share; see {@link holderSecret}. */
  readonly secret: Secret;
}

/** The secret that `identity` gives to this one issuer, the same each time: others get another. */
export function holderSecret(provider: CryptoProvider, identity: LocalIdentity, issuer: PeerId): Secret {
  const info = concatBytes(labelBytes(LABEL.credentialHolder), Uint8Array.of(0), peerIdToBytes(issuer));
  return new Secret(provider.hkdfSha256(identity.seed.reveal(), new Uint8Array(0), info, HOLDER_SECRET_BYTES));
}

/** Signs `facts`, which have no {@link factsFault}: ask before. Whether they are true is the issuer's to know. */
export function issueCredential(
  bbs: Bbs,
  issuer: Issuer,
  holder: Holder,
  epoch: number,
  facts: readonly Fact[],
): Credential {
  const fault = factsFault(facts);
  assert(fault === undefined, `credential with a fault of ${fault}`);
  assert(holder.secret.reveal().length === HOLDER_SECRET_BYTES, "secret of a holder");
  const messages = messagesOf(holder.secret.reveal(), holder.peer, facts);
  const signature = bbs.sign(issuer.keys, credentialHeader(issuer.statement, epoch), messages);
  return { statement: issuer.statement, epoch, facts, signature };
}

/** Whether the issuer signed this for this holder. A holder asks before keeping it. */
export function isCredentialGenuine(bbs: Bbs, credential: Credential, holder: Holder): boolean {
  const { statement, epoch, facts, signature } = credential;
  const messages = messagesOf(holder.secret.reveal(), holder.peer, facts);
  return bbs.verify(statement.publicKey, signature, credentialHeader(statement, epoch), messages);
}

export function credentialHeader(statement: IssuerStatement, epoch: number): Uint8Array {
  assert(Number.isInteger(epoch) && epoch >= 0 && epoch <= COUNT_MAX, `epoch ${epoch}`);
  return concatBytes(labelBytes(LABEL.credential), Uint8Array.of(0), encodeCbor([VERSION, statement.hash, epoch]));
}

export function encodeCredential({ statement, epoch, facts, signature }: Credential): Uint8Array {
  return encodeCbor([VERSION, statement.bytes, epoch, facts.map(factToCbor), signature]);
}

/** Its form, and that its statement is genuine; see {@link isCredentialGenuine} for the rest. @throws {WireError} */
export function decodeCredential(
  provider: CryptoProvider,
  bbs: Pick<Bbs, "isPublicKey">,
  bytes: Uint8Array,
): Credential {
  if (bytes.length > CREDENTIAL_BYTES_MAX) throw new WireError("ERR_TOO_LARGE", `credential of ${bytes.length} bytes`);
  const value = decodeCbor(bytes);
  const [version, statement, epoch, items, signature, ...more] = Array.isArray(value) ? value : [];
  if (version !== VERSION) throw new WireError("ERR_VERSION", "credential");
  if (!(statement instanceof Uint8Array) || !(signature instanceof Uint8Array) || more.length > 0)
    throw new WireError("ERR_VALUE", "credential of another form");
  if (typeof epoch !== "number" || epoch > COUNT_MAX) throw new WireError("ERR_VALUE", "epoch of a credential");
  if (signature.length !== BBS_SIGNATURE_BYTES) throw new WireError("ERR_VALUE", "signature of a credential");
  const { holder, facts } = factsFromCbor(items);
  checkFacts(facts);
  if (holder !== undefined) throw new WireError("ERR_VALUE", "credential that names its holder");
  if (statement.length > ISSUER_STATEMENT_BYTES_MAX) throw new WireError("ERR_TOO_LARGE", "statement of an issuer");
  return { statement: readStatement(provider, bbs, statement), epoch, facts, signature };
}
