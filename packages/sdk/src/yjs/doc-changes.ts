/**
 * What a document went through since somebody last asked, as one update. Yjs makes an update of each transaction, and
 * putting many of those together again costs more than the edits did; here only is noted where it began and what
 * was deleted, and the update is written once, from the document itself, in which neighbouring letters are one piece already.
 *
 *     update = varint clients · (varint pieces · varint client · varint clock · piece…)… · deletions      (version 1 of Yjs)
 *
 * @module
 */
import * as Y from "yjs";

type DeleteSet = Y.Transaction["deleteSet"];

/** Deletions that are held apart before they become one set. */
const APART_MAX = 256;

export class DocChanges {
  readonly #since = new Map<number, number>(); // clock of each client that wrote
  #deleted: DeleteSet[] = [];

  get isEmpty(): boolean {
    return this.#since.size === 0 && this.#deleted.length === 0;
  }

  /** To be called for each transaction, when it is cleaned up (`afterTransactionCleanup`). */
  note({ beforeState, afterState, deleteSet }: Y.Transaction): void {
    for (const [client, clock] of afterState) {
      const before = beforeState.get(client) ?? 0;
      if (clock > before && !this.#since.has(client)) this.#since.set(client, before);
    }
    if (deleteSet.clients.size === 0) return;
    this.#deleted.push(deleteSet);
    if (this.#deleted.length > APART_MAX) this.#deleted = [Y.mergeDeleteSets(this.#deleted)];
  }

  /** All of it, and nothing is noted any more. More of what was noted may be in it, never less. */
  take(doc: Y.Doc): Uint8Array {
    const encoder = new Y.UpdateEncoderV1();
    const clients = [...this.#since].sort(([a], [b]) => b - a); // the higher first, as Yjs has it
    encoder.writeLen(clients.length);
    for (const [client, clock] of clients) writePieces(encoder, doc, client, clock);
    writeDeletions(encoder, Y.mergeDeleteSets(this.#deleted));
    this.#since.clear();
    this.#deleted = [];
    return encoder.toUint8Array();
  }
}

/** Whether it did anything: many transactions only look. */
export function isChange({ beforeState, afterState, deleteSet }: Y.Transaction): boolean {
  if (deleteSet.clients.size > 0 || beforeState.size !== afterState.size) return true;
  for (const [client, clock] of afterState) if (beforeState.get(client) !== clock) return true;
  return false;
}

function writePieces(encoder: Y.UpdateEncoderV1, { store }: Y.Doc, client: number, clock: number): void {
  const pieces = store.clients.get(client) ?? [];
  const first = Y.findIndexSS(pieces, clock);
  encoder.writeLen(pieces.length - first);
  encoder.writeClient(client);
  encoder.writeLen(clock);
  for (let index = first; index < pieces.length; index++) {
    const piece = pieces[index];
    piece?.write(encoder, index === first ? clock - piece.id.clock : 0);
  }
}

function writeDeletions(encoder: Y.UpdateEncoderV1, { clients }: DeleteSet): void {
  encoder.writeLen(clients.size);
  for (const [client, ranges] of [...clients].sort(([a], [b]) => b - a)) {
    encoder.resetDsCurVal();
    encoder.writeClient(client);
    encoder.writeLen(ranges.length);
    for (const { clock, len } of ranges) {
      encoder.writeDsClock(clock);
      encoder.writeDsLen(len);
    }
  }
}
