/**
 * For tests of WebRTC: an endpoint, in a page or in Node, that becomes a contact by a code, says which way its session
 * goes, and counts on a channel.
 *
 * @module
 */
import type { Endpoint, PathView } from "../api.ts";
import type { JoinCodeStep } from "../join-codes-api.ts";
import { until } from "./until.ts";

/** Of each message: its number, and bytes that make it worth a record. */
const MESSAGE_BYTES = 5_000;

export class RtcAgent {
  readonly endpoint: Endpoint;
  readonly #connections: { close(): void }[];
  readonly #seen: number[] = [];
  #sent = 0;
  #isSending = false;
  #reading: Promise<void> | undefined;

  /** `connections`: every one that is made is in it. */
  constructor(endpoint: Endpoint, connections: { close(): void }[]) {
    this.endpoint = endpoint;
    this.#connections = connections;
  }

  /** A code for somebody to become a contact. */
  async show(): Promise<string> {
    await until(this.endpoint.relays, ([relay]) => (relay?.state === "ready" ? true : undefined));
    await this.endpoint.joinCodes.create({ for: "contact" });
    return (await this.#step("show")).code;
  }

  join(code: string): Promise<string> {
    return this.endpoint.joinCodes.join(code);
  }

  /** Agrees, and waits until the other one has. */
  async agree(): Promise<void> {
    await this.#step("consent");
    const [view] = this.endpoint.joinCodes.all.get();
    await this.endpoint.joinCodes.answer(view?.id ?? "", { accept: true });
    await this.#step("done");
  }

  /** Resolves when the session goes that way. */
  async on(kind: PathView["kind"]): Promise<void> {
    await until(this.endpoint.openSessions, ([session]) => (session?.path?.kind === kind ? true : undefined));
  }

  /** Begins to count, on a channel of its own. */
  async send(): Promise<void> {
    const [session] = this.endpoint.openSessions.get();
    const channel = await (await this.endpoint.connect(session?.peer ?? "")).open("count/1", { class: "bulk" });
    this.#isSending = true;
    void (async () => {
      while (this.#isSending) {
        const message = new Uint8Array(MESSAGE_BYTES);
        new DataView(message.buffer).setUint32(0, this.#sent++);
        await channel.send(message);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      await channel.finish();
    })();
  }

  /** No more; says how many there were. */
  stop(): number {
    this.#isSending = false;
    return this.#sent;
  }

  /** Takes what the other one counts. */
  async receive(): Promise<void> {
    const [session] = this.endpoint.openSessions.get();
    const { channels } = await this.endpoint.connect(session?.peer ?? "");
    this.#reading = (async () => {
      for await (const channel of channels) {
        for await (const batch of channel.batches)
          for (const message of batch) this.#seen.push(new DataView(message.buffer, message.byteOffset).getUint32(0));
        await channel.finish();
        return;
      }
    })();
  }

  /** Resolves when so many more have come. */
  async more(count: number): Promise<void> {
    for (const goal = this.#seen.length + count; this.#seen.length < goal; )
      await new Promise((resolve) => setTimeout(resolve, 5));
  }

  /** Everything that came, once the other one has stopped. */
  async seen(): Promise<readonly number[]> {
    await this.#reading;
    return this.#seen;
  }

  /**
   * As if the way had gone away: every connection ends. Resolves when the session goes over a relay, which may be for no
   * longer than somebody elsewhere takes to ask.
   */
  async cut(): Promise<void> {
    for (const connection of this.#connections.splice(0)) connection.close();
    await this.on("relayed");
  }

  close(): Promise<void> {
    return this.endpoint.close();
  }

  #step<At extends JoinCodeStep["at"]>(at: At): Promise<Extract<JoinCodeStep, { at: At }>> {
    return until(this.endpoint.joinCodes.all, (all) => {
      const found = all
        .map(({ step }) => step)
        .find((step): step is Extract<JoinCodeStep, { at: At }> => step.at === at);
      const failed = all.find(({ step }) => step.at === "failed");
      if (found === undefined && failed !== undefined) throw new Error(JSON.stringify(failed.step));
      return found;
    });
  }
}
