/**
 * What came over a link and was not yet delivered: it waits for the start and for a reader that pauses, and of a
 * stranger's packets one is delivered a turn, so that who handles it can say so before the next is looked at.
 *
 * @module
 */
import { LINK_WRITE_BYTES_MAX, StrangerLimit } from "./transport.ts";

export class LinkInbox {
  readonly #deliver: (packet: Uint8Array) => void;
  readonly #broken: () => void;
  readonly #limit = new StrangerLimit();
  readonly #waiting: Uint8Array[] = []; // at most LINK_WRITE_BYTES_MAX
  #bytes = 0;
  #flow: "waiting" | "paused" | "open" | "over" = "waiting";
  #isScheduled = false;

  /** `broken`: a stranger sent more than it may. */
  constructor(deliver: (packet: Uint8Array) => void, broken: () => void) {
    this.#deliver = deliver;
    this.#broken = broken;
  }

  lift(): void {
    this.#limit.lift();
  }

  open(): void {
    if (this.#flow === "over") return;
    this.#flow = "open";
    this.#run();
  }

  pause(): void {
    if (this.#flow === "open") this.#flow = "paused";
  }

  /** Nothing is delivered any more. */
  end(): void {
    this.#flow = "over";
    this.#waiting.length = this.#bytes = 0;
  }

  /** False: there is no room for it, and it is lost. */
  take(packet: Uint8Array): boolean {
    if (this.#flow === "over") return true;
    if (this.#bytes + packet.length > LINK_WRITE_BYTES_MAX) return false;
    if (this.#limit.isLifted && this.#flow === "open" && this.#waiting.length === 0) this.#deliver(packet);
    else {
      this.#waiting.push(packet);
      this.#bytes += packet.length;
      this.#run();
    }
    return true;
  }

  #run(): void {
    if (this.#isScheduled) return;
    while (this.#flow === "open") {
      const packet = this.#waiting.shift();
      if (packet === undefined) return;
      this.#bytes -= packet.length;
      if (!this.#limit.admit(packet.length)) return this.#broken();
      this.#deliver(packet);
      if (this.#limit.isLifted) continue;
      this.#isScheduled = true;
      setTimeout(() => {
        this.#isScheduled = false;
        this.#run();
      }, 0);
      return;
    }
  }
}
