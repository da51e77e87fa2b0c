/**
 * What the two sides of a login sign and compute (spec/relay.md §4). Both sides call these, so that they cannot drift.
 *
 *     relay seed          = HKDF(identity seed, no salt, "kith/1 relay key" ‖ relay key when first met, 32)
 *     welcome's signature = over "kith/1 relay welcome" ‖ 0 ‖ client nonce ‖ relay nonce ‖ u64 wall time
 *     login's signature   = over "kith/1 relay login" ‖ 0 ‖ relay key ‖ relay nonce
 *     challenge           = SHA-256("kith/1 relay toll" ‖ 0 ‖ relay key ‖ relay nonce ‖ client key)
 *     paid                : SHA-256(challenge ‖ u64 counter) begins with `bits` zero bits
 *
 * @module
 */
import { LABEL, type Label, labelBytes } from "../crypto/labels.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import { Secret } from "../crypto/secret.ts";
import { concatBytes } from "../lib/bytes.ts";
import { Writer } from "../lib/writer.ts";

/** The Ed25519 seed of an identity at one relay; at another relay it is an unrelated one. */
export const relaySeed = (provider: CryptoProvider, identitySeed: Secret, relayKey: Uint8Array): Secret =>
  new Secret(
    provider.hkdfSha256(
      identitySeed.reveal(),
      new Uint8Array(0),
      concatBytes(labelBytes(LABEL.relayKey), relayKey),
      32,
    ),
  );

/** What *welcome* signs. */
export const welcomeBytes = (clientNonce: Uint8Array, relayNonce: Uint8Array, wall: number): Uint8Array =>
  labelled(LABEL.relayWelcome).bytes(clientNonce).bytes(relayNonce).u64(wall).take();

/** What *login* signs. */
export const loginBytes = (relayKey: Uint8Array, relayNonce: Uint8Array): Uint8Array =>
  labelled(LABEL.relayLogin).bytes(relayKey).bytes(relayNonce).take();

/** 32 bytes. A toll paid for it is paid to this relay, by this key, on this connection. */
export const tollChallenge = (
  provider: CryptoProvider,
  relayKey: Uint8Array,
  relayNonce: Uint8Array,
  clientKey: Uint8Array,
): Uint8Array => provider.sha256(labelled(LABEL.relayToll).bytes(relayKey).bytes(relayNonce).bytes(clientKey).take());

/** `bits`: at most 32. */
export function isTollPaid(provider: CryptoProvider, challenge: Uint8Array, counter: number, bits: number): boolean {
  const [a = 0, b = 0, c = 0, d = 0] = provider.sha256(challenge, new Writer(8).u64(counter).take());
  const first = (a * 0x100_0000 + (b << 16) + (c << 8) + d) >>> 0;
  return bits === 0 || first < 2 ** (32 - bits);
}

const labelled = (label: Label): Writer => new Writer(160).bytes(labelBytes(label)).u8(0);
