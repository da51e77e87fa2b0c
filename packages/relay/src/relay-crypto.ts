/**
 * What a relay computes for each login, by `node:crypto`: a login costs 0.2 ms and not 2. Everything else is noble's.
 *
 * @module
 */
import { createPrivateKey, createPublicKey, hash, randomBytes, sign, verify } from "node:crypto";
import { type CryptoProvider, isAdmissibleSignature, nobleProvider, type RandomSource } from "@kith/core";

/** PKCS #8 before a seed. */
const ED25519_PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");

export const relayProvider: CryptoProvider = {
  ...nobleProvider,
  sha256: (...parts) => {
    const [only] = parts;
    return plain(hash("sha256", parts.length === 1 && only !== undefined ? only : Buffer.concat(parts), "buffer"));
  },
  ed25519PublicKey: (seed) =>
    plain(Buffer.from(createPublicKey(privateKey(seed)).export({ format: "jwk" }).x ?? "", "base64url")).slice(),
  ed25519Sign: (seed, message) => plain(sign(null, message, privateKey(seed))),
  ed25519Verify: (publicKey, message, signature) => {
    if (!isAdmissibleSignature(publicKey, signature)) return false;
    try {
      const x = Buffer.from(publicKey).toString("base64url");
      return verify(
        null,
        message,
        createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" }),
        signature,
      );
    } catch {
      return false; // no point of the curve, in versions that check at import
    }
  },
};

export const systemRandom: RandomSource = (length) => new Uint8Array(randomBytes(length));

function privateKey(seed: Uint8Array): ReturnType<typeof createPrivateKey> {
  const der = Buffer.concat([ED25519_PKCS8, seed]);
  const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  der.fill(0);
  return key;
}

const plain = (buffer: Buffer): Uint8Array => new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
