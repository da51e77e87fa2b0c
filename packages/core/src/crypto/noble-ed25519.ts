/** Ed25519 of `@noble/ed25519`, the lightest that there is, as the base of providers. */
import { getPublicKey, hashes, Point, sign } from "@noble/ed25519";
import { sha512 } from "@noble/hashes/sha2.js";
import type { EdwardsLibrary } from "./curve25519.ts";

hashes.sha512 = sha512; // where that library looks for it

export const nobleEd25519: EdwardsLibrary<Point> = {
  base: Point.BASE,
  pointFromBytes: (bytes) => Point.fromBytes(bytes),
  publicKey: (seed) => getPublicKey(seed),
  sign: (message, seed) => sign(message, seed),
};
