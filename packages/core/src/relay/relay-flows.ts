/**
 * Links over a relay (spec/relay-meeting.md §2): packets of sessions between two keys that a relay forwards. What the
 * relay's window for a receiver has no room for waits here, in order, and the link above says that it is full.
 *
 * @module
 */
import { assert } from "../lib/assert.ts";
import { bytesToHex } from "../lib/hex.ts";
import type { RandomSource } from "../lib/random.ts";
import { RELAY_MESSAGE, RELAY_PAYLOAD } from "../wire/registry.ts";
import { RELAY_FLOWS_MAX, RELAY_FLOWS_PER_KEY_MAX, RELAYED_PACKET_BYTES_MAX } from "../wire/relay-limits.ts";
import { FORWARD_HEAD_BYTES, RELAY_KEY_BYTES } from "./relay-message.ts";

const FLOW_ID_BYTES = 8;
/** Before the packet in a payload. */
const PAYLOAD_HEAD_BYTES = 1 + FLOW_ID_BYTES;

export type RelayFlowOutput =
  /** A message for the relay. */
  | { readonly type: "send"; readonly bytes: Uint8Array }
  | { readonly type: "flowUp"; readonly flow: number; readonly key: Uint8Array; readonly isOutgoing: boolean }
  /** `packet` is a view into the message that came. */
  | { readonly type: "flowPacket"; readonly flow: number; readonly packet: Uint8Array }
  /** {@link RelayFlows.room} was less than a quarter of the window, and is more now. */
  | { readonly type: "flowRoom"; readonly flow: number }
  | { readonly type: "flowDown"; readonly flow: number };

interface Flow {
  readonly number: number;
  readonly id: Uint8Array;
  readonly peer: Peer;
  isShort: boolean; // it was seen to be full, and will be told
}

/** Another key at this relay: an entry lives while there are flows, or bytes on the way. */
interface Peer {
  readonly name: string;
  readonly key: Uint8Array;
  readonly flows: Set<Flow>; // at most RELAY_FLOWS_PER_KEY_MAX
  onTheWay: number; //          bytes that count against the window
  readonly waiting: Uint8Array[]; // whole messages; bounded by what links write beyond their room
  waitingBytes: number; //      of them
}

export class RelayFlows {
  readonly #random: RandomSource;
  readonly #flows = new Map<number, Flow>(); // at most RELAY_FLOWS_MAX
  readonly #byName = new Map<string, Flow>(); // the same, by key and id
  readonly #peers = new Map<string, Peer>(); // at most RELAY_FLOWS_MAX
  readonly #outputs: RelayFlowOutput[] = [];
  #window = 0;
  #next = 1;

  constructor(random: RandomSource) {
    this.#random = random;
  }

  get size(): number {
    return this.#flows.size;
  }

  /** Bytes that `flow` may write now. A packet may exceed it: the rest waits. */
  room(flow: number): number {
    const found = this.#flows.get(flow);
    if (found === undefined) return 0;
    const room = this.#roomOf(found.peer);
    if (4 * room < this.#window) found.isShort = true;
    return room;
  }

  // --- commands -------------------------------------------------------------------------------

  /** Logged in: nothing is on the way yet, and this much may be for each receiver. */
  begin(window: number): void {
    assert(this.#flows.size === 0 && this.#peers.size === 0, "flows of the connection before are over");
    this.#window = window;
  }

  /** The connection is gone, and everything that was on the way. */
  endAll(): void {
    for (const flow of [...this.#flows.values()]) this.#end(flow);
    this.#peers.clear();
  }

  /** A link to `key`; `undefined`: there are as many as may be. */
  dial(key: Uint8Array): number | undefined {
    assert(key.length === RELAY_KEY_BYTES, `a key of ${key.length} bytes`);
    const peer = this.#peer(key);
    return peer && this.#add(peer, this.#random(FLOW_ID_BYTES).slice(), true)?.number;
  }

  /** `parts` put together are one packet; they may be reused afterwards. Of a flow that is over nothing is sent. */
  send(flow: number, parts: readonly Uint8Array[]): void {
    const found = this.#flows.get(flow);
    if (found === undefined) return;
    const bytes = parts.reduce((sum, part) => sum + part.length, 0);
    assert(bytes > 0 && bytes <= RELAYED_PACKET_BYTES_MAX, `a packet of ${bytes} bytes`);
    this.#forward(found.peer, RELAY_PAYLOAD.packet, found.id, parts, bytes);
  }

  /** We are done with it: what waits is still sent. */
  end(flow: number): void {
    const found = this.#flows.get(flow);
    if (found === undefined) return;
    this.#forward(found.peer, RELAY_PAYLOAD.end, found.id, [], 0);
    this.#drop(found);
  }

  // --- what the relay said ----------------------------------------------------------------------

  /** Whatever is not of a flow is passed over: it is the other client's fault, not the relay's. */
  handleForwarded(from: Uint8Array, payload: Uint8Array): void {
    if (payload.length < PAYLOAD_HEAD_BYTES) return;
    const id = payload.subarray(1, PAYLOAD_HEAD_BYTES);
    const known = this.#byName.get(nameOf(bytesToHex(from), id));
    const isPacket = payload[0] === RELAY_PAYLOAD.packet && payload.length > PAYLOAD_HEAD_BYTES;
    if (payload[0] === RELAY_PAYLOAD.end && payload.length === PAYLOAD_HEAD_BYTES) {
      if (known !== undefined) this.#end(known);
    } else if (isPacket && payload.length - PAYLOAD_HEAD_BYTES <= RELAYED_PACKET_BYTES_MAX) {
      const flow = known ?? this.#accept(from, id);
      if (flow === undefined) return;
      this.#outputs.push({ type: "flowPacket", flow: flow.number, packet: payload.subarray(PAYLOAD_HEAD_BYTES) });
    }
  }

  /** False: more than there was. */
  handleWindow(to: Uint8Array, bytes: number): boolean {
    const peer = this.#peers.get(bytesToHex(to));
    if (peer === undefined || bytes > peer.onTheWay) return false;
    peer.onTheWay -= bytes;
    this.#flush(peer);
    this.#release(peer);
    return true;
  }

  /** Nobody is there: what was on the way may be lost, and its bytes come back by *window*. */
  handleAway(to: Uint8Array): void {
    const peer = this.#peers.get(bytesToHex(to));
    if (peer === undefined) return;
    peer.waiting.length = 0;
    peer.waitingBytes = 0;
    for (const flow of [...peer.flows]) this.#end(flow);
  }

  poll(): RelayFlowOutput | undefined {
    return this.#outputs.shift();
  }

  // --- inside ---------------------------------------------------------------------------------

  #roomOf(peer: Peer): number {
    return Math.max(0, this.#window - peer.onTheWay - peer.waitingBytes);
  }

  #peer(key: Uint8Array): Peer | undefined {
    const name = bytesToHex(key);
    let peer = this.#peers.get(name);
    if (peer === undefined && this.#peers.size < RELAY_FLOWS_MAX) {
      peer = { name, key: key.slice(), flows: new Set(), onTheWay: 0, waiting: [], waitingBytes: 0 };
      this.#peers.set(name, peer);
    }
    return peer;
  }

  /** Somebody's first packet on it. Where there is no place for it, its end says so. */
  #accept(from: Uint8Array, id: Uint8Array): Flow | undefined {
    const peer = this.#peer(from);
    if (peer === undefined) return undefined;
    const flow = this.#add(peer, id.slice(), false);
    if (flow === undefined && this.#roomOf(peer) > 0) this.#forward(peer, RELAY_PAYLOAD.end, id, [], 0);
    return flow;
  }

  #add(peer: Peer, id: Uint8Array, isOutgoing: boolean): Flow | undefined {
    if (this.#flows.size >= RELAY_FLOWS_MAX || peer.flows.size >= RELAY_FLOWS_PER_KEY_MAX) {
      this.#release(peer);
      return undefined;
    }
    const flow: Flow = { number: this.#next++, id, peer, isShort: false };
    peer.flows.add(flow);
    this.#flows.set(flow.number, flow);
    this.#byName.set(nameOf(peer.name, id), flow);
    this.#outputs.push({ type: "flowUp", flow: flow.number, key: peer.key, isOutgoing });
    return flow;
  }

  #end(flow: Flow): void {
    this.#drop(flow);
    this.#outputs.push({ type: "flowDown", flow: flow.number });
  }

  #drop(flow: Flow): void {
    flow.peer.flows.delete(flow);
    this.#flows.delete(flow.number);
    this.#byName.delete(nameOf(flow.peer.name, flow.id));
    this.#release(flow.peer);
  }

  #release(peer: Peer): void {
    if (peer.flows.size === 0 && peer.onTheWay === 0 && peer.waiting.length === 0) this.#peers.delete(peer.name);
  }

  #forward(peer: Peer, type: number, id: Uint8Array, parts: readonly Uint8Array[], packetBytes: number): void {
    const message = new Uint8Array(FORWARD_HEAD_BYTES + PAYLOAD_HEAD_BYTES + packetBytes);
    message[0] = RELAY_MESSAGE.forward;
    message.set(peer.key, 1);
    message[FORWARD_HEAD_BYTES] = type;
    message.set(id, FORWARD_HEAD_BYTES + 1);
    let at = FORWARD_HEAD_BYTES + PAYLOAD_HEAD_BYTES;
    for (const part of parts) {
      message.set(part, at);
      at += part.length;
    }
    peer.waiting.push(message);
    peer.waitingBytes += message.length;
    this.#flush(peer);
  }

  /** As much of what waits as the window takes. */
  #flush(peer: Peer): void {
    for (let first = peer.waiting[0]; first !== undefined; first = peer.waiting[0]) {
      const bytes = first.length; // a payload counts with the head before it
      if (peer.onTheWay + bytes > this.#window) break;
      peer.waiting.shift();
      peer.waitingBytes -= bytes;
      peer.onTheWay += bytes;
      this.#outputs.push({ type: "send", bytes: first });
    }
    if (4 * this.#roomOf(peer) < this.#window) return;
    for (const flow of peer.flows) {
      if (!flow.isShort) continue;
      flow.isShort = false;
      this.#outputs.push({ type: "flowRoom", flow: flow.number });
    }
  }
}

const nameOf = (key: string, id: Uint8Array): string => `${key}${bytesToHex(id)}`;
