/**
 * How somebody may come into a room, and who decides (spec/rooms.md §5).
 *
 *     policy = u8 ways · u8 who challenges, 0 where nobody does · u8 lowest role that may invite
 *
 * @module
 */
import type { Reader } from "../lib/reader.ts";
import { WireError } from "../lib/wire-error.ts";
import type { Writer } from "../lib/writer.ts";
import { type Role, roleNumber, roleOfNumber } from "../trust/roles.ts";
import { ROOM_CHALLENGERS, ROOM_WAYS } from "../wire/registry.ts";

export type RoomWays = keyof typeof ROOM_WAYS;
export type RoomChallengers = keyof typeof ROOM_CHALLENGERS;

export interface RoomPolicy {
  /**
   * `open`: any member completes an admission by invitation. `strict`: only the inviter does, and the count of
   * uses is exact. `approval`: owner or admin says yes to each. `challenge`: a newcomer answers a code of one
   * member (`any`), an admin's (`admin`) or each member's (`every`). `peers`: no admins; challenge and cut only.
   */
  readonly ways: RoomWays;
  /** With `challenge`, and with `peers`, where it is `every`; nowhere else. */
  readonly challengedBy?: RoomChallengers;
  /** Who may invite and show room codes: everybody with this role or a higher one. In `peers`: `member`. */
  readonly inviters: Exclude<Role, "guest">;
}

/** `terms` in the one form that is written: what is missing filled in, what has no meaning left out. */
export function roomPolicy(terms: Partial<RoomPolicy> = {}): RoomPolicy {
  const { ways = "open", challengedBy = "any", inviters = "member" } = terms;
  if (ways === "peers") return { ways, challengedBy: "every", inviters: "member" };
  return ways === "challenge" ? { ways, challengedBy, inviters } : { ways, inviters };
}

export function writePolicy(writer: Writer, policy: RoomPolicy): Writer {
  const { ways, challengedBy, inviters } = roomPolicy(policy);
  const challengers = challengedBy === undefined ? 0 : ROOM_CHALLENGERS[challengedBy];
  return writer.u8(ROOM_WAYS[ways]).u8(challengers).u8(roleNumber(inviters));
}

/** @throws {WireError} `ERR_VALUE` for what {@link roomPolicy} would not leave as it is. */
export function readPolicy(reader: Reader): RoomPolicy {
  const [ways, challengers, role] = [reader.u8(), reader.u8(), reader.u8()];
  const way = WAYS.find((name) => ROOM_WAYS[name] === ways);
  const challengedBy = CHALLENGERS.find((name) => ROOM_CHALLENGERS[name] === challengers);
  const inviters = roleOfNumber(role);
  if (way === undefined || inviters === undefined || inviters === "guest") throw new WireError("ERR_VALUE", "policy");
  const policy = roomPolicy({ ways: way, inviters, ...(challengedBy !== undefined && { challengedBy }) });
  const isSame = policy.inviters === inviters && (policy.challengedBy ?? "") === (challengedBy ?? "");
  if (!isSame || (challengedBy === undefined && challengers !== 0)) throw new WireError("ERR_VALUE", "policy");
  return policy;
}

const WAYS = ["open", "strict", "approval", "challenge", "peers"] as const;
const CHALLENGERS = ["any", "admin", "every"] as const;
