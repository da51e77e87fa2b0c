/** `kith room members` and what may be done with one: role, expel, cut. */
import type { Role } from "@kith/sdk";
import type { Command } from "commander";
import { CliError, EXIT, type ExitCode } from "../exit-code.ts";
import { memberTable } from "../render/room-view.ts";
import { safeText } from "../render/terminal-text.ts";
import { resolveMember, resolveOther, roomName } from "../resolve-room.ts";
import { attempt, enterRoom, tellIfAlone } from "../room-work.ts";
import type { Shell } from "../shell.ts";
import { examples, type Run } from "./command-shape.ts";
import { askFirst, type InRoom, inRoom, withRoom } from "./room-options.ts";

const ROLES = ["owner", "admin", "member", "guest"] as const;

export function setUpMembers(command: Command, run: Run): void {
  withRoom(command.command("members"))
    .description("Who is in, who let them in, and how you reach them.")
    .action((room?: string) => run((shell) => members(shell, room)))
    .addHelpText("after", examples("kith room members", "kith room members Club --json | jq -r .name"));
  withMember(command.command("role"))
    .argument("<role>", ROLES.join(", "))
    .description("Set what a member may do.")
    .action((who: string, role: string, { room }: InRoom) => run((shell) => setRole(shell, who, role, room)))
    .addHelpText("after", examples("kith room role Bob admin", "kith room role Bob guest --room Club"));
  withMember(command.command("expel"))
    .option("-y, --yes", "without asking")
    .description("End a membership for everybody; the keys change.")
    .action((who: string, options: InRoom & { yes?: boolean }) => run((shell) => expel(shell, who, options)))
    .addHelpText("after", examples("kith room expel Mallory", "kith room expel 3F2A91C0 --yes"));
  withMember(command.command("cut"))
    .description("End your own links with a member; the others decide for themselves.")
    .action((who: string, { room }: InRoom) => run((shell) => cut(shell, who, room, true)))
    .addHelpText("after", examples("kith room cut Mallory"));
  withMember(command.command("uncut"))
    .description("Permit links with a member again.")
    .action((who: string, { room }: InRoom) => run((shell) => cut(shell, who, room, false)))
    .addHelpText("after", examples("kith room uncut Mallory"));
}

const withMember = (command: Command): Command =>
  inRoom(command.argument("<member>", "name or first digits of the fingerprint, as `kith room members` shows"));

async function members(shell: Shell, text: string | undefined): Promise<ExitCode> {
  await using open = await shell.open();
  const room = await enterRoom(shell, open, text);
  const all = room.members.get();
  for (const member of all) shell.record({ type: "member", room: room.id, ...member });
  for (const line of memberTable(all, shell.style, shell.columns)) shell.print(line);
  return EXIT.done;
}

async function setRole(shell: Shell, text: string, role: string, inWhich: string | undefined): Promise<ExitCode> {
  const known: Role | undefined = ROLES.find((one) => one === role);
  if (known === undefined) throw new CliError(EXIT.usage, "ERR_USAGE", `Cannot set that role: use ${ROLES.join(", ")}`);
  await using open = await shell.open();
  const room = await enterRoom(shell, open, inWhich);
  const { peer, name, isSelf } = resolveMember(room, text);
  await attempt(shell, "Setting the role", room.setRole(peer, known));
  shell.tell(
    { type: "room-act", did: "role", room: room.id, peer, role: known },
    `${isSelf ? "You are" : `${safeText(name, 40)} is`} ${known} now.`,
  );
  tellIfAlone(shell, open, room.view.get());
  return EXIT.done;
}

async function expel(shell: Shell, text: string, options: InRoom & { readonly yes?: boolean }): Promise<ExitCode> {
  await using open = await shell.open();
  const room = await enterRoom(shell, open, options.room);
  const { peer, name } = resolveOther(room, text);
  const [who, where] = [safeText(name, 40), roomName(room.view.get())];
  if (options.yes !== true) await askFirst(shell, `Expel ${who} from ${where}, for everybody?`);
  await attempt(shell, "Expelling", room.expel(peer));
  shell.tell({ type: "room-act", did: "expelled", room: room.id, peer }, `${who} is out of ${where}; the keys change.`);
  tellIfAlone(shell, open, room.view.get());
  return EXIT.done;
}

async function cut(shell: Shell, text: string, inWhich: string | undefined, isCut: boolean): Promise<ExitCode> {
  await using open = await shell.open();
  const room = await enterRoom(shell, open, inWhich);
  const { peer, name } = resolveOther(room, text);
  await attempt(shell, isCut ? "Cutting off" : "Permitting links", room.cut(peer, isCut));
  const who = safeText(name, 40);
  const words = isCut
    ? `No link of yours goes to ${who} any more. ${who} stays a member: the others were told, and decide for themselves.`
    : `Links with ${who} are permitted again.`;
  shell.tell({ type: "room-act", did: isCut ? "cut" : "uncut", room: room.id, peer }, words);
  return EXIT.done;
}
