/**
 * Messages of `doc/1` (spec/app-doc.md §2): blobs, cut into pieces of at most 16 KiB, and marks.
 *
 *     piece = u8 type · u32 serial · u32 bytes of the blob · u32 offset · content
 *     mark  = u8 type · 32 B
 *
 * @module
 */
import { Reader } from "../../lib/reader.ts";
import { WireError } from "../../lib/wire-error.ts";
import { Writer } from "../../lib/writer.ts";
import { DOC_MESSAGE } from "../../wire/registry.ts";
import {
  DOC_DIFF_BYTES_MAX,
  DOC_MESSAGE_BYTES_MAX,
  DOC_UPDATE_BYTES_MAX,
  DOC_VECTOR_BYTES_MAX,
} from "../../wire/room-app-limits.ts";

const HEADER_BYTES = 13;
const MARK_BYTES = 32;
const PIECE_BYTES_MAX: number = DOC_MESSAGE_BYTES_MAX - HEADER_BYTES;

export type BlobType = "update" | "vector" | "diff" | "draft";

const BLOB_BYTES_MAX: Readonly<Record<BlobType, number>> = {
  update: DOC_UPDATE_BYTES_MAX,
  vector: DOC_VECTOR_BYTES_MAX,
  diff: DOC_DIFF_BYTES_MAX,
  draft: DOC_VECTOR_BYTES_MAX,
};

export interface DocPiece {
  readonly type: BlobType;
  /** Counts the blobs of one sender in one place; only equality means anything. */
  readonly serial: number;
  /** Of the whole blob. */
  readonly bytes: number;
  readonly offset: number;
  /** Everything, unless that is more than a piece holds. */
  readonly content: Uint8Array;
}

export type DocMessage = DocPiece | { readonly type: "mark"; readonly mark: Uint8Array };

export const isTooLarge = (type: BlobType, blob: Uint8Array): boolean => blob.length > BLOB_BYTES_MAX[type];

export const encodeDocMark = (mark: Uint8Array): Uint8Array =>
  new Writer(1 + MARK_BYTES).u8(DOC_MESSAGE.mark).bytes(mark).finish();

/** A blob on its way out, cut when there is room for its next piece. */
export class OutgoingBlob {
  readonly #type: BlobType;
  readonly #serial: number;
  readonly #blob: Uint8Array;
  #offset = 0;
  #isDone = false;

  constructor(type: BlobType, serial: number, blob: Uint8Array) {
    [this.#type, this.#serial, this.#blob] = [type, serial, blob];
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  /** Bytes that have not been taken. */
  get bytesLeft(): number {
    return this.#blob.length - this.#offset;
  }

  /** The next message. An empty blob has one. */
  take(): Uint8Array {
    const content = this.#blob.subarray(this.#offset, this.#offset + PIECE_BYTES_MAX);
    const writer = new Writer(HEADER_BYTES + content.length).u8(DOC_MESSAGE[this.#type]).u32(this.#serial);
    const message = writer.u32(this.#blob.length).u32(this.#offset).bytes(content).finish();
    this.#offset += content.length;
    this.#isDone = this.#offset === this.#blob.length;
    return message;
  }
}

/** What comes out holds views of `bytes`. @throws {WireError} */
export function decodeDocMessage(bytes: Uint8Array): DocMessage {
  if (bytes.length > DOC_MESSAGE_BYTES_MAX) throw new WireError("ERR_TOO_LARGE", "doc message");
  const reader = new Reader(bytes);
  const code = reader.u8();
  if (code === DOC_MESSAGE.mark) {
    const mark = reader.bytes(MARK_BYTES);
    reader.end();
    return { type: "mark", mark };
  }
  const type = BLOB_TYPES.get(code);
  if (type === undefined) throw new WireError("ERR_UNKNOWN_TYPE", `doc message 0x${code.toString(16)}`);
  const [serial, total, offset, content] = [reader.u32(), reader.u32(), reader.u32(), reader.rest()];
  if (total > BLOB_BYTES_MAX[type]) throw new WireError("ERR_TOO_LARGE", `${type} of ${total} bytes`);
  // All pieces but the last are full: so a blob has one way of being cut, and no peer sends it byte by byte.
  const isWhole = content.length === Math.min(PIECE_BYTES_MAX, total - offset);
  const isAligned = offset % PIECE_BYTES_MAX === 0 && (offset < total || offset === 0);
  if (!isWhole || !isAligned) throw new WireError("ERR_VALUE", "piece that is none");
  return { type, serial, bytes: total, offset, content };
}

/** Puts the pieces of one sender together, one blob at a time. Holds no more than was sent. */
export class BlobAssembler {
  #blob: { readonly piece: DocPiece; readonly parts: Uint8Array[]; received: number } | undefined;

  get isEmpty(): boolean {
    return this.#blob === undefined;
  }

  /**
   * The blob, when this piece was its last; a copy. `lost`: the piece continues none that is here, or another one
   * was begun before the last was whole.
   */
  add(piece: DocPiece): { readonly blob?: Uint8Array; readonly isLost: boolean } {
    let isLost = false;
    if (piece.offset === 0) {
      isLost = this.#blob !== undefined;
      this.#blob = { piece, parts: [], received: 0 };
    }
    const blob = this.#blob;
    const { type, serial, bytes } = piece;
    const isNext =
      blob?.piece.type === type &&
      blob.piece.serial === serial &&
      blob.piece.bytes === bytes &&
      blob.received === piece.offset;
    if (!isNext || blob === undefined) {
      this.#blob = undefined;
      return { isLost: true };
    }
    blob.parts.push(piece.content.slice());
    blob.received += piece.content.length;
    if (blob.received < bytes) return { isLost };
    this.#blob = undefined;
    return { blob: joined(blob.parts, bytes), isLost };
  }
}

function joined(parts: readonly Uint8Array[], bytes: number): Uint8Array {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const whole = new Uint8Array(bytes);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

const BLOB_TYPES: ReadonlyMap<number, BlobType> = new Map(
  (["update", "vector", "diff", "draft"] as const).map((type) => [DOC_MESSAGE[type], type]),
);
