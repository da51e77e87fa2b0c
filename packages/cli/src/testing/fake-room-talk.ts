/** What is said in a {@link FakeRoom}, and what becomes of it. */
import type { PeerId } from "@kith/core";
import { EndpointError, type RoomChatMessage, Subject, type Waiting } from "@kith/sdk";
import type { KithRoom } from "../kith.ts";
import { ADA, FAKE_NOW } from "./fake-people.ts";
import { FakeQueue } from "./fake-queue.ts";

type Spoken = Pick<RoomChatMessage, "from" | "name" | "text">;

export class FakeRoomTalk {
  readonly messages: Subject<readonly RoomChatMessage[]>;
  readonly #events = new FakeQueue<RoomChatMessage>();
  #count = 0;

  constructor(said: readonly Spoken[]) {
    this.messages = new Subject(said.map((each) => this.#message(each)));
  }

  readonly chat: KithRoom["chat"] = {
    history: { get: () => this.messages.get(), subscribe: (changed) => this.messages.subscribe(changed) },
    send: async (text, { lifetime } = {}) => {
      if (text.length > 16_000) throw new EndpointError("ERR_TOO_LARGE", "Cannot send the message: over 16,000 bytes");
      const expiry = lifetime === undefined ? {} : { expiresAt: FAKE_NOW + lifetime * 1_000 };
      return this.#hear({ ...this.#message({ from: ADA, name: "Ada", text }), ...expiry });
    },
    react: async (id, symbol) => this.react(ADA, id, symbol),
    edit: async (id, text) => this.change(id, { text, isEdited: true }),
    delete: async (id) => this.change(id, { text: "", isDeleted: true }),
    watch: ({ signal }: Waiting = {}) => this.#events.watch(signal),
  };

  say(from: PeerId, name: string, text: string): RoomChatMessage {
    return this.#hear(this.#message({ from, name, text }));
  }

  /** An empty one is taken back. */
  react(from: PeerId, id: string, symbol: string): void {
    const others =
      this.messages
        .get()
        .find((one) => one.id === id)
        ?.reactions.filter((one) => one.from !== from) ?? [];
    this.change(id, { reactions: symbol === "" ? others : [...others, { from, isOurs: from === ADA, symbol }] });
  }

  change(id: string, change: Partial<RoomChatMessage>): void {
    this.messages.set(this.messages.get().map((one) => (one.id === id ? { ...one, ...change } : one)));
  }

  /** Its time is over, or newer ones need the room. */
  drop(id: string): void {
    this.messages.set(this.messages.get().filter((one) => one.id !== id));
  }

  #hear(message: RoomChatMessage): RoomChatMessage {
    this.messages.set([...this.messages.get(), message]);
    this.#events.push(message);
    return message;
  }

  #message({ from, name, text }: Spoken): RoomChatMessage {
    return {
      id: (++this.#count).toString(16).padStart(32, "0"),
      ...{ from, name, isOurs: from === ADA, text, sentAt: FAKE_NOW },
      ...{ reactions: [], isEdited: false, isDeleted: false, hops: 0 },
    };
  }
}
