/**
 * A node in memory that keeps the promises of the SDK's `Endpoint` as far as commands can see: what
 * is sent arrives where the contact is connected, transfers advance, pairings go through their steps.
 */
import type { PeerId } from "@kith/core";
import {
  type Alarm,
  type Audit,
  type AuditEntry,
  type BackupFile,
  type ChatEvent,
  type ChatLifetimeView,
  type ChatMessage,
  type Contact,
  EndpointError,
  type Files,
  type GrantView,
  type NearbyPeer,
  type PassedGrant,
  type PrivacyLevel,
  type ReceivedGrant,
  type RelayView,
  type SessionView,
  Subject,
  type TransferView,
  type Trust,
  type Waiting,
} from "@kith/sdk";
import { CardTable, FactTable } from "@kith/sdk/testing";
import type { Kith, KithChat } from "../kith.ts";
import { fakeDirect } from "./fake-direct.ts";
import { type FakeJoinCodePlan, FakeJoinCodes } from "./fake-join-codes.ts";
import { FakePairing, type FakePairingPlan } from "./fake-pairing.ts";
import { ADA, BOB, FAKE_NOW, fakeFingerprint } from "./fake-people.ts";
import { FakeQueue } from "./fake-queue.ts";
import { FakeRelays } from "./fake-relays.ts";
import { type FakeRoomSetup, FakeRooms } from "./fake-rooms.ts";

export interface FakeSetup {
  readonly contacts?: readonly Contact[];
  readonly nearby?: readonly NearbyPeer[];
  readonly unread?: readonly ChatMessage[];
  readonly lifetime?: ChatLifetimeView;
  readonly hasWebRtc?: boolean;
  readonly transfers?: readonly TransferView[];
  readonly entries?: readonly AuditEntry[];
  readonly firstBadEntry?: number;
  readonly received?: readonly ReceivedGrant[];
  readonly clock?: "ok" | "behind";
  readonly pairing?: FakePairingPlan;
  readonly joinCode?: FakeJoinCodePlan;
  /** How outgoing transfers end; `stuck` ones never do. */
  readonly transferEnd?: Partial<TransferView> | "stuck";
  readonly isUnreachable?: boolean;
  /** A relay keeps what is for somebody away. */
  readonly hasRelay?: boolean;
  readonly rooms?: readonly FakeRoomSetup[];
  readonly relays?: readonly RelayView[];
  readonly sessions?: readonly SessionView[];
  readonly seat?: { readonly cards: Kith["cards"] };
  readonly factSeat?: { readonly facts: Kith["facts"] };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export class FakeKith implements Kith {
  readonly id: PeerId = ADA;
  readonly fingerprint: string = fakeFingerprint(ADA);
  readonly name = "Ada";
  readonly isOneTime = false;
  readonly addresses: Subject<readonly string[]> = new Subject<readonly string[]>(["192.168.1.2:41641"]);
  readonly privacy: Subject<PrivacyLevel> = new Subject<PrivacyLevel>("contacts");
  readonly nearby: Subject<readonly NearbyPeer[]>;
  readonly openSessions: Subject<readonly SessionView[]> = new Subject<readonly SessionView[]>([]);
  readonly alarms: Subject<readonly Alarm[]> = new Subject<readonly Alarm[]>([]);
  readonly contacts: Subject<readonly Contact[]>;
  readonly blocked: Subject<readonly PeerId[]> = new Subject<readonly PeerId[]>([]);
  readonly received: Subject<readonly ReceivedGrant[]>;
  readonly passedOn: Subject<readonly PassedGrant[]> = new Subject<readonly PassedGrant[]>([]);
  readonly unread: Subject<readonly ChatMessage[]>;
  readonly transfers: Subject<readonly TransferView[]>;
  readonly pairing: FakePairing;
  readonly joinCodes: FakeJoinCodes;
  readonly rooms: FakeRooms;
  readonly relays: FakeRelays;
  readonly direct: Kith["direct"];
  readonly cards: Kith["cards"];
  readonly facts: Kith["facts"];
  readonly events: FakeQueue<ChatEvent> = new FakeQueue<ChatEvent>();
  /** Typing that we told the peer, for tests to look at. */
  readonly typed: boolean[] = [];
  /** Of the chat with everybody: no test needs two. */
  lifetime: ChatLifetimeView;
  isClosed = false;
  readonly #setup: FakeSetup;
  readonly #messages: ChatMessage[] = [];
  #clock: "ok" | "behind";
  #count = 0;

  constructor(setup: FakeSetup = {}) {
    this.#setup = setup;
    this.contacts = new Subject(setup.contacts ?? []);
    this.nearby = new Subject(setup.nearby ?? []);
    this.openSessions.set(setup.sessions ?? []);
    this.received = new Subject(setup.received ?? []);
    this.#clock = setup.clock ?? "ok";
    this.lifetime = setup.lifetime ?? { agreed: "off" };
    this.unread = new Subject(setup.unread ?? []);
    this.transfers = new Subject(setup.transfers ?? []);
    this.rooms = new FakeRooms(setup.rooms);
    this.relays = new FakeRelays(setup.relays);
    this.#messages.push(...(setup.unread ?? []));
    const plan = setup.pairing ?? { name: "Bob" };
    const paired = (contact: Contact): void => this.contacts.set([...this.contacts.get(), contact]);
    this.pairing = new FakePairing(plan, paired);
    this.direct = setup.hasWebRtc === false ? undefined : fakeDirect(this.pairing);
    this.cards = (setup.seat ?? new CardTable(FAKE_NOW).seat(1)).cards;
    this.facts = (setup.factSeat ?? new FactTable(FAKE_NOW).seat(1)).facts;
    this.joinCodes = new FakeJoinCodes(setup.joinCode ?? {}, paired);
  }

  lookAround(): void {}

  async dismissAlarm(id: string): Promise<void> {
    this.alarms.set(this.alarms.get().filter((alarm) => alarm.id !== id));
  }

  async setPrivacy(level: PrivacyLevel): Promise<void> {
    this.privacy.set(level);
  }

  async connect(
    target: string,
    options: Waiting & { readonly expect?: PeerId } = {},
  ): Promise<{ readonly peer: PeerId }> {
    if (this.#setup.isUnreachable === true)
      throw new EndpointError("ERR_PEER_UNREACHABLE", `Cannot reach ${target}: no answer`);
    const peer = this.contacts.get().find((contact) => contact.peer === target)?.peer ?? BOB;
    if (options.expect !== undefined && options.expect !== peer) {
      throw new EndpointError("ERR_PEER_UNEXPECTED", `Cannot connect to ${target}: somebody else answers`);
    }
    const path = { kind: "tcp" as const, remote: target };
    const name = this.contacts.get().find((contact) => contact.peer === peer)?.name ?? "Bob";
    const isContact = this.contacts.get().some((contact) => contact.peer === peer);
    const session = { peer, fingerprint: fakeFingerprint(peer), name, isContact, path, openedAt: FAKE_NOW };
    this.openSessions.set([...this.openSessions.get(), session]);
    return { peer };
  }

  readonly trust: Trust = {
    contacts: { get: () => this.contacts.get(), subscribe: (changed) => this.contacts.subscribe(changed) },
    blocked: { get: () => this.blocked.get(), subscribe: (changed) => this.blocked.subscribe(changed) },
    blockList: {
      get: () => this.blocked.get().map((peer) => ({ peer, name: "", since: FAKE_NOW })),
      subscribe: (changed) => this.blocked.subscribe(changed),
    },
    received: { get: () => this.received.get(), subscribe: (changed) => this.received.subscribe(changed) },
    passedOn: { get: () => this.passedOn.get(), subscribe: (changed) => this.passedOn.subscribe(changed) },
    add: async (peer, { name, role = "member" }) => {
      const contact: Contact = {
        peer,
        name,
        role,
        fingerprint: fakeFingerprint(peer),
        verifiedBy: "pinned",
        verifiedAt: FAKE_NOW,
        notes: "",
        isBlocked: false,
        session: "none",
        grants: [],
      };
      this.contacts.set([...this.contacts.get(), contact]);
      return contact;
    },
    rename: async (peer, name) => this.#change(peer, { name }),
    annotate: async (peer, notes) => this.#change(peer, { notes }),
    setRole: async (peer, role) => this.#change(peer, { role }),
    revoke: async (peer) => this.contacts.set(this.contacts.get().filter((contact) => contact.peer !== peer)),
    block: async (peer) => {
      this.contacts.set(this.contacts.get().filter((contact) => contact.peer !== peer));
      this.blocked.set([...this.blocked.get(), peer]);
    },
    unblock: async (peer) => this.blocked.set(this.blocked.get().filter((one) => one !== peer)),
    grant: async (peer, grant) => {
      const given: GrantView = { ...grant, id: "4c1d0000000000000000000000000000" };
      const before = this.contacts.get().find((contact) => contact.peer === peer)?.grants ?? [];
      this.#change(peer, { grants: [...before, given] });
      return given;
    },
    revokeGrant: async (peer, id) => {
      const before = this.contacts.get().find((contact) => contact.peer === peer)?.grants ?? [];
      this.#change(peer, { grants: before.filter((grant) => grant.id !== id) });
      this.passedOn.set(this.passedOn.get().filter((grant) => grant.id !== id));
    },
    passOn: async (subject, from, { operation, notAfter, limits, delegations } = {}) => {
      const parent = this.received.get().find(({ id }) => id === from);
      if (parent === undefined) throw new EndpointError("ERR_GRANT_UNKNOWN", `Cannot find a received grant ${from}`);
      if (parent.delegations === undefined) {
        throw new EndpointError("ERR_ARGUMENT", "Cannot pass on the grant: it permits no more, or not so much");
      }
      const passed: PassedGrant = {
        id: "5d2e0000000000000000000000000000",
        operation: operation ?? parent.operation,
        ...(notAfter !== undefined && { notAfter }),
        limits: { ...parent.limits, ...limits },
        ...(delegations !== undefined && { delegations }),
        subject,
        root: parent.root,
        from,
      };
      this.passedOn.set([...this.passedOn.get(), passed]);
      return passed;
    },
    showGrant: async () => {},
    checkClock: async () => this.#clock,
    acceptClock: async () => {
      this.#clock = "ok";
    },
  };

  readonly chat: KithChat = {
    unread: { get: () => this.unread.get(), subscribe: (changed) => this.unread.subscribe(changed) },
    send: async (peer, text) => {
      if (text.length > 16_384) throw new EndpointError("ERR_ARGUMENT", "Cannot send the message: over 16 KiB");
      const id = (++this.#count).toString(16).padStart(32, "0");
      const message: ChatMessage = {
        id,
        peer,
        isOurs: true,
        text,
        writtenAt: FAKE_NOW,
        state: "queued",
        reactions: [],
        isEdited: false,
        isDeleted: false,
      };
      this.#messages.push(message);
      const isThere = this.contacts.get().find((contact) => contact.peer === peer)?.session === "open";
      if (isThere) this.#deliver(id, "sent", "stored");
      else if (this.#setup.hasRelay === true) this.#deliver(id, "kept");
      return message;
    },
    react: async (_peer, id, symbol) =>
      this.#changeMessage(id, ({ reactions }) => ({
        reactions: [...(symbol === "" ? [] : [{ isOurs: true, symbol }]), ...reactions.filter(({ isOurs }) => !isOurs)],
      })),
    edit: async (_peer, id, text) => this.#changeMessage(id, () => ({ text, isEdited: true })),
    delete: async (_peer, id) => this.#changeMessage(id, () => ({ text: "", reactions: [], isDeleted: true })),
    lifetime: () => this.lifetime,
    proposeLifetime: async (_peer, proposed) => {
      this.lifetime = { ...this.lifetime, proposed };
    },
    answerLifetime: async (_peer, isAccepted) => {
      const { asked, ...rest } = this.lifetime;
      if (asked === undefined) throw new EndpointError("ERR_ARGUMENT", "Cannot answer: nothing is asked");
      this.lifetime = isAccepted ? { ...rest, agreed: asked } : rest;
    },
    close: async () => {},
    history: async (peer, { limit = 100 } = {}) =>
      this.#messages.filter((message) => message.peer === peer).slice(-limit),
    markRead: async (_peer, ids) => this.unread.set(this.unread.get().filter(({ id }) => !ids.includes(id))),
    typing: (_peer, isTyping) => void this.typed.push(isTyping),
    watch: ({ signal } = {}) => this.events.watch(signal),
  };

  #changeMessage(id: string, change: (message: ChatMessage) => Partial<ChatMessage>): void {
    const at = this.#messages.findIndex((message) => message.id === id);
    const message = this.#messages[at];
    if (message === undefined) throw new EndpointError("ERR_ARGUMENT", "Cannot change the message: it is not here");
    const changed = { ...message, ...change(message) };
    this.#messages[at] = changed;
    const { peer, reactions, isEdited, isDeleted, text } = changed;
    const words = text === message.text || isDeleted ? {} : { text };
    this.events.push({ type: "changed", peer, id, reactions, isEdited, isDeleted, ...words });
  }

  readonly files: Files = {
    transfers: { get: () => this.transfers.get(), subscribe: (changed) => this.transfers.subscribe(changed) },
    send: async (peer, paths) => {
      const id = (++this.#count).toString(16).padStart(32, "5");
      const names = paths.map((path) => path.split("/").at(-1) ?? "");
      const view: TransferView = {
        id,
        peer,
        isOutgoing: true,
        state: "offered",
        names,
        fileCount: paths.length,
        bytesTotal: 10_000_000,
        bytesDone: 0,
        bytesPerSecond: 0,
        startedAt: FAKE_NOW,
      };
      this.transfers.set([...this.transfers.get(), view]);
      this.#run(id);
      return id;
    },
    accept: async (id, { directory = "/inbox" } = {}) => {
      this.#known(id);
      this.changeTransfer(id, { directory });
      this.#run(id);
    },
    decline: async (id) => this.changeTransfer(this.#known(id), { state: "declined" }),
    cancel: async (id) => this.changeTransfer(this.#known(id), { state: "cancelled", cancelledBy: "us" }),
  };

  readonly audit: Audit = {
    entries: async ({ limit = 100 } = {}) => (this.#setup.entries ?? []).slice(-limit),
    verify: async () => {
      const { firstBadEntry: firstBad, entries = [] } = this.#setup;
      return {
        isIntact: firstBad === undefined,
        entries: entries.length,
        ...(firstBad === undefined ? {} : { firstBad }),
      };
    },
    export: async () => Uint8Array.from([1, 2, 3]),
  };

  async exportIdentity(passphrase: string): Promise<string> {
    return `KITH-IDENTITY-1 sealed under ${passphrase.length} characters`;
  }

  async backup(passphrase: string): Promise<BackupFile> {
    const bytes = Uint8Array.from(`kith backup\n${passphrase.length}`, (character) => character.charCodeAt(0));
    return { bytes, records: 12, damaged: 1, photosLeft: 2 };
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }

  changeTransfer(id: string, change: Partial<TransferView>): void {
    this.transfers.set(this.transfers.get().map((view) => (view.id === id ? { ...view, ...change } : view)));
  }

  #known(id: string): string {
    if (!this.transfers.get().some((view) => view.id === id))
      throw new EndpointError("ERR_TRANSFER_UNKNOWN", "Cannot find the transfer");
    return id;
  }

  #change(peer: PeerId, change: Partial<Contact>): void {
    this.contacts.set(
      this.contacts.get().map((contact) => (contact.peer === peer ? { ...contact, ...change } : contact)),
    );
  }

  async #deliver(id: string, ...states: readonly ChatMessage["state"][]): Promise<void> {
    for (const state of states) {
      await turn();
      this.events.push({ type: "state", id, state });
    }
  }

  /** A few steps, then the end; stops if somebody else ended it. */
  async #run(id: string): Promise<void> {
    const end = this.#setup.transferEnd ?? { state: "done" };
    for (const share of [0.25, 0.75]) {
      await turn();
      const view = this.transfers.get().find((one) => one.id === id);
      if (view === undefined || (view.state !== "offered" && view.state !== "active")) return;
      this.changeTransfer(id, { state: "active", bytesDone: view.bytesTotal * share, bytesPerSecond: 2_500_000 });
    }
    await turn();
    const view = this.transfers.get().find((one) => one.id === id);
    if (end === "stuck" || view?.state !== "active") return;
    const bytesDone = end.state === "done" ? view.bytesTotal : view.bytesDone;
    this.changeTransfer(id, { bytesPerSecond: 0, bytesDone, ...end });
  }
}
