/**
 * Following transfers to their end: progress bars in a terminal, a JSON line per change for
 * programs, a line at the end for everything else.
 *
 * @module
 */
import type { TransferView } from "@kith/sdk";
import type { Kith } from "./kith.ts";
import { progressLine } from "./render/progress.ts";
import type { Shell } from "./shell.ts";
import { until } from "./waiting.ts";

export const isOver = ({ state }: TransferView): boolean =>
  state === "done" || state === "declined" || state === "cancelled" || state === "failed";

/** Shows those that `isWanted` until all are over; returns them. Rejects with the shell's signal. */
export async function watchTransfers(
  shell: Shell,
  kith: Kith,
  isWanted: (view: TransferView) => boolean,
): Promise<readonly TransferView[]> {
  using dialog = shell.dialog();
  const told = new Map<string, string>();
  let last: readonly TransferView[] = [];
  const look = (): readonly TransferView[] | undefined => {
    const views = kith.files.transfers.get().filter(isWanted);
    last = views.length > 0 ? views : last;
    for (const view of views) {
      const line = JSON.stringify(view);
      if (told.get(view.id) !== line) shell.record({ type: "transfer", ...view });
      told.set(view.id, line);
    }
    const columns = shell.terminal.size().columns - 1;
    dialog.show(views.filter((view) => !isOver(view)).map((view) => progressLine(view, shell.style, columns)));
    return views.every(isOver) ? last : undefined;
  };
  return (await until(kith.files.transfers, look, { signal: shell.signal })) ?? last;
}
