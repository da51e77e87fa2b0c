/**
 * Meeting without a server, over the control socket. A code lives at the node, one offer and one answer at a time as there;
 * who asked for it names it by its text.
 *
 * @module
 */
import type { Direct, DirectAnswerCode, DirectCode, DirectOfferCode } from "@kith/sdk";
import { CliError, EXIT } from "../exit-code.ts";
import type { Kith } from "../kith.ts";
import { text, wrong } from "./control-arguments.ts";
import type { ControlClient } from "./control-client.ts";
import type { Call } from "./room-methods.ts";

interface Shown {
  offer?: DirectOfferCode;
  answer?: DirectAnswerCode;
}

const SHOWN = new WeakMap<Direct, Shown>();

export const DIRECT_CALLS: readonly (readonly [string, Call])[] = [
  [
    "direct.offer",
    async (kith, _, signal) => {
      const direct = directOf(kith);
      const offer = await direct.offer({ signal });
      shownBy(direct).offer = offer;
      return { id: offer.id, text: offer.text, expiresAt: offer.expiresAt };
    },
  ],
  [
    "direct.accept",
    (kith, [offer, answer], signal) => known(shownBy(directOf(kith)).offer, offer).accept(text(answer), { signal }),
  ],
  [
    "direct.answer",
    async (kith, [offer], signal) => {
      const direct = directOf(kith);
      const answer = await direct.answer(text(offer), { signal });
      answer.pairing.catch(() => undefined); // whoever waits for it is told
      shownBy(direct).answer = answer;
      return { text: answer.text, expiresAt: answer.expiresAt };
    },
  ],
  ["direct.pairing", (kith, [answer]) => known(shownBy(directOf(kith)).answer, answer).pairing],
  [
    "direct.cancel",
    (kith, [code]) => {
      const { offer, answer } = shownBy(directOf(kith));
      for (const each of [offer, answer]) if (each?.text === code) each?.cancel();
    },
  ],
];

function directOf({ direct }: Kith): Direct {
  if (direct !== undefined) return direct;
  throw new CliError(EXIT.unreachable, "ERR_NO_WEBRTC", "Cannot meet without a server: the node has no WebRTC");
}

function shownBy(direct: Direct): Shown {
  const shown = SHOWN.get(direct) ?? {};
  SHOWN.set(direct, shown);
  return shown;
}

function known<Code extends DirectCode>(code: Code | undefined, given: unknown): Code {
  if (code === undefined || code.text !== given) throw wrong("the code that is shown");
  return code;
}

export const remoteDirect = (client: ControlClient): Direct => {
  const cancel = (code: string) => (): void => {
    client.call("direct.cancel", [code]).catch(() => undefined); // it is over by itself then
  };
  return {
    offer: async ({ signal } = {}) => {
      const offer = await client.call<Pick<DirectOfferCode, "id" | "text" | "expiresAt">>("direct.offer", [], signal);
      return {
        ...offer,
        cancel: cancel(offer.text),
        accept: (answer, options) => client.call("direct.accept", [offer.text, answer], options?.signal),
      };
    },
    answer: async (given, { signal } = {}) => {
      const answer = await client.call<Pick<DirectCode, "text" | "expiresAt">>("direct.answer", [given], signal);
      const pairing = client.call<string>("direct.pairing", [answer.text]);
      pairing.catch(() => undefined); // whoever waits for it is told
      return { ...answer, cancel: cancel(answer.text), pairing };
    },
  };
};
