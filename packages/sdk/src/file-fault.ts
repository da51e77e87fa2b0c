/**
 * What can go wrong with a file, in the words of a transfer (spec/app-file.md §8).
 *
 * @module
 */

/** `changed` and `unreadable` at a sender, the others at a receiver; `damaged`: what a page sealed on its disk does not open. */
export type FaultReason = "changed" | "unreadable" | "diskFull" | "notPermitted" | "failed" | "damaged";

export class FileFault extends Error {
  override readonly name = "FileFault";
  readonly reason: FaultReason;
  constructor(reason: FaultReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** The code of a system error, `undefined` for anything else. */
export function errorCode(error: unknown): string | undefined {
  const isCoded = error instanceof Error && "code" in error && typeof error.code === "string";
  return isCoded ? String(error.code) : undefined;
}

/** A failed write, opening or renaming, as what the receiver tells its person and the sender. */
export function sinkFault(error: unknown): FileFault {
  if (error instanceof FileFault) return error;
  const code = errorCode(error);
  if (code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG") {
    return new FileFault("diskFull", "Cannot write file: no space left", { cause: error });
  }
  if (code === "EACCES" || code === "EPERM" || code === "EROFS" || code === "ELOOP") {
    return new FileFault("notPermitted", "Cannot write file: not permitted", { cause: error });
  }
  return new FileFault("failed", `Cannot write file: ${code ?? "unknown reason"}`, { cause: error });
}
