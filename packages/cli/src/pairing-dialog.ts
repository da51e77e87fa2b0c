/**
 * Leads a person through one pairing, step by step, as the endpoint asks for it. Who shows the code
 * and who types it is not decided here: each step says what to do. A step that passes while its
 * question stands (somebody answered in another window, the code expired) withdraws the question.
 *
 * @module
 */
import type { PairingAnswer, PairingStep, PairingView, Role } from "@kith/sdk";
import { confirm, type Dialog } from "./dialog.ts";
import { CliError, EXIT, exitOfPairing } from "./exit-code.ts";
import type { Kith } from "./kith.ts";
import { shownCode, typedCode } from "./render/code-text.ts";
import { qrLines } from "./render/qr.ts";
import type { Style } from "./render/style.ts";
import { safeText } from "./render/terminal-text.ts";
import { count, durationInWords } from "./render/units.ts";
import type { JsonRecord } from "./shell.ts";
import { until } from "./waiting.ts";

export interface PairingRun {
  readonly kith: Kith;
  readonly dialog: Dialog;
  readonly style: Style;
  readonly signal: AbortSignal;
  readonly now: () => number;
  /** Answers given beforehand. A consent may be; that words match may not. */
  readonly code?: string;
  readonly isConsentGiven: boolean;
  readonly role?: Role;
  readonly record: (record: JsonRecord) => void;
}

type EndStep = Extract<PairingStep, { at: "done" | "failed" }>;

/** Runs pairing `id` to its end. @throws {CliError} saying why it failed */
export async function leadPairing(run: PairingRun, id: string): Promise<Extract<PairingStep, { at: "done" }>> {
  let codesUsed = 0;
  for (let last = ""; ; ) {
    const view = await nextStep(run, id, last);
    last = JSON.stringify(view.step);
    run.record({ type: "pairing", ...view });
    const end = endOf(view.step);
    if (end?.at === "done") return end;
    if (end?.at === "failed") throw pairingError(end);
    if (view.step.at === "enter-code") codesUsed++;
    await actWhile(run, view, (signal) => act({ ...run, signal }, view, codesUsed));
  }
}

/**
 * Shows an offer to whoever comes, and leads the pairing of the one whose proof is right. Each who
 * comes has a pairing of its own; a wrong one leaves the offer standing as long as it has tries.
 */
export async function leadOffer(run: PairingRun, offer: string): Promise<Extract<PairingStep, { at: "done" }>> {
  const { kith, dialog, signal } = run;
  const settled = new Set(kith.pairing.all.get().map(({ id }) => id));
  const shown = viewOf(kith, offer);
  run.record({ type: "pairing", ...shown });
  await act(run, shown, 0);
  for (;;) {
    const look = (): PairingView | "over" | undefined => {
      const views = kith.pairing.all.get();
      const comers = views.filter((view) => !view.isOurs && !settled.has(view.id));
      const ready = comers.find(({ step }) => !BEFORE_PROOF.has(step.at) && step.at !== "failed");
      const lost = comers.find(({ step }) => step.at === "failed");
      const isOver = !views.some(({ id }) => id === offer) && comers.every((view) => view === lost);
      return ready ?? lost ?? (isOver ? "over" : undefined);
    };
    const found = (await until(kith.pairing.all, look, { signal })) ?? "over";
    if (found === "over") throw pairingError({ at: "failed", reason: "expired" });
    if (found.step.at !== "failed") return leadPairing(run, found.id);
    settled.add(found.id);
    if (!kith.pairing.all.get().some((view) => view.id === offer || isLive(view, settled)))
      throw pairingError(found.step);
    if (found.step.reason === "wrong-code") dialog.print(run.style.warn("Somebody typed a wrong code."));
  }
}

const isLive = (view: PairingView, settled: ReadonlySet<string>): boolean =>
  !view.isOurs && !settled.has(view.id) && endOf(view.step)?.at !== "failed";

/** Steps in which a comer has proved nothing yet. */
const BEFORE_PROOF: ReadonlySet<PairingStep["at"]> = new Set(["waiting", "show-code", "show-qr"]);

const endOf = (step: PairingStep): EndStep | undefined =>
  step.at === "done" || step.at === "failed" ? step : undefined;

const viewOf = (kith: Kith, id: string): PairingView => {
  const view = kith.pairing.all.get().find((one) => one.id === id);
  if (view === undefined) throw pairingError({ at: "failed", reason: "expired" });
  return view;
};

async function nextStep({ kith, signal }: PairingRun, id: string, last: string): Promise<PairingView> {
  const look = (): PairingView | undefined => {
    const view = viewOf(kith, id);
    return JSON.stringify(view.step) === last ? undefined : view;
  };
  const view = await until(kith.pairing.all, look, { signal });
  return view ?? viewOf(kith, id);
}

/** Does `work`, with a signal that aborts as soon as the pairing is at another step. */
async function actWhile(
  run: PairingRun,
  view: PairingView,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const passed = new AbortController();
  const step = JSON.stringify(view.step);
  const stop = run.kith.pairing.all.subscribe(() => {
    const now = run.kith.pairing.all.get().find((one) => one.id === view.id);
    if (now === undefined || JSON.stringify(now.step) !== step) passed.abort(new Error("the step passed"));
  });
  try {
    await work(AbortSignal.any([run.signal, passed.signal]));
  } catch (error) {
    if (!passed.signal.aborted || run.signal.aborted) throw error;
  } finally {
    stop();
  }
}

async function act(run: PairingRun, view: PairingView, codesUsed: number): Promise<void> {
  const { dialog, style, signal } = run;
  const answer = (value: PairingAnswer): Promise<void> => run.kith.pairing.answer(view.id, value);
  const { step } = view;
  switch (step.at) {
    case "waiting":
    case "done":
    case "failed":
      return;
    case "show-code": {
      const left = durationInWords(step.expiresAt - run.now());
      dialog.print(`The code is  ${style.strong(shownCode(step.code))}`);
      dialog.print(
        style.dim(`Type it on the other device. It lasts ${left}; ${count(step.triesLeft, "try", "tries")} left.`),
      );
      return;
    }
    case "show-qr": {
      for (const line of qrLines(step.uri, { color: style.strong("x") !== "x" })) dialog.print(line);
      dialog.print(`Scan it, or type on the other device:`);
      dialog.print(style.strong(`kith pair ${step.uri}`));
      dialog.print(style.dim(`It can be used once, within ${durationInWords(step.expiresAt - run.now())}.`));
      return;
    }
    case "enter-code": {
      if (run.code !== undefined && codesUsed === 1) return answer({ type: "code", code: typedCode(run.code) });
      if (codesUsed > 1)
        dialog.print(style.bad(`That was not the code. ${count(step.triesLeft, "try", "tries")} left.`));
      return answer(await askCode(run, view));
    }
    case "compare": {
      dialog.print(`Both devices must show these five words:`);
      dialog.print("");
      dialog.print(`    ${style.strong(step.words.map((word) => safeText(word)).join("  "))}`);
      dialog.print("");
      const same = await confirm(dialog, "Are they the same there?", { signal });
      return answer({ type: "match", same });
    }
    case "consent":
      return answer(await consent(run, view, step.asks));
  }
}

/** What is no code costs no try: an unfinished command line may still be under the fingers. */
async function askCode({ dialog, signal }: PairingRun, view: PairingView): Promise<PairingAnswer> {
  for (;;) {
    const typed = await dialog.ask(`Code that ${nameOf(view)} shows: `, { signal });
    if (typed.trim() === "") return { type: "cancel" };
    if (isCode(typed)) return { type: "code", code: typedCode(typed) };
    dialog.print("A code has six digits. An empty line cancels.");
  }
}

async function consent(run: PairingRun, view: PairingView, asks: readonly string[]): Promise<PairingAnswer> {
  const { dialog, style, signal } = run;
  dialog.print(
    `${style.strong(capital(nameOf(view)))} ${view.isOurs ? "can become your contact." : "wants to become your contact."}`,
  );
  if (view.fingerprint !== undefined) dialog.print(`  fingerprint  ${view.fingerprint}`);
  dialog.print(`  verified     ${methodInWords(view)}`);
  if (asks.length > 0) dialog.print(`  asks for     ${asks.map((ask) => safeText(ask, 60)).join(", ")}`);
  const accept = run.isConsentGiven || (await confirm(dialog, "Agree, and remember?", { signal }));
  return { type: "consent", accept, ...(run.role === undefined ? {} : { role: run.role }) };
}

function methodInWords(view: PairingView): string {
  switch (view.method) {
    case "pin":
      return "by a code that only the two of you saw";
    case "qr":
      return "by a QR code that only the two of you saw";
    case "words":
      return "by five words that you compared";
    default:
      return "NOT: this is a first meeting, anybody could say this name";
  }
}

export const nameOf = (view: PairingView): string =>
  view.name === undefined ? "the other device" : safeText(view.name, 40);

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const FAILURES: Readonly<
  Record<Extract<PairingStep, { at: "failed" }>["reason"], readonly [string, string | undefined]>
> = {
  "wrong-code": ["the code was wrong, and no tries are left", "Start again: a new code is shown."],
  expired: ["nobody finished it in time", "Start again: codes last two minutes."],
  denied: ["one of the two said no", undefined],
  cancelled: ["it was cancelled", undefined],
  mismatch: ["the words differ: somebody may be in between", "Try another way: kith pair PEER --pin"],
  paused: ["there were too many wrong codes", "Wait half a minute and try again."],
  blocked: ["one of the two blocks the other", "`kith trust unblock PEER` lifts a block of yours."],
  unreachable: ["nobody answers there", "`kith doctor` looks for what is in the way."],
  "key-changed": [
    "THE KEY IS NOT THE ONE YOU KNOW",
    "Somebody may pose as your contact. Ask in person; then `kith trust revoke PEER` and pair again.",
  ],
  protocol: ["the other side broke the protocol", undefined],
};

export function pairingError({ reason }: Extract<PairingStep, { at: "failed" }>): CliError {
  const [words, hint] = FAILURES[reason];
  const code = `ERR_PAIRING_${reason.toUpperCase().replaceAll("-", "_")}`;
  const options = hint === undefined ? undefined : { hint };
  return new CliError(exitOfPairing(reason), code, `Cannot pair: ${words}`, options);
}

/** Ends pairing `id` if it still runs; for when the person leaves. */
export async function abandonPairing(kith: Kith, id: string): Promise<void> {
  const view = kith.pairing.all.get().find((one) => one.id === id);
  if (view === undefined || endOf(view.step) !== undefined) return;
  await kith.pairing.answer(id, { type: "cancel" }).catch(() => undefined); // it ended meanwhile
}

const isCode = (typed: string): boolean => /^\d{6}$/.test(typedCode(typed));

/** Refuses what the caller cannot have meant. */
export function checkCode(code: string | undefined): void {
  if (code !== undefined && !isCode(code)) {
    throw new CliError(EXIT.usage, "ERR_USAGE", "Cannot use --code: a code has six digits");
  }
}
