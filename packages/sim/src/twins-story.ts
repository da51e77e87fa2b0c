/**
 * A home is copied to another device, and both run: one identity, its contacts and its outbox, twice.
 * The two throw each other out until all notice; then there is peace. After one of the two has gone,
 * whoever is left and their contact lose nothing and hear nothing twice.
 *
 * @module
 */
import type { EndpointOutput } from "@kith/core";
import { PLAINTEXT_MARK, Violation } from "./ledger.ts";
import { CALM_PLAN, type Plan } from "./plan.ts";
import type { SimHost } from "./sim-host.ts";
import { SimRandom } from "./sim-random.ts";
import type { Trace } from "./trace.ts";
import { World, type WorldReport } from "./world.ts";

const MINUTE = 60_000;
/** Until all have noticed; then, for less than an identity stays passive, nobody may be thrown out. */
const FIGHT_MS = 2 * MINUTE;
const PEACE_MS = 5 * MINUTE;
const SETTLE_MS = 15 * MINUTE;

const PLAN: Plan = { ...CALM_PLAN, name: "twins", orderedShares: [1, 0.5] };

/** What a host tells in this story. */
class Witness {
  readonly host: SimHost;
  readonly texts: string[] = [];
  readonly codes: string[] = [];
  sessions = 0;
  #said = 0;

  constructor(host: SimHost) {
    this.host = host;
    host.onOutput = (output) => this.#handle(output);
  }

  #handle(output: EndpointOutput): void {
    if (output.type === "sessionOpened") this.sessions += 1;
    else if (output.type === "note") this.codes.push(output.code);
    else if (output.type === "chat" && output.event.type === "message") this.texts.push(output.event.text);
  }

  say(to: Witness): string {
    const text = `${PLAINTEXT_MARK} ${++this.#said} of ${this.host.name}`;
    this.host.endpoint?.conversations.sendText(to.host.id, text, this.host.at);
    this.host.touch();
    return text;
  }

  /** All of these, and nothing twice. */
  assertHeard(texts: readonly string[]): void {
    const missing = texts.find((text) => !this.texts.includes(text));
    if (missing !== undefined) throw new Violation(`${this.host.name} does not hear ${missing}`);
    if (new Set(this.texts).size < this.texts.length) throw new Violation(`${this.host.name} hears a text twice`);
  }

  owes(to: Witness): number {
    return this.host.endpoint?.conversations.undelivered(to.host.id) ?? 0;
  }
}

export function tellTwins(seed: string, trace: Trace): WorldReport {
  const world = new World(PLAN, seed, trace);
  const { net } = world;
  const random = new SimRandom(`twins ${seed}`);
  const [friend, one] = world.people.map(({ host }) => new Witness(host));
  if (one === undefined || friend === undefined) throw new Error("two people");
  world.begin();
  net.run(1_000 + random.float() * 1_000);
  friend.host.sleep(); // what is said now is in the outbox when the home is copied
  const owed = [one.say(friend), one.say(friend)];
  net.run(net.now + 1_000);
  const two = new Witness(copyOf(one.host, world));
  friend.host.wake();
  const sent: string[] = [];
  for (let left = 12; left > 0; left--) {
    net.at(net.now + random.float() * (FIGHT_MS + PEACE_MS), () => {
      sent.push(friend.say(one));
      one.say(friend);
      two.say(friend);
    });
  }
  net.run(net.now + FIGHT_MS);
  if (!friend.codes.includes("runs-twice")) throw new Violation("the friend does not notice");
  if (![...one.codes, ...two.codes].includes("runs-elsewhere")) throw new Violation("neither of the two notices");
  const turns = friend.sessions;
  net.run(net.now + PEACE_MS);
  if (friend.sessions !== turns) throw new Violation(`${friend.sessions - turns} sessions while it should be quiet`);

  const [gone, left] = random.chance(0.5) ? [one, two] : [two, one];
  if (random.chance(0.5)) gone.host.kill(random.chance(0.5));
  else gone.host.stop();
  owed.push(left.say(friend), left.say(friend));
  const news = [friend.say(left), friend.say(left)];
  const isSettled = (): boolean => left.owes(friend) === 0 && friend.owes(left) === 0;
  if (!net.run(net.now + SETTLE_MS, isSettled)) throw new Violation("something waits for ever");
  friend.assertHeard(owed);
  left.assertHeard(news);
  const lost = sent.find((text) => !one.texts.includes(text) && !two.texts.includes(text));
  if (lost !== undefined) throw new Violation(`neither of the two heard ${lost}`);
  if (one.host.endpoint === undefined) one.host.start(); // its books are looked at too
  return world.report();
}

function copyOf(original: SimHost, { net }: World): SimHost {
  const { options } = original;
  const copy = net.host({ ...options, name: `${original.name}2`, address: "10.0.7.7:1" });
  copy.store.restore(original.store.snapshot());
  copy.start();
  return copy;
}
