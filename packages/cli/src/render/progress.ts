/**
 * How far a transfer is: bar, share, rate, time to go.
 *
 * @module
 */
import type { TransferView } from "@kith/sdk";
import type { Style } from "./style.ts";
import { pad, safeText, truncate } from "./terminal-text.ts";
import { bytesInWords, count, durationInWords, rateInWords } from "./units.ts";

const BAR_CELLS = 20;

/** What is sent, in a few words: one name, or how many. */
export function transferTitle(transfer: TransferView): string {
  const [first] = transfer.names;
  if (transfer.names.length === 1 && first !== undefined) return safeText(first);
  return count(transfer.fileCount, "file");
}

/** What a person types to name a transfer; the SDK's id may begin with whose it is. */
export const shortId = ({ id }: TransferView): string => ownPart(id).slice(0, 8);

/** Whether `start` begins the id, or the part of it that {@link shortId} shows. */
export const hasId = ({ id }: TransferView, start: string): boolean =>
  id.startsWith(start) || ownPart(id).startsWith(start);

const ownPart = (id: string): string => id.slice(id.lastIndexOf("/") + 1);

/** Milliseconds to go at the present rate; `undefined` while nobody can tell. */
export function timeToGo(transfer: TransferView): number | undefined {
  if (transfer.state !== "active" || transfer.bytesPerSecond <= 0) return undefined;
  return ((transfer.bytesTotal - transfer.bytesDone) / transfer.bytesPerSecond) * 1000;
}

export function share(transfer: TransferView): number {
  if (transfer.bytesTotal === 0) return transfer.state === "done" ? 1 : 0;
  return Math.min(1, transfer.bytesDone / transfer.bytesTotal);
}

/** One line, at most `columns` wide. */
export function progressLine(transfer: TransferView, style: Style, columns: number): string {
  const size = `${bytesInWords(transfer.bytesDone)} of ${bytesInWords(transfer.bytesTotal)}`;
  const parts = [size, ...momentary(transfer)];
  return barLine({ title: transferTitle(transfer), share: share(transfer), parts }, style, columns);
}

/** A title, a bar, and `parts` behind its share, as far as `columns` go. */
export function barLine(
  of: { readonly title: string; readonly share: number; readonly parts: readonly string[] },
  style: Style,
  columns: number,
): string {
  const percent = `${Math.floor(of.share * 100)} %`.padStart(5);
  const full = Math.round(of.share * BAR_CELLS);
  const bar = style.signs.barFull.repeat(full) + style.signs.barEmpty.repeat(BAR_CELLS - full);
  const tail = [percent, ...of.parts].join("  ");
  const titleWidth = Math.max(8, Math.min(32, columns - BAR_CELLS - tail.length - 6));
  const title = pad(truncate(of.title, titleWidth), titleWidth);
  if (columns < BAR_CELLS + tail.length + 14) return truncate(`${percent.trim()}  ${of.title}`, columns);
  return `${title}  ${style.accent(bar)} ${tail}`;
}

function momentary(transfer: TransferView): readonly string[] {
  if (transfer.state === "offered") return ["waits for a yes"];
  if (transfer.state === "waiting") return ["waits for the other side"];
  if (transfer.state !== "active") return [];
  const left = timeToGo(transfer);
  const eta = left === undefined ? [] : [`${durationInWords(left)} left`];
  return [rateInWords(transfer.bytesPerSecond), ...eta];
}

const ENDS: Readonly<Record<string, string>> = {
  "disk-full": "the disk is full",
  permission: "permission denied",
  "not-found": "a file is gone",
  changed: "a file changed while it was sent",
  corrupt: "the contents do not match their hashes",
  "too-large": "it is too large for the other side",
  "not-authorized": "it is not permitted",
  protocol: "the other side broke the protocol",
};

/** How a finished transfer ended, for people. */
export function endInWords(transfer: TransferView): string {
  if (transfer.state === "failed") return `failed: ${ENDS[transfer.failure ?? ""] ?? "unknown reason"}`;
  if (transfer.state === "cancelled")
    return transfer.cancelledBy === "peer" ? "cancelled by the other side" : "cancelled";
  return transfer.state;
}
