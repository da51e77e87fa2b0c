/** `kith room send`, `files` and `fetch`: one file for all, from whoever has it. */
import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { RoomFileView } from "@kith/sdk";
import type { Command } from "commander";
import { CliError, EXIT, type ExitCode } from "../exit-code.ts";
import type { KithRoom } from "../kith.ts";
import { fetchLine, fileState, roomFileTable } from "../render/room-file-view.ts";
import { safeText } from "../render/terminal-text.ts";
import { bytesInWords } from "../render/units.ts";
import { resolveRoomFile, roomName, shortRoomId } from "../resolve-room.ts";
import { attempt, enterRoom } from "../room-work.ts";
import type { Shell } from "../shell.ts";
import { follow, until } from "../waiting.ts";
import { examples, type Run } from "./command-shape.ts";
import { type InRoom, inRoom, withRoom } from "./room-options.ts";

/** How often a file that a node of our own serves is told about, in bytes served. */
const SERVED_TOLD_BYTES = 1_000_000;

interface FetchOptions extends InRoom {
  readonly to?: string;
  readonly detach?: boolean;
}

export function setUpFiles(command: Command, run: Run): void {
  inRoom(command.command("send"))
    .argument("<path>", "a file")
    .description("Offer a file to all members; who has it passes it on.")
    .action((path: string, { room }: InRoom) => run((shell) => send(shell, path, room)))
    .addHelpText("after", examples("kith room send film.mp4", "kith room send film.mp4 --room Club"));
  withRoom(command.command("files"))
    .description("Files that were offered, and who has them.")
    .action((room?: string) => run((shell) => files(shell, room)))
    .addHelpText("after", examples("kith room files"));
  inRoom(command.command("fetch"))
    .argument("<room-file>", "its name or the beginning of its id, as `kith room files` shows")
    .option("--to <folder>", "where to put it; the inbox, if left out")
    .option("-d, --detach", "let the running node do it; `kith room files` shows how far it is")
    .description("Take a file, from all who have it at once.")
    .action((file: string, options: FetchOptions) => run((shell) => fetchFile(shell, file, options)))
    .addHelpText("after", examples("kith room fetch film.mp4", "kith room fetch 5f17 --to ~/Films"));
}

async function send(shell: Shell, path: string, inWhich: string | undefined): Promise<ExitCode> {
  const absolute = fileAt(resolve(shell.terminal.cwd, path), path);
  await using open = await shell.open();
  const room = await enterRoom(shell, open, inWhich);
  const id = await attempt(shell, "Reading the file", room.files.send(absolute, { signal: shell.signal }));
  const view = fileOf(room, id);
  const name = safeText(view?.name ?? path, 40);
  const where = roomName(room.view.get());
  shell.tell(
    { type: "room-file", room: room.id, id, ...view },
    `Offered ${name} to ${where} [${shortRoomId({ id })}].`,
  );
  if (!open.isFresh) return EXIT.done;
  shell.note("No node runs here: the others can take it until Ctrl-C ends this command.");
  await serve(shell, room, id);
  return shell.leave();
}

function fileAt(absolute: string, path: string): string {
  const stat = statSync(absolute, { throwIfNoEntry: false });
  if (stat?.isFile() === true) return absolute;
  const why = stat === undefined ? "there is no such file" : "it is no file; folders go to one contact each: kith send";
  throw new CliError(EXIT.file, "ERR_FILE", `Cannot send ${safeText(path)}: ${why}`);
}

/** Shows how much was taken, until Ctrl-C. */
async function serve(shell: Shell, room: KithRoom, id: string): Promise<void> {
  using dialog = shell.dialog();
  let told = 0;
  const look = (): void => {
    const view = fileOf(room, id);
    if (view === undefined) return;
    if (view.bytesServed - told >= Math.min(SERVED_TOLD_BYTES, Math.max(1, view.bytes))) {
      told = view.bytesServed;
      shell.record({ type: "room-file", room: room.id, ...view });
    }
    dialog.show([`${safeText(view.name, 40)}: ${bytesInWords(view.bytesServed)} given to others`]);
  };
  await follow([room.files.all], look, shell.signal);
}

const fileOf = (room: KithRoom, id: string): RoomFileView | undefined =>
  room.files.all.get().find((one) => one.id === id);

async function files(shell: Shell, text: string | undefined): Promise<ExitCode> {
  await using open = await shell.open();
  const room = await enterRoom(shell, open, text);
  const all = room.files.all.get();
  for (const view of all) shell.record({ type: "room-file", room: room.id, ...view });
  for (const line of roomFileTable(all, room.members.get(), shell.style, shell.columns)) shell.print(line);
  if (all.length === 0) shell.note("No files. `kith room send FILE` offers one.");
  return EXIT.done;
}

async function fetchFile(shell: Shell, text: string, options: FetchOptions): Promise<ExitCode> {
  await using open = await shell.open();
  if (options.detach === true && open.isFresh) {
    throw new CliError(EXIT.home, "ERR_NO_NODE", "Cannot detach: no node runs that could go on", {
      hint: "Start one with `kith up`, or leave --detach out.",
    });
  }
  const room = await enterRoom(shell, open, options.room);
  const file = resolveRoomFile(room, text);
  const name = safeText(file.name, 40);
  if (file.state === "have") {
    const where = file.path === undefined ? "" : `: ${safeText(file.path)}`;
    shell.tell({ type: "room-file", room: room.id, ...file }, `You have ${name} already${where}`);
    return EXIT.done;
  }
  const directory = options.to === undefined ? {} : { directory: resolve(shell.terminal.cwd, options.to) };
  await attempt(shell, "Asking who has it", room.files.fetch(file.id, directory));
  if (options.detach === true) {
    shell.tell({ type: "room-file", room: room.id, ...(fileOf(room, file.id) ?? file) }, `The node fetches ${name}.`);
    return EXIT.done;
  }
  try {
    return tellEnd(shell, room, await watchFetch(shell, room, file.id));
  } catch (error) {
    if (shell.signal.aborted) await cancel(shell, room, file.id);
    throw error;
  }
}

async function watchFetch(shell: Shell, room: KithRoom, id: string): Promise<RoomFileView | undefined> {
  using dialog = shell.dialog();
  let told = "";
  let hasBegun = false;
  const look = (): RoomFileView | "gone" | undefined => {
    const view = fileOf(room, id);
    if (view === undefined) return "gone";
    const line = JSON.stringify(view);
    if (line !== told) shell.record({ type: "room-file", room: room.id, ...view });
    told = line;
    hasBegun ||= view.state === "fetching";
    const isRunning = view.state === "fetching" || (view.state === "offered" && !hasBegun);
    dialog.show(isRunning ? [fetchLine(view, shell.style, shell.terminal.size().columns - 1)] : []);
    return isRunning ? undefined : view;
  };
  const end = await until(room.files.all, look, { signal: shell.signal });
  return end === "gone" ? undefined : end;
}

function tellEnd(shell: Shell, room: KithRoom, end: RoomFileView | undefined): ExitCode {
  if (end === undefined) throw new CliError(EXIT.unknown, "ERR_TRANSFER_UNKNOWN", "Cannot follow the file: it is gone");
  const name = safeText(end.name, 40);
  if (end.state === "have") {
    const where = end.path === undefined ? "" : `: ${safeText(end.path)}`;
    shell.print(`${shell.style.good(shell.style.signs.good)} ${name} (${bytesInWords(end.bytes)}), verified${where}`);
    return EXIT.done;
  }
  const why = end.state === "offered" ? "it was cancelled" : fileState(end);
  const code = end.state === "gone" ? "ERR_TRANSFER_UNKNOWN" : "ERR_TRANSFER_FAILED";
  throw new CliError(EXIT.refused, code, `Cannot fetch ${name} from ${roomName(room.view.get())}: ${why}`);
}

async function cancel(shell: Shell, room: KithRoom, id: string): Promise<void> {
  if (fileOf(room, id)?.state !== "fetching") return;
  const isCancelled = await room.files.cancel(id).then(
    () => true,
    () => false, // it ended meanwhile, or our node did
  );
  if (isCancelled) shell.note("Cancelled.");
}
