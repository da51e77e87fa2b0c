/**
 * HandshakeState of the Noise framework (revision 34, §5.3): walks a pattern's tokens, message by
 * message, on one side.
 *
 *     write   writeTokens() · writePayload(payload) → message       or writeMessage(payload)
 *     read    readTokens(message) · readPayload() → payload         or readMessage(message)
 *     then    finish() once the pattern's last message is done
 *
 * Writing and reading are in two halves because Kith signs the hash as it stands before the
 * payload. The tokens `e1` and `ekem1` come from the hybrid forward secrecy draft:
 *
 *     e1      write: make a KEM pair, send EncryptAndHash(public)      read: re1 = DecryptAndHash(…)
 *     ekem1   write: (ct, k) = Encapsulate(re1), send EncryptAndHash(ct), MixKey(k)    read: the same way round
 *
 * A state that threw is of no use: drop it.
 *
 * @module
 */
import type { Label } from "../crypto/labels.ts";
import type { CryptoProvider, KeyPair } from "../crypto/provider.ts";
import { assert } from "../lib/assert.ts";
import { bytesEqual, concatBytes } from "../lib/bytes.ts";
import type { RandomSource } from "../lib/random.ts";
import { Reader } from "../lib/reader.ts";
import { WireError } from "../lib/wire-error.ts";
import { TAG_BYTES } from "./cipher-state.ts";
import type { HandshakePattern, Token } from "./patterns.ts";
import { protocolName } from "./patterns.ts";
import { SymmetricState } from "./symmetric-state.ts";

const DH_BYTES = 32;
const KEM_PUBLIC_BYTES = 1_184;
const KEM_CIPHERTEXT_BYTES = 1_088;
/** Noise §3. */
export const NOISE_MESSAGE_BYTES_MAX = 65_535;

export type Role = "initiator" | "responder";

export interface HandshakeStateOptions {
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  readonly pattern: HandshakePattern;
  readonly role: Role;
  readonly prologue: Uint8Array;
  /** Our static pair, where the pattern sends or knows one. */
  readonly s?: KeyPair | undefined;
  /** Our ephemeral pair, if it had to be made early. Never one that was used before. Wiped with the rest. */
  readonly e?: KeyPair | undefined;
  /** The other's static public key, where the pattern knows it. */
  readonly rs?: Uint8Array | undefined;
  /** 32 bytes each, in the order of the pattern's psk tokens. */
  readonly psks?: readonly Uint8Array[];
}

export class HandshakeState {
  readonly #options: HandshakeStateOptions;
  readonly #symmetric: SymmetricState;
  readonly #usesPsk: boolean;
  readonly #psks: Uint8Array[];
  #e: KeyPair | undefined;
  #rs: Uint8Array | undefined;
  #re: Uint8Array | undefined;
  #e1: object | undefined;
  #re1: Uint8Array | undefined;
  #next = 0; //                                     index of the message to come
  #written: Uint8Array[] | undefined; //            between writeTokens and writePayload
  #unread: Uint8Array | undefined; //               between readTokens and readPayload

  constructor(options: HandshakeStateOptions) {
    const { provider, pattern, prologue } = options;
    this.#options = options;
    this.#usesPsk = pattern.messages.some((message) => message.includes("psk"));
    this.#psks = [...(options.psks ?? [])];
    this.#e = options.e;
    this.#rs = options.rs;
    this.#symmetric = new SymmetricState(provider, protocolName(pattern));
    this.#symmetric.mixHash(prologue);
    for (const side of ["initiator", "responder"] as const) {
      const known = side === "initiator" ? pattern.initiatorKnown : pattern.responderKnown;
      for (const token of known) {
        assert(token === "s", "pre-messages of ephemerals are not needed");
        this.#symmetric.mixHash(side === options.role ? this.#own("s").publicKey : this.#theirs("s"));
      }
    }
  }

  /** The hash so far; the transcript once the last message is done. */
  get handshakeHash(): Uint8Array {
    return this.#symmetric.handshakeHash;
  }

  /** The other's static public key, once known. */
  get remoteStatic(): Uint8Array | undefined {
    return this.#rs;
  }

  get remoteEphemeral(): Uint8Array | undefined {
    return this.#re;
  }

  get isComplete(): boolean {
    return this.#next === this.#options.pattern.messages.length;
  }

  writeMessage(payload: Uint8Array): Uint8Array {
    this.writeTokens();
    return this.writePayload(payload);
  }

  writeTokens(): void {
    const message = this.#begin("write");
    const parts: Uint8Array[] = [];
    for (const token of message) this.#write(token, parts);
    this.#written = parts;
  }

  writePayload(payload: Uint8Array): Uint8Array {
    assert(this.#written !== undefined, "writeTokens comes first");
    const message = concatBytes(...this.#written, this.#symmetric.encryptAndHash(payload));
    assert(message.length <= NOISE_MESSAGE_BYTES_MAX, `Noise message of ${message.length} bytes`);
    this.#written = undefined;
    this.#next++;
    return message;
  }

  /** @throws {WireError} */
  readMessage(message: Uint8Array): Uint8Array {
    this.readTokens(message);
    return this.readPayload();
  }

  /** Keeps a view of `message` until {@link readPayload}. @throws {WireError} */
  readTokens(message: Uint8Array): void {
    const expected = this.#begin("read");
    if (message.length > NOISE_MESSAGE_BYTES_MAX)
      throw new WireError("ERR_TOO_LARGE", "Noise message over 65,535 bytes");
    const reader = new Reader(message);
    for (const token of expected) this.#read(token, reader);
    this.#unread = reader.rest();
  }

  /** @throws {WireError} */
  readPayload(): Uint8Array {
    assert(this.#unread !== undefined, "readTokens comes first");
    const payload = this.#symmetric.decryptAndHash(this.#unread);
    this.#unread = undefined;
    this.#next++;
    return payload;
  }

  /** See `SymmetricState.exportSecret`; before {@link finish}. */
  exportSecret(label: Label, length: number): Uint8Array {
    assert(this.isComplete, "handshake not finished");
    return this.#symmetric.exportSecret(label, length);
  }

  /** The keys of the two directions. Everything secret in here is wiped; a second call is our bug. */
  finish(): { readonly send: Uint8Array; readonly receive: Uint8Array } {
    assert(this.isComplete, "handshake not finished");
    this.#next = Number.NaN;
    const [first, second] = this.#symmetric.split();
    this.wipe();
    return this.#options.role === "initiator" ? { send: first, receive: second } : { send: second, receive: first };
  }

  /** Overwrites the ephemeral secrets of a handshake that is over, however it ended. */
  wipe(): void {
    this.#next = Number.NaN;
    this.#e?.secretKey.fill(0);
    this.#e1 = undefined;
    this.#symmetric.wipe();
  }

  #begin(mode: "write" | "read"): readonly Token[] {
    const { role, pattern } = this.#options;
    const message = pattern.messages[this.#next];
    assert(message !== undefined, "no message left in the pattern");
    assert(this.#written === undefined && this.#unread === undefined, "a message is half done");
    assert((mode === "write") === ((role === "initiator") === (this.#next % 2 === 0)), `not our turn to ${mode}`);
    return message;
  }

  #write(token: Token, parts: Uint8Array[]): void {
    const { provider, random } = this.#options;
    switch (token) {
      case "e":
        this.#e ??= provider.x25519Generate(random);
        parts.push(this.#e.publicKey);
        this.#mixEphemeral(this.#e.publicKey);
        return;
      case "s":
        parts.push(this.#symmetric.encryptAndHash(this.#own("s").publicKey));
        return;
      case "e1": {
        const pair = provider.mlKemGenerate(random);
        this.#e1 = pair.secretKey;
        parts.push(this.#symmetric.encryptAndHash(pair.publicKey));
        return;
      }
      case "ekem1": {
        assert(this.#re1 !== undefined, "e1 before ekem1");
        const made = provider.mlKemEncapsulate(this.#re1, random);
        if (made === undefined) throw new WireError("ERR_CRYPTO", "Cannot encapsulate: invalid ML-KEM key");
        parts.push(this.#symmetric.encryptAndHash(made.ciphertext));
        this.#symmetric.mixKey(made.shared);
        return;
      }
      default:
        this.#mix(token);
    }
  }

  #read(token: Token, reader: Reader): void {
    switch (token) {
      case "e":
        this.#re = reader.bytes(DH_BYTES).slice();
        if (this.#e !== undefined && bytesEqual(this.#e.publicKey, this.#re)) {
          throw new WireError("ERR_CRYPTO", "Cannot agree on a key: our own ephemeral came back");
        }
        this.#mixEphemeral(this.#re);
        return;
      case "s":
        this.#rs = this.#symmetric.decryptAndHash(reader.bytes(this.#sealed(DH_BYTES))).slice();
        return;
      case "e1":
        this.#re1 = this.#symmetric.decryptAndHash(reader.bytes(this.#sealed(KEM_PUBLIC_BYTES))).slice();
        return;
      case "ekem1": {
        assert(this.#e1 !== undefined, "e1 before ekem1");
        const ciphertext = this.#symmetric.decryptAndHash(reader.bytes(this.#sealed(KEM_CIPHERTEXT_BYTES)));
        const shared = this.#options.provider.mlKemDecapsulate(this.#e1, ciphertext);
        assert(shared !== undefined, "ML-KEM ciphertext length");
        this.#symmetric.mixKey(shared);
        return;
      }
      default:
        this.#mix(token);
    }
  }

  /** The tokens that send nothing. Of two letters, the first names the initiator's key. */
  #mix(token: Exclude<Token, "e" | "s" | "e1" | "ekem1">): void {
    if (token === "psk") {
      const psk = this.#psks.shift();
      assert(psk?.length === 32, "a psk of 32 bytes for each psk token");
      this.#symmetric.mixKeyAndHash(psk);
      return;
    }
    const initiators = token === "ee" || token === "es" ? "e" : "s";
    const responders = token === "ee" || token === "se" ? "e" : "s";
    if (this.#options.role === "initiator") this.#mixDh(this.#own(initiators), this.#theirs(responders));
    else this.#mixDh(this.#own(responders), this.#theirs(initiators));
  }

  #mixDh(own: KeyPair, theirs: Uint8Array): void {
    const shared = this.#options.provider.x25519(own.secretKey, theirs);
    // Noise §12.1 leaves all-zero results to the application; Kith refuses them (spec/handshake.md, HS-6).
    if (shared === undefined) throw new WireError("ERR_CRYPTO", "Cannot agree on a key: public key of low order");
    this.#symmetric.mixKey(shared);
    shared.fill(0);
  }

  #mixEphemeral(publicKey: Uint8Array): void {
    this.#symmetric.mixHash(publicKey);
    if (this.#usesPsk) this.#symmetric.mixKey(publicKey); // Noise §9.2: a psk alone must not repeat a key
  }

  #sealed(bytes: number): number {
    return this.#symmetric.hasKey ? bytes + TAG_BYTES : bytes;
  }

  #own(which: "e" | "s"): KeyPair {
    const pair = which === "e" ? this.#e : this.#options.s;
    assert(pair !== undefined, `our ${which}`);
    return pair;
  }

  #theirs(which: "e" | "s"): Uint8Array {
    const key = which === "e" ? this.#re : this.#rs;
    assert(key !== undefined, `their ${which}`);
    return key;
  }
}
