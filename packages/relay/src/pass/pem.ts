/** PEM (RFC 7468), as files and secrets have it: the text, or base64 of that. */

const BLOCK = /-----BEGIN ([A-Z0-9 ]{1,40})-----([A-Za-z0-9+/=\s]{1,65536})-----END \1-----/g;

export interface PemBlock {
  /** As `CERTIFICATE`. */
  readonly label: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** In order; empty if there are none. Nothing that was read is in an error. */
export function readPem(text: string): readonly PemBlock[] {
  const plain = text.includes("-----BEGIN") ? text : decoded(text);
  return [...plain.matchAll(BLOCK)].map(([, label = "", base64 = ""]) => ({ label, bytes: bytesOf(base64) }));
}

export const isPem = (text: string): boolean => readPem(text).length > 0;

function decoded(text: string): string {
  try {
    return atob(text.replace(/\s/g, ""));
  } catch {
    return "";
  }
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(base64.replace(/\s/g, "")), (character) => character.charCodeAt(0));
  } catch {
    return new Uint8Array(0);
  }
}

/** What is wrong with the secrets; holds nothing of them. */
export class PassSecretError extends Error {
  override readonly name = "PassSecretError";
}
