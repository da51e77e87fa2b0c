/** A small world of attested facts for transcripts: Bob's club vouches for us, takes what we offer, shows what we ask. */
import type { PeerId } from "@kith/core";
import { FactTable } from "@kith/sdk/testing";
import type { Kith } from "../kith.ts";
import { FakeKith } from "./fake-kith.ts";
import { FAKE_NOW, fakeContact } from "./fake-people.ts";

export function factWorld(): { readonly kith: FakeKith; readonly ready: Promise<void> } {
  const table = new FactTable(FAKE_NOW);
  const names = new Map<PeerId, string>();
  const [club, us] = [table.seat(7), table.seat(1, names)];
  names.set(club.id, "Bob");
  const { facts } = club;
  facts.offers.subscribe(() => {
    for (const { id, at } of facts.offers.get()) if (at === "offered") facts.accept(id).catch(() => undefined);
  });
  facts.asks.subscribe(() => {
    for (const { id, at, wanted, fitting } of facts.asks.get()) {
      if (at !== "asked") continue;
      const [issuer] = fitting;
      const held = facts.held.get().find((each) => each.issuer.issuer === issuer)?.facts ?? [];
      const slots = held.filter(({ label }) => wanted.some((each) => each.label === label)).map(({ slot }) => slot);
      if (issuer === undefined) facts.decline(id).catch(() => undefined);
      else facts.show(id, { issuer, slots }).catch(() => undefined);
    }
  });
  return {
    kith: new FakeKith({ contacts: [fakeContact(club.id, "Bob", { session: "open" })], factSeat: us }),
    ready: offer(facts, us.id),
  };
}

async function offer(facts: Kith["facts"], holder: PeerId): Promise<void> {
  await facts.becomeIssuer({ name: "Chess Club" });
  await facts.vouch(holder, [
    { label: "name", value: "Ada Lovelace" },
    { label: "memberOf", value: "Chess Club" },
  ]);
  await facts.offer(holder);
}
