/**
 * Rooms of the running node. The states of a room are fetched when somebody asks for that room: a
 * command needs one of them, and an endpoint may be in 64.
 *
 * @module
 */
import { resolve } from "node:path";
import type { RoomId } from "@kith/core";
import type {
  GapView,
  JoinRequestView,
  MemberView,
  Observable,
  RoomFileView,
  RoomView,
  ShownRoomCode,
  TopologyView,
} from "@kith/sdk";
import { CliError, EXIT, verdictOf } from "../exit-code.ts";
import type { KithRoom, KithRooms } from "../kith.ts";
import type { ControlClient } from "./control-client.ts";
import type { JoinItem } from "./room-methods.ts";

export function remoteRooms(client: ControlClient, all: Observable<readonly RoomView[]>): KithRooms {
  const known = new Map<RoomId, Promise<KithRoom | undefined>>(); // as many as a command asks for
  const get = (id: RoomId): Promise<KithRoom | undefined> => {
    const found = known.get(id) ?? remoteRoom(client, id).catch(unlessUnknown);
    known.set(id, found);
    return found;
  };
  const entered = async (id: RoomId): Promise<KithRoom> => {
    const room = await get(id);
    if (room === undefined) throw new CliError(EXIT.unknown, "ERR_ROOM_UNKNOWN", "Cannot use the room: it is gone");
    return room;
  };
  return {
    all,
    get,
    create: async (name, policy) => entered(await client.call<RoomId>("rooms.create", [name, policy])),
    join: async (ticket, { signal, onStep } = {}) => {
      for await (const item of client.stream<JoinItem>("rooms.join", [ticket], signal)) {
        if (item.type === "joined") return await entered(item.room);
        onStep?.(item.step, item.room === undefined ? undefined : await get(item.room));
      }
      throw new CliError(EXIT.home, "ERR_CONTROL", "Cannot read the control socket: a join without an end");
    },
    forget: (id) => client.call("rooms.forget", [id]),
  };
}

function unlessUnknown(error: unknown): undefined {
  if (verdictOf(error).code !== "ERR_ROOM_UNKNOWN") throw error;
}

/** Paths become absolute here: the node has a working directory of its own. */
async function remoteRoom(client: ControlClient, id: RoomId): Promise<KithRoom> {
  const call = <T>(name: string, ...args: readonly unknown[]): Promise<T> => client.call(`room.${name}`, [id, ...args]);
  const [view, members, requests, topology, gaps, shownCode, challenges, files] = await Promise.all([
    client.watch<RoomView>("room.view", [id]),
    client.watch<readonly MemberView[]>("room.members", [id]),
    client.watch<readonly JoinRequestView[]>("room.requests", [id]),
    client.watch<TopologyView>("room.topology", [id]),
    client.watch<readonly GapView[]>("room.gaps", [id]),
    client.watch<ShownRoomCode | undefined>("room.shownCode", [id]),
    client.watch<ReturnType<KithRoom["challenges"]["get"]>>("room.challenges", [id]),
    client.watch<readonly RoomFileView[]>("room.files.all", [id]),
  ]);
  return {
    ...{ id, view, members, requests, topology, gaps, shownCode, challenges },
    invite: (options) => call("invite", options),
    revokeInvitations: () => call("revokeInvitations"),
    knockLink: () => call("knockLink"),
    showCode: () => call("showCode"),
    approve: (peer) => call("approve", peer),
    refuse: (peer) => call("refuse", peer),
    challenge: (peer) => call("challenge", peer),
    answerChallenge: (member, code) => call("answerChallenge", member, code),
    setRole: (peer, role) => call("setRole", peer, role),
    expel: (peer) => call("expel", peer),
    cut: (peer, isCut) => call("cut", peer, isCut),
    setPolicy: (policy) => call("setPolicy", policy),
    rename: (name) => call("rename", name),
    leave: () => call("leave"),
    chat: {
      send: (text, { lifetime } = {}) => call("chat.send", text, ...(lifetime === undefined ? [] : [{ lifetime }])),
      react: (message, symbol) => call("chat.react", message, symbol),
      edit: (message, text) => call("chat.edit", message, text),
      delete: (message) => call("chat.delete", message),
      watch: (options) => client.stream("room.chat.watch", [id], options?.signal),
      history: {
        get: () => call("chat.history"),
        changes: (options) => client.stream("room.chat.changes", [id], options?.signal),
      },
    },
    files: {
      all: files,
      send: (path, options) => client.call("room.files.send", [id, resolve(path)], options?.signal),
      fetch: (file, options) =>
        call("files.fetch", file, options?.directory === undefined ? undefined : resolve(options.directory)),
      cancel: (file) => call("files.cancel", file),
    },
  };
}
