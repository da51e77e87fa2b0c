/**
 * Certificate and key from PEM files, read again when they change: whoever renews a certificate restarts nothing.
 *
 * @module
 */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import type { RelayConfig } from "./config.ts";
import { RelayError, reasonOf } from "./relay-error.ts";

export interface TlsMaterial {
  readonly cert: string;
  readonly key: string;
  /** Of the first certificate in the file. */
  readonly validTo: number;
}

/**
 * @returns `undefined` if none is configured
 * @throws {RelayError} `ERR_TLS`: unreadable, no PEM, or certificate and key do not belong together
 */
export function readTls(config: Pick<RelayConfig, "tlsCert" | "tlsKey">): TlsMaterial | undefined {
  if (config.tlsCert === undefined || config.tlsKey === undefined) return undefined;
  const cert = readPem(config.tlsCert, "certificate");
  const key = readPem(config.tlsKey, "key");
  try {
    const certificate = new X509Certificate(cert);
    if (!certificate.checkPrivateKey(createPrivateKey(key))) throw new Error("they do not belong together");
    createSecureContext({ cert, key }); // what a server will do with them
    return { cert, key, validTo: Date.parse(certificate.validTo) };
  } catch (cause) {
    const files = `${config.tlsCert} and ${config.tlsKey}`;
    throw new RelayError("ERR_TLS", `Cannot use certificate and key in ${files}: ${reasonOf(cause)}`, { cause });
  }
}

function readPem(path: string, what: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new RelayError("ERR_TLS", `Cannot read ${what} ${path}: ${reasonOf(cause)}`, { cause });
  }
}
