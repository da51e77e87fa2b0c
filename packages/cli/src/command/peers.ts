/** `kith peers`: who is near, once or as it changes. */

import type { PeerId } from "@kith/core";
import type { Command } from "commander";
import { around, passersOn } from "../around.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Kith } from "../kith.ts";
import { durationOf } from "../option-values.ts";
import { changes, describeChange, type PeerChange } from "../peer-changes.ts";
import { PeerNumbers } from "../peer-numbers.ts";
import { type NumberedPeer, peerTable } from "../render/peer-table.ts";
import type { Shell } from "../shell.ts";
import { follow, pause } from "../waiting.ts";
import { examples, type Run } from "./command-shape.ts";

/** How long a node that was just started listens before it answers, in milliseconds. */
const LISTEN_MS = 2_500;

interface PeersOptions {
  readonly watch?: boolean;
  readonly wait?: number;
}

export function setUp(command: Command, run: Run): void {
  command
    .option("-w, --watch", "stay, and show changes")
    .option("--wait <time>", "listen so long first (2.5s where no node runs, else 0s)", durationOf)
    .addHelpText("after", examples("kith peers", "kith peers --watch", "kith peers --json | jq -r .name"))
    .action((options: PeersOptions) => run((shell) => peers(shell, options)));
}

async function peers(shell: Shell, options: PeersOptions): Promise<ExitCode> {
  await using open = await shell.open();
  open.kith.lookAround();
  const numbers = PeerNumbers.load(shell.options.home);
  let passers: ReadonlyMap<PeerId, string> = new Map();
  const numbered = (): readonly NumberedPeer[] => {
    const all = around(open.kith, passers);
    const assigned = numbers.assign(all, shell.terminal.now());
    return all.map((one, at) => ({ number: assigned[at] ?? 0, nearby: one })).sort((a, b) => a.number - b.number);
  };
  if (options.watch) {
    await watch(shell, open.kith, numbered);
    return shell.leave();
  }
  await pause(options.wait ?? (open.isFresh ? LISTEN_MS : 0), shell.signal);
  passers = await passersOn(open.kith);
  const found = numbered();
  for (const { number, nearby: one } of found) shell.record({ type: "peer", number, ...one });
  for (const line of peerTable(found, shell.style, shell.columns)) shell.print(line);
  if (found.length === 0) shell.note("Nobody is near. `kith doctor` looks for what is in the way.");
  return EXIT.done;
}

async function watch(
  shell: Shell,
  kith: Pick<Kith, "nearby" | "openSessions">,
  numbered: () => readonly NumberedPeer[],
): Promise<void> {
  using dialog = shell.dialog();
  const isTable = shell.terminal.isInteractive && !shell.isJson;
  let known: readonly NumberedPeer[] = [];
  await follow(
    [kith.nearby, kith.openSessions],
    () => {
      const now = numbered();
      if (!isTable) for (const change of changes(known, now)) tellChange(shell, change);
      else {
        const lines = peerTable(now, shell.style, shell.columns);
        dialog.show(lines.length > 0 ? lines : [shell.style.dim("Nobody is near yet …")]);
      }
      known = now;
    },
    shell.signal,
  );
}

function tellChange(shell: Shell, change: PeerChange): void {
  shell.tell({ type: change.what, number: change.number, ...change.nearby }, describeChange(change));
}
