/** Where the members of a room stand on its map: pulled by their links, pushed by each other, and steady from one look to the next. */
import type { MemberView, TopologyView } from "@kith/sdk";
import { forceCenter, forceCollide, forceLink, forceManyBody, forceSimulation } from "d3-force";

export interface Place {
  readonly peer: MemberView["peer"];
  x: number;
  y: number;
}

export const MAP_WIDTH = 640;
export const MAP_HEIGHT = 480;
const TICKS = 180;
const EDGE = 40;

/** `before`: where they stood, so that a member that comes moves nobody far. */
export function layOut(
  view: TopologyView,
  before: ReadonlyMap<MemberView["peer"], Place>,
): ReadonlyMap<MemberView["peer"], Place> {
  const places = view.nodes.map(({ peer }, index) => ({
    ...(before.get(peer) ?? firstPlace(index, view.nodes.length)),
    peer,
  }));
  const indexOf = new Map(places.map(({ peer }, index) => [peer, index]));
  const links = view.edges.flatMap(({ a, b }) => {
    const [source, target] = [indexOf.get(a), indexOf.get(b)];
    return source === undefined || target === undefined ? [] : [{ source, target }];
  });
  forceSimulation(places)
    .force("links", forceLink(links).distance(130))
    .force("apart", forceManyBody().strength(-420))
    .force("room", forceCollide(44))
    .force("middle", forceCenter(MAP_WIDTH / 2, MAP_HEIGHT / 2))
    .stop()
    .tick(TICKS);
  const inside = (value: number, max: number): number => Math.min(max - EDGE, Math.max(EDGE, value));
  return new Map(places.map(({ peer, x, y }) => [peer, { peer, x: inside(x, MAP_WIDTH), y: inside(y, MAP_HEIGHT) }]));
}

function firstPlace(index: number, count: number): { x: number; y: number } {
  const angle = (2 * Math.PI * index) / Math.max(1, count);
  return { x: MAP_WIDTH / 2 + 150 * Math.cos(angle), y: MAP_HEIGHT / 2 + 150 * Math.sin(angle) };
}
