/** Rooms in memory that behave like small ones: who is approved is in, who is expelled is out, files arrive in steps. */
import { type PeerId, parseRoomId, type RoomId } from "@kith/core";
import {
  EndpointError,
  type GapView,
  type JoinRequestView,
  type JoinStep,
  type MemberView,
  type RoomChatMessage,
  type RoomFileView,
  type RoomPolicy,
  type RoomView,
  type ShownInvitation,
  type ShownRoomCode,
  Subject,
  type TopologyView,
  type Waiting,
} from "@kith/sdk";
import type { KithRoom, KithRooms } from "../kith.ts";
import { until } from "../waiting.ts";
import { ADA, FAKE_NOW, fakeFingerprint, fakePeer } from "./fake-people.ts";
import { FakeRoomTalk } from "./fake-room-talk.ts";

export const FAKE_LINK = "kith://join#AQEBAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fIA";
export const FAKE_ROOM_CODE = "7-acorn-canyon";
export const FAKE_CHALLENGE = "380976";
const DORA: PeerId = fakePeer("d05a");
const POLICY: RoomPolicy = { ways: "open", inviters: "member" };

export function fakeRoomId(digits: string): RoomId {
  const id = parseRoomId(digits.repeat(64).slice(0, 64));
  if (id === undefined) throw new Error(`${digits} is no start of a room's id`);
  return id;
}

export const fakeMember = (peer: PeerId, name: string, more: Partial<MemberView> = {}): MemberView => ({
  peer,
  fingerprint: fakeFingerprint(peer),
  name,
  isSelf: peer === ADA,
  role: "member",
  admittedBy: ADA,
  admittedHow: "invitation",
  admittedAt: FAKE_NOW - 3_600_000,
  isVerified: false,
  isOnline: true,
  path: { kind: peer === ADA ? "self" : "direct", ...(peer === ADA ? {} : { roundTripMs: 12 }) },
  isCut: false,
  ...more,
});

const FOUNDER: MemberView = (({ admittedBy: _, ...rest }) => rest)(
  fakeMember(ADA, "Ada", { role: "owner", admittedHow: "founded", admittedAt: FAKE_NOW - 86_400_000 }),
);

export const fakeRequest = (peer: PeerId, name: string, more: Partial<JoinRequestView> = {}): JoinRequestView => ({
  peer,
  fingerprint: fakeFingerprint(peer),
  name,
  wants: "approval",
  askedAt: FAKE_NOW - 60_000,
  ...more,
});

export const fakeRoomFile = (digits: string, from: PeerId, more: Partial<RoomFileView> = {}): RoomFileView => ({
  id: digits.repeat(64).slice(0, 64),
  name: "film.bin",
  bytes: 4_000_000,
  from,
  isOurs: from === ADA,
  state: from === ADA ? "have" : "offered",
  bytesDone: 0,
  bytesPerSecond: 0,
  sources: 1,
  bytesServed: 0,
  ...more,
});

export interface FakeRoomSetup {
  readonly id?: string;
  readonly name?: string;
  readonly state?: RoomView["state"];
  readonly policy?: RoomPolicy;
  /** Besides ourselves, who founded it. */
  readonly members?: readonly MemberView[];
  readonly self?: Partial<MemberView>;
  readonly requests?: readonly JoinRequestView[];
  /** Every two that are online, unless told. */
  readonly edges?: TopologyView["edges"];
  readonly gaps?: readonly GapView[];
  readonly files?: readonly RoomFileView[];
  readonly chat?: readonly Pick<RoomChatMessage, "from" | "name" | "text">[];
  readonly challenges?: readonly { readonly member: PeerId; readonly name: string }[];
  /** What becomes of a code that is shown: somebody comes by it, or nobody. */
  readonly codeEnds?: "used" | "unused";
  readonly fetchEnd?: Partial<RoomFileView>;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export class FakeRoom implements KithRoom {
  readonly id: RoomId;
  readonly view: Subject<RoomView>;
  readonly members: Subject<readonly MemberView[]>;
  readonly requests: Subject<readonly JoinRequestView[]>;
  readonly topology: Subject<TopologyView>;
  readonly gaps: Subject<readonly GapView[]>;
  readonly shownCode: Subject<ShownRoomCode | undefined> = new Subject<ShownRoomCode | undefined>(undefined);
  readonly challenges: Subject<readonly { readonly member: PeerId; readonly name: string }[]>;
  readonly fileViews: Subject<readonly RoomFileView[]>;
  readonly talk: FakeRoomTalk;
  readonly #setup: FakeRoomSetup;
  readonly #changed: () => void;

  constructor(setup: FakeRoomSetup, changed: () => void) {
    this.#setup = setup;
    this.#changed = changed;
    this.id = fakeRoomId(setup.id ?? "4a11");
    this.members = new Subject<readonly MemberView[]>([{ ...FOUNDER, ...setup.self }, ...(setup.members ?? [])]);
    this.requests = new Subject(setup.requests ?? []);
    this.gaps = new Subject(setup.gaps ?? []);
    this.challenges = new Subject(setup.challenges ?? []);
    this.fileViews = new Subject(setup.files ?? []);
    this.talk = new FakeRoomTalk(setup.chat ?? []);
    this.chat = this.talk.chat;
    this.topology = new Subject(this.#net());
    this.view = new Subject(
      this.#counted({ name: setup.name ?? "Family", state: setup.state ?? "in", policy: setup.policy ?? POLICY }),
    );
  }

  readonly chat: KithRoom["chat"];

  readonly files: KithRoom["files"] = {
    all: { get: () => this.fileViews.get(), subscribe: (changed) => this.fileViews.subscribe(changed) },
    send: async (path) => {
      const view = fakeRoomFile("f11e", ADA, { name: path.split("/").at(-1) ?? "", path });
      this.fileViews.set([...this.fileViews.get(), view]);
      return view.id;
    },
    fetch: async (id, { directory = "/inbox" } = {}) => void this.#fetch(id, directory),
    cancel: async (id) => this.changeFile(id, { state: "offered", bytesDone: 0, bytesPerSecond: 0 }),
  };

  async invite(options: Parameters<KithRoom["invite"]>[0] = {}): Promise<ShownInvitation> {
    const { uses = 1, lifetimeMs = 86_400_000, role = "member" } = options;
    if (uses > 64) throw new EndpointError("ERR_ARGUMENT", "Cannot make so many invitations: 1 to 64");
    const links = Array.from({ length: uses }, (_, at) => (at === 0 ? FAKE_LINK : `${FAKE_LINK}${at}`));
    return { links, role, expiresAt: FAKE_NOW + lifetimeMs };
  }
  async revokeInvitations(): Promise<void> {}
  async knockLink(): Promise<string> {
    return FAKE_LINK.replace("AQE", "AQI");
  }

  async showCode(): Promise<ShownRoomCode> {
    const shown = { code: FAKE_ROOM_CODE, triesLeft: 3, expiresAt: FAKE_NOW + 120_000 };
    this.shownCode.set(shown);
    this.#useCode(shown);
    return shown;
  }

  async approve(peer: PeerId): Promise<void> {
    this.#admit(peer, "approval");
  }
  async refuse(peer: PeerId): Promise<void> {
    this.#setRequests(this.requests.get().filter((one) => one.peer !== peer));
  }
  async challenge(peer: PeerId): Promise<void> {
    const code = { text: "380976", triesLeft: 3, expiresAt: FAKE_NOW + 600_000 };
    this.#setRequests(this.requests.get().map((one) => (one.peer === peer ? { ...one, code } : one)));
    setTimeout(() => this.#admit(peer, "challenge"), 5); // that person types it
  }
  async answerChallenge(member: PeerId, code: string): Promise<void> {
    if (!/^\d{6}$/.test(code)) throw new EndpointError("ERR_ARGUMENT", "Cannot answer: that is no code");
    if (code === "999999") throw new EndpointError("ERR_TRY_LATER", "Cannot answer: too many wrong codes");
    if (code !== FAKE_CHALLENGE) throw new EndpointError("ERR_WRONG_CODE", "Cannot answer: the code is another");
    this.challenges.set(this.challenges.get().filter((one) => one.member !== member));
  }

  async setRole(peer: PeerId, role: MemberView["role"]): Promise<void> {
    this.changeMember(peer, { role });
  }
  async expel(peer: PeerId): Promise<void> {
    this.setMembers(this.members.get().filter((one) => one.peer !== peer));
  }
  async cut(peer: PeerId, isCut: boolean): Promise<void> {
    this.changeMember(peer, { isCut });
  }
  async setPolicy(policy: RoomPolicy): Promise<void> {
    this.#setView({ policy });
  }
  async rename(name: string): Promise<void> {
    this.#setView({ name });
  }
  async leave(): Promise<void> {
    this.#setView({ state: "left" });
  }

  setMembers(members: readonly MemberView[]): void {
    this.members.set(members);
    this.topology.set(this.#net());
    this.#setView({});
  }
  changeMember(peer: PeerId, change: Partial<MemberView>): void {
    this.setMembers(this.members.get().map((one) => (one.peer === peer ? { ...one, ...change } : one)));
  }
  setGaps(gaps: readonly GapView[]): void {
    this.gaps.set(gaps);
    this.#setView({});
  }
  ask(request: JoinRequestView): void {
    this.#setRequests([...this.requests.get(), request]);
  }
  setState(state: RoomView["state"]): void {
    this.#setView({ state });
  }
  /** Somebody says something in the room. */
  say(from: PeerId, name: string, text: string): void {
    this.talk.say(from, name, text);
  }
  changeFile(id: string, change: Partial<RoomFileView>): void {
    this.fileViews.set(this.fileViews.get().map((one) => (one.id === id ? { ...one, ...change } : one)));
  }

  #counted(view: Pick<RoomView, "name" | "state" | "policy">): RoomView {
    const members = this.members.get();
    return {
      id: this.id,
      ...{ name: view.name, state: view.state, policy: view.policy },
      role: view.state === "in" ? members.find(({ isSelf }) => isSelf)?.role : undefined,
      memberCount: members.length,
      onlineCount: members.filter(({ isOnline }) => isOnline).length,
      requestCount: this.requests.get().length,
      gapCount: this.gaps.get().length,
    };
  }

  #setView(change: Partial<RoomView>): void {
    this.view.set(this.#counted({ ...this.view.get(), ...change }));
    this.#changed();
  }

  #setRequests(requests: readonly JoinRequestView[]): void {
    this.requests.set(requests);
    this.#setView({});
  }

  #net(): TopologyView {
    const members = this.members.get();
    const here = members.filter(({ isOnline }) => isOnline).map(({ peer }) => peer);
    const pairs = here.flatMap((one) => here.filter((other) => one < other).map((b) => ({ a: one, b })));
    return {
      nodes: members.map(({ peer, name, isOnline }) => ({ peer, name, state: isOnline ? "online" : "offline" })),
      edges: this.#setup.edges ?? pairs.map(({ a, b }) => ({ a, b, claimed: "both" })),
    };
  }

  #admit(peer: PeerId, admittedHow: MemberView["admittedHow"]): void {
    const name = this.requests.get().find((one) => one.peer === peer)?.name ?? "Dora";
    this.requests.set(this.requests.get().filter((one) => one.peer !== peer));
    this.setMembers([...this.members.get(), fakeMember(peer, name, { admittedHow, admittedAt: FAKE_NOW })]);
  }

  async #useCode(shown: ShownRoomCode): Promise<void> {
    await turn();
    this.shownCode.set({ ...shown, triesLeft: 2 });
    await turn();
    if (this.#setup.codeEnds === "unused") this.shownCode.set({ ...shown, triesLeft: 1 });
    else this.#admit(DORA, "code");
    await turn();
    this.shownCode.set(undefined);
  }

  async #fetch(id: string, directory: string): Promise<void> {
    const end = this.#setup.fetchEnd ?? { state: "have" };
    for (const share of [0.25, 0.75]) {
      await turn();
      const { bytes = 0 } = this.fileViews.get().find((one) => one.id === id) ?? {};
      this.changeFile(id, { state: "fetching", bytesDone: bytes * share, bytesPerSecond: 2_500_000, sources: 3 });
    }
    await turn();
    const view = this.fileViews.get().find((one) => one.id === id);
    if (view?.state !== "fetching") return;
    const path = `${directory}/${view.name}`;
    this.changeFile(id, {
      bytesPerSecond: 0,
      ...(end.state === "have" ? { bytesDone: view.bytes, path } : {}),
      ...end,
    });
  }
}

/** How a ticket of tests ends: by what stands behind its `#`, or whether the code is the right one. */
const STEPS: Readonly<Record<string, readonly JoinStep[]>> = {
  approval: ["looking", "proving", "waiting"],
  challenge: ["looking", "proving", "challenged"],
};

export class FakeRooms implements KithRooms {
  readonly all: Subject<readonly RoomView[]>;
  readonly #rooms: FakeRoom[] = [];

  constructor(setups: readonly FakeRoomSetup[] = []) {
    this.all = new Subject<readonly RoomView[]>([]);
    for (const setup of setups) this.#add(setup);
  }

  get(id: RoomId): FakeRoom | undefined {
    return this.#rooms.find((room) => room.id === id);
  }

  async create(name: string, policy: Partial<RoomPolicy> = {}): Promise<FakeRoom> {
    if (name.trim() === "") throw new EndpointError("ERR_ARGUMENT", "Cannot call a room that: the name is empty");
    return this.#add({ id: (0xc0 + this.#rooms.length).toString(16), name, policy: { ...POLICY, ...policy } });
  }

  async join(
    ticket: string,
    options: Waiting & { readonly onStep?: (step: JoinStep, room: KithRoom | undefined) => void } = {},
  ): Promise<FakeRoom> {
    const kind = ticket.split("#")[1] ?? ticket;
    options.onStep?.("looking", undefined);
    await turn();
    if (kind === "expired") throw new EndpointError("ERR_TICKET", "Cannot join: the invitation has expired");
    if (kind === "refused") throw new EndpointError("ERR_NOT_AUTHORIZED", "Cannot join: a member said no");
    if (kind === "alone") throw new EndpointError("ERR_PEER_UNREACHABLE", "Cannot join: no member answers");
    if (kind === "3-wrong-code") throw new EndpointError("ERR_WRONG_CODE", "Cannot join: the room code is another");
    const host = fakeMember(fakePeer("b0b1"), "Bob", { role: "owner", admittedHow: "founded" });
    const challenges = kind === "challenge" ? [{ member: host.peer, name: host.name }] : [];
    const self = { role: "member", admittedHow: "invitation", admittedBy: host.peer } as const;
    const room = this.#add({ id: "50", name: "Bob's club", state: "joining", members: [host], self, challenges });
    for (const step of STEPS[kind]?.slice(1) ?? ["proving"]) {
      await turn();
      options.onStep?.(step, room);
    }
    const isAnswered = (): true | undefined => (room.challenges.get().length === 0 ? true : undefined);
    await until(room.challenges, isAnswered, { signal: options.signal ?? new AbortController().signal });
    options.onStep?.("receiving", room);
    await turn();
    room.setState("in");
    return room;
  }

  async forget(id: RoomId): Promise<void> {
    const at = this.#rooms.findIndex((room) => room.id === id);
    if (at >= 0) this.#rooms.splice(at, 1);
    this.#tell();
  }

  #add(setup: FakeRoomSetup): FakeRoom {
    const room = new FakeRoom(setup, () => this.#tell());
    this.#rooms.push(room);
    this.#tell();
    return room;
  }

  #tell(): void {
    this.all.set(this.#rooms.map(({ view }) => view.get()));
  }
}
