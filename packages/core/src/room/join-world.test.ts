/** A guest and members over ordered pipes, rooms that are plain data, and room for somebody in between. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Secret } from "../crypto/secret.ts";
import type { LocalIdentity } from "../identity/keys.ts";
import type { PeerId } from "../identity/peer-id.ts";
import { bytesEqual } from "../lib/bytes.ts";
import { bytesToHex } from "../lib/hex.ts";
import type { WallTime } from "../lib/time.ts";
import { bytesToText } from "../lib/utf8.ts";
import { AttemptLimits } from "../trust/attempt-limits.ts";
import type { ShownCode } from "../trust/shown-code.ts";
import { Disk, NOW, person, provider, seeded, WALL, wallAt } from "../trust/trust-fixture.test.ts";
import { newInvitationKey } from "./invitation.ts";
import { JoinGuest, type JoinGuestOptions } from "./join-guest.ts";
import type { JoinGuestOutput } from "./join-guest-output.ts";
import { JoinHost } from "./join-host.ts";
import type { JoinHostOptions, JoinHostOutput } from "./join-host-output.ts";
import { decodeJoinMessage, type JoinMessage, type JoinPart } from "./join-message.ts";
import type { GuestStanding, HeldInvitation, JoinPolicy, JoinVerdict } from "./join-policy.ts";
import { JoinRequests } from "./join-requests.ts";
import type { RoomCode } from "./room-code.ts";
import type { RoomId } from "./room-id.ts";
import type { Ticket } from "./ticket.ts";

export const ROOM = "ab".repeat(32) as RoomId;
export const TRANSCRIPT = new Uint8Array(32).fill(0x77);
export const HOUR = 3_600_000;
export const PARTS: readonly JoinPart[] = [
  { kind: "operations", bytes: new Uint8Array(1_000).fill(1) },
  { kind: "operations", bytes: new Uint8Array(2_000).fill(2) },
  { kind: "epochKey", bytes: new Uint8Array(32).fill(3) },
  { kind: "hints", bytes: new Uint8Array(0) },
];

/** A room as its log would have it: what a test changes, every member knows at once. */
export class Room implements JoinPolicy {
  readonly members = new Set<PeerId>();
  readonly unconsented = new Set<PeerId>();
  readonly cut = new Set<PeerId>();
  readonly blocked = new Set<PeerId>();
  held: HeldInvitation[] = [];
  codes: RoomCode[] = [];
  verdicts: JoinVerdict = { answer: "admit" };
  knocks: JoinVerdict = { answer: "wait", wants: "approval" };
  admits = new Set(["code", "challenge", "approval"]);
  clockBehind = false;
  known = [ROOM];

  rooms = (): readonly RoomId[] => this.known;
  nameOf = (): string => "Garden";
  invitations = (): readonly HeldInvitation[] => this.held;
  code = (number: number): { room: RoomId; code: RoomCode } | undefined => {
    const code = this.codes.find((each) => each.number === number);
    return code && { room: ROOM, code };
  };
  verdict = (_room: RoomId, _guest: PeerId, way: "knock" | HeldInvitation): JoinVerdict =>
    way === "knock" ? this.knocks : this.verdicts;
  mayAdmit = (_room: RoomId, by: string): boolean => this.admits.has(by);
  standing = (_room: RoomId, guest: PeerId): GuestStanding => {
    if (!this.members.has(guest)) return "stranger";
    if (this.cut.has(guest)) return "cut";
    return this.unconsented.has(guest) ? "unconsented" : "member";
  };
  isBlocked = (guest: PeerId): boolean => this.blocked.has(guest);
  isClockBehind = (): boolean => this.clockBehind;

  invite(seed = 1): { readonly seed: Secret; readonly publicKey: Uint8Array } {
    const key = newInvitationKey(provider, seeded(seed));
    this.held.push({ publicKey: key.publicKey, state: "open", expires: wallAt(24 * HOUR) });
    return key;
  }

  change(publicKey: Uint8Array, more: Partial<HeldInvitation>): void {
    this.held = this.held.map((each) => (bytesEqual(each.publicKey, publicKey) ? { ...each, ...more } : each));
  }
}

export const invitationTicket = (seed: Secret): Ticket => ({
  kind: "invitation",
  seed,
  room: ROOM,
  member: person(2).peerId,
  expires: wallAt(24 * HOUR),
  name: "Garden",
  hints: [],
  relays: [],
});
export const knockTicket: Ticket = {
  kind: "knock",
  room: ROOM,
  member: person(2).peerId,
  expires: wallAt(24 * HOUR),
  name: "Garden",
  hints: [],
  relays: [],
};

/** What members of one device share. */
export class Desk {
  readonly disk = new Disk();
  attempts = new AttemptLimits([], NOW, WALL);
  requests = new JoinRequests([], NOW, WALL);
}

export interface JoiningOptions {
  readonly ticket: JoinGuestOptions["ticket"];
  readonly room?: Room;
  readonly desk?: Desk;
  readonly guest?: LocalIdentity;
  readonly host?: LocalIdentity;
  readonly now?: typeof NOW;
  readonly source?: string;
  readonly isKnown?: boolean;
  /** Of either side's session; different ones where somebody sits in between. */
  readonly transcripts?: readonly [Uint8Array, Uint8Array];
  readonly name?: string;
  readonly seed?: number;
}

/** One joining: both machines, all that they put out, and a desk that admits whatever it is asked to. */
export class Joining {
  readonly guest: JoinGuest;
  readonly host: JoinHost;
  readonly room: Room;
  readonly desk: Desk;
  readonly guestOutputs: JoinGuestOutput[] = [];
  readonly hostOutputs: JoinHostOutput[] = [];
  readonly wire: { readonly from: "guest" | "host"; readonly bytes: Uint8Array }[] = [];
  readonly peers: { readonly guest: PeerId; readonly host: PeerId };
  now: typeof NOW;
  wall: WallTime;
  /** Whether wishes come true at once. */
  admits = true;
  accepts = true;
  /** Who sits in between; `undefined` drops. */
  change: (bytes: Uint8Array, from: "guest" | "host") => Uint8Array | undefined = (bytes) => bytes;

  constructor(options: JoiningOptions) {
    const { room = new Room(), desk = new Desk(), transcripts = [TRANSCRIPT, TRANSCRIPT], now = NOW } = options;
    [this.room, this.desk, this.now] = [room, desk, now];
    this.wall = wallAt(now - NOW);
    const [guest, host] = [options.guest ?? person(1), options.host ?? person(2)];
    this.peers = { guest: guest.peerId, host: host.peerId };
    this.guest = new JoinGuest({
      provider,
      random: seeded(options.seed ?? 21),
      self: guest.peerId,
      peer: host.peerId,
      transcript: transcripts[0],
      ticket: options.ticket,
      name: options.name ?? "Ada",
      prekeyOf: () => new Uint8Array(1_400).fill(5),
    });
    const hostOptions: JoinHostOptions = {
      provider,
      random: seeded((options.seed ?? 21) + 1_000),
      self: host.peerId,
      peer: guest.peerId,
      transcript: transcripts[1],
      source: options.source ?? "10.0.0.1",
      isKnown: options.isKnown ?? false,
      attempts: desk.attempts,
      requests: desk.requests,
      policy: room,
      now,
    };
    this.host = new JoinHost(hostOptions);
  }

  /** Carries messages both ways until neither says anything. */
  run(): this {
    for (let isBusy = true; isBusy; ) {
      isBusy = false;
      for (let output = this.guest.poll(); output !== undefined; output = this.guest.poll()) {
        isBusy = true;
        this.guestOutputs.push(output);
        if (output.type === "send") this.#carry(output.bytes, "guest");
        if (output.type === "received" && this.accepts) this.guest.accept();
      }
      for (let output = this.host.poll(); output !== undefined; output = this.host.poll()) {
        isBusy = true;
        this.hostOutputs.push(output);
        this.#obey(output);
      }
    }
    return this;
  }

  start(): this {
    this.guest.start(this.now);
    return this.run();
  }

  /** Time passes, with all that is due. */
  pass(ms: number): this {
    [this.now, this.wall] = [(this.now + ms) as typeof NOW, wallAt(this.now + ms - NOW)];
    this.guest.handleTimeout(this.now);
    this.host.handleTimeout(this.now, this.wall);
    return this.run();
  }

  get failure(): string | undefined {
    return this.#ofGuest("failed")?.reason;
  }
  get wait(): number | undefined {
    return this.#ofGuest("failed")?.wait;
  }
  get step(): string | undefined {
    return this.#ofGuest("step")?.step.at;
  }
  get isIn(): boolean {
    return this.guest.isOver && this.failure === undefined;
  }
  get end(): string | undefined {
    return this.ofHost("over")?.end;
  }
  get wish() {
    return this.ofHost("admit")?.wish;
  }
  get pin(): string {
    const shown: ShownCode | undefined = this.host.request?.shown;
    assert.ok(shown !== undefined, "no challenge");
    return bytesToText(shown.secret.reveal());
  }
  /** What the host said, as messages. */
  get said(): JoinMessage[] {
    return this.wire.filter(({ from }) => from === "host").map(({ bytes }) => decodeJoinMessage(bytes));
  }
  ofHost<Type extends JoinHostOutput["type"]>(type: Type): Extract<JoinHostOutput, { type: Type }> | undefined {
    return this.hostOutputs.findLast((output) => output.type === type) as never;
  }
  #ofGuest<Type extends JoinGuestOutput["type"]>(type: Type): Extract<JoinGuestOutput, { type: Type }> | undefined {
    return this.guestOutputs.findLast((output) => output.type === type) as never;
  }

  #carry(bytes: Uint8Array, from: "guest" | "host"): void {
    const changed = this.change(bytes, from);
    if (changed === undefined) return;
    this.wire.push({ from, bytes: changed });
    if (from === "guest") this.host.handleMessage(changed, this.now, this.wall);
    else this.guest.handleMessage(changed, this.now);
  }

  #obey(output: JoinHostOutput): void {
    switch (output.type) {
      case "send":
        return this.#carry(output.bytes, "host");
      case "store":
        this.desk.disk.keep([output]);
        if (output.token > 0) this.host.handleStored(output.token, this.now, this.wall);
        return;
      case "admit":
        if (!this.admits) return;
        this.room.members.add(output.wish.guest);
        if (output.wish.how.by === "invitation") {
          this.room.change(output.wish.how.publicKey, { state: "used", usedBy: output.wish.guest });
        }
        return this.host.admitted(PARTS, this.now);
      case "serve":
        if (this.admits) this.host.admitted(PARTS, this.now);
        return;
      case "consented":
        this.room.unconsented.delete(output.guest);
        return this.host.admitted([], this.now);
      default:
    }
  }
}

export const start = (options: JoiningOptions): Joining => new Joining(options).start();

export function assertIn(joining: Joining, parts = PARTS): void {
  assert.equal(joining.failure, undefined);
  assert.ok(joining.isIn && joining.host.isOver);
  assert.equal(joining.end, "joined");
  assert.deepEqual(
    joining.guestOutputs.flatMap((output) => (output.type === "part" ? [output.part] : [])),
    parts,
  );
  assert.equal(joining.guest.nextTimeout(), undefined);
  assert.equal(joining.host.nextTimeout(), undefined);
}

export const hexOf = (joining: Joining, from: "guest" | "host"): string[] =>
  joining.wire.filter((each) => each.from === from).map(({ bytes }) => bytesToHex(bytes));

test("[JOI-9] an invitation brings its guest in, and its package whole", () => {
  const room = new Room();
  const { seed, publicKey } = room.invite();
  const joining = start({ ticket: invitationTicket(seed), room });
  assertIn(joining);
  const { how, ...rest } = joining.wish ?? assert.fail();
  assert.deepEqual(rest, { room: ROOM, guest: person(1).peerId, name: "Ada", prekey: new Uint8Array(1_400).fill(5) });
  assert.ok(how.by === "invitation" && bytesEqual(how.publicKey, publicKey) && how.signature.length === 64);
});
