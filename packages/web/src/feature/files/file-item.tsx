/** One file of a room: where it is, how far it has come, and what can be done with it. */
import type { Room, RoomFileView } from "@kith/sdk";
import type { PageFiles } from "@kith/sdk/web";
import type { JSX } from "preact";
import type { Attempts } from "../../store/use-attempt.ts";
import { useObservable } from "../../store/use-observable.ts";
import { Button } from "../../ui/button.tsx";
import { amount } from "../../ui/bytes.ts";
import { Preview } from "./preview.tsx";
import { useWords } from "./words.ts";

interface ItemProps {
  readonly view: RoomFileView;
  readonly from: string;
  readonly room: Room;
  readonly files: PageFiles;
  readonly attempt: Attempts["attempt"];
}

export function FileItem({ view, from, room, files, attempt }: ItemProps): JSX.Element {
  const words = useWords();
  const received = useObservable(files.received).find(({ transfer }) => transfer === view.id);
  const { id, name, bytes, bytesDone, bytesPerSecond, state, failure, isOurs, sources } = view;
  const facts = [
    amount(bytes),
    isOurs ? "" : words.from(from),
    state === "fetching" ? words.rate(amount(bytesPerSecond)) : words.states[state],
    words.sources(sources),
    failure ?? "",
  ];
  return (
    <li class="item file">
      <span class="grow">
        <span class="cut">{name}</span>
        <span class="block soft small">{facts.filter((fact) => fact !== "").join(" · ")}</span>
        {state === "fetching" && <progress max={bytes} value={bytesDone} aria-label={name} />}
        {received !== undefined && <Preview file={received} files={files} />}
      </span>
      {(state === "offered" || state === "failed") && !isOurs && (
        <Button look="main" onPress={attempt(() => room.files.fetch(id))}>
          {state === "failed" ? words.again : words.fetch}
        </Button>
      )}
      {received !== undefined && <Button onPress={attempt(() => files.save(received.id))}>{words.save}</Button>}
      {(state === "fetching" || isOurs) && state !== "gone" && (
        <Button
          look="bare"
          icon="close"
          label={`${words.cancel} ${name}`}
          onPress={attempt(() => room.files.cancel(id))}
        />
      )}
    </li>
  );
}
