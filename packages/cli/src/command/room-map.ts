/** `kith room map`: who is linked to whom, drawn, and what is missing, in words. */
import type { Command } from "commander";
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { KithRoom } from "../kith.ts";
import { gapLines } from "../render/gap-words.ts";
import { roomMap } from "../render/room-map.ts";
import { RoomNet } from "../render/room-net.ts";
import { roomLine } from "../render/room-view.ts";
import { hasUnicode } from "../render/style.ts";
import { enterRoom } from "../room-work.ts";
import type { Shell } from "../shell.ts";
import { follow } from "../waiting.ts";
import { examples, type Run } from "./command-shape.ts";
import { withRoom } from "./room-options.ts";

export function setUpMap(command: Command, run: Run): void {
  withRoom(command.command("map"))
    .option("-w, --watch", "stay, and draw again when it changes")
    .description("Draw who is linked to whom, and say what is missing.")
    .action((room: string | undefined, options: { watch?: boolean }) =>
      run((shell) => map(shell, room, options.watch === true)),
    )
    .addHelpText("after", examples("kith room map", "kith room map Club --watch"));
}

async function map(shell: Shell, text: string | undefined, isWatching: boolean): Promise<ExitCode> {
  await using open = await shell.open();
  const room = await enterRoom(shell, open, text);
  if (!isWatching) {
    tellRecords(shell, room);
    for (const line of drawing(shell, room)) shell.print(line);
    return EXIT.done;
  }
  await watch(shell, room);
  return shell.leave();
}

async function watch(shell: Shell, room: KithRoom): Promise<void> {
  using dialog = shell.dialog();
  const isScreen = shell.terminal.isInteractive && !shell.isJson;
  let told = "";
  const look = (): void => {
    const lines = drawing(shell, room);
    dialog.show(lines);
    const all = JSON.stringify([room.topology.get(), room.gaps.get()]);
    if (all === told) return;
    tellRecords(shell, room);
    if (!isScreen) for (const line of told === "" ? lines : ["", ...lines]) shell.print(line);
    told = all;
  };
  await follow([room.topology, room.gaps, room.view], look, shell.signal);
}

function tellRecords(shell: Shell, room: KithRoom): void {
  shell.record({ type: "topology", room: room.id, ...room.topology.get() });
  for (const gap of room.gaps.get()) shell.record({ type: "gap", room: room.id, ...gap });
}

function drawing(shell: Shell, room: KithRoom): readonly string[] {
  const { style, terminal, options } = shell;
  const members = room.members.get();
  const gaps = room.gaps.get();
  const isPlain =
    !hasUnicode(terminal.env) || Boolean(terminal.env["NO_COLOR"]) || terminal.env["TERM"] === "dumb" || !options.color;
  const net = new RoomNet(room.topology.get(), members, gaps);
  const words = gapLines(gaps, members).map((line, at) => (at < gaps.length ? style.warn(line) : style.dim(line)));
  const isWell = words.length === 0 && room.view.get().onlineCount > 1;
  return [
    roomLine(room.view.get(), style),
    "",
    ...roomMap(net, { style, columns: shell.columns - 1, isPlain }),
    "",
    ...(isWell ? [style.good("No gaps.")] : words),
  ];
}
