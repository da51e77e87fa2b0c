/** What was said with one contact, as it is now, and whether it types. */
import type { PeerId } from "@kith/core";
import type { ChatEvent, ChatLifetimeView, ChatMessage, ChatState, Endpoint } from "@kith/sdk";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";

const MESSAGES_MAX = 10_000;

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
  readonly add: (message: ChatMessage) => void;
}

export function useHistory({ chat }: Endpoint, peer: PeerId): Told {
  const [history, setHistory] = useState<History>(() => ({ ...NOTHING, ...termsOf(chat, peer) }));
  /** Of messages of ours that are on their way into the list. */
  const early = useRef(new Map<string, ChatState>());
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
      void reload();
      for await (const event of events) {
        if (event.type === "typing") setHistory((before) => ({ ...before, isTyping: event.isTyping }));
        else if (needsReload(event, present.current)) await reload();
        else
          setHistory((before) => {
            if (event.type === "state") early.current.set(event.id, event.state);
            return { ...before, ...termsOf(chat, peer), messages: told(before.messages, event) };
          });
      }
    };
    void follow();
    return () => leaving.abort();
  }, [chat, peer]);
  useRead(history.messages, (ids) => chat.markRead(peer, ids));
  const add = (message: ChatMessage): void =>
    setHistory((before) => {
      if (before.messages.some(({ id }) => id === message.id)) return before;
      const state = early.current.get(message.id) ?? message.state;
      early.current.clear();
      return { ...before, messages: [...before.messages, { ...message, state }], newFrom: undefined };
    });
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
