/**
 * SHA-1, which a Wallet pass names its files by (spec/app-card.md §13) because that format says so. It resists no collision
 * any more: nothing of Kith's own may rest on it, and it is not in the {@link CryptoProvider}.
 */
export { sha1 } from "@noble/hashes/legacy.js";
