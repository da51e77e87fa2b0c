/**
 * What neighbours tell each other of a room's log: type, encode and decode side by side (spec/rooms.md §7).
 *
 * @module
 */
import { Reader } from "../lib/reader.ts";
import { WireError } from "../lib/wire-error.ts";
import { varintBytes, Writer } from "../lib/writer.ts";
import { LOG_BATCH_BYTES_MAX, LOG_HEADS_MAX, LOG_SAMPLE_MAX, OPERATION_BYTES_MAX } from "../wire/limits.ts";
import { LOG_MESSAGE } from "../wire/registry.ts";
import {
  OPERATION_ID_BYTES,
  type Operation,
  type OperationId,
  operationIdFromBytes,
  operationIdToBytes,
} from "./operation.ts";

export type LogMessage =
  /** What the sender has: all of these, and all before them. `others`: some before its heads. */
  | { readonly type: "heads"; readonly heads: readonly OperationId[]; readonly others: readonly OperationId[] }
  /** Each as signed, parents first. Views into the message when decoded. */
  | { readonly type: "operations"; readonly operations: readonly Uint8Array[] };

export function encodeLogMessage(message: LogMessage): Uint8Array {
  const writer = new Writer(1_024).u8(LOG_MESSAGE[message.type]);
  if (message.type === "operations") {
    for (const bytes of message.operations) writer.varBytes(bytes);
    return writer.finish();
  }
  for (const ids of [message.heads, message.others]) {
    writer.varint(ids.length);
    for (const id of ids) writer.bytes(operationIdToBytes(id));
  }
  return writer.finish();
}

export function decodeLogMessage(bytes: Uint8Array): LogMessage {
  if (bytes.length > LOG_BATCH_BYTES_MAX) throw new WireError("ERR_TOO_LARGE", `log message of ${bytes.length} bytes`);
  const reader = new Reader(bytes);
  const type = reader.u8();
  switch (type) {
    case LOG_MESSAGE.heads: {
      const heads = readIds(reader, LOG_HEADS_MAX);
      const others = readIds(reader, LOG_SAMPLE_MAX);
      reader.end();
      return { type: "heads", heads, others };
    }
    case LOG_MESSAGE.operations: {
      const operations: Uint8Array[] = [];
      while (reader.left > 0) operations.push(reader.varBytes(OPERATION_BYTES_MAX));
      return { type: "operations", operations };
    }
    default:
      throw new WireError("ERR_UNKNOWN_TYPE", `log message ${type}`);
  }
}

/** As few messages as hold them, in their order. */
export function packOperations(operations: Iterable<Operation>): readonly Uint8Array[] {
  const messages: Uint8Array[] = [];
  let batch: Uint8Array[] = [];
  let bytes = 1;
  const flush = (): void => {
    if (batch.length > 0) messages.push(encodeLogMessage({ type: "operations", operations: batch }));
    [batch, bytes] = [[], 1];
  };
  for (const operation of operations) {
    if (bytes + batchBytes(operation) > LOG_BATCH_BYTES_MAX) flush();
    batch.push(operation.bytes);
    bytes += batchBytes(operation);
  }
  flush();
  return messages;
}

/** What one operation takes of {@link LOG_BATCH_BYTES_MAX}, of which the message's type takes 1. */
export const batchBytes = ({ bytes }: Operation): number => varintBytes(bytes.length) + bytes.length;

function readIds(reader: Reader, max: number): readonly OperationId[] {
  const count = reader.varint();
  if (count > max) throw new WireError("ERR_LIMIT", `${count} operations named`);
  const ids: OperationId[] = [];
  for (let i = 0; i < count; i++) ids.push(operationIdFromBytes(reader.bytes(OPERATION_ID_BYTES)));
  return ids;
}
