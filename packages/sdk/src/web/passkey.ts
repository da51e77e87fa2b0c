/**
 * A secret that an authenticator gives for a salt, after a touch, a finger or a PIN: WebAuthn Level 3 §10.1.4, extension
 * `prf`. The page keeps the credential's id; the secret exists while it is used.
 *
 * @module
 */
import { base64urlToBytes, bytesToBase64url } from "@kith/core";
import { EndpointError } from "../endpoint-error.ts";

export const PASSKEY_SALT_BYTES = 32;
const TIME_MAX_MS = 120_000;

export interface Passkey {
  /** Base64url; not secret. Keep it to find the credential again. */
  readonly id: string;
  /** 32 bytes, the same for the same salt. @throws {EndpointError} `ERR_IDENTITY`: refused, cancelled, not there */
  secret(salt: Uint8Array): Promise<Uint8Array>;
}

/**
 * Whether there may be one: the authenticator's own word comes only when it is asked. A site is meant by its name
 * (WebAuthn §5.1.3: a valid domain), so one that is opened by an address in digits has none.
 */
export const mayHavePasskeys = (host: string = globalThis.location?.hostname ?? ""): boolean =>
  globalThis.isSecureContext && "PublicKeyCredential" in globalThis && !/^[\d.]+$|^\[/.test(host);

/**
 * Makes a credential for this site, with a name that the system shows.
 * @throws {EndpointError} `ERR_IDENTITY`: refused, cancelled, or the authenticator knows no `prf`
 */
export async function createPasskey(name: string): Promise<Passkey> {
  const made = await asked(() =>
    navigator.credentials.create({
      publicKey: {
        challenge: random(32), // of no meaning: nobody is to be convinced, a secret is wanted
        rp: { name: "Kith" },
        user: { id: random(16), name, displayName: name },
        pubKeyCredParams: [-8, -7, -257].map((alg) => ({ type: "public-key", alg })), // Ed25519, ES256, RS256
        authenticatorSelection: { residentKey: "preferred", userVerification: "required" },
        timeout: TIME_MAX_MS,
        extensions: { prf: {} },
      },
    }),
  );
  if (made.getClientExtensionResults().prf?.enabled !== true)
    throw new EndpointError("ERR_IDENTITY", "Cannot use this passkey: it gives no secret; choose a passphrase");
  return passkey(bytesToBase64url(new Uint8Array(made.rawId)));
}

/** One that was made before. */
export const passkey = (id: string): Passkey => ({
  id,
  async secret(salt) {
    const found = await asked(() =>
      navigator.credentials.get({
        publicKey: {
          challenge: random(32),
          allowCredentials: [{ type: "public-key", id: base64urlToBytes(id).slice() }],
          userVerification: "required",
          timeout: TIME_MAX_MS,
          extensions: { prf: { eval: { first: salt.slice() } } },
        },
      }),
    );
    const first = found.getClientExtensionResults().prf?.results?.first;
    if (first === undefined) throw new EndpointError("ERR_IDENTITY", "Cannot unlock: the passkey gave no secret");
    const bytes = ArrayBuffer.isView(first) ? new Uint8Array(first.buffer, first.byteOffset, first.byteLength) : first;
    return new Uint8Array(bytes).slice(0, 32);
  },
});

async function asked(ask: () => Promise<Credential | null>): Promise<PublicKeyCredential> {
  try {
    const credential = await ask();
    if (credential instanceof PublicKeyCredential) return credential;
  } catch (cause) {
    throw new EndpointError("ERR_IDENTITY", "Cannot use the passkey: it was refused, cancelled, or is not there", {
      cause,
    });
  }
  throw new EndpointError("ERR_IDENTITY", "Cannot use the passkey: the browser gave none");
}

const random = (length: number): Uint8Array<ArrayBuffer> => crypto.getRandomValues(new Uint8Array(length));
