/** `kith room`: groups that no server runs. */

import type { RoomPolicy } from "@kith/sdk";
import { type Command, Option } from "commander";
import { CliError, EXIT, type ExitCode } from "../exit-code.ts";
import { gapLines } from "../render/gap-words.ts";
import { policyLines, roomLines, roomTable } from "../render/room-view.ts";
import { safeText } from "../render/terminal-text.ts";
import { resolveRoom, roomName } from "../resolve-room.ts";
import { attempt, enterRoom, tellIfAlone } from "../room-work.ts";
import type { Shell } from "../shell.ts";
import { examples, type Run } from "./command-shape.ts";
import { setUpChat } from "./room-chat.ts";
import { setUpFiles } from "./room-files.ts";
import { setUpJoining } from "./room-joining.ts";
import { setUpMap } from "./room-map.ts";
import { setUpMembers } from "./room-members.ts";
import { askFirst, type InRoom, inRoom, quoted, withRoom } from "./room-options.ts";

interface PolicyOptions {
  readonly policy?: RoomPolicy["ways"];
  readonly challenge?: NonNullable<RoomPolicy["challengedBy"]>;
  readonly inviters?: RoomPolicy["inviters"];
}

export function setUp(command: Command, run: Run): void {
  command.action(() => run(list)).addHelpText("after", HELP);
  withPolicy(command.command("create"))
    .argument("<name>", "what all members see")
    .description("Make a room; you are its owner.")
    .action((name: string, options: PolicyOptions) => run((shell) => create(shell, name, options)))
    .addHelpText(
      "after",
      examples("kith room create Family", "kith room create Club --policy approval --inviters admin"),
    );
  setUpJoining(command, run);
  command
    .command("list")
    .description("All rooms, those that are over too.")
    .action(() => run(list))
    .addHelpText("after", examples("kith room list", "kith room list --json"));
  withRoom(command.command("show"))
    .description("Everything about a room.")
    .action((room?: string) => run((shell) => show(shell, room)))
    .addHelpText("after", examples("kith room show", "kith room show Family"));
  setUpMembers(command, run);
  setUpChat(command, run);
  setUpFiles(command, run);
  setUpMap(command, run);
  withPolicy(withRoom(command.command("policy")))
    .description("How one comes in, and who invites; with options, change it.")
    .action((room: string | undefined, options: PolicyOptions) => run((shell) => policy(shell, room, options)))
    .addHelpText("after", examples("kith room policy", "kith room policy Club --policy challenge --challenge admin"));
  inRoom(command.command("rename"))
    .argument("<name>", "the new name, for all members")
    .description("Give the room another name.")
    .action((name: string, { room }: InRoom) => run((shell) => rename(shell, room, name)))
    .addHelpText("after", examples('kith room rename "Chess club" --room Club'));
  withRoom(command.command("leave"))
    .option("-y, --yes", "without asking")
    .description("Say goodbye to a room for good.")
    .action((room: string | undefined, options: { yes?: boolean }) =>
      run((shell) => leave(shell, room, options.yes === true)),
    )
    .addHelpText("after", examples("kith room leave Club"));
  command
    .command("forget")
    .argument("<room>", "name, or first digits of the id")
    .description("Remove what is kept of a room that is over.")
    .action((room: string) => run((shell) => forget(shell, room)))
    .addHelpText("after", examples("kith room forget Club"));
}

const withPolicy = (command: Command): Command =>
  command
    .addOption(
      new Option("--policy <ways>", "how one comes in").choices(["open", "strict", "approval", "challenge", "peers"]),
    )
    .addOption(new Option("--challenge <whose>", "whose code a newcomer answers").choices(["any", "admin", "every"]))
    .addOption(
      new Option("--inviters <role>", "who invites, and everybody above").choices(["owner", "admin", "member"]),
    );

const HELP = `${examples(
  "kith room create Family        make one",
  "kith room invite               a link for one person, good for a day",
  "kith room invite --code        a code to say on the phone",
  "kith room join LINK            come in",
  "kith room members              who is in, and how you reach them",
  "kith room chat                 talk with all",
  "kith room map                  who is linked to whom",
)}

[room] may be left out where you are in one room only.`;

/** @throws {CliError} `ERR_USAGE` */
function policyOf({ policy: given, challenge, inviters }: PolicyOptions): Partial<RoomPolicy> {
  const ways = given ?? (challenge === undefined ? undefined : "challenge");
  if (challenge !== undefined && ways !== "challenge")
    throw new CliError(
      EXIT.usage,
      "ERR_USAGE",
      `Cannot use --challenge with --policy ${ways}: it belongs to challenge`,
    );
  return {
    ...(ways !== undefined && { ways }),
    ...(challenge !== undefined && { challengedBy: challenge }),
    ...(inviters !== undefined && { inviters }),
  };
}

async function create(shell: Shell, name: string, options: PolicyOptions): Promise<ExitCode> {
  const wanted = policyOf(options);
  await using open = await shell.open();
  const room = await attempt(shell, "Making the room", open.kith.rooms.create(name, wanted));
  const view = room.view.get();
  shell.tell({ type: "room", ...view }, [
    ...roomLines(view, shell.style),
    shell.style.dim(
      `Let somebody in: kith room invite${open.kith.rooms.all.get().length > 1 ? ` ${quoted(name)}` : ""}`,
    ),
  ]);
  return EXIT.done;
}

async function list(shell: Shell): Promise<ExitCode> {
  await using open = await shell.open();
  const all = open.kith.rooms.all.get();
  for (const view of all) shell.record({ type: "room", ...view });
  for (const line of roomTable(all, shell.style, shell.columns)) shell.print(line);
  if (all.length === 0)
    shell.note("No rooms yet. `kith room create NAME` makes one, `kith room join LINK` comes into one.");
  return EXIT.done;
}

async function show(shell: Shell, text: string | undefined): Promise<ExitCode> {
  await using open = await shell.open();
  const room = await enterRoom(shell, open, text);
  const view = room.view.get();
  const [gaps, requests, challenges] = [room.gaps.get(), room.requests.get(), room.challenges.get()];
  shell.tell({ type: "room", ...view, gaps, requests, challenges }, [
    ...roomLines(view, shell.style),
    ...gapLines(gaps, room.members.get()).map((line) => shell.style.warn(line)),
    ...requests.map(({ name }) => `${safeText(name, 40)} waits to come in: kith room requests`),
    ...challenges.map(({ name }) => `${safeText(name, 40)} asks you for a code: kith room answer ${quoted(name)} CODE`),
  ]);
  return EXIT.done;
}

async function policy(shell: Shell, text: string | undefined, options: PolicyOptions): Promise<ExitCode> {
  const change = policyOf(options);
  await using open = await shell.open();
  const room =
    Object.keys(change).length === 0 ? await resolveRoom(open.kith, text) : await enterRoom(shell, open, text);
  const before = room.view.get().policy;
  const { challengedBy, ...rest } = { ...before, ...change };
  const wanted: RoomPolicy = rest.ways === "challenge" ? { ...rest, challengedBy: challengedBy ?? "any" } : rest;
  if (Object.keys(change).length > 0) await attempt(shell, "Changing the policy", room.setPolicy(wanted));
  const now = Object.keys(change).length > 0 ? wanted : before;
  shell.tell({ type: "room-policy", room: room.id, ...now }, policyLines(now));
  if (Object.keys(change).length > 0) tellIfAlone(shell, open, room.view.get());
  return EXIT.done;
}

async function rename(shell: Shell, text: string | undefined, name: string): Promise<ExitCode> {
  await using open = await shell.open();
  const room = await enterRoom(shell, open, text);
  const before = roomName(room.view.get());
  await attempt(shell, "Renaming the room", room.rename(name));
  shell.tell({ type: "room-act", did: "renamed", room: room.id, name }, `${before} is ${safeText(name, 40)} now.`);
  tellIfAlone(shell, open, room.view.get());
  return EXIT.done;
}

async function leave(shell: Shell, text: string | undefined, isSure: boolean): Promise<ExitCode> {
  await using open = await shell.open();
  const room = await enterRoom(shell, open, text);
  const view = room.view.get();
  const name = roomName(view);
  if (!isSure) await askFirst(shell, `Leave ${name} for good? You come back only if somebody invites you.`);
  await attempt(shell, "Saying goodbye", room.leave());
  shell.tell({ type: "room-act", did: "left", room: room.id }, `You are out of ${name}.`);
  tellIfAlone(shell, open, view);
  return EXIT.done;
}

async function forget(shell: Shell, text: string): Promise<ExitCode> {
  await using open = await shell.open();
  const room = await resolveRoom(open.kith, text);
  const view = room.view.get();
  if (view.state !== "left" && view.state !== "expelled") {
    throw new CliError(EXIT.refused, "ERR_ROOM_ALIVE", `Cannot forget ${roomName(view)}: you are in it`, {
      hint: `Leave it first: kith room leave ${quoted(view.name)}`,
    });
  }
  await open.kith.rooms.forget(room.id);
  shell.tell({ type: "room-act", did: "forgotten", room: room.id }, `${roomName(view)} is forgotten.`);
  return EXIT.done;
}
