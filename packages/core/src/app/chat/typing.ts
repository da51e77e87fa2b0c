/**
 * Who is typing, both ways: said seldom, believed for a while, never stored (spec/app-chat.md §2).
 *
 * @module
 */
import type { Instant } from "../../lib/time.ts";
import { after, since } from "../../lib/time.ts";
import { TYPING_INTERVAL, TYPING_LIFETIME } from "../../wire/limits.ts";

export class Typing {
  #said: { readonly isTyping: boolean; readonly at: Instant; isWaiting: boolean } | undefined;
  #heardUntil: Instant | undefined;

  /** What our person does, to be told unless the peer was told the same within {@link TYPING_INTERVAL}. */
  say(isTyping: boolean, now: Instant): void {
    const said = this.#said;
    if (said?.isTyping === isTyping && (!isTyping || since(said.at, now) < TYPING_INTERVAL)) return;
    this.#said = { isTyping, at: now, isWaiting: true };
  }

  /** What to tell the peer, once. */
  take(): boolean | undefined {
    if (this.#said?.isWaiting !== true) return undefined;
    this.#said.isWaiting = false;
    return this.#said.isTyping;
  }

  /** Whether this changes what is known of the peer. */
  hear(isTyping: boolean, now: Instant): boolean {
    const wasTyping = this.#heardUntil !== undefined;
    this.#heardUntil = isTyping ? after(now, TYPING_LIFETIME) : undefined;
    return wasTyping !== isTyping;
  }

  /** When the peer's typing is no longer believed. */
  get heardUntil(): Instant | undefined {
    return this.#heardUntil;
  }

  forgetSaid(): void {
    this.#said = undefined;
  }
}
