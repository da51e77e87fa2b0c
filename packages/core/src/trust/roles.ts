/**
 * What a role permits on this device (spec/trust.md §4). A role is a named set of operations that
 * we gave a contact; it says nothing about what the contact permits us.
 *
 * @module
 */
import { PROTOCOL } from "../wire/registry.ts";

/** Highest first. */
export const ROLES = ["owner", "admin", "member", "guest"] as const;
export type Role = (typeof ROLES)[number];

/** On the wire and in the store: 1 to 4. */
export const roleNumber = (role: Role): number => ROLES.indexOf(role) + 1;
export const roleOfNumber = (number: number): Role | undefined => ROLES[number - 1];

/** Every operation that Kith itself asks about. Applications add their protocols' names. */
export const OPERATION = {
  pair: "pair", //                      begin a pairing
  chat: "chat", //                      open a chat channel and write
  card: "card", //                      offer us contact cards and facts, ask for ours; a person says yes to each
  fileSend: "file.send", //             offer us files; a person still says yes to each
  fileUnasked: "file.unasked", //       have files taken without asking a person
  application: "application", //        open channels of applications
  grant: "grant", //                    issue grants that we honour
  grantExchange: "grant.exchange", //   tell us of grants: what each is worth is decided by its signatures
} as const;
export type Operation = (typeof OPERATION)[keyof typeof OPERATION];

const PERMITS: Readonly<Record<Role, ReadonlySet<string>>> = {
  // An owner is another device of the same person.
  owner: new Set(["pair", "chat", "card", "file.send", "file.unasked", "application", "grant", "grant.exchange"]),
  admin: new Set(["pair", "chat", "card", "file.send", "application", "grant", "grant.exchange"]),
  member: new Set(["pair", "chat", "card", "file.send", "application", "grant.exchange"]),
  guest: new Set(["pair", "chat", "card", "grant.exchange"]),
};

/** What a peer without a role may do: become one with a role. */
const STRANGER: ReadonlySet<string> = new Set(["pair"]);

/** Whether `role`, or a stranger's `undefined`, permits `operation`. An operation unknown to Kith counts as an application's. */
export function rolePermits(role: Role | undefined, operation: string): boolean {
  if (role === undefined) return STRANGER.has(operation);
  return PERMITS[role].has(isOperation(operation) ? operation : OPERATION.application);
}

/** The operation that opening a channel of `protocol` is. */
export function operationOf(protocol: string): string {
  switch (protocol) {
    case PROTOCOL.pair:
      return OPERATION.pair;
    case PROTOCOL.chat:
    case PROTOCOL.mail: // what is left for one who is away is chat
      return OPERATION.chat;
    case PROTOCOL.card:
    case PROTOCOL.credential:
      return OPERATION.card;
    case PROTOCOL.file:
      return OPERATION.fileSend;
    case PROTOCOL.grant:
      return OPERATION.grantExchange;
    default:
      return protocol;
  }
}

const KNOWN: ReadonlySet<string> = new Set(Object.values(OPERATION));
const isOperation = (name: string): boolean => KNOWN.has(name);
