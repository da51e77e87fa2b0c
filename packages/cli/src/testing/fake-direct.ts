/** Codes for a meeting without a server, as the real ones go: one answer fits, and the pairing goes on by QR. */
import { type Direct, EndpointError, type Pairing } from "@kith/sdk";
import { FAKE_NOW } from "./fake-people.ts";

export const FAKE_OFFER = "kith:rtc/AQEoffer";
export const FAKE_ANSWER = "kith:rtc/AQIanswer";
const EXPIRES_AT = FAKE_NOW + 600_000;

export const fakeDirect = (pairing: Pick<Pairing, "start">): Direct & { readonly cancelled: string[] } => {
  const cancelled: string[] = [];
  const pair = (): Promise<string> => pairing.start("", "qr");
  const code = (text: string) => ({ text, expiresAt: EXPIRES_AT, cancel: () => void cancelled.push(text) });
  const refuse = (what: string): never => {
    throw new EndpointError("ERR_ARGUMENT", `Cannot use the code: no ${what}`);
  };
  return {
    cancelled,
    offer: async () => ({
      ...code(FAKE_OFFER),
      id: "offer",
      accept: async (answer) => (answer === FAKE_ANSWER ? pair() : refuse("answer to this offer")),
    }),
    answer: async (offer) => (offer === FAKE_OFFER ? { ...code(FAKE_ANSWER), pairing: pair() } : refuse("offer")),
  };
};
