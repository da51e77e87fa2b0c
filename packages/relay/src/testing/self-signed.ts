/** Certificates for tests, made when they are needed: X.509 (RFC 5280) with an Ed25519 key (RFC 8410), signed by itself. */
import { generateKeyPairSync, randomBytes, sign } from "node:crypto";

export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
}

const ED25519 = der(0x30, Buffer.from("06032b6570", "hex"));

/** For `localhost` and 127.0.0.1; `serial` tells two apart. */
export function selfSigned(name: string, serial: number): TestCertificate {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const commonName = der(0x30, Buffer.from("0603550403", "hex"), der(0x0c, Buffer.from(name)));
  const names = der(0x30, der(0x31, commonName));
  const validity = der(0x30, der(0x17, Buffer.from("250101000000Z")), der(0x17, Buffer.from("450101000000Z")));
  const alternatives = der(0x30, der(0x82, Buffer.from("localhost")), der(0x87, Buffer.from([127, 0, 0, 1])));
  const extension = der(0x30, Buffer.from("0603551d11", "hex"), der(0x04, alternatives));
  const body = der(
    0x30,
    ...[der(0xa0, Buffer.from("020102", "hex")), der(0x02, Buffer.from([serial]), randomBytes(8)), ED25519],
    ...[names, validity, names, publicKey.export({ format: "der", type: "spki" })],
    der(0xa3, der(0x30, extension)),
  );
  const signature = sign(null, body, privateKey);
  const certificate = der(0x30, body, ED25519, der(0x03, Buffer.from([0]), signature));
  const lines = certificate.toString("base64").replace(/.{64}/g, "$&\n");
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
  };
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const head = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...head]), ...parts]);
}
