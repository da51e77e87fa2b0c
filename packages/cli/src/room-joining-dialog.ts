/**
 * Leads a person into a room: says what is under way, and asks for the codes that members want.
 *
 * @module
 */
import type { PeerId } from "@kith/core";
import type { JoinStep } from "@kith/sdk";
import type { Dialog } from "./dialog.ts";
import { CliError, EXIT, verdictOf } from "./exit-code.ts";
import type { Kith, KithRoom } from "./kith.ts";
import { typedCode } from "./render/code-text.ts";
import { safeText } from "./render/terminal-text.ts";
import { attempt } from "./room-work.ts";
import type { Shell } from "./shell.ts";
import { follow } from "./waiting.ts";

/** Longest text that may be a ticket, in characters. */
const TICKET_CHARACTERS_MAX = 2_048;

const STEPS: Readonly<Record<JoinStep, string>> = {
  looking: "Looking for a member who answers …",
  proving: "Found one; showing what you have …",
  waiting: "Waiting for a member to let you in … (Ctrl-C gives up)",
  challenged: "A member wants to make sure that it is you.",
  receiving: "Receiving the room …",
};

const HINTS: ReadonlyMap<string, string> = new Map([
  ["ERR_NOT_AUTHORIZED", "Ask somebody in the room in person whether they meant it."],
  [
    "ERR_PEER_UNREACHABLE",
    "One member must be online for that. Is Kith running there? `kith doctor` looks for what is in the way.",
  ],
  ["ERR_NO_ANSWER", "Write the code to standard input, a line for each member that asks."],
]);

/** What was typed, pasted or piped, as a ticket. A spoken code may have spaces. @throws {CliError} `ERR_USAGE` */
export async function ticketOf(shell: Shell, words: readonly string[]): Promise<string> {
  const given = words.join(" ") === "-" ? await firstLine(shell) : words.join(" ");
  const text = given.trim();
  const code = /^(\d{1,3})[\s-]+([a-z]+)[\s-]+([a-z]+)$/i.exec(text);
  if (code !== null) return code.slice(1).join("-").toLowerCase();
  if (/^\S+$/.test(text) && text.length <= TICKET_CHARACTERS_MAX && /(#|join=)[\w-]+$/.test(text)) return text;
  throw new CliError(
    EXIT.usage,
    "ERR_USAGE",
    `Cannot join by ${safeText(text, 40) || "nothing"}: that is no link and no room code`,
    {
      hint: "A link has a #, as kith://join#AQE…; a code is a number and two words, as 7-acorn-canyon.",
    },
  );
}

async function firstLine(shell: Shell): Promise<string> {
  let all = "";
  for await (const part of shell.terminal.stdin.setEncoding("utf8")) {
    all += String(part);
    if (all.includes("\n") || all.length > TICKET_CHARACTERS_MAX) break;
  }
  return all.split("\n")[0] ?? "";
}

/** Comes in. Rejects as `Rooms.join` does, or if a question has no one to answer it. */
export async function leadJoin(shell: Shell, kith: Kith, ticket: string): Promise<KithRoom> {
  using dialog = shell.dialog();
  const over = new AbortController();
  const signal = AbortSignal.any([shell.signal, over.signal]);
  let last: JoinStep | undefined;
  let asking: Promise<void> | undefined;
  const onStep = (step: JoinStep, room: KithRoom | undefined): void => {
    if (step !== last) {
      if (step !== "challenged") shell.record({ type: "join", step, ...(room === undefined ? {} : { room: room.id }) });
      dialog.print(step === "challenged" ? STEPS[step] : shell.style.dim(STEPS[step]));
    }
    last = step;
    if (step === "challenged" && room !== undefined) {
      asking ??= answerAll(shell, dialog, room, signal).catch((error: unknown) => over.abort(error));
    }
  };
  try {
    return await attempt(shell, undefined, kith.rooms.join(ticket, { signal, onStep }), HINTS);
  } finally {
    over.abort();
    await asking;
  }
}

/** Asks for the code of each member that wants one, until the signal aborts. */
async function answerAll(shell: Shell, dialog: Dialog, room: KithRoom, signal: AbortSignal): Promise<void> {
  const asked = new Set<PeerId>();
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => undefined); // whoever waits below is told
  const look = (): void => {
    for (const { member, name } of room.challenges.get()) {
      if (asked.has(member)) continue;
      asked.add(member);
      answer({ shell, dialog, room, signal }, member, safeText(name, 40)).catch(reject);
    }
  };
  await Promise.race([follow([room.challenges], look, signal), promise]);
}

interface Asking {
  readonly shell: Shell;
  readonly dialog: Dialog;
  readonly room: KithRoom;
  readonly signal: AbortSignal;
}

async function answer({ shell, dialog, room, signal }: Asking, member: PeerId, name: string): Promise<void> {
  const settled = new AbortController();
  const stop = room.challenges.subscribe(() => {
    if (!room.challenges.get().some((one) => one.member === member)) settled.abort(new Error("it is settled"));
  });
  shell.record({ type: "join", step: "challenged", room: room.id, member, name });
  try {
    for (;;) {
      const question = `Code that ${name} tells you: `;
      const typed = await dialog.ask(question, { signal: AbortSignal.any([signal, settled.signal]) });
      if (typed.trim() === "") throw new CliError(EXIT.refused, "ERR_DENIED", "Cannot come in without the code");
      if (await isRight(shell, dialog, room.answerChallenge(member, typedCode(typed)))) return;
    }
  } catch (error) {
    if (!settled.signal.aborted && !signal.aborted) throw error;
  } finally {
    stop();
  }
}

/** A wrong code is not the end, as long as there are tries; what is no code costs none. */
async function isRight({ style }: Shell, dialog: Dialog, answering: Promise<void>): Promise<boolean> {
  try {
    await answering;
    return true;
  } catch (error) {
    const { code } = verdictOf(error);
    if (code === "ERR_ARGUMENT") dialog.print("A code has six digits. An empty line gives up.");
    else if (code === "ERR_WRONG_CODE") dialog.print(style.bad("That was not the code. An empty line gives up."));
    else throw error;
    return false;
  }
}
