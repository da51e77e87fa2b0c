/**
 * For tests of meeting without a server: an endpoint, in a page or in Node, that offers, answers, agrees and says a word.
 *
 * @module
 */
import type { Endpoint } from "../api.ts";
import type { DirectAnswerCode, DirectOfferCode } from "../direct-api.ts";
import type { Contact } from "../trust-api.ts";
import { until } from "./until.ts";

export class DirectAgent {
  readonly endpoint: Endpoint;
  #offer: DirectOfferCode | undefined;
  #answer: DirectAnswerCode | undefined;

  constructor(endpoint: Endpoint) {
    this.endpoint = endpoint;
  }

  async offer(): Promise<string> {
    this.#offer = await this.endpoint.direct?.offer();
    return this.#offer?.text ?? "";
  }

  async answer(offer: string): Promise<string> {
    this.#answer = await this.endpoint.direct?.answer(offer);
    void this.#answer?.pairing.catch(() => {});
    return this.#answer?.text ?? "";
  }

  /** Takes the answer; the code of what went wrong, if something did. */
  async accept(answer: string): Promise<string> {
    return codeOf(this.#offer?.accept(answer));
  }

  /** Of the side that answered: why it came to nothing. */
  async paired(): Promise<string> {
    return codeOf(this.#answer?.pairing);
  }

  /** Our person says yes; what the other became. */
  async agree(): Promise<Pick<Contact, "name" | "verifiedBy">> {
    const { pairing } = this.endpoint;
    const id = await until(pairing.all, (all) => all.find(({ step }) => step.at === "consent")?.id);
    await pairing.answer(id, { type: "consent", accept: true });
    const { step } = await until(pairing.all, (all) =>
      all.find((view) => view.id === id && (view.step.at === "done" || view.step.at === "failed")),
    );
    if (step.at !== "done") throw new Error(JSON.stringify(step));
    return { name: step.contact.name, verifiedBy: step.contact.verifiedBy };
  }

  /** By which way the session goes. */
  way(): Promise<string> {
    return until(this.endpoint.openSessions, ([session]) => session?.path?.kind);
  }

  async say(text: string): Promise<void> {
    const [contact] = this.endpoint.trust.contacts.get();
    if (contact !== undefined) await this.endpoint.chat.send(contact.peer, text);
  }

  heard(): Promise<string> {
    return until(this.endpoint.chat.unread, ([message]) => message?.text);
  }

  close(): Promise<void> {
    return this.endpoint.close();
  }
}

async function codeOf(promise: Promise<unknown> | undefined): Promise<string> {
  try {
    await promise;
    return "";
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}
