/**
 * Sending messages without a person watching: queue each, then wait until the other side has
 * stored all of them or a relay keeps them for it, or the patience is over.
 *
 * @module
 */
import type { ChatMessage, Contact } from "@kith/sdk";
import { isUnderWay } from "./chat-view.ts";
import { EXIT, type ExitCode } from "./exit-code.ts";
import type { OpenKith } from "./kith.ts";
import { messageLines } from "./render/message-view.ts";
import { safeText } from "./render/terminal-text.ts";
import { count } from "./render/units.ts";
import type { Shell } from "./shell.ts";

/** Sends each of `lines`. `wait` is in milliseconds; `false` ends once all are queued. */
export async function deliver(
  shell: Shell,
  { kith, isFresh }: OpenKith,
  contact: Contact,
  lines: AsyncIterable<string>,
  wait: number | false,
): Promise<ExitCode> {
  const over = new AbortController();
  const signal = AbortSignal.any([shell.signal, over.signal]);
  const underWay = new Map<string, ChatMessage>();
  const ended = new Map<string, ChatMessage["state"]>(); // a state may overtake the answer of `send`
  const sent = new Set<string>();
  const allArrived = Promise.withResolvers<void>();
  allArrived.promise.catch(() => undefined); // it may fail before anybody waits for it
  let hasAllSent = false;

  const settle = (id: string, state: ChatMessage["state"]): void => {
    if (underWay.delete(id)) shell.record({ type: "state", id, state });
    ended.set(id, state);
    if (hasAllSent && underWay.size === 0) allArrived.resolve();
  };
  const watching = (async (): Promise<void> => {
    for await (const event of kith.chat.watch({ peer: contact.peer, signal })) {
      if (event.type === "state" && event.state !== "queued" && event.state !== "sent") settle(event.id, event.state);
    }
  })().catch((error: unknown) => {
    if (!signal.aborted) allArrived.reject(error);
  });

  try {
    for await (const line of lines) {
      shell.signal.throwIfAborted();
      if (line.trim() === "") continue;
      const message = await kith.chat.send(contact.peer, line);
      sent.add(message.id);
      shell.record({ type: "message", ...message });
      if (isUnderWay(message) && !ended.has(message.id)) underWay.set(message.id, message);
    }
    hasAllSent = true;
    if (underWay.size > 0 && wait !== false) await patience(allArrived.promise, wait, shell.signal);
  } finally {
    over.abort();
    await watching;
  }
  if ([...ended.values()].includes("expired")) return EXIT.unfinished;
  const kept = [...sent].filter((id) => ended.get(id) === "kept").length;
  return report(shell, contact, { sent: sent.size, left: underWay.size, kept }, wait, isFresh);
}

function report(
  shell: Shell,
  contact: Contact,
  { sent, left, kept }: { readonly sent: number; readonly left: number; readonly kept: number },
  wait: number | false,
  isFresh: boolean,
): ExitCode {
  const name = safeText(contact.name, 40);
  if (left === 0) {
    if (kept > 0)
      shell.note(
        `${shell.style.signs.kept} ${count(kept, "message")} at a relay, sealed, until ${name} is back, for two weeks at most.`,
      );
    else if (sent > 0)
      shell.note(`${shell.style.good(shell.style.signs.stored)} ${name} has ${sent === 1 ? "it" : "them"}.`);
    return EXIT.done;
  }
  const when = isFresh ? `when a node runs here (kith up) and ${name} is back` : `when ${name} is back`;
  shell.note(
    `${shell.style.signs.queued} ${count(left, "message")} queued: ${left === 1 ? "it leaves" : "they leave"} ${when}.`,
  );
  return wait === false ? EXIT.done : EXIT.unfinished;
}

/** Waits for `work`, but no longer than that. */
function patience(work: Promise<void>, milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    });
  });
}

export function tellMessage(shell: Shell, message: ChatMessage, name: string): void {
  shell.tell({ type: "message", ...message }, messageLines(message, name, shell.style, shell.terminal.now()));
}
