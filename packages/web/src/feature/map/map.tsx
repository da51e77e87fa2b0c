/** The net of a room, as its members tell it: who is linked to whom, and what is missing. */
import type { GapView, MemberView, Room, TopologyView } from "@kith/sdk";
import type { JSX } from "preact";
import { useMemo, useRef } from "preact/hooks";
import { hueOf } from "../../store/hue.ts";
import { linkTo, route } from "../../store/route.ts";
import { useObservable } from "../../store/use-observable.ts";
import { Notice } from "../../ui/notice.tsx";
import { layOut, MAP_HEIGHT, MAP_WIDTH, type Place } from "./layout.ts";
import { useWords } from "./words.ts";
import "./map.css";

type Peer = MemberView["peer"];

export function RoomMap({ room }: { readonly room: Room }): JSX.Element {
  const words = useWords();
  const topology = useObservable(room.topology);
  const gaps = useObservable(room.gaps);
  const members = useObservable(room.members);
  const [, , , chosen] = useObservable(route);
  const shown = members.find(({ peer }) => peer === chosen)?.peer;
  const nameOf = (peer: Peer): string => members.find((member) => member.peer === peer)?.name ?? peer.slice(0, 8);
  const self = members.find(({ isSelf }) => isSelf)?.peer;
  return (
    <div class="stack">
      {topology.nodes.length < 2 && <Notice>{words.alone}</Notice>}
      <Net {...{ room, topology, self, shown }} />
      {shown !== undefined && <Details {...{ topology, peer: shown, nameOf }} />}
      <section class="stack tight" aria-label={words.gaps} aria-live="polite">
        {gaps.length === 0 ? (
          <p class="soft">{words.whole}</p>
        ) : (
          gaps.map((gap) => (
            <Notice key={JSON.stringify(gap)} tone={isAlarm(gap) ? "bad" : "warn"}>
              {gapWords(gap, nameOf, words)}
            </Notice>
          ))
        )}
      </section>
    </div>
  );
}

interface NetProps {
  readonly room: Room;
  readonly topology: TopologyView;
  readonly self: Peer | undefined;
  readonly shown: Peer | undefined;
}

function Net({ room, topology, self, shown }: NetProps): JSX.Element {
  const words = useWords();
  const before = useRef<ReadonlyMap<Peer, Place>>(new Map());
  const places = useMemo(() => {
    before.current = layOut(topology, before.current);
    return before.current;
  }, [topology]);
  return (
    <svg class="net" viewBox={`0 0 ${MAP_WIDTH} ${MAP_HEIGHT}`} aria-label={words.map}>
      {topology.edges.map(({ a, b, claimed }) => {
        const [from, to] = [places.get(a), places.get(b)];
        if (from === undefined || to === undefined) return null;
        return (
          <line
            key={`${a} ${b}`}
            class={claimed === "both" ? "" : "claimed"}
            {...{ x1: from.x, y1: from.y, x2: to.x, y2: to.y }}
          />
        );
      })}
      {topology.nodes.map(({ peer, name, state }) => {
        const place = places.get(peer);
        if (place === undefined) return null;
        return (
          <g key={peer} transform={`translate(${place.x} ${place.y})`}>
            <a
              class={`node ${state}`}
              href={linkTo("rooms", room.id, "map", peer)}
              aria-current={shown === peer}
              aria-label={`${name}, ${peer === self ? words.you : words[state]}`}
            >
              <circle r="20" fill={hueOf(peer)} />
              <text y="38">{peer === self ? `${name} (${words.you})` : name}</text>
            </a>
          </g>
        );
      })}
    </svg>
  );
}

interface DetailsProps {
  readonly topology: TopologyView;
  readonly peer: Peer;
  readonly nameOf: (peer: Peer) => string;
}

function Details({ topology, peer, nameOf }: DetailsProps): JSX.Element {
  const words = useWords();
  const edges = topology.edges.filter(({ a, b }) => a === peer || b === peer);
  const state = topology.nodes.find((node) => node.peer === peer)?.state ?? "offline";
  const names = edges.map(({ a, b, claimed }) => {
    const other = nameOf(a === peer ? b : a);
    return claimed === "both" ? other : `${other} (${words.oneSided})`;
  });
  return (
    <p role="status">
      <strong>{nameOf(peer)}</strong>: {words[state]}, {words.links(edges.length)}
      {names.length > 0 && `, ${words.linkedTo(names.join(", "))}`}
    </p>
  );
}

/** What somebody did, and no router. */
const isAlarm = ({ kind }: GapView): boolean => kind === "contradiction" || kind === "invitation-reused";

function gapWords(gap: GapView, nameOf: (peer: Peer) => string, words: ReturnType<typeof useWords>): string {
  switch (gap.kind) {
    case "not-connected":
      return words.gap[gap.kind](nameOf(gap.a), nameOf(gap.b));
    case "hangs-on":
      return words.gap[gap.kind](nameOf(gap.peer), nameOf(gap.neighbour));
    case "one-sided":
    case "outsider":
      return words.gap[gap.kind](nameOf(gap.peer), nameOf(gap.other));
    default:
      return words.gap[gap.kind](nameOf(gap.peer));
  }
}
