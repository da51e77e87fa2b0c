/** Files of a room: offered by one, fetched by whoever wants them from whoever has them. */
import type { Room } from "@kith/sdk";
import type { PageFiles } from "@kith/sdk/web";
import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import { useRunning } from "../../store/endpoint-context.ts";
import { useAttempt } from "../../store/use-attempt.ts";
import { useObservable } from "../../store/use-observable.ts";
import { Empty, Notice } from "../../ui/notice.tsx";
import { FileItem } from "./file-item.tsx";
import { Wanted } from "./wanted.tsx";
import { useWords } from "./words.ts";
import "./files.css";

export function Files({ room }: { readonly room: Room }): JSX.Element {
  const words = useWords();
  const { files } = useRunning();
  if (files === undefined) return <Notice tone="warn">{words.noPlace}</Notice>;
  return <Shelf room={room} files={files} />;
}

interface ShelfProps {
  readonly room: Room;
  readonly files: PageFiles;
}

function Shelf({ room, files }: ShelfProps): JSX.Element {
  const words = useWords();
  const all = useObservable(room.files.all);
  const members = useObservable(room.members);
  const pick = useId();
  const [preparing, setPreparing] = useState(0);
  const [isOver, setOver] = useState(false);
  const { problem, attempt } = useAttempt();
  const offer = (given: readonly File[]): void =>
    given.forEach((file) => {
      setPreparing((count) => count + 1);
      const send = attempt(async () => room.files.send(await files.add(file)));
      void send().finally(() => setPreparing((count) => count - 1));
    });
  return (
    <section
      class={isOver ? "shelf over stack" : "shelf stack"}
      aria-label={words.files}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        offer([...(event.dataTransfer?.files ?? [])]);
      }}
    >
      <div class="row">
        <label class="button main" for={pick}>
          {words.offer}
        </label>
        <input
          id={pick}
          class="unseen"
          type="file"
          multiple
          onChange={(event) => {
            offer([...(event.currentTarget.files ?? [])]);
            event.currentTarget.value = "";
          }}
        />
        <span class="soft small grow">{words.offerHow}</span>
      </div>
      {preparing > 0 && (
        <p class="row" role="status">
          <span class="waiting" /> {words.hashing}
        </p>
      )}
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
      <Wanted files={files} />
      {all.length === 0 ? (
        <Empty icon="file" title={words.none} />
      ) : (
        <ul class="list">
          {all.map((view) => (
            <FileItem
              key={view.id}
              {...{ view, files, room, attempt }}
              from={members.find(({ peer }) => peer === view.from)?.name ?? "?"}
            />
          ))}
        </ul>
      )}
    </section>
  );
}
