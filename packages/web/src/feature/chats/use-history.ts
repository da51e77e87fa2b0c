/** What was said with one contact, as it is now, and whether it types. */
import type { PeerId } from "@kith/core";
import type { ChatEvent, ChatLifetimeView, ChatMessage, ChatState, Endpoint } from "@kith/sdk";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";

const MESSAGES_MAX = 10_000;
/** More messages of ours are not on their way into the list; the oldest gives way. */
const EARLY_MAX = 100;

export interface History {
  readonly messages: readonly ChatMessage[];
  /** The first that was unread when one came. */
  readonly newFrom: string | undefined;
  readonly isTyping: boolean;
  readonly isLoaded: boolean;
  readonly lifetime: ChatLifetimeView;
  /** Whether it is stored here. */
  readonly keeps: boolean;
}

const NOTHING = { messages: [], newFrom: undefined, isTyping: false, isLoaded: false } as const;

export interface Told extends History {
  /** One of ours, which no event brings. */
  readonly add: (message: ChatMessage) => Promise<void>;
}

export function useHistory({ chat }: Endpoint, peer: PeerId): Told {
  const [history, setHistory] = useState<History>(() => ({ ...NOTHING, ...termsOf(chat, peer) }));
  /** Of messages of ours that are on their way into the list. */
  const early = useRef(new Map<string, ChatState>());
  /** What happens while the store is read comes after it: it may have been read before. */
  const loaded = useRef(Promise.resolve());
  const present = useRef<readonly ChatMessage[]>([]);
  present.current = history.messages;
  useEffect(() => {
    const leaving = new AbortController();
    const { signal } = leaving;
    const reload = async (): Promise<void> => {
      const messages = await chat.history(peer, { limit: MESSAGES_MAX });
      if (signal.aborted) return;
      setHistory((before) => ({
        ...{ isTyping: before.isTyping, messages, isLoaded: true, ...termsOf(chat, peer) },
        newFrom: before.isLoaded ? before.newFrom : messages.find(isUnread)?.id,
      }));
    };
    const follow = async (): Promise<void> => {
      const events = chat.watch({ peer, signal });
      loaded.current = reload();
      for await (const event of events) {
        await loaded.current;
        if (event.type === "typing") setHistory((before) => ({ ...before, isTyping: event.isTyping }));
        else if (needsReload(event, present.current)) loaded.current = reload();
        else
          setHistory((before) => {
            if (event.type === "state") noteEarly(early.current, event, before.messages);
            return { ...before, ...termsOf(chat, peer), messages: told(before.messages, event) };
          });
      }
    };
    void follow();
    return () => leaving.abort();
  }, [chat, peer]);
  useRead(history.messages, (ids) => chat.markRead(peer, ids));
  const add = async (message: ChatMessage): Promise<void> => {
    await loaded.current;
    const state = early.current.get(message.id) ?? message.state;
    early.current.delete(message.id);
    setHistory((before) => {
      if (before.messages.some(({ id }) => id === message.id)) return before;
      return { ...before, messages: [...before.messages, { ...message, state }], newFrom: undefined };
    });
  };
  return useMemo(() => ({ ...history, add }), [history]);
}

const termsOf = (chat: Endpoint["chat"], peer: PeerId): Pick<History, "lifetime" | "keeps"> => ({
  lifetime: chat.lifetime(peer),
  keeps: chat.keeps(peer),
});

const isUnread = ({ isOurs, state }: ChatMessage): boolean => !isOurs && state !== "read";

/** When the time of a message begins to run, only the whole history says until when. */
const needsReload = (event: ChatEvent, messages: readonly ChatMessage[]): boolean =>
  event.type === "keeps" ||
  (event.type === "state" && messages.some(({ id, lifetime }) => id === event.id && typeof lifetime === "number"));

function noteEarly(
  early: Map<string, ChatState>,
  { id, state }: { readonly id: string; readonly state: ChatState },
  messages: readonly ChatMessage[],
): void {
  if (messages.some((each) => each.id === id)) return;
  early.set(id, state);
  for (const oldest of early.keys()) if (early.size > EARLY_MAX) early.delete(oldest);
}

/** The messages after an event. */
function told(messages: readonly ChatMessage[], event: ChatEvent): readonly ChatMessage[] {
  switch (event.type) {
    case "message":
      return messages.some(({ id }) => id === event.message.id) ? messages : [...messages, event.message];
    case "state":
      return messages.map((each) => (each.id === event.id ? { ...each, state: event.state } : each));
    case "changed": {
      const { id, reactions, isEdited, isDeleted, text } = event;
      const change = { reactions, isEdited, isDeleted, ...(text !== undefined && { text }) };
      return messages.map((each) => (each.id === id ? { ...each, ...change } : each));
    }
    case "erased": {
      const gone = new Set(event.ids);
      return messages.filter(({ id }) => !gone.has(id));
    }
    default:
      return messages;
  }
}

/** Marks what came as read while somebody can see it. */
function useRead(messages: readonly ChatMessage[], mark: (ids: readonly string[]) => Promise<void>): void {
  const marked = useRef(new Set<string>());
  useEffect(() => {
    const look = (): void => {
      if (document.visibilityState !== "visible") return;
      const ids = messages.filter((each) => isUnread(each) && !marked.current.has(each.id)).map(({ id }) => id);
      for (const id of ids) marked.current.add(id);
      if (ids.length > 0) void mark(ids);
    };
    look();
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, [messages]);
}
