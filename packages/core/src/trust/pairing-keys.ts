/**
 * The derivations of pairing, as single formulas (spec/pairing.md §4). `‖ 0` ends a label.
 *
 *     context = SHA-256(label "pairing sid" ‖ 0 ‖ transcript ‖ PeerId I ‖ PeerId R ‖ u8 method ‖ u8 attempt)
 *     sid     = context,   CI = "pair/1",   AD = u8 1 ‖ PeerId I  or  u8 2 ‖ PeerId R
 *     keys    = HKDF(ISK or QR secret, salt context, label "pairing confirm" or "pairing qr", 128)
 *             = confirm I ‖ confirm R ‖ seal I ‖ seal R
 *     proof   = HMAC(confirm of the one who proves, context)
 *     sealed  = AES-256-GCM(seal of the sender, nonce 0, aad context, introduction): each key seals once
 *     words   = those of spec/identity.md §6 with the context for the transcript
 *
 * I opened the pairing channel, R did not. The transcript is that of the handshake which began the
 * session, so someone who sits in between has two sessions and two transcripts.
 *
 * @module
 */
import { LABEL, type Label, labelBytes } from "../crypto/labels.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import { Secret } from "../crypto/secret.ts";
import { type PeerId, peerIdToBytes } from "../identity/peer-id.ts";
import { assert } from "../lib/assert.ts";
import { bytesEqual, concatBytes } from "../lib/bytes.ts";
import { textToBytes } from "../lib/utf8.ts";
import { PROTOCOL } from "../wire/registry.ts";
import { numberOf, type PairingMethod } from "./pairing-message.ts";

export type PairingSide = "initiator" | "responder";

export const otherSide = (side: PairingSide): PairingSide => (side === "initiator" ? "responder" : "initiator");

/** What both ends of one session agree on before anything is proven. */
export interface PairingGround {
  readonly provider: CryptoProvider;
  /** Ours: the initiator opened the channel. */
  readonly side: PairingSide;
  /** The identities that the session runs under. */
  readonly local: PeerId;
  readonly remote: PeerId;
  /** 32 bytes: of the session's first handshake. */
  readonly transcript: Uint8Array;
}

export const PAIRING_CI: Uint8Array = textToBytes(PROTOCOL.pair);

/** 32 bytes that no other method, attempt, session or pair of peers has. */
export function pairingContext(ground: PairingGround, method: PairingMethod, attempt: number): Uint8Array {
  return ground.provider.sha256(
    label(LABEL.pairingSid),
    ground.transcript,
    peerIdToBytes(peerOf(ground, "initiator")),
    peerIdToBytes(peerOf(ground, "responder")),
    Uint8Array.of(numberOf(method), attempt),
  );
}

/** CPace's associated data: who speaks, and in which role. */
export const associatedData = (ground: PairingGround, side: PairingSide): Uint8Array =>
  concatBytes(Uint8Array.of(side === "initiator" ? 1 : 2), peerIdToBytes(peerOf(ground, side)));

/** What a shared secret of one context gives. Both sides have the same, or neither proof verifies. */
export class PairingKeys {
  readonly #provider: CryptoProvider;
  readonly #side: PairingSide;
  readonly #context: Uint8Array;
  readonly #keys: Secret;
  #hasSealed = false;

  /** Reads `secret` and leaves it to the caller to wipe. */
  constructor(ground: PairingGround, context: Uint8Array, secret: Secret, use: "cpace" | "qr") {
    this.#provider = ground.provider;
    this.#side = ground.side;
    this.#context = context;
    const info = labelBytes(use === "cpace" ? LABEL.pairingConfirm : LABEL.pairingQr);
    this.#keys = new Secret(ground.provider.hkdfSha256(secret.reveal(), context, info, 128));
  }

  /** 32 bytes that show the other side that we have the secret. */
  proof(): Uint8Array {
    return this.#proofOf(this.#side);
  }

  verifies(proof: Uint8Array): boolean {
    return bytesEqual(this.#proofOf(otherSide(this.#side)), proof);
  }

  /** Once only: the nonce is zero. */
  seal(plaintext: Uint8Array): Uint8Array {
    assert(!this.#hasSealed, "a pairing key seals once");
    this.#hasSealed = true;
    const key = this.#provider.importAeadKey(this.#sealKeyOf(this.#side));
    return concatBytes(...this.#provider.seal(key, new Uint8Array(12), this.#context, plaintext));
  }

  open(sealed: Uint8Array): Uint8Array | undefined {
    const key = this.#provider.importAeadKey(this.#sealKeyOf(otherSide(this.#side)));
    return this.#provider.open(key, new Uint8Array(12), this.#context, sealed);
  }

  wipe(): void {
    this.#keys.wipe();
  }

  #proofOf(side: PairingSide): Uint8Array {
    return this.#provider.hmacSha256(this.#part(side === "initiator" ? 0 : 32), this.#context);
  }

  #sealKeyOf(side: PairingSide): Uint8Array {
    return this.#part(side === "initiator" ? 64 : 96);
  }

  #part(at: number): Uint8Array {
    return this.#keys.reveal().subarray(at, at + 32);
  }
}

const peerOf = (ground: PairingGround, side: PairingSide): PeerId =>
  ground.side === side ? ground.local : ground.remote;

const label = (name: Label): Uint8Array => concatBytes(labelBytes(name), Uint8Array.of(0));
