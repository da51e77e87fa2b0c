/**
 * What of rooms may be asked over the control socket. States of one room are watched under its id.
 *
 * @module
 */
import type { RoomId } from "@kith/core";
import type { JoinStep, Observable, RoomPolicy, Waiting } from "@kith/sdk";
import { CliError, EXIT } from "../exit-code.ts";
import type { Kith, KithRoom } from "../kith.ts";
import { chatChanges } from "../room-chat-changes.ts";
import { fields, given, number, oneOf, optional, peerId, roleOf, roomId, text } from "./control-arguments.ts";

export type Args = readonly unknown[];
export type Call = (kith: Kith, args: Args, signal: AbortSignal) => unknown;
export type Stream = (kith: Kith, args: Args, signal: AbortSignal) => AsyncIterable<unknown>;
export type Watchable = (kith: Kith, args: Args) => Observable<unknown>;

/** Steps of one join that wait for a client; the oldest go, only the last matters. */
const STEPS_MAX = 64;

/** What a client that joins is told. */
export type JoinItem =
  | { readonly type: "step"; readonly step: JoinStep; readonly room?: RoomId }
  | { readonly type: "joined"; readonly room: RoomId };

/** The served node is in this process, so its rooms are at hand. @throws {CliError} `ERR_ROOM_UNKNOWN` */
function roomOf(kith: Kith, id: unknown): KithRoom {
  const room = kith.rooms.get(roomId(id));
  if (room === undefined || room instanceof Promise)
    throw new CliError(EXIT.unknown, "ERR_ROOM_UNKNOWN", "Cannot find the room: this node is not in it");
  return room;
}

const saidWith = (options: unknown): { readonly lifetime?: number } =>
  options === undefined || options === null ? {} : given("lifetime", optional(fields(options)["lifetime"], number));

const STATES = ["view", "members", "requests", "topology", "gaps", "shownCode", "challenges"] as const;

export const ROOM_WATCHED: readonly (readonly [string, Watchable])[] = [
  ["rooms.all", (kith) => kith.rooms.all],
  ["room.files.all", (kith, [id]) => roomOf(kith, id).files.all],
  ...STATES.map((name): readonly [string, Watchable] => [`room.${name}`, (kith, [id]) => roomOf(kith, id)[name]]),
];

export const ROOM_CALLS: readonly (readonly [string, Call])[] = [
  [
    "rooms.create",
    async (kith, [name, policy]) => (await kith.rooms.create(text(name), policyOf(fields(policy ?? {})))).id,
  ],
  ["rooms.forget", (kith, [id]) => kith.rooms.forget(roomId(id))],
  ["room.invite", (kith, [id, options]) => roomOf(kith, id).invite(invitationOf(fields(options ?? {})))],
  ["room.revokeInvitations", (kith, [id]) => roomOf(kith, id).revokeInvitations()],
  ["room.knockLink", (kith, [id]) => roomOf(kith, id).knockLink()],
  ["room.showCode", (kith, [id]) => roomOf(kith, id).showCode()],
  ["room.approve", (kith, [id, peer]) => roomOf(kith, id).approve(peerId(peer))],
  ["room.refuse", (kith, [id, peer]) => roomOf(kith, id).refuse(peerId(peer))],
  ["room.challenge", (kith, [id, peer]) => roomOf(kith, id).challenge(peerId(peer))],
  ["room.answerChallenge", (kith, [id, peer, code]) => roomOf(kith, id).answerChallenge(peerId(peer), text(code))],
  ["room.setRole", (kith, [id, peer, role]) => roomOf(kith, id).setRole(peerId(peer), roleOf(role))],
  ["room.expel", (kith, [id, peer]) => roomOf(kith, id).expel(peerId(peer))],
  ["room.cut", (kith, [id, peer, isCut]) => roomOf(kith, id).cut(peerId(peer), isCut === true)],
  ["room.setPolicy", (kith, [id, policy]) => roomOf(kith, id).setPolicy(wholePolicyOf(fields(policy)))],
  ["room.rename", (kith, [id, name]) => roomOf(kith, id).rename(text(name))],
  ["room.leave", (kith, [id]) => roomOf(kith, id).leave()],
  ["room.chat.send", (kith, [id, words, options]) => roomOf(kith, id).chat.send(text(words), saidWith(options))],
  ["room.chat.react", (kith, [id, message, symbol]) => roomOf(kith, id).chat.react(text(message), text(symbol))],
  ["room.chat.edit", (kith, [id, message, words]) => roomOf(kith, id).chat.edit(text(message), text(words))],
  ["room.chat.delete", (kith, [id, message]) => roomOf(kith, id).chat.delete(text(message))],
  ["room.chat.history", (kith, [id]) => roomOf(kith, id).chat.history.get()],
  ["room.files.send", (kith, [id, path], signal) => roomOf(kith, id).files.send(text(path), { signal })],
  [
    "room.files.fetch",
    (kith, [id, file, directory]) =>
      roomOf(kith, id).files.fetch(text(file), given("directory", optional(directory, text))),
  ],
  ["room.files.cancel", (kith, [id, file]) => roomOf(kith, id).files.cancel(text(file))],
];

export const ROOM_STREAMS: readonly (readonly [string, Stream])[] = [
  ["room.chat.watch", (kith, [id], signal) => roomOf(kith, id).chat.watch({ signal })],
  ["room.chat.changes", (kith, [id], signal) => chatChanges(roomOf(kith, id), { signal })],
  ["rooms.join", (kith, [ticket], signal) => join(kith, text(ticket), { signal })],
];

async function* join(kith: Kith, ticket: string, waiting: Waiting): AsyncGenerator<JoinItem> {
  const items: (JoinItem | { readonly type: "failed"; readonly error: unknown })[] = [];
  let wake = Promise.withResolvers<void>();
  const put = (item: (typeof items)[number]): void => {
    if (items.length >= STEPS_MAX) items.shift();
    items.push(item);
    wake.resolve();
  };
  const onStep = (step: JoinStep, room: KithRoom | undefined): void =>
    put({ type: "step", step, ...given("room", room?.id) });
  kith.rooms.join(ticket, { ...waiting, onStep }).then(
    ({ id }) => put({ type: "joined", room: id }),
    (error: unknown) => put({ type: "failed", error }),
  );
  for (;;) {
    const item = items.shift();
    if (item === undefined) {
      await wake.promise;
      wake = Promise.withResolvers();
    } else if (item.type === "failed") throw item.error;
    else {
      yield item;
      if (item.type === "joined") return;
    }
  }
}

// --- arguments ----------------------------------------------------------------------------------

const ways = (value: unknown): RoomPolicy["ways"] =>
  oneOf(value, ["open", "strict", "approval", "challenge", "peers"] as const);
const challengers = (value: unknown): NonNullable<RoomPolicy["challengedBy"]> =>
  oneOf(value, ["any", "admin", "every"] as const);
const inviters = (value: unknown): RoomPolicy["inviters"] => oneOf(value, ["owner", "admin", "member"] as const);

const policyOf = (policy: Readonly<Record<string, unknown>>): Partial<RoomPolicy> => ({
  ...given("ways", optional(policy["ways"], ways)),
  ...given("challengedBy", optional(policy["challengedBy"], challengers)),
  ...given("inviters", optional(policy["inviters"], inviters)),
});

const wholePolicyOf = (policy: Readonly<Record<string, unknown>>): RoomPolicy => ({
  ...policyOf(policy),
  ways: ways(policy["ways"]),
  inviters: inviters(policy["inviters"]),
});

const invitationOf = (options: Readonly<Record<string, unknown>>): Parameters<KithRoom["invite"]>[0] => ({
  ...given("uses", optional(options["uses"], number)),
  ...given("lifetimeMs", optional(options["lifetimeMs"], number)),
  ...given("role", optional(options["role"], roleOf)),
});
