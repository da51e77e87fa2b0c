/**
 * What a text says of a file that comes by another way (spec/app-chat.md §11): enough to show it, and where it is.
 *
 *     u8 kind · u8 source · 16 B transfer id or 32 B content hash · u64 size · var name · var media type
 *     · varint width · varint height · varint duration
 *
 * All of it is the writer's word; who takes the file checks what it gets.
 *
 * @module
 */
import { assert } from "../../lib/assert.ts";
import { bytesToHex, hexToBytes } from "../../lib/hex.ts";
import type { Reader } from "../../lib/reader.ts";
import { textToBytes } from "../../lib/utf8.ts";
import { WireError } from "../../lib/wire-error.ts";
import type { Writer } from "../../lib/writer.ts";
import { CHAT_MEDIA_TYPE_BYTES_MAX, FILE_NAME_BYTES_MAX } from "../../wire/limits.ts";
import { CHAT_ATTACHMENT, CHAT_ATTACHMENT_SOURCE } from "../../wire/registry.ts";

export type AttachmentKind = keyof typeof CHAT_ATTACHMENT;
type Source = keyof typeof CHAT_ATTACHMENT_SOURCE;

export interface ChatAttachment {
  readonly kind: AttachmentKind;
  /** `transfer`: an offer of `file/1`; `content`: the hash by which a room's files are named. */
  readonly source: Source;
  /** Lower-case hexadecimal digits: 32 of a transfer, 64 of content. */
  readonly reference: string;
  /** In bytes. */
  readonly size: number;
  /** A label, never a path; 1 to 255 bytes. */
  readonly name: string;
  /** As `image/png`; empty where it is not known. */
  readonly mediaType: string;
  /** In pixels; 0: not known. */
  readonly width: number;
  readonly height: number;
  /** In milliseconds; 0: not known. */
  readonly duration: number;
}

const KINDS = Object.keys(CHAT_ATTACHMENT) as AttachmentKind[];
const SOURCES = Object.keys(CHAT_ATTACHMENT_SOURCE) as Source[];
const REFERENCE_BYTES: Readonly<Record<Source, number>> = { transfer: 16, content: 32 };
const MEDIA_TYPE = /^([!-~]+\/[!-~]+)?$/;

/** Why it cannot be sent; `undefined`: it can. */
export function attachmentProblem(attachment: ChatAttachment): string | undefined {
  const name = textToBytes(attachment.name).length;
  if (name === 0 || name > FILE_NAME_BYTES_MAX) return `a name of ${name} bytes`;
  if (attachment.mediaType.length > CHAT_MEDIA_TYPE_BYTES_MAX || !MEDIA_TYPE.test(attachment.mediaType))
    return "a media type that is none";
  const digits = 2 * (REFERENCE_BYTES[attachment.source] ?? 0);
  if (attachment.reference.length !== digits || !/^[0-9a-f]+$/.test(attachment.reference)) return "no such reference";
  if (!KINDS.includes(attachment.kind)) return "no such kind";
  const { size, width, height, duration } = attachment;
  return [size, width, height, duration].every((each) => Number.isSafeInteger(each) && each >= 0)
    ? undefined
    : "a size that is none";
}

export function writeAttachment(writer: Writer, attachment: ChatAttachment): void {
  const problem = attachmentProblem(attachment);
  assert(problem === undefined, problem ?? "");
  const { kind, source, reference, size, name, mediaType, width, height, duration } = attachment;
  writer.u8(CHAT_ATTACHMENT[kind]).u8(CHAT_ATTACHMENT_SOURCE[source]).bytes(hexToBytes(reference)).u64(size);
  writer.text(name).text(mediaType).varint(width).varint(height).varint(duration);
}

export function readAttachment(reader: Reader): ChatAttachment {
  const [kindByte, sourceByte] = [reader.u8(), reader.u8()];
  const kind = KINDS.find((each) => CHAT_ATTACHMENT[each] === kindByte);
  const source = SOURCES.find((each) => CHAT_ATTACHMENT_SOURCE[each] === sourceByte);
  if (kind === undefined || source === undefined) throw new WireError("ERR_VALUE", "no such attachment");
  const reference = bytesToHex(reader.bytes(REFERENCE_BYTES[source]));
  const size = reader.u64();
  const [name, mediaType] = [reader.text(FILE_NAME_BYTES_MAX), reader.text(CHAT_MEDIA_TYPE_BYTES_MAX)];
  const [width, height, duration] = [reader.varint(), reader.varint(), reader.varint()];
  const attachment = { kind, source, reference, size, name, mediaType, width, height, duration };
  const problem = attachmentProblem(attachment);
  if (problem !== undefined) throw new WireError("ERR_VALUE", problem);
  return attachment;
}
