/**
 * One simulated world from a plan and a seed: a storm in which people go about their business while
 * devices sleep, die, move and lose their memory; then fine weather, in which everything owed must
 * arrive, everybody must fall idle, and the books must agree.
 *
 * @module
 */
import {
  AUDIT_HEAD_KEY,
  AUDIT_PREFIX,
  Endpoint,
  identityFromSeed,
  instant,
  type LocalIdentity,
  Secret,
  type StoreEntry,
  verifyAuditLog,
  wallTime,
} from "@kith/core";
import { createNodeProvider } from "@kith/sdk/node";
import { planActs, settleActs } from "./chat-acts.ts";
import { Ledger, PLAINTEXT_MARK, Violation } from "./ledger.ts";
import { SimNetwork } from "./network.ts";
import { Person } from "./person.ts";
import { type Plan, range } from "./plan.ts";
import { RelayTown } from "./relay-town.ts";
import type { SimHost } from "./sim-host.ts";
import { SimRandom } from "./sim-random.ts";
import type { Trace } from "./trace.ts";
import { betray } from "./traitor.ts";
import { Vandal } from "./vandal.ts";
import { Watch } from "./watch.ts";
import { NonceLedger, watchProvider } from "./watched-provider.ts";
import { CALM, drawClimate, Weather } from "./weather.ts";

const MINUTE = 60_000;
/** After the storm: everything must have arrived by then, retries included. */
const SETTLE_MS = 15 * MINUTE;
/** What is done is not yet on every disk: a transaction that fails is tried again every five seconds. */
const DISKS_SETTLE_MS = MINUTE;
const IDLE_MS = 10 * MINUTE;
/** Packets of a pair in that time: keepalives that back off, and their answers. */
const IDLE_PACKETS_MAX = 100;
const ANNOUNCE_MS = 5_000;

const seededProvider = createNodeProvider({ isSeeded: true });
const identities: LocalIdentity[] = [];

/** The same people in all worlds: making one is slow. */
function identityOf(index: number): LocalIdentity {
  const random = new SimRandom(`identity ${index}`);
  const made = identities[index] ?? identityFromSeed(seededProvider, new Secret(random.bytes(32)));
  identities[index] = made;
  return made;
}

const addressOf = (index: number): string => `10.0.0.${index + 1}:1`;

const contacts = new Map<string, readonly StoreEntry[]>();

/** What the store of person `index` has of the first `count` people. */
function contactsOf(index: number, count: number): readonly StoreEntry[] {
  const key = `${index} of ${count}`;
  const known = contacts.get(key);
  if (known !== undefined) return known;
  const at = { now: instant(0), wall: wallTime(1_790_000_000_000) };
  const endpoint = new Endpoint(
    {
      provider: seededProvider,
      random: new SimRandom(`contacts ${key}`).source,
      identity: identityOf(index),
      name: "draft",
      privacy: "open",
      protocols: [],
      restored: [],
    },
    at,
  );
  for (let other = 0; other < count; other++) {
    if (other === index) continue;
    const { peerId: peer, contactPublicKey: contactKey } = identityOf(other);
    const [name, hint] = [`person ${other}`, addressOf(other)];
    endpoint.trust.book.pin({ peer, name, contactKey, verifiedBy: "qr", role: "admin", hint }, at.wall);
  }
  endpoint.settle(at);
  const entries: StoreEntry[] = [];
  for (let output = endpoint.poll(); output !== undefined; output = endpoint.poll()) {
    if (output.type === "store") entries.push(...output.puts.filter(({ key }) => key.startsWith("trust/contact/")));
  }
  contacts.set(key, entries);
  return entries;
}

export interface WorldReport {
  readonly simulatedMs: number;
  readonly packets: number;
  readonly texts: number;
  readonly sealed: number;
}

export class World {
  readonly net: SimNetwork;
  readonly ledger: Ledger = new Ledger();
  readonly people: Person[] = [];
  readonly watch: Watch;
  readonly #plan: Plan;
  readonly #random: SimRandom;
  readonly #nonces = new NonceLedger();
  readonly #vandals: Vandal[] = [];
  readonly town: RelayTown | undefined;

  constructor(plan: Plan, seed: string, trace: Trace) {
    this.#plan = plan;
    const random = new SimRandom(`${plan.name} ${seed}`);
    this.#random = random;
    const honest = range(random, plan.hosts);
    const names = Array.from({ length: honest + plan.traitors }, (_, index) => "abcdefghijklmnop"[index] ?? "?");
    const climate = plan.isStormy ? drawClimate(random.fork("climate"), names, plan.lasts) : CALM;
    const links = random.fork("links");
    const orderedShare = random.pick(plan.orderedShares);
    this.net = new SimNetwork({
      random: random.fork("network"),
      weather: new Weather(climate, plan.lasts, random.fork("weather")),
      provider: watchProvider(seededProvider, this.#nonces),
      trace,
      nextIsOrdered: () => links.chance(orderedShare),
    });
    if (plan.relays !== undefined) {
      const count = range(random, plan.relays.count);
      this.town = new RelayTown(this.net, count, random.fork("town"));
    }
    const watch = new Watch(this.net);
    this.watch = watch;
    for (const [index, name] of names.entries()) this.#addHost(name, index, { watch, isHonest: index < honest });
    for (let index = 0; index < plan.vandals; index++) {
      const vandal = new Vandal(this.net, `v${index}`, `10.9.9.${index + 1}:1`);
      this.#vandals.push(vandal);
      watch.onPacket.push((bytes) => vandal.overhear(bytes));
    }
  }

  /** Everybody starts, trusts and finds each other as the plan says. */
  begin(): void {
    const { net } = this;
    if (this.#plan.areContacts) this.#acquaint();
    for (const { host } of this.people) host.start();
    net.run(1);
    if (!this.#plan.hasDiscovery) return;
    net.announce();
    net.announceEvery(ANNOUNCE_MS);
  }

  /** Runs the whole plan. @throws {Violation} or whatever a bug throws. */
  run(): WorldReport {
    const { net } = this;
    const { lasts } = this.#plan;
    this.begin();
    this.#planActions();
    const hosts = this.people.map(({ host }) => host);
    this.town?.planActions(this.#plan, hosts);
    for (const vandal of this.#vandals) vandal.rage(lasts);
    net.run(lasts);
    this.#clearUp();
    this.settleChats();
    this.town?.settle(this.people);
    for (const offer of this.ledger.offers) {
      if (offer.from.isHonest && offer.to.isHonest) this.ledger.settleOffer(offer);
    }
    this.#assertIdle();
    this.town?.assertPaths(this.people);
    return this.report();
  }

  /** Waits until nothing is owed, and compares what was said with what was heard. */
  settleChats(): void {
    const { net } = this;
    if (!net.run(Math.max(net.now, this.#plan.lasts) + SETTLE_MS, () => this.#isSettled())) {
      throw new Violation(`not settled: ${this.#whatIsOwed()}`);
    }
    net.run(net.now + DISKS_SETTLE_MS);
    for (const { host: from } of this.#honest) {
      for (const { host: to } of this.#honest) {
        if (from === to) continue;
        this.ledger.settleChat(from, to);
        if (this.#plan.acts !== undefined) settleActs(from, to);
      }
    }
  }

  /** The last look at everybody's books. */
  report(): WorldReport {
    const { net } = this;
    for (const { host } of this.#honest) this.#verifyAudit(host);
    return { simulatedMs: net.now, packets: net.packets, texts: this.ledger.texts, sealed: this.#nonces.sealed };
  }

  #addHost(name: string, index: number, { watch, isHonest }: { watch: Watch; isHonest: boolean }): void {
    const { net } = this;
    const plan = this.#plan;
    const random = this.#random;
    const lies = random.fork(`lies of ${name}`);
    const host = net.host({
      name,
      identity: identityOf(index),
      address: addressOf(index),
      label: `${PLAINTEXT_MARK} ${name}`,
      privacy: random.pick(plan.privacy),
      ...(this.town !== undefined && { relays: this.town.addresses }),
      protocols: ["sim/1"],
      ...(plan.directLinksMax !== undefined && { directLinksMax: plan.directLinksMax }),
      wallSkew: (random.float() - 0.5) * 2 * plan.wallSkew,
      clockSleeps: random.chance(0.5),
      opensLate: random.chance(0.2),
      turnMax: random.pick([0, 1, 10]),
      diskMax: random.pick([0, 2, 20]),
      diskFailures: plan.diskFailures,
      ...(!isHonest && { betrays: (plaintext: Uint8Array) => betray(plaintext, lies) }),
    });
    this.people.push(new Person(net, this.ledger, host, random.pick([0, 100, 3_000])));
    watch.add(host);
  }

  /** Everybody's disk has everybody else as a contact, as after pairing. */
  #acquaint(): void {
    const { people } = this;
    for (const [index, { host }] of people.entries()) host.store.commit(contactsOf(index, people.length), []);
  }

  #planActions(): void {
    const random = this.#random.fork("actions");
    const plan = this.#plan;
    const { net, people } = this;
    const sometime = (): number => 50 + random.float() * (plan.lasts - 50);
    const two = (): readonly [Person, Person] => {
      const first = random.below(people.length);
      const second = (first + 1 + random.below(people.length - 1)) % people.length;
      return [people[first], people[second]] as [Person, Person];
    };
    const one = (): Person => two()[0];
    const busy: { readonly moment: number; readonly hosts: readonly [SimHost, SimHost] }[] = [];
    for (let left = range(random, plan.texts); left > 0; left--) {
      const [from, to] = two();
      const burst = random.chance(0.1) ? 10 : 1;
      const moment = sometime();
      busy.push({ moment, hosts: [from.host, to.host] });
      net.at(moment, () => {
        for (let i = 0; i < burst; i++) from.say(to);
      });
    }
    const hosts = people.map(({ host }) => host);
    if (plan.acts !== undefined) planActs(net, hosts, plan, this.#random.fork("acts"));
    for (let left = range(random, plan.offers); left > 0; left--) {
      const [from, to] = two();
      const sizes = Array.from({ length: random.pick([1, 1, 3]) }, () => random.pick(plan.fileSizes));
      const moment = sometime();
      busy.push({ moment, hosts: [from.host, to.host] });
      net.at(moment, () => from.offer(to, sizes));
    }
    for (let left = range(random, plan.streams); left > 0; left--) {
      const [from, to] = two();
      const [count, size] = [random.pick([1, 10, 100]), random.pick([8, 100, 4_000])];
      net.at(sometime(), () => from.stream(to, count, size));
    }
    for (let left = range(random, plan.kills); left > 0; left--) {
      // Mostly in the middle of something: that is where a kill hurts.
      const work = random.chance(0.7) ? busy[random.below(busy.length)] : undefined;
      const host = work === undefined ? one().host : random.pick(work.hosts);
      const moment = work === undefined ? sometime() : work.moment + random.float() * random.pick([20, 200]);
      const [isSilent, back] = [random.chance(0.4), random.pick([1, 500, plan.awayMax ?? 20_000])];
      net.at(moment, () => this.#killAndRestart(host, isSilent, back));
    }
    for (let left = range(random, plan.rollbacks); left > 0; left--) {
      const { host } = one();
      const taken = sometime();
      net.at(taken, () => {
        const snapshot = host.store.snapshot();
        net.at(taken + random.float() * 30_000, () => {
          host.kill(true);
          host.wasRolledBack = true;
          host.store.restore(snapshot);
          this.#startLater(host, 10);
        });
      });
    }
    for (let left = range(random, plan.sleeps); left > 0; left--) {
      const { host } = one();
      const length = random.pick(plan.sleepLengths);
      net.at(sometime(), () => {
        host.sleep();
        net.at(net.now + length, () => host.wake());
      });
    }
    for (let left = range(random, plan.moves); left > 0; left--) {
      const { host } = one();
      const address = `10.0.${left + 1}.${random.between(1, 250)}:1`;
      net.at(sometime(), () => {
        // Whoever looks for it where it was may find somebody else there.
        const [vandal] = this.#vandals;
        if (vandal !== undefined) vandal.address = host.address;
        host.move(address);
      });
    }
  }

  #killAndRestart(host: SimHost, isSilent: boolean, backAfter: number): void {
    if (isSilent || this.#random.chance(0.7)) host.kill(isSilent);
    else host.stop();
    this.#startLater(host, backAfter);
  }

  #startLater(host: SimHost, after: number): void {
    this.net.at(this.net.now + after, () => {
      host.wake();
      if (host.endpoint === undefined) host.start();
    });
  }

  #clearUp(): void {
    for (const { host } of this.people) {
      if (!host.isHonest) {
        host.wake();
        host.kill(false);
        continue;
      }
      host.wake();
      if (host.endpoint === undefined) host.start();
    }
    if (this.#plan.hasDiscovery) this.net.announce();
  }

  get #honest(): readonly Person[] {
    return this.people.filter(({ host }) => host.isHonest);
  }

  #isHonest(peer: string): boolean {
    return this.#honest.some(({ host }) => host.id === peer);
  }

  #isSettled(): boolean {
    return this.#whatIsOwed() === undefined;
  }

  #whatIsOwed(): string | undefined {
    for (const { host } of this.#honest) {
      const { endpoint } = host;
      if (endpoint === undefined || !host.isAwake) return `${host.name} is off`;
      for (const { host: other } of this.#honest) {
        const left = endpoint.conversations.undelivered(other.id);
        if (left > 0) return `${left} texts of ${host.name} to ${other.name}`;
      }
      for (const { key, peer, stage, end, isOutgoing } of endpoint.transfers.states) {
        if (isOutgoing && end === undefined && this.#isHonest(peer))
          return `transfer ${key.slice(-8)} of ${host.name}, which is ${stage}`;
      }
    }
    const [stream] = this.ledger.openStreams.filter(({ from, to }) => from.isHonest && to.isHonest);
    if (stream === undefined) return undefined;
    const { from, to, sent, heard, count, number } = stream;
    return `stream ${number} of ${from.name} to ${to.name}: ${sent} of ${count} sent, ${heard} heard`;
  }

  /**
   * Liveness is also: nothing goes on once nothing is left to do. A relay that never does what it should costs more at
   * first, until links over it are given up for others; then no more than any.
   */
  #assertIdle(): void {
    const { people, town } = this;
    const each = town === undefined ? IDLE_PACKETS_MAX : 2 * IDLE_PACKETS_MAX; // over a relay each passes two cables
    const max = (each * people.length * (people.length - 1)) / 2 + (town?.idlePackets(people.length) ?? 0);
    if (town?.relays.some(({ misdeed }) => misdeed !== undefined) === true) {
      this.#assertQuiet(IDLE_MS / 2, (3 * max) / 2);
      this.#assertQuiet(IDLE_MS / 2, max / 2);
    } else this.#assertQuiet(IDLE_MS, max);
  }

  #assertQuiet(time: number, packetsMax: number): void {
    const { net } = this;
    const before = net.packets;
    net.run(net.now + time);
    if (net.packets - before > packetsMax)
      throw new Violation(`${net.packets - before} packets while there is nothing to say`);
  }

  #verifyAudit(host: SimHost): void {
    const head = host.store.get(AUDIT_HEAD_KEY);
    if (head === undefined || host.endpoint === undefined) throw new Violation(`${host.name} has no audit log`);
    const entries = host.store.under(`${AUDIT_PREFIX}${host.endpoint.trust.log.logId}/`);
    const verdict = verifyAuditLog(
      seededProvider,
      head,
      entries.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ value }) => value),
    );
    if (!verdict.isIntact) throw new Violation(`the audit log of ${host.name} is broken: ${JSON.stringify(verdict)}`);
  }
}
