/** `kith room chat`: talk with all, in the terminal, or a line at a time through a pipe. */
import { createInterface } from "node:readline";
import type { RoomChatMessage } from "@kith/sdk";
import type { Command } from "commander";
import { chatAct, type RoomSpeech, roomGround, roomLifetime } from "../chat-acts.ts";
import { CliError, EXIT, type ExitCode, verdictOf } from "../exit-code.ts";
import type { KithRoom, OpenKith, RoomChatChange } from "../kith.ts";
import { wholeOf } from "../option-values.ts";
import { roomMessageLines } from "../render/message-view.ts";
import { Screen } from "../render/screen.ts";
import { isMeant, roomName } from "../resolve-room.ts";
import { chatChanges } from "../room-chat-changes.ts";
import { RoomChatView } from "../room-chat-view.ts";
import { attempt, enterRoom } from "../room-work.ts";
import type { Shell } from "../shell.ts";
import { follow, startReading } from "../waiting.ts";
import { examples, type Run } from "./command-shape.ts";
import { quoted, withRoom } from "./room-options.ts";

interface ChatOptions {
  readonly message?: string;
  readonly history: number;
  readonly listen?: boolean;
  readonly lifetime?: RoomSpeech["lifetime"];
}

export function setUpChat(command: Command, run: Run): void {
  withRoom(command.command("chat"))
    .argument("[text]", "say this and end")
    .option("-m, --message <text>", "the same, where the room is left out; - takes all of standard input")
    .option("--history <lines>", "messages to show first", wholeOf, 10)
    .option("--listen", "without a terminal: go on printing messages until Ctrl-C")
    .option("--lifetime <time>", "what you say is gone for all after this: 1min to 24h, or off", roomLifetime)
    .description("Talk with everybody in a room.")
    .action((room: string | undefined, text: string | undefined, options: ChatOptions) =>
      run((shell) => chat(shell, room, text, options)),
    )
    .addHelpText(
      "after",
      `${examples("kith room chat", 'kith room chat Club "lunch at one?"', "uptime | kith room chat -m -", "kith room chat Club --listen", 'kith room chat Club --lifetime 1h "the door code is 4711"')}

In the terminal: Enter sends, Ctrl-C or /quit leaves. Also: /edit TEXT and /delete (your last
message), /react EMOJI (the last of another member), /lifetime TIME or off.
In a room whoever says something chooses how long it lives; nobody is asked.
Members who are away get it when they are back, as long as somebody here remembers it.`,
    );
}

async function chat(
  shell: Shell,
  inWhich: string | undefined,
  text: string | undefined,
  options: ChatOptions,
): Promise<ExitCode> {
  await using open = await shell.open();
  const room = await enterRoom(shell, open, checkRoom(open, inWhich, text ?? options.message));
  const speech = { lifetime: options.lifetime };
  const words = text ?? (options.message === "-" ? await allOf(shell) : options.message);
  if (words !== undefined) return await say(shell, room, speech, words);
  if (shell.isGuest) return await converseAsGuest(shell, room, speech);
  if (shell.terminal.isInteractive && !shell.isJson) return await converse(shell, room, speech, options);
  return await pipe(shell, room, speech, options);
}

/** One word alone is a room, never a text: a misspelt name must not be said in another room. */
function checkRoom({ kith }: OpenKith, inWhich: string | undefined, text: string | undefined): string | undefined {
  const views = kith.rooms.all.get();
  const [only] = views.filter(({ state }) => state === "in");
  if (inWhich === undefined || text !== undefined || views.some((view) => isMeant(view, inWhich))) return inWhich;
  if (only === undefined) return inWhich;
  throw new CliError(EXIT.unknown, "ERR_ROOM_UNKNOWN", "Cannot find that room", {
    hint: `To say it: kith room chat ${quoted(only.name)} ${JSON.stringify(inWhich)}`,
  });
}

async function allOf(shell: Shell): Promise<string> {
  const parts: string[] = [];
  for await (const part of shell.terminal.stdin.setEncoding("utf8")) parts.push(String(part));
  return parts.join("").replace(/\r?\n$/, "");
}

const send = ({ chat }: KithRoom, { lifetime }: RoomSpeech, text: string): Promise<RoomChatMessage> =>
  lifetime === undefined ? chat.send(text) : chat.send(text, { lifetime });

async function say(shell: Shell, room: KithRoom, speech: RoomSpeech, text: string): Promise<ExitCode> {
  const message = await attempt(shell, "Saying it", send(room, speech, text));
  const { onlineCount, memberCount } = room.view.get();
  shell.record({ type: "room-message", room: room.id, ...message });
  const others = onlineCount - 1;
  const told = others === 1 ? "1 member is" : `${others} members are`;
  shell.note(
    others > 0 || memberCount <= 1
      ? shell.style.dim(`Said in ${roomName(room.view.get())}; ${told} online.`)
      : `Nobody else is online in ${roomName(room.view.get())}: they get it if this node is still there when they come.`,
  );
  return EXIT.done;
}

async function pipe(shell: Shell, room: KithRoom, speech: RoomSpeech, options: ChatOptions): Promise<ExitCode> {
  const listening = new AbortController();
  const signal = AbortSignal.any([shell.signal, listening.signal]);
  const listener = listen(shell, room, signal);
  const lines = createInterface({ input: shell.terminal.stdin, crlfDelay: Number.POSITIVE_INFINITY });
  for await (const line of lines) {
    shell.signal.throwIfAborted();
    if (line.trim() === "") continue;
    shell.record({ type: "room-message", room: room.id, ...(await send(room, speech, line)) });
  }
  if (options.listen === true) await follow([], () => undefined, shell.signal);
  listening.abort();
  await listener;
  return options.listen === true ? shell.leave() : EXIT.done;
}

/** Prints what the others say until the signal aborts. */
async function listen(shell: Shell, room: KithRoom, signal: AbortSignal): Promise<void> {
  try {
    for await (const message of room.chat.watch({ signal })) {
      if (message.isOurs) continue;
      const lines = roomMessageLines(message, shell.style, shell.terminal.now());
      shell.tell({ type: "room-message", room: room.id, ...message }, lines);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Inside `kith up`, which prints what comes: here each line goes out, until /quit or an empty one. */
async function converseAsGuest(shell: Shell, room: KithRoom, speech: RoomSpeech): Promise<ExitCode> {
  const name = roomName(room.view.get());
  using dialog = shell.dialog();
  dialog.print(shell.style.dim(`What you type goes to all in ${name}; an empty line ends it.`));
  for (;;) {
    const line = await dialog.ask(`to ${name}> `, { signal: shell.signal, isPatient: true }).catch(() => "");
    if (line.trim() === "" || line.trim() === "/quit") return shell.leave();
    try {
      const act = chatAct(roomGround(room.chat, speech), line);
      if (act === undefined) await say(shell, room, speech, line);
      else {
        const words = await act;
        if (words !== undefined) dialog.print(shell.style.dim(words));
      }
    } catch (error) {
      const { code, message } = verdictOf(error);
      if (code === "ERR_BUG" || shell.signal.aborted) throw error;
      dialog.print(shell.style.bad(message)); // the conversation goes on
    }
  }
}

async function converse(shell: Shell, room: KithRoom, speech: RoomSpeech, options: ChatOptions): Promise<ExitCode> {
  const leaving = new AbortController();
  const signal = AbortSignal.any([shell.signal, leaving.signal]);
  using screen = new Screen(shell.terminal, {
    interrupt: () => leaving.abort(),
    end: () => leaving.abort(),
    line: (text) => void take(text),
  });
  const view = new RoomChatView({ room, screen, style: shell.style, now: () => shell.terminal.now() });
  const take = async (text: string): Promise<void> => {
    if (text.trim() === "/quit") return leaving.abort();
    if (text.trim() === "") return;
    try {
      const act = chatAct(roomGround(room.chat, speech), text);
      if (act === undefined) return view.show(await send(room, speech, text));
      const words = await act;
      if (words !== undefined) screen.print(shell.style.dim(words));
    } catch (error) {
      screen.print(shell.style.bad(error instanceof Error ? error.message : String(error)));
    }
  };
  const messages = startReading(room.chat.watch({ signal })); // before the history: nothing may fall between
  const becomes = startReading(chatChanges(room, { signal }));
  screen.prompt("> ");
  for (const message of (await room.chat.history.get()).slice(-options.history)) view.show(message);
  const { view: state, members, requests, gaps, challenges } = room;
  const telling = tellBecoming(becomes, view, signal);
  telling.catch(() => undefined); // whoever waits for it is told
  const changes = follow([state, members, requests, gaps, challenges], () => view.tellChanges(), signal);
  try {
    for await (const message of messages) view.show(message);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  leaving.abort();
  await Promise.all([changes, telling]);
  screen.prompt(undefined);
  screen.show([]);
  return shell.leave();
}

/** What becomes of what was said, until the signal aborts. */
async function tellBecoming(
  changes: AsyncIterable<RoomChatChange>,
  view: RoomChatView,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const change of changes) view.handle(change);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
