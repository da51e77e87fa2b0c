/**
 * {@link CryptoProvider} for who reads what others signed and sealed, and does nothing else: a page that shows a card. It
 * has no key agreement, and so no sessions, and no Argon2id; what it judges it judges as the others do.
 *
 * @module
 */
import { ed25519Over } from "./curve25519.ts";
import { nobleEd25519 } from "./noble-ed25519.ts";
import { nobleSymmetric } from "./noble-symmetric.ts";
import type { CryptoProvider } from "./provider.ts";

const missing = (): never => {
  throw new Error("not here: nobleProvider has it");
};

export const nobleReaderProvider: CryptoProvider = {
  ...nobleSymmetric,
  ...ed25519Over(nobleEd25519),
  ...{ x25519Generate: missing, x25519PublicKey: missing, x25519: missing, argon2id: missing },
  ...{ mlKemGenerate: missing, mlKemFromSeed: missing, mlKemEncapsulate: missing, mlKemDecapsulate: missing },
};
