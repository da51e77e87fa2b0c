/**
 * Certificates made by this program, for a relay that has none of Apple's: what they sign is built and checked like any
 * other, and no Wallet takes it. Made anew at each start, kept nowhere.
 *
 * @module
 */
import * as asn1js from "asn1js";
import * as pkijs from "pkijs";
import type { PassSecrets } from "./pass-signer.ts";

const DAY_MS = 86_400_000;
const LIFETIME_MS = 365 * DAY_MS;
const OID = {
  ...{ commonName: "2.5.4.3", organization: "2.5.4.10", unit: "2.5.4.11", userId: "0.9.2342.19200300.100.1.1" },
  ...{ basicConstraints: "2.5.29.19", keyUsage: "2.5.29.15" },
} as const;
const EC = { name: "ECDSA", namedCurve: "P-256" } as const;
const RSA = {
  ...{ name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength: 2_048 },
  publicExponent: Uint8Array.of(1, 0, 1),
} as const;
/** Bits of KeyUsage (RFC 5280 §4.2.1.3): digitalSignature; keyCertSign and cRLSign. */
const USAGE = { signs: 0x80, certifies: 0x06 } as const;

export const TEST_PASS_TYPE = "pass.example.kith.test";
export const TEST_TEAM = "KITHTEST00";

export interface TestAuthority extends PassSecrets {
  /** PEM: what a checker trusts. */
  readonly root: string;
}

type Name = readonly (readonly [type: string, text: string])[];
type Pair = Awaited<ReturnType<typeof makePair>>;

/** Root, one between, and a pass certificate, as Apple has them. */
export async function makeTestAuthority(wall: number): Promise<TestAuthority> {
  const [root, between, own] = await Promise.all([makePair(EC), makePair(EC), makePair(RSA)]);
  const rootName: Name = [[OID.commonName, "Kith test root: no Wallet trusts this"]];
  const betweenName: Name = [[OID.commonName, "Kith test WWDR"]];
  const ownName: Name = [
    [OID.userId, TEST_PASS_TYPE],
    [OID.commonName, `Pass Type ID: ${TEST_PASS_TYPE}`],
    [OID.unit, TEST_TEAM],
    [OID.organization, "Kith test"],
  ];
  const make = (subject: Name, of: Pair, issuer: Name, by: Pair, isAuthority: boolean): Promise<string> =>
    certificate({ subject, issuer, wall, isAuthority, publicKey: of.publicKey, signer: by.privateKey });
  return {
    root: await make(rootName, root, rootName, root, true),
    chain: await make(betweenName, between, rootName, root, true),
    certificate: await make(ownName, own, betweenName, between, false),
    key: pem("PRIVATE KEY", await crypto.subtle.exportKey("pkcs8", own.privateKey)),
  };
}

async function makePair(algorithm: typeof EC | typeof RSA) {
  const pair = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  if (!("privateKey" in pair)) throw new Error("no pair of keys");
  return pair;
}

async function certificate(of: {
  readonly subject: Name;
  readonly issuer: Name;
  readonly wall: number;
  readonly isAuthority: boolean;
  readonly publicKey: Pair["publicKey"];
  readonly signer: Pair["privateKey"];
}): Promise<string> {
  const made = new pkijs.Certificate();
  made.version = 2;
  const serial = crypto.getRandomValues(new Uint8Array(16));
  serial[0] = 0x40 | ((serial[0] ?? 0) & 0x3f); // positive, and of one length
  made.serialNumber = new asn1js.Integer({ valueHex: serial });
  for (const [name, entries] of [
    ["subject", of.subject],
    ["issuer", of.issuer],
  ] as const)
    for (const [type, text] of entries)
      made[name].typesAndValues.push(
        new pkijs.AttributeTypeAndValue({ type, value: new asn1js.Utf8String({ value: text }) }),
      );
  made.notBefore.value = new Date(of.wall - DAY_MS);
  made.notAfter.value = new Date(of.wall + LIFETIME_MS);
  const constraints = new pkijs.BasicConstraints({ cA: of.isAuthority });
  const bits = Uint8Array.of(of.isAuthority ? USAGE.certifies : USAGE.signs);
  made.extensions = [
    extension(OID.basicConstraints, constraints.toSchema().toBER(false)),
    extension(OID.keyUsage, new asn1js.BitString({ valueHex: bits, unusedBits: of.isAuthority ? 1 : 7 }).toBER(false)),
  ];
  await made.subjectPublicKeyInfo.importKey(of.publicKey);
  await made.sign(of.signer, "SHA-256");
  return pem("CERTIFICATE", made.toSchema(true).toBER(false));
}

const extension = (extnID: string, extnValue: ArrayBuffer): pkijs.Extension =>
  new pkijs.Extension({ extnID, critical: true, extnValue });

function pem(label: string, bytes: ArrayBuffer): string {
  const base64 = btoa(String.fromCharCode(...new Uint8Array(bytes)));
  return `-----BEGIN ${label}-----\n${base64.replace(/.{64}/g, "$&\n")}\n-----END ${label}-----\n`;
}
