/** When a version was, and whose. */
import type { PeerId } from "@kith/core";
import type { Room } from "@kith/sdk";
import type { DocVersion } from "@kith/sdk/yjs";
import { useObservable } from "../../store/use-observable.ts";
import { useWords } from "./words.ts";

interface VersionWords {
  when(at: number): string;
  who(version: DocVersion): string;
}

export function useVersionWords(room: Room): VersionWords {
  const words = useWords();
  const members = useObservable(room.members);
  const named = (peers: readonly PeerId[]): string => {
    const names = peers.map((peer) => {
      const member = members.find((each) => each.peer === peer);
      return member?.isSelf === true ? words.you : (member?.name ?? words.formerMember);
    });
    return new Intl.ListFormat(document.documentElement.lang || undefined).format(names);
  };
  const when = (at: number): string =>
    new Date(at).toLocaleString(document.documentElement.lang || undefined, {
      dateStyle: "medium",
      timeStyle: "short",
    });
  return {
    when,
    who: ({ by, broughtBy, broughtBackFrom }) => {
      const wrote = by.length > 0 ? [named(by)] : [];
      const brought = broughtBy.length > 0 ? [words.brought(named(broughtBy))] : [];
      const back = broughtBackFrom === undefined ? [] : [words.isBroughtBack(when(broughtBackFrom))];
      const all = [...wrote, ...brought, ...back];
      return all.length > 0 ? all.join(" · ") : words.nobody;
    },
  };
}
