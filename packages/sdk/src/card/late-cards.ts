/**
 * Contact cards of an endpoint while nobody looks at them: then neither their code nor what is kept of them is needed. Both
 * come with the first call, or the first offer of a contact.
 *
 * @module
 */
import type { Channel } from "../channel-api.ts";
import { LateHandle } from "../late-handle.ts";
import type { LatePart } from "../late-part.ts";
import { Subject } from "../observable.ts";
import type { CardSubjects, CardsGround } from "./card-ground.ts";
import type { Cards } from "./cards-api.ts";
import type { CardsHandle } from "./cards-handle.ts";
import type { beginCards } from "./cards-part.ts";

/** `beginCards`, as whoever makes endpoints has it. */
export type CardsCode = LatePart<typeof beginCards>;

export class LateCards implements Cards, CardSubjects {
  readonly own: CardSubjects["own"] = new Subject([]);
  readonly received: CardSubjects["received"] = new Subject([]);
  readonly offers: CardSubjects["offers"] = new Subject([]);
  readonly givings: CardSubjects["givings"] = new Subject([]);
  readonly links: CardSubjects["links"] = new Subject([]);
  readonly #late: LateHandle<CardsHandle, Channel>;

  constructor(code: CardsCode, ground: CardsGround) {
    this.#late = new LateHandle<CardsHandle, Channel>({
      load: async () => {
        const begin = await code.take();
        return () => begin(ground, this);
      },
      take: (handle, channel) => handle.handleChannel(channel),
      refuse: (channel) => channel.reset(),
    });
  }

  /** A contact offers a card; false: too many wait. */
  handleChannel(channel: Channel): boolean {
    return this.#late.take(channel);
  }

  end(): void {
    this.#late.end();
  }

  async open(): Promise<void> {
    await this.#late.begun();
  }

  async create(...args: Parameters<Cards["create"]>): ReturnType<Cards["create"]> {
    return (await this.#late.begun()).create(...args);
  }

  async edit(...args: Parameters<Cards["edit"]>): ReturnType<Cards["edit"]> {
    return (await this.#late.begun()).edit(...args);
  }

  async setPhoto(...args: Parameters<Cards["setPhoto"]>): ReturnType<Cards["setPhoto"]> {
    return (await this.#late.begun()).setPhoto(...args);
  }

  async delete(...args: Parameters<Cards["delete"]>): ReturnType<Cards["delete"]> {
    return (await this.#late.begun()).delete(...args);
  }

  async preview(...args: Parameters<Cards["preview"]>): ReturnType<Cards["preview"]> {
    return (await this.#late.begun()).preview(...args);
  }

  async photo(...args: Parameters<Cards["photo"]>): ReturnType<Cards["photo"]> {
    return (await this.#late.begun()).photo(...args);
  }

  async exportCard(...args: Parameters<Cards["exportCard"]>): ReturnType<Cards["exportCard"]> {
    return (await this.#late.begun()).exportCard(...args);
  }

  async importOwn(...args: Parameters<Cards["importOwn"]>): ReturnType<Cards["importOwn"]> {
    return (await this.#late.begun()).importOwn(...args);
  }

  async give(...args: Parameters<Cards["give"]>): ReturnType<Cards["give"]> {
    return (await this.#late.begun()).give(...args);
  }

  async cancelGiving(...args: Parameters<Cards["cancelGiving"]>): ReturnType<Cards["cancelGiving"]> {
    return (await this.#late.begun()).cancelGiving(...args);
  }

  async code(...args: Parameters<Cards["code"]>): ReturnType<Cards["code"]> {
    return (await this.#late.begun()).code(...args);
  }

  async link(...args: Parameters<Cards["link"]>): ReturnType<Cards["link"]> {
    return (await this.#late.begun()).link(...args);
  }

  async pass(...args: Parameters<Cards["pass"]>): ReturnType<Cards["pass"]> {
    return (await this.#late.begun()).pass(...args);
  }

  async revokeLink(...args: Parameters<Cards["revokeLink"]>): ReturnType<Cards["revokeLink"]> {
    return (await this.#late.begun()).revokeLink(...args);
  }

  async forgetLink(...args: Parameters<Cards["forgetLink"]>): ReturnType<Cards["forgetLink"]> {
    return (await this.#late.begun()).forgetLink(...args);
  }

  async accept(...args: Parameters<Cards["accept"]>): ReturnType<Cards["accept"]> {
    return (await this.#late.begun()).accept(...args);
  }

  async decline(...args: Parameters<Cards["decline"]>): ReturnType<Cards["decline"]> {
    return (await this.#late.begun()).decline(...args);
  }

  async read(...args: Parameters<Cards["read"]>): ReturnType<Cards["read"]> {
    return (await this.#late.begun()).read(...args);
  }

  async fetch(...args: Parameters<Cards["fetch"]>): ReturnType<Cards["fetch"]> {
    return (await this.#late.begun()).fetch(...args);
  }

  async readFile(...args: Parameters<Cards["readFile"]>): ReturnType<Cards["readFile"]> {
    return (await this.#late.begun()).readFile(...args);
  }

  async save(...args: Parameters<Cards["save"]>): ReturnType<Cards["save"]> {
    return (await this.#late.begun()).save(...args);
  }

  async discard(...args: Parameters<Cards["discard"]>): ReturnType<Cards["discard"]> {
    return (await this.#late.begun()).discard(...args);
  }

  async saveContacts(...args: Parameters<Cards["saveContacts"]>): ReturnType<Cards["saveContacts"]> {
    return (await this.#late.begun()).saveContacts(...args);
  }

  async search(...args: Parameters<Cards["search"]>): ReturnType<Cards["search"]> {
    return (await this.#late.begun()).search(...args);
  }

  async annotate(...args: Parameters<Cards["annotate"]>): ReturnType<Cards["annotate"]> {
    return (await this.#late.begun()).annotate(...args);
  }

  async addContact(...args: Parameters<Cards["addContact"]>): ReturnType<Cards["addContact"]> {
    return (await this.#late.begun()).addContact(...args);
  }

  async editContact(...args: Parameters<Cards["editContact"]>): ReturnType<Cards["editContact"]> {
    return (await this.#late.begun()).editContact(...args);
  }

  async twins(...args: Parameters<Cards["twins"]>): ReturnType<Cards["twins"]> {
    return (await this.#late.begun()).twins(...args);
  }

  async previewMerge(...args: Parameters<Cards["previewMerge"]>): ReturnType<Cards["previewMerge"]> {
    return (await this.#late.begun()).previewMerge(...args);
  }

  async merge(...args: Parameters<Cards["merge"]>): ReturnType<Cards["merge"]> {
    return (await this.#late.begun()).merge(...args);
  }

  async forget(...args: Parameters<Cards["forget"]>): ReturnType<Cards["forget"]> {
    return (await this.#late.begun()).forget(...args);
  }

  async exportReceived(...args: Parameters<Cards["exportReceived"]>): ReturnType<Cards["exportReceived"]> {
    return (await this.#late.begun()).exportReceived(...args);
  }
}
