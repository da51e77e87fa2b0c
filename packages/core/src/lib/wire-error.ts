/**
 * The peer's fault: bytes that break the spec. Thrown by decoders, caught once, at a machine's
 * `handle…` door. Codes are stable API; messages are not, and never hold a secret.
 *
 * @module
 */

/** Every code a decoder or a machine may fail a peer with. Each has a vector or a test that produces it. */
export type WireErrorCode =
  | "ERR_TRUNCATED" //            the bytes end inside a field
  | "ERR_TRAILING" //             bytes are left after the last field
  | "ERR_VARINT" //               a varint is too long, or longer than needed
  | "ERR_TOO_LARGE" //            a length is over its limit
  | "ERR_TEXT" //                 not well-formed UTF-8, or with characters that the field forbids
  | "ERR_VALUE" //                a field has a value outside its range
  | "ERR_UNKNOWN_TYPE" //         no such message or frame
  | "ERR_UNEXPECTED" //           a known message in the wrong state
  | "ERR_VERSION" //              no common version, or a lower one than the highest common one
  | "ERR_FRAME_EMPTY" //          a stream frame of length 0
  | "ERR_FRAME_TOO_LARGE" //      a stream frame over its limit
  | "ERR_CRYPTO" //               a tag, signature, key or proof does not verify; deliberately no finer
  | "ERR_CREDIT" //               more channel bytes than were granted
  | "ERR_CHANNEL" //              a frame for a channel that cannot exist, or one channel too many
  | "ERR_LIMIT"; //               more of something than the peer may have at once

export class WireError extends Error {
  override readonly name = "WireError";
  readonly code: WireErrorCode;
  constructor(code: WireErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
