/**
 * Links that carry no session yet: who may shake hands, as whom we answer, handshake or resumption
 * (spec/handshake.md, spec/resume.md). Each link leaves with keys, or is closed.
 *
 *     arrived ──hello──▶ answering ──▶ keyed
 *        └─────resume──▶ keyed                     dialled ──▶ greeting ──▶ keyed
 *                                                     └──────▶ resuming ──▶ keyed, or greeting
 *
 * @module
 */
import type { CryptoProvider } from "../crypto/provider.ts";
import type { PeerId } from "../identity/peer-id.ts";
import type { RandomSource } from "../lib/random.ts";
import { type Instant, sooner } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import type { HandshakeFailure, HandshakeOptions } from "../session/handshake.ts";
import { HandshakeGate, type Ticket } from "../session/handshake-gate.ts";
import { HandshakeInitiator } from "../session/handshake-initiator.ts";
import { HandshakeResponder } from "../session/handshake-responder.ts";
import type { Keying } from "../session/keying.ts";
import type { ResumeBook } from "../session/resume-book.ts";
import type { ResumeInitiator } from "../session/resume-initiator.ts";
import { decodeHello, decodeResume, encodeRefuse, type Hello } from "../wire/handshake-packet.ts";
import { PACKET, REFUSAL } from "../wire/registry.ts";
import type { Persona } from "./persona.ts";
import type { LinkId } from "./session-stack.ts";

/** What the doorway asks of the endpoint around it. Answers at once, changes nothing. */
export interface DoorPolicy {
  /** Who answers a hello with this contact tag that came over `link`; `undefined`: nobody does now. */
  hostFor(hello: Hello, link: LinkId): { readonly persona: Persona; readonly knownAs: PeerId | undefined } | undefined;
  /** Whether the peer of a stored resume secret is still welcome. */
  isWelcome(peer: PeerId): boolean;
  /** How far the peer's channels have come in, as one `received` frame. */
  receivedFrom(peer: PeerId): Uint8Array;
  /** A u32 that no keying of ours uses. */
  freeIndex(): number;
}

/** What somebody dialled us on. */
export interface Arrival {
  readonly source: string;
  readonly traits: { readonly ordered: boolean };
  readonly binding?: Uint8Array | undefined;
}

export interface DialPlan {
  readonly persona: Persona;
  readonly expected: PeerId | undefined;
  /** The resume id to try first. */
  readonly resumeId: string | undefined;
  /** Makes the contact tag for the ephemeral key of the hello. */
  readonly tag: ((ephemeralKey: Uint8Array) => Uint8Array) | undefined;
  /** What a handshake on this link is bound to. */
  readonly binding: Uint8Array | undefined;
}

export type DoorFailure = HandshakeFailure | "crowded" | "closed";

export type DoorOutput =
  | { readonly type: "transmit"; readonly link: LinkId; readonly bytes: Uint8Array }
  | {
      readonly type: "keyed";
      readonly link: LinkId;
      readonly keying: Keying;
      /** As whom we did it. */
      readonly persona: Persona;
      /** The resume id that this keying replaces; `undefined` after a handshake. */
      readonly resumed: string | undefined;
      /** What the peer has of our channels, if it said so. */
      readonly received: Uint8Array | undefined;
    }
  /** Close the link. `peer`: who was there instead of the one we expected. */
  | { readonly type: "failed"; readonly link: LinkId; readonly reason: DoorFailure; readonly peer?: PeerId };

type Door =
  | {
      readonly at: "arrived";
      readonly ticket: Ticket;
      readonly isReliable: boolean;
      readonly binding: Uint8Array | undefined;
    }
  | {
      readonly at: "answering";
      readonly ticket: Ticket;
      readonly persona: Persona;
      readonly machine: HandshakeResponder;
    }
  | { readonly at: "greeting"; readonly persona: Persona; readonly machine: HandshakeInitiator }
  | {
      readonly at: "resuming";
      readonly plan: DialPlan;
      readonly resumeId: string;
      readonly machine: ResumeInitiator;
      readonly isReliable: boolean;
    };

export class Doorway {
  readonly #provider: CryptoProvider;
  readonly #random: RandomSource;
  readonly #book: ResumeBook;
  readonly #main: Persona;
  readonly #policy: DoorPolicy;
  readonly #gate: HandshakeGate;
  readonly #doors = new Map<LinkId, Door>();
  readonly #outputs: DoorOutput[] = [];

  constructor(options: {
    provider: CryptoProvider;
    random: RandomSource;
    book: ResumeBook;
    /** Whose sessions can be resumed. */
    main: Persona;
    policy: DoorPolicy;
    now: Instant;
  }) {
    this.#provider = options.provider;
    this.#random = options.random;
    this.#book = options.book;
    this.#main = options.main;
    this.#policy = options.policy;
    this.#gate = new HandshakeGate(options);
  }

  get size(): number {
    return this.#doors.size;
  }

  /** Whether a handshake or a resumption is under way on `link`. */
  isShaking(link: LinkId): boolean {
    const door = this.#doors.get(link);
    return door !== undefined && door.at !== "arrived";
  }

  /** Whether a handshake that we began as `persona` waits on `link` for the answer, so that the other end has no keys of it. */
  isGreeting(link: LinkId, persona: Persona): boolean {
    const door = this.#doors.get(link);
    return door?.at === "greeting" && door.persona === persona;
  }

  /** Somebody dialled us. */
  handleArrived(link: LinkId, { source, traits, binding }: Arrival, now: Instant): void {
    const ticket = this.#gate.arrive(source, now);
    this.#doors.set(link, { at: "arrived", ticket, isReliable: traits.ordered, binding });
    this.#drainGate();
  }

  /** A dial of ours came up. */
  handleDialled(link: LinkId, plan: DialPlan, isReliable: boolean, now: Instant): void {
    const { resumeId } = plan;
    const localIndex = this.#policy.freeIndex();
    const machine = resumeId === undefined ? undefined : this.#book.begin(resumeId, { localIndex, now, isReliable });
    if (machine === undefined || resumeId === undefined) this.#greet(link, plan, isReliable, now);
    else this.#doors.set(link, { at: "resuming", plan, resumeId, machine, isReliable });
    this.#drain(link, now);
  }

  /** False: the link is no longer here. A record on an arrived link is the endpoint's to judge before. */
  handlePacket(link: LinkId, packet: Uint8Array, now: Instant): boolean {
    const door = this.#doors.get(link);
    if (door === undefined) return false;
    if (door.at === "arrived") this.#handleFirst(link, door, packet, now);
    else if (door.at === "resuming" && packet[0] === PACKET.resume) this.#handleFirst(link, door, packet, now);
    else door.machine.handleMessage(packet, now);
    this.#drain(link, now);
    return true;
  }

  /** The link is gone, or the endpoint took it away. */
  forget(link: LinkId): void {
    const door = this.#doors.get(link);
    if (door === undefined) return;
    this.#doors.delete(link);
    if ("ticket" in door) this.#gate.release(door.ticket);
    // A request to resume outlives its link: it is sent again over the next one.
    if (door.at === "answering" || door.at === "greeting") door.machine.abandon();
  }

  handleTimeout(now: Instant): void {
    this.#gate.handleTimeout(now);
    this.#drainGate();
    for (const [link, door] of [...this.#doors]) {
      if (door.at === "arrived") continue;
      door.machine.handleTimeout(now);
      this.#drain(link, now);
    }
  }

  nextTimeout(): Instant | undefined {
    let next = this.#gate.nextTimeout();
    for (const door of this.#doors.values()) if (door.at !== "arrived") next = sooner(next, door.machine.nextTimeout());
    return next;
  }

  poll(): DoorOutput | undefined {
    return this.#outputs.shift();
  }

  #greet(link: LinkId, plan: DialPlan, isReliable: boolean, now: Instant): void {
    const machine = new HandshakeInitiator({
      ...this.#common(plan.persona, isReliable, plan.binding, now),
      expectedPeer: plan.expected,
      tag: plan.tag,
    });
    this.#doors.set(link, { at: "greeting", persona: plan.persona, machine });
  }

  #handleFirst(link: LinkId, door: Door, packet: Uint8Array, now: Instant): void {
    try {
      const isBound = door.at === "arrived" && door.binding !== undefined;
      if (packet[0] === PACKET.resume && !isBound) this.#answerResume(link, packet, now);
      else if (packet[0] === PACKET.hello && door.at === "arrived") this.#handleHello(link, door, packet, now);
      else throw new WireError("ERR_UNEXPECTED", `packet ${packet[0]} on a new link`);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#fail(link, "protocol");
    }
  }

  #handleHello(link: LinkId, door: Extract<Door, { at: "arrived" }>, packet: Uint8Array, now: Instant): void {
    const hello = decodeHello(packet);
    const host = this.#policy.hostFor(hello, link);
    if (host === undefined) {
      this.#transmit(link, encodeRefuse(REFUSAL.closed));
      return this.#fail(link, "closed");
    }
    const verdict = this.#gate.admit(door.ticket, { hello, knownAs: host.knownAs }, now);
    if (verdict.answer === "retry") return this.#transmit(link, verdict.bytes);
    if (verdict.answer === "refuse") {
      this.#transmit(link, verdict.bytes);
      return this.#fail(link, "crowded");
    }
    const machine = new HandshakeResponder(this.#common(host.persona, door.isReliable, door.binding, now));
    this.#doors.set(link, { at: "answering", ticket: door.ticket, persona: host.persona, machine });
    machine.handleMessage(packet, now);
  }

  #answerResume(link: LinkId, packet: Uint8Array, now: Instant): void {
    const { id } = decodeResume(packet);
    const peer = this.#book.peerOf(id);
    if (peer !== undefined && !this.#policy.isWelcome(peer)) this.#book.drop(id);
    const received = peer === undefined ? new Uint8Array(0) : this.#policy.receivedFrom(peer);
    const verdict = this.#book.answer(packet, { localIndex: this.#policy.freeIndex(), received, now });
    if (verdict.type === "overruled") {
      for (let out = verdict.initiator.poll(); out !== undefined; out = verdict.initiator.poll()) {
        if (out.type === "transmit") this.#transmit(link, out.bytes);
      }
      const plan = { persona: this.#main, expected: peer, resumeId: id, tag: undefined, binding: undefined };
      this.#release(link);
      this.#doors.set(link, { at: "resuming", plan, resumeId: id, machine: verdict.initiator, isReliable: true });
      return;
    }
    this.#transmit(link, verdict.bytes);
    // A refused resumption is followed by a hello on the same link; the gate's deadline bounds the wait.
    if (verdict.type === "refused") return;
    this.#keyed(link, verdict.keying, this.#main, id, undefined);
  }

  #drain(link: LinkId, now: Instant): void {
    const door = this.#doors.get(link);
    if (door === undefined || door.at === "arrived") return;
    if (door.at === "resuming") return this.#drainResume(link, door, now);
    for (let output = door.machine.poll(); output !== undefined; output = door.machine.poll()) {
      if (output.type === "transmit") this.#transmit(link, output.bytes);
      else if (output.type === "done") this.#keyed(link, output.keying, door.persona, undefined, undefined);
      else this.#fail(link, output.reason, output.peer);
    }
  }

  #drainResume(link: LinkId, door: Extract<Door, { at: "resuming" }>, now: Instant): void {
    for (let output = door.machine.poll(); output !== undefined; output = door.machine.poll()) {
      if (output.type === "transmit") this.#transmit(link, output.bytes);
      else if (output.type === "done") this.#keyed(link, output.keying, this.#main, door.resumeId, output.received);
      else if (output.type === "unanswered") this.#fail(link, "timeout");
      else if (output.reason === "refused") {
        // The peer restarted, or forgot: a handshake on the same link.
        this.#book.drop(door.resumeId);
        this.#greet(link, { ...door.plan, resumeId: undefined }, door.isReliable, now);
        return this.#drain(link, now);
      } else this.#fail(link, output.reason);
    }
  }

  #keyed(
    link: LinkId,
    keying: Keying,
    persona: Persona,
    resumed: string | undefined,
    received: Uint8Array | undefined,
  ): void {
    this.#release(link);
    this.#doors.delete(link);
    this.#outputs.push({ type: "keyed", link, keying, persona, resumed, received });
  }

  #fail(link: LinkId, reason: DoorFailure, peer?: PeerId): void {
    this.#release(link);
    this.#doors.delete(link);
    this.#outputs.push(peer === undefined ? { type: "failed", link, reason } : { type: "failed", link, reason, peer });
  }

  #release(link: LinkId): void {
    const door = this.#doors.get(link);
    if (door !== undefined && "ticket" in door) this.#gate.release(door.ticket);
  }

  #drainGate(): void {
    for (let output = this.#gate.poll(); output !== undefined; output = this.#gate.poll()) {
      const { ticket, reason } = output;
      for (const [link, door] of this.#doors) if ("ticket" in door && door.ticket === ticket) this.#fail(link, reason);
    }
  }

  #transmit(link: LinkId, bytes: Uint8Array): void {
    this.#outputs.push({ type: "transmit", link, bytes });
  }

  #common(persona: Persona, isReliable: boolean, binding: Uint8Array | undefined, now: Instant): HandshakeOptions {
    return {
      provider: this.#provider,
      random: this.#random,
      ...persona,
      localIndex: this.#policy.freeIndex(),
      now,
      isReliable,
      binding,
    };
  }
}
