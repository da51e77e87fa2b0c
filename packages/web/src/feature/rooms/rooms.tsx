/** The rooms that we are in, and how to come into one. */
import type { RoomView } from "@kith/sdk";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useEndpoint, useRunning } from "../../store/endpoint-context.ts";
import { linkTo } from "../../store/route.ts";
import { useObservable } from "../../store/use-observable.ts";
import { Button } from "../../ui/button.tsx";
import { Face } from "../../ui/face.tsx";
import { Empty } from "../../ui/notice.tsx";
import { Unread } from "../../ui/unread.tsx";
import { CreateRoomSheet } from "./create-room-sheet.tsx";
import { JoinRoomSheet } from "./join-room-sheet.tsx";
import { useWords } from "./words.ts";

interface RoomsProps {
  /** An invitation that the app was opened with. */
  readonly ticket: string | undefined;
  /** The room that is shown beside them. */
  readonly chosen: string | undefined;
}

export function Rooms({ ticket, chosen }: RoomsProps): JSX.Element {
  const words = useWords();
  const { rooms } = useEndpoint();
  const all = useObservable(rooms.all);
  const [sheet, setSheet] = useState<"create" | "join" | undefined>(ticket === undefined ? undefined : "join");
  const close = (): void => setSheet(undefined);
  return (
    <div class="stack">
      <header class="row apart">
        <h1>{words.rooms}</h1>
        <div class="row">
          <Button onPress={() => setSheet("join")}>{words.join}</Button>
          <Button look="main" icon="add" onPress={() => setSheet("create")}>
            {words.create}
          </Button>
        </div>
      </header>
      {all.length === 0 ? (
        <Empty icon="room" title={words.none}>
          <p>{words.noneHow}</p>
        </Empty>
      ) : (
        <ul class="list">
          {all.map((view) => (
            <Entry key={view.id} view={view} isShown={view.id === chosen} />
          ))}
        </ul>
      )}
      {sheet === "create" && <CreateRoomSheet onClose={close} />}
      {sheet === "join" && <JoinRoomSheet ticket={ticket} onClose={close} />}
    </div>
  );
}

function Entry({ view, isShown }: { readonly view: RoomView; readonly isShown: boolean }): JSX.Element {
  const words = useWords();
  const { rooms } = useEndpoint();
  const unread = useObservable(useRunning().desk.unread.counts).get(view.id) ?? 0;
  const { id, name, state, memberCount, onlineCount, requestCount, gapCount } = view;
  const facts = (
    <>
      <Face name={name} of={id} />
      <span class="grow">
        <bdi class="cut">{name}</bdi>
        <span class="block soft small">
          {state === "in" ? words.people(memberCount, onlineCount) : words.state[state]}
        </span>
      </span>
      <Unread count={unread} label={words.unread(unread)} />
      {requestCount > 0 && <span class="badge count">{words.asks(requestCount)}</span>}
      {gapCount > 0 && <span class="badge">{words.gaps(gapCount)}</span>}
    </>
  );
  if (state === "in")
    return (
      <li>
        <a class="item" href={linkTo("rooms", id, "chat")} aria-current={isShown ? "page" : undefined}>
          {facts}
        </a>
      </li>
    );
  return (
    <li class="item">
      {facts}
      {state !== "joining" && <Button onPress={() => rooms.forget(id)}>{words.forget}</Button>}
    </li>
  );
}
