/**
 * Carries out what a room's seat wants: each thing where it belongs.
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import type { Moment } from "../lib/moment.ts";
import type { StoreEntry } from "../lib/store-entry.ts";
import type { Instant } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import type { RoomId } from "../room/room-id.ts";
import type { AuditRecord } from "../trust/audit-event.ts";
import { recordOf, recordOfEnd } from "./room-audit.ts";
import type { RoomCalls } from "./room-calls.ts";
import type { RoomDoor } from "./room-door.ts";
import type { RoomFlows } from "./room-flows.ts";
import type { RoomGround } from "./room-ground.ts";
import type { RoomJoins } from "./room-joins.ts";
import type { RoomNews } from "./room-news.ts";
import type { RoomSeat } from "./room-seat.ts";
import { decodeRoomWord } from "./room-word.ts";
import type { SeatOutput } from "./seat-output.ts";

export interface SeatOutputParts {
  readonly self: PeerId;
  readonly door: RoomDoor;
  readonly joins: RoomJoins;
  readonly flows: RoomFlows;
  readonly calls: RoomCalls;
  readonly ground: RoomGround;
  readonly news: RoomNews;
  readonly audit: (record: AuditRecord | undefined, at: Moment) => void;
  readonly keep: (puts: readonly StoreEntry[], deletes: readonly string[]) => void;
  /** We deal with the peer in that room no more. */
  readonly part: (room: RoomId, peer: PeerId, now: Instant) => void;
}

export class SeatOutputs {
  readonly #parts: SeatOutputParts;

  constructor(parts: SeatOutputParts) {
    this.#parts = parts;
  }

  carryOut(seat: RoomSeat, output: SeatOutput, at: Moment): void {
    const room = seat.id;
    switch (output.type) {
      case "message": {
        const { protocol, from, bytes, hops, sentAt } = output;
        this.#parts.news.push({ type: "roomMessage", room, protocol, from, bytes, hops, sentAt });
        break;
      }
      case "word":
        this.#handleWord(seat, output, at);
        break;
      case "missed":
        this.#parts.news.push({ type: "roomMissed", room, from: output.from, count: output.count });
        break;
      case "writable":
        this.#parts.news.push({ type: "roomWritable", room });
        break;
      case "changed":
        this.#parts.news.touch(room);
        break;
      case "membership":
        this.#parts.news.touchRecognition();
        this.#parts.door.handleMembership(seat, at);
        break;
      case "refused":
        this.#parts.joins.knock(seat.room, output.peer, seat.hints.of(output.peer), at);
        break;
      case "contacts":
        this.#parts.news.touchRecognition();
        break;
      case "parted":
        this.#parts.part(room, output.peer, at.now);
        break;
      case "unicast":
        if (seat.counts(output.from)) this.#parts.flows.handleUnicast(room, output.from, output.payload);
        break;
      case "dial":
        this.#parts.calls.begin(
          { for: "mesh", room, peer: output.peer },
          { peer: output.peer, hints: this.#parts.ground.hintsOf(output.peer), isDirect: true },
          at.now,
        );
        break;
      case "store":
        this.#parts.keep(output.puts, output.deletes);
        break;
      case "note":
        this.#parts.news.push(output);
        break;
      case "deed":
        this.#parts.audit(recordOf(output.operation, this.#parts.self), at);
        break;
      case "over":
        this.#parts.audit(recordOfEnd(seat, this.#parts.self), at);
        this.#parts.flows.endWith(room, undefined);
        this.#parts.news.touchList();
        this.#parts.news.push({ type: "roomOver", room, reason: output.standing });
    }
  }

  #handleWord(seat: RoomSeat, output: Extract<SeatOutput, { type: "word" }>, at: Moment): void {
    try {
      const said = decodeRoomWord(output.protocol, output.bytes);
      if (said === undefined) return;
      if (said.word !== "cut") return this.#parts.door.handleWord(seat, output.from, said, at);
      const { peer, isCut } = said;
      this.#parts.news.push({ type: "roomAdvice", room: seat.id, from: output.from, peer, isCut });
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#parts.news.push({ type: "note", code: "room-garbage", peer: output.from });
    }
  }
}
