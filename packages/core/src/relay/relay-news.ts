/**
 * What the delivery has to tell the connections of a relay, of each other or of those at another node.
 *
 * @module
 */
import type { KeptItems } from "./kept-items.ts";
import type { RelayConnection } from "./relay-connection.ts";
import type { Told } from "./relay-delivery.ts";
import { encodeServerMessage } from "./relay-message.ts";
import type { Switchboard } from "./switchboard.ts";

export class RelayNews {
  readonly #board: Switchboard;
  readonly #kept: KeptItems;

  constructor(board: Switchboard, kept: KeptItems) {
    this.#board = board;
    this.#kept = kept;
  }

  /** Passes on all that there is by now. After whatever may have made some; forwarding makes none. */
  hear(): void {
    const { delivery, at } = this.#board;
    for (let told = delivery.poll(at.now); told !== undefined; told = delivery.poll(at.now)) this.#pass(told);
  }

  #pass(told: Told<RelayConnection>): void {
    if ("seat" in told && told.seat.phase.at === "ended") return; // meanwhile
    switch (told.type) {
      case "kept":
        return this.#kept.enter(told.seat);
      case "met":
        return this.#board.send(told.seat, { type: "met", mailbox: told.mailbox, key: told.key });
      case "replaced":
        this.#board.refuse(told.seat, "replaced");
        return this.#board.end(told.seat, "policy");
      default:
        return this.#introduce(told);
    }
  }

  #introduce({ type, tag, keys, seats }: Told<RelayConnection> & { readonly type: "arrived" | "left" }): void {
    if (type === "arrived") this.#board.counters.arrivals += keys.length * seats.length;
    for (const key of keys) {
      const message = encodeServerMessage({ type, tag, key });
      for (const seat of seats) this.#board.sendBytes(seat, message);
    }
  }
}
