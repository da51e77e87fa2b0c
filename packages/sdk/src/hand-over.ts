/**
 * From the one-time endpoint of a join code to the device's own: links that come through the mailbox once the code
 * was right, and the way back through it.
 *
 * @module
 */
import type { Dialler } from "./dialler.ts";
import type { Driver } from "./driver.ts";
import type { Mailbox } from "./mailbox.ts";
import type { Link } from "./transport.ts";

export interface HandOverHome {
  readonly driver: Pick<Driver, "addLink">;
  readonly dialler: Pick<Dialler, "addWay">;
}

export class HandOver {
  readonly #home: HandOverHome;
  readonly #mailbox: Mailbox;
  readonly #hint: string;
  readonly #waiting: Link[] = [];
  #hasBegun = false;

  /** `name`: for a hint that no transport can reach. */
  constructor(home: HandOverHome, mailbox: Mailbox, name: string) {
    this.#home = home;
    this.#mailbox = mailbox;
    this.#hint = `${name}.mailbox:1`;
  }

  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** A link that is not for the one-time endpoint: it waits until {@link begin}. */
  take(link: Link): void {
    if (this.#hasBegun) this.#home.driver.addLink(link, undefined);
    else this.#waiting.push(link);
  }

  /** The code was right, and people agreed. */
  begin(): void {
    this.#hasBegun = true;
    for (const link of this.#waiting.splice(0)) this.#home.driver.addLink(link, undefined);
  }

  /** A hint by which the device's own endpoint reaches the other one's, while the mailbox is there. */
  way(): string {
    this.begin();
    const dial = (signal: AbortSignal): Promise<Link> => this.#mailbox.dial(signal);
    const forget = this.#home.dialler.addWay(this.#hint, dial);
    void this.#mailbox.closed.then(forget);
    return this.#hint;
  }

  /** Nobody of those who wait is wanted. */
  refuse(): void {
    for (const link of this.#waiting.splice(0)) link.close();
  }
}
