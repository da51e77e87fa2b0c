/**
 * The running node, as if it were in this process: the same {@link Kith} that commands use on an
 * endpoint of their own.
 *
 * @module
 */
import { resolve } from "node:path";
import { base64urlToBytes, type PeerId } from "@kith/core";
import type {
  Alarm,
  Audit,
  BackupFile,
  BlockedPeer,
  ChatMessage,
  Contact,
  Files,
  JoinCodes,
  JoinCodeView,
  NearbyPeer,
  Observable,
  Pairing,
  PairingView,
  PassedGrant,
  PrivacyLevel,
  ReceivedGrant,
  RelayView,
  RoomView,
  SessionView,
  TransferView,
  Trust,
} from "@kith/sdk";
import type { Kith } from "../kith.ts";
import { remoteCards, watchCards } from "./card-methods.ts";
import { remoteChat } from "./chat-methods.ts";
import { ControlClient } from "./control-client.ts";
import { dialControl } from "./control-server.ts";
import { remoteDirect } from "./direct-methods.ts";
import { remoteFacts } from "./fact-methods.ts";
import { remoteRooms } from "./remote-rooms.ts";
import { controlSocketPath } from "./socket-path.ts";

export interface RemoteKith extends Kith {
  /** Fulfils when the node or we hung up. */
  readonly closed: Promise<void>;
}

/** The node that runs with `home`; `undefined` if none does. @throws {CliError} if it is of another version, or silent */
export async function connectControl(home: string): Promise<RemoteKith | undefined> {
  const socket = await dialControl(controlSocketPath(home));
  if (socket === undefined) return undefined;
  const client = new ControlClient(socket);
  try {
    return await remoteKith(client);
  } catch (error) {
    client.close();
    throw error;
  }
}

async function remoteKith(client: ControlClient): Promise<RemoteKith> {
  const self = await client.hello;
  const [states, cards] = await Promise.all([statesOf(client), watchCards(client)]);
  return {
    id: self.id as PeerId,
    fingerprint: self.fingerprint,
    name: self.name,
    isOneTime: self.isOneTime,
    addresses: states.addresses,
    privacy: states.privacy,
    nearby: states.nearby,
    openSessions: states.openSessions,
    alarms: states.alarms,
    dismissAlarm: (id) => client.call("dismissAlarm", [id]),
    lookAround: () => {
      client.call("lookAround", []).catch(() => undefined); // only a wish
    },
    relays: {
      get: () => states.relays.get(),
      subscribe: (changed) => states.relays.subscribe(changed),
      add: (address) => client.call("relays.add", [address]),
      remove: (host) => client.call("relays.remove", [host]),
      manage: (relay, order, options) => client.call("relays.manage", [relay, order], options?.signal),
    },
    closed: client.closed,
    setPrivacy: (level) => client.call("setPrivacy", [level]),
    connect: (target, options) => client.call("connect", [target, options?.expect], options?.signal),
    exportIdentity: (passphrase) => client.call("exportIdentity", [passphrase]),
    backup: async (passphrase) => {
      const { bytes, ...rest } = await client.call<Omit<BackupFile, "bytes"> & { readonly bytes: string }>("backup", [
        passphrase,
      ]);
      return { ...rest, bytes: base64urlToBytes(bytes) };
    },
    close: () => {
      client.close();
      return client.closed;
    },
    trust: remoteTrust(client, states),
    pairing: remotePairing(client, states),
    joinCodes: remoteJoinCodes(client, states),
    direct: remoteDirect(client),
    chat: remoteChat(client, states.unread),
    files: remoteFiles(client, states),
    audit: remoteAudit(client),
    cards: remoteCards(client, cards),
    facts: remoteFacts(client),
    rooms: remoteRooms(client, states.rooms),
  };
}

interface States {
  readonly addresses: Observable<readonly string[]>;
  readonly privacy: Observable<PrivacyLevel>;
  readonly nearby: Observable<readonly NearbyPeer[]>;
  readonly openSessions: Observable<readonly SessionView[]>;
  readonly relays: Observable<readonly RelayView[]>;
  readonly alarms: Observable<readonly Alarm[]>;
  readonly contacts: Observable<readonly Contact[]>;
  readonly blocked: Observable<readonly PeerId[]>;
  readonly blockList: Observable<readonly BlockedPeer[]>;
  readonly received: Observable<readonly ReceivedGrant[]>;
  readonly passedOn: Observable<readonly PassedGrant[]>;
  readonly pairings: Observable<readonly PairingView[]>;
  readonly joinCodes: Observable<readonly JoinCodeView[]>;
  readonly unread: Observable<readonly ChatMessage[]>;
  readonly transfers: Observable<readonly TransferView[]>;
  readonly rooms: Observable<readonly RoomView[]>;
}

/** All states at once: `get()` answers without waiting, so their first values must be here. */
async function statesOf(client: ControlClient): Promise<States> {
  const [
    addresses,
    privacy,
    nearby,
    openSessions,
    relays,
    alarms,
    trust,
    pairings,
    joinCodes,
    unread,
    transfers,
    rooms,
  ] = await Promise.all([
    client.watch<readonly string[]>("addresses"),
    client.watch<PrivacyLevel>("privacy"),
    client.watch<readonly NearbyPeer[]>("nearby"),
    client.watch<readonly SessionView[]>("openSessions"),
    client.watch<readonly RelayView[]>("relays"),
    client.watch<readonly Alarm[]>("alarms"),
    trustStatesOf(client),
    client.watch<readonly PairingView[]>("pairing.all"),
    client.watch<readonly JoinCodeView[]>("joinCodes.all"),
    client.watch<readonly ChatMessage[]>("chat.unread"),
    client.watch<readonly TransferView[]>("files.transfers"),
    client.watch<readonly RoomView[]>("rooms.all"),
  ]);
  return {
    addresses,
    privacy,
    nearby,
    openSessions,
    relays,
    alarms,
    ...trust,
    pairings,
    joinCodes,
    unread,
    transfers,
    rooms,
  };
}

async function trustStatesOf(
  client: ControlClient,
): Promise<Pick<States, "contacts" | "blocked" | "blockList" | "received" | "passedOn">> {
  const [contacts, blocked, blockList, received, passedOn] = await Promise.all([
    client.watch<readonly Contact[]>("trust.contacts"),
    client.watch<readonly PeerId[]>("trust.blocked"),
    client.watch<readonly BlockedPeer[]>("trust.blockList"),
    client.watch<readonly ReceivedGrant[]>("trust.received"),
    client.watch<readonly PassedGrant[]>("trust.passedOn"),
  ]);
  return { contacts, blocked, blockList, received, passedOn };
}

const remoteTrust = (client: ControlClient, { contacts, blocked, blockList, received, passedOn }: States): Trust => ({
  contacts,
  blocked,
  blockList,
  received,
  passedOn,
  add: (peer, { name, role }) => client.call("trust.add", [peer, name, role]),
  rename: (peer, name) => client.call("trust.rename", [peer, name]),
  annotate: (peer, notes) => client.call("trust.annotate", [peer, notes]),
  setRole: (peer, role) => client.call("trust.setRole", [peer, role]),
  revoke: (peer) => client.call("trust.revoke", [peer]),
  block: (peer) => client.call("trust.block", [peer]),
  unblock: (peer) => client.call("trust.unblock", [peer]),
  grant: (peer, grant) => client.call("trust.grant", [peer, grant]),
  revokeGrant: (peer, id) => client.call("trust.revokeGrant", [peer, id]),
  passOn: (peer, id, narrower) => client.call("trust.passOn", [peer, id, narrower]),
  showGrant: (peer, id) => client.call("trust.showGrant", [peer, id]),
  checkClock: () => client.call("trust.checkClock", []),
  acceptClock: () => client.call("trust.acceptClock", []),
});

const remotePairing = (client: ControlClient, { pairings }: States): Pairing => ({
  all: pairings,
  offer: (method) => client.call("pairing.offer", [method]),
  start: (target, method, options) => client.call("pairing.start", [target, method], options?.signal),
  answer: (id, answer) => client.call("pairing.answer", [id, answer]),
});

/** Paths become absolute here: the node has a working directory of its own. */
const remoteJoinCodes = (client: ControlClient, { joinCodes }: States): JoinCodes => ({
  all: joinCodes,
  create: (purpose, { signal, lifetimeMs, relay } = {}) => {
    const paths = purpose.for === "files" ? purpose.paths.map((path) => resolve(path)) : undefined;
    return client.call("joinCodes.create", [{ ...purpose, ...(paths && { paths }) }, lifetimeMs, relay], signal);
  },
  join: (code, options) => client.call("joinCodes.join", [code], options?.signal),
  answer: (id, { directory, ...answer }) =>
    client.call("joinCodes.answer", [id, { ...answer, ...(directory && { directory: resolve(directory) }) }]),
  cancel: (id) => client.call("joinCodes.cancel", [id]),
});

/** Paths become absolute here: the node has a working directory of its own. */
const remoteFiles = (client: ControlClient, { transfers }: States): Files => ({
  transfers,
  send: (peer, paths) => client.call("files.send", [peer, paths.map((path) => resolve(path))]),
  accept: (id, options) =>
    client.call("files.accept", [id, options?.directory === undefined ? undefined : resolve(options.directory)]),
  decline: (id) => client.call("files.decline", [id]),
  cancel: (id) => client.call("files.cancel", [id]),
});

const remoteAudit = (client: ControlClient): Audit => ({
  entries: (options) => client.call("audit.entries", [options?.limit]),
  verify: () => client.call("audit.verify", []),
  export: () => client.call("audit.export", []),
});
