/**
 * Leads a person through one join code, step by step, as the node tells it: shows the code and how long it lasts,
 * asks what must be asked, shows files on their way. Spelling is looked at here, before the node hears of a code.
 *
 * @module
 */
import { type JoinCodeFault, readJoinCode } from "@kith/core";
import type { JoinCodeAnswer, JoinCodeFailure, JoinCodeStep, JoinCodeView, Role } from "@kith/sdk";
import { confirm, type Dialog } from "./dialog.ts";
import { CliError, EXIT, type ExitCode, exitOfTransfer } from "./exit-code.ts";
import type { Kith } from "./kith.ts";
import { endInWords, progressLine, transferTitle } from "./render/progress.ts";
import { safeText } from "./render/terminal-text.ts";
import { bytesInWords, count, durationInWords } from "./render/units.ts";
import type { Shell } from "./shell.ts";
import { until } from "./waiting.ts";

/** How often the time left is said anew, in milliseconds. */
const TICK_MS = 1_000;

export interface JoinCodeAnswers {
  /** Given beforehand, with --yes. */
  readonly isConsentGiven: boolean;
  readonly role?: Role;
  /** Where files go. */
  readonly directory?: string;
}

export type JoinCodeDone = JoinCodeView & { readonly step: Extract<JoinCodeStep, { at: "done" }> };

/** What was typed, if it can be a code. @throws {CliError} `ERR_JOIN_CODE_SPELLING`, saying what is not clear */
export function spelled(words: readonly string[]): string {
  const text = words.join(" ");
  const reading = readJoinCode(text);
  if ("code" in reading) return text;
  const [first] = reading.faults;
  throw new CliError(
    EXIT.usage,
    "ERR_JOIN_CODE_SPELLING",
    `Cannot use the code ${safeText(text, 60) || "(nothing)"}: ${faultInWords(first)}`,
    { hint: hintOf(reading.faults) },
  );
}

function faultInWords(fault: JoinCodeFault | undefined): string {
  switch (fault?.at) {
    case "word":
      return `no word of codes is spelled ${safeText(fault.typed, 20)}`;
    case "mailbox":
      return "it must begin with a number";
    case "count":
      return `it has ${count(fault.words, "word")}, and needs two or three`;
    case "host":
      return "what stands after the @ is no address of a relay";
    default:
      return "it is too long";
  }
}

function hintOf(faults: readonly JoinCodeFault[]): string {
  const likely = faults.flatMap((fault) => (fault.at === "word" ? fault.likely : []));
  if (likely.length > 0) return `Nothing was sent. Did they say ${likely.join(", or ")}? Tab completes the words.`;
  return "Nothing was sent. A code is a number and two words, as 7-acorn-canyon.";
}

/** Follows the code `id` to its end; cancels it if the person leaves. @throws {CliError} saying why it failed */
export async function leadJoinCode(
  shell: Shell,
  kith: Kith,
  id: string,
  answers: JoinCodeAnswers,
): Promise<JoinCodeDone> {
  using dialog = shell.dialog();
  try {
    let [last, isAsked] = ["", false];
    for (;;) {
      const view = await nextView(shell, kith, id, last);
      last = JSON.stringify(view.step);
      isAsked ||= view.step.at === "consent";
      shell.record({ type: "join-code", ...view });
      const { step } = view;
      if (step.at === "done") return { ...view, step };
      if (step.at === "failed") throw failure(view, step);
      await actWhile({ shell, kith, dialog, answers, isAsked }, view);
    }
  } catch (error) {
    if (shell.signal.aborted) await kith.joinCodes.cancel(id).catch(() => undefined); // it ended meanwhile
    throw error;
  }
}

interface Leading {
  readonly shell: Shell;
  readonly kith: Kith;
  readonly dialog: Dialog;
  readonly answers: JoinCodeAnswers;
  /** Our person was asked: now it is the other's turn. */
  readonly isAsked: boolean;
}

async function nextView({ signal }: Shell, kith: Kith, id: string, last: string): Promise<JoinCodeView> {
  const look = (): JoinCodeView | undefined => {
    const view = kith.joinCodes.all.get().find((one) => one.id === id);
    if (view === undefined) throw new CliError(EXIT.unfinished, "ERR_JOIN_CODE_EXPIRED", "The code is gone");
    return JSON.stringify(view.step) === last ? undefined : view;
  };
  const view = await until(kith.joinCodes.all, look, { signal });
  if (view === undefined) throw new CliError(EXIT.unfinished, "ERR_JOIN_CODE_EXPIRED", "The code is gone");
  return view;
}

/** Acts on a step; a question that stands when the step passes is withdrawn. */
async function actWhile(leading: Leading, view: JoinCodeView): Promise<void> {
  const { shell, kith } = leading;
  const passed = new AbortController();
  const step = JSON.stringify(view.step);
  const stop = kith.joinCodes.all.subscribe(() => {
    const now = kith.joinCodes.all.get().find((one) => one.id === view.id);
    if (now === undefined || JSON.stringify(now.step) !== step) passed.abort(new Error("the step passed"));
  });
  try {
    await act(leading, view, AbortSignal.any([shell.signal, passed.signal]));
  } catch (error) {
    if (!passed.signal.aborted || shell.signal.aborted) throw error;
  } finally {
    stop();
    leading.dialog.show([]);
  }
}

async function act(
  { shell, kith, dialog, answers, isAsked }: Leading,
  view: JoinCodeView,
  signal: AbortSignal,
): Promise<void> {
  const { step } = view;
  const { style } = shell;
  const answer = (value: JoinCodeAnswer): Promise<void> => kith.joinCodes.answer(view.id, value);
  switch (step.at) {
    case "show":
      return showCode(shell, dialog, view, step, signal);
    case "meeting":
      if (isAsked) return dialog.print(style.dim("Waiting for the other person …"));
      return dialog.print(style.dim(view.isOurs ? "Somebody is there …" : "They are there; proving the code …"));
    case "consent": {
      const name = safeText(step.name, 40) || "The other device";
      dialog.print(`${style.strong(name)} ${view.isOurs ? "wants to become" : "can become"} your contact.`);
      dialog.print(`  fingerprint  ${step.fingerprint}`);
      dialog.print("  verified     by a code that only the two of you have");
      const accept = answers.isConsentGiven || (await confirm(dialog, "Agree, and remember?", { signal }));
      return answer({ accept, ...(answers.role !== undefined && { role: answers.role }) });
    }
    case "offered": {
      const { transfer } = step;
      const much = `${count(transfer.fileCount, "file")}, ${bytesInWords(transfer.bytesTotal)}`;
      dialog.print(`They offer ${style.strong(transferTitle(transfer))} (${much}).`);
      const accept = answers.isConsentGiven || (await confirm(dialog, "Take it?", { signal }));
      return answer({ accept, ...(answers.directory !== undefined && { directory: answers.directory }) });
    }
    case "moving":
      dialog.show([progressLine(step.transfer, style, shell.terminal.size().columns - 1)]);
      return untilAborted(signal);
    default:
      return;
  }
}

async function showCode(
  shell: Shell,
  dialog: Dialog,
  view: JoinCodeView,
  step: Extract<JoinCodeStep, { at: "show" }>,
  signal: AbortSignal,
): Promise<void> {
  const { style, terminal } = shell;
  const command = view.for === "files" ? "kith receive" : "kith join";
  dialog.print(`The code is  ${style.strong(safeText(step.code))}`);
  dialog.print(`The other one types:  ${command} ${safeText(step.code)}`);
  if (step.isLonger)
    dialog.print(style.warn("It has a word more: codes of yours were tried wrongly, maybe by somebody who guesses."));
  const left = (): string => durationInWords(Math.max(0, step.expiresAt - terminal.now()));
  dialog.print(
    style.dim(`It lasts ${left()}, for one person and one try: a wrong word ends it. Ctrl-C takes it back.`),
  );
  const tick = setInterval(() => dialog.show([style.dim(`Waiting for the other one … ${left()} left`)]), TICK_MS);
  try {
    await untilAborted(signal);
  } finally {
    clearInterval(tick);
  }
}

const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
  });

const FAILURES: Readonly<Record<JoinCodeFailure, readonly [ExitCode, string, string | undefined]>> = {
  "wrong-code": [EXIT.unverified, "it was tried with other words, and is over", "Make a new one: one try each."],
  expired: [EXIT.unfinished, "nobody used it in time", "Make a new one; --expires says how long it lasts."],
  denied: [EXIT.refused, "one of the two said no", undefined],
  cancelled: [EXIT.refused, "it was taken back", undefined],
  mismatch: [
    EXIT.unverified,
    "the other side proves falsely: SOMEBODY MAY BE IN BETWEEN",
    "Try another relay: --at HOST",
  ],
  blocked: [EXIT.refused, "one of the two blocks the other", "`kith trust unblock PEER` lifts a block of yours."],
  lost: [EXIT.unreachable, "the relay or the other one is gone", "Make a new one, and try again."],
  room: [EXIT.refused, "no invitation into the room could be made", "`kith room members` shows who may invite."],
  files: [EXIT.refused, "the files did not arrive", undefined],
  protocol: [EXIT.unverified, "the other side broke the protocol", undefined],
};

function failure(view: JoinCodeView, { reason, transfer }: Extract<JoinCodeStep, { at: "failed" }>): CliError {
  const [exit, words, hint] = FAILURES[reason];
  const code = `ERR_JOIN_CODE_${reason.toUpperCase().replaceAll("-", "_")}`;
  if (reason === "files" && transfer !== undefined)
    return new CliError(exitOfTransfer(transfer.failure), code, `The files did not arrive: ${endInWords(transfer)}`);
  // Who typed it cannot make another.
  const fix = view.isOurs || hint === undefined ? hint : hint.replace("Make a new one", "Ask for a new one");
  return new CliError(exit, code, `The code is over: ${words}`, fix === undefined ? {} : { hint: fix });
}
