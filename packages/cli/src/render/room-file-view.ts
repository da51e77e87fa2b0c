/**
 * Files of a room for the screen.
 *
 * @module
 */
import type { MemberView, RoomFileView } from "@kith/sdk";
import { shortRoomId } from "../resolve-room.ts";
import { barLine } from "./progress.ts";
import { nameIn } from "./room-view.ts";
import type { Style } from "./style.ts";
import { table } from "./table.ts";
import { safeText, truncate } from "./terminal-text.ts";
import { bytesInWords, count, durationInWords, rateInWords } from "./units.ts";

const shareOf = ({ bytes, bytesDone, state }: RoomFileView): number =>
  state === "have" ? 1 : bytes === 0 ? 0 : Math.min(1, bytesDone / bytes);

export function roomFileTable(
  files: readonly RoomFileView[],
  members: readonly MemberView[],
  style: Style,
  width: number,
): readonly string[] {
  const rows = files.map((file) => [
    shortRoomId(file),
    safeText(file.name, 40),
    bytesInWords(file.bytes),
    truncate(nameIn(members, file.from), 24),
    fileState(file),
    file.bytesServed === 0 ? style.signs.dash : bytesInWords(file.bytesServed),
  ]);
  return table(
    [
      { title: "ID", paint: style.dim },
      { title: "FILE", isFlexible: true, paint: style.strong },
      { title: "SIZE" },
      { title: "FROM", isFlexible: true },
      { title: "STATE", isFlexible: true },
      { title: "GIVEN ON" },
    ],
    rows,
    { width, titlePaint: style.dim },
  );
}

export function fileState(file: RoomFileView): string {
  switch (file.state) {
    case "offered":
      return file.sources === 0
        ? "nobody online has it"
        : `${count(file.sources, "member")} online ${file.sources === 1 ? "has" : "have"} it`;
    case "fetching":
      return `${Math.floor(shareOf(file) * 100)} %, ${rateInWords(file.bytesPerSecond)}`;
    case "have":
      return file.isOurs ? "yours" : "have it";
    case "failed":
      return `failed: ${safeText(file.failure ?? "unknown reason", 60)}`;
    case "gone":
      return "gone";
  }
}

/** One line, at most `columns` wide. */
export function fetchLine(file: RoomFileView, style: Style, columns: number): string {
  const { bytesPerSecond: rate } = file;
  const left =
    rate > 0 ? [rateInWords(rate), `${durationInWords(((file.bytes - file.bytesDone) / rate) * 1000)} left`] : [];
  const from = file.sources === 0 ? "waits for somebody who has it" : `from ${count(file.sources, "member")}`;
  const parts = [`${bytesInWords(file.bytesDone)} of ${bytesInWords(file.bytes)}`, ...left, from];
  return barLine({ title: safeText(file.name, 32), share: shareOf(file), parts }, style, columns);
}
