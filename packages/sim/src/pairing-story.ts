/**
 * Strangers meet in a storm, pair by PIN, by words or by first use until it works, write to each
 * other, and one of them takes its trust back: nothing of the other is heard from then on.
 *
 * @module
 */
import { Conversations, codeText, type PairingState } from "@kith/core";
import { Violation } from "./ledger.ts";
import type { Person } from "./person.ts";
import { CALM_PLAN, type Plan } from "./plan.ts";
import { SimRandom } from "./sim-random.ts";
import type { Trace } from "./trace.ts";
import { World, type WorldReport } from "./world.ts";

const PLAN: Plan = {
  ...CALM_PLAN,
  name: "pairing",
  isStormy: true,
  areContacts: false,
  lasts: 60_000,
  privacy: ["open", "contacts", "hidden"],
  orderedShares: [1, 0.5],
};
const TRY_EVERY_MS = 20_000;
const PAIRED_BY_MS = 900_000;

type Method = "pin" | "words" | "first-use";

export function tellPairing(seed: string, trace: Trace): WorldReport {
  const world = new World(PLAN, seed, trace);
  const { net, people } = world;
  const [guest, host] = people;
  if (guest === undefined || host === undefined) throw new Error("two people");
  const random = new SimRandom(`pairing ${seed}`);
  const method = random.pick<Method>(["pin", "pin", "words", "first-use"]);
  world.begin();
  let code = "";
  const arePaired = (): boolean => trusts(guest, host) && trusts(host, guest);
  const attempt = (): void => {
    if (arePaired()) return;
    // Whoever wants to be found shows something: that opens the door to strangers, and for a PIN it is the code.
    const shown = host.host.endpoint?.pairings.offer("pin", host.host.at).shown;
    if (shown !== undefined) code = codeText(shown);
    host.host.touch();
    guest.meet(host.host.address, (session) => {
      const request = method === "pin" ? ({ method, shows: false } as const) : ({ method } as const);
      guest.host.endpoint?.pairings.start(session, request, guest.host.at);
      guest.host.touch();
    });
    net.at(net.now + TRY_EVERY_MS, attempt);
  };
  net.at(random.float() * 10_000, attempt);
  const look = (): void => {
    for (const person of [guest, host]) answer(person, () => code);
    if (!arePaired()) net.at(net.now + 500, look);
  };
  look();
  if (!net.run(PAIRED_BY_MS, arePaired)) throw new Violation(`not paired by ${method}`);
  // A later pairing may still go on; the texts do not wait for it.
  for (let i = 0; i < 3; i++) guest.say(host);
  host.say(guest);
  world.settleChats();
  host.host.endpoint?.trust.revoke(guest.host.id, host.host.at);
  host.host.touch();
  const before = world.ledger.texts;
  guest.say(host);
  net.run(net.now + 120_000);
  if (world.ledger.texts !== before) throw new Violation("a text of somebody whose trust was taken back");
  const kept = host.host.store.under(Conversations.storePrefix(guest.host.id));
  if (kept.length > 0) throw new Violation(`${kept.length} entries of somebody whose trust was taken back`);
  if (host.host.endpoint?.stateOf(guest.host.id) === "open" && trusts(host, guest))
    throw new Violation("still trusted");
  return world.report();
}

const trusts = (one: Person, other: Person): boolean => one.host.endpoint?.trust.isContact(other.host.id) === true;

function answer(person: Person, code: () => string): void {
  const { endpoint, at } = person.host;
  if (endpoint === undefined) return;
  const { pairings } = endpoint;
  for (const { id, stage } of pairings.states(at.now) as PairingState[]) {
    if (stage.at === "enter-code") pairings.enterCode(id, code(), at.now);
    else if (stage.at === "compare") pairings.match(id, true, at.now);
    else if (stage.at === "consent") pairings.consent(id, { accept: true, role: "member", remember: true }, at.now);
    else continue;
    person.host.touch();
  }
}
