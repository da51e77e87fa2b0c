/** `kith room invite`, `join` and their kin: how somebody comes in. */
import type { JoinRequestView, MemberView, Role } from "@kith/sdk";
import { type Command, Option } from "commander";
import { CliError, EXIT, type ExitCode } from "../exit-code.ts";
import type { KithRoom, OpenKith } from "../kith.ts";
import { durationOf, wholeOf } from "../option-values.ts";
import { shownCode, typedCode } from "../render/code-text.ts";
import { qrLines } from "../render/qr.ts";
import { requestTable } from "../render/room-view.ts";
import { safeText, widthOf } from "../render/terminal-text.ts";
import { count, dateInWords, durationInWords } from "../render/units.ts";
import { resolveRequest, roomName } from "../resolve-room.ts";
import { leadJoin, ticketOf } from "../room-joining-dialog.ts";
import { attempt, enterRoom, tellIfAlone } from "../room-work.ts";
import type { Shell } from "../shell.ts";
import { until } from "../waiting.ts";
import { examples, type Run } from "./command-shape.ts";
import { type InRoom, inRoom, quoted, withRoom } from "./room-options.ts";

const USES_MAX = 64;
/** How long it may take from a right code to being in, in milliseconds. */
const LET_IN_MS = 5_000;
/** How long somebody who just came in waits to see the others, in milliseconds. */
const MEET_MS = 2_000;

interface InviteOptions {
  readonly uses?: number;
  readonly expires?: number;
  readonly role?: Role;
  readonly code?: boolean;
  readonly knock?: boolean;
  readonly qr?: boolean;
}

export function setUpJoining(command: Command, run: Run): void {
  withRoom(command.command("invite"))
    .option("--uses <people>", "so many links, for one person each (1 to 64)", wholeOf)
    .option("--expires <time>", "good for so long (24h unless told)", durationOf)
    .addOption(new Option("--role <role>", "what they will be").choices(["admin", "member", "guest"]))
    .option("--code", "show a code to say on the phone, and wait until somebody used it")
    .option("--knock", "a link that lets nobody in by itself: you will be asked")
    .option("--qr", "draw the link as a QR code without a terminal too")
    .description("A link, QR code or spoken code for somebody to come in.")
    .action((room: string | undefined, options: InviteOptions) => run((shell) => invite(shell, room, options)))
    .addHelpText(
      "after",
      examples(
        "kith room invite                       for one person, good for a day",
        "kith room invite Club --uses 5 --expires 7d --role guest",
        "kith room invite --code                to say on the phone",
        "kith room invite --knock               you say yes to whoever comes",
      ),
    );
  command
    .command("join")
    .argument("<ticket...>", "a link, or a room code; - reads it from standard input")
    .description("Come into a room.")
    .action((words: string[]) => run((shell) => join(shell, words)))
    .addHelpText(
      "after",
      examples("kith room join kith://join#AQE…", "kith room join 7-acorn-canyon", "pbpaste | kith room join -"),
    );
  inRoom(command.command("answer"))
    .argument("<member>", "who asks")
    .argument("<code...>", "what that person told you")
    .description("Answer a member who asks you for a code.")
    .action((member: string, code: string[], { room }: InRoom) => run((shell) => answer(shell, member, code, room)))
    .addHelpText("after", examples("kith room answer Ada 380 976"));
  withRoom(command.command("requests"))
    .description("Who waits to come in.")
    .action((room?: string) => run((shell) => requests(shell, room)))
    .addHelpText("after", examples("kith room requests"));
  withNewcomer(command.command("approve"))
    .description("Let somebody in who waits.")
    .action((who: string, { room }: InRoom) => run((shell) => decide(shell, who, room, "approved")))
    .addHelpText("after", examples("kith room approve Bob", "kith room approve 3F2A91C0 --room Club"));
  withNewcomer(command.command("refuse"))
    .description("Say no to somebody who waits.")
    .action((who: string, { room }: InRoom) => run((shell) => decide(shell, who, room, "refused")))
    .addHelpText("after", examples("kith room refuse Mallory"));
  withNewcomer(command.command("challenge"))
    .option("--no-wait", "end as soon as the code is shown")
    .description("Show a code to tell somebody who waits, and wait for the answer.")
    .action((who: string, options: InRoom & { wait: boolean }) => run((shell) => challenge(shell, who, options)))
    .addHelpText("after", examples("kith room challenge Bob"));
  withRoom(command.command("revoke-invitations"))
    .description("Take back every invitation of yours that nobody used yet.")
    .action((room?: string) => run((shell) => revokeInvitations(shell, room)))
    .addHelpText("after", examples("kith room revoke-invitations"));
}

const withNewcomer = (command: Command): Command =>
  inRoom(command.argument("<who>", "name or first digits of the fingerprint, as `kith room requests` shows"));

async function invite(shell: Shell, text: string | undefined, options: InviteOptions): Promise<ExitCode> {
  checkInvite(options);
  await using open = await shell.open();
  const room = await enterRoom(shell, open, text);
  if (options.code === true) return await showCode(shell, room);
  if (options.knock === true) {
    const link = await attempt(shell, "Making the link", room.knockLink());
    shell.record({ type: "knock-link", room: room.id, link });
    printLink(shell, link, options);
    shell.note(shell.style.dim("It lets nobody in by itself: `kith room requests` shows who comes."));
    return EXIT.done;
  }
  const { uses, expires, role } = options;
  const made = await attempt(
    shell,
    "Making the invitation",
    room.invite({
      ...(uses !== undefined && { uses }),
      ...(expires !== undefined && { lifetimeMs: expires }),
      ...(role !== undefined && { role }),
    }),
  );
  shell.record({ type: "invitation", room: room.id, ...made });
  for (const link of made.links) printLink(shell, link, made.links.length === 1 ? options : { ...options, qr: false });
  const each = made.links.length === 1 ? "For one person" : "Each for one person";
  shell.note(
    shell.style.dim(
      `${each}, as ${made.role}, until ${dateInWords(made.expiresAt)}. Send it where only that person reads it.`,
    ),
  );
  if (open.isFresh) shell.note("Keep a node running (kith up): one of you must be online to let somebody in.");
  return EXIT.done;
}

/** What cannot be meant, before a node is started for it. */
function checkInvite({ uses, expires, role, code, knock }: InviteOptions): void {
  const ways = [...(code ? ["--code"] : []), ...(knock ? ["--knock"] : [])];
  if (ways.length > 1) throw usage("Cannot invite by --code and --knock at once");
  const [way] = ways;
  if (way !== undefined && (uses !== undefined || expires !== undefined || role !== undefined))
    throw usage(`Cannot use ${way} with --uses, --expires or --role: they belong to links`);
  if (uses !== undefined && uses > USES_MAX) throw usage(`Cannot make ${uses} links at once: 1 to ${USES_MAX}`);
}

const usage = (message: string): CliError => new CliError(EXIT.usage, "ERR_USAGE", message);

function printLink(shell: Shell, link: string, { qr = shell.terminal.isInteractive }: InviteOptions): void {
  const lines = qr && !shell.isJson ? qrLines(link, { color: shell.style.strong("x") !== "x" }) : [];
  const isTooWide = lines.some((line) => widthOf(line) > shell.terminal.size().columns);
  if (isTooWide) shell.note(shell.style.dim("The window is too narrow for the QR code."));
  else for (const line of lines) shell.print(line);
  shell.print(link);
}

/** Shows the room's code until somebody came in by it. */
async function showCode(shell: Shell, room: KithRoom): Promise<ExitCode> {
  const { style } = shell;
  const before = new Set(room.members.get().map(({ peer }) => peer));
  const shown = await attempt(shell, "Making a code", room.showCode());
  shell.tell({ type: "room-code", room: room.id, ...shown }, [
    `The room code is  ${style.strong(safeText(shown.code))}`,
    style.dim(`The other one types: kith room join ${safeText(shown.code)}`),
    style.dim(
      `It lasts ${durationInWords(shown.expiresAt - shell.terminal.now())}; ${count(shown.triesLeft, "try", "tries")} left.`,
    ),
  ]);
  let { triesLeft } = shown;
  const comerNow = (): MemberView | undefined =>
    room.members.get().find((one) => !before.has(one.peer) && one.admittedHow === "code");
  const look = (): MemberView | "gone" | undefined => {
    const now = room.shownCode.get();
    if (now !== undefined && now.triesLeft < triesLeft) {
      triesLeft = now.triesLeft;
      const words = `Somebody typed a wrong code; ${count(triesLeft, "try", "tries")} left.`;
      shell.tell({ type: "room-code", room: room.id, ...now }, style.warn(words));
    }
    return comerNow() ?? (now === undefined ? "gone" : undefined);
  };
  const { signal } = shell;
  const timeoutMs = Math.max(0, shown.expiresAt - shell.terminal.now());
  const found = await until([room.members, room.shownCode], look, { signal, timeoutMs });
  // Gone with tries left: somebody had it right, and is being let in.
  const isUsed = found === "gone" && triesLeft > 1;
  const comer = isUsed ? await until(room.members, comerNow, { signal, timeoutMs: LET_IN_MS }) : found;
  if (comer === undefined || comer === "gone") {
    throw new CliError(EXIT.unfinished, "ERR_ROOM_CODE_UNUSED", "Nobody came in by the code", {
      hint: "A code lasts two minutes or three tries. `kith room invite --code` shows a new one.",
    });
  }
  shell.tell(
    { type: "member", room: room.id, ...comer },
    style.good(`${style.signs.good} ${safeText(comer.name, 40)} is in.`),
  );
  return EXIT.done;
}

async function join(shell: Shell, words: readonly string[]): Promise<ExitCode> {
  const ticket = await ticketOf(shell, words);
  await using open = await shell.open();
  return await comeIn(shell, open, ticket);
}

/** Comes in with a link or a room code, and says where one is then. */
export async function comeIn(shell: Shell, open: OpenKith, ticket: string): Promise<ExitCode> {
  const room = await leadJoin(shell, open.kith, ticket);
  const isMet = (): true | undefined => (room.view.get().onlineCount > 1 ? true : undefined);
  await until(room.view, isMet, { signal: shell.signal, timeoutMs: MEET_MS });
  const view = room.view.get();
  const { style } = shell;
  const crowd = `${count(view.memberCount, "member")}, ${view.onlineCount} online`;
  shell.tell(
    { type: "room", ...view },
    style.good(
      `${style.signs.good} You are in ${roomName(view)}${view.role === undefined ? "" : `, as ${view.role}`} (${crowd}).`,
    ),
  );
  for (const { name } of room.challenges.get())
    shell.note(`${safeText(name, 40)} asks you for a code too: kith room answer ${quoted(name)} CODE`);
  if (open.isFresh) shell.note("Keep a node running to be there: kith up");
  return EXIT.done;
}

async function answer(shell: Shell, text: string, words: readonly string[], inWhich?: string): Promise<ExitCode> {
  await using open = await shell.open();
  const room = await enterRoom(shell, open, inWhich);
  const member = askerOf(room, text);
  await attempt(shell, "Answering", room.answerChallenge(member.member, typedCode(words.join(" "))));
  const name = safeText(member.name, 40);
  shell.tell(
    { type: "room-act", did: "answered", room: room.id, peer: member.member },
    `${name} knows that it is you.`,
  );
  return EXIT.done;
}

function askerOf(room: KithRoom, text: string): ReturnType<KithRoom["challenges"]["get"]>[number] {
  const asking = room.challenges.get();
  const found = asking.filter(
    ({ member, name }) => member.startsWith(text.toLowerCase()) || name.toLowerCase() === text.toLowerCase(),
  );
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const all = asking.map(({ name }) => safeText(name, 40)).join(", ");
  throw new CliError(
    EXIT.unknown,
    "ERR_PEER_UNKNOWN",
    `Cannot tell whom to answer: ${asking.length === 0 ? "nobody asks you for a code" : `these ask: ${all}`}`,
  );
}

async function requests(shell: Shell, text: string | undefined): Promise<ExitCode> {
  await using open = await shell.open();
  const room = await enterRoom(shell, open, text);
  const all = room.requests.get();
  for (const one of all) shell.record({ type: "join-request", room: room.id, ...one });
  for (const line of requestTable(all, shell.style, shell.columns, shell.terminal.now())) shell.print(line);
  if (all.length === 0) shell.note(`Nobody waits to come into ${roomName(room.view.get())}.`);
  else shell.note(shell.style.dim(`Names are claims. ${howToAnswer(all)}`));
  return EXIT.done;
}

function howToAnswer(all: readonly JoinRequestView[]): string {
  const yes = all.some(({ wants }) => wants === "approval") ? ["kith room approve NAME"] : [];
  const code = all.some(({ wants }) => wants === "challenge") ? ["kith room challenge NAME"] : [];
  return [...yes, ...code, "kith room refuse NAME"].join(", ");
}

async function decide(
  shell: Shell,
  text: string,
  inWhich: string | undefined,
  did: "approved" | "refused",
): Promise<ExitCode> {
  await using open = await shell.open();
  const room = await enterRoom(shell, open, inWhich);
  const { peer, name } = await requestOf(shell, open, room, text);
  const where = roomName(room.view.get());
  if (did === "approved") await attempt(shell, "Letting in", room.approve(peer));
  else await attempt(shell, "Refusing", room.refuse(peer));
  const words = did === "approved" ? `may come into ${where}` : `stays out of ${where}`;
  shell.tell({ type: "room-act", did, room: room.id, peer }, `${safeText(name, 40)} ${words}.`);
  tellIfAlone(shell, open, room.view.get());
  return EXIT.done;
}

/** Who waits comes again by itself: a node that was just started has to be found first. */
async function requestOf(shell: Shell, { isFresh }: OpenKith, room: KithRoom, text: string): Promise<JoinRequestView> {
  if (isFresh && room.requests.get().length === 0) {
    const isAsked = (): true | undefined => (room.requests.get().length > 0 ? true : undefined);
    const asked = until(room.requests, isAsked, { signal: shell.signal, timeoutMs: KNOCK_AGAIN_MS });
    await attempt(shell, "Waiting for who wants to come in", asked);
  }
  return resolveRequest(room, text);
}

const KNOCK_AGAIN_MS = 6_000;

async function challenge(shell: Shell, text: string, options: InRoom & { readonly wait: boolean }): Promise<ExitCode> {
  const { style } = shell;
  await using open = await shell.open();
  const room = await enterRoom(shell, open, options.room);
  const { peer, name } = await requestOf(shell, open, room, text);
  const who = safeText(name, 40);
  const requestNow = (): JoinRequestView | undefined => room.requests.get().find((one) => one.peer === peer);
  await attempt(shell, "Making a code", room.challenge(peer));
  const shown = await until(room.requests, () => requestNow()?.code, { signal: shell.signal, timeoutMs: 5_000 });
  if (shown === undefined) throw gone(who);
  shell.tell({ type: "join-request", room: room.id, ...requestNow() }, [
    `Tell ${who} this code, in person or by a voice that you know:  ${style.strong(shownCode(shown.text))}`,
    style.dim(
      `It lasts ${durationInWords(shown.expiresAt - shell.terminal.now())}; ${count(shown.triesLeft, "try", "tries")} left.`,
    ),
  ]);
  if (!options.wait) return EXIT.done;
  let { triesLeft } = shown;
  const isThere = room.members.get().some((one) => one.peer === peer); // by another's word, where each member asks
  const hasCome = (): true | undefined => {
    const member = room.members.get().find((one) => one.peer === peer);
    return member !== undefined && (!isThere || member.path.kind === "direct") ? true : undefined;
  };
  const look = (): "in" | "gone" | undefined => {
    const code = requestNow()?.code;
    if (code !== undefined && code.triesLeft < triesLeft) {
      triesLeft = code.triesLeft;
      shell.print(style.warn(`That was not the code; ${count(triesLeft, "try", "tries")} left.`));
    }
    if (code === undefined) return "gone";
    return !isThere && hasCome() ? "in" : undefined;
  };
  const { signal } = shell;
  const timeoutMs = Math.max(0, shown.expiresAt - shell.terminal.now());
  const end = await until([room.requests, room.members], look, { signal, timeoutMs });
  // Gone: it was right, and the rest is under way; or it was not, and no tries are left.
  const isIn = end === "gone" ? await until(room.members, hasCome, { signal, timeoutMs: LET_IN_MS }) : end === "in";
  if (isIn !== true) throw gone(who);
  const words = isThere ? `${who} is who you think, and is linked to you.` : `${who} is in.`;
  shell.tell({ type: "room-act", did: "challenged", room: room.id, peer }, style.good(`${style.signs.good} ${words}`));
  return EXIT.done;
}

const gone = (who: string): CliError =>
  new CliError(EXIT.unfinished, "ERR_CHALLENGE_UNANSWERED", `${who} did not answer with the right code`, {
    hint: "`kith room requests` shows whether somebody still waits.",
  });

async function revokeInvitations(shell: Shell, text: string | undefined): Promise<ExitCode> {
  await using open = await shell.open();
  const room = await enterRoom(shell, open, text);
  await attempt(shell, "Taking them back", room.revokeInvitations());
  shell.tell(
    { type: "room-act", did: "revoked-invitations", room: room.id },
    "Links of yours that nobody used let nobody in any more.",
  );
  tellIfAlone(shell, open, room.view.get());
  return EXIT.done;
}
