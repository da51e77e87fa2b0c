/**
 * A net for gossip: who is linked to whom, the same for all contenders, and what passes over all sockets of this
 * process, counted where Node makes them.
 *
 * @module
 */
import { channel } from "node:diagnostics_channel";
import type { Socket } from "node:net";

/** Pairs of nodes, each once. */
export type Edges = readonly (readonly [number, number])[];

/** The union of `degree / 2` random rings: nearly all nodes have `degree` links, and the net hangs together. */
export function randomEdges(nodes: number, degree: number, seed: number): Edges {
  const random = mulberry32(seed);
  const edges = new Map<string, readonly [number, number]>();
  for (let ring = 0; ring < degree / 2; ring++) {
    const order = Array.from({ length: nodes }, (_, i) => i);
    for (let i = nodes - 1; i > 0; i--) {
      const j = Math.floor(random() * (i + 1));
      [order[i], order[j]] = [order[j] ?? 0, order[i] ?? 0];
    }
    for (const [i, node] of order.entries()) {
      const next = order[(i + 1) % nodes] ?? 0;
      const edge = node < next ? ([node, next] as const) : ([next, node] as const);
      edges.set(edge.join(" "), edge);
    }
  }
  return [...edges.values()];
}

/** A small generator, so that each run links the same nodes. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Counts what passes over all TCP connections dialed from now on: what their dialing ends write and read. Both
 * ends are in this process, so that is every byte once.
 */
export function countSockets(): () => number {
  const open = new Set<Socket>();
  let closed = 0;
  const bytesOf = ({ bytesRead, bytesWritten }: Socket): number => bytesRead + bytesWritten;
  channel("net.client.socket").subscribe((message) => {
    const socket = socketOf(message);
    if (socket === undefined) return;
    open.add(socket);
    socket.once("close", () => {
      open.delete(socket);
      closed += bytesOf(socket);
    });
  });
  return () => {
    let total = closed;
    for (const socket of open) total += bytesOf(socket);
    return total;
  };
}

function socketOf(message: unknown): Socket | undefined {
  if (typeof message !== "object" || message === null || !("socket" in message)) return undefined;
  return message.socket as Socket;
}
