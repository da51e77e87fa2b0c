/**
 * What every contender of the gossip scenario must do: so many nodes in this process, linked over loopback TCP,
 * each of which can tell all others something and has checked who said what before it believes or passes it on.
 *
 * @module
 */
import type { Edges } from "../scenario/gossip-net.ts";

export interface GossipNet {
  /** Tells all others. Resolves when the node would take more. */
  publish(node: number, bytes: Uint8Array): Promise<void>;
  stop(): Promise<void>;
}

/** `node` has got what another published, its signature checked. The array may be reused after the call. */
export type OnDelivery = (node: number, bytes: Uint8Array) => void;

/** Resolves when every node has its links and something published would reach all. */
export type StartGossip = (nodes: number, edges: Edges, onDelivery: OnDelivery) => Promise<GossipNet>;
