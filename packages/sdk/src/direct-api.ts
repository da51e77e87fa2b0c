/**
 * Two who share no server show each other a code each, as a QR code or as text, and pair over a connection of their own.
 *
 * @module
 */
import type { Waiting } from "./channel-api.ts";

/** What is shown to the other person. */
export interface DirectCode {
  /** `kith:rtc/…`, at most 350 characters. */
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  /** Gives it up. */
  cancel(): void;
}

export interface DirectOfferCode extends DirectCode {
  /** In `pairing.all`, as long as nobody came. */
  readonly id: string;
  /**
   * Takes the other one's answer, once; the pairing that came of it goes on in `pairing.all` under the id that is returned.
   * @throws {EndpointError} `ERR_ARGUMENT`: no answer, or not to this offer: another can be tried. `ERR_PEER_UNREACHABLE`:
   *   no way leads from one to the other; the offer is over.
   */
  accept(answer: string, options?: Waiting): Promise<string>;
}

export interface DirectAnswerCode extends DirectCode {
  /**
   * The id in `pairing.all`, once the other one has taken the answer.
   * @throws {EndpointError} `ERR_PEER_UNREACHABLE`: nobody came until the end, or no way leads from one to the other.
   */
  readonly pairing: Promise<string>;
}

export interface Direct {
  /**
   * Shows an offer, in place of one before.
   * @throws {EndpointError} `ERR_PEER_UNREACHABLE`: the platform makes no connection that the other side could take.
   */
  offer(options?: Waiting): Promise<DirectOfferCode>;
  /**
   * Answers an offer, in place of one before.
   * @throws {EndpointError} `ERR_ARGUMENT`: it is damaged, of another version, too old, or our own.
   */
  answer(offer: string, options?: Waiting): Promise<DirectAnswerCode>;
}
