/**
 * Links through meshes (spec/rooms.md §8): packets of a session between two members that others pass on. A flow is
 * such a link; it begins with its first packet and ends with a word that may be lost. What it carries proves and
 * protects itself, as on any link that loses: the mesh only says which member sent it.
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import { bytesToHex } from "../lib/hex.ts";
import type { RandomSource } from "../lib/random.ts";
import { Reader } from "../lib/reader.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import type { RoomId } from "../room/room-id.ts";
import { FLOWS_MAX, FLOWS_PER_MEMBER_MAX, ROUTED_RECORD_BYTES_MAX } from "../wire/limits.ts";
import { ROOM_UNICAST } from "../wire/registry.ts";

const FLOW_ID_BYTES = 16;

export type FlowOutput =
  | { readonly type: "flowUp"; readonly flow: number; readonly peer: PeerId; readonly dial: number | undefined }
  | { readonly type: "flowPacket"; readonly flow: number; readonly packet: Uint8Array }
  | { readonly type: "flowDown"; readonly flow: number }
  /** Through the room's mesh, if there is a way. */
  | { readonly type: "send"; readonly room: RoomId; readonly peer: PeerId; readonly payload: Uint8Array };

interface Flow {
  readonly number: number;
  readonly room: RoomId;
  readonly peer: PeerId;
  readonly id: Uint8Array;
}

export class RoomFlows {
  readonly #random: RandomSource;
  readonly #flows = new Map<number, Flow>(); // at most FLOWS_MAX
  readonly #byName = new Map<string, Flow>(); // the same, by room, member and id
  readonly #outputs: FlowOutput[] = [];
  #next = 1;

  constructor(random: RandomSource) {
    this.#random = random;
  }

  get size(): number {
    return this.#flows.size;
  }

  /** For a dial of ours. False: there are as many as may be. */
  open(room: RoomId, peer: PeerId, dial: number): boolean {
    return this.#add({ room, peer, id: this.#random(FLOW_ID_BYTES).slice() }, dial) !== undefined;
  }

  send(flow: number, packet: Uint8Array): void {
    const { room, peer, id } = this.#flows.get(flow) ?? {};
    if (room === undefined || peer === undefined || id === undefined || packet.length > ROUTED_RECORD_BYTES_MAX) return;
    this.#outputs.push({ type: "send", room, peer, payload: encode(ROOM_UNICAST.packet, id, packet) });
  }

  /** We are done with it. */
  close(flow: number): void {
    const found = this.#flows.get(flow);
    if (found === undefined) return;
    const payload = encode(ROOM_UNICAST.end, found.id, new Uint8Array(0));
    this.#outputs.push({ type: "send", room: found.room, peer: found.peer, payload });
    this.#drop(found);
  }

  /** No flow with this member through this room any more. */
  endWith(room: RoomId, peer: PeerId | undefined): void {
    for (const flow of [...this.#flows.values()])
      if (flow.room === room && (peer === undefined || flow.peer === peer)) this.#end(flow);
  }

  /** What a member sent to us alone. Whatever is not of a flow is passed over. */
  handleUnicast(room: RoomId, peer: PeerId, payload: Uint8Array): void {
    try {
      const reader = new Reader(payload);
      const type = reader.u8();
      const id = reader.bytes(FLOW_ID_BYTES);
      const known = this.#byName.get(nameOf(room, peer, id));
      if (type === ROOM_UNICAST.end) {
        reader.end();
        if (known !== undefined) this.#end(known);
      } else if (type === ROOM_UNICAST.packet) {
        const packet = payload.subarray(1 + FLOW_ID_BYTES);
        if (packet.length === 0 || packet.length > ROUTED_RECORD_BYTES_MAX) return;
        const flow = known ?? this.#add({ room, peer, id: id.slice() }, undefined);
        if (flow !== undefined) this.#outputs.push({ type: "flowPacket", flow: flow.number, packet });
      }
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
    }
  }

  poll(): FlowOutput | undefined {
    return this.#outputs.shift();
  }

  #add(of: Pick<Flow, "room" | "peer" | "id">, dial: number | undefined): Flow | undefined {
    const withPeer = [...this.#flows.values()].filter(({ peer }) => peer === of.peer).length;
    if (this.#flows.size >= FLOWS_MAX || withPeer >= FLOWS_PER_MEMBER_MAX) return undefined;
    const flow = { ...of, number: this.#next++ };
    this.#flows.set(flow.number, flow);
    this.#byName.set(nameOf(flow.room, flow.peer, flow.id), flow);
    this.#outputs.push({ type: "flowUp", flow: flow.number, peer: flow.peer, dial });
    return flow;
  }

  #end(flow: Flow): void {
    this.#drop(flow);
    this.#outputs.push({ type: "flowDown", flow: flow.number });
  }

  #drop(flow: Flow): void {
    this.#flows.delete(flow.number);
    this.#byName.delete(nameOf(flow.room, flow.peer, flow.id));
  }
}

const encode = (type: number, id: Uint8Array, packet: Uint8Array): Uint8Array =>
  new Writer(1 + FLOW_ID_BYTES + packet.length).u8(type).bytes(id).bytes(packet).finish();

const nameOf = (room: RoomId, peer: PeerId, id: Uint8Array): string => `${room} ${peer} ${bytesToHex(id)}`;
