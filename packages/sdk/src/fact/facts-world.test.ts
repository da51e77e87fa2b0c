/** An organisation, a holder and a verifier for the tests of this folder. */
import assert from "node:assert/strict";
import type { Endpoint } from "../api.ts";
import { nodeProvider } from "../node/node-crypto.ts";
import type { KeyValueStore } from "../storage.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { Lab } from "../testing/lab.ts";
import { until } from "../testing/until.ts";
import type { FactCheckView, FactChoice, FactInput } from "./facts-api.ts";

export const quick = { provider: nodeProvider, endOfTurn: (run: () => void) => process.nextTick(run) };
export const FACTS: readonly FactInput[] = [
  { label: "name", value: "Ada Lovelace" },
  { label: "role", value: "Engineer" },
  { label: "memberOf", value: "Chess Club" },
  { label: "floor", value: "3" },
];
export const [ROLE, MEMBER] = [3, 6];

/** An organisation, a holder and a verifier on one network, contacts of each other, at one time. */
export async function three(stores: Readonly<Record<string, KeyValueStore>> = {}) {
  const lab = new Lab();
  const clock = new FakeClock({ wall: Date.UTC(2027, 0, 15, 12) });
  const [org, ada, victor] = await Promise.all(
    ["Org", "Ada", "Victor"].map((name) =>
      lab.endpoint(name, { ...quick, clock, ...(stores[name] && { store: stores[name] }) }),
    ),
  );
  assert.ok(org && ada && victor);
  const all = [org, ada, victor];
  for (const one of all)
    for (const other of all) if (one !== other) await one.trust.add(other.id, { name: other.name });
  await meet(ada, org);
  await meet(ada, victor);
  return { lab, org, ada, victor, clock, [Symbol.asyncDispose]: () => closeAll(all) };
}

/** Both have the session. */
export async function meet(from: Endpoint, to: Endpoint): Promise<void> {
  await from.connect(to.addresses.get()[0] ?? "");
  await until(to.openSessions, (all) => all.find(({ peer }) => peer === from.id));
}

export const closeAll = async (all: readonly Endpoint[]): Promise<void> => {
  for (const each of all) await each.close();
};

/** Ada holds what the organisation vouches for, both having said yes. */
export async function issue(org: Endpoint, ada: Endpoint, facts = FACTS): Promise<void> {
  if (org.facts.own.get() === undefined) await org.facts.becomeIssuer({ name: "Analytical Engines" });
  await org.facts.vouch(ada.id, facts);
  const id = await org.facts.offer(ada.id);
  const offer = await until(ada.facts.offers, (offers) => offers.find(({ at }) => at === "offered"));
  await ada.facts.accept(offer.id);
  await until(org.facts.issuings, (all) => all.find((each) => each.id === id && each.end === "done"));
}

/** Victor trusts the organisation, having scanned its code and compared the fingerprint. */
export async function pin(victor: Endpoint, org: Endpoint): Promise<void> {
  const read = await victor.facts.read(org.facts.own.get()?.code ?? "");
  assert.ok(read.type === "issuer" && read.standing === "new" && !read.issuer.isPinned);
  assert.equal(read.issuer.fingerprint, org.fingerprint);
  await victor.facts.pin(org.id);
}

/** Victor asks, Ada shows; what came of it. */
export async function shows(
  victor: Endpoint,
  ada: Endpoint,
  choice: FactChoice,
  label = "role",
): Promise<FactCheckView> {
  const id = await victor.facts.ask(ada.id, { wanted: [{ label }] });
  const ask = await until(ada.facts.asks, (asks) => asks.find(({ at }) => at === "asked"));
  await ada.facts.show(ask.id, choice);
  return until(victor.facts.checks, (checks) => checks.find((each) => each.id === id && each.at === "ended"));
}

export const faults = ({ checks }: FactCheckView): readonly string[] => checks.flatMap(({ fault }) => fault ?? []);
