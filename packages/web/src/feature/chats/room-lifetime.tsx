/** How long what one writes in a room stays there. */
import type { Room } from "@kith/sdk";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useRunning } from "../../store/endpoint-context.ts";
import { useAttempt } from "../../store/use-attempt.ts";
import { useObservable } from "../../store/use-observable.ts";
import { Button } from "../../ui/button.tsx";
import { Notice } from "../../ui/notice.tsx";
import { Select } from "../../ui/select.tsx";
import { Sheet } from "../../ui/sheet.tsx";
import { choiceOf, LIFETIMES, type RoomChoice, useLifetimeWords } from "./lifetime-words.ts";

export function RoomLifetime({ room }: { readonly room: Room }): JSX.Element {
  const words = useLifetimeWords();
  const { lifetimes } = useRunning().desk;
  const chosen = useObservable(lifetimes.all).get(room.id) ?? "off";
  const [isAsking, setAsking] = useState(false);
  const { problem, attempt } = useAttempt();
  const { closed: _, ...possible } = LIFETIMES; // nobody closes a room for all
  const options = Object.fromEntries(
    Object.entries(possible).map(([name, each]) => [name, each === "off" ? words.off : words.saidFor(each)]),
  ) as Record<RoomChoice, string>;
  const choose = (choice: RoomChoice): void => {
    const seconds = possible[choice];
    void attempt(() => lifetimes.choose(room.id, seconds === "off" ? undefined : seconds))();
  };
  return (
    <>
      <Button look="bare" icon="clock" label={words.roomTitle} onPress={() => setAsking(true)} />
      {isAsking && (
        <Sheet title={words.roomTitle} onClose={() => setAsking(false)}>
          <Select label={words.ours} value={choiceOf(chosen, possible)} options={options} onChange={choose} />
          <p class="soft small">{words.roomHow}</p>
          {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
        </Sheet>
      )}
    </>
  );
}
