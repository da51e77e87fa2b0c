/** What is said in a room. */
import type { Room, RoomChatMessage, RoomId } from "@kith/sdk";
import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { useRunning } from "../../store/endpoint-context.ts";
import { useObservable } from "../../store/use-observable.ts";
import { Notice } from "../../ui/notice.tsx";
import { AttachTools } from "./attach-tools.tsx";
import { Attachment } from "./attachment.tsx";
import { useRoomFiles } from "./carried.ts";
import { useLifetimeWords } from "./lifetime-words.ts";
import { type Line, type Talk, tally } from "./talk.ts";
import { TalkView } from "./talk-view.tsx";
import { useAttach } from "./use-attach.ts";
import { useWords } from "./words.ts";
import "./conversation.css";

export function RoomChat({ room }: { readonly room: Room }): JSX.Element {
  const { id, chat } = room;
  const { files, desk } = useRunning();
  const words = useWords();
  const lifetimeWords = useLifetimeWords();
  const messages = useObservable(chat.history);
  const lines = useMemo(() => messages.map(lineOf), [messages]);
  const newFrom = useNew(id, lines);
  const lifetime = useObservable(desk.lifetimes.all).get(id);
  const talk: Talk = {
    say: (text, saying) => chat.send(text, { ...saying, ...(lifetime !== undefined && { lifetime }) }),
    react: (id, symbol) => chat.react(id, symbol),
    edit: (id, text) => chat.edit(id, text),
    remove: (id) => chat.delete(id),
  };
  const carried = useRoomFiles(room, files);
  const attaching = useAttach(
    async (path) => ({ source: "content", reference: await room.files.send(path) }),
    talk.say,
  );
  return (
    <section class="conversation in-room" aria-label={words.messages}>
      <TalkView
        {...{ name: id, lines, isLoaded: true, isNamed: true, newFrom, talk, empty: words.nothingInRoom }}
        attached={(line) => line.attachment && <Attachment line={line} carried={carried(line)} />}
        onFiles={attaching.attach}
        tools={<AttachTools attaching={attaching} />}
        below={
          <>
            {attaching.problem !== undefined && <Notice tone="bad">{attaching.problem}</Notice>}
            {lifetime !== undefined && <p class="soft small">{lifetimeWords.oursStay(lifetime)}</p>}
          </>
        }
      />
    </section>
  );
}

/** The first that came since one looked at this room last; until one says something. */
function useNew(room: RoomId, lines: readonly Line[]): string | undefined {
  const { unread } = useRunning().desk;
  const [newFrom, setNewFrom] = useState(() => unread.firstUnseen(room));
  const count = useRef(lines.length);
  const last = lines.at(-1);
  useEffect(() => {
    if (last?.isOurs === true && lines.length > count.current) setNewFrom(undefined);
    count.current = lines.length;
  }, [last?.id]);
  useEffect(() => {
    const look = (): void => {
      if (document.visibilityState === "visible") unread.see(room);
    };
    look();
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, [lines]);
  return newFrom;
}

function lineOf({ sentAt, reactions, hops: _, ...message }: RoomChatMessage): Line {
  return { ...message, at: sentAt, reactions: tally(reactions) };
}
