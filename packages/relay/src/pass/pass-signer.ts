/**
 * Signs manifests of Wallet passes: a detached CMS signature (RFC 5652) in DER, with the signer's certificate, those
 * between it and its root, the time of signing, and SHA-256. By WebCrypto and pkijs, so that it runs in Node and on
 * workerd alike (docs/adr/0036).
 *
 * @module
 */
import * as asn1js from "asn1js";
import * as pkijs from "pkijs";
import { PassSecretError, readPem } from "./pem.ts";

const OID = {
  contentType: "1.2.840.113549.1.9.3",
  messageDigest: "1.2.840.113549.1.9.4",
  signingTime: "1.2.840.113549.1.9.5",
  data: "1.2.840.113549.1.7.1",
  userId: "0.9.2342.19200300.100.1.1",
  organization: "2.5.4.10",
  unit: "2.5.4.11",
} as const;
const HASH = "SHA-256";
const RSA = { name: "RSASSA-PKCS1-v1_5", hash: HASH } as const;

/** PEM of each; a chain may hold several. */
export interface PassSecrets {
  readonly certificate: string;
  /** PKCS#8, not sealed by a passphrase. */
  readonly key: string;
  /** Apple's WWDR, which signed the certificate. */
  readonly chain: string;
}

/** What whoever makes a pass must write into it: Wallet compares both with the certificate. */
export interface PassNames {
  readonly passTypeIdentifier: string;
  readonly teamIdentifier: string;
  readonly organizationName: string;
}

type Key = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

export class PassSigner {
  readonly names: PassNames;
  /** Wall time at which the first of its certificates ends. */
  readonly until: number;
  /** `test`: made by this program, and no Wallet takes what it signs. */
  readonly kind: "given" | "test";
  readonly #certificates: readonly pkijs.Certificate[]; // the signer's first
  readonly #key: Key;

  private constructor(kind: "given" | "test", certificates: readonly pkijs.Certificate[], key: Key) {
    const [own] = certificates;
    if (own === undefined) throw new PassSecretError("there is no certificate");
    [this.kind, this.#certificates, this.#key] = [kind, certificates, key];
    this.names = namesOf(own);
    this.until = Math.min(...certificates.map(({ notAfter }) => notAfter.value.getTime()));
  }

  /** @throws {PassSecretError} */
  static async open(secrets: PassSecrets, kind: "given" | "test" = "given"): Promise<PassSigner> {
    const own = certificatesIn(secrets.certificate);
    const chain = certificatesIn(secrets.chain);
    if (own.length !== 1) throw new PassSecretError(`${own.length} certificates where the pass certificate should be`);
    if (chain.length === 0) throw new PassSecretError("there is no certificate of who signed it (WWDR)");
    const signer = new PassSigner(kind, [...own, ...chain], await keyIn(secrets.key));
    await signer.#check();
    return signer;
  }

  /** Detached: it is over exactly these bytes. */
  async sign(manifest: Uint8Array<ArrayBuffer>, at: Date): Promise<Uint8Array<ArrayBuffer>> {
    const [own] = this.#certificates;
    if (own === undefined) throw new PassSecretError("there is no certificate");
    const digest = await crypto.subtle.digest(HASH, manifest);
    const attribute = (type: string, value: asn1js.BaseBlock): pkijs.Attribute =>
      new pkijs.Attribute({ type, values: [value] });
    const signed = new pkijs.SignedData({
      version: 1,
      encapContentInfo: new pkijs.EncapsulatedContentInfo({ eContentType: OID.data }),
      signerInfos: [
        new pkijs.SignerInfo({
          version: 1,
          sid: new pkijs.IssuerAndSerialNumber({ issuer: own.issuer, serialNumber: own.serialNumber }),
          signedAttrs: new pkijs.SignedAndUnsignedAttributes({
            type: 0,
            attributes: [
              attribute(OID.contentType, new asn1js.ObjectIdentifier({ value: OID.data })),
              attribute(OID.signingTime, new asn1js.UTCTime({ valueDate: at })),
              attribute(OID.messageDigest, new asn1js.OctetString({ valueHex: digest })),
            ],
          }),
        }),
      ],
      certificates: [...this.#certificates],
    });
    await signed.sign(this.#key, 0, HASH, manifest);
    const content = new pkijs.ContentInfo({
      contentType: pkijs.ContentInfo.SIGNED_DATA,
      content: signed.toSchema(true),
    });
    return new Uint8Array(content.toSchema().toBER(false));
  }

  /** That key, certificate and chain belong together. */
  async #check(): Promise<void> {
    const [own, ...chain] = this.#certificates;
    const probe = new Uint8Array(32);
    const publicKey = (await own?.getPublicKey().catch(() => undefined)) as Key | undefined;
    if (publicKey === undefined || publicKey.algorithm.name !== RSA.name)
      throw new PassSecretError("the certificate is not for an RSA key");
    const signature = await crypto.subtle.sign(RSA, this.#key, probe);
    if (!(await crypto.subtle.verify(RSA, publicKey, signature, probe)))
      throw new PassSecretError("the key is not that of the certificate");
    for (const issuer of chain) if (await own?.verify(issuer).catch(() => false)) return;
    throw new PassSecretError("none of the other certificates (WWDR) signed the pass certificate");
  }
}

function certificatesIn(pem: string): readonly pkijs.Certificate[] {
  return readPem(pem)
    .filter(({ label }) => label === "CERTIFICATE")
    .map(({ bytes }) => {
      try {
        return pkijs.Certificate.fromBER(bytes);
      } catch {
        throw new PassSecretError("a certificate cannot be read");
      }
    });
}

async function keyIn(pem: string): Promise<Key> {
  const blocks = readPem(pem);
  if (blocks.some(({ label }) => label === "ENCRYPTED PRIVATE KEY"))
    throw new PassSecretError("the key is sealed by a passphrase: openssl pkcs8 -topk8 -nocrypt opens it");
  const [key, ...more] = blocks.filter(({ label }) => label === "PRIVATE KEY");
  if (key === undefined || more.length > 0)
    throw new PassSecretError(
      "the key is not one PEM block PRIVATE KEY (PKCS#8): openssl pkcs8 -topk8 -nocrypt makes it",
    );
  try {
    return await crypto.subtle.importKey("pkcs8", key.bytes, RSA, false, ["sign"]);
  } catch {
    throw new PassSecretError("the key cannot be read, or is not an RSA key");
  }
}

function namesOf(certificate: pkijs.Certificate): PassNames {
  const text = (type: string): string => {
    const found = certificate.subject.typesAndValues.find((each) => String(each.type) === type);
    const value: unknown = found?.value.valueBlock.value;
    return typeof value === "string" ? value : "";
  };
  const names = { passTypeIdentifier: text(OID.userId), teamIdentifier: text(OID.unit) };
  return { ...names, organizationName: text(OID.organization) };
}
