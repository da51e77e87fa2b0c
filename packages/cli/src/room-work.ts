/**
 * What commands on rooms have in common: a wait that says what it waits for and that Ctrl-C ends, the
 * fix beside an error, and a moment for a node that was just started to meet the others.
 *
 * @module
 */
import type { RoomView } from "@kith/sdk";
import { CliError, verdictOf } from "./exit-code.ts";
import type { KithRoom, OpenKith } from "./kith.ts";
import { resolveRoom } from "./resolve-room.ts";
import type { Shell } from "./shell.ts";
import { until } from "./waiting.ts";

/** How long something may take before we say what is under way, in milliseconds. */
const QUIET_MS = 1_000;
/** How long a node that was just started looks for other members, in milliseconds. */
const GATHER_MS = 4_000;

/** Where the same code means another thing to do than elsewhere. */
const HINTS: ReadonlyMap<string, string> = new Map([
  ["ERR_NOT_AUTHORIZED", "`kith room show` says what you are there, `kith room policy` who may do what."],
]);

/**
 * Waits for `work`; says `words`, if given, where that takes more than a second. Rejects with the shell's signal, and else as
 * `work` does, with what to do about it: `hints` by the error's code.
 */
export async function attempt<T>(
  shell: Shell,
  words: string | undefined,
  work: Promise<T>,
  hints: ReadonlyMap<string, string> = HINTS,
): Promise<T> {
  const timer = words === undefined ? undefined : setTimeout(() => shell.note(`${words} …`), QUIET_MS);
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(shell.signal.reason);
  shell.signal.addEventListener("abort", onAbort, { once: true });
  if (shell.signal.aborted) onAbort();
  try {
    return await Promise.race([work, promise]);
  } catch (error) {
    throw withHint(error, hints);
  } finally {
    clearTimeout(timer);
    shell.signal.removeEventListener("abort", onAbort);
  }
}

function withHint(error: unknown, hints: ReadonlyMap<string, string>): unknown {
  const { exit, code, message } = verdictOf(error);
  const hint = hints.get(code);
  return hint === undefined ? error : new CliError(exit, code, message, { hint, cause: error });
}

/** The room that is meant, with the others as far as a node that was just started can have met them. */
export async function enterRoom(shell: Shell, open: OpenKith, text: string | undefined): Promise<KithRoom> {
  const room = await resolveRoom(open.kith, text);
  if (open.isFresh) {
    const isMet = (): true | undefined => {
      const { memberCount, onlineCount, state } = room.view.get();
      return memberCount <= 1 || onlineCount > 1 || state !== "in" ? true : undefined;
    };
    const wait = until(room.view, isMet, { signal: shell.signal, timeoutMs: GATHER_MS });
    await attempt(shell, "Looking for the others", wait);
  }
  return room;
}

/** Says so where what was done here cannot have reached anybody yet. */
export function tellIfAlone(shell: Shell, { isFresh }: OpenKith, { memberCount, onlineCount }: RoomView): void {
  if (memberCount <= 1 || onlineCount > 1) return;
  const when = isFresh ? "a node runs here (kith up) and one of them is back" : "one of them is back";
  shell.note(shell.style.dim(`Nobody else is online: the others hear of it when ${when}.`));
}
