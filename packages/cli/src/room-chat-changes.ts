/**
 * What becomes of messages in a room after they were said: other words, reactions, gone when their time is over.
 *
 * @module
 */
import type { Observable, RoomChatMessage, Waiting } from "@kith/sdk";
import type { KithRoom, RoomChatChange } from "./kith.ts";

/** What differs; nothing of what is new. */
export function roomChatChanges(
  before: readonly RoomChatMessage[],
  after: readonly RoomChatMessage[],
): readonly RoomChatChange[] {
  const now = new Map(after.map((message) => [message.id, message]));
  const changes: RoomChatChange[] = [];
  const ids: string[] = [];
  for (const was of before) {
    const message = now.get(was.id);
    if (message === undefined && was.expiresAt !== undefined) ids.push(was.id); // others make room for newer ones
    if (message !== undefined && !isSame(was, message)) changes.push({ type: "changed", message });
  }
  return ids.length === 0 ? changes : [...changes, { type: "erased", ids }];
}

/** The same as they come, at this node or one in another process, until the signal aborts. */
export function chatChanges({ chat }: KithRoom, { signal }: Required<Waiting>): AsyncIterable<RoomChatChange> {
  const { history } = chat;
  return "subscribe" in history ? watchHistory(history, signal) : history.changes({ signal });
}

/** What lies between two looks is told as one change. */
async function* watchHistory(
  history: Observable<readonly RoomChatMessage[]>,
  signal: AbortSignal,
): AsyncGenerator<RoomChatChange> {
  let wake = Promise.withResolvers<void>();
  const onNews = (): void => wake.resolve();
  const stop = history.subscribe(onNews);
  signal.addEventListener("abort", onNews);
  try {
    for (let before = history.get(); !signal.aborted; ) {
      await wake.promise;
      wake = Promise.withResolvers<void>();
      const after = history.get();
      yield* roomChatChanges(before, after);
      before = after;
    }
  } finally {
    stop();
    signal.removeEventListener("abort", onNews);
  }
}

const isSame = (a: RoomChatMessage, b: RoomChatMessage): boolean =>
  a === b ||
  (a.text === b.text &&
    a.isEdited === b.isEdited &&
    a.isDeleted === b.isDeleted &&
    a.reactions.length === b.reactions.length &&
    a.reactions.every(({ from, symbol }, at) => from === b.reactions[at]?.from && symbol === b.reactions[at]?.symbol));
