/** `kith chat`: talk with a contact, in the terminal, or a line at a time through a pipe. */
import { createInterface } from "node:readline";
import type { ChatMessage, Contact } from "@kith/sdk";
import { type Command, Option } from "commander";
import { chatAct, contactGround, type LifetimeWish, lifetimeWish, wish } from "../chat-acts.ts";
import { deliver, tellMessage } from "../chat-delivery.ts";
import { ChatView } from "../chat-view.ts";
import { EXIT, type ExitCode, verdictOf } from "../exit-code.ts";
import type { Kith, OpenKith } from "../kith.ts";
import { durationOf, wholeOf } from "../option-values.ts";
import { lifetimeInWords } from "../render/message-view.ts";
import { Screen } from "../render/screen.ts";
import { safeText } from "../render/terminal-text.ts";
import { count } from "../render/units.ts";
import { resolveContact } from "../resolve-peer.ts";
import type { Shell } from "../shell.ts";
import { follow, startReading } from "../waiting.ts";
import { examples, type Run } from "./command-shape.ts";

/** How long a line typed into `kith up` may take before the next is asked for, in milliseconds. */
const GUEST_WAIT_MS = 2_000;

interface ChatOptions {
  readonly message?: string;
  readonly history: number;
  readonly wait: number | false;
  readonly listen?: boolean;
  readonly lifetime?: LifetimeWish;
}

export function setUp(command: Command, run: Run): void {
  command
    .argument("<peer>", "a contact")
    .option("-m, --message <text>", "send this and end; - takes all of standard input as one message")
    .option("--history <lines>", "messages to show first", wholeOf, 10)
    .addOption(
      new Option("--wait <time>", "with -m or a pipe: wait so long until it has arrived, or a relay keeps it")
        .argParser(durationOf)
        .default(15_000, "15s"),
    )
    .option("--no-wait", "end as soon as it is safely queued")
    .option("--listen", "without a terminal: go on printing messages until Ctrl-C")
    .option("--lifetime <time>", "ask that new messages live so long, or answer yes or no", lifetimeWish)
    .addHelpText(
      "after",
      `${examples("kith chat Bob", 'kith chat Bob -m "lunch at one?"', "uptime | kith chat Bob -m -", "tail -f log | kith chat Bob", "kith chat Bob --lifetime 1h")}

In the terminal: Enter sends, Ctrl-C or /quit leaves. Also: /edit TEXT and /delete (your last
message), /react EMOJI (the contact's last), /lifetime TIME, /yes, /no, /close.
Lifetimes: 1min to 24h from arrival; closed: until one of you closes the chat; off.
Nothing changes before both agree.
Signs: queued, sent, kept at a relay, stored there, read.`,
    )
    .action((peer: string, options: ChatOptions) => run((shell) => chat(shell, peer, options)));
}

async function chat(shell: Shell, text: string, options: ChatOptions): Promise<ExitCode> {
  await using open = await shell.open();
  const contact = await resolveContact(shell, open, text);
  wake(shell, open.kith, contact);
  if (options.lifetime !== undefined) {
    const view = await wish(open.kith.chat, contact, options.lifetime);
    shell.tell({ type: "lifetime", peer: contact.peer, ...view }, [lifetimeInWords(view, safeText(contact.name, 40))]);
    return EXIT.done;
  }
  if (options.message !== undefined) {
    const words = options.message === "-" ? await allOf(shell) : options.message;
    return await deliver(shell, open, contact, asLines([words]), options.wait);
  }
  if (shell.isGuest) return await converseAsGuest(shell, open, contact);
  if (shell.terminal.isInteractive && !shell.isJson) return await converse(shell, open, contact, options);
  return await pipe(shell, open, contact, options);
}

/** Dials in the background: a contact that is there should hear us at once, one that is not must not keep us. */
function wake(shell: Shell, kith: Kith, contact: Contact): void {
  if (contact.session === "none") kith.connect(contact.peer, { signal: shell.signal }).catch(() => undefined);
}

async function allOf(shell: Shell): Promise<string> {
  const parts: string[] = [];
  for await (const part of shell.terminal.stdin.setEncoding("utf8")) parts.push(String(part));
  return parts.join("").replace(/\r?\n$/, "");
}

async function* asLines(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}

async function pipe(shell: Shell, open: OpenKith, contact: Contact, options: ChatOptions): Promise<ExitCode> {
  const { kith } = open;
  const listening = new AbortController();
  const signal = AbortSignal.any([shell.signal, listening.signal]);
  const listener = listen(shell, kith, contact, signal);
  const lines = createInterface({ input: shell.terminal.stdin, crlfDelay: Number.POSITIVE_INFINITY });
  const exit = await deliver(shell, open, contact, lines, options.wait);
  if (options.listen === true) await follow([], () => undefined, shell.signal);
  listening.abort();
  await listener;
  return options.listen === true ? shell.leave() : exit;
}

/** Inside `kith up`, which prints what comes: here each line goes out, until /quit or an empty one. */
async function converseAsGuest(shell: Shell, open: OpenKith, contact: Contact): Promise<ExitCode> {
  const name = safeText(contact.name, 40);
  using dialog = shell.dialog();
  dialog.print(shell.style.dim(`What you type goes to ${name}; an empty line ends it.`));
  for (;;) {
    const line = await dialog.ask(`to ${name}> `, { signal: shell.signal, isPatient: true }).catch(() => "");
    if (line.trim() === "" || line.trim() === "/quit") return shell.leave();
    try {
      const act = chatAct(contactGround(open.kith.chat, contact), line);
      if (act === undefined) await deliver(shell, open, contact, asLines([line]), GUEST_WAIT_MS);
      else await act;
    } catch (error) {
      const { code, message } = verdictOf(error);
      if (code === "ERR_BUG" || shell.signal.aborted) throw error;
      dialog.print(shell.style.bad(message)); // the conversation goes on
    }
  }
}

/** Prints what the contact writes until the signal aborts. */
async function listen(shell: Shell, kith: Kith, contact: Contact, signal: AbortSignal): Promise<void> {
  try {
    for await (const event of kith.chat.watch({ peer: contact.peer, signal })) {
      if (event.type !== "message" || event.message.isOurs) continue;
      tellMessage(shell, event.message, safeText(contact.name, 40));
      await kith.chat.markRead(contact.peer, [event.message.id]);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

async function converse(shell: Shell, open: OpenKith, contact: Contact, options: ChatOptions): Promise<ExitCode> {
  const { kith } = open;
  const leaving = new AbortController();
  const signal = AbortSignal.any([shell.signal, leaving.signal]);
  using screen = new Screen(shell.terminal, {
    interrupt: () => leaving.abort(),
    end: () => leaving.abort(),
    line: (text) => void say(text),
    typed: (text) => view.typed(text),
  });
  using view = new ChatView({ kith, screen, style: shell.style, contact, now: () => shell.terminal.now() });
  const say = async (text: string): Promise<void> => {
    if (text.trim() === "/quit") return leaving.abort();
    if (text.trim() === "") return;
    try {
      const act = chatAct(contactGround(kith.chat, contact), text);
      if (act === undefined) view.addOurs(await kith.chat.send(contact.peer, text));
      else await act;
    } catch (error) {
      screen.print(shell.style.bad(error instanceof Error ? error.message : String(error)));
    }
  };
  const events = startReading(kith.chat.watch({ peer: contact.peer, signal })); // before the history: nothing may fall between
  screen.print(shell.style.dim(`${safeText(contact.name, 40)}  ${contact.fingerprint}`));
  screen.prompt("> ");
  const history = await kith.chat.history(contact.peer, { limit: options.history });
  view.showHistory(history);
  await markRead(kith, contact, history);
  const presence = follow([kith.trust.contacts], () => view.draw(), signal);
  try {
    for await (const event of events) {
      view.handle(event);
      if (event.type === "message") await markRead(kith, contact, [event.message]);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  leaving.abort();
  await presence;
  screen.prompt(undefined);
  screen.show(view.waiting > 0 ? [`${count(view.waiting, "message")} under way: ${later(open)}`] : []);
  return shell.leave();
}

const later = ({ isFresh }: OpenKith): string =>
  isFresh ? "they leave when a node runs here (kith up) and there" : "the running node delivers them";

async function markRead(kith: Kith, contact: Contact, messages: readonly ChatMessage[]): Promise<void> {
  const ids = messages.filter(({ isOurs, state }) => !isOurs && state !== "read").map(({ id }) => id);
  if (ids.length > 0) await kith.chat.markRead(contact.peer, ids);
}
