/**
 * When an unanswered handshake message is sent again, and when one gives up: at once never on a
 * link that delivers everything, else after `HANDSHAKE_RESEND` and then twice as long each time.
 *
 * @module
 */
import { after, type Duration, type Instant } from "../lib/time.ts";
import { HANDSHAKE_RESEND, HANDSHAKE_TIMEOUT } from "../wire/limits.ts";

export class ResendTimer {
  readonly #deadline: Instant;
  #wait: Duration = HANDSHAKE_RESEND;
  #resendAt: Instant | undefined;

  constructor(options: { now: Instant; isReliable: boolean }) {
    this.#deadline = after(options.now, HANDSHAKE_TIMEOUT);
    this.#resendAt = options.isReliable ? undefined : after(options.now, this.#wait);
  }

  get next(): Instant {
    return this.#resendAt === undefined || this.#resendAt > this.#deadline ? this.#deadline : this.#resendAt;
  }

  /** What `now` asks for. `resend` is said once a due moment. */
  check(now: Instant): "wait" | "resend" | "expired" {
    if (now >= this.#deadline) return "expired";
    if (this.#resendAt === undefined || now < this.#resendAt) return "wait";
    this.#wait = (2 * this.#wait) as Duration;
    this.#resendAt = after(now, this.#wait);
    return "resend";
  }
}
