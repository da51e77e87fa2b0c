/** Rooms: one, or all of them; on a wide screen both. */
import type { JSX } from "preact";
import { Rooms } from "../feature/rooms/rooms.tsx";
import { useEndpoint } from "../store/endpoint-context.ts";
import { useObservable } from "../store/use-observable.ts";
import { wordsIn } from "../ui/language.ts";
import { Empty } from "../ui/notice.tsx";
import { SideBySide } from "../ui/side-by-side.tsx";
import { RoomFrame } from "./room-frame.tsx";

const useWords = wordsIn({ en: { choose: "Choose a room" }, de: { choose: "Wähle einen Raum" } });

/** One room, or all; an invitation that was opened leads to all. */
export function RoomPlace({ path: [id = "", tab] }: { readonly path: readonly string[] }): JSX.Element {
  const words = useWords();
  const { rooms } = useEndpoint();
  const all = useObservable(rooms.all);
  const view = all.find((each) => each.id === id && each.state === "in");
  const room = view === undefined ? undefined : rooms.get(view.id);
  const ticket = id === "join" ? tab : undefined;
  return (
    <SideBySide
      list={<Rooms key={ticket} ticket={ticket} chosen={room?.id} />}
      chosen={room?.id}
      detail={room && <RoomFrame key={room.id} room={room} tab={tab} />}
      none={all.length === 0 ? undefined : <Empty icon="room" title={words.choose} />}
    />
  );
}
