/**
 * Updates that come from all members in pieces, put together one for each. Bounded: of one member too many
 * the oldest unfinished one is forgotten, and its next piece continues nothing.
 *
 * @module
 */
import type { PeerId } from "../../identity/peer-id.ts";
import { DOC_PARTIAL_UPDATES_MAX } from "../../wire/room-app-limits.ts";
import { BlobAssembler, type DocPiece } from "./doc-message.ts";

export class UpdateInbox {
  readonly #unfinished = new Map<PeerId, BlobAssembler>();

  /** As {@link BlobAssembler.add}. */
  add(from: PeerId, piece: DocPiece): { readonly blob?: Uint8Array; readonly isLost: boolean } {
    const known = this.#unfinished.get(from);
    if (known === undefined && piece.offset > 0) return { isLost: true };
    const assembler = known ?? new BlobAssembler();
    const result = assembler.add(piece);
    if (assembler.isEmpty) this.#unfinished.delete(from);
    else this.#unfinished.set(from, assembler);
    for (const oldest of this.#unfinished.keys()) {
      if (this.#unfinished.size <= DOC_PARTIAL_UPDATES_MAX) break;
      this.#unfinished.delete(oldest);
    }
    return result;
  }

  /** Forgets what came of others. */
  keep(isMember: (peer: PeerId) => boolean): void {
    for (const peer of this.#unfinished.keys()) if (!isMember(peer)) this.#unfinished.delete(peer);
  }
}
