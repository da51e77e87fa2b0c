/** One room: its name, and what is done there, each thing a tab. Board and page come when somebody goes there. */
import type { Room } from "@kith/sdk";
import type { FunctionComponent, JSX } from "preact";
import { useState } from "preact/hooks";
import { Members } from "../feature/rooms/members.tsx";
import { useRunning } from "../store/endpoint-context.ts";
import { linkTo } from "../store/route.ts";
import { useObservable } from "../store/use-observable.ts";
import { BackLink } from "../ui/back-link.tsx";
import { Button } from "../ui/button.tsx";
import { Icon, type IconName } from "../ui/icon.tsx";
import { wordsIn } from "../ui/language.ts";
import { lazy } from "../ui/lazy.tsx";
import { Unread } from "../ui/unread.tsx";
import { PASTS } from "./room-past.tsx";

const useWords = wordsIn({
  en: {
    back: "Back",
    parts: "Parts of the room",
    unread: (count: number) => `${count} unread`,
    chat: "Chat",
    board: "Board",
    page: "Page",
    files: "Files",
    map: "Map",
    members: "Members",
    past: "Earlier versions",
  },
  de: {
    back: "Zurück",
    parts: "Teile des Raums",
    unread: (count: number) => `${count} ungelesen`,
    chat: "Chat",
    board: "Tafel",
    page: "Text",
    files: "Dateien",
    map: "Karte",
    members: "Mitglieder",
    past: "Frühere Stände",
  },
});

const RoomChat = lazy(async () => (await import("../feature/chats/room-chat.tsx")).RoomChat);
const RoomLifetime = lazy(async () => (await import("../feature/chats/room-lifetime.tsx")).RoomLifetime, {
  isQuiet: true,
});
const Board = lazy(async () => (await import("../feature/board/board.tsx")).Board);
const Files = lazy(async () => (await import("../feature/files/files.tsx")).Files);
const RoomMap = lazy(async () => (await import("../feature/map/map.tsx")).RoomMap);
const Page = lazy(async () => (await import("../feature/page/page.tsx")).Page);

const TABS = [
  { name: "chat", icon: "chat", View: RoomChat },
  { name: "board", icon: "board", View: Board },
  { name: "page", icon: "page", View: Page },
  { name: "files", icon: "file", View: Files },
  { name: "map", icon: "map", View: RoomMap },
  { name: "members", icon: "people", View: Members },
] as const satisfies readonly {
  readonly name: string;
  readonly icon: IconName;
  readonly View: FunctionComponent<{ readonly room: Room }>;
}[];

export function RoomFrame({ room, tab }: { readonly room: Room; readonly tab: string | undefined }): JSX.Element {
  const words = useWords();
  const { name } = useObservable(room.view);
  const unread = useObservable(useRunning().desk.unread.counts).get(room.id) ?? 0;
  const shown = TABS.find((each) => each.name === tab) ?? TABS[0];
  const [pastOf, setPastOf] = useState<string>(); // a tab: whoever goes to another one leaves it
  const Past = PASTS[shown.name];
  return (
    <div class="room">
      <header class="row">
        <BackLink href={linkTo("rooms")}>
          <span class="unseen">{words.back}</span>
        </BackLink>
        <h1 class="grow cut">{name}</h1>
        {Past !== undefined && (
          <Button look="bare" icon="clock" label={words.past} onPress={() => setPastOf(shown.name)} />
        )}
        {shown.name === "chat" && <RoomLifetime room={room} />}
      </header>
      <nav class="tabs" aria-label={words.parts}>
        {TABS.map((each) => (
          <a
            key={each.name}
            href={linkTo("rooms", room.id, each.name)}
            aria-current={each.name === shown.name ? "page" : undefined}
          >
            <Icon name={each.icon} /> {words[each.name]}
            {each.name === "chat" && <Unread count={unread} label={words.unread(unread)} />}
          </a>
        ))}
      </nav>
      <div class="tab">
        <shown.View key={room.id} room={room} />
      </div>
      {Past !== undefined && pastOf === shown.name && <Past room={room} onClose={() => setPastOf(undefined)} />}
    </div>
  );
}
