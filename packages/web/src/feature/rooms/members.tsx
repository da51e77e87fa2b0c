/** Who is in a room, how each is reached, and who wants in. */
import type { MemberView, Room } from "@kith/sdk";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { go } from "../../store/route.ts";
import { useAttempt } from "../../store/use-attempt.ts";
import { useObservable } from "../../store/use-observable.ts";
import { Button } from "../../ui/button.tsx";
import { Notice } from "../../ui/notice.tsx";
import { Sheet } from "../../ui/sheet.tsx";
import { InviteSheet } from "./invite-sheet.tsx";
import { MemberItem } from "./member-item.tsx";
import { Requests } from "./requests.tsx";
import { useWords } from "./words.ts";

export function Members({ room }: { readonly room: Room }): JSX.Element {
  const words = useWords();
  const members = useObservable(room.members);
  const self = members.find(({ isSelf }) => isSelf);
  const [sheet, setSheet] = useState<"invite" | "leave" | undefined>();
  const nameOf = (peer: MemberView["peer"]): string => members.find((each) => each.peer === peer)?.name ?? "?";
  const { problem, attempt } = useAttempt();
  return (
    <div class="stack">
      <Requests room={room} />
      <section class="stack tight" aria-label={words.members}>
        <header class="row apart">
          <h2>{words.members}</h2>
          <Button look="main" icon="add" onPress={() => setSheet("invite")}>
            {words.invite}
          </Button>
        </header>
        <ul class="list">
          {members.map((member) => (
            <MemberItem key={member.peer} {...{ room, member, nameOf, ownRole: self?.role, attempt }} />
          ))}
        </ul>
        {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
      </section>
      <div>
        <Button look="bad" onPress={() => setSheet("leave")}>
          {words.leave}
        </Button>
      </div>
      {sheet === "invite" && <InviteSheet room={room} onClose={() => setSheet(undefined)} />}
      {sheet === "leave" && (
        <Sheet title={words.leave} onClose={() => setSheet(undefined)}>
          <p>{words.leaveSure}</p>
          <Button
            look="bad"
            onPress={async () => {
              await room.leave();
              go("rooms");
            }}
          >
            {words.leave}
          </Button>
        </Sheet>
      )}
    </div>
  );
}
