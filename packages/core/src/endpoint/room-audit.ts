/**
 * What the audit log keeps of rooms (spec/trust.md §7): what we did to others' membership, and others to ours.
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import type { Operation } from "../room/operation.ts";
import type { RoomId } from "../room/room-id.ts";
import type { AuditRecord } from "../trust/audit-event.ts";
import type { RoomSeat } from "./room-seat.ts";

/** Of a room's 64 hexadecimal digits: tells a device's rooms apart, and opens none. */
const ROOM_DIGITS = 16;

const place = (room: RoomId): string => room.slice(0, ROOM_DIGITS);

/** Of an operation by us, or about us, that counts; `undefined` for what is not written down. */
export function recordOf({ author, room, body }: Operation, self: PeerId): AuditRecord | undefined {
  const isOurs = author === self;
  switch (body.kind) {
    case "found":
      return { event: "roomEntered", detail: `${place(room)} founded` };
    case "admit": {
      const detail = `${place(room)} ${body.how.by}`;
      return isOurs
        ? { event: "roomAdmitted", peer: body.subject, detail }
        : { event: "roomEntered", peer: author, detail };
    }
    case "role": {
      const [peer, whose] = isOurs ? [body.subject, "given"] : [author, "own"];
      return { event: "roomRoleChanged", peer, detail: `${place(room)} ${whose} ${body.role}` };
    }
    case "expel":
      return isOurs ? { event: "roomExpelled", peer: body.subject, detail: place(room) } : undefined;
    default:
      return undefined;
  }
}

/** We are a member no more. `peer`: whose doing that was. */
export function recordOfEnd({ id, room, about }: RoomSeat, self: PeerId): AuditRecord {
  if (about.standing === "left") return { event: "roomLeft", detail: place(id) };
  const removal = room.membership.removed.get(self);
  const detail = `${place(id)} ${removal?.reason ?? "void"}`;
  return { event: "roomLost", detail, ...(removal !== undefined && { peer: removal.by }) };
}
