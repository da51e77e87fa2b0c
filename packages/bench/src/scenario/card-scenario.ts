/** A contact card given nearby: from the tap to what the other end has shown and kept, its person's yes taken as given at once. */
import { benchEndpoint, benchIdentity } from "../contender/kith-endpoint.ts";
import { RECEIVER, SENDER, until } from "./file-kith.ts";
import { percentile, type Scenario } from "./scenario.ts";

export const cardNearby: Scenario = {
  title: "a contact card of 1 KiB given, until it was shown and kept at the other end, median",
  unit: "ms",
  isLess: true,
  counts: { kith: 8 }, // as many as one contact may offer at once
  goal: 100,
  async answer() {
    const { addresses, cards } = await benchEndpoint(RECEIVER, [SENDER]);
    const asked = new Set<string>();
    cards.offers.subscribe(() => {
      for (const { id, at } of cards.offers.get()) {
        if (at !== "offered" || asked.has(id)) continue;
        asked.add(id);
        void cards.accept(id).then(async ({ id }) => {
          if (asked.size === 1) await cards.save(id);
          else await cards.discard(id);
        });
      }
    });
    return { address: addresses.get()[0] ?? "" };
  },
  async ask(_name, address, count) {
    const endpoint = await benchEndpoint(SENDER, [RECEIVER]);
    const { peerId } = benchIdentity(RECEIVER);
    await endpoint.connect(address, { expect: peerId });
    const { cards } = endpoint;
    const note = { field: { kind: "note", text: "x".repeat(860) } } as const;
    const name = { field: { kind: "name", text: "Ada Lovelace" } } as const;
    const { id: card } = await cards.create({ label: "Work", fields: [name, note] });
    const { bytes } = await cards.preview(card, "personal");
    const times: number[] = [];
    for (let given = 0; given < count; given++) {
      const started = performance.now();
      const id = await cards.give(peerId, card, "personal");
      // The receipt comes after the card was shown there: this is a little more than until it was.
      await until(cards.givings, (all) => all.some((each) => each.id === id && each.at === "ended"));
      times.push(performance.now() - started);
    }
    const first = times[0] ?? Number.NaN;
    times.sort((a, b) => a - b);
    return { value: percentile(times, 0.5), extra: { first, max: times.at(-1) ?? Number.NaN, bytes } };
  },
};
