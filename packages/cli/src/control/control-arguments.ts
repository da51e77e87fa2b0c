/**
 * Reading what a client sent: each argument by itself, and an error of its own for what does not fit.
 *
 * @module
 */
import type { PeerId, RoomId } from "@kith/core";
import type { RelayOrder, Role } from "@kith/sdk";
import { CliError, EXIT } from "../exit-code.ts";
import { readPeerId } from "../peer-id.ts";
import { readRoomId } from "../room-id.ts";

export const wrong = (what: string): CliError =>
  new CliError(EXIT.usage, "ERR_ARGUMENT", `Cannot use the argument: ${what} expected`);

export function text(value: unknown): string {
  if (typeof value !== "string") throw wrong("a text");
  return value;
}

export function number(value: unknown): number {
  if (typeof value !== "number" || !Number.isFinite(value)) throw wrong("a number");
  return value;
}

export function bytes(value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array)) throw wrong("bytes");
  return value;
}

export function peerId(value: unknown): PeerId {
  const peer = typeof value === "string" ? readPeerId(value) : undefined;
  if (peer === undefined) throw wrong("a PeerId");
  return peer;
}

export function oneOf<T extends string>(value: unknown, all: readonly T[]): T {
  const found = all.find((one) => one === value);
  if (found === undefined) throw wrong(`one of ${all.join(", ")}`);
  return found;
}

export const roleOf = (value: unknown): Role => oneOf<Role>(value, ["owner", "admin", "member", "guest"]);

export const optional = <T>(value: unknown, read: (value: unknown) => T): T | undefined =>
  value === undefined || value === null ? undefined : read(value);

/** An object with `key` if there is a value: exactOptionalPropertyTypes knows no `key: undefined`. */
export const given = <K extends string, T>(key: K, value: T | undefined): { readonly [key in K]?: T } =>
  (value === undefined ? {} : { [key]: value }) as { readonly [key in K]?: T };

export function list<T>(value: unknown, read: (value: unknown) => T): readonly T[] {
  if (!Array.isArray(value)) throw wrong("a list");
  return value.map((one: unknown) => read(one));
}

export function fields(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong("an object");
  return { ...value };
}

export function roomId(value: unknown): RoomId {
  const room = typeof value === "string" ? readRoomId(value) : undefined;
  if (room === undefined) throw wrong("a room's id");
  return room;
}

export function relayOrder(value: unknown): RelayOrder {
  const { type, ...given } = fields(value);
  switch (type) {
    case "claim":
      return { type, code: text(given["code"]) };
    case "status":
    case "backup":
    case "rotate":
    case "ticket":
      return { type };
    case "policy":
      return { type, policy: oneOf(given["policy"], ["open", "invited"]) };
    case "admit":
      return { type, uses: u32(given["uses"]), seconds: u32(given["seconds"]) };
    case "drain":
      return { type, seconds: u32(given["seconds"]), other: text(given["other"]) };
    default:
      throw wrong("an order");
  }
}

function u32(value: unknown): number {
  const whole = number(value);
  if (!Number.isInteger(whole) || whole < 0 || whole > 0xffff_ffff) throw wrong("a whole number");
  return whole;
}
