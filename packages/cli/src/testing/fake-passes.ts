/** Cards of which relays sign Wallet passes, or do not, by their host. */
import { type Cards, EndpointError } from "@kith/sdk";
import type { Kith } from "../kith.ts";
import { FAKE_NOW } from "./fake-people.ts";

const REFUSALS = {
  "plain.example": ["ERR_PASS_SIGNING", "The relay plain.example signs no passes"],
  "old.example": [
    "ERR_PASS_CERTIFICATE",
    "The relay old.example cannot sign passes now: its certificate has ended, or cannot be used",
  ],
  "busy.example": ["ERR_TRY_LATER", "The relay busy.example says no: busy; again in 9 s"],
  "closed.example": ["ERR_NOT_AUTHORIZED", "The relay closed.example says no: ticket"],
} as const;

/** `tests.example` signs with a certificate for tests, others that are not named above with one of Apple's. */
export function withPasses(cards: Cards): Kith["cards"] {
  const pass: Cards["pass"] = async (card, level, { relay, link }) => {
    for (const [host, [code, message]] of Object.entries(REFUSALS))
      if (host === relay) throw new EndpointError(code, message);
    const expires = link !== undefined && "expires" in link ? link.expires : 0;
    const made = await cards.link(card, level, { expires });
    const bytes = new Uint8Array(22);
    bytes.set([0x50, 0x4b, 0x05, 0x06]); // a ZIP with nothing in it
    const signer = relay === "tests.example" ? "Kith test authority" : "Example Relay";
    return { bytes, isTest: relay === "tests.example", signer, endsAt: FAKE_NOW + expires, link: made };
  };
  return new Proxy(cards, {
    get(target, key): unknown {
      const value: unknown = key === "pass" ? pass : Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
