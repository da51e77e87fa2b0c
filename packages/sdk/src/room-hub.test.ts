/** A room of several members in one process, without sessions: channels and broadcasts as the SDK's rooms have them. */
import { type PeerId, parseRoomId, peerIdFromBytes, type RoomId } from "@kith/core";
import type { Channel } from "./api.ts";
import { Subject } from "./observable.ts";
import { AsyncQueue } from "./queue.ts";
import type { MemberView, Room, RoomBroadcast, RoomMessage } from "./rooms-api.ts";

const QUEUE_MAX = 10_000;
const id = parseRoomId("ab".repeat(32));
export const ROOM_ID: RoomId = id ?? ("" as RoomId);

export type RoomInTest = Pick<Room, "id" | "members" | "open" | "channels" | "broadcast">;

class PipeEnd implements Channel {
  readonly protocol: string;
  readonly peer: PeerId;
  readonly closed: Channel["closed"];
  readonly arrived = new AsyncQueue<Uint8Array>({ max: QUEUE_MAX });
  other: PipeEnd | undefined;
  isFinished = false;
  #settle: (end: Awaited<Channel["closed"]>) => void = () => {};

  constructor(protocol: string, peer: PeerId) {
    [this.protocol, this.peer] = [protocol, peer];
    this.closed = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  get messages(): AsyncIterable<Uint8Array> {
    return this.arrived;
  }

  get batches(): AsyncIterable<readonly Uint8Array[]> {
    throw new Error("not here");
  }

  async send(message: Uint8Array): Promise<void> {
    if (this.isFinished) throw new Error("finished");
    const copy = message.slice();
    await new Promise((resolve) => setImmediate(resolve));
    this.other?.arrived.push(copy);
  }

  async finish(): Promise<void> {
    this.isFinished = true;
    await new Promise((resolve) => setImmediate(resolve));
    this.other?.arrived.end();
  }

  reset(): void {
    for (const end of [this, this.other]) {
      if (end === undefined) continue;
      end.isFinished = true;
      end.arrived.end();
      end.#settle({ by: end === this ? "us" : "peer", reason: "cancelled" });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.finish();
  }
}

class HubMember {
  readonly peer: PeerId;
  readonly members = new Subject<readonly MemberView[]>([]);
  readonly incoming = new Map<string, AsyncQueue<Channel>>();
  readonly heard = new Map<string, AsyncQueue<RoomMessage>>();
  readonly pipes = new Set<PipeEnd>();
  isOnline = true;
  /** Changes what it sends on channels. */
  tamper: (message: Uint8Array) => Uint8Array = (message) => message;
  bytesSent = 0;

  constructor(peer: PeerId) {
    this.peer = peer;
  }

  queue<T>(queues: Map<string, AsyncQueue<T>>, protocol: string): AsyncQueue<T> {
    const queue = queues.get(protocol) ?? new AsyncQueue<T>({ max: QUEUE_MAX });
    queues.set(protocol, queue);
    return queue;
  }
}

export class RoomHub {
  readonly #members: HubMember[] = [];

  /** A member, who is online from now on. */
  join(): { readonly self: PeerId; readonly room: RoomInTest; readonly member: HubMember } {
    const member = new HubMember(peerIdFromBytes(new Uint8Array(32).fill(this.#members.length + 1)));
    this.#members.push(member);
    this.#meet();
    return { self: member.peer, room: this.#roomOf(member), member };
  }

  setOnline(member: HubMember, isOnline: boolean): void {
    member.isOnline = isOnline;
    if (!isOnline) for (const pipe of member.pipes) pipe.reset();
    this.#meet();
  }

  #meet(): void {
    for (const member of this.#members) {
      member.members.set(this.#members.map((each) => viewOf(each, each === member)));
    }
  }

  #roomOf(member: HubMember): RoomInTest {
    return {
      id: ROOM_ID,
      members: member.members,
      open: async (protocol, peer) => {
        await new Promise((resolve) => setImmediate(resolve));
        const other = this.#members.find((each) => each.peer === peer);
        if (!member.isOnline || other?.isOnline !== true) throw new Error("unreachable");
        const [ours, theirs] = [new PipeEnd(protocol, peer), new PipeEnd(protocol, member.peer)];
        [ours.other, theirs.other] = [theirs, ours];
        for (const [pipe, from] of [
          [ours, member],
          [theirs, other],
        ] as const) {
          from.pipes.add(pipe);
          const send = pipe.send.bind(pipe);
          pipe.send = (message) => {
            from.bytesSent += message.length;
            return send(from.tamper(message));
          };
        }
        other.queue(other.incoming, protocol).push(theirs);
        return ours;
      },
      channels: (protocol) => member.queue(member.incoming, protocol),
      broadcast: (protocol) => this.#broadcast(member, protocol),
    };
  }

  #broadcast(member: HubMember, protocol: string): RoomBroadcast {
    const heard = member.queue(member.heard, protocol);
    return {
      messages: heard,
      missed: new Subject(new Map()),
      send: async (message) => {
        const bytes = message.slice();
        await new Promise((resolve) => setImmediate(resolve));
        for (const other of this.#members) {
          if (other === member || !other.isOnline || !member.isOnline) continue;
          other.queue(other.heard, protocol).push({ from: member.peer, bytes, hops: 0, sentAt: 0 });
        }
      },
      async [Symbol.asyncDispose]() {
        heard.end();
      },
    };
  }
}

const viewOf = ({ peer, isOnline }: HubMember, isSelf: boolean): MemberView => ({
  peer,
  fingerprint: "",
  name: "somebody",
  isSelf,
  role: "member",
  admittedHow: "invitation",
  admittedAt: 0,
  isVerified: false,
  isOnline,
  path: { kind: isSelf ? "self" : isOnline ? "direct" : "none" },
  isCut: false,
});
