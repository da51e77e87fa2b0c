/** One member: who let it in, how it is reached, and what we may do about it. */
import type { MemberView, Role, Room } from "@kith/sdk";
import type { JSX } from "preact";
import type { Attempts } from "../../store/use-attempt.ts";
import { Button } from "../../ui/button.tsx";
import { Face } from "../../ui/face.tsx";
import { useWords } from "./words.ts";

interface MemberProps {
  readonly room: Room;
  readonly member: MemberView;
  readonly nameOf: (peer: MemberView["peer"]) => string;
  readonly ownRole: Role | undefined;
  readonly attempt: Attempts["attempt"];
}

export function MemberItem({ room, member, nameOf, ownRole, attempt }: MemberProps): JSX.Element {
  const words = useWords();
  const { peer, name, isSelf, role, isVerified, admittedBy, isCut } = member;
  const origin = admittedBy === undefined ? words.founded : words.vouched(nameOf(admittedBy));
  const trust = isSelf ? words.you : isVerified ? words.verified : words.notVerified;
  return (
    <li class="item">
      <Face name={name} of={peer} />
      <details class="grow">
        <summary>
          <bdi class="breaks">{name}</bdi> <span class="badge">{words.roles[role]}</span>
          <span class="block soft small">
            {[trust, origin, isCut ? words.isCut : pathWords(member, nameOf, words)]
              .filter((text) => text !== "")
              .join(" · ")}
          </span>
        </summary>
        <p class="soft small mono">{member.fingerprint}</p>
        <p class="row">
          {!isSelf && (
            <Button onPress={attempt(() => room.cut(peer, !isCut))}>{isCut ? words.uncut : words.cut}</Button>
          )}
          {!isSelf && (ownRole === "owner" || ownRole === "admin") && (
            <Button look="bad" onPress={attempt(() => room.expel(peer))}>
              {words.remove}
            </Button>
          )}
        </p>
      </details>
    </li>
  );
}

function pathWords(
  { path }: MemberView,
  nameOf: (peer: MemberView["peer"]) => string,
  words: ReturnType<typeof useWords>,
): string {
  switch (path.kind) {
    case "routed":
      return words.path.routed(nameOf(path.through), path.hops);
    case "direct":
      return path.relay === undefined ? words.path.direct : words.path.relayed(path.relay);
    default:
      return words.path[path.kind];
  }
}
