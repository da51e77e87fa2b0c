/**
 * Puts an offer together from the messages that carry its manifest, and checks it against what was
 * announced (spec/app-file.md §3). Holds no more than the limit of a manifest.
 *
 * @module
 */
import type { CryptoProvider } from "../../crypto/provider.ts";
import { bytesEqual, concatBytes } from "../../lib/bytes.ts";
import { WireError } from "../../lib/wire-error.ts";
import { FILE_MANIFEST_BYTES_MAX } from "../../wire/limits.ts";
import type { FileMessage, FileOffer, TransferId } from "./file-message.ts";
import type { Manifest } from "./manifest.ts";
import { bytesBefore, decodeManifest, manifestHash } from "./manifest.ts";

export class OfferReader {
  readonly #provider: CryptoProvider;
  readonly #id: TransferId;
  readonly #parts: Uint8Array[] = [];
  #offer: FileOffer | undefined;
  #count = 0;
  #bytes = 0;

  constructor(provider: CryptoProvider, id: TransferId) {
    [this.#provider, this.#id] = [provider, id];
  }

  /** Takes the next message; the manifest, once it is whole. @throws {WireError} */
  handle(message: FileMessage): Manifest | undefined {
    if (message.type === "offer" && this.#offer === undefined) {
      if (message.id !== this.#id) throw new WireError("ERR_VALUE", "offer of another transfer");
      this.#offer = { ...message, manifestHash: message.manifestHash.slice() };
      return undefined;
    }
    if (message.type !== "entries" || this.#offer === undefined) {
      throw new WireError("ERR_UNEXPECTED", `${message.type} in an offer`);
    }
    this.#parts.push(message.encoded.slice());
    this.#count += message.count;
    this.#bytes += message.encoded.length;
    if (this.#count > this.#offer.entries) throw new WireError("ERR_LIMIT", "more entries than announced");
    if (this.#bytes > FILE_MANIFEST_BYTES_MAX) throw new WireError("ERR_TOO_LARGE", "manifest");
    return this.#count === this.#offer.entries ? this.#whole(this.#offer) : undefined;
  }

  /** Whether the offer is of the manifest with this encoding. */
  isOf(encoded: Uint8Array): boolean {
    return this.#offer !== undefined && bytesEqual(this.#offer.manifestHash, manifestHash(this.#provider, encoded));
  }

  #whole(offer: FileOffer): Manifest {
    const encoded = concatBytes(...this.#parts);
    const hash = manifestHash(this.#provider, encoded);
    if (!bytesEqual(hash, offer.manifestHash)) throw new WireError("ERR_CRYPTO", "manifest hash");
    const manifest = decodeManifest(encoded);
    if (manifest.length !== offer.entries) throw new WireError("ERR_VALUE", "number of entries");
    if (bytesBefore(manifest).at(-1) !== offer.bytes) throw new WireError("ERR_VALUE", "sum of sizes");
    return manifest;
  }
}
