// Negotiations in a storm that one seed makes: offers that cross, connections that fail, ICE that falters, and channels
// that break with messages on their way. When it is over both sides know the same, and each dial has had its end.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Instant, instant } from "../lib/time.ts";
import { SIGNAL_CONNECTIONS_PER_PEER_MAX } from "../wire/signal-limits.ts";
import { Negotiation, type NegotiationOutput, negotiationLimits } from "./negotiation.ts";

const HEAD = "v=0\r\na=fingerprint:sha-256 AB:CD\r\n";
const TAIL = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n";
const ADDRESS = { mid: "0", candidate: "candidate:1 1 UDP 1 192.0.2.1 9 typ host" };
const SEEDS = 200;
const STEPS = 400;

/** Of one connection, as a platform has it: what it says of itself, and of whom it has heard. */
interface Platform {
  readonly id: number;
  generation: number;
  own: string;
  peer: string;
  addresses: number;
  isUp: boolean;
  isClosed: boolean;
}

class Side {
  machine: Negotiation;
  readonly platforms = new Map<number, Platform>();
  readonly ends = new Map<number, number>(); // of dials: how often it was told that they failed
  readonly dials = new Set<number>();
  inbox: Uint8Array[] = [];
  steps: (() => void)[] = [];
  isViolated = false;
  readonly #name: string;
  readonly #isPolite: boolean;
  readonly #canRestart: boolean;
  #last = 0;

  constructor(name: string, isPolite: boolean, canRestart: boolean) {
    [this.#name, this.#isPolite, this.#canRestart] = [name, isPolite, canRestart];
    this.machine = this.#negotiation(instant(0));
  }

  get living(): Platform[] {
    return [...this.platforms.values()].filter(({ isClosed }) => !isClosed);
  }

  /** The channel broke: what was on its way is lost, and a new one begins where the session does. */
  renew(now: Instant): void {
    this.machine.stop();
    this.inbox = [];
    this.drain(() => {});
    this.machine = this.#negotiation(now);
  }

  drain(send: (bytes: Uint8Array) => void): void {
    for (let output = this.machine.poll(); output !== undefined; output = this.machine.poll())
      this.#carry(output, send);
  }

  #negotiation(now: Instant): Negotiation {
    return new Negotiation({
      isPolite: this.#isPolite,
      limits: negotiationLimits(now),
      nextConnection: () => ++this.#last,
    });
  }

  #carry(output: NegotiationOutput, send: (bytes: Uint8Array) => void): void {
    if (output.type === "send") return send(output.bytes);
    if (output.type === "violation") {
      this.isViolated = true;
      return;
    }
    const { connection: id } = output;
    if (output.type === "failed") return void this.ends.set(id, (this.ends.get(id) ?? 0) + 1);
    if (output.type === "open") {
      const made = { id, generation: 0, own: "", peer: "", addresses: 0, isUp: false, isClosed: false };
      this.platforms.set(id, made);
      if (output.isOfferer) this.#describe(made, "offer");
      return;
    }
    const platform = this.platforms.get(id);
    assert.ok(platform);
    if (output.type === "close") {
      platform.isClosed = true; // if it has not ended by itself
      return;
    }
    assert.ok(!platform.isClosed, `${output.type} of a connection that is not there`);
    if (output.type === "apply") {
      const { type, sdp } = output.description;
      this.#step(platform, () => {
        platform.peer = /a=ice-ufrag:(\S+)/.exec(sdp)?.[1] ?? "";
        platform.addresses = 0;
        this.machine.handleApplied(id);
        if (type === "offer") this.#describe(platform, "answer");
      });
    } else if (output.type === "candidate") {
      assert.notEqual(platform.peer, "", "an address before the description that it belongs to");
      platform.addresses += 1;
    } else this.#describe(platform, "offer");
  }

  #describe(platform: Platform, type: "offer" | "answer"): void {
    this.#step(platform, () => {
      platform.generation += 1;
      platform.own = `${this.#name}${platform.id}x${platform.generation}`;
      const sdp = `${HEAD}a=ice-ufrag:${platform.own}\r\n${TAIL}`;
      this.machine.handleDescribed(platform.id, { type, sdp, canRestart: this.#canRestart });
    });
    this.#step(platform, () => this.machine.handleCandidate(platform.id, ADDRESS));
  }

  #step(platform: Platform, run: () => void): void {
    const { machine } = this;
    this.steps.push(() => {
      if (!platform.isClosed && machine === this.machine) run();
    });
  }
}

class Storm {
  readonly sides: readonly [Side, Side];
  readonly #chance: () => number;
  #now: Instant = instant(0);
  #hasWay = true;

  constructor(seed: number) {
    this.#chance = chanceOf(seed);
    const canRestart = seed % 2 === 0;
    this.sides = [new Side("i", false, canRestart), new Side("p", true, canRestart)];
  }

  blow(): void {
    for (let i = 0; i < STEPS; i++) {
      const roll = this.#chance();
      const side = this.#pick(this.sides);
      if (roll < 0.04) this.offer(side);
      else if (roll < 0.06) this.#hasWay = !this.#hasWay;
      else if (roll < 0.08) this.#falter(side);
      else if (roll < 0.085) for (const each of this.sides) each.renew(this.#now);
      else if (roll < 0.2) this.#pass(Math.floor(this.#chance() * 4_000));
      else this.#act(side);
      this.#settle();
    }
  }

  /** The weather is over, with a way from one to the other or without: everything runs out, and with it every deadline. */
  calm(hasWay = true): void {
    this.#hasWay = hasWay;
    for (let i = 0; i < 8; i++) {
      this.#runAll();
      this.#pass(11_000);
    }
    this.#runAll();
  }

  offer(side: Side): void {
    const id = side.machine.offer(this.#now);
    if (id !== undefined) side.dials.add(id);
  }

  #runAll(): void {
    this.#settle();
    for (let turns = 0; this.sides.some(({ steps, inbox }) => steps.length + inbox.length > 0); turns++) {
      assert.ok(turns < 5_000, "it never ends");
      this.#act(this.#pick(this.sides));
      this.#settle();
    }
  }

  /** A platform's next step, or a message that arrives. */
  #act(side: Side): void {
    const isStep = side.inbox.length === 0 || (side.steps.length > 0 && this.#chance() < 0.5);
    if (isStep) return side.steps.shift()?.();
    const bytes = side.inbox.shift();
    if (bytes !== undefined) side.machine.handleMessage(bytes, this.#now);
  }

  #pass(ms: number): void {
    this.#now = instant(this.#now + ms);
    for (const { machine } of this.sides) machine.handleTimeout(this.#now);
  }

  /** A platform changes its mind, or ends. */
  #falter(side: Side): void {
    const { living } = side;
    const one = living[Math.floor(this.#chance() * living.length)];
    if (one === undefined) return;
    const roll = this.#chance();
    if (roll < 0.3) side.machine.handleEnded(one.id);
    else
      side.machine.handleState(one.id, roll < 0.55 ? "disconnected" : roll < 0.8 ? "failed" : "connected", this.#now);
    if (roll < 0.3) one.isClosed = true;
  }

  #settle(): void {
    const [a, b] = this.sides;
    for (let isBusy = true; isBusy; ) {
      a.drain((bytes) => b.inbox.push(bytes));
      b.drain((bytes) => a.inbox.push(bytes));
      isBusy = this.#connect(a, b) || this.#endHalves(a, b) || this.#endHalves(b, a);
    }
  }

  /** Two that have each other's description, and an address, where there is a way. */
  #connect(a: Side, b: Side): boolean {
    if (!this.#hasWay) return false;
    for (const one of a.living)
      for (const other of b.living) {
        if (one.isUp || other.isUp || one.own === "" || one.peer !== other.own || other.peer !== one.own) continue;
        if (one.addresses + other.addresses === 0) continue;
        one.isUp = other.isUp = true;
        a.machine.handleUp(one.id);
        b.machine.handleUp(other.id);
        return true;
      }
    return false;
  }

  /** Of a connection that was up, and is closed at one end, the other hears. */
  #endHalves(side: Side, far: Side): boolean {
    const gone = side.living.find(
      (one) => one.isUp && ![...far.living].some((other) => other.isUp && stemOf(other.own) === stemOf(one.peer)),
    );
    if (gone === undefined) return false;
    gone.isClosed = true;
    side.machine.handleEnded(gone.id);
    return true;
  }

  #pick<T>(all: readonly T[]): T {
    const found = all[Math.floor(this.#chance() * all.length)];
    assert.ok(found !== undefined);
    return found;
  }
}

/** A connection's name without the count of its descriptions. */
const stemOf = (name: string): string => name.replace(/x\d+$/, "");

/** mulberry32 */
function chanceOf(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

test("[SIG-7] [SIG-10] [SIG-11] [SIG-12] after any storm both sides are connected alike, or have cleanly given up", () => {
  let restarted = 0;
  let connected = 0;
  for (let seed = 0; seed < SEEDS; seed++) {
    const storm = new Storm(seed);
    storm.blow();
    storm.calm(seed % 3 > 0);
    const [a, b] = storm.sides;
    const say = `SEED=${seed}`;
    for (const side of storm.sides) {
      assert.ok(!side.isViolated, `${say}: nobody broke a rule`);
      assert.equal(side.machine.nextTimeout(), undefined, `${say}: nothing is left to wait for`);
      assert.ok(
        side.living.every(({ isUp }) => isUp),
        `${say}: none hangs half made`,
      );
      for (const dial of side.dials) {
        const platform = side.platforms.get(dial);
        const told = side.ends.get(dial) ?? 0;
        assert.ok(platform && told <= 1, `${say}: told once`);
        assert.ok(platform.isUp || told === 1, `${say}: a dial has an end`);
      }
      restarted += side.living.filter(({ generation }) => generation > 1).length;
    }
    assert.equal(a.living.length, b.living.length, say);
    connected += a.living.length;
    for (const { machine } of storm.sides) assert.ok(machine.size <= SIGNAL_CONNECTIONS_PER_PEER_MAX, say);
  }
  assert.ok(restarted > 20 && connected > 100, `the storm reaches what it is for: ${restarted}, ${connected}`);
});

test("[SIG-2] [SIG-7] after any storm another connection can be made, also where both begin one at once", () => {
  for (let seed = 0; seed < SEEDS; seed++) {
    const storm = new Storm(seed);
    storm.blow();
    storm.calm();
    for (const { living, machine } of storm.sides)
      for (const one of living) {
        one.isClosed = true;
        machine.handleEnded(one.id);
      }
    storm.calm();
    for (const [i, side] of storm.sides.entries()) if (seed % 3 !== i) storm.offer(side);
    storm.calm();
    assert.deepEqual(
      storm.sides.map(({ living }) => living.length),
      [1, 1],
      `SEED=${seed}`,
    );
  }
});
