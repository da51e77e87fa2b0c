/**
 * Carries out what the machines of a transfer ask of the disk, all of it at once and in any order
 * that they allow. Holds no rule of the protocol.
 *
 * @module
 */
import {
  CHUNK_HEADER_BYTES,
  FILE_CHUNK_BYTES,
  type FileReceiver,
  type FileReceiverOutput,
  type FileSender,
  type FileSenderOutput,
  type PartOnDisk,
  type WallTime,
} from "@kith/core";
import { FileFault } from "./file-fault.ts";
import { giveBack } from "./give-back.ts";

/** Content of what was offered, on some platform. All rejections are {@link FileFault}s. */
export interface Source {
  /** `length` bytes at `offset`, after `headroom` bytes of room; fewer only at the end of the file. */
  read(file: number, offset: number, length: number, headroom: number): Promise<Uint8Array>;
}

type Plan = Pick<Extract<FileReceiverOutput, { type: "prepare" }>, "manifest" | "paths" | "verified" | "bytes">;

/** Where received files grow, on some platform. All rejections are {@link FileFault}s. */
export interface Sink {
  /** Makes or finds the quarantine; says what it holds of each file from `verified` on. */
  prepare(plan: Plan): Promise<PartOnDisk[]>;
  /** Resolves when `bytes` are in the file. They must not change before. */
  write(file: number, offset: number, bytes: Uint8Array): Promise<void>;
  /** What is there, at most `length` bytes; nothing if it cannot be read. */
  read(file: number, offset: number, length: number): Promise<Uint8Array>;
  /** Everything of this file was written: makes it durable. */
  finish(file: number): Promise<void>;
  /** Moves everything to its place; what is no longer in the quarantine was moved before. Returns the names at the top. */
  place(plan: Pick<Plan, "manifest" | "paths">): Promise<string[]>;
  /** Deletes what is there of this transfer, after what is under way. */
  discard(): Promise<void>;
}

/** Who is told that a machine has something to say. */
type Wake = () => void;

/** True if `output` was for the disk: its answer goes to `machine`, then `wake` is called. */
export function runSource(output: FileSenderOutput, machine: FileSender, source: Source, wake: Wake): boolean {
  if (output.type !== "read") return false;
  const { token, file, offset, length, headroom } = output;
  source
    .read(file, offset, length, headroom)
    .then(
      (bytes) => machine.handleRead(token, bytes),
      (error: unknown) => {
        const reason = error instanceof FileFault && error.reason === "changed" ? "changed" : "unreadable";
        machine.handleReadFailed(token, reason);
      },
    )
    .then(wake);
  return true;
}

/** True if `output` was for the disk: its answer goes to `machine`, then `wake` is called. */
export function runSink(
  output: FileReceiverOutput,
  machine: FileReceiver,
  sink: Sink,
  options: { readonly wake: Wake; readonly wallClock: () => WallTime },
): boolean {
  const work = sinkWork(output, machine, sink, options.wallClock);
  if (work === undefined) return false;
  work
    .catch((error: unknown) => machine.handleFailed(error instanceof FileFault ? sinkReason(error) : "failed"))
    .then(options.wake);
  return true;
}

function sinkWork(
  output: FileReceiverOutput,
  machine: FileReceiver,
  sink: Sink,
  wallClock: () => WallTime,
): Promise<void> | undefined {
  switch (output.type) {
    case "prepare":
      return sink.prepare(output).then((parts) => machine.handlePrepared(parts));
    case "read": {
      const { token, file, offset, length } = output;
      return sink.read(file, offset, length).then((bytes) => machine.handleRead(token, bytes));
    }
    case "write":
      return sink.write(output.file, output.offset, output.bytes).then(() => {
        machine.handleWritten(output.token);
        giveBackChunk(output.bytes);
      });
    case "finish":
      return sink.finish(output.file).then(() => machine.handleWritten(output.token));
    case "place":
      return sink.place(output).then((names) => machine.handlePlaced(names, wallClock()));
    case "discard":
      return sink.discard();
    default:
      return undefined;
  }
}

/** A whole chunk came in several records and was put together in an array of its own, behind its header. */
function giveBackChunk(content: Uint8Array): void {
  if (content.byteOffset !== CHUNK_HEADER_BYTES || content.length !== FILE_CHUNK_BYTES) return;
  giveBack(new Uint8Array(content.buffer));
}

const sinkReason = ({ reason }: FileFault): "diskFull" | "notPermitted" | "failed" =>
  reason === "diskFull" || reason === "notPermitted" ? reason : "failed";
